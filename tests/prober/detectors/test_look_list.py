"""Where a person would stop on a page: each mark with what has it, and what has not."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.look_list import looks
from prober.domain.pages.page import Page
from prober.domain.search_protocol import LookEntry
from tests.languages import VI, VIETNAMESE

PORTAL = Body("Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE)
MENU = "<nav><a href='/'>Trang chủ</a><a href='{}'>{}</a></nav>"
FOOT = "<footer>{}</footer>"
YOUTUBE = "<a href='https://www.youtube.com/@{}'>{}</a>"


def noted(html: str, path: str = "/muc") -> tuple[LookEntry, ...]:
    page = Page(f"http://camau.gov.test{path}", 200, html, datetime(2026, 4, 13, tzinfo=UTC), words=VI)
    return looks(page, PORTAL, detect(page, PORTAL))


def page(title: str, main: str) -> str:
    return f"<title>{title}</title>{MENU.format('/tin', 'Tin tức')}<main><h1>{title}</h1>{main}</main>"


@pytest.mark.parametrize(
    ("html", "marks"),
    [
        (page("Hỏi đáp", "<p>Chưa có câu hỏi.</p>"), ["questions_named"]),
        (page("Tin trong tỉnh", "<p>Chưa có tin.</p>"), []),
        (page("Liên hệ", "<p>Điện thoại: 0290 3831 000</p>"), ["contact_named"]),
        (page("Liên hệ", "<p>Email: vanthu@camau.gov.test</p>"), []),
        (FOOT.format("<p>Email: tranvanminh@gmail.com</p>"), ["free_mail"]),
        (page("Tin", "<p>Email: tranvanminh@gmail.com</p>"), []),
        (FOOT.format("<p>Email: vanthucamau@gmail.com</p>"), []),  # found: the body's own label, in its own frame
        (FOOT.format("<p>Email: <img src='/e.png'></p>"), ["pictured_address"]),
        (FOOT.format("<p>Email: <img src='/e.png' alt='vanthu@camau.gov.test'></p>"), []),
        (FOOT.format("<p>Điện thoại: 0290 3831 000 - Thư điện tử: </p>"), ["hidden_address"]),
        (FOOT.format("<p>Hộp thư: vanphong@ camau</p>"), ["hidden_address"]),
        (FOOT.format("<p>Email: sonn@camau.gov.test</p>"), ["hidden_address"]),
        (FOOT.format("<p>Email: [email&#160;protected]</p>"), ["hidden_address"]),
        (FOOT.format("<p>Thư điện tử: bấm để xem</p>"), ["hidden_address"]),
        (FOOT.format("<p>Email: đang cập nhật</p>"), []),
        (page("Liên hệ", "<form><label>Email:</label><input></form>"), ["contact_named"]),
        (MENU.format("http://113.160.1.9:8080/hd", "Hỏi đáp"), ["named_unread"]),
        (MENU.format("/tep/hoi-dap.docx", "Hỏi đáp"), ["named_unread"]),
        (MENU.format("https://www.chinhphu.vn/hoi-dap", "Hỏi đáp"), []),
        (page("Công khai ngân sách", "<p>Chuyên mục tạm ngưng.</p>"), ["named_unread"]),
        (FOOT.format(YOUTUBE.format("duongsong", "YouTube")), ["account"]),
        (FOOT.format(YOUTUBE.format("congancamau", "YouTube")), []),
        (FOOT.format(YOUTUBE.format("saomaisoft", "Phần mềm Sao Mai")), []),
        (page("Bà con bán cá", YOUTUBE.format("duongsong", "YouTube")), []),
    ],
)
def test_what_is_noted_of_a_page(html: str, marks: list[str]) -> None:
    assert [entry.mark.value for entry in noted(html)] == marks


def test_of_what_may_be_a_persons_mailbox_only_the_domain_is_noted() -> None:
    (free,) = noted(FOOT.format("<p>Email: tranvanminh@gmail.com</p>"))
    (own,) = noted(FOOT.format("<p>Email: sonn@camau.gov.test</p>"))
    assert (free.words, own.words) == ("…@gmail.com", "…@camau.gov.test")
