"""Conclude from a visit: the table of verdicts, from findings and the record of the walk to found, not found, not seen.

It has five lines, and docs/method.md prints them:

1. A detector has proof: found.
2. No page of the body's site was reached (step home or site): not seen, for that reason.
3. An address named for the thing, or a sitemap, could not be read: not seen, for that reason.
4. The usual paths, or the sitemap, were answered by a limit or a ban only: not seen, for that reason.
5. Else: not found.

A machine never says that something is absent; a person does, who reads the record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import INDICATORS, MEASURED, NOT_MEASURED, OFFICIAL, OWN_QA, Indicator, Kind
from prober.domain.reason import Reason, Reasons

QA_PUBLISHED = 2  # published questions and answers, or a FAQ: where POBI's "has a section" begins
QA_FORM = 3
YEAR = timedelta(days=366)
_SURE = 0.75  # confidence of an official address after which no other is looked for


@dataclass(frozen=True, slots=True)
class Walk:
    """What the table reads of a visit. Each reason has a value of Failure as its code, and what was met as `detail`."""

    failed: Reason | None = None  # no page of the body's site was reached
    unread: Mapping[str, Reasons] = field(default_factory=dict)  # kind → what was named for it and could not be read
    refused: Reason | None = None  # the usual paths, or the sitemap, were answered by a limit or a ban only

    def unseen(self, kind: str) -> Reasons:
        """Return why `kind` could not be seen, the first reason first; () if it could."""
        if self.failed:
            return (self.failed,)
        return self.unread.get(kind, ()) or ((self.refused,) if self.refused else ())


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion of a visit about one kind. `proof` is the finding that shows it, where it was found."""

    kind: str
    state: State
    level: int
    reasons: Reasons
    proof: Finding | None = None


def verdicts(
    findings: Sequence[Finding], walk: Walk, today: date, sought: Iterable[Indicator] = INDICATORS
) -> tuple[Verdict, ...]:
    """Return one verdict for each indicator, in their order. `today` decides whether an answer is of the last year."""
    return tuple(
        (_measured if indicator.measured else _RULES.get(indicator.kind, _any_of))(
            indicator, [f for f in findings if f.kind == indicator.kind], walk, today
        )
        for indicator in sought
    )


def first_failure(concluded: Iterable[Verdict]) -> tuple[Failure | None, Reasons]:
    """Return why the first kind that was not seen was not, and what was met; (None, ()) if everything was seen."""
    codes = {failure.value for failure in Failure}
    for verdict in concluded:
        first = verdict.reasons[0] if verdict.state == State.NOT_SEEN and verdict.reasons else None
        if first and first.code in codes:
            return Failure(first.code), first.params.get("detail", ())
    return None, ()


def settled(findings: Iterable[Finding], indicator: Indicator) -> bool:
    """Return True if more pages could not change the verdict, so that the budget can be used elsewhere."""
    kind = indicator.kind
    seen = [f for f in findings if f.kind == kind and f.state == State.FOUND]
    if kind == Kind.QA:
        return qa_level(seen) >= 4
    if kind == Kind.EMAIL:
        return any(f.category in OFFICIAL and f.confidence >= _SURE for f in seen)
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


Rule = Callable[[Indicator, list[Finding], Walk, date], Verdict]


def _qa(indicator: Indicator, findings: list[Finding], walk: Walk, today: date) -> Verdict:
    own = [f for f in findings if f.category in OWN_QA and f.state == State.FOUND]
    level = qa_level(own, today)
    if level >= QA_PUBLISHED:
        proof = max(own, key=lambda f: (f.level, f.confidence))
        return Verdict(Kind.QA, State.FOUND, level, (Reason("own_section", level=level),), proof)
    strange = [f for f in findings if f.category not in OWN_QA]
    others = (Reason("label_only"),) if level and not _only(strange) else _only(strange or findings)
    return _without_proof(Kind.QA, walk, others, level)


def _any_of(indicator: Indicator, findings: list[Finding], walk: Walk, today: date) -> Verdict:
    """Apply the rule "found if there is a finding of a category that counts"."""
    counted, code = indicator.counted, indicator.proof[0]
    seen = [f for f in findings if f.state == State.FOUND and (counted is None or f.category in counted)]
    if seen:
        proof = max(seen, key=lambda f: f.confidence)
        return Verdict(indicator.kind, State.FOUND, 0, (Reason(code, category=proof.category),), proof)
    return _without_proof(indicator.kind, walk, _only(findings))


def _measured(indicator: Indicator, findings: list[Finding], walk: Walk, today: date) -> Verdict:
    """Return the verdict of a measurement of the whole site; not seen for a site that was not reached."""
    told = next(iter(findings), None)
    if told is None or walk.failed:
        why = walk.unseen(indicator.kind) or (Reason(NOT_MEASURED[0], category="not_asked"),)
        return Verdict(indicator.kind, State.NOT_SEEN, 0, why)
    code = NOT_MEASURED[0] if told.state == State.NOT_SEEN else MEASURED[0]
    proof = None if told.state == State.NOT_SEEN else told
    return Verdict(indicator.kind, told.state, 0, (Reason(code, category=told.category),), proof)


def _without_proof(kind: str, walk: Walk, others: Reasons, level: int = 0) -> Verdict:
    """Return the verdict of lines 2 to 5; `others` are what was found and does not count."""
    if unseen := walk.unseen(kind):
        return Verdict(kind, State.NOT_SEEN, level, (*unseen, *others))
    return Verdict(kind, State.NOT_FOUND, level, (Reason("looked_everywhere"), *others))


def _only(findings: Iterable[Finding]) -> Reasons:
    """Return the categories that were found and do not count."""
    categories = tuple(sorted({f.category for f in findings}))
    return (Reason("only", categories=categories),) if categories else ()


_RULES: dict[str, Rule] = {Kind.QA: _qa}  # any other by `_any_of`
