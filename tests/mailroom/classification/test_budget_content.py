"""What a file is judged to be, by its name and first words."""

import pytest

from mailroom.classification import budget_content
from mailroom.classification.budget_content import Sort, sort_out
from mailroom.mime import parser
from prober.domain.correspondence import Attachment
from prober.domain.requested_documents import pairs
from prober.studies.packs import phrases
from tests.languages import EN, VI, VIETNAMESE

_ROWS = "\n".join(f"{n}\tMục {n}\t{12345 + 137 * n}\t{22345 + 177 * n}" for n in range(8))


def file(name: str, text: str) -> Attachment:
    return Attachment(name, name, "application/octet-stream", "application/octet-stream", 9, "", text)


@pytest.mark.parametrize(
    ("name", "head", "sort"),
    [
        ("qt.xlsx", "QUYẾT TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2018\nTổng thu", Sort.DATA),
        ("chi.xlsx", "DỰ TOÁN CHI NGÂN SÁCH TỈNH CHO TỪNG CƠ QUAN\nSự nghiệp kinh tế - xã hội", Sort.DATA),
        ("ck.xlsx", "DỰ TOÁN THU, CHI NGÂN SÁCH NĂM 2020 CỦA VĂN PHÒNG SỞ\nSố thu phí, lệ phí", Sort.UNASKED),
        ("dt.xlsx", "CÔNG KHAI DỰ TOÁN\nChương: 418\nKinh phí thực hiện tự chủ", Sort.UNASKED),
        ("cong tac phi.xlsx", "BẢNG KÊ THANH TOÁN\nTổng chi", Sort.UNASKED),
        ("bao cao.docx", "BÁO CÁO\nTình hình kinh tế - xã hội năm 2019\nthu chi ngân sách", Sort.UNASKED),
        ("TT343-2016-BTC.pdf", "BỘ TÀI CHÍNH\nTHÔNG TƯ\nhướng dẫn công khai ngân sách", Sort.LAW),
    ],
)
def test_a_table_of_another_matter_is_no_budget(name: str, head: str, sort: Sort) -> None:
    assert sort_out(file(name, f"{head}\n{_ROWS}"), phrases(VIETNAMESE)).sort == sort


LETTER = "Gửi nhóm số liệu.\n\n> Kính gửi: Sở Tài chính tỉnh Lam Sơn\n> Nhóm đề nghị cung cấp.\n"


@pytest.mark.parametrize(
    ("paper", "others"),
    [
        ("UBND TỈNH LAM SƠN\t\tBiểu số 62/CK-NSNN", False),
        ("UBND TỈNH HẢI VÂN\t\tBiểu số 62/CK-NSNN", True),
        ("Ủy ban nhân dân tỉnh Hải Vân\nBiểu số 62/CK-NSNN", True),
        ("QUYẾT TOÁN NGÂN SÁCH TỈNH HẢI VÂN NĂM 2018", True),
        ("QUYẾT TOÁN NGÂN SÁCH TỈNH NĂM 2018", False),
        ("UBND TỈNH LAM SƠN\nSO SÁNH VỚI\nUBND TỈNH HẢI VÂN", False),
        ("UBND TỈNH", False),
        ("UBND TỈNH TÂN BIÊN\nBiểu số 62/CK-NSNN", False),  # the place in the sender's domain
    ],
)
def test_whose_paper_it_is(paper: str, others: bool) -> None:
    assert budget_content.is_of_another_place(paper, places(LETTER), "stc.tanbien.gov.test", VI) is others


@pytest.mark.parametrize("text", ["Gửi nhóm số liệu.", "Sau sáp nhập, Sở Tài chính tỉnh Lam Sơn gửi nhóm."])
def test_where_no_place_is_known_any_paper_may_be_the_offices(text: str) -> None:
    assert not budget_content.is_of_another_place("UBND TỈNH HẢI VÂN", places(text), "stc.gov.test", VI)


def test_in_english_no_place_is_told() -> None:
    assert budget_content.own_places(parser.parse(LETTER.encode()), EN) == frozenset()


def places(text: str) -> frozenset[str]:
    return budget_content.own_places(parser.parse(f"From: a@b.test\n\n{text}".encode()), VI)


_PAIR = "1\tThu\t8124827\t9235544\n2\tChi\t8126198\t9236521\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            f"QUYẾT TOÁN NGÂN SÁCH NĂM 2018\nDự toán\tQuyết toán\n{_PAIR}"
            f"CÂN ĐỐI NGÂN SÁCH NĂM 2020\nDự toán năm 2019\tƯớc thực hiện năm 2019\tDự toán năm 2020\n{_PAIR}",
            [("settlement", 2018), ("estimate", 2020)],
        ),
        (f"THU NGÂN SÁCH NĂM 2019\nDự toán năm\tThực hiện\n{_PAIR}", [("execution", 2019)]),
        (f"a.xlsx\nQUYẾT TOÁN NĂM 2018\n{_PAIR}b.docx\nNGHỊ QUYẾT\nVề dự toán ngân sách năm 2020\nThu 9 tỷ năm 2019",
         [("settlement", 2018), ("estimate", 2020)]),
        ("BÁO CÁO\nTình hình thực hiện ngân sách năm 2019\nSo với quyết toán năm 2018 tăng 5%", [("execution", 2019)]),
        (f"Biểu tổng hợp\n{_PAIR}", []),
        ("DỰ TOÁN NGÂN SÁCH NĂM 2020\nDự toán năm 2019\tƯớc thực hiện 2019\n", [("estimate", 2020)]),
        ("Dự toán 2020", [("estimate", 2020)]),
        (
            "CÂN ĐỐI NGÂN SÁCH NĂM 2020\nDự toán năm 2019\tƯớc thực hiện năm 2019\tDự toán năm 2020",
            [("estimate", 2020)],
        ),
    ],
)  # fmt: skip
def test_each_table_of_a_file_is_named_by_its_own_title(text: str, named: list[tuple[str, int]]) -> None:
    assert pairs(budget_content.titles(text, VI), VI) == named
