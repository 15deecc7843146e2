"""Whose mailbox an answer comes from."""

import pytest

from mailroom.matching.scoring import OfficeMarks
from mailroom.outcomes.public_rows import sender_class
from prober.domain.correspondence import Event
from prober.text.words import Words
from tests.languages import EN, VI


@pytest.mark.parametrize(
    ("sender", "asked", "words", "found"),
    [
        ("stc@camau.gov.test", "STC@camau.gov.test", VI, "agency"),
        ("vanthu@camau.gov.test", "stc@camau.gov.test", VI, "agency"),
        ("vanphong.ubnd@camau.gov.test", "stc@camau.gov.test", VI, "other_office"),
        ("stc@bentre.gov.vn", "stc@camau.gov.vn", VI, "other_office"),
        ("nguyen@gmail.com", "stc@camau.gov.test", VI, "freemail"),
        ("legal@northmoor.gov.uk", "foi@southmoor.gov.uk", EN, "other_office"),
        ("ubnd@southmoor.gov.uk", "foi@southmoor.gov.uk", EN, "agency"),
        ("clerk@solicitors.co.uk", "foi@southmoor.gov.uk", EN, "elsewhere"),
    ],
)
def test_class_of_a_sender(sender: str, asked: str, words: Words, found: str) -> None:
    marks = words.table(OfficeMarks)
    assert sender_class(sender, asked, Event.FULL, marks) == found
    assert sender_class(sender, asked, Event.BOUNCE, marks) == "machine"
