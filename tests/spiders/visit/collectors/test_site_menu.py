"""A home page in which the menu failed is a list of news: what the menu leads to was not seen."""

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from tests.spiders.visit.walking import gone, visit

SSI = "[an error occurred while processing this directive]"
PHP = "<b>Warning</b>: include(menu.php): failed to open stream in <b>index.php</b> on line <b>3</b>"
SHELL = "<div id='mn' data-muc='[]'></div><script src='/mn.js'></script>"
MENU = "<nav><a href='/gt'>Giới thiệu</a><a href='/vb'>Văn bản</a></nav>"
STORY = "Sở họp giao ban quý ba với các phòng, bàn việc thu chi và mua sắm của năm sau, số {}"


def pages(home: str, inner: str) -> dict[str, str]:
    news = "".join(f"<li><a href='/tin/{number}'>Họp giao ban số {number}</a></li>" for number in range(4))
    frame = "<html><head><title>{}</title></head><body>{}<a href='/'>Trang chủ</a>{}</body></html>"
    told = {f"/tin/{n}": frame.format(f"Họp giao ban số {n}", inner, f"<p>{STORY.format(n)}</p>") for n in range(4)}
    sections = {"/gt": "Giới thiệu", "/vb": "Văn bản"}
    return {
        "/": frame.format("Sở Tài chính tỉnh Cà Mau", home, f"<ul>{news}</ul>"),
        **told,
        **{
            url: frame.format(name, inner, f"<p>{name} của Sở, {STORY.format(9)}</p>") for url, name in sections.items()
        },
    }


@pytest.mark.parametrize("failed", [SSI, PHP, SHELL])
def test_what_a_menu_leads_to_that_was_not_made_was_not_seen(failed: str) -> None:
    site = pages(failed, failed)
    coverage, _, state = visit(gone, site, browser=site, kind=Kind.ACCESS)
    assert (state, coverage.failure) == ("not_seen", Failure.EMPTY_AFTER_RENDER)


@pytest.mark.parametrize("failed", [SSI, PHP, SHELL])
def test_a_menu_that_other_pages_show_was_seen(failed: str) -> None:
    site = pages(failed, MENU)
    assert visit(gone, site, browser=site, kind=Kind.ACCESS)[2] == "not_found"


def test_a_small_site_without_a_menu_has_none() -> None:
    assert visit(gone, pages("", ""), kind=Kind.ACCESS)[2] == "not_found"


TO_ITSELF = "<div id='bo-qua'><a href='#noi-dung'>Chuyển tới nội dung chính</a></div>"


def test_links_to_places_of_a_page_are_no_menu() -> None:
    site = pages(SHELL, SHELL + TO_ITSELF)
    coverage, _, state = visit(gone, site, browser=site, kind=Kind.ACCESS)
    assert (state, coverage.failure) == ("not_seen", Failure.EMPTY_AFTER_RENDER)
