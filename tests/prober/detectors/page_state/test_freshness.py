"""How long ago a site was last written to."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.clock import HANOI
from prober.detectors.page_state.freshness import Freshness, line_dates, written_on
from prober.domain.page import Page
from prober.text.vietnamese import fold

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
    assert line_dates(fold(written), TODAY) == expected


def home(*lines: str, footer: str = "") -> Page:
    listed = "".join(f"<li>{line}</li>" for line in lines)
    html = f"<html><body><ul>{listed}</ul><footer>{footer}</footer></body></html>"
    return Page("https://camau.gov.test/", 200, html, datetime(2020, 4, 13, 8, tzinfo=HANOI))


OLD = ("Tin 1 (02/05/2016)", "Tin 2 (01/05/2016)", "Tin 3 (28/04/2016)")
SITES = {
    "news of yesterday": (("12/04/2020", *OLD), "", date(2020, 4, 12)),
    "news of years ago": (OLD, "", date(2016, 5, 2)),
    "a clock": (("Thứ Hai, ngày 13/04/2020", *OLD), "", date(2016, 5, 2)),
    "a clock with time": (("Hôm nay: Thứ 2, 13/04/2020 08:30:12", *OLD), "", date(2016, 5, 2)),
    "a clock at the end of a bar": (("Sơ đồ cổng | RSS | Thứ Hai, ngày 13/04/2020", *OLD), "", date(2016, 5, 2)),
    "a date in a menu": (("<nav>13/04/2020</nav>", *OLD), "", date(2016, 5, 2)),
    "a clock that is a day behind": (("Chủ nhật, 12/04/2020", *OLD), "", date(2016, 5, 2)),
    "news stamped like a clock": (("Thứ Sáu, 10/04/2020, 08:30", *OLD), "", date(2020, 4, 10)),
    "an event to come": (("Lịch tiếp dân ngày 20/04/2020", *OLD), "", date(2016, 5, 2)),
    "a licence in the footer": (OLD, "Giấy phép số 9/GP-TTĐT ngày 01/02/2020", date(2016, 5, 2)),
    "a long text": ((f"{'Lời văn dài. ' * 40} ngày 01/02/2020", *OLD), "", date(2016, 5, 2)),
    "marked by time": (('<time datetime="2020-03-05">xem</time>', *OLD), "", date(2020, 3, 5)),
    "too few dates to tell": (OLD[:2], "", None),
    "no dates": (("Tin 1", "Tin 2", "Tin 3"), "", None),
}


@pytest.mark.parametrize("name", SITES)
def test_age_of_a_site(name: str) -> None:
    lines, footer, expected = SITES[name]
    seen = Freshness()
    seen.note(home(*lines, footer=footer), home=True)
    assert seen.newest == expected


def test_any_page_can_show_that_a_site_lives() -> None:
    seen = Freshness()
    seen.note(home(*OLD), home=True)
    assert seen.abandoned(TODAY) == "nothing that was read is newer than 02/05/2016"
    seen.note(home("Trả lời ngày 20/03/2020"), home=False)
    assert seen.newest == date(2020, 3, 20) and not seen.abandoned(TODAY)


def test_a_calendar_is_no_sign_of_life() -> None:
    seen = Freshness()
    seen.note(home(*OLD), home=True)
    seen.note(home(*(f"{day}/04/2020" for day in range(1, 31))), home=False)
    assert seen.newest == date(2016, 5, 2)


def test_two_years_of_silence_and_a_day() -> None:
    seen = Freshness()
    seen.note(home(*["13/04/2018"] * 3), home=True)
    assert not seen.abandoned(date(2020, 4, 12)) and seen.abandoned(date(2020, 4, 13))


@given(st.text(alphabet="0123456789/.- ngaythmuoibatrcgjlsdAPR,:[]", max_size=300))
def test_no_line_raises(words: str) -> None:
    assert all(isinstance(day, date) for day in line_dates(fold(words), TODAY))


@given(
    st.dates(date(1996, 1, 1), TODAY),
    st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y"]),
)
def test_every_date_is_read_back(day: date, written: str) -> None:
    assert line_dates(fold(day.strftime(written)), TODAY) == [day]
    page = home(day.strftime(written))
    assert written_on(page) == (day,)
