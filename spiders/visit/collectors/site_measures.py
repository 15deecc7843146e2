"""Collect what a study measures of the whole site: how its server answers besides its pages. Pure.

Nothing is asked that no indicator of the study needs. What a visit holds anyway is used; what it does not is asked for
by at most four requests (`MOST_REQUESTS`), after everything that verdicts of pages depend on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pkgutil import resolve_name
from typing import Any
from urllib.parse import quote_plus, urljoin, urlsplit

from prober.detectors.site_quality.site_seen import Measured, ServerAnswer, SiteSeen, TitleSearch, Violation
from prober.domain.finding import Failure, Finding, State
from prober.domain.hostnames import host_of
from prober.domain.indicator import Indicator
from prober.domain.page import absolute
from prober.text.vietnamese import key
from spiders.reading.page_reading import LinkReading, PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.collectors.site_search import pattern
from spiders.visit.collectors.soft_404_probe import FOUND_BY as PROBE
from spiders.visit.collectors.soft_404_probe import made_up
from spiders.visit.step import Step, StepResult
from spiders.visit.urls import canonical, is_page, page_key

FOUND_BY, TITLE = "measure", "title search"
AUDIT = "accessibility"
MOST_REQUESTS = 4  # of a site for measures alone, besides the robots.txt of http
_LEAST_WORDS, _MOST_WORDS = 5, 25  # of a title
_MOST_TITLES = 2_000
_TEXT = 4_000  # bytes of a file that are read
_PLAIN, _MADE_UP, _SECURITY, _SEARCH = "plain", "made_up", "security_txt", "search"
# What a measure needs that the visit may not hold, by the name of the indicator.
_NEEDS = {"https_hsts": _PLAIN, "told_404": _MADE_UP, "security_txt": _SECURITY, "search_finds": _SEARCH}


class SiteMeasures(Collector):
    """Collect the answers that measures need, and at the end what they tell."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._measures = tuple(one for one in state.body.sought if one.measured)
        self._needs = [need for one in self._measures if (need := _NEEDS.get(one.kind))]
        self._seen = SiteSeen()
        self._asking: dict[str, str] = {}  # address that is asked → what for
        self._asked = 0
        self._titles = _Titles(state)
        self.home: StepResult | None = None  # as it was read last, if it is to be audited
        self._judged: dict[tuple[str, str], Finding] = {}  # indicator and address → what a page tells

    def note(self, seen: SeenPage) -> None:
        """Learn the answer of the home page, and the titles and the search that pages link."""
        if not self._measures:
            return
        if seen.step.found_by == "home" and seen.result.headers:
            self._seen = replace(self._seen, home_answer=_answer(seen.step, seen.result))
        if seen.step.found_by == "home" and AUDIT in self.kinds:
            self.home = seen.result
        self._judged.update(
            ((found.kind, seen.page.url), found) for found in seen.page.findings if found.kind in self.kinds
        )
        if _SEARCH in self._needs and seen.step.found_by not in (FOUND_BY, TITLE):
            self._titles.note(seen.page)

    def take(self, step: Step, result: StepResult) -> bool:
        """Keep an answer that a measure needs; those of its own steps are for nobody else."""
        if not self._measures:
            return False
        if step.found_by in (FOUND_BY, TITLE):
            self._arrived(step, result)
            return True
        if step.found_by == PROBE and _is_made_up(step.origin) and not result.html:
            self._missing(step, result)
        if not result.failure and result.location and urlsplit(step.url).scheme == "http" and self._seen.plain is None:
            self._seen = replace(self._seen, plain=_answer(step, result))
        return False

    def next_step(self) -> Step | None:
        """Return the request that a measure still needs; None if none does, or too many were made."""
        home = self._state.home
        while home and self._needs and self._asked < MOST_REQUESTS:
            need = self._needs.pop(0)
            url = self._address(need, home)
            if url:
                self._asked += 1
                self._asking[url] = need
                return Step(url, TITLE if need == _SEARCH else FOUND_BY, depth=1, guess=True)
        return None

    def _address(self, need: str, home: str) -> str:
        """Return the address to ask for; "" if the visit holds the answer, or nothing can be asked."""
        parts = urlsplit(home)
        if need == _PLAIN:
            known = self._seen.plain is not None and host_of(self._seen.plain.url) == host_of(home)
            return "" if parts.scheme != "https" or known else f"http://{parts.hostname}/"
        if need == _MADE_UP:
            return "" if self._seen.made_up else made_up(home)
        if need == _SECURITY:
            return urljoin(home, "/.well-known/security.txt")
        return self._titles.address()

    def _arrived(self, step: Step, result: StepResult) -> None:
        """Record the answer to a step of its own."""
        need = self._asking.get(step.origin, "")
        failure = result.failure or (Failure.HTTP_4XX if result.status >= 400 else None)
        self._state.log.record(step, result, failure, result.reading.title if result.reading else "")
        self._state.hold(step, result)
        if need == _MADE_UP:
            self._missing(step, result)
            if result.location and not result.failure and self._asked < MOST_REQUESTS:
                self._follow(step, result)
        elif need == _SEARCH:
            self._seen = replace(self._seen, search=self._titles.read(_answer(step, result), result.reading))
        elif need:
            changed: dict[str, Any] = {need: _answer(step, result)}
            self._seen = replace(self._seen, **changed)

    def _follow(self, step: Step, result: StepResult) -> None:
        target = canonical(absolute(step.url, result.location))
        if self._state.scope.near(target) and target not in (step.url, *step.chain):
            self._asked += 1
            self._state.frontier.again(step.moved(target))

    def _missing(self, step: Step, result: StepResult) -> None:
        says = bool(result.reading and result.reading.soft_404)
        self._seen = replace(self._seen, made_up=_answer(step, result), made_up_says=says)

    @property
    def kinds(self) -> frozenset[str]:
        """The names of what is measured; what a page tells of it proves nothing of the site yet."""
        return frozenset(one.kind for one in self._measures)

    def audited(self, broken: Sequence[Sequence[Any]]) -> None:
        """Keep what axe found on the home page."""
        self._seen = replace(self._seen, violations=tuple(Violation(*row) for row in broken))

    def kept(self) -> set[str]:
        """Return the addresses of the pages that prove what is measured."""
        if not self._measures:
            return set()
        return {url for url, step in self._state.log.steps.items() if step.found_by in ("home", FOUND_BY, TITLE)}

    def report(self) -> Mapping[str, Any]:
        """Add what the measures tell to the findings of the visit."""
        home = self._state.home
        seen = replace(
            self._seen, home=home, trust=self._state.log.trust.get(host_of(home), ""),
            searchable=self._titles.searchable, judged=self._by_kind(),
        )  # fmt: skip
        self._state.best.add(
            found for one in self._measures if home and (found := _finding(one, seen, self._state.log.pages, home))
        )
        return {}

    def _by_kind(self) -> Mapping[str, tuple[Finding, ...]]:
        kinds = {kind for kind, _ in self._judged}
        return {kind: tuple(told for (its, _), told in self._judged.items() if its == kind) for kind in kinds}


