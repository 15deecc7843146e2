"""Find the dates of the lines of a page: of news, lists and answers, in any notation."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import ClassVar

from prober.detectors.questions.thread_dates import DateWords, cited, dates, dates_its_line, months
from prober.detectors.questions.threads import line_dates_of_answers
from prober.domain.pages.page import Block, Page
from prober.domain.pages.page_dates import DatedLine, PageDates
from prober.text.patterns import linear
from prober.text.vietnamese import line_cache
from prober.text.words import Words, caught

_TIME = linear(r'<time[^>]{0,200}\sdatetime=["\']?(\d{4})-(\d{2})-(\d{2})', re.IGNORECASE)
_YEAR = linear(r"\d{4}(?:-|(?<=[/.-]\d{4})|(?<=, \d{4})|(?<=[a-z] \d{4}))")
_SENTENCE = 80  # characters from which a line is a sentence
_LONGEST = 400  # characters of a dated line; longer text mentions dates of other things


@dataclass(frozen=True, slots=True, eq=False)
class LineWords:
    """Hold how lines tell when they were written, from the packs: patterns for folded text."""

    TABLE: ClassVar = "line_dates"
    day_first: re.Pattern[str]  # day, name or number of the month, year
    month_first: re.Pattern[str]
    hours_ago: re.Pattern[str]  # on the day of the visit
    yesterday: re.Pattern[str]
    days_ago: re.Pattern[str]  # how many
    weeks_ago: re.Pattern[str]
    clock: re.Pattern[str]  # words beside the date of today, which many sites show
    hints: tuple[str, ...]  # one of them is in each line with a number of days or the number of a month


def page_dates(page: Page) -> PageDates:
    """Return the dates of the lines of a page, from which `page_dates.SiteAge` computes the age of its site.

    Dates in the footer (licence, copyright) are left out: they date no content. So are those of long text, and in
    questions, answers and sentences those of the laws that they cite.
    """
    told, may_be_dated = line_dates_of_answers(page), page.words.made(_dated_test)
    lines = [
        _dated_line(block, words, number in told, page.words)
        for number, (block, words) in enumerate(zip(page.blocks, page.folded_lines, strict=True))
        if may_be_dated(words)
    ]
    marks = _TIME.findall(page.html) if "<time" in page.html else ()
    times = filter(None, (_date(int(year), int(month), int(day)) for year, month, day in marks))
    return PageDates(tuple(lines), tuple(times))


def _dated_line(block: Block, words: str, told: bool, said: Words) -> DatedLine:
    """Return the dates of a line; `told`: it is part of a question or an answer."""
    if block.place == "footer" or len(words) > _LONGEST:
        return DatedLine(_mark(words))
    read, cites = _of_words(words, told, said)
    if cites and (told or not _in_list(block)):
        return DatedLine(read.mark)
    return read._replace(clock=True) if block.place in ("menu", "header") else read


@lru_cache(maxsize=8192)  # the columns of a site are on each of its pages
def _of_words(words: str, told: bool, said: Words) -> tuple[DatedLine, bool]:
    """Return the dates of a line by its words, and whether they may be no days on which it was written."""
    marks = said.table(LineWords)
    line = DatedLine(
        _mark(words), tuple(line_dates(words, said)), tuple(_days_ago(words, marks)), bool(marks.clock.search(words))
    )
    return line, _only_cites(words, told, said.table(DateWords))


def _mark(words: str) -> str:
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


def _only_cites(words: str, told: bool, said: DateWords) -> bool:
    """Return True if the dates of a line are no days on which it was written, unless it is the entry of a list."""
    starts = [start for _, start in dates(words, said)]
    if not starts:
        return False
    if told:
        return not any(dates_its_line(words, start, said) for start in starts)
    return len(words) >= _SENTENCE and all(cited(words, start, said) for start in starts)


def _in_list(block: Block) -> bool:
    """Return True for a line of a table, or with a link: the title of a document in a list dates the list."""
    return block.tag in ("td", "th") or block.node.css_first("a[href]") is not None or block.node.tag == "a"


def _dated_test(said: Words) -> Callable[[str], bool]:
    """Return a cheap test before the patterns of dates, which is False for most lines."""
    hints = said.table(LineWords).hints

    @line_cache
    def may_be_dated(words: str) -> bool:
        return _YEAR.search(words) is not None or any(map(words.__contains__, hints))

    return may_be_dated


def line_dates(words: str, said: Words) -> list[date]:
    """Return every valid date in a folded line, in any notation: "13/04/2020", "13 thang tu, 2020"."""
    return [day for day, _ in dates(words, said.table(DateWords))] or list(_worded(words, said))


def _days_ago(words: str, marks: LineWords) -> Iterator[int]:
    """Yield how many days before the visit a folded line says that something was: "2 giờ trước", "hôm qua"."""
    yield from (0 for _ in marks.hours_ago.finditer(words))
    yield from (1 for _ in marks.yesterday.finditer(words))
    for pattern, days in ((marks.days_ago, 1), (marks.weeks_ago, 7)):
        yield from (days * int(caught(found)) for found in pattern.finditer(words))


def _worded(words: str, said: Words) -> Iterator[date]:
    marks, number_of = said.table(LineWords), months(said.table(DateWords))
    for pattern, day_first in ((marks.day_first, True), (marks.month_first, False)):
        for found in pattern.finditer(words):
            *day_and_month, year = filter(None, found.groups())
            day, month = day_and_month if day_first else reversed(day_and_month)
            number = int(month) if month.isdigit() else number_of.get(month, 0)
            if told := _date(int(year), number, int(day)):
                yield told


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
