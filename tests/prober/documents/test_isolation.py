"""A reader that a file has taken over reaches nothing and leaves nothing; what it says is believed in one form only."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from prober.documents import isolation
from prober.documents.isolation import Limits, Walls
from prober.documents.reader_program import MOST_PROCESSES
from prober.services import diagnosis
from tests.prober.documents.test_child_process import begun, gone

pytestmark = pytest.mark.spawned

LIMITS = Limits(20.0, 5.0, 400 << 20)
WALLED = pytest.mark.needs("bwrap")


def taken_over(monkeypatch: pytest.MonkeyPatch, code: str, limits: Limits = LIMITS) -> str:
    """What the program answers if its file has it do `code`, which may `say` one text."""
    head = (
        "import json, os, resource, socket, subprocess, sys, time\n"
        f"sys.path += {isolation._folders()!r}\n"
        "from prober.documents import reader_program\n"
        "def say(text): print(json.dumps([0.0, str(text)]), flush=True)\n"
    )
    limited = (
        "reader_program.READERS['echo'] = ('__main__', 'hostile')\n"
        "sys.modules['__main__'].hostile = lambda data: exec(CODE, globals()) or ANSWER[0]\n"
        "ANSWER = ['']\n"
        "def say(text): ANSWER[0] = str(text)\n"
        f"CODE = {code!r}\n"
        "reader_program.main()\n"
    )
    numbers = (int(limits.processor_seconds) + 1, limits.memory, limits.written)
    command = [sys.executable, "-I", "-S", "-c", head + limited, "echo", *map(str, numbers)]
    monkeypatch.setattr(isolation, "_program", lambda *_: command)
    return isolation.run("echo", b"", limits, str)[0]


@pytest.fixture(params=[Walls.BUBBLEWRAP, Walls.NAMESPACES])
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walls]:
    """Each kind of walls that this machine can build, as the best one."""
    for kind, command in isolation._possible(os.getpid()):
        if kind is request.param and isolation._works(command):
            monkeypatch.setattr(isolation, "_barriers", partial(tuple, (kind, command)))
            yield kind
            return
    pytest.skip(f"this machine has no {request.param}")


def test_a_reader_answers_with_the_bytes_that_it_was_given() -> None:
    assert isolation.run("echo", "Sở".encode(), LIMITS, str)[0] == "Sở"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("print('[0.0, 7]')", ChildProcessError),
        ("print('x')", ChildProcessError),
        ("pass", ChildProcessError),
        ("sys.stdout.buffer.write(b'[0.0, \"\\xff\"]')", ChildProcessError),
        ("os._exit(3)", ChildProcessError),
        ("os.kill(os.getpid(), 11)", ChildProcessError),
        ("x = bytearray(1 << 30)", MemoryError),
        ("while True: pass", TimeoutError),
        ("time.sleep(60)", TimeoutError),
        ("os.close(1); time.sleep(60)", TimeoutError),
        ("while True: os.write(1, bytes(1 << 20))", ChildProcessError),
    ],
)
def test_what_is_no_answer_is_an_error(said: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(2.0 if error is TimeoutError else 20.0, 0.5, 200 << 20)
    with pytest.raises(error):
        taken_over(monkeypatch, f"{said}\nsys.stdout.flush(); os._exit(0)", limits)


def test_it_sees_no_environment(walls: Walls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "password")
    seen = taken_over(monkeypatch, "say(sorted(set(os.environ) - {'PWD', 'LC_CTYPE'}))")
    assert seen == str(sorted(isolation._ENVIRONMENT))


def test_it_reaches_no_server(walls: Walls, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        at = server.getsockname()
        socket.create_connection(at).close()  # from here it answers
        server.accept()[0].close()
        said = taken_over(
            monkeypatch, f"try: socket.create_connection({at!r}, 5)\nexcept OSError as e: say(e)\nelse: say('reached')"
        )
        assert "reached" not in said and said
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_it_writes_nothing(walls: Walls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    name = f"prober-{os.getpid()}"  # others may run this test at the same time
    folders = (str(tmp_path), "/tmp", "/var/tmp", "/dev/shm", "/usr", "", "/etc")
    places = [f"{folder}/{name}" for folder in folders]
    code = f"""
written = []
for place in {places!r}:
    try:
        with open(place, "w") as file: file.write("x")
        written.append(place)
    except OSError: pass
