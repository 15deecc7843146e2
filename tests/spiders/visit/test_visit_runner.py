"""A mistake of the prober itself is stored, and all else is seen; pages that have not changed are not sent again."""

import asyncio
import dataclasses
import gc
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from scrapy import Request
from scrapy.http import Response
from warcio.archiveiterator import ArchiveIterator

from prober.config.load import Crawl
from prober.domain.finding import Failure, State
from prober.domain.hostnames import GroupIndex
from prober.domain.registry.consistency import trouble
from prober.reporting.words.reasons import said
from spiders.download.fetch_result import HttpResponse, add, fetch_of
from spiders.visit import visit_runner
from spiders.visit.state import VisitState
from spiders.visit.visit_runner import Visited, VisitRunner
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, Answer, Bench, Site, Web, agency, entry, page, plain_site
from tests.spiders.web import Answer as SiteAnswer

URL = "http://camau.gov.test/"
HTML = (("Content-Type", "text/html; charset=utf-8"),)
# Breaks the judgement after the walk: `prober agencies import` would have refused it.
BROKEN = dataclasses.replace(agency("broken"), expects="emails: one")


def visit(site: Site, *breaks: str, shown: bytes = b"") -> Visited:
    return asyncio.run(runner(site, *breaks, shown=shown).visit(agency("ca-mau")))


def runner(site: Site, *breaks: str, shown: bytes = b"") -> VisitRunner:
    """Visits to `site` with a download that hands over no bytes at all for the paths `breaks`.

    `shown` is what the browser makes of any page.
    """

    async def download(request: Request) -> Response:
        path = request.url.removeprefix("http://camau.gov.test")
        if fetch_of(request.meta).render:
            return Response(request.url, 200, body=shown)
        answer = site.get(path)
        body = answer.body.encode() if answer else b"<title>404</title>"  # type: ignore[union-attr]
        if path in breaks:
            body = None  # type: ignore[assignment]
        head = tuple(answer.headers.items()) if answer else HTML  # type: ignore[union-attr]
        add(request.meta, response=HttpResponse(200 if answer else 404, head, b"", b"", body, (), 1_000_000, None))
        return Response(request.url, 200)

    begun = monotonic()
    return VisitRunner(
        Crawl(delay=0, browser="none"),
        GroupIndex(()),
        download,
        lambda: NOW + timedelta(seconds=monotonic() - begun),
        vocabulary=VIETNAMESE,
    )


def test_what_finished_visits_leave_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawl of thousands of sites needs no more memory than one of hundreds: the collector rarely looks by itself."""
    monkeypatch.setattr(visit_runner, "VISITS_LEFT", 2)

    async def left() -> list[int]:
        config = Crawl(delay=0, browser="none", concurrency=1)
        visits = dataclasses.replace(runner(plain_site()), config=config).all([agency("ca-mau")] * 6)
        return [sum(isinstance(each, VisitState) for each in gc.get_objects()) async for _ in visits]

    gc.collect()
    found = asyncio.run(left())
    assert len(found) == 6 and max(found) <= 3


def test_a_page_that_breaks_the_prober_is_named_and_the_others_are_read() -> None:
    result = visit(plain_site(), "/hoi-dap").result
    assert result.outcome == "partial"
    assert result.failure == Failure.INTERNAL
    assert (
        result.failure_detail[0]
        .params["text"]
        .startswith("the prober failed on http://camau.gov.test/hoi-dap: TypeError (spiders.")
    )
    states = {verdict.kind: verdict for verdict in result.verdicts}
    assert states["email"].state == State.FOUND
    assert states["qa"].state == State.NOT_SEEN
    assert "the prober failed on http://camau.gov.test/hoi-dap" in said(states["qa"].reasons).en
    assert not [verdict for verdict in result.verdicts if verdict.state == State.NOT_FOUND]
    assert {page.url: page.failure for page in result.pages}["http://camau.gov.test/hoi-dap"] == Failure.INTERNAL


def test_of_several_pages_that_break_the_prober_the_first_is_named() -> None:
    result = visit(plain_site(), "/hoi-dap", "/lien-he").result
    first, second = (page.url for page in result.pages if page.failure == Failure.INTERNAL)
    assert result.failure_detail[0].params["text"].startswith(f"the prober failed on {first}: ") and second != first


def test_a_home_page_that_breaks_the_prober_leaves_everything_unknown() -> None:
    result = visit(plain_site(), "/").result
    assert (result.outcome, result.failure) == ("unreachable", Failure.INTERNAL)
    assert {verdict.state for verdict in result.verdicts} == {State.NOT_SEEN}


@pytest.mark.parametrize(
    "shown", [b"<p>Ng\xe0y</p>", b"<html><body><p>C\xc3\xa2u</p></body></html>"], ids=["bytes", "page"]
)
def test_what_the_browser_shows_may_break_the_prober_and_costs_no_other_page(
    shown: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken on purpose, since nothing known does it: by bytes that are no text, and while the page is judged."""

    def broken(*_: object) -> bool:
        raise ValueError("vp@camau.gov.test")

    monkeypatch.setattr("spiders.visit.steps.rendering.gained", broken)
    waits = "<html><title>Hỏi đáp</title><body><div id='root'></div><script src='/a.js'></script></body></html>"
    result = visit(plain_site() | {"/hoi-dap": SiteAnswer(waits)}, shown=shown).result
    assert result.failure == Failure.INTERNAL
    assert result.failure_detail[0].params["text"].startswith("the prober failed on http://camau.gov.test/hoi-dap: ")
    assert {verdict.kind: verdict.state for verdict in result.verdicts}["email"] == State.FOUND
    assert not [verdict for verdict in result.verdicts if verdict.state == State.NOT_FOUND]


