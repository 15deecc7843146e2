"""Prepare a letter for the phrase rules: one sentence a line, in lower case, abbreviations written out.

A công văn recites the letter that it answers ("nhận được thư … đề nghị cung cấp thông tin") and names its subject and
addressees first; none of these decides its class. Its message is between "Kính gửi" and "Nơi nhận" or the signer.
"""

import re

from mailroom.classification.phrase_table import phrases
from prober.text.patterns import linear
from prober.text.phrases import normal, possible, without
from prober.text.vietnamese import fold

Compiled = tuple[re.Pattern[str], ...]

# Vietnamese needs an extra byte in UTF-8 for every fourth letter. With fewer than one for 12 letters it was typed
# without accents, with fewer than one for 6 partly without.
_ACCENTS = 12
_PARTLY = 6
_FULL = 60  # letters; a line of so many was probably broken because it was full
_CLOSED = ".:;?!…/"
_ITEM = linear(r"[-+*•–]|\(?(?:\d{1,2}|[a-zđA-ZĐ])[.)/]\s")
_END = linear(r"(?<=[.;?!])(?<!\b[mtd][rsp]\.)(?<!\bmrs\.)\s+")

# Abbreviations and Southern spellings → the spelling in the phrases.
_WRITTEN = {
    "ko": "không", "k": "không", "kg": "không", "khg": "không", "hok": "không", "hông": "không", "hổng": "không",
    "đc": "được", "dc": "được", "đươc": "được", "gởi": "gửi", "vô": "vào", "coi": "xem", "tui": "tôi",
    "giùm": "giúp", "dùm": "giúp", "vb": "văn bản", "stc": "sở tài chính", "sở tc": "sở tài chính",
    "nhân được": "nhận được", "mail": "email", "e-mail": "email", "thư điện tử": "email", "tệp tin": "file",
    "tập tin": "file", "tệp": "file",
    "phúc đáp": "trả lời", "hồi âm": "trả lời", "hồi đáp": "trả lời", "fw": "chuyển", "forward": "chuyển",
    "trang web": "website", "web": "website", "đường dẫn": "link", "đường link": "link", "liên kết": "link",
}  # fmt: skip
_FALSE_FRIENDS = frozenset({"gởi", "nhân được"})  # without accents these are "gọi" (call), and the correction itself
_DIVISION = r"p\.? ?(?=(?:ngân|qlns|quản lý|ns|tài chính|tchc|hành chính|tổng|thanh|kế|giá|tin học|tcdn|hcsn)\b)"

_LINK = linear(r"(https?://|www\.)\S+")
_MAIL = linear(r"[\w.+-]{1,64}@[\w-]{1,64}\.\S+")

