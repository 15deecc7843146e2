"""Record one visit: pages requested, candidates opened or not and why, the best evidence of each finding. Pure.

From the log it is written down how the visit searched for what it did not find, address by address (`search_record`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from typing import Any

from prober.domain.coverage import Coverage, settled, would_be_absent
from prober.domain.elements import LONGEST_URL, absolute
from prober.domain.finding import Failure, Finding, State
from prober.domain.hostnames import host_of
from prober.domain.indicator import INDICATORS, Indicator, Kind, names
from prober.domain.reason import Detail, Reason, Reasons, observed
from prober.domain.visit import Outcome, PageRecord, SearchPart, SearchRecord, SearchStep, digest, in_order
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.urls import canonical, page_key

_REFUSALS = frozenset({Failure.BLOCKED, Failure.CHALLENGE, Failure.CAPTCHA})
CLOSED = _REFUSALS | {Failure.ROBOTS}
_SHUT = _REFUSALS | {Failure.HTTP_5XX, Failure.CLOSED}  # what a site says of itself, with any status
# The failure to report of several addresses' failures, first to last: an answer says more about a site than none.
_TELLING = (
    Failure.CHALLENGE, Failure.CAPTCHA, Failure.BLOCKED, Failure.ROBOTS, Failure.MOVED, Failure.CLOSED,
    Failure.NO_SITE, Failure.EMPTY_AFTER_RENDER,
    Failure.UNREADABLE,
    Failure.HTTP_5XX, Failure.HTTP_4XX, Failure.TLS, Failure.TIMEOUT, Failure.REFUSED, Failure.DNS,
)  # fmt: skip


FEED = "feed"  # no place of the coverage rule: what a feed names is opened, but nobody promised it
_STATES = {State.FOUND: 2, State.NOT_SEEN: 1, State.NOT_FOUND: 0}
# If two pages show the same thing equally well, the page about it is the better evidence.
_CONFIDENCE_STEP = 0.05
# Best promises between which a section of the site ("Công dân", "Góp ý") may hold anything of what is looked for.
_FAINT, _CLEAR = 0.4, 0.5
AT_LARGE = 2  # addresses refused one after the other, or kinds whose usual paths were: the host may refuse anything
MOST_FINDINGS = 500  # of one kind that a visit keeps; a list of all offices of a province has fewer addresses
MOST_UNOPENED = 20  # candidates without an answer that are named; the others are counted
_PARTS = {
    "home": SearchPart.HOME, "menu": SearchPart.LINK, "footer": SearchPart.LINK, "link": SearchPart.LINK,
    "sitemap": SearchPart.LINK,
    "slug": SearchPart.USUAL_PATH, "search": SearchPart.SEARCH, "probe": SearchPart.MADE_UP,
    "document": SearchPart.LINK,
}  # fmt: skip  # pages of a list of questions and addresses from replies are no part of the search


@dataclass(slots=True)
class VisitLog:
    """The log of one visit. `candidates` is address of a promising link → kinds that it promised."""

    kinds: tuple[str, ...] = names(INDICATORS)  # what the study looks for
    pages: dict[str, PageRecord] = field(default_factory=dict)
    candidates: dict[str, frozenset[str]] = field(default_factory=dict)
    hints: dict[str, frozenset[str]] = field(default_factory=dict)  # address → kinds that it is likely to show, or may
    sought: dict[str, frozenset[str]] = field(default_factory=dict)  # page of any name → kinds that it was opened for
    unnamed: set[str] = field(default_factory=set)  # sections whose names tell nothing of what they hold
    opened: set[str] = field(default_factory=set)
    failed: dict[str, tuple[Failure, Detail]] = field(default_factory=dict)
    # Sitemaps, usual paths and searches whose answer decides nothing: address → the step, the failure, its detail.
    undecided: dict[str, tuple[VisitStep, Failure, Detail]] = field(default_factory=dict)
    # Links by whose words the site names a section, and whose page is gone: address → the words, kinds that they name.
    broken: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    led_alike: dict[str, list[VisitStep]] = field(default_factory=dict)  # key of a page → steps that lead to it as well
    home_failures: list[tuple[Failure, Reason]] = field(default_factory=list)
    steps: dict[str, VisitStep] = field(default_factory=dict)  # by address: the step that led to each page
    guessed: dict[str, frozenset[str]] = field(default_factory=dict)  # guessed address → kinds that it was guessed for
    refused: dict[str, Failure] = field(default_factory=dict)  # addresses refused since anything was answered
    alike: set[str] = field(default_factory=set)  # guessed addresses that show the same as a made-up one
    counts: dict[tuple[SearchPart, str], int] = field(default_factory=dict)  # links, addresses or results at an address
    trust: dict[str, str] = field(default_factory=dict)  # host → how its certificate was trusted
    asked: int = 0  # pages requested, with any result: counted by the budget
    requests: int = 0
    bytes: int = 0
    reading: float = 0.0  # processor seconds for its pages

    def record(self, step: VisitStep, result: StepResult, failure: Failure | None, title: str = "") -> None:
        """Record one page; a later result at the same address (rendered, second attempt) replaces it."""
        content = result.html.encode() or result.body
        self.steps[step.url] = step
        if failure and (failure in _SHUT or not 0 < result.status < 500):
            self.refused[step.origin] = failure
        else:
            self.refused.clear()
        self.pages[step.url] = PageRecord(
            step.url, result.status, failure, title, result.fetched_at, bool(result.html), len(content),
            digest(content) if content else "", step.found_by,
            absolute(step.url, result.location)[:LONGEST_URL] if result.location else "",
        )  # fmt: skip

    def trusted(self, host: str, note: str) -> None:
        """Record how the certificate of `host` was trusted; `note` is "" for normal verification."""
        if note:
            self.trust[host] = note

    def rendered(self, url: str, mark: str, gain: bool) -> None:
        """Record what rendering a page gained (spiders.visit.collectors.rendering)."""
        self.pages[url] = replace(self.pages[url], render_mark=mark, render_gain=gain)

    def candidate(self, url: str, kinds: frozenset[str]) -> None:
        self.candidates[url] = kinds

    def hint(self, url: str, kinds: Iterable[str]) -> None:
        """Record that the page at `url` may show `kinds`: unread, it leaves them open."""
        self.hints[url] = self.hints.get(url, frozenset()).union(kinds)

    def guess(self, url: str, kinds: Iterable[str]) -> None:
        """Record that `url` is tried for `kinds`, perhaps besides others."""
        self.guessed[url] = self.guessed.get(url, frozenset()).union(kinds)

    def done(self, step: VisitStep) -> None:
        """Record that `step` was opened, or has no page: nothing is left to look at there."""
        self.opened.add(step.origin)
        self.refused.pop(step.origin, None)
        for one in (step, *self.led_alike.get(page_key(step.url), ())):
            self.failed.pop(_identity(one), None)
        self.undecided.pop(step.origin, None)

    def fail(self, step: VisitStep, failure: Failure, detail: Detail) -> None:
        """Record that `step` could not be opened. Where it is one of a place of the coverage rule, that stays open."""
        if step.place == FEED:
            return
        if step.place:
            self.undecided[step.origin] = (step, failure, detail)
        elif not step.guess:
            self.failed[_identity(step)] = (failure, detail)
            for alike in self.led_alike.get(page_key(step.url), ()):
                if alike.origin not in self.failed:
                    self.fail(alike, failure, detail)
            if failure in CLOSED:
                self.hint(step.origin, self.sought.get(step.origin, ()))
            if step.origin in self.unnamed and step.origin not in self.candidates:
                self.hint(step.origin, (kind for kind in self.kinds if kind != Kind.SOCIAL))
            if step.found_by in ("menu", "footer") and _FAINT < max(step.promises.values(), default=0.0) < _CLEAR:
                self.hint(step.origin, self.kinds)

    def unread(self) -> set[str]:
        """Return the addresses that could not be read, or showed something else, and those to which they led."""
        return self.failed.keys() | {url for url, step in self.steps.items() if step.origin in self.failed}

    def leads_to_known(self, step: VisitStep, url: str) -> None:
        """Record that `step` leads to a page to which another one led before: a section shows what that shows."""
        self.done(step)
        if step.guess or step.place:
            return
        self.led_alike.setdefault(page_key(url), []).append(step)
        wanted = page_key(url)
        led = (one.origin for at, one in self.steps.items() if page_key(at) == wanted and one.origin in self.failed)
        if origin := next(led, None):
            self.fail(step, *self.failed[origin])

    def leads_nowhere(self, step: VisitStep) -> None:
        """Record that there is no page at `step`; where the site names a section there, its link is broken."""
        if step.named:
            self.broken[step.origin] = (step.label, step.named | ({Kind.WEB_FORM} if Kind.QA in step.named else set()))

    def broken_links(self, wanted: Collection[str]) -> tuple[str, ...]:
        """Return broken links to sections of one of `wanted` to which no other link of the same words has led."""
        pages = ((step.label, self.pages[url]) for url, step in self.steps.items() if self.broken and step.label)
        read = {label for label, page in pages if not page.failure and not page.location}
        return tuple(
            url for url, (label, kinds) in self.broken.items() if not kinds.isdisjoint(wanted) and label not in read
        )

    def led_to(self, kind: str) -> bool:
        """Return True if a candidate for `kind` was opened; site maps, which promise everything, do not count."""
        everything = frozenset(self.kinds)
        return any(kind in kinds < everything and url in self.opened for url, kinds in self.candidates.items())

    def home_failure(self) -> tuple[Failure, Reason]:
        """Return the most informative reason why no address of the agency had a home page."""
        return min(self.home_failures, key=lambda met: _TELLING.index(met[0]) if met[0] in _TELLING else len(_TELLING))

    def coverage(self, wanted: frozenset[str], home: str, sitemap: bool, slugs: bool, search: bool) -> Coverage:
        """Return the coverage of the visit for `wanted`: kinds that it has not settled, all together or one of them.

        `home` is the address of the home page, or "" if none was reached. A page that was not read counts where it was
        promised, or named, for something wanted. The home page counts for all, and so does what a host refuses
        whatever it is asked for.
        """
        if not home:
            failure, why = self.home_failure() if self.home_failures else (Failure.REFUSED, Reason("no_address"))
            blocked = sum(1 for met, _ in self.home_failures if met in CLOSED)
            return Coverage(blocked=blocked, failure=failure, detail=(why,))
        candidates = {url for url, kinds in self.candidates.items() if kinds & wanted}
        failed: dict[str, tuple[Failure, Detail]] = {
            url: met for url, met in self.failed.items() if url == home or self._may_show(url) & wanted
        }
        open_places = set()
        for url, (step, failure, detail) in self.undecided.items():
            if (self.guessed.get(url) or step.promises.keys()) & wanted:
                open_places.add(step.place)
                failed[url] = (failure, detail)
        if wanted:
            failed |= self._refused_at_large(home)
        blocked = sum(1 for met, _ in failed.values() if met in CLOSED)
        worst, met = self._worst(failed)
        broken = self.broken_links(wanted)
        if broken and not worst:
            worst, met = Failure.HTTP_4XX, (Reason("broken_link", url=broken[0]),)
        whole = home not in failed
        return Coverage(
            menu=whole, footer=whole, sitemap=sitemap and "sitemap" not in open_places,
            slugs=slugs and "slugs" not in open_places, search=search and "search" not in open_places,
            candidates=len(candidates),
            opened=len(candidates & self.opened), blocked=blocked, failure=worst, detail=met, broken=broken,
        )  # fmt: skip

    def _refused_at_large(self, home: str) -> dict[str, tuple[Failure, Detail]]:
        """Return what a host refused that does so whatever it is asked for: what it hides may be anything.

        It refused more than one address and answered nothing after that, or it refused usual paths of more than one
        kind. What robots.txt closes is no refusal.
        """
        last: dict[str, tuple[Failure, Detail]] = {
            url: (failure, Reason("nothing_after")) for url, failure in self.refused.items()
        }
        guessed = {
            url: (failure, detail)
            for url, (step, failure, detail) in self.undecided.items()
            if step.place == "slugs" and failure != Failure.ROBOTS
        }
        kinds = frozenset().union(*(self.guessed.get(url, frozenset()) for url in guessed))
        last = {url: met for url, met in last.items() if host_of(url) == host_of(home)}
        everywhere = min(len(guessed), len(kinds)) >= AT_LARGE
        return (last if len(last) >= AT_LARGE else {}) | (guessed if everywhere else {})

    def _may_show(self, url: str) -> frozenset[str]:
        """Return the kinds that the page at `url` was opened for, or may have shown besides.

        >>> VisitLog(candidates={"/hoi-dap": frozenset({"qa"})})._may_show("/hoi-dap")
        frozenset({'qa'})
        """
        return self.hints.get(url, frozenset()) | self.candidates.get(url, frozenset())

    @staticmethod
    def _worst(failed: dict[str, tuple[Failure, Detail]]) -> tuple[Failure | None, Reasons]:
        if not failed:
            return None, ()
        counted = Counter(failure for failure, _ in failed.values())
        failure = min(counted, key=lambda met: (-counted[met], met))
        url, detail = next((url, detail) for url, (met, detail) in failed.items() if met == failure)
        return failure, (observed(detail, url),)


def _identity(step: VisitStep) -> str:
    """Return the address under which a failure of `step` counts: for the home page the one that it was reached at."""
    return step.url if step.found_by == "home" else step.origin


def search_record(log: VisitLog, home: str, missed: frozenset[str]) -> SearchRecord:
    """Return how `missed`, the kinds that are not present, were looked for. `home` is "" if none was reached."""
    if not missed:
        return SearchRecord()
    pages = ((page, step) for url, page in log.pages.items() if (step := log.steps.get(url)))
    taken = [found for page, step in pages if (found := _step(log, page, step, missed))]
    return SearchRecord(in_order([*taken, *_places(log, home), *_unopened(log, missed)]))


def _step(log: VisitLog, page: PageRecord, step: VisitStep, missed: frozenset[str]) -> SearchStep | None:
    """Return what was met at one address; None for an address that was not opened for anything missed."""
    part = _PARTS.get(step.found_by)
    if part is None:
        return None
    promised = frozenset(step.promises)
    if step.found_by == "sitemap" and (step.place or promised == frozenset(log.kinds)):
        part = SearchPart.SITEMAP
    sought = log.candidates.get(step.origin) or log.guessed.get(step.origin) or promised
    outcome, failure = _met(log, page, step)
    if part == SearchPart.LINK and not sought & missed:
        if outcome not in (Outcome.READ, Outcome.FAILED):
            return None
        part = SearchPart.PAGE
    elif part in (SearchPart.USUAL_PATH, SearchPart.SEARCH) and not sought & missed:
        return None
    everything = part in (SearchPart.HOME, SearchPart.SITEMAP, SearchPart.MADE_UP, SearchPart.PAGE) or missed <= sought
    return SearchStep(
        part, page.url, outcome, () if everything else tuple(kind for kind in log.kinds if kind in sought & missed),
        step.found_by if part == SearchPart.LINK else "", page.status, failure, page.location,
        log.counts.get((part, page.url)),
    )  # fmt: skip


def _met(log: VisitLog, page: PageRecord, step: VisitStep) -> tuple[Outcome, Failure | None]:
    """Return what was met at an address, and why it could not be read; what the coverage rule leaves open is FAILED."""
    left_open = log.undecided.get(step.origin, (step, None))[1] or log.failed.get(step.origin, (None,))[0]
    if step.origin in log.broken_links(log.kinds):
        return Outcome.FAILED, page.failure
    if page.url in log.alike or (page.failure == Failure.HTTP_4XX and not left_open):
        return Outcome.MISSING, page.failure
    if page.location or page.failure == Failure.MOVED:
        return Outcome.REDIRECTED, page.failure
    failure = page.failure or left_open
    return Outcome.FAILED if failure else Outcome.READ, failure


def _places(log: VisitLog, home: str) -> Iterator[SearchStep]:
    """Yield the menu and the footer of the home page with the links counted there."""
    for part in (SearchPart.MENU, SearchPart.FOOTER):
        if (count := log.counts.get((part, home))) is not None:
            yield SearchStep(part, home, Outcome.READ, count=count)


def _unopened(log: VisitLog, missed: frozenset[str]) -> Iterator[SearchStep]:
    """Yield the candidates for `missed` that were never asked for: the first by name, the rest as a number."""
    never = [url for url, kinds in log.candidates.items() if kinds & missed and url not in log.pages]
    for url in never[:MOST_UNOPENED]:
        kinds = log.candidates[url] & missed
        yield SearchStep(
            SearchPart.LINK, url, Outcome.UNOPENED,
            () if missed <= kinds else tuple(kind for kind in log.kinds if kind in kinds),
        )  # fmt: skip
    if len(never) > MOST_UNOPENED:
        yield SearchStep(SearchPart.LINK, "", Outcome.UNOPENED, count=len(never) - MOST_UNOPENED)


class BestFindings:
    """The findings and Q&A threads of a visit, each with the page that proves it best."""

    def __init__(self, sought: Sequence[Indicator] = INDICATORS) -> None:
        self._sought = sought
        self._best: dict[tuple[str, str, str], Finding] = {}
        self._gone: set[str] = set()  # addresses without a page
        self._unread: frozenset[str] = frozenset()  # addresses whose page could not be read
        self._threads: dict[str, Mapping[str, Any]] = {}
        self._wanted: frozenset[str] | None = None  # None: to be worked out anew

    def add(self, findings: Iterable[Finding]) -> list[Finding]:
        """Add the findings of one page; return those that are new or better than the known ones."""
        gained = []
        for finding in findings:
            identity = (finding.kind, finding.category, finding.value)
            known = self._best.get(identity)
            if finding.value in self._gone and by_name(finding):
                continue
            if known is None or _worth(finding) > _worth(known, _CONFIDENCE_STEP):
                self._best[identity] = finding
                gained.append(finding)
        if gained:
            self._wanted = None
        if len(self._best) > MOST_FINDINGS:
            self._best = _best_of_each(self._best)
        return gained

    def drop(self, url: str) -> None:
        """Forget what rests on the name of `url` alone: there is no page, or it says that it is empty."""
        self._gone.add(url)
        self._wanted = None
        self._best = {key: found for key, found in self._best.items() if found.value != url or not by_name(found)}

    def doubt(self, unread: Iterable[str]) -> None:
        """Hold open what rests on the name of one of `unread` alone: what its page shows is not known."""
        if (now := frozenset(unread)) != self._unread:
            self._unread, self._wanted = now, None

    def add_threads(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows of qa_thread; of a thread seen again the row with more data (an answer, a date) is kept."""
        for row in rows:
            known = self._threads.get(row["key"])
            if known is None or _known(row) > _known(known):
                self._threads[row["key"]] = row

    @property
    def findings(self) -> tuple[Finding, ...]:
        if not self._unread:
            return tuple(self._best.values())
        return tuple(
            replace(found, state=State.NOT_SEEN)
            if by_name(found) and not self._unread.isdisjoint((found.value, canonical(found.value)))
            else found
            for found in self._best.values()
        )

    @property
    def threads(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._threads.values())

    def wanted(self) -> frozenset[str]:
        """Return the kinds whose verdict more pages could still change."""
        if self._wanted is None:
            self._wanted = frozenset(
                one.kind for one in self._sought if not one.measured and not settled(self.findings, one)
            )
        return self._wanted

    def missing(self) -> frozenset[str]:
        """Return the kinds of which nothing was found that leaves them open."""
        return would_be_absent(self.findings, self._sought)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what the study looks for."""
        return names(self._sought)

    def proving_pages(self) -> set[str]:
        """Return the addresses of pages that prove the present findings: only these are kept as evidence."""
        return {finding.page_url for finding in self._best.values()}


def by_name(finding: Finding) -> bool:
    """Return True for what a link, or the name of a page, says alone."""
    return bool(finding.detail.get("candidate") or finding.detail.get("named"))


def _worth(finding: Finding, more: float = 0.0) -> tuple[int, int, float]:
    return (_STATES[finding.state], finding.level, finding.confidence + more)


def _best_of_each(found: Mapping[tuple[str, str, str], Finding]) -> dict[tuple[str, str, str], Finding]:
    """Return the MOST_FINDINGS best findings of each kind, in the order in which they were found."""
    kept: set[tuple[str, str, str]] = set()
    for kind in {kind for kind, _, _ in found}:
        of_kind = (identity for identity in found if identity[0] == kind)
        kept.update(nlargest(MOST_FINDINGS, of_kind, key=lambda identity: _worth(found[identity])))
    return {identity: finding for identity, finding in found.items() if identity in kept}


def _known(row: Mapping[str, Any]) -> int:
    return sum(bool(row.get(name)) for name in ("answered", "asked_on", "answered_on", "unit"))
