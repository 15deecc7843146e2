"""Open one print view where an address is missing: some systems print the site's own at its foot. Pure.

A print view is no page of its own (spiders.visit.urls) and is opened for nothing else.
"""

from prober.domain.indicator import Kind
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.link_candidates import ENTRY
from spiders.visit.step import VisitStep
from spiders.visit.urls import canonical, is_print_view


class PrintView(Collector):
    """Collect the first print view that a page of the site links."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._found = ""
        self._asked = False

    def note(self, seen: SeenPage) -> None:
        """Remember the first print view; an entry of the menu that looks like one is a section."""
        plain = (link.url for link in seen.page.links if not (link.scripted or link.labelled))
        self._found = self._found or next(filter(self._state.scope.own, filter(is_print_view, plain)), "")

    def next_step(self) -> VisitStep | None:
        """Return the step to it, once, if an address would be called absent."""
        if self._asked or not self._found or Kind.EMAIL not in self._state.best.missing():
            return None
        self._asked = True
        return VisitStep(canonical(self._found), "link", {Kind.EMAIL: ENTRY}, depth=2)
