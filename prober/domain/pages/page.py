"""Represent a fetched page as a value: all that detectors and the crawl queue see of the web.

Everything is read in one pass over the parsed tree (`Page.blocks`, `Page.links`), because the pass takes a third of a
millisecond and looking up the ancestors of every link takes twenty times that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from prober.domain.hostnames import host_of
from prober.domain.pages.elements import (
    KEEPING,
    PLACES_BY_TAG,
    Attributes,
    Link,
    absolute,
    hides,
    kept_address,
    leads_nowhere,
    place_named,
    read_link,
    script_target,
    with_values,
)
from prober.domain.pages.link_names import LONGEST_LABEL, link_text, name_beside, spoken_name, tile_heading
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key
from prober.text.words import NO_WORDS, Words

if TYPE_CHECKING:  # the crawling process uses the values of this module and never parses a page
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_PLAIN_ID = linear(r"[A-Za-z][\w-]*")


def css_path(node: LexborNode) -> str:
    """Return a CSS selector that leads to `node`: positions from the nearest ancestor with an id.

    Ids that are not plain identifiers (they need escapes) are passed over.
    """
    steps: list[str] = []
    current: LexborNode | None = node
    while current is not None and (current.tag or "-")[0] not in "-!" and current.tag != "html" and len(steps) < 12:
        name = current.attributes.get("id") or ""
        if _PLAIN_ID.fullmatch(name):
            steps.append(f"#{name}")
            break
        position, before = 1, current.prev
        while before is not None:
            position += before.tag == current.tag
            before = before.prev
        steps.append(current.tag if current.tag == "body" else f"{current.tag}:nth-of-type({position})")
        current = current.parent
    return " > ".join(reversed(steps))


# A script that does nothing but forward its reader; one that first asks for a device or a cookie forwards only some.
_FORWARDS = linear(
    r"(?:^|[\s;{.(\"'])location(?:\.href)?\s*(?:=|\.(?:assign|replace)\()\s*['\"]([^'\"]{1,500})['\"]", re.IGNORECASE
)
_NAMES_TARGET = linear(
    r"(?:^|[\s;{.(\"'])location(?:\.href)?\s*(?:=|\.(?:assign|replace)\()\s*([a-z_$][\w$]{0,40})\s*[;)}]", re.IGNORECASE
)
_HOLDS = linear(r"([A-Za-z_$][\w$]{0,40})\s*=\s*['\"]([^'\"]{1,500})['\"]")
_JOINED = linear(r"['\"]\s*\+\s*['\"]")  # 'a' + 'b'
_CHOOSES = linear(r"\bif\s*\(|cookie|navigator|screen\.", re.IGNORECASE)
_FEED = ", ".join(f'link[rel="alternate" i][type="application/{kind}+xml" i][href]' for kind in ("rss", "atom"))
# Relations of a page to sections of its site, as the head of the page or of the answer declares them.
RELATIONS = frozenset(("section", "subsection", "chapter", "contents", "help"))
_LITTLE = 200  # characters of a page that only forwards its reader


_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "button", "center", "dd", "details", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "frame", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
     "iframe", "label", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select", "summary",
     "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "tr", "ul", "held-document")
)  # fmt: skip
_UNSEEN = frozenset(
    ("script", "style", "noscript", "template", "head", "svg", "object", "textarea", "title",
     "-comment", "-undef", "!doctype")
)  # fmt: skip
_KEPT = frozenset(("noscript", "template", "svg"))
_HELD = "held-document"  # in the tree, what an attribute of a frame holds; no page has such an element
_HEADINGS = frozenset(("h1", "h2", "h3"))
_FRAMED = {"iframe": "src", "frame": "src", "embed": "src", "object": "data"}  # element → where its page stands
_LATE = ("data-src", "data-lazy-src", "data-lazy")  # where it stands meanwhile
_LINKING = frozenset(("a", "area", *_FRAMED))
_BESIDE = 40  # nodes after an entry of a menu, of which one may be the menu that it opens
_MORE = 20  # characters of a link that says nothing of where it leads
_YEAR = 4  # digits; fewer number the pages of a list
_NEAR = 4  # lines before it, of which one may be its heading
_HEADED = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
LONGEST_HEADING = 200  # characters
LONGEST_TITLE = 400  # characters; what is longer is no name of a page
_PLACE_OF_TAG = {tag: place_named(tag) for tag in _BLOCKS}
# A container with a telling name that holds most of the page is a wrapper ("has-sidebar", "menu-open"), not that place.
_WRAPPER_SHARE = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class LinkLabels:
    """Hold the words of links that say nothing of where they lead, from the packs."""

    TABLE: ClassVar = "link_labels"
    more: frozenset[str]


class Block(NamedTuple):
    """One line of text as a reader sees it: the inline text of one block element, between two line breaks."""

    text: str
    place: str
    hidden: bool  # display:none and the like; collapsed answers and drop-down menus are hidden too
    tag: str  # of the nearest block element
    node: LexborNode


@dataclass(frozen=True, eq=False)
class Page:
    """One page as received (`rendered` False) or as a browser shows it (True). `html` is decoded and NFC.

    Two pages with the same fields are not equal: each has a tree of its own, and what is derived from one holds nodes
    of that tree.
    """

    url: str
    status: int
    html: str
    fetched_at: datetime
    rendered: bool = False
    words: Words = NO_WORDS  # of the languages in which it is read

    @cached_property
    def tree(self) -> LexborHTMLParser:
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        try:
            tree = LexborHTMLParser(self.html)
            for node in tree.css("iframe[srcdoc]") if "srcdoc" in self.html else ():
                held = LexborHTMLParser(f"<{_HELD}>{node.attributes['srcdoc'] or ''}</{_HELD}>").css_first(_HELD)
                if held is not None:
                    node.insert_after(held)
            return tree
        except SelectolaxError as error:  # its only reason
            raise MemoryError("no memory for the tree of a page") from error

    @cached_property
    def host(self) -> str:
        return host_of(self.url)

    @cached_property
    def title(self) -> str:
        node = self.tree.css_first("title")
        return " ".join(node.text().split())[:LONGEST_TITLE] if node else ""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Return every line of text in document order, hidden ones included, without scripts and styles."""
        return self._walked[0]

    @cached_property
    def headings(self) -> tuple[Block, ...]:
        """Return the lines that are headings of the first three ranks, hidden ones included."""
        return tuple([block for block in self.blocks if block.tag in _HEADINGS])

    @cached_property
    def text(self) -> str:
        """Return the visible text with one line per block, whitespace collapsed within lines."""
        return "\n".join(block.text for block in self.blocks if not block.hidden)

    @cached_property
    def folded(self) -> str:
        """Return all text, hidden lines included, lower case without accents: for cheap checks before costly work."""
        return "\n".join(self.folded_lines)

    @cached_property
    def folded_lines(self) -> tuple[str, ...]:
        """Return the texts of `blocks` in lower case without accents, one for one."""
        return tuple([fold(block.text) for block in self.blocks])

    @cached_property
    def base(self) -> str:
        node = self.tree.css_first("base[href]")
        return absolute(self.url, node.attributes["href"] or "") if node else self.url

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Return every link, frame, refresh and list target in document order, duplicates included."""
        return (*self._walked[1], *_refresh(self), *_maps(self))

    @cached_property
    def _walked(self) -> tuple[tuple[Block, ...], tuple[Link, ...]]:
        walk = _Walk(self)
        return tuple(walk.blocks), tuple(walk.links)


# The properties that an element passes on to everything in it: the last four fields of a Block. A plain tuple, because
# a page makes hundreds.
_Context = tuple[str, bool, str, "LexborNode"]


class _Walk:
    """One pass over the tree, without recursion: some pages nest deeper than Python's stack."""

    def __init__(self, page: Page) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self._base = page.base
        self._html = page.html
        self._more = page.words.table(LinkLabels).more if LinkLabels.TABLE in page.words.tables else frozenset()
        self._line: list[str] = []
        self._root = page.tree.body or page.tree.root
        if self._root is not None:
            self._run(self._root)

    def _run(self, root: LexborNode) -> None:
        # Each entry: the node after an element, its context, and whether the end of the element breaks the line.
        stack: list[tuple[LexborNode | None, _Context, bool]] = []
        line = self._line
        node: LexborNode | None = root.first_child
        context, breaks = ("main", False, "body", root), True
        while True:
            while node is not None:
                tag = node.tag or "-undef"
                inside = None
                if tag == "-text":
                    text = node.text_content or ""
                    if line or not text.isspace():
                        line.append(text)
                elif tag == "br":
                    self._flush(context)
                elif tag == "option":
                    self._option(node)
                elif tag == "object":
                    self._link(node, tag, node.attributes, context[0], "")
                elif tag in _KEPT:
                    self._kept(node, tag, context[0])
                elif tag not in _UNSEEN:
                    inside = self._entered(node, tag, context, len(stack))
                if inside is None:
                    node = node.next
                else:
                    stack.append((node.next, context, breaks))
                    node, context, breaks = inside
            if breaks and line:
                self._flush(context)
            if not stack:
                return
            node, context, breaks = stack.pop()

    def _entered(
        self, node: LexborNode, tag: str, context: _Context, depth: int
    ) -> tuple[LexborNode, _Context, bool] | None:
        """Break the line before an element that is a block, and read the element's link.

        Returns its first child, the context within it, and whether the line breaks after it; None if it is empty.
        """
        attributes = node.attributes
        breaks = tag in _BLOCKS
        inner = context
        if breaks or "style" in attributes or "hidden" in attributes:
            inner = self._context(node, tag, attributes, context, depth)
            breaks = breaks or inner is not context
        if breaks and self._line:
            self._flush(context)
        child = node.first_child
        alone = child is not None and child.next is None and child.tag == "-text"
        text = (child.text_content or "") if child is not None and alone else ""
        if tag in _LINKING or (attributes and ("onclick" in attributes or not KEEPING.isdisjoint(attributes))):
            self._link(node, tag, attributes, inner[0], text)
        if child is None or not alone:
            return None if child is None else (child, inner, breaks)
        # An element that holds nothing but text, as most links do, is done with.
        if self._line or not text.isspace():
            self._line.append(text)
            if breaks:
                self._flush(inner)
        return None

    def _kept(self, node: LexborNode, tag: str, place: str) -> None:
        """Read the links in a drawing, or in a part that is shown only without scripts, or by one."""
        for part in node.template_fragments() if tag == "template" else [node]:
            for link in part.css("a"):
                its = link.attributes
                href = its.get("href") or its.get("xlink:href") or ""
                if href and "{" not in href:  # a place for an address
                    self._link(link, "a", {**its, "href": href}, place, "")

    def _flush(self, context: _Context) -> None:
        if self._line:
            for line in self._line if len(self._line) == 1 else _lines(self._line):
                if text := " ".join(line.split()):
                    self.blocks.append(Block(text, *context))
            self._line.clear()

    def _context(self, node: LexborNode, tag: str, attributes: Attributes, context: _Context, depth: int) -> _Context:
        """Return the context within an element: `context` itself where the element changes nothing."""
        place, outside, above, holder = context
        hidden = outside or (bool(attributes) and hides(attributes))
        if tag not in _BLOCKS:
            return context if hidden == outside else (place, hidden, above, holder)
        found = _place_of(tag, attributes)
        # Headings and boxes in a footer belong to the footer; only a menu in it is a place of its own.
        if found and (place != "footer" or found == "menu") and not self._wraps(node, tag, found, depth):
            place = found
        elif tag == "h1" and place == "menu":
            place = "header"  # what a page is called may stand in the trail to it
        return (place, hidden, tag, node)

    def _wraps(self, node: LexborNode, tag: str, place: str, depth: int) -> bool:
        return (
            place != "main"
            and tag not in PLACES_BY_TAG
            and depth < 6
            and len(node.text_lexbor() or "") > _WRAPPER_SHARE * self._length
        )

    @cached_property
    def _length(self) -> int:
        return max(len(self._root.text_lexbor() or ""), 1) if self._root is not None else 1

    def _link(self, node: LexborNode, tag: str, attributes: Attributes, place: str, text: str) -> None:
        """Take up the link of an element; `text` is all that it holds, or "" if it holds other elements."""
        if tag in _FRAMED:
            src = (attributes.get(_FRAMED[tag]) or "").strip()
            if not src or src[:6].lower() == "about:":
                src = next(filter(None, map(attributes.get, _LATE)), "").strip()  # until a reader comes near
            if src:
                self.links.append(read_link(self._base, src, attributes.get("title") or "", "frame"))
            return
        onclick = with_values(attributes.get("onclick") or "", self._html)
        href = attributes.get("href") or ""
        if href[:11].lower() == "javascript:":
            href = with_values(href, self._html)
        if leads_nowhere(href.strip()):
            href = kept_address(attributes, tag) or ("#" if href and heads_links(node) else href)
        if tag == "a" and onclick and not href and "href" not in attributes and not script_target("", onclick):
            href = "javascript:"
        if "href" in attributes or href or (onclick and script_target("", onclick)):
            heading = ""
            if not text or text.isspace():
                text = link_text(node, attributes) or attributes.get("alt") or attributes.get("value") or ""
                heading = tile_heading(node, attributes) if text.count(" ") >= LONGEST_LABEL else ""
            elif len(text) < 3:  # "f" is an icon
                text = attributes.get("title") or attributes.get("aria-label") or text
            if (
                len(text) < _MORE
                and not (text.isdecimal() and len(text) < _YEAR)
                and (key(text) in self._more or not any(map(str.isalpha, text)))
            ):
                heading = spoken_name(attributes, text, self._more) or name_beside(node, text) or self._heading()
            rel = attributes.get("rel") or ""
            link = read_link(self._base, href, text, place, onclick, rel)
            self.links.append(link._replace(heading=heading) if heading else link)

    def _heading(self) -> str:
        """Return the words before a link that has none of its own ("Xem thêm", "»"): it leads to more of that."""
        before = "".join(self._line[-2:])[-LONGEST_HEADING:].strip()
        heads = (block.text for block in reversed(self.blocks[-_NEAR:]) if block.tag in _HEADED)
        said = before or next(heads, "")
        return said if said.count(" ") < LONGEST_LABEL else ""

    def _option(self, node: LexborNode) -> None:
        value = (node.attributes.get("value") or "").strip()
        if (value.startswith(("http://", "https://", "/")) and len(value) > 1) or (value.strip("#") and _jumps(node)):
            self.links.append(read_link(self._base, value, " ".join(node.text().split()), "select"))


