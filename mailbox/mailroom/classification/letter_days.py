"""Tell the years and days that a letter names by its own date: "last year", "before 20/3"."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import ClassVar

from prober.domain.correspondence import Reply
from prober.text.patterns import linear
from prober.text.words import Words, caught

_DAY = linear(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})(?:[/.-](20\d\d))?(?![\d/-]|\.\d)")
_SOON = timedelta(days=200)  # a later day than that dates something else


@dataclass(frozen=True, slots=True, eq=False)
class YearWords:
    """Hold how letters tell the year of a document without its number, from the packs: patterns for text as written."""

    TABLE: ClassVar = "told_years"
    hint: re.Pattern[str]  # a cheap test in lower case: every such year has it
    short: re.Pattern[str]  # what stands for "20" before the last two digits: nothing in "năm 18", 2k in "2k18"
    spoken: re.Pattern[str]  # catches a numeral of `numerals`
    numerals: tuple[str, ...]  # "18 mười tám"
    # The year of the letter, the last one, and the one before, each catches the words before it that name a document.
    this: re.Pattern[str]
    last: re.Pattern[str]
    before_last: re.Pattern[str]


def with_years(reply: Reply, words: Words) -> Reply:
    """Return `reply` with the number of each year that its words tell otherwise."""
    known = words.table(YearWords)
    if not known.hint.search(reply.text.lower()):
        return reply
    numerals = {numeral: number for number, numeral in (entry.split(" ", 1) for entry in known.numerals)}
    text = known.short.sub("20", reply.text)
    text = known.spoken.sub(lambda found: f"20{numerals[caught(found).lower()]}", text)
    year = reply.date.year if reply.date else 0
    for pattern, before in ((known.before_last, 2), (known.last, 1), (known.this, 0)) if year else ():
        text = pattern.sub(partial(_numbered, year - before), text)
    return replace(reply, text=text) if text != reply.text else reply


def _numbered(year: int, found: re.Match[str]) -> str:
    return f"{caught(found)}{year}"


def names_later_day(text: str, written: date) -> bool:
    """Return True if a text names a day after `written`, day before month.

    >>> names_later_day("sẽ chuyển trước 20/3", date(2020, 3, 12)), names_later_day("thư ngày 2/3", date(2020, 3, 12))
    (True, False)
    """
    return any(_is_soon(found, written) for found in _DAY.finditer(text))


def _is_soon(found: re.Match[str], written: date) -> bool:
    day, mark, month, year = found.groups()
    if not year and mark != "/":  # a range, or an amount
        return False
    try:
        named = date(int(year or written.year), int(month), int(day))
    except ValueError:
        return False
    return written < named <= written + _SOON
