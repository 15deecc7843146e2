"""Compute shares with intervals, and compare shares that are independent, and those of two waves to the same units.

All 63 provinces are observed: an interval speaks of the process behind the 63 outcomes, not of sampling. Two waves
to the same agencies are pairs: only the agencies that changed carry information on the difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, exp, hypot, log
from statistics import NormalDist

from prober.reporting.statistics.beta_quantile import beta_quantile
from prober.reporting.statistics.merged_units import STATES
from prober.reporting.statistics.randomisation import fisher

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
ROUNDING = 1e-12  # the error of a share that is summed up step by step


@dataclass(frozen=True, slots=True)
class Interval:
    """Two shares, each in 0..1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ShareReading:
    """`k` of `n` under one treatment of those not seen, with both intervals; all three are None where `n` is 0."""

    treatment: str
    k: int
    n: int
    share: float | None
    wilson: Interval | None
    exact: Interval | None


def wilson(k: int, n: int, z: float = Z) -> Interval:
    """Return Wilson's score interval of `k` successes in `n` trials. It never leaves 0..1, unlike the Wald interval.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212; recommended for small n by Brown, Cai and DasGupta,
    Statistical Science 16 (2001) 101–133. Raises ValueError unless 0 ≤ k ≤ n and n > 0.

    >>> interval = wilson(8, 63)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.066, 0.231)
    """
    _check(k, n)
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (k * (n - k) / n + z * z / 4) ** 0.5
    # At k = 0 and k = n one end is known exactly; floating point would miss it by 1e-17.
    return Interval(0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)


def clopper_pearson(k: int, n: int) -> Interval:
    """Return the exact interval: it never covers less than CONFIDENCE, and is wider than Wilson's for that.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404–413, by quantiles of the beta distribution.
    Raises ValueError unless 0 ≤ k ≤ n and n > 0.
    """
    _check(k, n)
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if k == 0 else beta_quantile(k, n - k + 1, tail)
    high = 1.0 if k == n else beta_quantile(k + 1, n - k, 1 - tail)
    return Interval(low, high)


def readings(states: Iterable[str]) -> tuple[ShareReading, ...]:
    """Return the share that is found, under each treatment of those not seen.

    Leaving them out assumes that they are like the others; counting them as not found or as found assumes the worst and
    the best; the truth lies between the last two in any case (C. F. Manski, Am. Econ. Rev. 80 (1990) 319–323). Raises
    ValueError for a state that is none of the three.

    >>> [(reading.treatment, reading.k, reading.n) for reading in readings(["found", "not_found", "not_seen"])]
    [('excluded', 1, 2), ('all not found', 1, 3), ('all found', 2, 3)]
    """
    counts = dict.fromkeys(STATES, 0)
    for state in states:
        if state not in counts:
            raise ValueError(f"a state is one of {', '.join(STATES)}, not {state!r}")
        counts[state] += 1
    found, not_found, not_seen = counts.values()
    n = found + not_found + not_seen
    return (
        _reading("excluded", found, n - not_seen),
        _reading("all not found", found, n),
        _reading("all found", found + not_seen, n),
    )


def newcombe(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Return the interval of `first` minus `second`, two independent shares as (k, n), from their Wilson intervals.

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10. Not for two waves of the same units,
    which are not independent. Raises ValueError like `wilson`.

    >>> interval = newcombe((56, 70), (48, 80))
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0524, 0.3339)
    """
    a, b = wilson(*first), wilson(*second)
    p, q = first[0] / first[1], second[0] / second[1]
    return Interval(p - q - hypot(p - a.low, b.high - q), p - q + hypot(a.high - p, q - b.low))


def log_log(share: float, error: float) -> tuple[float, float]:
    """Return the interval of a share on the log(−log) scale, which stays in 0..1; the share itself where it is 0 or 1.

    `error` is its standard error. Source: J. D. Kalbfleisch and R. L. Prentice, The Statistical Analysis of Failure
    Time Data, 1980, section 1.3.
    """
    if not ROUNDING < share < 1 - ROUNDING:
        return share, share
    width = Z * error / (share * -log(share))
    return share ** exp(width), share ** exp(-width)


def holm(ps: Sequence[float]) -> list[float]:
    """Return each p adjusted for their number, in the order given (S. Holm, Scand. J. Statistics 6 (1979) 65–70).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, least = [0.0] * len(ps), 0.0
    for place, index in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        least = max(least, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = least
    return adjusted


def _reading(treatment: str, k: int, n: int) -> ShareReading:
    if not n:
        return ShareReading(treatment, k, n, None, None, None)
    return ShareReading(treatment, k, n, k / n, wilson(k, n), clopper_pearson(k, n))


def _check(k: int, n: int) -> None:
    if n <= 0 or not 0 <= k <= n:
        raise ValueError(f"a share needs 0 <= k <= n and n > 0, not k={k}, n={n}")


LEVEL = 0.05


def places(shares: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first and last place that each of `shares`, independent (k, n), may hold; 1 is the highest share.

    Every two are compared by Fisher's exact test, adjusted after Holm for all these comparisons: the chance that any
    two whose true shares are equal are put in an order is at most LEVEL. Ranges of places from pairwise tests are
    those of M. Mogstad, J. P. Romano, A. M. Shaikh and D. Wilhelm, Review of Economic Studies 91 (2024) 476–518.
    Raises ValueError unless 0 ≤ k ≤ n and n > 0.

    >>> places([(30, 30), (0, 30), (1, 2)])
    [(1, 2), (2, 3), (1, 3)]
    """
    if any(n < 1 or not 0 <= k <= n for k, n in shares):
        raise ValueError(f"a share needs 0 <= k <= n and n > 0: {list(shares)}")
    pairs = list(combinations(range(len(shares)), 2))
    better, worse = [0] * len(shares), [0] * len(shares)
    for (a, b), p in zip(pairs, holm([fisher(shares[a], shares[b]) for a, b in pairs]), strict=True):
        (k, n), (m, others) = shares[a], shares[b]
        if p <= LEVEL and k * others != m * n:
            high, low = (a, b) if k * others > m * n else (b, a)
            better[low] += 1
            worse[high] += 1
    return [(1 + above, len(shares) - below) for above, below in zip(better, worse, strict=True)]


@dataclass(frozen=True, slots=True)
class PairedChange:
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


def paired_change(before: Mapping[str, str], after: Mapping[str, str]) -> PairedChange:
    """Compare two waves, each unit → its state; a unit that is missing or not seen in one is left out.

    >>> paired_change({"a": "not_found", "b": "found", "c": "not_seen"}, {"a": "found", "b": "found", "c": "found"})
    PairedChange(both=('b',), gained=('a',), lost=(), neither=(), left_out=('c',))
    """
    cells: dict[tuple[str | None, str | None], list[str]] = {}
    for unit in sorted({*before, *after}):
        cells.setdefault((before.get(unit), after.get(unit)), []).append(unit)
    kept = [cells.pop((a, b), []) for a in ("found", "not_found") for b in ("found", "not_found")]
    both, lost, gained, neither = map(tuple, kept)
    return PairedChange(both, gained, lost, neither, tuple(sorted(unit for units in cells.values() for unit in units)))


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided p of McNemar's exact test that as many units gain as lose (binomial distribution).

    1.0 where no unit changed. Source: Q. McNemar, Psychometrika 12 (1947) 153–157.

    >>> mcnemar(9, 1)
    0.021484375
    """
    turned = gained + lost
    tail = sum(comb(turned, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / 2**turned)


def paired_difference(gained: int, lost: int, n: int) -> Interval:
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
