"""Readings made in this process, for tests of a visit as a function of the answers."""

from dataclasses import replace

from prober.detectors.body import Body
from spiders.reading.page_reader import read_page
from spiders.visit.site_visit import page_source
from spiders.visit.step import Step, StepResult


def with_reading(step: Step, result: StepResult, body: Body) -> StepResult:
    """Return the result of `step`, if it is a page, with what is read of it."""
    source = page_source(step, result)
    return replace(result, reading=read_page(source, body)) if source else result
