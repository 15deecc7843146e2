"""Compare two arms by repeating the draw: how large a difference do other draws by the same procedure give?

This needs no model of offices, only that the arms were drawn as they were: in blocks, balanced, whole provinces. A test
that shuffles agencies one by one would answer about a draw that was never made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb

_SAME = 1e-9  # differences of shares closer than this are equal


@dataclass(frozen=True, slots=True)
class Arms:
    """`second` minus `first`, each arm as (k, n). p is two-sided, over `draws` other draws and the real one."""

    names: tuple[str, str]
    first: tuple[int, int]
    second: tuple[int, int]
    difference: float
    draws: int
    p: float


def compare(
    outcomes: Mapping[str, bool], drawn: Mapping[str, str], names: tuple[str, str], draws: Iterable[Mapping[str, str]]
) -> Arms:
    """Compare the share of True between the two arms `names` (unit → arm) with that in `draws` (each unit → arm).

    p = (1 + draws with a difference at least as large) / (1 + draws), which is never 0 and keeps the test's level
    (B. Phipson and G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) article 39). Raises ValueError where a unit has
    no arm, an arm is empty in a draw, or there are no draws.
    """
    seen = _difference(_counts(outcomes, drawn, names))
    total = extreme = 0
    for draw in draws:
        total += 1
        extreme += abs(_difference(_counts(outcomes, draw, names))) >= abs(seen) - _SAME
    if not total:
        raise ValueError("without draws there is nothing to compare the difference with")
    first, second = _counts(outcomes, drawn, names)
    return Arms(names, first, second, seen, total, (1 + extreme) / (1 + total))


def fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Return the two-sided p of Fisher's exact test of two arms (k, n), summed over tables no likelier than this one.

    R and SciPy sum in the same way. It is the randomisation test of a draw without blocks, given next to `compare` for
    comparison only.

    >>> round(fisher((8, 10), (1, 6)), 4)
    0.035
    """
    (k, n), (m, others) = first, second
    answers = k + m
    weights = [comb(n, i) * comb(others, answers - i) for i in range(max(0, answers - others), min(n, answers) + 1)]
    seen = comb(n, k) * comb(others, m)
    return sum(weight for weight in weights if weight <= seen) / comb(n + others, answers)


def _counts(
    outcomes: Mapping[str, bool], arms: Mapping[str, str], names: tuple[str, str]
) -> tuple[tuple[int, int], tuple[int, int]]:
    counts = {name: [0, 0] for name in names}
    for unit, happened in outcomes.items():
        if arms.get(unit) not in counts:
            raise ValueError(f"{unit} is in neither arm: {arms.get(unit)!r} is not one of {', '.join(names)}")
        counts[arms[unit]][0] += happened
        counts[arms[unit]][1] += 1
    first, second = ((k, n) for k, n in counts.values())
    return first, second


def _difference(counts: tuple[tuple[int, int], tuple[int, int]]) -> float:
    (k, n), (m, others) = counts
    if not n or not others:
        raise ValueError("one of the two arms is empty")
    return m / others - k / n
