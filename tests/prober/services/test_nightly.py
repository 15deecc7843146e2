"""The night: its steps, and the sites that are asked again."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from prober import logs
from prober.cli.nightly import tell
from prober.config.load import Paths
from prober.domain.reason import Reason
from prober.domain.world import World
from prober.errors import ProberError
from prober.sandbox import client
from prober.services import nightly
from prober.services.context import Context
from prober.services.crawl import crawl
from prober.services.nightly import NightStepResult, steps
from prober.services.nights.doubt import look_again
from prober.services.nights.night_steps import NightRun, NightStep, StepFailed, run
from prober.store.results.registry import sync
from tests.pobi import HANOI
from tests.prober.domain.test_visit_floors import PORTALS, dead
from tests.prober.domain.test_visit_floors import night as stored_night
from tests.prober.store.results.test_suspicion import many
from tests.spiders.web import NOW, Answer, Bench, Fault, Web, agency, plain_site


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
            with context.run("nightly"):
                night = NightRun(context.results, context.run_number, context.clock.now)
                found = {step.name: step for step in steps(context, night, ("2019",), live=False)}
                assert list(found) == [
                    "crawl 2019", "mailbox", "campaigns", "crawl again 2019", "second pass 2019", "report", "publish",
                    "alarms",
                ]  # fmt: skip
                first = night.do(found["crawl 2019"]).notes
                asked = len(web.targets("nhanh.gov.test"))
                web.sites["mai.gov.test"] = plain_site()
                again = night.do(found["crawl again 2019"]).notes
        assert (first["visited"], first["unreachable"]) == (2, 1)
        assert (again["visited"], again["seen"]) == (1, 1)
        assert len(web.targets("nhanh.gov.test")) == asked
        assert bench.verdicts("mai")["qa"] == "found"
        assert open_to_others(bench.config.paths) == []
    finally:
        web.close()


def open_to_others(paths: Paths) -> list[Path]:
    """What a night left of pages and mails that others than its owner may use: there must be evidence and a cache."""
    own = [paths.evidence, *paths.evidence.rglob("*"), paths.page_cache, *paths.private.parent.glob("private.db*")]
    assert {path.suffix for path in own} >= {".gz", ".log", ".db"}
    return [path for path in own if path.stat().st_mode & 0o077]


def test_changes_that_wait_for_a_second_look_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell(NightStepResult("crawl 2019", {"second_look": 3}))
    assert "changes waiting for a second look: 3" in capsys.readouterr().err
    tell(NightStepResult("crawl 2019", {"second_look": 0}))
    assert "second look" not in capsys.readouterr().err


def test_a_later_pass_asks_only_the_sites_that_could_not_be_seen(tmp_path: Path) -> None:
    """The first pass reaches one of two; the second of the same night visits the other alone, and its verdict counts.

    A night later all is crawled again.
    """
    web = Web()
    try:
        web.sites |= {"mai.gov.test": {"*": Fault("reset")}, "nhanh.gov.test": plain_site()}
        bench = Bench.at(tmp_path, web)
        moment = [NOW]
        with Context(config=bench.config) as context:
            context.__dict__ |= {"world": bench.endpoint, "clock": Moving(moment)}
            sync(context.results, (agency("mai"), agency("nhanh")), (), World.SANDBOX)
            context._registry_is_current = True

            def passed() -> dict[str, NightStepResult]:
                with context.run("nightly"):
                    night = NightRun(context.results, context.run_number, context.clock.now)
                    crawls = [s for s in steps(context, night, ("2019",), live=False) if s.name.startswith("crawl")]
                    return {step.name: night.do(step) for step in crawls}

            first = passed()
            web.sites["mai.gov.test"] = plain_site()
            moment[0] += timedelta(hours=4)
            asked = len(web.targets("nhanh.gov.test"))
            second = passed()
            assert len(web.targets("nhanh.gov.test")) == asked
            moment[0] += timedelta(hours=20)
            third = passed()
        assert first["crawl again 2019"].reasons == (Reason("no_site_to_ask_again"),)  # it reset, and did not refuse
        assert second["crawl 2019"].reasons == (Reason("done_tonight"),)
        assert (second["crawl again 2019"].notes["visited"], second["crawl again 2019"].notes["seen"]) == (1, 1)
        assert bench.verdicts("mai")["qa"] == "found"
        assert third["crawl 2019"].notes["visited"] == 2
        told = bench.rows("SELECT night, step, status FROM run_step ORDER BY id")
        assert told == [
            (1, "crawl 2019", "done"), (1, "crawl again 2019", "skipped"), (1, "crawl again 2019", "done"),
            (3, "crawl 2019", "done"), (3, "crawl again 2019", "skipped"),
        ]  # fmt: skip
    finally:
        web.close()


@pytest.mark.parametrize("agrees", [True, False], ids=["believed", "not reached"])
def test_a_second_pass_over_many_sites_stands_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agrees: bool
) -> None:
    """It is a scan of its own: believed where it agrees, else in doubt as the first one is."""
    less = [replace(v, pages=tuple(replace(p, sha256=v.agency.encode().hex()) for p in v.pages)) for v in many(25)]
    with Context(config=Bench.at(tmp_path, Web()).config) as context:
        db = context.results
        sync(db, PORTALS, (), World.SANDBOX)
        context._registry_is_current = True
        stored_night(db, 0, *many(0))
        stored_night(db, 1, *less)

        def look(context: Context, frame: str, slugs: list[str]) -> int:
            assert sorted(slugs) == sorted(agency.slug for agency in PORTALS[:25])
            number = stored_night(db, 2, *(visit if agrees else dead(visit.agency) for visit in less[:25]))
            look_again(context, frame)
            return number

        monkeypatch.setattr(nightly, "crawl", look)
        monkeypatch.setattr(nightly, "summary_of", lambda number: {"scan": number})
        if agrees:
            assert nightly._second_pass(context, "2019") == {"scan": 3}
        else:
            with pytest.raises(StepFailed, match="scan 3 of 2019 is in doubt"):
                nightly._second_pass(context, "2019")


def test_every_line_and_every_row_of_a_night_names_its_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three processes crawl, a step fails with private words, and a later pass of the night has a run of its own."""
    web = Web()

    def refused() -> dict[str, int]:
        raise ProberError("550 <nguyen.van.an@gmail.test>: token YC-K7QX2M, Kính gửi Quý vị")

    try:
        web.sites |= {"mai.gov.test": plain_site("vanphong@mai.gov.test"), "nhanh.gov.test": plain_site()}
        web.sites["mai.gov.test"]["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 90\n")
        bench = Bench.at(tmp_path, web, max_crawl_delay=0.2, processes=2)
        moment = [NOW]
        with Context(config=bench.config) as context, logs.written("json"):
            context.__dict__ |= {"world": bench.endpoint, "clock": Moving(moment)}
            sync(context.results, (agency("mai"), agency("nhanh")), (), World.SANDBOX)
            context._registry_is_current = True
            for hours in (0, 4):
                moment[0] = NOW + timedelta(hours=hours)
                with context.run("nightly"):
                    night = NightRun(context.results, context.run_number, context.clock.now)
                    crawls = steps(context, night, ("2019",), live=False)[:1]
                    run((*crawls, NightStep("mailbox", refused)), night, tmp_path / "lock", lambda _: None)
            with context.run("crawl"):
                again = crawl(context, "2019", slugs=["mai"])
    finally:
        web.close()
    own = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    children = [json.loads(line) for line in (bench.config.paths.evidence / "crawl.log").read_text().splitlines()]
    assert {(line.get("night"), line["run"]) for line in own} == {(1, 1), (1, 2)}
    assert {(line.get("night"), line["run"], line["scan"]) for line in children} == {(1, 1, 1), (None, 3, again.scan)}
    told = {line["event"] for line in (*own, *children)}
    assert {"night begins", "pass of a night begins", "step begins", "step ends", "night ends"} <= told
    assert {"scan begins", "visit stored", "scan ends"} <= told
    assert any("asks for a Crawl-delay of 90 s" in event for event in told)  # of a process of a process
    assert [line["reasons"] for line in own if line.get("status") == "failures"] == ["step_failed"] * 2
    assert not re.search("nguyen|vanphong|K7QX2M|Kính", json.dumps([own, children], ensure_ascii=False))
    assert bench.rows("SELECT id, run FROM scan") == [(1, 1), (again.scan, 3)]
    assert bench.rows("SELECT scan, run FROM visit ORDER BY id") == [(1, 1), (1, 1), (again.scan, 3)]
    assert bench.rows("SELECT DISTINCT night, run FROM run_step") == [(1, 1), (1, 2)]


class Moving:
    """A clock that a test sets."""

    def __init__(self, moment: list[datetime]) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment[0]
