"""Power against published figures, against SciPy table by table, and against a simulated survey."""

import random
from itertools import product

import pytest
import scipy  # type: ignore[import-untyped]

from prober.campaign.design.power import (
    ALPHA,
    ASSUMED,
    Expected,
    detectable,
    expected,
    halves,
    least_difference,
    paired,
    table,
    two_arms,
    verdict,
)
from prober.domain.agency import Reference
from prober.studies.folder import packaged

BASELINE = 0.127  # POBI 2019: 8 of 63
POBI = Expected(BASELINE, "POBI 2019: 8 of 63")

# units: (baseline, rate, power), the project's table of designs
PUBLISHED = {
    (63, BASELINE, 0.20): 0.46,
    (63, BASELINE, 0.30): 0.76,
    (63, BASELINE, 0.35): 0.87,
    (63, 0.3, 0.30): 0.66,
    (63, 0.5, 0.30): 0.67,
    (34, BASELINE, 0.40): 0.60,
    (34, 0.3, 0.40): 0.55,
    (34, 0.5, 0.40): 0.63,
}


@pytest.mark.parametrize(("units", "baseline", "difference"), PUBLISHED)
def test_published_figures(units: int, baseline: float, difference: float) -> None:
    found = two_arms(*halves(units), (baseline, baseline + difference))
    assert round(found, 2) == PUBLISHED[units, baseline, difference]


@pytest.mark.parametrize(("units", "gain", "power"), [(63, 0.25, 0.82), (34, 0.30, 0.65)])
def test_published_figures_of_paired_waves(units: int, gain: float, power: float) -> None:
    assert round(paired(units, gain, 0.05), 2) == power
    assert paired(units, 0, 0) == 0


@pytest.mark.parametrize(("first", "second"), [(5, 5), (6, 5), (9, 7), (1, 1)])
@pytest.mark.parametrize("rates", [(0.1, 0.9), (0.5, 0.5), (0.0, 1.0)])
def test_against_scipy_table_by_table(first: int, second: int, rates: tuple[float, float]) -> None:
    wanted = sum(
        scipy.stats.binom.pmf(k, first, rates[0]) * scipy.stats.binom.pmf(m, second, rates[1])
        for k, m in product(range(first + 1), range(second + 1))
        if scipy.stats.fisher_exact([[k, first - k], [m, second - m]]).pvalue <= ALPHA
    )
    assert two_arms(first, second, rates) == pytest.approx(wanted, abs=1e-12)


def test_pairs_against_scipy() -> None:
    wanted = sum(
        scipy.stats.binom.pmf(n, 20, 0.4) * scipy.stats.binom.pmf(k, n, 0.75)
        for n in range(21)
        for k in range(n + 1)
        if n and scipy.stats.binomtest(k, n).pvalue <= ALPHA
    )
    assert paired(20, 0.3, 0.1) == pytest.approx(wanted, abs=1e-12)


def test_against_a_simulated_survey() -> None:
    """2,000 surveys of 63 with a true difference of 30 points; one standard error is 0.01."""
    draw = random.Random(1)
    significant: dict[tuple[int, int], bool] = {}
    found = 0
    for _ in range(2_000):
        k, m = (sum(draw.random() < rate for _ in range(n)) for n, rate in ((32, BASELINE), (31, BASELINE + 0.3)))
        if (k, m) not in significant:
            significant[k, m] = bool(scipy.stats.fisher_exact([[k, 32 - k], [m, 31 - m]]).pvalue <= ALPHA)
        found += significant[k, m]
    assert found / 2_000 == pytest.approx(0.76, abs=0.03)


def test_without_a_difference_the_test_is_wrong_as_rarely_as_it_says() -> None:
    for units, rate in product((2, 12, 34, 63), (0.05, 0.127, 0.5)):
        assert two_arms(*halves(units), (rate, rate)) <= ALPHA


def test_the_larger_arm_may_be_the_other_one() -> None:
    one, other = (two_arms(*sizes, (BASELINE, BASELINE + 0.3)) for sizes in ((32, 31), (31, 32)))
    assert (round(one, 2), round(other, 2)) == (0.76, 0.73)


def test_what_can_be_found() -> None:
    assert detectable(63, BASELINE) == 32
    assert detectable(34, BASELINE) is None
    assert detectable(0, BASELINE) is None
    assert detectable(1_000, BASELINE) == detectable(400, BASELINE) == 12
    with pytest.raises(ValueError, match="no room"):
        detectable(63, 1.0)


def test_more_units_find_more() -> None:
    rows = {units: table(units, POBI) for units in (34, 63, 120)}
    for place in range(3):
        for small, large in zip(rows[34][place][1], rows[63][place][1], strict=True):
            assert small is not None and large is not None and small < large


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (63, "With 63 units in two arms (32 and 31), from a baseline of 12.7%, a difference must be 32 points"),
        (63, "30 points have 0.76"),
        (34, "no plausible difference is found with a power of 0.80: 40 points have 0.60"),
        (2_000, "a difference must be at most 12 points"),
    ],
)
def test_what_a_person_reads(units: int, words: str) -> None:
    assert words in verdict(units, POBI)


def test_the_share_to_expect_is_that_of_the_protocol_or_of_the_survey_that_the_study_names() -> None:
    pobi = packaged("pobi-2019").references
    assert expected(None, pobi, "2019") == expected(0, pobi, "2025") == POBI  # no survey of 2025: the study's other one
    assert expected(0.4, pobi, "2019") == Expected(0.4, "the protocol")
    here = Reference("2025", "replied", "Another", 5, 10, "", "", "", "")
    assert expected(None, (*pobi, here), "2025") == Expected(0.5, "Another: 5 of 10")
    assert expected(None, [one for one in pobi if one.indicator != "replied"], "2019") is None
    assert expected(None, (), "2019") is None


@pytest.mark.parametrize("study", ["foi-en", "portal-review"])
def test_a_study_that_names_no_survey_gets_three_baselines_and_is_told_that_they_are_assumed(study: str) -> None:
    rate = expected(None, packaged(study).references, "councils")
    assert rate is None
    assert [base for base, _ in table(120, rate)] == list(ASSUMED)
    said = verdict(120, rate)
    for share in ASSUMED:
        assert f"{detectable(120, share)} points from {share:.0%}" in said
    assert "Which share will answer is not known" in said and "12.7" not in said and "POBI" not in said


def test_without_a_share_the_least_difference_holds_whichever_of_those_assumed_is_true() -> None:
    points = least_difference(120, None)
    assert points == max(detectable(120, share) or 0 for share in ASSUMED)
    assert least_difference(12, None) is None
    assert least_difference(63, POBI) == 32
    assert "no plausible difference is found" in verdict(12, None)


def test_a_high_share_leaves_no_room_for_forty_points() -> None:
    said = verdict(20, Expected(0.9, "the protocol"))
    assert "from a baseline of 90.0%, no plausible difference is found" in said and "10 points have" in said
