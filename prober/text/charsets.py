"""Decode Vietnamese text in encodings older than Unicode: TCVN3 (ABC fonts), VNI, VISCII, windows-1258.

Pages of the 2000s and many attachments were typed with fonts that draw Vietnamese letters at Latin-1 positions: the
bytes, or even the Unicode text, are "hµnh chÝnh" and the font shows "hành chính"
(docs/reference/registry.md#encodings).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from prober.text import syllables
from prober.text.patterns import linear

# TCVN 5712:1993 as in the ABC fonts, from 0xA1 on; "." is unused. Capitals with tones need a second font.
_TCVN3 = (
    "ĂÂÊÔƠƯĐăâêôơưđ" "......àảãáạ" ".ằẳẵắ" ".......ặầẩẫấậè"
    ".ẻẽéẹềểễếệìỉ" "...ĩíịò" ".ỏõóọồổỗốộờởỡớợù" ".ủũúụừửữứựỳỷỹýỵ"
)  # fmt: skip
TCVN3 = {0xA1 + i: letter for i, letter in enumerate(_TCVN3) if letter != "."}

_VISCII_AT = {
    0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ",
}  # fmt: skip
_VISCII_80 = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ" "Õắằặấầẩậẽẹếềểễệốồổỗ" "ỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư" "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)  # fmt: skip
VISCII = _VISCII_AT | {0x80 + i: letter for i, letter in enumerate(_VISCII_80)}


def _vni() -> dict[str, str]:
    """Return the table of VNI: a plain letter, then one character for diacritic and tone → the letter."""
    tones = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
    hats = {"â": "", "à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
    breves = {"ê": "", "è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
    pairs = {base + sign: base + mark for base in "aeouy" for sign, mark in tones.items()}
    pairs |= {base + sign: base + "\u0302" + mark for base in "aeo" for sign, mark in hats.items()}
    pairs |= {"a" + sign: "a\u0306" + mark for sign, mark in breves.items()}
    pairs |= {"ô" + sign: "ơ" + mark for sign, mark in tones.items()}
    pairs |= {"ö" + sign: "ư" + mark for sign, mark in tones.items()}
    singles = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
    both = {written: unicodedata.normalize("NFC", meant) for written, meant in (pairs | singles).items()}
    capitals = {written.upper(): meant.upper() for written, meant in both.items()}
    mixed = {written[0].upper() + written[1]: meant.upper() for written, meant in both.items() if len(written) == 2}
    return mixed | capitals | both


VNI = _vni()
_VNI_PAIR = linear("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))


def from_tcvn3(text: str) -> str:
    """Return `text`, typed with a TCVN3 font and read as Latin-1, in Unicode.

    >>> from_tcvn3("Uû ban nh©n d©n, hµnh chÝnh, ®Êt ®ai")
    'Uỷ ban nhân dân, hành chính, đất đai'
    """
    return text.translate(TCVN3)


def from_vni(text: str) -> str:
    """Return `text`, typed with a VNI font and read as Latin-1, in Unicode.

    >>> from_vni("Hoûi ñaùp ngaân saùch")
    'Hỏi đáp ngân sách'
    """
    return _VNI_PAIR.sub(lambda match: VNI[match[0]], text)


def _latin1(body: bytes) -> str:
    return body.decode("cp1252", "replace")


CODECS: dict[str, Callable[[bytes], str]] = {
    "windows-1258": lambda body: unicodedata.normalize("NFC", body.decode("cp1258", "replace")),
    "cp1258": lambda body: unicodedata.normalize("NFC", body.decode("cp1258", "replace")),
    "x-windows-1258": lambda body: unicodedata.normalize("NFC", body.decode("cp1258", "replace")),
    "tcvn3": lambda body: from_tcvn3(body.decode("latin-1")),
    "tcvn": lambda body: from_tcvn3(body.decode("latin-1")),
    "x-viet-tcvn": lambda body: from_tcvn3(body.decode("latin-1")),
    "tcvn-5712": lambda body: from_tcvn3(body.decode("latin-1")),
    "vni": lambda body: from_vni(_latin1(body)),
    "x-viet-vni": lambda body: from_vni(_latin1(body)),
    "viscii": lambda body: body.decode("latin-1").translate(VISCII),
    "x-viet-viscii": lambda body: body.decode("latin-1").translate(VISCII),
    "windows-1252": _latin1,
    "utf-16": lambda body: body.decode("utf-16", "replace"),
    "utf-16le": lambda body: body.decode("utf-16-le", "replace"),
    "utf-16be": lambda body: body.decode("utf-16-be", "replace"),
    "iso-2022-jp": lambda body: body.decode("iso-2022-jp", "replace"),
}

_WORD = linear(r"[^\W\d_]+")
# Characters that TCVN3 uses inside words, next to a plain letter, where no language in Latin-1 has them.
_TCVN3_MARK = linear(r"[a-z][¸µ¶·¹¨»¾¼½©«¬®§]|[®§][a-zÀ-ÿ¸µ¶·¹¨»¾¼½©«¬]|[¸µ¶·¹¨»¾¼½«¬][a-z]")
_VNI_MARK = linear(r"(?:a[øùûõïåäëü]|e[øùûõïåä]|o[øûïåä]|u[øûï]|[öô][øùûõï]|ñ[aoeuiôö])", re.IGNORECASE)
_FONTS = ((_TCVN3_MARK, from_tcvn3), (_VNI_MARK, from_vni))
_TWICE = linear(
    r"á»[\u0080-\u00bf\u2018-\u2022\u0152-\u0178\u20ac]|áº[\u0080-\u00bf\u2018-\u2022]|Ä‘|Æ°|Ã[\u00a0-\u00bf]"
)

_TWICE_STARTS = ("á»", "áº", "Ä‘", "Æ°", "Ã")
_ASCII = bytes(range(128))
# The characters of windows-1252 at the control characters of Latin-1 → their byte.
_CP1252 = {ord(letter): at for at in range(0x80, 0xA0) for letter in bytes([at]).decode("cp1252", "ignore")}

# Letters of text in a font encoding, and frequent letters that only Unicode has: counting them is fast.
_SHORT = 300  # characters
_FEWEST = 5  # marks from which a text counts as typed with a font
_FONT_LETTERS = "¸µ¶·¹¨»¾¼½©«¬®§øùûõïåäëüöôñØÙÛÕÏÅÄËÜÖÔÑ".encode("latin-1")
_UNICODE_LETTERS = "ạảấậếềệịọộốờớợụủứựữỉ"


@lru_cache(maxsize=1)  # asked for twice for the same text
def beyond_ascii(text: str) -> str:
    """Return the characters of `text` beyond ASCII: about a tenth of a page, and the only ones that show an encoding.

    >>> beyond_ascii("<p>Sở Tài chính</p>")
    'ởàí'
    """
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def repair_fonts(text: str) -> str:
    """Return readable text for Unicode text that was typed with a TCVN3 or VNI font; other text unchanged.

    The marks must be in more than one word of twenty: a single "µ" or "Añ" does not prove a font.
    """
    sample = text[:60_000]
    if sample.isascii():
        return text
    letters = beyond_ascii(sample)
    single = letters.encode("latin-1", "ignore")
    font_letters = len(single) - len(single.translate(None, _FONT_LETTERS))  # each mark below has at least one
    if sum(map(letters.count, _UNICODE_LETTERS)) > font_letters:
        return text
    if len(text) <= _SHORT and (read := _of_few_words(text)):
        return read
    if font_letters < _FEWEST:
        return text
    for marks, repair in _FONTS:
        found = len(marks.findall(sample))
        if found >= _FEWEST and found * 20 > len(_WORD.findall(sample)) and not _has_unicode_vietnamese(sample, found):
            return repair(text)
    return text


def _of_few_words(text: str) -> str:
    """Return a short text repaired, or "": too few marks to count, so its words must become Vietnamese syllables."""
    if any("\u1ea0" <= letter <= "\u1ef9" or letter in "ăđơưĂĐƠƯ" for letter in text):
        return ""  # letters that neither font can produce: the text is Unicode
    readings = (repair(text) for marks, repair in _FONTS if marks.search(text))
    return next((read for read in readings if syllables.better(read, text)), "")


def repair_twice_encoded(text: str) -> str:
    """Repair UTF-8 that was read as windows-1252 and encoded again ("Há»i Ä‘Ã¡p"), line by line; keep good lines."""
    letters = beyond_ascii(text)
    if not any(map(letters.__contains__, _TWICE_STARTS)) or not _TWICE.search(letters):
        return text
    return "\n".join(_once(piece) if _TWICE.search(piece) else piece for piece in text.split("\n"))


def _once(piece: str) -> str:
    try:
        return piece.translate(_CP1252).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return piece


def _has_unicode_vietnamese(sample: str, marks: int) -> bool:
    """Return True if there are more letters that neither font can produce than marks: the text is Unicode already."""
    return sum(1 for char in sample if "\u1ea0" <= char <= "\u1ef9") > marks
