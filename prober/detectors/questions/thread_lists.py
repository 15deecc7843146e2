"""Read lists of questions in rows of any element, each with its title, its state ("Đã trả lời") and its dates.

Content systems print such a list as rows of `div`s, list items or cards. A row is known by its state: it is the largest
element around the state that holds no other one. Its question is the link in it, or its first line.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.questions.thread_dates import DateWords, dates, labelled
from prober.detectors.questions.thread_split import own_box, within
from prober.detectors.questions.thread_tables import TableWords, ThreadRow
from prober.domain.pages.elements import leads_nowhere
from prober.domain.pages.page import Block, Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold

_DATE = linear(r"\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{4}|\d{1,2}[:h]\d{2}")
_LABEL = 25  # characters beside a state and dates in its line: "Trạng thái:", "Ngày gửi:"
_LONGEST_LINE = 400
_LONGEST_ROW = 1_500  # characters of a row; a larger element is the whole list
_SHORTEST = 8  # characters of a question
_LEVELS = 6  # of elements around the only state of a page
_NEAR = 12  # lines before and after a state that may be of its row
MOST_ROWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class ListWords:
    """Hold the words of the state of a question, from the packs."""

    TABLE: ClassVar = "thread_lists"
    states: tuple[str, ...]
    before: tuple[str, ...]
    state: re.Pattern[str]


def _marks(page: Page) -> ListWords:
    return page.words.table(ListWords)


def listed(page: Page, known: Container[int]) -> Iterator[ThreadRow]:
    """Yield the rows of the page, at most MOST_ROWS; `known` are memory ids of elements that were read already."""
    marks = _marks(page)
    if not any(f"{before}{state}" in page.folded for state in marks.states for before in marks.before):
        return
    states = [
        number
        for number, (block, words) in enumerate(zip(page.blocks, page.folded_lines, strict=True))
        if block.place == "main" and block.node.mem_id not in known and _shows_state(marks, block, words)
    ][:MOST_ROWS]
    nodes = [page.blocks[number].node for number in states]
    for place, number in enumerate(states):
        others = [nodes[beside] for beside in (place - 1, place + 1) if 0 <= beside < len(nodes)]
        others = [node for node in others if node.mem_id != nodes[place].mem_id]
        row = _row(page, number, _box(nodes[place], others))
        if row is not None:
            yield row


def _shows_state(marks: ListWords, block: Block, words: str) -> bool:
    """Return True if a line holds nothing but the state of a question, besides its title as a link, and dates."""
    if len(words) > _LONGEST_LINE or not any(state in words for state in marks.states):
        return False
    rest = words.replace(_title(block.node), "", 1) if len(words) > _LABEL else words
    rest, found = marks.state.subn("", rest)
    return found == 1 and len(_DATE.sub("", rest).strip(" .,:;|()-–")) <= _LABEL


def _title(node: LexborNode) -> str:
    link = node.css_first("a[href]")
    return fold(" ".join(link.text().split())) if link is not None else ""


def _box(node: LexborNode, others: list[LexborNode]) -> LexborNode:
    """Return the element of the row of a state: the largest that holds none of `others` and is no whole list."""
    limits = [own_box(node, other) for other in others]
    box, levels = node, 0
    while box.parent is not None and box.parent.tag not in ("body", "main", "html"):
        if any(box.mem_id == limit.mem_id for limit in limits) or len(box.parent.text()) > _LONGEST_ROW:
            break
        if not others and (levels >= _LEVELS or box.css_first("a[href]") is not None):
            break
        box, levels = box.parent, levels + 1
    return box


def _row(page: Page, number: int, box: LexborNode) -> ThreadRow | None:
    around = range(max(0, number - _NEAR), min(len(page.blocks), number + _NEAR + 1))
    lines = [n for n in around if within(page.blocks[n].node, box)]
    question, href = _question(box, [page.blocks[n] for n in lines if n != number])
    if len(question) < _SHORTEST:
        return None
    asked: list[date] = []
    answered: list[date] = []
    label, said = "", page.words.table(DateWords)
    for words in (page.folded_lines[n] for n in lines):
        for found, start in dates(words, said):
            what = labelled(f"{label} {words[:start]}", said)
            # A date in the title of a question is no date of it.
            if what or words.strip() != fold(question):
                (answered if what == "answered" else asked).append(found)
        label = words[-40:]
    done = page.words.table(TableWords).answered.search(page.folded_lines[number]) is not None
    return ThreadRow(question, min(asked, default=None), min(answered, default=None) if done else None, done, "", href)


def _question(box: LexborNode, lines: list[Block]) -> tuple[str, str]:
    """Return the question of a row and its address: its longest link, else its first line that is no date."""
    links = [
        (" ".join(link.text().split()), (link.attributes.get("href") or "").strip()) for link in box.css("a[href]")[:10]
    ]
    titles = [(text, href) for text, href in links if len(text) >= _SHORTEST and not leads_nowhere(href)]
    if titles:
        return max(titles, key=lambda title: len(title[0]))
    texts = (block.text for block in lines if len(_DATE.sub("", block.text)) >= _SHORTEST)
    return next(texts, ""), ""
