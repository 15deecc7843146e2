"""An address beside which another body is named is that body's, though all of a province share its domain."""

from dataclasses import replace
from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.indicator import OFFICIAL, Kind
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI, POBI

NOW = datetime(2026, 3, 2, 8, tzinfo=HANOI)
DOMAIN = "longbien.gov.test"
FINANCE = Body("Sở Tài chính tỉnh Long Biên", "Long Biên", "Long Bien", "finance", (DOMAIN,), vocabulary=VIETNAMESE)
NAMELESS = Body("", kind="", own_domains=(DOMAIN,), vocabulary=VIETNAMESE)


def official(host: str, title: str, line: str, own: str, body: Body = NAMELESS, place: str = "footer") -> set[str]:
    """Return the official addresses of a page with `line` in one place, and `own` in the footer."""
    parts = {"footer": "", "main": "", "aside": "", place: f"<p>{line}</p>"}
    html = (
        f"<title>{title}</title><main><h1>{title}</h1>{parts['main']}</main><aside>{parts['aside']}</aside>"
        f"<footer><p>Email: {own}</p>{parts['footer']}</footer>"
    )
    found = detect(Page(f"https://{host}/", 200, html, NOW, words=VI), body)
    return {each.value for each in found if each.kind == Kind.EMAIL and each.category in OFFICIAL}


WARD = ("phuongdongha.longbien.gov.test", "UBND phường Đông Hạ", "phuongdongha@longbien.gov.test")
OFFICE = ("stc.longbien.gov.test", "Sở Tài chính tỉnh Long Biên", "stc@longbien.gov.test")
AGENCY = ("dodac.longbien.gov.test", "Cục Đo đạc và Bản đồ", "dodac@longbien.gov.test")
PORTAL = ("longbien.gov.test", "Cổng thông tin điện tử tỉnh Long Biên", "bbt@longbien.gov.test")

COURT = ("longbien.toaan.gov.test", "Tòa án nhân dân tỉnh Long Biên", "tand@longbien.gov.test")

