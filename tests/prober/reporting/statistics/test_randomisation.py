"""Two arms compared over every draw, against Fisher's tea test and SciPy."""

from collections.abc import Iterator
from itertools import combinations

import pytest
import scipy  # type: ignore[import-untyped]
from hypothesis import given

from prober.reporting.statistics.randomisation import compare, fisher
from tests.prober.reporting.statistics.test_proportions_paired_waves import small

TEA = {f"cup {n}": n < 4 for n in range(8)}  # R. A. Fisher, The Design of Experiments, 1935: four of eight cups


def every_draw(units: list[str], size: int) -> Iterator[dict[str, str]]:
    for chosen in combinations(units, size):
        yield {unit: "milk" if unit in chosen else "tea" for unit in units}


@pytest.mark.parametrize(("right", "p"), [(4, 2 / 70), (3, 34 / 70), (2, 1.0)])
def test_over_every_draw_it_is_fishers_tea_test(right: int, p: float) -> None:
    """All 70 draws in place of random ones; the real draw counts once more, as in every such test."""
    drawn = {unit: "milk" if n < right or 4 <= n < 8 - right else "tea" for n, unit in enumerate(TEA)}
    found = compare(TEA, drawn, ("tea", "milk"), every_draw(list(TEA), 4))
    assert found.draws == 70
    assert found.p == pytest.approx((70 * p + 1) / 71)
    k, m = found.second[0], found.first[0]
    assert fisher((k, 4), (m, 4)) == pytest.approx(p)


@given(small, small, small, small)
def test_fisher_agrees_with_scipy(k: int, no: int, m: int, none: int) -> None:
    if k + no and m + none:
        theirs = scipy.stats.fisher_exact([[k, no], [m, none]]).pvalue
        assert fisher((k, k + no), (m, m + none)) == pytest.approx(theirs, rel=1e-6)


def test_blocks_count() -> None:
    """Answers lie in one block only: with blocks the arms can never differ by more than there."""
    outcomes = {unit: unit in ("a", "b") for unit in "abcd"}
    real = {"a": "x", "b": "y", "c": "x", "d": "y"}
    inside = [{"a": one, "b": two, "c": one, "d": two} for one, two in (("x", "y"), ("y", "x"))]
    assert compare(outcomes, real, ("x", "y"), inside).p == 1.0


@pytest.mark.parametrize(
    ("drawn", "draws", "words"),
    [
        ({"a": "x", "b": "y"}, [], "without draws"),
        ({"a": "x", "b": "x"}, [{"a": "x", "b": "y"}], "empty"),
        ({"a": "x"}, [{"a": "x", "b": "y"}], "b is in neither arm"),
    ],
)
def test_what_is_no_draw_is_refused(drawn: dict[str, str], draws: list[dict[str, str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        compare({"a": True, "b": False}, drawn, ("x", "y"), draws)
