"""A section whose page shows only what every page shows was not seen, whatever the frame is made of."""

import pytest

from prober.domain.indicator import Kind
from spiders.visit.collectors.bare_sections import LITTLE
from tests.languages import ENGLISH
from tests.spiders.visit.walking import gone, visit

LABELS = {
    "/": "Trang chủ", "/tin": "Tin tức", "/so-do": "Cơ cấu tổ chức", "/lh": "Liên hệ", "/hd": "Hỏi đáp",
    "/ck": "Công khai ngân sách", "/tc": "Tiếp cận thông tin",
}  # fmt: skip
STORY = "<p>Sở họp giao ban tháng tám với các phòng và đơn vị trực thuộc tại hội trường của cơ quan.</p>"
PHONE = "<p>Điện thoại: 0290 3831 111</p>"
HIDES = {Kind.QA: "/hd", Kind.BUDGET: "/ck", Kind.EMAIL: "/lh", Kind.ACCESS: "/tc"}


def shown(title: str, content: str, box: str = "") -> str:
    """A page laid out by tables: nothing in its markup tells the frame."""
    menu = "".join(f'<tr><td>&raquo; <a href="{url}">{label}</a></td></tr>' for url, label in LABELS.items())
    frame = f"<table><tr><td><table>{menu}</table></td><td><font><b>{title}</b></font><br>{content}</td></tr>"
    return (
        f"<html><head><title>..:: Sở Tài chính ::..</title></head><body>{frame}"
        f"<tr><td colspan=2>Sở Tài chính tỉnh Cà Mau, số 3 đường Hùng Vương{PHONE}{box}</td></tr></table></body></html>"
    )


def state(kind: str, content: str, label: str = "", name: str = "..:: Sở Tài chính ::..", box: str = "") -> str:
    said = {url: STORY + url for url in LABELS} | {"/lh": PHONE, "/hd": "<p>Chưa có câu hỏi nào.</p>"}
    said |= {"/ck": "<p>Nội dung đang cập nhật</p>", "/tc": "<p>Nội dung đang cập nhật</p>", HIDES[kind]: content}
    pages = {url: shown(LABELS[url] if url != HIDES[kind] or not label else label, said[url], box) for url in LABELS}
    pages[HIDES[kind]] = pages[HIDES[kind]].replace("..:: Sở Tài chính ::..", name)
    return visit(gone, pages, kind=kind)[2]


@pytest.mark.parametrize("kind", HIDES)
def test_a_picture_or_nothing_in_the_place_of_a_section_leaves_it_open(kind: str) -> None:
    assert state(kind, "") == state(kind, '<p><img src="/anh/trang.png" width="700" height="500"></p>') == "not_seen"
    assert state(kind, f"<p>Trang chủ &raquo; {LABELS[HIDES[kind]]}</p>") == "not_seen"  # the way to it


def test_a_message_in_the_place_of_a_section_leaves_it_open() -> None:
    for kind in (Kind.QA, Kind.BUDGET):
        assert state(kind, "<p>Phân hệ này chưa được cài đặt</p>", "Thông báo") == "not_seen"
    assert state(Kind.EMAIL, "<p>Hệ thống gặp lỗi, mời thử lại sau</p>") == "not_seen"


def test_a_section_that_says_that_it_is_empty_or_shows_something_was_seen() -> None:
    assert state(Kind.BUDGET, "<p>Nội dung đang cập nhật</p>") == state(Kind.QA, "<p>Chưa có dữ liệu</p>") == "not_found"
    assert state(Kind.EMAIL, PHONE) == "not_found"
    assert state(Kind.BUDGET, f"<p>{'Thu, chi của xã theo biểu cũ. ' * 9}"[: LITTLE + 4] + "</p>") == "not_found"
    assert state(Kind.BUDGET, '<p><a href="/ck/xa">Các xã</a></p>') == "not_found"  # it leads on


FORM = "<form method=post action=/c>Your enquiry <textarea name=words></textarea><button>Send</button></form>"


