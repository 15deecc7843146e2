"""Correct a share that rules found by what people read in a random part of the cases, with an interval.

The estimate is that of prediction-powered inference (A. N. Angelopoulos and others, Science 382 (2023) 669–674) with
power tuning (PPI++, arXiv:2311.01453), for a list drawn with known chances as in design-based supervised learning (N.
Egami and others, NeurIPS 2023), over a finite population.

The package ppi-python is not used: it takes the cases for a sample of an endless population, and its intervals, by the
central limit theorem, cover far too seldom where few of the read cases were mistaken. A test holds the estimates equal.
"""

from dataclasses import dataclass
from enum import StrEnum

from prober.reporting.statistics.beta_quantile import beta_quantile
from prober.reporting.statistics.proportions import CONFIDENCE, Interval

# An interval is claimed only where all three hold; the table in docs/method.md shows what it covers then.
LEAST_READ = 100
LEAST_WRONG = 10  # of those read, at which rules and readers say different things
LEAST_LEFT = 25  # wrong ones that these let expect among those not read
PRIOR = 0.5  # H. Jeffreys' prior for a share, added to each of both counts


class Basis(StrEnum):
    """The basis of a corrected share. Only `sample` has an interval, and `all` is known without one."""

    NOTHING = "nothing"
    TOO_FEW = "too few"
    TOO_FEW_WRONG = "too few wrong"
    SAMPLE = "sample"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Stratum:
    """Cases of which the rules say the same: how many, how many were drawn and read, and how many of these have it."""

    cases: int
    read: int
    has: int

    @property
    def left(self) -> int:
        return self.cases - self.read


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrected share; `wrong` of those read were mistaken by the rules. None where nothing supports a value."""

    basis: Basis
    share: float | None
    interval: Interval | None
    read: int
    wrong: int
    left: int


def corrected(said: Stratum, unsaid: Stratum, settled: int = 0, settled_has: int = 0) -> Corrected:
    """Return the share of all cases that have it: of `said` the rules say so, of `unsaid` not.

    Those read of both parts together are a simple random sample of them. `settled` cases need no reading, or were read
    whatever the draw; `settled_has` of them have it. Raises ValueError for counts that do not fit.

    >>> found = corrected(said=Stratum(150, 40, 34), unsaid=Stratum(350, 60, 6))
    >>> found.basis, round(found.share, 3), round(found.interval.low, 2), round(found.interval.high, 2), found.wrong
    (<Basis.SAMPLE: 'sample'>, 0.325, 0.27, 0.39, 12)
    """
    for part in (said, unsaid):
        if not 0 <= part.has <= part.read <= part.cases:
            raise ValueError(f"counts that do not fit: {part}")
    if not 0 <= settled_has <= settled:
        raise ValueError(f"{settled_has} of {settled} settled cases cannot have it")
    cases = said.cases + unsaid.cases
    read, left, total = said.read + unsaid.read, said.left + unsaid.left, cases + settled
    wrong = said.read - said.has + unsaid.has
    if not total or (cases and not read):
        return Corrected(Basis.NOTHING, None, None, read, wrong, left)
    has = _tuned(said, unsaid) * cases + settled_has
    if not left:
        return Corrected(Basis.ALL, has / total, None, read, wrong, left)
    basis = _basis(read, wrong, left)
    known = said.has + unsaid.has + settled_has
    interval = _interval(said, unsaid, known, total) if basis == Basis.SAMPLE else None
    return Corrected(basis, has / total, interval, read, wrong, left)


def _basis(read: int, wrong: int, left: int) -> Basis:
    if read < LEAST_READ:
        return Basis.TOO_FEW
    return Basis.SAMPLE if wrong >= LEAST_WRONG and wrong * left >= LEAST_LEFT * read else Basis.TOO_FEW_WRONG


def _tuned(said: Stratum, unsaid: Stratum) -> float:
    """Return the mean of PPI++ over both parts, 0 to 1: λ · (share said) + mean of what was read − λ · (said of it).

    The λ of least variance is the slope of what people say on what rules say, for yes or no the difference of two
    shares. Where the rules said the same of all that was read, no slope is known, and λ is 1.
    """
    cases, read = said.cases + unsaid.cases, said.read + unsaid.read
    if not cases:
        return 0.0
    slope = said.has / said.read - unsaid.has / unsaid.read if said.read and unsaid.read else 1.0
    mean = (said.has + unsaid.has) / read + slope * (said.cases / cases - said.read / read)
    return min(1.0, max(0.0, mean))


def _interval(said: Stratum, unsaid: Stratum, known: int, total: int) -> Interval:
    """Return the interval for the number that have it among those not read, carried over to the share of all.

    Of each part this number is beta-binomial with Jeffreys' prior (A. Agresti and D. B. Hitchcock, Statistical Methods
    and Applications 14 (2005) 297–330); their sum is taken as a beta variable of the same mean and variance. What was
    read adds no variance, so nothing of it is left where all was read.
    """
    mean = variance = 0.0
    for part in (said, unsaid):
        weight = part.read + 2 * PRIOR
        share = (part.has + PRIOR) / weight
        mean += part.left * share
        variance += part.left * share * (1 - share) * (weight + part.left) / (weight + 1)
    left = said.left + unsaid.left
    share = mean / left
    weight = share * (1 - share) * left * left / variance - 1
    tail = (1 - CONFIDENCE) / 2
    low, high = (beta_quantile(share * weight, (1 - share) * weight, p) for p in (tail, 1 - tail))
    return Interval((known + left * low) / total, (known + left * high) / total)
