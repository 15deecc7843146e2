"""Compare one province with its region and all provinces, and with itself: what each look at its sites found.

No rank follows from it: a share of a region is of a few offices, and what was not seen stays in its denominator.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from prober.reporting.statistics.proportions import Interval, wilson
from prober.reporting.tables.indicators import states
from prober.reporting.words import formats, labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row, grouped


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` have a thing, with Wilson's 95 % interval; of the others `not_seen` were not seen."""

    k: int
    n: int
    not_seen: int
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
    k, n = counts["found"], counts.total()
    return Share(k, n, counts["not_seen"], wilson(k, n))


def _detail(indicator: str, own: Row) -> Text:
    """Return what distinguishes two provinces of the same state: the level of a section, the time to a message."""
    if indicator == "qa" and own["has_qa"] == "found" and own["qa_level"] is not None:
        return Text(f"mức {own['qa_level']}", f"level {own['qa_level']}")
    taken = {"replied": "first_answer", "human": "first_human_reply"}.get(indicator)
    if taken is None or own[f"{taken}_hours"] is None:
        return Text("", "")
    hours, days = own[f"{taken}_hours"], own["working_days" if indicator == "human" else f"{taken}_working_days"]
    return Text(
        f"sau {formats.hours(hours, 'vi')}, {days} ngày làm việc",
        f"after {formats.hours(hours, 'en')}, {days} working day{'' if days == 1 else 's'}",
    )


SHOWN = 12  # looks that differ, the newest ones


@dataclass(frozen=True, slots=True)
class Turn:
    """One verdict that a look found to be another than the last one that is known; `before` is "" at the first."""

    kind: Text
    before: str
    after: str
    level: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """One scan's look at a site, and how many later ones, the last of them on `until`, found the same."""

    at: str
    scan: int
    outcome: str
    failure: str
    turns: tuple[Turn, ...]
    same: int = 0
    until: str = ""


def looks(visits: Sequence[Row], verdicts: Sequence[Row]) -> tuple[Look, ...]:
    """Return the looks at one site that differ from the one before, newest first, at most SHOWN.

    `visits` are rows of the query of this name, oldest first, `verdicts` those of the same agency.
    """
    found: list[Look] = []
    for look in _looks(visits, grouped(verdicts, "scan")):
        last = found[-1] if found else None
        if last and not look.turns and (look.outcome, look.failure) == (last.outcome, last.failure):
            found[-1] = replace(last, same=last.same + 1, until=look.at)
        else:
            found.append(look)
    return tuple(reversed(found[-SHOWN:]))


def _looks(visits: Sequence[Row], verdicts: Mapping[object, Sequence[Row]]) -> Iterator[Look]:
    """Yield every look. What a look could not see is no turn: the outcome of the look says that."""
    known: dict[str, tuple[str, int | None]] = {}
    for visit in visits:
        turns = []
        for row in verdicts.get(visit["scan"], ()):
            leveled = row["kind"] == "qa" and row["state"] == "found"
            state = (row["state"], row["level"] if leveled else None)
            before = known.get(row["kind"])
            if before == state or (row["state"] == "not_seen" and (visit["outcome"] != "seen" or not before)):
                continue
            known[row["kind"]] = state
            turns.append(Turn(labels.kind(row), before[0] if before else "", *state))
        yield Look(visit["at"], visit["scan"], visit["outcome"], visit["failure"] or "", tuple(turns))
