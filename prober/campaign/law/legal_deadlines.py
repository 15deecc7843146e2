"""Compute the deadlines that the law of a study gives an office, from dated rows.

Not legal advice. Each number has its article, its source and a confidence in the law.toml of the study. If a number is
not known there, the deadline has no day and no agency counts as late, until the number is read in the law and entered.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from prober.domain.working_days import ONE_DAY
from prober.studies.law import WORKING_DAYS, Rule
from prober.studies.study import Study


@dataclass(frozen=True, slots=True)
class Deadline:
    """One rule applied to one request. `due_on` is the last day, None if the law's number is not known."""

    rule: str
    law: str
    article: str
    due_on: date | None
    confidence: str = ""


def received_on(accepted_at: datetime, study: Study) -> date:
    """Return the day on which a request counts as received: the day of acceptance, or one after it.

    By the law's counting mail after the closing hour belongs to the next day (the hour itself belongs to the day), and
    mail of a free day to the next working day, unless a request may be received on a free day.
    """
    counting, here = study.law.counting, study.calendar.local(accepted_at)
    late = counting.closing is not None and here.time() > counting.closing
    day = here.date() + ONE_DAY if late else here.date()
    return day if counting.received_on_free_days else study.calendar.next_working_day(day)


def deadlines(accepted_at: datetime, study: Study) -> tuple[Deadline, ...]:
    """Return all deadlines of a request that our mail server accepted at `accepted_at`, by the law of the receipt day.

    The day of receipt is not counted. A deadline in calendar days that ends on a free day ends on the next working day,
    unless the law says otherwise.
    """
    received = received_on(accepted_at, study)
    due: dict[str, date | None] = {"": received}
    found = []
    for rule in study.law.rules_on(received):
        due[rule.rule] = _due(rule, due.get(rule.after), study)
        found.append(Deadline(rule.rule, study.law.law_of(rule), rule.article, due[rule.rule], rule.confidence))
    return tuple(found)


def _due(rule: Rule, start: date | None, study: Study) -> date | None:
    if start is None or rule.value is None:
        return None
    if rule.unit == WORKING_DAYS:
        return study.calendar.add_working_days(start, rule.value)
    end = start + timedelta(days=rule.value)
    return end if study.law.counting.ends_on_free_days else study.calendar.next_working_day(end)
