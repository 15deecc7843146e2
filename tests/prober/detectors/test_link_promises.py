"""What the words of a link promise, and which links are not followed."""

from datetime import datetime

import pytest

from prober.detectors.link_promises import among_sections, leads_home, promises
from prober.domain.indicator import Kind
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Page
from spiders.visit.step import WORTH
from tests.languages import VI
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
HOME = Page("https://www.camau.gov.test/", 200, "", NOW, words=VI)


def score(text: str, url: str, place: str = "menu") -> dict[str, float]:
    return dict(promises(HOME).link(Link(url, text, place, url), HOME.host))


STRONG = [
    ("Hỏi – Đáp", "/x", Kind.QA), ("HOI DAP", "/x", Kind.QA), ("Công dân hỏi - Cơ quan trả lời", "/x", Kind.QA),
    ("Nhà đầu tư hỏi", "/x", Kind.QA), ("Bác sĩ trả lời", "/x", Kind.QA), ("Luật sư trả lời", "/x", Kind.QA),
    ("H Ỏ I  -  Đ Á P", "/x", Kind.QA), ("H O I D A P", "/x", Kind.QA), ("H&#7887;i &#273;áp", "/x", Kind.QA),
    ("Q & A", "/x", Kind.QA), ("Đối thoại với công dân", "/x", Kind.QA),
    ("Một số việc cần biết khi đi làm giấy tờ (hỏi và đáp)", "/x", Kind.QA),
    ("Vướng mắc của hộ kinh doanh và nội dung giải đáp", "/x", Kind.QA),
    ("Công khai thông tin theo Luật TCTT", "/x", Kind.ACCESS),
    ("", "/hoi-dap", Kind.QA), ("", "/Pages/HoiDap.aspx", Kind.QA), ("", "/web/guest/hoi-ap", Kind.QA),
    ("", "/?module=hoidap", Kind.QA),
    ("Liên hệ |", "/x", Kind.EMAIL), ("", "/lien-he.html", Kind.EMAIL), ("Contact us", "/x", Kind.EMAIL),
    ("Kết nối với chúng tôi", "/x", Kind.EMAIL),
    ("Tiếp cận thông tin", "/x", Kind.ACCESS), ("", "/tiep-can-thong-tin", Kind.ACCESS),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "kind"), STRONG)
def test_strong_promises(text: str, path: str, kind: str) -> None:
    assert score(text, f"https://www.camau.gov.test{path}")[kind] >= 0.7


WEAK = [
    "Phản ánh kiến nghị", "Tin tức", "Hội đáp", "Văn bản",
    "Hội thi hỏi đáp về an toàn giao thông của học sinh toàn tỉnh năm 2020",
    "Trợ lý ảo hỏi đáp", "Lấy ý kiến người dân",
]  # fmt: skip


@pytest.mark.parametrize("text", WEAK)
def test_what_promises_no_question_and_answer_section(text: str) -> None:
    assert score(text, "https://www.camau.gov.test/x").get(Kind.QA, 0) < 0.5


def test_a_hot_line_is_opened_for_an_address_and_is_no_contact_page() -> None:
    assert WORTH <= score("Đường dây nóng", "https://www.camau.gov.test/x")[Kind.EMAIL] < 0.6


LONG = [
    ("Cung cấp thông tin cho công dân theo Luật Tiếp cận thông tin", Kind.ACCESS, True),
    ("Thực hiện công khai thông tin theo quy định tại Luật Tiếp cận thông tin", Kind.ACCESS, True),
    ("Tiếp nhận và trả lời câu hỏi của người dân và doanh nghiệp trong tỉnh", Kind.QA, True),
    ("Chuyên mục hỏi đáp, phản ánh, kiến nghị của tổ chức và cá nhân", Kind.QA, True),
    ("Công khai ngân sách của các huyện, thành phố và các đơn vị dự toán", Kind.BUDGET, True),
    ("Sở Tư pháp giải đáp thắc mắc của công dân tại xã Tân Thành", Kind.QA, False),
    ("Hỏi đáp về cách tính tiền lương hưu của công chức cấp xã", Kind.QA, False),
    ("Trả lời câu hỏi của cử tri tại kỳ họp thứ mười của Hội đồng", Kind.QA, False),
    ("Hỏi đáp của người dân với lãnh đạo tỉnh đã thu hút nhiều người", Kind.QA, False),
    ("Gửi câu hỏi cho ai khi bị thu hồi đất của gia đình mình?", Kind.QA, False),
    ("Hội nghị quán triệt việc cung cấp thông tin theo Luật Tiếp cận thông tin", Kind.ACCESS, False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "section"), LONG)
