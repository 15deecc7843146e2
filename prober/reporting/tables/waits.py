"""Compute how long each request waited for its first message, by one rule for the curve and the table of times.

A request that was not accepted or came back reached no person and is left out. The first message counts if it came
inside the waiting time; every other request is censored at the end of the watched time, which is the end of its waiting
time, or earlier where the campaign or the watching ended before it (`reply_times.watched_hours`). This rule was
pre-registered.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prober.domain.correspondence import Event
from prober.domain.working_days import Calendar
from prober.reporting.statistics.survival import Curve, kaplan_meier
from prober.store.reading.queries import Row

HOURS, WORKING_DAYS = "hours", "working_days"
HUMAN, SUBSTANTIVE = "human", "substantive"  # the first message of any person, or the first answer


@dataclass(frozen=True, slots=True)
class Waits:
    """Times to the first message, watched times without one (both sorted), and how many requests reached no person."""

    events: tuple[float, ...]
    silent: tuple[float, ...]
    left_out: int

    @property
    def curve(self) -> Curve:
        return kaplan_meier(self.events, self.silent)


def in_hours(requests: Sequence[Row], replies: Iterable[Row], what: str) -> Waits:
    """Return the waits for the first `what`.

    `requests`: rows of `reply_times`; `replies`: rows of `reply`, of the same campaign.
    """
    return _waits(requests, replies, what, HOURS, hours_watched)


def in_working_days(
    requests: Sequence[Row], replies: Iterable[Row], what: str, waiting: int, calendar: Calendar
) -> Waits:
    """Return the waits of `in_hours` in working days; `waiting` is the waiting time of the campaign."""
    return _waits(requests, replies, what, WORKING_DAYS, lambda request: days_watched(request, waiting, calendar))


def hours_watched(request: Row) -> float:
    """Return the hours from acceptance to the end of watching.

    Never below 0, although the clocks of two servers may differ by seconds.
    """
    return max(0.0, request["watched_hours"] or 0.0)


def days_watched(request: Row, waiting: int, calendar: Calendar) -> float:
    """Return the watched time in working days, at most `waiting`."""
    start = datetime.fromisoformat(request["accepted_at"])
    return min(waiting, calendar.working_days_between(start, start + timedelta(hours=hours_watched(request))))


def first(replies: Iterable[Row], clock: str) -> dict[int, float]:
    """Return request → time of the first of these messages."""
    found: dict[int, float] = {}
    for reply in replies:
        time = max(0.0, reply[clock])
        found[reply["request"]] = min(time, found.get(reply["request"], time))
    return found


def reached(request: Row) -> bool:
    """Return whether the letter of a row of `reply_times` reached an office: accepted, and nobody returned it.

    A letter that came back is left out also where the report does not say that delivery failed for good. Report, site,
    notebook and `prober analysis` count by this rule.
    """
    return bool(request["accepted_at"]) and request["delivered"] != "no" and request["outcome"] != Event.BOUNCE


def _waits(
    requests: Sequence[Row], replies: Iterable[Row], what: str, clock: str, watched: Callable[[Row], float]
) -> Waits:
    came = first((reply for reply in replies if reply[what] and reply["inside_window"]), clock)
    waited = [request for request in requests if reached(request)]
    return Waits(
        events=tuple(sorted(came[r["request"]] for r in waited if r["request"] in came)),
        silent=tuple(sorted(watched(r) for r in waited if r["request"] not in came)),
        left_out=len(requests) - len(waited),
    )
