"""Leave open what a notice hides that stands in the place of several pages. Pure.

A notice is known by its place, and not by its words: what is left of pages without what the home page shows too is the
same but for numbers, names of files and of sections, though they promise different things. Inside the frame of the site
a module fails, or its licence has run out; without the frame, and with nothing else after it, a wall stands before the
site.
"""

from collections.abc import Collection
from dataclasses import replace

from prober.domain.finding import Failure
from prober.domain.reason import Reason, Reasons, observed
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import VisitStep
from spiders.visit.urls import page_key
from spiders.visit.visit_log import AT_LARGE

FEWEST = 4  # words of a notice
LONGEST = 400  # characters of one; what is longer is a text


class Notices(Collector):
    """Compare what pages show besides the frame. One that says that it is empty, or leads on, shows no notice."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._shown: dict[frozenset[str], list[VisitStep]] = {}  # words of a notice → the pages that show it
        self._wall: list[VisitStep] = []  # the last pages, if they show one notice without the frame

    def note(self, seen: SeenPage) -> None:
        """Remember what a page shows of its own; leave open what it was opened for, if others show the same."""
        step, page, frame = replace(seen.step, guess=False), seen.page, self._state.frame  # also if rendered later
        if step.found_by == "home":
            return
        own = frame.own(page)
        said = own and sum(map(len, own)) <= LONGEST and not frame.says_empty(page) and not frame.leads_on(page)
        words = frozenset(filter(str.isalpha, frame.own_words(page))) if said else frozenset()
        if len(words) < FEWEST:
            self._wall = []
            return
        steps = self._shown.setdefault(words, [])
        if page_key(step.url) not in {page_key(other.url) for other in steps}:
            steps.append(step)
        framed = len(own) < len(page.lines) or frame.repeated(page)
        self._wall = [] if framed else [*(other for other in self._wall if other in steps), step]
        self._leave_open(steps)

    def _leave_open(self, steps: Collection[VisitStep]) -> None:
        """Leave open what `steps` promise, if one of them is a section and another promises something else."""
        log = self._state.log
        promised = [(step, log.candidates.get(step.origin, frozenset())) for step in steps]
        for step, kinds in promised:
            others = (one for one, its in promised if kinds | its and kinds.isdisjoint(its))
            if step.origin not in log.failed and (other := next(others, None)):
                log.hint(step.origin, log.sought.get(step.origin, ()))
                log.fail(step, Failure.CLOSED, Reason("shows_what_is_at", url=other.url))

    def missing(self) -> tuple[Failure | None, Reasons]:
        """Return why nothing was seen in the end, and where it began; (None, ()) if no wall stands there."""
        places = {page_key(step.url): step for step in self._wall}
        if len(places) < AT_LARGE:
            return None, ()
        return Failure.BLOCKED, (observed(Reason("nothing_after"), self._wall[0].url),)
