"""Run programs and measure wall time, processor time and peak memory of each one process, from the kernel.

The peak is read from /proc while the process runs, because wait4 reports at least the memory that this process had
itself when it started the other.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prober.documents import child_process
from spiders.job import Job


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. `cpu` is user and system time of the process, seconds; `peak` its resident set, MB; `said` its JSON."""

    wall: float
    cpu: float
    peak: float
    said: dict[str, Any]


def python(module: str, words: Sequence[str], given: Any, log: Path, env: Mapping[str, str] | None = None) -> Measured:
    """Run `python -m module words…` with `given` as JSON on standard input; the last line of its output is JSON."""
    return _measured(child_process.command(module, *words), json.dumps(given).encode(), log, lambda line: None, env)


def worker(job: Job, log: Path, tell: Callable[[str], None]) -> Measured:
    """Run the crawling process of `prober crawl`, as the product starts it. Raises RuntimeError if it fails."""

    def follow(line: dict[str, Any]) -> None:
        if "done" in line and (line["done"] % 50 == 0 or line["done"] == line["total"]):
            tell(f"{line['done']} of {line['total']} sites")

    return _measured(child_process.command("spiders"), pickle.dumps(job), log, follow, None)


def _measured(
    command: Sequence[str], given: bytes, log: Path, follow: Callable[[dict[str, Any]], None],
    env: Mapping[str, str] | None,
) -> Measured:  # fmt: skip
    begin = time.perf_counter()
    path = os.pathsep.join([str(Path(__file__).parent.parent), *[p for p in sys.path if p]])
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            env={**os.environ, **(env or {}), "PYTHONUNBUFFERED": "1", "PYTHONPATH": path},
        )  # fmt: skip
    assert process.stdin and process.stdout
    said: dict[str, Any] = {}
    peak = _Peak(process.pid)
    try:
        process.stdin.write(given)
        process.stdin.flush()
        if command[-1] != "spiders":  # the spider takes the end of its input for the end of its parent
            process.stdin.close()
        for line in process.stdout:
            peak.look()
            said = json.loads(line)
            follow(said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        peak.stop()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
    if process.returncode or "error" in said:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {process.returncode}: {said}; see {log}")
    wall = time.perf_counter() - begin
    return Measured(wall, usage.ru_utime + usage.ru_stime, peak.megabytes, said)


class _Peak:
    """The largest resident set of a process so far, MB, read ten times a second and at each line of its output."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0
        self._thread.start()

    def look(self) -> None:
        with suppress(OSError):  # it has ended
            for line in self._status.read_text().splitlines():
                if line.startswith("VmHWM:"):  # a process that has ended has none
                    self.megabytes = max(self.megabytes, int(line.split()[1]) / 1024)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.look()


@contextmanager
def server(module: str, *words: str, log: Path) -> Iterator[dict[str, Any]]:
    """Run a server program during a `with`, and yield the JSON in its first line. It ends when its input ends."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            child_process.command(module, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True, cwd=Path(__file__).parent.parent, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    assert process.stdin and process.stdout
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{module} did not start; see {log}")
        yield json.loads(line)
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
