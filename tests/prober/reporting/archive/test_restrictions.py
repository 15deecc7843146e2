"""Numbers of mobile telephones are those of the countries of the language packs; offices have landlines."""

import pytest

from prober.reporting.archive.restrictions import mobile


@pytest.mark.parametrize(
    ("text", "of_a_person"),
    [
        ("Phòng một cửa: 0912 345 678", True),
        ("+84 912 345 678", True),
        ("Call the clerk on 07700 900123", True),
        ("Mobile: +44 (0)7700 900 123", True),
        ("Ring 087 123 4567", True),
        ("+353 86 123 4567", True),
        ("Switchboard 01632 960001", False),
        ("Văn phòng: 0290 3831 234", False),
        ("Reference 2026.07700 and 4.208.500.000 đồng", False),
    ],
)
def test_mobile_numbers(text: str, of_a_person: bool) -> None:
    assert bool(mobile().search(text)) is of_a_person
