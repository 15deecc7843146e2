"""A site is in the language of its body, or names it: also where it is written without accents."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.domain.pages.page import Page
from spiders.reading.site_marks import site_marks
from tests.languages import VI, VIETNAMESE

AT = datetime(2020, 4, 13, 8, tzinfo=UTC)
DEPARTMENT = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", vocabulary=VIETNAMESE)


@pytest.mark.parametrize(
    ("said", "speaks"),
    [("So Tai chinh tinh Tay Son", True), ("Department of Finance", True), ("Contact lenses and loans", False)],
)
def test_a_site_without_accents_speaks_by_what_such_a_department_is_called(said: str, speaks: bool) -> None:
    page = Page("http://x.gov.test/", 200, f"<p>{said}</p>", AT, words=VI)
    assert site_marks(page, DEPARTMENT).speaks is speaks


@pytest.mark.parametrize(
    ("main", "listing", "login"),
    [
        ("<a href='a.pdf'>a.pdf</a><a href='ban%20do/'>ban do/</a>", True, False),
        ("<a href='/tin'>Tin tức</a><a href='b.pdf'>b.pdf</a>", False, False),
        ("<p>Đăng nhập</p><input type='password'>", False, True),
        ("<input type='password'>" + "<p>Tin trong tuần.</p>" * 90, False, False),
    ],
)
def test_a_list_of_files_and_a_login_are_no_site(main: str, listing: bool, login: bool) -> None:
    marks = site_marks(Page("http://x.gov.test/", 200, main, AT, words=VI), DEPARTMENT)
    assert (marks.listing, marks.login) == (listing, login)
