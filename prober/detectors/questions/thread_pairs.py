"""Read questions that open their answers: `details`, `dl`, accordions, elements named question and answer, headings.

Nothing in such a list says "Câu hỏi" or "Trả lời". It is known by its form, one heading to each text, and by what the
headings say: they ask, or the page is named for questions and some of them ask.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.link_promises import promises
from prober.detectors.questions.thread_split import Segment
from prober.domain.indicator import Kind
from prober.domain.pages.page import Page
from prober.text.patterns import linear

_TOGGLES = "[data-toggle=collapse], [data-bs-toggle=collapse], [aria-controls], a[href^='#']"
_TARGETS = ("data-target", "data-bs-target", "aria-controls", "href")
_NAMED = ", ".join(
    f"[class*={name} i]" for name in ("question", "cau-hoi", "cauhoi", "faq", "accordion", "header", "heading", "title")
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5"))
_ANSWER_NAME = linear(r"answer|tra-?loi|dap|reply|content|body|panel")
_SURE = 0.5
_SHORTEST, _LONGEST = 8, 600  # characters of a question
_LEAST_WORDS = 4  # of a title that does not ask, among others that do
_LEAST_ANSWER, _LONGEST_ANSWER = 5, 20_000  # characters; a longer one is the whole page
_LINKED = 0.8  # share of an answer that is links, from which it is a menu
_OUTSIDE = frozenset(("menu", "footer", "aside"))
MOST_PAIRS = 200
MOST_PARTS = 40  # elements of one answer
_Pair = tuple[LexborNode, list[LexborNode]]


@dataclass(frozen=True, slots=True, eq=False)
class PairWords:
    """Hold the words by which headings ask, from the packs."""

    TABLE: ClassVar = "thread_pairs"
    asks: re.Pattern[str]
    asking: tuple[str, ...]  # in a heading that asks without a question mark


def pairs(page: Page, known: frozenset[int]) -> list[Segment]:
    """Return a thread for each question with its answer; those with elements in `known` were read by their marks."""
    marks, named = page.words.table(PairWords), _names_questions(page)
    if not named and page.folded.count("?\n") < 2:
        return []
    found: list[Segment] = []
    told: set[int] = set()  # blocks that belong to a pair already
    lines: dict[int, list[int]] = {}
    for number, block in enumerate(page.blocks):
        lines.setdefault(block.node.mem_id, []).append(number)
    for source in (_details, _toggled, _named_pairs, _covered, *((_headed,) if named else ())):
        group = [made for pair in islice(source(page), MOST_PAIRS) if (made := _segment(page, lines, *pair))]
        for segment in _asking(marks, group, named):
            blocks = {id(block) for block in segment.blocks}
            if told.isdisjoint(blocks) and not any(block.node.mem_id in known for block in segment.blocks):
                told |= blocks
                found.append(segment)
    return found


def _asking(marks: PairWords, group: list[Segment], named: bool) -> list[Segment]:
    """Return the questions of a list; [] if it is a list of something else. `named`: the page is named for them."""
    questions = [" ".join(segment.folded[: segment.answer]) for segment in group]
    asking = [marks.asks.search(question) is not None for question in questions]
    if not any(asking) or (not named and (sum(asking) < 2 or sum(asking) * 2 < len(group))):
        return []
    told = zip(group, asking, questions, strict=True)
    return [segment for segment, asks, question in told if asks or question.count(" ") >= _LEAST_WORDS - 1]


def _names_questions(page: Page) -> bool:
    """Return True if title, address or a heading names the page a Q&A page."""
    links = promises(page)
    heads = (block.text for block in page.headings if block.tag in ("h1", "h2") and block.place in ("main", "header"))
    named = any(links.text_of(Kind.QA, text) >= _SURE for text in (page.title, *heads))
    return named or links.path_of(Kind.QA, page.url) >= _SURE


def _segment(page: Page, lines: dict[int, list[int]], head: LexborNode, answers: list[LexborNode]) -> Segment | None:
    """Return the pair as a thread; None if it is part of a menu, a poll or a form, or no pair of texts."""
    if sum(len(node.text()) for node in answers) > _LONGEST_ANSWER or len(head.text()) > 2 * _LONGEST:
        return None
    question = _lines_in(lines, head)
    answer = [number for node in answers for number in _lines_in(lines, node) if number not in question]
    filled = any(node.css_first("input, textarea, select") is not None for node in answers)
    if filled or not question or not answer or page.blocks[question[0]].place in _OUTSIDE:
        return None
    asked = " ".join(page.blocks[number].text for number in question)
    text = sum(len(page.blocks[number].text) for number in answer)
    linked = sum(len(link.text()) for node in answers for link in node.css("a")[:50])
    if not _SHORTEST <= len(asked) <= _LONGEST or text < _LEAST_ANSWER or linked > _LINKED * text:
        return None
    both = (*question, *answer)
    blocks, folded = tuple(page.blocks[at] for at in both), tuple(page.folded_lines[at] for at in both)
    return Segment(blocks, folded, len(question), 0, False, False)


def _lines_in(lines: dict[int, list[int]], node: LexborNode) -> list[int]:
    """Return the numbers of the lines in an element; a heading may be an inline element of its line."""
    found = sorted({number for inner in node.traverse() for number in lines.get(inner.mem_id, ())})
    own = lines.get(node.parent.mem_id, []) if node.parent is not None else []
    return found or (own if len(own) == 1 else [])


def _details(page: Page) -> Iterator[_Pair]:
    """Yield a summary or a term with what it opens or explains."""
    for head in page.tree.css("details > summary, dl dt"):
        yield head, [*takewhile(lambda node: node.tag != "dt", _following(head))]


def _toggled(page: Page) -> Iterator[_Pair]:
    """Yield the elements that open another one, which they name by its id."""
    heads: dict[str, LexborNode] = {}
    for head in page.tree.css(_TOGGLES)[:MOST_PAIRS]:
        named = ((head.attributes.get(name) or "").strip().lstrip("#") for name in _TARGETS)
        if name := next(filter(None, named), ""):
            heads.setdefault(name, head)
    for node in page.tree.css("[id]") if heads else ():
        if head_of := heads.pop(node.attributes.get("id") or "", None):
            yield head_of, [node]


def _named_pairs(page: Page) -> Iterator[_Pair]:
    """Yield elements named question or heading with the answer after them, and parts of an accordion that hold both."""
    for node in page.tree.css(_NAMED)[:MOST_PAIRS]:
        parts = [child for child in node.iter() if (child.text() or "").strip()][:3]
        kinds = {(part.tag, part.attributes.get("class")) for part in parts}  # two parts of one kind are two questions
        if len(parts) == len(kinds) == 2 and len(parts[0].text()) <= _LONGEST:
            yield parts[0], parts[1:]
        after = next(_following(node), None)
        if after is not None and _ANSWER_NAME.search((after.attributes.get("class") or "").lower()):
            yield node, [after]


def _covered(page: Page) -> Iterator[_Pair]:
    """Yield the elements before those that are hidden until a click."""
    for node in page.tree.css("[style*='display:none'], [style*='display: none'], [hidden]"):
        before = node.prev
        while before is not None and (before.tag or "-")[0] in "-!":
            before = before.prev
        if before is not None:
            yield before, [node]


def _headed(page: Page) -> Iterator[_Pair]:
    """Yield headings that end with a question mark, and what follows them up to the next heading."""
    for head in page.tree.css("h3, h4, h5"):
        if len(text := head.text().strip()) <= _LONGEST and text.endswith("?"):
            yield head, [*takewhile(lambda node: node.tag not in _HEADINGS, _following(head))]


def _following(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements after `node` in the same parent, at most MOST_PARTS."""
    current, left = node.next, MOST_PARTS
    while current is not None and left > 0:
        if (current.tag or "-")[0] not in "-!":
            left -= 1
            yield current
        current = current.next
