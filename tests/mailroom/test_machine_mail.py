"""Machine mail of many mail systems and languages, and ordinary mail that speaks of failures, all read as labelled."""

from pathlib import Path

from mailroom import evaluation

FOLDER = Path(__file__).parents[1] / "fixtures" / "machine"


def test_machine_mail_and_ordinary_mail_are_told_apart() -> None:
    rows = evaluation.evaluate_mails(FOLDER)
    assert [(row["measure"], row["misses"]) for row in rows if row["misses"]] == []
    assert {row["measure"]: row["claimed"] - row["right"] for row in rows} == {
        "bounce": 0, "auto_reply": 0, "abuse": 0, "permanence": 1,  # a positive notice has no hardness
    }  # fmt: skip
    assert min(row["labelled"] for row in rows) > 0
