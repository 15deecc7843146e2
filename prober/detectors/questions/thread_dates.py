"""Read the dates of a published question: when it was asked and when it was answered.

A text cites the dates of laws and names days on which something holds. Only a date with a label, in a signature, or at
an end of a short line dates the question itself.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import ClassVar

from prober.text.patterns import linear

_DATED = linear(r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?!\d)|(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_CITED_WITHIN = 90  # characters from the name of a document to its date
_AFTER = linear(r"[\s,;|()\[\].-]*+(?:luc )?(?:\d{1,2}\s?[:h]\s?\d{2}(?::\d{2})?)?(?:\s?(?:am|pm))?[\s,;|()\[\].-]*")
_BEFORE = 16  # characters of a label before a date: "thứ hai, ngày"


@dataclass(frozen=True, slots=True, eq=False)
class DateWords:
    """Hold the words around dates, from the packs."""

    TABLE: ClassVar = "thread_dates"
    asked: re.Pattern[str]
    answered: re.Pattern[str]
    document: re.Pattern[str]
    span: re.Pattern[str]
    named: re.Pattern[str]  # a date in words: day, name or number of its month, year
    # The names of each month, without accents.
    january: frozenset[str]
    february: frozenset[str]
    march: frozenset[str]
    april: frozenset[str]
    may: frozenset[str]
    june: frozenset[str]
    july: frozenset[str]
    august: frozenset[str]
    september: frozenset[str]
    october: frozenset[str]
    november: frozenset[str]
    december: frozenset[str]


@lru_cache(maxsize=16)
def months(marks: DateWords) -> Mapping[str, int]:
    """Return the number of each month by its names."""
    of_year = tuple(field.name for field in fields(DateWords))[-12:]
    return {name: number for number, month in enumerate(of_year, 1) for name in getattr(marks, month)}


@lru_cache(maxsize=8192)
def dates(folded: str, marks: DateWords) -> tuple[tuple[date, int], ...]:
    """Return (date, position) for every valid date in folded text: 31/12/2019, "ngay 5 thang 3 nam 2020"."""
    return tuple((day, start) for day, start, _ in _found(folded, marks))


def _found(folded: str, marks: DateWords) -> Iterator[tuple[date, int, int]]:
    """Yield each valid date with its beginning and its end."""
    for match in _DATED.finditer(folded):
        day, month, year = (int(part) for part in match.groups() if part)
        if match[4]:
            day, year = year, day
        with suppress(ValueError):
            yield date(year, month, day), match.start(), match.end()
    for match in marks.named.finditer(folded):
        of_month, name, of_year = (part for part in match.groups() if part)
        month = int(name) if name.isdigit() else months(marks).get(name, 0)
        with suppress(ValueError):
            yield date(int(of_year), month, int(of_month)), match.start(), match.end()


def labelled(before: str, marks: DateWords) -> str:
    """Return "answered" or "asked" if the words before a date are its label, the nearest of both; else ""."""
    tail = before[-40:]
    answered = max((match.end() for match in marks.answered.finditer(tail)), default=-1)
    asked = max((match.end() for match in marks.asked.finditer(tail)), default=-1)
    return "" if answered == asked else "answered" if answered > asked else "asked"


def cited(words: str, start: int, marks: DateWords) -> bool:
    """Return True if the date at `start` is that of a document which the line names: "Nghị định … ngày 1/2/2020"."""
    return marks.document.search(words, max(0, start - _CITED_WITHIN), start) is not None


def dates_its_line(words: str, start: int, marks: DateWords) -> bool:
    """Return True if the date at `start` stands at an end of its line and dates what the line reports.

    "Phòng Ngân sách, 12/03/2020 08:30" does, "theo Nghị định số 39/2018/NĐ-CP ngày 11/03/2018" does not.
    """
    end = next((end for _, begin, end in _found(words, marks) if begin == start), 0)
    if not end or cited(words, start, marks) or marks.span.search(words, max(0, start - 20), start):
        return False
    return start <= _BEFORE or _AFTER.fullmatch(words, end) is not None
