"""Two waves of the same units: how many turned, against published examples and the binomial test."""

import pytest
import scipy  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from prober.reporting.statistics.proportions import Interval, mcnemar, paired_change, paired_difference

small = st.integers(0, 40)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (121, 59, 4.434e-06),  # the example in the documentation of statsmodels
        (6, 0, 0.03125),  # six of six by a fair coin, twice
        (5, 0, 0.0625),
        (0, 0, 1.0),
        (3, 3, 1.0),
    ],
)
def test_mcnemar(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p, rel=1e-3)
    assert mcnemar(lost, gained) == mcnemar(gained, lost)


@given(small, small)
def test_mcnemar_is_the_binomial_test(gained: int, lost: int) -> None:
    if gained + lost:
        assert mcnemar(gained, lost) == pytest.approx(scipy.stats.binomtest(gained, gained + lost).pvalue)


@given(small, small, small)
def test_the_interval_of_a_change_says_what_the_test_says(gained: int, lost: int, rest: int) -> None:
    if n := gained + lost + rest:
        interval = paired_difference(gained, lost, n)
        assert interval.low <= (gained - lost) / n <= interval.high
        assert (interval.low > 0 or interval.high < 0) == (mcnemar(gained, lost) < 0.05)


def test_units_that_are_unknown_in_one_wave_are_left_out_and_named() -> None:
    before = {"a": "found", "b": "not_found", "c": "not_found", "d": "not_seen", "e": "found"}
    after = {"a": "found", "b": "found", "c": "not_found", "d": "found", "f": "not_found"}
    found = paired_change(before, after)
    assert (found.both, found.gained, found.lost, found.neither) == (("a",), ("b",), (), ("c",))
    assert found.left_out == ("d", "e", "f")
    assert (found.n, found.before, found.after) == (3, 1, 2)


@pytest.mark.parametrize(("gained", "lost", "n"), [(1, 1, 1), (0, 0, 0), (-1, 2, 5)])
def test_a_change_that_does_not_fit_is_refused(gained: int, lost: int, n: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        paired_difference(gained, lost, n)


def test_nobody_turned() -> None:
    assert paired_difference(0, 0, 63) == Interval(0.0, 0.0)
