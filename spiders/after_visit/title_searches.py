"""Ask a site's own search for a title that the site itself lists, and read what it answers. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote_plus, urlsplit

from prober.portal_review.site_seen import ServerAnswer, TitleSearch
from prober.text.vietnamese import key
from spiders.reading.page_reading import LinkReading, PageReading
from spiders.visit.state import VisitState
from spiders.visit.steps.site_search import pattern
from spiders.visit.steps.usual_paths import made_up
from spiders.visit.urls import is_page, page_key

_LEAST_WORDS, _MOST_WORDS = 5, 25  # of a title
_MOST_TITLES = 2_000


class TitleSearches:
    """The titles that a site lists, the pattern of its search, and what became of the search for one."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._pattern: tuple[str, str] | None = None
        # Key of an address → address, title, pages that list it.
        self._titles: dict[str, tuple[str, str, set[str]]] = {}
        self._search: TitleSearch | None = None

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
        listed = sorted(self._titles.values(), key=lambda at: (len(at[2]), -at[1].count(" ")))
        if self._pattern is None or not listed or len(listed[0][2]) > 1:
            return ""
        target, title, pages = listed[0]
        asked = self._asking_for(title)
        self._search = TitleSearch(title, target, next(iter(pages)), ServerAnswer(asked))
        return asked

    def control(self) -> str:
        """Return the address that searches for a word that stands nowhere."""
        return self._asking_for(urlsplit(made_up(self._state.home)).path.rpartition("/")[2])

    def _asking_for(self, words: str) -> str:
        before, after = self._pattern or ("", "")
        return f"{before}{quote_plus(words)}{after}"

    def read(self, asked: ServerAnswer, results: PageReading | None) -> TitleSearch | None:
        """Return what the page of results shows of the title that was asked for."""
        if self._search is None:
            return None
        # The only result may be shown at once.
        straight = bool(asked.led_to) and page_key(asked.led_to) == page_key(self._search.target)
        there = results and page_key(results.url) == page_key(self._search.target)
        seen = results is not None and not results.obstacle and not results.loads_data and not results.needs_browser
        self._search = replace(
            self._search, asked=asked, read=seen or bool(asked.led_to),
            listed=1 if straight or there else self._times(asked, results),
        )  # fmt: skip
        return self._search

    def compared(self, asked: ServerAnswer, results: PageReading | None) -> TitleSearch | None:
        """Return the search beside one for a word that stands nowhere: what both list, the search did not find."""
        if self._search is None:
            return None
        first = self._search.asked
        alike = bool(asked.location or asked.led_to) and page_key(asked.location or asked.led_to) in (
            page_key(first.url), page_key(first.led_to),
        )  # fmt: skip
        return replace(self._search, anyway=self._search.listed if alike else self._times(asked, results))

    def _times(self, asked: ServerAnswer, results: PageReading | None) -> int:
        """Return how many links of the results have the title or lead to it; those that search again do not count."""
        search = self._search
        links: Sequence[LinkReading] = results.links if results else ()
        return sum(
            search is not None
            and (page_key(link.url) == page_key(search.target) or key(link.text) == key(search.title))
            and page_key(link.url) != page_key(asked.url)
            and pattern(link.url) is None
            for link in links
        )