@pytest.mark.parametrize(("content", "said"), [("", "not_seen"), (FORM, "not_found")])
def test_a_form_is_something_that_a_page_for_questions_shows(content: str, said: str) -> None:
    labels = {"/": "Home", "/bins": "Bins and waste", "/parks": "Parks", "/enquiries": "Enquiries"}
    menu = "".join(f'<p><a href="{url}">{label}</a></p>' for url, label in labels.items())
    text = "<p>The council met in the town hall on Monday and spoke of the works of this year and of {}.</p>"
    shown = {url: text.format(label) for url, label in labels.items()} | {"/enquiries": content}
    pages = {
        url: f"<title>{label} - Cà Mau</title><nav>{menu}</nav><h1>{label}</h1>{shown[url]}"
        for url, label in labels.items()
    }
    assert visit(gone, pages, vocabulary=ENGLISH)[2] == said


@pytest.mark.parametrize(
    ("name", "said"),
    [("Cơ cấu tổ chức - Sở Tài chính", "not_seen"), ("Công khai - Sở Tài chính", "not_found"), ("Thu chi", "not_found")],
)
def test_a_page_under_the_name_of_another_section_is_not_the_one_that_was_promised(name: str, said: str) -> None:
    assert state(Kind.BUDGET, f"<p>{'Sở có bảy phòng chuyên môn. ' * 4}</p>", name=name) == said


REFUSED = f"<p>{'Quý vị chưa được cấp quyền xem trang này. ' * 3}</p>"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Thông báo", REFUSED, "not_seen"),
        ("Thông báo", f"{REFUSED}<p>Đang cập nhật</p>", "not_found"),
        ("Thông báo", f'{REFUSED}<p><a href="/ck/xa">Các xã</a></p>', "not_found"),
        ("Thông báo", f"<h2>Dự toán ngân sách</h2>{REFUSED}", "not_found"),
        ("Công khai", REFUSED, "not_found"),
    ],
)
def test_a_page_of_which_nothing_is_named_for_what_was_promised_is_another(name: str, content: str, said: str) -> None:
    assert state(Kind.BUDGET, content, name, f"{name} - Sở Tài chính") == said


BROKEN = "<p>Notice: nguồn dữ liệu của máy chủ không trả lời trong thời gian cho phép, dòng 9 tệp ketnoi</p>"


@pytest.mark.parametrize(
    ("kind", "page", "said"),
    [
        (Kind.BUDGET, BROKEN, "not_seen"), (Kind.BUDGET, f"<b>Dự toán ngân sách</b>{BROKEN}", "not_found"),
        (Kind.BUDGET, f'{BROKEN}<p><a href="/tin">Tin tức</a></p>', "not_found"),  # with the frame of the site
        (Kind.BUDGET, f'{BROKEN}<p><a href="/ck/xa">Các xã</a></p>', "not_found"),
        (Kind.EMAIL, BROKEN, "not_found"), (Kind.EMAIL, f"{BROKEN}<p>Không kết nối được dữ liệu</p>", "not_seen"),
    ],
)  # fmt: skip
def test_words_without_a_title_and_without_the_frame_are_no_section(kind: str, page: str, said: str) -> None:
    pages = {url: shown(label, STORY + url) for url, label in LABELS.items()} | {"/lh": shown("Liên hệ", PHONE)}
    assert visit(gone, pages | {HIDES[kind]: f"<html><body>{page}</body></html>"}, kind=kind)[2] == said


@pytest.mark.parametrize("more", ["", '<p><a href="/en">English</a></p>'])
def test_behind_a_door_the_next_page_shows_the_frame(more: str) -> None:
    door = f'<title>Sở Tài chính</title><p>Sở Tài chính tỉnh Cà Mau</p><p><a href="/vao">Mời vào</a></p>{more}'
    labels = {**LABELS, "/vao": "Trang chủ"}
    pages = {url: shown(label, STORY + url) for url, label in labels.items()} | {"/": door, "/en": door + STORY}
    pages |= {"/hd": shown("Hỏi đáp", "<p>Chưa có câu hỏi nào.</p>"), "/ck": shown("Thông báo", "Lỗi 5")}
    assert visit(gone, pages, kind=Kind.BUDGET)[2] == "not_seen"
    assert visit(gone, pages, kind=Kind.QA)[2] == "not_found"


