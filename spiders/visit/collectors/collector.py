"""Define what the collectors of a visit share: their protocol, the state of the visit, a page with findings. Pure.

The frame of a site is what its pages repeat: menu, header and footer. It is known by what other pages repeat, whatever
markup it is made of, and the rest of a page is its own. (A frame is elsewhere a list of agencies.)
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from prober.detectors.body import Body
from prober.detectors.link_promises import LinkPromises
from prober.domain.elements import view
from prober.domain.hostnames import Scope, host_of
from prober.domain.indicator import WRITABLE_FORM, Kind, names
from prober.text.patterns import linear
from prober.text.vietnamese import key
from spiders.reading.page_reading import LinkReading, PageReading
from spiders.reading.platforms import GENERIC, Platform, named
from spiders.visit.step import Frontier, StepResult, VisitStep
from spiders.visit.urls import is_page, page_key
from spiders.visit.visit_log import BestFindings, VisitLog

DOOR = 2  # most pages to which a home page leads that is a door alone, or a choice of languages
_END_OF_NAME = linear(r"\s[|–—»-]\s")
_IN_FILE = linear(r"\w[./\\_][^\W\d]")


@dataclass(frozen=True)
class SiteFrame:
    """Parts of the home page that other pages may repeat."""

    lines: Counter[str] = field(default_factory=Counter)
    labels: tuple[str, ...] = ()  # words of its links, longest first
    linked: Mapping[str, str] = field(default_factory=dict)  # pages to which it leads, by their keys → the words
    at: str = ""  # its own
    name: str = ""  # before the name of the site
    forms: frozenset[str] = frozenset()  # by which one writes to the office; their purposes

    @classmethod
    def of(cls, home: PageReading) -> "SiteFrame":
        labels = sorted({key(link.text) for link in home.links if link.text}, key=len, reverse=True)
        linked = {page_key(link.url): key(link.text) for link in home.links}
        return cls(Counter(home.lines), tuple(labels), linked, page_key(home.url), name(home), forms(home))

    @cached_property
    def door(self) -> bool:
        """True if the home page leads to hardly any page of its site: it does not show the frame."""
        return len({known for known in self.linked if _host(known) == _host(self.at)} - {self.at}) <= DOOR

    def widened(self, page: PageReading) -> "SiteFrame":
        """Return the frame with what the next page shows, as long as nothing more than a door was seen."""
        if not self.door:
            return self
        more = SiteFrame.of(page)
        labels = sorted({*self.labels, *more.labels}, key=len, reverse=True)
        return replace(self, lines=self.lines | more.lines, labels=tuple(labels), linked={**more.linked, **self.linked})

    def own(self, page: PageReading) -> tuple[str, ...]:
        """Return the lines of a page that the home page lacks."""
        shown = Counter(page.lines).items()
        return tuple([line for line, times in shown for _ in range(times - self.lines.get(line, 0))])

    def own_words(self, page: PageReading) -> tuple[str, ...]:
        """Return the words of these lines without the page's title, labels of links and names of files.

        Headings and the way to a page are made of labels, and name the section in the place of which a notice stands.
        """
        text = "  ".join(("", *(key(_without_files(line)) for line in self.own(page)), ""))
        for label in (key(page.title), *self.labels):
            if label:
                text = text.replace(f" {label} ", " ")
        return tuple(text.split())

    def says_empty(self, page: PageReading) -> bool:
        """Return True if a page says that it is empty, and not a part of it that the home page shows too."""
        return any(line not in self.lines for line in page.site.empty)

    def repeated(self, page: PageReading) -> bool:
        """Return True if a page leads where the home page does, and not to the home page alone."""
        return any(page_key(link.url) in self.linked.keys() - {self.at} for link in page.links)

    def leads_on(self, page: PageReading, pages: int = 1) -> bool:
        """Return True if the page leads to others, so many at least, to which the home page does not."""
        known = {*self.linked, self.at, page_key(page.url)}
        links = {page_key(link.url) for link in page.links if _may_lead(link) and is_page(link.url)}
        return len(links - known) >= pages


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
    frame: SiteFrame = field(default_factory=SiteFrame)  # what its pages show besides their own
    sitemaps: list[str] = field(default_factory=list)  # those that robots.txt names
    texts: dict[str, str] = field(default_factory=dict)  # mark of a text → address of the first page that showed it
    held: dict[str, StepResult] = field(default_factory=dict)  # by address: results that prove findings, or may
    views: dict[str, VisitStep] = field(default_factory=dict)  # by address: of an application, not opened yet
    # By address: results as received that wait for the browser.
    unrendered: dict[str, StepResult] = field(default_factory=dict)
    released: list[tuple[VisitStep, StepResult]] = field(default_factory=list)  # results that waited, to be read now

    def __post_init__(self) -> None:
        self.log, self.best = VisitLog(self.kinds), BestFindings(self.body.sought)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what the study looks for."""
        return names(self.body.sought)

    @property
    def links(self) -> LinkPromises:
        """Return the reader of what links promise."""
        return self.body.words.made(LinkPromises)

    def reach_home(self, page: PageReading) -> None:
        """Set `page` as the home page; a browser may show more of it later."""
        if not self.home:
            self.scope = self.scope.with_host(page.host)
            self.frontier.mark(page.url)
        self.home = page.url
        if self.platform is GENERIC:
            self.platform = named(page.platform)

    def hold(self, step: VisitStep, result: StepResult) -> None:
        """Keep the evidence of a page until it is clear whether a finding is based on it."""
        self.held[step.url] = result.proof(self.log.pages[step.url].sha256)


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page that was read, as it is if the browser failed on it, and the result that it was read from."""

    step: VisitStep
    page: PageReading
    result: StepResult


class Collector(Protocol):
    """A collector of one thing during a visit. The methods here do nothing; each collector overrides those it needs."""

    def note(self, seen: SeenPage) -> None:
        """Learn from a page."""
        return

    def next_step(self) -> VisitStep | None:
        """Return the next step for this collector; None if it needs none."""
        return None

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Process the result of a step if it is for this collector alone; return True if it is."""
        return False

    def read(self, step: VisitStep, page: PageReading) -> bool:
        """Read a page instead of the detectors if it is for this collector alone; return True if it is."""
        return False

    def kept(self) -> set[str]:
        """Return the addresses of the pages that prove this collector's report."""
        return set()

    def report(self) -> Mapping[str, Any]:
        """Return the collected values, as fields of prober.domain.visit.VisitResult."""
        return {}


def _may_lead(link: LinkReading) -> bool:
    """Return True for a link to a page, or to a view of an application."""
    return not link.scripted or view(link.url) != ""


def forms(page: PageReading) -> frozenset[str]:
    """Return the purposes of the forms of a page by which one writes to the office."""
    return WRITABLE_FORM & {found.category for found in page.findings if found.kind == Kind.WEB_FORM}


def name(page: PageReading) -> str:
    """Return the words of a page's title before the name of its site."""
    return key(_END_OF_NAME.split(page.title)[0])


def _without_files(line: str) -> str:
    """Return a line without what a program may name in a message: a word with a dot or a slash before a letter."""
    return " ".join(word for word in line.split() if "@" in word or not _IN_FILE.search(word))


def _host(page: str) -> str:
    return host_of(f"http://{page}")
