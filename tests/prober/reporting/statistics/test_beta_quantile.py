"""Quantiles of the beta distribution, against closed forms and SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv  # type: ignore[import-untyped]

from prober.reporting.statistics.beta_quantile import beta_quantile

TAILS = st.sampled_from([0.025, 0.5, 0.975])


@given(st.integers(1, 20_000), st.integers(1, 20_000), TAILS)
def test_quantiles_of_shares_agree_with_scipy(a: int, b: int, p: float) -> None:
    assert beta_quantile(a, b, p) == pytest.approx(float(betaincinv(a, b, p)), rel=1e-9)


@given(st.floats(0.05, 5_000), st.floats(0.05, 5_000), st.floats(0.001, 0.999))
def test_quantiles_of_any_parameters_agree_with_scipy(a: float, b: float, p: float) -> None:
    found = beta_quantile(a, b, p)
    assert 0 <= found <= 1
    assert found == pytest.approx(float(betaincinv(a, b, p)), rel=1e-6, abs=1e-12) or float(
        betainc(a, b, found)
    ) == pytest.approx(p, abs=1e-9)  # where the distribution is flat many x have the same probability


@given(st.integers(1, 500), TAILS)
def test_the_least_of_many_has_a_closed_form(n: int, p: float) -> None:
    assert beta_quantile(1, n, p) == pytest.approx(1 - (1 - p) ** (1 / n), rel=1e-9)
    assert beta_quantile(n, 1, p) == pytest.approx(p ** (1 / n), rel=1e-9)


def test_the_ends_are_exact() -> None:
    assert (beta_quantile(3, 4, 0), beta_quantile(3, 4, 1)) == (0.0, 1.0)


@pytest.mark.parametrize(("a", "b", "p"), [(0, 1, 0.5), (1, -1, 0.5), (1, 1, 1.5), (1, 1, -0.1)])
def test_what_is_no_distribution_is_refused(a: float, b: float, p: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        beta_quantile(a, b, p)
