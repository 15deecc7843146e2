"""Hold open what a page may show: marks at which a person would stop, where no detector decided.

An absence rests on the shape of the pages that were read, not on a list of names. Where a page has the shape of what is
looked for under a name that nobody thought of, the finding `undecided` keeps the verdict unknown, and the page is its
evidence. A doubt never makes anything present.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from selectolax.lexbor import LexborNode

from prober.detectors.access import AccessWords
from prober.detectors.body import Body
from prober.detectors.email.address_classes import AddressWords
from prober.detectors.email.address_finder import contact_page
from prober.detectors.email.deobfuscation import addresses
from prober.detectors.link_promises import FILE, named_in_frame, promises, urlsplit_path
from prober.detectors.questions.qa_section import question_lines
from prober.detectors.questions.thread_dates import DateWords, dates
from prober.detectors.questions.threads import status_rows, threads
from prober.detectors.social import undecided_channels
from prober.detectors.web_form import FormWords, embedded_form, forms
from prober.domain.finding import UNDECIDED, Finding, State
from prober.domain.indicator import BY_KIND, OWN_QA, Kind, names
from prober.domain.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import FORMLESS

VERSION = "1"
_QUESTIONS = 3  # lines that ask, which make a list of questions
_ENTRIES = 3  # short lines with a date, which make a list of letters
_SECTION = 2  # published questions and answers, or a form: level of a Q&A section (prober.domain.coverage)
_LONGEST_LINE = 200  # characters
_LONGEST_NAME = 120  # characters of a heading or label
_BEFORE_NAME = 2  # most words of a heading before the name of the section in it; a headline has more
_HEADLINE = 8  # blanks in the heading of a piece of news
_SLUG = 5  # hyphens in its address
_PARTS = 2  # kinds of parts of a section, which no piece of news has
_SAID = 0.25  # promise of "Công khai - Minh bạch"
_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary"))
_SIGN = linear(r"[@＠﹫]")
_SHELL = '[id*="form" i]:empty, [class*="form" i]:empty, iframe[src*="form" i]'


@dataclass(frozen=True, slots=True, eq=False)
class DoubtWords:
    """Hold the words at which a person would stop, from the packs."""

    TABLE: ClassVar = "doubts"
    nearly_address: re.Pattern[str]  # after a label "E-mail:", what an address may be written with
    channel: re.Pattern[str]  # a line that tells a channel by its name and has no link
    access: re.Pattern[str]  # names the publicity of information in words of its own
    writes: re.Pattern[str]  # ids and classes of a form to write to the body that only a script fills


class Mark(NamedTuple):
    """What makes the doubt: its code, the words of the page, and their element."""

    code: str
    words: str
    node: LexborNode | None = None


def doubts(page: Page, body: Body, found: Sequence[Finding]) -> list[Finding]:
    """Return one finding for each kind of which `found`, what the detectors say of the page, decides nothing."""
    kinds = names(body.sought)
    return [
        Finding(
            kind, UNDECIDED, "", State.UNKNOWN, 0, 0.2, mark.words[:300],
            css_path(mark.node) if mark.node is not None else "", page.url, "doubts", VERSION, {"mark": mark.code},
        )
        for kind, marks in MARKS.items()
        if kind in kinds and not _decided(kind, found) and (mark := next(marks(page, body, found), None)) is not None
    ]  # fmt: skip


def _decided(kind: str, found: Sequence[Finding]) -> bool:
    """Return True if a finding of the page counts, or says whose the page is if it is not the body's."""
    for finding in found:
        if finding.kind != kind:
            continue
        if kind == Kind.QA:
            here = not finding.detail.get("href")
            if here and (finding.level >= _SECTION or finding.category not in OWN_QA):
                return True
        elif finding.state == State.UNKNOWN or _counts(kind, finding):
            return True
    return False


def _counts(kind: str, finding: Finding) -> bool:
    counted = BY_KIND[kind].counted
    return not finding.detail.get("candidate") and (counted is None or finding.category in counted)


def _questions(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Mark]:
    """Yield marks of a section of questions under another name: answers, several lines that ask, letters with dates."""
    if _is_article(page) or any(map(promises(page).is_contest, _names(page))):
        return
    answered = [thread.marked for thread in threads(page, body) if thread.answered]
    if any(answered) or max(len(answered), status_rows(page)) > 1:  # one without marks is any sentence with "answered"
        yield Mark("answers", page.title)
    if question_lines(page) >= _QUESTIONS:
        yield Mark("questions", page.title)
    named = next((text for text in _names(page) if promises(page).text_of(Kind.QA, text) >= FORMLESS), "")
    if named and not page.words.table(FormWords).draft.search(fold(named)):
        said = page.words.table(DateWords)
        lines = (words for block, words in _main(page) if len(words) < _LONGEST_LINE)
        if sum(any(True for _ in dates(words, said)) for words in lines) >= _ENTRIES:
            yield Mark("letters", named)


