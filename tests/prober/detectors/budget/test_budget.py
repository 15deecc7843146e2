"""Budget publication: which document a title names, and what counts as a section with documents."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.budget.budget_documents import BudgetWords, paper
from prober.detectors.budget.budget_section import budget
from prober.domain.finding import EMPTY, Finding, State
from prober.domain.indicator import BUDGET_TYPES, BY_KIND, Kind
from prober.domain.pages.page import Page
from prober.domain.verdicts import Walk, settled, verdicts
from tests.languages import VI, VIETNAMESE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SAID = VI.table(BudgetWords)

TITLES = [
    ("Dự thảo dự toán ngân sách tỉnh năm 2020 trình HĐND tỉnh", "draft", 2020),
    ("Dự toán ngân sách địa phương năm 2021 UBND trình Hội đồng nhân dân", "draft", 2021),
    ("Công khai dự toán ngân sách tỉnh năm 2020 đã được HĐND tỉnh quyết định", "approved", 2020),
    ("Quyết định số 12/QĐ-UBND về việc công bố công khai dự toán ngân sách năm 2019", "approved", 2019),
    ("Nghị quyết số 30/NQ-HĐND phân bổ dự toán chi ngân sách địa phương năm 2022", "approved", 2022),
    ("Công khai tình hình thực hiện dự toán ngân sách quý I/2020", "first_quarter", 2020),
    ("Công khai thực hiện dự toán thu, chi ngân sách 3 tháng đầu năm 2020", "first_quarter", 2020),
    ("Tình hình thực hiện ngân sách địa phương 6 tháng đầu năm 2019", "half_year", 2019),
    ("Số liệu thực hiện ngân sách sáu tháng năm 2018", "half_year", 2018),
    ("Tình hình thực hiện dự toán NSNN 9 tháng năm 2021", "nine_months", 2021),
    ("Công khai tình hình thực hiện dự toán ngân sách năm 2019", "year", 2019),
    ("Công khai quyết toán ngân sách nhà nước năm 2018", "settlement", 2018),
    ("Báo cáo quyết toán NSĐP năm 2018", "settlement", 2018),
    ("Biểu số 62/CK-NSNN năm 2018", "settlement", 2018),
    ("Biểu số 33/CK-NSNN", "draft", 0),
    ("Biểu số 42/CK-NSNN: Dự toán chi bổ sung cho ngân sách từng huyện năm 2020", "draft", 2020),
    ("Biểu số 60/CK-NSNN", "year", 0),
    ("Quyết toán ngân sách thành phố Hà Nội năm 2018", "settlement", 2018),
    # Budget documents, but of no compulsory type.
    ("Điều chỉnh dự toán ngân sách tỉnh năm 2020", "", 2020),
    ("Tình hình thực hiện dự toán ngân sách quý III năm 2020", "", 2020),
    # The office's own money (Circulars 61/2017 and 90/2018), and single projects.
    ("Công khai tài chính năm 2020", "own_office", 2020),
    ("Công khai dự toán ngân sách năm 2020 của Sở Tài chính", "own_office", 2020),
    ("Quyết toán thu - chi ngân sách năm 2019 của Văn phòng Sở", "own_office", 2019),
    ("Công khai dự toán thu chi ngân sách theo Thông tư 61/2017/TT-BTC", "own_office", 0),
]
NOTHING = [
    "Quyết toán ngân sách huyện Năm Căn năm 2018",
    "Dự toán ngân sách xã Tân Hưng năm 2020",
    "Công khai dự toán ngân sách thành phố Cà Mau năm 2020",
    "Biểu số 81/CK-NSNN dự toán ngân sách huyện",
    "Công khai giá vật liệu xây dựng tháng 3 năm 2020",
    "Công khai tài sản công năm 2020",
    "Danh mục thông tin phải được công khai",
    "",
]


@pytest.mark.parametrize(("title", "kind", "year"), TITLES, ids=[title[:60] for title, _, _ in TITLES])
def test_what_a_title_names(title: str, kind: str, year: int) -> None:
    known = paper(title, SAID, "Hà Nội" if "Hà Nội" in title else "Cà Mau")
    assert known is not None
    assert (known.type, known.year) == (kind, year)


@pytest.mark.parametrize("title", NOTHING)
def test_what_is_no_document_of_the_province(title: str) -> None:
    known = paper(title, SAID, "Cà Mau")
    assert known is None or known.type == "own_office"


def found(body: str, path: str = "/muc/17", title: str = "Sở Tài chính tỉnh Cà Mau") -> list[Finding]:
    page = Page(f"https://stc.camau.gov.vn{path}", 200, f"<title>{title}</title><body>{body}</body>", NOW, words=VI)
    return budget(
        page, Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.vn",), vocabulary=VIETNAMESE)
    )


def categories(findings: list[Finding]) -> list[str]:
    return sorted(f.category for f in findings)


TABLE = """<h1>Công khai ngân sách</h1><table><tr><th>Biểu</th><th>Ngày</th><th>Nội dung</th><th>Tải về</th></tr>
<tr><td>46/CK-NSNN</td><td>14/01/2020</td><td>Công khai dự toán ngân sách tỉnh Cà Mau năm 2020 đã được HĐND quyết
định</td><td><a href="/f/1.pdf">PDF</a></td></tr>
<tr><td>62/CK-NSNN</td><td>30/12/2019</td><td>Công khai quyết toán ngân sách tỉnh Cà Mau năm 2018</td>
<td><a href="/f/2.rar">RAR</a></td></tr></table>"""


def test_a_table_of_documents_with_number_date_and_file() -> None:
    section, *papers = found(TABLE)
    assert (section.category, section.detail["documents"], section.detail["newest"]) == ("section", 2, "2020-01-14")
    assert [(f.category, f.value, f.detail["form"], f.detail["published"], f.detail["url"]) for f in papers] == [
        ("approved", "2020", "46/CK-NSNN", "2020-01-14", "https://stc.camau.gov.vn/f/1.pdf"),
        ("settlement", "2018", "62/CK-NSNN", "2019-12-30", "https://stc.camau.gov.vn/f/2.rar"),
    ]
    assert papers[0].snippet.startswith("Công khai dự toán ngân sách tỉnh Cà Mau năm 2020")


PAGES = {
    "a list of links, newest of a type only": (
        """<h1>Công khai NSNN - Công khai ngân sách nhà nước</h1><ul>
        <li><a href="/a.pdf">Tình hình thực hiện ngân sách 6 tháng đầu năm 2019</a> (12/07/2019)</li>
        <li><a href="/b.pdf">Tình hình thực hiện ngân sách 6 tháng đầu năm 2019 (bản sửa)</a> (15/07/2019)</li></ul>""",
        ["half_year", "section"],
    ),
    "a file that only a script fetches": (
        """<h1>Công khai ngân sách</h1><div class="UICongKhaiNganSach_Default"><ul><li>
        <a href="javascript:void(0)" onclick="downloadFile(12,'/upload/2019/quyet-toan.xlsx')">Quyết toán ngân sách
        năm 2018</a></li></ul></div>""",
        ["section", "settlement"],
    ),
    "a label and nothing behind it": (
        "<h1>Công khai ngân sách</h1><p>Nội dung đang được cập nhật.</p>",
        ["empty_section"],
    ),
    "the office's own money": (
        """<h1>Công khai ngân sách</h1><ul><li><a href="/a.pdf">Công khai dự toán thu chi ngân sách năm 2020 của Sở Tài
        chính</a></li><li><a href="/b.pdf">Quyết toán năm 2019 của Văn phòng Sở</a></li></ul>""",
        ["own_office"],
    ),
    "documents of districts": (
        """<h1>Công khai ngân sách</h1><ul><li><a href="/a.pdf">Quyết toán ngân sách huyện Cái Nước năm
        2018</a></li></ul>""",
        ["empty_section"],
    ),
    "a section of the communes": (
        """<h1>Công khai ngân sách cấp xã</h1><div>Công khai ngân sách các xã</div>
        <div><a href="/a.pdf">UBND xã Tân Hưng: thu, chi năm 2020</a></div>""",
        [],
    ),
    "news that mention the budget": (
        """<h1>UBND tỉnh công bố công khai quyết toán ngân sách tỉnh Cà Mau năm 2018 tới toàn dân</h1>
        <ul><li><a href="/tin/1">Thu ngân sách quý I đạt 27% dự toán</a></li>
        <li><a href="/tin/2">Công khai dự toán ngân sách: bước tiến về minh bạch</a></li></ul>""",
        [],
    ),
    "a question about it": (
        """<h1>Người dân xem công khai ngân sách ở đâu?</h1><p><a href="/x">Dự toán ngân sách năm 2020</a></p>""",
        [],
    ),
    "a site map with the section as a heading": (
        """<h1>Sơ đồ cổng</h1><h2>Công khai ngân sách</h2>
        <ul><li><a href="/tin/9">Họp về dự toán ngân sách năm 2020</a></li>
        </ul>""",
        [],
    ),
    "a document among others, outside any section": (
        """<h1>Văn bản mới</h1><ul><li><a href="/v.pdf">Công khai quyết toán ngân sách tỉnh năm 2017</a></li>
        <li><a href="/w.pdf">Về việc phân cấp quản lý tài sản công</a></li></ul>""",
        ["settlement"],
    ),
    "budgets of several years, outside any section": (
        """<h2>Văn bản mới</h2><ul><li><a href="/a.pdf">Công khai ngân sách năm 2019</a></li>
        <li><a href="/b.pdf">Công khai ngân sách năm 2020</a></li><li><a href="/c.pdf">Lịch tiếp dân</a></li></ul>""",
        ["documents"],
    ),
    "budgets of several years, as links of one line": (
        """<div><a href="/a.pdf">Công khai ngân sách năm 2019</a> <a href="/b.pdf">Công khai ngân sách năm 2020</a>
        </div>""",
        ["documents"],
    ),
    "decisions that publish the province's budgets, under the name of the office's money": (
        """<h2>Tài chính công khai</h2><ul><li><a href="/a.pdf">Quyết định công bố công khai quyết toán ngân sách tỉnh
        năm 2018</a></li><li><a href="/b.pdf">Quyết định số 7/QĐ-UBND về việc công bố công khai dự toán ngân sách địa
        phương năm 2020</a></li></ul>""",
        ["approved", "documents", "settlement"],
    ),
    "decisions that do not say whose budget it is": (
        """<h2>Tài chính công khai</h2><ul><li><a href="/a.pdf">Quyết định công bố công khai quyết toán ngân sách năm
        2018</a></li><li><a href="/b.pdf">Quyết định công bố công khai dự toán ngân sách nhà nước năm 2020</a></li>
        </ul>""",
        [],
    ),
    "a section of finance and the budget of the province": (
        """<h1>Công khai tài chính, ngân sách tỉnh</h1><ul><li><a href="/a.pdf">Dự toán ngân sách tỉnh năm 2020</a>
        </li></ul>""",
        ["approved", "section"],
    ),
    "the office's own money of several years, outside any section": (
        """<ul><li><a href="/a.pdf">Công khai dự toán ngân sách của Văn phòng Sở năm 2019</a></li>
        <li><a href="/b.pdf">Công khai dự toán ngân sách của Văn phòng Sở năm 2020</a></li></ul>""",
        ["own_office"],
    ),
    "a menu of one line and nothing else": (
        """<div class="topmenu"><a href="/tin">Tin tức</a> | <a href="/ckns">Công khai ngân sách</a></div>
        <h1>Công khai ngân sách</h1><p>Nội dung đang được cập nhật.</p>""",
        ["empty_section"],
    ),
    "a menu made of plain boxes and nothing else": (
        """<div class="a1"><a href="/muc/1">Tin tức</a><a href="/muc/17">Công khai ngân sách</a></div>
        <h1>Công khai ngân sách</h1><p>Nội dung đang được cập nhật.</p>""",
        ["empty_section"],
    ),
    "titles that unfold, each over its file": (
        """<h1>Công khai ngân sách</h1><div><div class="nhan">Quyết toán ngân sách năm 2018</div>
        <div class="than"><a href="/q.pdf">Mở tệp</a></div></div>
        <div><div class="nhan">Dự toán ngân sách năm 2020</div><div><a href="/d.xlsx">Mở tệp</a></div></div>
        <div>Dự toán ngân sách năm 2019</div><div><a href="/tin/7">Xem bản tin</a></div>""",
        ["approved", "section", "settlement"],
    ),
    "a name in the trail to the page": (
        """<div class="third-nav"><ol class="breadcrumbs"><li><a href="/">Trang chủ</a></li></ol><h1>Công khai ngân
        sách</h1></div><ul><li><a href="/tin/7.html">Quyết toán ngân sách địa phương năm 2018</a></li></ul>""",
        ["section", "settlement"],
    ),
    "posts under their titles": (
        """<h1>ngân sách địa phương</h1><article><h2><a href="/posts/1">Quyết định số 2428/QĐ-UBND về việc công bố công
        khai dự toán ngân sách năm 2020 của tỉnh Cà Mau</a></h2><a href="/posts/1">Xem thêm</a></article><article><h2>
        <a href="/posts/2">Báo cáo tình hình thực hiện dự toán ngân sách tỉnh quý I năm 2020</a></h2></article>""",
        ["approved", "first_quarter", "section"],
    ),
    "the name of the page beside a link to anything": (
        """<table><tr><td><b>Công khai ngân sách tỉnh</b><p>Chưa có dữ liệu.</p></td><td><a href="https://facebook.test/x">
        Trang của đơn vị khác</a></td></tr></table>""",
        [],
    ),
    "one document of a type among files of the province's budget": (
        """<h1>Ngân sách tỉnh năm 2026</h1><ul><li><a href="/1.pdf">Dự toán ngân sách tỉnh Cà Mau năm 2026</a></li>
        <li><a href="/2.pdf">Tình hình thực hiện ngân sách địa phương quý II năm 2026</a></li></ul>""",
        ["approved", "section"],
    ),
    "posts that go on below their titles": (
        """<h1>Ngân sách tỉnh</h1><h2>Công bố công khai dự toán ngân sách địa phương năm 2020 của tỉnh Cà Mau</h2>
        <p><a href="/ck-1.html">Xem thêm</a></p><h2>Công bố công khai quyết toán ngân sách địa phương năm 2018</h2>
        <p><a href="/ck-2.html">Xem thêm</a></p>""",
        ["approved", "documents", "settlement"],
    ),
    "posts with headers of their own": (
        """<div class="page-header"><h2>Ngân sách tỉnh Cà Mau</h2></div><div class="item"><div class="page-header"><h2>
        <a href="/ns-1">Công bố công khai dự toán ngân sách địa phương năm 2020</a></h2></div><p>Văn bản số 8.</p></div>
        <div class="item"><div class="page-header"><h2><a href="/ns-2">Công bố công khai quyết toán ngân sách địa phương
        năm 2018</a></h2></div></div>""",
        ["approved", "documents", "settlement"],
    ),
    "pieces of news with the words of a report": (
        """<h1>Ngân sách và đời sống</h1><article><h2><a href="/tin/1">Tình hình thực hiện dự toán ngân sách tỉnh
        quý I năm 2020</a></h2></article><article><h2><a href="/tin/2">Quyết toán ngân sách tỉnh năm 2018</a></h2>
        </article>""",
        [],
    ),
    "titles over a number, a date and the file": (
        """<h1>Công khai ngân sách</h1><div><h3>Dự toán ngân sách địa phương năm 2020 trình HĐND tỉnh Cà Mau</h3><ul>
        <li>Số: 2841/BC-UBND</li><li>Ngày: 04/12/2019</li></ul><div><a href="/f/1.pdf">du-toan-ngan-s.pdf</a></div>
        </div><div><h3>Công khai quyết toán ngân sách tỉnh Cà Mau năm 2018</h3><ul><li>Số: 512/QĐ-UBND</li></ul>
        <div><a href="/f/2.pdf">quyet-toan.pdf</a></div></div>""",
        ["draft", "section", "settlement"],
    ),
    "a title without a file before one that has it": (
        """<h1>Công khai ngân sách</h1><h3>Quyết toán ngân sách tỉnh Cà Mau năm 2018</h3><p>Đang cập nhật.</p>
        <h3>Công khai dự toán ngân sách tỉnh Cà Mau năm 2020</h3><p>Ngày: 29/12/2019</p><p><a href="/2.pdf">tep.pdf</a>
        </p>""",
        ["approved", "section"],
    ),
    "titles under the numbers that lead to their files": (
        """<h1>Công khai ngân sách</h1><div><h3><a href="/1.xlsx">3102/QĐ-UBND</a></h3><p>Công khai dự toán ngân sách
        địa phương năm 2020 của tỉnh Cà Mau</p></div><div><h3><a href="/2.xlsx">512/QĐ-UBND</a></h3><p>Quyết toán
        ngân sách tỉnh Cà Mau năm 2018</p></div><div><h3><a href="/x.pdf">Thông báo nghỉ lễ</a></h3><p>Dự toán ngân
        sách địa phương năm 2017</p></div>""",
        ["approved", "section", "settlement"],
    ),
    "titles over their files in one cell of a layout": (
        """<table><tr><td><b>Trang nhất</b></td><td><h1>Công khai ngân sách</h1><div><h4>Dự toán ngân sách địa phương
        năm 2020</h4><p>Quyết định số 217/QĐ-UBND. <a href="/1.pdf">Tải tài liệu</a></p></div><div><h4>Quyết toán ngân
        sách địa phương năm 2018</h4><p>Quyết định số 1563/QĐ-UBND. <a href="/2.pdf">Tải tài liệu</a></p></div></td>
        </tr></table>""",
        ["approved", "section", "settlement"],
    ),
    "titles without links": (
        "<h1>Công khai ngân sách</h1><ul><li>Quyết toán ngân sách năm 2018</li></ul>",
        ["empty_section"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_publishes(name: str) -> None:
    body, expected = PAGES[name]
    assert categories(found(body)) == expected


@pytest.mark.parametrize(
    ("title", "path", "named"),
    [
        ("Công khai ngân sách", "/muc/17", True),
        ("Công khai ngân sách", "/muc/18", False),
        ("Tin tức", "/muc/17", False),
    ],
)
def test_a_list_without_a_heading_is_a_section_where_its_title_and_the_menu_say_so(
    title: str, path: str, named: bool
) -> None:
    menu = '<div class="topmenu"><a href="/tin">Tin tức</a> | <a href="/muc/17">Ngân sách</a></div>'
    papers = '<ul><li><a href="/a.pdf">Quyết toán ngân sách năm 2018</a></li></ul>'
    seen = found(menu + papers, path, f"{title} - Sở Tài chính tỉnh Cà Mau")
    assert categories(seen) == (["section", "settlement"] if named else [])


CALLED = "<h1>Công khai ngân sách</h1>"
ESTIMATE = "<a href='/a.pdf'>Công khai dự toán ngân sách tỉnh năm 2020</a>"
SETTLED = "<a href='/b.pdf'>Công khai quyết toán ngân sách năm 2018</a>"
BESIDE = {
    "one line": f"<div>{ESTIMATE} {SETTLED}</div>",
    "lines": f"<div>- {ESTIMATE}<br>- {SETTLED}<br></div>",
    "a paragraph": f"<p>{ESTIMATE}, {SETTLED}</p>",
    "nothing between": f"<div><span>{ESTIMATE}</span><span>{SETTLED}</span></div>",
    "an item": f"<ul><li>{ESTIMATE} {SETTLED}</ul>",
    "a cell": f"<table><tr><td>1<td>{ESTIMATE}<br>{SETTLED}</table>",
    "below a title": f"<div>Công khai ngân sách năm 2020:<br>{ESTIMATE}; {SETTLED}</div>",
    "a long line": f"<div>{'<a href=/x>Xem thêm thông tin trên trang này</a> ' * 12}{ESTIMATE} {SETTLED}</div>",
}


@pytest.mark.parametrize("name", BESIDE)
def test_documents_linked_beside_each_other_are_read_one_by_one(name: str) -> None:
    papers = {
        (finding.category, finding.value, finding.detail["url"]) for finding in found(f"{CALLED}{BESIDE[name]}")[1:]
    }
    host = "https://stc.camau.gov.vn"
    assert papers == {("approved", "2020", f"{host}/a.pdf"), ("settlement", "2018", f"{host}/b.pdf")}


ONE = {
    "its file beside it": "<li><a href='/tin/1'>Công khai dự toán ngân sách năm 2020</a> "
    "<a href='/a.pdf'>Tải về</a></li>",
    "named twice": "<li><a href='/tin/1'>Công khai dự toán ngân sách năm 2020</a> "
    "<a href='/a.pdf'>Công khai dự toán ngân sách năm 2020 (bản PDF)</a></li>",
    "in parts": "<p><a href='/a.pdf'>Quyết định số 12/QĐ-UBND</a> công khai dự toán ngân sách năm 2020 "
    "<a href='/b.xls'>(phụ lục)</a></p>",
    "its forms": "<li>Công khai dự toán ngân sách năm 2020: <a href='/a.pdf'>Biểu 46/CK-NSNN</a> "
    "<a href='/b.pdf'>Biểu 47/CK-NSNN</a></li>",
}


@pytest.mark.parametrize("name", ONE)
def test_links_of_one_document_are_one(name: str) -> None:
    papers = [(one.category, one.value, one.detail["url"]) for one in found(f"{CALLED}{ONE[name]}")[1:]]
    assert papers == [("approved", "2020", "https://stc.camau.gov.vn/a.pdf")]


def test_the_newer_of_two_documents_of_one_type_and_year_is_kept() -> None:
    body, _ = PAGES["a list of links, newest of a type only"]
    assert [f.detail["published"] for f in found(body) if f.category == "half_year"] == ["2019-07-15"]


def test_a_file_in_a_script_is_its_address() -> None:
    body, _ = PAGES["a file that only a script fetches"]
    assert [f.detail["url"] for f in found(body) if f.category == "settlement"] == [
        "https://stc.camau.gov.vn/upload/2019/quyet-toan.xlsx"
    ]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("a list of links, newest of a type only", State.FOUND),
        ("a label and nothing behind it", State.NOT_FOUND),
        ("the office's own money", State.NOT_FOUND),
        ("a document among others, outside any section", State.NOT_FOUND),
        ("budgets of several years, outside any section", State.FOUND),
        ("decisions that publish the province's budgets, under the name of the office's money", State.FOUND),
        ("decisions that do not say whose budget it is", State.NOT_FOUND),
        ("the office's own money of several years, outside any section", State.NOT_FOUND),
    ],
)
def test_only_a_section_with_documents_is_a_publication(name: str, state: State) -> None:
    verdict = next(v for v in verdicts(found(PAGES[name][0]), Walk(), NOW.date()) if v.kind == Kind.BUDGET)
    assert verdict.state == state


def test_all_seven_types_and_the_section_settle_it() -> None:
    titles = [title for title, kind, _ in TITLES if kind in BUDGET_TYPES and "Hà Nội" not in title]
    rows = "".join(f'<li><a href="/{n}.pdf">{title}</a></li>' for n, title in enumerate(titles))
    every = found(f"<h1>Công khai ngân sách</h1><ul>{rows}</ul>")
    assert {f.category for f in every} == {"section", *BUDGET_TYPES}
    assert settled(every, BY_KIND[Kind.BUDGET])
    assert not settled([f for f in every if f.category != "draft"], BY_KIND[Kind.BUDGET])


def listed(name: str, titles: list[str], others: int = 0, ending: str = "pdf") -> str | None:
    """The category of the publication on a page without a heading, at an address without a word."""
    said = [*titles, *(f"Công văn số {number}/STC-QLG về giá dịch vụ đò ngang" for number in range(others))]
    rows = "".join(f"<tr><td>{one}</td><td><a href='/tep/{n}.{ending}'>Tải</a></td></tr>" for n, one in enumerate(said))
    html = f"<title>{name} - Sở Tài chính tỉnh Cà Mau</title><p>{name}</p><table>{rows}</table>"
    page = Page("http://stc.camau.gov.test/muc/7", 200, html, NOW, words=VI)
    found = budget(page, Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", vocabulary=VIETNAMESE))
    return next((one.category for one in found if one.category not in BUDGET_TYPES), None)


PROVINCE = [
    "Dự toán ngân sách tỉnh năm 2026 do HĐND tỉnh thông qua", "Báo cáo quyết toán ngân sách địa phương năm 2024",
]  # fmt: skip
OFFICE = ["Dự toán ngân sách năm 2026 của Sở Tài chính", "Quyết toán ngân sách năm 2024 của Sở Tài chính"]


YEAR = ["Dự toán ngân sách năm 2026 của tỉnh", "Tình hình thực hiện dự toán ngân sách tỉnh quý I năm 2026"]


def test_budgets_of_one_year_are_a_section_where_the_name_of_the_page_speaks_of_them() -> None:
    assert listed("Ngân sách nhà nước", YEAR) == listed("Ngân sách", YEAR, others=1) == "section"
    assert listed("Ngân sách nhà nước", YEAR[:1]) is listed("Ngân sách nhà nước", YEAR, others=2) is None
    assert listed("Kho tư liệu", YEAR) is listed("Ngân sách nhà nước", OFFICE) is None
    assert listed("Ngân sách tỉnh đã được công bố tại buổi họp báo cuối tháng mười vừa qua", YEAR) is None


@pytest.mark.parametrize("title", ["Sở Tài chính > Số liệu công khai NSNN", ".: Sở Tài chính ::. Công khai NSNN"])
def test_the_name_of_a_page_may_stand_behind_that_of_its_site(title: str) -> None:
    menu = '<div class="topmenu"><a href="/tin">Tin tức</a> | <a href="/muc/17">NSNN</a></div>'
    papers = '<ul><li><a href="/a.pdf">Quyết toán ngân sách năm 2018</a></li></ul>'
    assert categories(found(menu + papers, title=title)) == ["section", "settlement"]


@pytest.mark.parametrize(
    "address", ["/LinkClick.aspx?fileticket=a%3d{}&tabid=9", "/c/document_library/get_file?uuid=b-{}&groupId=1"]
)
def test_the_addresses_by_which_known_systems_hand_out_files_are_files(address: str) -> None:
    rows = "".join(f"<tr><td>{one}<td><a href='{address.format(n)}'>Xem</a>" for n, one in enumerate(PROVINCE))
    assert "documents" in categories(found(f"<table>{rows}</table>"))


@pytest.mark.parametrize("name", ["Tài chính công khai", "Kho tư liệu", "Minh bạch"])
def test_a_page_of_any_name_most_of_whose_files_are_the_budgets_of_the_province_publishes_them(name: str) -> None:
    assert listed(name, PROVINCE) == listed(name, PROVINCE, others=1) == "documents"
    assert listed(name, PROVINCE, others=2) is None
    assert listed(name, PROVINCE[:1]) is None
    assert listed(name, PROVINCE, ending="html") is None
    assert listed(name, ["DT NSĐP năm 2026", "QT NSĐP năm 2024", "TH NS tỉnh quý I/2026"]) == "documents"
    assert listed(name, OFFICE) is None


def test_a_file_on_a_drive_is_a_file() -> None:
    rows = "".join(
        f"<li>{title} <a href='https://drive.google.com/file/d/x{title[-1]}/view'>xem</a>" for title in PROVINCE
    )
    page = Page("http://stc.camau.gov.test/muc/7", 200, f"<ul>{rows}</ul>", NOW, words=VI)
    found = budget(page, Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", vocabulary=VIETNAMESE))
    assert "documents" in {one.category for one in found}


def test_the_name_of_the_site_in_a_title_hides_no_section() -> None:
    html = "<title>Công khai ngân sách - Sở Tài chính tỉnh Cà Mau</title><h2>Công khai ngân sách</h2><p>Xin chờ</p>"
    page = Page("http://stc.camau.gov.test/muc/7", 200, html, NOW, words=VI)
    found = budget(page, Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", vocabulary=VIETNAMESE))
    assert [one.category for one in found] == ["empty_section"]


QUARTER = "Tình hình thực hiện dự toán ngân sách quý II năm 2026"
TYPED = "<p>Biểu số 61/CK-NSNN</p><table><tr><th>Nội dung</th><th>Quý II</th></tr><tr><td>Tổng thu</td></tr></table>"
FILE = "<a href='/upload/61.pdf'>{}</a>"
ONE_DOCUMENT = [
    (QUARTER, f"{TYPED}<p>{FILE.format('Tải về')}</p>", "section"),
    (QUARTER, f"{TYPED}<p>Tệp đính kèm: {FILE.format('123_BC-STC.pdf')}</p>", "section"),
    (QUARTER, f"<p>Biểu số 61/CK-NSNN: Ước thực hiện chi ngân sách quý II {FILE.format('Tải về')}</p>", "section"),
    (QUARTER, f"<p>Công bố tình hình thực hiện ngân sách tỉnh quý II/2026 {FILE.format('1234.pdf')}</p>", "section"),
    ("Thực hiện dự toán ngân sách nhà nước 9 tháng năm 2025", f"{TYPED}<p>{FILE.format('Tải tệp')}</p>", "section"),
    ("Dự toán ngân sách tỉnh năm 2026", f"<p>Biểu số 46/CK-NSNN</p><p>{FILE.format('Tải về')}</p>", "section"),
    (QUARTER, TYPED, EMPTY),
    (QUARTER, f"{TYPED}<p>Lịch công tác tuần {FILE.format('lich.pdf')}</p>", EMPTY),
    (QUARTER, f"<p>{FILE.format('Tải về')}</p>", ""),  # of whose budget nothing says
    (QUARTER, "<p>Nội dung đang cập nhật</p>", ""),
    (f"{QUARTER} tăng 5%", f"{TYPED}<p>{FILE.format('Tải về')}</p>", ""),
    (f"{QUARTER} của Văn phòng Sở", f"{TYPED}<p>{FILE.format('Tải về')}</p>", ""),
    ("Tình hình thực hiện dự toán ngân sách huyện Đầm Dơi quý II năm 2026", f"<p>{FILE.format('Tải về')}</p>", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shown", "category"), ONE_DOCUMENT)
def test_a_page_named_for_a_document_of_the_province_publishes_it_by_one_file(
    name: str, shown: str, category: str
) -> None:
    findings = found(f"<main><h1>{name}</h1>{shown}</main>")
    assert [finding.category for finding in findings if finding.category in ("section", EMPTY)] == [category] * bool(
        category
    )


def test_such_a_document_has_the_type_of_the_page_and_the_form_in_its_text() -> None:
    name = "Tình hình thực hiện dự toán ngân sách 6 tháng đầu năm 2026"
    document = found(f"<main><h1>{name}</h1>{TYPED}<p>{FILE.format('Tải về')}</p></main>")[-1]
    assert (document.category, document.value, document.detail["form"]) == ("half_year", "2026", "61/CK-NSNN")
    assert document.detail["url"] == "https://stc.camau.gov.vn/upload/61.pdf"
