"""Find the sites of departments in a body's list of them. Pure."""

from dataclasses import replace

from prober.domain.hostnames import site_of
from prober.domain.visit import SiteLink
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import VisitStep
from spiders.visit.urls import canonical

LISTS = 2  # most pages opened for the list alone, in one visit
PROMISE = 0.6  # of a link whose text is little more than the name of such a list
SURE = 0.8  # a link that names the department's site at least this surely ends the search


class DepartmentLinks(Collector):
    """Collect addresses of the departments' sites from the pages of one visit, each once.

    `sought`: the registry's address of one is in doubt, so that a page with a list is opened for it alone.
    """

    def __init__(self, state: VisitState, sought: bool) -> None:
        self._state = state
        self._sought = sought
        self._found: dict[str, SiteLink] = {}
        self._lists: dict[str, tuple[float, VisitStep]] = {}
        self._tried = 0

    def note(self, seen: SeenPage) -> None:
        """Remember the page's links to the site, and its links to pages that may have such a list."""
        for found in seen.page.sites:
            site = replace(found, url=canonical(found.url), page_url=canonical(found.page_url))
            known = self._found.setdefault(site_of(site.url), site)
            if site.confidence > known.confidence:
                self._found[site_of(site.url)] = site
        if not self._sought:
            return
        for link in seen.page.links:
            if link.departments >= PROMISE and self._state.scope.near(link.url):
                found_by = link.place if link.place in ("menu", "footer") else "link"
                step = VisitStep(canonical(link.url), found_by, depth=1)
                self._lists.setdefault(step.url, (link.departments, step))

    def next_step(self) -> VisitStep | None:
        """Return a step to a page with the list; None if the site is not sought, was found, or LISTS were opened."""
        while self._lists and self._tried < LISTS and not any(site.confidence >= SURE for site in self.sites):
            best = max(self._lists, key=lambda url: self._lists[url][0])
            _, step = self._lists.pop(best)
            if self._state.frontier.mark(step.url):
                self._tried += 1
                return step
        return None

    @property
    def sites(self) -> tuple[SiteLink, ...]:
        """The addresses that pages name as a department's site, each once."""
        return tuple(self._found.values())

    def report(self) -> dict[str, object]:
        """Return the sites that were named."""
        return {"sites": self.sites}
