"""Find what a page lets its reader do: enlarge, contrast or hear its text, print or save an article.

A control is something to click, named by its text, its title, its label or its icon. The names are declared in words by
the indicator itself (prober/studies/packs); here is decided what a control is.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from prober.detectors.body import Body
from prober.detectors.link_promises import urlsplit_path
from prober.domain.finding import Finding, State
from prober.domain.indicator import PageWords
from prober.domain.pages.page import Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import accented, fold, key

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

VERSION = "1"
LOW_VISION, PRINT = "low_vision_tools", "print_save"
_CONTROLS = "a, button, input, select, label, summary, [onclick], [role=button], [role=switch], [tabindex]"
_MOST = 3_000  # controls of one page that are looked at
_LONGEST = 60  # characters of a name; a longer text is no name
_NAMES = ("title", "aria-label", "value", "alt", "data-original-title", "data-title", "placeholder")
_PURPOSE = ("id", "class", "onclick", "href", "name", "data-action")
# "A+", "A-", "aA", "A A A": the signs of a larger and a smaller text.
_LETTERS = linear(r"[Aa]\s?(?:\+{1,3}|-{1,3}|\u2212|\u2013|\u25b2|\u25bc)|[aA](?:\s?[Aa]){1,2}|\+\s?A|-\s?A")
# Names of programs and parts of a page, as those who build it write them.
_ENLARGES = linear(
    r"(?:font[-_ ]?size|text[-_ ]?size|(?:increase|decrease|change|resize|zoom|reset|bigger|larger|smaller)[-_]?"
    r"(?:font|text)|(?:font|text)[-_]?(?:increase|decrease|resize|zoom|bigger|larger|smaller|plus|minus|up|down)\b|"
    r"(?:phong|tang|giam|thu)[-_]?(?:to|nho|co)[-_]?chu|co[-_]?chu\b|high[-_]?contrast|\bcontrast|tuong[-_]?phan|"
    r"text[-_]?to[-_]?speech|read[-_]?aloud|read[-_]?speaker|doc[-_]?bai|nghe[-_]?bai|khiem[-_]?thi|"
    r"fa-(?:universal-access|wheelchair|low-vision|text-height|blind|adjust|headphones)|bi-(?:universal-access|volume-up))",
    re.IGNORECASE,
)
_SPOKEN = linear(
    r"userway|accessibe|equalweb|readspeaker|responsivevoice|recite|audioeye|accessibility[-_.]?widget", re.IGNORECASE
)
_PRINTS = linear(
    r"\bprint\w{0,20}\s*\(|(?:^|[\s_-])print(?:er|ing|[-_]?(?:this|page|article|content|preview|view|friendly|btn|"
    r"button|icon|news))?(?=$|[\s_-])|\bin[-_](?:bai|trang|an)(?:[-_]?viet)?\b|"
    r"(?:save|export|download)[-_]?(?:as[-_]?|to[-_]?)?(?:pdf|word|page|article)|\bluu[-_](?:bai|tin|trang)",
    re.IGNORECASE,
)
_PRINT_VIEW = linear(
    r"/(?:print\w{0,10}|in-bai(?:-viet)?|in-trang|in-tin|ban-in)(?:/|\.\w{2,5}$|$|\?)|"
    r"[?&](?:print|in|print_?view|task|view|do|mode|format|export|type|op|act|action)=(?:print\w{0,10}|1|true|pdf|docx?|word)(?:&|$)",
    re.IGNORECASE,
)
_EDITOR = linear(r"\bcke|\bmce|\btox\b|\bql-|note-(?:editor|toolbar)|\beditor|\bfr-toolbar|trumbowyg", re.IGNORECASE)
_ABOVE, _LABEL, _LONG = 8, 10, 3  # elements above one; words of a label; blanks around the words of a long name
_OF_LABEL = "a, button, input, select, img, audio, [onclick]"


def low_vision_tools(page: Page, body: Body) -> list[Finding]:
    """Return the first control that enlarges text, raises contrast or reads aloud, or that opens such tools.

    The controls of an editor, into which the reader writes, are none.
    """
    names = _names(body, LOW_VISION)
    for node, name in controls(page):
        purpose = _purpose(node)
        told = _LETTERS.fullmatch(name) or _named(name, names) or _ENLARGES.search(purpose)
        if told and not _within(node, _EDITOR):
            return [_finding(page, LOW_VISION, name or purpose, node)]
    for block in page.blocks:
        labels = block.text.count(" ") < _LABEL and block.node.css_first(_OF_LABEL) is not None
        if labels and _named(block.text, names) and not _within(block.node, _EDITOR):
            return [_finding(page, LOW_VISION, block.text, block.node)]
    for node in page.tree.css("script[src]"):
        if _SPOKEN.search(node.attributes["src"] or ""):
            return [_finding(page, LOW_VISION, node.attributes["src"] or "", node)]
    return []


def print_save(page: Page, body: Body) -> list[Finding]:
    """Return the control by which an article is printed or saved. A style sheet for printing is none."""
    if urlsplit_path(page.url) in ("", "/"):
        return []
    names = _names(body, PRINT)
    for node, name in controls(page):
        href = node.attributes.get("href") or ""
        purpose = _purpose(node)
        told = _named(name, names, whole=True) or _PRINT_VIEW.search(href) or _PRINTS.search(purpose)
        if told and not _in_form(node):
            return [_finding(page, PRINT, name or purpose, node)]
    return []


def _within(node: "LexborNode", pattern: re.Pattern[str]) -> bool:
    """Return True if the element stands in one that its builders call so."""
    above: LexborNode | None = node
    for _ in range(_ABOVE):
        if above is None or above.tag in ("body", "html"):
            return False
        if pattern.search(f"{above.attributes.get('class') or ''} {above.attributes.get('id') or ''}"):
            return True
        above = above.parent
    return False


def _in_form(node: "LexborNode") -> bool:
    """Return True for a control of a form into which the reader writes: it saves what is written."""
    above: LexborNode | None = node
    while above is not None and above.tag != "form":
        above = above.parent
    # Old systems put the whole page into one form; a page with an article has more than its fields.
    return above is not None and above.css_first("input[type=password], textarea") is not None


class Phrases:
    """Phrases that are looked for as whole words, with accents where the text has any."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = {word: (f" {word} ", f" {fold(word)} ") for word in words}

    def of(self, text: str) -> frozenset[str]:
        """Return those that stand in a text, without those that are part of another one."""
        line = f" {key(text)} "
        found = self._in(line)
        return frozenset(one for one in found if not any(one != other and one in other for other in found))

    def stand_in(self, text: str) -> bool:
        return bool(self._in(f" {key(text)} "))

    def _in(self, line: str) -> list[str]:
        if accented(line):
            return [word for word, (plain, _) in self._words.items() if plain in line]
        folded = fold(line)
        return [word for word, (_, bare) in self._words.items() if bare in folded]


