"""A site was seen only if it is one: three inner pages with texts of their own, or all that it names.

A page that stands in the place of several is the page of none of them.
"""

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from spiders.visit.collectors.inner_pages import BELOW, ENOUGH, FEW, LISTED, OPENED, TRIED, TURNED
from tests.spiders.visit.walking import HOST, MENU, PAGES, always, gone, visit
from tests.spiders.web import entry, page, qa_page
from tests.system.servers.department import Department
from tests.system.servers.wire import Reply


def shown(title: str, content: str) -> str:
    return f"<!doctype html><html><head><title>{title}</title></head><body>{content}</body></html>"


LOGIN = "<form><input name='u'><input type='password' name='p'><a href='/quen'>Quên mật khẩu?</a></form>"
LISTING = (
    "<h1>Index of /</h1><a href='?C=N;O=D'>Name</a><a href='/'>Parent Directory</a>"
    "<a href='tai-lieu/'>tai-lieu/</a><a href='bao-cao-thuong-nien-2.html'>bao-cao-thuong-n..&gt;</a>"
)
ENGLISH = "<nav><a href='/docs/'>Documentation</a><a href='/examples/'>Examples</a></nav><h1>It works</h1>"
DOCS = {"/docs/": shown("Docs", "<p>Read this first.</p>"), "/examples/": shown("Examples", "<p>Hello.</p>")}
HOMES: dict[str, tuple[dict[str, str], Failure]] = {
    "blank": ({"/": shown("", "")}, Failure.NO_SITE),
    "default": ({"/": shown("Welcome", "<h1>It works!</h1>")}, Failure.NO_SITE),
    "menu of a default page": ({"/": shown("Server", ENGLISH)}, Failure.NO_SITE),
    "whole default site": ({"/": shown("Server", ENGLISH)} | DOCS, Failure.NO_SITE),
    "error": ({"/": shown("", "<b>Fatal error</b>: Uncaught Error in index.php:12")}, Failure.NO_SITE),
    "listing": ({"/": shown("Index of /", LISTING), "/tai-lieu/": shown("Index", LISTING + "x")}, Failure.NO_SITE),
    "closed": ({"/": shown("Tạm nghỉ", "<p>Hẹn gặp lại bà con vào đầu tháng tới.</p>")}, Failure.CLOSED),
    "wall": ({"/": shown("Đăng nhập", LOGIN), "/quen": shown("Quên", "<p>Nhập thư điện tử.</p>")}, Failure.CLOSED),
    "moved": ({"/": shown("Thông báo", "<p>Mời vào <a href='http://moi.test/'>đây</a>.</p>")}, Failure.MOVED),
    "frame": ({"/": shown("", "<iframe src='http://moi.test/'></iframe>")}, Failure.MOVED),
}  # fmt: skip


@pytest.mark.parametrize("name", HOMES)
def test_what_is_no_site_is_unknown_with_a_reason_of_its_own(name: str) -> None:
    pages, failure = HOMES[name]
    coverage, _, state = visit(gone, pages)
    assert (state, coverage.failure) == ("not_seen", failure)
    assert not coverage.menu and not coverage.footer


def test_the_same_page_at_every_address_is_a_closed_site_even_with_a_menu() -> None:
    notice = str(page("Thông báo", "<p>Mời quay lại sau.</p>", MENU).body)
    coverage, asked, state = visit(always(200, notice), {"/": notice})
    assert (state, coverage.failure) == ("not_seen", Failure.CLOSED)
    assert {"/lien-he", "/tin-tuc"} <= set(asked)


def test_a_page_that_stays_empty_in_a_browser_says_so() -> None:
    app = "<html><body><div id='root'></div><script src='/app.js'></script></body></html>"
    coverage, _, state = visit(gone, {"/": app})
    assert (state, coverage.failure) == ("not_seen", Failure.EMPTY_AFTER_RENDER)
    full = PAGES["/"]
    assert visit(gone, {**PAGES, "/": app}, browser={"/": full})[2] == "not_found"


SMALL = "<p>Trang của Sở. Địa chỉ: số 2, đường Hùng Vương.</p>"
CONTACT = {"/lien-he": shown("Liên hệ", "<a href='/'>Trang chủ</a><p>Điện thoại: 0290 3 831 000.</p>")}
ANCHORS = "".join(f"<a href='#muc-{n}'>Mục {n}</a><h2 id='muc-{n}'>Mục {n}</h2><p>Nội dung.</p>" for n in range(3))


