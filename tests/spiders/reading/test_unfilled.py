"""A home page waits for a script where a place of it is empty, or a control opens what is not there."""

import time

import pytest

from prober.domain.page import Page
from spiders.reading.unfilled import waits_for_script
from tests.languages import VI
from tests.spiders.visit.walking import AT, HOST

FILE = "<script src='/thanh-menu.js'></script>"


def shown(markup: str) -> Page:
    return Page(f"{HOST}/", 200, f"<html><body>{markup}{FILE}<a href='/tin'>Tin</a></body></html>", AT, words=VI)


@pytest.mark.parametrize("markup", [
    "<ul id='lk'></ul>", "<div id='main-menu'></div>", "<div id='noi-dung'></div>",
    "<button id='b'>Danh mục</button><div id='d'></div>",
    "<button aria-expanded='false' aria-controls='muc'>Danh mục</button><p>x</p>",
    "<button data-bs-target='#muc'>Danh mục</button><ul id='muc' class='x'> </ul><p>x</p>",
    "<details><summary>Chuyên mục</summary><div id='d'></div></details>",
    "<details><summary>Chuyên mục</summary><div></div></details>",
    "<div class='mega-menu'>Danh mục</div><p>x</p>", "<div class='h2'><script src='/js/muc-luc.js'></script></div>",
    "<ul><li role='tab' aria-haspopup='true'>Chuyên mục</li></ul>",
])  # fmt: skip
def test_what_is_empty_until_a_script_fills_it(markup: str) -> None:
    assert waits_for_script(shown(f"<main>{markup}</main>"))


@pytest.mark.parametrize("markup", [
    "<p>x</p>", "<div id='banner-2'></div>", "<div><script src='https://dem.test/luot.js'></script></div>",
    "<div><script async src='/do.js'></script></div>", "<div><script src='/do.js'></script>Lượt xem: 7</div>",
    "<div id='googleMap'></div>", "<div></div>",
    "<ul class='breadcrumbs'></ul>",
    "<button data-target='.muc' aria-expanded='false'>M</button><p>x</p><ul class='a muc'><li><a href='/a'>A</a></ul>",
    "<button aria-expanded='false'>Menu</button><ul><li><a href='/a'>A</a></li></ul>",
    "<form><input name='q'><button>Tìm</button><div id='map'></div></form>", "<button>Gửi</button><p id='d'>Xong</p>",
    "<button class='slick-next'>»</button><div id='map'></div>", "<button>Xem</button><div id='modal-1'></div>",
    "<details><summary>Câu 1</summary><p>Trả lời</p></details>",
    "<div class='menu-title'>Danh mục</div><ul><li><a href='/a'>A</a></li></ul>",
    "<button onclick=\"location.href='/muc/3'\">Hỏi đáp</button><div id='map'></div>",
])  # fmt: skip
def test_what_is_there_waits_for_nothing(markup: str) -> None:
    assert not waits_for_script(shown(f"<main>{markup}</main>"))


@pytest.mark.parametrize("piece", ["<button>A</button><div id=d></div>", "<div class=menu>A</div>", "<form><button>"])
def test_a_page_of_countless_controls_keeps_nobody_waiting(piece: str) -> None:
    page = shown(piece * 3_000 + "<a href='/cuoi'>Cuối</a>")
    assert page.links is not None
    started = time.process_time()
    waits_for_script(page)
    assert time.process_time() - started < 3
