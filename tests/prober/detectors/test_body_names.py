"""Mailboxes and handles that are made of a body's name, and those that only look so."""

import pytest

from prober.detectors.body import Body
from prober.detectors.body_names import begins_name, holds_words, name_at, names
from prober.studies import packs
from prober.text.words import Vocabulary
from tests.languages import VI, VIETNAMESE


def called(name: str, title: str = "") -> tuple[tuple[str, ...], ...]:
    return names(title, Body(name, vocabulary=VIETNAMESE), VI)


@pytest.mark.parametrize(
    ("local", "name", "made"),
    [
        ("phuonglehong", "Ủy ban nhân dân phường Lê Hồng", True),
        ("xa.binhan", "UBND xã Bình An", True),
        ("trambvtv", "Trạm Bảo vệ thực vật huyện Ba Tri", True),
        ("vientn", "Viện Tài nguyên tỉnh Lâm Đồng", True),
        ("bqlanthoi", "Ban Quản lý cảng An Thới", False),  # a word is left out that is none of rank
        ("bqlcanganthoi", "Ban Quản lý cảng An Thới", True),
        ("hungnv", "Sở Tài chính tỉnh Hưng Yên", False),
        ("minhduc", "Trung tâm Y tế huyện Đức Minh", False),  # not in this order
        ("lan", "Thư viện tỉnh Lâm An", False),
    ],
)
def test_a_mailbox_holds_words_of_a_name(local: str, name: str, made: bool) -> None:
    assert holds_words(local, called(name), VI) is made


@pytest.mark.parametrize(
    ("handle", "name", "made"),
    [
        ("tramthuybinhdai", "Trạm Thú y huyện Bình Đại", True),
        ("@bvyhctbentre.official", "Bệnh viện Y học cổ truyền tỉnh Bến Tre", True),
        ("xaanhoa", "Ủy ban nhân dân xã An Hòa", True),
        ("anhoa", "Ủy ban nhân dân xã An Hòa", False),
        ("xathanh", "Ủy ban nhân dân xã Thạnh", True),
        ("thanh", "Ủy ban nhân dân xã Thạnh", False),
        ("tinhbentre", "Sở Y tế tỉnh Bến Tre", False),  # the province's
        ("phunubentre", "Cổng thông tin điện tử tỉnh Bến Tre", False),
    ],
)
def test_a_handle_is_a_name_from_its_beginning_on(handle: str, name: str, made: bool) -> None:
    assert begins_name(handle, called(name), VI) is made


@pytest.mark.parametrize(
    ("handle", "name", "made"),
    [
        ("ashbyvalecouncil", "Ashby Vale Borough Council", True),
        ("HexleyCouncil", "Hexley Borough Council", True),
        ("hexleyboroughcouncil", "Hexley Borough Council", True),
        ("hexley_dc", "Hexley District Council", True),
        ("hexley", "Hexley Borough Council", False),  # the place's
        ("hexleyborough", "Hexley Borough Football Club", False),  # not the whole name
        ("ashbycouncil", "Ashby Vale Borough Council", False),  # a word is left out that is none of rank
    ],
)
def test_an_english_handle_is_a_name(handle: str, name: str, made: bool) -> None:
    english = Vocabulary(("en",))
    words = packs.words(english)
    assert begins_name(handle, names("", Body(name, vocabulary=english), words), words) is made


def test_a_title_names_a_body_by_its_first_words() -> None:
    assert called("", "Liên hệ | Trường THCS Lê Lợi") == (("truong", "thcs", "le", "loi"),)
    assert called("", "Ông Lê Lợi nói gì?") == ()
    assert holds_words("thcsleloi", called("", "Trường THCS Lê Lợi"), VI)
    assert holds_words("c2leloi", called("", "Trường THCS Lê Lợi"), VI)


def test_a_long_name_of_one_letter_takes_no_time() -> None:
    assert not begins_name("a" * 64, called("Ủy ban " + "a " * 400), VI)
    assert not holds_words("a" * 63 + "b", called("a" * 300 + " " + "a " * 400), VI)


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("Sở VH&TT tỉnh Bến Tre, 5 Lê Lợi", True),
        ("Sở VHTT Bến Tre: 0275.3811.222", True),
        ("SVHTT tỉnh Bến Tre", True),
        ("Sở Văn hóa và Thể thao - phường An Hội", False),  # of which province is not said
        ("Sở VHTT tỉnh Trà Vinh", False),
        ("Sở VHTTDL tỉnh Bến Tre", False),
        ("Trường của Sở VHTT tỉnh Bến Tre", False),
    ],
)
def test_a_line_begins_with_a_name_in_full_or_in_initials(line: str, begins: bool) -> None:
    assert name_at(line, called("Sở Văn hóa và Thể thao tỉnh Bến Tre"), VI) is begins


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Trang chủ - Cổng TTĐT tỉnh Bến Tre", [("cong", "ttdt", "tinh", "ben", "tre")]),
        ("Trang TTTĐT xã An Hội | Liên hệ", [("trang", "tttdt", "xa", "an", "hoi")]),
        ("Trang chủ - Cổng chào tỉnh Bến Tre", []),
    ],
)
def test_a_portal_is_named_in_initials(title: str, told: list[tuple[str, ...]]) -> None:
    assert list(called("", title)) == told