@pytest.mark.parametrize(
    "pages",
    [
        {"/": shown("Sở", f"{SMALL}<a href='/lien-he'>Liên hệ</a>")} | CONTACT,
        {"/": shown("Sở", f"{SMALL}<a href='/lien-he'>Liên hệ</a><a href='/cu'>Trang cũ</a>")} | CONTACT,
        {"/": shown("Sở", f"{SMALL}{ANCHORS}")},
    ],
)
def test_a_small_site_is_read_to_its_end_and_believed(pages: dict[str, str]) -> None:
    coverage, _, state = visit(gone, pages)
    assert state == "not_found" and coverage.complete


def test_pages_that_wait_for_something_found_meanwhile_are_opened_too() -> None:
    """The contact page promises an address that stands on the home page; without it, too little was seen."""
    menu = entry("/lien-he", "Liên hệ") + entry("/thu-ngo", "Liên hệ - góp ý")
    contact = {path: str(page(path, f"<h1>Trang {path}</h1>", menu).body) for path in ("/lien-he", "/thu-ngo")}
    home = {"/": str(page("Trang chủ", menu=menu, email="vanphong@camau.gov.test").body)}
    coverage, asked, state = visit(gone, {**home, **contact, "/gioi-thieu": PAGES["/gioi-thieu"]})
    assert state == "not_found" and coverage.complete
    assert all(asked.count(path) == 1 for path in ("/lien-he", "/thu-ngo", "/gioi-thieu"))


def test_sections_of_any_name_are_opened_up_to_a_limit() -> None:
    """Nothing on them promises anything; of a site whose pages fail no more than TRIED are."""
    names = [f"/muc-{n}" for n in range(20)]
    menu = "".join(entry(name, f"Mục {name[-1]}") for name in names)
    pages = {
        name: str(page(f"Mục {name}", f"<h1>Trang {name.replace('-', ' ')} {'x' * n}</h1>", menu).body)
        for n, name in enumerate(names)
    }
    home = {"/": str(page("Trang chủ", menu=menu).body)}
    coverage, asked, state = visit(gone, {**home, **pages})
    assert state == "not_found" and sum(name in names for name in asked) == ENOUGH + OPENED
    coverage, asked, state = visit(lambda path, number: (500, "x") if path in names else gone(path, number), home)
    assert (state, coverage.failure) == ("not_seen", Failure.HTTP_5XX)
    assert len({name for name in asked if name in names}) < TRIED + 1
    coverage, asked, state = visit(gone, home)
    assert (state, coverage.failure) == ("not_seen", Failure.CLOSED)


@pytest.mark.parametrize(("others", "opened"), [(0, True), (LISTED, False)])
def test_what_a_page_of_a_vague_name_lists_is_opened_unless_it_lists_news(others: int, opened: bool) -> None:
    menu = MENU + entry("/muc", "Dịch vụ")
    listed = "".join(f"<p><a href='/tin/{n}'>Tin số {n}</a></p>" for n in range(others))
    pages = {
        **PAGES, "/": str(page("Trang chủ", menu=menu).body),
        "/muc": str(page("Dịch vụ", f"<h1>Dịch vụ</h1>{listed}<p><a href='/muc/het'>Tất cả mục</a></p>", menu).body),
        "/muc/het": str(page("Tất cả", "<h1>Tất cả</h1><p><a href='/m/31'>Hỏi đáp</a></p>", menu).body),
    }  # fmt: skip
    asked = visit(gone, pages)[1]
    assert ("/muc/het" in asked) is opened and ("/m/31" in asked) is opened


SECTIONS = MENU + entry("/hoi-dap", "Hỏi đáp") + entry("/cong-khai-ngan-sach", "Công khai ngân sách")
HOME = str(page("Trang chủ", menu=SECTIONS).body)
ERROR = str(page("Thông báo", "<p>Có lỗi khi xử lý yêu cầu.</p>", SECTIONS).body)
EMPTY = str(page("Hỏi đáp", "<h1>Hỏi đáp</h1><p>Đang cập nhật</p>", SECTIONS).body)
NO_BUDGET = str(page("Công khai ngân sách", "<h1>Công khai ngân sách</h1><p>Đang cập nhật</p>", SECTIONS).body)
FILES = "<h1>Index of /hoi-dap</h1><pre><a href='../'>../</a><a href='/tep/cau-1.pdf'>cau-1.pdf</a></pre>"
LOGIN_PAGE = (
    "<title>Đăng nhập</title><form><input name='u'><input type='password' name='p'><button>Đăng nhập</button></form>"
)


