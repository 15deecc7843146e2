"""Judge by the replies to one request whether its letter arrived, and the legal deadlines of it.

The result is derived from the stored facts each time and is never stored as a fact itself. The time in which a request
waits for us does not count; the verdict is given both with and without these pauses.

A pause begins with an agency's question: for the form, an identity paper or the purpose (Q1, Q2); the agency need not
go on until we act. Our act is a letter of our own, seen in the mailbox or entered by hand (OW). The pause ends earlier
if the agency goes on by itself: it answers, refuses, extends the deadline or passes the request on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from prober.domain.correspondence import HELD, REFUSALS, SUBSTANTIVE, Event, SendState
from prober.domain.reason import Reason, Reasons, to_json
from prober.domain.working_days import Calendar
from prober.store.results.mail_projection import Row
from prober.studies.study import Study

QUESTIONS = frozenset({Event.ASKS_FORM, Event.ASKS_PURPOSE})
BOUNCE_DAYS = timedelta(days=7)  # without a bounce for so long, an accepted letter counts as delivered
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


def reasons(held: Sequence[Pause], until: datetime, calendar: Calendar) -> Reasons:
    """Return one Reason for each pause that began before `until`: what was asked and when, what ended it and when."""
    return tuple(_reason(pause, until, calendar) for pause in held if pause.since < until)


def columns(held: Sequence[Pause], as_of: str, closed_at: str | None, calendar: Calendar) -> dict[str, Any]:
    """Return the columns of `request` about its pauses at `as_of`: hours waited, reasons, and an open pause's start.

    Hours are counted up to the close of the campaign, or `as_of` while it runs. Otherwise the figures of a closed
    campaign would grow with each later look at the mailbox.
    """
    now, watched = datetime.fromisoformat(as_of), datetime.fromisoformat(closed_at or as_of)
    waiting = next((pause.since.isoformat() for pause in held if pause.until is None), None)
    return {
        "paused_hours": hours(held, watched),
        "pause_reason": to_json(reasons(held, now, calendar)),
        "waiting_since": waiting,
    }


def _reason(pause: Pause, until: datetime, calendar: Calendar) -> Reason:
    asked = {"question": pause.question.value, "since": calendar.date_of(pause.since).isoformat()}
    if pause.until is None or pause.until > until or pause.ended_by is None:
        return Reason("waiting", **asked)
    return Reason("waited", **asked, ended_by=pause.ended_by.value, until=calendar.date_of(pause.until).isoformat())


# What meets a deadline for an answer: the information, or a refusal in writing (law 104/2016, articles 28–31).
_DECIDES = SUBSTANTIVE | REFUSALS


def applied(
    letter: Mapping[str, Any],
    replies: Sequence[Mapping[str, Any]],
    study: Study,
    now: datetime,
    pauses: Sequence[Pause] = (),
    arrived: bool = True,
) -> Iterator[dict[str, Any]]:
    """Yield one row of `deadline`, without its id, for each rule in force when `letter` was received.

    Yield nothing for a letter that no server has accepted. `now` is the moment up to which replies are known. Where the
    letter has not `arrived`, no agency can be late: the verdicts are "unknown".
    """
    if not letter["accepted_at"]:
        return
    accepted, calendar = datetime.fromisoformat(letter["accepted_at"]), study.calendar
    start = calendar.at(study.law.received_on(accepted, calendar))
    for rule in study.law.deadlines(accepted, calendar):
        met_at = _met_at(rule.rule, replies)
        until = met_at or now
        extended = _extended(rule.due_on, pauses, until, calendar)
        yield {
            "request": letter["id"],
            "rule": rule.rule,
            "law": rule.law,
            "article": rule.article,
            "due_on": rule.due_on.isoformat() if rule.due_on else None,
            "met": _met(extended, met_at, now, calendar) if arrived else "unknown",
            "calendar": calendar.version,
            "confidence": rule.confidence,
            "law_version": study.law.version,
            "elapsed_working_days": calendar.working_days_between(start, until),
            "paused_working_days": working_days(pauses, until, calendar),
            "pause_reason": to_json(reasons(pauses, until, calendar)),
            "extended_to": extended.isoformat() if extended else None,
            "met_unpaused": _met(rule.due_on, met_at, now, calendar) if arrived else "unknown",
        }


def _extended(due_on: date | None, pauses: Sequence[Pause], until: datetime, calendar: Calendar) -> date | None:
    """Return the last day, moved later by the working days of every pause that began before it was over.

    The result is never before the end of a pause, nor on a free day: an office cannot be late while the request waits
    for us.
    """
    for pause in pauses:
        if due_on is not None and pause.since < until and calendar.date_of(pause.since) <= due_on:
            ended = calendar.date_of(min(pause.until or until, until))
            moved = calendar.add_working_days(due_on, working_days([pause], until, calendar))
            due_on = max(moved, calendar.next_working_day(ended))
    return due_on


def _met(due_on: date | None, met_at: datetime | None, now: datetime, calendar: Calendar) -> str:
    """Return "yes", "no", "open", or "unknown" if there is no last day. The whole of the last day counts."""
    if due_on is None:
        return "unknown"
    end = calendar.at(due_on + timedelta(days=1))
    return "yes" if met_at and met_at < end else "open" if now < end else "no"


def _met_at(rule: str, replies: Sequence[Mapping[str, Any]]) -> datetime | None:
    """Return when a person first did what the rule asks, or None.

    A "notice" asks for any reply; every other rule asks for an answer or a refusal.
    """
    meets = [reply for reply in replies if reply["human"] and (rule == "notice" or reply["event"] in _DECIDES)]
    return min((datetime.fromisoformat(reply["received_at"]) for reply in meets), default=None)


def delivery(letter: Row, replies: Sequence[Row], undelivered: bool, as_of: str) -> str:
    """Return "yes", "no" or "unknown" by the rows of `reply` that answer `letter`.

    `undelivered` means that a delivery report says the letter did not arrive. A reply that was not written by a mail
    server proves delivery, even against such a report, which may be about another copy. A letter that a filter holds
    back has not arrived, unless a person codes the filter's notice otherwise.
    """
    if any(map(_proves_it, replies)):
        return "yes"
    if undelivered or any(map(_is_held, replies)) or letter["state"] == SendState.REFUSED:
        return "no"
    bounced = any(reply["event"] == Event.BOUNCE for reply in replies)
    accepted: str | None = letter["accepted_at"]
    if accepted and not bounced:
        since = datetime.fromisoformat(as_of) - datetime.fromisoformat(accepted)
        return "yes" if since >= BOUNCE_DAYS else "unknown"
    return "unknown"


def may_answer(delivered: str, outcome: str) -> bool:
    """Return True if an agency can be expected to answer: the letter is not known to be undelivered or delayed.

    The view `reply_times` applies the same rule in its column `answered`.
    """
    return delivered != "no" and outcome != Event.BOUNCE


def _proves_it(reply: Row) -> bool:
    automatic = reply["event"] in (Event.AUTO_ACK, Event.READ_RECEIPT)
    return bool(reply["human"]) or (automatic and not _is_held(reply))


def _is_held(reply: Row) -> bool:
    return bool(reply["rule"] == HELD and reply["decided_by"] == "rule")
