"""Open the views of an application, which a script makes at one address of its server (`#/hoi-dap`). Pure.

The browser gets the page of the application as received, at the address of the view. So a view costs a render and what
its script asks for, and its evidence has the address under which a reader finds it.
"""

from collections.abc import Callable

from prober.detectors.link_promises import FRAME
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.collectors.rendering import RenderPolicy
from spiders.visit.step import WORTH, StepResult, VisitStep
from spiders.visit.urls import canonical, page_key

OPENED = 12  # most views opened in one visit


class ApplicationViews(Collector):
    """Choose the views to open: first what promises something missing, at the end others, those of menus first."""

    def __init__(self, state: VisitState, policy: RenderPolicy) -> None:
        self._state = state
        self._policy = policy
        self._sources: dict[str, StepResult] = {}  # key of an application's page → as received
        self._rendered: StepResult | None = None  # the source of the page that is taken now
        self._asked: dict[str, str] = {}  # addresses asked for to have the source → its key
        self._opened = 0

    def promising(self, wanted: frozenset[str]) -> VisitStep | None:
        """Return a step to the view that promises most of `wanted`, if that is enough for a candidate."""
        return self._next(lambda step: max((step.promises.get(kind, 0.0) for kind in wanted), default=0.0), WORTH)

    def next_step(self) -> VisitStep | None:
        """Return a step to a view of any name, those of the frame first, if something would be called absent."""
        if not self._state.home or not self._state.best.missing():
            return None
        return self._next(lambda step: 1.0 if step.found_by in FRAME else 0.5)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Keep the page of an application that was asked for once more, and remember what is being rendered."""
        if result.html:
            self._rendered = self._state.unrendered.get(step.url)
        if (known_as := self._asked.pop(step.url, None)) is None or not result.reading:
            return False
        self._sources[known_as] = result
        return False

    def note(self, seen: SeenPage) -> None:
        """Keep the source of a page that has views, as it was received."""
        known_as = page_key(_page(seen.page.url))
        if known_as in self._sources or all(page_key(_page(url)) != known_as for url in self._state.views):
            return
        source = self._rendered if seen.page.rendered else seen.result
        if source is not None and source.reading and source.body:
            self._sources[known_as] = source

    def _next(self, worth: Callable[[VisitStep], float], least: float = 0.0) -> VisitStep | None:
        waiting = [step for step in self._state.views.values() if worth(step) >= least]
        while waiting and self._opened < OPENED and not self._policy.hopeless:
            step = max(waiting, key=worth)
            source = self._sources.get(page_key(_page(step.url)))
            if source is None and (first := self._to_page(step)):
                return first
            waiting.remove(step)
            del self._state.views[step.url]
            if source is not None and step.url not in self._state.log.pages:
                self._opened += 1
                return self._to_view(step, source)
        return None

    def _to_page(self, view: VisitStep) -> VisitStep | None:
        """Return a step to the page of the application, whose source is not known yet; None if it was asked for."""
        url = canonical(_page(view.url))
        known_as = page_key(url)
        if known_as in self._asked.values() or url in self._state.unrendered:
            return None
        self._asked[url] = known_as
        return VisitStep(url, view.found_by, view.promises, view.depth) if self._state.frontier.mark(url) else None

    def _to_view(self, view: VisitStep, source: StepResult) -> VisitStep:
        self._state.unrendered[view.url] = source
        self._state.held[view.url] = source.proof(self._state.log.pages[source.url].sha256)
        return view


def _page(view: str) -> str:
    """Return the address of the page on which a view is shown."""
    return view.partition("#")[0]
