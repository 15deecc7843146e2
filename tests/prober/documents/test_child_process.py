"""Functions run in a child process: within limits of time and memory, and nothing of it outlives its parent."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import spawn
from pathlib import Path

import pytest

from prober.documents import child_process, readers
from prober.documents.child_process import ChildProcess

pytestmark = pytest.mark.spawned

MEMORY = 100 << 20
PATIENCE = 20.0  # seconds for a killed process to be gone, on a machine that does other things
HELD = "import time; time.sleep(600)"


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    child = ChildProcess(MEMORY)
    yield child
    child.stop()


def commands() -> list[str]:
    """The command line of every process."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(process.read_text(encoding="utf-8", errors="replace"))
        except OSError:  # it ended meanwhile
            continue
    return found


def soon(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not (found := true()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def begun(mark: str, program: str = "") -> bool:
    """Whether a command line begins with `program` and has `mark` in it."""
    return soon(lambda: any(command.startswith(program) and mark in command for command in commands()))


def gone(mark: str) -> bool:
    return soon(lambda: not any(mark in command for command in commands()))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int) -> bool:
    return soon(lambda: not alive(pid))


def test_a_function_runs_in_a_process_that_is_kept(child: ChildProcess) -> None:
    child.start()
    first, used = child.run(9, 9, os.getpid)
    assert first != os.getpid() and 0 <= used < 9
    assert child.run(9, 9, os.getpid)[0] == first
    assert child.run(9, 9, os.getsid, 0)[0] == first  # Ctrl-C in our terminal does not reach it
    with pytest.raises(ValueError, match="invalid literal"):
        child.run(9, 9, int, "x")
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(partial(child.run, 9, 9, abs), range(-20, 0)))[0][0] == 20
    child.stop()
    assert ends(first)


def test_a_call_begun_ahead_is_done_while_we_do_something_else(child: ChildProcess) -> None:
    first, second = child.ahead(9, 9, abs, -1), child.ahead(9, 9, int, "x")
    assert child.run(9, 9, abs, -3)[0] == 3  # after those begun before it
    assert first()[0] == 1
    with pytest.raises(ValueError, match="invalid literal"):
        second()


def test_a_call_that_kills_the_child_takes_none_with_it_that_was_begun_ahead(child: ChildProcess) -> None:
    deadly, next_one = child.ahead(9, 9, os._exit, 3), child.ahead(9, 9, len, b"x" * 300_000)
    with pytest.raises(ChildProcessError, match="ended with 3"):
        deadly()
    assert next_one()[0] == 300_000
    lost = child.ahead(9, 9, abs, -2)
    child.stop()
    assert lost()[0] == 2  # in another child


def test_a_function_that_is_named_is_called_before_the_first_call() -> None:
    child = ChildProcess(MEMORY, "gc:disable")
    try:
        assert not child.run(9, 9, gc.isenabled)[0]
    finally:
        child.stop()


