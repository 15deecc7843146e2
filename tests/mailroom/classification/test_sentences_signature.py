"""Signatures of letters: what stands in them is said in every letter of an office."""

import pytest

from mailroom.classification.sentences import is_only_signed, signature_lines
from prober.studies.packs import words
from prober.text.words import Vocabulary

WORDS = words(Vocabulary(("vi",)))

SIGNED = "Trần Thị Bình\nPhó Chánh Văn phòng Sở Tài chính\nCông khai dự toán 2020: http://stc.x.gov.test/ck2020"


@pytest.mark.parametrize(("text", "found"), [
    (f"Đã nhận. Cảm ơn.\n\n{SIGNED}", SIGNED),
    (f"-- \n181 đường Số 2 | ĐT 0256\n{SIGNED}", f"-- \n181 đường Số 2 | ĐT 0256\n{SIGNED}"),
    ("Đã vào sổ.\n\nLê Văn Tám\nVăn thư\nWebsite: http://stc.x.gov.test | Công khai: http://stc.x.gov.test/ck",
     "Lê Văn Tám\nVăn thư\nWebsite: http://stc.x.gov.test | Công khai: http://stc.x.gov.test/ck"),
    ("Sở gửi dự toán 2020: http://stc.x.gov.test/ck2020", ""),
    (f"{SIGNED}\nQuyết toán 2018: http://stc.x.gov.test/ck2018", ""),  # nothing else was written
    ("Sở gửi nhóm:\nDự toán 2020: http://stc.x.gov.test/ck2020\nTrân trọng.\nTrần Thị Bình", "Trần Thị Bình"),
])  # fmt: skip
def test_the_lines_of_a_signature(text: str, found: str) -> None:
    assert signature_lines(text, WORDS) == found


@pytest.mark.parametrize(("text", "all_of_it"), [
    ("Trần Thị Bình\nĐiện thoại 0256 000 111", True),
    ("-- \nbình", True),
    ("Trần Thị Bình", False),
    ("Đã nhận.\nĐiện thoại 0256 000 111", False),
])  # fmt: skip
def test_a_letter_that_is_nothing_else(text: str, all_of_it: bool) -> None:
    assert is_only_signed(text, WORDS) is all_of_it
