"""Find the sites of departments in a body's list of them. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prober.domain.hostnames import site_of
from prober.domain.visit import SiteLink
from spiders.after_visit.after import AfterVisit
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, VisitStep
from spiders.visit.urls import canonical

FOUND_BY = "link"
LISTS = 2  # most pages opened for the list alone, in one visit
PROMISE = 0.6  # of a link whose text is little more than the name of such a list
SURE = 0.8  # a link that names the department's site at least this surely ends the search


class DepartmentSites(AfterVisit):
    """Collect addresses of the departments' sites from the pages of one visit, each once.

    `sought`: the registry's address of one is in doubt, so that a page with a list is opened for it alone.
    """

    def __init__(self, state: VisitState, sought: bool) -> None:
        self._state = state
        self._sought = sought
        self._found: dict[str, SiteLink] = {}
        self._lists: dict[str, float] = {}
        self._tried = 0

    def note(self, seen: SeenPage) -> None:
        """Remember the page's links to such sites, and its links to pages that may have a list of them."""
        for found in seen.page.sites:
            site = replace(found, url=canonical(found.url), page_url=canonical(found.page_url))
            known = self._found.setdefault(site_of(site.url), site)
            if site.confidence > known.confidence:
                self._found[site_of(site.url)] = site
        for link in seen.page.links if self._sought else ():
            if link.departments >= PROMISE and self._state.scope.near(link.url):
                self._lists.setdefault(canonical(link.url), link.departments)

    def next_step(self) -> VisitStep | None:
        """Return a step to a page with the list; None if the site is not sought, was found, or LISTS were opened."""
        while self._lists and self._tried < LISTS and not any(one.confidence >= SURE for one in self._found.values()):
            best = max(self._lists, key=lambda url: self._lists[url])
            del self._lists[best]
            if self._state.frontier.take(best) or self._state.frontier.mark(best):
                self._tried += 1
                return VisitStep(best, FOUND_BY, step=None, depth=1)
        return None

    def report(self) -> Mapping[str, Any]:
        """Return the sites that were named, each once."""
        return {"sites": tuple(self._found.values())}