def _lines(pieces: list[str]) -> Iterator[str]:
    """Yield the pieces of text of a block as lines, mostly one.

    Styles put a line for each of two elements: "Ủy ban nhân dân tỉnh Cà Mau", "Sở Tài chính". Within a word, as in
    "<b>N</b>ội dung", no piece of several words ends before another one with a capital.
    """
    line = pieces[0]
    for before, piece in pairwise(pieces):
        if piece[:1].isupper() and before[-1:].isalpha() and " " in before.strip() and " " in piece.strip():
            yield line
            line = ""
        line += piece
    yield line


def _jumps(option: LexborNode) -> bool:
    """Return True if the list of an option goes to the address that is chosen in it."""
    above = option.parent
    changed = (above.attributes.get("onchange") or "") if above is not None and above.tag == "select" else ""
    return "location" in changed and "+" not in changed


def heads_links(node: LexborNode) -> bool:
    """Return True for an element that opens the menu in it or beside it, whose links are read by themselves."""
    if node.tag != "a" and node.css_first("a[href]") is not None:
        return True
    beside = node.next
    for _ in range(_BESIDE):
        if beside is None:
            break
        if (beside.tag or "-")[0] not in "-!" and beside.css_first("a[href]") is not None:
            return True
        beside = beside.next
    return False


