"""A page that stands in the place of several is the page of none of them."""

import pytest

from prober.domain.finding import Failure
from tests.spiders.visit.walking import MENU, PAGES, always, gone, visit
from tests.spiders.web import entry, page

SECTIONS = MENU + entry("/hoi-dap", "Hỏi đáp") + entry("/cong-khai-ngan-sach", "Công khai ngân sách")
HOME = str(page("Trang chủ", menu=SECTIONS).body)
ERROR = str(page("Thông báo", "<p>Có lỗi khi xử lý yêu cầu.</p>", SECTIONS).body)
EMPTY = str(page("Hỏi đáp", "<h1>Hỏi đáp</h1><p>Đang cập nhật</p>", SECTIONS).body)
NO_BUDGET = str(page("Công khai ngân sách", "<h1>Công khai ngân sách</h1><p>Đang cập nhật</p>", SECTIONS).body)
LOGIN = (
    "<title>Đăng nhập</title><form><input name='u'><input type='password' name='p'><button>Đăng nhập</button></form>"
)


@pytest.mark.parametrize(
    ("shown", "failure"),
    [
        ({"/hoi-dap": ERROR, "/cong-khai-ngan-sach": ERROR}, Failure.CLOSED),
        ({"/hoi-dap": HOME, "/cong-khai-ngan-sach": NO_BUDGET}, Failure.CLOSED),
        ({"/hoi-dap": LOGIN, "/cong-khai-ngan-sach": NO_BUDGET}, Failure.CLOSED),
        ({"/hoi-dap": "<html></html>", "/cong-khai-ngan-sach": NO_BUDGET}, Failure.EMPTY_AFTER_RENDER),
    ],
    ids=["one notice for two sections", "the home page", "a login", "blank"],
)
def test_a_section_whose_page_is_not_its_own_stays_open(shown: dict[str, str], failure: Failure) -> None:
    coverage, asked, state = visit(gone, {**PAGES, "/": HOME, **shown})
    assert {"/hoi-dap", "/cong-khai-ngan-sach"} <= set(asked)
    assert (state, coverage.failure) == ("unknown", failure)


def test_a_section_that_leads_to_the_home_page_stays_open() -> None:
    pages = {**PAGES, "/": HOME, "/cong-khai-ngan-sach": NO_BUDGET}
    coverage, _, state = visit(lambda path, n: (302, "/") if path == "/hoi-dap" else (404, "404"), pages)
    assert (state, coverage.failure) == ("unknown", Failure.CLOSED)


def test_guesses_that_lead_to_the_home_page_decide() -> None:
    assert visit(always(302, "/"))[2] == "absent"


def test_an_empty_section_is_absent_and_so_is_one_at_two_addresses() -> None:
    assert visit(gone, {**PAGES, "/": HOME, "/hoi-dap": EMPTY, "/cong-khai-ngan-sach": NO_BUDGET})[2] == "absent"
    twice = HOME.replace("</ul>", entry("/hoi-dap-cu", "Hỏi đáp") + "</ul>")
    pages = {**PAGES, "/": twice, "/hoi-dap": EMPTY, "/hoi-dap-cu": EMPTY, "/cong-khai-ngan-sach": NO_BUDGET}
    coverage, asked, state = visit(gone, pages)
    assert "/hoi-dap-cu" in asked and state == "absent", coverage
