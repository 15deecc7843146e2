"""Views of an application are pages of the site: opened in the browser, within a limit, with their own addresses."""

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from spiders.visit.application_views import OPENED
from tests.spiders.visit.walking import HOST, PAGES, gone, visit, walked
from tests.spiders.web import entry, page

PLAIN = "<h1>Trang chủ</h1>"
ASKED = "".join(
    f"<div class='muc'><p><b>Câu hỏi:</b> Thủ tục số {n} làm ở đâu?</p><p>Ngày hỏi: 0{n + 1}/03/2020</p>"
    f"<p><b>Trả lời:</b> Tại bộ phận một cửa của sở.</p><p>Ngày trả lời: 1{n}/03/2020</p></div>"
    for n in range(4)
)


def home(*links: tuple[str, str]) -> str:
    return str(page("Trang chủ", PLAIN, "".join(entry(address, label) for address, label in links)).body)


def shown(title: str, text: str, *links: tuple[str, str]) -> str:
    """What the browser makes of a view."""
    menu = "".join(entry(address, label) for address, label in links)
    return str(page(title, f"<h1>{title}</h1>{text}", menu).body)


MENU = (("#/lien-he", "Liên hệ"), ("#/hoi-dap", "Hỏi đáp"), ("#/tin-tuc", "Tin tức"))
NEWS = shown("Tin tức", "<p>Tin trong tuần của các sở, các huyện và của hội đồng nhân dân tỉnh.</p>", *MENU)
CONTACT = shown("Liên hệ", "<p>Điện thoại của văn phòng: 0290 3831 111, trong giờ hành chính mỗi ngày.</p>", *MENU)
BROWSER = {"/#/lien-he": CONTACT, "/#/tin-tuc": NEWS, "/#/hoi-dap": shown("Hỏi đáp", ASKED, *MENU)}


@pytest.mark.parametrize("sign", ["#/", "#!/", "/#/"])
def test_a_view_is_read_like_a_page_and_settles_what_it_promises(sign: str) -> None:
    links = [(address.replace("#/", sign), label) for address, label in MENU]
    browser = {path.replace("/#/", f"/{sign.lstrip('/')}"): shown for path, shown in BROWSER.items()}
    walk, asked = walked(gone, {"/": home(*links)}, browser=browser)
    found = [one for one in walk.report()["findings"] if one.kind == Kind.QA and one.level >= 2]
    address = f"{HOST}/{sign.lstrip('/')}hoi-dap"
    assert {(one.value, one.page_url) for one in found} == {(address, address)}
    assert walk.state.log.pages[address].rendered and asked.count("/") == 1
    assert address in walk.state.held


def test_the_evidence_of_a_view_is_what_was_received_and_what_was_rendered() -> None:
    walk, _ = walked(gone, {"/": home(*MENU)}, browser=BROWSER)
    held = walk.state.held[f"{HOST}/#/hoi-dap"]
    assert "Câu hỏi" in held.html and held.sha256 == walk.state.log.pages[f"{HOST}/"].sha256


def test_a_view_that_is_not_there_proves_an_absence_where_a_site_was_seen() -> None:
    menu = (("#/lien-he", "Liên hệ"), ("#/tin-tuc", "Tin tức"), ("#/van-ban", "Văn bản"))
    papers = shown("Văn bản", "<p>Văn bản mới của sở trong tháng này và của các đơn vị trực thuộc sở.</p>", *menu)
    news, contact = (text.replace("href='#/hoi-dap'", "href='#/van-ban'") for text in (NEWS, CONTACT))
    browser = {"/#/van-ban": papers, "/#/tin-tuc": news, "/#/lien-he": contact}
    browser = {path: text.replace("Hỏi đáp", "Văn bản") for path, text in browser.items()}
    coverage, _, state = visit(gone, {"/": home(*menu)}, browser=browser)
    assert state == "not_found" and coverage.failure is None


@pytest.mark.parametrize(
    "view",
    [home(*MENU), shown("404", "<p>Không tìm thấy trang</p>", *MENU), "<html></html>"],
    ids=["the home page", "an error", "nothing"],
)
def test_a_view_that_shows_something_else_stays_open(view: str) -> None:
    _, _, state = visit(gone, {"/": home(*MENU)}, browser={**BROWSER, "/#/hoi-dap": view})
    assert state == "not_seen"


def test_a_visit_opens_so_many_views_and_those_first_that_promise_what_is_missing() -> None:
    more = [(f"#/muc-{n}", f"Chuyên mục {n}") for n in range(2 * OPENED)]
    browser = {f"/#/muc-{n}": shown(f"Chuyên mục {n}", f"<p>{'Nội dung ' * 20}{n}</p>") for n in range(2 * OPENED)}
    _, asked = walked(gone, {"/": home(*more, *MENU)}, browser={**browser, **BROWSER})
    views = [path for path in asked if "#" in path]
    assert set(views[:2]) == {"/#/lien-he", "/#/hoi-dap"} and len(views) == OPENED


def test_a_link_to_a_place_that_is_not_there_is_a_view_if_it_promises_something() -> None:
    pages = {**PAGES, "/": home(("#hoi-dap", "Hỏi đáp")).replace("</body>", "<script src='/a.js'></script></body>")}
    browser = {"/#hoi-dap": shown("Hỏi đáp", ASKED)}
    assert visit(gone, pages, browser=browser)[2] == "found"
    there = pages["/"].replace("<h1>", "<h1 id='hoi-dap'>")
    assert "/#hoi-dap" not in visit(gone, {**pages, "/": there}, browser=browser)[1]


def test_an_application_in_a_folder_is_asked_for_once() -> None:
    links = [(f"/cong/{address}", label) for address, label in MENU]
    browser = {f"/cong{path}": page for path, page in BROWSER.items()}
    _, asked, state = visit(gone, {"/": home(*links), "/cong/": home()}, browser=browser)
    assert state == "found" and asked.count("/cong/") == 1


def test_a_view_that_the_browser_cannot_show_is_no_page_of_its_application() -> None:
    walk, _ = walked(gone, {"/": home(("#/hoi-dap", "Hỏi đáp"))}, browser={})
    coverage = walk.coverage()
    assert coverage.failure is Failure.EMPTY_AFTER_RENDER
