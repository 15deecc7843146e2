"""Run the steps of a night: values with names, needs and deadlines, each with its row, under one lock.

A night has passes. The first does all; a later one of the same night does again what was not done, and what is cheap
and never hurts. After a step that fails the later ones still run, except those that need it.
"""

import logging
import signal
import threading
import time as clock
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from prober import logs, owner_only
from prober.domain.reason import Reason, Reasons
from prober.errors import ProberError, place
from prober.locks import held
from prober.store import Database
from prober.store.results import runs
from prober.store.results.runs import Tonight

log = logging.getLogger(__name__)

Notes = Mapping[str, Any]
Deadline = timedelta | time  # how long a step may take, or the time of day at which it ends


class AlreadyRunning(ProberError, BlockingIOError):
    """Another nightly run holds the lock."""


class StepFailed(ProberError):
    """A step did not do all it should. `reasons` are what may be published of it; the message is for our own log."""

    def __init__(self, message: str, reasons: Reasons, notes: Notes | None = None) -> None:
        super().__init__(message)
        self.reasons = reasons
        self.notes = notes or {}


class _Late(BaseException):
    """A step is stopped at its deadline. As Ctrl-C is, no Exception: what bears any fault of a visit ends with it."""


@dataclass(frozen=True, slots=True)
class NightStep:
    """One part of a night.

    `action` returns notes, or the reason why there was nothing to do. `needs` names steps without which it makes no
    sense. Past its `deadline` a step does not begin; one that `stops` is stopped there too, since it can go on later.
    `once`: what is done tonight is not done again by a later pass.
    """

    name: str
    action: Callable[[], Notes | Reason]
    needs: tuple[str, ...] = ()
    deadline: Deadline | None = None
    stops: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class NightStepResult:
    """The result of a step: its status, its notes, and what went wrong: in words, and as reasons."""

    name: str
    notes: Notes
    error: str = ""
    status: str = "done"
    reasons: Reasons = ()


@dataclass(slots=True)
class NightRun:
    """The night that a run belongs to: which steps are done, and where their rows are written."""

    db: Database
    run: int
    now: Callable[[], datetime]
    before: Tonight = field(init=False)
    results: dict[str, NightStepResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = runs.tonight(self.db, self.run)

    @property
    def later(self) -> bool:
        """True in a later pass of a night."""
        return self.before.night != self.run

    def do(self, step: NightStep) -> NightStepResult:
        """Do a step unless it is done, not possible or too late; keep and return its result.

        A ProberError of the step is a result; any other exception is a defect and goes on, as Ctrl-C does.
        """
        if step.once and self.before.done(step.name):
            result = NightStepResult(step.name, {}, status="skipped", reasons=(Reason("done_tonight"),))
        else:
            row = runs.begin_step(self.db, self.run, self.before.night, step.name, self.now())
            result, began = NightStepResult(step.name, {}, status="stopped"), clock.monotonic()
            with logs.bound(step=step.name):
                log.info("step begins")
                try:
                    result = self._result(step)
                finally:
                    runs.end_step(self.db, row, result.status, self.now(), result.notes, result.reasons)
                    level = logging.INFO if result.status in ("done", "skipped") else logging.WARNING
                    log.log(level, "step ends", extra=_logged(result, clock.monotonic() - began))
        self.results[step.name] = result
        return result

    def _result(self, step: NightStep) -> NightStepResult:
        if lacking := tuple(name for name in step.needs if not self._served(name)):
            return NightStepResult(step.name, {}, status="skipped", reasons=(Reason("needs_steps", steps=lacking),))
        left = seconds_left(step.deadline, self.before.began, self.now())
        if left is not None and left <= 0:
            return NightStepResult(step.name, {}, status="late", reasons=(Reason("past_deadline"),))
        try:
            with _stopped_after(left if step.stops else None):
                done = step.action()
        except _Late:
            error = f"{step.name} was stopped at its deadline; the next pass goes on with it"
            return NightStepResult(step.name, {}, error, "late", (Reason("past_deadline"),))
        except StepFailed as failure:
            return NightStepResult(step.name, failure.notes, str(failure), "failures", failure.reasons)
        except ProberError as failure:
            return NightStepResult(step.name, {}, str(failure), "failures", (Reason("step_failed"),))
        if isinstance(done, Reason):
            return NightStepResult(step.name, {}, status="skipped", reasons=(done,))
        return NightStepResult(step.name, done)

    def _served(self, name: str) -> bool:
        """Return True if a step is done tonight, or there was nothing for it to do."""
        if name in self.results:
            found = self.results[name]
            return found.status == "done" or (found.status == "skipped" and found.reasons[0].code != "needs_steps")
        return self.before.done(name)


def _logged(result: NightStepResult, seconds: float) -> dict[str, object]:
    """Return the fields of the line on a step: codes, not words, which may name an address."""
    codes = [reason.code for reason in result.reasons]
    return {"status": result.status, "reasons": codes, "seconds": round(seconds, 1)}


def run(
    steps: Sequence[NightStep], night: NightRun, lock: Path, on_step: Callable[[NightStepResult], None]
) -> list[NightStepResult]:
    """Do `steps` in order while holding `lock`. Raises AlreadyRunning if another process holds it."""
    owner_only.folder(lock.parent)
    refusal = AlreadyRunning(f"another nightly run holds {lock}; nothing was done")
    with held(lock, refusal), logs.bound(night=night.before.night):
        log.info("pass of a night begins" if night.later else "night begins")
        try:
            for step in steps:
                on_step(night.do(step))
        except Exception as error:
            log.error("night is cut short: %s", place(error))
            raise
        log.info("night ends")
        return list(night.results.values())


def seconds_left(deadline: Deadline | None, began: datetime, now: datetime) -> float | None:
    """Return how long a step may take from `now` on in a night that began at `began`; None for any time.

    A time of day is the first one after the begin of the night, for later passes too.

    >>> night = datetime(2020, 4, 13, 22, 30)
    >>> seconds_left(time(6), night, datetime(2020, 4, 14, 5)), seconds_left(time(6), night, datetime(2020, 4, 14, 7))
    (3600.0, -3600.0)
    >>> seconds_left(timedelta(hours=2), night, datetime(2020, 4, 14, 7))
    7200.0
    """
    if deadline is None or isinstance(deadline, timedelta):
        return deadline.total_seconds() if deadline else None
    end = datetime.combine(began.date(), deadline, began.tzinfo)
    return ((end if end > began else end + timedelta(days=1)) - now).total_seconds()


@contextmanager
def _stopped_after(seconds: float | None) -> Iterator[None]:
    """Raise _Late in the block after so many real seconds. Only the main thread can be stopped so; elsewhere: no."""
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_number: int, _frame: FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
