"""Find the pauses in which a request waits for us: from an agency's question to our next act.

A question asks for the form, an identity paper or the purpose (Q1, Q2); the agency need not go on until we act. Our act
is a letter of our own, seen in the mailbox or entered by hand (OW). The pause ends earlier if the agency goes on by
itself: it answers, refuses, extends the deadline or passes the request on. Pauses are derived from the stored facts
each time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prober.domain.correspondence import REFUSALS, SUBSTANTIVE, Event
from prober.domain.reason import Reason, Reasons, to_json
from prober.domain.working_days import Calendar, hanoi_date

QUESTIONS = frozenset({Event.ASKS_FORM, Event.ASKS_PURPOSE})
_GOES_ON = SUBSTANTIVE | REFUSALS | {Event.TRANSFER_INSIDE, Event.TRANSFER_AWAY, Event.EXTENSION}


@dataclass(frozen=True, slots=True)
class Pause:
    """Describe one period in which the request waited for us. `until` and `ended_by` are None while it still does."""

    since: datetime
    question: Event
    until: datetime | None = None
    ended_by: Event | None = None


def pauses(facts: Iterable[tuple[datetime, Event]]) -> tuple[Pause, ...]:
    """Return the pauses of one request, in order, from the classes of all replies to it and of our own acts (OW).

    A second question before we have acted belongs to the same pause.
    """
    found: list[Pause] = []
    for moment, event in sorted(facts, key=lambda fact: (fact[0], fact[1] not in QUESTIONS, fact[1])):
        waiting = bool(found) and found[-1].until is None
        if event in QUESTIONS and not waiting:
            found.append(Pause(moment, event))
        elif waiting and (event == Event.OWN_COPY or event in _GOES_ON):
            found[-1] = Pause(found[-1].since, found[-1].question, moment, event)
    return tuple(found)


def hours(held: Sequence[Pause], until: datetime) -> float:
    """Return the hours of the pauses `held` up to `until`."""
    spans = [min(pause.until or until, until) - pause.since for pause in held if pause.since < until]
    return round(sum(spans, timedelta()).total_seconds() / 3600, 4)


def working_days(held: Sequence[Pause], until: datetime, calendar: Calendar) -> int:
    """Return the working days of the pauses `held` up to `until`.

    As in every count of working days, the first day, here that of the question, is not counted.
    """
    return sum(
        calendar.working_days_between(pause.since, min(pause.until or until, until))
        for pause in held
        if pause.since < until
    )


def reasons(held: Sequence[Pause], until: datetime) -> Reasons:
    """Return one Reason for each pause that began before `until`: what was asked and when, what ended it and when."""
    return tuple(_reason(pause, until) for pause in held if pause.since < until)


def columns(held: Sequence[Pause], now: datetime, watched: datetime) -> dict[str, Any]:
    """Return the columns of `request` about its pauses at `now`: hours waited, reasons, and the start of an open pause.

    Hours are counted up to `watched`: the close of the campaign, or `now` while it runs. Otherwise the figures of a
    closed campaign would grow with each later look at the mailbox.
    """
    waiting = next((pause.since.isoformat() for pause in held if pause.until is None), None)
    return {"paused_hours": hours(held, watched), "pause_reason": to_json(reasons(held, now)), "waiting_since": waiting}


def _reason(pause: Pause, until: datetime) -> Reason:
    asked = {"question": pause.question.value, "since": hanoi_date(pause.since).isoformat()}
    if pause.until is None or pause.until > until or pause.ended_by is None:
        return Reason("waiting", **asked)
    return Reason("waited", **asked, ended_by=pause.ended_by.value, until=hanoi_date(pause.until).isoformat())
