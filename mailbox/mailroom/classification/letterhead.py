"""Read the head and foot of a công văn: number, date and place, addressee, and the office that signs.

The letterhead has two columns: in the text of a document they follow each other, or are side by side in one line.
Fields that are filled in by hand are often blank. The date of the document is kept as evidence only; times are counted
from the arrival of the mail.
"""

import re
from dataclasses import astuple, replace
from datetime import date
from itertools import islice

from prober.domain.correspondence import Letterhead, Reply
from prober.text.patterns import linear
from prober.text.vietnamese import lines

_CODE = r"[A-ZĐÔƯƠÂÊĂ0-9&][\w&.]{0,30}"
_DIGITS = r"\d[\d.]{0,7}[a-z]?(?:-[A-ZĐ]{1,8})?"
_NUMBER = linear(
    rf"(?:^|(?<=\s))(?:CV )?(?:Số|SỐ|So|(?<=CV )số)[ ]*[:.]?\s*({_DIGITS}|[.…_ ]{{0,40}})\s*/\s*"
    rf"({_CODE}(?:[ ]?[-/][ ]?(?=[A-ZĐÔƯƠÂÊĂ0-9&.]{{1,30}}(?![a-zà-ỹ])){_CODE}){{0,4}})",
    re.MULTILINE,
)
_PLACE = r"(?<!\w)[A-ZĐÀ-Ý][\w.]{0,20}(?:[ -]{1,3}[A-ZĐÀ-Ý][\w.]{0,20}){0,5}"
_DAY = r"[Nn]gày\s*(\d{1,2})\s*(?:[Tt]háng|[/.-])\s*(\d{1,2})\s*(?:[Nn]ăm|[/.-])\s*(\d{4})\b"
_DATE = linear(rf"{_PLACE}\s*,\s*{_DAY}", re.MULTILINE)
_DATE_ALONE = linear(rf"^ *(?:{_PLACE}\s+)?{_DAY}[ .]*$", re.MULTILINE)
_TO = linear(r"^ *Kính g[ửở]i\s*(:?)\s*(.{3,200})((?:\n+[ ]*[-–+•]\s*.{3,150}){0,5})", re.IGNORECASE | re.MULTILINE)
_ADDRESSES = linear(r"^ *Kính g[ửở]i", re.IGNORECASE | re.MULTILINE)
_BULLET = linear(r"^[\s\-–+•]+|[\s.,;:]+$")
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
_FOR = r"(?:KT|TL|TUQ|TM|T\.M|K/T|T/L|T/M|Q)(?:\. ?| )"  # on behalf of
_OFFICE = linear(
    rf"(?:{_FOR})?(?:PHÓ )?(?:{_TITLES})(?: (?:{_UNITS})\b(?:[ ,-]+[\w&]+)*)?|{_FOR}(?:{_UNITS})\b(?: \w+)*"
)
_LONGEST_OFFICE = 100
_OFFICE_LINES = 4  # most lines of a signer
_FILED = linear(
    r"\b(?:mã (?:số )?(?:hồ sơ|yêu cầu|phiếu|tiếp nhận|tra cứu)|số (?:hồ sơ|phiếu|tiếp nhận|ptn|đến)|"
    r"(?:phiếu tiếp nhận|(?:công văn|văn bản) đến) số|ticket(?: id| number)?|"
    r"reference number)(?: của (?:ông/bà|quý vị|bạn|anh/chị))?[ \t]*(?:là|no\.?|[:#])?[ \t]*[:#]?[ \t]*#?"
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
        office = (re.split(r"[:;]", line)[-1] if on_the_left else line).strip(",. ")
        if len(office) < _LONGEST_OFFICE and office.isupper() and _OFFICE.fullmatch(office):
            found.append(office)
            since = 0
        elif found and line and not on_the_left:
            break
        since += bool(line)
        if found and (since > _OFFICE_LINES or len(found) == _OFFICE_LINES):
            break
    return " ".join(re.sub(r"^(KT|TL|TUQ|TM|Q)\.(?=\S)", r"\1. ", line) for line in found)


def _iso(found: re.Match[str] | None) -> str:
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else ""
    except ValueError:
        return ""
