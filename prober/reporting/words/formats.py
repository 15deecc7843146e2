"""Write numbers, dates, times and countries as a Vietnamese or an English reader writes them.

96,8 % and 15/4/2020, or 96.8 % and 15 April 2020. Times are stored in the time zone of the study and shown as stored.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

_HOURS = {"vi": "giờ", "en": "hours"}
_DAYS = {"vi": "d/M/y", "en": "d MMMM y"}


@lru_cache(4096)  # pages print the same few numbers many times
def number(value: float, language: str, decimals: int = 0) -> str:
    """Return a number with that many decimals, rounded as every page rounds it, and with its thousands apart.

    >>> number(1234567, "vi"), number(1070.16, "en", 1), number(-3, "vi")
    ('1.234.567', '1,070.2', '-3')
    """
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return format_decimal(Decimal(f"{value:.{decimals}f}"), pattern, locale=language)


def share(value: float, language: str) -> str:
    """Return a share as per cent with one decimal, without the sign.

    >>> share(8 / 63, "en"), share(1.0, "en"), share(61 / 63, "vi")
    ('12.7', '100.0', '96,8')
    """
    return number(100 * value, language, 1)


def percent(value: float, language: str) -> str:
    """Return a share as per cent with one decimal and the sign.

    >>> percent(61 / 63, "vi"), percent(1.0, "en")
    ('96,8\\xa0%', '100.0\\xa0%')
    """
    return f"{share(value, language)}\xa0%"


def points(value: float, language: str) -> str:
    """Return a difference of shares in percentage points, with its sign.

    >>> points(-0.0159, "en"), points(-0.0001, "en"), points(0.3, "vi")
    ('−1.6', '0.0', '+30,0')
    """
    text = f"{100 * value:+.1f}"
    text = "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if language == "vi" else text


def decimal(value: float, language: str) -> str:
    """Return a number with one decimal, and none where it is whole.

    >>> decimal(30, "en"), decimal(1070.1611, "vi"), decimal(1070.1611, "en")
    ('30', '1.070,2', '1,070.2')
    """
    return number(value, language, 1).removesuffix(",0" if language == "vi" else ".0")


def hours(value: float | None, language: str, long: bool = False) -> str:
    """Return hours with one decimal; `long` adds the days where they are many. None is "".

    >>> hours(None, "vi"), hours(26.54, "vi"), hours(606.75, "en", long=True), hours(606.75, "vi")
    ('', '26,5 giờ', '606.8 hours (25 days)', '606,8 giờ')
    """
    if value is None:
        return ""
    text = f"{number(value, language, 1)} {_HOURS[language]}"
    days = {"vi": "ngày", "en": "days"}[language]
    return f"{text} ({value / 24:.0f} {days})" if long and value >= 72 else text


def whole_hours(value: float, language: str) -> str:
    """Return hours without decimals, as short as the language has them.

    >>> whole_hours(26.54, "vi"), whole_hours(1070.2, "en")
    ('27 giờ', '1,070 h')
    """
    return f"{number(value, language)} {'giờ' if language == 'vi' else 'h'}"


def day(value: str | None, language: str) -> str:
    """Return an ISO date, or the date of an ISO time, in words of one language; a text that is none, unchanged.

    >>> day("2020-04-15", "vi"), day("2020-04-15T08:30:00+07:00", "en"), day("soon", "en"), day(None, "en")
    ('15/4/2020', '15 April 2020', 'soon', '')
    """
    try:
        return format_date(date.fromisoformat((value or "")[:10]), _DAYS[language], locale=language)
    except ValueError:
        return value or ""


def moment(value: str | None, language: str) -> str:
    """Return an ISO time as date and minute; a text that is no time, unchanged.

    >>> moment("2020-04-14T08:30:00+07:00", "en"), moment("2020-04-14T08:30:00+07:00", "vi")
    ('14 April 2020 08:30', '14/4/2020 08:30')
    """
    try:
        found = datetime.fromisoformat(value or "")
    except ValueError:
        return value or ""
    return f"{day(found.date().isoformat(), language)} {found:%H:%M}"


def country(code: str, language: str) -> str:
    """Return the name of a country; its code where there is no name.

    >>> country("VN", "vi"), country("CA", "en"), country("XX", "en")
    ('Việt Nam', 'Canada', 'XX')
    """
    return str(Locale.parse(language).territories.get(code, code))
