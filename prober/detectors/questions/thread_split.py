"""Split a page into threads of question and answer, by the words of its lines and by the elements around them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborNode

from prober.detectors.questions.thread_tables import cells
from prober.domain.page import Block, Page
from prober.text.patterns import linear

_QUESTION = linear(
    r"^(?:noi dung )?(?:cau )?hoi(?: so)?(?: \d+)?\s*[:?.)]|^(?:nguoi (?:hoi|gui)|ho (?:va )?ten nguoi (?:hoi|"
    r"gui)|ngay (?:hoi|gui)(?: cau hoi)?|"
    r"cong dan hoi|ban doc hoi|question)\s*:|^cau hoi(?: \d+)?$|^q\s*[:.]|^(?:nguoi|ngay) (?:hoi|gui)$|"
    r"^(?:ong|ba|anh|chi|cu tri|cong dan|ban)\b[^:]{0,60}\bhoi\s*:"
)
_ANSWER = linear(
    r"^(?:noi dung |cau )?tra loi\s*(?:(?:\([^)]{1,40}\)\s*)?[:.]|cau hoi\b|$)|^(?:dap|answer|a)\s*:|"
    r"^(?:don vi|co quan|phong|nguoi|so|ngay) tra loi|"
    r"^(?:so|ubnd|uy ban|phong|ban|cuc|chi cuc|van phong|trung tam|bao hiem)\b[^:]{0,60}\btra loi\s*:|"
    r"^y kien tra loi|^phan hoi\s*:|\btra loi nhu sau\s*:?"
)
# The head of an answer, as opposed to a line about it ("Đơn vị trả lời", "Ngày trả lời").
_ANSWER_HEAD = linear(r"^(?:noi dung |cau )?tra loi\s*(?:(?:\([^)]{1,40}\)\s*)?[:.]|$)|^(?:dap|answer)\s*:")
# A signature with date below a question or an answer: "Phòng Quản lý ngân sách (15/02/2020 15:24)".
SIGNED = linear(r"\(\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?:[ ,]+\d{1,2}[:h]\d{2})?\s*\)\s*(?:-.*)?$")
_ANSWER_HINT = linear(r"loi|dap|hoi|ans|^a")  # a cheap test first: most lines of a page have none of these
PENDING = linear(r"\b(?:chua|dang cho|cho) (?:duoc )?(?:tra loi|xu ly|phan hoi)\b|\bdang xu ly\b")
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "dt", "summary"))
_BULLETS = "-–—•*+·> "
_FORM_TAGS = frozenset(("label", "button", "legend"))
_Line = tuple[Block, str]


@dataclass(frozen=True, slots=True)
class Segment:
    blocks: tuple[Block, ...]
    folded: tuple[str, ...]
    answer: int  # position of the first answer mark, -1 where there is none


@lru_cache(maxsize=1)  # several detectors ask for the threads of the same page
def segments(page: Page) -> list[Segment]:
    some = any(word in page.folded for word in ("tra loi", "dap:", "answer", "\nq:", "\nq."))
    return list(_split(page)) if some else []


def _split(page: Page) -> Iterator[Segment]:
    """Cut the main text into threads, each from its question to the line before the next question.

    A repeated mark ("Người gửi" after "Người gửi") begins the next thread even if the last one has no answer. A
    question without a mark is the text before its answer, back to the end of the last thread. Tables that list
    questions are left to `thread_tables`; otherwise their rows would be counted twice.
    """
    listed = cells(page)
    current: list[_Line] = []
    marks: set[str] = set()
    answer = -1
    for block, line in zip(page.blocks, page.folded_lines, strict=True):
        if block.place in ("footer", "menu", "aside") or block.tag == "th" or block.node.mem_id in listed:
            continue
        words = line.lstrip(_BULLETS)
        mark = _QUESTION.match(words[:80])
        name = mark[0].strip(" :.?)0123456789") if mark else ""
        # A form for asking follows the last thread of many pages; its labels are no question.
        form = block.tag in _FORM_TAGS and len(words) < 60
        heading = block.tag in _HEADING_TAGS and answer >= 0 and len(words) < 400
        if form or heading or (name and (answer >= 0 or name in marks)):
            opening = current[-1:] if name and current and current[-1][0].tag in _HEADING_TAGS else []
            if answer >= 0 or marks:
                yield _made(current[: len(current) - len(opening)], answer)
            current, marks, answer = opening, set(), -1
        if form:
            continue
        if answer >= 0 and not marks and words[:1] in "tdacn" and _ANSWER_HEAD.match(words[:200]):
            start = _opening(current, answer, block)
            yield _made(current[:start], answer)
            current, answer = current[start:], -1
        if name:
            current = current if marks else current[-1:]
            marks.add(name)
        current.append((block, words))
        if (
            answer < 0
            and _ANSWER_HINT.search(words)
            and _ANSWER.search(words[:200])
            and not PENDING.search(words[:200])
        ):
            current, answer = _near(current, len(current) - 1)
    if answer >= 0 or marks:
        yield _made(current, answer)


def _opening(current: list[_Line], answer: int, block: Block) -> int:
    """Return the position in `current` at which the question of a second answer begins.

    That is the beginning of its own element; else after the signature of the first answer; else the last line that
    asks, or the last line.
    """
    box = _own_box(block.node, current[answer][0].node)
    start = len(current)
    while start > answer + 1 and _within(current[start - 1][0].node, box):
        start -= 1
    if start < len(current):
        return start
    after = range(answer + 1, len(current))
    signed = next((number for number in after if SIGNED.search(current[number][1])), len(current))
    if signed < len(current) - 1:
        return signed + 1
    asking = [number for number in after if current[number][1].endswith("?")]
    return asking[-1] if asking else max(answer + 1, len(current) - 1)


def _own_box(node: LexborNode, other: LexborNode) -> LexborNode:
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


def _within(node: LexborNode, box: LexborNode) -> bool:
    return any(element.mem_id == box.mem_id for element in _upwards(node))


def _near(current: list[_Line], answer: int) -> tuple[list[_Line], int]:
    """Keep at most 12 lines before the answer; its question comes right before it."""
    start = max(0, answer - 12)
    return current[start:], answer - start


def _made(current: list[_Line], answer: int) -> Segment:
    kept = current[: max(answer, 0) + 60]
    return Segment(tuple(block for block, _ in kept), tuple(words for _, words in kept), answer)
