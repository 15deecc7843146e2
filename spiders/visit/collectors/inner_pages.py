"""Learn whether there is a site at all: open pages that it names, until enough have texts of their own. Pure."""

from prober.domain.finding import Failure
from prober.domain.hostnames import host_of
from prober.domain.visit import PageRecord
from spiders.reading.page_reading import LinkReading, PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import Step
from spiders.visit.urls import canonical, is_page, page_key

ENOUGH = 3  # inner pages with texts of their own: a site was seen
SECTIONS = 3  # links to places on the home page itself that make a site of one page
TRIED = 6  # most pages opened for this alone
_GONE = frozenset({404, 410})


class InnerPages(Collector):
    """Collect the pages that a site names, and those that were read and have texts of their own.

    A site was seen if three of its inner pages were read, or all that it names where it names fewer. Nothing is called
    absent before (docs/method.md).
    """

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._named: dict[str, tuple[str, str]] = {}  # key of an address → address, place of the link
        self._judged: set[str] = set()  # addresses of links
        self._own: set[str] = set()  # marks of inner pages with texts of their own
        self._home: PageReading | None = None
        self._speaks = False
        self._tried = 0

    def note(self, seen: SeenPage) -> None:
        """Remember what a page names, and whether its text is its own."""
        page = seen.page
        self._speaks = self._speaks or page.site.speaks
        for link in () if self.enough else page.links:
            if link.url not in self._judged:  # menus are the same on every page
                self._judged.add(link.url)
                self._name(link)
        if seen.step.found_by == "home":
            self._home = page
            self._own.discard(page.site.mark)
        elif self._home is None or page.site.mark != self._home.site.mark:
            self._own.add(page.site.mark)

    def next_step(self) -> Step | None:
        """Return a step to a page that the site names, if something would be called absent and too few were read."""
        if not self._state.best.wanted() or self.enough:
            return None
        for url, place in self._named.values() if self._tried < TRIED else ():
            step = self._state.frontier.take(url)
            if step is None and self._state.frontier.mark(url):
                step = Step(url, place if place in ("menu", "footer") else "link", depth=1)
            if step is not None:
                self._tried += 1
                return step
        return None

    @property
    def enough(self) -> bool:
        """True if as many inner pages were read as make a site."""
        return len(self._own) >= ENOUGH

    def missing(self) -> tuple[Failure | None, str]:
        """Return why no site was seen, and what was; (None, "") if one was."""
        home = self._home
        if home is None:
            return None, ""
        seen = {page_key(url): record for url, record in self._state.log.pages.items()}
        others = [key for key in self._named if key != page_key(home.url)]
        failed = [seen[key] for key in others if key in seen and _is_open(seen[key])]
        all_seen = not failed and all(key in seen for key in others)
        whole = all_seen and (bool(self._own) or home.site.sections >= SECTIONS)
        wall = home.site.listing or (home.site.login and not self.enough)
        if self._speaks and not wall and (self.enough or whole):
            return None, ""
        detail = f"{home.url}: {len(others)} other pages named, {len(self._own)} with texts of their own read"
        if failed and not self.enough and not wall:
            return failed[0].failure, f"{detail}; {failed[0].url}"
        return self._reason(home, bool(others)), detail

    def _reason(self, home: PageReading, names: bool) -> Failure:
        """Return the reason by what is there: a way to elsewhere, words of the body without a site, or neither."""
        hosts = {host_of(link.url): link.place for link in home.links if not self._state.scope.near(link.url)}
        forwards = any(place in ("frame", "refresh") for place in hosts.values())
        if not names and hosts and (forwards or (len(hosts) == 1 and home.site.speaks)):
            return Failure.MOVED
        return Failure.CLOSED if home.site.speaks and not home.site.listing else Failure.NO_SITE

    def _name(self, link: LinkReading) -> None:
        if link.place == "refresh" or not self._state.scope.near(link.url):
            return
        url = canonical(link.url)
        if is_page(url):
            self._named.setdefault(page_key(url), (url, link.place))


def _is_open(record: PageRecord) -> bool:
    """Return True if it stays open whether there is a page."""
    return record.failure is not None and record.status not in _GONE
