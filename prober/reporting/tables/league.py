"""Rank shares only as far as the data allow: with intervals and ranges of places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prober.reporting.statistics.proportions import Interval, places, wilson
from prober.reporting.tables import indicators
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row
from prober.text.vietnamese import fold


@dataclass(frozen=True, slots=True)
class Ranked:
    """One unit: k of n, Wilson's interval, and the first and last place that it may hold. `row` is its source."""

    name: Text
    k: int
    n: int
    interval: Interval
    first: int
    last: int
    row: Row

    @property
    def share(self) -> float:
        return self.k / self.n


@dataclass(frozen=True, slots=True)
class League:
    """A ranking. `standings` are in order of place where the data distinguish two of them (`apart`), else by name."""

    standings: tuple[Ranked, ...]
    apart: bool


def league(units: Iterable[tuple[Text, int, int, Row]]) -> League:
    """Return the ranking of `units`: name, k, n, and the source row. Units without any count (n = 0) are left out."""
    counted = [unit for unit in units if unit[2]]
    ranges = places([(k, n) for _, k, n, _ in counted])
    apart = any(last - first + 1 < len(counted) for first, last in ranges)
    standings = [
        Ranked(name, k, n, wilson(k, n), first, last, row)
        for (name, k, n, row), (first, last) in zip(counted, ranges, strict=True)
    ]
    return League(
        tuple(sorted(standings, key=lambda s: ((s.first, s.last) if apart else (0, 0), fold(s.name.vi)))), apart
    )


def of_groups(
    provinces: Sequence[Row], indicator: str, group_of: Mapping[str, str], names: Mapping[str, Text]
) -> League:
    """Rank groups by one indicator, counted as in `prober analysis groups`. `names`: group → its words.

    `group_of`: portal → group.
    """
    rows = indicators.groups(provinces, indicator, group_of)
    return league((names.get(row["group"], Text(row["group"], row["group"])), row["k"], row["n"], row) for row in rows)


def of_sections(activity: Sequence[Row], names: Mapping[str, Text]) -> League:
    """Rank Q&A sections by the share of the sampled questions that were answered: rows of `qa_activity`."""
    return league((names[row["agency"]], row["answered"] or 0, row["sampled"], row) for row in activity)
