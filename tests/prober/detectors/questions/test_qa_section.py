"""What makes a page a section of questions and answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.questions.qa_section import qa
from prober.domain.finding import Finding
from prober.domain.indicator import Kind
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI

NOW = datetime(2026, 3, 2, 8, tzinfo=HANOI)
WARD = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
ASKED = "<p>Người hỏi: Trần Thị Mận</p><p><b>Câu hỏi:</b> Đèn đường ngõ 12 hỏng, khi nào được thay?</p>"
ANSWERED = f"<div>{ASKED}<div><b>Trả lời:</b> Tổ quản lý đô thị đã thay bóng ngày 20/02/2026.</div></div>"
OTHER = ANSWERED.replace("ngõ 12", "ngõ 30")


@pytest.mark.parametrize(
    ("title", "shown", "levels"),
    [
        ("Ý kiến công dân", ANSWERED + OTHER, [2]),
        ("Phản ánh, kiến nghị", ANSWERED + OTHER, [2]),
        ("Ý kiến công dân", ANSWERED + f"<div>{ASKED}</div>", []),
        ("Ý kiến công dân", "<p>Đang cập nhật</p>", []),
        ("Ý kiến công dân", "<p>Đèn đường ngõ 9 (Đã trả lời)</p><p>Rác ở chợ (Đã trả lời)</p>", [2]),
        ("Ý kiến công dân", "<p>Đèn đường ngõ 9 (Đã trả lời)</p><p>Rác ở chợ (Đang xử lý)</p>", []),
        ("Chuyên mục xã hội", ANSWERED + OTHER, []),
    ],
)
def test_a_page_of_letters_is_a_section_where_it_shows_two_answers(title: str, shown: str, levels: list[int]) -> None:
    html = f"<title>{title} - UBND phường Đông Hạ</title><main><h1>{title}</h1>{shown}</main>"
    page = Page("https://phuongdongha.longbien.gov.test/chuyen-muc/14", 200, html, NOW, words=VI)
    assert [found.level for found in qa(page, WARD)] == levels


@pytest.mark.parametrize(
    ("heading", "box", "sections"),
    [
        ("Hỏi đáp về thuế cho hộ bán hàng tại chợ", "<h2>Thư viện ảnh</h2>", 0),  # a menu names the box beside it
        ("Hỏi đáp về thuế cho hộ bán hàng tại chợ", "", 0),
        ("Kết quả tìm kiếm: “hỏi đáp”", "", 0),
        ("Hỏi đáp", "<h2>Thư viện ảnh</h2>", 1),
        ("Chuyên mục “Hỏi đáp” và giải đáp thắc mắc", "", 1),
    ],
)
def test_news_and_results_of_a_search_are_no_section(heading: str, box: str, sections: int) -> None:
    menu = "<nav><a href='/anh'>Thư viện ảnh</a></nav>"
    html = f"<title>{heading} - UBND phường Đông Hạ</title>{menu}<main><h1>{heading}</h1><p>Tin.</p>{box}</main>"
    page = Page("https://phuongdongha.longbien.gov.test/muc/14", 200, html, NOW, words=VI)
    assert len(qa(page, WARD)) == sections


@pytest.mark.parametrize(
    ("label", "category"),
    [("Hỏi đáp", "general"), ("Hỏi đáp của thành phố", "delegated"), ("Sở Nội vụ: Hỏi đáp", "delegated")],
)
def test_questions_on_another_host_are_anothers_where_the_link_says_so(label: str, category: str) -> None:
    link = f"<nav><a href='https://hoidap.longbien.gov.test/'>{label}</a></nav>"
    html = f"<title>UBND phường Đông Hạ</title>{link}<main><p>Tin.</p></main>"
    page = Page("https://phuongdongha.longbien.gov.test/", 200, html, NOW, words=VI)
    assert [found.category for found in qa(page, WARD)] == [category]


@pytest.mark.parametrize(
    ("title", "levels"),
    [
        ("UBND phường Đông Hạ :: Diễn đàn: dân hỏi, phường đáp", [2]),
        ("UBND phường Đông Hạ :: Diễn đàn thể thao", []),
        ("UBND phường Đông Hạ :: Phường trả lời về giá nước mà dân hỏi tuần qua", []),
    ],
)
def test_a_forum_is_named_behind_its_site(title: str, levels: list[int]) -> None:
    asked = "".join(f"<li><a href='?t={n}'>Đèn ngõ {n} hỏng, khi nào thay?</a> 1 trả lời</li>" for n in range(3))
    page = Page("https://dongha.test/xem.php?f=3", 200, f"<title>{title}</title><ul>{asked}</ul>", NOW, words=VI)
    assert [found.level for found in qa(page, WARD)] == levels


FINANCE = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)
UNIT = "<div>Câu hỏi: Hồ sơ số {0} nộp ở đâu?<br>{1}<br>Trả lời: Tại bộ phận một cửa.</div>"
ROWS = "<table><tr><th>Câu hỏi</th><th>Trả lời</th><th>Đơn vị trả lời</th></tr>{}</table>"
ROW = "<tr><td>Hồ sơ số {0} nộp ở đâu?</td><td>Tại bộ phận một cửa.</td><td>{1}</td></tr>"
ASK = "<form><label>Câu hỏi</label><textarea></textarea><button>Gửi câu hỏi</button></form>"
OTHERS = ("Sở Y tế", "Sở Xây dựng", "UBND xã Tân Thành")


def answered_by(units: Sequence[str], form: str, table: bool, body: Body) -> list[Finding]:
    if table:
        shown = ROWS.format("".join(ROW.format(number, unit) for number, unit in enumerate(units)))
    else:
        shown = "".join(UNIT.format(number, f"Đơn vị trả lời: {unit}") for number, unit in enumerate(units))
    html = f"<title>Hỏi đáp</title><main><h1>Hỏi đáp</h1>{form}{shown}</main>"
    return detect(Page("https://www.camau.gov.test/hoi-dap", 200, html, NOW, words=VI), body)


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize(("units", "form", "level"), [
    (OTHERS, "", 1), (OTHERS, ASK, 3), ((*OTHERS, "Sở Tài chính"), "", 2), (("Phòng Giá", "Văn phòng Sở"), "", 2),
    ((*OTHERS, "Sở Tài chính"), ASK, 4), (("", ""), "", 2),
])  # fmt: skip
def test_questions_that_other_departments_answer_are_not_a_department_s(
    units: Sequence[str], form: str, level: int, table: bool
) -> None:
    questions = [each for each in answered_by(units, form, table, FINANCE) if each.kind == Kind.QA]
    assert questions[0].level == level
    assert answered_by(units, form, table, replace(FINANCE, kind="portal"))[0].level in (2, 4)
