"""Read published questions and answers: when a question was asked, and whether, when and by which unit answered.

A thread is found by its markers ("Câu hỏi:", "Người gửi", "Trả lời:", "Đã trả lời"), or by a heading that asks and
opens its answer, never by the page layout of a product. Names and contacts of the citizens are skipped and not kept.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.departments import is_others
from prober.detectors.questions.thread_dates import DateWords, dates, dates_its_line, labelled
from prober.detectors.questions.thread_lists import listed
from prober.detectors.questions.thread_pairs import pairs
from prober.detectors.questions.thread_split import SIGNED, Segment, ThreadWords, segments
from prober.detectors.questions.thread_tables import TableWords, ThreadRow, cells, rows
from prober.domain.pages.elements import absolute
from prober.domain.pages.page import Block, Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import caught

# A dash may end a name or be part of it: "Phòng Tài chính - Kế hoạch - Ngày trả lời: 3/4/2020".
_NO_WORD = linear(r"\W+")
# Enough for a decision; archives have thousands.
MOST_THREADS = 200


@dataclass(frozen=True, slots=True, eq=False)
class AnswerWords:
    """Hold the words around published answers, from the packs."""

    TABLE: ClassVar = "threads"
    unit: re.Pattern[str]
    signed_unit: re.Pattern[str]
    unit_in: re.Pattern[str]
    budget: re.Pattern[str]
    personal: re.Pattern[str]


def _marks(page: Page) -> AnswerWords:
    return page.words.table(AnswerWords)


@dataclass(frozen=True, slots=True)
class Thread:
    """Describe one published question. Dates are those printed on the page; `key` is a hash of the question's text."""

    asked_on: date | None
    answered_on: date | None
    answered: bool
    unit: str
    topic: str  # "budget" or "other"
    url: str
    key: str
    marked: bool = True  # by its words; without them the page must be named for questions
    told: bool = False  # the unit stands behind a label, in a column or in a line of its own


@lru_cache(maxsize=1)  # the detector of sections and the list of questions ask for those of the same page
def threads(page: Page, body: Body) -> list[Thread]:
    """Return the threads printed on a page, those of tables first, each once, at most about MOST_THREADS."""
    found = {thread.key: thread for row in rows(page) if (thread := _listed(page, row, marked=True))}
    titles = [thread for row in listed(page, _read(page)) if (thread := _listed(page, row, marked=False))]
    marks = page.words.table(ThreadWords)
    told = (segment for segment in segments(page) if not (titles and segment.told_of(marks)))
    # A row of a list has the address of its question, which a heading that opens a text has not.
    for thread in chain(_threads(page, told), titles, _threads(page, _opened(page))):
        found.setdefault(thread.key, thread)
        if len(found) >= MOST_THREADS:
            break
    return list(found.values())


def own_threads(page: Page, body: Body) -> list[Thread]:
    """Return the threads of a page but those that another department than `body` answers, as the page says."""
    return [thread for thread in threads(page, body) if not (thread.told and is_others(thread.unit, body, page.words))]


def _threads(page: Page, told: Iterable[Segment]) -> Iterator[Thread]:
    return (thread for segment in told if (thread := _thread(page, segment)) is not None)


@lru_cache(maxsize=1)  # several detectors ask for the threads of the same page
def _opened(page: Page) -> list[Segment]:
    return pairs(page, _read(page))


@lru_cache(maxsize=1)
def _read(page: Page) -> frozenset[int]:
    """Return the memory ids of the elements of threads that were read by their marks."""
    marks = page.words.table(ThreadWords)
    marked = (segment for segment in segments(page) if not segment.told_of(marks))
    return cells(page) | {block.node.mem_id for segment in marked for block in segment.blocks}


def line_dates_of_answers(page: Page) -> frozenset[int]:
    """Return the numbers of the lines in questions and answers, in which most dates are those of laws."""
    found = {id(block) for segment in (*segments(page), *_opened(page)) for block in segment.blocks}
    return frozenset(number for number, block in enumerate(page.blocks) if id(block) in found) if found else frozenset()


def thread_blocks(page: Page) -> frozenset[int]:
    """Return the numbers of the blocks in published questions and answers; addresses in them are no contacts."""
    listed, found = cells(page), segments(page)
    if not listed and not found:
        return frozenset()
    position = {id(block): number for number, block in enumerate(page.blocks)}
    told = {position[id(block)] for segment in found for block in segment.blocks}
    return frozenset(told | {number for number, block in enumerate(page.blocks) if block.node.mem_id in listed})


