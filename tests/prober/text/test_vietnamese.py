"""Keys, tones, slugs, and the repair of text that is Unicode only in name or not at all."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.text.vietnamese import (
    _I_FOR_Y,
    _NEW_TONES,
    accented,
    decode,
    fold,
    key,
    line,
    lines,
    nfc,
    slugs,
    tones,
    typed,
)

TEXT = "Hỏi đáp: Ủy ban nhân dân tỉnh Cà Mau trả lời công dân về dự toán ngân sách, công khai tài chính của Sở."

SAME_KEY = [
    ("Hỏi – Đáp", "hỏi đáp"),
    ("HỎI/ĐÁP", "hỏi đáp"),
    ("Trao đổi - Hỏi đáp |", "trao đổi hỏi đáp"),
    ("Trả\u00a0lời\u200b công dân", "trả lời công dân"),
    ("Q & A", "q&a"),
    ("Thuỷ lợi", "thủy lợi"),
    ("hoà giải, khoá học", "hòa giải khóa học"),
    ("Kĩ thuật", "kỹ thuật"),
    (unicodedata.normalize("NFD", "Hỏi đáp"), "hỏi đáp"),
]


@pytest.mark.parametrize(("written", "expected"), SAME_KEY)
def test_key(written: str, expected: str) -> None:
    assert key(written) == expected


@pytest.mark.parametrize(("written", "meant"), [*_NEW_TONES.items(), *_I_FOR_Y.items()])
def test_tones_know_every_variant_where_it_is_a_syllable(written: str, meant: str) -> None:
    syllable = "" if written in _I_FOR_Y else "h"
    assert tones(f"ở {syllable}{written}, {syllable}{written}") == f"ở {syllable}{meant}, {syllable}{meant}"
    assert tones(f"ở {syllable}{written}n") == f"ở {syllable}{written}n"
    before = "a" if written in _I_FOR_Y else "q"
    assert tones(f"ở {before}{written}") == f"ở {before}{written}"


@pytest.mark.parametrize("word", ["khoản", "quý", "quỳ", "toàn", "thuyền", "hoàng"])
def test_tones_leave_alone_what_has_one_spelling(word: str) -> None:
    assert tones(word) == word


def test_accents_tell_friends_from_false_ones() -> None:
    assert fold("hỏi đáp") == fold("hội đáp") == "hoi dap"
    assert key("hỏi đáp") != key("hội đáp")
    assert accented("đ") and not accented("hoi dap") and not accented("–")


@given(st.text(st.sampled_from("Hỏi đáp ỀỆ–“\u00a0\u0301×µ\ufffe\ud800文ǅß\n\0")))
def test_fold_by_the_code_page_is_fold_letter_by_letter(text: str) -> None:
    def letter_by_letter(text: str) -> str:
        pieces = unicodedata.normalize("NFD", nfc(text).lower())
        return "".join(c for c in pieces if not "\u0300" <= c < "\u0370").replace("đ", "d")

    assert fold(text) == letter_by_letter(text)


@given(st.text(st.sampled_from("Sở Tài\u0300 \t\u200b\u00ad\u2013-\n\r\u2028")))
def test_lines_is_line_of_each(text: str) -> None:
    assert lines(text) == "\n".join(map(line, text.split("\n")))


@pytest.mark.parametrize(("phrase", "slug"), [("hỏi đáp", "hoi-ap"), ("tin tức", "tin-t-c"), ("đất đai", "t-ai")])
def test_slugs_that_lost_letters(phrase: str, slug: str) -> None:
    assert slug in slugs(phrase)


BODIES = [
    ("utf-8", TEXT.encode(), ""),
    ("utf-8 with a mark", b"\xef\xbb\xbf" + TEXT.encode(), "windows-1252"),
    ("utf-8 under a wrong name", TEXT.encode(), "iso-8859-1"),
    ("nfd", unicodedata.normalize("NFD", TEXT).encode(), "utf-8"),
    ("windows-1258", None, "windows-1258"),
    ("windows-1258 undeclared", None, ""),
    ("utf-16", b"\xff\xfe" + TEXT.encode("utf-16-le"), ""),
    ("twice encoded", TEXT.encode().decode("latin-1").encode(), "utf-8"),
]


def windows_1258(text: str) -> bytes:
    """Python's codec wants the five tone marks apart and hats, breves and horns joined to their letters."""
    tone_marks = "\u0300\u0301\u0303\u0309\u0323"
    out = []
    for char in text:
        apart = unicodedata.normalize("NFD", char)
        tone = "".join(c for c in apart if c in tone_marks)
        out.append(unicodedata.normalize("NFC", "".join(c for c in apart if c not in tone_marks)) + tone)
    return "".join(out).encode("cp1258")


@pytest.mark.parametrize(("body", "declared"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_decode(body: bytes | None, declared: str) -> None:
    assert decode(windows_1258(TEXT) if body is None else body, declared) == TEXT


def test_meta_counts_where_nothing_is_declared() -> None:
    body = b'<meta charset="windows-1258">' + windows_1258(TEXT)
    assert decode(body).endswith(TEXT)


def test_a_few_broken_bytes_do_not_make_it_another_charset() -> None:
    assert TEXT in decode((TEXT * 20).encode()[:-1] + b"\xff" + TEXT.encode())


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "utf-8", "windows-1258", "x-unknown", "tcvn3", "vni", "viscii", "utf-16"]),
)
def test_decode_never_raises_and_gives_nfc(body: bytes, declared: str) -> None:
    text = decode(body, declared)
    assert text == unicodedata.normalize("NFC", text)


@given(st.text(max_size=60))
def test_keys_are_stable(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxy àáảãạ", max_size=40))
def test_good_vietnamese_is_left_alone(text: str) -> None:
    assert decode(text.encode()) == nfc(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("khoong", "không"), ("toans", "toán"), ("đươcj", "được"), ("rôì", "rồi"), ("ddieenj", "điện"),
        ("thuỷ", "thuỷ"), ("nghiêng", "nghiêng"), ("file", "file"), ("khuya", "khuya"), ("giữ", "giữ"), ("qua", "qua"),
    ],
)  # fmt: skip
def test_keys_of_telex_are_mended_and_words_are_left_alone(written: str, meant: str) -> None:
    assert typed(f"ở {written}.") == f"ở {meant}."


def test_a_text_without_any_accent_is_left_alone() -> None:
    assert typed("khoong toans") == "khoong toans"
