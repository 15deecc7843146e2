"""Compute the age of a site from the dates on its pages: values and their rule.

A portal that is no longer maintained can still be reached, and what it shows counts. What it lacks may only be missing
because the body has moved, as the provinces' portals did in 2025. So a site that has published nothing for years gets
an entry of the look list; its verdicts are those of any other site.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

DATED_LINES = 3  # a home page with fewer dated lines does not show its age
# Two years: a small office may publish nothing for months, and some sites date only their legal documents.
ABANDONED = timedelta(days=730)


class DatedLine(NamedTuple):
    """One line of a page that may have dates. None of its fields depends on the day of the visit."""

    mark: str  # hash of its words
    days: tuple[date, ...] = ()  # none if the dates of such a line tell nothing: in a footer, in long text
    ago: tuple[int, ...] = ()  # days before the visit: "2 giờ trước"
    clock: bool = False  # where or how a clock stands, which shows the present day on a site of any age


class PageDates(NamedTuple):
    """The dates of one page: of its lines, and of elements that are marked as times."""

    lines: tuple[DatedLine, ...] = ()
    times: tuple[date, ...] = ()


def written_on(dates: PageDates, today: date, known: Container[str] = ()) -> tuple[date, ...]:
    """Return one date for each dated line of a page, the newest of the line; lines with a mark in `known` are left out.

    Dates of a clock are left out. Dates after `today`, the day on which the page was fetched, are included, because
    many of them show that the page is a calendar.
    """
    found = []
    for line in dates.lines:
        if line.mark in known or not (line.days or line.ago):
            continue
        days = [*line.days, *(today - timedelta(days=back) for back in line.ago)]
        newest = max((day for day in days if day <= today), default=max(days))
        # A server's clock may be a day behind. An article of today is never the only one, so leaving it out does no
        # harm.
        if not (line.clock and timedelta(0) <= today - newest <= timedelta(days=1)):
            found.append(newest)
    return (*found, *dates.times)


@dataclass(slots=True)
class SiteAge:
    """Collect the dates on the pages of one site. `newest` is None as long as its home page shows too few."""

    _newest: date | None = None
    _lines_at_home: int = 0
    _known: set[str] = field(default_factory=set)  # lines of earlier pages: menus and side columns are on every page

    def note(self, dates: PageDates, today: date, home: bool) -> None:
        """Learn from the dates of a page that was fetched on the day `today`."""
        days = written_on(dates, today, () if home else self._known)
        self._known.update(line.mark for line in dates.lines)
        past = [day for day in days if day <= today]
        if home:
            self._lines_at_home = max(self._lines_at_home, len(past))
        elif len(days) - len(past) >= DATED_LINES:
            return  # a calendar: it goes on automatically on a site that is no longer maintained
        self._newest = max((day for day in (*past, self._newest) if day), default=None)

    @property
    def newest(self) -> date | None:
        """Return the newest date on any page that was read; None if the home page has too few dated lines."""
        return self._newest if self._lines_at_home >= DATED_LINES else None

    def abandoned(self, today: date) -> bool:
        """Return True if nothing that was read is newer than two years: the body may have moved."""
        newest = self.newest
        return newest is not None and today - newest > ABANDONED
