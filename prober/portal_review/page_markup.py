"""Judge one page by its markup: whether its links say where they lead, and whether it is made for small screens.

Each judge returns one finding of every page, found or not found; what is reported of a site follows from those of its
pages (prober.portal_review.server_answers).
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from prober.detectors.body import Body
from prober.domain.finding import Finding, State
from prober.domain.pages.page import Page, css_path
from prober.portal_review.page_controls import declared
from prober.text.patterns import linear
from prober.text.vietnamese import accented, fold, key

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

VERSION = "1"
LINKS, MOBILE = "link_text", "mobile"
SCREEN = 390  # pixels of a small screen
_SEVERAL, _SHARE = 3, 0.2  # links without a telling name, and their share where there are two
_MOST = 3_000  # links of one page
_HIDDEN = linear(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ZOOM = linear(r"user-scalable\s*=\s*(?:no|0)\b", re.IGNORECASE)
_SCALE = linear(r"maximum-scale\s*=\s*([\d.]{1,6})", re.IGNORECASE)
_DEVICE = linear(r"width\s*=\s*device-width", re.IGNORECASE)
_LEAST_SCALE = 2.0  # WCAG 2.0, 1.4.4: text can be enlarged to twice its size
_WIDTH = linear(r"(?:^|[;{\s])(?:min-)?width\s*:\s*(\d{3,5})(?:\.\d+)?px", re.IGNORECASE)
_FLEXIBLE = linear(
    r"max-width\s*:|(?:^|[;{\s])width\s*:\s*100%|overflow(?:-x)?\s*:\s*(?:auto|scroll|hidden)", re.IGNORECASE
)
_SCROLLS = linear(r"overflow(?:-x)?\s*:\s*(?:auto|scroll|hidden)|table-responsive", re.IGNORECASE)
_FIXED = (
    "[style*=width], table[width], td[width], div[width], img[width], iframe[width], object[width], "
    "video[width], embed[width], canvas[width]"
)
_AT = linear(
    r"@(?:media|supports|font-face|(?:-\w{1,10}-)?keyframes)[^{]{0,300}\{(?:[^{}]{0,2000}\{[^{}]*\})*[^{}]*\}",
    re.IGNORECASE,
)
_LONGEST = 100_000  # characters of a style element that are read
_RULE = linear(r"([^{}]{1,300})\{([^{}]*)\}")
_SOFT = linear(r"responsive|img-fluid|mw-100|w-100", re.IGNORECASE)


def link_text(page: Page, body: Body) -> list[Finding]:
    """Return whether the links of a page say where they lead; not found if several names tell nothing."""
    words = declared(body, LINKS).one_of
    vague = frozenset((*words, *map(fold, words)))
    names = list(islice(_names(page), _MOST))
    bare = [(name, node) for name, node in names if not _tells(name, vague)]
    several = len(bare) >= _SEVERAL or (len(bare) > 1 and len(bare) >= _SHARE * len(names))
    if not names:
        return []
    if several:
        shown = ", ".join(name or "∅" for name, _ in bare[:8])
        return [_finding(page, LINKS, State.NOT_FOUND, f"{len(bare)}/{len(names)}: {shown}", bare[0][1])]
    return [_finding(page, LINKS, State.FOUND, f"{len(bare)}/{len(names)}", names[0][1])]


def _names(page: Page) -> Iterator[tuple[str, "LexborNode"]]:
    for node in page.tree.css("a[href]"):
        if not _HIDDEN.search(node.attributes.get("style") or "") and "hidden" not in node.attributes:
            yield _name(page, node), node


def _name(page: Page, node: "LexborNode") -> str:
    """Return the accessible name of a link: its label, else its text with the words of its images, else its title."""
    said = [node.attributes.get("aria-label") or ""]
    for label in (node.attributes.get("aria-labelledby") or "").split()[:5]:
        of = page.tree.css_first(f'[id="{label}"]') if '"' not in label else None
        said.append(of.text(separator=" ") if of is not None else "")
    if not "".join(said).strip():
        images = (image.attributes.get("alt") or "" for image in node.css("img, area")[:5])
        inner = (part.attributes.get("aria-label") or "" for part in node.css("[aria-label]")[:5])
        said = [node.text(separator=" "), *images, *inner]
    if not "".join(said).strip():
        said = [node.attributes.get("title") or ""]
    return " ".join(" ".join(said).split())


def _tells(name: str, vague: frozenset[str]) -> bool:
    words = key(name)
    any_could = words in vague or (not accented(words) and fold(words) in vague)
    return any(letter.isalnum() for letter in words) and not any_could


def mobile(page: Page, body: Body) -> list[Finding]:
    """Return whether a page is made for small screens: its viewport, zoom, and nothing wider than the screen."""
    meta = page.tree.css_first("meta[name=viewport i]")
    content = (meta.attributes.get("content") or "") if meta is not None else ""
    scale = _SCALE.search(content)
    if meta is None or not _DEVICE.search(content):
        return [_finding(page, MOBILE, State.NOT_FOUND, content or "no viewport", meta)]
    if _ZOOM.search(content) or (scale and float(scale[1].strip(".") or 9) < _LEAST_SCALE):
        return [_finding(page, MOBILE, State.NOT_FOUND, content, meta)]
    for node, width in _fixed(page):
        if width > SCREEN:
            return [_finding(page, MOBILE, State.NOT_FOUND, f"{width} px", node)]
    return [_finding(page, MOBILE, State.FOUND, content, meta)]


def _fixed(page: Page) -> Iterator[tuple["LexborNode", int]]:
    """Yield elements with a fixed width, by attribute, style or a rule of the page's own style elements."""
    rules = [
        (rule[1], rule[2]) for sheet in page.tree.css("style")
        for rule in _RULE.finditer(_AT.sub(" ", sheet.text()[:_LONGEST]))
    ]  # fmt: skip
    flexible = {node.mem_id for selector, rule in rules if _FLEXIBLE.search(rule) for node in _chosen(page, selector)}
    for node in page.tree.css(_FIXED)[:_MOST]:
        style = node.attributes.get("style") or ""
        if (
            node.mem_id in flexible
            or _FLEXIBLE.search(style)
            or _SOFT.search(node.attributes.get("class") or "")
            or _scrolls(node)
        ):
            continue
        found = _WIDTH.search(style)
        written = node.attributes.get("width") or ""
        if found:
            yield node, int(found[1])
        elif written.isdecimal() and len(written) < 6:
            yield node, int(written)
    for selector, rule in rules:
        width = _WIDTH.search(rule)
        if width and not _FLEXIBLE.search(rule):
            yield from ((node, int(width[1])) for node in _chosen(page, selector)[:1])


def _scrolls(node: "LexborNode") -> bool:
    """Return True if the element stands in a box of its own that scrolls."""
    above = node.parent
    for _ in range(3):
        if above is None or above.tag == "body":
            return False
        if _SCROLLS.search(f"{above.attributes.get('class') or ''} {above.attributes.get('style') or ''}"):
            return True
        above = above.parent
    return False


def _chosen(page: Page, selector: str) -> "list[LexborNode]":
    try:
        return page.tree.css(selector.strip())[:_MOST]
    except Exception:  # a selector of theirs that the parser does not know
        return []


def _finding(page: Page, kind: str, state: State, snippet: str, node: "LexborNode | None") -> Finding:
    return Finding(
        kind, "page" if state == State.FOUND else "not_enough", page.url, state, 0, 0.9,
        snippet[:300], css_path(node) if node is not None else "", page.url, "page_markup", VERSION,
    )  # fmt: skip
