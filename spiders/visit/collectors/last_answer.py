"""Ask for the home page once more where the last answer of a site was a refusal. Pure.

A refusal with nothing after it may be of one page, or of the whole site: closed in the middle of a visit, it shows
nothing more of anything.
"""

from spiders.visit.collectors.collector import Collector, VisitState
from spiders.visit.step import Step, StepResult
from spiders.visit.visit_log import AT_LARGE

FOUND_BY = "still_there"


class LastAnswer(Collector):
    """Learn whether a site still answers. What it says at its home page is no page of the visit."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._asked = False

    def next_step(self) -> Step | None:
        """Return the step to the home page, once, if something would be called absent."""
        state = self._state
        if self._asked or not 0 < len(state.log.refused) < AT_LARGE or not state.best.missing():
            return None
        self._asked = True
        return Step(state.home, FOUND_BY)

    def take(self, step: Step, result: StepResult) -> bool:
        """Count a second refusal, or forget the first."""
        if step.found_by != FOUND_BY:
            return False
        failure = result.failure or (result.reading.obstacle if result.reading else None)
        if failure:
            self._state.log.refused[step.url] = failure
        else:
            self._state.log.refused.clear()
        return True
