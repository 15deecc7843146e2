"""Whose an address is, by its form, its page and its place."""

import json
from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.indicator import OFFICIAL, Kind
from prober.domain.pages.page import Page
from tests.languages import EN, ENGLISH, VI, VIETNAMESE
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)

PORTAL = Body(
    "Cổng thông tin điện tử tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE
)
FINANCE = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)


# (address line, title of the page, place, body) → class
CLASSES = [
    ("Email: stc@camau.gov.test", "Liên hệ", "main", FINANCE, "agency_role"),
    ("Email: quanlyngansach.stc@camau.gov.test", "Liên hệ", "main", FINANCE, "agency_role unit_role"),
    ("Email: banbientap@camau.gov.test", "Trang chủ", "footer", PORTAL, "portal_editor"),
    ("Thư điện tử: stc.camau@gmail.com", "Liên hệ", "main", FINANCE, "freemail"),
    ("Email: ubnd@camau.gov.test", "Liên hệ", "main", FINANCE, "other_body"),
    ("Email: ubnd@camau.gov.test", "Liên hệ", "main", PORTAL, "agency_role"),
    ("Email: nvhung@camau.gov.test", "Liên hệ", "main", FINANCE, "person"),
    ("Bà Lê Thị Hoa, chuyên viên: hoalt@camau.gov.test", "Danh bạ", "main", FINANCE, "person"),
    ("Thiết kế bởi VNPT: hotro@vnpt.vn", "Trang chủ", "footer", PORTAL, "vendor"),
    ("Phát triển bởi Công ty A: lienhe@cong-ty-a.com.vn", "Trang chủ", "footer", PORTAL, "vendor"),
    ("Phó Trưởng phòng: kimngan@camau.gov.test", "Danh bạ", "main", FINANCE, "person"),
    ("Phó Giám đốc: ysa@camau.gov.test", "Danh bạ", "main", FINANCE, "person"),
    ("Email: stc@baclieu.gov.test", "Tin tức", "main", FINANCE, "other_body"),
    ("Ví dụ: ten@congty.com", "Liên hệ", "main", PORTAL, "example"),
    ("Bạn đọc gửi về theo anh.le87@gmail.com", "Tin tức", "main", PORTAL, "citizen person"),
    ("Email: webmaster@camau.gov.test", "Trang chủ", "footer", PORTAL, "portal_editor"),
    ("Hỗ trợ kỹ thuật: tttt@camau.gov.test", "Trang chủ", "footer", PORTAL, "portal_editor"),
    ("Hộp thư cũ: tonghop@camau.gov.test", "Liên hệ", "main", PORTAL, "other_body"),
    ("Hộp thư cũ của Văn phòng: tonghop@camau.gov.test", "Liên hệ", "main", PORTAL, "other_body"),
    ("Email: tonghop@camau.gov.test đã đóng từ 01/7", "Liên hệ", "main", PORTAL, "other_body"),
    ("Email: tonghop@camau.gov.test (đã ngừng sử dụng từ 01/7)", "Liên hệ", "main", PORTAL, "other_body"),
    ("Email: tonghop @ camau . gov . test", "Liên hệ", "main", PORTAL, "agency_role unit_role"),
    ("Email: ubnd . tonghop @ camau . gov . test", "Liên hệ", "main", PORTAL, "agency_role unit_role"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "written", "found"),
    [
        ("get-in-touch", "ashfordleatowncouncil@mail.test", ["agency_role"]),
        ("get-in-touch", "ashfordlea@mail.test", ["example"]),
        ("get-in-touch", "ashfordleatowncouncil@parishes.test", ["agency_role"]),
        ("get-in-touch", "clerk@parishes.test", ["other_body"]),
        ("news/1", "ashfordleatowncouncil@parishes.test", ["other_body"]),
    ],
)
def test_a_mailbox_that_is_the_name_of_a_council_is_its_own(page: str, written: str, found: list[str]) -> None:
    body = Body("Ashford Lea Town Council", kind="council", own_domains=("ashfordlea.gov.test",), vocabulary=ENGLISH)
    title = "Get in touch" if page == "get-in-touch" else "News"
    html = f"<title>{title} - Ashford Lea Town Council</title><main><h1>{title}</h1><p>{written}</p></main>"
    seen = detect(Page(f"https://www.ashfordlea.gov.test/{page}", 200, html, NOW, words=EN), body)
    assert [f.category for f in seen if f.kind == Kind.EMAIL] == found


