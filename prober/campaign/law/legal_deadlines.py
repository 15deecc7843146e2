"""Compute deadlines of the Law on Access to Information, and read its requirements of a request, from dated rows.

Not legal advice. Each number has its article, its source and a confidence in law_rules.toml. If a number is not known
there, the deadline has no day and no agency counts as late, until the number is read in the law and entered.
"""

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any

from prober.domain.working_days import ONE_DAY, Calendar

OFFICE_CLOSES = time(17, 0)  # convention, disclosed in docs/method.md: later mail is received on the next working day
REGIMES = ("ATI-2016", "ATI-2026")
UNITS = ("working days", "calendar days")
CONFIDENCES = ("H", "M", "L", "?")


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated row: `value` `unit` after the deadline named `after`, or after receipt. `value` None: not known."""

    rule: str
    regime: str
    law: str
    article: str
    value: int | None
    unit: str
    first: date  # the request is received from this day
    last: date | None  # until this day; None: still in force
    after: str
    confidence: str
    source: str
    about: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """One rule applied to one request. `due_on` is the last day, None if the law's number is not known."""

    rule: str
    law: str
    article: str
    due_on: date | None
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class Law:
    """The rows of one file. `version` is made from its text and stored with every date computed from it."""

    version: str
    regimes: tuple[dict[str, Any], ...]
    rules: tuple[Rule, ...]
    requirements: tuple[dict[str, Any], ...]

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """Return the rules for a request received on `day`, in the order of the file."""
        return tuple(rule for rule in self.rules if rule.first <= day <= (rule.last or date.max))


def regime_on(day: date) -> str:
    """Return the regime, the name of the law in force on `day`.

    Raises ValueError before 1 July 2018, when there was none.

    >>> regime_on(date(2026, 8, 31)), regime_on(date(2026, 9, 1))
    ('ATI-2016', 'ATI-2026')
    """
    for row in vietnamese().regimes:
        if row["from"] <= day <= row.get("to", date.max):
            return str(row["name"])
    raise ValueError(f"no law on access to information was in force on {day.isoformat()}")


def citation(regime: str) -> tuple[str, str]:
    """Return the citation of the law of `regime` in Vietnamese and in English. Raises KeyError for an unknown one."""
    cited = {row["name"]: (row["cited_as"], row["cited_as_en"]) for row in vietnamese().regimes}
    return cited[regime]


def received_on(accepted_at: datetime, calendar: Calendar) -> date:
    """Return the day on which a request counts as received: the day of acceptance, or the next working day.

    It is the next one if our mail server accepted the letter on a free day, or after 17:00. 17:00:00 itself
    still belongs to the day.
    """
    here = calendar.local(accepted_at)
    return calendar.next_working_day(here.date() + ONE_DAY if here.time() > OFFICE_CLOSES else here.date())


def deadlines(accepted_at: datetime, calendar: Calendar, law: Law | None = None) -> tuple[Deadline, ...]:
    """Return all deadlines of a request that our mail server accepted at `accepted_at`, by the law of the receipt day.

    Working days: the day of receipt is not counted. Calendar days: if the last day is free, the deadline is the next
    working day (Civil Code, articles 147 and 148). `law` is this installation's unless another is given.
    """
    received = received_on(accepted_at, calendar)
    due: dict[str, date | None] = {"": received}
    found = []
    for rule in (law or vietnamese()).rules_on(received):
        due[rule.rule] = _due(rule, due.get(rule.after), calendar)
        found.append(Deadline(rule.rule, rule.law, rule.article, due[rule.rule], rule.confidence))
    return tuple(found)


def _due(rule: Rule, start: date | None, calendar: Calendar) -> date | None:
    if start is None or rule.value is None:
        return None
    if rule.unit == "working days":
        return calendar.add_working_days(start, rule.value)
    return calendar.next_working_day(start + timedelta(days=rule.value))


def requirements_of(regime: str) -> list[dict[str, Any]]:
    """Return the requirements of `regime` for a request: rows with field, article, about, lacks and confidence."""
    return [row for row in vietnamese().requirements if row["regime"] == regime]


@cache
def vietnamese() -> Law:
    """Return the law of this installation's law_rules.toml."""
    return from_text((resources.files("prober.campaign.law") / "law_rules.toml").read_text(encoding="utf-8"))


def from_text(text: str) -> Law:
    """Return the Law in the text of a rules file.

    Raises ValueError that names each faulty row: no source or confidence, a number without a known unit, or `after` a
    rule that is not above it in the file.
    """
    table = tomllib.loads(text)
    regimes = {row["name"]: row for row in table["regime"]}
    rules = tuple(_rule(row, regimes[row["regime"]]) for row in table["rule"])
    if faults := [fault for place, rule in enumerate(rules) for fault in _faults(rule, rules[:place])]:
        raise ValueError("law_rules.toml: " + "; ".join(faults))
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Law(version, tuple(table["regime"]), rules, tuple(table.get("requirement", ())))


def _rule(row: dict[str, Any], regime: dict[str, Any]) -> Rule:
    return Rule(
        rule=row["rule"], regime=row["regime"], law=regime["law"], article=row["article"], value=row.get("value"),
        unit=row.get("unit", ""), first=row.get("from", regime["from"]), last=row.get("to", regime.get("to")),
        after=row.get("after", ""), confidence=row.get("confidence", ""), source=row.get("source", ""),
        about=row["about"],
    )  # fmt: skip


def _faults(rule: Rule, above: tuple[Rule, ...]) -> Iterator[str]:
    name = f"rule {rule.rule} of {rule.regime}"
    if rule.value is not None and (rule.value < 1 or rule.unit not in UNITS):
        yield f"{name}: {rule.value} {rule.unit!r} is no number of {' or '.join(UNITS)}"
    if rule.value is not None and not (rule.article and rule.source):
        yield f"{name}: a number needs its article and source"
    if rule.confidence not in CONFIDENCES:
        yield f"{name}: confidence is one of {', '.join(CONFIDENCES)}"
    if rule.after and rule.after not in {r.rule for r in above if r.regime == rule.regime}:
        yield f"{name}: after {rule.after!r}, which does not stand above it"
