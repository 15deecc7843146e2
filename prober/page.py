"""A fetched page as a value: the only thing that detectors and the frontier see of the web."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Where on a page a link stands, from the nearest ancestor that tells. Order: first match wins.
_PLACES = (
    ("footer", ("footer", "chan-trang", "chantrang", "bottom")),
    ("menu", ("nav", "menu", "navbar", "topbar", "breadcrumb")),
    ("aside", ("sidebar", "aside", "banner", "lien-ket", "lienket", "widget")),
    ("header", ("header", "dau-trang")),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page. `url` is absolute; `text` is its visible text, or the title or image text where it has none."""

    url: str
    text: str
    place: str  # menu, footer, header, aside, frame, refresh or main
    href: str  # as written


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
        return (urlsplit(self.url).hostname or "").lower()

    @cached_property
    def title(self) -> str:
        node = self.tree.css_first("title")
        return " ".join(node.text().split()) if node else ""

    @cached_property
    def text(self) -> str:
        """Visible text with one line per block, whitespace collapsed within lines."""
        body = self.tree.body
        if body is None:
            return ""
        lines = (" ".join(line.split()) for line in body.text(separator="\n").split("\n"))
        return "\n".join(line for line in lines if line)

    @cached_property
    def base(self) -> str:
        node = self.tree.css_first("base[href]")
        return urljoin(self.url, node.attributes["href"] or "") if node else self.url

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link, frame and refresh target in document order, duplicates included."""
        return tuple(_links(self))


def place_of(node: LexborNode) -> str:
    """Which part of the page a node stands in, judged by tag, id, class and role of its ancestors."""
    parent = node.parent
    while parent is not None and parent.tag not in ("body", "html"):
        attributes = parent.attributes
        words = f"{parent.tag} {attributes.get('id') or ''} {attributes.get('class') or ''} {attributes.get('role') or ''}".lower()
        for place, marks in _PLACES:
            if any(mark in words for mark in marks):
                return place
        parent = parent.parent
    return "main"


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


def _links(page: Page) -> Iterator[Link]:
    for node in page.tree.css("a[href], area[href]"):
        href = (node.attributes.get("href") or "").strip()
        yield Link(_absolute(page.base, href), link_text(node), place_of(node), href)
    for node in page.tree.css("iframe[src], frame[src]"):
        src = (node.attributes.get("src") or "").strip()
        yield Link(_absolute(page.base, src), node.attributes.get("title") or "", "frame", src)
    for node in page.tree.css('meta[http-equiv="refresh" i]'):
        _, _, target = (node.attributes.get("content") or "").partition("=")
        if target:
            yield Link(_absolute(page.base, target.strip(" '\"")), "", "refresh", target)


def _absolute(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:  # malformed IPv6 literal and the like: kept as written, nobody will fetch it
        return href
