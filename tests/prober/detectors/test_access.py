"""A page that is named as the section of access to information, and what it shows of it."""

from datetime import UTC, datetime

import pytest

from prober.detectors.access import access
from prober.detectors.body import Body
from prober.domain.finding import EMPTY
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE

BODY = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)
NEWS = "".join(f"<li><a href='/tin/{n}'>Sở họp giao ban tháng {n}</a></li>" for n in range(1, 5))
ABOUT = "<li><a href='/tin/9'>Danh mục thông tin phải được công khai năm 2026</a></li>"
TEXT = "<p>Công dân gửi phiếu tại Văn phòng Sở trong giờ hành chính và nhận kết quả sau mười ngày làm việc.</p>"
NOT_YET = "<p>Mục Tiếp cận thông tin đang được cập nhật, mời quý vị trở lại sau.</p>"


@pytest.mark.parametrize(
    ("main", "category", "named"),
    [
        ("<p>Quy chế cung cấp thông tin kèm theo Quyết định 45/QĐ-STC</p>", "section", False),
        ("<p><a href='/tep/12.pdf'>Tải về</a></p>", "section", False),
        (TEXT, "section", True),
        (f"<ul>{NEWS}{ABOUT}</ul>", "section", False),
        (f"<ul>{NEWS}<li>Tuần lễ quyền được thông tin của công dân</li></ul>", "section", True),
        (f"{TEXT}<p>Chưa có thông tin về lệ phí.</p>", "section", True),
        (f"<ul>{NEWS}</ul>", EMPTY, False),
        (NOT_YET, EMPTY, False),
        ("", EMPTY, False),
        ("<p>Trang chủ / Tiếp cận thông tin</p>", EMPTY, False),
    ],
)
def test_a_name_is_told_from_what_stands_below_it(main: str, category: str, named: bool) -> None:
    html = f"<title>Tiếp cận thông tin</title><main><h1>Tiếp cận thông tin</h1>{main}</main>"
    page = Page("http://camau.gov.test/muc/7", 200, html, datetime(2026, 4, 13, tzinfo=UTC), words=VI)
    told = next(finding for finding in access(page, BODY) if finding.category in ("section", EMPTY))
    assert (told.category, bool(told.detail.get("named"))) == (category, named)


RULE = "<li>Quyết định 45/QĐ-STC ban hành Quy chế cung cấp thông tin cho công dân</li>"
LIST, SLIP = "<li>Danh mục thông tin phải được công khai</li>", "<li>Phiếu yêu cầu cung cấp thông tin (mẫu 01a)</li>"
HEADING = "<h3>Quyền tiếp cận thông tin của công dân</h3>"


@pytest.mark.parametrize(
    ("title", "main", "told"),
    [
        ("Cùng dân giám sát", f"{HEADING}{RULE}{LIST}{SLIP}", True),
        ("Cùng dân giám sát", f"{HEADING}{RULE}{LIST}", False),
        ("Cùng dân giám sát", f"<h3>Văn bản mới trong tháng</h3>{RULE}{LIST}{SLIP}", False),
        ("Sở tổ chức hội nghị triển khai nhiệm vụ công tác năm 2026", f"{HEADING}{RULE}{LIST}{SLIP}", False),
    ],
)
def test_a_page_of_any_name_is_the_section_whose_heading_stands_over_most_parts(
    title: str, main: str, told: bool
) -> None:
    html = f"<title>{title}</title><main><h1>{title}</h1>{main}</main>"
    page = Page("http://camau.gov.test/muc/8", 200, html, datetime(2026, 4, 13, tzinfo=UTC), words=VI)
    assert any(finding.category == "section" for finding in access(page, BODY)) is told


@pytest.mark.parametrize(("title", "told"), [
    ("Tập huấn Luật Tiếp cận thông tin", False), ("Hội nghị phổ biến Luật Tiếp cận thông tin", False),
    ("Thực hiện Luật Tiếp cận thông tin", True),
])  # fmt: skip
def test_a_headline_of_what_happened_names_no_section(title: str, told: bool) -> None:
    html = f"<title>{title}</title><main><h1>{title}</h1>{TEXT}</main>"
    page = Page(
        "http://camau.gov.test/tin/luat-tiep-can-thong-tin", 200, html, datetime(2026, 4, 13, tzinfo=UTC), words=VI
    )
    assert any(finding.category == "section" for finding in access(page, BODY)) is told
