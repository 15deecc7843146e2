"""The schedule: named steps in order, under one lock, each with its own result.

Every step is idempotent, so a night that was cut short is made good by running it again. A step that fails does not
keep the later ones from running: an unreachable mail server must not cost the crawl, nor a crawl the report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from prober.errors import ProberError


class AlreadyRunning(ProberError, BlockingIOError):
    """Another nightly run holds the lock."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the night: its name and what does it. The action returns what is worth noting of it."""

    name: str
    action: Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of a step: its notes, or its error in words."""

    name: str
    notes: dict[str, Any]
    error: str = ""


def run(steps: Sequence[Step], lock: Path, on_step: Callable[[StepResult], None]) -> list[StepResult]:
    """Run `steps` in order while holding `lock`. Raises AlreadyRunning if another process holds it.

    A ProberError of a step is noted and the next one runs; any other exception is a defect and ends the night.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            results = []
            for step in steps:
                results.append(_result(step))
                on_step(results[-1])
            return results
    except Timeout as error:
        raise AlreadyRunning(f"another nightly run holds {lock}; nothing was done") from error


def _result(step: Step) -> StepResult:
    try:
        return StepResult(step.name, step.action())
    except ProberError as error:
        return StepResult(step.name, {}, str(error))
