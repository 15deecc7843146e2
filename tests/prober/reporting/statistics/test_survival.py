"""Kaplan–Meier, its band, its median and its restricted mean, against published tables and SciPy."""

from statistics import fmean, pvariance

import pytest
import scipy  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from prober.reporting.statistics.survival import (
    at_risk,
    kaplan_meier,
    median,
    median_interval,
    restricted_mean,
    restricted_mean_error,
)

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
    function = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=events, right=censored)).sf
    for step in curve.steps:
        assert step.survival == pytest.approx(float(function.evaluate(step.time)), abs=1e-12)
        assert step.at_risk == at_risk(events, censored, [step.time])[0]


def test_the_band_agrees_with_scipy() -> None:
    function = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=REMISSION, right=STILL_IN_REMISSION)).sf
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


def test_the_interval_of_the_median_is_that_of_the_textbook() -> None:
    assert median_interval(kaplan_meier(REMISSION, STILL_IN_REMISSION)) == (13, None)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_the_error_of_a_mean_without_censoring_is_the_usual_one(times: list[int]) -> None:
    curve = kaplan_meier(times)
    assert restricted_mean(curve, 61) == pytest.approx(fmean(times))
    assert restricted_mean_error(curve, 61) == pytest.approx((pvariance(times) / len(times)) ** 0.5, abs=1e-9)


def test_the_error_of_a_mean_with_censoring_is_that_of_the_curve_under_it() -> None:
    """As a double integral over the covariances of the curve, which SciPy draws: 6-MP, up to 35 weeks."""
    sf = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=REMISSION, right=STILL_IN_REMISSION)).sf
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
