"""Shares and their intervals, adjusted tests and rankings, against published figures and SciPy."""

import pytest
import scipy  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.reporting.statistics.proportions import clopper_pearson, holm, newcombe, places, readings, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (8, 63, 0.0658, 0.2311),  # the POBI 2019 answers: 6.6–23.1 %
        (61, 63, 0.8914, 0.9913),  # the POBI 2019 portals: 89.1–99.1 %
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (15, 148, 0.0624, 0.1605),  # the same
        (0, 20, 0.0, 0.1611),  # the same
        (1, 29, 0.0061, 0.1718),  # the same
    ],
)
def test_wilson_equals_published_intervals(k: int, n: int, low: float, high: float) -> None:
    interval = wilson(k, n)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (8, 63, 0.0565, 0.2350),  # POBI 2019, Clopper–Pearson
        (81, 263, 0.2527, 0.3676),  # Newcombe 1998, table I, method 5
        (15, 148, 0.0578, 0.1617),  # the same
        (0, 20, 0.0, 0.1684),  # the same
        (1, 29, 0.0009, 0.1776),  # the same
        (20, 20, 0.8316, 1.0),
    ],
)
def test_clopper_pearson_equals_published_intervals(k: int, n: int, low: float, high: float) -> None:
    interval = clopper_pearson(k, n)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_agree_with_scipy(case: tuple[int, int]) -> None:
    k, n = case
    test = scipy.stats.binomtest(k, n)
    for method, ours in (("wilson", wilson(k, n)), ("exact", clopper_pearson(k, n))):
        theirs = test.proportion_ci(0.95, method)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert 0 <= ours.low <= k / n <= ours.high <= 1


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 5), (6, 5), (0, 0)])
def test_a_share_of_nothing_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= k <= n"):
        wilson(k, n)


def test_the_three_readings_of_unknown() -> None:
    states = ["found"] * 61 + ["not_found"] + ["not_seen"]
    found = {reading.treatment: (reading.k, reading.n) for reading in readings(states)}
    assert found == {"excluded": (61, 62), "all not found": (61, 63), "all found": (62, 63)}
    for reading in readings(states):
        assert reading.wilson == wilson(reading.k, reading.n)
        assert reading.exact == clopper_pearson(reading.k, reading.n)


def test_where_everything_is_unknown_nothing_is_left_to_share() -> None:
    excluded, absent, present = readings(["not_seen"] * 4)
    assert (excluded.share, excluded.wilson, excluded.exact) == (None, None, None)
    assert (absent.share, present.share) == (0, 1)
    assert [reading.share for reading in readings([])] == [None, None, None]
    with pytest.raises(ValueError, match="'maybe'"):
        readings(["maybe"])


@given(st.lists(st.sampled_from(["found", "not_found", "not_seen"]), min_size=1))
def test_readings_are_the_bounds(states: list[str]) -> None:
    k, n, unknown = states.count("found"), len(states), states.count("not_seen")
    excluded = k / (n - unknown) if n > unknown else None
    assert [reading.share for reading in readings(states)] == [excluded, k / n, (k + unknown) / n]


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, 873–890, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_equals_published_intervals(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = newcombe(first, second)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


# Outcomes that exclude each other


@pytest.mark.parametrize(
    ("ps", "adjusted"),
    [
        # the manuals of pingouin.multicomp and of stdlib's padjust
        ([0.50, 0.003, 0.32, 0.054, 0.0003], [0.64, 0.012, 0.64, 0.162, 0.0015]),
        ([0.319, 0.201, 0.4, 0.374, 0.113], [0.957, 0.804, 0.957, 0.957, 0.565]),
        ([], []),
    ],
)
def test_holm_equals_published_adjustments(ps: list[float], adjusted: list[float]) -> None:
    assert holm(ps) == pytest.approx(adjusted, abs=1e-9)


# (shares, places): by hand where one look tells.
RANKINGS = [
    ([], []),
    ([(1, 1)], [(1, 1)]),
    ([(5, 10), (5, 10), (5, 10)], [(1, 3)] * 3),
    ([(0, 200), (100, 200), (200, 200)], [(3, 3), (2, 2), (1, 1)]),
    ([(3, 3), (0, 3)], [(1, 2), (1, 2)]),  # p = 0.1: three of each say too little
    ([(4, 4), (0, 4)], [(1, 1), (2, 2)]),  # p = 0.029
    ([(4, 4), (0, 4), (2, 4)], [(1, 3)] * 3),  # the same two among three: p = 0.086
]


@pytest.mark.parametrize(("shares", "expected"), RANKINGS)
def test_places_in_a_ranking(shares: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    assert places(shares) == expected


@settings(max_examples=40)
@given(st.lists(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=6))
def test_places_agree_with_scipy(shares: list[tuple[int, int]]) -> None:
    """Fisher by SciPy, Holm by its definition: the i-th smallest of m is found while m - i + 1 times it is small."""
    pairs = [(a, b) for a in range(len(shares)) for b in range(a)]
    tests = {
        pair: scipy.stats.fisher_exact([(yes, asked - yes) for yes, asked in (shares[unit] for unit in pair)])
        for pair in pairs
    }
    found = []
    for number, pair in enumerate(sorted(pairs, key=lambda pair: tests[pair].pvalue)):
        if tests[pair].pvalue * (len(pairs) - number) > 0.05:
            break
        found.append(pair if shares[pair[0]][0] / shares[pair[0]][1] > shares[pair[1]][0] / shares[pair[1]][1]
                     else pair[::-1])  # fmt: skip
    ours = places(shares)
    assert ours == [
        (1 + sum(low == unit for _, low in found), len(shares) - sum(high == unit for high, _ in found))
        for unit in range(len(shares))
    ]
