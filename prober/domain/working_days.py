"""Count working days of state offices: the holidays of a country, corrected by dated rows, in the time zone of a study.

Saturday and Sunday, or what a country has instead, are free. A government may swap days: a Friday or Monday next to a
holiday becomes free and a Saturday is worked for it, which binds the public sector. A weekly mask cannot express that,
so days are looked up one by one. The day on which counting begins is not counted (in Vietnam: Civil Code 2015, articles
147 and 148).
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # a sixth of the time in which a crawl starts, which counts no days
    from holidays import HolidayBase

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Country:
    """Whose holidays are counted: a country and, possibly, its subdivision, as the `holidays` package names them."""

    code: str
    subdivision: str = ""

    def holidays(self, year: int | None = None, language: str | None = None) -> "HolidayBase":
        """Return the holidays, of all years or one. Raises NotImplementedError for a country that is not known."""
        from holidays import country_holidays

        return country_holidays(self.code, subdiv=self.subdivision or None, years=year, language=language)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Days `first` to `last` are computed, but a decision that may change them is expected."""

    first: date
    last: date
    note: str


@dataclass(frozen=True, slots=True)
class Break:
    """Days off in a row around which offices are slow. `holiday` is part of its name in the package, in English."""

    name: str
    holiday: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Tells the date of a moment in `zone`, and which days are worked. `version` names the package and the file."""

    version: str
    zone: ZoneInfo
    country: Country
    extra_off: frozenset[date] = frozenset()
    extra_work: frozenset[date] = frozenset()
    questions: tuple[OpenQuestion, ...] = ()
    breaks: tuple[Break, ...] = ()
    # A cache by year; it never changes the result for a day.
    _national: "HolidayBase" = field(init=False, repr=False, compare=False)
    # Year → number of its working days up to each of its days, so that long spans need not be counted day by day.
    _years: dict[int, list[int]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_national", self.country.holidays())

    def date_of(self, moment: datetime) -> date:
        """Return the date in the calendar's zone at `moment`. Raises ValueError for a datetime without time zone."""
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone")
        return moment.astimezone(self.zone).date()

    def local(self, moment: datetime) -> datetime:
        """Return `moment` in the calendar's zone; one without time zone is a time of day there."""
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(self.zone)

    def at(self, day: date, hour: time = time.min) -> datetime:
        """Return the moment `hour` of `day`, its first one if none is given, in the calendar's zone."""
        return datetime.combine(day, hour, self.zone)

    def is_working_day(self, day: date) -> bool:
        """Return True if state offices work on `day`."""
        first = date(day.year, 1, 1)
        return self._worked_by(day) > (self._worked_by(day - ONE_DAY) if day > first else 0)

    def next_working_day(self, day: date) -> date:
        """Return `day` itself if it is worked, else the first working day after it."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; `day` itself is not counted, worked or not.

        >>> england = Calendar("", ZoneInfo("Europe/London"), Country("GB", "ENG"))
        >>> england.add_working_days(date(2020, 4, 9), 1)  # 10 April is Good Friday, 13 April Easter Monday
        datetime.date(2020, 4, 14)

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

        Both are moments; what counts is their date in the calendar's zone. 0 on the same day, and where `end` lies
        before `start`.

        >>> england = Calendar("", ZoneInfo("Europe/London"), Country("GB", "ENG"))
        >>> friday = datetime(2020, 4, 24, 9, tzinfo=england.zone)
        >>> england.working_days_between(friday, datetime(2020, 4, 27, 8, tzinfo=england.zone))
        1
        >>> england.working_days_between(friday, datetime(2020, 4, 26, 8, tzinfo=england.zone))
        0

        Raises ValueError for a datetime without time zone.
        """
        first, last = self.date_of(start), self.date_of(end)
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

    def breaks_between(self, first: date, last: date) -> tuple[tuple[Break, date, date], ...]:
        """Return the breaks that touch the days `first` to `last`, with first and last free day, weekends included."""
        found = (self._days_of(one, year) for year in range(first.year, last.year + 1) for one in self.breaks)
        return tuple(one for one in found if one and one[1] <= last and first <= one[2])

    def _days_of(self, one: Break, year: int) -> tuple[Break, date, date] | None:
        named = self.country.holidays(year, "en_US" if "en_US" in self._national.supported_languages else None)
        days = [day for day, name in named.items() if one.holiday in name]
        if not days:
            return None
        start, end = min(days), max(days)
        while not self.is_working_day(start - ONE_DAY):
            start -= ONE_DAY
        while not self.is_working_day(end + ONE_DAY):
            end += ONE_DAY
        return one, start, end

    def questions_between(self, first: date, last: date) -> tuple[OpenQuestion, ...]:
        """Return the open questions that touch the days `first` to `last`."""
        return tuple(q for q in self.questions if q.first <= last and first <= q.last)