def _place_of(tag: str, attributes: Attributes) -> str:
    if not attributes:
        return _PLACE_OF_TAG[tag]
    return place_named(f"{tag} {attributes.get('id')} {attributes.get('class')} {attributes.get('role')}")


def _refresh(page: Page) -> Iterator[Link]:
    for node in page.tree.css('meta[http-equiv="refresh" i]'):
        _, _, target = (node.attributes.get("content") or "").partition("=")
        target = target.strip(" \t\r\n'\"")
        if target:
            yield read_link(page.base, target, "", "refresh")
    if target := _forwarded(page):
        yield read_link(page.base, target, "", "refresh")


def _maps(page: Page) -> Iterator[Link]:
    """Yield the sitemaps, the first feed, and the sections that the head of a page names."""
    for node in page.tree.head.css("link[rel][href]") if page.tree.head is not None else ():
        its = node.attributes
        if (its["rel"] or "").lower() in RELATIONS:
            yield read_link(page.base, its["href"] or "", its.get("title") or "", "header", rel=its["rel"] or "")
    if "+xml" not in page.html and "itemap" not in page.html:  # true for most, and faster
        return
    yield from (
        read_link(page.base, node.attributes.get("href") or "", "", "sitemap", rel=node.attributes.get("rel") or "")
        for node in [*page.tree.css('link[rel="sitemap" i][href]'), *page.tree.css(_FEED)[:1]]
    )


def _forwarded(page: Page) -> str:
    """Return the address to which the only script of an almost blank page forwards its reader, or ""."""
    if "location" not in page.html or page._walked[1] or len(page.text) > _LITTLE:
        return ""
    scripts = [node.text() for node in page.tree.css("script:not([src])")]
    found = [target for script in scripts if not _CHOOSES.search(script) and (target := _target_of(script))]
    return found[0] if len(found) == 1 else ""


def _target_of(script: str) -> str:
    """Return the address to which a script goes, also where it is put together, or kept under a name before."""
    said = _JOINED.sub("", script)
    if match := _FORWARDS.search(said):
        return match[1]
    named = _NAMES_TARGET.search(said)
    return dict(_HOLDS.findall(said)).get(named[1], "") if named else ""
