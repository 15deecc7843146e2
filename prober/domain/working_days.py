"""Count working days of Vietnamese state offices, by the `holidays` package corrected by a dated override file.

Saturday and Sunday are free, except that the Government swaps days: a Friday or Monday next to a holiday becomes free
and a Saturday is worked for it, which binds the public sector. A weekly mask cannot express that, so days are looked up
one by one. Counting follows the Civil Code 2015, articles 147 and 148: the first day is not counted.
"""

import hashlib
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib import metadata, resources
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

# Not imported from prober.clock: pure modules may know where a day begins, not what time it is.
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
ONE_DAY = timedelta(days=1)
# Whose holidays are counted: a country code of the `holidays` package. Swapped days are in calendar_overrides.toml.
_COUNTRY = "VN"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Days `first` to `last` are computed, but a decision that may change them is expected."""

    first: date
    last: date
    note: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Tells which days are worked. `version` names the package and the override file that it comes from."""

    version: str
    extra_off: frozenset[date]
    extra_work: frozenset[date]
    questions: tuple[OpenQuestion, ...] = ()
    # A cache by year; it never changes the result for a day.
    _national: HolidayBase = field(default_factory=lambda: country_holidays(_COUNTRY), repr=False, compare=False)
    # Year → number of its working days up to each of its days, so that long spans need not be counted day by day.
    _years: dict[int, list[int]] = field(default_factory=dict, repr=False, compare=False)

    def is_working_day(self, day: date) -> bool:
        """Return True if state offices work on `day`, a date in Hanoi."""
        first = date(day.year, 1, 1)
        return self._worked_by(day) > (self._worked_by(day - ONE_DAY) if day > first else 0)

    def next_working_day(self, day: date) -> date:
        """Return `day` itself if it is worked, else the first working day after it (Civil Code, article 148.5)."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; `day` itself is not counted, worked or not.

        >>> vietnam().add_working_days(date(2020, 4, 29), 1)  # 30 April and 1 May are holidays, then a weekend
        datetime.date(2020, 5, 4)

        Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError(f"working days are counted forward, not {count}")
        if not count:
            return day
        number, year = self._worked_by(day) + count, day.year
        while number > (worked := self._worked_by(date(year, 12, 31))):
            number, year = number - worked, year + 1
        return date(year, 1, 1) + bisect_left(self._years[year], number) * ONE_DAY

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Return the working days from `start` to `end`, without the day of `start`, with the day of `end` if worked.

        Both are moments; what counts is their date in Hanoi. 0 on the same day, and where `end` lies before `start`.

        >>> friday = datetime(2020, 4, 24, 9, tzinfo=HANOI)
        >>> vietnam().working_days_between(friday, datetime(2020, 4, 27, 8, tzinfo=HANOI))
        1
        >>> vietnam().working_days_between(friday, datetime(2020, 4, 26, 8, tzinfo=HANOI))
        0

        Raises ValueError for a datetime without time zone.
        """
        first, last = hanoi_date(start), hanoi_date(end)
        if last <= first:
            return 0
        whole = sum(self._worked_by(date(year, 12, 31)) for year in range(first.year, last.year))
        return whole + self._worked_by(last) - self._worked_by(first)

    def _worked_by(self, day: date) -> int:
        """Return the working days of its year up to `day`, which is counted if worked."""
        first = date(day.year, 1, 1)
        if day.year not in self._years:
            days = (date(day.year, 12, 31) - first).days + 1
            self._years[day.year] = list(accumulate(self._is_worked(first + n * ONE_DAY) for n in range(days)))
        return self._years[day.year][(day - first).days]

    def _is_worked(self, day: date) -> bool:
        if day in self.extra_work:
            return True
        return day not in self.extra_off and bool(self._national.is_working_day(day))

    def tet_between(self, first: date, last: date) -> tuple[tuple[date, date], ...]:
        """Return the Tết breaks that touch the days `first` to `last`, as first and last free day, weekends included.

        >>> vietnam().tet_between(date(2026, 2, 13), date(2026, 2, 14))
        ((datetime.date(2026, 2, 14), datetime.date(2026, 2, 22)),)
        """
        breaks = (self._tet_of(year) for year in range(first.year, last.year + 1))
        return tuple((start, end) for start, end in breaks if start <= last and first <= end)

    def _tet_of(self, year: int) -> tuple[date, date]:
        named = country_holidays(_COUNTRY, years=year, language="en_US")
        days = [day for day, name in named.items() if "Lunar New Year" in name]
        start, end = min(days), max(days)
        while not self.is_working_day(start - ONE_DAY):
            start -= ONE_DAY
        while not self.is_working_day(end + ONE_DAY):
            end += ONE_DAY
        return start, end

    def questions_between(self, first: date, last: date) -> tuple[OpenQuestion, ...]:
        """Return the open questions that touch the days `first` to `last`."""
        return tuple(q for q in self.questions if q.first <= last and first <= q.last)


def hanoi_date(moment: datetime) -> date:
    """Return the date in Hanoi at `moment`. Raises ValueError for a datetime without time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(HANOI).date()


@cache
def vietnam() -> Calendar:
    """Return the calendar of Vietnamese state offices, as this installation knows it."""
    text = (resources.files("prober.domain.registry") / "calendar_overrides.toml").read_text(encoding="utf-8")
    return from_overrides(text)


def from_overrides(text: str) -> Calendar:
    """Return a Calendar from the text of an override file. Raises ValueError for a day that is both off and worked."""
    table: Mapping[str, Any] = tomllib.loads(text)
    swaps = table.get("swap", [])
    off = frozenset(day for swap in swaps for day in swap.get("off", []))
    worked = frozenset(day for swap in swaps for day in swap.get("worked", []))
    if both := off & worked:
        raise ValueError(f"both off and worked: {', '.join(day.isoformat() for day in sorted(both))}")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Calendar(
        version=f"holidays-{metadata.version('holidays')}+overrides-{digest}",
        extra_off=off,
        extra_work=worked,
        questions=tuple(OpenQuestion(q["first"], q["last"], q["note"]) for q in table.get("open", [])),
    )