NEWS = "".join(f'<p><a href="/tin/{n}">Sở họp giao ban tháng {n} với các đơn vị</a></p>' for n in range(1, 5))
SLIP = '<p>Mẫu phiếu yêu cầu cung cấp thông tin: <a href="/tep/mau01.docx">tải về</a></p>'
WRITE = "<p>Công dân gửi phiếu tại Văn phòng Sở vào các ngày làm việc trong tuần và nhận kết quả sau mười ngày.</p>"
NOT_YET = "<p>Chuyên mục đang được cập nhật, kính mong quý vị thông cảm và trở lại sau để theo dõi các nội dung.</p>"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{SLIP}{WRITE}", "found"), (WRITE, "found"),
        ("<p>Nội dung đang cập nhật</p>", "not_found"), (NOT_YET, "not_found"),
        ("", "not_seen"), ("<img src='/anh/bia.jpg'>", "not_seen"), ("<p>Phân hệ này chưa được cài đặt</p>", "not_seen"),
        (NEWS, "not_seen"),
    ],
)  # fmt: skip
def test_the_name_of_a_section_of_access_is_as_good_as_what_its_page_shows(content: str, said: str) -> None:
    assert state(Kind.ACCESS, content) == said
    assert state(Kind.ACCESS, content, name="Tiếp cận thông tin") == said


def test_a_page_under_another_name_that_says_that_it_is_empty_makes_its_link_prove_nothing() -> None:
    assert state(Kind.ACCESS, "<p>Nội dung đang cập nhật</p>", "Thông báo", "Thông báo") == "not_found"


def test_what_every_page_says_tells_nothing_of_a_section() -> None:
    """A box of the frame that is empty does not make an empty section of one that shows a picture."""
    assert state(Kind.BUDGET, "<img src='/anh/bia.jpg'>", box="<p>Chưa có dữ liệu</p>") == "not_seen"


LONG = "Mục này hiện không khả dụng vì máy chủ của tỉnh đang được thay, thời gian xong chưa định, xin cảm ơn quý vị."


@pytest.mark.parametrize("kind", HIDES)
def test_a_section_that_says_only_that_something_failed_was_not_seen(kind: str) -> None:
    failed = state(kind, f"<p>{LONG}</p>", name=f"{LABELS[HIDES[kind]]} - Sở Tài chính")
    assert failed == "not_seen"
    assert state(Kind.QA, f"<p>{LONG}</p><p>Chưa có câu hỏi nào</p>", name="Hỏi đáp") == "not_found"


def test_a_section_of_the_menu_whose_name_tells_nothing_may_hide_anything_if_it_fails() -> None:
    menu = '<nav><a href="/cs">Chuyên trang</a></nav><table>'
    said = {"/hd": "<p>Chưa có câu hỏi nào.</p>", "/cs": f"<p>{LONG}</p>"}
    labels = {**LABELS, "/cs": "Chuyên trang"}
    pages = {url: shown(label, said.get(url, STORY + url)).replace("<table>", menu, 1) for url, label in labels.items()}
    assert visit(gone, pages, kind=Kind.QA)[2] == "not_seen"
    pages["/cs"] = pages["/cs"].replace("không khả dụng", "mở cả ngày")
    assert visit(gone, pages, kind=Kind.QA)[2] == "not_found"


WAITS = "<p id=d>Đang tải dữ liệu...</p><script>fetch('/d').then(d => d.json()).then(d => { x.innerHTML = d })</script>"


@pytest.mark.parametrize(
    ("label", "said"), [("Ngân sách", "not_seen"), ("Công khai ngân sách", "not_seen"), ("Giá đất", "not_found")]
)
def test_a_list_that_never_comes_leaves_open_what_its_link_promises(label: str, said: str) -> None:
    pages = {url: shown(LABELS[url], STORY + url) for url in LABELS if url not in ("/hd", "/tc")}
    pages["/ck"] = shown(label, WAITS)
    pages = {url: html.replace("Công khai ngân sách</a>", f"{label}</a>") for url, html in pages.items()}
    assert visit(gone, pages, browser={"/ck": pages["/ck"]}, kind=Kind.BUDGET)[2] == said
    came = pages["/ck"].replace("Đang tải dữ liệu...", "Nội dung đang cập nhật")
    assert visit(gone, pages, browser={"/ck": came}, kind=Kind.BUDGET)[2] == "not_found"