def _listed(page: Page, row: ThreadRow, marked: bool) -> Thread | None:
    """Return the thread of a row of a list; None if the row has no question."""
    question = fold(row.question)
    if len(question) < 8:
        return None
    url = absolute(page.base, row.link) if row.link and not row.link.startswith(("#", "javascript:")) else page.url
    topic = "budget" if _marks(page).budget.search(question) else "other"
    return Thread(row.asked_on, row.answered_on, row.answered, row.unit[:100], topic, url, _key(question), marked, True)


def _key(question: str) -> str:
    return hashlib.sha256(_NO_WORD.sub(" ", question).strip().encode()).hexdigest()[:16]


def _thread(page: Page, segment: Segment) -> Thread | None:
    head = segment.folded[: segment.answer] if segment.answer >= 0 else segment.folded
    # Where only who asked and when stands below the question, its words come before the marks.
    for words in (head[segment.lead :], head[: segment.lead]):
        question = " ".join(line for line in words if not _marks(page).personal.search(line))[-1500:]
        if len(question) >= 8:
            break
    if len(question) < 8:
        return None
    asked, answered = _dates(segment, page.words.table(DateWords))
    text = "\n".join(block.text for block in segment.blocks[max(segment.answer, 0) :])[:3000]
    folded = " ".join(segment.folded)[:4000]
    answered_here = segment.answer >= 0 or bool(page.words.table(TableWords).answered.search(folded))
    answered_here = answered_here and not page.words.table(ThreadWords).pending.search(folded)
    labelled = _marks(page).unit.search("\n".join(block.text for block in segment.blocks)[:6000])
    unit = labelled or _marks(page).signed_unit.search(text) or _marks(page).unit_in.search(text)
    return Thread(
        asked_on=asked,
        answered_on=answered,
        answered=answered_here,
        unit=" ".join(caught(unit).split())[:100] if unit else "",
        topic="budget" if _marks(page).budget.search(question) else "other",
        url=page.url,
        key=_key(question),
        marked=segment.marked or segment.answer_marked,
        told=labelled is not None or (unit is not None and any(block.text == unit[0] for block in segment.blocks)),
    )


def _dates(segment: Segment, said: DateWords) -> tuple[date | None, date | None]:
    """Return the dates (asked, answered), each by a label, else a signature, else a short line.

    Dates in long lines do not count, nor those within a line, because texts cite the dates of laws.
    """
    asked: list[tuple[int, date]] = []
    answered: list[tuple[int, date]] = []
    for number, words in enumerate(segment.folded):
        for found, start in dates(words, said):
            # A date that fills its line or cell has its label in the one before it.
            before = segment.folded[number - 1] if number and start < 3 else ""
            label = labelled(f"{before} {words}"[: len(before) + 1 + start], said)
            rank = 1 if SIGNED.search(words) else 2
            if label:
                (answered if label == "answered" else asked).append((0, found))
            elif rank == 2 and not dates_its_line(words, start, said):
                continue
            elif number < segment.answer or segment.answer < 0:
                asked += [(rank, found)] if len(words) < 120 else []
            elif len(words) < 80:
                answered.append((rank, found))
    return _first(asked), _first(answered)


def _first(dated: list[tuple[int, date]]) -> date | None:
    return min(dated, key=lambda ranked: ranked[0])[1] if dated else None


def status_rows(page: Page) -> int:
    """Return the number of lines that say that a question was answered ("Đã trả lời")."""
    lines, marks = zip(page.blocks, page.folded_lines, strict=True), page.words.table(TableWords)
    return sum(1 for block, words in lines if _shows_status(marks, block, words))


def status_dates(page: Page) -> list[date]:
    """Return the dates in such lines: those of their questions or answers."""
    lines, marks = zip(page.blocks, page.folded_lines, strict=True), page.words.table(TableWords)
    said = page.words.table(DateWords)
    return [found for block, words in lines if _shows_status(marks, block, words) for found, _ in dates(words, said)]


def _shows_status(marks: TableWords, block: Block, words: str) -> bool:
    return block.place not in ("menu", "footer", "aside") and len(words) < 200 and bool(marks.answered.search(words))
