"""A second process that understands messages: reading a large mailbox keeps two processors busy, not one.

`python -m mailroom.intake.worker FILE` is that process. It reads a pickled Desk, then lists of hashes of messages that
private.db, the FILE, holds, and answers each list with a list of what it understood. It writes nothing to the database,
and ends with its input, so it does not outlive the process that started it.
"""

import os
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from mailroom.intake.understand import Desk, understand
from prober.documents import child_process
from prober.domain.correspondence import Understood
from prober.store import Database, only_read
from prober.store.private import messages, ocr_texts

SECONDS = 5.0  # for an idle process to end


class Reader:
    """The process. Threads write to it and wait for its answers, because both would block while it is busy.

    They keep nobody: a watcher that is stopped does not wait for what its process is doing. Raises OSError where the
    system has no process to give.
    """

    def __init__(self, private: Path, desk: Desk) -> None:
        self._process = subprocess.Popen(
            child_process.command("mailroom.intake.worker", str(private)), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self._said: SimpleQueue[Desk | Sequence[str] | None] = SimpleQueue()
        self._awaited: SimpleQueue[tuple[Sequence[str], Future[list[Understood]]] | None] = SimpleQueue()
        self._last: Future[list[Understood]] = Future()
        self._threads = [Thread(target=work, daemon=True) for work in (self._tell, self._hear)]
        for thread in self._threads:
            thread.start()
        self._said.put(desk)

    def read(self, hashes: Sequence[str]) -> "Future[list[Understood]]":
        """What the process will make of the messages. ConnectionError where it broke: then it says nothing."""
        answer: Future[list[Understood]] = Future()
        self._last = answer
        self._awaited.put((hashes, answer))
        self._said.put(hashes)
        return answer

    def close(self) -> None:
        """An idle process ends by itself, with the child that reads its documents; a busy one is killed."""
        assert self._process.stdin and self._process.stdout
        if not self._last.done():
            self._process.kill()
        self._said.put(None)
        self._awaited.put(None)
        for thread in self._threads:
            thread.join()
        with suppress(OSError):  # what was left to be written has no reader
            self._process.stdin.close()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _tell(self) -> None:
        """What cannot be written, because the process ended, is noticed where its answer is waited for."""
        assert self._process.stdin
        for value in iter(self._said.get, None):
            with suppress(OSError):
                pickle.dump(value, self._process.stdin)
                self._process.stdin.flush()

    def _hear(self) -> None:
        assert self._process.stdout
        for hashes, answer in iter(self._awaited.get, None):
            try:
                found: list[Understood] = pickle.load(self._process.stdout)
                if [one.sha256 for one in found] != list(hashes):
                    raise ValueError("this is about other messages")
                answer.set_result(found)
            except Exception as error:  # it ended, or something else was printed: what follows cannot be told apart
                self._process.kill()
                answer.set_exception(ConnectionError(f"no answer: {error}"))


def understood(private: Database, hashes: Sequence[str], desk: Desk) -> list[Understood]:
    """What is understood of messages that private.db holds, in their order."""
    scans = ocr_texts.of_messages(private, hashes)
    return [understand(*messages.raw(private, sha), desk, scans.get(sha, {})) for sha in hashes]


def serve(private: Database, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer lists of hashes until the input ends, or breaks off with the process that wrote it.

    That one reads the database too, and says what is wrong with it.
    """
    with suppress(EOFError, pickle.UnpicklingError, BrokenPipeError, sqlite3.OperationalError):
        desk: Desk = pickle.load(source)
        while True:
            pickle.dump(understood(private, pickle.load(source), desk), sink)
            sink.flush()


if __name__ == "__main__":
    with suppress(sqlite3.OperationalError), closing(only_read(Path(sys.argv[1]))) as held:
        serve(held, sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # what is left to be said has no reader; an orderly end would complain of that
