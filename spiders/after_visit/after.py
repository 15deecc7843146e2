"""Define what is asked for when the verdicts of a visit are settled. The methods here do nothing. Pure."""

from collections.abc import Mapping
from typing import Any, Protocol

from spiders.reading.page_reading import PageReading
from spiders.visit.step import SeenPage, StepResult, VisitStep


class AfterVisit(Protocol):
    """One thing that is collected beside the protocol; each class overrides what it needs."""

    def note(self, seen: SeenPage) -> None:
        """Learn from a page of the visit."""
        return

    def next_step(self) -> VisitStep | None:
        """Return the next address to ask for; None if there is none."""
        return None

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Process the result of a step if it is for this class alone; return True if it is."""
        return False

    def read(self, step: VisitStep, page: PageReading) -> bool:
        """Read a page instead of the detectors if it is for this class alone; return True if it is."""
        return False

    def kept(self) -> set[str]:
        """Return the addresses of the pages that prove what was collected."""
        return set()

    def report(self) -> Mapping[str, Any]:
        """Return the collected values, as fields of prober.domain.visit.VisitResult."""
        return {}
