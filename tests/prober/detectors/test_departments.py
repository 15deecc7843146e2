"""Where a portal says that the Department of Finance is: which links are taken for its site, and how surely.

A home page is another department's where the site is called after it, and the body has no name there.
"""

from dataclasses import replace
from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.departments import department_sites, is_others, of_another
from prober.detectors.email.email_detector import emails
from prober.domain.pages.page import Page
from prober.text.words import Department, Vocabulary
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI, POBI

CA_MAU = Body(
    "Cổng thông tin điện tử tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE
)
SAIGON = Body(
    "Cổng thông tin điện tử Thành phố Hồ Chí Minh",
    "Hồ Chí Minh",
    "Ho Chi Minh City",
    "portal",
    ("tphcm.gov.test",),
    vocabulary=VIETNAMESE,
)
NIGHT = datetime(2020, 4, 13, 8, tzinfo=HANOI)
STC = "https://stc.camau.gov.test/"

LINKS = {
    # words of the link, its address → confidence, 0 for none
    "name": ("Sở Tài chính", STC, 1.0),
    "in capitals": ("SỞ TÀI CHÍNH", STC, 1.0),
    "without accents": ("So Tai chinh", STC, 1.0),
    "in English": ("Department of Finance", STC, 1.0),
    "numbered": ("3. Sở Tài chính", STC, 1.0),
    "with its province": ("Sở Tài chính tỉnh Cà Mau", STC, 1.0),
    "as a website": ("Trang thông tin điện tử Sở Tài chính", STC, 1.0),
    "more words": ("Giám đốc Sở Tài chính tiếp dân", STC, 0.4),
    "a headline": ("Sở Tài chính tổ chức hội nghị trực tuyến tổng kết công tác năm 2019", STC, 0),
    "another province's": ("Sở Tài chính tỉnh Bạc Liêu", "https://stc.baclieu.gov.test/", 0),
    "numbers, not a department": ("Số tài chính", STC, 0),
    "another department": ("Sở Nội vụ", "https://snv.camau.gov.test/", 0),
    "ministry": ("Bộ Tài chính", "https://mof.gov.test/", 0),
    "outside the province's domain": ("Sở Tài chính", "https://stcamau.gov.test/", 0.6),
    "no public body's": ("Sở Tài chính", "https://stc-camau.test/", 0),
    "a page of the portal": ("Sở Tài chính", "https://www.camau.gov.test/gioi-thieu/so-tai-chinh", 0.5),
    "words and place in doubt": ("Báo cáo của Sở Tài chính", "https://www.camau.gov.test/tin/12", 0),
    "the portal itself": ("Sở Tài chính", "https://camau.gov.test/", 0),
    "a file": ("Sở Tài chính", "https://stc.camau.gov.test/so-do.pdf", 0),
    "the public services": ("Sở Tài chính", "https://dichvucong.camau.gov.test/stc", 0),
    "dead": ("Sở Tài chính", "#", 0),
    "script": ("Sở Tài chính", "javascript:go(3)", 0),
    "malformed": ("Sở Tài chính", "http://[stc.camau.gov.test/", 0),
    "malformed port": ("Sở Tài chính", "http://stc.camau.gov.test:abc/", 0),
}


def portal(html: str) -> Page:
    return Page("https://www.camau.gov.test/", 200, html, NIGHT, words=VI)


@pytest.mark.parametrize(("words", "url", "confidence"), LINKS.values(), ids=LINKS)
def test_links_to_the_finance_department(words: str, url: str, confidence: float) -> None:
    found = department_sites(portal(f"<nav><a href='{url}'>{words}</a></nav>"), CA_MAU)
    assert [(link.url, link.snippet, link.confidence) for link in found] == (
        [(url, words, confidence)] if confidence else []
    )


@pytest.mark.parametrize(
    "words", ["Sở Tài chính Thành phố Hồ Chí Minh", "Sở Tài chính TP.HCM", "Sở Tài chính TP. Hồ Chí Minh"]
)
def test_a_city_by_its_short_names(words: str) -> None:
    page = portal(f"<a href='https://sotaichinh.tphcm.gov.test/'>{words}</a>")
    assert [link.confidence for link in department_sites(page, SAIGON)] == [1.0]


def test_a_province_with_the_word_for_a_province_in_its_name() -> None:
    body = Body("Cổng tỉnh Hà Tĩnh", "Hà Tĩnh", "Ha Tinh", "portal", ("hatinh.gov.test",), vocabulary=VIETNAMESE)
    html = '<a href="http://stc.hatinh.gov.test">Sở Tài chính tỉnh Hà Tĩnh</a>'
    (found,) = department_sites(Page("http://hatinh.gov.test/", 200, html, datetime.now(HANOI), words=VI), body)
    assert found.confidence == 1.0


def test_a_list_of_choices_is_read_too() -> None:
    page = portal(f"<select><option value='{STC}'>Sở Tài chính</option></select>")
    assert [(link.url, link.confidence) for link in department_sites(page, CA_MAU)] == [(STC, 1.0)]


def test_only_a_portal_speaks_for_its_departments() -> None:
    page = portal(f"<a href='{STC}'>Sở Tài chính</a>")
    assert (
        department_sites(
            page, Body("Sở Nội vụ", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)
        )
        == []
    )


HEALTH = Vocabulary(("vi",), departments=(
    Department("health", "portal", ("sở y tế",), ("soyte", "syt"), ("moh.gov.test",)),
    *VIETNAMESE.departments,
))  # fmt: skip


