"""Places in a ranking of shares, as far as the data can tell them apart.

A list sorted by share looks like a ranking even where chance made the order. Here each unit has a range of places: all
those that it may hold when only differences count that a test finds.
"""

from collections.abc import Sequence
from itertools import combinations

from prober.reporting.statistics.proportions import holm
from prober.reporting.statistics.randomisation import fisher

LEVEL = 0.05


def places(shares: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last place that each of `shares`, independent (k, n), may hold; place 1 has the highest share.

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