@pytest.mark.parametrize(
    ("instead", "failure"),
    [
        ({"/hoi-dap": ERROR, "/cong-khai-ngan-sach": ERROR}, Failure.CLOSED),
        ({"/hoi-dap": HOME, "/cong-khai-ngan-sach": NO_BUDGET}, Failure.CLOSED),
        ({"/hoi-dap": LOGIN_PAGE, "/cong-khai-ngan-sach": NO_BUDGET}, Failure.CLOSED),
        ({"/hoi-dap": "<html></html>", "/cong-khai-ngan-sach": NO_BUDGET}, Failure.EMPTY_AFTER_RENDER),
        ({"/hoi-dap": shown("Index of /hoi-dap", FILES), "/cong-khai-ngan-sach": NO_BUDGET}, Failure.CLOSED),
    ],
    ids=["one notice for two sections", "the home page", "a login", "blank", "files"],
)
def test_a_section_whose_page_is_not_its_own_stays_open(instead: dict[str, str], failure: Failure) -> None:
    coverage, asked, state = visit(gone, {**PAGES, "/": HOME, **instead}, browser=instead)
    assert {"/hoi-dap", "/cong-khai-ngan-sach"} <= set(asked)
    assert (state, coverage.failure) == ("not_seen", failure)


@pytest.mark.parametrize(("banner", "state"), [("<img src='/anh/dau.gif'>", "not_found"), ("", "not_seen")])
def test_the_picture_in_a_frame_is_its_banner(banner: str, state: str) -> None:
    frames = "<frameset><frame src='/dau.htm'><frame src='/trai.htm'><frame src='/giua.htm'></frameset>"
    pages = {
        **PAGES, "/": f"<title>Sở Tài chính</title>{frames}", "/dau.htm": f"<html><body>{banner}</body></html>",
        "/trai.htm": PAGES["/"], "/giua.htm": shown("Sở", SMALL),
    }  # fmt: skip
    assert visit(gone, pages)[2] == state


PRICES = "<p>Bảng giá của tháng được niêm yết tại trụ sở và gửi tới các xã, phường trước ngày mười hằng tháng.</p>"
DUTIES = "<p>Sở có bảy phòng; mỗi phòng trả lời về việc của mình trong giờ làm việc, trừ thứ bảy và chủ nhật.</p>"


@pytest.mark.parametrize(
    ("prices", "duties", "state"), [(PRICES, DUTIES, "not_found"), (PRICES, "", "not_seen"), ("", "", "not_seen")]
)
@pytest.mark.parametrize("door", [True, False])
def test_boxes_in_one_place_of_two_pages_are_a_corner(prices: str, duties: str, state: str, door: bool) -> None:
    """The home page has none: it is a door, or of a design of its own."""
    menu = entry("/vn", "Trang đầu") + entry("/gia", "Công khai ngân sách") + entry("/viec", "Phòng ban")
    home = shown("Sở Tài chính", "<a href='/vn'><img src='/vn.gif' alt='Tiếng Việt'></a>")
    pages = {
        "/": home if door else str(page("Sở Tài chính", "<h1>Chào mừng</h1>", menu).body),
        "/vn": str(page("Sở Tài chính", SMALL, menu).body),
        "/gia": str(page("Công khai ngân sách", f"{prices}<aside>{BOX}</aside>", menu).body),
        "/viec": str(page("Phòng ban", f"{duties}<aside>{BOX}</aside>", menu).body),
    }  # fmt: skip
    assert visit(gone, pages, kind=Kind.ACCESS)[2] == state


@pytest.mark.parametrize(("news", "state"), [("/tin/9", "found"), ("", "not_found")])
def test_a_piece_of_news_is_opened_where_no_sitemap_names_what_stands_beside_it(news: str, state: str) -> None:
    head = "<a href='/tin/9'>Sở họp bàn về việc phân bổ vốn cho các công trình trong năm tới</a>"
    beside = "<aside><a href='/b/3'>Hỏi đáp</a></aside>"
    pages = {
        **PAGES, "/": PAGES["/"].replace("</main>", f"{head if news else ''}</main>", 1),
        "/tin/9": str(page("Sở họp", f"<h1>Sở họp</h1><p>Chiều nay, sở họp.</p>{beside}", MENU).body),
        "/b/3": str(qa_page(MENU).body),
    }  # fmt: skip
    _, asked, said = visit(gone, pages)
    assert ("/tin/9" in asked) is bool(news) and said == state


