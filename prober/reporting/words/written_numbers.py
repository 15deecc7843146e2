"""Write numbers and days as each language writes them: 96,8 % and 15/4/2020, 96.8 % and 15 April 2020."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

_DAYS = {"vi": "d/M/y", "en": "d MMMM y"}


@lru_cache(4096)  # pages print the same few numbers many times
def number(value: float, language: str, decimals: int = 0) -> str:
    """Return a number with that many decimals, rounded as every page of the project rounds it.

    >>> number(1070.16, "vi", 1), number(1070.16, "en", 1), number(-3, "vi")
    ('1.070,2', '1,070.2', '-3')
    """
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return format_decimal(Decimal(f"{value:.{decimals}f}"), pattern, locale=language)


def percent(share: float, language: str) -> str:
    """Return a share as per cent with one decimal.

    >>> percent(61 / 63, "vi"), percent(1.0, "en")
    ('96,8\\xa0%', '100.0\\xa0%')
    """
    return f"{number(100 * share, language, 1)}\xa0%"


def day(moment: str, language: str) -> str:
    """Return the day of an ISO time; a text that is none, unchanged.

    >>> day("2020-04-15T08:00:00+07:00", "vi"), day("2020-04-15", "en"), day("", "en")
    ('15/4/2020', '15 April 2020', '')
    """
    try:
        return format_date(date.fromisoformat(moment[:10]), _DAYS[language], locale=language)
    except ValueError:
        return moment


def country(code: str, language: str) -> str:
    """Return the name of a country; its code where there is no name.

    >>> country("VN", "vi"), country("CA", "en"), country("XX", "en")
    ('Việt Nam', 'Canada', 'XX')
    """
    return str(Locale.parse(language).territories.get(code, code))
