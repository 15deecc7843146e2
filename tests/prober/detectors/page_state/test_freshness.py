"""The dates of the lines of a page."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.detectors.page_state.freshness import line_dates, page_dates
from prober.domain.pages.page import Page
from prober.domain.pages.page_dates import written_on
from prober.studies import packs
from prober.studies.words_file import read
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary, Words
from tests.languages import EN, VI
from tests.pobi import HANOI

TODAY = date(2020, 4, 13)
LINES = [
    ("13/04/2020", [date(2020, 4, 13)]),
    ("(5/3/2020)", [date(2020, 3, 5)]),
    ("05-03-2020 | 1.234 lượt xem", [date(2020, 3, 5)]),
    ("05.03.2020, 08:30", [date(2020, 3, 5)]),
    ("2020-03-05T08:30:00+07:00", [date(2020, 3, 5)]),
    ("Thứ Năm, 05/03/2020, 08:30 [GMT+7]", [date(2020, 3, 5)]),
    ("Ngày 5 tháng 3 năm 2020", [date(2020, 3, 5)]),
    ("5 Tháng Ba, 2020", [date(2020, 3, 5)]),
    ("15 Tháng Mười Hai, 2019", [date(2019, 12, 15)]),
    ("5 tháng 3, 2020", [date(2020, 3, 5)]),
    ("5 tháng Năm 2019", [date(2019, 5, 5)]),
    ("March 5, 2020", [date(2020, 3, 5)]),
    ("5 Mar 2020", [date(2020, 3, 5)]),
    ("2 giờ trước", [TODAY]),
    ("Cách đây 3 ngày trước", [date(2020, 4, 10)]),
    ("Hôm qua, 15:02", [date(2020, 4, 12)]),
    ("31/02/2020", []),
    ("Điện thoại: 0290.3831.320", []),
    ("Quyết định số 12/2020/QĐ-UBND", []),
    ("Năm 2020", []),
]


@pytest.mark.parametrize(("written", "expected"), LINES, ids=[written for written, _ in LINES])
def test_dates_of_a_line(written: str, expected: list[date]) -> None:
    assert written_on(page_dates(home(written, "")), TODAY) == tuple(expected)


ENGLISH = [
    ("Posted on 5th March 2020", [date(2020, 3, 5)]),
    ("5th of March, 2020", [date(2020, 3, 5)]),
    ("March 5th, 2020", [date(2020, 3, 5)]),
    ("Published 3 days ago", [date(2020, 4, 10)]),
    ("Updated 2 hours ago", [TODAY]),
    ("12 Wardens 2019", []),
    ("5 Tháng Ba, 2020", []),
]


@pytest.mark.parametrize(("written", "expected"), ENGLISH, ids=[written for written, _ in ENGLISH])
def test_dates_of_a_line_in_english(written: str, expected: list[date]) -> None:
    assert written_on(page_dates(home(written, "", words=EN)), TODAY) == tuple(expected)


def test_a_language_without_a_pack_brings_the_names_of_its_months() -> None:
    own, wrong = read('[es.pages.thread_dates]\nmarch = ["marzo"]\n', ("es",))
    assert not wrong
    spanish = packs.words(Vocabulary(("es",), own))
    assert line_dates("publicado el 5 de marzo de 2020", spanish) == [date(2020, 3, 5)]
    assert line_dates("publicado el 5 de marzo de 2020", EN) == []


def home(*lines: str, footer: str = "", words: Words = VI) -> Page:
    listed = "".join(f"<li>{line}</li>" for line in lines)
    html = f"<html><body><ul>{listed}</ul><footer>{footer}</footer></body></html>"
    return Page("https://camau.gov.test/", 200, html, datetime(2020, 4, 13, 8, tzinfo=HANOI), words=words)


LAW = "Quyết định số 8/2019/QĐ-UBND ngày 02/03/2019"
CITING = {
    "a law in an answer": (f"<p>Câu hỏi: Phí là bao nhiêu?</p><p>Trả lời: Theo {LAW}.</p>", []),
    "a law in a long sentence": (f"<p>Mức thu mới áp dụng cho mọi hồ sơ nộp tại bộ phận một cửa theo {LAW}.</p>", []),
    "the date of an answer": ("<p>Hỏi: Phí?</p><p>Trả lời: Có.</p><p>Ngày trả lời: 02/03/2019</p>", [date(2019, 3, 2)]),
    "a law in a list of documents": (f"<ul><li><a href='/v'>{LAW} về giá đất</a></li></ul>", [date(2019, 3, 2)]),
    "news": ("<p>Sáng 02/03/2019, tỉnh khởi công cầu qua sông Gành Hào ở huyện Đầm Dơi.</p>", [date(2019, 3, 2)]),
}  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), CITING.values(), ids=CITING)
def test_the_date_of_a_law_dates_no_page(html: str, expected: list[date]) -> None:
    page = Page(
        "https://camau.gov.test/hoi-dap",
        200,
        f"<h1>Hỏi đáp</h1>{html}",
        datetime(2020, 4, 13, 8, tzinfo=HANOI),
        words=VI,
    )
    assert written_on(page_dates(page), TODAY) == tuple(expected)


@given(st.text(alphabet="0123456789/.- ngaythmuoibatrcgjlsdAPR,:[]", max_size=300))
def test_no_line_raises(words: str) -> None:
    assert all(isinstance(day, date) for day in line_dates(fold(words), VI))


@given(
    st.dates(date(1996, 1, 1), TODAY),
    st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y"]),
)
def test_every_date_is_read_back(day: date, written: str) -> None:
    assert line_dates(fold(day.strftime(written)), VI) == [day]
    page = home(day.strftime(written))
    assert written_on(page_dates(page), TODAY) == (day,)
