"""Numbers and dates in each language: what no other page of the suite shows."""

import pytest

from prober.reporting.words import formats


@pytest.mark.parametrize(
    ("write", "value", "vietnamese", "english"),
    [
        (formats.share, 0.0, "0,0", "0.0"),
        (formats.share, 0.9999, "100,0", "100.0"),
        (formats.points, -0.123, "−12,3", "−12.3"),
        (formats.points, 0.0004, "0,0", "0.0"),
        (formats.decimal, 30, "30", "30"),
        (formats.decimal, 12345.67, "12.345,7", "12,345.7"),
        (formats.number, 0, "0", "0"),
        (formats.hours, 0.04, "0,0 giờ", "0.0 hours"),
        (formats.hours, None, "", ""),
        (formats.moment, "2020-12-31T23:59:59+07:00", "31/12/2020 23:59", "31 December 2020 23:59"),
        (formats.moment, "<b>", "<b>", "<b>"),
        (formats.day, None, "", ""),
        (formats.day, "soon", "soon", "soon"),
        (formats.day, "2020-12-31T23:59:59+07:00", "31/12/2020", "31 December 2020"),
        (formats.percent, 8 / 63, "12,7\xa0%", "12.7\xa0%"),
    ],
)
def test_each_language_has_its_own_form(write: object, value: object, vietnamese: str, english: str) -> None:
    assert callable(write)
    assert (write(value, "vi"), write(value, "en")) == (vietnamese, english)
