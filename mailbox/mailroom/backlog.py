"""Stored messages on their way to being understood, some of them in a process beside this one."""

import pickle
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, wait
from functools import cached_property
from types import TracebackType
from typing import Any

from mailroom.desk import Desk
from mailroom.intake import Progress
from mailroom.readers import Letter, Reader
from mailroom.readers import understood as understood_here
from mailroom.sent import desk_of
from prober.clock import Clock
from prober.correspondence import Understood
from prober.store import Database, messages, recognised, understood
from prober.store.messages import Arrival

MANY = 200  # messages; for fewer, a second process costs more than it saves
TOGETHER = 50  # messages given to it at once
AHEAD = 5  # such lists that wait for it, so that it never waits
RECORDED = 250  # messages recorded in one transaction: a durable commit costs as much as understanding several
FEW = 10  # messages that this process takes from the database at once
SECONDS = 1.0  # of understanding that a kill may cost


class Backlog:
    """Of one pass. Use as a context manager; `offer` while messages come in, then `finish`.

    Whatever is not recorded when it ends, for whatever reason, is still `stored` in private.db, and the next pass
    finds it.
    """

    def __init__(self, private: Database, clock: Clock) -> None:
        self._private, self.clock = private, clock
        self._offered = 0
        self._progress: list[tuple[Any, ...]] = []  # of the letters, when the desk was laid
        self._recorded: list[str] = []
        self._reader: Reader | None = None
        self._running: deque[tuple[Sequence[Letter], Future[list[Understood]]]] = deque()

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
            self._record(self._answers())
            if len(self._running) < AHEAD:
                letters = [Letter(a.sha256, a.raw, a.internaldate) for a in arrivals]
                for at in range(0, len(letters), TOGETHER):
                    self._give(letters[at : at + TOGETHER])

    def finish(self, on_progress: Progress, everything: bool = False) -> int:
        """Understand all that is only stored, and all there is with `everything`. How many messages it was."""
        waiting = deque(self._misread())
        given = {letter.sha256 for letters, _ in self._running for letter in letters}
        waiting += (sha for sha in messages.pending(self._private, everything) if sha not in given)
        total = len(self._recorded) + len(given) + len(waiting)
        while waiting or self._running:
            while len(waiting) >= MANY and len(self._running) < AHEAD:
                self._give(self._letters([waiting.popleft() for _ in range(TOGETHER)]))
            self._record(self._some(waiting) + self._answers(0.0 if waiting else SECONDS))
            on_progress("understanding", len(self._recorded), total)
        return total

    def _misread(self) -> list[str]:
        """What was understood without a letter that was sent since: a reply to it may be among that."""
        if not self._recorded and not self._running or messages.progress(self._private) == self._progress:
            return []
        self._dismiss()
        misread, self._recorded = self._recorded, []
        del self._desk
        return misread

    def _give(self, letters: Sequence[Letter]) -> None:
        self._reader = self._reader or Reader(self._desk)
        self._running.append((letters, self._reader.read(letters)))

    def _dismiss(self) -> None:
        self._running.clear()
        if self._reader:
            self._reader.close()
            self._reader = None

    def _letters(self, taken: Sequence[str]) -> list[Letter]:
        scans = recognised.of_messages(self._private, taken)
        return [Letter(sha, *messages.raw(self._private, sha), scans.get(sha, {})) for sha in taken]

    def _some(self, waiting: deque[str]) -> list[Understood]:
        """Of the end of `waiting`, where the small ones are, as much as this process understands in a second.

        So it rarely needs a reader of documents of its own beside that of the other process.
        """
        found: list[Understood] = []
        until = time.monotonic() + SECONDS
        while waiting and len(found) < RECORDED and time.monotonic() < until:
            letters = self._letters([waiting.pop() for _ in range(min(FEW, len(waiting)))])
            while letters and time.monotonic() < until:
                found += understood_here([letters.pop(0)], self._desk)
            waiting.extend(letter.sha256 for letter in reversed(letters))
        return found

    def _answers(self, seconds: float = 0.0) -> list[Understood]:
        """What the other process has answered. Waits up to `seconds` for its next answer."""
        found: list[Understood] = []
        while self._running:
            letters, answer = self._running[0]
            if not wait((answer,), seconds).done:
                break
            self._running.popleft()
            try:
                found += answer.result()
            except (OSError, EOFError, pickle.UnpicklingError):  # it ended or was killed: this process does it
                found += understood_here(letters, self._desk)
            seconds = 0.0
        return found

    def _record(self, found: Sequence[Understood]) -> None:
        if found:
            understood.record(self._private, found, self.clock.now())
            self._recorded += [each.sha256 for each in found]
