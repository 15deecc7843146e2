"""What a file is judged to be, by its name and first words."""

import pytest

from mailroom.classification.budget_content import Sort, sort_out
from mailroom.classification.phrase_table import table
from prober.domain.correspondence import Attachment
from tests.languages import VIETNAMESE

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
    assert sort_out(file(name, f"{head}\n{_ROWS}"), table(VIETNAMESE)).sort == sort
