"""How long a server is left alone that refuses for the time being, and how its pace comes back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.download.back_off import PATIENCE, SHORTEST, Pace, retry_after

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "3600"}, 120.0),
        ({"retry-after": "9" * 400}, 120.0),
        ({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 27 Nov 2026 11:00:30 GMT"}, 0.0),
        ({"retry-after": "Fri, 27 Nov 2026 13:00:20 GMT", "date": "Fri, 27 Nov 2026 13:00:00 GMT"}, 20.0),
        ({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT", "date": "gestern"}, 30.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "1.5"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW, 120.0) == seconds


@given(st.text(), st.text())
def test_any_header_asks_for_no_more_than_is_granted(value: str, date: str) -> None:
    assert 0.0 <= retry_after({"retry-after": value, "date": date}, NOW, 60.0) <= 60.0


def test_a_refusal_doubles_the_delay_and_answers_halve_it_slowly() -> None:
    pace = Pace(2.0)
    for expected in (4.0, 8.0, 10.0, 10.0):
        pace.refused(longest=10.0)
        assert pace.delay == expected
    pace = Pace(2.0)
    pace.refused(30.0)
    delays = []
    for _ in range(PATIENCE):
        pace.answered(2.0)
        delays.append(pace.delay)
    assert delays == [4.0] * (PATIENCE - 1) + [2.0]
    pace.refused(30.0)  # it was too fast again: patience lasts twice as long
    for _ in range(2 * PATIENCE - 1):
        pace.answered(2.0)
    assert pace.delay == 4.0
    pace.answered(2.0)
    assert pace.delay == 2.0


def test_no_delay_at_all_is_doubled_too_and_a_long_crawl_delay_is_not_shortened() -> None:
    pace = Pace(0.0)
    pace.refused(30.0)
    assert pace.delay == 2 * SHORTEST
    pace = Pace(40.0)
    pace.refused(30.0)
    assert pace.delay == 40.0