# (site, place, line before the address, mailbox)
OTHERS = [
    (WARD, "footer", "UBND tỉnh Long Biên: ", "vanphong"),
    (WARD, "footer", "Cổng thông tin điện tử tỉnh Long Biên, email: ", "congttdt"),
    (WARD, "aside", "Đơn vị lân cận: Ủy ban nhân dân phường Tây Hạ (025.3811.222), email ", "phuongtayha"),
    (WARD, "main", "Hồ sơ về đất đai gửi Sở Nông nghiệp và Môi trường: ", "snnmt"),
    (WARD, "footer", "Trung tâm Phục vụ hành chính công tỉnh: ", "trungtamhcc"),
    (OFFICE, "footer", "Ban biên tập Trang tỉnh: ", "bbt"),
    (WARD, "main", "Công an phường Đông Hạ: ", "trucban"),
    (WARD, "main", "Đảng ủy phường Đông Hạ: ", "thuongtruc"),
    (WARD, "aside", "Bảo hiểm xã hội khu vực II, email ", "bhxh2"),
    (WARD, "main", "<table><tr><td>2<td>UBND xã Hải Trung<td>025.3811.777<td>", "haitrung"),
    (OFFICE, "main", "<table><tr><td>Bệnh viện Điều dưỡng<td>", "bvdieuduong"),
    (OFFICE, "footer", "Đơn vị vận hành: Trung tâm Tin học tỉnh Long Biên - ", "tthoc"),
    (OFFICE, "main", "Sở Kế hoạch và Đầu tư: ", "kehoach"),
    (OFFICE, "footer", "Văn phòng UBND tỉnh: ", "tonghop"),
    (OFFICE, "footer", "Đơn vị quản trị: Trung tâm CNTT - Sở KH&amp;CN<br>", "ttcn"),
    (WARD, "footer", "Các phường lân cận: phường Tây Hạ (", "phuongtayha"),
    (PORTAL, "main", "Câu hỏi về nhà ở xin gửi Sở Xây dựng: ", "nhao"),
    (PORTAL, "main", "UBND xã Hải Trung: ", "haitrung"),
    (OFFICE, "main", "Trung tâm Lưu trữ tài chính: ", "luutru.stc"),
    (OFFICE, "main", "Chi cục Giá: ", "cgia"),
    (OFFICE, "main", "<h2>Đơn vị trực thuộc</h2><p>Viện Quy hoạch: ", "vqh.stc"),
    (OFFICE, "main", "<dl><dt>Phòng Giao dịch số 2<dd>", "pgd2.stc"),
    (AGENCY, "main", "Cục Đo đạc và Bản đồ, số 5 Lê Lợi - Trạm Đo triều Hòn Gai: ", "hongai"),
    (COURT, "main", "Tòa án nhân dân khu vực 3 - Long Biên: ", "kv3.longbien"),
    (COURT, "footer", "TAND khu vực 4: ", "kv4.longbien"),
    (COURT, "footer", "© Tòa án nhân dân tối cao - 12 Tràng Thi, email: ", "bbt"),
    (COURT, "footer", "Tòa án nhân dân tỉnh Hải Trung: ", "tonghop"),
    (COURT, "footer", "Ban biên tập Báo Công lý: ", "bandoc"),
    (OFFICE, "footer", "Trụ sở tiếp công dân tỉnh: ", "tcd"),
    (PORTAL, "main", "Hạt Kiểm lâm Sông Mây: ", "hkl.songmay"),
    (WARD, "header", "Hotline 1022 Long Biên - ", "trucban"),
    (WARD, "main", "Giữ chỗ tại Công ty Sách Xanh, email: ", "giucho"),
    (OFFICE, "main", "Văn phòng luật sư Thiên Phúc (ngoài công lập): ", "vpthienphuc"),
    (OFFICE, "footer", "<div><p>UBND tỉnh Long Biên</p><p>6 Lê Lợi</p><p>Email: ", "bphc2"),
    (OFFICE, "main", "Bên mời thầu: Ban Quản lý dự án Cầu Đông; email: ", "moithau"),
    (WARD, "main", "Đảng ủy phường: ", "danguy.phuongdongha"),
    (WARD, "main", "Ban Chỉ huy Quân sự phường: ", "bchqs.phuongdongha"),
    (OFFICE, "main", "Đoàn Luật sư tỉnh: ", "bphc2"),
    (OFFICE, "main", "Phòng Công chứng số 2: ", "bphc2"),
    (PORTAL, "main", "Ủy ban MTTQ tỉnh: ", "bphc2"),
    (OFFICE, "footer", "Provincial People's Committee: ", "bphc2"),
    (OFFICE, "main", "Inspection board of the province: ", "giamsat"),
    (OFFICE, "footer", "Sở Tài chính tỉnh giữ mọi quyền. Vận hành: Trung tâm Số và Dữ liệu, ", "ttsdl"),
    (PORTAL, "aside", "CDC Long Bien: ", "cdc"),
    (PORTAL, "main", "Trade Promotion Centre: ", "bphc2"),
]
SPELLED = ("sotaichinh.longbien.gov.test", "Sở Tài chính tỉnh Long Biên", "sotaichinh@longbien.gov.test")
HOSPITAL = ("bvdk.longbien.gov.test", "Bệnh viện Đa khoa Long Biên", "bvdk@longbien.gov.test")
OWN = [
    (WARD, "main", "UBND phường Đông Hạ: ", "tiepnhan"),
    (WARD, "footer", "UBND tỉnh Long Biên - UBND phường Đông Hạ, email ", "vanthu"),
    (WARD, "footer", "UBND tỉnh Long Biên, email ", "ubnddongha"),
    (WARD, "footer", "Văn phòng HĐND và UBND: ", "vanphong"),
    (WARD, "footer", "Trụ sở chính đường Trần Phú, email: ", "vanthu"),
    (WARD, "main", "Bộ phận một cửa: ", "motcua"),
    (WARD, "main", "<table><tr><td>1<td>UBND phường Đông Hạ<td>025.3811.778<td>", "vanthu"),
    (WARD, "main", "<table><tr><td>UBND xã Hải Trung<td>025.3811.777<tr><td>Bộ phận một cửa<td>", "motcua"),
    (WARD, "main", f"<table><tr><td>UBND tỉnh Long Biên<p>{'Tin tức trong tuần. ' * 20}</p>", "vanthu"),
    (WARD, "main", "Trung tâm Phục vụ hành chính công: ", "ttpvhcc.dongha"),
    (OFFICE, "footer", "Sở Tài chính Long Biên: ", "vanthu"),
    (OFFICE, "footer", "Sở Tài chính Long Biên<br>", "vanthu"),
    (OFFICE, "footer", "<p>UBND tỉnh Long Biên</p>", "vanthu"),
    (OFFICE, "footer", "UBND tỉnh Long Biên, email: ", "vanphong.stc"),
    (OFFICE, "footer", "Số 5 đường Lê Lợi: ", "vanthu"),
    (PORTAL, "footer", "Cơ quan thường trực: Sở Khoa học và Công nghệ, email ", "skhcn"),
    (PORTAL, "main", "Văn phòng UBND tỉnh Long Biên: ", "vanphong"),
    (OFFICE, "main", "Văn phòng Sở: ", "vanphong.stc"),
    (OFFICE, "main", "Sở Tài chính tỉnh tiếp nhận góp ý qua hộp thư ", "bphc2"),
    (OFFICE, "main", "Sở Tài chính tỉnh đề nghị gửi về ", "bphc2"),
    (COURT, "main", "Tòa án nhân dân tỉnh thông báo số máy và hộp thư ", "bphc2"),
    (OFFICE, "main", "Thanh tra Sở: ", "thanhtra.stc"),
    (OFFICE, "main", "<h2>Các phòng, đơn vị</h2><p>Phòng Ngân sách: ", "ngansach.stc"),
    (OFFICE, "main", "<h2>Đơn vị trực thuộc</h2><p>Văn phòng: ", "vanphong.stc"),
    (AGENCY, "main", "Đầu mối: Văn phòng Cục, ", "vanphong.dd"),
    (COURT, "footer", "TAND tỉnh Long Biên: ", "tonghop"),
    (COURT, "main", "Phòng Hành chính - Tòa án nhân dân tỉnh Long Biên: ", "hanhchinh"),
    (PORTAL, "footer", "Cổng Thông tin điện tử tỉnh Long Biên - Email: ", "bbtcong"),
    (PORTAL, "main", "Hộp thư góp ý của tỉnh: ", "gopy"),
    (OFFICE, "main", "<h3>Các phòng trực thuộc</h3><p>Tổ Giám định: ", "giamdinh.stc"),
    (AGENCY, "main", "Văn bản gửi về Cục Đo đạc và Bản đồ, email: ", "vanban"),
    (SPELLED, "main", "Đầu mối: Văn phòng Sở, thư điện tử ", "dauso.stc"),
    (HOSPITAL, "main", "Giám đốc bệnh viện tiếp nhận thư tại: ", "giamdoc"),
    (OFFICE, "main", "Sở Tài chính Long Biên; email: ", "bphc2"),
    (OFFICE, "footer", "Sở Tài chính TP. Long Biên. Điện thoại: 025.3811.222. Email: ", "bphc2"),
    (OFFICE, "footer", "Địa chỉ: Trung tâm Hội nghị cũ, phường Đông Hạ, email: ", "bphc2"),
    (WARD, "main", "<table><tr><td>Đường dây nóng<td>025.3811.222 - ", "trucban"),
]


