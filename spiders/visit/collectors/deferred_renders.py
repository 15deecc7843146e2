"""Render pages late that were read as received, if something is still missing and a browser may show more. Pure."""

from dataclasses import replace

from prober.domain.finding import State
from prober.domain.indicator import OFFICIAL, OWN_QA, Kind
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.link_candidates import everything
from spiders.visit.render_policy import RenderPolicy
from spiders.visit.step import Step, StepResult


class DeferredRenders(Collector):
    """Defer rendering of the home page, and of the first page of a Q&A section that shows only its name."""

    def __init__(self, state: VisitState, policy: RenderPolicy) -> None:
        self._state = state
        self._policy = policy
        self._waiting: dict[bool, tuple[Step, StepResult]] = {}  # True: the home page; False: the section
        self._noted: set[bool] = set()  # each is deferred once

    def note(self, seen: SeenPage) -> None:
        """Remember the two pages."""
        step, url = seen.step, seen.page.url
        home = step.found_by == "home"
        empty = any(f.kind == Kind.QA and f.page_url == f.value == url and f.level < 2 for f in seen.page.findings)
        if not step.render and (home or empty) and home not in self._noted:
            self._noted.add(home)
            self._waiting[home] = (step, seen.result)

    def next_step(self) -> Step | None:
        """Return a step to render a page, if a section or an address was not found without a browser."""
        if not self._state.best.wanted() or self._complete():
            return None
        while self._waiting:
            step, received = self._waiting.pop(min(self._waiting))
            page = received.reading
            if page and (page.needs_browser or page.loads_data):
                if self._policy.hopeless:
                    return None
                again = replace(step, promises=everything(self._state.kinds), render=True, attempt=1, guess=True)
                self._state.unrendered[again.url] = received
                self._state.hold(again, received)
                return again
        return None

    def _complete(self) -> bool:
        """Return True if both a section and an official address were found."""
        seen = [finding for finding in self._state.best.findings if finding.state == State.PRESENT]
        section = any(f.kind == Kind.QA and f.category in OWN_QA and f.level >= 2 for f in seen)
        return section and any(f.kind == Kind.EMAIL and f.category in OFFICIAL for f in seen)
