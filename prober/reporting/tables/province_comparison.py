"""Put the verdicts on one province beside the same indicator of its region and of all provinces.

No rank follows from it: a share of a region is of a few offices, and what is unknown stays in its denominator.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prober.reporting.statistics.proportions import Interval, wilson
from prober.reporting.tables.indicators import states
from prober.reporting.words import formats
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` have a thing, with Wilson's 95 % interval; of the others `unknown` could not be told."""

    k: int
    n: int
    unknown: int
    interval: Interval

    @property
    def share(self) -> float:
        return self.k / self.n


@dataclass(frozen=True, slots=True)
class Beside:
    """One indicator: the own state (None where it was not asked), its details, and the shares of the others."""

    indicator: str
    label: Text
    own: str | None
    detail: Text
    region: Share | None
    everyone: Share


def beside(provinces: Sequence[Row], headline: Sequence[Row], own: Row) -> tuple[Beside, ...]:
    """Return each indicator of `headline` for `own`, a row of `participation`, and for the others of `provinces`.

    Each of `provinces` is the row of as many `agencies`, that of one in a table that says nothing of it.
    """
    return tuple(_beside(provinces, row, own) for row in headline if row["n"])


def _beside(provinces: Sequence[Row], row: Row, own: Row) -> Beside:
    found = states(provinces, row["indicator"])
    told = [other for other in provinces if other["portal"] in found]
    everyone = _counted(told, found)
    region = _counted((other for other in told if other["region"] == own["region"]), found)
    return Beside(
        indicator=row["indicator"],
        label=Text(row["label_vi"], row["label_en"]),
        own=states([own], row["indicator"]).get(own["portal"]),
        detail=_detail(row["indicator"], own),
        region=_share(region) if region and own["region"] else None,
        everyone=_share(everyone),
    )


def _counted(rows: Iterable[Row], found: Mapping[str, str]) -> Counter[str]:
    """Return state → how many agencies have it."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[found[row["portal"]]] += row.get("agencies", 1)
    return counts


def _share(counts: Counter[str]) -> Share:
    k, n = counts["present"], counts.total()
    return Share(k, n, counts["unknown"], wilson(k, n))


def _detail(indicator: str, own: Row) -> Text:
    """Return what tells the same state of two provinces apart: the level of a section, the time to a message."""
    if indicator == "qa" and own["has_qa"] == "present" and own["qa_level"] is not None:
        return Text(f"mức {own['qa_level']}", f"level {own['qa_level']}")
    taken = {"replied": "first_answer", "human": "first_human_reply"}.get(indicator)
    if taken is None or own[f"{taken}_hours"] is None:
        return Text("", "")
    hours, days = own[f"{taken}_hours"], own["working_days" if indicator == "human" else f"{taken}_working_days"]
    return Text(
        f"sau {formats.hours(hours, 'vi')}, {days} ngày làm việc",
        f"after {formats.hours(hours, 'en')}, {days} working day{'' if days == 1 else 's'}",
    )
