"""Correct a share that a machine found by what people read in a random sample of its cases, with an interval.

The strata are what the machine says (of sites: found and not found), each with its own random sample, so the estimate
is that of a stratified sample of a finite population (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, chapter 5). It
is also that of prediction-powered inference with its best weight, where the machine says yes or no.

The interval of a stratum is exact: the numbers of true cases with which at least as many, and at most as many, in the
sample would not be rare (the hypergeometric distribution). So a sample without one error leaves room for errors among
what nobody read, and a stratum that was read whole leaves none. The strata are joined by the distances of their ends
from the estimate (G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693–1702). A test computes what it covers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, hypot, lgamma

from prober.reporting.statistics.proportions import CONFIDENCE, Interval


@dataclass(frozen=True, slots=True)
class Stratum:
    """Cases of which the machine says the same: how many, how many of them were drawn and read, how many are true."""

    population: int
    drawn: int
    truly: int

    @property
    def left(self) -> int:
        return self.population - self.drawn


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrected share of all cases, with its interval.

    The bounds are those that the cases which nobody and nothing has seen leave open: none of them has it, all have it.
    """

    share: float
    low: float
    high: float
    bound_low: float
    bound_high: float


def corrected(strata: Mapping[str, Stratum], not_seen: int = 0) -> Corrected | None:
    """Return the share of all cases that truly have it; None where the machine alone speaks of one of the strata.

    A case that was not seen is in the denominator and is never guessed at. Raises ValueError for counts that do not
    fit.

    >>> found = corrected({"found": Stratum(150, 40, 40), "not_found": Stratum(10, 10, 1)}, not_seen=3)
    >>> [round(value, 3) for value in (found.share, found.low, found.high, found.bound_low, found.bound_high)]
    [0.926, 0.859, 0.926, 0.859, 0.945]
    >>> corrected({"found": Stratum(150, 0, 0), "not_found": Stratum(10, 10, 1)})
    """
    known = [part for part in strata.values() if part.population]
    for part in known:
        if not 0 <= part.truly <= part.drawn <= part.population:
            raise ValueError(f"counts that do not fit: {part}")
    n = sum(part.population for part in known) + not_seen
    if not known or not all(part.drawn for part in known):
        return None
    means = [part.population * part.truly / part.drawn for part in known]
    ends = [exact(part) for part in known]
    total = sum(means)
    low = total - hypot(*(mean - end.low for mean, end in zip(means, ends, strict=True)))
    high = total + hypot(*(end.high - mean for mean, end in zip(means, ends, strict=True)))
    return Corrected(total / n, low / n, high / n, low / n, (high + not_seen) / n)


def exact(part: Stratum) -> Interval:
    """Return between which numbers of its true cases a stratum lies, by the two tails of the hypergeometric."""
    tail = (1 - CONFIDENCE) / 2
    false = Stratum(part.population, part.drawn, part.drawn - part.truly)
    return Interval(_least(part, tail), part.population - _least(false, tail))


def _least(part: Stratum, tail: float) -> int:
    """Return the least number of true cases with which so many in the sample, or more, are not rarer than `tail`."""
    low, high = part.truly, part.left + part.truly
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _at_least(part, middle) > tail else (middle + 1, high)
    return low


def _at_least(part: Stratum, true: int) -> float:
    """Return how often a sample has `part.truly` true cases or more, where the stratum has `true`."""
    most = min(part.drawn, true)
    rest = part.population - true
    whole = _log_choose(part.population, part.drawn)
    least = max(part.truly, part.drawn - rest)
    return sum(exp(_log_choose(true, k) + _log_choose(rest, part.drawn - k) - whole) for k in range(least, most + 1))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
