"""Blocks, places and links of a page, in one walk."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.domain.pages.page import Page, css_path
from tests.languages import VI
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)


def page(body: str, url: str = "https://www.camau.gov.test/tin/") -> Page:
    return Page(url, 200, body, NOW)


def test_text_has_one_line_per_block_and_inline_words_stay_whole() -> None:
    found = page(
        "<p>H<b>ỏi</b> <i>đáp</i><br>ngân   sách</p><td>một<div>hai</div>ba</td><script>x</script><style>y</style>"
    )
    assert found.text == "Hỏi đáp\nngân sách\nmột\nhai\nba"


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<a><span>Ủy ban nhân dân tỉnh Cà Mau</span><b>Sở Tài chính</b></a>", 2),
        ("<td><b>Đặng Thị Hoa</b><i>Trưởng phòng</i><i>Phòng Ngân sách</i></td>", 3),
        ("<h1><span>UBND TỈNH CÀ MAU</span><span>SỞ TÀI CHÍNH</span></h1>", 2),
        ("<p><b>S</b>ở Tài chính, <b>P</b>hòng Ngân sách</p>", 1),
        ("<p>SỞ T<b>À</b>I CHÍNH</p>", 1),
        ("<p><b>Sở Tài</b> Chính, gọi <b>You</b>Tube</p>", 1),
        ("<p>Giá: <b>5 đồng</b>/<i>Một lần</i></p>", 1),
    ],
)
def test_elements_of_several_words_with_nothing_between_them_are_lines(markup: str, lines: int) -> None:
    assert len(page(markup).blocks) == lines


def test_hidden_blocks_are_known_and_not_in_the_text() -> None:
    found = page(
        "<p>thấy</p><div style='display: none'>ẩn<p>ẩn nữa</p></div><span hidden>kín</span><noscript>bật</noscript>"
    )
    assert found.text == "thấy"
    assert [block.text for block in found.blocks if block.hidden] == ["ẩn", "ẩn nữa", "kín"]


FILLER = "<main><p>" + "Nội dung dài của trang. " * 40 + "</p></main>"
PLACES = [
    ("<footer><p>X</p></footer>", "footer"),
    ("<div class='site-footer'><div class='widget'>X</div></div>", "footer"),
    ("<div id='dnn_FooterPane'>X</div>", "footer"),
    ("<div class='chan-trang'>X</div>", "footer"),
    ("<div class='footer'><ul class='menu'><li>X</li></ul></div>", "menu"),
    ("<nav>X</nav>", "menu"),
    ("<div id='topMenu'>X</div>", "menu"),
    ("<div class='topmenu'>X</div>", "menu"),
    ("<td id='menutrai'>X</td>".join(("<table><tr>", "</tr></table>")), "menu"),
    ("<div class='col sidebar-right'>X</div>", "aside"),
    ("<header>X</header>", "header"),
    ("<header><div class='journal-content-article'>X</div></header>", "header"),
    ("<div class='journal-content-article'><p>X</p></div>", "main"),
    ("<div class='canvas'>X</div>", "main"),
    ("<div class='border-bottom'>X</div>", "main"),
]


@pytest.mark.parametrize(("markup", "place"), PLACES)
def test_place(markup: str, place: str) -> None:
    found = page(f"<body>{FILLER}{markup}</body>")
    assert next(block.place for block in found.blocks if block.text == "X") == place


def test_a_wrapper_is_no_place_whatever_it_is_called() -> None:
    found = page("<body><div class='has-sidebar menu-open'><div>" + FILLER + "<p>X</p></div></div></body>")
    assert {block.place for block in found.blocks} == {"main"}


@pytest.mark.parametrize(("markup", "heading"), [
    ("<div><h3>Công khai ngân sách</h3><p>Tài liệu</p><a href='/a'>Xem thêm</a></div>", "Công khai ngân sách"),
    ("<li>Công khai ngân sách <a href='/a'>»</a></li>", "Công khai ngân sách"),
    ("<p>Công khai ngân sách: <a href='/a'>2024</a></p>", "Công khai ngân sách:"),
    ("<h3>Công khai ngân sách</h3><a href='/a'>Bản đồ</a>", ""), ("<h3>Hỏi đáp</h3><a href='/a'>2</a>", ""),
    ("<h3>Hỏi đáp</h3><p>1</p><p>2</p><p>3</p><p>4</p><a href='/a'>Xem thêm</a>", ""),
])  # fmt: skip
def test_a_link_without_words_of_its_own_leads_to_more_of_what_stands_before_it(markup: str, heading: str) -> None:
    (link,) = Page("http://camau.gov.test/", 200, markup, NOW, words=VI).links
    assert link.heading == heading


def test_base_frames_and_refresh() -> None:
    found = page(
        "<base href='https://camau.gov.test/x/'><meta http-equiv=Refresh content=\"0; URL='y.htm'\"><a href='z'>z</a>"
    )
    assert [(link.url, link.place) for link in found.links] == [
        ("https://camau.gov.test/x/z", "main"),
        ("https://camau.gov.test/x/y.htm", "refresh"),
    ]
    frames = page("<html><frameset><frame src='menu.htm'><frame src='main.htm'></frameset></html>")
    assert [link.place for link in frames.links] == ["frame", "frame"]
    late = page("<iframe src='about:blank' data-src='/muc/3'></iframe><iframe src='/a' data-src='/b'></iframe>")
    assert [link.href for link in late.links] == ["/muc/3", "/a"]


@pytest.mark.parametrize(("markup", "place"), [
    ("<iframe srcdoc='<ul><li><a href=/muc/3>Hỏi đáp</a></li></ul>'>cũ</iframe>", "main"),
    ("<nav><noscript><ul><li><a href='/muc/3'>Hỏi đáp</a></li></ul></noscript></nav>", "menu"),
    ("<footer><template><a href='/muc/3'>Hỏi đáp</a> <a href='{{url}}'>{{ten}}</a></template></footer>", "footer"),
    ("<nav><svg><a xlink:href='/muc/3'><rect/><text>Hỏi đáp</text></a></svg></nav>", "menu"),
    ("<link rel='section' href='/muc/3' title='Hỏi đáp'>", "header"),
])  # fmt: skip
def test_links_that_a_page_holds_are_links_of_the_page(markup: str, place: str) -> None:
    assert [(link.url, link.text, link.place) for link in page(f"<html>{markup}</html>").links] == [
        ("https://www.camau.gov.test/muc/3", "Hỏi đáp", place)
    ]


def test_what_a_frame_holds_is_read_like_the_page_and_what_is_kept_for_a_script_is_not() -> None:
    held = "<iframe srcdoc='<form><textarea></textarea></form><p>Thư điện tử</p>'></iframe>"
    found = page(f"<p>Đầu</p>{held}<p>Cuối</p><noscript><p>Hãy bật</p></noscript><template><p>Mẫu</p></template>")
    assert found.text == "Đầu\nThư điện tử\nCuối" and found.tree.css_first("textarea") is not None
    assert {block.text for block in found.blocks} == {"Đầu", "Thư điện tử", "Cuối"}
    for block in found.blocks:
        node = found.tree.css_first(css_path(block.node))
        assert node is not None and node.mem_id == block.node.mem_id


def test_css_path_leads_back() -> None:
    found = page("<div id='a b'><p>một</p><p>hai <b>ba</b></p></div><div id=ok><ul><li>x<li>bốn</ul></div>")
    for block in found.blocks:
        node = found.tree.css_first(css_path(block.node))
        assert node is not None and node.mem_id == block.node.mem_id


@given(st.text(alphabet="<>/=\"' adivpbrhef:#?&;", max_size=300))
def test_any_markup_can_be_walked(markup: str) -> None:
    found = page(markup)
    assert len(found.folded_lines) == len(found.blocks)
    assert isinstance(found.links, tuple)


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ("window.location = '/Pages/default.aspx';", "/Pages/default.aspx"),
        ("setTimeout(\"location.href='/trang-chu?a=1'\", 3000)", "/trang-chu?a=1"),
        ("top.location.replace('/vi')", "/vi"),
        ("if (/Android/.test(navigator.userAgent)) location.href='/m'", ""),
        ("document.cookie='a=1'; location.href='/'", ""),
        ("var location_name = '/x'", ""),
        ("var nha = '/Pages' + '/trang-chu.aspx'; location.href = nha;", "/Pages/trang-chu.aspx"),
        ("const to = '/vi'; const logo = '/l.png'; location.replace(to)", "/vi"),
        ("location.href = khong_ro;", ""),
    ],
)
def test_a_script_that_only_forwards_is_a_refresh(script: str, target: str) -> None:
    places = [(link.href, link.place) for link in page(f"<script>{script}</script>").links]
    assert places == ([(target, "refresh")] if target else [])
    assert all(link.place != "refresh" for link in page(f"<script>{script}</script>{'Tin tức. ' * 40}").links)


def test_a_title_is_a_line_that_a_reader_can_read() -> None:
    assert page(f"<title>{'Hỏi đáp ' * 100_000}</title>").title == ("Hỏi đáp " * 50)
