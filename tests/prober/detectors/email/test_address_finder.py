"""An address in a part of the page that a reader opens is seen; one that nobody can open is not."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.email.email_detector import emails
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE

AT = datetime(2026, 4, 13, 8, tzinfo=UTC)
DEPARTMENT = Body(
    "Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", own_domains=("sotc.gov.test",), vocabulary=VIETNAMESE
)
TABS = "<ul><li><a href='#chung'>Giới thiệu chung</a></li><li><a href='#{}'>Liên hệ</a></li></ul>"
WRITTEN = ("Thư điện tử: vanthu@sotc.gov.test", "<a href='mailto:vanthu@sotc.gov.test'>vanthu@sotc.gov.test</a>")


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(("named", "categories"), [("thu", ["agency_role"]), ("khac", [])])
def test_an_address_that_the_tab_of_a_page_covers_is_seen(named: str, categories: list[str], written: str) -> None:
    panel = f"<div id='chung'>Sở có bảy phòng.</div><div id='thu' style='display:none'><p>{written}</p></div>"
    page = Page("http://sotc.gov.test/gt", 200, TABS.format(named) + panel, AT, words=VI)
    assert [found.category for found in emails(page, DEPARTMENT)] == categories
