"""A calendar.toml: one line is another country, and every fault is told at once."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from prober.domain.working_days import Calendar
from prober.studies.calendar_file import read
from tests.pobi import POBI

LONDON = ZoneInfo("Europe/London")


def calendar(text: str) -> Calendar:
    found, faults = read(text, LONDON)
    assert found and not faults
    return found


def test_one_line_is_another_country() -> None:
    england, vietnam = (calendar(f'country = "{code}"') for code in ("GB", "VN"))
    day = date(2020, 4, 30)  # reunification day
    assert (england.is_working_day(day), vietnam.is_working_day(day)) == (True, False)


def test_a_subdivision_has_days_of_its_own() -> None:
    england, scotland = (calendar(f'country = "GB"\nsubdivision = "{part}"') for part in ("ENG", "SCT"))
    monday = date(2020, 8, 3)  # summer in Scotland
    assert (england.is_working_day(monday), scotland.is_working_day(monday)) == (True, False)


def test_extra_days_and_swaps_go_before_the_package() -> None:
    found = calendar(
        'country = "GB"\nextra_off = [2020-06-01]\nextra_work = [2020-04-13]\n'
        '[[swap]]\nsource = "x"\noff = [2020-06-02]\nworked = [2020-06-06]\n'
    )
    days = [date(2020, 6, 1), date(2020, 4, 13), date(2020, 6, 2), date(2020, 6, 6)]
    assert [found.is_working_day(day) for day in days] == [False, True, False, True]


def test_the_version_names_package_country_and_text() -> None:
    one, other = calendar('country = "GB"'), calendar('country = "GB"  # the same')
    assert one.version.startswith("holidays-0.") and "+GB-" in one.version
    assert one.version != other.version
    assert "+VN-" in POBI.calendar.version


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("country = ", ["not valid TOML"]),
        ("", ["missing key country"]),
        ('country = "GBR1"', ["the `holidays` package has no 'GBR1'; near it: GBR"]),
        ('country = "GB"\nsubdivision = "XX"', ["GB has no 'XX' in the `holidays` package; it has ENG, NIR"]),
        ('country = "GB"\n[[swap]]\noff = ["x"]\nholidays = 1\n', ["off", "unknown key", "missing key"]),
        (
            'country = "XX"\nextra_off = [2020-01-03]\nextra_work = [2020-01-03]\n'
            '[[open]]\nfirst = 2020-02-01\nlast = 2020-01-01\nnote = "x"\n',
            ["no 'XX'", "both off and worked: 2020-01-03", "ends before it begins"],
        ),
    ],
)
def test_every_fault_is_told(text: str, faults: list[str]) -> None:
    found, told = read(text, LONDON)
    assert found is None
    assert len(told) == len(faults)
    assert all(any(fault in line for line in told) for fault in faults), told
