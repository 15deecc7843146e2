"""The night: order, one lock, and a failed step that does not stop the rest."""

from pathlib import Path

import pytest
from filelock import FileLock

from prober.cli.nightly import tell
from prober.config.load import Paths
from prober.domain.world import World
from prober.errors import ProberError
from prober.sandbox import client
from prober.services.context import Context
from prober.services.nightly import AlreadyRunning, Step, StepResult, _steps, run
from prober.store.results.registry import sync
from tests.pobi import HANOI
from tests.spiders.web import Answer, Bench, Web, agency, plain_site


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


def test_a_site_that_limited_the_crawl_is_crawled_again_later_in_the_night(tmp_path: Path) -> None:
    """It refuses until the letters are sent; the other site is crawled once."""
    web = Web()
    try:
        refuses = Answer("", 429, {"Retry-After": "0"})
        web.sites |= {"mai.gov.test": {"*": refuses}, "nhanh.gov.test": plain_site()}
        bench = Bench.at(tmp_path, web, max_crawl_delay=0.2)
        with Context(config=bench.config) as context:
            context.__dict__ |= {"world": bench.endpoint, "clock": client.clock_of(None, HANOI)}
            sync(context.results, (agency("mai"), agency("nhanh")), (), World.SANDBOX)
            context._registry_is_current = True
            steps = {step.name: step for step in _steps(context, ("2019",), live=False)}
            assert list(steps) == ["crawl", "mailbox", "campaigns", "crawl again", "report", "publish"]
            first = steps["crawl"].action()
            asked = len(web.targets("nhanh.gov.test"))
            web.sites["mai.gov.test"] = plain_site()
            again = steps["crawl again"].action()
        assert (first["2019"]["visited"], first["2019"]["unreachable"]) == (2, 1)
        assert (again["2019"]["visited"], again["2019"]["seen"]) == (1, 1)
        assert len(web.targets("nhanh.gov.test")) == asked
        assert bench.verdicts("mai")["qa"] == "present"
        assert open_to_others(bench.config.paths) == []
    finally:
        web.close()


def open_to_others(paths: Paths) -> list[Path]:
    """What a night left of pages and mails that others than its owner may use: there must be evidence and a cache."""
    own = [paths.evidence, *paths.evidence.rglob("*"), paths.page_cache, *paths.private.parent.glob("private.db*")]
    assert {path.suffix for path in own} >= {".gz", ".log", ".db"}
    return [path for path in own if path.stat().st_mode & 0o077]


def test_changes_that_wait_for_a_second_look_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell(StepResult("crawl", {"2019": {"unconfirmed": 3}, "2025": {"unconfirmed": 3}}))
    assert "3 changes wait for a second look" in capsys.readouterr().err
    tell(StepResult("crawl", {"2019": {"unconfirmed": 0}}))
    assert "second look" not in capsys.readouterr().err
