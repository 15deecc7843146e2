"""Deadlines of one request as rows: what came when, and what that makes of each rule."""

from datetime import datetime

import pytest

from mailroom.outcomes.deadlines import applied
from tests.pobi import POBI, vietnam

# (accepted, [(received, event)], now) → rule: (met, elapsed working days)
CASES = {
    "nothing came, all is open": (
        "2020-04-13T09:00", [], "2020-04-15T09:00",
        {"notice": ("open", 2), "late_strict": ("open", 2), "late_lenient": ("open", 2)},
    ),
    "a receipt is a notice and no answer": (
        "2020-04-13T09:00", [("2020-04-14T09:00", "A2")], "2020-05-29T09:00",
        {"notice": ("yes", 1), "late_strict": ("no", 32), "late_lenient": ("no", 32)},
    ),
    "an answer on the last evening": (
        "2020-04-13T09:00", [("2020-04-27T23:59", "F1")], "2020-05-29T09:00",
        {"notice": ("no", 10), "late_strict": ("yes", 10), "late_lenient": ("yes", 10)},
    ),
    "a minute later": (
        "2020-04-13T09:00", [("2020-04-28T00:00", "F1")], "2020-05-29T09:00",
        {"notice": ("no", 11), "late_strict": ("no", 11), "late_lenient": ("yes", 11)},
    ),
    "a refusal decides, an automatic reply does not": (
        "2020-04-13T17:30", [("2020-04-13T17:31", "A1"), ("2020-04-16T09:00", "R1")], "2020-05-29T09:00",
        {"notice": ("yes", 2), "late_strict": ("yes", 2), "late_lenient": ("yes", 2)},
    ),
    "elapsed days and no verdict under the law of 2026": (
        "2026-11-20T09:00", [("2026-11-25T09:00", "F1")], "2026-12-31T09:00",
        {"notice": ("unknown", 2), "late_strict": ("unknown", 2), "late_lenient": ("unknown", 2)},
    ),
    "silence under the law of 2026": (
        "2026-11-20T09:00", [], "2026-12-01T09:00",
        {"notice": ("unknown", 6), "late_strict": ("unknown", 6), "late_lenient": ("unknown", 6)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_deadlines_of_a_request(case: str) -> None:
    accepted, came, now, wanted = CASES[case]
    replies = [{"received_at": f"{at}:00+07:00", "event": event, "human": int(event != "A1")} for at, event in came]
    letter = {"id": 1, "accepted_at": f"{accepted}:00+07:00"}
    rows = list(applied(letter, replies, POBI, datetime.fromisoformat(f"{now}:00+07:00")))
    found = {row["rule"]: (row["met"], row["elapsed_working_days"]) for row in rows}
    assert {rule: found[rule] for rule in wanted} == wanted
    assert {(row["calendar"], row["law_version"]) for row in rows} == {(vietnam().version, POBI.law.version)}


def test_a_letter_that_was_not_accepted_has_none() -> None:
    assert list(applied({"id": 1, "accepted_at": None}, [], POBI, datetime(2020, 5, 1))) == []
