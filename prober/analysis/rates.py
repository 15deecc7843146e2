"""Shares with intervals.

All 63 provinces are observed: an interval speaks of the process behind the 63 outcomes, not of sampling.
"""

from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


@dataclass(frozen=True, slots=True)
class Interval:
    """Two shares, each in 0..1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """The share under the three readings of `unknown`: left out, all absent, all present."""

    excluded: float | None
    absent: float
    present: float


def wilson(k: int, n: int, z: float = Z) -> Interval:
    """Wilson's score interval of `k` successes in `n` trials. Never leaves 0..1, unlike the Wald interval.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212; recommended for small n by Brown, Cai and DasGupta,
    Statistical Science 16 (2001) 101–133. Raises ValueError unless 0 ≤ k ≤ n and n > 0.

    >>> interval = wilson(8, 63)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.066, 0.231)
    """
    _check(k, n)
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (k * (n - k) / n + z * z / 4) ** 0.5
    # At k = 0 and k = n one end is exact; floating point would miss it by 1e-17.
    return Interval(0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)


def clopper_pearson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval: never covers less than `confidence`, at the price of being wider than Wilson's.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404–413, by quantiles of the beta distribution.
    Raises ValueError unless 0 ≤ k ≤ n and n > 0.
    """
    from scipy.special import betaincinv  # type: ignore[import-untyped]  # 0.3 s to import: only who asks pays

    _check(k, n)
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return Interval(low, high)


def bounds(k: int, n: int, unknown: int) -> Bounds:
    """What the share could be, whatever the `unknown` of the `n` really are.

    >>> bounds(61, 63, 1)
    Bounds(excluded=0.9838709677419355, absent=0.9682539682539683, present=0.9841269841269841)
    """
    _check(k, n)
    if not 0 <= unknown <= n - k:
        raise ValueError(f"unknown must be in 0..{n - k}, not {unknown}")
    known = n - unknown
    return Bounds(k / known if known else None, k / n, (k + unknown) / n)


def _check(k: int, n: int) -> None:
    if n <= 0 or not 0 <= k <= n:
        raise ValueError(f"a share needs 0 <= k <= n and n > 0, not k={k}, n={n}")
