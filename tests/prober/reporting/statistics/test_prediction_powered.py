"""Corrected shares: against ppi-python, by simulation, and where no interval is claimed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prober.reporting.statistics.prediction_powered import Basis, Corrected, Stratum, corrected
from prober.reporting.statistics.proportions import wilson

ROOT = Path(__file__).parents[4]
REFERENCE = json.loads((ROOT / "tests/fixtures/analysis/prediction_powered.json").read_text(encoding="utf-8"))["cases"]
RUNS = 10_000
# How often the rules say "answered" of those who did, and of those who did not, and how many did.
RULES = {
    "poor": (0.7, 0.1, 0.3),
    "middling": (0.8, 0.05, 0.3),
    "good": (0.9, 0.03, 0.127),
    "best": (0.97, 0.005, 0.127),
}
SIZES = (63, 500, 5000)
READ = {63: (30,), 500: (30, 100), 5000: (30, 100, 400)}


@pytest.mark.parametrize("case", REFERENCE)
def test_the_estimate_is_that_of_the_reference_implementation(case: dict[str, Any]) -> None:
    """Also near the one at the package's own λ, which takes both samples for independent."""
    found = corrected(Stratum(*case["said"]), Stratum(*case["unsaid"]))
    assert found.share == pytest.approx(case["tuned"], abs=1e-12)
    assert found.share == pytest.approx(case["own"], abs=0.03)


@cache
def simulated(rules: str, size: int, read: int) -> dict[str, float]:
    """Draw agencies, what rules say of them, and a reading list, RUNS times.

    Return how often an interval is claimed, how often that covers the share of these agencies that answered, and how
    often the raw share's does.
    """
    found, invented, share = RULES[rules]
    draw = np.random.RandomState(size * 1000 + read)  # its draws are the same in every release
    answered = draw.binomial(size, share, RUNS)
    right = draw.binomial(answered, found)
    wrong = draw.binomial(size - answered, invented)
    missed = answered - right
    read_right = draw.hypergeometric(right, size - right, read)
    read_wrong = draw.hypergeometric(wrong, size - right - wrong, read - read_right)
    rest = read - read_right - read_wrong
    read_missed = draw.hypergeometric(missed, size - right - wrong - missed, rest)
    claimed = covered = raw = 0
    for n, said, said_read, has, missed_read in zip(
        *(row.tolist() for row in (answered, right + wrong, read_right + read_wrong, read_right, read_missed)),
        strict=True,
    ):
        one = corrected(Stratum(said, said_read, has), Stratum(size - said, read - said_read, missed_read))
        usual = wilson(said, size)
        raw += usual.low <= n / size <= usual.high
        if one.interval:
            claimed += 1
            covered += one.interval.low <= n / size <= one.interval.high
    return {"claimed": claimed / RUNS, "covered": covered / claimed if claimed else 0.0, "raw": raw / RUNS}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rules", RULES)
def test_an_interval_covers_as_often_as_it_says_wherever_it_is_claimed(rules: str, size: int) -> None:
    for read in READ[size]:
        found = simulated(rules, size, read)
        assert found["claimed"] < 0.02 or 0.94 <= found["covered"] <= 0.96
        assert found["claimed"] == 0 or (size > 63 and read >= 100)
    assert size == 63 or rules == "best" or simulated(rules, 5000, 400)["claimed"] > 0.9


def test_the_table_in_the_documentation_is_this_simulation() -> None:
    """Each row: rules as in RULES, agencies, read; how often the raw interval covers, ours is claimed, and covers."""
    text = (ROOT / "docs/method.md").read_text(encoding="utf-8").partition("### Corrected shares")[2]
    rows = [line.strip("| ").split(" | ") for line in text.partition("###")[0].splitlines() if line.startswith("| ")]
    numbers = [[cell.strip(" %").replace(",", "") for cell in row] for row in rows[1:]]
    wanted = [(rules, size, read) for rules in RULES for size in SIZES for read in READ[size]]
    assert len(numbers) == len(wanted)
    for (rules, size, read), row in zip(wanted, numbers, strict=True):
        assert [float(cell) / 100 for cell in row[:3]] == pytest.approx(RULES[rules])
        assert [int(cell) for cell in row[3:5]] == [size, read]
        found = simulated(rules, size, read)
        assert float(row[5]) == pytest.approx(found["raw"], abs=0.011)
        assert float(row[6]) == pytest.approx(found["claimed"], abs=0.011)
        assert (row[7] == "–") == (found["claimed"] < 0.02)
        if row[7] != "–":
            assert float(row[7]) == pytest.approx(found["covered"], abs=0.0051)