_CLAUSES = linear(r",(?!\d)|\((?! ?kèm| ?theo)| (?:còn|nhưng|riêng) ")  # what stands between clauses
_TITLE = linear(
    r"^[ \t]*(?:thông báo|phiếu (?:chuyển|giải quyết|tiếp nhận|hướng dẫn|trả)|giấy (?:tiếp nhận|biên nhận|mời|hẹn))\b.*"
    r"(?:\n.*)?",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = linear(r"^[ \t]*(?:v/v\b.*|số ?: ?\d{0,6} ?/[\w-]*(?:stc|ubnd|vp)[\w-]*\s*)$", re.IGNORECASE | re.MULTILINE)
_ADDRESSEE = linear(r"^[ \t]*kính gửi\b.*(?:\n\s*-.*)*", re.IGNORECASE | re.MULTILINE)
_FOOT = linear(
    r"^[ \t]*(?:nơi nhận\b|(?:(?:kt|tl|tuq|tm|q)\. ?)?(?:phó )?(?:giám đốc|chánh văn phòng|trưởng phòng|"
    r"chánh thanh tra)\b|"
    r"thủ trưởng|người tiếp nhận)",
    re.IGNORECASE | re.MULTILINE,
)
_NO_LETTER = linear(r"^[ \t]*(?:BÁO CÁO|NGHỊ QUYẾT|QUYẾT ĐỊNH|TỜ TRÌNH|QUY CHẾ|PHIẾU YÊU CẦU)\b", re.MULTILINE)
_OURS = linear(
    r"^[ \t]*kính gửi\W*(?:quý sở\b|sở tài chính)(?s:.*)(?:quý (?:sở|cơ quan)|\[yc-)", re.IGNORECASE | re.MULTILINE
)
_HEAD = 3_000  # characters that are searched for the head of a letter


def hardly_accented(text: str) -> bool:
    """Return True for text typed partly without accents, in which phrases without accents count."""
    return _PARTLY * (len(text.encode()) - len(text)) < len(text)


def sentences(text: str, plain: bool = False) -> str:
    """Return `text` with one sentence a line; without any accents if `plain`, or if it was typed without them.

    >>> sentences("Em ko gởi đc. Anh hỏi bên\\nkho bạc nhé.")
    'em không gửi được.\\nanh hỏi bên kho bạc nhé.'
    """
    text = _without_addresses(normal(_unwrapped(text)))
    plain = plain or _ACCENTS * (len(text.encode()) - len(text)) < len(text)
    if plain and not text.isascii():
        text = fold(text).encode("ascii", "ignore").decode()
    pattern, words = _TABLES[plain]
    text = pattern.sub(lambda found: words.get(found[0]) or _DIVISION_IS[plain], text)
    return without(phrases("heading"), _END.sub("\n", text))


def stated(text: str) -> str:
    """Return `text`, of `sentences`, without its recital of the request that it answers.

    >>> stated("sở nhận được thư của ông đề nghị cung cấp dự toán, nay sở chuyển thư đến kho bạc")
    'sở , nay sở chuyển thư đến kho bạc'
    """
    return without(phrases("recital"), text)


def undated(text: str) -> str:
    """Return `text`, of `sentences`, without letters that are named with their date.

    >>> undated("sở xin trả lời thư ngày 13/4/2020 của nhóm như sau")
    'sở xin trả lời  của nhóm như sau'
    """
    return without(phrases("letter_of_a_day"), text)


def given_now(text: str) -> str:
    """Return `text`, of `sentences`, without the clauses that give nothing.

    >>> given_now("em gửi anh dự toán, còn quyết toán sẽ gửi sau\\nkhi có phiếu, sở cung cấp số liệu")
    'em gửi anh dự toán'
    """
    text = without(phrases("named_only"), text)
    denied, conditions = tuple(possible(phrases("not_given"), text)), tuple(possible(phrases("condition"), text))
    kept = (_free(sentence, denied, conditions) for sentence in text.split("\n"))
    return "\n".join(filter(None, kept))


def _free(sentence: str, denied: Compiled, conditions: Compiled) -> str:
    """Return the clauses of `sentence` that come before any condition and are not denied."""
    starts = [found.start() for pattern in conditions if (found := pattern.search(sentence))]
    if starts:
        sentence = sentence[: max(sentence.rfind(mark, 0, min(starts)) for mark in (",", "(")) + 1]
    if not any(pattern.search(sentence) for pattern in denied):
        return sentence.rstrip(",( ") if starts else sentence
    clauses = _CLAUSES.split(sentence)
    return ",".join(clause for clause in clauses if not any(pattern.search(clause) for pattern in denied)).rstrip(", ")


def letter_in(document: str) -> tuple[str, str]:
    """Return the message of an attached công văn, and what is appended to it; ("", "") if it is no letter."""
    head = document[:_HEAD]
    title = _TITLE.search(head)
    opening = _ADDRESSEE.search(head) or title or _NUMBERED.search(head)
    if not opening or _NO_LETTER.search(head):
        return "", ""
    body = opening.end()
    foot = _FOOT.search(document, body)
    end = foot.start() if foot else len(document)
    return f"{title[0] if title else ''}\n{document[body:end]}", document[end:]


def is_ours(document: str) -> bool:
    """Return True if a file is our own letter to a department, which an office encloses with its reply."""
    return bool(_OURS.search(document[:_HEAD]))


def _unwrapped(text: str) -> str:
    """Join lines that a program broke: a line that begins in lower case, or follows a full line."""
    out: list[str] = []
    last = ""
    for raw in text.split("\n"):
        line = raw.strip()
        goes_on = last and line and last[-1] not in _CLOSED and (line[0].islower() or len(last) >= _FULL)
        if goes_on and not _ITEM.match(line):
            out[-1] = f"{out[-1]} {line}"
        else:
            out.append(line)
        last = line
    return "\n".join(out)


def _without_addresses(text: str) -> str:
    """Remove mail addresses, whose letters are no words, and all but the beginning of links."""
    if "://" in text or "www." in text:
        text = _LINK.sub(r"\1", text)
    return _MAIL.sub("", text) if "@" in text else text


def _table(plain: bool) -> tuple[re.Pattern[str], dict[str, str]]:
    words = {fold(k): fold(v) for k, v in _WRITTEN.items() if k not in _FALSE_FRIENDS} if plain else _WRITTEN
    longest_first = "|".join(sorted(words, key=len, reverse=True))
    division = fold(_DIVISION) if plain else _DIVISION
    return linear(rf"\b(?<![./@-])(?:(?:{longest_first})(?![\w@'’/-]|\.\w)|{division})"), words


_TABLES = {plain: _table(plain) for plain in (False, True)}
_DIVISION_IS = {False: "phòng ", True: "phong "}
