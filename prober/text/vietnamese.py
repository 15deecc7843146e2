"""Normalise Vietnamese text for comparisons, and decode and repair the text of old pages and mails.

There are two keys per text (docs/reference/wording.md#keys). `key` keeps accents and is for matching labels. `fold`
drops them and is only for addresses (`/hoi-dap`) and text typed without accents, because it makes different words
equal: "hoi dap" is also "hội đáp" and "hồi đáp", "phan anh" is "phản ánh" (a complaint) and "phân ảnh".
"""

import codecs
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from html import unescape
from typing import TypeVar

from prober.text.charsets import CODECS, repair_fonts, repair_twice_encoded
from prober.text.patterns import linear

T = TypeVar("T")
_LONGEST = 200  # characters; longer lines are running text, which rarely repeats and would fill the memory
_KEPT = 32768  # lines: the menus, side columns and footers of a hundred sites


class _Lines(dict[str, T]):
    """The results of a function for lines of usual length: a page asks for some hundred lines, most of them known."""

    def __init__(self, function: Callable[[str], T]) -> None:
        self._function = function

    def __missing__(self, line: str) -> T:
        result = self._function(line)
        if len(line) <= _LONGEST:
            if len(self) >= _KEPT:
                self.clear()
            self[line] = result
        return result


def line_cache(function: Callable[[str], T]) -> Callable[[str], T]:
    """Cache the results of `function`, which must be pure, for lines of usual length."""
    lines = _Lines(function)

    @wraps(function)
    def known(line: str) -> T:
        return lines[line]

    return known


_MARKS = dict.fromkeys(range(0x300, 0x370))


