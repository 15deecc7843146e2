"""Sample the archive of a Q&A section: some of its pages, newest first, and some of its questions. Pure.

It is sampled last, when nothing else is left to look for: the sample shows how active a section is, not whether there
is one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from prober.domain.finding import Finding
from prober.domain.hostnames import host_of
from prober.domain.question_history import ReadList
from spiders.after_visit.after import AfterVisit
from spiders.reading.page_reading import PageReading, Pagination, section_here
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, VisitStep
from spiders.visit.urls import page_key

FOUND_BY = "archive"
PAGES = 4  # most pages of the list read in one visit, including the first
MOST = 50  # page numbers that are tried for that of the list itself
QUESTIONS = 4  # most questions opened if the list does not show when they were answered

Row = Mapping[str, Any]


@dataclass(slots=True)
class _Section:
    """A list of questions: its finding, its pagination, and the rows of its first page."""

    url: str
    finding: Finding
    pager: Pagination
    rows: Sequence[Row]
    last_rows: int = 0  # rows of its last page; 0 until that was read
    read_to: int = 1  # page up to which the list was read from its beginning without a gap
    keys: list[str] = field(default_factory=list)  # of the questions on these pages, in order
    first: bool = True  # it was read from the first page of the list
    lacking: bool = False  # a page of the list showed nothing new, or nothing that was recognised

    @property
    def worth(self) -> tuple[bool, int, int]:
        return bool(self.pager.numbered or self.pager.next), self.finding.level, len(self.rows)

    @property
    def begins(self) -> bool:
        """True if its page is the first of the list, by the addresses of the others."""
        numbers = self.pager.numbered.keys()
        own = (self.pager.address(n) for n in range(2, min(max(numbers, default=0), MOST) + 2) if n not in numbers)
        return numbers != {1} and page_key(self.url) not in map(page_key, filter(None, own))

    @property
    def whole(self) -> bool:
        """True if the list has no page that was not read."""
        read = self.read_to >= self.pager.last if self.pager.last else not self.pager.next
        return read and not self.lacking and self.pager.total <= len(self.keys)

    @property
    def total(self) -> int | None:
        """The number of published questions: as stated, or computed from the pagination; None if unknown."""
        if self.pager.total:
            return self.pager.total
        if self.pager.last > 1:
            return (self.pager.last - 1) * len(self.rows) + (self.last_rows or len(self.rows))
        return None if self.pager.next else len(self.rows)


class QaArchive(AfterVisit):
    """Collect the lists of questions of one visit, and sample the best of them."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._lists: dict[str, _Section] = {}
        self._section: _Section | None = None
        self._asked: set[str] = set()  # keys of requested addresses: pages of the list, then single questions
        self._known: set[str] = set()  # keys of the questions on them
        self._listed: dict[str, Row] = {}  # key of a question's own address → its row in a list
        self._opened: set[str] = set()  # keys in `_listed` that were opened
        self._hides_answers = False
        self.pages = 0  # pages of the list that were read

    def note(self, seen: SeenPage) -> None:
        """Keep the questions of a page of a Q&A section, and remember it as a possible first page of the archive."""
        if not seen.page.in_section:
            return
        page, rows = seen.page, seen.page.questions
        self._state.best.add_threads(self._opened_row(seen.step.origin, rows))
        if not rows:
            return
        own = max((f for f in page.findings if section_here(page.url, [f])), key=lambda finding: finding.level)
        for row in rows:
            # A row may link anywhere: only addresses on this host are questions of this list.
            if host_of(row["url"]) == page.host and page_key(row["url"]) != page_key(page.url):
                self._listed.setdefault(page_key(row["url"]), row)
        self._lists.setdefault(page_key(page.url), _Section(page.url, own, page.pagination, rows))

    def next_step(self) -> VisitStep | None:
        """Return the step to the next page; None if the sample is complete, or no section publishes questions."""
        if self._section is None:
            if not self._lists:
                return None
            self._section = max(self._lists.values(), key=lambda seen: seen.worth)
            self._asked, self.pages = {page_key(self._section.url)}, 1
            self._known = {row["key"] for row in self._section.rows}
            self._section.keys = [row["key"] for row in self._section.rows]
            self._section.first = self._section.begins
        url = self._next_page(self._section) or self._next_question(self._section)
        return VisitStep(url, FOUND_BY, step=None, depth=3, guess=True) if url else None

    def read(self, step: VisitStep, page: PageReading) -> bool:
        """Read the questions of one page of the sample. Its links are not used: earlier pages have the same ones."""
        if step.found_by != FOUND_BY:
            return False
        kept, found = self._sampled(step.origin, page)
        self._state.best.add_threads(kept)
        self._state.best.add(found)
        return True

    def report(self) -> dict[str, object]:
        """Return the questions that can be trusted, and the size of the archive."""
        known = self.trusted(self._state.best.threads)
        section = self._section
        read = self._read_list(section, known) if section and section.first else None
        return {"threads": known, "archive_pages": self.pages, "archive_total": self.total, "archive_list": read}

    def _read_list(self, section: _Section, known: Iterable[Row]) -> ReadList:
        """Return the list as it was read, with the questions of `known` only."""
        rows = {row["key"]: row for row in known}
        keys = tuple(key for key in dict.fromkeys(section.keys) if key in rows)
        days = [rows[key]["asked_on"] for key in keys if rows[key]["asked_on"]]
        return ReadList(
            section.url, keys, frozenset(rows).difference(keys), frozenset(k for k in rows if rows[k]["answered"]),
            section.whole, days[0] > days[-1] if days and days[0] != days[-1] else None,
        )  # fmt: skip

    def _sampled(self, asked: str, page: PageReading) -> tuple[Sequence[Row], list[Finding]]:
        """Return the new rows and findings of `page`, which was requested at `asked`."""
        rows, seen = page.questions, page.pagination
        section = self._section
        assert section is not None
        if page_key(asked) in self._listed:
            return self._opened_row(asked, rows), []
        if {row["key"] for row in rows} <= self._known:  # the site shows the same page at every address
            section.lacking = True
            section.pager = Pagination(total=section.pager.total)
            return [], []
        if page_key(section.pager.address(section.read_to + 1) or section.pager.next) == page_key(asked):
            section.read_to += 1
            section.keys += [row["key"] for row in rows]
        self._known |= {row["key"] for row in rows}
        self.pages += 1
        last = max(seen.last, section.pager.last)
        if last and page_key(section.pager.address(last) or seen.address(last)) == page_key(asked):
            section.last_rows = len(rows)
        section.pager = Pagination(
            seen.numbered | section.pager.numbered, seen.next, last, section.pager.total or seen.total
        )
        # Some lists begin with the oldest question: the newest answer of the section may be on this page.
        own = [f for f in page.findings if section_here(page.url, [f])]
        return rows, [replace(f, value=section.finding.value, category=section.finding.category) for f in own]

    def _opened_row(self, asked: str, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the `rows` of the page at `asked`; if the list has a row for it, that row with its data added."""
        listed = self._listed.get(page_key(asked))
        if listed is None or not rows:
            return rows
        own = rows[0]
        self._opened.add(page_key(asked))
        self._hides_answers |= bool(own["answered"] and not listed["answered"])
        known = {name: own[name] or listed[name] for name in ("asked_on", "answered_on", "answered", "unit")}
        return [{**listed, **known, "page": own["page"]}]

    def trusted(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Return each question once; without unopened ones if their list hides whether they were answered."""
        opened = {self._listed[address]["key"] for address in self._opened}
        known = _once(tuple(rows), opened)
        return tuple(row for row in known if row["answered"] or row["key"] in opened or not self._hides_answers)

    @property
    def total(self) -> int | None:
        """The approximate number of questions in the archive; None if it is unknown, or there is no archive."""
        return self._section.total if self._section else None

    def _next_page(self, section: _Section) -> str:
        if len(self._asked) >= PAGES:
            return ""
        for url in _spread(section.pager):
            if page_key(url) not in self._asked:
                self._asked.add(page_key(url))
                return url
        return ""

    def _next_question(self, section: _Section) -> str:
        """Return the newest question not opened yet, if the list shows no time of an answer; else ""."""
        if any(row["answered_on"] for row in section.rows):
            return ""
        own = [row["url"] for row in section.rows if host_of(row["url"]) and page_key(row["url"]) in self._listed]
        for url in own[:QUESTIONS]:
            if page_key(url) not in self._opened | self._asked:
                self._asked.add(page_key(url))
                return str(url)
        return ""


def _once(rows: Sequence[Row], opened: Set[str]) -> Iterator[Row]:
    """Yield `rows` without those of single-question pages that a list has too, with other wording but the same date.

    `opened` are keys of listed questions whose rows were completed from their own pages.
    """
    on_page = Counter(row["page"] for row in rows)
    listed = {(row["asked_on"], row["topic"]) for row in rows if on_page[row["page"]] > 1 and row["asked_on"]}
    for row in rows:
        if on_page[row["page"]] > 1 or row["key"] in opened or (row["asked_on"], row["topic"]) not in listed:
            yield row


def _spread(pages: Pagination) -> Iterator[str]:
    """Yield addresses to read, best first: the second page, one from the middle, the last; else the next page."""
    last = pages.last
    for number in (2, (last + 2) // 2, last) if last > PAGES else range(2, PAGES + 1):
        url = pages.address(number) if number <= last else ""
        if url:
            yield url
    if pages.next:
        yield pages.next
