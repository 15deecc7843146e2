"""Measure how far two coders agree who read the same replies independently: raw share, kappa, AC1, alpha.

Each coefficient is None where it is not defined: nothing was coded twice, or all coders used one value only, so that
agreement by chance is certain. Tested against published examples and the package krippendorff.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

Value = TypeVar("Value", bound=Hashable)
Pairs = Sequence[tuple[Value, Value]]
# Called with the frequencies of the values in order and the places of two of them; returns their squared distance.
Distance = Callable[[Sequence[float], int, int], float]


def raw(pairs: Pairs[Value]) -> float | None:
    """Return the share of the units on which both coders agree.

    >>> raw([("F1", "F1"), ("F1", "P1")])
    0.5
    """
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else None


def cohen_kappa(pairs: Pairs[Value]) -> float | None:
    """Return the agreement beyond what each coder's own frequencies give by chance (J. Cohen, 1960).

    >>> round(cohen_kappa([("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15), 3)
    0.4
    """
    first, second = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    if not pairs:
        return None
    chance = sum(first[value] * second[value] for value in first) / len(pairs) ** 2
    return _beyond(raw(pairs), chance)


def gwet_ac1(pairs: Pairs[Value]) -> float | None:
    """Return the agreement beyond chance where one value is far more frequent than the others (K. L. Gwet, 2008).

    In that case kappa falls although coders agree on nearly everything, as with 8 answers in 63.
    """
    used = Counter(value for pair in pairs for value in pair)
    if len(used) < 2:
        return None
    shares = [count / (2 * len(pairs)) for count in used.values()]
    return _beyond(raw(pairs), sum(share * (1 - share) for share in shares) / (len(used) - 1))


def _beyond(observed: float | None, chance: float) -> float | None:
    return None if observed is None or chance >= 1 else (observed - chance) / (1 - chance)


def nominal(_frequencies: Sequence[float], a: int, b: int) -> float:
    """Return 0 for the same value and 1 for two different ones."""
    return float(a != b)


def ordinal(frequencies: Sequence[float], a: int, b: int) -> float:
    """Return the distance of two ranks: the ratings between them count (K. Krippendorff, 2011)."""
    low, high = min(a, b), max(a, b)
    return (sum(frequencies[low : high + 1]) - (frequencies[low] + frequencies[high]) / 2) ** 2


def krippendorff_alpha(units: Sequence[Sequence[Value]], order: Sequence[Value], distance: Distance) -> float | None:
    """Return Krippendorff's alpha over any number of coders; units with fewer than two codings are ignored.

    `order` has every value once, in rank order for `ordinal`. Raises ValueError for a value that is not in it.
    """
    place: Mapping[Value, int] = {value: number for number, value in enumerate(order)}
    if strange := {value for unit in units for value in unit} - set(place):
        raise ValueError(f"values without a place in the order: {strange}")
    size = len(order)
    together = [[0.0] * size for _ in range(size)]
    for unit in units:
        counts = Counter(place[value] for value in unit)
        for a, of_a in counts.items() if len(unit) > 1 else ():
            for b, of_b in counts.items():
                together[a][b] += of_a * (of_b - (a == b)) / (len(unit) - 1)
    frequencies = [sum(row) for row in together]
    total = sum(frequencies)
    cells = [(a, b, distance(frequencies, a, b)) for a in range(size) for b in range(size)]
    expected = sum(frequencies[a] * frequencies[b] * far for a, b, far in cells)
    if not expected:
        return None
    return 1 - (total - 1) * sum(together[a][b] * far for a, b, far in cells) / expected
