"""The head and foot of a công văn: its number, date and place, addressee, and the office that signs.

The date of the document is a second clock, kept as evidence; the clock of record is when the mail came.
"""

import re
from dataclasses import dataclass
from datetime import date

from prober.correspondence import Reply

_NUMBER = re.compile(r"\bSố\s*:?\s*(\d{1,6}\s*/\s*[A-ZĐƯÔÂĂÊƠ0-9][\w.&Đđ-]{1,40}(?:-[\w&Đđ]+)*)")
_DATE = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_TO = re.compile(r"^\s*Kính gửi\s*:?\s*(.{3,200})$", re.IGNORECASE | re.MULTILINE)
_SIGNER = re.compile(
    r"^\s*((?:(?:KT|TL|TUQ|TM|Q)\.?\s*)?(?:PHÓ )?(?:GIÁM ĐỐC|CHÁNH VĂN PHÒNG|TRƯỞNG PHÒNG|CHỦ TỊCH|"
    r"CHÁNH THANH TRA)(?: SỞ)?)\b",
    re.MULTILINE,
)
_FILED = re.compile(
    r"\b(?:mã (?:số )?(?:hồ sơ|yêu cầu|phiếu|tiếp nhận|tra cứu)|số (?:hồ sơ|phiếu|tiếp nhận)|ticket(?: id| number)?|"
    r"reference number)[ \t]*(?:là|no\.?|[:#])?[ \t]*[:#]?[ \t]*([A-ZĐ0-9][\w./-]{0,30}\d[\w/-]{0,30})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Each field as written, "" where there is none; `dated` is an ISO date."""

    number: str = ""
    dated: str = ""
    addressed_to: str = ""
    signer: str = ""  # the office, never the person
    filed_as: str = ""  # the number that their register or ticket system gave to our request


def read(reply: Reply) -> Letterhead:
    """The letterhead in the attached document, else in the text. The first hit of each counts."""
    text = "\n".join(
        [*(a.text[:20_000] for a in reply.attachments if a.media_type != "message/rfc822"), reply.text[:20_000]]
    )
    number, to, signer = _NUMBER.search(text), _TO.search(text), _SIGNER.search(text)
    filed = _FILED.search(text)
    return Letterhead(
        number="".join(number[1].split()) if number else "",
        dated=_iso(_DATE.search(text)),
        addressed_to=" ".join(to[1].split()) if to else "",
        signer=" ".join(signer[1].split()) if signer else "",
        filed_as=filed[1] if filed else "",
    )


def _iso(found: re.Match[str] | None) -> str:
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else ""
    except ValueError:
        return ""