def nfc(text: str) -> str:
    """Return `text` in NFC. Old portals mix decomposed and composed letters within one word."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _folding() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord("đ"): "d", ord("Đ"): "d"}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = "".join(c for c in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(c))
        if base != chr(code):
            table[code] = base.lower()
    return table | _MARKS


_FOLD = _folding()
_VOWELS = [base + mark for base in "aăâeêioôơuưy" for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")]
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SHAPES = frozenset("\u0302\u0306\u031b")  # roof, breve and horn of a vowel
# A code page of our own with all characters of Vietnamese text in lower case: encoding and decoding with it folds ten
# times as fast as a lookup of each letter.
_LETTERS = (
    "".join(map(chr, range(128))) + "".join(c for v in _VOWELS if not (c := nfc(v)).isascii()) + "đ–—“”‘’…•«»\u00a0"
)
_NOTHING = "\ufffe"  # marks a position without a letter for the codec
_TO_PAGE = codecs.charmap_build(_LETTERS.ljust(256, _NOTHING))
_FROM_PAGE = _LETTERS.translate(_FOLD).ljust(256, _NOTHING)
# Everything that separates words in a label: blanks, hyphens of all lengths, bars, arrows, bullets, quotes.
_NO_SLUG = linear(r"[^a-z0-9]+")
_SEPARATORS = linear(r"[^\w&@]+|_")
_HYPHENS = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_ZERO_WIDTH = dict.fromkeys(
    (*map(ord, "\u00ad\u061c\u2060\ufeff"), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
_RARE = _HYPHENS | _ZERO_WIDTH
_ANY_RARE = linear(
    f"[{''.join(map(chr, _RARE))}]"
)  # a search before `translate`, which looks up every letter and takes ten times as long

# Keys have the old tone placement ("hòa", "thủy"); the new one ("hoà", "thuỷ") is converted. Only at the end of a
# syllable: "khoản" has one spelling. After q the u is not a vowel: "quý" is right, "qúy" a misspelling of it.
_NEW_TONES = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe",
    "oẹ": "ọe", "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip
# Both patterns begin with a letter and look behind from there: one that began with a lookbehind would be slower.
_NEW_TONE = linear(r"(?:o(?<!qo)[àáảãạèéẻẽẹ]|u(?<!qu)[ỳýỷỹỵ])(?!\w)")
_I_FOR_Y = {
    "kĩ": "kỹ", "kì": "kỳ", "kí": "ký", "lí": "lý", "mĩ": "mỹ", "quí": "quý", "qúy": "quý", "qui": "quy",
    "tỉ": "tỷ", "sĩ": "sỹ",
}  # fmt: skip
_VARIANTS = "|".join(rf"{word[0]}(?<!\w{word[0]}){word[1:]}" for word in _I_FOR_Y)
_WORD_VARIANT = linear(rf"(?:{_VARIANTS})(?!\w)")


@line_cache
def fold(text: str) -> str:
    """Return `text` in lower case without accents, đ as d.

    >>> fold("Hỏi – Đáp Ngân sách")
    'hoi – dap ngan sach'
    """
    if text.isascii():
        return text.lower()
    lower = nfc(text).lower()
    try:
        return codecs.charmap_decode(codecs.charmap_encode(lower, "strict", _TO_PAGE)[0], "strict", _FROM_PAGE)[0]
    except UnicodeError:  # some other letter
        return lower.translate(_FOLD)


def tones(text: str) -> str:
    """Return lower-case NFC `text` with one spelling for the two tone placements and for i and y.

    >>> tones("thuỷ lợi hoà bình kĩ thuật quí"), tones("tài khoản")
    ('thủy lợi hòa bình kỹ thuật quý', 'tài khoản')
    """
    if text.isascii():
        return text
    if any(map(text.__contains__, _NEW_TONES)):
        text = _NEW_TONE.sub(lambda match: _NEW_TONES[match[0]], text)
    if any(map(text.__contains__, _I_FOR_Y)):
        text = _WORD_VARIANT.sub(lambda match: _I_FOR_Y[match[0]], text)
    return text


# A syllable with the keys of Telex in it, which a keyboard left as they were typed.
_TONE_KEYS = dict(zip("sfrxj", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_SHAPE_KEYS = {"aa": "â", "ee": "ê", "oo": "ô", "aw": "ă", "ow": "ơ", "uw": "ư"}
_ANY_VOWEL = "".join(map(nfc, _VOWELS))
_PLAIN_TONED = "".join(nfc(vowel) for vowel in _VOWELS if len(vowel) > 1 and vowel[0] in "aeiouy")
_SYLLABLE = linear(
    rf"(?<!\w)(?=\w{{0,6}}?(?:[sfrxj](?!\w)|aa|ee|oo|dd|[aoơuư]w|[âêôăơư][{_PLAIN_TONED}]))"
    rf"(ngh|ng|nh|kh|ch|gh|gi|ph|qu|th|tr|dd|[bcdđghklmnprstvx])?([{_ANY_VOWEL}w]{{1,4}})"
    r"(ch|c|m|ng|nh|n|p|t)?([sfrxj])?(?!\w)"
)
_NOT_TYPED = frozenset(("dear", "your", "tour", "docx", "docs", "this", "been", "soon"))  # words in Vietnamese letters
_SHORTEST = 4  # letters of a syllable without any accent that is read as typed: "this" is too short to be sure of


def typed(text: str) -> str:
    """Return lower-case NFC `text` with syllables mended in which the keys of Telex stand, or a tone beside its vowel.

    >>> typed("sở khoong gửi quyết toans, nhận đươcj rôì")
    'sở không gửi quyết toán, nhận được rồi'
    """
    if text.isascii():
        return text
    return _SYLLABLE.sub(_mended, text)


def _mended(found: re.Match[str]) -> str:
    onset, vowels, coda, key = (part or "" for part in found.groups())
    if found[0].isascii() and (len(found[0]) < _SHORTEST or found[0] in _NOT_TYPED):
        return found[0]
    for keys, shape in _SHAPE_KEYS.items():
        vowels = vowels.replace(keys, shape)
    plain, tone = [], _TONE_KEYS.get(key, "")
    for letter in vowels:
        base = "".join(mark for mark in unicodedata.normalize("NFD", letter) if mark not in _TONES)
        plain.append(nfc(base))
        tone = tone or "".join(mark for mark in unicodedata.normalize("NFD", letter) if mark in _TONES)
    if "w" in plain or (vowels == found[2] and not key and (onset != "dd") and not _is_apart(found[2])):
        return found[0]
    plain[_toned(plain, coda)] += tone
    return tones(onset.replace("dd", "đ") + nfc("".join(plain)) + coda)


def _is_apart(vowels: str) -> bool:
    """Return True if a tone stands on another letter than the one that has a hook or a roof."""
    letters = [unicodedata.normalize("NFD", letter) for letter in vowels]
    toned = [any(mark in _TONES for mark in letter) for letter in letters]
    shaped = [any(mark in _SHAPES for mark in letter) for letter in letters]
    return any(toned) and any(shaped) and not any(map(all, zip(toned, shaped, strict=True)))


def _toned(vowels: list[str], coda: str) -> int:
    """Return the place of the vowel that has the tone of a syllable."""
    shaped = [at for at, vowel in enumerate(vowels) if not vowel.isascii()]
    if shaped:
        return shaped[-1]
    return len(vowels) - 1 if coda or len(vowels) == 1 else len(vowels) - 2


@line_cache
def key(text: str) -> str:
    """Return a key that all spellings of one label share: its words with accents, separated by one blank.

    >>> key("  Trao đổi – HỎI\\u00a0ĐÁP  | ") == key("trao đổi/hỏi đáp")
    True
    >>> key("Q & A"), key("H&#7887;i \u0111\u00e1p")  # the letter was escaped twice
    ('q&a', 'hỏi đáp')
    """
    if "&#" in text:
        text = unescape(text)
    words = " ".join(_SEPARATORS.sub(" ", nfc(text.translate(_ZERO_WIDTH)).lower()).split())
    return tones(words.replace(" & ", "&"))


def line(text: str) -> str:
    """Return `text` as one line: NFC, single blanks, plain hyphens, no zero-width characters."""
    return " ".join(_plain(text).split())


def lines(text: str) -> str:
    """Return `text` with `line` applied to each of its lines. Only "\\n" ends a line."""
    return "\n".join(" ".join(piece.split()) for piece in _plain(text).split("\n"))


def _plain(text: str) -> str:
    if text.isascii():
        return text
    text = nfc(text)
    return text.translate(_RARE) if _ANY_RARE.search(text) else text


def accented(text: str) -> bool:
    """Return True if Vietnamese letters occur; a text without any has no accents or is not Vietnamese."""
    return not text.isascii() and fold(text) != text.lower()


@lru_cache(maxsize=2048)
def slugs(phrase: str) -> tuple[str, ...]:
    """Return the forms of a phrase in addresses of content systems, the correct ones first.

    Some systems drop đ, some drop every accented letter (seen: "hoi-ap", "tin-t-c", "d-t-dai").

    >>> slugs("hỏi đáp")
    ('hoi-dap', 'hoidap', 'hoi-ap', 'h-i-p', 'hi-p')
    """
    text = nfc(phrase).lower()
    variants = [
        fold(text),
        fold(text).replace(" ", ""),
        fold(text.replace("đ", "")),
        "".join(c if c.isascii() else "-" for c in text),
        "".join(c for c in text if c.isascii()),
    ]
    shaped = (_NO_SLUG.sub("-", variant).strip("-") for variant in variants)
    return tuple(dict.fromkeys(slug for slug in shaped if len(slug) > 3))


_META_CHARSET = linear(rb"<meta[^>]{0,200}?charset\s*=\s*+[\"']?\s*+([\w-]{2,40})", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decode(body: bytes, declared: str = "") -> str:
    """Return the text of a page or mail part in NFC; bytes of any kind are decoded, without an exception.

    Valid UTF-8 is decoded as UTF-8, whatever is declared: portals that moved to UTF-8 often kept the old header.
    Otherwise by `declared` (from the HTTP or MIME header), then by the page's own <meta>, then by the one of
    windows-1258, TCVN3, VNI and VISCII that gives the most Vietnamese text. Text that was typed with a TCVN3 or VNI
    font, or encoded twice as UTF-8, is repaired.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return nfc(body[len(mark) :].decode(codec, "replace"))
    text = _utf8(body)
    if text is None:
        meta = _META_CHARSET.search(body, 0, 4096)
        names = [name.strip("\"' ").lower() for name in (declared, meta[1].decode("ascii") if meta else "")]
        text = _legacy(body, names)
    if text.isascii():
        return text
    text = nfc(text)
    repaired = repair_fonts(repair_twice_encoded(text))
    return text if repaired is text else nfc(repaired)


