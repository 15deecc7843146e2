"""The second opinion: what it is worth beside the rules, what a letter may cost."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from mailroom.classification import rules, second_opinion
from mailroom.classification.bounces import delivery_reports
from mailroom.mime import parser
from prober.documents.notes import note
from prober.domain.correspondence import AUTOMATIC, SUBSTANTIVE, Attachment, Event, Reply
from tests.languages import VIETNAMESE

FOLDER = Path(__file__).parents[2] / "fixtures" / "replies"
UNSEEN = ("held_out", "sealed", "unseen")  # letters that the model never learned from


def letter(text: str) -> Reply:
    message = EmailMessage()
    message["From"], message["Subject"] = "vanthu@stc.tinh.gov.test", "Re: Yêu cầu cung cấp thông tin"
    message.set_content(text)
    return parser.parse(message.as_bytes())


@cache
def read() -> tuple[tuple[Event, Event, Event], ...]:
    """Return label, class by the rules and second opinion of every letter of a person that neither has learned from."""
    return tuple(_read())


def _read() -> Iterator[tuple[Event, Event, Event]]:
    for name in UNSEEN:
        for row in csv.DictReader((FOLDER / name / "labels.csv").read_text(encoding="utf-8").splitlines()):
            reply = parser.parse((FOLDER / name / f"{row['id']}.eml").read_bytes())
            ruled = rules.classify(
                reply, delivery_reports.examine(reply), rules.RuleContext(matched=True, vocabulary=VIETNAMESE)
            ).event
            if opinion := second_opinion.opinion(reply, ruled):
                yield Event(row["event"]), ruled, opinion.event


def test_where_both_agree_they_are_right_and_where_they_differ_a_person_must_look() -> None:
    both = Counter((ruled == opinion, ruled == label) for label, ruled, opinion in read())
    agreed, differed = both[True, True] + both[True, False], both[False, True] + both[False, False]
    assert agreed + differed > 140
    assert both[True, True] / agreed >= 0.96
    assert both[False, True] / differed <= 0.75
    assert differed / (agreed + differed) <= 0.25, "else a person reads most of them first"


def test_it_finds_most_answers_by_itself_and_hardly_invents_one() -> None:
    answers = [opinion for label, _, opinion in read() if label in SUBSTANTIVE]
    others = [opinion for label, _, opinion in read() if label not in SUBSTANTIVE]
    assert sum(opinion in SUBSTANTIVE for opinion in answers) >= 0.9 * len(answers)
    assert sum(opinion in SUBSTANTIVE for opinion in others) <= 0.02 * len(others)


@pytest.mark.parametrize("event", [*sorted(AUTOMATIC), Event.EMPTY])
def test_it_says_nothing_where_rules_alone_know(event: Event) -> None:
    assert second_opinion.opinion(letter("Sở đã tiếp nhận yêu cầu."), event) is None


def test_a_long_letter_costs_no_more_than_its_beginning() -> None:
    words = letter("Sở Tài chính gửi quyết toán năm 2018. " * 40_000)
    found = second_opinion.marks(words)
    assert found == second_opinion.marks(replace(words, text=words.text[:3000])) and len(found) < 1000
    one_word = second_opinion.marks(letter("đ" * 900 + "\n" + "x" * 900))
    assert sum(value * value for value in one_word.values()) == pytest.approx(1)


def test_what_is_read_of_a_letter_is_not_its_token_or_its_numbers() -> None:
    first, second = letter("Số 12, ngày 3/4/2020."), letter("Số 99, ngày 8/9/2021.")
    marked = replace(second, subject="[YC-abcdefgh] Re: Yêu cầu cung cấp thông tin")
    assert second_opinion.marks(first) == second_opinion.marks(marked)


def test_our_own_note_of_an_unread_file_says_nothing() -> None:
    file = Attachment("bieu.doc", "bieu.doc", "application/msword", "application/msword", 9, "", "")
    noted = replace(file, text=note("needs_program", "Word", "LibreOffice"))
    words = letter("Gửi bạn.")
    assert second_opinion.marks(replace(words, attachments=(file,))) == second_opinion.marks(
        replace(words, attachments=(noted,))
    )


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    kept = second_opinion.load(second_opinion.WEIGHTS)
    second_opinion.save(kept, tmp_path / "weights")
    assert second_opinion.load(tmp_path / "weights") == kept
    assert second_opinion.WEIGHTS.stat().st_size < 150_000
