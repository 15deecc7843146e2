"""Write numbers, dates and times as a Vietnamese or an English reader writes them.

Times are stored in the time zone of the study and shown as stored.
"""

from datetime import date, datetime

from prober.reporting.words import written_numbers as written

_HOURS = {"vi": ("giờ", "giờ"), "en": ("hour", "hours")}


def share(value: float, language: str) -> str:
    """Return a share as per cent with one decimal.

    >>> share(8 / 63, "en"), share(1.0, "en"), share(61 / 63, "vi")
    ('12.7', '100.0', '96,8')
    """
    return written.number(100 * value, language, 1)


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
    return written.number(value, language, 1).removesuffix(",0" if language == "vi" else ".0")


def number(value: float, language: str) -> str:
    """Return a count with its thousands apart.

    >>> number(1234567, "vi"), number(1234567, "en")
    ('1.234.567', '1,234,567')
    """
    return written.number(value, language)


def hours(value: float | None, language: str, long: bool = False) -> str:
    """Return hours with one decimal; `long` adds the days where they are many. None is "".

    >>> hours(None, "vi"), hours(26.54, "vi"), hours(606.75, "en", long=True), hours(606.75, "vi")
    ('', '26,5 giờ', '606.8 hours (25 days)', '606,8 giờ')
    """
    if value is None:
        return ""
    text = f"{written.number(value, language, 1)} {_HOURS[language][1]}"
    days = {"vi": "ngày", "en": "days"}[language]
    return f"{text} ({value / 24:.0f} {days})" if long and value >= 72 else text


def whole_hours(value: float, language: str) -> str:
    """Return hours without decimals, as short as the language has them.

    >>> whole_hours(26.54, "vi"), whole_hours(1070.2, "en")
    ('27 giờ', '1,070 h')
    """
    return f"{written.number(value, language)} {'giờ' if language == 'vi' else 'h'}"


def day(value: str | None, language: str) -> str:
    """Return an ISO date, or the date of an ISO time, in words of one language; a text that is none, unchanged.

    >>> day("2020-04-15", "vi"), day("2020-04-15T08:30:00+07:00", "en"), day("soon", "en")
    ('15/4/2020', '15 April 2020', 'soon')
    """
    try:
        found = date.fromisoformat((value or "")[:10])
    except ValueError:
        return value or ""
    return written.day(found.isoformat(), language)


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
