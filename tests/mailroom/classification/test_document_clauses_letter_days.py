"""Years and days that a letter names by its own date."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mailroom.classification.document_clauses import names_later_day, with_years
from mailroom.mime import parser
from tests.languages import EN, VI

WRITTEN = datetime(2020, 3, 12, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("Quyết toán năm 18 đây, dự toán 2k20 chưa có.", "Quyết toán năm 2018 đây, dự toán 2020 chưa có."),
        ("Năm mười tám xin bên kia.", "Năm 2018 xin bên kia."),
        ("năm hai nghìn không trăm mười chín", "năm 2019"),
        ("Năm hai mươi thì đợi", "Năm 2020 thì đợi"),
        ("Số thực hiện của năm ngoái", "Số thực hiện của năm 2019"),
        ("quyết toán năm kia", "quyết toán năm 2018"),
        ("Dự toán năm nay HĐND mới giao", "Dự toán năm 2020 HĐND mới giao"),
        ("Năm ngoái thì đây", "Năm 2019 thì đây"),
        # Other numbers, and years that are no document's.
        ("mất năm 20 ngày công", "mất năm 20 ngày công"),
        ("Năm nay đơn vị bận", "Năm nay đơn vị bận"),
        ("các báo cáo năm trước đó", "các báo cáo năm trước đó"),
        ("năm hai mươi lăm hộ", "năm hai mươi lăm hộ"),
    ],
)
def test_years_get_their_number(told: str, read: str) -> None:
    assert with_years(letter(told, WRITTEN), VI).text == read


def test_without_a_date_or_words_nothing_changes() -> None:
    assert with_years(letter("Số thực hiện của năm ngoái", None), VI).text == "Số thực hiện của năm ngoái"
    assert with_years(letter("this year's accounts", WRITTEN), EN).text == "this year's accounts"


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("chuyển trước 17h ngày 20/3/2020", True),
        ("đến 16/3 em mở máy", True),
        ("thư ngày 02/3/2020", False),
        ("đúng ngày 12/3/2020", False),
        ("có hiệu lực từ 1/1/2022", False),  # dates something else
        ("từ 1.4 đến 2.5", False),  # amounts
        ("số 45/12/2020/NQ", False),
        ("ngày 31/4", False),  # no day
    ],
)
def test_later_days(text: str, later: bool) -> None:
    assert names_later_day(text, date(2020, 3, 12)) is later


def letter(text: str, written: datetime | None) -> parser.Reply:
    return replace(parser.parse(b"From: a@b.test\n\nx"), text=text, date=written)
