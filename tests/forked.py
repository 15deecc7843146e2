"""Start processes of the product by a fork of one that has loaded it: a start takes a tenth of what its imports take.

For tests of what a process does. What proves how one starts, or what it holds in memory, starts Python itself.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess as Process
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

from prober.sandbox import client

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    ["tests.pobi", "prober.cli", "prober.sandbox.process", "prober.sandbox.sites.portals",
     "prober.reporting.datasette.serve"]
)  # fmt: skip
SECONDS = 60.0  # until a world answers, on a busy machine


def started(module: str, *words: str, folder: Path, output: int, errors: int) -> Process:
    """Start `python -m module words…` in a folder, with descriptors to write to; its standard input is empty."""
    process = _forks.Process(target=_run, args=(module, words, str(folder), _Handles(output, errors), dict(os.environ)))
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


class _Handles:
    """Descriptors that travel to the process."""

    def __init__(self, *descriptors: int) -> None:
        self._descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, tuple(map(DupFd, self._descriptors))


def _received(*handles: Any) -> list[int]:
    return [handle.detach() for handle in handles]


def _run(
    module: str, words: Sequence[str], folder: str, descriptors: Sequence[int], environment: Mapping[str, str]
) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", 1, encoding="utf-8", closefd=False) for n in (1, 2))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [module, *words]
    _end_with_parent()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()


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
