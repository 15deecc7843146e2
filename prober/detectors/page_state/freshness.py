"""Find out when a site was last updated, by the newest date of its news, lists and answers.

A portal that is no longer maintained can still be reached, and what it shows counts as present. But what it lacks may
only be missing because the body has moved, as the provinces' portals did in 2025. The rule is in docs/method.md.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from prober.detectors.questions.threads import dates
from prober.domain.page import Block, Page
from prober.text.patterns import linear
from prober.text.vietnamese import line_cache

LINES = 3  # a home page with fewer dated lines does not show its age
# Two years: a small office may publish nothing for months, and some sites date only their legal documents.
ABANDONED = timedelta(days=730)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("mot january jan", "hai february feb", "ba march mar", "tu april apr", "nam may", "sau june jun",
         "bay july jul", "tam august aug", "chin september sep", "muoi october oct", "muoi-mot november nov",
         "muoi-hai december dec"), 1)
    for name in names.split()
}  # fmt: skip
# "13 tháng Tư, 2020", "13 tháng 4 năm 2020", "13 April 2020"; "April 13, 2020".
_DAY_FIRST = linear(
    r"(?<![\d/.-])(\d{1,2}) (?:thang (\d{1,2}|muoi (?:mot|hai)|[a-z]{2,4})|([a-z]{3,9}))\.?,? (?:nam )?(\d{4})(?!\d)"
)
_MONTH_FIRST = linear(r"\b([a-z]{3,9})\.? (\d{1,2}), (\d{4})(?!\d)")
_AGO = linear(r"\b(?:cach day )?(\d{1,3}) (phut|gio|ngay|tuan) truoc\b|\bhom (nay|qua)\b")
_DAYS = {"phut": 0, "gio": 0, "ngay": 1, "tuan": 7}
# The clock of a page shows the present day, even on a site that was not updated for years.
_CLOCK = linear(r"\b(?:hom nay|bay gio|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|[a-z]{3,6}day)\b")
_TIME = linear(r'<time[^>]{0,200}\sdatetime=["\']?(\d{4})-(\d{2})-(\d{2})', re.IGNORECASE)
_YEAR = linear(r"\d{4}(?:-|(?<=[/.-]\d{4})|(?<=, \d{4})|(?<=[a-z] \d{4}))")
_WORDS = ("thang", " truoc", "hom nay", "hom qua")
_MONTH_HINT = linear(r"thang|[a-z]{3}\.?,? \d{4}|[a-z]{3}\.? \d")
_LONGEST = 400  # characters of a dated line; longer text mentions dates of other things


def written_on(page: Page, known: Container[str] = ()) -> tuple[date, ...]:
    """Return one date for each dated line of a page, the newest of the line; lines in `known` are left out.

    Dates in the footer (licence, copyright) and of a clock are left out: they date no content. Dates after the day on
    which the page was fetched are included, because many of them show that the page is a calendar.
    """
    today = page.fetched_at.date()
    found = []
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        if words in known or block.place == "footer" or len(words) > _LONGEST or not _may_be_dated(words):
            continue
        days = line_dates(words, today)
        newest = max((day for day in days if day <= today), default=max(days, default=None))
        if newest and not _is_clock(block, words, newest, today):
            found.append(newest)
    marks = _TIME.findall(page.html) if "<time" in page.html else ()
    return (*found, *filter(None, (_date(int(year), int(month), int(day)) for year, month, day in marks)))


@line_cache
def _may_be_dated(words: str) -> bool:
    """Return False for most lines: a cheap test before the patterns of dates."""
    return _YEAR.search(words) is not None or any(word in words for word in _WORDS)


def line_dates(words: str, today: date) -> list[date]:
    """Return every valid date in a folded line, in any notation; "2 giờ trước" is counted back from `today`.

    >>> line_dates("thu hai, 13/04/2020 08:30", date(2020, 4, 14)), line_dates("13 thang tu, 2020", date(2020, 4, 14))
    ([datetime.date(2020, 4, 13)], [datetime.date(2020, 4, 13)])
    """
    found = [day for day, _ in dates(words)]
    if not found and _MONTH_HINT.search(words):
        found = list(_worded(words))
    if "truoc" in words or "hom " in words:
        for number, unit, word in _AGO.findall(words):
            back = _DAYS[unit] * int(number) if unit else int(word == "qua")
            found.append(today - timedelta(days=back))
    return found


def _worded(words: str) -> Iterator[date]:
    for day, numbered, named, year in _DAY_FIRST.findall(words):
        yield from _dated(int(year), numbered or named, int(day))
    for named, day, year in _MONTH_FIRST.findall(words):
        yield from _dated(int(year), named, int(day))


def _dated(year: int, month: str, day: int) -> Iterator[date]:
    number = int(month) if month.isdigit() else _MONTHS.get(month.replace(" ", "-"), 0)
    if found := _date(year, number, day):
        yield found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_clock(block: Block, words: str, day: date, today: date) -> bool:
    # A server's clock may be a day behind. An article of today is never the only one, so leaving it out does no harm.
    head = block.place in ("menu", "header")
    return timedelta(0) <= today - day <= timedelta(days=1) and (head or bool(_CLOCK.search(words)))


@dataclass(slots=True)
class Freshness:
    """Collect the dates on the pages of one site. `newest` is None as long as its home page shows too few."""

    _newest: date | None = None
    _lines_at_home: int = 0
    _known: set[str] = field(default_factory=set)  # lines of earlier pages: menus and side columns are on every page

    def note(self, page: Page, home: bool) -> None:
        today = page.fetched_at.date()
        days = written_on(page, () if home else self._known)
        self._known.update(page.folded_lines)
        past = [day for day in days if day <= today]
        if home:
            self._lines_at_home = max(self._lines_at_home, len(past))
        elif len(days) - len(past) >= LINES:
            return  # a calendar: it goes on automatically on a site that is no longer maintained
        self._newest = max((day for day in (*past, self._newest) if day), default=None)

    @property
    def newest(self) -> date | None:
        """Return the newest date on any page that was read; None if the home page has fewer than LINES dated lines."""
        return self._newest if self._lines_at_home >= LINES else None

    def abandoned(self, today: date) -> str:
        """Return a sentence if the site must count as abandoned, because nothing new was published; else ""."""
        newest = self.newest
        if newest is None or today - newest <= ABANDONED:
            return ""
        return f"nothing that was read is newer than {newest:%d/%m/%Y}"
