"""The law's deadlines of one request, judged by what came back. Derived from facts each time, never kept as one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from prober.campaign.law import deadlines, received_on, vietnamese
from prober.correspondence import SUBSTANTIVE, Event
from prober.workdays import HANOI, Calendar

# What meets a deadline for an answer: the information, or a refusal in writing (law 104/2016, articles 28–31).
_DECIDES = SUBSTANTIVE | {Event.REFUSAL_REASONED, Event.REFUSAL}


def applied(
    letter: Mapping[str, Any], replies: Sequence[Mapping[str, Any]], calendar: Calendar, now: datetime
) -> Iterator[dict[str, Any]]:
    """Every rule in force when `letter` was received, as rows of `deadline` without their number.

    None for a letter that no server has accepted. `now` is the moment up to which answers are known.
    """
    if not letter["accepted_at"]:
        return
    accepted = datetime.fromisoformat(letter["accepted_at"])
    start = datetime.combine(received_on(accepted, calendar), time(), HANOI)
    days: dict[datetime, int] = {}  # most rules end at the same moment
    for rule in deadlines(accepted, calendar):
        met_at = _met_at(rule.rule, replies)
        until = met_at or now
        days.setdefault(until, calendar.working_days_between(start, until))
        met = "unknown"
        if rule.due_on is not None:
            end = datetime.combine(rule.due_on + timedelta(days=1), time(), HANOI)  # the whole last day counts
            met = "yes" if met_at and met_at < end else "open" if now < end else "no"
        yield {
            "request": letter["id"],
            "rule": rule.rule,
            "law": rule.law,
            "article": rule.article,
            "due_on": rule.due_on.isoformat() if rule.due_on else None,
            "met": met,
            "calendar": calendar.version,
            "confidence": rule.confidence,
            "law_version": vietnamese().version,
            "elapsed_working_days": days[until],
        }


def _met_at(rule: str, replies: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When a person first did what the rule asks: wrote at all for a notice, answered or refused for the others."""
    meets = [reply for reply in replies if reply["human"] and (rule == "notice" or reply["event"] in _DECIDES)]
    return min((datetime.fromisoformat(reply["received_at"]) for reply in meets), default=None)