@pytest.mark.parametrize(
    ("limits", "call", "error"),
    [
        ((0.5, 9), (time.sleep, 600), TimeoutError),
        ((60, 0.3), (sum, range(10**12)), TimeoutError),  # it hangs outside of Python
        ((9, 9), (bytearray, 4 * MEMORY), MemoryError),
        ((9, 9), (os._exit, 3), ChildProcessError),
        ((9, 9), (os.kill, 0, signal.SIGKILL), ChildProcessError),
    ],
    ids=["clock", "processor", "memory", "ended", "killed"],
)
def test_what_breaks_its_limits_is_an_error_and_the_next_call_is_served(
    child: ChildProcess, limits: tuple[float, float], call: tuple[object, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        child.run(*limits, *call)  # type: ignore[arg-type]
    assert child.run(9, 9, abs, -1)[0] == 1


def test_an_idle_child_that_was_killed_is_replaced(child: ChildProcess) -> None:
    for pause in (0.0, 0.5):  # before and after that was noticed
        pid, _ = child.run(9, 9, os.getpid)
        os.kill(pid, signal.SIGKILL)
        time.sleep(pause)
        assert child.run(9, 9, os.getpid)[0] != pid


def test_where_no_process_can_be_started_it_is_no_fault_of_the_call(
    child: ChildProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python that a watcher was started with may be gone after an upgrade."""
    monkeypatch.setattr(spawn, "_python_exe", os.fsencode("/nowhere/python"))
    monkeypatch.setattr(child_process, "START_SECONDS", 1.0)
    with pytest.raises(OSError) as error:
        child.run(1, 9, abs, -1)
    assert not isinstance(error.value, ChildProcessError | TimeoutError)
    monkeypatch.undo()
    assert child.run(9, 9, abs, -1)[0] == 1


def test_what_the_child_started_ends_with_it(child: ChildProcess) -> None:
    mark = f"time_is_up_{os.getpid()}"
    with pytest.raises(TimeoutError):
        child.run(1.5, 9, subprocess.run, [sys.executable, "-c", f"{HELD} # {mark}"])
    assert gone(mark)


PARENT = """
import signal, subprocess, sys, threading
from prober.documents.child_process import ChildProcess

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a script
    child = ChildProcess(100 << 20)
    print(child.run(60, 60, __import__("os").getpid)[0], flush=True)
    call = subprocess.run, [sys.executable, "-c", {held!r}]
    threading.Thread(target=child.run, args=(600, 600, *call), daemon=True).start()
    sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("how", "code", "last"),
    [("kill", -signal.SIGKILL, []), ("interrupt", -signal.SIGINT, ["KeyboardInterrupt"]), ("end", 0, [])],
)
def test_nothing_outlives_the_parent(how: str, code: int, last: list[str], tmp_path: Path) -> None:
    mark = f"{how}_{os.getpid()}"
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(held=f"{HELD} # {mark}"), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as parent:  # fmt: skip
        try:
            assert parent.stdin and parent.stdout and parent.stderr
            pid = int(parent.stdout.readline())
            assert begun(mark)
            if how == "end":
                parent.stdin.close()
            else:
                os.killpg(parent.pid, -code)
            assert parent.wait(PATIENCE) == code
            said = parent.stderr.read()
        finally:
            parent.kill()
    assert said.splitlines()[-1:] == last
    assert said.count("Traceback") == len(last)  # our own, and none of the child's
    assert ends(pid)
    assert gone(mark)


NESTED = """
from prober.documents import child_process, readers
from prober.documents.child_process import ChildProcess

def read():
    return readers.text_of(rb"{\\rtf1 Xin chao}", "application/rtf")

if __name__ == "__main__":
    print(ChildProcess(MEGABYTES << 20).run(60, 60, read)[0])
"""


@pytest.mark.parametrize("megabytes", [400, 320], ids=["as much as its child", "less than its child"])
def test_a_child_may_have_a_child_and_all_end_in_silence(tmp_path: Path, megabytes: int) -> None:
    script = tmp_path / "nested.py"
    script.write_text(NESTED.replace("MEGABYTES", str(megabytes)), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("Xin chao\n", "")


IN_TWISTED = """
import os, sys
from prober.documents.child_process import ChildProcess

def main():
    from twisted.internet import reactor
    from twisted.internet.threads import deferToThread

    child = ChildProcess(100 << 20)

    def done(found):
        print(found[0] not in (0, os.getpid()))
        child.stop()
        reactor.stop()

    reactor.callWhenRunning(lambda: deferToThread(child.run, 60, 60, os.getpid).addBoth(done))
    reactor.run()

if __name__ == "__main__":
    main()
"""


def test_it_runs_beside_a_reactor(tmp_path: Path) -> None:
    script = tmp_path / "reactor.py"
    script.write_text(IN_TWISTED, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_forked_process_has_a_child_of_its_own(child: ChildProcess) -> None:
    first, _ = child.run(9, 9, os.getpid)
    reader, writer = os.pipe()
    forked = os.fork()
    if not forked:
        try:
            os.write(writer, str(child.run(60, 60, os.getpid)[0]).encode())
        finally:
            os._exit(0)
    os.waitpid(forked, 0)
    assert int(os.read(reader, 20)) != first
    assert child.run(9, 9, os.getpid)[0] == first
    os.close(reader)
    os.close(writer)


def test_a_researchers_own_module_is_not_taken_for_one_of_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python looks into the working folder first where nothing else is said."""
    for name in ("calendar.py", "random.py"):
        (tmp_path / name).write_text("raise SystemExit('mine')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    readers.stop()
    try:
        assert "Xin chao" in readers.text_of(rb"{\rtf1 Xin chao}", "application/rtf")
    finally:
        readers.stop()
