"""Ask for a known page once more where a site ends with a refusal, or with pages that show nothing. Pure.

A refusal with nothing after it may be of one page, or of the whole site: closed in the middle of a visit, it shows
nothing more of anything. So may be pages with the frame alone, with the home page or with a login in their place.
"""

from prober.domain.finding import Failure
from prober.domain.reason import Reason, Reasons, observed
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.urls import page_key
from spiders.visit.visit_log import AT_LARGE

FOUND_BY = "still_there"


class LastAnswer(Collector):
    """Learn whether a site still answers. What it says at a page that is known is no page of the visit."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._asked = False
        self._known = ""  # address of the first page with something of its own
        self._bare: dict[str, str] = {}  # the last pages, if they show nothing of their own → marks of their texts
        self._shut = False

    def note(self, seen: SeenPage) -> None:
        """Remember the last pages that show nothing of their own."""
        page, frame = seen.page, self._state.frame
        if seen.step.found_by == "home":
            return
        bare = page.lines and (not frame.own(page) or (page.site.login and not frame.repeated(page)))
        if bare or not page.text_length:
            self._bare[page_key(page.url)] = page.text_mark
        else:
            self._bare = {}
            self._known = self._known or page.url

    def next_step(self) -> VisitStep | None:
        """Return the step to a known page, once, if something would be called absent."""
        state, refused = self._state, 0 < len(self._state.log.refused) < AT_LARGE
        nothing = len(self._bare) >= AT_LARGE and self._known
        if self._asked or not (refused or nothing) or not state.best.missing():
            return None
        self._asked = True
        return VisitStep(self._known if nothing else state.home, FOUND_BY)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Count a second refusal, or forget the first; learn whether a known page shows what the last ones show."""
        if step.found_by != FOUND_BY:
            return False
        reading = result.reading
        if failure := result.failure or (reading.obstacle if reading else None):
            self._state.log.refused[step.url] = failure
        else:
            self._state.log.refused.clear()
        self._shut = bool(self._bare) and (
            failure is not None or (reading and reading.text_mark) in self._bare.values()
        )
        return True

    def missing(self) -> tuple[Failure | None, Reasons]:
        """Return why nothing was seen in the end, and of which page; (None, ()) if the site still answers."""
        return (Failure.BLOCKED, (observed(Reason("nothing_after"), self._known),)) if self._shut else (None, ())
