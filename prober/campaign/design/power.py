"""Compute the power of a campaign with two arms: how large an effect must be to be found.

It is computed exactly, by adding up the probabilities of all tables that the test calls significant. Fisher's exact
test is the randomisation test of a complete draw: it takes the answers as fixed and only the arms as drawn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

from prober.domain.agency import Reference

ALPHA = 0.05  # two-sided
WANTED = 0.8  # the usual least power
PLAUSIBLE = 40  # points; audits of this kind find a doubling of the rate at most (docs/method.md)
MOST_UNITS = 400  # with more units the power is at least that of this many
ASSUMED = (0.1, 0.3, 0.5)  # shares of answers where nobody says which one is expected
DIFFERENCES = (10, 20, 30, 35, 40)  # points
# For paired waves: shares that answer only in the one and only in the other arm.
TURNS = ((0.2, 0.05), (0.25, 0.05), (0.3, 0.05))
_TEST = f"(Fisher's exact test, two-sided, {ALPHA:.0%})"
_OTHERWISE = "Ask everybody in the same way, or in two paired waves."


@dataclass(frozen=True, slots=True)
class Expected:
    """The share of answers that a study expects of the arm that is asked as before, and who says so."""

    share: float
    source: str


def expected(said: float | None, references: Iterable[Reference], frame: str) -> Expected | None:
    """Return the share of answers to expect: the protocol's, or that of the survey that the study compares itself with.

    `said` is what the protocol says, 0 or None for nothing. A survey of the same `frame` goes before one of another;
    its share is taken as it is printed, to a tenth of a per cent. None where neither says anything.
    """
    if said:
        return Expected(said, "the protocol")
    known = sorted((one for one in references if one.indicator == "replied"), key=lambda one: one.frame != frame)
    return next((Expected(round(one.k / one.n, 3), f"{one.name}: {one.k} of {one.n}") for one in known), None)


def halves(units: int) -> tuple[int, int]:
    """Return the sizes of two arms, the arm at the baseline first.

    They differ by one at most. With 63 units the other order (31 and 32) has up to 0.04 less power.

    >>> halves(63)
    (32, 31)
    """
    return (units + 1) // 2, units // 2


def two_arms(first: int, second: int, rates: tuple[float, float], alpha: float = ALPHA) -> float:
    """Return the power of Fisher's exact test, two-sided, for arms of these sizes and true answer rates.

    >>> round(two_arms(32, 31, (0.127, 0.427)), 2)
    0.76
    """
    ours, theirs = _binomial(first, rates[0]), _binomial(second, rates[1])
    return sum(ours[k] * theirs[m] for k, m in _significant(first, second, alpha))


def paired(units: int, only_first: float, only_second: float, alpha: float = ALPHA) -> float:
    """Return the power of McNemar's exact test for two waves to the same `units`.

    `only_first` and `only_second` are the shares of units that answer only in one of them.

    >>> round(paired(63, 0.25, 0.05), 2)
    0.82
    """
    turning = only_first + only_second
    if not turning:
        return 0.0
    found = 0.0
    for number, chance in enumerate(_binomial(units, turning)):
        half = _binomial(number, 0.5)
        ours = _binomial(number, only_first / turning)
        found += chance * sum(ours[k] for k in range(number + 1) if _two_sided(half, k) <= alpha)
    return found


def detectable(units: int, baseline: float) -> int | None:
    """Return the least difference above `baseline` that two arms of `units` find with power WANTED.

    In whole percentage points up to PLAUSIBLE; None if there is none. Raises ValueError if the baseline leaves no room
    for a difference.
    """
    if not 0 <= baseline < 1:
        raise ValueError(f"a baseline of {baseline} leaves no room for a higher rate")
    first, second = halves(min(units, MOST_UNITS))
    for points in range(1, PLAUSIBLE + 1):
        rate = baseline + points / 100
        if rate <= 1 and two_arms(first, second, (baseline, rate)) >= WANTED:
            return points
    return None


def least_difference(units: int, rate: Expected | None) -> int | None:
    """Return the least difference that two arms of `units` find; without a rate, whichever of ASSUMED holds."""
    found = [detectable(units, share) for share in ([rate.share] if rate else ASSUMED)]
    return None if None in found else max(points for points in found if points is not None)


def baselines(rate: Expected | None) -> tuple[float, ...]:
    """Return the shares of answers to compute with: that which is expected and two higher ones, or ASSUMED."""
    return (rate.share, *ASSUMED[1:]) if rate else ASSUMED


def table(units: int, rate: Expected | None) -> list[tuple[float, list[float | None]]]:
    """Return rows of (baseline, power to find each of DIFFERENCES above it); None if the rate would exceed 1."""
    first, second = halves(min(units, MOST_UNITS))
    return [
        (base, [two_arms(first, second, (base, base + d / 100)) if base + d / 100 <= 1 else None for d in DIFFERENCES])
        for base in baselines(rate)
    ]


def verdict(units: int, rate: Expected | None) -> str:
    """Return the text on power that a person must read before approving two arms of `units` in total."""
    first, second = halves(units)
    head = f"With {units} units in two arms ({first} and {second}), "
    return head + (_of_rate(units, rate.share) if rate else _of_any(units))


def _of_rate(units: int, share: float) -> str:
    """Return what two arms find where this share of answers is expected."""
    sizes = halves(min(units, MOST_UNITS))
    if points := detectable(units, share):
        least = "at most " if units > MOST_UNITS else ""
        at_30 = f"; 30 points have {two_arms(*sizes, (share, share + 0.3)):.2f}" if share <= 0.7 else ""
        return (
            f"from a baseline of {share:.1%}, a difference must be {least}{points} points to be found with a power of "
            f"{WANTED:.2f}{at_30} {_TEST}. A smaller effect is more likely missed than found."
        )
    most = min(PLAUSIBLE, round(100 * (1 - share)))
    at_most = two_arms(*sizes, (share, min(1.0, share + most / 100)))
    return (
        f"from a baseline of {share:.1%}, no plausible difference is found with a power of {WANTED:.2f}: {most} points "
        f"have {at_most:.2f} {_TEST}. {_OTHERWISE}"
    )


def _of_any(units: int) -> str:
    """Return what two arms find from each of the shares assumed, and that nobody has said which one to expect."""
    found = [(detectable(units, share), share) for share in ASSUMED]
    each = ", ".join(f"{f'{points} points' if points else 'none'} from {share:.0%}" for points, share in found)
    unsaid = (
        "Which share will answer is not known: neither the protocol (expected_share) nor a [[reference]] of the study "
        "says one, so three were assumed."
    )
    if not any(points for points, _ in found):
        return f"no plausible difference is found with a power of {WANTED:.2f} {_TEST}. {unsaid} {_OTHERWISE}"
    return (
        f"the least difference that is found with a power of {WANTED:.2f} depends on the share that answers anyway: "
        f"{each} {_TEST}. {unsaid} A smaller effect is more likely missed than found."
    )


@cache
def _significant(first: int, second: int, alpha: float) -> tuple[tuple[int, int], ...]:
    """Return every (answers in the first arm, answers in the second) that the test calls significant."""
    found = []
    for total in range(first + second + 1):
        least = max(0, total - second)
        weights = [comb(first, k) * comb(second, total - k) for k in range(least, min(first, total) + 1)]
        whole = comb(first + second, total)
        running, extreme = 0, set()
        for weight in sorted(set(weights)):  # all tables at most as likely as the observed one, as in R and SciPy
            running += weight * weights.count(weight)
            if running > alpha * whole:
                break
            extreme.add(weight)
        found += [(least + n, total - least - n) for n, weight in enumerate(weights) if weight in extreme]
    return tuple(found)


def _two_sided(chances: Sequence[float], seen: int) -> float:
    """Return the two-sided p-value of `seen` under a symmetric distribution."""
    return min(1.0, 2 * min(sum(chances[: seen + 1]), sum(chances[seen:])))


def _binomial(trials: int, rate: float) -> list[float]:
    return [comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(trials + 1)]
