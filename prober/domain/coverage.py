"""Apply the coverage rule: from findings and coverage to present, absent or unknown. docs/method.md prints the rule.

The age of a site is part of it. A portal that is no longer maintained can still be reached, and what it shows counts as
present. But what it lacks may only be missing because the body has moved, as the provinces' portals did in 2025. The
newest date of its news, lists and answers shows when it was last updated.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from prober.domain.finding import UNDECIDED, Failure, Finding, State
from prober.domain.indicator import INDICATORS, MEASURED, NOT_MEASURED, OFFICIAL, OWN_QA, Indicator, Kind
from prober.domain.reason import Reason, Reasons

QA_PUBLISHED = 2  # published questions and answers, or a FAQ: where POBI's "has a section" begins
QA_FORM = 3
YEAR = timedelta(days=366)
_NO_SITE = frozenset({Failure.CLOSED, Failure.NO_SITE, Failure.MOVED, Failure.STALE, Failure.INTERNAL})
DATED_LINES = 3  # a home page with fewer dated lines does not show its age
# Two years: a small office may publish nothing for months, and some sites date only their legal documents.
ABANDONED = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a site was looked at. Only where `complete` holds may anything be called absent.

    A page that was not seen leaves open what it may have shown, and nothing else: `kinds` has the coverage of each kind
    for which something was left to look for, the other fields that of all together.
    """

    menu: bool = False
    footer: bool = False
    sitemap: bool = False
    slugs: bool = False
    search: bool = False
    candidates: int = 0  # links that could lead to something still missing
    opened: int = 0  # candidates that were opened, or turned out to be gone
    blocked: int = 0  # pages closed to us by a block, a challenge or robots.txt
    failure: Failure | None = None  # why the rest was not seen; the first thing to repair
    detail: Reasons = ()  # what was met
    broken: tuple[str, ...] = ()  # links by whose words the site names a section, and whose page is gone
    kinds: Mapping[str, "Coverage"] = field(default_factory=dict)

    def of(self, kind: str) -> "Coverage":
        """Return the coverage for one kind; for a kind that needed no more looking, that of the visit."""
        return self.kinds.get(kind, self)

    @property
    def complete(self) -> bool:
        looked = self.menu and self.footer and self.sitemap and self.slugs and self.search
        return looked and self.opened >= self.candidates and not self.blocked and self.failure is None

    @property
    def missing(self) -> Reasons:
        """Return what keeps this visit from being complete; empty where it is.

        >>> Coverage(menu=True, footer=True, slugs=True, candidates=3, opened=1).missing
        (Reason('not_tried', places=('sitemap', 'search')), Reason('candidates_unopened', unopened=2, candidates=3))
        """
        places = tuple(name for name in ("menu", "footer", "sitemap", "slugs", "search") if not getattr(self, name))
        found = [Reason("not_tried", places=places)] if places else []
        if self.opened < self.candidates:
            unopened = self.candidates - self.opened
            found.append(Reason("candidates_unopened", unopened=unopened, candidates=self.candidates))
        if self.blocked:
            found.append(Reason("blocked_pages", count=self.blocked))
        if self.broken:
            found.append(Reason("broken_link", url=self.broken[0]))
        if self.failure and not (self.broken and self.failure is Failure.HTTP_4XX):
            found.append(Reason(self.failure.value, **({"detail": self.detail} if self.detail else {})))
        return tuple(found)

    @property
    def failure_detail(self) -> Reasons:
        """Return why the site was not fully seen: what was met, or, where that is nothing, the missing parts."""
        return self.detail or self.missing


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion of a visit about one kind. `proof` is the finding that shows it, where it is present."""

    kind: str
    state: State
    level: int
    reasons: Reasons
    proof: Finding | None = None


_WHOLE = Coverage(menu=True, footer=True, sitemap=True, slugs=True, search=True)
Rule = Callable[[Indicator, list[Finding], Coverage, date], Verdict]


def verdicts(
    findings: Sequence[Finding], coverage: Coverage, today: date, sought: Iterable[Indicator] = INDICATORS
) -> tuple[Verdict, ...]:
    """Return one verdict for each indicator, in their order. `today` decides whether an answer is of the last year."""
    return tuple(
        (_measured if indicator.measured else _RULES.get(indicator.kind, _any_of))(
            indicator, [f for f in findings if f.kind == indicator.kind], coverage.of(indicator.kind), today
        )
        for indicator in sought
    )


def aged(coverage: Coverage, frozen: Reasons) -> Coverage:
    """Return the coverage of a site that has published nothing for years; `frozen` says so (empty for a site in use).

    What was found on it counts as present. What was not found may be on the site to which the body has moved: nothing
    may be called absent.
    """
    if not frozen:
        return coverage
    kinds = {kind: aged(its, frozen) for kind, its in coverage.kinds.items()}
    met = (coverage.failure, coverage.detail) if coverage.failure else (Failure.STALE, frozen)
    return replace(coverage, failure=met[0], detail=met[1], kinds=kinds)


def would_be_absent(findings: Sequence[Finding], sought: Iterable[Indicator]) -> frozenset[str]:
    """Return the kinds that a visit which has seen everything would call absent."""
    told = verdicts(findings, _WHOLE, date.max, sought)
    return frozenset(verdict.kind for verdict in told if verdict.state == State.NOT_FOUND)


def settled(findings: Iterable[Finding], indicator: Indicator) -> bool:
    """Return True if more pages could not change the verdict, so that the budget can be used elsewhere."""
    kind = indicator.kind
    seen = [f for f in findings if f.kind == kind and f.state == State.FOUND]
    if kind == Kind.QA:
        return qa_level(seen) >= 4
    if kind == Kind.EMAIL:
        return any(f.category in OFFICIAL and f.confidence >= 0.75 for f in seen)
    categories, parts = {f.category for f in seen}, indicator.settled
    return bool(parts) and all(part & categories for part in parts)


def qa_level(findings: Iterable[Finding], today: date | None = None) -> int:
    """Return the level of a whole section, whose form and answers are often on different pages.

    A page with published answers (2) and a page with a form (3) make a section with both (4). An answer of the last
    twelve months before `today`, which the detector reports as detail "newest" (ISO date), makes it 5.
    """
    own = [f for f in findings if f.category in OWN_QA and f.state == State.FOUND]
    best = max((f.level for f in own), default=0)
    if best in (QA_PUBLISHED, QA_FORM):
        answers = any(f.level == QA_PUBLISHED and f.category != "faq" for f in own)
        best = 4 if answers and any(f.level == QA_FORM for f in own) else best
    newest = max((str(f.detail.get("newest", "")) for f in own), default="")
    if best == 4 and today and newest >= (today - YEAR).isoformat():
        return 5
    return best


def _qa(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    own = [f for f in findings if f.category in OWN_QA and f.state == State.FOUND]
    level = qa_level(own, today)
    if level >= QA_PUBLISHED:
        proof = max(own, key=lambda f: (f.level, f.confidence))
        return Verdict(Kind.QA, State.FOUND, level, (Reason("own_section", level=level),), proof)
    strange = [f for f in findings if f.category not in (*OWN_QA, UNDECIDED)]
    others = (Reason("label_only"),) if level and not strange else _only(strange or findings)
    return _not_found(Kind.QA, coverage, others, findings, level)


def _email(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    official = [f for f in findings if f.category in OFFICIAL]
    readable = [f for f in official if f.state == State.FOUND]
    if readable:
        proof = max(readable, key=lambda f: f.confidence)
        return Verdict(Kind.EMAIL, State.FOUND, 0, (Reason("official_address", category=proof.category),), proof)
    hidden = [f for f in findings if f.state == State.NOT_SEEN and f.category != UNDECIDED]
    if hidden:
        codes = {"document": "directory_unread", "person": "mailbox_of_a_name"}
        code = codes.get(hidden[0].category, "hidden_address")
        return Verdict(Kind.EMAIL, State.NOT_SEEN, 0, (Reason(code, snippet=hidden[0].snippet[:80]),))
    return _not_found(Kind.EMAIL, coverage, _only(findings), findings)


def _any_of(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    """Apply the rule "present if there is a finding of a category that counts"."""
    counted, code = indicator.counted, indicator.proof[0]
    seen = [f for f in findings if f.state == State.FOUND and (counted is None or f.category in counted)]
    if seen:
        proof = max(seen, key=lambda f: f.confidence)
        return Verdict(indicator.kind, State.FOUND, 0, (Reason(code, category=proof.category),), proof)
    return _not_found(indicator.kind, coverage, _only(findings), findings)


def _measured(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    """Return the verdict of a measurement of the whole site; unknown for a site that was not seen, or has moved."""
    told = next(iter(findings), None)
    if told is None or coverage.failure in _NO_SITE:
        return Verdict(
            indicator.kind, State.NOT_SEEN, 0, coverage.missing or (Reason(NOT_MEASURED[0], category="not_asked"),)
        )
    code = NOT_MEASURED[0] if told.state == State.NOT_SEEN else MEASURED[0]
    proof = None if told.state == State.NOT_SEEN else told
    return Verdict(indicator.kind, told.state, 0, (Reason(code, category=told.category),), proof)


def _not_found(kind: str, coverage: Coverage, others: Reasons, findings: Iterable[Finding], level: int = 0) -> Verdict:
    """Return absent if everything was looked at and nothing is undecided, else unknown.

    `others` are the reasons from other findings.
    """
    undecided = tuple(
        Reason("undecided", url=found.page_url, snippet=found.snippet[:80])
        for found in findings
        if found.category == UNDECIDED
    )
    if coverage.complete and not undecided:
        return Verdict(kind, State.NOT_FOUND, level, (Reason("looked_everywhere"), *others))
    return Verdict(kind, State.NOT_SEEN, level, (*coverage.missing, *undecided, *others))


def _only(findings: Iterable[Finding]) -> Reasons:
    """Return the categories that were found and do not count."""
    categories = tuple(sorted({f.category for f in findings} - {UNDECIDED}))
    return (Reason("only", categories=categories),) if categories else ()


_RULES: dict[str, Rule] = {Kind.QA: _qa, Kind.EMAIL: _email}  # any other by `_any_of`


class DatedLine(NamedTuple):
    """One line of a page that may have dates. None of its fields depends on the day of the visit."""

    mark: str  # hash of its words
    days: tuple[date, ...] = ()  # none if the dates of such a line tell nothing: in a footer, in long text
    ago: tuple[int, ...] = ()  # days before the visit: "2 giờ trước"
    clock: bool = False  # where or how a clock stands, which shows the present day on a site of any age


class PageDates(NamedTuple):
    """The dates of one page: of its lines, and of elements that are marked as times."""

    lines: tuple[DatedLine, ...] = ()
    times: tuple[date, ...] = ()


def written_on(dates: PageDates, today: date, known: Container[str] = ()) -> tuple[date, ...]:
    """Return one date for each dated line of a page, the newest of the line; lines with a mark in `known` are left out.

    Dates of a clock are left out. Dates after `today`, the day on which the page was fetched, are included, because
    many of them show that the page is a calendar.
    """
    found = []
    for line in dates.lines:
        if line.mark in known or not (line.days or line.ago):
            continue
        days = [*line.days, *(today - timedelta(days=back) for back in line.ago)]
        newest = max((day for day in days if day <= today), default=max(days))
        # A server's clock may be a day behind. An article of today is never the only one, so leaving it out does no
        # harm.
        if not (line.clock and timedelta(0) <= today - newest <= timedelta(days=1)):
            found.append(newest)
    return (*found, *dates.times)


@dataclass(slots=True)
class SiteAge:
    """Collect the dates on the pages of one site. `newest` is None as long as its home page shows too few."""

    _newest: date | None = None
    _lines_at_home: int = 0
    _known: set[str] = field(default_factory=set)  # lines of earlier pages: menus and side columns are on every page

    def note(self, dates: PageDates, today: date, home: bool) -> None:
        """Learn from the dates of a page that was fetched on the day `today`."""
        days = written_on(dates, today, () if home else self._known)
        self._known.update(line.mark for line in dates.lines)
        past = [day for day in days if day <= today]
        if home:
            self._lines_at_home = max(self._lines_at_home, len(past))
        elif len(days) - len(past) >= DATED_LINES:
            return  # a calendar: it goes on automatically on a site that is no longer maintained
        self._newest = max((day for day in (*past, self._newest) if day), default=None)

    @property
    def newest(self) -> date | None:
        """Return the newest date on any page that was read; None if the home page has too few dated lines."""
        return self._newest if self._lines_at_home >= DATED_LINES else None

    def abandoned(self, today: date) -> Reasons:
        """Return the reason if the site must count as abandoned, because nothing new was published; else none."""
        newest = self.newest
        if newest is None or today - newest <= ABANDONED:
            return ()
        return (Reason("nothing_newer", day=newest.isoformat()),)
