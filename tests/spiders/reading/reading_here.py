"""Readings made in this process, for tests of a visit as a function of the answers."""

from dataclasses import replace

from spiders.reading.page_reader import read_page
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.steps.sitemaps import read_sitemap
from spiders.visit.walk import SiteWalk, page_source


def with_reading(step: VisitStep, result: StepResult, visit: SiteWalk) -> StepResult:
    """Return the result of `step`, if it is a sitemap or a page, with what is read of it for `visit`."""
    listed = visit.sitemap_source(step, result)
    if listed and (sitemap := read_sitemap(listed)):
        return replace(result, sitemap=sitemap)
    source = page_source(step, result)
    return replace(result, reading=read_page(source, visit.state.body)) if source else result
