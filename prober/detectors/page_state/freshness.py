"""Find the dates of the lines of a page: of news, lists and answers, in any notation."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from prober.detectors.questions.thread_dates import MONTHS, DateWords, cited, dates, dates_its_line
from prober.detectors.questions.threads import line_dates_of_answers
from prober.domain.page import Block, Page
from prober.domain.site_age import DatedLine, PageDates
from prober.text.patterns import linear
from prober.text.vietnamese import line_cache

# "13 tháng Tư, 2020", "13 tháng 4 năm 2020", "13 April 2020"; "April 13, 2020".
_DAY_FIRST = linear(
    r"(?<![\d/.-])(\d{1,2}) (?:thang (\d{1,2}|muoi (?:mot|hai)|[a-z]{2,4})|([a-z]{3,9}))\.?,? (?:nam )?(\d{4})(?!\d)"
)
_MONTH_FIRST = linear(r"\b([a-z]{3,9})\.? (\d{1,2}), (\d{4})(?!\d)")
_AGO = linear(r"\b(?:cach day )?(\d{1,3}) (phut|gio|ngay|tuan) truoc\b|\bhom (nay|qua)\b")
_DAYS = {"phut": 0, "gio": 0, "ngay": 1, "tuan": 7}
_CLOCK = linear(r"\b(?:hom nay|bay gio|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|[a-z]{3,6}day)\b")
_TIME = linear(r'<time[^>]{0,200}\sdatetime=["\']?(\d{4})-(\d{2})-(\d{2})', re.IGNORECASE)
_YEAR = linear(r"\d{4}(?:-|(?<=[/.-]\d{4})|(?<=, \d{4})|(?<=[a-z] \d{4}))")
_CLOCKS = ("hom nay", "bay gio", "thu ", "chu nhat", "day")  # without one of these there is no _CLOCK
_WORDS = ("thang", " truoc", "hom nay", "hom qua")
_MONTH_HINT = linear(r"thang|[a-z]{3}\.?,? \d{4}|[a-z]{3}\.? \d")
_SENTENCE = 80  # characters from which a line is a sentence
_LONGEST = 400  # characters of a dated line; longer text mentions dates of other things


def page_dates(page: Page) -> PageDates:
    """Return the dates of the lines of a page, from which `prober.domain.site_age` tells the age of its site.

    Dates in the footer (licence, copyright) are left out: they date no content. So are those of long text, and in
    questions, answers and sentences those of the laws that they cite.
    """
    told, said = line_dates_of_answers(page), page.words.table(DateWords)
    lines = [
        _dated_line(block, words, number in told, said)
        for number, (block, words) in enumerate(zip(page.blocks, page.folded_lines, strict=True))
        if _may_be_dated(words)
    ]
    marks = _TIME.findall(page.html) if "<time" in page.html else ()
    times = filter(None, (_date(int(year), int(month), int(day)) for year, month, day in marks))
    return PageDates(tuple(lines), tuple(times))


def _dated_line(block: Block, words: str, told: bool, said: DateWords) -> DatedLine:
    """Return the dates of a line; `told`: it is part of a question or an answer."""
    if block.place == "footer" or len(words) > _LONGEST:
        return DatedLine(_mark(words))
    read, cites = _of_words(words, told, said)
    if cites and (told or not _in_list(block)):
        return DatedLine(read.mark)
    return read._replace(clock=True) if block.place in ("menu", "header") else read


@lru_cache(maxsize=8192)  # the columns of a site are on each of its pages
def _of_words(words: str, told: bool, said: DateWords) -> tuple[DatedLine, bool]:
    """Return the dates of a line by its words, and whether they may be no days on which it was written."""
    line = DatedLine(_mark(words), tuple(line_dates(words, said)), tuple(_days_ago(words)), _shows_today(words))
    return line, _only_cites(words, told, said)


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


def _shows_today(words: str) -> bool:
    return any(map(words.__contains__, _CLOCKS)) and _CLOCK.search(words) is not None


@line_cache
def _may_be_dated(words: str) -> bool:
    """Return False for most lines: a cheap test before the patterns of dates."""
    return _YEAR.search(words) is not None or any(word in words for word in _WORDS)


def line_dates(words: str, said: DateWords) -> list[date]:
    """Return every valid date in a folded line, in any notation: "13/04/2020", "13 thang tu, 2020"."""
    found = [day for day, _ in dates(words, said)]
    if not found and _MONTH_HINT.search(words):
        found = list(_worded(words))
    return found


def _days_ago(words: str) -> list[int]:
    """Return how many days before the visit a folded line says that something was: "2 giờ trước", "hôm qua"."""
    if "truoc" not in words and "hom " not in words:
        return []
    return [_DAYS[unit] * int(number) if unit else int(word == "qua") for number, unit, word in _AGO.findall(words)]


def _worded(words: str) -> Iterator[date]:
    for day, numbered, named, year in _DAY_FIRST.findall(words):
        yield from _dated(int(year), numbered or named, int(day))
    for named, day, year in _MONTH_FIRST.findall(words):
        yield from _dated(int(year), named, int(day))


def _dated(year: int, month: str, day: int) -> Iterator[date]:
    number = int(month) if month.isdigit() else MONTHS.get(month.replace(" ", "-"), 0)
    if found := _date(year, number, day):
        yield found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