@pytest.mark.parametrize(("site", "place", "line", "mailbox"), OTHERS)
def test_an_address_beside_another_bodys_name_is_not_the_pages_own(
    site: tuple[str, str, str], place: str, line: str, mailbox: str
) -> None:
    host, title, own = site
    assert official(host, title, f"{line}{mailbox}@{DOMAIN}", own, place=place) == {own}


@pytest.mark.parametrize(("site", "place", "line", "mailbox"), OWN)
def test_an_address_beside_the_bodys_name_or_that_of_its_unit_is_its_own(
    site: tuple[str, str, str], place: str, line: str, mailbox: str
) -> None:
    host, title, own = site
    assert official(host, title, f"{line}{mailbox}@{DOMAIN}", own, place=place) == {own, f"{mailbox}@{DOMAIN}"}


def test_the_only_address_of_a_page_is_kept_whoever_is_named_beside_it() -> None:
    line = f"UBND tỉnh Long Biên: vanphong@{DOMAIN}"
    assert official(WARD[0], WARD[1], line, "không có") == {f"vanphong@{DOMAIN}"}


def test_an_address_in_the_text_of_a_page_that_has_no_other_is_that_of_the_body_named_beside_it() -> None:
    line = f"Cấp tài khoản: Trung tâm Dữ liệu thành phố, ttdulieu@{DOMAIN}"
    assert official(WARD[0], WARD[1], line, "không có", place="main") == set()


