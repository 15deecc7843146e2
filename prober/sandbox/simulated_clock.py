"""Keep the world's time: it begins on Monday 13 April 2020, 08:00 in Hà Nội, and moves only on request."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from email.utils import format_datetime

OFFICES = timezone(timedelta(hours=7))  # the time of the simulated offices
START = datetime(2020, 4, 13, 8, 0, tzinfo=OFFICES)
_OPENS, _CLOSES = time(7, 30), time(17, 0)
# Public holidays that fall on weekdays, in the simulated year (Labour Code 2012, article 115): Hùng Kings' day (2
# April), reunification and labour day, national day. A separate table on purpose: the world must not share the calendar
# whose arithmetic it tests. Offices of other years keep the fixed-date holidays only.
_HOLIDAYS_2020 = frozenset(
    {date(2020, 1, 1), *(date(2020, 1, day) for day in range(23, 30)), date(2020, 4, 2)}
    | {date(2020, 4, 30), date(2020, 5, 1), date(2020, 9, 2)}
)
_EVERY_YEAR = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})


def parse_moment(text: str) -> datetime:
    """Return an aware moment from ISO text, in Hà Nội time, whole seconds. Raises ValueError if it has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return moment.astimezone(OFFICES).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class OfficeTime:
    """When the offices of a country work: Monday to Friday, but for the days of `holidays`, and `yearly` ones."""

    zone: tzinfo
    holidays: frozenset[date]
    yearly: frozenset[tuple[int, int]]  # month, day

    def is_office_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays and (day.month, day.day) not in self.yearly

    def after_office_days(self, moment: datetime, days: int, at: time) -> datetime:
        """Return `at` o'clock on the `days`-th office day after the day of `moment`, which is not counted itself.

        >>> VIETNAM.after_office_days(datetime(2020, 4, 29, 9, 0, tzinfo=OFFICES), 1, time(9, 15)).isoformat()
        '2020-05-04T09:15:00+07:00'
        """
        if not _OPENS <= at <= _CLOSES:
            raise ValueError(f"offices are closed at {at}")
        day = moment.astimezone(self.zone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.is_office_day(day)
        return datetime.combine(day, at, tzinfo=self.zone)


VIETNAM = OfficeTime(OFFICES, _HOLIDAYS_2020, _EVERY_YEAR)


def header_date(moment: datetime) -> str:
    """Return a time as a Date header (RFC 5322), with its own offset."""
    return format_datetime(moment)
