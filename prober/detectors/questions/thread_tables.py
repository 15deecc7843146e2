"""Read tables that list questions, one thread a row: columns "Câu hỏi", "Ngày gửi", "Ngày trả lời", "Trạng thái"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold

# The columns; the first whose words are in a heading takes it.
_COLUMNS = ("answered_on", "asked_on", "unit", "status", "answer", "question")
MOST_TABLES = 100
MOST_NESTED = 20  # a table with more tables in it is the layout of a page; deep nesting would take too much time
_SHORT_ANSWER = 3  # characters: "-", "x"
_WAITING = 40  # characters of "Chưa trả lời", "Đang chờ đơn vị xử lý"
_DATE = linear(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True, eq=False)
class TableWords:
    """Hold the words of tables that list questions, from the packs."""

    TABLE: ClassVar = "thread_tables"
    answered: re.Pattern[str]
    pending: re.Pattern[str]
    answered_on: re.Pattern[str]
    asked_on: re.Pattern[str]
    unit: re.Pattern[str]
    status: re.Pattern[str]
    answer: re.Pattern[str]
    question: re.Pattern[str]
    hints: tuple[str, ...]  # without one of these there is no such table


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """Hold one row; `link` is the address of the thread's own page as written, or ""."""

    question: str
    asked_on: date | None
    answered_on: date | None
    answered: bool
    unit: str
    link: str


def rows(page: Page) -> list[ThreadRow]:
    """Return the rows of every table of the page whose headings are those of a list of questions."""
    return [row for _, found in _listed(page) for row in found]


@lru_cache(maxsize=1)  # asked for several times for the same page
def cells(page: Page) -> frozenset[int]:
    """Return the memory ids of all elements inside such tables, which must not be read as running text."""
    return frozenset(node.mem_id for table, _ in _listed(page) for node in table.traverse())


@lru_cache(maxsize=1)  # asked for several times for the same page
def _listed(page: Page) -> list[tuple[LexborNode, list[ThreadRow]]]:
    """Return the tables that list questions, each with its rows."""
    some = any(hint in page.folded for hint in page.words.table(TableWords).hints)
    tables = page.tree.css("table")[:MOST_TABLES] if some else []
    return [(table, found) for table in tables if (found := list(_rows(page.words.table(TableWords), table)))]


def _rows(marks: TableWords, table: LexborNode) -> Iterator[ThreadRow]:
    lines = table.css("tr")
    if len(table.css("table")) > MOST_NESTED or len(lines) < 2 or not marks.question.search(fold(_text(lines[0]))):
        return
    columns = _columns(marks, [_text(cell) for cell in lines[0].css("th, td")])
    # Any table may have a question column; with an answer, its date, a status or a unit it is a list of threads.
    if "question" not in columns or not columns.keys() & {"answer", "answered_on", "status", "unit"}:
        return
    for line in lines[1:]:
        row = line.css("td")
        if len(row) <= max(columns.values()):
            continue
        texts = {name: _text(row[position]) for name, position in columns.items()}
        answered_on = _date(texts.get("answered_on", ""))
        status = fold(texts.get("status", ""))
        answered = bool(marks.answered.search(status)) if status else answered_on is not None or _answers(marks, texts)
        link = row[columns["question"]].css_first("a[href]")
        href = (link.attributes.get("href") or "") if link is not None else ""
        yield ThreadRow(
            texts["question"], _date(texts.get("asked_on", "")), answered_on, answered, texts.get("unit", ""), href
        )


def _answers(marks: TableWords, texts: dict[str, str]) -> bool:
    """Return True if a row gives an answer in words, and not that there is none yet."""
    answer = fold(texts.get("answer", ""))
    return len(answer) > _SHORT_ANSWER and not (len(answer) < _WAITING and marks.pending.search(answer))


def _columns(marks: TableWords, heads: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, head in enumerate(heads):
        words = fold(head)
        name = next((name for name in _COLUMNS if getattr(marks, name).search(words) and name not in found), "")
        if name and len(words) < 60:
            found[name] = position
    return found


def _text(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())


def _date(text: str) -> date | None:
    match = _DATE.search(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
