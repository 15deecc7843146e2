"""Which words can be Vietnamese: enough to tell a right reading of bytes from a wrong one."""

import pytest

from mailroom.mime.decoding import text_of
from prober.text.charsets import counted, is_syllable

WORDS = (
    "sở tài chính nghị quyết dự toán giấy quỹ nguyễn khuỷu quýt ngoằn ngoèo gìn giữ được ủy uỷ đặc biệt chữ nghĩa "
    "hoặc luật thuế chuyện huyện thương mại khoảng trống xuýt xoa yết kiến ạ ý"
)


def test_words_of_the_language_are_syllables() -> None:
    assert [word for word in WORDS.split() if not is_syllable(word)] == []


@pytest.mark.parametrize("word", ["tà́t", "sắn̉", "bạx", "fà", "tèt", "ngễch", "Së", "nhËn", "thöông"])
def test_what_cannot_be_said_is_none(word: str) -> None:
    assert not is_syllable(word)


def test_words_are_counted() -> None:
    assert counted("Sở Tài chính nhËn, 12 thư") == (4, 1)


@pytest.mark.parametrize("label", ["viscii", "windows-1258", "tcvn", "vni", "iso-8859-2", "koi8-r", "windows-874"])
def test_utf_8_is_read_whatever_single_byte_code_it_is_called(label: str) -> None:
    text, defect = text_of("Sở Tài chính đã nhận được thư.".encode(), label)
    assert (text, defect) == ("Sở Tài chính đã nhận được thư.", f"charset {label} does not fit")
