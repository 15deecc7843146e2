"""The law of a study as dated rows: deadlines, what a request must contain, grounds of refusal. Read from a law.toml.

Not legal advice. Each number has its article, its source and a confidence. If a number is not known there, the deadline
has no day and no agency counts as late, until the number is read in the law and entered.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from prober.domain.reason import TEXT, Reason, Reasons
from prober.domain.working_days import ONE_DAY, Calendar
from prober.studies.folder_files import parsed
from prober.validation import Day, Truth, checked, key, must_be, one_of

WORKING_DAYS = "working days"
UNITS = (WORKING_DAYS, "calendar days")
MOST_DAYS = 3_650  # of a deadline
CONFIDENCES = ("H", "M", "L", "?")
# What the fields of requirements are; the facts themselves are those of prober.campaign.letters.compose.requirements.
FACTS = {
    "citizen": "a citizen asks", "slip": "a request slip is enclosed", "language": "written in the first language",
    "name": "the requester is named", "address": "with a postal address", "identity": "with an identity number",
    "contact": "with a telephone number or mail address", "documents": "documents are named",
    "provision": "the letter says how to give them", "purpose": "a purpose is named", "known": "never met: not known",
}  # fmt: skip
UNLISTED = "unlisted"  # the field of a requirement that a request did not meet and that is no longer in the file
Said = Annotated[str, must_be(str.strip, "a text that is not empty")]


def _hour(value: str) -> str:
    if value:
        time.fromisoformat(value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How the days of a deadline are counted; the day of receipt itself never counts."""

    closes: Annotated[str, AfterValidator(_hour)] = key(
        'hour after which mail counts as received on the next day, for example "17:00"; empty: any hour of the day', ""
    )
    received_on_free_days: Truth = key(
        "true: a request that comes on a free day is received on it; false: on the next working day", False
    )
    ends_on_free_days: Truth = key(
        "true: a deadline in calendar days may end on a free day; false: on the next working day", False
    )
    source: str = key("where this was read", "")

    @property
    def closing(self) -> time | None:
        return time.fromisoformat(self.closes) if self.closes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One law while it is in force."""

    name: Said = key("short name, as protocols give it")
    law: Said = key("its full name")
    first: Day = key("first day on which a request is under it", alias="from")
    last: Day | None = key("last day; left out while it is in force", None, alias="to")
    cited_as: Said = key("as a letter cites it, in the language of the letter")
    cited_as_en: str = key("the same in English; empty: as above", "")
    most_documents: int | None = key(
        "documents in one request beyond which an office may find it too much, so that a person is warned; left out: "
        "the law has no such ground", None, ge=1,
    )  # fmt: skip
    source: str = key("where the dates were read", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One deadline: `value` `unit` after the deadline named `after`, or after receipt. No `value`: not known."""

    rule: Said = key("name of the deadline in results.db")
    regime: Said = key("name of the regime")
    about: Said = key("what it is, in words")
    article: str = key("article of the law", "")
    value: int | None = key("number of days", None, ge=1, le=MOST_DAYS)
    unit: Annotated[str, one_of("", *UNITS)] = key(f"{' or '.join(UNITS)}", "")
    first: Day | None = key("first day of receipt for which it holds; left out: as the regime", None, alias="from")
    last: Day | None = key("last day; left out: as the regime", None, alias="to")
    after: str = key("name of the deadline that it starts from; left out: the day of receipt", "")
    confidence: Annotated[str, one_of(*CONFIDENCES)] = key("H read in a source, M partly, L from memory, ? not known")
    source: str = key("where the number was read", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that a request must have to bind an office."""

    regime: Said = key("name of the regime")
    field: Annotated[str, one_of(*FACTS)] = key("the fact that decides it")
    about: Said = key("what it is, in words")
    lacks: Said = key("the words for a request without it")
    lacks_vi: str = key("the same in Vietnamese; empty: as above", "")
    article: str = key("article of the law", "")
    confidence: Annotated[str, one_of(*CONFIDENCES)] = key("as for a rule", "?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground on which an office may refuse."""

    regime: Said = key("name of the regime")
    point: Said = key("article and point")
    about: Said = key("what it is, in words")
    about_en: str = key("the same in English; empty: as above", "")
    cited_as: tuple[Said, ...] = key("words by which replies cite it; left out: article and point as above", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class LawFile:
    """The tables of a law.toml."""

    regimes: tuple[Regime, ...] = key("one [[regime]] for each law, in the order of time", alias="regime")
    rules: tuple[Rule, ...] = key("one [[rule]] for each deadline", (), alias="rule")
    requirements: tuple[Requirement, ...] = key("one [[requirement]] for each thing", (), alias="requirement")
    grounds: tuple[Ground, ...] = key("one [[ground]] for each ground of refusal", (), alias="ground")
    counting: Counting = key("how days are counted", Counting)


@dataclass(frozen=True, slots=True)
class Judged:
    """One requirement of a request, met or not. `lacking` are the reasons why it is not met; () if it is met."""

    field: str
    article: str
    about: str
    lacking: Reasons = ()
    why: str = ""  # the missing things, in the words of the law's file

    @property
    def met(self) -> bool:
        return not self.lacking


@dataclass(frozen=True, slots=True)
class Deadline:
    """One rule applied to one request. `due_on` is the last day, None if the law's number is not known."""

    rule: str
    law: str
    article: str
    due_on: date | None
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The rows of one file. `version` is made from its text and stored with every date computed from it."""

    version: str
    regimes: tuple[Regime, ...]
    rules: tuple[Rule, ...]
    requirements: tuple[Requirement, ...]
    grounds: tuple[Ground, ...]
    counting: Counting

    @property
    def has_slip(self) -> bool:
        """True if a law of the file asks for a request slip."""
        return any(requirement.field == "slip" for requirement in self.requirements)

    def regime_on(self, day: date) -> str:
        """Return the name of the law in force on `day`. Raises ValueError if there is none."""
        for regime in self.regimes:
            if regime.first <= day <= (regime.last or date.max):
                return regime.name
        raise ValueError(f"no law on access to information was in force on {day.isoformat()}")

    def regime(self, name: str) -> Regime | None:
        """Return the regime of this name; None if the file does not have it (any more)."""
        return next((regime for regime in self.regimes if regime.name == name), None)

    def limits_of(self, regime: str) -> tuple[int, ...]:
        """Return the working days after receipt that the deadlines of a regime give, in their order."""
        rules = (rule for rule in self.rules if rule.regime == regime and rule.unit == WORKING_DAYS and not rule.after)
        return tuple(sorted({rule.value for rule in rules if rule.value}))

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """Return the rules for a request received on `day`, in the order of the file."""
        return tuple(rule for rule in self.rules if self._holds(rule, day))

    def law_of(self, rule: Rule) -> str:
        """Return the full name of the law that `rule` belongs to."""
        regime = self.regime(rule.regime)
        return regime.law if regime else rule.regime

    def period_of(self, rule: Rule) -> tuple[date, date | None]:
        """Return the first and the last day of receipt for which `rule` holds."""
        regime = self.regime(rule.regime)
        assert regime  # checked when the file was read
        return rule.first or regime.first, rule.last or regime.last

    def cited(self, regime: str, point: str) -> Reason:
        """Return the ground of refusal that a reply names by `point`, in the words of the file where it has some."""
        for row in self.grounds:
            if (row.regime, row.point) == (regime, point):
                return Reason("ground_of_law", point=point, about=row.about, about_en=row.about_en or row.about)
        return Reason("ground", point=point)

    def citations(self) -> tuple[tuple[str, str], ...]:
        """Return (words by which a reply cites a ground of refusal, its point), each once."""
        pairs = ((words, row.point) for row in self.grounds for words in row.cited_as or (row.point,))
        return tuple(dict.fromkeys(pairs))

    def requirements_of(self, regime: str) -> tuple[Requirement, ...]:
        return tuple(row for row in self.requirements if row.regime == regime)

    def judged(self, regime: str, unmet: Collection[str]) -> tuple[Judged, ...]:
        """Return every requirement of a regime; those of which `unmet` has the field are not met."""
        return tuple(
            Judged(row.field, row.article, row.about, (_lacks(row),), row.lacks)
            if row.field in unmet
            else Judged(row.field, row.article, row.about)
            for row in self.requirements_of(regime)
        )

    def judged_then(self, regime: str, lacking: Iterable[Reason]) -> tuple[Judged, ...]:
        """Return the present requirements for a request that was approved with the reasons `lacking`.

        A reason without a present requirement gets a row of its own, not met: an edit of the law's file never turns an
        unmet requirement of an approved request into a met one.
        """
        listed = {row.field for row in self.requirements_of(regime)}
        said = tuple(dict.fromkeys(lacking))
        own = {reason: _field(reason, regime) for reason in said}
        rows = self.judged(regime, {field for field in own.values() if field in listed})
        unlisted = tuple(reason for reason in said if own[reason] not in listed)
        if not unlisted:
            return rows
        why = "; ".join(both_words(reason)[1] for reason in unlisted)
        return (*rows, Judged(UNLISTED, "", "As the law's file said it then.", unlisted, why))

    def received_on(self, accepted_at: datetime, calendar: Calendar) -> date:
        """Return the day on which a request counts as received: the day of acceptance, or one after it.

        By the law's counting mail after the closing hour belongs to the next day (the hour itself belongs to the day),
        and mail of a free day to the next working day, unless a request may be received on a free day.
        """
        counting, here = self.counting, calendar.local(accepted_at)
        late = counting.closing is not None and here.time() > counting.closing
        day = here.date() + ONE_DAY if late else here.date()
        return day if counting.received_on_free_days else calendar.next_working_day(day)

    def deadlines(self, accepted_at: datetime, calendar: Calendar) -> tuple[Deadline, ...]:
        """Return all deadlines of a request that our mail server accepted at `accepted_at`.

        The law is that of the day of receipt, which is not counted. A deadline in calendar days that ends on a free day
        ends on the next working day, unless the law says otherwise.
        """
        received = self.received_on(accepted_at, calendar)
        due: dict[str, date | None] = {"": received}
        found = []
        for rule in self.rules_on(received):
            due[rule.rule] = self._due(rule, due.get(rule.after), calendar)
            found.append(Deadline(rule.rule, self.law_of(rule), rule.article, due[rule.rule], rule.confidence))
        return tuple(found)

    def _holds(self, rule: Rule, day: date) -> bool:
        first, last = self.period_of(rule)
        return first <= day <= (last or date.max)

    def _due(self, rule: Rule, start: date | None, calendar: Calendar) -> date | None:
        if start is None or rule.value is None:
            return None
        if rule.unit == WORKING_DAYS:
            return calendar.add_working_days(start, rule.value)
        end = start + timedelta(days=rule.value)
        return end if self.counting.ends_on_free_days else calendar.next_working_day(end)


def read(text: str) -> tuple[Law | None, list[str]]:
    """Return (the law in the text of a law.toml, no faults), or (None, every fault as one line)."""
    table, faults = parsed(text)
    if table is None:
        return None, faults
    file, faults = checked(LawFile, table)
    if file:
        faults = list(_contradictions(file))
    if file is None or faults:
        return None, faults
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Law(
        version=version,
        regimes=file.regimes,
        rules=file.rules,
        requirements=file.requirements,
        grounds=file.grounds,
        counting=file.counting,
    ), []


@cache
def packed_words(regime: str, field: str) -> tuple[str, str]:
    """Return what a pack says of a request without `field`, in Vietnamese and English.

    Returns `field` itself if no pack has this regime.
    """
    for path in sorted((Path(__file__).parent / "packs").glob("*/law.toml")):
        law, _ = read(path.read_text(encoding="utf-8"))
        for row in law.requirements_of(regime) if law else ():
            if row.field == field:
                return row.lacks_vi or row.lacks, row.lacks
    return field, field


def both_words(lacking: Reason) -> tuple[str, str]:
    """Return a reason of an unmet requirement in Vietnamese and English, in the words that the law's file had for it.

    Those of an older version are said in the words of a pack; words of a file that has none in Vietnamese stand for
    both.
    """
    if lacking.code == TEXT:
        return lacking.params["text"], lacking.params["text"]
    said = lacking.params.get("words")
    packed = packed_words(lacking.params["regime"], lacking.params["requirement"])
    vi = lacking.params.get("words_vi") or (packed[0] if said in (None, packed[1]) else said)
    return str(vi), str(said or packed[1])


def _field(reason: Reason, regime: str) -> str:
    return str(reason.params["requirement"]) if reason.params.get("regime") == regime else ""


def _lacks(row: Requirement) -> Reason:
    own = {"words_vi": row.lacks_vi} if row.lacks_vi else {}
    return Reason("lacks", regime=row.regime, requirement=row.field, words=row.lacks, **own)


def _contradictions(file: LawFile) -> Iterator[str]:
    names = [regime.name for regime in file.regimes]
    yield from (f"regime {name}: is there twice" for name in dict.fromkeys(names) if names.count(name) > 1)
    for before, after in zip(file.regimes, file.regimes[1:], strict=False):
        if before.last is None or before.last >= after.first:
            yield f"regime {after.name}: begins on {after.first}, while {before.name} is still in force"
    rows: tuple[Rule | Requirement | Ground, ...] = (*file.rules, *file.requirements, *file.grounds)
    for row in rows:
        if row.regime not in names:
            yield f"{_called(row)}: regime {row.regime!r} is not one of {', '.join(names)}"
    for place, rule in enumerate(file.rules):
        yield from _of_rule(rule, file.rules[:place])


def _of_rule(rule: Rule, above: tuple[Rule, ...]) -> Iterator[str]:
    name = _called(rule)
    if rule.value is not None and rule.unit not in UNITS:
        yield f"{name}: {rule.value} {rule.unit!r} is no number of {' or '.join(UNITS)}"
    if rule.value is not None and not (rule.article and rule.source):
        yield f"{name}: a number needs its article and source"
    if rule.after and rule.after not in {r.rule for r in above if r.regime == rule.regime}:
        yield f"{name}: after {rule.after!r}, which does not stand above it"


def _called(row: Rule | Requirement | Ground) -> str:
    match row:
        case Rule():
            return f"rule {row.rule} of {row.regime}"
        case Requirement():
            return f"requirement {row.field} of {row.regime}"
        case Ground():
            return f"ground {row.point} of {row.regime}"
