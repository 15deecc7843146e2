"""Labels: every word of the schema has one, and every outcome its group."""

import pytest

from prober.domain.correspondence import Event, LetterReason
from prober.reporting.words import labels


@pytest.mark.parametrize(
    ("outcome", "replied", "delivered", "group"),
    [
        ("F1", True, "yes", "answered"),
        ("L1", True, "no", "answered"),
        ("F1", False, "yes", "late"),
        ("R2", False, "yes", "refused"),
        ("Q1", False, "yes", "contact"),
        ("UN", False, "yes", "contact"),
        ("A1", False, "yes", "automatic"),
        ("A1", False, "no", "undelivered"),
        ("silence", False, "unknown", "silence"),
        ("silence", False, "no", "undelivered"),
        ("N0", False, "no", "undelivered"),
        ("not asked", False, "unknown", "unasked"),
    ],
)
def test_the_groups_of_outcomes(outcome: str, replied: bool, delivered: str, group: str) -> None:
    assert labels.group(outcome, replied, delivered) == group


def test_every_word_of_the_schema_has_its_label() -> None:
    from prober.store.schema import results_tables

    assert set(labels.STATES) == set(results_tables.STATES)
    assert set(labels.FAILURES) == set(results_tables.FAILURES)
    assert set(labels.EVENTS) == set(Event)


def test_every_reason_why_a_letter_changed_its_state_is_said_in_both_languages() -> None:
    for detail in (*map(str, LetterReason), "message 69aacd6d2c87 (A2) came", "message 0f (R1, by An) came"):
        said = labels.of_sending("cancelled", detail)
        assert said.vi != said.en and detail != said.vi


def test_what_a_server_or_a_person_said_of_a_letter_stands_behind_who_said_it() -> None:
    said = labels.of_sending("accepted", "250 2.0.0 Ok: queued")
    assert said == ("máy chủ thư trả lời: 250 2.0.0 Ok: queued", "the mail server said: 250 2.0.0 Ok: queued")
    assert labels.of_sending("planned", "approved by An").vi == "người duyệt: An"
    assert labels.of_sending("accepted", "2500 đồng").vi == "2500 đồng"
