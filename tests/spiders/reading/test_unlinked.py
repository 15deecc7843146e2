"""What a page names without a link is no link, and leaves open what only a script or a form opens."""

import time

import pytest

from prober.domain.indicator import Kind
from prober.domain.page import Page
from spiders.reading.unlinked import in_parameters, lacks_menu, named_in_scripts, pictured, unlinked
from spiders.visit.step import WORTH
from tests.languages import VI
from tests.spiders.visit.walking import AT, HOST

TILES = "<div class='o'><h3>Hỏi đáp</h3></div><div class='o'><h3>Văn bản</h3></div>"
SCRIPT = "<script>1</script>"
ROW = '{"ten": "Tiếp cận thông tin", "url": "/chuyen-muc/5"}'


def shown(markup: str, url: str = f"{HOST}/") -> Page:
    return Page(url, 200, f"<html><body>{markup}</body></html>", AT, words=VI)


@pytest.mark.parametrize("markup", [
    "<button data-muc='3'>Hỏi đáp</button>", "<input type='button' value='Hỏi đáp' onclick='mo(3)'>",
    "<form action='/muc/3'><button>Hỏi đáp</button></form>",
    "<form method='post'><input type='submit' value='Hỏi đáp'></form>",
    "<form action='/m'><input type='image' alt='Hỏi đáp' src='a.png'></form>", "<span role='link'>Hỏi đáp</span>",
    "<a href='#' onclick='mo(3)'>Hỏi đáp</a>", f"<a href='#' data-id='3'>Hỏi đáp</a>{SCRIPT}",
    "<form action='/xem'><select name='m'><option value='3'>Hỏi đáp</option></select><button>Xem</button></form>",
    f"<ul class='menu'><li>Hỏi đáp</li></ul><p>Sở tham mưu về tài chính.</p>{SCRIPT}", f"{TILES}{SCRIPT}",
])  # fmt: skip
def test_what_a_reader_could_click_is_named(markup: str) -> None:
    assert [link.text for link in unlinked(shown(markup), home=True)] == ["Hỏi đáp"]
    linked = f"<a href='/muc/3'>Hỏi đáp</a>{markup}"
    assert unlinked(shown(linked), home=True) == ()  # the words have a link


@pytest.mark.parametrize("markup", [
    "<a href='#'>Hỏi đáp</a>", f"<a href='#' data-toggle='dropdown'>Hỏi đáp</a>{SCRIPT}", "<button>Tìm kiếm</button>",
    "<form><textarea></textarea><button>Gửi câu hỏi</button></form>", f"<h3>Hỏi đáp</h3><p>Đang cập nhật</p>{SCRIPT}",
    "<form><input name='q'><select><option>Hỏi đáp</option></select><button>Tìm</button></form>", TILES,
    f"<table><tr><td>Hỏi đáp</td><td>12</td></tr></table>{SCRIPT}", f"<p>Hỏi đáp</p><p>Văn bản</p>{SCRIPT}",
    "<div class='chatbox'><button>Đặt câu hỏi</button></div>",
])  # fmt: skip
def test_headings_forms_and_menus_that_open_name_nothing(markup: str) -> None:
    assert unlinked(shown(markup), home=True) == ()


def test_lines_of_an_inner_page_are_its_own() -> None:
    assert unlinked(shown(f"{TILES}{SCRIPT}", f"{HOST}/gioi-thieu"), home=False) == ()


@pytest.mark.parametrize("markup", [
    "<applet code='Menu.class'><param name='n' value='#039'><param name='m1' value='Hỏi đáp|/m/3.htm|_top'></applet>",
    "<object><param name='chu' value='Hỏi đáp'><param name='toi' value='/m/3.htm'></object>",
    "<object><param name='FlashVars' value='t1=H%E1%BB%8Fi+%C4%91%C3%A1p&amp;u1=%2Fm%2F3.htm'></object>",
    "<embed src='/menu.swf' flashvars='t1=Hỏi đáp&amp;u1=/m/3.htm'>",
])  # fmt: skip
def test_addresses_in_parameters_of_a_menu_are_links(markup: str) -> None:
    assert [(link.url, link.text) for link in in_parameters(shown(markup))] == [(f"{HOST}/m/3.htm", "Hỏi đáp")]


