"""Where a visit goes next: candidates, then sitemap, usual paths, search, a few weak links. Pure."""

from collections.abc import Iterable

from prober.domain.agency import Agency
from prober.domain.finding import Kind
from prober.domain.page.page import Page
from spiders.download.host_groups import Scope
from spiders.platforms.base import Platform
from spiders.visit.collectors.site_search import SiteSearch
from spiders.visit.frontier import Frontier
from spiders.visit.link_candidates import HINT, WORTH, from_link, guesses, sitemap_addresses, variants
from spiders.visit.step import Step
from spiders.visit.urls import page_key
from spiders.visit.visit_log import VisitLog

HINTS = 4  # weak links followed where something is still missing


class Strategy:
    """The steps of one visit that are known and not taken yet, and where more may be found."""

    def __init__(self, agency: Agency, scope: Scope, ledger: VisitLog) -> None:
        self.scope = scope
        self.frontier = Frontier()
        self.sitemaps: list[str] = []  # those that robots.txt names
        self._ledger = ledger
        self._variants = list(variants(agency))
        self._judged: set[tuple[str, str]] = set()  # links weighed already: menus are the same on every page
        self._sitemap_tried = False
        self._guessed: set[Kind] = set()
        self._hints = 0
        self.search = SiteSearch()

    def to_home(self) -> Step | None:
        """The next step while no home page was reached: where an address led, or the agency's next address."""
        step = self.frontier.pop(frozenset())
        if step is None and self._variants:
            step = Step(self._variants.pop(0), "home")
        return step

    def best(self, wanted: frozenset[Kind], home: str, platform: Platform) -> Step | None:
        """Candidates first; then the sitemap; usual paths that nobody links to; the site's search; a few weak links."""
        while not self.frontier.promises(wanted, WORTH):
            if not self._sitemap_tried:
                self._sitemap_tried = True
                self.plan(sitemap_addresses(home, self.sitemaps))
            elif wanted - self._guessed:
                for kind in sorted(wanted - self._guessed):
                    self._guessed.add(kind)
                    if not self._ledger.led_to(kind):
                        self.plan(guesses(home, platform, kind))
            elif not self.search.tried(wanted):
                self.plan(step for step in self.search.steps(wanted) if not self._ledger.led_to(*step.promises))
            elif self._hints < HINTS and self.frontier.promises(wanted, HINT):
                self._hints += 1
                break
            else:
                return None
        return self.frontier.pop(wanted)

    def learn(self, page: Page, depth: int, inside: bool, but: frozenset[str] = frozenset()) -> None:
        """Plan from the links of `page`, `depth` clicks from home, that were not weighed before.

        `inside`: it belongs to a Q&A section. `but`: keys of addresses that are not to be planned.
        """
        new = [link for link in page.links if (link.url, link.text) not in self._judged]
        self._judged.update((link.url, link.text) for link in new)
        for link in new:
            self.search.note(link, self.scope)
        steps = (from_link(link, page, self.scope, depth + 1, inside) for link in new)
        self.plan(step for step in steps if step and page_key(step.url) not in but)

    def plan(self, steps: Iterable[Step | None]) -> None:
        for step in steps:
            if step and self.scope.near(step.url) and self.frontier.add(step) and not step.guess:
                kinds = frozenset(kind for kind, value in step.promises.items() if value >= WORTH)
                if kinds:
                    self._ledger.candidate(step.url, kinds)

    def tried(self, wanted: frozenset[Kind]) -> tuple[bool, bool, bool]:
        """Whether the sitemap, and for `wanted` the usual paths and the site's search, were tried."""
        return self._sitemap_tried, self._sitemap_tried and wanted <= self._guessed, self.search.tried(wanted)
