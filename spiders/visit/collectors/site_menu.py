"""Learn whether the menu of a site was seen, where its home page has a part that was not made. Pure.

A script that fails, or a program that prints an error in place of the menu, leaves a home page that is a list of news.
"""

from prober.detectors.link_promises import FRAME
from prober.domain.finding import Failure
from prober.domain.hostnames import host_of
from prober.domain.reason import Reason, Reasons, observed
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.urls import is_page, page_key

_ENTRIES = 2  # fewest pages to which a menu leads


class SiteMenu(Collector):
    """Collect the pages to which the frame of any page leads, or to which several pages lead."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._unmade = False
        self._framed: set[str] = set()
        self._linked: dict[str, str] = {}  # page to which a link leads → mark of the first page with that link
        self._repeated: set[str] = set()

    def note(self, seen: SeenPage) -> None:
        """Learn where a page leads."""
        page = seen.page
        if seen.step.found_by == "home":
            self._unmade = page.site.unmade
        if not self._unmade or (seen.step.found_by != "home" and self._was_seen()):
            return
        for key, framed in self._own(page):
            if framed:
                self._framed.add(key)
            if self._linked.setdefault(key, page.text_mark) != page.text_mark:
                self._repeated.add(key)

    def missing(self) -> tuple[Failure | None, Reasons]:
        """Return that no menu was seen, where a part of the home page was not made; else (None, ())."""
        if not self._unmade or self._was_seen():
            return None, ()
        return Failure.EMPTY_AFTER_RENDER, (observed(Reason("no_menu"), self._state.home),)

    def _was_seen(self) -> bool:
        return max(len(self._framed), len(self._repeated)) >= _ENTRIES

    def _own(self, page: PageReading) -> list[tuple[str, bool]]:
        known = {page_key(self._state.home or page.url), page_key(page.url)}  # also by links to a place of the page
        links = ((page_key(link.url), link) for link in page.links if not link.scripted and is_page(link.url))
        return [
            (key, link.place in FRAME) for key, link in links if host_of(link.url) == page.host and key not in known
        ]
