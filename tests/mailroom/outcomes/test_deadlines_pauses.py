"""The clock stands still while the request waits for us: tables of dates. Monday is 13 April 2020."""

from datetime import datetime

import pytest

from mailroom.outcomes import deadlines
from mailroom.outcomes.deadlines import applied
from prober.domain.correspondence import Event
from prober.reporting.words.reasons import said
from tests.pobi import POBI, vietnam

NOW = "2020-05-29T09:00"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}:00+07:00")


# facts → hours that waited for us, working days, in words
CASES = {
    "nothing was asked": ([("2020-04-14T09:00", "A2"), ("2020-04-16T09:00", "F1")], 0.0, 0, ""),
    "asked, and we acted two days later": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-16T15:00", "OW")], 54.0, 2, "Q1 of 14 April 2020 to OW of 16 April 2020",
    ),
    "over a weekend": (
        [("2020-04-17T16:00", "Q2"), ("2020-04-20T08:00", "OW")], 64.0, 1, "Q2 of 17 April 2020 to OW of 20 April 2020",
    ),
    "on the same day": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-14T15:30", "OW")], 6.5, 0, "Q1 of 14 April 2020 to OW of 14 April 2020",
    ),
    "a second question belongs to the first": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-15T09:00", "Q2"), ("2020-04-16T09:00", "OW")], 48.0, 2,
        "Q1 of 14 April 2020 to OW of 16 April 2020",
    ),
    "asked again after we acted": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-15T09:00", "OW"), ("2020-04-20T09:00", "Q1"),
         ("2020-04-21T09:00", "OW")],
        48.0, 2, "Q1 of 14 April 2020 to OW of 15 April 2020; Q1 of 20 April 2020 to OW of 21 April 2020",
    ),
    "the office answers without waiting for us": (
        [("2020-04-14T09:00", "Q2"), ("2020-04-15T09:00", "P1"), ("2020-04-20T09:00", "OW")], 24.0, 1,
        "Q2 of 14 April 2020 to P1 of 15 April 2020",
    ),
    "receipts and machines end nothing": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-14T09:01", "A1"), ("2020-04-15T09:00", "A2"),
         ("2020-04-16T09:00", "OW")],
        48.0, 2, "Q1 of 14 April 2020 to OW of 16 April 2020",
    ),
    "we have not acted yet": ([("2020-05-28T09:00", "Q1")], 24.0, 1, "Q1 of 28 May 2020, open"),
    "what we did before the question is no answer to it": (
        [("2020-05-27T09:00", "OW"), ("2020-05-28T09:00", "Q1")], 24.0, 1, "Q1 of 28 May 2020, open",
    ),
    "facts in any order": (
        [("2020-04-16T15:00", "OW"), ("2020-04-14T09:00", "Q1")], 54.0, 2, "Q1 of 14 April 2020 to OW of 16 April 2020",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_how_long_a_request_waited_for_us(case: str) -> None:
    facts, hours, days, words = CASES[case]
    held = deadlines.pauses((at(moment), Event(event)) for moment, event in facts)
    until = at(NOW)
    found = (
        deadlines.hours(held, until),
        deadlines.working_days(held, until, vietnam()),
        said(deadlines.reasons(held, until, vietnam())).en,
    )
    assert found == (hours, days, words)


def test_only_what_lies_before_a_moment_counts_for_it() -> None:
    held = deadlines.pauses([(at("2020-04-14T09:00"), Event.ASKS_FORM), (at("2020-04-16T09:00"), Event.OWN_COPY)])
    assert deadlines.hours(held, at("2020-04-14T09:00")) == 0
    assert deadlines.hours(held, at("2020-04-15T09:00")) == 24
    assert said(deadlines.reasons(held, at("2020-04-15T09:00"), vietnam())).en == "Q1 of 14 April 2020, open"


# Received Monday 13 April: fifteen working days end on 6 May, for 30 April and 1 May are free.
# facts, now → rule late_lenient: (met, met without pauses, last day, paused working days)
DEADLINES = {
    "no pause": ([("2020-05-06T23:59", "F1")], NOW, ("yes", "yes", "2020-05-06", 0)),
    "late, but for the pause": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-16T09:00", "OW"), ("2020-05-08T09:00", "F1")], NOW,
        ("yes", "no", "2020-05-08", 2),
    ),
    "late in spite of it": (
        [("2020-04-14T09:00", "Q1"), ("2020-04-16T09:00", "OW"), ("2020-05-11T09:00", "F1")], NOW,
        ("no", "no", "2020-05-08", 2),
    ),
    "still waiting for us": ([("2020-05-06T09:00", "Q1")], NOW, ("open", "no", "2020-05-29", 17)),
    "still waiting for us, on a free day": (
        [("2020-05-06T09:00", "Q1")], "2020-05-09T09:00", ("open", "no", "2020-05-11", 2),
    ),
    "asked on the last day, we act on a free day": (
        [("2020-05-06T09:00", "Q1"), ("2020-05-09T09:00", "OW"), ("2020-05-11T09:00", "F1")], NOW,
        ("yes", "no", "2020-05-11", 2),
    ),
    "asked after the last day": (
        [("2020-05-07T09:00", "Q1"), ("2020-05-08T09:00", "OW")], NOW, ("no", "no", "2020-05-06", 1),
    ),
    "the answer came before the question": (
        [("2020-04-14T09:00", "F1"), ("2020-04-15T09:00", "Q1")], NOW, ("yes", "yes", "2020-05-06", 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEADLINES)
def test_a_pause_moves_the_last_day(case: str) -> None:
    facts, now, wanted = DEADLINES[case]
    held = deadlines.pauses((at(moment), Event(event)) for moment, event in facts)
    replies = [{"received_at": f"{m}:00+07:00", "event": e, "human": 1} for m, e in facts if e != "OW"]
    letter = {"id": 1, "accepted_at": "2020-04-13T09:00:00+07:00"}
    rows = {row["rule"]: row for row in applied(letter, replies, POBI, at(now), held)}
    row = rows["late_lenient"]
    found = (row["met"], row["met_unpaused"], row["extended_to"], row["paused_working_days"])
    assert (found, row["due_on"]) == (wanted, "2020-05-06")


def test_under_a_law_whose_number_is_not_known_a_pause_gives_no_verdict() -> None:
    held = deadlines.pauses([(at("2026-11-24T09:00"), Event.ASKS_FORM)])
    letter = {"id": 1, "accepted_at": "2026-11-20T09:00:00+07:00"}
    for row in applied(letter, [], POBI, at("2026-12-01T09:00"), held):
        assert (row["met"], row["met_unpaused"], row["extended_to"]) == ("unknown", "unknown", None)
        assert (row["elapsed_working_days"], row["paused_working_days"]) == (6, 5)
