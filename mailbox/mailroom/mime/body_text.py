"""Turn message bodies into plain text, and separate what the sender wrote from what was quoted.

Bodies are HTML with its links, text/enriched, and format=flowed (RFC 3676). Quotations are told by Vietnamese, English
and product-specific marks. An answer that is taken for a quotation is lost, so every mark must be certain. The
letterhead of a công văn (Kính gửi:, Số:, Nơi nhận:) looks like a mail header block and is none: a block counts as
quoted only if it has Từ:/From:/Người gửi:, at least two of Đã gửi, Đến, Chủ đề and the like, and a time or an address.
"Ngày 13/4 Sở viết:" begins a quotation only if quoted lines follow, or if it gives the hour or the address of the
writer.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from unicodedata import normalize

from selectolax.lexbor import LexborHTMLParser, LexborNode

from prober.text.patterns import linear, short_pattern

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
_TAG = linear(r"<(?:html|body|div|p|br|table|span|font|a)\b[^<>]*>", re.IGNORECASE)
_PGP_FRAME = linear(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+: .*\n){0,9}\n?"
    r"|-----BEGIN PGP SIGNATURE-----\n(?s:.{0,9000}?)(?:-----END PGP SIGNATURE-----\n?|\Z)"
)
_URL = linear(r"\bhttps?://[^\s<>\"'\]\)}]+|(?<![\w/.@-])www\.[\w-]+\.[^\s<>\"'\]\)},;]+", re.IGNORECASE)
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
MAX_NODES = 150_000  # elements and texts that are read of one body; a long table has a tenth of them
_ANY_TAG = linear(r"<[^<>]*>")
# So does it with the square of the attributes of one element. A comment and a start tag, as HTML reads them (13.2.5).
MAX_ATTRIBUTES = 100
_START_TAG = linear(
    r"<!--(?s:.*?)(?:-->|\Z)"
    r"|<[a-z][^\s/>]*+(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\s>]*+))?+)*+",
    re.IGNORECASE,
)
_ATTRIBUTE = linear(r"[\s/]++[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\s>]*+))?+")
_LONG_TAG = 400  # characters; in one that is shorter are too few attributes to matter
_LONG_HTML = 5_000
_META = linear(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_DATA = linear(r"data:[\w/+.;=-]{1,100},[^\s\"'<>]{200,}")  # a picture inside a data: URL
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
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _walk(root: LexborNode, lines: list[tuple[int, list[str]]], links: list[str], hides: bool) -> None:
    """Collect lines and links depth first, without recursion: mail with ten thousand nested tags exists."""
    stack: list[tuple[LexborNode | str, int, bool]] = [(root, 0, False)]
    left = MAX_NODES
    while stack and (left := left - 1):
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


# An attribution: one line, which the sender's program may have folded into two or three.
_WROTE = linear(
    r"^\s*(?:>\s*)?(?:"
    r"(?:vào|lúc|ngày|hôm|trên|on|am|le|el|il)\b.{3,240}?(?:đã\s+viết|viết|wrote|schrieb|a écrit|escribió|"
    r"ha scritto)\s*:"
    r"|.{0,120}[<(\[]?[\w.+-]+@[\w.-]+[>)\]]?.{0,40}(?:đã\s+viết|viết|wrote)(?:\s+(?:vào|lúc|on|at)\b.{3,60})?\s*:"
    r"|(?:quoting|trích(?:\s+dẫn)?(?:\s+từ)?)\s.{3,120}:"
    r"|\d{4}(?:[-/.]|年)\d.{3,120}<[\w.+-]+@[\w.-]+>\s*:"  # Gmail's older form, the same in all languages
    r")\s*$",
    re.IGNORECASE | re.DOTALL,
)
_HOUR = linear(r"\b\d{1,2}[:h]\d{2}\b")
LINE = 1_000  # characters of a line that says who wrote when; a longer one is text
_WHO_AND_WHEN = short_pattern(
    r"@[\w.-]+\w.{0,60}\b(?:đã\s+viết|wrote)\b|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*@|@.*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}",
    LINE,
    re.DOTALL,
)
_RULE_LINE = linear(
    r"^\s*[-_=*>\s]{0,40}(?:"
    r"thư gốc|tin nhắn gốc|tin nhắn ban đầu|thư ban đầu|nội dung thư gốc|original message|original appointment"
    r"|(?:thư|tin nhắn|nội dung)(?: đã)?(?: được)? chuyển tiếp|bắt đầu (?:thư|tin nhắn)(?: đã)?(?: được)? chuyển tiếp"
    r"|forwarded message|forwarded by|begin forwarded message"
    r")[^a-zà-ỹ]{0,80}:?\s*[-_=*\s]{0,40}$",
    re.IGNORECASE,
)
_DASHED = linear(r"[-_=*]{2,}|^[\s>]*(?:bắt đầu|begin|thư gốc|tin nhắn gốc|original).*:\s*$", re.IGNORECASE)
# "Reply above this line", from ticket systems. The ticket follows the line; if no text comes before the line, what
# follows is the system's own message.
_ABOVE = linear(
    r"^[\s#*=_>-]*(?:(?:please|vui lòng|xin|hãy)\s+)?(?:(?:type|enter|write|viết|nhập|gõ)\s+)?(?:your\s+|nội dung\s+)?"
    r"(?:reply|trả lời|phản hồi)(?:\s+(?:ở|phía|bên))?\s+(?:above|trên)\s+(?:this|dòng|đường)\b.{0,30}$",
    re.IGNORECASE,
)
_FIRST_KEY = linear(r"^[\s>*]*(?:từ|from|người gửi|gửi từ|gửi bởi|de|von)\s*\*?:", re.IGNORECASE)
_WHEN_KEYS = "đã gửi|gửi lúc|gửi|ngày gửi|ngày|thời gian|sent|date|gesendet|envoyé"
_OTHER_KEYS = linear(
    rf"^[\s>*]*({_WHEN_KEYS}|đến|tới|người nhận|gửi đến|gửi tới|cc|đồng gửi|chủ đề|tiêu đề|to|subject|an|betreff|à"
    r"|objet)\s*\*?:",
    re.IGNORECASE,
)
_WHEN = frozenset(_WHEN_KEYS.split("|"))
_ONE_LINE = linear(
    r"^[\s>*]*(?:từ|from)\s*:.{1,200}\b(?:đã gửi|gửi|ngày|sent|date)\s*:.{1,120}\b(?:đến|tới|to)\s*:.{1,400}"
    r"\b(?:chủ đề|tiêu đề|subject)\s*:",
    re.IGNORECASE,
)
_LETTER_KEYS = linear(
    r"^[\s>*]*(?:về việc|v/v|kính gửi|đồng kính gửi|số)\b", re.IGNORECASE
)  # keys in the letterhead of an office, not in a mail header
_REPEATED = linear(r"\s*(?:re|fwd?|tr|tl|aw|wg|rv|trả lời|chuyển tiếp)\s*:", re.IGNORECASE)
MAX_LINES = 4_000  # lines that are searched for a quotation; no person writes as many
_FOLDED = 3  # most lines of an attribution
_FULL = 60  # letters; a program breaks an attribution only where a line becomes about as long
# The beginning of an attribution: a word and soon a date, or a date.
_DATED = r"\b.{0,25}?\d|\d{1,4}(?:[-/.]|年)\d|"
_OPENS = linear(rf"[\s>]*(?:(?:vào|lúc|ngày|hôm|trên|on|am|le|el|il){_DATED}(?:quoting|trích)\b)", re.IGNORECASE)
_OPENS_HERE = linear(rf"[\s>]*(?:(?:Vào|Lúc|Ngày|Hôm|Trên|On|Am|Le|El|Il){_DATED}(?:Quoting|Trích)\b)")
_YEAR_OR_HOUR = linear(r"\b\d{4}\b|\b\d{1,2}[:h]\d{2}\b")
_NAME_ALONE = linear(r"[\s>]*[^\W\d_][^\d:;,!?/]{1,80}$")  # the name of a writer, whose address is in the next line
_LOTUS = linear(r"^\s*-{3,}\s?.{3,100}\s(?:wrote|viết|đã viết)\s*:\s?-{3,}\s*$", re.IGNORECASE)
_GROUPWISE = linear(r"^>>>\s.{3,120}?\d.{0,30}>>>\s*$")
_OUTLOOK_LINE = linear(r"^\s*_{20,}\s*$")
_LETTER = linear(r"\s*(?:kính gửi|kính gởi|số)\s*:", re.IGNORECASE)
MOST_SIGNED = 20  # most lines of a signature, with the mark above it
_SIGNATURE = linear(r"^--\s?$")
_DEVICE = linear(
    r"^\s*(?:đã gửi|được gửi|gửi) từ (?:iphone|ipad|điện thoại|thiết bị|outlook|yahoo|thư dành cho|zalo|mail)\b.{0,60}$"
    r"|^\s*sent from (?:my|mail|outlook|yahoo)\b.{0,60}$|^\s*get outlook for \w+.{0,60}$"
    r"|^\s*(?:tải|tải xuống|lấy|nhận) outlook (?:dành )?cho \w+.{0,60}$",
    re.IGNORECASE,
)
# A disclaimer speaks of the mail and its files, never of the documents asked for: "bí mật nhà nước" (state secret) is
# the ground of a refusal.
_DISCLAIMER = linear(
    r"(?:(?:thư điện tử|email|e-mail|thư|tin nhắn|thông điệp) này|(?:this|the) (?:e-?mail|message|communication))\b"
    r".{0,200}?(?:bảo mật|bí mật(?! nhà nước)|thông tin mật|confidential|privileged|intended (?:recipient|for)|"
    r"người nhận được chỉ định|(?:chỉ )?dành (?:riêng )?cho (?:những )?người nhận|không phải (?:là )?người nhận)",
    re.IGNORECASE | re.DOTALL,
)
_FOOTER = linear(
    r"virus-free|không có (?:vi rút|virus)|avast|scanned (?:by|for)|please consider the environment|"
    r"(?:nghĩ đến|cân nhắc|vì|bảo vệ) (?:\w+ ){0,3}môi trường[^.]{0,40}(?:\bin\b|$)"
    r"|bạn nhận được (?:thư|email) này vì|you (?:are receiving|received) this (?:message|email) because",
    re.IGNORECASE,
)  # fmt: skip


def repeats(subject: str) -> bool:
    """Return True for the subject of a reply or a forwarded letter, which repeats the words of the earlier letter.

    >>> repeats("Trả lời: Yêu cầu"), repeats("FW: x"), repeats("Trả lời yêu cầu")
    (True, True, False)
    """
    return bool(_REPEATED.match(subject))


def new_text(full: str) -> str:
    """Return `full` without quotations, signature block, device line and legal footer.

    Lines that begin with ">" are removed everywhere; answers between them stay. An attribution removes everything after
    it, unless lines with ">" follow: then only those are removed, and answers below or between them stay.
    """
    lines = full.split("\n")
    kept: list[str] = []
    at = 0
    while at < min(len(lines), MAX_LINES):
        span = _attribution(lines, at)
        if span:
            if not _quoted_next(lines, at + span):
                break
            at += span
            continue
        line = lines[at]
        if _ABOVE.match(line):
            if any(map(str.strip, kept)):
                break
            at += 1
            continue
        if _cuts(lines, at):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
        at += 1
    else:
        kept += lines[at:]
    return _without_footers(kept)


def quoted(full: str, new: str) -> str:
    """Return the lines of `full` that are not in `new`, without their ">"."""
    mine = set(new.split("\n"))
    return "\n".join(line.lstrip("> ") for line in full.split("\n") if line not in mine)


def _attribution(lines: list[str], at: int) -> int:
    """Return the number of lines of the attribution ("Vào … đã viết:") at line `at`; 0 if there is none."""
    if not lines[at].strip():
        return 0
    for span in range(1, _FOLDED + 1):
        end = lines[min(at + span, len(lines)) - 1].lstrip("> ").rstrip()
        if end and not end.endswith((":", "-")):
            continue
        joined = " ".join(line.lstrip("> ") for line in lines[at : at + span])
        if span > 1 and not lines[min(at + span - 1, len(lines) - 1)].strip():
            return 0
        if len(joined) < 400 and (_LOTUS.match(joined) or _announces(joined, lines, at + span)):
            return span if span == 1 or _is_folded(lines[at : at + span]) else 0
    return 0


def _is_folded(lines: list[str]) -> bool:
    """Return True if a program broke one attribution into `lines`: the first may also be the last line of the reply.

    All are quoted alike, none but the first begins an attribution, and the first is a date, or a name that fills it.
    """
    first, *others = lines
    if len({line[: len(line) - len(line.lstrip("> "))].count(">") for line in lines}) > 1:
        return False
    if any(map(_OPENS_HERE.match, others)):
        return False
    full = len(first) + 1 + len(others[0].split(" ", 1)[0]) > _FULL
    return bool((_OPENS.match(first) and _YEAR_OR_HOUR.search(first)) or (full and _NAME_ALONE.match(first)))


def _announces(line: str, lines: list[str], after: int) -> bool:
    if not _WROTE.match(line):
        return False
    return bool(_HOUR.search(line) or _WHO_AND_WHEN.search(line)) or _quoted_next(lines, after)


def _quoted_next(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _cuts(lines: list[str], at: int) -> bool:
    line = lines[at]
    if _DASHED.search(line) and _RULE_LINE.match(line):
        return True
    if line.startswith(">>>") and _GROUPWISE.match(line):
        return True
    if ":" in line and (_header_block(lines, at) or _ONE_LINE.match(line)):
        return True
    return (
        "____" in line and bool(_OUTLOOK_LINE.match(line)) and any(_header_block(lines, at + 1 + n) for n in range(3))
    )


def _header_block(lines: list[str], at: int) -> bool:
    if at >= len(lines) or not (_FIRST_KEY.match(lines[at]) or _OTHER_KEYS.match(lines[at])):
        return False
    block = list(_block(lines[at : at + 8]))
    keys = {match[1].lower() for line in block if (match := _OTHER_KEYS.match(line))}
    if len(keys) < 2 or any(map(_LETTER_KEYS.match, block)) or not any(map(_FIRST_KEY.match, block[:4])):
        return False
    return bool(keys & _WHEN) or any("@" in line for line in block)


def _block(lines: list[str]) -> Iterator[str]:
    """Yield lines up to the first one that follows a blank line and does not begin with a header key."""
    apart = False
    for line in lines:
        if apart and line.strip() and not (_FIRST_KEY.match(line) or _OTHER_KEYS.match(line)):
            return
        apart = not line.strip()
        yield line


def _without_footers(lines: list[str]) -> str:
    marks = [n for n, line in enumerate(lines) if line[:2] == "--" and _SIGNATURE.match(line)]
    # Only the last mark can begin a signature, and only if few lines follow; other marks separate parts of a letter.
    end = marks[-1] if marks and sum(map(bool, map(str.strip, lines[marks[-1] :]))) <= MOST_SIGNED else len(lines)
    # A mark above all text, or above a letter, is a separating line and begins no signature.
    if any(line.strip() for line in lines[:end]) and not any(map(_LETTER.match, lines[end:])):
        lines = lines[:end]
    text = "\n".join(line for line in lines if not _DEVICE.match(line))
    paragraphs = re.split(r"\n\s*\n", text)
    while len(paragraphs) > 1 and (_DISCLAIMER.search(paragraphs[-1]) or _FOOTER.search(paragraphs[-1])):
        paragraphs.pop()
    text = "\n\n".join(paragraphs)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def is_all_quoted(full: str) -> bool:
    """Return True if there is text and none of it is new."""
    return bool(full.strip()) and not new_text(full)


__all__ = ["is_all_quoted", "new_text", "quoted"]
