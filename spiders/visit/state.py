"""The state of one visit, which its steps share. Pure."""

from dataclasses import dataclass, field

from prober.detectors.body import Body
from prober.detectors.link_promises import LinkPromises
from prober.domain.hostnames import Scope
from prober.domain.indicator import names
from spiders.reading.page_reading import PageReading
from spiders.reading.platforms import GENERIC, Platform, named
from spiders.visit.best_findings import BestFindings
from spiders.visit.frontier import Frontier
from spiders.visit.record import VisitRecord
from spiders.visit.step import StepResult, VisitStep


@dataclass(slots=True)
class VisitState:
    """The state of one visit, shared by the walk and its steps."""

    body: Body  # the public body whose site it is
    scope: Scope  # the hosts that belong to it
    record: VisitRecord = field(default_factory=VisitRecord)
    best: BestFindings = field(init=False)
    frontier: Frontier = field(default_factory=Frontier)
    platform: Platform = GENERIC
    start: PageReading | None = None  # the home page, as it was read last
    sitemaps: list[str] = field(default_factory=list)  # those that robots.txt names
    texts: dict[str, str] = field(default_factory=dict)  # mark of a text → address of the first page that showed it
    held: dict[str, StepResult] = field(default_factory=dict)  # by address: results that prove findings, or may
    unrendered: dict[str, StepResult] = field(default_factory=dict)  # by address: results that wait for the browser

    def __post_init__(self) -> None:
        self.best = BestFindings(self.body.sought)

    @property
    def home(self) -> str:
        """The address of the home page; "" if none was reached."""
        return self.start.url if self.start else ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what the study looks for on pages."""
        return names(self.body.sought)

    @property
    def links(self) -> LinkPromises:
        """Return the reader of what links promise."""
        return self.body.words.made(LinkPromises)

    def reach_home(self, page: PageReading) -> None:
        """Set `page` as the home page; a browser may show more of it later."""
        if not self.start:
            self.scope = self.scope.with_host(page.host)
            self.frontier.mark(page.url)
        self.start = page
        if self.platform is GENERIC:
            self.platform = named(page.platform)

    def hold(self, step: VisitStep, result: StepResult) -> None:
        """Keep the evidence of a page until it is clear whether a finding is based on it."""
        self.held[step.url] = result.proof(self.record.pages[step.url].sha256)