@pytest.mark.parametrize(("pages_of_list", "state"), [(2, "found"), (TURNED + 1, "found"), (9, "not_found")])
@pytest.mark.parametrize("mapped", [False, True])
def test_a_list_of_few_pages_is_read_to_its_end_where_no_map_names_the_sections(
    pages_of_list: int, state: str, mapped: bool
) -> None:
    pager = "".join(f"<a href='/tin-tuc?trang={n}'>{n}</a> " for n in range(1, pages_of_list + 1))
    pager += "".join(f"<a href='/anh/{n}.jpg'>Ảnh {n}</a>" for n in range(LISTED))
    lists = {
        f"/tin-tuc?trang={n}": str(page("Tin tức", f"<h1>Tin tức</h1><p>{'Tin cũ. ' * n}</p>{pager}", MENU).body)
        for n in range(1, pages_of_list + 1)
    }
    last = lists[f"/tin-tuc?trang={pages_of_list}"]
    lists[f"/tin-tuc?trang={pages_of_list}"] = last.replace("</p>", "</p><a href='/m/1'>Hỏi đáp</a>", 1)
    sections = "<h1>Sơ đồ trang</h1><p>Các mục của trang này:</p><a href='/lien-he'>Liên hệ với sở</a>"
    map_ = {"/so-do": str(page("Sơ đồ trang", sections, MENU).body)}
    home = PAGES["/"].replace("</ul>", f"{entry('/so-do', 'Sơ đồ trang')}</ul>", 1) if mapped else PAGES["/"]
    pages = {**PAGES, "/": home, "/tin-tuc": lists["/tin-tuc?trang=1"], **lists, "/m/1": str(qa_page(MENU).body)}
    _, asked, said = visit(gone, pages | (map_ if mapped else {}))
    assert said == ("not_found" if mapped else state)
    assert sum("?trang=" in path for path in asked) <= (0 if mapped or state == "not_found" else TURNED)


def test_a_section_that_leads_to_the_home_page_stays_open() -> None:
    pages = {**PAGES, "/": HOME, "/cong-khai-ngan-sach": NO_BUDGET}
    coverage, _, state = visit(lambda path, n: (302, "/") if path == "/hoi-dap" else (404, "404"), pages)
    assert (state, coverage.failure) == ("not_seen", Failure.CLOSED)


def test_guesses_that_lead_to_the_home_page_decide() -> None:
    assert visit(always(302, "/"))[2] == "not_found"


def test_an_empty_section_is_absent_and_so_is_one_at_two_addresses() -> None:
    assert visit(gone, {**PAGES, "/": HOME, "/hoi-dap": EMPTY, "/cong-khai-ngan-sach": NO_BUDGET})[2] == "not_found"
    twice = HOME.replace("</ul>", entry("/hoi-dap-cu", "Hỏi đáp") + "</ul>")
    pages = {**PAGES, "/": twice, "/hoi-dap": EMPTY, "/hoi-dap-cu": EMPTY, "/cong-khai-ngan-sach": NO_BUDGET}
    coverage, asked, state = visit(gone, pages)
    assert "/hoi-dap-cu" in asked and state == "not_found", coverage


BOX = "<form><input name='u'><input type='password' name='p'><button>Vào</button></form>"


@pytest.mark.parametrize(
    ("corner", "instead", "state"),
    [("", BOX, "not_seen"), (BOX, "", "not_found"), (BOX, f"<p>Mời đăng nhập để xem tiếp.</p>{BOX}", "not_seen")],
)
def test_a_box_in_the_corner_of_every_page_asks_nobody_to_log_in(corner: str, instead: str, state: str) -> None:
    text = "<p>Chưa có câu hỏi nào được gửi tới sở trong quý này, mời quý vị quay lại sau.</p>"
    cornered = {
        path: html.replace("</ul>", f"</ul><div id='goc'>{corner}</div>", 1)
        for path, html in {**PAGES, "/": HOME}.items()
    }
    short = shown("Hỏi đáp", f"<div id='goc'>{corner}</div><h1>Hỏi đáp</h1>{text}{instead}")
    pages = {**cornered, "/hoi-dap": short, "/cong-khai-ngan-sach": NO_BUDGET}
    assert visit(gone, pages)[2] == state


