"""Start processes of the product by a fork of one that has loaded it: a start takes a tenth of what its imports take.

For tests of what a process does. What proves how one starts, or what it holds in memory, starts Python itself. With
`children` the processes that the product starts are forks too: those that crawl, and those that read.
"""

import atexit
import fcntl
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, forkserver, popen_forkserver, resource_tracker
from multiprocessing.context import ForkServerProcess as Process
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from pebble.pool.process import interpreter_shutdown

import spiders.crawl
from prober.sandbox import client

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    ["tests.pobi", "prober.cli", "prober.sandbox.process", "prober.sandbox.sites.portals",
     "prober.reporting.datasette.serve", "spiders.crawl_process", "spiders.portal", "spiders.handler",
     "spiders.middlewares", "spiders.visit_file", "spiders.browser.renderer", "spiders.reading.page_reader",
     "mailroom.intake.understand", "mailroom.mime.signatures", "prober.campaign.letters.compose",
     "prober.reporting.archive.archived_page", "tests.loaded"]
)  # fmt: skip
SECONDS = 60.0  # until a world answers, on a busy machine
ADDRESS = "PROBER_TESTS_FORKED_AT"
MARK = "PROBER_TEST_MARK"  # by which a test knows a process and those that it starts; a fork has it as its name


def shared() -> None:
    """Start what is forked, for all workers of a run of tests: each would take seconds of its own to load the same."""
    forkserver.ensure_running()
    os.environ[ADDRESS] = _server._forkserver_address


def _join(address: str) -> None:
    """Let processes be forked where another process has begun it, which ends it."""
    _server._forkserver_address = address
    _server._forkserver_alive_fd = os.open(os.devnull, os.O_RDONLY)
    _server.ensure_running = resource_tracker.ensure_running


_server: Any = forkserver._forkserver  # type: ignore[attr-defined]
if ADDRESS in os.environ:
    _join(os.environ[ADDRESS])


def started(module: str, *words: str, folder: Path, output: int, errors: int, given: int | None = None) -> Process:
    """Start `python -m module words…` in a folder, with descriptors to write to, and one to read where it is given."""
    with Path(os.devnull).open("rb") as nothing:
        handles = _Handles(nothing.fileno() if given is None else given, output, errors)
        return _started(module, words, str(folder), handles, _Surroundings())


def at_terminal(module: str, *words: str, terminal: int, environment: Mapping[str, str]) -> Process:
    """Start `python -m module words…` with a terminal that it reads, writes and is controlled by."""
    handles = _Handles(terminal, terminal, terminal)
    return _started(module, words, str(Path.cwd()), handles, _Surroundings(environment), terminal=True)


def _started(*args: object, **more: object) -> Process:
    process = _forks.Process(target=_run, args=args, kwargs=more)
    process.start()
    return process


def run(module: str, *words: str, folder: Path, seconds: float = 300) -> "subprocess.CompletedProcess[str]":
    """Run `python -m module words…` in a folder to its end. Fails where it takes more than `seconds`."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
    ):
        process = started(module, *words, folder=folder, output=output.fileno(), errors=errors.fileno())
        process.join(seconds)
        if (code := process.exitcode) is None:
            process.kill()
            process.join()
        output.seek(0)
        errors.seek(0)
        assert code is not None, (words, f"not ended after {seconds} s", errors.read())
        return subprocess.CompletedProcess(words, code, output.read(), errors.read())


def call(function: Callable[..., object], *args: object, seconds: float = 300) -> int | None:
    """Call a function of a module in a process of its own; return the exit code, None where it had to be ended."""
    process = called(function, *args)
    process.join(seconds)
    code = process.exitcode
    process.kill()
    process.join()
    return code


def called(function: Callable[..., object], *args: object) -> Process:
    """Begin to call a function of a module in a process of its own."""
    process = _forks.Process(target=_call, args=(_Surroundings(), function, args))
    process.start()
    return process


def _call(surroundings: "_Surroundings", function: Callable[..., object], args: Sequence[object]) -> None:
    surroundings.enter()
    _end_children_at_exit()
    try:
        function(*args)
    finally:
        atexit._run_exitfuncs()  # ends the children that the product has, which would be waited for


class _Handles:
    """Descriptors that travel to the process."""

    def __init__(self, *descriptors: int) -> None:
        self._descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, tuple(map(DupFd, self._descriptors))


def _received(*handles: Any) -> list[int]:
    return [handle.detach() for handle in handles]


class _Surroundings:
    """What a process has from the one that starts it: the environment, and where forks are made."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        _server.ensure_running()
        self._environment = dict(environment)
        self._address = _server._forkserver_address

    def enter(self) -> None:
        os.environ.clear()
        os.environ.update(self._environment)
        if (
            MARK in os.environ
        ):  # the environment that the system shows of a fork is that of the process it is forked from
            Path("/proc/self/comm").write_text(os.environ[MARK], encoding="ascii")
        _server._forkserver_address = self._address
        _server.ensure_running = lambda: None
        children(True)


