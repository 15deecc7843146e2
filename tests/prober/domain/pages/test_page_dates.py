"""How old a site is, by the dates on its pages."""

from datetime import date

import pytest

from prober.detectors.page_state.freshness import page_dates
from prober.domain.pages.page_dates import SiteAge
from tests.prober.detectors.page_state.test_freshness import home

TODAY = date(2020, 4, 13)

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
    seen = SiteAge()
    seen.note(page_dates(home(*lines, footer=footer)), TODAY, home=True)
    assert seen.newest == expected


def test_any_page_can_show_that_a_site_lives() -> None:
    seen = SiteAge()
    seen.note(page_dates(home(*OLD)), TODAY, home=True)
    assert seen.newest == date(2016, 5, 2) and seen.abandoned(TODAY)
    seen.note(page_dates(home("Trả lời ngày 20/03/2020")), TODAY, home=False)
    assert seen.newest == date(2020, 3, 20) and not seen.abandoned(TODAY)


def test_a_calendar_is_no_sign_of_life() -> None:
    seen = SiteAge()
    seen.note(page_dates(home(*OLD)), TODAY, home=True)
    seen.note(page_dates(home(*(f"{day}/04/2020" for day in range(1, 31)))), TODAY, home=False)
    assert seen.newest == date(2016, 5, 2)


def test_two_years_of_silence_and_a_day() -> None:
    seen = SiteAge()
    seen.note(page_dates(home(*["13/04/2018"] * 3)), TODAY, home=True)
    assert not seen.abandoned(date(2020, 4, 12)) and seen.abandoned(date(2020, 4, 13))
