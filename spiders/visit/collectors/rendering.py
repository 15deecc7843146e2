"""Decide which pages of a site to render, at once or late, learning during the visit and from earlier scans. Pure.

Two pages are of one kind if they have the same scripts and look unfinished for the same reason in the same place. What
a browser added to one page predicts what it adds to others of its kind.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from prober.detectors.page_state.obstacles import EMPTY
from prober.domain.finding import NOTHING, UNDECIDED, State
from prober.domain.indicator import OFFICIAL, OWN_QA, Kind
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.collectors.site_menu import SiteMenu
from spiders.visit.link_candidates import everything
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.urls import page_key

IN_VAIN = 2  # renders of one kind without gain, after which pages of the kind are read as received
FAILURES = 2  # pages that the browser could not show, after which no page of this site is rendered
MORE_LINKS = 3
MORE_TEXT = 200  # least gain in characters; it must also be a fifth of the text before


class RenderPolicy:
    """Decide on rendering. `before` is kind of page → True if the browser showed more in earlier scans."""

    def __init__(self, before: Mapping[str, bool]) -> None:
        self._before = before
        self._gains: Counter[str] = Counter()
        self._in_vain: Counter[str] = Counter()
        self.failed = 0

    def wants(self, page: PageReading) -> bool:
        """Return True if `page`, as received, is to be rendered.

        A kind that gained nothing in earlier scans is sampled once more in each visit. One that gained is rendered
        even if the source looks complete.
        """
        if not page.needs_browser:
            return bool(self._gains or self._before) and page.loads_data and self._gained(page.render_mark)
        kind = page.render_mark
        return bool(self._gains[kind]) or self._in_vain[kind] < (1 if self._before.get(kind) is False else IN_VAIN)

    @property
    def hopeless(self) -> bool:
        """True if the browser has failed on this site too often to be tried again."""
        return self.failed >= FAILURES

    def learn(self, source: PageReading, shown: PageReading) -> tuple[str, bool]:
        """Learn from the rendering of `source`; return its mark, and True if the browser showed more."""
        kind, more = source.render_mark, gained(source, shown)
        (self._gains if more else self._in_vain)[kind] += 1
        self.failed = 0
        return kind, more

    def _gained(self, kind: str) -> bool:
        return bool(self._gains[kind]) or self._before.get(kind, False)


class DeferredRenders(Collector):
    """Defer rendering of the home page, and of the first page of a Q&A section that shows only its name."""

    def __init__(self, state: VisitState, policy: RenderPolicy, menu: SiteMenu) -> None:
        self._state = state
        self._policy = policy
        self._menu = menu
        self._waiting: dict[bool, tuple[VisitStep, StepResult]] = {}  # True: the home page; False: the section
        self._noted: set[bool] = set()  # each is deferred once

    def note(self, seen: SeenPage) -> None:
        """Remember the two pages."""
        step, url = seen.step, seen.page.url
        home = step.found_by == "home"
        empty = any(f.kind == Kind.QA and f.page_url == f.value == url and f.level < 2 for f in seen.page.findings)
        if not step.render and (home or empty) and home not in self._noted:
            self._noted.add(home)
            self._waiting[home] = (step, seen.result)

    def next_step(self) -> VisitStep | None:
        """Return a step to render a page, if a section, an address or the menu was not found without a browser."""
        if not self._state.best.wanted() or (self._complete() and not self._menu.missing()[0]):
            return None
        while self._waiting:
            step, received = self._waiting.pop(min(self._waiting))
            if (page := received.reading) and _may_show_more(page):
                if self._policy.hopeless:
                    return None
                again = replace(step, promises=everything(self._state.kinds), render=True, attempt=1, guess=True)
                self._state.unrendered[again.url] = received
                self._state.hold(again, received)
                return again
        return None

    @property
    def waits(self) -> bool:
        """True if a page was deferred and might show more in a browser."""
        pages = (received.reading for _, received in self._waiting.values())
        return any(page and _may_show_more(page) for page in pages)

    def _complete(self) -> bool:
        """Return True if both a section and an official address were found."""
        seen = [finding for finding in self._state.best.findings if finding.state == State.FOUND]
        section = any(f.kind == Kind.QA and f.category in OWN_QA and f.level >= 2 for f in seen)
        return section and any(f.kind == Kind.EMAIL and f.category in OFFICIAL for f in seen)


def _may_show_more(page: PageReading) -> bool:
    """Return True if a browser might show more of a page; in the place of its questions there may be an empty list."""
    open_list = any(
        found.category == UNDECIDED and found.kind == Kind.QA and found.detail["mark"] != NOTHING
        for found in page.findings
    )
    return bool(page.needs_browser) or page.loads_data or open_list


def still_empty(page: PageReading) -> bool:
    """Return True if a page as a browser shows it has no content, finding or link: its scripts never brought any.

    So has the part of a page that stays empty when it is opened.
    """
    own = page_key(page.url)
    return (
        page.site.lacks
        or page.text_length < EMPTY
        and not page.findings
        and not any(page_key(link.url) != own for link in page.links)
    )


def gained(source: PageReading, shown: PageReading) -> bool:
    """Return True if the browser shows more than the source: links, text, or findings."""
    links = _targets(shown) - _targets(source)
    text = shown.text_length - source.text_length
    if len(links) >= MORE_LINKS or text >= max(MORE_TEXT, source.text_length / 5):
        return True
    return bool(_found(shown) - _found(source))


def _targets(page: PageReading) -> set[str]:
    return {page_key(link.url) for link in page.links}


def _found(page: PageReading) -> set[tuple[str, str, str]]:
    return {(finding.kind, finding.category, finding.value) for finding in page.findings}
