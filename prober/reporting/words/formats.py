"""Write numbers, dates and times as a Vietnamese or an English reader writes them, or in a form for both (BOTH).

Times are stored in the time zone of the study and shown as stored.
"""

from datetime import date, datetime

from prober.reporting.words import written_numbers as written

BOTH = "both"
_HOURS = {"vi": ("giờ", "giờ"), "en": ("hour", "hours")}


def share(value: float, language: str = BOTH) -> str:
    """Return a share as per cent with one decimal.

    >>> share(8 / 63), share(1.0), share(61 / 63, "vi")
    ('12.7', '100.0', '96,8')
    """
    return f"{100 * value:.1f}" if language == BOTH else written.number(100 * value, language, 1)


def points(value: float, language: str = BOTH) -> str:
    """Return a difference of shares in percentage points, with its sign.

    >>> points(-0.0159), points(-0.0001), points(0.3, "vi")
    ('−1.6', '0.0', '+30,0')
    """
    text = f"{100 * value:+.1f}"
    text = "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if language == "vi" else text


def decimal(value: float, language: str = BOTH) -> str:
    """Return a number with one decimal, and none where it is whole.

    >>> decimal(1070.1611), decimal(30), decimal(1070.1611, "vi"), decimal(1070.1611, "en")
    ('1070.2', '30', '1.070,2', '1,070.2')
    """
    if language == BOTH:
        return f"{value:.1f}".removesuffix(".0")
    return written.number(value, language, 1).removesuffix(",0" if language == "vi" else ".0")


def number(value: float, language: str = BOTH) -> str:
    """Return a count with its thousands apart: by thin spaces for both.

    >>> number(1234567), number(1234567, "vi"), number(1234567, "en")
    ('1\\u202f234\\u202f567', '1.234.567', '1,234,567')
    """
    if language == BOTH:
        return f"{value:,.0f}".replace(",", "\u202f")
    return written.number(value, language)


def hours(value: float | None, language: str = BOTH, long: bool = False) -> str:
    """Return hours with one decimal; `long` adds the days where they are many. None is "".

    >>> hours(26.54), hours(None), hours(26.54, "vi"), hours(606.75, "en", long=True), hours(606.75, "vi")
    ('26.5 h', '', '26,5 giờ', '606.8 hours (25 days)', '606,8 giờ')
    """
    if value is None:
        return ""
    if language == BOTH:
        return f"{value:.1f} h"
    text = f"{written.number(value, language, 1)} {_HOURS[language][1]}"
    days = {"vi": "ngày", "en": "days"}[language]
    return f"{text} ({value / 24:.0f} {days})" if long and value >= 72 else text


def whole_hours(value: float, language: str) -> str:
    """Return hours without decimals, as short as the language has them.

    >>> whole_hours(26.54, "vi"), whole_hours(1070.2, "en")
    ('27 giờ', '1,070 h')
    """
    return f"{written.number(value, language)} {'giờ' if language == 'vi' else 'h'}"


def day(value: str | None, language: str = "vi") -> str:
    """Return an ISO date, or the date of an ISO time, in words of one language; a text that is none, unchanged.

    >>> day("2020-04-15"), day("2020-04-15T08:30:00+07:00", "en"), day("soon"), day("2020-04-15", "both")
    ('15/4/2020', '15 April 2020', 'soon', '2020-04-15')
    """
    try:
        found = date.fromisoformat((value or "")[:10])
    except ValueError:
        return value or ""
    return found.isoformat() if language == BOTH else written.day(found.isoformat(), language)


def moment(value: str | None, language: str = BOTH) -> str:
    """Return an ISO time as date and minute; a text that is no time, unchanged.

    >>> moment("2020-04-14T08:30:00+07:00"), moment("2020-04-14T08:30:00+07:00", "vi")
    ('2020-04-14 08:30', '14/4/2020 08:30')
    """
    try:
        found = datetime.fromisoformat(value or "")
    except ValueError:
        return value or ""
    return f"{day(found.date().isoformat(), language)} {found:%H:%M}"
