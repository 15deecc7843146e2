"""Documents named in any of the ways in which letters, files and addresses name them."""

import pytest

from prober.domain.requested_documents import forms, is_narrower, mentions, pairs, requested, titles


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Quyết toán ngân sách năm 2018", [("settlement", 2018)]),
        ("QT2018.xlsx", [("settlement", 2018)]),
        ("Bieu_QT18.xlsx", [("settlement", 2018)]),
        ("Tình hình thực hiện dự toán\nngân sách năm 2019", [("execution", 2019)]),
        ("dự toán 2019, 2020", [("estimate", 2019), ("estimate", 2020)]),
        ("dự toán của tỉnh" + " x" * 60 + " 2019", []),
        ("năm 2018", []),
        ("tháng 5/2020", []),
        ("Báo cáo quý IV năm 2019", [("execution", 2019)]),
    ],
)
def test_kind_and_year(text: str, named: list[tuple[str, int]]) -> None:
    assert pairs(text) == named


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Biểu số 62/CK-NSNN", {62}),
        ("Bieu 59-61 nam 2019", {59, 60, 61}),
        ("từ 46/CK-NSNN đến 48/CK-NSNN", {46, 47, 48}),
        ("24/4", set()),
    ],
)
def test_forms(text: str, numbers: set[int]) -> None:
    assert forms(text) == numbers


def test_a_title_without_year_or_forms_is_still_a_document() -> None:
    document = requested("Danh mục văn bản")
    assert (document.kind, document.year, document.first_form) == ("", 0, 0)
    assert not document.is_named(mentions("Quyết toán năm 2018, biểu 62/CK-NSNN"))


@pytest.mark.parametrize(
    ("title", "text", "named"),
    [
        ("Register of payments to suppliers over £500", "payments-over-500.csv\nBody,Date,Supplier,Amount", True),
        ("Statement of accounts 2018-19, as audited", "Statement of accounts 2018-19 (audited)", True),
        ("Statement of accounts 2018-19, as audited", "payments-over-500.csv\nBody,Date,Supplier,Amount", False),
        ("Danh mục thủ tục hành chính năm 2020", "danh-muc-thu-tuc-hanh-chinh.pdf", True),
        ("Danh mục thủ tục hành chính năm 2020", "Báo cáo tình hình kinh tế - xã hội", False),
        ("Hợp đồng", "Quyết định", False),
    ],
)
def test_a_document_of_no_kind_is_told_by_the_words_of_its_title(title: str, text: str, named: bool) -> None:
    assert requested(title).is_named(mentions(text)) is named


_ROWS = "1\tThu\t8124827\t9235544\n2\tChi\t8126198\t9236521\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            f"QUYẾT TOÁN NGÂN SÁCH NĂM 2018\nDự toán\tQuyết toán\n{_ROWS}"
            f"CÂN ĐỐI NGÂN SÁCH NĂM 2020\nDự toán năm 2019\tƯớc thực hiện năm 2019\tDự toán năm 2020\n{_ROWS}",
            [("settlement", 2018), ("estimate", 2020)],
        ),
        (f"THU NGÂN SÁCH NĂM 2019\nDự toán năm\tThực hiện\n{_ROWS}", [("execution", 2019)]),
        (f"a.xlsx\nQUYẾT TOÁN NĂM 2018\n{_ROWS}b.docx\nNGHỊ QUYẾT\nVề dự toán ngân sách năm 2020\nThu 9 tỷ năm 2019",
         [("settlement", 2018), ("estimate", 2020)]),
        ("BÁO CÁO\nTình hình thực hiện ngân sách năm 2019\nSo với quyết toán năm 2018 tăng 5%", [("execution", 2019)]),
        (f"Biểu tổng hợp\n{_ROWS}", []),
    ],
)  # fmt: skip
def test_each_table_of_a_file_is_named_by_its_own_title(text: str, named: list[tuple[str, int]]) -> None:
    assert pairs(titles(text)) == named


@pytest.mark.parametrize(
    ("title", "narrower"),
    [
        ("Thực hiện ngân sách quý IV và cả năm 2019", False), ("Thu ngân sách quý IV năm 2019", False),
        ("Thu tháng 12 và cả năm 2019", False), ("Thu ngân sách quý III năm 2019", True),
        ("Thực hiện 9 tháng năm 2019", True),
    ],
)  # fmt: skip
def test_a_report_of_some_months_is_not_that_of_the_year(title: str, narrower: bool) -> None:
    assert is_narrower(title) == narrower
