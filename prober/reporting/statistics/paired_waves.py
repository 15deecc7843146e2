"""Compare two waves over the same units by the units that changed.

Two waves to the same agencies are pairs. Their shares must not be compared as if they came from different agencies:
only the agencies that changed carry information on the difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

from prober.reporting.statistics.proportions import Interval, clopper_pearson


@dataclass(frozen=True, slots=True)
class Change:
    """Two waves over the units whose states are both known. Names are sorted; `left_out` are all other units."""

    both: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    neither: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.both) + len(self.gained) + len(self.lost) + len(self.neither)

    @property
    def before(self) -> int:
        return len(self.both) + len(self.lost)

    @property
    def after(self) -> int:
        return len(self.both) + len(self.gained)


def change(before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    """Compare two waves, each unit → present, absent or unknown; a unit missing or unknown in one is left out.

    >>> change({"a": "absent", "b": "present", "c": "unknown"}, {"a": "present", "b": "present", "c": "present"})
    Change(both=('b',), gained=('a',), lost=(), neither=(), left_out=('c',))
    """
    cells: dict[tuple[str | None, str | None], list[str]] = {}
    for unit in sorted({*before, *after}):
        cells.setdefault((before.get(unit), after.get(unit)), []).append(unit)
    kept = [cells.pop((a, b), []) for a in ("present", "absent") for b in ("present", "absent")]
    both, lost, gained, neither = map(tuple, kept)
    return Change(both, gained, lost, neither, tuple(sorted(unit for units in cells.values() for unit in units)))


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided p of McNemar's exact test that as many units gain as lose (binomial distribution).

    1.0 where no unit changed. Source: Q. McNemar, Psychometrika 12 (1947) 153–157.

    >>> mcnemar(9, 1)
    0.021484375
    """
    turned = gained + lost
    tail = sum(comb(turned, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / 2**turned)


def difference(gained: int, lost: int, n: int) -> Interval:
    """Return the 95 % interval of the share after minus the share before, given how many of `n` units changed.

    This is the exact interval of gained among changed, rescaled; so it leaves out 0 exactly where `mcnemar` is below
    0.05. The number of changes is taken as given: with none, the interval is 0 to 0. Raises ValueError unless n ≥
    gained + lost and n > 0.
    """
    turned = gained + lost
    if n <= 0 or turned > n or min(gained, lost) < 0:
        raise ValueError(f"{gained} gained and {lost} lost do not fit into {n}")
    if not turned:
        return Interval(0.0, 0.0)
    share = clopper_pearson(gained, turned)
    return Interval((2 * share.low - 1) * turned / n, (2 * share.high - 1) * turned / n)
