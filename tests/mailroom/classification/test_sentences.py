"""Sentences of a letter, and what is left out of them."""

import pytest

from mailroom.classification.sentences import given_now, not_put_off, up_to
from prober.studies.packs import PhraseTable, phrases
from tests.languages import ENGLISH, VIETNAMESE

TABLE = phrases(VIETNAMESE)
CONDITION, COMPLAINT = ("nếu còn",), ("khiếu nại", "lên cấp trên")


@pytest.mark.parametrize(
    ("lists", "kept"),
    [
        ((CONDITION,), "sở gửi ông dự toán"),
        ((COMPLAINT,), "sở gửi ông dự toán, nếu còn thắc mắc"),
        ((CONDITION, COMPLAINT), "sở gửi ông dự toán"),
        ((COMPLAINT, CONDITION), "sở gửi ông dự toán"),
        ((("biên lai",),), "sở gửi ông dự toán, nếu còn thắc mắc, ông khiếu nại lên cấp trên"),
        ((), "sở gửi ông dự toán, nếu còn thắc mắc, ông khiếu nại lên cấp trên"),
    ],
)
def test_a_sentence_ends_before_the_first_phrase_of_any_list(lists: tuple[tuple[str, ...], ...], kept: str) -> None:
    sentence = "sở gửi ông dự toán, nếu còn thắc mắc, ông khiếu nại lên cấp trên"
    assert up_to(lists, False, sentence) == kept
    assert up_to(lists, False, sentence) == kept  # as it was remembered


def test_phrases_lose_their_accents_only_for_a_text_without_any() -> None:
    assert up_to((CONDITION,), True, "so gui ong, neu con gi") == "so gui ong"
    assert up_to((CONDITION,), False, "so gui ong, neu con gi") == "so gui ong, neu con gi"


def test_what_gives_something_now_is_kept_in_either_spelling() -> None:
    letter = "em gửi anh dự toán, còn quyết toán sẽ gửi sau\nsở chưa gửi quyết toán"
    assert given_now(letter, TABLE) == "em gửi anh dự toán"
    assert given_now("em gui anh du toan, con quyet toan se gui sau", TABLE) == "em gui anh du toan"


def test_clauses_are_parted_by_the_words_of_the_language() -> None:
    letter = "we attach the statement of accounts but cannot give the register of payments"
    assert given_now(letter, phrases(ENGLISH)) == "we attach the statement of accounts"


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("sở sẽ gửi dự toán (120 tỷ đồng) sau ngày 20/5", "sở sẽ gửi dự toán  sau ngày 20/5"),
        ("sở sẽ gửi đầy đủ dự toán, 120 tỷ đồng, sau ngày 20/5", ""),
        ("sở gửi đầy đủ dự toán (120 tỷ đồng)", "sở gửi đầy đủ dự toán (120 tỷ đồng)"),
        ("sở sẽ gửi đầy đủ sau", "sở sẽ gửi đầy đủ sau"),
    ],
)
def test_sums_in_brackets_or_all_go_where_something_is_put_off(sentence: str, left: str) -> None:
    assert not_put_off(sentence, TABLE) == left


@pytest.mark.parametrize("sentence", ["sở gửi 120 tỷ đồng sau", "sở gửi dự toán", "sở gửi đầy đủ", "sở gửi (đồng) sau"])
def test_what_is_put_off_is_not_asked_where_nothing_could_go(sentence: str) -> None:
    without_times = PhraseTable({"everything": TABLE.meanings["everything"]})
    assert not_put_off(sentence, without_times) == sentence
