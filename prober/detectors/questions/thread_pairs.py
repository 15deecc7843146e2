"""Read questions that open their answers: `details`, `dl`, accordions, cards, elements named question and answer.

Nothing in such a list says "Câu hỏi" or "Trả lời". It is known by its form, one heading to each text, and by what the
headings say: they ask, or the page is named for questions and some of them ask.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.link_promises import promises
from prober.detectors.questions.thread_split import Segment
from prober.domain.indicator import Kind
from prober.domain.page import Page
from prober.text.patterns import linear

_TOGGLES = "[data-toggle=collapse], [data-bs-toggle=collapse], [aria-controls], a[href^='#']"
_NAMED = "[class*=question i], [class*=cau-hoi i], [class*=cauhoi i], [class*=faq i], [class*=accordion i]"
_HEADED = "[class*=header i], [class*=heading i], [class*=title i]"
_COVERED = "[style*='display:none'], [style*='display: none'], [hidden]"
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5"))
_ANSWER_NAME = linear(r"answer|tra-?loi|dap|reply|content|body|panel")
_SURE = 0.5
_SHORTEST = 8  # characters of a question
_LONGEST = 600
_LEAST_WORDS = 4  # of a title that does not ask, among others that do
_LEAST_ANSWER = 5  # characters
_LONGEST_ANSWER = 20_000  # characters; a longer one is the whole page
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


def _marks(page: Page) -> PairWords:
    return page.words.table(PairWords)


def pairs(page: Page, known: frozenset[int]) -> list[Segment]:
    """Return a thread for each question with its answer; those with elements in `known` were read by their marks."""
    if "?" not in page.folded and not any(word in page.folded for word in _marks(page).asking):
        return []
    named = _names_questions(page)
    if not named and page.folded.count("?\n") < 2:
        return []
    found: list[Segment] = []
    told: set[int] = set()  # blocks that belong to a pair already
    lines: dict[int, list[int]] = {}
    for source, hints in _SOURCES:
        if not any(hint in page.html for hint in hints) or (source is _headed and not named):
            continue
        heads = list(source(page))
        if heads and not lines:
            for number, block in enumerate(page.blocks):
                lines.setdefault(block.node.mem_id, []).append(number)
        group = [made for pair in heads if (made := _segment(page, lines, *pair)) is not None]
        for segment in _asking(page, group, named):
            blocks = {id(block) for block in segment.blocks}
            read = any(block.node.mem_id in known for block in segment.blocks)
            if not read and told.isdisjoint(blocks):
                told |= blocks
                found.append(segment)
    return found


def _asking(page: Page, group: list[Segment], named: bool) -> list[Segment]:
    """Return the questions of a list; [] if it is a list of something else. `named`: the page is named for them."""
    asking = [_marks(page).asks.search(_question(segment)) is not None for segment in group]
    if not any(asking) or (not named and (sum(asking) < 2 or sum(asking) * 2 < len(group))):
        return []
    pairs_of = zip(group, asking, strict=True)
    return [segment for segment, asks in pairs_of if asks or _question(segment).count(" ") >= _LEAST_WORDS - 1]


def _names_questions(page: Page) -> bool:
    """Return True if title, address or a heading names the page a Q&A page."""
    links = promises(page)
    if links.text_of(Kind.QA, page.title) >= _SURE or links.path_of(Kind.QA, page.url) >= _SURE:
        return True
    heads = (block for block in page.headings if block.tag in ("h1", "h2") and block.place in ("main", "header"))
    return any(links.text_of(Kind.QA, block.text) >= _SURE for block in heads)


def _question(segment: Segment) -> str:
    return " ".join(segment.folded[: segment.answer])


def _segment(page: Page, lines: dict[int, list[int]], head: LexborNode, answers: list[LexborNode]) -> Segment | None:
    """Return the pair as a thread; None if it is part of a menu, or no pair of texts."""
    if sum(len(node.text()) for node in answers) > _LONGEST_ANSWER or len(head.text()) > 2 * _LONGEST:
        return None
    if any(node.css_first("input, textarea, select") is not None for node in answers):
        return None  # a poll or a form: the reader is asked
    question = _lines_in(lines, head)
    answer = [number for node in answers for number in _lines_in(lines, node) if number not in question]
    if not question or not answer or page.blocks[question[0]].place in _OUTSIDE:
        return None
    asked = " ".join(page.blocks[number].text for number in question)
    text = sum(len(page.blocks[number].text) for number in answer)
    linked = sum(len(link.text()) for node in answers for link in node.css("a")[:50])
    if not _SHORTEST <= len(asked) <= _LONGEST or text < _LEAST_ANSWER or linked > _LINKED * text:
        return None
    blocks = tuple(page.blocks[number] for number in (*question, *answer))
    folded = tuple(page.folded_lines[number] for number in (*question, *answer))
    return Segment(blocks, folded, len(question), 0, False, False)


def _lines_in(lines: dict[int, list[int]], node: LexborNode) -> list[int]:
    """Return the numbers of the lines in an element; a heading may be an inline element of its line."""
    found = sorted({number for inner in node.traverse() for number in lines.get(inner.mem_id, ())})
    if found or node.parent is None:
        return found
    own = lines.get(node.parent.mem_id, [])
    return own if len(own) == 1 else []


def _details(page: Page) -> Iterator[_Pair]:
    for head in page.tree.css("details > summary")[:MOST_PAIRS]:
        yield head, list(_following(head))


def _definitions(page: Page) -> Iterator[_Pair]:
    for head in page.tree.css("dl dt")[:MOST_PAIRS]:
        answers = []
        for node in _following(head):
            if node.tag != "dd":
                break
            answers.append(node)
        yield head, answers


def _toggled(page: Page) -> Iterator[_Pair]:
    """Yield the elements that open another one, which they name by its id."""
    heads = page.tree.css(_TOGGLES)[:MOST_PAIRS]
    wanted = {name for head in heads if (name := _target(head))}
    if not wanted:
        return
    targets: dict[str, LexborNode] = {}
    for node in page.tree.css("[id]"):
        name = node.attributes.get("id") or ""
        if name in wanted:
            targets.setdefault(name, node)
    seen = set()
    for head in heads:
        name = _target(head)
        target = targets.get(name)
        if target is not None and name not in seen:
            seen.add(name)
            yield head, [target]


def _target(head: LexborNode) -> str:
    attributes = head.attributes
    named = (attributes.get(name) or "" for name in ("data-target", "data-bs-target", "aria-controls", "href"))
    return next((name.strip().lstrip("#") for name in named if name.strip("# ")), "")


def _named_pairs(page: Page) -> Iterator[_Pair]:
    """Yield elements named question with what follows them, and elements of an accordion that hold two parts."""
    for node in page.tree.css(_NAMED)[:MOST_PAIRS]:
        parts = [child for child in node.iter() if (child.text() or "").strip()][:3]
        # Two parts of one kind are two questions.
        if len(parts) == 2 and len(parts[0].text()) <= _LONGEST and _kind(parts[0]) != _kind(parts[1]):
            yield parts[0], parts[1:]
        after = next(_following(node), None)
        if after is not None and _ANSWER_NAME.search((after.attributes.get("class") or "").lower()):
            yield node, [after]


def _titled(page: Page) -> Iterator[_Pair]:
    """Yield elements named as the head of a part, with the body after it: cards and panels of any product."""
    for node in page.tree.css(_HEADED)[:MOST_PAIRS]:
        after = next(_following(node), None)
        if after is not None and _ANSWER_NAME.search((after.attributes.get("class") or "").lower()):
            yield node, [after]


def _kind(node: LexborNode) -> tuple[str | None, str | None]:
    return node.tag, node.attributes.get("class")


def _covered(page: Page) -> Iterator[_Pair]:
    """Yield the elements before those that are hidden until a click."""
    for node in page.tree.css(_COVERED)[:MOST_PAIRS]:
        before = node.prev
        while before is not None and (before.tag or "-")[0] in "-!":
            before = before.prev
        if before is not None:
            yield before, [node]


def _headed(page: Page) -> Iterator[_Pair]:
    """Yield headings that end with a question mark, and what follows them up to the next heading."""
    for head in page.tree.css("h3, h4, h5")[:MOST_PAIRS]:
        if len(text := head.text().strip()) <= _LONGEST and text.endswith("?"):
            yield head, list(takewhile(lambda node: node.tag not in _HEADINGS, _following(head)))


def _following(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements after `node` in the same parent, at most MOST_PARTS."""
    current, left = node.next, MOST_PARTS
    while current is not None and left > 0:
        if (current.tag or "-")[0] not in "-!":
            left -= 1
            yield current
        current = current.next


# Each source with the texts without which a page has none of it.
_SOURCES: tuple[tuple[Callable[[Page], Iterator[_Pair]], tuple[str, ...]], ...] = (
    (_details, ("<details",)),
    (_definitions, ("<dt",)),
    (_toggled, ("collapse", "aria-controls", 'href="#')),
    (_named_pairs, ("question", "cau-hoi", "cauhoi", "faq", "accordion")),
    (_titled, ("header", "heading", "title")),
    (_covered, ("display:none", "display: none", "hidden")),
    (_headed, ("<h3", "<h4", "<h5")),
)
