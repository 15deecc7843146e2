"""Compute the shares of agencies that answered, and that a person wrote, as a reader of all replies would have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from prober.domain.correspondence import AUTOMATIC, SUBSTANTIVE
from prober.domain.reason import Reason
from prober.reporting.statistics.prediction_powered import (
    LEAST_READ,
    LEAST_WRONG,
    Basis,
    Corrected,
    Part,
    corrected,
)
from prober.reporting.statistics.proportions import wilson
from prober.reporting.tables.indicators import Table, ends, rounded
from prober.reporting.words import reasons
from prober.store.reading.queries import Row

MOST = 0.8  # where a sample would be more than this part of all, reading the rest costs little more
SURE = 1.4  # times LEAST_WRONG in the mean makes that number of mistakes in nine lists of ten
_IN_LIST = ("drawn", "rest")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one agency wrote: `said` by the rules and `has` by the class that counts, for one indicator.

    `read` means that a person has decided what has it, or everything that came.
    """

    agency: str
    reading: str  # a Standing
    wrote: bool
    said: bool
    has: bool
    read: bool


def readings(asked: Iterable[Row], replies: Iterable[Row], indicator: str = "") -> list[Reading]:
    """Return one Reading for each agency asked, for `replied` or `human`; without one, `read` needs all to be read.

    What came after the waiting time is no answer, so `replied` waits for nobody to read it.
    """
    received: dict[int, list[Row]] = {}
    for reply in replies:
        if indicator != "replied" or reply["inside_window"]:
            received.setdefault(reply["request"], []).append(reply)
    return [_reading(row, received.get(row["request"], ()), indicator) for row in asked]


def _reading(request: Row, received: Sequence[Row], indicator: str) -> Reading:
    counts = _answers if indicator == "replied" else _human
    having = [reply for reply in received if counts(reply["event"])]
    proved = bool(indicator) and any(reply["decided_by"] != "rule" for reply in having)
    return Reading(
        request["agency"], request["reading"], bool(received),
        any(counts(reply["proposed_event"]) for reply in received), bool(having),
        proved or all(reply["decided_by"] != "rule" for reply in received),
    )  # fmt: skip


def _answers(event: str) -> bool:
    return event in SUBSTANTIVE


def _human(event: str) -> bool:
    return event not in AUTOMATIC


def corrected_shares(asked: Sequence[Row], replies: Sequence[Row]) -> Table:
    """Return each share of agencies asked, as rules and people have it so far, and beside it corrected by the draw.

    `asked` and `replies` are rows of these queries, of one campaign. A corrected share has an interval where the method
    can claim it; `next` says otherwise what to do.
    """
    return [_row(indicator, readings(asked, replies, indicator)) for indicator in ("replied", "human")]


def _row(indicator: str, found: Sequence[Reading]) -> dict[str, Any]:
    k, n = sum(one.has for one in found), len(found)
    unread = [one for one in found if one.wrote and not one.read]
    due = sum(one.reading in ("drawn", "before") for one in unread)
    result = _corrected(found) if not due else None
    shown = result if result and result.basis != Basis.NOTHING else None
    return {
        "indicator": indicator, "k": k, "n": n, "share": rounded(k / n), **ends(wilson(k, n)),
        "corrected": rounded(shown.share) if shown else None, **ends(shown.interval if shown else None, "corrected_"),
        "drawn": sum(one.reading == "drawn" and one.wrote for one in found), "read": result.read if result else None,
        "wrong": result.wrong if result else None, "unread": len(unread),
        "next": reasons.said((_advice(result, due, len(unread)),)).en,
    }  # fmt: skip


def _corrected(found: Sequence[Reading]) -> Corrected:
    """Return the corrected share: of the random list where there is one, and of everything where all is read."""
    if all(one.read or not one.wrote for one in found):
        return corrected(Part(0, 0, 0), Part(0, 0, 0), len(found), sum(one.has for one in found))
    listed = [one for one in found if one.wrote and one.reading in _IN_LIST]
    settled = [one for one in found if not one.wrote or one.reading not in (*_IN_LIST, "")]
    if not listed:
        listed = [one for one in found if one.wrote]
    said, unsaid = (_part([one for one in listed if one.said == word]) for word in (True, False))
    return corrected(said, unsaid, len(settled), sum(one.has for one in settled))


def _part(found: Sequence[Reading]) -> Part:
    drawn = [one for one in found if one.reading == "drawn"]
    return Part(len(found), len(drawn), sum(one.has for one in drawn))


def _advice(result: Corrected | None, due: int, unread: int) -> Reason:
    """Return what to do next for an interval; where so few are left that a sample gains nothing, to read them all."""
    if result is None:
        return Reason("read_the_drawn", due=due)
    if result.basis in (Basis.ALL, Basis.SAMPLE):
        return Reason(f"corrected_by_{result.basis.value}")
    wanted = LEAST_READ if result.read < LEAST_READ else _enough(result)
    if not result.read < wanted <= MOST * (result.read + result.left):
        return Reason("read_them_all", unread=unread)
    if result.basis == Basis.TOO_FEW_WRONG:
        return Reason("few_wrong", wrong=result.wrong, read=result.read, wanted=wanted)
    return Reason("draw_more", read=result.read, wanted=wanted)


def _enough(result: Corrected) -> int:
    """Return how many to read so that LEAST_WRONG of them are most likely mistaken, judging by those read so far."""
    return ceil(result.read * SURE * LEAST_WRONG / max(1, result.wrong))
