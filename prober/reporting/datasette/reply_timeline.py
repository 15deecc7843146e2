"""Lay out the events of one request on a line, in days after the mail server accepted it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from prober.reporting.html.curves import HOURS_A_DAY, ticks
from prober.store.reading.province_record import RequestRecord
from prober.store.reading.queries import Row

WIDTH, LEFT, RIGHT = 720, 14, 14  # as in site/place.html
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class Mark:
    """One event on the line; `number` is that of the event in the list below the line."""

    x: float
    number: int
    look: str  # sent, automatic, human or answer


@dataclass(frozen=True, slots=True)
class Clock:
    """The line from acceptance to the end of the watched time; `due` is the legal deadline, where on the line.

    It is the day by which the verdict is judged: the day of the law with all pauses added.
    """

    marks: tuple[Mark, ...]
    due: float | None
    ticks: tuple[tuple[float, int], ...]  # x, day


def clock(asked: RequestRecord, events: tuple[Row, ...]) -> Clock | None:
    """Return the line of a request with its `events` in listed order; None where no mail server accepted it."""
    if not asked.request["accepted_at"]:
        return None
    start = datetime.fromisoformat(asked.request["accepted_at"])
    replies = {reply["id"]: reply for reply in asked.replies}
    hours = [(_hours(start, event["at"]), event) for event in events]
    end = max([asked.request["watched_hours"] or 0.0, HOURS_A_DAY, *(at for at, _ in hours)])
    per_hour = (WIDTH - LEFT - RIGHT) / end
    due = _due(start, asked.deadlines)
    return Clock(
        marks=tuple(
            Mark(round(LEFT + at * per_hour, 1), number, _look(replies.get(event["reply"])))
            for number, (at, event) in enumerate(hours, 1)
            if at >= 0
        ),
        due=round(LEFT + due * per_hour, 1) if due is not None and due <= end else None,
        ticks=tuple(
            (round(LEFT + day * HOURS_A_DAY * per_hour, 1), day) for day in ticks(end / HOURS_A_DAY, MOST_TICKS)
        ),
    )


def _look(reply: Row | None) -> str:
    if reply is None:
        return "sent"
    if reply["substantive"]:
        return "answer"
    return "human" if reply["human"] else "automatic"


def _due(start: datetime, deadlines: Iterable[Row]) -> float | None:
    """Return the hours to the end of the last day of the law's lenient reading, pauses added; None without one."""
    for row in deadlines:
        if row["rule"] == "late_lenient" and (day := row["extended_to"] or row["due_on"]):
            last = datetime.combine(date.fromisoformat(day), time(), start.tzinfo) + timedelta(days=1)
            return (last - start).total_seconds() / 3600
    return None


def _hours(start: datetime, moment: str) -> float:
    return (datetime.fromisoformat(moment) - start).total_seconds() / 3600
