"""Nights of 20 sites that see falsehood: none may publish it. A real change of many sites goes through."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from prober.domain.reason import from_json
from prober.domain.world import World
from prober.services.context import Context
from prober.services.nightly import NightStepResult, nightly
from prober.store.reading import nights
from prober.store.results.registry import sync
from tests.prober.services.test_nightly import Moving
from tests.spiders.web import NOW, Answer, Bench, Fault, Site, Web, agency, entry, page, plain_site

pytestmark = pytest.mark.proof
SLUGS = [f"tinh-{number:02}" for number in range(20)]


@dataclass
class Survey:
    """20 sites, and the nights of one survey of them, a day apart."""

    web: Web
    context: Context
    moment: list[datetime]

    def night(self, hours: float = 24) -> dict[str, NightStepResult]:
        self.moment[0] += timedelta(hours=hours)
        done = nightly(self.context, ("2019",), False, lambda result: None)
        return {result.name: result for result in done}

    def sites(self, make: Callable[[int], Site]) -> None:
        self.web.sites.clear()
        self.web.sites |= {f"{slug.replace('-', '')}.gov.test": make(n) for n, slug in enumerate(SLUGS)}

    def shown(self, kind: str = "qa") -> dict[str, int]:
        sql = "SELECT state, COUNT(*) FROM latest_verdict WHERE kind = ? GROUP BY state"
        return dict(self.context.results.execute(sql, [kind]).fetchall())

    def changes(self) -> dict[str, int]:
        sql = "SELECT cause, COUNT(*) FROM change WHERE cause != 'reachability' GROUP BY cause"
        return dict(self.context.results.execute(sql).fetchall())

    def published(self) -> list[str]:
        return sorted(path.name for path in self.context.config.paths.snapshots.glob("2*"))


@contextmanager
def survey(folder: Path) -> Iterator[Survey]:
    web = Web()
    bench = Bench.at(folder, web)
    bench = replace(bench, config=replace(bench.config, crawl=replace(bench.config.crawl, delay=0.01)))
    moment = [NOW]
    try:
        with Context(config=bench.config) as context:
            context.__dict__ |= {"world": bench.endpoint, "clock": Moving(moment)}
            sync(context.results, [agency(slug) for slug in SLUGS], (), World.SANDBOX)
            context._registry_is_current = True
            found = Survey(web, context, moment)
            found.sites(good)
            assert found.night()["publish"].status == "done"
            assert found.shown() == {"found": 20}
            yield found
    finally:
        web.close()


def good(number: int) -> Site:
    return plain_site(f"vanphong@tinh{number:02}.gov.test")


def redesigned(number: int) -> Site:
    """Another menu, and no Q&A section any more, on half of the sites."""
    if number >= 10:
        return good(number)
    email = f"vanphong@tinh{number:02}.gov.test"
    menu = entry("/lien-he", "Liên hệ")
    return {
        "/": page(f"Trang chủ {number}", menu=menu, email=email),
        "/gioi-thieu": page("Giới thiệu", menu=menu),
        "/lien-he": page("Liên hệ", f"<h1>Liên hệ</h1><p>Thư điện tử: {email}</p>", menu),
    }


def with_clerk(number: int) -> Site:
    """A second address on the page of contact."""
    site = good(number)
    clerk = f"<p>Thư điện tử: tiepdan@tinh{number:02}.gov.test</p>"
    return site | {"/lien-he": page("Liên hệ", f"<h1>Liên hệ</h1>{clerk}", entry("/hoi-dap", "Hỏi đáp"))}


def test_a_broken_detector_publishes_nothing_and_leaves_no_change(tmp_path: Path) -> None:
    """It knows no label of a Q&A section any more: sites and archive say that the pages are as they were."""
    with survey(tmp_path) as found:
        before, study = found.published(), found.context.study
        deaf = replace(study, languages=("en",))
        found.context.__dict__["study"] = deaf
        for _ in range(2):
            night = found.night()
            assert night["second pass 2019"].status == "failures"
            assert night["second pass 2019"].reasons[-1].code == "our_reading"
            assert night["publish"].reasons[0].code == "needs_steps"
        assert found.published() == before and found.changes() == {} and found.shown() == {"found": 20}
        found.context.__dict__["study"] = study
        assert found.night()["publish"].status == "done"
        assert found.changes() == {} and found.shown() == {"found": 20}


@pytest.mark.parametrize("fault", ["blocked", "away"])
def test_what_stands_between_us_and_the_sites_is_not_believed(tmp_path: Path, fault: str) -> None:
    """A proxy that answers 200 and a page of its own for all addresses; and our own network away."""
    answer = Answer("<html><head><title>Blocked</title></head><body><p>blocked</p></body></html>")
    wall: Site = {"*": answer if fault == "blocked" else Fault("reset")}
    with survey(tmp_path) as found:
        before = found.published()
        found.sites(lambda number: wall)
        for _ in range(2):
            night = found.night()
            assert (night["second pass 2019"].status, night["publish"].status) == ("failures", "skipped")
        told = nights.newest(found.context.results)
        assert told and told.suspect and "need_belief" in [need.code for need in told.needs]
        assert found.published() == before and found.changes() == {} and found.shown() == {"found": 20}
        found.sites(good)
        assert found.night()["publish"].status == "done"
        assert found.changes() == {} and found.shown() == {"found": 20}


def test_a_redesign_of_many_sites_goes_through_when_the_second_pass_confirms_it(tmp_path: Path) -> None:
    with survey(tmp_path) as found:
        before = found.published()
        found.sites(redesigned)
        night = found.night()
        assert (night["second pass 2019"].status, night["publish"].status) == ("done", "done")
        (believed,) = found.context.results.execute("SELECT believed FROM scan WHERE believed != '' LIMIT 1").fetchone()
        assert [reason.code for reason in from_json(believed)][-1] == "second_pass_agrees"
        assert len(found.published()) > len(before)
        assert found.shown() == {"found": 20}  # gone at one look only
        assert found.night()["publish"].status == "done"
        assert found.shown() == {"not_found": 10, "found": 10}
        assert found.changes()["site"] >= 10


def test_addresses_that_vanish_everywhere_are_believed_only_when_the_second_pass_misses_them_too(
    tmp_path: Path,
) -> None:
    """Every verdict stays: the sites that lost an address are visited once more."""
    with survey(tmp_path) as found:
        found.sites(with_clerk)
        assert found.night()["publish"].status == "done"
        before = found.published()
        found.sites(good)
        night = found.night()
        assert night["second pass 2019"].notes["visited"] == 20
        assert (night["second pass 2019"].status, night["publish"].status) == ("done", "done")
        told = nights.newest(found.context.results)
        assert told and told.suspect == () and "need_belief" not in [need.code for need in told.needs]
        assert len(found.published()) > len(before)
        assert found.changes() == {"site": 20, "second_look": 20}
        assert found.night()["publish"].status == "done"
        assert found.changes() == {"site": 40}