def test_the_raw_share_is_missed_where_many_were_asked_and_not_where_few_were() -> None:
    """Its interval shrinks with the number of agencies, the mistake of the rules does not."""
    raw = {size: simulated("middling", size, 30)["raw"] for size in SIZES}
    assert raw[63] > 0.94 and raw[5000] < 0.01


@pytest.mark.parametrize("size", SIZES)
def test_all_read_is_the_truth(size: int) -> None:
    draw = np.random.default_rng(size)
    for _ in range(200):
        said = int(draw.integers(0, size + 1))
        right, missed = int(draw.integers(0, said + 1)), int(draw.integers(0, size - said + 1))
        found = corrected(Stratum(said, said, right), Stratum(size - said, size - said, missed))
        assert (found.basis, found.interval, found.left) == (Basis.ALL, None, 0)
        assert found.share == pytest.approx((right + missed) / size, abs=1e-12)


@pytest.mark.parametrize(
    ("said", "unsaid", "basis"),
    [
        (Stratum(8, 0, 0), Stratum(55, 0, 0), Basis.NOTHING),
        (Stratum(8, 8, 8), Stratum(55, 22, 2), Basis.TOO_FEW),
        (Stratum(150, 40, 40), Stratum(350, 60, 9), Basis.TOO_FEW_WRONG),
        (Stratum(30, 25, 20), Stratum(95, 75, 5), Basis.TOO_FEW_WRONG),  # hardly any is left
        (Stratum(150, 40, 39), Stratum(350, 60, 9), Basis.SAMPLE),
        (Stratum(0, 0, 0), Stratum(400, 100, 10), Basis.SAMPLE),
        (Stratum(400, 100, 85), Stratum(0, 0, 0), Basis.SAMPLE),
    ],
)
def test_what_a_share_rests_on(said: Stratum, unsaid: Stratum, basis: Basis) -> None:
    found = corrected(said, unsaid)
    assert found.basis == basis and (found.interval is not None) == (basis == Basis.SAMPLE)
    if found.interval and found.share is not None:
        assert 0 <= found.interval.low < found.share < found.interval.high <= 1


def test_agencies_that_need_no_reading_narrow_the_interval() -> None:
    alone = corrected(Stratum(150, 40, 34), Stratum(350, 60, 6))
    among = corrected(Stratum(150, 40, 34), Stratum(350, 60, 6), settled=500, settled_has=100)
    assert alone.interval and among.interval and alone.share is not None
    assert among.share == pytest.approx((alone.share * 500 + 100) / 1000)
    assert among.interval.high == pytest.approx((alone.interval.high * 500 + 100) / 1000)
    assert corrected(Stratum(0, 0, 0), Stratum(0, 0, 0), 63, 8) == Corrected(Basis.ALL, 8 / 63, None, 0, 0, 0)
    assert corrected(Stratum(0, 0, 0), Stratum(0, 0, 0)).basis == Basis.NOTHING


@pytest.mark.parametrize(
    "counts",
    [(Stratum(5, 6, 0), Stratum(5, 1, 0)), (Stratum(5, 3, 4), Stratum(5, 1, 0)), (Stratum(5, 1, -1), Stratum(5, 1, 0))],
)
def test_counts_that_do_not_fit_are_refused(counts: tuple[Stratum, Stratum]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        corrected(*counts)
    with pytest.raises(ValueError, match="3 of 2"):
        corrected(Stratum(5, 1, 0), Stratum(5, 1, 0), 2, 3)
