"""A print view is opened once, for an address that is missing."""

import pytest

from prober.domain.indicator import Kind
from tests.spiders.visit.walking import gone, visit, walked
from tests.spiders.web import entry, page

MENU = "".join(entry(path, label) for path, label in (("/gioi-thieu", "Giới thiệu"), ("/tin-tuc", "Tin tức")))
PRINTED = "<h1>Khánh thành cầu</h1><div><a href='mailto:sotaichinh@camau.gov.vn'>sotaichinh@camau.gov.vn</a></div>"


def site(foot: str = "") -> dict[str, str]:
    news = "<h1>Tin tức</h1><p>Khánh thành cầu.</p><a href='/tin/print/1.html'>In</a><a href='/tin/print/2.html'>In</a>"
    pages = {"/": page("Trang chủ", foot, MENU), "/tin-tuc": page("Tin tức", news, MENU)}
    pages["/gioi-thieu"] = page("Giới thiệu", "<h1>Giới thiệu</h1><p>Sở có bảy phòng.</p>", MENU)
    return {path: str(its.body) for path, its in pages.items()} | {"/tin/print/1.html": PRINTED}


def test_an_address_that_only_a_print_view_shows_is_found() -> None:
    assert visit(gone, site(), kind=Kind.EMAIL)[2] == "found"


@pytest.mark.parametrize(("foot", "opened"), [("", 1), ("<p>Email: sotaichinh@camau.gov.vn</p>", 0)])
def test_no_more_than_one_is_opened_and_none_where_an_address_is_known(foot: str, opened: int) -> None:
    _, asked = walked(gone, site(foot))
    assert sum("/print/" in path for path in asked) == opened
