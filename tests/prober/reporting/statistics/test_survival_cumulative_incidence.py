"""Cumulative incidence: all outcomes and those who wait add up to one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.reporting.statistics.survival import (
    WAITING,
    aalen_johansen,
    kaplan_meier,
    share_by,
)

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
