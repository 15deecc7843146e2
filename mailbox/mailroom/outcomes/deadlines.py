"""Judge the legal deadlines of one request by the replies to it.

The result is derived from the stored facts each time and is never stored as a fact itself. The time in which a request
waits for us does not count (mailroom.outcomes.waiting_for_us); the verdict is given both with and without these pauses.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from mailroom.outcomes.waiting_for_us import Pause, reasons, working_days
from prober.campaign.law.legal_deadlines import deadlines, received_on, vietnamese
from prober.domain.correspondence import REFUSALS, SUBSTANTIVE
from prober.domain.reason import to_json
from prober.domain.working_days import HANOI, Calendar, hanoi_date

# What meets a deadline for an answer: the information, or a refusal in writing (law 104/2016, articles 28–31).
_DECIDES = SUBSTANTIVE | REFUSALS


def applied(
    letter: Mapping[str, Any],
    replies: Sequence[Mapping[str, Any]],
    calendar: Calendar,
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
    accepted = datetime.fromisoformat(letter["accepted_at"])
    start = datetime.combine(received_on(accepted, calendar), time(), HANOI)
    for rule in deadlines(accepted, calendar):
        met_at = _met_at(rule.rule, replies)
        until = met_at or now
        extended = _extended(rule.due_on, pauses, until, calendar)
        yield {
            "request": letter["id"],
            "rule": rule.rule,
            "law": rule.law,
            "article": rule.article,
            "due_on": rule.due_on.isoformat() if rule.due_on else None,
            "met": _met(extended, met_at, now) if arrived else "unknown",
            "calendar": calendar.version,
            "confidence": rule.confidence,
            "law_version": vietnamese().version,
            "elapsed_working_days": calendar.working_days_between(start, until),
            "paused_working_days": working_days(pauses, until, calendar),
            "pause_reason": to_json(reasons(pauses, until)),
            "extended_to": extended.isoformat() if extended else None,
            "met_unpaused": _met(rule.due_on, met_at, now) if arrived else "unknown",
        }


def _extended(due_on: date | None, pauses: Sequence[Pause], until: datetime, calendar: Calendar) -> date | None:
    """Return the last day, moved later by the working days of every pause that began before it was over.

    The result is never before the end of a pause, nor on a free day: an office cannot be late while the request waits
    for us.
    """
    for pause in pauses:
        if due_on is not None and pause.since < until and hanoi_date(pause.since) <= due_on:
            ended = hanoi_date(min(pause.until or until, until))
            moved = calendar.add_working_days(due_on, working_days([pause], until, calendar))
            due_on = max(moved, calendar.next_working_day(ended))
    return due_on


def _met(due_on: date | None, met_at: datetime | None, now: datetime) -> str:
    """Return "yes", "no", "open", or "unknown" if there is no last day. The whole of the last day counts."""
    if due_on is None:
        return "unknown"
    end = datetime.combine(due_on + timedelta(days=1), time(), HANOI)
    return "yes" if met_at and met_at < end else "open" if now < end else "no"


def _met_at(rule: str, replies: Sequence[Mapping[str, Any]]) -> datetime | None:
    """Return when a person first did what the rule asks, or None.

    A "notice" asks for any reply; every other rule asks for an answer or a refusal.
    """
    meets = [reply for reply in replies if reply["human"] and (rule == "notice" or reply["event"] in _DECIDES)]
    return min((datetime.fromisoformat(reply["received_at"]) for reply in meets), default=None)
