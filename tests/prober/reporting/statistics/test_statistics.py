"""Figures checked against published ones and against scipy, an independent implementation."""

from statistics import fmean, pvariance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, binomtest, ecdf, fisher_exact

from prober.reporting.statistics.cumulative_incidence import WAITING, aalen_johansen, share_by
from prober.reporting.statistics.proportions import clopper_pearson, holm, newcombe, places, readings, wilson
from prober.reporting.statistics.survival import (
    at_risk,
    kaplan_meier,
    median,
    median_interval,
    restricted_mean,
    restricted_mean_error,
)


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


@settings(deadline=None)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_agree_with_scipy(case: tuple[int, int]) -> None:
    k, n = case
    test = binomtest(k, n)
    for method, ours in (("wilson", wilson(k, n)), ("exact", clopper_pearson(k, n))):
        theirs = test.proportion_ci(0.95, method)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert 0 <= ours.low <= k / n <= ours.high <= 1


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 5), (6, 5), (0, 0)])
def test_a_share_of_nothing_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= k <= n"):
        wilson(k, n)


# The leukaemia trial of Freireich and others (1963), 6-MP arm; the table printed in every textbook.
REMISSION = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_IN_REMISSION = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


def test_kaplan_meier_equals_the_textbook_table() -> None:
    curve = kaplan_meier(REMISSION, STILL_IN_REMISSION)
    assert [(s.time, s.at_risk, s.events, round(s.survival, 4)) for s in curve.steps] == [
        (6, 21, 3, 0.8571),
        (7, 17, 1, 0.8067),
        (10, 15, 1, 0.7529),
        (13, 12, 1, 0.6902),
        (16, 11, 1, 0.6275),
        (22, 7, 1, 0.5378),
        (23, 6, 1, 0.4482),
    ]
    assert median(curve) == 23
    assert (curve.n, curve.end) == (21, 35)


positive = st.lists(st.integers(0, 60), max_size=30)


@given(positive, positive)
def test_kaplan_meier_agrees_with_scipy(events: list[int], censored: list[int]) -> None:
    if not events:
        assert kaplan_meier(events, censored).steps == ()
        return
    curve = kaplan_meier(events, censored)
    function = ecdf(CensoredData(uncensored=events, right=censored)).sf
    for step in curve.steps:
        assert step.survival == pytest.approx(float(function.evaluate(step.time)), abs=1e-12)
        assert step.at_risk == at_risk(events, censored, [step.time])[0]


def test_the_band_agrees_with_scipy() -> None:
    function = ecdf(CensoredData(uncensored=REMISSION, right=STILL_IN_REMISSION)).sf
    band = function.confidence_interval(0.95, method="log-log")
    for step in kaplan_meier(REMISSION, STILL_IN_REMISSION).steps:
        assert step.low == pytest.approx(float(band.low.evaluate(step.time)))
        assert step.high == pytest.approx(float(band.high.evaluate(step.time)))


def test_eight_answers_in_sixty_three_never_reach_the_median() -> None:
    curve = kaplan_meier([70.0] * 8, [1008.0] * 55)
    assert median(curve) is None
    assert curve.survival_at(1008) == pytest.approx(55 / 63)
    assert curve.survival_at(69.9) == 1.0


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    # 63 requests, 8 answered after 70 hours, watched for 100: 70 hours for all and 30 more for the 55 others.
    assert restricted_mean(kaplan_meier([70.0] * 8, [100.0] * 55), 100) == pytest.approx(70 + 30 * 55 / 63)


def test_a_reply_before_its_request_is_refused() -> None:
    with pytest.raises(ValueError, match="before its request"):
        kaplan_meier([-1.0])


def test_the_three_readings_of_unknown() -> None:
    states = ["present"] * 61 + ["absent"] + ["unknown"]
    found = {reading.treatment: (reading.k, reading.n) for reading in readings(states)}
    assert found == {"excluded": (61, 62), "all absent": (61, 63), "all present": (62, 63)}
    for reading in readings(states):
        assert reading.wilson == wilson(reading.k, reading.n)
        assert reading.exact == clopper_pearson(reading.k, reading.n)


def test_where_everything_is_unknown_nothing_is_left_to_share() -> None:
    excluded, absent, present = readings(["unknown"] * 4)
    assert (excluded.share, excluded.wilson, excluded.exact) == (None, None, None)
    assert (absent.share, present.share) == (0, 1)
    assert [reading.share for reading in readings([])] == [None, None, None]
    with pytest.raises(ValueError, match="'maybe'"):
        readings(["maybe"])