def declared(body: Body, kind: str) -> PageWords:
    """Return the words that the study's indicator of this name declares."""
    return next((one.page for one in body.sought if one.kind == kind and one.page), PageWords())


def _names(body: Body, kind: str) -> frozenset[str]:
    words = declared(body, kind).one_of
    return frozenset({f" {word} " for word in words} | {f" {fold(word)} " for word in words})


def _named(name: str, names: frozenset[str], whole: bool = False) -> bool:
    """Return True if a control is called so; `whole`: by nothing else than that."""
    words = f" {key(name)} "
    if accented(words):
        known = {one for one in names if accented(one) or one.isascii()}
    else:
        known = {one for one in names if one.isascii()}
    if not whole:
        return any(one in words for one in known)
    # "Tải bài viết (Word)" begins with a name; a single word such as "In" begins anything.
    return words in known or any(words.startswith(one) for one in known if one.count(" ") > _LONG)


def controls(page: Page, more: str = "") -> Iterator[tuple["LexborNode", str]]:
    """Yield each control once for every name that it has; "" for one without. `more`: other elements, by tag."""
    for node in islice(page.tree.css(f"{_CONTROLS}, {more}" if more else _CONTROLS), _MOST):
        if (node.attributes.get("type") or "").lower() in ("hidden", "text", "search", "password"):
            continue
        text = " ".join(node.text(separator=" ").split())
        inner = [image.attributes.get("alt") or image.attributes.get("title") or "" for image in node.css("img")[:3]]
        named = [text, *(node.attributes.get(name) or "" for name in _NAMES), *inner]
        kept = [name for name in dict.fromkeys(" ".join(one.split()) for one in named) if 0 < len(name) <= _LONGEST]
        for name in kept or ([""] if not text else []):
            yield node, name


def _purpose(node: "LexborNode") -> str:
    """Return what those who built the page call a control and the icon in it."""
    icons = [icon.attributes.get("class") or "" for icon in node.css("i, span, svg, img")[:3]]
    return " ".join([*(node.attributes.get(name) or "" for name in _PURPOSE), *icons])[:500]


def _finding(page: Page, kind: str, snippet: str, node: "LexborNode") -> Finding:
    return Finding(
        kind, "page", page.url, State.FOUND, 0, 0.9, snippet[:300], css_path(node), page.url,
        "page_controls", VERSION,
    )  # fmt: skip