def test_a_long_label_is_a_section_by_its_build(text: str, kind: str, section: bool) -> None:
    assert (score(text, "https://www.camau.gov.test/x").get(kind, 0) >= 0.5) == section


# By what the sections of portals are called, and what their news are.
SECTIONS = [
    ("Hỏi đáp về chính sách, chế độ, thủ tục thuộc lĩnh vực tài chính ngân sách trên địa bàn tỉnh", Kind.QA),
    ("Hỏi – đáp pháp luật về quản lý tài chính, tài sản công và giá trên địa bàn", Kind.QA),
    ("Tiếp nhận, giải đáp các câu hỏi, vướng mắc về thủ tục hành chính lĩnh vực tài chính", Kind.QA),
    ("Chuyên mục: Hỏi đáp về đăng ký doanh nghiệp, hộ kinh doanh và đầu tư trên địa bàn thành phố", Kind.QA),
    ("Câu hỏi thường gặp về thủ tục cấp mã số đơn vị có quan hệ với ngân sách", Kind.QA),
    ("Công khai dự toán, quyết toán ngân sách nhà nước và các khoản đóng góp của nhân dân", Kind.BUDGET),
    ("Công khai ngân sách nhà nước các cấp chính quyền địa phương theo quy định của Luật Ngân sách", Kind.BUDGET),
    ("Thực hiện công khai ngân sách tỉnh, dự toán và quyết toán đã được HĐND phê chuẩn", Kind.BUDGET),
    ("Thông tin phải được công khai theo quy định của Luật Tiếp cận thông tin số 104/2016/QH13", Kind.ACCESS),
    ("Đầu mối tiếp nhận, giải quyết yêu cầu cung cấp thông tin của công dân tại Sở Tài chính", Kind.ACCESS),
    ("Danh bạ điện thoại, thư điện tử công vụ của cán bộ, công chức và người lao động", Kind.EMAIL),
    ("Gửi ý kiến, phản ánh, kiến nghị đến Sở Tài chính và các đơn vị trực thuộc Sở", Kind.WEB_FORM),
]
NEWS = [
    ("Hỏi đáp về chính sách tài chính thu hút hơn 200 doanh nghiệp tham dự tại hội nghị sáng nay", Kind.QA),
    ("Giải đáp thắc mắc về chế độ, chính sách cho cán bộ sau sắp xếp đơn vị hành chính cấp xã", Kind.QA),
    ("Hỏi đáp chính sách thuế: doanh nghiệp cần lưu ý gì khi quyết toán năm 2025", Kind.QA),
    ("Hỏi đáp về thời hạn nộp hồ sơ quyết toán vốn đầu tư công dự án hoàn thành", Kind.QA),
    ("Hỏi đáp nhanh cùng chuyên gia: Những điểm đáng chú ý của Luật Ngân sách sửa đổi", Kind.QA),
    ("Công khai ngân sách giúp người dân giám sát việc sử dụng tiền thuế của mình tốt hơn", Kind.BUDGET),
    ("Tiếp cận thông tin của công dân được bảo đảm tốt hơn nhờ chuyển đổi số ở cơ sở", Kind.ACCESS),
    ("Thông tin liên hệ của trưởng công an xã được niêm yết tại từng nhà văn hóa thôn", Kind.EMAIL),
    ("Tiếp nhận phản ánh, kiến nghị của doanh nghiệp: 95 phần trăm được trả lời đúng hạn", Kind.WEB_FORM),
]


