"""Machine mail of many mail systems and languages, and ordinary mail that speaks of failures, all read as labelled."""

from pathlib import Path

import pytest

from mailroom import classify, evaluation, incoming
from prober.correspondence import Event

FOLDER = Path(__file__).parents[1] / "fixtures" / "machine"


def test_machine_mail_and_ordinary_mail_are_told_apart() -> None:
    rows = evaluation.evaluate_mails(FOLDER)
    assert [(row["measure"], row["misses"]) for row in rows if row["misses"]] == []
    assert {row["measure"]: row["claimed"] - row["right"] for row in rows} == {
        "bounce": 0, "auto_reply": 0, "abuse": 0, "permanence": 2,  # what was delivered is neither hard nor soft
    }  # fmt: skip
    assert min(row["labelled"] for row in rows) > 0


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("monitor-disk-nearly-full", Event.OTHER),
        ("bank-one-time-code", Event.OTHER),
        ("forge-pipeline-failed", Event.SPAM),
        ("ticket-system-generated-with-reference", Event.AUTO_ACK),
    ],
)
def test_a_program_that_writes_is_an_automatic_reply_only_if_it_answers(name: str, event: Event) -> None:
    reply = incoming.parse((FOLDER / f"{name}.eml").read_bytes())
    assert classify.classify(reply, [], classify.Context()).event == event
    assert classify.classify(reply, [], classify.Context(matched=True)).event == Event.AUTO_ACK