def children(forked: bool) -> None:
    """Let the processes that the product starts from here, and those that they start, be forks or not.

    The embedded world, crawls, and what reads pages, mails and documents are such processes.
    """
    SpawnProcess._Popen = staticmethod(_Fork if forked else _spawned)  # type: ignore[assignment]
    for module in (spiders.crawl, client):
        module.subprocess = _commands if forked else subprocess  # type: ignore[attr-defined]


_spawned = SpawnProcess._Popen


class _Fork(popen_forkserver.Popen):
    """A process of multiprocessing that is forked where it would be spawned, with all that it would have then."""

    def __init__(self, process: Any) -> None:
        super().__init__(_Adopted(process))


class _Adopted:
    def __init__(self, process: Any) -> None:
        self._name = process._name
        self._process = process
        self._surroundings = _Surroundings()

    def _bootstrap(self, parent_sentinel: int) -> int:
        self._surroundings.enter()
        code: int = self._process._bootstrap(parent_sentinel)
        return code


def command(module: str, *words: str) -> "Command":
    """Start `python -m module words…` with a pipe to it, whose end it has to hear, and one from it."""
    line = [sys.executable, "-P", "-m", module, *words]
    return Command(line, subprocess.PIPE, subprocess.PIPE, None, start_new_session=True, env=os.environ)


class Command:
    """As subprocess.Popen for `python -P -m module words…` with pipes, in a session of its own."""

    def __init__(
        self, command: Sequence[str], stdin: int, stdout: int, stderr: IO[bytes] | None, start_new_session: bool,
        env: Mapping[str, str],
    ) -> None:  # fmt: skip
        assert list(command[:3]) == [sys.executable, "-P", "-m"] and stdin == stdout == subprocess.PIPE
        (given, giving), (said, saying) = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(giving, "wb"), os.fdopen(said, "rb")
        handles = _Handles(given, saying, stderr.fileno() if stderr else 2)
        self._process = _started(command[3], command[4:], str(Path.cwd()), handles, _Surroundings(env), bound=False)
        os.close(given)
        os.close(saying)
        assert start_new_session and self._process.pid
        self.pid = self._process.pid
        with suppress(ProcessLookupError):  # it has ended
            while os.getpgid(self.pid) != self.pid:
                time.sleep(0.001)

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("", timeout or 0)
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()


_commands = SimpleNamespace(**vars(subprocess) | {"Popen": Command})


def _run(
    module: str, words: Sequence[str], folder: str, descriptors: Sequence[int], surroundings: _Surroundings,
    bound: bool = True, terminal: bool = False,
) -> None:  # fmt: skip
    os.setsid()
    if terminal:
        fcntl.ioctl(descriptors[0], termios.TIOCSCTTY, 0)  # else Ctrl-C would reach nobody
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", 1, encoding="utf-8", closefd=False) for n in (1, 2))
    surroundings.enter()
    os.chdir(folder)
    sys.argv = [module, *words]
    if bound:
        _end_with_parent()
    _end_children_at_exit()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()


def _end_children_at_exit() -> None:
    """Register again what Python 3.13 forgets in a process that its fork server makes."""
    atexit.unregister(interpreter_shutdown)
    atexit.register(interpreter_shutdown)


def _end_with_parent() -> None:
    """No process outlives the tests, in whatever way they end."""
    parent = multiprocessing.parent_process()
    assert parent

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def world(state: Path, small: bool = True) -> Iterator[client.Endpoint]:
    """The embedded world on `state`, of the seed 2019, stopped at the end."""
    state.mkdir(parents=True, exist_ok=True)
    words = ("--state", str(state), "--seed", "2019", "--stay", *["--small"] * small)
    with (state / "world.log").open("ab") as log:
        process = started("prober.sandbox", *words, folder=Path.cwd(), output=log.fileno(), errors=log.fileno())
    try:
        yield _answering(state, process)
    finally:
        process.terminate()
        process.join(20)
        process.kill()
        process.join()
        process.close()


def _answering(state: Path, process: Process) -> client.Endpoint:
    until = time.monotonic() + SECONDS
    while not (state / "endpoint.json").exists() or not (endpoint := client.find(state)):
        assert process.is_alive() and time.monotonic() < until, (state / "world.log").read_text(encoding="utf-8")
        time.sleep(0.01)
    return endpoint