def test_a_plain_address_behind_a_coded_one_has_its_own_words_before_it() -> None:
    coded = "<a href='/cdn-cgi/l/email-protection' data-cfemail='{}'>[email&#160;protected]</a>"
    written = "".join(f"{ord(letter) ^ 0x2A:02x}" for letter in AGENCY[2])
    line = f"Cục Đo đạc và Bản đồ: {coded.format('2a' + written)}{{}}thợ làm trang web@maker.test"
    for between in ("; ", ", ", " "):
        assert official(AGENCY[0], AGENCY[1], line.format(between), "không có") == {AGENCY[2]}


def test_an_address_with_its_sign_in_words_has_its_own_words_before_it() -> None:
    line = "UBND phường Đông Hạ: phuongdongha[at]longbien.gov.test. UBND tỉnh: ubnd[at]longbien.gov.test"
    assert official(WARD[0], "Câu hỏi thường gặp", line, "") == {WARD[2]}


def test_a_contact_page_may_name_the_body_above_in_its_text() -> None:
    line = f"Email: {WARD[2]}</p><p>Cơ quan cấp trên: UBND tỉnh - ubndtinh@{DOMAIN}"
    assert official(WARD[0], f"Liên hệ - {WARD[1]}", line, "không có", place="main") == {WARD[2]}


def test_a_body_is_known_by_its_site_where_no_title_names_it() -> None:
    line = f"Văn phòng UBND tỉnh Long Biên: tonghop@vpubnd.{DOMAIN}"
    own = f"ubndhaitrung@{DOMAIN}"
    assert official("haitrung.longbien.gov.test", "Câu hỏi thường gặp", line, own) == {own}
    assert official("vpubnd.longbien.gov.test", "Trang chủ", line, own) == {own, f"tonghop@vpubnd.{DOMAIN}"}


def test_on_a_page_that_names_no_body_an_office_is_its_own() -> None:
    line = f"Văn phòng Sở: vanphong@{DOMAIN}"
    found = official("tracuu.longbien.gov.test", "Câu hỏi thường gặp", line, "tracuu@longbien.gov.test", place="main")
    assert found == {f"vanphong@{DOMAIN}", "tracuu@longbien.gov.test"}


def test_a_department_of_the_study_is_known_by_its_name() -> None:
    line = f"Văn phòng Ủy ban nhân dân tỉnh: tonghop@{DOMAIN}"
    assert official("sotaichinh.longbien.gov.test", "Trang chủ", line, OFFICE[2], FINANCE) == {OFFICE[2]}


@pytest.mark.parametrize("mailbox", ["bbttinh", "vanphong.stc"])
@pytest.mark.parametrize("department", [True, False])
def test_a_department_is_asked_at_an_address_with_its_mark(department: bool, mailbox: str) -> None:
    """A portal shows the address of the body above where it has none; so may the frame of a department's site."""
    body = replace(FINANCE, vocabulary=POBI.vocabulary) if department else NAMELESS
    line = f"Cơ quan chủ quản: UBND tỉnh. Email: {mailbox}@{DOMAIN}"
    html = f"<title>Trang chủ</title><main>Tin</main><footer>{line}</footer>"
    found = detect(Page("https://trang.longbien.gov.test/", 200, html, NOW, words=VI), body)
    (address,) = (each for each in found if each.kind == Kind.EMAIL)
    assert (address.category in OFFICIAL) is (not department or "stc" in mailbox)


