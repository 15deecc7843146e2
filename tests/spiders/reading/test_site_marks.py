"""A site is in the language of its body, or names it: also where it is written without accents."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.domain.page import Page
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


@pytest.mark.parametrize(("place", "lacks"), [("nav", True), ("main", False), ("footer", False)])
def test_a_menu_that_says_in_a_browser_that_it_is_loading_was_not_seen(place: str, lacks: bool) -> None:
    html = f"<{place}>Đang tải danh mục…</{place}><p>Tin trong tuần</p>"
    page = Page("http://x.gov.test/", 200, html, AT, rendered=True, words=VI)
    assert site_marks(page, DEPARTMENT, home=True).lacks is lacks


HEAD = "<header><a href='/'>Trang chủ</a>{}</header>"
FOOT = "<footer><a href='/gt'>Giới thiệu</a><a href='/vb'>Văn bản</a><a href='/ld'>Lịch tiếp dân</a></footer>"
FILLS = "<script>fetch('/muc').then(r => r.json()).then(fill)</script>"


@pytest.mark.parametrize(
    ("head", "menu", "lacks"),
    [
        ("", f"<nav><ul id='m'></ul>{FILLS}</nav>", True),
        ("", f"<nav><ul id='m'><li><a href='/gt'>Giới thiệu</a></li></ul>{FILLS}</nav>", False),
        ("<a href='/hd'>Hỏi đáp</a>", "<nav class='dien-thoai'></nav>", False),  # that of small screens
        ("", "", False),
    ],
)
def test_a_menu_that_stays_empty_in_a_browser_was_not_seen(head: str, menu: str, lacks: bool) -> None:
    html = f"{HEAD.format(head)}{menu}<p>Tin trong tuần</p>{FOOT}"
    page = Page("http://x.gov.test/", 200, html, AT, rendered=True, words=VI)
    assert site_marks(page, DEPARTMENT, home=True).lacks is lacks
