"""Waves, arms and merged frames, against published examples and SciPy."""

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact  # type: ignore[import-untyped]

from prober.domain.agency import agencies, successions
from prober.reporting.statistics.merged_units import merged, successor_of
from prober.reporting.statistics.paired_waves import change, difference, mcnemar
from prober.reporting.statistics.proportions import Interval
from prober.reporting.statistics.randomisation import compare, fisher

small = st.integers(0, 40)

# Waves


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
        assert mcnemar(gained, lost) == pytest.approx(binomtest(gained, gained + lost).pvalue)


@given(small, small, small)
def test_the_interval_of_a_change_says_what_the_test_says(gained: int, lost: int, rest: int) -> None:
    if n := gained + lost + rest:
        interval = difference(gained, lost, n)
        assert interval.low <= (gained - lost) / n <= interval.high
        assert (interval.low > 0 or interval.high < 0) == (mcnemar(gained, lost) < 0.05)


def test_units_that_are_unknown_in_one_wave_are_left_out_and_named() -> None:
    before = {"a": "present", "b": "absent", "c": "absent", "d": "unknown", "e": "present"}
    after = {"a": "present", "b": "present", "c": "absent", "d": "present", "f": "absent"}
    found = change(before, after)
    assert (found.both, found.gained, found.lost, found.neither) == (("a",), ("b",), (), ("c",))
    assert found.left_out == ("d", "e", "f")
    assert (found.n, found.before, found.after) == (3, 1, 2)


@pytest.mark.parametrize(("gained", "lost", "n"), [(1, 1, 1), (0, 0, 0), (-1, 2, 5)])
def test_a_change_that_does_not_fit_is_refused(gained: int, lost: int, n: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        difference(gained, lost, n)


def test_nobody_turned() -> None:
    assert difference(0, 0, 63) == Interval(0.0, 0.0)


# Arms

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
        theirs = fisher_exact([[k, no], [m, none]]).pvalue
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


# From 63 to 34


@pytest.mark.parametrize(
    ("states", "any_", "all_"),
    [
        (("present", "present"), "present", "present"),
        (("present", "absent"), "present", "absent"),
        (("present", "unknown"), "present", "unknown"),
        (("absent", "unknown"), "unknown", "absent"),
        (("absent", "absent"), "absent", "absent"),
        (("unknown", "unknown"), "unknown", "unknown"),
        (("present",), "present", "present"),
    ],
)
def test_rules_of_merging(states: tuple[str, ...], any_: str, all_: str) -> None:
    parts = dict(zip("abc", states, strict=False))
    into = dict.fromkeys(parts, "x")
    assert merged(parts, into, "any") == {"x": any_}
    assert merged(parts, into, "all") == {"x": all_}


def test_the_registry_merges_63_into_34() -> None:
    portals = {agency.id for agency in agencies("2019") if agency.kind == "portal"}
    into = successor_of((s.predecessor, s.successor) for s in successions() if s.predecessor in portals)
    assert into.keys() == portals
    found = merged(dict.fromkeys(portals, "present"), into, "all")
    assert len(found) == 34
    assert set(found) == {agency.id for agency in agencies("2025") if agency.kind == "portal"}


@pytest.mark.parametrize(
    ("states", "into", "rule", "words"),
    [
        ({"a": "present"}, {}, "any", "without a successor"),
        ({}, {"a": "x"}, "any", "without a state"),
        ({"a": "present"}, {"a": "x"}, "most", "a rule is one of"),
        ({"a": "yes"}, {"a": "x"}, "any", "not yes"),
    ],
)
def test_what_no_rule_covers_is_refused(states: dict[str, str], into: dict[str, str], rule: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        merged(states, into, rule)


def test_a_divided_unit_is_for_a_person() -> None:
    with pytest.raises(ValueError, match="divided"):
        successor_of([("a", "x"), ("a", "y")])
