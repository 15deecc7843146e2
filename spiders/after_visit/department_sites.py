"""Collect the sites of departments that a body's pages link. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prober.domain.hostnames import site_of
from prober.domain.visit import SiteLink
from spiders.after_visit.after import AfterVisit
from spiders.visit.step import SeenPage
from spiders.visit.urls import canonical


class DepartmentSites(AfterVisit):
    """Collect addresses of the departments' sites from the pages of one visit, each once; no page is opened for it."""

    def __init__(self) -> None:
        self._found: dict[str, SiteLink] = {}

    def note(self, seen: SeenPage) -> None:
        """Remember the page's links to such sites."""
        for found in seen.page.sites:
            site = replace(found, url=canonical(found.url), page_url=canonical(found.page_url))
            known = self._found.setdefault(site_of(site.url), site)
            if site.confidence > known.confidence:
                self._found[site_of(site.url)] = site

    def report(self) -> Mapping[str, Any]:
        """Return the sites that were named, each once."""
        return {"sites": tuple(self._found.values())}
