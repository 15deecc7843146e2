"""Figures against lifelines and statsmodels, on random data (tests/fixtures/analysis/reference.py), to many digits."""

import json
from pathlib import Path
from typing import Any

import pytest

from prober.reporting.statistics.proportions import mcnemar, newcombe
from prober.reporting.statistics.survival import (
    WAITING,
    Curve,
    aalen_johansen,
    kaplan_meier,
    median,
    median_interval,
    restricted_mean,
    share_by,
)

REFERENCE = json.loads((Path(__file__).parents[3] / "fixtures/analysis/reference.json").read_text(encoding="utf-8"))
SAMPLES = REFERENCE["samples"]
UNTIED = [sample for sample in SAMPLES if "band" in sample["incidence"]]


def curve(sample: dict[str, Any]) -> Curve:
    """Of cause 1 alone: all others are censored."""
    pairs = list(zip(sample["times"], sample["causes"], strict=True))
    return kaplan_meier([t for t, cause in pairs if cause == 1], [t for t, cause in pairs if cause != 1])


def waits(sample: dict[str, Any]) -> list[tuple[float, str]]:
    names = (WAITING, "answer", "refusal")
    return [(t, names[cause]) for t, cause in zip(sample["times"], sample["causes"], strict=True)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_median_and_restricted_mean(sample: dict[str, Any]) -> None:
    ours, theirs = curve(sample), sample["survival"]
    assert median(ours) == theirs["median"]
    assert list(median_interval(ours)) == theirs["median_interval"]
    assert restricted_mean(ours, theirs["horizon"]) == pytest.approx(theirs["restricted_mean"], abs=1e-9)


@pytest.mark.parametrize("sample", SAMPLES)
def test_cumulative_incidence(sample: dict[str, Any]) -> None:
    ours, theirs = aalen_johansen(waits(sample), "answer"), sample["incidence"]
    for time, share in zip(theirs["times"], theirs["shares"], strict=True):
        assert share_by(ours, time)[0] == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("sample", UNTIED)
def test_the_band_of_a_cumulative_incidence(sample: dict[str, Any]) -> None:
    ours = {step.time: step for step in aalen_johansen(waits(sample), "answer")}
    assert sample["incidence"]["band"]
    for time, low, high in sample["incidence"]["band"]:
        assert (ours[time].low, ours[time].high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("pair", REFERENCE["pairs"])
def test_mcnemar(pair: dict[str, Any]) -> None:
    assert mcnemar(pair["gained"], pair["lost"]) == pytest.approx(pair["p"], abs=1e-12)


@pytest.mark.parametrize("case", REFERENCE["shares"])
def test_difference_of_independent_shares(case: dict[str, Any]) -> None:
    interval = newcombe(tuple(case["first"]), tuple(case["second"]))
    assert (interval.low, interval.high) == pytest.approx((case["low"], case["high"]), abs=1e-9)
