"""Deadlines of the Law on Access to Information, and what it asks of a request, from dated rows.

Not legal advice. Each number carries its article and a confidence in law_rules.toml; where a number is not known the
deadline has no day, and nobody is called late.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any

from prober.workdays import HANOI, ONE_DAY, Calendar, hanoi_date

OFFICE_CLOSES = time(17, 0)  # convention, disclosed in docs/method.md: later mail is received on the next working day
REGIMES = ("ATI-2016", "ATI-2026")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One rule applied to one request. `due_on` is the last day in Hanoi, None where the law's number is not known."""

    rule: str
    law: str
    article: str
    due_on: date | None


def regime_on(day: date) -> str:
    """The law in force on `day`.

    Raises ValueError before 1 July 2018, when there was none.

    >>> regime_on(date(2026, 8, 31)), regime_on(date(2026, 9, 1))
    ('ATI-2016', 'ATI-2026')
    """
    for row in _rows()["regime"]:
        if row["from"] <= day <= row.get("to", date.max):
            return str(row["name"])
    raise ValueError(f"no law on access to information was in force on {day.isoformat()}")


def citation(regime: str) -> tuple[str, str]:
    """How a letter cites the law of `regime`, in Vietnamese and in English. Raises KeyError for an unknown one."""
    cited = {row["name"]: (row["cited_as"], row["cited_as_en"]) for row in _rows()["regime"]}
    return cited[regime]


def received_on(accepted_at: datetime, calendar: Calendar) -> date:
    """The day on which a request counts as received: that of acceptance, or the next working day.

    The next one if our mail server's acceptance fell on a free day or after 17:00 in Hanoi. 17:00:00 itself is still
    that day.
    """
    day = hanoi_date(accepted_at)
    moment = accepted_at.astimezone(HANOI).time()
    return calendar.next_working_day(day + ONE_DAY if moment > OFFICE_CLOSES else day)


def deadlines(accepted_at: datetime, regime: str, calendar: Calendar) -> tuple[Deadline, ...]:
    """Every deadline of `regime` for a request that our mail server accepted at `accepted_at`.

    Working days: the day of receipt is not counted. Calendar days: a last day that is free moves to the next working
    day (Civil Code, articles 147 and 148). Raises KeyError for an unknown regime.
    """
    laws = {row["name"]: row["law"] for row in _rows()["regime"]}
    law = laws[regime]
    received = received_on(accepted_at, calendar)
    due: dict[str, date | None] = {}
    found = []
    for row in _rows()["rule"]:
        if row["regime"] != regime:
            continue
        start = due[row["after"]] if "after" in row else received
        due[row["rule"]] = _due(row, start, calendar)
        found.append(Deadline(row["rule"], law, row["article"], due[row["rule"]]))
    return tuple(found)


def _due(row: dict[str, Any], start: date | None, calendar: Calendar) -> date | None:
    if start is None or "value" not in row:
        return None
    if row["unit"] == "working days":
        return calendar.add_working_days(start, row["value"])
    return calendar.next_working_day(start + timedelta(days=row["value"]))


def requirements_of(regime: str) -> list[dict[str, Any]]:
    """What `regime` asks of a request: rows with field, article, about, lacks and confidence."""
    return [row for row in _rows()["requirement"] if row["regime"] == regime]


@cache
def _rows() -> dict[str, list[dict[str, Any]]]:
    text = (resources.files("prober.campaign") / "law_rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