@given(st.lists(st.sampled_from(["present", "absent", "unknown"]), min_size=1))
def test_readings_are_the_bounds(states: list[str]) -> None:
    k, n, unknown = states.count("present"), len(states), states.count("unknown")
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


def test_the_interval_of_the_median_is_that_of_the_textbook() -> None:
    assert median_interval(kaplan_meier(REMISSION, STILL_IN_REMISSION)) == (13, None)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_the_error_of_a_mean_without_censoring_is_the_usual_one(times: list[int]) -> None:
    curve = kaplan_meier(times)
    assert restricted_mean(curve, 61) == pytest.approx(fmean(times))
    assert restricted_mean_error(curve, 61) == pytest.approx((pvariance(times) / len(times)) ** 0.5, abs=1e-9)


# Outcomes that exclude each other

waits = st.lists(st.tuples(st.integers(0, 30), st.sampled_from([WAITING, "answer", "refusal", "bounce"])), max_size=40)


@given(waits)
def test_all_outcomes_and_those_who_wait_add_up_to_one(given: list[tuple[int, str]]) -> None:
    waiting = kaplan_meier([t for t, what in given if what], [t for t, what in given if not what])
    parts = [aalen_johansen(given, what) for what in ("answer", "refusal", "bounce")]
    for day in range(31):
        total = sum(share_by(steps, day)[0] for steps in parts) + waiting.survival_at(day)
        assert total == pytest.approx(1)


@given(waits)
def test_without_rivals_it_is_one_minus_kaplan_meier(given: list[tuple[int, str]]) -> None:
    alone = [(t, what if what == "answer" else WAITING) for t, what in given]
    curve = kaplan_meier([t for t, what in alone if what], [t for t, what in alone if not what])
    steps = aalen_johansen(alone, "answer")
    assert [step.time for step in steps] == [step.time for step in curve.steps]
    for ours, theirs in zip(steps, curve.steps, strict=True):
        assert ours.share == pytest.approx(1 - theirs.survival)


@given(waits)
def test_without_censoring_it_is_a_plain_share(given: list[tuple[int, str]]) -> None:
    done = [(t, what or "refusal") for t, what in given]
    for step in aalen_johansen(done, "answer"):
        k = sum(what == "answer" and t <= step.time for t, what in done)
        assert step.share == pytest.approx(k / len(done))
        assert step.low <= step.share <= step.high


def test_a_sum_of_shares_that_misses_one_by_rounding_is_one() -> None:
    """The last one still waited for answers when all others are out: the steps add up to 1 less 1e-16."""
    waits = [
        (0, "answer"),
        (1, "answer"),
        (2, "answer"),
        (2, "answer"),
        *[(3, WAITING)] * 3,
        (3, "answer"),
        (4, "answer"),
    ]
    last = aalen_johansen(waits, "answer")[-1]
    assert (last.share, last.low, last.high) == pytest.approx((1, 1, 1))


def test_an_outcome_before_its_request_is_refused() -> None:
    with pytest.raises(ValueError, match="before its request"):
        aalen_johansen([(-1, "answer")], "answer")


def test_the_error_of_a_mean_with_censoring_is_that_of_the_curve_under_it() -> None:
    """As a double integral over the covariances of the curve, which SciPy draws: 6-MP, up to 35 weeks."""
    sf = ecdf(CensoredData(uncensored=REMISSION, right=STILL_IN_REMISSION)).sf
    everyone = REMISSION + STILL_IN_REMISSION
    weeks = range(35)  # between two whole weeks nothing happens
    spread = [
        sum(
            REMISSION.count(t) / (at_risk * (at_risk - REMISSION.count(t)))
            for t in set(REMISSION)
            if t <= week and (at_risk := sum(time >= t for time in everyone))
        )
        for week in weeks
    ]
    curve = [float(sf.evaluate(week)) for week in weeks]
    variance = sum(curve[s] * curve[t] * spread[min(s, t)] for s in weeks for t in weeks)
    ours = kaplan_meier(REMISSION, STILL_IN_REMISSION)
    assert restricted_mean(ours, 35) == pytest.approx(sum(curve), abs=1e-9)
    assert restricted_mean_error(ours, 35) == pytest.approx(variance**0.5, abs=1e-9)


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


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=6))
def test_places_agree_with_scipy(shares: list[tuple[int, int]]) -> None:
    """Fisher by SciPy, Holm by its definition: the i-th smallest of m is found while m - i + 1 times it is small."""
    pairs = [(a, b) for a in range(len(shares)) for b in range(a)]
    tests = {
        (a, b): fisher_exact([[shares[a][0], shares[a][1] - shares[a][0]], [shares[b][0], shares[b][1] - shares[b][0]]])
        for a, b in pairs
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
