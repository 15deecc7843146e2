"""Labels: every word of the schema has one, and every outcome its group."""

from collections.abc import Collection, Mapping

import pytest

from prober.domain.correspondence import Event
from prober.domain.finding import State
from prober.domain.search_protocol import Carried, LookMark, Outcome, ProtocolStep
from prober.reporting.words import labels
from prober.store.schema.vocabulary import ANSWERS


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
        ("silence", False, "not_seen", "silence"),
        ("silence", False, "no", "undelivered"),
        ("N0", False, "no", "undelivered"),
        ("not asked", False, "not_seen", "unasked"),
    ],
)
def test_the_groups_of_outcomes(outcome: str, replied: bool, delivered: str, group: str) -> None:
    assert labels.group(outcome, replied, delivered) == group


def test_every_word_of_the_schema_has_its_label() -> None:
    from prober.store.schema import results_tables

    assert set(labels.STATES) == set(results_tables.STATES)
    assert set(labels.FAILURES) == set(results_tables.FAILURES)
    assert set(labels.EVENTS) == set(Event)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (ProtocolStep, labels.PROTOCOL), (Carried, labels.CARRIED), (Outcome, labels.OUTCOMES),
        (LookMark, labels.LOOK_MARKS), (ANSWERS, labels.DECIDED), (State, labels.STATES),
    ],
)  # fmt: skip
def test_every_code_of_the_protocol_and_of_an_answer_has_words_in_both_languages(
    codes: Collection[str], words: Mapping[str, labels.Text]
) -> None:
    assert set(words) == set(codes)
    assert len({text.vi for text in words.values()}) == len({text.en for text in words.values()}) == len(words)
    assert all(text.vi != text.en for text in words.values())
