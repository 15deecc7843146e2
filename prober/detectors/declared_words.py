"""Recognise a page by the words that an indicator declares: in its title, headings and address, and on the page.

A page is about the thing if its title, a heading or its address says so as the name of a section does; a headline does
not. What must and must not stand there is looked for under that heading; where only title or address say it, on the
whole page without menus. A line such as "Hotline: 0123 456 789" is a heading with its own text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple
from urllib.parse import unquote

from prober.detectors.link_promises import LinkMarks, LinkPromises, urlsplit_path
from prober.domain.finding import Finding, State
from prober.domain.indicator import Indicator, PageWords
from prober.domain.pages.link_names import LONGEST_LABEL
from prober.domain.pages.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import accented, fold, key
from prober.text.words import STRONG, LinkWords, Words

VERSION = "2"
PAGE, NOT_ENOUGH = "page", "not_enough"  # categories: it is there; a page is named so, and the words say otherwise
_BEFORE = 2  # most words before those that name a section, besides words for a section
_NAMED = 0.6  # of a promise that names a section
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption")
_DOCUMENT = linear(r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|rtf|zip|rar|7z|csv)$", re.IGNORECASE)
_BLOCKS, _PLACES = 20_000, 50  # most lines of a page and places on it that are looked at
_TITLE, _LONGEST_HEADING = 300, 400  # characters
_LONGEST = 80  # characters of a label before a colon
_LEAST = 3  # words under a heading, where no words are declared
_PARTS = linear(r"\s[|–—»›•:-]+\s|\|")  # between the parts of a title
# A number of at least nine digits from a nought or an international code, or one at a special rate.
_TELEPHONE = linear(r"(?:\+\d|\(?\b0)(?:[ .()-]{0,2}\d){8,11}|\b1[89]00(?:[ .-]?\d){4,6}")


class _Place(NamedTuple):
    """Where a page says that it is about the thing, and the text that belongs to it."""

    words: str
    block: Block | None
    text: Sequence[Block]
    sure: float


def declared_words(indicator: Indicator, page: Page) -> list[Finding]:
    """Return the page as a finding if it is what the indicator declares, or as not enough if it is only called so."""
    rule = indicator.page or PageWords()
    places = list(islice(_places(page, indicator), _PLACES))
    for place in places:
        if (proof := _proof(page, place, rule)) is not None:
            return [_finding(indicator, page, PAGE, place, proof)]
    return [_finding(indicator, page, NOT_ENOUGH, place, place.words) for place in places[:1]]


def _places(page: Page, indicator: Indicator) -> Iterator[_Place]:
    """Yield the places that are called so, the surest first."""
    called = _names(page.words, indicator)
    shown = [block for block in page.blocks[:_BLOCKS] if block.place not in ("menu", "header")]
    own = [block for block in shown if block.place != "footer"]
    likely = [n for n, block in enumerate(shown) if called.may_stand(block.text)]
    linked = {link.text for link in page.links} if likely else set()
    for number in likely:
        block = shown[number]
        if block.tag in _HEADINGS and block.text not in linked and called(block.text):
            yield _Place(block.text, block, _under(shown, number), 0.9)
    for part in _PARTS.split(page.title[:_TITLE]):
        if called(part):
            yield _Place(part, None, own, 0.8)
    if called.in_address(page.url):
        yield _Place(page.title, None, own, 0.7)
    for number in likely:
        label, colon, rest = shown[number].text.partition(":")
        if colon and rest.strip() and len(label) <= _LONGEST and called.before_colon(label):
            yield _Place(label, shown[number], (shown[number],), 0.7)


def _under(blocks: Sequence[Block], number: int) -> Sequence[Block]:
    """Return a heading with all that follows it up to the next heading as high, in the same part of the page."""
    head = blocks[number]
    below = takewhile(
        lambda block: block.place == head.place and not (block.tag in _HEADINGS and block.tag <= head.tag),
        blocks[number + 1 :],
    )
    return (head, *below)


class _Names:
    """Tell whether a text names the thing, by the words of its links and its headings."""

    def __init__(self, words: Words, indicator: Indicator) -> None:
        links = indicator.links or LinkWords()
        headings = LinkWords(dict.fromkeys((indicator.page or PageWords()).headings, STRONG))
        self._links = LinkPromises(Words(words.languages, {indicator.kind: links + headings}, words.tables))
        self._kind = indicator.kind
        labels = {*(indicator.links or LinkWords()).labels, *(indicator.page or PageWords()).headings}
        self._labels = _bare(labels)
        self._headings = _bare((indicator.page or PageWords()).headings)
        self._slugs = {*(indicator.links or LinkWords()).slugs, *(fold(label).replace(" ", "-") for label in labels)}
        self._leads = words.table(LinkMarks).leads
        # One word of each label, for a cheap look before the costly one.
        self._rarest = tuple({max(fold(label).split(), key=len, default="") for label in labels})

    def may_stand(self, text: str) -> bool:
        """Return False for a text that surely names something else."""
        folded = fold(text[:_LONGEST_HEADING])
        return any(word in folded for word in self._rarest)

    def __call__(self, text: str) -> bool:
        """Return True for the name of a section; a headline has more words before those of the section.

        "Danh sách phản ánh, kiến nghị" names one; "Ra mắt ứng dụng phản ánh" reports what happened. What begins with a
        declared heading goes on as it likes: a draft has a long name of its own.
        """
        line = _line(text)
        if _begins(line, self._headings):
            return True
        if self._links.text_of(self._kind, text) < _NAMED:
            return False
        places = [place for word, bare in self._labels for place in (line.words.find(word), line.folded.find(bare))]
        before = line.words[: min(place for place in places if place >= 0)].split() if max(places) >= 0 else []
        return sum(word not in self._leads for word in before) <= _BEFORE

    def before_colon(self, text: str) -> bool:
        """Return True for a label that begins with the name: "Ban Tiếp công dân" is a unit, and no schedule."""
        return _begins(_line(text), self._labels)

    def in_address(self, url: str) -> bool:
        """Return True if a step of an address begins with words of the thing, as that of a section does.

        A step of as many words as a headline is that of an article.
        """
        steps = [f"{fold(unquote(step)).partition('.')[0]}-" for step in urlsplit_path(url).split("/")]
        short = [step for step in steps if step.count("-") < LONGEST_LABEL - 1]
        return any(step.startswith(f"{slug}-") for step in short for slug in self._slugs)


@lru_cache(maxsize=64)
def _names(words: Words, indicator: Indicator) -> _Names:
    return _Names(words, indicator)


def _proof(page: Page, place: _Place, rule: PageWords) -> str | None:
    """Return the words that show that the rule holds at a place; None if it does not."""
    lines = [_line(block.text) for block in place.text]
    if _first(rule.must_not, lines) or not all(_first([word], lines) for word in rule.must):
        return None
    asked = bool(rule.one_of) or rule.form or rule.telephone or rule.file
    if asked:
        return next(_instead(page, place, rule, lines), None)
    enough = sum(len(line.text.split()) for line in lines if line.text != place.words) >= _LEAST
    return (_first(rule.must, lines) or place.words) if enough else None


def _instead(page: Page, place: _Place, rule: PageWords, lines: Sequence["_Line"]) -> Iterator[str]:
    """Yield what shows that one of the things stands there of which one is enough."""
    if found := _first(rule.one_of, lines):
        yield found
    if rule.telephone:
        yield from (line.text for line in lines if _TELEPHONE.search(line.text))
    if rule.form and page.tree.css_matches("form textarea"):
        yield place.words
    if rule.file:
        yield from (link.text or link.url for link in page.links if link.place == "main" and _DOCUMENT.search(link.url))


class _Line(NamedTuple):
    """One line of a page, as it is and as words between blanks: with accents, and without where it has none."""

    text: str
    words: str
    folded: str


def _line(text: str) -> _Line:
    words = key(text)
    return _Line(text, f" {words} ", "" if accented(words) else f" {fold(words)} ")


def _bare(words: Iterable[str]) -> list[tuple[str, str]]:
    """Return words or phrases between blanks, each as it is and without accents."""
    return [(f" {word} ", f" {fold(word)} ") for word in words]


def _begins(line: _Line, sought: Iterable[tuple[str, str]]) -> bool:
    return any(line.words.startswith(word) or line.folded.startswith(bare) for word, bare in sought)


def _first(words: Iterable[str], lines: Sequence[_Line]) -> str:
    """Return the first line on which one of the words or phrases stands as whole words; "" if none does."""
    sought = _bare(words)
    return next((line.text for line in lines for word, bare in sought if word in line.words or bare in line.folded), "")


def _finding(indicator: Indicator, page: Page, category: str, place: _Place, snippet: str) -> Finding:
    selector = css_path(place.block.node) if place.block else ""
    return Finding(
        indicator.kind, category, page.url, State.FOUND, 0, place.sure, snippet[:300], selector,
        page.url, "declared_words", f"{VERSION} {indicator.source}",
    )  # fmt: skip