def test_the_browser_is_told_what_a_site_forbids_its_scripts() -> None:
    waits = "<html><title>Hỏi đáp</title><body><div id='root'></div><script src='/a.js'></script></body></html>"
    policy = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "script-src 'none'"}
    visits, told = runner(plain_site() | {"/hoi-dap": SiteAnswer(waits, headers=policy)}, shown=b"<p></p>"), []

    async def download(request: Request) -> Response:
        if task := fetch_of(request.meta).render:
            told.append((request.url, task.policy))
        return await visits.download(request)

    asyncio.run(dataclasses.replace(visits, download=download).visit(agency("ca-mau")))
    assert ("http://camau.gov.test/hoi-dap", "script-src 'none'") in told


def test_who_follows_a_link_names_the_page_that_has_it(bench: Bench, web: Web) -> None:
    """As browsers do: some sites answer nobody else. Where no link led, as to the home page and guesses, none is."""
    web.sites["camau.gov.test"] = plain_site() | {
        "/": page("Trang chủ", menu=entry("/chuyên-mục", "Chuyên mục")),
        "/chuy%C3%AAn-m%E1%BB%A5c": page("Chuyên mục", menu=entry("/hoi-dap", "Hỏi đáp")),
        "/gioi-thieu": page("Giới thiệu"),
    }
    bench.run(agency("ca-mau"))
    named = {seen.target: seen.referer for seen in web.log}
    assert named.pop("/chuy%C3%AAn-m%E1%BB%A5c") == named.pop("/gioi-thieu") == URL
    assert named.pop("/hoi-dap") == f"{URL}chuy%C3%AAn-m%E1%BB%A5c"
    assert named.pop("/lien-he") == URL + "hoi-dap"
    assert set(named.values()) == {""}


def test_a_failure_of_our_own_says_nothing_about_an_address(bench: Bench, web: Web) -> None:
    department = dataclasses.replace(agency("stc-ca-mau", "finance"), province="ca-mau", expects="?")
    portal = agency("ca-mau")
    web.sites |= {"stccamau.gov.test": plain_site(), "camau.gov.test": plain_site()}
    assert bench.run(department, portal).our_failures == ("stc-ca-mau",)
    assert trouble("high", "unreachable", "internal") == ""


SEEN = "SELECT agency, outcome, technology, final_url FROM visit WHERE scan = ?"
PAGES = "SELECT url, status, title, sha256, bytes, failure FROM scan_page WHERE scan = ? ORDER BY url"
FOUND = (
    "SELECT f.kind, f.value, o.state, o.level, o.snippet, o.warc FROM scan_observation o "
    "JOIN finding f ON f.id = o.finding WHERE o.scan = ? ORDER BY 1, 2"
)


def tagged(site: Site) -> Site:
    """The site with an ETag for each page."""
    return {
        path: replace(answer, headers=answer.headers | {"ETag": f'"{abs(hash(str(answer.body)))}"'})
        for path, answer in site.items()
        if isinstance(answer, Answer)
    }


def test_an_unchanged_site_is_seen_as_before_and_only_what_changed_is_sent(web: Web, bench: Bench) -> None:
    site = web.sites["camau.gov.test"] = tagged(plain_site())
    bench.run(agency("ca-mau"), delay=0.0)
    first = [bench.rows(sql, 1) for sql in (SEEN, PAGES, FOUND)]
    web.log.clear()
    bench.run(agency("ca-mau"), delay=0.0)
    assert [bench.rows(sql, 2) for sql in (SEEN, PAGES, FOUND)] == first
    asked = [seen for seen in web.log if seen.target in site]
    assert len(asked) > 1 and all(seen.condition for seen in asked)
    changed = plain_site("phongtonghop@camau.gov.test")
    web.sites["camau.gov.test"] = tagged(changed)
    bench.run(agency("ca-mau"), delay=0.0)
    values = {row[1] for row in bench.rows(FOUND, 3)}
    assert "phongtonghop@camau.gov.test" in values and "vanphong@camau.gov.test" not in values

    kinds: Counter[str] = Counter()
    for path in sorted(bench.config.paths.evidence.rglob("*.warc.gz")):
        with path.open("rb") as file:
            heads = [record.rec_headers for record in ArchiveIterator(file)]
        kinds.update((head["WARC-Profile"] or head["WARC-Type"]).rpartition("/")[2] for head in heads)
    assert kinds["server-not-modified"] > 0 and kinds["response"] > 0
