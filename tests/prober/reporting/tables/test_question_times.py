"""Days from a published question to its published answer, with those still waiting."""

from prober.reporting.tables.question_times import question_curves, question_times


def question(agency: str, days: float | None = None, watched: float | None = None, state: str = "listed") -> dict:
    return {
        "agency": agency, "name_vi": agency, "days": days, "watched_days": watched, "answered": int(watched is None),
        "state": state,
    }  # fmt: skip


WAITS = [
    *(question("a", days) for days in (2.0, 4.0, 6.0)), question("a", watched=5.0, state="vanished"), question("a"),
    question("b", 10.0), question("b", watched=1.0, state="unreached"),
]  # fmt: skip


def test_questions_without_an_answer_are_censored_and_vanished_ones_counted() -> None:
    a, b, everything = question_times(WAITS)
    assert (a["questions"], a["answered"], a["timed"], a["censored"], a["undated"]) == (5, 4, 3, 1, 1)
    assert (a["median_days"], a["vanished"], a["unreached"]) == (4.0, 1, 0)
    assert (b["median_days"], b["unreached"]) == (10.0, 1)
    assert (everything["agency"], everything["questions"], everything["median_days"]) == ("(all)", 7, 6.0)


def test_a_curve_says_what_share_was_answered_by_which_day() -> None:
    steps = [(step["days"], step["at_risk"], step["share"]) for step in question_curves(WAITS) if step["agency"] == "a"]
    assert steps == [(2.0, 4, 0.25), (4.0, 3, 0.5), (6.0, 1, 1.0)]


def test_nothing_followed_is_an_empty_table() -> None:
    assert question_times([]) == []
