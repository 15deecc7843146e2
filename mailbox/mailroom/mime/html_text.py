"""Turn message bodies into plain text: HTML with its links, text/enriched, and format=flowed (RFC 3676)."""

import re
from html import unescape
from unicodedata import normalize

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    )
)  # fmt: skip
# Gmail and other editors indent the sender's own words by a blockquote of this style.
_INDENTS = re.compile(r"\bborder\s*:\s*(?:none|0)(?!.*\bborder-left)", re.IGNORECASE)
_PREFORMATTED = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
_PARENTS = 4  # elements around a text that are searched for "pre"
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|!|\Z)", re.IGNORECASE)
_HIDDEN = re.compile(r"\shidden[\s=>]", re.IGNORECASE)
_SILENT = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "svg", "-comment"})
_TAG = re.compile(r"<(?:html|body|div|p|br|table|span|font|a)\b[^<>]*>", re.IGNORECASE)
_PGP_FRAME = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+: .*\n){0,9}\n?"
    r"|-----BEGIN PGP SIGNATURE-----\n(?s:.{0,9000}?)(?:-----END PGP SIGNATURE-----\n?|\Z)"
)
_URL = re.compile(r"\bhttps?://[^\s<>\"'\]\)}]+|(?<![\w/.@-])www\.[\w-]+\.[^\s<>\"'\]\)},;]+", re.IGNORECASE)
_SHOWN = 20  # most ">" before a quoted line
_DEPTH = 200  # deeper quotations are counted as of this depth; no mail program writes them
# The parser's time grows with the square of the depth: 400,000 open tags, which fit into a mail, would take many
# minutes.
MAX_NESTING = 2000
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:br|img|hr|input|meta|link|col|area|base|wbr|source|p|li|dt|dd|td|th|tr|option|tbody|thead)\b)[a-z]",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_DATA = re.compile(r"data:[\w/+.;=-]{1,100},[^\s\"'<>]{200,}")  # a picture inside a data: URL
MAX_HTML = 1_500_000  # characters; a longer body is cut, the raw bytes are kept


def looks_like_html(text: str) -> bool:
    """Return True for HTML that was sent as text/plain: a document, or several tags early in the text."""
    head = text[:4000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html")) or len(_TAG.findall(head)) >= 4


def declared_inside(html: bytes) -> str:
    """Return the charset that an HTML body names itself, or "". It counts where the header of the part names none."""
    found = _META.search(html, 0, 4096)
    return found[1].decode("ascii") if found else ""


def without_pictures(html: str) -> str:
    """Return `html` without the pictures in data: URLs, which may be longer than all the text."""
    return _DATA.sub("", html) if "data:" in html else html


def html_text(html: str) -> tuple[str, tuple[str, ...]]:
    """Return the visible text and the link targets of an HTML body.

    Lines inside a blockquote begin with "> ", as in plain mail. Nothing is run or fetched.
    """
    html = html[:MAX_HTML]
    if _nesting(html) > MAX_NESTING:
        return _squeeze(unescape(_ANY_TAG.sub(" ", html))), plain_links(html)
    tree = LexborHTMLParser(html)
    root = tree.body or tree.root
    if root is None:
        return "", ()
    lines: list[tuple[int, list[str]]] = [(0, [])]
    links: list[str] = []
    _walk(root, lines, links, hides=bool(_HIDES.search(html) or _HIDDEN.search(html)))
    out = []
    for quote, pieces in lines:
        line = " ".join("".join(pieces).replace("\u200b", "").split())
        out.append((">" * min(quote, _SHOWN) + " " + line).rstrip() if quote else line)
    return normalize("NFC", _squeeze("\n".join(out))), tuple(dict.fromkeys(links))


def unsigned(text: str) -> str:
    """Return `text` without the lines that PGP puts around a signed, readable text (RFC 9580, 7).

    >>> unsigned("-----BEGIN PGP SIGNED MESSAGE-----\\nHash: SHA256\\n\\nSở\\n-----BEGIN PGP SIGNATURE-----\\n\\niQ")
    'Sở\\n'
    """
    return _PGP_FRAME.sub("", text)


def without_commands(text: str) -> str:
    """Return the words of text/enriched (RFC 1896) or text/richtext without commands; "<<" stands for a bracket.

    >>> without_commands("<bold>Sở</bold> Tài chính <<a@b.test>")
    'Sở Tài chính <a@b.test>'
    """
    return re.sub(r"<(<)|<param>[^<]{0,200}</param>|</?[A-Za-z-]{1,60}>", lambda found: found[1] or "", text)


def is_stub(plain: str, visible: str) -> bool:
    """Return True if the plain form of a letter only points to its HTML form ("open this as HTML")."""
    words = len(plain.split())
    return words < 60 and len(_URL.sub("", visible).split()) > max(20, 2 * words)


def plain_links(text: str) -> tuple[str, ...]:
    """Return every http(s) or "www." address in plain text, without the punctuation of the sentence around it."""
    if "://" not in text and "www." not in text.lower():
        return ()
    urls = (url.rstrip(".,;:!?") for url in _URL.findall(text))
    return tuple(dict.fromkeys(url if "://" in url[:8] else f"http://{url}" for url in urls))


def unflow(text: str, delsp: bool) -> str:
    """Join the soft-broken lines of a format=flowed body (RFC 3676), keeping quote depth apart."""
    out: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:]
        body = body[1:] if body.startswith(" ") else body
        flowed = body.endswith(" ") and body != "-- "
        joined = open_depth == depth and body.rstrip() != "--"  # a signature is never part of a paragraph
        open_depth = depth if flowed else -1
        body = body[:-1] if flowed and delsp else body
        if joined:
            out[-1].append(body)
        else:
            out.append([">" * depth + " " if depth else "", body])
    return "\n".join(map("".join, out))


def _nesting(html: str) -> int:
    """Return roughly how deep elements are nested. Elements that often have no end tag are not counted."""
    depth = deepest = 0
    for tag in _NESTING_TAG.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _squeeze(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _walk(root: LexborNode, lines: list[tuple[int, list[str]]], links: list[str], hides: bool) -> None:
    """Collect lines and links depth first, without recursion: mail with ten thousand nested tags exists."""
    stack: list[tuple[LexborNode | str, int, bool]] = [(root, 0, False)]
    while stack:
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
