"""A second process that understands messages: reading a large mailbox keeps two processors busy, not one.

`python -m mailroom.readers` is that process. It reads a pickled Desk, then lists of letters, and answers each list with
a list of what it understood; it ends with its input, so it does not outlive the process that started it.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from mailroom.desk import Desk, Scans, understand
from prober.correspondence import Understood

SECONDS = 5.0  # for an idle process to end


@dataclass(frozen=True, slots=True)
class Letter:
    """The bytes of a stored message, and what it is found by and dated with."""

    sha256: str
    raw: bytes
    received_at: datetime
    scans: Scans = field(default_factory=dict)


class Reader:
    """The process. A thread waits for its answers, because writing to a busy process would block."""

    def __init__(self, desk: Desk) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailroom.readers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self._thread = ThreadPoolExecutor(1)
        self._last: Future[None] | Future[list[Understood]] = self._thread.submit(self._tell, desk)

    def read(self, letters: Sequence[Letter]) -> "Future[list[Understood]]":
        """What the process will make of `letters`; raises what broke it, and then nothing of them was understood."""
        answer = self._thread.submit(self._ask, letters)
        self._last = answer
        return answer

    def close(self) -> None:
        """An idle process ends by itself, with the child that reads its documents; a busy one is killed."""
        assert self._process.stdin and self._process.stdout
        if not self._last.done():
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        with suppress(OSError):  # what was left to be written has no reader
            self._process.stdin.close()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _tell(self, value: object) -> None:
        assert self._process.stdin
        pickle.dump(value, self._process.stdin)
        self._process.stdin.flush()

    def _ask(self, letters: Sequence[Letter]) -> list[Understood]:
        self._tell(letters)
        assert self._process.stdout
        found: list[Understood] = pickle.load(self._process.stdout)
        return found


def understood(letters: Sequence[Letter], desk: Desk) -> list[Understood]:
    return [understand(letter.raw, letter.received_at, desk, letter.scans) for letter in letters]


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer lists of letters until the input ends, or breaks off with the process that wrote it."""
    with suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):
        desk: Desk = pickle.load(source)
        while True:
            pickle.dump(understood(pickle.load(source), desk), sink)
            sink.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # what is left to be said has no reader; an orderly end would complain of that
