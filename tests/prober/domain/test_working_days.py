"""Working days around Tết, swapped days, holidays and month ends. Dates are those of the yearly notices."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.domain.working_days import Calendar, Country
from tests.pobi import HANOI, vietnam

DAYS = {
    # day: worked?
    "2020-04-02": False,  # Hùng Kings
    "2020-04-29": True,
    "2020-04-30": False,
    "2020-05-01": False,
    "2020-05-04": True,
    "2018-12-31": False,  # swapped for
    "2019-01-05": True,  # this Saturday
    "2019-04-29": False,
    "2019-05-04": True,
    "2020-01-22": True,
    "2020-01-23": False,  # Tết, 23 to 29 January
    "2020-01-29": False,
    "2020-01-30": True,
    "2021-02-10": False,
    "2021-02-16": False,
    "2021-02-17": True,
    "2025-05-02": False,  # swapped for
    "2025-04-26": True,  # this Saturday
    "2026-01-02": False,  # known to the override file only
    "2026-01-10": True,
    "2026-01-09": True,
    "2026-08-31": False,
    "2026-08-22": True,
    "2026-11-23": True,  # proposed off, not decided as far as is known here
    "2026-11-24": False,  # Vietnam Culture Day, first in 2026
    "2025-11-24": True,
    "2026-11-28": False,
}


@pytest.mark.parametrize("day", DAYS)
def test_a_day(day: str) -> None:
    assert vietnam().is_working_day(date.fromisoformat(day)) == DAYS[day]


ADDED = {
    # (day, working days): last day
    ("2020-04-29", 1): "2020-05-04",
    ("2020-04-13", 10): "2020-04-27",
    ("2020-04-13", 30): "2020-05-27",
    ("2020-01-22", 1): "2020-01-30",
    ("2018-12-28", 4): "2019-01-05",  # 31 December and New Year are free; 2, 3, 4 January and the worked Saturday
    ("2025-12-31", 3): "2026-01-07",  # the package alone says 6 January
    ("2026-01-08", 2): "2026-01-10",  # a Saturday
    ("2026-11-23", 1): "2026-11-25",
    ("2024-02-29", 1): "2024-03-01",
    ("2020-04-25", 0): "2020-04-25",
}


@pytest.mark.parametrize(("start", "count"), ADDED)
def test_add(start: str, count: int) -> None:
    assert vietnam().add_working_days(date.fromisoformat(start), count).isoformat() == ADDED[start, count]


BETWEEN = {
    ("2020-04-13T08:31:00+07:00", "2020-04-13T16:00:00+07:00"): 0,
    ("2020-04-13T08:31:00+07:00", "2020-04-14T00:00:00+07:00"): 1,
    ("2020-04-29T09:00:00+07:00", "2020-05-04T09:00:00+07:00"): 1,
    ("2020-04-29T09:00:00+07:00", "2020-05-03T09:00:00+07:00"): 0,
    ("2020-04-24T09:00:00+07:00", "2020-05-05T09:00:00+07:00"): 5,
    ("2020-04-14T09:00:00+07:00", "2020-04-13T09:00:00+07:00"): 0,
    ("2020-04-13T18:00:00+00:00", "2020-04-14T20:00:00+00:00"): 1,  # 14 April 01:00 to 15 April 03:00 in Hanoi
    ("2020-04-13T16:59:59+00:00", "2020-04-13T17:00:00+00:00"): 1,  # the two sides of midnight in Hanoi
}


@pytest.mark.parametrize(("start", "end"), BETWEEN)
def test_between(start: str, end: str) -> None:
    found = vietnam().working_days_between(datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert found == BETWEEN[start, end]


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        vietnam().working_days_between(datetime(2020, 4, 13), datetime(2020, 4, 14, tzinfo=HANOI))
    with pytest.raises(ValueError, match="forward"):
        vietnam().add_working_days(date(2020, 4, 13), -1)


@given(st.dates(date(2019, 1, 1), date(2027, 12, 31)), st.integers(0, 40))
def test_adding_and_counting_agree(day: date, count: int) -> None:
    """The n-th working day after a day lies n working days after it, and it is a working day."""
    end = vietnam().add_working_days(day, count)
    start = datetime(day.year, day.month, day.day, 12, tzinfo=HANOI)
    finish = datetime(end.year, end.month, end.day, 12, tzinfo=HANOI)
    assert vietnam().working_days_between(start, finish) == count
    assert count == 0 or vietnam().is_working_day(end)


@given(st.datetimes(datetime(2019, 1, 1), datetime(2027, 1, 1)), st.integers(0, 60 * 24 * 40))
def test_the_zone_of_the_argument_does_not_matter(moment: datetime, minutes: int) -> None:
    start = moment.replace(tzinfo=HANOI)
    end = start + timedelta(minutes=minutes)
    elsewhere = timezone(timedelta(hours=-5))
    assert vietnam().working_days_between(start, end) == vietnam().working_days_between(
        start.astimezone(elsewhere), end.astimezone(ZoneInfo("UTC"))
    )


ENGLAND = Calendar("", ZoneInfo("Europe/London"), Country("GB", "ENG"))
# day → worked?, by the bank holidays that the government lists
ENGLISH = {
    "2020-04-10": False,  # Good Friday
    "2020-04-13": False,  # Easter Monday
    "2020-05-04": True,
    "2020-05-08": False,  # moved from the Monday for VE day
    "2020-08-31": False,  # summer
    "2022-06-02": False,  # moved spring
    "2022-06-03": False,  # jubilee
    "2022-09-19": False,  # the Queen's funeral
    "2023-05-08": False,  # coronation
    "2022-12-27": False,  # in place of Christmas Day, a Sunday
}


@pytest.mark.parametrize("day", ENGLISH)
def test_a_day_in_england(day: str) -> None:
    assert ENGLAND.is_working_day(date.fromisoformat(day)) == ENGLISH[day]


def test_a_date_is_that_of_the_zone_also_in_summer_time() -> None:
    """29 March 2020 has 23 hours in London; at 23:30 UTC it is 30 March there."""
    assert ENGLAND.date_of(datetime.fromisoformat("2020-03-28T23:30:00+00:00")) == date(2020, 3, 28)
    assert ENGLAND.date_of(datetime.fromisoformat("2020-03-29T23:30:00+00:00")) == date(2020, 3, 30)
    assert ENGLAND.at(date(2020, 3, 30)).isoformat() == "2020-03-30T00:00:00+01:00"
    assert ENGLAND.local(datetime(2020, 7, 1, 9)).isoformat() == "2020-07-01T09:00:00+01:00"


@given(st.dates(date(2018, 12, 1), date(2027, 12, 31)), st.integers(-5, 900))
def test_counting_over_years_is_counting_days(day: date, days: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=HANOI)
    one_by_one = sum(vietnam().is_working_day(day + timedelta(days=n)) for n in range(1, days + 1))
    assert vietnam().working_days_between(start, start + timedelta(days=days)) == one_by_one


def test_what_was_asked_before_does_not_change_a_day() -> None:
    first, other = (Calendar("", HANOI, Country("VN")) for _ in range(2))
    worked = first.is_working_day(date(2019, 1, 5))
    for year in range(2030, 2010, -1):
        other.is_working_day(date(year, 6, 1))
    assert other.is_working_day(date(2019, 1, 5)) == worked


# (first, last) → the free days of each Tết that touches them. 2020 to 2026 as the yearly notices had them.
TET = {
    ("2020-01-23", "2020-01-23"): [("2020-01-23", "2020-01-29")],
    ("2020-01-29", "2020-02-28"): [("2020-01-23", "2020-01-29")],
    ("2020-01-30", "2021-02-09"): [],
    ("2019-01-02", "2019-02-02"): [("2019-02-02", "2019-02-10")],  # from a Saturday to a Sunday
    ("2021-01-04", "2021-02-10"): [("2021-02-10", "2021-02-16")],
    ("2025-12-31", "2027-02-04"): [("2026-02-14", "2026-02-22"), ("2027-02-04", "2027-02-10")],
}


@pytest.mark.parametrize(("first", "last"), TET)
def test_tet_in_the_days(first: str, last: str) -> None:
    found = vietnam().breaks_between(date.fromisoformat(first), date.fromisoformat(last))
    assert [(start.isoformat(), end.isoformat()) for _, start, end in found] == TET[first, last]


def test_open_questions_are_found_by_day() -> None:
    (question,) = vietnam().questions_between(date(2026, 11, 30), date(2026, 12, 5))
    assert "23 November 2026" in question.note
    assert vietnam().questions_between(date(2020, 4, 1), date(2020, 6, 30)) == ()
