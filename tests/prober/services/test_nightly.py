"""The night: order, one lock, and a failed step that does not stop the rest."""

from pathlib import Path

import pytest
from filelock import FileLock

from prober.errors import ProberError
from prober.services.nightly import AlreadyRunning, Step, StepResult, run


def _fails() -> dict[str, int]:
    raise ProberError("the mail server does not answer")


def test_a_failed_step_is_noted_and_the_next_one_runs(tmp_path: Path) -> None:
    seen: list[StepResult] = []
    steps = (Step("crawl", lambda: {"agencies": 2}), Step("mailbox", _fails), Step("report", lambda: {"bytes": 9}))
    assert run(steps, tmp_path / "lock", seen.append) == seen
    assert [(r.name, r.notes, r.error) for r in seen] == [
        ("crawl", {"agencies": 2}, ""),
        ("mailbox", {}, "the mail server does not answer"),
        ("report", {"bytes": 9}, ""),
    ]


def test_a_second_run_at_the_same_time_does_nothing(tmp_path: Path) -> None:
    done: list[str] = []
    with FileLock(tmp_path / "lock"), pytest.raises(AlreadyRunning, match="another nightly run"):
        run((Step("crawl", lambda: done.append("crawl") or {}),), tmp_path / "lock", lambda result: None)
    assert done == []


def test_a_defect_ends_the_night_and_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run((Step("crawl", lambda: {"share": 1 // 0}),), tmp_path / "lock", lambda result: None)
    assert run((), tmp_path / "lock", lambda result: None) == []
