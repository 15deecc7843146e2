"""A second process that understands messages: reading a large mailbox keeps two processors busy, not one.

`python -m mailroom.readers FILE` is that process. It reads a pickled Desk, then lists of hashes of messages that
private.db, the FILE, holds, and answers each list with a list of what it understood. It writes nothing to the database,
and ends with its input, so it does not outlive the process that started it.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from mailroom.desk import Desk, understand
from prober.correspondence import Understood
from prober.store import Database, messages, only_read, recognised

SECONDS = 5.0  # for an idle process to end


class Reader:
    """The process. Threads write to it and wait for its answers, because both would block while it is busy."""

    def __init__(self, private: Path, desk: Desk) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailroom.readers", str(private)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self._asking, self._hearing = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._last: Future[None] | Future[list[Understood]] = self._asking.submit(self._tell, desk)

    def read(self, hashes: Sequence[str]) -> "Future[list[Understood]]":
        """What the process will make of the messages; raises what broke it, and then nothing of them was understood."""
        self._asking.submit(self._tell, hashes)
        self._last = answer = self._hearing.submit(self._hear)
        return answer

    def close(self) -> None:
        """An idle process ends by itself, with the child that reads its documents; a busy one is killed."""
        assert self._process.stdin and self._process.stdout
        if not self._last.done():
            self._process.kill()
        for thread in (self._asking, self._hearing):
            thread.shutdown(cancel_futures=True)
        with suppress(OSError):  # what was left to be written has no reader
            self._process.stdin.close()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _tell(self, value: object) -> None:
        """What cannot be written, because the process ended, is noticed where its answer is waited for."""
        assert self._process.stdin
        with suppress(OSError):
            pickle.dump(value, self._process.stdin)
            self._process.stdin.flush()

    def _hear(self) -> list[Understood]:
        assert self._process.stdout
        found: list[Understood] = pickle.load(self._process.stdout)
        return found


def understood(private: Database, hashes: Sequence[str], desk: Desk) -> list[Understood]:
    """What is understood of messages that private.db holds, in their order."""
    scans = recognised.of_messages(private, hashes)
    return [understand(*messages.raw(private, sha), desk, scans.get(sha, {})) for sha in hashes]


def serve(private: Database, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer lists of hashes until the input ends, or breaks off with the process that wrote it."""
    with suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):
        desk: Desk = pickle.load(source)
        while True:
            pickle.dump(understood(private, pickle.load(source), desk), sink)
            sink.flush()


if __name__ == "__main__":
    with closing(only_read(Path(sys.argv[1]))) as held:
        serve(held, sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # what is left to be said has no reader; an orderly end would complain of that