@pytest.mark.parametrize(
    ("mailbox", "domain", "own"),
    [("stc", DOMAIN, True), ("tonghop", DOMAIN, False), ("stc", "phongchau.gov.test", False)],
)
def test_a_departments_mark_at_its_own_domain_is_its_mailbox(mailbox: str, domain: str, own: bool) -> None:
    """Whatever body the text before it names, of which the department is a part."""
    body = replace(FINANCE, vocabulary=POBI.vocabulary)
    told, line = (
        "Ủy ban nhân dân tỉnh giao sở quản lý ngân sách.",
        f"Điện thoại: 025.3811.777. Email: {mailbox}@{domain}",
    )
    html = f"<title>Giới thiệu</title><main><h1>Giới thiệu</h1><p>{told}</p><p>{line}</p></main>"
    found = detect(Page(f"https://{DOMAIN}/gioi-thieu", 200, html, NOW, words=VI), body)
    (address,) = (each for each in found if each.kind == Kind.EMAIL)
    assert (address.category in OFFICIAL) is own


@pytest.mark.parametrize("mailbox", ["hungnv.dongha", "lan.dongha", "tranvanminh"])
def test_a_persons_mailbox_is_not_the_bodys_for_the_name_behind_it(mailbox: str) -> None:
    line = f"Bộ phận một cửa: {mailbox}@{DOMAIN}"
    assert official(WARD[0], WARD[1], line, WARD[2], place="main") == {WARD[2]}


def test_mailboxes_of_the_sites_own_department_make_no_directory() -> None:
    listed = " <br>".join(f"{unit}.sgtvt@{DOMAIN}" for unit in ("vanphong", "thanhtra", "vanthu"))
    found = official("sgtvt.longbien.gov.test", "Cơ cấu tổ chức", listed, f"sgtvt@{DOMAIN}", place="main")
    assert found == {f"{unit}sgtvt@{DOMAIN}" for unit in ("vanphong.", "thanhtra.", "vanthu.", "")}


# (line before the address, address at a domain that is not the body's)
SIGNED = [
    ("Cục Đo đạc và Bản đồ, 12 Láng Hạ. Email: ", "dodac@survey.test"),
    ("Cục Đo đạc và Bản đồ. Bộ phận một cửa: 024.3811.000; ", "lienhe@ministry.gov.test"),
    ("Cục Đo đạc và Bản đồ</p><p>Văn thư: ", "vanthu@survey.test"),
    ("Cục Đo đạc và Bản đồ - ", "dodacvabando@gmail.com"),
]
NOT_SIGNED = [
    ("Cục Đo đạc và Bản đồ phối hợp với Công ty Trắc Địa (", "info@tracdia.test"),
    ("Cục Đo đạc và Bản đồ tỉnh Hải Lăng, email: ", "vanthu@hailang.gov.test"),
    ("Cục Đo đạc và Bản đồ: dodac@longbien.gov.test. Trung tâm Dữ liệu quốc gia: ", "dulieu@ministry.gov.test"),
    ("Cục Đo đạc và Bản đồ. Thiết kế: ", "web@maker.test"),
    ("Cục Đo đạc và Bản đồ: dodac@longbien.gov.test; trực ca: ", "ca3@duty.test"),
    ("Cục Đo đạc và Bản đồ</p><p>Điện lực: ", "cskh@dienluc.test"),
]


# The same of a body that is called by its initials in the line: (line before the address, address, its own)
INITIALS = [
    ("BHXH tỉnh Long Biên - phường Đông Hạ. Email: ", "tiepnhan@insurance.test", True),
    ("BHXH Long Biên: ", "tiepnhan@insurance.test", True),
    ("<div><p>BHXH tỉnh Long Biên</p><p>Bưu cục: thu@post.test</p></div>", "", False),
    ("<div><p>BHXH tỉnh Long Biên</p><p>BHXH Việt Nam</p><p>Email: hoidap@insurance.test</p></div>", "", False),
    ("BHXH Việt Nam. Email: ", "hoidap@insurance.test", False),
    ("BHXH tỉnh Hải Trung. Email: ", "tiepnhan@insurance.test", False),
]