def test_what_a_player_plays_is_no_page() -> None:
    played = "<param name='movie' value='/menu.swf'><param name='a' value='x.class'><param name='b' value='/anh/1.jpg'>"
    elsewhere = "<param name='codebase' value='http://macromedia.test/vao'><param name='quality' value='high'>"
    assert list(in_parameters(shown(f"<object>{played}{elsewhere}</object>"))) == []


@pytest.mark.parametrize("piece", [
    "<button>Hỏi đáp</button>", "<div class='o'><b>Hỏi đáp</b></div>", "<select><option>Hỏi đáp</option></select>",
    "<a href='#' onclick='mo(1)'>Hỏi đáp</a>", "<script>var x = ['Hỏi đáp', '/muc/3']</script>",
])  # fmt: skip
def test_a_page_of_countless_buttons_keeps_nobody_waiting(piece: str) -> None:
    page = shown(f"<form>{piece * 10_000}</form>{SCRIPT}")
    assert page.links is not None and page.blocks is not None
    started = time.process_time()
    assert {link.text for link in (*unlinked(page, home=True), *named_in_scripts(page))} <= {"Hỏi đáp"}
    assert time.process_time() - started < 3


@pytest.mark.parametrize(("script", "found"), [
    (f"var muc = [{ROW}]", True), (ROW.encode("unicode-escape").decode().replace("\\x", "\\u00"), True),
    ("""document.write('<a href="/m/5">Tiếp cận thông tin</a>')""", True), ("viet('Tiếp cận thông tin|/m/5')", True),
    ("var x = 'Tiếp cận thông tin'", False), ("alert('Chưa nhập tiếp cận thông tin', '/m')", False),
])  # fmt: skip
def test_entries_of_a_menu_in_a_script_have_an_address_beside_them(script: str, found: bool) -> None:
    page = shown(f"<script type='application/json'>{script}</script>")
    assert [link.text for link in named_in_scripts(page)] == ["Tiếp cận thông tin"] * found


def test_a_picture_without_a_word_is_named_by_its_file() -> None:
    page = shown(
        "<a href='/b/7'><img src='/anh/muc/Banner_Hoi-Dap.jpg'></a><a href='/b/8'><img src='/hoi-dap/a1.png'></a>"
    )
    (link,) = pictured(page)
    assert link.url == f"{HOST}/b/7" and dict(link.promises)[Kind.QA] >= WORTH
    assert not list(pictured(shown("<a href='/b/7'>Ảnh <img src='/hoi-dap.jpg'></a><img src='/hoi-dap.jpg'>")))


MENU = (("/gt", "Giới thiệu"), ("/vb", "Văn bản"), ("/lh", "Liên hệ"))
LINKS = "".join(f"<a href='{url}'>{text}</a>" for url, text in MENU)
PAIRS = "<script>var m = [" + ", ".join(f'["{url}", "{text}"]' for url, text in MENU) + "]; lam(m)</script>"
ROWS = "<script>let m = [" + ", ".join(f'{{"ten": "{text}", "url": "\\{url}"}}' for url, text in MENU) + "]</script>"

ESCAPED = LINKS.replace("'", r"\"")
WRITTEN = f'<script>document.getElementById("m").innerHTML = "<nav>{ESCAPED}</nav>"</script>'


@pytest.mark.parametrize("markup", [PAIRS, ROWS, WRITTEN])
def test_a_menu_that_its_script_names_and_did_not_make_is_lacking(markup: str) -> None:
    assert lacks_menu(shown(markup))
    assert not lacks_menu(shown(markup + LINKS))


@pytest.mark.parametrize("markup", [
    PAIRS.replace("<script>", "<script type='application/ld+json'>"), PAIRS.replace('"/', '"http://x.test/'),
    PAIRS.replace("/gt", "/gt.jpg").replace("/vb", "/vb.png"), PAIRS.replace('["/gt", "Giới thiệu"], ', ""),
    "<script>fetch('/api/a', {'Content-Type': 'text/plain'}); fetch('/api/b'); fetch('/api/c')</script>",
    "<script>tin = ['/t1', 'Sở họp giao ban tháng tám với các phòng và các đơn vị trực thuộc', '/t2', '/t3']</script>",
])  # fmt: skip
def test_addresses_of_other_things_in_a_script_are_no_menu(markup: str) -> None:
    assert not lacks_menu(shown(markup))