@pytest.mark.parametrize(("mapped", "state"), [(False, "found"), (True, "not_found")])
def test_lists_are_opened_for_the_budget_where_no_sitemap_names_it(mapped: bool, state: str) -> None:
    """All else is there, and the menu names it."""
    office = Department("camau.gov.test", hidden=frozenset({Kind.BUDGET}))
    pages = {path: str(shown.body) for path, shown in office.pages().items() if isinstance(shown, Reply)}
    pages["/tin-tuc/chu-de"] = pages.pop("/cong-khai-ngan-sach")
    topic = "<p><a href='/tin-tuc/chu-de'>Công khai ngân sách</a></p><h1>"
    pages["/tin-tuc"] = pages["/tin-tuc"].replace("<h1>", topic)
    pages["/sitemap.xml"] = f"<urlset><url><loc>{HOST}/tin-tuc</loc></url></urlset>"
    if not mapped:
        del pages["/sitemap.xml"]
    _, asked, said = visit(gone, pages, kind=Kind.BUDGET)
    assert said == state and ("/tin-tuc" in asked) is not mapped


@pytest.mark.parametrize(("mapped", "more"), [(False, 0), (False, FEW + 1), (True, 0)])
def test_the_last_sections_of_the_frame_are_opened_for_the_budget_where_no_sitemap_names_it(
    mapped: bool, more: int
) -> None:
    office = Department("camau.gov.test", hidden=frozenset({Kind.BUDGET}))
    pages = {path: str(shown.body) for path, shown in office.pages().items() if isinstance(shown, Reply)}
    pages["/so/so-lieu"] = pages.pop("/cong-khai-ngan-sach")
    named = "<p><a href='/so/so-lieu'>Công khai ngân sách</a></p><h1>"
    pages["/gioi-thieu"] = pages["/gioi-thieu"].replace("<h1>", named)
    menu = "".join(entry(f"/anh-{n}", f"Hình ảnh {n}") for n in range(more))
    pages = {path: text.replace("</nav>", f"{menu}</nav>", 1) for path, text in pages.items()}
    if not mapped:
        del pages["/sitemap.xml"]
    _, asked, said = visit(gone, pages, kind=Kind.BUDGET)
    few = not (mapped or more)
    assert ("/gioi-thieu" in asked) is few and said == ("found" if few else "not_found")


def test_sections_whose_names_tell_nothing_come_before_those_of_something_else() -> None:
    others = [(f"/{n}-x", f"{name} {n}") for n in range(4) for name in ("Tin tức", "Hình ảnh")]
    names = [*others, *((f"/muc-{n}", f"Chuyên mục {n}") for n in range(OPENED))]
    menu = "".join(entry(path, label) for path, label in names)
    pages = {
        path: str(page(label, f"<h1>{label}</h1><p>{'Nội dung riêng. ' * n}</p>", menu).body)
        for n, (path, label) in enumerate(names)
    }
    _, asked, state = visit(gone, {"/": str(page("Trang chủ", menu=menu).body), **pages})
    assert state == "not_found" and {f"/muc-{n}" for n in range(OPENED)} <= set(asked)


NAMES = {
    "gioi-thieu": "Giới thiệu",
    "tin-tuc": "Tin tức",
    "lien-he": "Liên hệ",
    "don-vi": "Đơn vị",
    "hoi-nghi": "Hội nghị",
}


def by_query(**said: str) -> dict[str, str]:
    """A site that writes the names of its pages into a parameter of its start page, as of a search."""
    menu = "".join(entry(f"/?q={name}", label) for name, label in NAMES.items())
    pages = {f"/?q={name}": (label, said.get(name.replace("-", "_"), "")) for name, label in NAMES.items()}
    return {
        "/": str(page("Trang chủ", menu=menu).body),
        **{url: str(page(name, f"<h1>{name}</h1>{text}", menu).body) for url, (name, text) in pages.items()},
    }


@pytest.mark.parametrize("others", [True, False])
def test_pages_that_a_parameter_of_the_start_page_names_are_sections(others: bool) -> None:
    """The start page answers a search for what it lacks; that shows nothing of its other pages."""
    asked_of = "<p>Câu hỏi: Ai trả phí?</p><p>Trả lời: Người nộp đơn.</p>" * 2
    pages = by_query(don_vi=asked_of if others else "")

    def home(path: str, number: int) -> tuple[int, str | bytes]:
        return (200, pages["/"]) if path.startswith("/?q=") else gone(path, number)

    _, asked, state = visit(home, pages)
    assert set(pages) <= set(asked)
    assert state == ("not_seen" if others else "not_found")


