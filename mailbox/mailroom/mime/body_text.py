"""Turn message bodies into plain text, and separate what the sender wrote from what was quoted.

Bodies are text/enriched and format=flowed (RFC 3676); `html_body` reads HTML. Quotations are recognised by
Vietnamese, English and product-specific marks. An answer that is taken for a quotation is lost, so every mark must be
certain. The letterhead of a công văn (Kính gửi:, Số:, Nơi nhận:) looks like a mail header block and is none: a block
counts as quoted only if it has Từ:/From:/Người gửi:, at least two of Đã gửi, Đến, Chủ đề and the like, and a time or an
address. "Ngày 13/4 Sở viết:" begins a quotation only if quoted lines follow, or if it gives the hour or the address of
the writer.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from prober.studies.packs import languages, words
from prober.text.patterns import linear, short_pattern
from prober.text.words import Vocabulary

_PGP_FRAME = linear(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+: .*\n){0,9}\n?"
    r"|-----BEGIN PGP SIGNATURE-----\n(?s:.{0,9000}?)(?:-----END PGP SIGNATURE-----\n?|\Z)"
)
_COMMAND = linear(r"<(<)|<param>[^<]{0,200}</param>|</?[A-Za-z-]{1,60}>")  # of text/enriched
_BLANK_LINES = linear(r"\n\s*\n")
_GAP = linear(r"\n{3,}")
_URL = linear(
    r"\bhttps?://[^\s<>\"'\]\)}]+|(?<![\w/.@-])www\.[\w-]+\.[^\s<>\"'\]\)},;]+|"
    r"(?<![\w/.@:-])(?:(?:[a-z0-9-]{1,40}\.){1,5}(?:vn|test)|[a-z0-9-]{1,20}\.(?:ly|gl|gd|cc))/[^\s<>\"'\]\)},;]+",
    re.IGNORECASE,
)
_BROKEN_URL = linear(
    r"(https?://[^\s<>]{1,300}[/_=&-])\n(?=[^\s<>:/]{1,120}\."
    r"(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|csv|ods|odt|html?|aspx?|php|jsp)>?\s*(?:\n|$))"
)
_BRACKETED_URL = linear(r"<https?://[^\s<>]{1,300}(?:\n[^\s<>]{1,300}){1,3}>")
_BARE_PATH = linear(r"\w\.(?:vn|test|ly|gl|gd|cc)/\w")


@dataclass(frozen=True, slots=True, eq=False)
class ClosingWords:
    """Hold the formulas that close a letter, from the packs: patterns for a line as written."""

    TABLE: ClassVar = "closing"
    line: re.Pattern[str]


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
    return _COMMAND.sub(lambda found: found[1] or "", text)


def is_stub(plain: str, visible: str) -> bool:
    """Return True if the plain form of a letter only points to its HTML form ("open this as HTML")."""
    words = len(plain.split())
    return words < 60 and len(_URL.sub("", visible).split()) > max(20, 2 * words)


def plain_links(text: str) -> tuple[str, ...]:
    """Return every http(s) or "www." address in plain text, without the punctuation of the sentence around it.

    A path at a Vietnamese name or a short one is an address too: "stc.tinh.gov.vn/cong-khai/2018.pdf", "bit.ly/qt18".
    """
    if "://" not in text and "www." not in text.lower() and not _BARE_PATH.search(text):
        return ()
    urls = (url.rstrip(".,;:!?") for url in _URL.findall(text))
    return tuple(dict.fromkeys(url if "://" in url[:8] else f"http://{url}" for url in urls))


def unbroken(text: str) -> str:
    """Return `text` with each address whole that a line break cut before the name of its file, or within "<" and ">".

    Line breaks within brackets are no part of an address (RFC 3986, appendix C).

    >>> unbroken("https://a.test/2019/\\nQT2018.pdf"), unbroken("<https://a.test/quyet-\\ntoan-2018>")
    ('https://a.test/2019/QT2018.pdf', '<https://a.test/quyet-toan-2018>')
    """
    if "://" not in text:
        return text
    return _BROKEN_URL.sub(r"\1", _BRACKETED_URL.sub(lambda found: found[0].replace("\n", ""), text))


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


# An attribution: one line, which the sender's program may have folded into two or three.
_WROTE = linear(
    r"^\s*+(?:>\s*+)?(?:"
    r"(?:vào|lúc|ngày|hôm|trên|on|am|le|el|il)\b.{3,240}?(?:đã\s+viết|viết|wrote|schrieb|a écrit|escribió|"
    r"ha scritto)\s*:"
    r"|.{0,120}[<(\[]?(?<![\w.+-])[\w.+-]+@[\w.-]{1,255}[>)\]]?.{0,40}(?:đã\s+viết|viết|wrote)(?:\s+(?:vào|lúc|on|at)\b.{3,60})?\s*:"
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
    r"^\s*+[-_=*>\s]{0,40}(?:"
    r"thư gốc|tin nhắn gốc|tin nhắn ban đầu|thư ban đầu|nội dung thư gốc|original message|original appointment"
    r"|(?:thư|tin nhắn|nội dung)(?: đã)?(?: được)? chuyển tiếp|bắt đầu (?:thư|tin nhắn)(?: đã)?(?: được)? chuyển tiếp"
    r"|forwarded message|forwarded by|begin forwarded message"
    r")[^a-zà-ỹ]{0,80}:?\s*+[-_=*\s]{0,40}$",
    re.IGNORECASE,
)
# A line between dashes that names an earlier letter: "---- Thư ngày 04/3/2020 của Văn phòng ----".
_NAMED_LETTER = linear(
    r"^\s*[-=]{3,}\s*(?:thư|email|e-mail|công văn|letter|message|mail) (?:ngày|số|của|trước|cũ|of|dated|from)\b"
    r".{0,80}?[-=]{3,}\s*$",
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
_HEAD = 6  # lines in which a quoted letter begins
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


def opening_mark(full: str) -> str:
    """Return the first line with words if it is the mark above which a ticket system reads answers; else ""."""
    first = next((line for line in full[:1000].split("\n") if any(map(str.isalnum, line))), "")
    return first if _ABOVE.match(first) and not first.lstrip().startswith(">") else ""


def new_text(full: str) -> str:
    """Return `full` without quotations, signature block, device line and legal footer.

    Lines that begin with ">" are removed everywhere; answers between them stay, and so do links above the attribution
    of a quotation, where ">" is the writer's arrow. An attribution removes everything after it, unless lines with ">"
    follow: then only those are removed, and answers below or between them stay.
    """
    lines = _with_own_arrows(full.split("\n"))
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
            if any(any(map(str.isalnum, above)) for above in kept):  # dashes above the mark are no text
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


def _with_own_arrows(lines: list[str]) -> list[str]:
    """Return `lines`; those with ">" and a link stand without their ">" where the quotation begins only below them."""
    arrows = [at for at, line in enumerate(lines[:MAX_LINES]) if line.startswith(">") and "://" in line]
    if not arrows:
        return lines
    quotation = _quotation(lines)
    if not any(map(str.strip, lines[: arrows[0]])):
        return lines
    return [line.lstrip("> ") if at in arrows and at < quotation else line for at, line in enumerate(lines)]


def _quotation(lines: list[str]) -> int:
    """Return the line of the first attribution with quoted lines below it, 0 if there is none."""
    return next(
        (
            at
            for at in range(min(len(lines), MAX_LINES))
            if (span := _attribution(lines, at)) and _quoted_next(lines, at + span)
        ),
        0,
    )


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
    if _DASHED.search(line) and (_RULE_LINE.match(line) or _NAMED_LETTER.match(line)):
        return True
    if line.startswith(">>>") and _GROUPWISE.match(line):
        return True
    if ":" in line and (_header_block(lines, at) or _ONE_LINE.match(line)):
        return True
    return (
        "____" in line and bool(_OUTLOOK_LINE.match(line)) and any(_header_block(lines, at + 1 + n) for n in range(3))
    )


def passed_on(full: str, domain: str) -> str:
    """Return what somebody of `domain` wrote in the first letter that `full` forwards; "" if another wrote it."""
    lines = full.split("\n")[:MAX_LINES]
    cut = next((at for at in range(len(lines)) if _cuts(lines, at)), len(lines))
    head = next((at for at in range(cut, min(cut + _HEAD, len(lines))) if _FIRST_KEY.match(lines[at])), len(lines))
    if f"@{domain}" not in "".join(lines[head : head + 1]).lower():
        return ""
    while head < len(lines) and lines[head].strip():
        head += 1
    return new_text("\n".join(lines[head:]))


def below_letter(full: str, writers: Collection[str]) -> str:
    """Return what was written below the quoted letter of one of `writers` that `full` begins with; "" if nothing was.

    Such a letter has no ">" before its lines. It ends with who signs, below a formula like "Trân trọng".
    """
    lines = full.split("\n")[:MAX_LINES]
    head = next((at for at, line in enumerate(lines[:_HEAD]) if _FIRST_KEY.match(line)), len(lines))
    if not any(writer in line.lower() for line in lines[head : head + 1] for writer in writers):
        return ""
    closing = _in_every_language().line
    end = next((at + 1 for at in range(head, len(lines)) if closing.match(lines[at])), len(lines))
    while end < len(lines) and not lines[end].strip():
        end += 1
    while end < len(lines) and lines[end].strip():
        end += 1
    return new_text("\n".join(lines[end:]))


@cache
def _in_every_language() -> ClosingWords:
    """Return the formulas of all packs: a message is parsed before it is known to which study it belongs."""
    return words(Vocabulary(languages())).table(ClosingWords)


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
    paragraphs = _BLANK_LINES.split(text)
    while len(paragraphs) > 1 and (_DISCLAIMER.search(paragraphs[-1]) or _FOOTER.search(paragraphs[-1])):
        paragraphs.pop()
    text = "\n\n".join(paragraphs)
    return _GAP.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def is_all_quoted(full: str) -> bool:
    """Return True if there is text and none of it is new."""
    return bool(full.strip()) and not new_text(full)


__all__ = ["is_all_quoted", "new_text", "quoted"]
