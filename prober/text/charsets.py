"""Decode Vietnamese text in encodings older than Unicode: TCVN3 (ABC fonts), VNI, VISCII, windows-1258.

Pages of the 2000s and many attachments were typed with fonts that draw Vietnamese letters at Latin-1 positions: the
bytes, or even the Unicode text, are "hµnh chÝnh" and the font shows "hành chính"
(docs/reference/registry.md#encodings). Right decodings of a few words are told from wrong ones by their syllables.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

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
    return next((read for read in readings if reads_better(read, text)), "")


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


# The script has some 170 rhymes, and those that end in a stop have only two of the six tones. Letters decoded with the
# wrong table almost never form one; the share of Vietnamese letters in a text is a much weaker sign.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ACUTE_OR_DOT = "\u0301\u0323"
_ONSET = linear(r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?")
_ENDS = {  # by vowel; - for none
    "a": "- c ch i m n ng nh o p t u y",
    "e": "- c m n ng o p t",
    "i": "- ch m n nh p t u",
    "o": "- c i m n ng oc ong p t",
    "u": "- c i m n ng p t",
    "y": "- nh t",
    "â": "c m n ng p t u y",
    "ê": "- ch m n nh p t u",
    "ô": "- c i m n ng p t",
    "ă": "c m n ng p t",
    "ơ": "- i m n p t",
    "ư": "- c i m n ng t u",
    "ia": "-",
    "iê": "c m n ng p t u",
    "oa": "- c ch i m n ng nh o p t y",
    "oe": "- m n o t",
    "oă": "c m n ng t",
    "ua": "-",
    "uy": "- ch nh t u",
    "uâ": "n ng t y",
    "uê": "- ch nh",
    "uô": "c i m n ng t",
    "uơ": "-",
    "yê": "m n ng t u",
    "ưa": "-",
    "ươ": "c i m n ng p t u",
    "uya": "-",
    "uyê": "n t",
}  # fmt: skip
_RHYMES = frozenset(vowel + end.strip("-") for vowel, ends in _ENDS.items() for end in ends.split())


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Return True if `word` is a possible Vietnamese syllable.

    >>> [is_syllable(word) for word in ("nghị", "QUYẾT", "giá", "nhËn", "tèt", "öber")]
    [True, True, True, False, False, False]
    """
    letters = unicodedata.normalize("NFD", word.lower())
    marks = [c for c in letters if c in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES))
    onset = _ONSET.match(bare)
    rhyme = bare[onset.end() :] if onset else bare
    if rhyme not in _RHYMES and not (bare.startswith("gi") and bare[1:] in _RHYMES):
        return False
    stopped = rhyme.endswith(("c", "ch", "p", "t"))
    return len(marks) <= 1 and (not stopped or (len(marks) == 1 and marks[0] in _ACUTE_OR_DOT))


def counted(text: str) -> tuple[int, int]:
    """Return (Vietnamese syllables, other words) among the words with a letter beyond ASCII."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    right = sum(map(is_syllable, words))
    return right, len(words) - right


def reads_better(candidate: str, text: str) -> bool:
    """Return True if `candidate` is clearly Vietnamese and `text`, another decoding of the same bytes, is not."""
    right, wrong = counted(candidate)
    if right < 2 or wrong * 5 > right:
        return False
    as_it_is = counted(text)
    return as_it_is[0] <= as_it_is[1] or right - wrong > 2 * (as_it_is[0] - as_it_is[1])