@pytest.mark.parametrize(
    ("name", "written", "category"),
    [
        ("Trạm Bảo vệ thực vật huyện Ba Tri", "Email: trambvtv@x.gov.test", "unit_role"),
        ("Ủy ban nhân dân phường Lê Hồng", "Email: phuonglehong@x.gov.test", "unit_role"),
        ("Ủy ban nhân dân phường Lê Hồng", "Một cửa: hcc-lehong@x.gov.test", "unit_role"),
        ("Ủy ban nhân dân phường Lê Hồng", "Một cửa: hungnv-lehong@x.gov.test", "person"),
        ("Ủy ban nhân dân phường Lê Hồng", "Email: lehongphong@x.gov.test", "person"),
        ("Trường Tiểu học Lê Lợi", "Email: thleloi@tinh.edu.vn", "agency_role"),
        ("Trường Tiểu học Lê Lợi", "Email: thnguyendu@tinh.edu.vn", "other_body"),
        ("Trường Cao đẳng Nghề Ba Tri", "Văn thư: daotao@cdngbatri.edu.vn", "other_body"),
        ("Trường Cao đẳng Nghề Ba Tri", "Văn thư: vanthu@cdnbatri.edu.vn", "agency_role"),
    ],
)
def test_an_address_that_is_made_of_the_name_of_the_body(name: str, written: str, category: str) -> None:
    body = Body(name, own_domains=("x.gov.test",), kind="department", vocabulary=VIETNAMESE)
    html = f"<title>{name}</title><body><main><p>Tin</p></main><footer><p>{written}</p></footer></body>"
    found = [f for f in detect(Page("https://www.x.gov.test/", 200, html, NOW, words=VI), body) if f.kind == Kind.EMAIL]
    assert [finding.category for finding in found] == [category]


@pytest.mark.parametrize(("written", "title", "place", "body", "classes"), CLASSES)
def test_class_of_an_address(written: str, title: str, place: str, body: Body, classes: str) -> None:
    main = f"<main><h1>{title}</h1><p>Nội dung</p></main>"
    html = f"<title>{title}</title><body>{main}<{place}><p>{written}</p></{place}></body>"
    host = "stc.camau.gov.test" if body == FINANCE else "www.camau.gov.test"
    found = [f for f in detect(Page(f"https://{host}/x", 200, html, NOW, words=VI), body) if f.kind == Kind.EMAIL]
    assert len(found) == 1 and found[0].category in classes.split()
    if found[0].category in ("person", "citizen"):
        address = written.split()[-1]
        assert (
            found[0].value == ""
            and address not in found[0].snippet
            and address not in json.dumps(dict(found[0].detail))
        )


def test_the_webmaster_is_not_the_contact_beside_another_address() -> None:
    html = "<footer><p>Email: webmaster@camau.gov.test</p><p>Email: vanthu@camau.gov.test</p></footer>"
    found = {f.value: f.category for f in detect(Page("https://camau.gov.test/", 200, html, NOW, words=VI), PORTAL)}
    assert found["vanthu@camau.gov.test"] in OFFICIAL
    assert found["webmaster@camau.gov.test"] not in OFFICIAL


def test_contact_page_outranks_footer_outranks_article() -> None:
    def sure(html: str) -> float:
        return max(
            f.confidence
            for f in detect(Page("https://camau.gov.test/", 200, html, NOW, words=VI), PORTAL)
            if f.kind == Kind.EMAIL
        )

    line = "<p>Email: vanthu@camau.gov.test</p>"
    contact, footer, other = f"<h1>Liên hệ</h1>{line}", f"<p>Tin</p><footer>{line}</footer>", line
    assert sure(contact) > sure(footer) > sure(other)


@pytest.mark.parametrize(
    ("host", "category"), [("binhan.camau.gov.test", "agency_role"), ("www.camau.gov.test", "person")]
)
def test_a_ward_that_is_called_like_a_person(host: str, category: str) -> None:
    page = Page(f"https://{host}/", 200, "<footer><p>Email: binhan@camau.gov.test</p></footer>", NOW, words=VI)
    (found,) = (finding for finding in detect(page, PORTAL) if finding.kind == Kind.EMAIL)
    assert (found.category in OFFICIAL) is (category in OFFICIAL)


@pytest.mark.parametrize(("local", "own"), [("phuongbinhan.cm", True), ("nguyenbinhan.cm", False)])
def test_the_free_mailbox_of_a_ward_that_is_called_like_a_person(local: str, own: bool) -> None:
    html = f"<title>UBND phường Bình An</title><footer><p>Email: {local}@gmail.com</p></footer>"
    found = detect(Page("https://binhan.camau.gov.test/", 200, html, NOW, words=VI), PORTAL)
    assert [each.value for each in found if each.category in OFFICIAL] == [f"{local}@gmail.com"] * own


@pytest.mark.parametrize(("label", "own"), [
    ("Hỗ trợ kỹ thuật", False), ("Lỗi kỹ thuật của trang web", False), ("Hỗ trợ kỹ thuật nghề cá", True),
    ("Hỗ trợ doanh nghiệp", True),
])  # fmt: skip
def test_who_is_asked_about_troubles_with_the_site_is_no_contact_beside_one(label: str, own: bool) -> None:
    html = f"<footer><p>Email: bbt@camau.gov.test</p><p>{label}: tttt@camau.gov.test</p></footer>"
    found = detect(Page("https://www.camau.gov.test/", 200, html, NOW, words=VI), PORTAL)
    assert any(each.value == "tttt@camau.gov.test" and each.category in OFFICIAL for each in found) is own