@pytest.mark.parametrize(("text", "kind"), SECTIONS)
def test_a_long_name_keeps_its_promise_where_names_of_sections_stand(text: str, kind: str) -> None:
    assert all(score(text, "https://www.camau.gov.test/x", place)[kind] >= WORTH for place in ("menu", "footer"))
    others = "<li><a href='/{0}'>Văn bản {0}</a></li>"
    page = Page(HOME.url, 200, f"<main><ul>{others.format(1)}<li><a href='/x'>{text}</a></li>{others.format(2)}"
                               "</ul></main>", NOW, words=VI)  # fmt: skip
    assert among_sections(page) == {page.links[1]}
    assert dict(promises(page).link(page.links[1], page.host, listed=True))[kind] >= WORTH


@pytest.mark.parametrize(("text", "kind"), NEWS)
def test_a_headline_keeps_a_quarter_wherever_it_stands(text: str, kind: str) -> None:
    assert all(score(text, "https://www.camau.gov.test/x", place).get(kind, 0) < WORTH for place in ("menu", "main"))


def test_a_name_among_headlines_is_one() -> None:
    told = [SECTIONS[0][0], *(text for text, _ in NEWS)]
    page = Page(
        HOME.url, 200, "".join(f"<p><a href='/{n}'>{text}</a></p>" for n, text in enumerate(told)), NOW, words=VI
    )
    assert among_sections(page) == set()


TILES = [
    ("<h4>Hỏi đáp</h4><p>{long}</p>", True), ("<span>Hỏi đáp</span><span>{long}</span>", True),
    ("<div><div><b>Hỏi đáp</b><br>{long}</div></div>", True), ("Hỏi đáp<small>{long}</small>", True),
    ("<img src=x alt='Hỏi đáp'><p>{long}</p>", True),
    ("<span class=chuyen-muc>Hỏi đáp</span><h3>{long}</h3>", False),  # news of that category
    ("<img src=x alt='{long}'><p>{long}</p>", False), ("{long}", False),
]  # fmt: skip


@pytest.mark.parametrize(("inner", "section"), TILES)
def test_the_heading_of_a_tile_tells_where_it_leads(inner: str, section: bool) -> None:
    long = "Nơi mọi người nêu điều mình chưa rõ để cơ quan chuyên môn xem xét"
    page = Page(HOME.url, 200, f"<main><a href='/x'>{inner.format(long=long)}</a></main>", NOW, words=VI)
    assert (dict(promises(page).link(page.links[0], page.host)).get(Kind.QA, 0) >= 0.5) == section


HOMES = [
    ("/", True), ("https://camau.gov.test", True), ("/Default.aspx", True), ("/#hoi-dap", False), ("/?p=12", False),
    ("/hoi-dap", False), ("https://hoidap.camau.gov.test/", False),
]  # fmt: skip


@pytest.mark.parametrize(("href", "home"), HOMES)
def test_a_banner_that_leads_home_leads_nowhere(href: str, home: bool) -> None:
    html = f"<nav><a href='/Default.aspx'>Trang chủ</a></nav><main><a href='{href}'><img alt='Hỏi đáp'></a></main>"
    page = Page("https://www.camau.gov.test/x", 200, html, NOW, words=VI)
    assert leads_home(page.links[1], page) == home


@pytest.mark.parametrize(
    "url",
    [
        "https://www.camau.gov.test/#",
        "mailto:x@y.vn",
        "https://example.com/hoi-dap",
        "https://www.camau.gov.test/hoi-dap.pdf",
    ],
)
def test_links_that_are_not_followed(url: str) -> None:
    href = "#" if url.endswith("#") else url
    assert dict(promises(HOME).link(Link(url, "Hỏi đáp", "menu", href), HOME.host)) == {}


def test_a_national_system_is_worth_a_row_and_no_visit() -> None:
    assert 0 < score("Hỏi đáp", "https://dichvucong.gov.vn/hoi-dap")[Kind.QA] <= 0.2
