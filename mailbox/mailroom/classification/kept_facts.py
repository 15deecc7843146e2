"""Find the facts of a message that are kept in addition to its class (`MessageDetail`).

A new fact needs a field of prober.domain.correspondence.MessageDetail and one line of `kept` here.

Of a công văn the head and foot are read: number, date and place, addressee, and the office that signs. The letterhead
has two columns: in the text of a document they follow each other, or are side by side in one line. Fields that are
filled in by hand are often blank. The date of the document is evidence only; times are counted from the arrival.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import date, datetime
from itertools import islice

from mailroom.classification import links_in_reply
from mailroom.classification.bounces import delivery_reports
from mailroom.mime import parser
from mailroom.mime.headers import untagged
from prober.domain.correspondence import AUTOMATIC, REFUSALS, Event, Letterhead, MessageDetail, Recipient, Reply
from prober.domain.hostnames import MAIL_ADDRESS
from prober.text.patterns import linear
from prober.text.phrases import find, normal
from prober.text.vietnamese import lines

_CODE = r"[A-ZĐÔƯƠÂÊĂ0-9&][\w&.]{0,30}"
_DIGITS = r"\d[\d.]{0,7}[a-z]?(?:-[A-ZĐ]{1,8})?"
_NUMBER = linear(
    rf"(?:^|(?<=\s))(?:CV )?(?:Số|SỐ|So|(?<=CV )số)[ ]*+[:.]?\s*+({_DIGITS}|[.…_ ]{{0,40}})\s*+/\s*"
    rf"({_CODE}(?:[ ]?[-/][ ]?(?=[A-ZĐÔƯƠÂÊĂ0-9&.]{{1,30}}(?![a-zà-ỹ])){_CODE}){{0,4}})",
    re.MULTILINE,
)
_PLACE = r"(?<!\w)[A-ZĐÀ-Ý][\w.]{0,20}(?:[ -]{1,3}[A-ZĐÀ-Ý][\w.]{0,20}){0,5}"
_DAY = r"[Nn]gày\s*(\d{1,2})\s*(?:[Tt]háng|[/.-])\s*(\d{1,2})\s*(?:[Nn]ăm|[/.-])\s*(\d{4})\b"
_DATE = linear(rf"{_PLACE}\s*,\s*{_DAY}", re.MULTILINE)
_DATE_ALONE = linear(rf"^ *(?:{_PLACE}\s+)?{_DAY}[ .]*$", re.MULTILINE)
_TO = linear(r"^ *Kính g[ửở]i\s*+(:?)\s*(.{3,200})((?:\n+[ ]*[-–+•]\s*.{3,150}){0,5})", re.IGNORECASE | re.MULTILINE)
_ADDRESSES = linear(r"^ *Kính g[ửở]i", re.IGNORECASE | re.MULTILINE)
_BULLET = linear(r"^[\s\-–+•]+|(?<![\s.,;:])[\s.,;:]+$")
_COLUMNS = linear(r"\t+|[ \u00a0]{3,}")
_HEAD_LINES = 30  # lines that are searched for number and date if no addressee ends the head
_MOST_ADDRESSED = 4
_TITLES = (
    r"GIÁM ĐỐC|CHÁNH VĂN PHÒNG|TRƯỞNG PHÒNG|CHỦ TỊCH|CHÁNH THANH TRA|BỘ TRƯỞNG|THỨ TRƯỞNG|VỤ TRƯỞNG|CỤC TRƯỞNG|"
    r"TỔNG CỤC TRƯỞNG|CHI CỤC TRƯỞNG|TRƯỞNG BAN|TỔNG GIÁM ĐỐC|THỦ TRƯỞNG|TP\.?"
)
_TITLE_WORDS = ("ĐỐC", "TRƯỞNG", "CHỦ TỊCH", "CHÁNH", "TP", "TM", "T/M", "T.M")  # every title has one of these
# Names of units that may follow a title; anything else after a title is a person's name.
_UNITS = (
    r"SỞ|PHÒNG|BAN|VĂN PHÒNG|VỤ|CỤC|CHI CỤC|UBND|ỦY BAN|UỶ BAN|BỘ|TỈNH|THÀNH PHỐ|NGÂN SÁCH|QUẢN LÝ|TÀI CHÍNH|"
    r"HÀNH CHÍNH|TỔ CHỨC|KẾ TOÁN|THANH TRA|TỔNG HỢP|ĐẦU TƯ|GIÁ|TIN HỌC|CÔNG SẢN|NGHIỆP VỤ|KẾ HOẠCH|HĐND"
)
_FOR_GLUED = linear(r"^(KT|TL|TUQ|TM|Q)\.(?=\S)")
_FOR = r"(?:KT|TL|TUQ|TM|T\.M|K/T|T/L|T/M|Q)(?:\. ?| )"  # on behalf of
_OFFICE = linear(
    rf"(?:{_FOR})?(?:PHÓ )?(?:{_TITLES})(?: (?:{_UNITS})\b(?:[ ,-]+[\w&]+)*)?|{_FOR}(?:{_UNITS})\b(?: \w+)*"
)
_LONGEST_OFFICE = 100
_OFFICE_LINES = 4  # most lines of a signer
_FILED = linear(
    r"\b(?:mã (?:số )?(?:hồ sơ|yêu cầu|phiếu|tiếp nhận|tra cứu)|số (?:hồ sơ|phiếu|tiếp nhận|ptn|đến)|"
    r"(?:phiếu tiếp nhận|(?:công văn|văn bản) đến) số|ticket(?: id| number)?|"
    r"reference number)(?: của (?:ông/bà|quý vị|bạn|anh/chị))?[ \t]*+(?:là|no\.?|[:#])?[ \t]*+[:#]?[ \t]*+#?"
    r"([A-ZĐ0-9][\w./-]{0,30}\d[\w/-]{0,30})",
    re.IGNORECASE,
)


def read(reply: Reply) -> Letterhead:
    """Return the letterhead with the most fields of an attached document or of the text; of equal ones the first."""
    texts = [*(a.text[:20_000] for a in reply.attachments if a.media_type != "message/rfc822"), reply.text[:20_000]]
    fullest = max((_of(text) for text in texts), key=lambda head: sum(map(bool, astuple(head))))
    filed = _FILED.search("\n".join(texts))
    return replace(fullest, filed_as=filed[1] if filed else "")


def _of(text: str) -> Letterhead:
    text = lines(_COLUMNS.sub("\n", text))
    head, letter = _parted(text)
    number = _NUMBER.search(head) if "/" in head else None
    return Letterhead(
        number=f"{number[1].strip(' ._…')}/{''.join(number[2].split()).rstrip('.')}" if number else "",
        dated=_iso(_DATE.search(head) or _DATE_ALONE.search(head)),
        addressed_to=_addressee(letter),
        signer=_signer(letter),
    )


def _parted(text: str) -> tuple[str, str]:
    """Return the text above the addressee, and the letter from the addressee on.

    The mail above a letter may have an addressee too; the one below a document number is preferred.
    """
    starts = [found.start() for found in islice(_ADDRESSES.finditer(text), _MOST_ADDRESSED)]
    if not starts:
        return "\n".join(text.split("\n", _HEAD_LINES)[:_HEAD_LINES]), text
    heads = [text[before:start] for before, start in zip([0, *starts], starts, strict=False)]
    chosen = next((n for n, head in enumerate(heads) if _NUMBER.search(head)), 0)
    return heads[chosen], text[starts[chosen] :]


def _addressee(text: str) -> str:
    """Return the addressee, or all of a list separated by "; "; "" if there is none."""
    found = _TO.search(text)
    if not found:
        return ""
    to = found[2] if found[1] else found[2].partition(",")[0]  # without a colon a sentence may follow the comma
    listed = to.lstrip().startswith(("-", "–", "+", "•"))
    others = [_BULLET.sub("", line) for line in found[3].split("\n") if line.strip()] if listed else []
    return "; ".join([_BULLET.sub("", to), *others])[:200]


def _signer(text: str) -> str:
    """Return the lines that are titles of offices and nothing else; lines of the left column may come between them."""
    found: list[str] = []
    since = 0
    if not any(map(text.__contains__, _TITLE_WORDS)):
        return ""
    for line in map(str.strip, text.split("\n")):
        on_the_left = line.startswith(("-", "Nơi nhận"))
        office = (line.replace(";", ":").rpartition(":")[2] if on_the_left else line).strip(",. ")
        if len(office) < _LONGEST_OFFICE and office.isupper() and _OFFICE.fullmatch(office):
            found.append(office)
            since = 0
        elif found and line and not on_the_left:
            break
        since += bool(line)
        if found and (since > _OFFICE_LINES or len(found) == _OFFICE_LINES):
            break
    return " ".join(_FOR_GLUED.sub(r"\1. ", line) for line in found)


def _iso(found: re.Match[str] | None) -> str:
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else ""
    except ValueError:
        return ""


MOST_LINKS = 50  # links of one message that are kept
MOST_REFERENCES = 50
# Classes of messages that a person may code as a refusal; in others the search for grounds is not worth its time.
MAY_REFUSE = REFUSALS | {Event.PARTIAL, Event.TRANSFER_AWAY, Event.OTHER, Event.UNCLEAR}
# Classes of messages that may announce a new address. A referral names a mailbox too, but that of another body.
MAY_MOVE = frozenset(
    {Event.AUTO_ACK, Event.BOUNCE, Event.OTHER, Event.UNCLEAR, Event.HUMAN_ACK, Event.TRANSFER_INSIDE, Event.SPAM}
)
_CITED = linear(r"[^.;\n]{0,60}\bđiều 28\b(?! (?:của )?luật (?!tiếp cận))[^.;\n]{0,30}")
_POINT = linear(r"\bđiểm ([a-eđ])\b")
_ARTICLE = linear(r"\bđiều ([67])\b[^.;\n]{0,30}luật tiếp cận")
# Code → words that mean it in a refusal, whether or not an article is cited.
_WORDS = {
    "6": (
        r"bí mật nhà nước|danh mục (?:bí )?mật|(?:tài liệu|văn bản|thông tin) mật\b|độ mật",
        r"bí mật công tác|họp nội bộ|(?:tài liệu|văn bản|thông tin|lưu hành|dùng|sử dụng) nội bộ",
        r"đang (?:được )?soạn thảo|dự thảo",
    ),
    "7": (r"bí mật kinh doanh|(?:bí mật )?đời (?:sống riêng )?tư|bí mật (?:cá nhân|gia đình)",),
    "28.1b": (r"(?:đã|được) (?:được )?(?:công khai|công bố|đăng tải|niêm yết)",),
    "28.1c": (
        r"không (?:thuộc|nằm trong|phải)(?: \w+){0,3} (?:thẩm quyền|chức năng|nhiệm vụ|trách nhiệm|phạm vi)",
        r"không (?:phải )?do (?:sở|cơ quan|đơn vị|chúng tôi)[^.\n]{0,30}(?:tạo ra|quản lý|lưu giữ|nắm giữ)",
    ),
    "28.1d": (r"cung cấp (?:hai|2|02) lần|đã (?:được )?cung cấp[^.\n]{0,30}(?:trước đây|trước đó|nhiều lần)",),
    "28.1đ": (r"(?:vượt quá|quá|ngoài) khả năng|ảnh hưởng (?:đến|tới) (?:các )?hoạt động bình thường",),
    "28.1e": (r"(?:không|chưa) (?:thanh toán|nộp|trả)(?: \w+){0,3} (?:chi phí|phí)",),
}

_BOX = (
    r"(?:địa chỉ(?: thư điện tử| email| e-mail| mail)?|hộp thư(?: điện tử| công vụ)?|email|e-mail|thư điện tử|"
    r"tài khoản)"
)
_SAID = (
    rf"{_BOX}(?: [\w.@-]+){{0,6}} (?:không còn|đã ngừng|ngừng|ngưng|dừng|đã đóng|bị khóa|hết hiệu lực|được thay|"
    r"đã thay|đổi (?:thành|sang)|đã đổi|đã chuyển)",
    rf"(?:thay đổi|chuyển (?:sang|đổi)|đổi|thay thế)(?: \w+){{0,4}} {_BOX}",
    rf"{_BOX} mới\b",
    r"\b(?:address|e-?mail|mailbox|account)\b[^.\n]{0,60}\b(?:no longer|not in use|closed|discontinued|retired|"
    r"(?:has|have) (?:been )?(?:changed|moved|replaced))\b",
    r"\bnew (?:e-?mail )?(?:address|mailbox)\b",
)
_READ = 4_000  # first characters of a letter, in which a new address is announced


def kept(
    reply: Reply, bounce: Sequence[Recipient], event: Event, received_at: datetime,
    citations: Sequence[tuple[str, str]] = (),
) -> MessageDetail:  # fmt: skip
    """Return the facts that are kept of `reply`, of class `event`; `bounce` has the entries of a delivery report.

    `citations` are those of the grounds of refusal of the study's law (prober.studies.law).
    """
    return MessageDetail(
        recipients=tuple(bounce),
        undelivered=delivery_reports.undelivered(bounce),
        links=tuple(reply.links[:MOST_LINKS]),
        answer_links=_answer_links(reply) if event not in AUTOMATIC else (),
        defects=tuple(filter(None, (*reply.defects, parser.skew(reply.date, received_at)))),
        from_name=reply.from_name,
        date=reply.date.isoformat() if reply.date else None,
        content=_content(reply),
        new_addresses=new_addresses(reply) if event in MAY_MOVE else (),
        grounds=refusal_grounds(reply, citations) if event in MAY_REFUSE else (),
        letterhead=_letterhead(reply) if event != Event.OWN_COPY else Letterhead(),
        authentication=reply.header(parser.CHECKED)[:500],
        embedded_ids=reply.embedded_ids,
        references=reply.references[:MOST_REFERENCES],
    )


def sureness(reply: Reply) -> float:
    """Return the least confidence (0.0 to 1.0) of the recognised scans; 0.0 if there are none."""
    return min((a.confidence for a in reply.attachments if a.confidence), default=0.0)


def _letterhead(reply: Reply) -> Letterhead:
    return replace(read(reply), confidence=sureness(reply) or None)


def _answer_links(reply: Reply) -> tuple[str, ...]:
    return tuple(links_in_reply.named(reply.text, reply.attachments)[:MOST_LINKS])


def _content(reply: Reply) -> str:
    """Return a hash of the content, without the headers of its delivery: a second delivery has the same hash."""
    parts = (
        reply.message_id,
        reply.from_address,
        reply.subject,
        reply.full_text,
        *(a.sha256 for a in reply.attachments),
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def refusal_grounds(reply: Reply, citations: Sequence[tuple[str, str]] = ()) -> tuple[str, ...]:
    """Return the grounds in the sender's words and files: "6" and "7" for these articles, "28.1b" to "28.1e".

    They are articles 6 and 7 and the points of article 28.1 of law 104/2016/QH13, cited or put in words: a) articles 6
    (state secrets, internal papers) and 7 (business secrets, private life); b) published already; c) not its duty;
    d) given twice already; đ) beyond its capacity; e) the actual cost was not paid.
    Of `citations`, those of the study's law, each counts that the letter has in the words of the law.toml.
    Only a refusal has grounds: the same words in another letter mean something else.
    """
    text = normal("\n".join((reply.text, *(a.text for a in reply.attachments))))
    found = {code for code, words in _WORDS.items() if find(words, text)}
    places = _CITED.findall(text) if "điều 28" in text else ()  # the pattern is tried at every letter
    found |= {f"28.1{point}" for cited in places for point in _POINT.findall(cited)}
    found |= set(_ARTICLE.findall(text))
    found |= {point for words, point in citations if _cites(text, normal(words))}
    return tuple(sorted(found))


def _cites(text: str, point: str) -> bool:
    """Return True if `point` stands in `text` as a whole: "section 12" in "section 12(1)", not in "section 120".

    >>> _cites("under section 12(1) of the act", "section 12"), _cites("in section 120", "section 12")
    (True, False)
    """
    at = text.find(point)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(point) : at + len(point) + 1]
        if not any(map(str.isalnum, around)):
            return True
        at = text.find(point, at + 1)
    return False


def new_addresses(reply: Reply) -> tuple[str, ...]:
    """Return the addresses in a letter that announces a new or closed mailbox, without the sender's and our own.

    At most five; those in the sender's own domain come first, because a notice may name other contacts too. They are
    only shown to a person: an incoming mail never changes an address that we send to.
    Source: docs/reference/mail-edge-cases.md, row 54.
    """
    text = normal(reply.text[:_READ])
    if "@" not in text or not find(_SAID, text):
        return ()
    known = {untagged(address) for address in (reply.from_address, *reply.to)}
    found = [address.rstrip(".-") for address in MAIL_ADDRESS.findall(text)]
    new = [address for address in dict.fromkeys(found) if untagged(address) not in known]
    home = reply.from_address.rpartition("@")[2].lower()
    return tuple(sorted(new, key=lambda address: address.rpartition("@")[2] != home))[:5]
