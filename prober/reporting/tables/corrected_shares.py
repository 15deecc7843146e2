"""Compute the shares of agencies that answered, and that a person wrote, as a reader of all replies would have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prober.domain.correspondence import AUTOMATIC, NEVER_SENT, SUBSTANTIVE
from prober.domain.reason import Reason
from prober.reporting.statistics.corrected_share import Stratum, corrected
from prober.reporting.statistics.proportions import Interval, wilson
from prober.reporting.tables.indicators import Table, ends, rounded
from prober.reporting.words import reasons
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row

_IN_LIST = ("drawn", "rest")
_SAID, _SETTLED = "said", "settled"


@dataclass(frozen=True, slots=True)
class AgencyReading:
    """The replies of one agency: `said` by the rules and `has` by the class that counts, for one indicator.

    `read` means that a person has decided what has it, or everything that came.
    """

    agency: str
    reading: str  # a Standing
    wrote: bool
    said: bool
    has: bool
    read: bool


def readings(asked: Iterable[Row], replies: Iterable[Row], indicator: str = "") -> list[AgencyReading]:
    """Return one Reading for each agency asked, for `replied` or `human`; without one, `read` needs all to be read.

    What came after the waiting time is no answer, so `replied` waits for nobody to read it.
    """
    received: dict[int, list[Row]] = {}
    for reply in replies:
        if indicator != "replied" or reply["inside_window"]:
            received.setdefault(reply["request"], []).append(reply)
    return [_reading(row, received.get(row["request"], ()), indicator) for row in asked]


def _reading(request: Row, received: Sequence[Row], indicator: str) -> AgencyReading:
    counts = _answers if indicator == "replied" else _human
    having = [reply for reply in received if counts(reply["event"])]
    proved = bool(indicator) and any(reply["decided_by"] != "rule" for reply in having)
    return AgencyReading(
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


def of_campaign(requests: Sequence[Row], replies: Sequence[Row]) -> Table:
    """Return the corrected shares of all rows of a campaign; none where no letter has left."""
    asked = [row for row in requests if row["state"] not in NEVER_SENT]
    return corrected_shares(asked, replies) if asked else []


def estimate(row: Row) -> Text | None:
    """Return in a sentence what a row of corrected shares says; None where no random list supports an interval.

    >>> row = {"corrected": 0.3124, "corrected_low": 0.27, "corrected_high": 0.36, "n": 500}
    >>> estimate(row | {"read": 120, "wrong": 14}).en
    'Corrected share: 31.2 % of 500 (95 %: 27.0–36.0 %), as a reader of all replies would find it, estimated from 120 \
agencies drawn at random of which people read everything; the rules were mistaken about 14 of them.'
    """
    if row["corrected_low"] is None:
        return None
    share, low, high = (f"{100 * row[name]:.1f}" for name in ("corrected", "corrected_low", "corrected_high"))
    read, wrong, n = row["read"], row["wrong"], row["n"]
    return Text(
        f"Tỷ lệ đã hiệu chỉnh: {share} % trong {n} (95 %: {low}–{high} %), tức tỷ lệ mà một người đọc hết mọi thư sẽ "
        f"thấy, ước lượng từ {read} cơ quan chọn ngẫu nhiên đã có người đọc hết thư; quy tắc đã sai ở {wrong} cơ quan.",
        f"Corrected share: {share} % of {n} (95 %: {low}–{high} %), as a reader of all replies would find it, "
        f"estimated from {read} agencies drawn at random of which people read everything; the rules were mistaken "
        f"about {wrong} of them.",
    )


def site_estimate(row: Row) -> Text:
    """Return in a sentence the corrected share of a row of `headline`, or that its share rests on the machine alone.

    >>> row = {"corrected": 0.9524, "corrected_low": 0.881, "corrected_high": 0.9683, "drawn": 22}
    >>> site_estimate(row | {"bound_low": 0.881, "bound_high": 0.9841}).en
    'Corrected share: 95.2 % (95 %: 88.1–96.8 %), estimated from 22 rows drawn at random that people read; whatever \
those not seen have, it is 88.1–98.4 %.'
    >>> site_estimate({"corrected": None}).en
    'This share rests on the machine alone: no random sample was read by people.'
    """
    if row["corrected"] is None:
        return Text(
            "Tỷ lệ này chỉ dựa vào máy: chưa có mẫu ngẫu nhiên nào được người đọc.",
            "This share rests on the machine alone: no random sample was read by people.",
        )
    names = ("corrected", "corrected_low", "corrected_high", "bound_low", "bound_high")
    share, low, high, bound_low, bound_high = (f"{100 * row[name]:.1f}" for name in names)
    if not row["drawn"]:
        return Text(
            f"Tỷ lệ do người đọc hết: {share} %; dù những trang chưa xem được ra sao, tỷ lệ nằm trong "
            f"{bound_low}–{bound_high} %.",
            f"As people found it who read every row: {share} %; whatever those not seen have, it is "
            f"{bound_low}–{bound_high} %.",
        )
    return Text(
        f"Tỷ lệ đã hiệu chỉnh: {share} % (95 %: {low}–{high} %), ước lượng từ {row['drawn']} dòng chọn ngẫu nhiên "
        f"đã có người đọc; dù những trang chưa xem được ra sao, tỷ lệ nằm trong {bound_low}–{bound_high} %.",
        f"Corrected share: {share} % (95 %: {low}–{high} %), estimated from {row['drawn']} rows drawn at random that "
        f"people read; whatever those not seen have, it is {bound_low}–{bound_high} %.",
    )


def _row(indicator: str, found: Sequence[AgencyReading]) -> dict[str, Any]:
    k, n = sum(one.has for one in found), len(found)
    unread = [one for one in found if one.wrote and not one.read]
    due = sum(one.reading in ("drawn", "before") for one in unread)
    strata = {} if due else _strata(found)
    sampled = [part for said, part in strata.items() if said != _SETTLED]
    shown = corrected(strata) if strata else None
    wrong = sum(
        part.drawn - part.truly if said == _SAID else part.truly for said, part in strata.items() if said != _SETTLED
    )
    interval = Interval(shown.low, shown.high) if shown and any(part.left for part in sampled) else None
    return {
        "indicator": indicator, "k": k, "n": n, "share": rounded(k / n), **ends(wilson(k, n)),
        "corrected": rounded(shown.share) if shown else None, **ends(interval, "corrected_"),
        "drawn": sum(one.reading == "drawn" and one.wrote for one in found),
        "read": sum(part.drawn for part in sampled) if strata else None, "wrong": wrong if strata else None,
        "unread": len(unread), "next": reasons.said((_advice(due, bool(shown), bool(interval), len(unread)),)).en,
    }  # fmt: skip


def _strata(found: Sequence[AgencyReading]) -> dict[str, Stratum]:
    """Return what rules say of the agencies of the random list, and apart from it what needs no reading or is all read.

    What was read besides the list counts for itself alone.
    """
    if all(one.read or not one.wrote for one in found):
        listed = []
    else:
        listed = [one for one in found if one.wrote and one.reading in _IN_LIST]
        listed = listed or [one for one in found if one.wrote]
    names = {one.agency for one in listed}
    settled = [one for one in found if one.agency not in names]
    return {
        _SAID: _part([one for one in listed if one.said]),
        "unsaid": _part([one for one in listed if not one.said]),
        _SETTLED: Stratum(len(settled), len(settled), sum(one.has for one in settled)),
    }


def _part(found: Sequence[AgencyReading]) -> Stratum:
    drawn = [one for one in found if one.reading == "drawn"]
    return Stratum(len(found), len(drawn), sum(one.has for one in drawn))


def _advice(due: int, known: bool, is_sample: bool, unread: int) -> Reason:
    """Return what to read next for an interval, or what the corrected share rests on."""
    if due:
        return Reason("read_the_drawn", due=due)
    if not known:
        return Reason("rests_on_machine", unread=unread)
    return Reason("corrected_by_sample" if is_sample else "corrected_by_all")
