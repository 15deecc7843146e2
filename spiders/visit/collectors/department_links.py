"""A province's list of departments in one visit to its portal: which pages may hold it, and what they name. Pure."""

from dataclasses import replace

from prober.detectors.departments import finance_sites, list_promise
from prober.domain.hostnames import site_of
from prober.domain.visit import SiteLink
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import Step
from spiders.visit.urls import canonical

LISTS = 2  # pages opened for the list alone, in one visit
PROMISE = 0.6  # a link whose words are the name of such a list, and little else
SURE = 0.8  # a link that names the department's site so surely ends the search


class DepartmentLinks(Collector):
    """What the pages of one visit say of the Department of Finance's site, each address once.

    `sought`: the registry's address is in need, so a page that lists departments is worth opening for that alone.
    """

    def __init__(self, state: VisitState, sought: bool) -> None:
        self._state = state
        self._sought = sought
        self._found: dict[str, SiteLink] = {}
        self._lists: dict[str, tuple[float, Step]] = {}
        self._tried = 0

    def note(self, seen: SeenPage) -> None:
        """Remember what the page says of the site, and which of its links may lead to such a list."""
        for found in finance_sites(seen.page, self._state.body):
            site = replace(found, url=canonical(found.url), page_url=canonical(found.page_url))
            known = self._found.setdefault(site_of(site.url), site)
            if site.confidence > known.confidence:
                self._found[site_of(site.url)] = site
        if not self._sought:
            return
        for link in seen.page.links:
            promise = list_promise(link)
            if promise >= PROMISE and self._state.scope.near(link.url):
                found_by = link.place if link.place in ("menu", "footer") else "link"
                step = Step(canonical(link.url), found_by, depth=1)
                self._lists.setdefault(step.url, (promise, step))

    def next_step(self) -> Step | None:
        """Return the page to open for the list; None where it is not sought, was found, or LISTS pages had none."""
        while self._lists and self._tried < LISTS and not any(site.confidence >= SURE for site in self.sites):
            best = max(self._lists, key=lambda url: self._lists[url][0])
            _, step = self._lists.pop(best)
            if self._state.frontier.mark(step.url):
                self._tried += 1
                return step
        return None

    @property
    def sites(self) -> tuple[SiteLink, ...]:
        """What the pages name as the department's site, each address once."""
        return tuple(self._found.values())

    def report(self) -> dict[str, object]:
        """Return the sites that were named."""
        return {"sites": self.sites}
