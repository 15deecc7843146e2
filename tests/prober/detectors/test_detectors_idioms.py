"""Tables of what sites really write: whose address a footer shows, what menus call a section, which icon is a channel.

Each row is one small page or label and what a patient person would say of it; half of the rows are near misses. Whole
pages are in tests/fixtures/pages.
"""

from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.questions.qa_section import qa
from prober.detectors.questions.threads import threads
from prober.domain.finding import Finding
from prober.domain.indicator import OFFICIAL, Kind
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
SITE = "https://www.camau.gov.test"
PORTAL = Body(
    "Cổng thông tin điện tử tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE
)
FINANCE = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)
MINISTRY = Body("", own_domains=("bonoivu.gov.test",), vocabulary=VIETNAMESE)


def findings(kind: str, html: str, path: str = "/x", body: Body = PORTAL) -> list[Finding]:
    page = Page(f"{SITE}{path}", 200, html, NOW, words=VI)
    return [finding for finding in detect(page, body) if finding.kind == kind]


# --- addresses: (what stands on the page, whose site, its official addresses)
CARD = "<p>Địa chỉ: 2 Hùng Vương, phường 5</p><p>Điện thoại: (0290) 3831234</p>"
OWN = "<footer><p>Email: vanthu@camau.gov.test</p></footer>"
DISTRICTS = ("namcan", "damdoi", "caionuoc", "uminh", "phutan", "cainuoc", "ranggoc", "bavi", "vamdam", "kheduc")
ADDRESSES = {
    "an office that reads like a name": (
        "<footer><p>Email: tinhoc@camau.gov.test</p></footer>", PORTAL, "tinhoc@camau.gov.test",
    ),
    "a province that reads like a name": (
        "<footer><p>Email: hatinh@camau.gov.test</p></footer>", PORTAL, "hatinh@camau.gov.test",
    ),
    "the editor behind a person's title": (
        "<footer><p>Trưởng Ban biên tập: Ông Trần Văn B - Phó Giám đốc. Email: bbt.cttdt@camau.gov.test</p></footer>",
        PORTAL, "bbt.cttdt@camau.gov.test",
    ),
    "initials of a unit behind a title": (
        "<footer><p>Chịu trách nhiệm: Ông Trần Văn B - Chánh Văn phòng. Email: pvhcth@camau.gov.test</p></footer>",
        PORTAL, "pvhcth@camau.gov.test",
    ),
    "the editor's own mailbox": ("<footer><p>Phó Giám đốc. Email: hungnv.stc@camau.gov.test</p></footer>", PORTAL, ""),
    "a staff list": (
        "<h1>Danh bạ</h1><table><tr><td>Lê Thị Hoa</td><td>Chuyên viên</td><td>hoalt@camau.gov.test</td></tr>"
        "<tr><td>Văn phòng</td><td></td><td>vp.stc@camau.gov.test</td></tr></table>",
        FINANCE, "vp.stc@camau.gov.test",
    ),
    "the parent body's mailbox is all the footer has": (
        f"<footer>{CARD}<p>Email: banbientap@molisa.gov.test</p></footer>", MINISTRY, "banbientap@molisa.gov.test",
    ),
    "the same beside an address of its own": (

        f"<footer>{CARD}<p>Email: bbt@bonoivu.gov.test</p>"
        "<p>Điện thoại: 1022. Email: tthc@molisa.gov.test</p></footer>",
        MINISTRY, "bbt@bonoivu.gov.test",
    ),
    "another province's footer, copied": (f"<footer>{CARD}<p>Email: stc@baclieu.gov.test</p></footer>", FINANCE, ""),
    "a box headed Liên hệ": (
        f"<aside><h3>Liên hệ</h3>{CARD}<p>Email: thongtin@molisa.gov.test</p></aside>", MINISTRY,
        "thongtin@molisa.gov.test",
    ),
    "a domain named after the province": (
        f"<footer>{CARD}<p>Email: sct@yenbai.gov.test</p></footer>",
        Body("", own_domains=("sctyenbai.gov.test",), vocabulary=VIETNAMESE), "sct@yenbai.gov.test",
    ),
    "a vendor that no list knows": (
        f"{OWN[:-9]}<p>Xây dựng và phát triển: Công ty Tâm Sáng. Email: info@tamsang.test</p></footer>", PORTAL,
        "vanthu@camau.gov.test",
    ),
    "the province's newspaper": (
        f"{OWN}<aside><p>Báo Cà Mau. Email: baocamau@gmail.test</p></aside>", PORTAL, "vanthu@camau.gov.test",
    ),
    "another department in an article": (
        f"<main><p>Hồ sơ gửi về Sở Nội vụ (sonoivu@camau.gov.test) trước ngày 5 tháng 5.</p></main>{OWN}", PORTAL,
        "vanthu@camau.gov.test",
    ),
    "a contest in an article": (
        "<main><h1>Tỉnh mở cuộc thi sáng tác biểu trưng cho năm du lịch quốc gia</h1>"
        f"<p>Bài dự thi gửi về cuocthi@camau.gov.test trước ngày 5 tháng 5.</p></main>{OWN}", PORTAL,
        "vanthu@camau.gov.test",
    ),
    "a free mailbox under its label": (
        "<footer><p>Email: sotaichinhcamau@gmail.test</p></footer>", FINANCE, "sotaichinhcamau@gmail.test",
    ),
    "a reader's comment": ("<main><h4>Bình luận</h4><p>Lan: lan.tran91@gmail.test</p></main>", PORTAL, ""),
    "a directory of districts": (
        "<h1>Danh bạ</h1>" + "".join(f"<p>Huyện: {word}@camau.gov.test</p>" for word in DISTRICTS) + OWN, PORTAL,
        "vanthu@camau.gov.test",
    ),
    "an example beside a field": ("<p>Email (ví dụ: nguyenvana@gmail.test)</p>", PORTAL, ""),
    "data of a script": ("<script>var cfg = {mail: 'admin@camau.gov.test'};</script>", PORTAL, ""),
    "metadata for search engines": (
        "<script type='application/ld+json'>{\"email\": \"stc@camau.gov.test\"}</script>", PORTAL, "",
    ),
    "a link to share the page by mail": (
        "<a href='mailto:?subject=Tin&body=https://camau.gov.test'>Gửi</a>", PORTAL, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ADDRESSES)
def test_official_addresses(case: str) -> None:
    html, body, expected = ADDRESSES[case]
    found = findings(Kind.EMAIL, f"<title>Trang chủ</title>{html}", body=body)
    assert {finding.value for finding in found if finding.category in OFFICIAL} == set(expected.split())


def test_a_department_s_site_says_nothing_of_the_portal() -> None:
    page = Page(
        "https://sotaichinh.camau.gov.test/", 200, "<footer>Email: vp.stc@camau.gov.test</footer>", NOW, words=VI
    )
    found = {body.kind: [f.category for f in detect(page, body) if f.kind == Kind.EMAIL] for body in (PORTAL, FINANCE)}
    assert found == {"portal": [], "finance": ["agency_role"]}


# --- what menus call it: label → category of the finding, "" where it is no Q&A section
LABELS = {
    "Hỏi & Đáp": "general", "Hỏi/Đáp": "general", "HỎI | ĐÁP": "general", "Hỏi, đáp": "general", "HOI - DAP": "general",
    "Doanh nghiệp hỏi - Sở Tài chính trả lời": "general", "Người dân hỏi, chính quyền trả lời": "general",
    "Cử tri hỏi": "general", "Bạn đọc hỏi": "general", "Câu hỏi của công dân": "general", "Q/A": "general",
    "Question - Answer": "general", "Hỏi đáp ngân sách": "general", "Hỏi đáp về thủ tục hành chính": "admin_procedures",
    "Thắc mắc thường gặp": "faq", "F.A.Q": "faq", "Trợ lý ảo": "chatbot", "Chatbot hỏi đáp": "chatbot",
    "Hội đáp": "", "Cuộc thi hỏi đáp pháp luật": "", "Bộ câu hỏi ôn thi công chức": "", "Phiếu hỏi khảo sát": "",
    "Trả lời chất vấn": "", "Trả lời kiến nghị cử tri": "", "Tiếp công dân": "", "Lấy ý kiến dự thảo": "",
    "Đường dây nóng": "", "Phản ánh, kiến nghị": "",
}  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_what_a_menu_calls_a_section(label: str) -> None:
    found = findings(Kind.QA, f"<nav><a href='/muc'>{label}</a></nav>")
    assert [finding.category for finding in found] == ([LABELS[label]] if LABELS[label] else [])


# Whose page links to a section where → what the section is to that body.
HOSTS = [
    (PORTAL, "https://hoidap.camau.gov.test/", "general"), (PORTAL, "https://camau.gov.test/hoi-dap", "general"),
    (PORTAL, "https://dichvucong.camau.gov.test/hoi-dap", "delegated"),
    (PORTAL, "https://hoidap.moj.gov.vn/", "delegated"), (PORTAL, "https://nguoidan.chinhphu.vn/", "delegated"),
    (FINANCE, "https://hoidap.camau.gov.test/", "delegated"), (FINANCE, "/hoi-dap", "general"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "target", "category"), HOSTS)
def test_whose_section_a_link_leads_to(body: Body, target: str, category: str) -> None:
    found = findings(Kind.QA, f"<nav><a href='{target}'>Hỏi đáp</a></nav>", body=body)
    assert [finding.category for finding in found] == [category]


def test_a_host_below_a_departments_own_is_the_departments() -> None:
    link = "<nav><a href='http://hoidap.stc.camau.gov.test/'>Hỏi đáp</a></nav>"
    (found,) = qa(Page("http://stc.camau.gov.test/", 200, link, NOW, words=VI), FINANCE)
    assert found.category == "general"
    own = f"<title>Hỏi đáp</title><main><h1>Hỏi đáp</h1>{'<p>Nộp ở đâu?</p>' * 4}</main>"
    for host, category in (("hoidap.stc.camau.gov.test", "general"), ("hoidap.camau.gov.test", "delegated")):
        (found,) = qa(Page(f"http://{host}/", 200, own, NOW, words=VI), FINANCE)
        assert found.category == category


def test_a_dead_link_is_a_label_and_a_theme_s_faq_is_none() -> None:
    assert [f.level for f in findings(Kind.QA, "<nav><a href='#'>Hỏi đáp</a></nav>")] == [1]
    assert findings(Kind.QA, "<footer><a href='#'>FAQs</a></footer>") == []


def test_a_headline_in_the_main_part_is_no_section() -> None:
    link = "<a href='/tin/12'>{}</a>"
    for text in ("Hỏi đáp về mức đóng bảo hiểm y tế năm 2020", "Hỏi đáp: khi nào thì nộp thuế?"):
        assert findings(Kind.QA, f"<main>{link.format(text)}</main>") == []
    assert findings(Kind.QA, f"<main>{link.format('Hỏi đáp')}</main>") != []


# --- the page behind the label: (path, page, level; None where the page is no section)
FORM = (
    "<form method='post'>Họ tên <input name='ten'> Nội dung <textarea name='nd'></textarea><button>Gửi</button></form>"
)
ONE = "<p>Câu hỏi: Phí bến bãi thu thế nào?</p><p>Trả lời: Thu theo lượt.</p>"
DATED = ONE.replace("Trả lời:", "Trả lời (05/03/2020):")
SECTIONS = {
    "a form that does not say question": ("/web/guest/hoi-dap1", f"<title>Cổng</title><main>{FORM}</main>", 3),
    "a box about quality, no chat": (
        "/hoi-dap", f"<title>Hỏi đáp</title><div class='danh-gia-chat-luong'>{FORM}</div>", 3,
    ),
    "the same form in the footer": (
        "/hoi-dap", f"<title>Hỏi đáp</title><main><p>Mục</p></main><footer>{FORM}</footer>", 1,
    ),
    "a form of a form service": (
        "/hoi-dap", "<title>Hỏi đáp</title><iframe src='https://docs.google.com/forms/d/e/1'></iframe>", 3,
    ),
    "a box that can be edited": (
        "/hoi-dap", "<title>Hỏi đáp</title><div><input placeholder='Họ tên'><div contenteditable='true'></div>"
        "<button>Gửi câu hỏi</button></div>", 3,
    ),
    "answers in the foot of a panel": (
        "/hoi-dap", f"<title>Hỏi đáp</title><div class='panel'><div class='panel-body'>Câu hỏi: Phí bến bãi?</div>"
        f"<div class='panel-footer'>Trả lời: 5.000 đồng (05/03/2020)</div></div>{FORM}", 5,
    ),
    "old answers and a form": ("/hoi-dap", f"<title>Hỏi đáp</title>{DATED.replace('2020', '2018')}{FORM}", 4),
    "status and no answer on the page": (
        "/hoi-dap", f"<title>Hỏi đáp</title><p>Phí bến bãi</p><p>Đã trả lời 12/03/2020</p>{FORM}", 5,
    ),
    "short frequent questions": (
        "/faq", "<title>Câu hỏi thường gặp</title><dl><dt>Ở đâu?</dt><dd>Tại đây.</dd>"
        "<dt>Khi nào?</dt><dd>Mỗi ngày.</dd><dt>Bao nhiêu?</dt><dd>Không thu.</dd></dl>", 2,
    ),
    "nothing in the table": (
        "/hoi-dap", "<title>Hỏi đáp</title><table><tr><th>Câu hỏi</th></tr><tr><td>Không có dữ liệu</td></tr></table>",
        1,
    ),
    "a dialogue with its archive": (
        "/doi-thoai",
        f"<title>Đối thoại trực tuyến</title>{ONE}{ONE.replace('bến', 'chợ')}{ONE.replace('bến', 'đò')}", 2,
    ),
    "a section with a long name": (
        "/hoi-dap", f"<title>Chuyên mục hỏi đáp giữa người dân và lãnh đạo Sở</title>{ONE}", 2,
    ),
    "news that is headed like one": (
        "/tin-tuc/hoi-dap-ve-dich-benh-tai-dia-ban-tinh", f"<title>Hỏi đáp về dịch bệnh tại tỉnh</title>{ONE}", None,
    ),
    "results of a search for it": ("/tim-kiem?keyword=hoi-dap", f"<title>Tìm kiếm</title>{FORM}", None),
    "a contact page": ("/lien-he", f"<title>Liên hệ</title><main><h1>Liên hệ</h1>{FORM}</main>", None),
    "the window of a chatbot": (
        "/", "<title>Cổng</title><p>Tin</p><div id='chatbot-box'><b>Đặt câu hỏi</b><input>"
        "<textarea placeholder='Câu hỏi'></textarea><button>Gửi câu hỏi</button></div>", None,
    ),
    "an assistant's own page": (
        "/tro-ly-ao", f"<title>Trợ lý ảo hỏi đáp</title><h1>Trợ lý ảo hỏi đáp</h1>{FORM}", None,
    ),
    "topics of a board that ask": (
        "/forum/viewforum.php?f=2",
        "<title>Hỏi đáp khoa học</title><h1>Hỏi đáp khoa học</h1>"
        + "".join(f"<li><a href='/t/{n}'>Kiểm cân số {n} ở đâu?</a> bởi an - Trả lời: 1</li>" for n in "123"),
        2,
    ),
    "an article of Liferay in questions": (
        "/web/guest/tin/-/asset_publisher/Ab1/content/hoi-dap-luat",
        "<title>Những điều cần biết về Luật Hòa giải</title><h1>Những điều cần biết về Luật Hòa giải</h1>"
        "<p>Câu 1: Hòa giải là gì?</p><p>Trả lời: Là việc hướng dẫn các bên.</p>",
        None,
    ),
    "a contest": ("/cuoc-thi", "<title>Cuộc thi Hỏi đáp pháp luật</title><p>Câu hỏi 1: Luật nào?</p>", None),
}  # fmt: skip


@pytest.mark.parametrize("case", SECTIONS)
def test_level_of_a_page(case: str) -> None:
    path, html, level = SECTIONS[case]
    own = [finding.level for finding in findings(Kind.QA, html, path) if finding.value == f"{SITE}{path}"]
    assert own == ([] if level is None else [level])


# What a section is about, by its title.
SCOPES = {
    "Hỏi đáp": "general", "Hỏi đáp về ngân sách": "budget", "Hỏi đáp công khai ngân sách": "budget",
    "Hỏi đáp về giá và phí": "general", "Hỏi đáp thủ tục hành chính": "admin_procedures",
    "Hỏi đáp dịch vụ công": "admin_procedures", "Câu hỏi thường gặp về ngân sách": "faq",
}  # fmt: skip


@pytest.mark.parametrize("title", SCOPES)
def test_scope_of_a_section(title: str) -> None:
    html = f"<title>{title}</title><main><h1>{title}</h1>{ONE}</main>"
    own = [finding for finding in findings(Kind.QA, html, "/muc-12") if finding.value == f"{SITE}/muc-12"]
    assert [(finding.category, finding.detail["scope"]) for finding in own] == [(SCOPES[title], SCOPES[title])]


# --- threads: page → (asked, answered, unit, topic) of each; "" where it is not printed, "?" for one without an answer
THREADS = {
    "labels in lines": (
        "<div>Người hỏi: A - Ngày hỏi: 01/02/2020</div><div>Câu hỏi: Phí trước bạ?</div>"
        "<div>Đơn vị trả lời: Cục Thuế tỉnh - Ngày trả lời: 05/02/2020</div><div>Trả lời: 10%.</div>"
        "<div>Người hỏi: B - Ngày hỏi: 03/02/2020</div><div>Câu hỏi: Phí bến bãi?</div><div>Đang xử lý</div>",
        [("2020-02-01", "2020-02-05", "Cục Thuế tỉnh", "other"), ("2020-02-03", "?", "", "other")],
    ),
    "labels in cells": (
        "<table><tr><td>Ngày hỏi</td><td>01/02/2020</td></tr><tr><td>Câu hỏi</td><td>Phí thế nào?</td></tr>"
        "<tr><td>Trả lời</td><td>Theo lượt.</td></tr></table><table><tr><td>Ngày hỏi</td><td>02/02/2020</td></tr>"
        "<tr><td>Câu hỏi</td><td>Dự toán xem ở đâu?</td></tr><tr><td>Trả lời</td><td>Trên cổng.</td></tr></table>",
        [("2020-02-01", "", "", "other"), ("2020-02-02", "", "", "budget")],
    ),
    "names before the words": (
        "<p>Ông N. V. A. hỏi: Khi nào sửa đường?</p><p>UBND huyện Năm Căn trả lời: Quý IV.</p>"
        "<p>Bà T. B. hỏi: Bao giờ có điện?</p><p>Sở Công thương trả lời: Đã có.</p>"
        "<p>Bà T. C. hỏi: Bao giờ có nước?</p><p>Sở Xây dựng đã trả lời: Quý III.</p>",
        [
            ("", "", "UBND huyện Năm Căn", "other"), ("", "", "Sở Công thương", "other"),
            ("", "", "Sở Xây dựng", "other"),
        ],
    ),
    "a name with a dash": (
        "<div>Ngày hỏi: 01/02/2020</div><div>Câu hỏi: Phí trước bạ?</div>"
        "<div>Đơn vị trả lời: Phòng Tài chính - Kế hoạch - Ngày trả lời: 05/02/2020</div><div>Trả lời: 10%.</div>"
        "<div>Ngày hỏi: 02/02/2020</div><div>Câu hỏi: Trợ cấp?</div>"
        "<div>Đơn vị trả lời: Sở Lao động - Thương binh và Xã hội</div><div>Trả lời: Theo quy định.</div>",
        [
            ("2020-02-01", "2020-02-05", "Phòng Tài chính - Kế hoạch", "other"),
            ("2020-02-02", "", "Sở Lao động - Thương binh và Xã hội", "other"),
        ],
    ),
    "bullets": ("<p>- Hỏi: Nộp hồ sơ ở đâu?</p><p>- Đáp: Một cửa.</p>", [("", "", "", "other")]),
    "one letter": ("<p>Q: What is the fee?</p><p>A: None.</p>", [("", "", "", "other")]),
    "signatures, each thread in its box": (
        "<div><p>Phí bến bãi</p><p>A. (01/02/2020 08:30)</p><p>Trả lời</p><p>Theo Luật Phí ngày 25/11/2015.</p>"
        "<p>Phòng Quản lý giá (03/02/2020 10:00)</p></div><div><p>Giấy phép</p><p>B. (04/02/2020)</p><p>Trả lời</p>"
        "<p>Nộp đơn.</p><p>Văn phòng Sở (05/02/2020)</p></div>",
        [
            ("2020-02-01", "2020-02-03", "Phòng Quản lý giá", "other"),
            ("2020-02-04", "2020-02-05", "Văn phòng Sở", "other"),
        ],
    ),
    "no boxes at all": (
        "<p>Phí bến bãi thu thế nào?</p><p>Trả lời:</p><p>Theo lượt.</p><p>Xin giấy phép ở đâu?</p><p>Trả lời:</p>"
        "<p>Một cửa.</p>",
        [("", "", "", "other"), ("", "", "", "other")],
    ),
    "a table is read by its columns and not once more as text": (
        "<table><tr><th>Câu hỏi</th><th>Ngày hỏi</th><th>Ngày trả lời</th><th>Trạng thái</th></tr>"
        "<tr><td>Hỏi: Phí bến bãi thu thế nào?</td><td>01/02/2020</td><td>05/02/2020</td><td>Đã trả lời</td></tr>"
        "<tr><td>Hỏi: Xin giấy phép ở đâu?</td><td>03/02/2020</td><td></td><td>Đang xử lý</td></tr></table>"
        "<p>Câu hỏi: Nước sạch bao giờ có?</p><p>Trả lời: Trong quý sau.</p>",
        [("2020-02-01", "2020-02-05", "", "other"), ("2020-02-03", "?", "", "other"), ("", "", "", "other")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", THREADS)
def test_threads(case: str) -> None:
    html, expected = THREADS[case]
    page = Page(f"{SITE}/hoi-dap", 200, f"<main><h1>Hỏi đáp</h1>{html}</main>", NOW, words=VI)
    found = [
        (str(t.asked_on or ""), str(t.answered_on or "") if t.answered else "?", t.unit, t.topic)
        for t in threads(page, PORTAL)
    ]
    assert found == expected


# --- channels: (markup, whose site, the channel or "")
ICON = "<footer><a href='{}'><i class='fab fa-facebook'></i></a></footer>"
FACEBOOK, ZALO = "https://www.facebook.com/", "https://zalo.me/"
CHANNELS = {
    "page plugin without a link": (
        f"<div class='fb-page' data-href='{FACEBOOK}cttdtcamau/'></div>", PORTAL, f"{FACEBOOK}cttdtcamau",
    ),
    "page plugin of another body": (f"<div class='fb-page' data-href='{FACEBOOK}thanhnien'></div>", PORTAL, ""),
    "like button": (f"<div class='fb-like' data-href='{FACEBOOK}cttdtcamau'></div>", PORTAL, ""),
    "chat of its own account": (
        "<div class='zalo-chat-widget' data-oaid='1234567890123456789'></div>", PORTAL, f"{ZALO}1234567890123456789",
    ),
    "chat of the sample account": ("<div class='zalo-chat-widget' data-oaid='579745863508352884'></div>", PORTAL, ""),
    "share button": ("<div class='zalo-share-button' data-oaid='1234567890123456789'></div>", PORTAL, ""),
    "named after the office in the title": (ICON.format(f"{FACEBOOK}bonoivu.vn"), MINISTRY, f"{FACEBOOK}bonoivu.vn"),
    "a short name in the middle of a word": (
        ICON.format(f"{FACEBOOK}dynamicgroup"), Body("", own_domains=("mic.gov.test",), vocabulary=VIETNAMESE), "",
    ),
    "the newspaper": (ICON.format(f"{FACEBOOK}baocamau"), PORTAL, ""),
    "the broadcaster": (ICON.format("https://www.youtube.com/@camautv"), PORTAL, ""),
    "a theme's own page": (ICON.format(f"{FACEBOOK}envato"), PORTAL, ""),
    "a number in the footer": (
        ICON.format(f"{FACEBOOK}profile.php?id=100064812345678"), PORTAL, f"{FACEBOOK}100064812345678",
    ),
    "a live broadcast": (
        "<aside><iframe src='https://www.youtube.com/embed/live_stream?channel=UCabcdefghijklmnopqrstuv'></iframe></aside>",
        PORTAL, "",
    ),
    "a telephone": (ICON.format(f"{ZALO}84912345678"), PORTAL, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANNELS)
def test_channels(case: str) -> None:
    html, body, expected = CHANNELS[case]
    found = findings(Kind.SOCIAL, f"<title>Trang chủ - Bộ Nội vụ</title>{html}", body=body)
    assert [finding.value for finding in found] == ([expected] if expected else [])


# --- links to access to information: label → whether it names the section
ACCESS = {
    "Cung cấp thông tin theo yêu cầu": True, "Thực hiện Luật Tiếp cận thông tin": True,
    "Đầu mối cung cấp thông tin": True, "Quy chế cung cấp thông tin cho công dân": True,
    "Quy chế phát ngôn và cung cấp thông tin cho báo chí": False, "Luật Tiếp cận thông tin số 104/2016/QH13": False,
    "Tập huấn Luật Tiếp cận thông tin": False, "Cung cấp thông tin quy hoạch": False,
    "Hướng dẫn cung cấp thông tin giá đất": False, "Tiếp nhận thông tin": False,
}  # fmt: skip


@pytest.mark.parametrize("label", ACCESS)
def test_links_to_access_to_information(label: str) -> None:
    assert bool(findings(Kind.ACCESS, f"<nav><a href='/muc'>{label}</a></nav>")) is ACCESS[label]


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("<a href='/m/4'><img src='t.png' alt='Tiếp cận thông tin'></a>", True),
        ("<a href='/Trang/TiepCanThongTin.aspx'>Công khai - Minh bạch</a>", True),
        ("<a href='/Trang/TiepCanThongTin.aspx'>Trang chủ</a>", False),
        ("<a href='/Trang/CongKhai.aspx'>Công khai - Minh bạch</a>", False),
    ],
)
def test_access_to_information_named_by_an_image_or_an_address(link: str, named: bool) -> None:
    assert bool(findings(Kind.ACCESS, f"<nav>{link}</nav>")) is named


ANSWERS = [("Hồ sơ cần giấy tờ gì?", "Đơn theo mẫu, bản sao giấy chứng nhận và giấy tờ tùy thân.")] * 3


@pytest.mark.parametrize(
    ("heading", "answers", "level"),
    [
        ("Những câu người dân thường hỏi", 3, 2),
        ("Những câu người dân thường hỏi", 2, 0),
        ("Những điều lưu ý", 3, 0),
    ],
)
def test_questions_further_down_on_a_page_of_another_name_are_a_section(heading: str, answers: int, level: int) -> None:
    listed = "".join(
        f"<details><summary>{number}. {question}</summary><p>{answer} ({number})</p></details>"
        for number, (question, answer) in enumerate(ANSWERS[:answers], 1)
    )
    main = f"<main><h1>Thủ tục</h1><p>Nộp tại bộ phận một cửa.</p><h3>{heading}</h3>{listed}</main>"
    found = findings(Kind.QA, f"<title>Thủ tục</title>{main}", "/thu-tuc")
    assert [finding.level for finding in found] == ([level] if level else [])
