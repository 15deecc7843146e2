"""A process that reads a mailbox in children which end by kill -9, where it is told; see test_intake_kills.py.

Reads lines "folder port user password label times seconds" and answers each with the wait status of its child. The
child kills itself when it reaches `label` for the `times`-th time; with `seconds` it is killed from outside. One that
comes to its end leaves in points.json how often it reached what.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from mailroom.imap.mailbox import Mailbox
from mailroom.intake import sync
from mailroom.outcomes import projection
from prober.config.load import Imap
from prober.documents import readers
from prober.store import Database, open_private, open_results
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI

# A labelled point is the end of a step of the conversation, or the moment before a statement.
STEPS = (("__init__", "connected"), ("select", "selected"), ("listing", "listed"))
PRIVATE = (
    ("BEGIN IMMEDIATE", "transaction begun"), ("COMMIT", "commit"), ("INSERT INTO message (", "letter"),
    ("INSERT INTO message_raw", "its bytes"), ("INSERT INTO message_location", "its place"),
    ("INSERT INTO mailbox_state", "folder noted"),
    ("UPDATE message SET message_id", "understood"), ("INSERT INTO message_part", "attachment"),
    ("INSERT INTO match_candidate", "match"), ("UPDATE outbox SET state", "reminder cancelled"),
)  # fmt: skip
RESULTS = (
    ("INSERT INTO [request]", "request projected"), ("INSERT INTO [reply]", "reply projected"),
    ("COMMIT", "tables committed"),
)  # fmt: skip


class Fixed:
    """A clock that stands still, so that the same mailbox gives the same rows."""

    def now(self) -> datetime:
        return datetime(2020, 6, 5, 8, 0, tzinfo=HANOI)

    async def sleep_until(self, moment: datetime) -> None:
        raise AssertionError("a pass over the mailbox waits for nothing")


class Reached:
    """Counts the points that are passed, and kills this process at the one that was asked for."""

    def __init__(self, label: str, times: int) -> None:
        self.counts: Counter[str] = Counter()
        self._label, self._times = label, times

    def __call__(self, name: str) -> None:
        self.counts[name] += 1
        if name == self._label and self.counts[name] == self._times:
            os.kill(os.getpid(), signal.SIGKILL)


def traced(db: Database, points: tuple[tuple[str, str], ...], reached: Reached) -> Database:
    def statement(sql: str) -> None:
        for beginning, name in points:
            if sql.startswith(beginning):
                reached(name)

    db.conn.set_trace_callback(statement)
    return db


def stepped(step: Callable[..., Any], name: str, reached: Reached) -> Callable[..., Any]:
    def wrapped(*words: Any) -> Any:
        answer = step(*words)
        reached(name)
        return answer

    return wrapped


def one_pass(folder: Path, imap: Imap, password: str, reached: Reached) -> None:
    for step, name in STEPS:
        setattr(Mailbox, step, stepped(getattr(Mailbox, step), name, reached))
    private = traced(open_private(folder / "private.db"), PRIVATE, reached)
    results = traced(open_results(folder / "results.db"), RESULTS, reached)
    read_mailbox(private, results, imap, password, Fixed(), POBI)
    reached("ended")
    (folder / "points.json").write_text(json.dumps(reached.counts), encoding="utf-8")


def reparse(folder: Path) -> None:
    private, results = open_private(folder / "private.db"), open_results(folder / "results.db")
    sync.process(private, Fixed(), everything=True, vocabulary=POBI.vocabulary)
    projection.project(private, results, POBI)


class Here:
    """Run what the child process would run: it writes nothing, and starting one for each kill takes most of the time.

    That kills of both are made good is proved with fewer kills (tests/mailroom/intake/test_sync.py).
    """

    def run(self, _seconds: float, _processor_seconds: float, function: Callable[..., Any], *words: Any) -> Any:
        return function(*words), 0.0

    def ahead(self, *call: Any) -> Callable[[], Any]:
        return lambda: self.run(*call)

    def start(self) -> None:
        """Start nothing."""

    stop = start


def main() -> None:
    sync._child = sync._second = Here()  # type: ignore[assignment]
    for line in sys.stdin:
        folder, port, user, password, label, times, seconds = line.split()
        child = os.fork()
        if child == 0:
            if label == "reparse":
                reparse(Path(folder))
            else:
                imap = Imap(host="127.0.0.1", port=int(port), user=user, tls="none")
                one_pass(Path(folder), imap, password, Reached(label.replace("-", " "), int(times)))
            readers.stop()
            os._exit(0)
        if float(seconds):
            time.sleep(float(seconds))
            os.kill(child, signal.SIGKILL)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
