"""What is a piece of news, and what only has a long name."""

from datetime import UTC, datetime

import pytest

from prober.detectors.articles import is_article, marked_as_article
from prober.domain.pages.page import Page
from tests.languages import VI

HEADLINE = "Chủ tịch tỉnh dự lễ khởi công tuyến đường ven biển phía đông"
NAME = "Hỏi đáp, phản ánh, kiến nghị của tổ chức, công dân"
TEXT = "<p>Sáng nay, tại huyện Năm Căn, tỉnh khởi công tuyến đường ven biển dài hai mươi lăm ki-lô-mét.</p>"


def page(path: str, heading: str, more: str = "", menu: str = "") -> Page:
    html = f"<title>Cà Mau</title><nav>{menu}</nav><main><h1>{heading}</h1>{more}</main>"
    return Page(f"http://camau.gov.test{path}", 200, html, datetime(2026, 4, 13, tzinfo=UTC), words=VI)


@pytest.mark.parametrize(
    ("seen", "article"),
    [
        (page("/tin/1", HEADLINE), True),
        (page("/tin/1", "Tin trong tỉnh"), False),
        (page("/tin/khoi-cong-tuyen-duong-ven-bien-phia-dong", "Tin"), True),
        (page("/tin/khoi-cong-tuyen-duong", "Tin"), False),
        (page("/muc/1", HEADLINE, menu=f"<a href='/muc/1'>{HEADLINE}</a>"), False),  # the menu names it
        (page("/muc/1", NAME), False),  # a long name of a section
        (page("/hoi-dap/12", HEADLINE), False),  # below a section of questions each has a page
        (page("/web/guest/-/asset_publisher/x9/content/tin-moi", "Tin mới"), True),
        (page("/web/guest/-/asset_publisher/x9/content/hoi-dap", "Hỏi đáp"), False),
    ],
)
def test_news_is_told_by_its_headline_or_its_address(seen: Page, article: bool) -> None:
    assert is_article(seen) == article


@pytest.mark.parametrize(
    ("seen", "marked"),
    [
        (page("/lien-he", "Liên hệ", f"<article>{TEXT}</article>"), True),
        (page("/lien-he", "Liên hệ", TEXT), False),
        (page("/lien-he", "Liên hệ", "<article><p>Gửi thư cho chúng tôi</p></article>"), False),
        (page("/", "Cà Mau", f"<article>{TEXT}</article>"), False),
    ],
)
def test_markup_alone_tells_running_text(seen: Page, marked: bool) -> None:
    assert marked_as_article(seen) == marked
