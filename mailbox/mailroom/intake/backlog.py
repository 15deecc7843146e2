"""Stored messages on their way to being understood, some of them in a process beside this one."""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, wait
from functools import cached_property
from types import TracebackType
from typing import Any

from mailroom.intake import worker
from mailroom.intake.fetch_new import Progress
from mailroom.intake.sent_letters import desk_of
from mailroom.intake.understand import Desk
from prober.clock import Clock
from prober.domain.correspondence import Understood
from prober.store import Database, file_of
from prober.store.private import message_analysis, messages
from prober.store.private.messages import Arrival

MANY = 200  # messages; for fewer, a second process costs more than it saves
TOGETHER = 25  # messages given to it at once
AHEAD = 4  # such lists that wait for it, so that it never waits
RECORDED = 250  # messages recorded in one transaction: a durable commit costs as much as understanding several
FEW = 10  # messages that this process understands before it looks at what the other one has done
SECONDS = 1.0  # of understanding that a kill may cost


class Backlog:
    """Of one pass. Use as a context manager; `offer` while messages come in, then `finish`.

    Whatever is not recorded when it ends, for whatever reason, is still `stored` in private.db, and the next pass
    finds it. What is recorded was understood with every letter that had left before the message came.
    """

    def __init__(self, private: Database, clock: Clock) -> None:
        self._private, self.clock = private, clock
        self._offered = self._recorded = 0
        self._progress: list[tuple[Any, ...]] = []  # of the letters, when the desk was laid
        self._reader: worker.Reader | None = None
        self._running: deque[tuple[Sequence[str], Future[list[Understood]]]] = deque()

    def __enter__(self) -> "Backlog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dismiss()

    @cached_property
    def _desk(self) -> Desk:
        self._progress = messages.progress(self._private)
        return desk_of(self._private)

    def offer(self, arrivals: Sequence[Arrival]) -> None:
        """Messages that were just stored. They are taken on if there is room; if not, `finish` finds them."""
        self._offered += len(arrivals)
        if self._offered >= MANY:
            self._clear_away()
            self._record(self._answers())
            if len(self._running) < 2 * AHEAD:
                hashes = [arrival.sha256 for arrival in arrivals]
                for at in range(0, len(hashes), TOGETHER):
                    self._give(hashes[at : at + TOGETHER])

    def finish(self, on_progress: Progress, everything: bool = False) -> int:
        """Understand all that is only stored, and all there is with `everything`. How many messages it was."""
        self._clear_away()
        given = {sha for hashes, _ in self._running for sha in hashes}
        waiting = deque(sha for sha in messages.pending(self._private, everything) if sha not in given)
        total = self._recorded + len(given) + len(waiting)
        found: list[Understood] = []
        due = time.monotonic() + SECONDS
        while waiting or self._running:
            while len(waiting) >= (2 * TOGETHER if self._reader else MANY) and len(self._running) < AHEAD:
                self._give([waiting.popleft() for _ in range(TOGETHER)])
            found += self._few(waiting) + self._answers(0.0 if waiting else SECONDS)
            if len(found) >= RECORDED or time.monotonic() >= due or not (waiting or self._running):
                self._record(found)
                found, due = [], time.monotonic() + SECONDS
                on_progress("understanding", self._recorded, total)
        self._dismiss()
        return total

    def _clear_away(self) -> None:
        """Drop the desk, and what is being understood at it, if a letter was sent since: a reply may be among that."""
        if "_desk" in self.__dict__ and messages.progress(self._private) != self._progress:
            self._dismiss()
            del self._desk

    def _give(self, hashes: Sequence[str]) -> None:
        """To the other process. Where the system has none to give, it is as if that one had ended."""
        try:
            self._reader = self._reader or worker.Reader(file_of(self._private), self._desk)
            answer = self._reader.read(hashes)
        except OSError as error:
            answer = Future()
            answer.set_exception(error)
        self._running.append((hashes, answer))

    def _dismiss(self) -> None:
        self._running.clear()
        if self._reader:
            self._reader.close()
            self._reader = None

    def _few(self, waiting: deque[str]) -> list[Understood]:
        """Of the end of `waiting`, where the small ones are: so this process rarely needs a reader of documents too."""
        few = [waiting.pop() for _ in range(min(FEW, len(waiting)))]
        return worker.understood(self._private, few, self._desk)

    def _answers(self, seconds: float = 0.0) -> list[Understood]:
        """What the other process has answered. Waits up to `seconds` for its next answer."""
        found: list[Understood] = []
        while self._running:
            hashes, answer = self._running[0]
            if not wait((answer,), seconds).done:
                break
            self._running.popleft()
            try:
                found += answer.result()
            except OSError:  # it ended or was killed, or never began: this process does it
                found += worker.understood(self._private, hashes, self._desk)
            seconds = 0.0
        return found

    def _record(self, found: Sequence[Understood]) -> None:
        if found:
            message_analysis.record(self._private, found, self.clock.now())
            self._recorded += len(found)