@pytest.mark.parametrize(("words", "opened"), [("", True), ("Khánh thành cầu", False)])
def test_a_picture_that_leads_to_a_parameter_of_the_start_page_may_be_a_section(words: str, opened: bool) -> None:
    link = f"<main><a href='/?p=101'><img src='/1a.gif'>{words}</a></main>"
    asked_of = "<p>Câu hỏi: Ai trả phí?</p><p>Trả lời: Người nộp đơn.</p>" * 2
    pages = {**PAGES, "/": shown("Trang chủ", MENU + link), "/?p=101": shown("Trả lời công dân", asked_of)}
    asked = visit(gone, pages)[1]
    assert ("/?p=101" in asked) is opened


@pytest.mark.parametrize(("links", "opened"), [(1, True), (LISTED + 1, False)])
def test_the_few_links_of_a_page_in_the_frame_are_its_sections(links: int, opened: bool) -> None:
    listed = "".join(f"<p><a href='/phong/{n}'>Phòng số {n}</a></p>" for n in range(links))
    pages = {
        **PAGES, "/tin-tuc": str(page("Tin tức", f"<h1>Tin tức</h1>{listed}", MENU).body),
        "/phong/0": str(page("Phòng số 0", "<h1>Phòng số 0</h1><p><a href='/p/hd'>Hỏi đáp của phòng</a></p>").body),
    }  # fmt: skip
    asked = visit(gone, pages)[1]
    assert ("/p/hd" in asked) is opened


@pytest.mark.parametrize(("lists", "opened"), [(1, True), (LISTED + 1, False)])
def test_sections_below_one_that_promises_what_is_missing_are_opened_before_others(lists: int, opened: bool) -> None:
    """Besides the six that promise nothing: "Công khai" lists "Số liệu", which lists the years."""
    others = "".join(entry(f"/phong/{n}", f"Phòng số {n}") for n in range(OPENED + 2))
    menu = MENU + others + entry("/cong-khai", "Công khai")
    listed = "".join(f"<p><a href='/ck/{n}'>Số liệu {n}</a></p>" for n in range(lists))
    pages = {
        **PAGES, "/": str(page("Trang chủ", menu=menu).body),
        "/cong-khai": str(page("Công khai", f"<h1>Công khai</h1>{listed}", menu).body),
        "/ck/0": str(page("Số liệu", "<h1>Số liệu</h1><p><a href='/ck/2020'>Năm 2020</a></p>", menu).body),
    }  # fmt: skip
    asked = visit(gone, pages, kind=Kind.BUDGET)[1]
    assert ("/ck/0" in asked) is opened and ("/ck/2020" in asked) is opened
    assert sum(path.startswith("/ck/") for path in asked) <= BELOW


def test_a_section_that_leads_to_a_login_already_met_stays_open() -> None:
    """Two sections lead to one page for those who log in: what either promised was not seen."""
    menu = MENU + entry("/hoi-dap", "Hỏi đáp") + entry("/tiep-can-thong-tin", "Tiếp cận thông tin")
    pages = {**PAGES, "/": str(page("Trang chủ", menu=menu).body)}

    def asks(path: str, number: int) -> tuple[int, str]:
        if path in ("/hoi-dap", "/tiep-can-thong-tin"):
            return 302, f"/dang-nhap?returnUrl={path}"
        return (200, LOGIN_PAGE) if path.startswith("/dang-nhap") else gone(path, number)

    for kind in (Kind.QA, Kind.ACCESS, Kind.WEB_FORM):
        assert visit(asks, pages, kind=kind)[2] == "not_seen"


def test_a_listing_of_files_under_a_name_that_may_be_the_section_leaves_it_open() -> None:
    menu = MENU + entry("/ns/", "Ngân sách")
    listing = shown("Index of /ns", FILES.replace("/hoi-dap", "/ns"))
    pages = {**PAGES, "/": str(page("Trang chủ", menu=menu).body), "/ns/": listing}
    _, asked, state = visit(gone, pages, kind=Kind.BUDGET)
    assert "/ns/" in asked and state == "not_seen"
