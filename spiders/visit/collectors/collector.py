"""Define what the collectors of a visit share: their protocol, the state of the visit, a page with findings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from prober.detectors.body import Body
from prober.detectors.link_promises import LinkPromises
from prober.domain.hostnames import Scope
from prober.domain.indicator import names
from spiders.reading.page_reading import PageReading
from spiders.reading.platforms import GENERIC, Platform, named
from spiders.visit.frame import Frame
from spiders.visit.step import Frontier, Step, StepResult
from spiders.visit.visit_log import BestFindings, VisitLog


@dataclass(slots=True)
class VisitState:
    """The state of one visit, shared by the site visit and its collectors."""

    body: Body  # the public body whose site it is
    scope: Scope  # the hosts that belong to it
    log: VisitLog = field(init=False)
    best: BestFindings = field(init=False)
    frontier: Frontier = field(default_factory=Frontier)
    platform: Platform = GENERIC
    home: str = ""  # address of the home page
    frame: Frame = field(default_factory=Frame)  # what its pages show besides their own
    sitemaps: list[str] = field(default_factory=list)  # those that robots.txt names
    texts: dict[str, str] = field(default_factory=dict)  # mark of a text → address of the first page that showed it
    held: dict[str, StepResult] = field(default_factory=dict)  # by address: results that prove findings, or may
    # By address: results as received that wait for the browser.
    unrendered: dict[str, StepResult] = field(default_factory=dict)
    released: list[tuple[Step, StepResult]] = field(default_factory=list)  # results that waited, to be read now

    def __post_init__(self) -> None:
        self.log, self.best = VisitLog(self.kinds), BestFindings(self.body.sought)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what the study looks for."""
        return names(self.body.sought)

    @property
    def links(self) -> LinkPromises:
        """What tells the promises of links."""
        return self.body.words.made(LinkPromises)

    def reach_home(self, page: PageReading) -> None:
        """Set `page` as the home page; a browser may show more of it later."""
        if not self.home:
            self.scope = self.scope.with_host(page.host)
            self.frontier.mark(page.url)
        self.home = page.url
        if self.platform is GENERIC:
            self.platform = named(page.platform)

    def hold(self, step: Step, result: StepResult) -> None:
        """Keep the evidence of a page until it is clear whether a finding is based on it."""
        self.held[step.url] = result.proof(self.log.pages[step.url].sha256)


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page that was read, as it is if the browser failed on it, and the result that it was read from."""

    step: Step
    page: PageReading
    result: StepResult


class Collector(Protocol):
    """A collector of one thing during a visit. The methods here do nothing; each collector overrides those it needs."""

    def note(self, seen: SeenPage) -> None:
        """Learn from a page."""
        return

    def next_step(self) -> Step | None:
        """Return the next step for this collector; None if it needs none."""
        return None

    def take(self, step: Step, result: StepResult) -> bool:
        """Process the result of a step if it is for this collector alone; return True if it is."""
        return False

    def read(self, step: Step, page: PageReading) -> bool:
        """Read a page instead of the detectors if it is for this collector alone; return True if it is."""
        return False

    def kept(self) -> set[str]:
        """Return the addresses of the pages that prove this collector's report."""
        return set()

    def report(self) -> Mapping[str, Any]:
        """Return the collected values, as fields of prober.domain.visit.VisitResult."""
        return {}