def test_a_study_of_other_departments_has_their_sites_and_rules() -> None:
    page = portal(f"<a href='https://syt.camau.gov.test/'>Sở Y tế</a><a href='{STC}'>Sở Tài chính</a>")
    found = department_sites(page, replace(CA_MAU, vocabulary=HEALTH))
    assert [(link.kind, link.url) for link in found] == [("health", "https://syt.camau.gov.test/"), ("finance", STC)]

    def own(body: Body) -> list[str]:
        text = "<footer><p>Sở Y tế</p><p>Email: syt@camau.gov.test</p><p>Cổng: ubnd@camau.gov.test</p></footer>"
        page = Page("https://syt.camau.gov.test/", 200, f"<body>{text}</body>", NIGHT, words=VI)
        return [found.value for found in emails(page, body) if found.category != "other_body"]

    site = Body("Sở Y tế", "Cà Mau", "Ca Mau", "health", ("camau.gov.test",), vocabulary=HEALTH)
    assert own(site) == ["syt@camau.gov.test"]  # the province's mailbox is in its footer, too
    assert own(replace(site, vocabulary=VIETNAMESE)) == ["syt@camau.gov.test", "ubnd@camau.gov.test"]


FINANCE = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", vocabulary=POBI.vocabulary)
TITLE, BANNER = "<title>Sở Xây dựng tỉnh Cà Mau</title>", "<header>CỔNG THÔNG TIN ĐIỆN TỬ SỞ XÂY DỰNG</header>"
OWNER = "<footer>Bản quyền thuộc Sở Xây dựng tỉnh Cà Mau</footer>"
SITE_NAME = "<meta property='og:site_name' content='Sở Xây dựng Cà Mau'>"
NEWS = "<main><h2>Thi công cầu mới</h2><p>Công trình được bàn giao trong tháng 4.</p></main>"
ANOTHER = {
    "title and banner": TITLE + BANNER + NEWS,
    "banner and owner": f"<title>Trang chủ</title>{BANNER}{NEWS}{OWNER}",
    "name of the site and heading": f"{SITE_NAME}<title>Trang chủ</title><h1>Sở Xây dựng</h1>{NEWS}",
    "a link to the body's own site": f"{TITLE}{BANNER}<a href='http://stc.camau.gov.test/'>Sở Tài chính</a>",
}
ITS_OWN = {
    "who runs it": f"<title>Trang chủ</title>{NEWS}{OWNER}",
    "a list of departments": f"<title>Trang chủ</title><ul><li>Sở Xây dựng</li><li>Sở Tư pháp</li></ul>{NEWS}",
    "two others": f"<title>Sở Tư pháp</title>{NEWS}<footer>Thiết kế: Sở Xây dựng</footer>",
    "its own name in the text": f"{TITLE}{BANNER}<p>Trang của Sở Tài chính đang được dựng trên nền này.</p>",
    "its own name on its own pages": f"{TITLE}{BANNER}<a href='/gioi-thieu'>Sở Tài chính</a>",
    "of one that became the body's": "<title>Sở Kế hoạch và Đầu tư</title><h1>Sở Kế hoạch và Đầu tư tỉnh Cà Mau</h1>",
    "no department": "<title>Bản đồ sở hữu đất đai</title><h1>Bản đồ sở hữu đất đai</h1>",
}


def told(html: str, body: Body = FINANCE) -> bool:
    page = Page("http://dung.camau.gov.test/", 200, html, NIGHT, words=body.words)
    return of_another(page, body, home=True) is not None


@pytest.mark.parametrize("html", ANOTHER.values(), ids=ANOTHER)
def test_a_site_is_anothers_that_is_called_after_it_in_two_places(html: str) -> None:
    assert told(html)


@pytest.mark.parametrize("html", ITS_OWN.values(), ids=ITS_OWN)
def test_a_site_that_names_the_body_or_nobody_twice_may_be_its_own(html: str) -> None:
    assert not told(html)


def test_of_a_body_that_is_no_department_nothing_is_told() -> None:
    assert not told(TITLE + BANNER, Body("Thành phố Cà Mau", "Cà Mau", vocabulary=VIETNAMESE))


@pytest.mark.parametrize(("unit", "others"), [
    ("Sở Y tế", True), ("Sở Giao thông vận tải", True), ("UBND xã Tân Thành", True), ("Cục Thuế tỉnh", True),
    ("Bộ Tài chính", True), ("Phòng Tài chính - Kế hoạch huyện Đầm Dơi", True), ("Công an tỉnh", True),
    ("Ban Quản lý Khu kinh tế", True), ("Bảo hiểm xã hội tỉnh", True), ("Chi cục Kiểm lâm", True),
    ("Sở Tài chính", False), ("Sở Tài chính tỉnh Cà Mau", False), ("STC", False), ("Văn phòng Sở", False),
    ("Phòng Quản lý ngân sách", False), ("Ban Giám đốc", False), ("Bộ phận một cửa", False), ("", False),
    ("Trung tâm Tư vấn dịch vụ tài chính công", False), ("Chi cục Tài chính doanh nghiệp", False),
    ("Sở Kế hoạch và Đầu tư", False),  # which the finance department took over
])  # fmt: skip
def test_who_answers_on_a_site_of_several_departments(unit: str, others: bool) -> None:
    finance = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", vocabulary=VIETNAMESE)
    assert is_others(unit, finance, VI) == others
    assert not is_others(unit, CA_MAU, VI)
