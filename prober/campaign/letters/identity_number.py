"""Write the number of an identity paper on the slip when a letter is sent; the number is never stored.

A slip is frozen and approved with BLANK where the number belongs: twelve characters in a part of the PDF that is not
compressed. `inscribe` puts the number there, padded to the same twelve, so that no other approved byte changes. No hash
of a number is stored either: there are so few numbers that any hash can be reversed.

The copy to ourselves, and a report that returns the whole letter, carry the number back; `Seam.blanked` takes it out of
the received bytes before they are stored.
"""

import base64
import re
from dataclasses import dataclass

BLANK = "_" * 12
# Article 24.2a: identity card, citizen card or passport. 12 digits, 9 digits, or one or two letters and 6 to 8 digits.
_NUMBER = re.compile(r"[0-9]{12}|[0-9]{9}|[A-Z]{1,2}[0-9]{6,8}")
# The layout that mime.assemble gives every enclosed PDF.
_PDF = re.compile(rb"(\r\nContent-Type: application/pdf\r\n\r\n)([A-Za-z0-9+/=\r\n]+)(\r\n--)")
_LINE = 76


def number_fault(number: str) -> str:
    """Return the reason why `number` is not one of an identity paper, or "". The text never contains the number.

    >>> number_fault("001099012345"), number_fault("C1234567")
    ('', '')
    >>> number_fault("12")
    'is neither 12 nor 9 digits nor a passport number'
    """
    return "" if _NUMBER.fullmatch(number) else "is neither 12 nor 9 digits nor a passport number"


def encoded(data: bytes) -> bytes:
    """Return `data` in Base64, in lines of 76 characters separated by CRLF."""
    text = base64.b64encode(data)
    return b"\r\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))


def awaits(raw: bytes) -> bool:
    """Return True if a slip enclosed in the frozen letter `raw` has a place for the number."""
    return any(BLANK.encode() in base64.b64decode(found[2]) for found in _PDF.finditer(raw))


def inscribe(raw: bytes, number: str) -> bytes:
    """Return `raw` with `number` in the place for it, and nothing else changed; unchanged if it has no such place.

    Raises ValueError, without the number in it, if it is not one of an identity paper.
    """
    if why := number_fault(number):
        raise ValueError(f"the number of the identity paper {why}")
    return _with(raw, number.ljust(len(BLANK)))


def _with(raw: bytes, twelve: str) -> bytes:
    def written(found: re.Match[bytes]) -> bytes:
        data = base64.b64decode(found[2]).replace(BLANK.encode(), twelve.encode())
        return bytes(found[1] + encoded(data) + found[3])

    return _PDF.sub(written, raw)


@dataclass(frozen=True, slots=True)
class Seam:
    """The lines of one frozen letter that a number changes, and the line before and after them."""

    before: bytes
    blank: tuple[bytes, ...]
    after: bytes

    def blanked(self, received: bytes) -> bytes:
        """Return `received` with a number replaced by this letter's blank, found by the lines before and after it."""
        anything = rb"\r?\n".join(rb"[A-Za-z0-9+/]{%d}" % len(line) for line in self.blank)
        pattern = re.compile(
            rb"(" + re.escape(self.before) + rb"(\r?\n))" + anything + rb"(?=\r?\n" + re.escape(self.after) + rb")"
        )
        return pattern.sub(lambda found: found[1] + found[2].join(self.blank), received)


def seam(raw: bytes) -> Seam | None:
    """Return the lines with the number in the letter frozen as `raw`; None if it has no place for a number."""
    if not awaits(raw):
        return None
    lines, least, most = (text.split(b"\r\n") for text in (raw, _with(raw, "0" * 12), _with(raw, "Z" * 12)))
    changed = [at for at, trio in enumerate(zip(lines, least, most, strict=True)) if len(set(trio)) > 1]
    first, last = changed[0], changed[-1]
    return Seam(lines[first - 1], tuple(lines[first : last + 1]), lines[last + 1])
