"""Mailboxes watched in a thread beside a test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mailroom.imap.accounts import Account
from mailroom.intake.sync import SyncSummary
from mailroom.intake.watch import Stop, watch_all
from prober.clock import SystemClock
from prober.store import Database, open_private, open_results
from tests.pobi import HANOI, POBI


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.passes: dict[str, int] = {}
        self.reasons: dict[str, str] = {}
        self.moments: list[tuple[float, int]] = []  # of each pass, and what was held after it
        self.beats = 0
        self.told = threading.Condition()

    def passed(self, label: str, summary: SyncSummary) -> None:
        with self.told:
            self.passes[label] = summary.we_hold
            self.moments.append((time.monotonic(), summary.we_hold))
            self.told.notify_all()

    def lost(self, label: str, reason: str) -> None:
        with self.told:
            self.reasons[label] = reason
            self.told.notify_all()

    def alive(self) -> None:
        self.beats += 1


class Watching(threading.Thread):
    """`watch_all` in a thread, with databases of its own in `folder`; `result` is what it returned or raised."""

    def __init__(self, folder: Path, accounts: list[Account]) -> None:
        super().__init__()
        self._folder, self._accounts = folder, accounts
        self.heard, self.stop = Heard(), Stop()
        self.busy_ms = 30_000  # how long a watcher waits for a database that another process holds
        self.result: object = None

    def run(self) -> None:
        @contextmanager
        def databases() -> Iterator[tuple[Database, Database]]:
            paths = self._folder / "private.db", self._folder / "results.db"
            with closing(open_private(paths[0])) as private, closing(open_results(paths[1])) as results:
                for db in (private, results):
                    db.execute(f"PRAGMA busy_timeout = {self.busy_ms}")
                yield private, results

        try:
            self.result = watch_all(databases, self._accounts, SystemClock(HANOI), POBI, self.heard, stop=self.stop)
        except Exception as error:
            self.result = error

    def until(self, true: Callable[[Heard], bool], seconds: float = 20.0) -> None:
        with self.heard.told:
            held = self.heard.told.wait_for(lambda: true(self.heard), seconds)
            assert held, (self.heard.passes, self.heard.reasons, self.result)

    def holds(self, number: int) -> float:
        """Wait until one mailbox holds so many messages; the moment of the pass that brought the last of them."""
        self.until(lambda heard: any(held >= number for _, held in heard.moments))
        return next(at for at, held in self.heard.moments if held >= number)

    def __enter__(self) -> "Watching":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.join(20)
        assert not self.is_alive()
        self.stop.close()