@pytest.mark.parametrize(("line", "address", "its"), INITIALS)
def test_a_body_is_named_by_its_initials_and_by_the_place_behind_them(line: str, address: str, its: bool) -> None:
    host, title, own = "bhxh.longbien.gov.test", "Bảo hiểm xã hội tỉnh Long Biên", f"bhxh@{DOMAIN}"
    found = official(host, title, f"{line}{address}", own)
    assert len(found) == 1 + its


@pytest.mark.parametrize(("line", "address"), SIGNED)
def test_an_address_behind_the_bodys_name_is_its_own_whatever_its_domain(line: str, address: str) -> None:
    host, title, own = AGENCY
    assert official(host, title, f"{line}{address}", own) == {own, address}


@pytest.mark.parametrize(("line", "address"), NOT_SIGNED)
def test_an_address_elsewhere_in_a_line_with_the_bodys_name_is_not(line: str, address: str) -> None:
    host, title, own = AGENCY
    assert official(host, title, f"{line}{address}", own, place="main") == {own}


def test_a_person_in_a_line_that_begins_with_the_bodys_name_is_not_published() -> None:
    host, title, own = AGENCY
    assert official(host, title, "Cục Đo đạc và Bản đồ, email: hungnv@ministry.gov.test", own) == {own}


LAYOUTS = [
    "<p>{}: {}</p>",
    "<p>{} - ĐT: 025.3811.222 - Email: {}</p>",
    "<div><h4>{}</h4><p>Địa chỉ: 12 Lê Lợi</p><p>Điện thoại: 025.3811.222</p><p>Email: {}</p></div>",
    "<table><tr><th>Đơn vị<th>Điện thoại<th>Email</tr><tr><td>{}<td>025.3811.222<td>{}</table>",
    "<dl><dt>{}</dt><dd>{}</dd></dl>",
    "<p><strong>{}</strong><br>ĐT: 025.3811.222<br>Email: {}</p>",
    "<ul><li><a href='mailto:{1}'>{0}</a></li></ul>",
    "<p>{} <a href='mailto:{}'>Gửi thư</a></p>",
]
# name of a unit on the page of the finance department → the department's own
UNITS = {
    "Sở Tài chính tỉnh Long Biên": True, "Văn phòng Sở": True, "Phòng Quản lý ngân sách": True, "Thanh tra Sở": True,
    "Ban Giám đốc": True, "Trung tâm Công nghệ thông tin": False, "Ban Quản lý dự án đầu tư xây dựng": False,
    "Quỹ Bảo vệ môi trường": False, "Thanh tra tỉnh": False, "Cục Thống kê": False,
    "Văn phòng UBND tỉnh": False, "Sở Công Thương": False, "Thuế cơ sở 5": False,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("unit", UNITS)
def test_whose_an_address_is_does_not_depend_on_how_a_page_is_laid_out(layout: str, unit: str) -> None:
    host, title, own = OFFICE
    found = official(host, title, layout.format(unit, f"bphc2@{DOMAIN}"), own, place="main")
    assert found == ({own, f"bphc2@{DOMAIN}"} if UNITS[unit] else {own})


@pytest.mark.parametrize(
    ("lines", "its"),
    [
        ("<p>UBND tỉnh Long Biên</p><p>Sở Tài chính</p>", True),
        ("<p>Sở Tài chính</p><p>Địa chỉ: cạnh Bệnh viện Đa khoa</p>", True),
        ("<p>Phòng họp: 025.3811.333</p><p>Địa chỉ: cạnh Bệnh viện Đa khoa</p>", True),
        ("<p>Bệnh viện Đa khoa</p><p>Phòng 301, nhà B</p>", False),
    ],
)
def test_the_nearest_name_on_a_card_counts_and_a_place_is_none(lines: str, its: bool) -> None:
    host, title, own = OFFICE
    card = f"<div>{lines}<p>Email: bphc2@{DOMAIN}</p></div>"
    assert (f"bphc2@{DOMAIN}" in official(host, title, card, own, place="main")) is its
