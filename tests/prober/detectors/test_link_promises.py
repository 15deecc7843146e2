"""What the words of a link promise, and which links are not followed."""

from datetime import datetime

import pytest

from prober.detectors.link_promises import leads_home, promises
from prober.domain.elements import Link
from prober.domain.indicator import Kind
from prober.domain.page import Page
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
