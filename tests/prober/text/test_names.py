"""Names as readers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.text import names


@pytest.mark.parametrize(
    ("text", "name", "rank"),
    [
        ("Hòa Bình", "Hòa Bình", 0),
        ("hoà bình", "Hòa Bình", 0),
        ("HOA BINH", "Hòa Bình", 1),
        ("hoabinh", "Hòa Bình", 1),
        ("Đắc Lắc", "Đắk Lắk", 1),
        ("\u00d0ắk Lắk", "Đắk Lắk", 1),
        ("hcm", "Hồ Chí Minh", 2),
        ("BR-VT", "Bà Rịa - Vũng Tàu", 2),
        ("TT Huế", "Thừa Thiên Huế", 2),
        ("cà m", "Cà Mau", 3),
        ("Vũng Tàu", "Bà Rịa - Vũng Tàu", 4),
        ("Hà Nam", "Hà Nội", None),
        ("h", "Bình Hòa", None),
        ("", "Cà Mau", None),
        ("--", "Cà Mau", None),
    ],
)
def test_a_text_names_a_place_more_or_less(text: str, name: str, rank: int | None) -> None:
    assert names.rank(text, name) == rank


@pytest.mark.parametrize(
    ("asked", "name", "span"),
    [
        ("thư của Đắc Lắc 2020", "Đắk Lắk", (2, 4)),
        ("ubnd@dongthap", "Đồng Tháp", (1, 2)),
        ("ngân sách brvt", "Bà Rịa - Vũng Tàu", (2, 3)),
        ("ha noi", "Hà Nam", None),
        ("hn", "Hà Nội", None),  # two letters are too few among other words
    ],
)
def test_a_name_is_found_among_other_words(asked: str, name: str, span: tuple[int, int] | None) -> None:
    assert names.found_in(names.words(asked), name) == span


def test_a_slip_is_near_a_name_and_another_word_is_not() -> None:
    assert names.alike("Quảng Bìnhh", ["Quảng Bình", "Quảng Ninh", "Cà Mau"])[0] == "Quảng Bình"
    assert names.alike("xyzzy", ["Quảng Bình"]) == [] == names.alike("", ["Quảng Bình"])


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_an_error(text: str, name: str) -> None:
    asked = names.words(text)
    assert names.rank(text, name) in (None, 0, 1, 2, 3, 4)
    span = names.found_in(asked, name)
    assert span is None or 0 <= span[0] < span[1] <= len(asked)
    names.alike(text, [name])
