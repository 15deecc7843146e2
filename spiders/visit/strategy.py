"""Plan the steps of a visit: candidates, then sitemap, a few weak links, usual paths, search, a feed. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from prober.domain.agency import Agency
from prober.domain.elements import view
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.reason import Reason
from prober.domain.visit import SearchPart
from prober.text.vietnamese import key
from spiders.reading.page_reading import PageReading, names_questions
from spiders.visit.application_views import ApplicationViews
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.collectors.site_search import FOUND_BY as FOUND_BY_SEARCH
from spiders.visit.collectors.site_search import SiteSearch
from spiders.visit.link_candidates import (
    HINT,
    LINKED,
    SEARCH,
    SITEMAP,
    WEAK,
    SitemapSource,
    behind_door,
    from_link,
    guesses,
    more_pages,
    named_sitemaps,
    redirected,
    sitemap_source,
    to_view,
    unseen_view,
    usual_sitemaps,
    variants,
)
from spiders.visit.step import WORTH, StepResult, VisitStep
from spiders.visit.urls import canonical, name_of, page_key
from spiders.visit.visit_log import FEED

MOST_WEAK = 4  # most links followed that promise less than a candidate and may show the thing all the same


class Strategy(Collector):
    """Collect steps that may lead to something missing, and choose the next."""

    def __init__(self, state: VisitState, agency: Agency, views: ApplicationViews) -> None:
        self._state = state
        self._variants = list(variants(agency))
        self._judged: set[tuple[str, str]] = set()  # links scored already: menus are the same on every page
        self._linked: dict[str, str] = {}  # their addresses → the page on which each was seen first
        self._named_tried = False  # sitemaps that robots.txt names
        self._sitemap_tried = False
        self._sitemap_read = False
        self._others_tried = False  # other usual addresses of a sitemap
        self._guessed: set[str] = set()
        self._weak_tried = 0
        self._views = views
        self._unseen: dict[str, VisitStep] = {}  # words that a page has without a link → what they would open
        self._search = SiteSearch(state.body.words)

    def next_step(self) -> VisitStep | None:
        """Return a step to the home page until one was reached; then the best step for what is missing."""
        if not self._state.home:
            return self._to_home()
        wanted = self._state.best.wanted()
        return self._best(wanted) if wanted else None

    def note(self, seen: SeenPage) -> None:
        """Plan from the links of a page, except other pages of a list of questions, which QaArchive reads."""
        if seen.step.found_by == "home":
            self._count(seen.page)
            self._plan(behind_door(seen.step, seen.page, self._state.kinds) if self._state.frame.door else ())
        if self._is_copy(seen.page):
            return
        inside = seen.page.in_section or names_questions(seen.page)
        self._learn(seen.page, seen.step.depth, inside, seen.page.pagination.page_keys())
        if seen.step.found_by == "sitemap":
            self._plan(more_pages(seen.page, self._state.scope, self._state.kinds))

    def _is_copy(self, page: PageReading) -> bool:
        """Return True for a page with the text of one of the same name in another folder.

        Its links, relative to its folder, lead to copies of what those of the first lead to, and so on without end.
        """
        first = self._state.texts.get(page.text_mark, page.url)
        return first != page.url and name_of(first) == name_of(page.url)

    def read(self, step: VisitStep, page: PageReading) -> bool:
        """Plan from the links of search results; the detectors do not read such a page.

        A search that shows the home page leads to no results: the site has no such search.
        """
        if step.found_by != FOUND_BY_SEARCH:
            return False
        if self._state.texts.get(page.text_mark) == self._state.home:
            self._search.drop()
        else:
            self._search.settle(step.promises)
            self._state.log.counts[SearchPart.SEARCH, step.url] = self._learn(page, step.depth, inside=False)
        return True

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Plan from a sitemap in XML."""
        if step.found_by == FOUND_BY_SEARCH and result.location and self._leads_home(step, result):
            self._search.drop()
        read, state = result.sitemap, self._state
        if read is None:
            return False
        state.log.record(step, result, result.cut, "sitemap")
        state.log.done(step)
        if result.cut or not read.whole:
            state.log.fail(step, result.cut or Failure.UNREADABLE, Reason("first_bytes", bytes=len(result.body)))
        self._sitemap_read = True
        state.log.counts[SearchPart.SITEMAP, step.url] = read.listed
        self._plan(read.steps)
        return True

    def sitemap_source(self, step: VisitStep, result: StepResult) -> SitemapSource | None:
        """Return what the sitemap of `step` is to be read from before `take`; None if the result is none."""
        state = self._state
        return sitemap_source(step, result, state.body, state.scope, state.best, frozenset(self._linked))

    def linked_from(self, url: str) -> str:
        """Return the page on which a link to `url` was seen first; "" where no link led to it."""
        return self._linked.get(url, "")

    def _leads_home(self, step: VisitStep, result: StepResult) -> bool:
        target, refused = redirected(step, result.location, self._state.scope)
        return refused is None and page_key(target) == page_key(self._state.home)

    def _to_home(self) -> VisitStep | None:
        step = self._state.frontier.pop(frozenset())
        if step is None and self._variants:
            step = VisitStep(self._variants.pop(0), "home")
        return step

    def _best(self, wanted: frozenset[str]) -> VisitStep | None:
        """Return a candidate first; then from the sitemap, a few weak links, usual paths, the site's search, a feed.

        What promises less than these links is the headline of an article with a word of what is sought.
        """
        home, frontier, log, kinds = self._state.home, self._state.frontier, self._state.log, self._state.kinds
        while not (step := frontier.pop(wanted, WORTH)):
            if step := self._views.promising(wanted):
                return step
            if not self._named_tried:
                self._named_tried = True
                self._plan(named_sitemaps(home, self._state.sitemaps, kinds))
            elif not self._sitemap_tried:
                self._sitemap_tried = True
                self._plan(() if self._sitemap_read else usual_sitemaps(home, kinds))
            elif self._weak_tried < MOST_WEAK and (step := frontier.pop(wanted, HINT)):
                self._weak_tried += 1
                return step
            elif wanted - self._guessed:
                for kind in sorted(wanted - self._guessed):
                    self._guessed.add(kind)
                    if not log.led_to(kind):
                        self._plan(guesses(home, self._state.platform, kind, self._state.body.words))
            elif not self._search.asked(wanted):
                self._plan(self._searches(wanted))
            elif step := frontier.pop(wanted, WEAK, FEED):
                return step
            elif not self._others_tried:
                self._others_tried = True
                self._plan(usual_sitemaps(home, kinds, self._state.platform.sitemaps) if self._sitemap_wanted() else ())
            else:
                return None
        return step

    def _sitemap_wanted(self) -> bool:
        """Return True if there is no sitemap at the usual address, and a section would be called absent."""
        closed = any(step.place == SITEMAP for step, *_ in self._state.log.undecided.values())
        return bool(not self._sitemap_read and not closed and self._state.best.missing() - {Kind.SOCIAL, Kind.BUDGET})

    def _searches(self, wanted: frozenset[str]) -> Iterator[VisitStep]:
        """Yield searches for what no link led to."""
        for step in self._search.steps(wanted):
            if self._state.log.led_to(*step.promises):
                self._search.settle(step.promises)
            else:
                yield step

    def _count(self, home: PageReading) -> None:
        """Count the links of the home page, which stand for the menu and the footer that were read."""
        for part in (SearchPart.MENU, SearchPart.FOOTER):
            self._state.log.counts[part, home.url] = sum(link.place == part for link in home.links)
        self._state.log.counts[SearchPart.HOME, home.url] = len(home.links)

    def _learn(self, page: PageReading, depth: int, inside: bool, but: frozenset[str] = frozenset()) -> int:
        """Plan from the links of `page`, `depth` clicks from the home page, that were not scored before; count them.

        `inside`: the page belongs to a Q&A section. `but` are keys of addresses that are not to be planned.
        """
        new = [link for link in page.links if (link.url, link.text) not in self._judged]
        self._judged.update((link.url, link.text) for link in new)
        if len(self._linked) < LINKED:
            for link in new:
                self._linked.setdefault(canonical(link.url), page.url)
        for link in new:
            self._search.note(link, self._state.scope)
        scope, kinds, links = self._state.scope, self._state.kinds, self._state.links
        for link in new:
            if shown := to_view(link, scope, depth + 1, kinds, links):
                self._state.views.setdefault(shown.url, shown)
            if unseen := unseen_view(link, scope):
                self._unseen[key(link.text)] = unseen
                if unseen.url not in self._state.log.pages:
                    self._state.log.candidate(unseen.url, frozenset(unseen.promises))
                    self._hint_form(unseen)
                    self._state.log.fail(unseen, Failure.EMPTY_AFTER_RENDER, Reason("only_a_script"))
            elif not link.scripted and (unseen := self._unseen.get(key(link.text))):
                self._state.log.done(unseen)  # another page, or the browser, shows the link
        steps = (from_link(link, page, scope, depth + 1, inside, kinds, links) for link in new)
        self._plan(step for step in steps if step and page_key(step.url) not in but)
        return len(new)

    def _plan(self, steps: Iterable[VisitStep | None]) -> None:
        """Add steps on the agency's domain to the frontier. Promising links become candidates."""
        state = self._state
        for step in steps:
            if not step:
                continue
            if view(step.url):
                self._to_view(step)
                continue
            kinds = frozenset(kind for kind, value in step.promises.items() if value >= WORTH)
            state.log.hint(step.url, (kind for kind, value in step.promises.items() if value > HINT))
            self._hint_form(step)
            if step.guess:
                state.log.guess(step.url, kinds)
            near = state.scope.near(step.url)
            added = near and state.frontier.add(step)
            if added and kinds and not step.guess:
                state.log.candidate(step.url, kinds)
            elif not added and step.place == SEARCH:
                self._search.settle(step.promises)  # the site links to these very results
            elif near and step.named and not state.frontier.knows(step.url):
                state.log.candidate(step.url, kinds)
                state.log.fail(step, Failure.BUDGET, Reason("passed_over"))

    def _to_view(self, step: VisitStep) -> None:
        """Plan a view of an application that a list of addresses names."""
        self._state.log.candidate(step.url, frozenset(kind for kind, value in step.promises.items() if value >= WORTH))
        self._state.log.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("only_a_script"))
        self._state.views.setdefault(step.url, replace(step, render=True))

    def _hint_form(self, step: VisitStep) -> None:
        """Record that a section of questions has the form to ask as well."""
        if step.promises.get(Kind.QA, 0.0) >= WORTH and Kind.WEB_FORM in self._state.kinds:
            self._state.log.hint(step.url, (Kind.WEB_FORM,))

    def tried(self, wanted: frozenset[str]) -> tuple[bool, bool, bool]:
        """Return True or False for sitemap, usual paths and site search: whether they were tried for `wanted`."""
        return self._sitemap_tried, self._sitemap_tried and wanted <= self._guessed, self._search.tried(wanted)

    def waits(self, wanted: frozenset[str]) -> bool:
        """Return True if an address that may show one of `wanted` was not asked for yet."""
        return self._state.frontier.promises(wanted, HINT)