def _utf8(body: bytes) -> str | None:
    """Return `body` decoded as UTF-8, or None; a few broken bytes, or a character cut at the end, are allowed."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = len(body) - len(text) - wrong  # continuation bytes of well-formed characters, roughly
    return text if wrong * 20 < right or (wrong <= 1 and len(body) > 1000 and right > 0) else None


def _legacy(body: bytes, names: list[str]) -> str:
    for name in names:
        if name in CODECS and name not in ("utf-8", "utf8", "iso-8859-1", "windows-1252", "us-ascii"):
            return CODECS[name](body)
    guesses = [CODECS[name](body) for name in ("windows-1258", "tcvn3", "vni", "viscii", "windows-1252")]
    return max(guesses, key=likeness)


# Letters and words typical of Vietnamese; how many a decoding has shows whether it is right.
_TYPICAL = linear(
    r"\b(?:và|của|các|những|được|không|người|trong|thông|ngày|tháng|năm|tỉnh|thành|phố|nhà|nước|quản|lý|sở|"
    r"tài|chính|hỏi|"
    r"đáp|liên|hệ|địa|chỉ|điện|thoại|thư|tử|văn|phòng|tin|đơn|vị|về|việc|cho|với|để|có|là|một|này|đã|sẽ)\b"
)


def likeness(text: str) -> float:
    """Return a score of how Vietnamese `text` is: common words add, control and replacement characters subtract."""
    sample = nfc(text[:40_000]).lower()
    noise = sum(1 for c in sample if c == "\ufffd" or (ord(c) < 0xA0 and not c.isprintable() and c not in "\r\n\t"))
    return len(_TYPICAL.findall(sample)) - 3 * noise
