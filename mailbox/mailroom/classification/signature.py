"""Find the signature of a letter: names, offices and contacts below its text. Pure."""

from prober.text.patterns import linear
from prober.text.vietnamese import fold

CONTACT = linear(
    r"\W*(?:đt|điện thoại|dien thoai|dt|tel|phone|fax|email|mobile|văn thư|van thu|chuyên viên|chuyen vien|phòng|phong|"
    r"sở tài chính|so tai chinh)\b[^.?!]{0,60}$"
)
_MOST = 8  # lines of a message that is only a signature
_REACHED = linear(r"\W*(?:[tmefTMEF]|[Tt]el|[Mm]ob)\W{1,3}[\w+(]")  # "T: 0256 000 333 | E: a@b.test"
_LABELLED_LINK = linear(r"[^:\n]{2,60}: ?(?:https?://|www\.)\S+\s*")
_SIGNATURE_MARK = linear(r"\s*--\s?\n")
_OFFICE = frozenset(("-", "phong", "pho", "–", "tinh", "va", "tai", "chinh", "quan", "ly", "ngan", "sach"))


def is_all(text: str) -> bool:
    """Return True if a letter is nothing but a signature: below its mark, or names, titles and a contact."""
    if _SIGNATURE_MARK.match(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()][: _MOST + 1]
    return 2 <= len(lines) <= _MOST and any(map(_is_contact, lines)) and all(map(_signs, lines))


def lines_of(text: str) -> str:
    """Return the lines of the signature: below its mark, or from a name, office or contact on; "" if there is none.

    What stands there, such as the address of a page, is on each letter of the office.
    """
    if _SIGNATURE_MARK.match(text):
        return text
    lines = [line for line in text.split("\n") if line.strip()]
    start = len(lines)
    while start and (_signs(lines[start - 1]) or _LABELLED_LINK.fullmatch(lines[start - 1])):
        start -= 1
    while start < len(lines) and not _signs(lines[start]):
        start += 1
    return "\n".join(lines[start:]) if start and len(lines) - start <= _MOST else ""


def is_names(words: str) -> bool:
    """Return True for names and offices alone."""
    return all(word[0].isupper() or fold(word) in _OFFICE for word in words.split())


def _signs(line: str) -> bool:
    return _is_contact(line) or is_names(line)


def _is_contact(line: str) -> bool:
    return bool(CONTACT.match(line.lower()) or _REACHED.match(line))
