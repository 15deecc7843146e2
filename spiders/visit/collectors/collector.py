"""What all collectors of a visit share: one protocol, the state of the visit, and a page as they are shown it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prober.detectors.body import Body
from prober.domain.finding import Finding
from prober.domain.page import Page
from spiders.download.host_groups import Scope
from spiders.platforms import recognise
from spiders.platforms.base import Platform
from spiders.platforms.generic import GENERIC
from spiders.visit.collectors.pagination import Pagination
from spiders.visit.frontier import Frontier
from spiders.visit.step import Step, StepResult
from spiders.visit.visit_log import BestFindings, VisitLog


@dataclass(slots=True)
class VisitState:
    """What is known of one site so far. The site visit and its collectors share it."""

    body: Body  # whose site it is
    scope: Scope  # which hosts belong to it
    log: VisitLog = field(default_factory=VisitLog)
    best: BestFindings = field(default_factory=BestFindings)
    frontier: Frontier = field(default_factory=Frontier)
    platform: Platform = GENERIC
    home: str = ""  # its address; nothing is needed later of the page itself, and its tree would be large
    sitemaps: list[str] = field(default_factory=list)  # those that robots.txt names
    held: dict[str, StepResult] = field(default_factory=dict)  # by address: what proves findings, or may
    unrendered: dict[str, Page] = field(default_factory=dict)  # by address: pages as received that wait for the browser
    released: list[tuple[Step, StepResult]] = field(default_factory=list)  # results that waited, to be read now

    def reach_home(self, page: Page) -> None:
        """Take `page` for the home page; a browser may show more of it later."""
        if not self.home:
            self.scope = self.scope.with_host(page.host)
            self.frontier.mark(page.url)
        self.home = page.url
        if self.platform is GENERIC:
            self.platform = recognise(page)

    def hold(self, step: Step, result: StepResult) -> None:
        """Keep what proves a page, until it is clear whether a finding rests on it."""
        self.held[step.url] = result.proof(self.log.pages[step.url].sha256)


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page that was read, with what its detectors found.

    `result` is None where the browser failed and the page as received had to do. Where the page belongs to a Q&A
    section of the agency (`in_section`), `questions` are its rows of qa_thread, and `pagination` tells of the other
    pages of a list of questions.
    """

    step: Step
    page: Page
    findings: Sequence[Finding]
    result: StepResult | None = None
    in_section: bool = False
    questions: Sequence[Mapping[str, Any]] = ()
    pagination: Pagination = field(default_factory=Pagination)


class Collector(Protocol):
    """One thing that a visit gathers. What a collector has no use for, it leaves as it is here."""

    def note(self, seen: SeenPage) -> None:
        """Learn from a page."""
        return

    def next_step(self) -> Step | None:
        """Return the step that this collector wants taken next; None where it wants none."""
        return None

    def take(self, step: Step, result: StepResult) -> bool:
        """Take the result of a step as it arrives, if it concerns this collector alone; return whether it did."""
        return False

    def read(self, step: Step, page: Page) -> bool:
        """Read a page in place of the detectors, if it concerns this collector alone; return whether it did."""
        return False

    def kept(self) -> set[str]:
        """Return the addresses whose bytes prove something that this collector reports."""
        return set()

    def report(self) -> Mapping[str, Any]:
        """Return what was gathered, as fields of prober.domain.visit.VisitResult."""
        return {}
