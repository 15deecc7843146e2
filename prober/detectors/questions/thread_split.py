"""Split a page into threads of question and answer, by the words of its lines and by the elements around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.link_promises import promises
from prober.detectors.questions.thread_tables import cells
from prober.domain.indicator import Kind
from prober.domain.pages.page import Block, Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold

_LONGEST_MARK = 25  # characters
_MOST_ELEMENTS = 400
_OPENS = ("data-target", "data-bs-target", "aria-controls", "data-toggle", "data-bs-toggle")
_LONGEST_ITEM = 1_500  # characters of an item of a list; a longer element is the list
_MOST_BEFORE = 12  # lines before the mark of a question
_MOST_LEVELS = 12  # of elements around a line
_DATED_LINE = 80  # characters of a line that is a date and its label
_DATE = linear(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")
_COMMENTS = linear(r"comment|binh-?luan|\brespond\b")
# A signature with date below a question or an answer: "Phòng Quản lý ngân sách (15/02/2020 15:24)".
SIGNED = linear(r"\(\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?:[ ,]+\d{1,2}[:h]\d{2})?\s*\)\s*(?:-.*)?$")
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "dt", "summary"))
_BULLETS = "-–—•*+·> "
_FORM_TAGS = frozenset(("label", "button", "legend"))
_Line = tuple[Block, str]


@dataclass(frozen=True, slots=True, eq=False)
class ThreadWords:
    """Hold the marks of questions and answers, from the packs."""

    TABLE: ClassVar = "thread_split"
    question: re.Pattern[str]
    answer: re.Pattern[str]
    # Marks without a colon count where they are an element of their own: <span>Câu hỏi</span> Người dân nộp ở đâu?
    bare_question: re.Pattern[str]
    bare_answer: re.Pattern[str]
    bare_start: re.Pattern[str]
    # A line about an answer, which a list of titles has too.
    about: re.Pattern[str]
    # The head of an answer, as opposed to a line about it ("Đơn vị trả lời", "Ngày trả lời").
    answer_head: re.Pattern[str]
    answer_hint: re.Pattern[str]  # a cheap test first: most lines of a page have none of these
    state: re.Pattern[str]
    pending: re.Pattern[str]
    hints: tuple[str, ...]  # without one of these there is no answer
    titles: frozenset[str]  # of a box above a poll or a menu
    date_labels: tuple[str, ...]  # beginnings of marks that only date a question


@dataclass(frozen=True, slots=True)
class Segment:
    blocks: tuple[Block, ...]
    folded: tuple[str, ...]
    answer: int  # position of the first answer mark, -1 where there is none
    lead: int = 0  # first lines that are no words of the question: its date, its number
    marked: bool = True  # the question has a mark of its own
    answer_marked: bool = True  # and the answer; neither has one where a heading opens a text

    def told_of(self, marks: ThreadWords) -> bool:
        """Return True if nothing but lines about it ("Ngày gửi", "Ngày trả lời") shows that this is a thread."""
        if self.answer >= 0 and not marks.about.match(self.folded[self.answer]):
            return False
        lines = (words.lstrip(_BULLETS) for words in self.folded)
        return not any(
            (mark := marks.question.match(words[:80]) or marks.bare_start.match(words))
            and not mark[0].startswith(marks.date_labels)
            for words in lines
        )


@lru_cache(maxsize=1)  # several detectors ask for the threads of the same page
def segments(page: Page) -> list[Segment]:
    marks = page.words.table(ThreadWords)
    some = any(word in page.folded for word in marks.hints)
    return _first_alone(page, [found for found in _split(page) if not _is_box_title(marks, found)]) if some else []


def _is_box_title(marks: ThreadWords, segment: Segment) -> bool:
    """Return True for the title "Câu hỏi" of a box, above a poll or a menu: nobody asked, and nothing was answered."""
    titles = [words for words in segment.folded if words.lstrip(_BULLETS) in marks.titles]
    if segment.answer >= 0 or not titles:
        return False
    rest = [words.lstrip(_BULLETS) for words in segment.folded]
    others = [words for words in rest if words not in marks.titles]
    return not any(marks.question.match(words[:80]) or marks.state.search(words) for words in others)


def _first_alone(page: Page, found: list[Segment]) -> list[Segment]:
    """Return the threads, the first one without the lines of the page that stand before its question.

    A question without a mark is known by its answer alone. Its own lines are in the largest element around the answer
    that does not hold the next answer; where there is no such element they come after the header of the site, and
    after the heading that names the section.
    """
    if not found or found[0].marked or found[0].answer < 1:
        return found
    first, answer = found[0], found[0].answer
    others = [segment for segment in found[1:2] if segment.answer >= 0]
    start = answer
    for other in others:
        box = own_box(first.blocks[answer].node, other.blocks[other.answer].node)
        while start > 0 and within(first.blocks[start - 1].node, box):
            start -= 1
    if start == answer:
        lines = enumerate(first.blocks[:answer])
        frame = [n for n, block in lines if block.place == "header" or _names_section(page, block)]
        start = max((n + 1 for n in frame if n + 1 < answer), default=0)
    cut = Segment(first.blocks[start:], first.folded[start:], answer - start, 0, False)
    return [cut, *found[1:]]


def _names_section(page: Page, block: Block) -> bool:
    return block.tag in ("h1", "h2", "h3") and promises(page).text_of(Kind.QA, block.text) > 0


def _split(page: Page) -> Iterator[Segment]:
    """Cut the main text into threads, each from its question to the line before the next question.

    A repeated mark ("Người gửi" after "Người gửi") begins the next thread even if the last one has no answer. A
    question without a mark is the text before its answer, back to the end of the last thread. Tables that list
    questions are left to `thread_tables`; otherwise their rows would be counted twice.
    """
    listed, bare = cells(page), _BareMarks(page.words.table(ThreadWords))
    current: list[_Line] = []
    lead, answer = 0, -1
    marks: set[str] = set()
    earlier: Block | None = None  # a line of the thread before
    for block, line in zip(page.blocks, page.folded_lines, strict=True):
        if block.place in ("footer", "menu", "aside") or block.tag == "th" or block.node.mem_id in listed:
            continue
        words = line.lstrip(_BULLETS)
        name = bare.question(block, words)
        # A form for asking follows the last thread of many pages; its labels are no question.
        form = block.tag in _FORM_TAGS and len(words) < 60
        heading = block.tag in _HEADING_TAGS and answer >= 0 and len(words) < 400
        if form or heading or (name and (answer >= 0 or name in marks)):
            before = _before(page, current, answer, block, lead if marks else None) if name else []
            if answer >= 0 or marks:
                yield _made(current[: len(current) - len(before)], answer, lead, bool(marks))
                earlier = current[lead][0]
            current, marks, lead, answer = before, set(), _lead(before), -1
        elif name and not marks:
            current = _before(page, current, answer, block, None)
            lead = _lead(current)
        if form:
            continue
        head = answer >= 0 and not marks and bare.answer_head(block, words)
        if head:
            start = _opening(current, answer, block)
            yield _made(current[:start], answer, lead, bool(marks))
            earlier = current[lead][0]
            current, lead, answer = current[start:], 0, -1
        if name:
            marks.add(name)
        current.append((block, words))
        if answer < 0 and (head or bare.answer(block, words)):
            current, answer, lead = *_near(current, len(current) - 1), max(lead - max(0, len(current) - 13), 0)
    if answer >= 0 or marks:
        yield _made(current if answer >= 0 else _alone(current, lead, earlier), answer, lead, bool(marks))


def _alone(current: list[_Line], lead: int, earlier: Block | None) -> list[_Line]:
    """Return the lines of the last question of a page, which has no answer, without what stands below the list.

    Its element is the largest one around it without a line of the thread `earlier`. Where every line is an element of
    its own, all lines stay.
    """
    if earlier is None:
        return current
    box = own_box(current[lead][0].node, earlier.node)
    end = lead + 1
    while end < len(current) and within(current[end][0].node, box):
        end += 1
    return current[:end] if box.mem_id != current[lead][0].node.mem_id else current


def _before(page: Page, current: list[_Line], answer: int, block: Block, lead: int | None) -> list[_Line]:
    """Return the last lines of `current` that belong to the question whose mark is in `block`.

    These are its heading, or else the lines of its own element, such as its date or, above the name of who asked, the
    question itself. `lead` is the number of lines before the mark of the question in `current`, None if there is no
    question in it. A date between two questions without answers is that of the second if it stands in its element, or
    if that of the first stood before it too.
    """
    if not current:
        return []
    last = current[-1][0]
    if last.tag in _HEADING_TAGS:
        return [] if _names_section(page, last) else current[-1:]
    first = answer < 0 and lead is None
    box = _item(block.node) if first else own_box(block.node, current[max(answer, 0)][0].node)
    start = len(current)
    while start > max(answer + 1, len(current) - _MOST_BEFORE) and within(current[start - 1][0].node, box):
        start -= 1
    dated = len(last.text) < _DATED_LINE and _DATE.search(last.text) is not None
    if start == len(current) and answer < 0 and lead != 0 and dated:
        start -= 1
    return current[start:]


def _item(node: LexborNode) -> LexborNode:
    """Return the element around a mark, if it may be an item of a list; else the element of the mark."""
    around = node.parent
    listed = around is not None and around.tag not in ("body", "main") and len(around.text()) <= _LONGEST_ITEM
    return around if around is not None and listed else node


def _lead(before: list[_Line]) -> int:
    """Return how many lines before a mark are no words of the question: all but a heading."""
    return 0 if before and before[-1][0].tag in _HEADING_TAGS else len(before)


class _BareMarks:
    """Tell the marks of questions and answers on one page.

    A mark has a colon, stands alone on its line, or is an element of its own within its line.
    """

    def __init__(self, marks: ThreadWords) -> None:
        self._marks = marks
        # By block element: the short texts of the elements in its lines, and of its links.
        self._elements: dict[int, frozenset[str]] = {}
        self._links: dict[int, frozenset[str]] = {}

    def question(self, block: Block, words: str) -> str:
        """Return the name of the mark of a question at the beginning of a line, without its number; "" if none."""
        mark = self._marks.question.match(words[:80])
        named = mark[0] if mark else self._bare(self._marks.bare_question, block, words)
        return "" if named and _in_comments(block) else named.strip(" :.?)0123456789")

    def answer(self, block: Block, words: str) -> bool:
        """Return True if an answer begins on this line."""
        if not self._marks.answer_hint.search(words) or self._marks.pending.search(words[:200]):
            return False
        said = self._marks.answer.search(words[:200]) is not None
        found = said or bool(self._bare(self._marks.bare_answer, block, words))
        return found and not _in_comments(block) and not self._replies(block, words)

    def answer_head(self, block: Block, words: str) -> bool:
        """Return True if this line is the head of an answer, as opposed to a line about it."""
        said = self._marks.answer_head.match(words[:200]) is not None
        if not said and not self._bare(self._marks.bare_answer, block, words):
            return False
        return not (self._marks.pending.search(words[:200]) or _in_comments(block) or self._replies(block, words))

    def _bare(self, marks: re.Pattern[str], block: Block, words: str) -> str:
        if not self._marks.bare_start.match(words):
            return ""
        known = self._elements.get(block.node.mem_id)
        if known is None:
            known = self._elements[block.node.mem_id] = frozenset(_short_texts(block.node))
        return max((text for text in known if words.startswith(f"{text} ") and marks.fullmatch(text)), default="")

    def _replies(self, block: Block, words: str) -> bool:
        """Return True if a line is nothing but a link to reply, as below a comment."""
        if len(words) > _LONGEST_MARK:
            return False
        known = self._links.get(block.node.mem_id)
        if known is None:
            known = self._links[block.node.mem_id] = frozenset(_reply_links(block.node))
        return words in known


def _short_texts(node: LexborNode) -> Iterator[str]:
    """Yield the folded short texts of the inline elements of a block element."""
    for element in node.css("b, strong, span, em, i, u, font")[:_MOST_ELEMENTS]:
        text = element.text()[: 4 * _LONGEST_MARK]
        if len(text) <= _LONGEST_MARK:
            yield fold(text).strip(" :.-–\xa0\n\t")


def _in_comments(block: Block) -> bool:
    """Return True for a line in the comments on an article, in which readers reply to each other."""
    return any(
        _COMMENTS.search(f"{node.attributes.get('id')} {node.attributes.get('class')}".lower())
        for node in islice(_upwards(block.node), _MOST_LEVELS)
        if node.tag not in ("body", "html", "main")
    )


def _reply_links(node: LexborNode) -> Iterator[str]:
    """Yield the folded short texts of links in an element that do not open a part of this page ("Trả lời")."""
    links = [node] if node.tag == "a" else node.css("a")[:_MOST_ELEMENTS]
    for link in links:
        if not any(name in link.attributes for name in _OPENS):
            yield fold(" ".join(link.text()[: 4 * _LONGEST_MARK].split()))


def _made(current: list[_Line], answer: int, lead: int, marked: bool) -> Segment:
    kept = current[: max(answer, 0) + 60]
    return Segment(tuple(block for block, _ in kept), tuple(words for _, words in kept), answer, lead, marked)


def _opening(current: list[_Line], answer: int, block: Block) -> int:
    """Return the position in `current` at which the question of a second answer begins.

    That is the beginning of its own element; else after the signature of the first answer; else the last line that
    asks, or the last line.
    """
    box = own_box(block.node, current[answer][0].node)
    start = len(current)
    while start > answer + 1 and within(current[start - 1][0].node, box):
        start -= 1
    if start < len(current):
        return start
    after = range(answer + 1, len(current))
    signed = next((number for number in after if SIGNED.search(current[number][1])), len(current))
    if signed < len(current) - 1:
        return signed + 1
    asking = [number for number in after if current[number][1].endswith("?")]
    return asking[-1] if asking else max(answer + 1, len(current) - 1)


def own_box(node: LexborNode, other: LexborNode) -> LexborNode:
    """Return the largest element around `node` that does not contain `other`."""
    above = {element.mem_id for element in _upwards(other)}
    box = node
    for element in _upwards(node):
        if element.mem_id in above:
            break
        box = element
    return box


def _upwards(node: LexborNode) -> Iterator[LexborNode]:
    """Yield `node` and every element around it, from the inside out."""
    current: LexborNode | None = node
    while current is not None:
        yield current
        current = current.parent


def within(node: LexborNode, box: LexborNode) -> bool:
    return any(element.mem_id == box.mem_id for element in _upwards(node))


def _near(current: list[_Line], answer: int) -> tuple[list[_Line], int]:
    """Keep at most 12 lines before the answer; its question comes right before it."""
    start = max(0, answer - 12)
    return current[start:], answer - start
