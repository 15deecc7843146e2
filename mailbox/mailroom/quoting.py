"""What the sender wrote, apart from what was quoted: Vietnamese, English and product-specific marks of a quotation.

The letterhead of a công văn (Kính gửi:, Số:, Nơi nhận:) looks like a mail header block and is none: a block counts as
quoted only if it opens with Từ:/From:/Người gửi: and goes on with at least two of Đã gửi, Đến, Chủ đề and their kin.
"""

import re

# One line, or one line folded over two or three by the sender's program.
_WROTE = re.compile(
    r"^\s*(?:>\s*)?(?:"
    r"(?:vào|lúc|ngày|hôm|trên|on|am|le|el|il)\b.{3,240}?(?:đã\s+viết|viết|wrote|schrieb|a écrit|escribió|"
    r"ha scritto)\s*:"
    r"|.{0,120}[<(\[]?[\w.+-]+@[\w.-]+[>)\]]?.{0,40}(?:đã\s+viết|viết|wrote)\s*:"
    r")\s*$",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = ("viết", "wrote", "schrieb", "écrit", "escribió", "scritto")  # one of them is in every attribution
_RULE_LINE = re.compile(
    r"^\s*[-_=*>\s]{0,40}(?:"
    r"thư gốc|tin nhắn gốc|tin nhắn ban đầu|thư ban đầu|nội dung thư gốc|original message|original appointment"
    r"|(?:thư|tin nhắn|nội dung)(?: đã)?(?: được)? chuyển tiếp|bắt đầu (?:thư|tin nhắn)(?: đã)?(?: được)? chuyển tiếp"
    r"|forwarded message|forwarded by|begin forwarded message|reply above this line|please reply above this line"
    r")[^a-zà-ỹ]{0,80}:?\s*[-_=*\s]{0,40}$",
    re.IGNORECASE,
)
_DASHED = re.compile(r"[-_=*]{2,}|:\s*$")
_FIRST_KEY = re.compile(r"^[\s>*]*(?:từ|from|người gửi|gửi từ|gửi bởi|de|von)\s*\*?:", re.IGNORECASE)
_OTHER_KEYS = re.compile(
    r"^[\s>*]*(đã gửi|gửi lúc|gửi|ngày gửi|ngày|thời gian|đến|tới|người nhận|gửi đến|gửi tới|cc|đồng gửi|đồng kính gửi"
    r"|chủ đề|tiêu đề|về việc|v/v|sent|date|to|subject|an|gesendet|betreff|à|envoyé|objet)\s*\*?:",
    re.IGNORECASE,
)
_REPEATED = re.compile(r"\s*(?:re|fwd?|tr|tl|aw|wg|rv|trả lời|chuyển tiếp)\s*:", re.IGNORECASE)
# Without one of these no line opens a quotation. Most lines have none, and trying the patterns on them takes long.
_MARKS = (":", "-", "_", "=", "*", ">>>")
MAX_LINES = 4_000  # in which a quotation is looked for; nobody writes as many
_LAST = frozenset(":-")  # what an announcement ends in
_FOLDED = 3  # lines that it takes at most
_LOTUS = re.compile(r"^\s*-{3,}\s?.{3,100}\s(?:wrote|viết|đã viết)\s*:\s?-{3,}\s*$", re.IGNORECASE)
_GROUPWISE = re.compile(r"^>>>\s.{3,120}?\d.{0,30}>>>\s*$")
_OUTLOOK_LINE = re.compile(r"^\s*_{20,}\s*$")
_SIGNATURE = re.compile(r"^--\s?$")
_DEVICE = re.compile(
    r"^\s*(?:đã gửi|được gửi|gửi) từ (?:iphone|ipad|điện thoại|thiết bị|outlook|yahoo|thư dành cho|zalo|mail)\b.{0,60}$"
    r"|^\s*sent from (?:my|mail|outlook|yahoo)\b.{0,60}$|^\s*get outlook for \w+.{0,60}$",
    re.IGNORECASE,
)
_DEVICE_WORDS = ("gửi từ", "sent from", "get outlook")
_DISCLAIMER = re.compile(
    r"(?:thư điện tử|email|e-mail|thư|tin nhắn|message|thông điệp) (?:này )?(?:và|and|hoặc|or|cùng|kể cả|"
    r"bao gồm|is|are|may|có thể)"
    r".{0,160}?(?:bảo mật|bí mật|confidential|privileged|người nhận được chỉ định|intended recipient)",
    re.IGNORECASE | re.DOTALL,
)
_FOOTER = re.compile(
    r"virus-free|không có (?:vi rút|virus)|avast|scanned (?:by|for)|please consider the environment|"
    r"hãy nghĩ đến môi trường"
    r"|bạn nhận được (?:thư|email) này vì|you (?:are receiving|received) this (?:message|email) because",
    re.IGNORECASE,
)  # fmt: skip


def repeats(subject: str) -> bool:
    """True for the subject of an answer or of a letter passed on: its words are those of the letter before.

    >>> repeats("Trả lời: Yêu cầu"), repeats("FW: x"), repeats("Trả lời yêu cầu")
    (True, True, False)
    """
    return bool(_REPEATED.match(subject))


def new_text(full: str) -> str:
    """`full` without quotations, signature block, device line and legal footer.

    Lines that begin with ">" go wherever they stand (answers between them stay). A mark that announces a quotation
    drops what follows it, unless quoted lines follow: then only those go, and answers below or between them stay.
    """
    lines = full.split("\n")
    announcing = [line.rstrip()[-1:] in _LAST for line in lines]
    kept: list[str] = []
    at = 0
    while at < min(len(lines), MAX_LINES):
        span = _attribution(lines, at) if any(announcing[at : at + _FOLDED]) else 0
        if span:
            if not _quoted_next(lines, at + span):
                break
            at += span
            continue
        line = lines[at]
        if any(map(line.__contains__, _MARKS)) and _cuts(lines, at):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
        at += 1
    else:
        kept += lines[at:]
    return _without_footers(kept)


def quoted(full: str, new: str) -> str:
    """The rest: lines of `full` that are not in `new`."""
    mine = set(new.split("\n"))
    return "\n".join(line.lstrip("> ") for line in full.split("\n") if line not in mine)


def _attribution(lines: list[str], at: int) -> int:
    """Number of lines that an attribution ("Vào … đã viết:") takes from `at`; 0 if there is none."""
    if not lines[at].strip():
        return 0
    for span in range(1, _FOLDED + 1):
        end = lines[min(at + span, len(lines)) - 1].lstrip("> ").rstrip()
        if end and end[-1] not in _LAST:
            continue
        joined = " ".join(line.lstrip("> ") for line in lines[at : at + span])
        if span > 1 and not lines[min(at + span - 1, len(lines) - 1)].strip():
            return 0
        said = len(joined) < 400 and any(map(joined.lower().__contains__, _VERBS))
        if said and (_WROTE.match(joined) or _LOTUS.match(joined)):
            return span
    return 0


def _quoted_next(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _cuts(lines: list[str], at: int) -> bool:
    line = lines[at]
    if _DASHED.search(line) and _RULE_LINE.match(line):
        return True
    if (line.startswith(">>>") and _GROUPWISE.match(line)) or (":" in line and _header_block(lines, at)):
        return True
    return (
        "____" in line and bool(_OUTLOOK_LINE.match(line)) and any(_header_block(lines, at + 1 + n) for n in range(3))
    )


def _header_block(lines: list[str], at: int) -> bool:
    if at >= len(lines) or not _FIRST_KEY.match(lines[at]):
        return False
    keys = {match[1].lower() for line in lines[at + 1 : at + 8] if (match := _OTHER_KEYS.match(line))}
    return len(keys) >= 2


def _without_footers(lines: list[str]) -> str:
    end = next((n for n, line in enumerate(lines) if line[:2] == "--" and _SIGNATURE.match(line)), len(lines))
    # A signature mark above everything is a letter that begins with a rule, not a signature.
    if any(line.strip() for line in lines[:end]):
        lines = lines[:end]
    text = "\n".join(lines)
    if any(map(text.lower().__contains__, _DEVICE_WORDS)):
        text = "\n".join(line for line in lines if not _DEVICE.match(line))
    paragraphs = re.split(r"\n\s*\n", text)
    while len(paragraphs) > 1 and (_DISCLAIMER.search(paragraphs[-1]) or _FOOTER.search(paragraphs[-1])):
        paragraphs.pop()
    text = "\n\n".join(paragraphs)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def is_all_quoted(full: str) -> bool:
    """True if there is text and none of it is new."""
    return bool(full.strip()) and not new_text(full)


__all__ = ["is_all_quoted", "new_text", "quoted"]
