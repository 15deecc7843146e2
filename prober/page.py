"""A fetched page as a value: the only thing that detectors and the frontier see of the web.

Everything is read in one walk over the parsed tree (`Page.blocks`, `Page.links`), because the walk costs a third of a
millisecond and asking every link for its ancestors costs twenty times that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from prober.places import PLACES_BY_TAG
from prober.places import css_path as css_path
from prober.places import place as place_named
from prober.vietnamese import fold

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "button", "center", "dd", "details", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "frame", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
     "iframe", "label", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select", "summary",
     "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "tr", "ul")
)  # fmt: skip
_UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "svg", "object", "textarea", "option", "title"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])")
_LINKING = frozenset(("a", "area", "iframe", "frame"))
_CLICKABLE = frozenset(("button", "div", "td", "li", "span", "img"))
_ORIGIN = re.compile(r"https?://[^/?#]+")
_TARGET = re.compile(
    r"""(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|open\(|href\s*=)\s*['"]([^'"]+)['"]"""
)
_DEAD = ("", "#", "#!", "javascript:;", "javascript:void(0)", "javascript:void(0);", "javascript:")
# A container with a telling name that holds most of the page is a wrapper ("has-sidebar", "menu-open"), not that place.
_WRAPPER_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page. `url` is absolute; `text` is its visible text, or the title or image text where it has none.

    A script target ("location.href = …") counts as the link's address. `url` of a dead link ("#") is the page itself.
    """

    url: str
    text: str
    place: str  # menu, footer, header, aside, frame, refresh, select or main
    href: str  # as written

    @property
    def dead(self) -> bool:
        """Whether a click leads nowhere: "#", an empty address, an empty script."""
        return self.href.replace(" ", "").lower() in _DEAD


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text as a reader sees it: the inline text of one block element, between two line breaks."""

    text: str
    place: str
    hidden: bool  # display:none and the like; collapsed answers and drop-down menus are hidden too
    tag: str  # of the nearest block element
    node: LexborNode = field(compare=False, repr=False)


@dataclass(frozen=True)
class Page:
    """One page as received (`rendered` False) or as a browser shows it (True). `html` is decoded and NFC."""

    url: str
    status: int
    html: str
    fetched_at: datetime
    rendered: bool = False

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def host(self) -> str:
        try:
            return (urlsplit(self.url).hostname or "").lower()
        except ValueError:
            return ""

    @cached_property
    def title(self) -> str:
        node = self.tree.css_first("title")
        return " ".join(node.text().split()) if node else ""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Every line of text in document order, hidden ones included, without scripts and styles."""
        return self._walked[0]

    @cached_property
    def text(self) -> str:
        """Visible text with one line per block, whitespace collapsed within lines."""
        return "\n".join(block.text for block in self.blocks if not block.hidden)

    @cached_property
    def folded(self) -> str:
        """All text, hidden lines included, lower case without accents: for cheap checks before costly work."""
        return fold.__wrapped__("\n".join(block.text for block in self.blocks))

    @cached_property
    def folded_lines(self) -> tuple[str, ...]:
        """`blocks` lower case without accents, one for one."""
        return tuple(self.folded.split("\n")) if self.blocks else ()

    @cached_property
    def base(self) -> str:
        node = self.tree.css_first("base[href]")
        return _absolute(self.url, node.attributes["href"] or "") if node else self.url

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link, frame, refresh and list target in document order, duplicates included."""
        return (*self._walked[1], *_refresh(self))

    @cached_property
    def _walked(self) -> tuple[tuple[Block, ...], tuple[Link, ...]]:
        walk = _Walk(self)
        return tuple(walk.blocks), tuple(walk.links)


@dataclass(frozen=True, slots=True)
class _Context:
    """What an element passes on to everything in it."""

    place: str
    hidden: bool
    tag: str
    node: LexborNode


class _Walk:
    """One pass over the tree, without recursion: some pages nest deeper than Python's stack."""

    def __init__(self, page: Page) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self._base = page.base
        self._line: list[str] = []
        root = page.tree.body or page.tree.root
        if root is not None:
            self._length = max(len(root.text()), 1)
            self._run(root)

    def _run(self, root: LexborNode) -> None:
        # Each entry: where to go on after an element, in which context, and whether its end breaks the line.
        stack: list[tuple[LexborNode | None, _Context, bool]] = []
        stack.append((root.first_child, _Context("main", False, "body", root), True))
        while stack:
            node, context, block = stack.pop()
            while node is not None:
                tag = node.tag or "-"
                if tag == "-text":
                    self._line.append(node.text_content or "")
                elif tag == "br":
                    self._flush(context)
                elif tag in _UNSEEN or tag[0] in "-!":
                    if tag == "option":
                        self._option(node)
                else:
                    inner = self._inner(node, tag, context, len(stack))
                    if tag in _LINKING or (tag in _CLICKABLE and "onclick" in node.attributes):
                        self._link(node, tag, inner)
                    breaks = tag in _BLOCKS or inner.hidden != context.hidden
                    if breaks:
                        self._flush(context)
                    stack.append((node.next, context, block))
                    node, context, block = node.first_child, inner, breaks
                    continue
                node = node.next
            if block:
                self._flush(context)

    def _flush(self, context: _Context) -> None:
        if not self._line:
            return
        text = " ".join("".join(self._line).split())
        self._line.clear()
        if text:
            self.blocks.append(Block(text, context.place, context.hidden, context.tag, context.node))

    def _inner(self, node: LexborNode, tag: str, context: _Context, depth: int) -> _Context:
        attributes = node.attributes
        block = tag in _BLOCKS
        if not attributes and not block:
            return context
        place, hidden = context.place, context.hidden
        if block:
            words = f"{tag} {attributes.get('id')} {attributes.get('class')} {attributes.get('role')}"
            found = place_named(words)
            # A footer keeps its headings and boxes; only a menu in it is more telling.
            if found and (place != "footer" or found == "menu") and not self._wraps(node, found, depth):
                place = found
        if not hidden and ("style" in attributes or "hidden" in attributes):
            hidden = "hidden" in attributes or bool(_HIDDEN_STYLE.search(attributes["style"] or ""))
        if not block and hidden == context.hidden:
            return context
        return _Context(place, hidden, tag if block else context.tag, node if block else context.node)

    def _wraps(self, node: LexborNode, place: str, depth: int) -> bool:
        return (
            place != "main"
            and node.tag not in PLACES_BY_TAG
            and depth < 6
            and len(node.text()) > _WRAPPER_SHARE * self._length
        )

    def _link(self, node: LexborNode, tag: str, context: _Context) -> None:
        attributes = node.attributes
        if tag in ("iframe", "frame"):
            src = (attributes.get("src") or "").strip()
            if src:
                self.links.append(Link(_absolute(self._base, src), attributes.get("title") or "", "frame", src))
            return
        href = (attributes.get("href") or "").strip()
        target = _script_target(href, attributes.get("onclick") or "")
        if target or "href" in attributes:
            text = link_text(node) or attributes.get("alt") or ""
            self.links.append(Link(_absolute(self._base, target or href), text, context.place, target or href))

    def _option(self, node: LexborNode) -> None:
        value = (node.attributes.get("value") or "").strip()
        if value.startswith(("http://", "https://", "/")) and len(value) > 1:
            self.links.append(Link(_absolute(self._base, value), " ".join(node.text().split()), "select", value))


def link_text(node: LexborNode) -> str:
    """Visible text of a link; its title, aria-label or image text where there is none."""
    text = " ".join(node.text(separator=" ").split())
    if text:
        return text
    attributes = node.attributes
    for name in ("title", "aria-label"):
        if attributes.get(name):
            return " ".join((attributes[name] or "").split())
    image = node.css_first("img[alt]")
    return " ".join((image.attributes.get("alt") or "").split()) if image else ""


def _refresh(page: Page) -> Iterator[Link]:
    for node in page.tree.css('meta[http-equiv="refresh" i]'):
        _, _, target = (node.attributes.get("content") or "").partition("=")
        target = target.strip(" \t\r\n'\"")
        if target:
            yield Link(_absolute(page.base, target), "", "refresh", target)


def _script_target(href: str, onclick: str) -> str:
    """The address in `javascript:` or in an onclick handler, "" if the link has a plain one or none can be read."""
    if href.replace(" ", "").lower() not in _DEAD and not href[:11].lower().startswith("javascript:"):
        return ""
    found = _TARGET.search(href) or _TARGET.search(onclick)
    return found[1] if found else ""


def _absolute(base: str, href: str) -> str:
    """`href` seen from `base`. Most links of a page need no more than its origin before them."""
    if "/." not in href and "\n" not in href:
        if href.startswith(("http://", "https://")) and "/" in href[8:]:
            return href
        if href.startswith("/") and not href.startswith("//"):
            origin = _ORIGIN.match(base)
            if origin:
                return f"{origin[0]}{href}"
    try:
        return urljoin(base, href)
    except ValueError:  # malformed IPv6 literal and the like: kept as written, nobody will fetch it
        return href
