"""Read text and links of an HTML body, within limits: what a person sees, quotations marked as in plain mail."""

import re
from dataclasses import dataclass
from html import unescape
from itertools import islice
from unicodedata import normalize

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailroom.mime.body_text import plain_links
from prober.text.patterns import linear

_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    )
)  # fmt: skip
# Gmail and other editors indent the sender's own words by a blockquote of this style.
_INDENTS = linear(r"\bborder\s*:\s*(?:none|0)(?!.*\bborder-left)", re.IGNORECASE)
_PREFORMATTED = linear(r"white-space\s*:\s*pre", re.IGNORECASE)
_PARENTS = 4  # elements around a text that are searched for "pre"
_HIDES = linear(r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|!|\Z)", re.IGNORECASE)
_HIDDEN = linear(r"\shidden[\s=>]", re.IGNORECASE)
_SILENT = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "svg", "-comment"})
_SHOWN = 20  # most ">" before a quoted line
_DEPTH = 200  # deeper quotations are counted as of this depth; no mail program writes them
# The parser's time grows with the square of the depth: 400,000 open tags, which fit into a mail, would take many
# minutes.
MAX_NESTING = 2000
_NESTED = linear(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_OFTEN_OPEN = frozenset(  # elements that have no end tag, or often none
    (
        "area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "source",
        "tbody", "td", "th", "thead", "tr", "wbr",
    )
)  # fmt: skip
# Elements that the parser opens anew in every block that follows, until they are closed (HTML, 13.2.4.3).
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
MAX_REOPENED = 200_000  # elements
MAX_NODES = 150_000  # elements and texts that are read; a long table has a tenth of them
_ANY_TAG = linear(r"<[^<>]*>")
_GAP = linear(r"\n{3,}")
# So does it with the square of the attributes of one element. A comment and a start tag, as HTML reads them (13.2.5).
MAX_ATTRIBUTES = 100
_START_TAG = linear(
    r"<!--(?s:.*?)(?:-->|\Z)"
    r"|<[a-z][^\s/>]*+(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\s>]*+))?+)*+",
    re.IGNORECASE,
)
_ATTRIBUTE = linear(r"(?<![\s/])[\s/]++[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\s>]*+))?+")
_LONG_TAG = 400  # characters; in one that is shorter are too few attributes to matter
_LONG_HTML = 5_000
_META = linear(rb"<meta[^>]{0,200}?charset\s*=\s*+[\"']?\s*+([\w-]{2,40})", re.IGNORECASE)
_DATA = linear(r"data:[\w/+.;=-]{1,100},[^\s\"'<>]{200,}")  # a picture inside a data: URL
MAX_HTML = 1_500_000  # characters; a longer body is cut, the raw bytes are kept


def declared_inside(html: bytes) -> str:
    """Return the charset that an HTML body names itself, or "". It counts where the header of the part names none."""
    found = _META.search(html, 0, 4096)
    return found[1].decode("ascii") if found else ""


def without_pictures(html: str) -> str:
    """Return `html` without the pictures in data: URLs, which may be longer than all the text."""
    return _DATA.sub("", html) if "data:" in html else html


@dataclass(slots=True)
class Budget:
    """Count what may still be read of the HTML bodies of one message."""

    characters: int = MAX_HTML
    nodes: int = MAX_NODES


def html_text(html: str, left: Budget | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the visible text and the link targets of an HTML body, as far as `left` allows.

    Lines inside a blockquote begin with "> ", as in plain mail. Nothing is run or fetched.
    """
    left = left or Budget()
    html = without_pictures(html)[: left.characters]
    left.characters -= len(html)
    if len(html) > _LONG_HTML:
        html = _START_TAG.sub(_with_few_attributes, html)
    if _costly(html):
        return _squeeze(unescape(_ANY_TAG.sub(" ", html))), plain_links(html)
    tree = LexborHTMLParser(html)
    root = tree.body or tree.root
    if root is None:
        return "", ()
    lines: list[tuple[int, list[str]]] = [(0, [])]
    links: list[str] = []
    left.nodes = _walk(root, left.nodes, lines, links, hides=bool(_HIDES.search(html) or _HIDDEN.search(html)))
    out = []
    for quote, pieces in lines:
        line = " ".join("".join(pieces).replace("\u200b", "").split())
        out.append((">" * min(quote, _SHOWN) + " " + line).rstrip() if quote else line)
    return normalize("NFC", _squeeze("\n".join(out))), tuple(dict.fromkeys(links))


def _with_few_attributes(tag: re.Match[str]) -> str:
    """Return a start tag without the attributes after the first MAX_ATTRIBUTES, and a comment as it is."""
    if tag.end() - tag.start() < _LONG_TAG or tag[0].startswith("<!"):
        return tag[0]
    ends = [found.end() for found in islice(_ATTRIBUTE.finditer(tag[0]), MAX_ATTRIBUTES + 1)]
    return tag[0][: ends[-2]] if len(ends) > MAX_ATTRIBUTES else tag[0]


def _costly(html: str) -> bool:
    """Return True if elements are nested too deep, or too many of them are opened again and again.

    Elements that often have no end tag are not counted as nested.
    """
    depth = formatting = reopened = 0
    for tag in _NESTED.finditer(html):
        reopened += formatting
        name = tag[2].lower()
        if name in _OFTEN_OPEN:
            continue
        step = -1 if tag[1] else 1
        depth = max(0, depth + step)
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
        if depth > MAX_NESTING or reopened > MAX_REOPENED:
            return True
    return False


def _squeeze(text: str) -> str:
    return _GAP.sub("\n\n", text).strip()


def _walk(root: LexborNode, left: int, lines: list[tuple[int, list[str]]], links: list[str], hides: bool) -> int:
    """Collect lines and links of `left` nodes at most; return how many are left.

    This goes depth first, without recursion: mail with ten thousand nested tags exists.
    """
    stack: list[tuple[LexborNode | str, int, bool]] = [(root, 0, False)]
    while stack and left > 0:
        left -= 1
        node, quote, closing = stack.pop()
        if isinstance(node, str):  # the target of a link whose text does not show it
            lines[-1][1].append(node)
            continue
        if closing:
            lines.append((quote, []))
            continue
        tag = node.tag or ""
        if tag == "-text":
            first, *others = _pieces(node)
            lines[-1][1].append(first)
            lines.extend((quote, [piece]) for piece in others)
            continue
        if tag in _SILENT or (hides and _hidden(node)):
            continue
        target = _target(node)
        if target:
            links.append(target)
            if target not in node.text():
                stack.append((f" <{target}> ", quote, False))
        inner = min(quote + (tag == "blockquote" and not _indented(node)), _DEPTH)
        if tag in _BLOCKS:
            lines.append((inner, []))
            stack.append((node, quote, True))
        elif tag in ("td", "th"):
            lines[-1][1].append(" ")
        children: list[tuple[LexborNode | str, int, bool]] = []
        child = node.child
        while child is not None:
            children.append((child, inner, False))
            child = child.next
        stack.extend(reversed(children))
    return left


def _hidden(node: LexborNode) -> bool:
    return "hidden" in node.attributes or bool(_HIDES.search(node.attributes.get("style") or ""))


def _indented(node: LexborNode) -> bool:
    """Return True if a blockquote only indents and is no quotation."""
    known = node.attributes
    return not {"type", "cite", "class"} & known.keys() and bool(_INDENTS.search(known.get("style") or ""))


def _pieces(node: LexborNode) -> list[str]:
    """Return the text of a node as one piece, or line by line inside <pre>."""
    text = node.text_content or ""
    return text.split("\n") if "\n" in text and _preformatted(node.parent) else [text]


def _preformatted(node: LexborNode | None) -> bool:
    for _ in range(_PARENTS):
        if node is None:
            break
        if node.tag == "pre" or _PREFORMATTED.search(node.attributes.get("style") or ""):
            return True
        node = node.parent
    return False


def _target(node: LexborNode) -> str:
    """Return the http(s) target of a link, or ""."""
    if node.tag != "a":
        return ""
    href = (node.attributes.get("href") or "").strip()
    return href if href.lower().startswith(("http://", "https://")) else ""