def _address(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Mark]:
    """Yield lines of the frame or of a contact page that nearly are an address."""
    marks, contact = page.words.table(DoubtWords), contact_page(page)
    vendor = page.words.table(AddressWords).vendor_words
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        if block.hidden or len(words) > _LONGEST_LINE or not (contact or block.place in ("footer", "header")):
            continue
        nearly = _SIGN.search(block.text) or marks.nearly_address.search(words)
        if nearly and not addresses(block.text) and not vendor.search(words):
            yield Mark("address", block.text, block.node)


def _channel(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Mark]:
    """Yield links to channels of which nothing tells whose they are, and lines that tell one by its name."""
    contact = contact_page(page)
    for link in undecided_channels(page, body, contact):
        yield Mark("channel", link.text or link.url)
    marks = page.words.table(DoubtWords)
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        shown = not block.hidden and (contact or block.place in ("footer", "header"))
        if shown and len(words) < _LONGEST_NAME and marks.channel.search(words):
            yield Mark("channel", block.text, block.node)


def _access(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Mark]:
    """Yield parts of a section that stand alone, and what is named for it without being one."""
    parts = [finding for finding in found if finding.kind == Kind.ACCESS and finding.category != "section"]
    if _is_article(page) and len({part.category for part in parts}) < _PARTS:
        return
    for part in parts:
        yield Mark("part", part.snippet)
    marks, own = page.words.table(AccessWords), page.words.table(DoubtWords).access
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        name = own.search(words) if block.tag in _HEADS and len(words) < _LONGEST_NAME else None
        if name and words[: name.start()].count(" ") <= _BEFORE_NAME and not marks.press.search(words):
            yield Mark("heading", block.text, block.node)
    for link in page.links:
        words = fold(link.text) if len(link.text) < _LONGEST_LINE and FILE.search(urlsplit_path(link.url)) else ""
        if words and (marks.regulation.search(words) or marks.list.search(words) or marks.form.search(words)):
            yield Mark("document", link.text)
    if any(promises(page).text_of(Kind.ACCESS, text) >= _SAID for text in _names(page)):
        for block, words in _main(page):
            said = any(mark.search(words) for mark in (marks.focal, marks.regulation, marks.list, marks.form))
            if said and not marks.press.search(words):
                yield Mark("words", block.text, block.node)


def _form(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Mark]:
    """Yield text areas of which nothing tells what they are for, and places that a script or a service fills."""
    told = {area.mem_id for form in forms(page) for area in form.node.css("textarea, [contenteditable=true]")}
    for area in page.tree.css("textarea, [contenteditable=true]"):
        if area.mem_id not in told and not _hidden(area):
            yield Mark("text_area", area.attributes.get("placeholder") or page.title, area)
    if embedded_form(page):
        yield Mark("form_service", page.title)
    writes = page.words.table(DoubtWords).writes
    for node in page.tree.css(_SHELL):
        named = " ".join(node.attributes.get(name) or "" for name in ("id", "class", "src") if node.tag != "i")
        if writes.search(fold(named)):
            yield Mark("shell", named, node)


def _hidden(node: LexborNode) -> bool:
    return "hidden" in node.attributes or "display:none" in (node.attributes.get("style") or "").replace(" ", "")


def _names(page: Page) -> Iterator[str]:
    """Yield what names a page: the parts of its title, and its own headings."""
    yield page.title.split(" | ")[0].split(" - ")[0]
    for block in page.blocks:
        if block.tag in ("h1", "h2") and block.place in ("main", "header") and len(block.text) < _LONGEST_NAME:
            yield block.text


def _main(page: Page) -> Iterator[tuple[Block, str]]:
    return (pair for pair in zip(page.blocks, page.folded_lines, strict=True) if pair[0].place == "main")


def _is_article(page: Page) -> bool:
    """Return True for a piece of news: by a long heading of its own, or by its address."""
    if named_in_frame(page):
        return False
    if any(block.tag == "h1" and block.text.count(" ") > _HEADLINE for block in page.blocks):
        return True
    return urlsplit_path(page.url).rstrip("/").rpartition("/")[2].count("-") > _SLUG


MARKS: Mapping[str, Callable[[Page, Body, Sequence[Finding]], Iterator[Mark]]] = MappingProxyType(
    {Kind.QA: _questions, Kind.EMAIL: _address, Kind.SOCIAL: _channel, Kind.ACCESS: _access, Kind.WEB_FORM: _form}
)
