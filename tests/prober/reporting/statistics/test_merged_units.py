"""Units that were merged: what the parts say of the whole, from 63 to 34."""

import pytest

from prober.reporting.statistics.merged_units import merged, successor_of
from tests.pobi import agencies, successions


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (("found", "found"), "found"),
        (("found", "not_found"), "found"),
        (("found", "not_seen"), "found"),
        (("not_found", "not_seen"), "not_seen"),
        (("not_found", "not_found"), "not_found"),
        (("not_seen", "not_seen"), "not_seen"),
        (("found",), "found"),
    ],
)
def test_what_the_parts_say_of_the_whole(states: tuple[str, ...], whole: str) -> None:
    parts = dict(zip("abc", states, strict=False))
    assert merged(parts, dict.fromkeys(parts, "x")) == {"x": whole}


def test_the_registry_merges_63_into_34() -> None:
    portals = {agency.id for agency in agencies("2019") if agency.kind == "portal"}
    into = successor_of((s.predecessor, s.successor) for s in successions() if s.predecessor in portals)
    assert into.keys() == portals
    found = merged(dict.fromkeys(portals, "found"), into)
    assert len(found) == 34
    assert set(found) == {agency.id for agency in agencies("2025") if agency.kind == "portal"}


@pytest.mark.parametrize(
    ("states", "into", "words"),
    [
        ({"a": "found"}, {}, "without a successor"),
        ({}, {"a": "x"}, "without a state"),
        ({"a": "yes"}, {"a": "x"}, "not yes"),
    ],
)
def test_what_no_rule_covers_is_refused(states: dict[str, str], into: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        merged(states, into)


def test_a_divided_unit_is_for_a_person() -> None:
    with pytest.raises(ValueError, match="divided"):
        successor_of([("a", "x"), ("a", "y")])
