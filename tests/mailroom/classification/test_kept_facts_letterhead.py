"""The head of an official letter."""

import pytest

from mailroom.classification import kept_facts
from mailroom.mime import parser
from tests.languages import VI


@pytest.mark.parametrize(
    ("text", "filed_as"),
    [
        ("Mã số hồ sơ: 000.00.32.H12-200414-0007. Kết quả", "000.00.32.H12-200414-0007"),
        ("Số tiếp nhận 0512/STC-TCD", "0512/STC-TCD"),
        ("Ticket #55012 has been opened", "55012"),
        ("Xin giữ nguyên mã [YC-abcdefghij] và mã yêu cầu của quý vị.", ""),
        ("Mã số thuế: 0312345678", ""),
    ],
)
def test_the_number_that_an_office_gave_to_our_request_is_kept(text: str, filed_as: str) -> None:
    raw = f"Content-Type: text/plain; charset=utf-8\n\n{text}".encode()
    assert kept_facts.read(parser.parse(raw), VI).filed_as == filed_as