class _Titles:
    """The titles that a site lists, the pattern of its search, and what became of the search for one."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._pattern: tuple[str, str] | None = None
        self._titles: dict[
            str, tuple[str, str, set[str]]
        ] = {}  # key of an address → address, title, pages that list it
        self._chosen: tuple[str, str, str] | None = None

    @property
    def searchable(self) -> bool:
        return self._pattern is not None

    def note(self, page: PageReading) -> None:
        for link in page.links:
            if self._pattern is None and "=" in link.url and self._state.scope.own(link.url):
                self._pattern = pattern(link.url)
            if self._is_title(link, page):
                at = self._titles.setdefault(page_key(link.url), (link.url, link.text, set()))
                at[2].add(page.url)

    def _is_title(self, link: LinkReading, page: PageReading) -> bool:
        return (
            link.place == "main"
            and _LEAST_WORDS <= link.text.count(" ") + 1 <= _MOST_WORDS
            and len(self._titles) < _MOST_TITLES
            and self._state.scope.own(link.url)
            and is_page(link.url)
            and page_key(link.url) != page_key(page.url)
        )

    def address(self) -> str:
        """Return the address that searches for a title; "" without a search or a title.

        The title is one that only one page lists: one that stands on every page stands on that of the results too.
        """
        if self._pattern is None:
            return ""
        listed = sorted(self._titles.values(), key=lambda at: (len(at[2]), -at[1].count(" ")))
        if not listed or len(listed[0][2]) > 1:
            return ""
        target, title, pages = listed[0]
        self._chosen = (title, target, next(iter(pages)))
        before, after = self._pattern
        return f"{before}{quote_plus(title)}{after}"

    def read(self, asked: ServerAnswer, results: PageReading | None) -> TitleSearch | None:
        """Return what the page of results shows of the title that was asked for."""
        if self._chosen is None:
            return None
        title, target, listed_on = self._chosen
        links: Sequence[LinkReading] = results.links if results else ()
        found = any(
            page_key(link.url) == page_key(target) or key(link.text) == key(title)
            for link in links
            if page_key(link.url) != page_key(asked.url)
        )
        read = results is not None and not results.obstacle and not results.loads_data and not results.needs_browser
        return TitleSearch(title, target, listed_on, asked, read, found)


def _is_made_up(url: str) -> bool:
    return urlsplit(url).path == urlsplit(made_up(url)).path


def _answer(step: Step, result: StepResult) -> ServerAnswer:
    page = result.is_html
    text = "" if page else result.body[:_TEXT].decode("utf-8", "replace")
    return ServerAnswer(
        step.url, result.status, result.headers, absolute(step.url, result.location) if result.location else "",
        result.failure, text, page, result.fetched_at.date(),
    )  # fmt: skip


def _finding(one: Indicator, seen: SiteSeen, pages: Mapping[str, object], home: str) -> Finding | None:
    """Return what a measure tells as a finding of the page that shows it."""
    told: Measured = resolve_name(one.measured)(seen)
    page = told.url if told.url in pages else home
    return Finding(
        one.kind, told.category, told.url or home, told.state, 0, 1.0 if told.state != State.UNKNOWN else 0.0,
        told.snippet[:300], "", page, one.measured.rpartition(":")[2], one.source, dict(told.detail),
    )  # fmt: skip
