"""Record one visit: the addresses asked for in their order, and what each step of the protocol came to. Pure.

What is concluded rests on this record alone: `walk` is what the table of verdicts reads of it, `protocol` what a reader
is shown.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from prober.domain.finding import Failure
from prober.domain.pages.elements import LONGEST_URL, absolute
from prober.domain.reason import Detail, Reason, Reasons, observed
from prober.domain.search_protocol import Carried, OpenedAddress, Outcome, ProtocolRecord, ProtocolStep, StepRecord
from prober.domain.verdicts import Walk
from prober.domain.visit import PageRecord, digest
from spiders.visit.step import StepResult, VisitStep

# The failure to report of several addresses' failures, first to last: an answer says more about a site than none.
_TELLING = (
    Failure.CHALLENGE, Failure.CAPTCHA, Failure.BLOCKED, Failure.ROBOTS, Failure.MOVED, Failure.CLOSED,
    Failure.NO_SITE, Failure.EMPTY_AFTER_RENDER, Failure.UNREADABLE, Failure.HTTP_5XX, Failure.HTTP_4XX,
    Failure.TLS, Failure.TIMEOUT, Failure.REFUSED, Failure.DNS,
)  # fmt: skip
_ANSWERS = frozenset({Failure.HTTP_4XX, Failure.MOVED, Failure.UNREADABLE})  # at an address that nobody named
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Unread:
    """An address that could not be read, and the kinds that it leaves unseen."""

    url: str
    kinds: frozenset[str]
    failure: Failure
    detail: Detail


@dataclass(slots=True)
class VisitRecord:
    """The record of one visit, as it grows."""

    pages: dict[str, PageRecord] = field(default_factory=dict)  # by address; a later result replaces an earlier one
    steps: dict[str, VisitStep] = field(default_factory=dict)  # by address: the step that led to each page
    unread: dict[str, Unread] = field(default_factory=dict)  # by the address at which the step was planned
    refused: dict[str, Unread] = field(default_factory=dict)  # the same of usual paths and the usual sitemap
    alike: list[VisitStep] = field(default_factory=list)  # usual paths refused like the made-up address
    home_failures: list[tuple[Failure, Reason]] = field(default_factory=list)
    out_of: Reason | None = None  # the budget that was used up while something was left to look at
    trust: dict[str, str] = field(default_factory=dict)  # host → how its certificate was trusted
    asked: int = 0  # pages requested, with any result: counted by the budget
    requests: int = 0
    bytes: int = 0
    reading: float = 0.0  # processor seconds for its pages
    _addresses: dict[tuple[ProtocolStep, str], OpenedAddress] = field(default_factory=dict)

    def page(self, step: VisitStep, result: StepResult, failure: Failure | None, title: str = "") -> None:
        """Record one answer among the pages of the visit; a later one at the same address replaces it."""
        content = result.html.encode() or result.body
        self.steps[step.url] = step
        location = absolute(step.url, result.location)[:LONGEST_URL] if result.location else ""
        self.pages[step.url] = PageRecord(
            step.url, result.status, failure, title, result.fetched_at, bool(result.html), len(content),
            digest(content) if content else "", step.found_by, location,
        )  # fmt: skip

    def opened(
        self, step: VisitStep, result: StepResult, outcome: Outcome, failure: Failure | None = None, title: str = "",
        count: int | None = None,
    ) -> None:  # fmt: skip
        """Record one answer among the pages, and in the record of the protocol."""
        self.page(step, result, failure, title)
        if step.step is None:
            return
        self._addresses[step.step, step.url] = OpenedAddress(
            step.step, step.url, outcome, step.words[:_LONGEST_WORDS],
            () if step.found_by == "home" else tuple(sorted(step.kinds)), result.status, failure,
            self.pages[step.url].location, count,
        )  # fmt: skip
        if outcome in (Outcome.READ, Outcome.MISSING):
            self.unread.pop(step.origin, None)
            self.refused.pop(step.origin, None)
        if outcome == Outcome.READ and not step.guess:
            while self.alike:  # what the site answers to whatever it does not know was no ban
                self.missing(self.alike.pop())

    def missing(self, step: VisitStep) -> None:
        """Record that what was answered at `step` means that there is no such page."""
        assert step.step is not None
        known = self._addresses[step.step, step.url]
        self._addresses[step.step, step.url] = replace(known, outcome=Outcome.MISSING)
        self.refused.pop(step.origin, None)

    def fail(self, step: VisitStep, failure: Failure, detail: Detail) -> None:
        """Record that the page of `step` was not read: what it is named for is not seen."""
        told = Unread(step.url, step.kinds, failure, detail)
        if not step.guess:
            if step.kinds:
                self.unread[step.origin] = told
        elif failure not in _ANSWERS:
            self.refused[step.origin] = told

    def unread_pages(self) -> set[str]:
        """Return the addresses that could not be read, and those to which they led."""
        return self.unread.keys() | {url for url, step in self.steps.items() if step.origin in self.unread}

    def trusted(self, host: str, note: str) -> None:
        """Record how the certificate of `host` was trusted; `note` is "" for normal verification."""
        if note:
            self.trust[host] = note

    def rendered(self, url: str, mark: str, gain: bool) -> None:
        """Record what rendering a page gained (spiders.visit.steps.rendering)."""
        self.pages[url] = replace(self.pages[url], render_mark=mark, render_gain=gain)

    def home_failure(self) -> Reason:
        """Return the most informative reason why no address of the agency had a home page."""
        met = self.home_failures or [(Failure.REFUSED, Reason("no_address"))]
        failure, why = min(met, key=lambda one: _TELLING.index(one[0]) if one[0] in _TELLING else len(_TELLING))
        return Reason(failure.value, detail=(why,))

    def walk(self, home: str, no_site: Reason | None, left: Collection[VisitStep], sought: Iterable[str]) -> Walk:
        """Return what the table of verdicts reads.

        `no_site` is why the home page is none of a site of the body; `left` are the named addresses that were not
        opened.
        """
        if not home:
            return Walk(failed=self.home_failure())
        if no_site:
            return Walk(failed=no_site)
        unread: dict[str, Reasons] = {}
        for kind in sought:
            first = next((one for one in self.unread.values() if kind in one.kinds), None)
            if first:
                unread[kind] = (_reason(first),)
            elif self.out_of or any(kind in step.kinds for step in left):
                url = next((step.url for step in left if kind in step.kinds), "")
                why = self.out_of or Reason("passed_over")
                unread[kind] = (Reason(Failure.BUDGET.value, detail=(observed(why, url) if url else why,)),)
        return Walk(unread=unread, refused=self._refused())

    def _refused(self) -> Reason | None:
        """Return the refusal that stands for all usual paths, or the usual sitemap; None if one was answered."""
        for step in (ProtocolStep.SITEMAPS, ProtocolStep.USUAL_PATHS):
            asked = [row for (of, _), row in self._addresses.items() if of == step]
            rows = [row for row in asked if row.kinds] or asked  # of usual paths those after the made-up address
            urls = [one.url for one in self.refused.values()]
            refused = [row for row in rows if row.url in urls]
            if refused and not any(row.outcome in (Outcome.READ, Outcome.MISSING) for row in rows):
                return _reason(next(one for one in self.refused.values() if one.url == refused[0].url))
        return None

    def protocol(self, walk: Walk, needed: bool) -> ProtocolRecord:
        """Return the record that a reader is shown; `needed`: something sought was not found."""
        steps = tuple(self._step(step, walk, needed) for step in ProtocolStep)
        return ProtocolRecord(steps, tuple(self._addresses.values()))

    def _step(self, step: ProtocolStep, walk: Walk, needed: bool) -> StepRecord:
        rows = [row for (of, _), row in self._addresses.items() if of == step]
        if step == ProtocolStep.HOME or (step == ProtocolStep.SITE and not walk.failed):
            reached = any(row.outcome == Outcome.READ for row in rows) or step == ProtocolStep.SITE
            return StepRecord(step, Carried.DONE if reached else Carried.NOT_DONE, () if reached else _told(walk))
        if any(row.outcome == Outcome.READ for row in rows):
            return StepRecord(step, Carried.DONE)
        if walk.failed:
            return StepRecord(step, Carried.NOT_DONE, _told(walk))
        if failed := next((row for row in rows if row.outcome == Outcome.FAILED and row.failure), None):
            return StepRecord(step, Carried.NOT_DONE, (Reason("not_read", url=failed.url),))
        if not rows and needed and self.out_of:
            return StepRecord(step, Carried.NOT_DONE, (self.out_of,))
        return StepRecord(step, Carried.NOTHING if rows or needed else Carried.NOT_NEEDED)


def _told(walk: Walk) -> Reasons:
    return (walk.failed,) if walk.failed else ()


def _reason(unread: Unread) -> Reason:
    return Reason(unread.failure.value, detail=(observed(unread.detail, unread.url),))
