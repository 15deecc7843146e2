"""Apply the coverage rule: from findings and coverage to present, absent or unknown. docs/method.md prints the rule."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from prober.domain.finding import UNDECIDED, Failure, Finding, State
from prober.domain.indicator import INDICATORS, MEASURED, NOT_MEASURED, OFFICIAL, OWN_QA, Indicator, Kind
from prober.domain.reason import TEXT, Reason, Reasons
from prober.domain.visit import Coverage, Verdict, VisitResult

QA_PUBLISHED = 2  # published questions and answers, or a FAQ: where POBI's "has a section" begins
QA_FORM = 3
YEAR = timedelta(days=366)
_NO_SITE = frozenset({Failure.CLOSED, Failure.NO_SITE, Failure.MOVED, Failure.STALE, Failure.INTERNAL})
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


def unseen(
    agency: str, where: str, started_at: datetime, finished_at: datetime,
    sought: Iterable[Indicator] = INDICATORS,
) -> VisitResult:  # fmt: skip
    """Return the visit to `agency` (an Agency.id) as unusable: the prober failed at `where`, and nothing is known."""
    coverage = Coverage(failure=Failure.INTERNAL, detail=(Reason(TEXT, text=f"the prober failed: {where}"),))
    return VisitResult(
        agency=agency, outcome="unreachable", coverage=coverage, final_url="", technology="", requests=0, bytes=0,
        seconds=0.0, started_at=started_at, finished_at=finished_at,
        verdicts=verdicts((), coverage, started_at.date(), sought),
    )  # fmt: skip


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
    return frozenset(verdict.kind for verdict in told if verdict.state == State.ABSENT)


def settled(findings: Iterable[Finding], indicator: Indicator) -> bool:
    """Return True if more pages could not change the verdict, so that the budget can be used elsewhere."""
    kind = indicator.kind
    seen = [f for f in findings if f.kind == kind and f.state == State.PRESENT]
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
    own = [f for f in findings if f.category in OWN_QA and f.state == State.PRESENT]
    best = max((f.level for f in own), default=0)
    if best in (QA_PUBLISHED, QA_FORM):
        answers = any(f.level == QA_PUBLISHED and f.category != "faq" for f in own)
        best = 4 if answers and any(f.level == QA_FORM for f in own) else best
    newest = max((str(f.detail.get("newest", "")) for f in own), default="")
    if best == 4 and today and newest >= (today - YEAR).isoformat():
        return 5
    return best


def _qa(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    own = [f for f in findings if f.category in OWN_QA and f.state == State.PRESENT]
    level = qa_level(own, today)
    if level >= QA_PUBLISHED:
        proof = max(own, key=lambda f: (f.level, f.confidence))
        return Verdict(Kind.QA, State.PRESENT, level, (Reason("own_section", level=level),), proof)
    strange = [f for f in findings if f.category not in (*OWN_QA, UNDECIDED)]
    others = (Reason("label_only"),) if level and not strange else _only(strange or findings)
    return _not_found(Kind.QA, coverage, others, findings, level)


def _email(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    official = [f for f in findings if f.category in OFFICIAL]
    readable = [f for f in official if f.state == State.PRESENT]
    if readable:
        proof = max(readable, key=lambda f: f.confidence)
        return Verdict(Kind.EMAIL, State.PRESENT, 0, (Reason("official_address", category=proof.category),), proof)
    hidden = [f for f in findings if f.state == State.UNKNOWN and f.category != UNDECIDED]
    if hidden:
        codes = {"document": "directory_unread", "person": "mailbox_of_a_name"}
        code = codes.get(hidden[0].category, "hidden_address")
        return Verdict(Kind.EMAIL, State.UNKNOWN, 0, (Reason(code, snippet=hidden[0].snippet[:80]),))
    return _not_found(Kind.EMAIL, coverage, _only(findings), findings)


def _any_of(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    """Apply the rule "present if there is a finding of a category that counts"."""
    counted, code = indicator.counted, indicator.proof[0]
    seen = [f for f in findings if f.state == State.PRESENT and (counted is None or f.category in counted)]
    if seen:
        proof = max(seen, key=lambda f: f.confidence)
        return Verdict(indicator.kind, State.PRESENT, 0, (Reason(code, category=proof.category),), proof)
    return _not_found(indicator.kind, coverage, _only(findings), findings)


def _measured(indicator: Indicator, findings: list[Finding], coverage: Coverage, today: date) -> Verdict:
    """Take over what was measured of the whole site; nothing is told of a site that was not seen, or has moved."""
    told = next(iter(findings), None)
    if told is None or coverage.failure in _NO_SITE:
        return Verdict(
            indicator.kind, State.UNKNOWN, 0, coverage.missing or (Reason(NOT_MEASURED[0], category="not_asked"),)
        )
    code = NOT_MEASURED[0] if told.state == State.UNKNOWN else MEASURED[0]
    proof = None if told.state == State.UNKNOWN else told
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
        return Verdict(kind, State.ABSENT, level, (Reason("looked_everywhere"), *others))
    return Verdict(kind, State.UNKNOWN, level, (*coverage.missing, *undecided, *others))


def _only(findings: Iterable[Finding]) -> Reasons:
    """Return the categories that were found and do not count."""
    categories = tuple(sorted({f.category for f in findings} - {UNDECIDED}))
    return (Reason("only", categories=categories),) if categories else ()


_RULES: dict[str, Rule] = {Kind.QA: _qa, Kind.EMAIL: _email}  # any other by `_any_of`