say(written)
"""
    try:
        assert taken_over(monkeypatch, code) == "[]"
        assert not any(Path(place).exists() and Path(place).stat().st_size for place in places)
    finally:
        for place in places:  # within limits alone, without walls, root can make an empty file
            Path(place).unlink(missing_ok=True)


@WALLED
def test_in_bubblewrap_it_sees_no_file_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "private.db"
    secret.write_text("words of citizens", encoding="utf-8")
    root = Path(isolation.__file__).parents[2]
    seen = [str(secret), "/etc/passwd", "/etc/shadow", str(root / "pyproject.toml"), str(Path.home() / ".ssh")]
    assert all(Path(place).exists() for place in seen[:4])
    assert taken_over(monkeypatch, f"say([place for place in {seen!r} if os.path.exists(place)])") == "[]"
    assert int(taken_over(monkeypatch, "say(len([name for name in os.listdir('/proc') if name.isdigit()]))")) <= 3


@WALLED
def test_its_folder_is_small_and_gone_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(20.0, 5.0, 400 << 20, written=1 << 20)
    filled = """
try:
    with open("/tmp/x", "wb") as file:
        for _ in range(10): file.write(bytes(1 << 20))
except OSError: pass
say(os.path.getsize("/tmp/x"))
"""
    assert int(taken_over(monkeypatch, filled, limits)) <= 1 << 20
    assert taken_over(monkeypatch, "say('x' in os.listdir('/tmp'))", limits) == "False"


def test_what_it_started_ends_with_it(walls: Walls, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"outlives_{os.getpid()}"
    held = f"import os, time; os.setsid(); time.sleep(600) # {mark}"
    start = f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {held!r}], start_new_session=True)"
    taken_over(monkeypatch, f"{start}\nsay('')")
    assert gone(mark)
    with pytest.raises(TimeoutError):
        taken_over(monkeypatch, f"{start}\ntime.sleep(60)", Limits(3.0, 5.0, 400 << 20))
    assert gone(mark)


FORKS = """
pids = []
try:
    while len(pids) < 5_000:
        pid = os.fork()
        if not pid: time.sleep(60); os._exit(0)
        pids.append(pid)
except OSError: pass
say(len(pids))
"""


@WALLED
def test_a_fork_bomb_is_small_and_short(monkeypatch: pytest.MonkeyPatch) -> None:
    assert int(taken_over(monkeypatch, FORKS)) <= MOST_PROCESSES
    mark = f"bomb_{os.getpid()}"
    bomb = f"while True:  # {mark}\n  try: os.fork()\n  except OSError: pass"
    with pytest.raises(TimeoutError):
        taken_over(monkeypatch, bomb, Limits(2.0, 5.0, 400 << 20))
    assert gone(mark)


@WALLED
def test_readers_of_two_processes_of_root_are_two_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit on processes counts all of a user: what one file starts may not keep another from being read."""
    users = set()
    for process in (os.getpid(), os.getpid() + 1):
        with monkeypatch.context() as patch:
            patch.setattr(isolation, "_barriers", partial(tuple, isolation._possible(process)[0]))
            users.add(int(taken_over(patch, "import os; say(os.getuid())")))
    assert users == {os.geteuid()} if os.geteuid() else len(users) == 2 and users <= set(isolation._FREE_USERS)


PARENT = """
import sys
from prober.documents import isolation
from prober.documents.isolation import Limits
isolation.walls()
isolation._program = lambda *_: [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600) # {mark}"]
isolation.run("echo", b"", Limits(600, 600, 1 << 30), str)
"""


def test_it_ends_with_us(tmp_path: Path) -> None:
    mark = f"orphan_{os.getpid()}"
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(mark=mark), encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)]) as parent:
        try:
            assert begun(mark, sys.executable)  # what is around it is begun before
        finally:
            parent.kill()
    assert gone(mark)


@pytest.mark.parametrize("kind", Walls)
def test_the_doctor_says_what_stands_around_a_reader(kind: Walls) -> None:
    check = diagnosis.readers(kind, libreoffice=False)
    assert (check.status, "bubblewrap" in check.remedy) == (
        ("ok", False) if kind is Walls.BUBBLEWRAP else ("note", True)
    )
    assert "LibreOffice" in check.found and "LibreOffice" not in diagnosis.readers(kind, libreoffice=True).found


def test_without_bubblewrap_the_next_best_walls_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "has", lambda program: program != "bwrap")
    isolation._barriers.cache_clear()
    try:
        assert isolation.walls() in (Walls.NAMESPACES, Walls.LIMITS)
        assert isolation.run("echo", b"x", LIMITS, str)[0] == "x"
    finally:
        isolation._barriers.cache_clear()
