"""Decode bodies and headers: transfer encodings and charsets, even if they are not as declared. Nothing here raises.

Of 629 public machine mails 507 declare no charset in some text part and 23 name one that does not exist
(docs/reference/mail-edge-cases.md, rows 15 to 18). A declared charset is therefore tried first and used only if it
fits.
"""

import base64
import binascii
import codecs
import quopri
import re
import unicodedata
from collections.abc import Iterator
from email.message import Message

from prober.text.charsets import CODECS, reads_better, repair_fonts, repair_twice_encoded
from prober.text.patterns import linear

# Names found in real mail that Python does not know, and names that in practice mean another charset: text labelled
# iso-8859-1 or us-ascii is windows-1252 (WHATWG encoding standard).
_ALIASES = {
    "uft-8": "utf-8", "utf8": "utf-8", "utf-8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8",
    "x-unknown": "", "unknown-8bit": "", "unknown": "", "default": "", "_autodetect": "", "hz-gb-2312": "hz",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "latin1": "windows-1252", "ansi_x3.4-1968": "windows-1252", "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949", "x-sjis": "cp932", "shift_jis": "cp932", "vps": "windows-1258",
    "iso-2022-jp-ms": "iso2022_jp_ext",
}  # fmt: skip
_VIETNAMESE = frozenset("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹáàãéèíìóòõúùýĩũ")
_ENCODED_WORD = linear(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*)(?:\?=|$)")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_ENCODED_TWICE = linear(r"(?:=\?[\w-]{1,40}\?[bBqQ]\?[!->@-~]*\?= ?)+")
_SURROGATE = linear("[\ud800-\udfff]")
# Charsets with several bytes to a character: their bytes may look like UTF-8 by chance, those of others never do.
_SEVERAL_BYTES = linear(r"utf-|gb|big5|shift|x-sjis|sjis|euc|ks_c|korean|iso-?2022|hz|cp9|johab|unicode-1-1-utf-7")
_SAMPLE = 4_000  # bytes by which a charset is guessed, from the first one beyond ASCII
_BEYOND_ASCII = linear(rb"[\x80-\xff]")
_BETWEEN_WORDS = linear(r"(\?=)[ \t\r\n]+(?==\?[^?\s]*\?[bBqQ]\?)")


def text_of(data: bytes, declared: str = "") -> tuple[str, str]:
    """Return the text of `data`, NFC, and the defect found on the way ("" if the declared charset fits).

    >>> text_of("Sở Tài chính".encode(), "us-ascii")
    ('Sở Tài chính', 'charset us-ascii does not fit')
    """
    if data.startswith(codecs.BOM_UTF8):
        return _clean(data[3:].decode("utf-8", "replace")), ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _clean(data.decode("utf-16", "replace")), ""
    label = declared.strip().strip("'\"").lower()
    if label.startswith("utf-16") and b"\0" not in data:  # UTF-16 writes each blank with a zero byte
        label = ""
    if not data.isascii() and not _SEVERAL_BYTES.match(label) and (utf8 := _strict(data, "utf-8")) is not None:
        return _clean(utf8), "" if _ALIASES.get(label) == "utf-8" else _misfit(label)
    if label in CODECS and label not in ("windows-1252", "utf-16") and (label != "iso-2022-jp" or data.isascii()):
        return _clean(CODECS[label](data)), ""
    if data.isascii() and b"\x1b" not in data and not label.startswith(("utf-7", "unicode-1-1-utf-7", "utf-16", "hz")):
        return _clean(data.decode("ascii")), ""
    name = _ALIASES.get(label, label)
    text = _strict(data, name)
    if name == "windows-1252" or text is None:
        better = _guess(data)
        return _clean(better), "" if better == text else _misfit(label)
    return _clean(text), ""


def _misfit(label: str) -> str:
    return f"charset {label} does not fit" if label else "no charset declared"


def header_text(value: str) -> str:
    """Return a raw header value (RFC 2047, literal 8-bit as surrogates, folded) as one line of readable text.

    Adjacent encoded words of one charset are joined as bytes first: senders cut them inside a UTF-8 character.
    """
    if "=?" not in value:
        return " ".join(literal(value).split())
    value = _BETWEEN_WORDS.sub(r"\1", value.replace("\r", " ").replace("\n", " "))
    out: list[str] = []
    held = b""
    held_charset = ""
    at = 0
    for word in _ENCODED_WORD.finditer(value):
        if word.start() > at:
            out.append(_flush(held, held_charset) + literal(value[at : word.start()]))
            held = b""
        charset = word[1].partition("*")[0].lower()  # RFC 2231 language suffix
        if held and charset != held_charset:
            out.append(_flush(held, held_charset))
            held = b""
        held, held_charset, at = held + _word_bytes(word[2], word[3]), charset, word.end()
    out.append(_flush(held, held_charset) + literal(value[at:]))
    text = " ".join("".join(out).split())
    return header_text(text) if text != value and _ENCODED_TWICE.fullmatch(text) else text


def literal(value: str) -> str:
    """Undo the surrogate escapes that the email package uses for raw 8-bit header bytes."""
    if value.isascii():
        return value
    return text_of(value.encode("utf-8", "surrogateescape"))[0]


def vietnamese_share(text: str) -> float:
    """Return the share (0.0 to 1.0) of the non-ASCII letters of `text` that Vietnamese uses; 0.0 if there are none."""
    letters = [c for c in unicodedata.normalize("NFC", text).lower() if c > "\x7f" and c.isalpha()]
    return sum(c in _VIETNAMESE for c in letters) / len(letters) if letters else 0.0


def _flush(data: bytes, charset: str) -> str:
    return text_of(data, charset)[0] if data else ""


def _word_bytes(kind: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "surrogateescape")
    if kind in "qQ":
        return quopri.decodestring(raw, header=True)
    return base64_bytes(raw)


def base64_bytes(raw: bytes) -> bytes:
    """Decode what can be decoded: stray characters dropped, missing padding added, an incomplete last group cut.

    Padding in the middle ends a piece that was encoded by itself; the next begins anew.
    """
    if (whole := whole_base64(raw)) is not None:
        return whole
    kept = raw.rstrip(b"=").translate(None, _NOT_BASE64)
    if b"=" not in kept:
        return _whole_groups(kept)
    out: list[bytes] = []
    held = b""
    for piece in kept.split(b"="):
        held += piece
        if len(held) % 4 != 1:  # no padding is possible after one letter of a group: the sign is a stray one
            out.append(_whole_groups(held))
            held = b""
    return b"".join([*out, _whole_groups(held)])


def whole_base64(raw: bytes) -> bytes | None:
    """Decode base64 that is flawless, as most programs write it, in one step; return None for any other."""
    try:
        return binascii.a2b_base64(raw.replace(b"\n", b""), strict_mode=True)
    except binascii.Error:
        return None


def _whole_groups(kept: bytes) -> bytes:
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except (
        binascii.Error
    ):  # pragma: no cover - unreachable after the filter above; a parser must not raise all the same
        return b""


def _strict(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _guess(data: bytes) -> str:
    """Decode bytes without a usable charset name: UTF-8 if valid, ISO-2022 by its escapes, else by the letters used."""
    for name in ("utf-8", "iso2022_jp") if b"\x1b$" in data or b"\x1b(" in data else ("utf-8",):
        text = _strict(data, name)
        if text is not None and (name == "utf-8" and b"\x1b$" not in data or name != "utf-8"):
            return text
    truncated = data.decode("utf-8", "ignore")
    if not truncated.isascii() and len(truncated.encode()) >= len(data) - max(
        3, len(data) // 200
    ):  # UTF-8 with a cut or a stray byte
        return data.decode("utf-8", "replace")
    first = _BEYOND_ASCII.search(data)
    sample = data[max(0, first.start() - 100) if first else 0 :][:_SAMPLE]
    western = sample.decode("windows-1252", "replace")
    for code in ("windows-1258", "tcvn3", "vni", "viscii"):
        if reads_better(CODECS[code](sample), western):
            return CODECS[code](data)
    vietnamese = unicodedata.normalize("NFC", sample.decode("windows-1258", "replace"))
    if vietnamese_share(vietnamese) > vietnamese_share(western) or "đ" in vietnamese.lower():
        return CODECS["windows-1258"](data)
    return data.decode("windows-1252", "replace")


def _clean(text: str) -> str:
    """Return `text` in NFC, with legacy fonts and double encoding undone, and NUL and lone surrogates replaced.

    Such a text can always be stored.
    """
    text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return repair_fonts(repair_twice_encoded(unicodedata.normalize("NFC", text)))


_NAME = linear(r"[\w-]+")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_UUENCODE = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_BEGIN = linear(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_LIST_FOOTER = b"\n\n--"  # mailing lists add a footer below a body, whatever its encoding
_STRANGE_LINE = linear(rb"^(?=[^\n]*(?:[^A-Za-z0-9+/=\s]|\S[ \t]+\S))", re.MULTILINE)
_SHORTEST = 16  # fewest letters of base64 above a footer
_LONGEST_WORD = 20  # most bytes for each blank in a footer of words


def encoding_of(header: str) -> str:
    """Return the name of the encoding in lower case; "" if there is none.

    >>> encoding_of('"Base64" (of course)'), encoding_of("")
    ('base64', '')
    """
    found = _NAME.search(header)
    return found[0].lower() if found else ""


def decoded(raw: bytes, encoding: str) -> bytes:
    """Return `raw` decoded. Plain text that is declared to be base64 stays as it is."""
    if encoding == "base64":
        whole = whole_base64(raw)
        return _mended(raw) if whole is None else whole
    if encoding in _UUENCODE:
        return _uudecoded(raw)
    return quopri.decodestring(raw) if encoding == "quoted-printable" else raw


def _mended(raw: bytes) -> bytes:
    """Decode as much as possible of base64 that is damaged or followed by words."""
    body = _without_footer(raw.partition(_LIST_FOOTER)[0])
    return base64_bytes(body) if _looks_like_base64(body) else raw


def _without_footer(raw: bytes) -> bytes:
    """Return `raw` without the words that a filter or a list adds below it, from the first line that is no base64."""
    found = _STRANGE_LINE.search(raw) if raw.translate(None, _BASE64 + b"\r\n") else None
    if not found:
        return raw
    body, below = raw[: found.start()], raw[found.start() :]
    length = len(body.translate(None, b"\r\n\t "))
    whole = length >= _SHORTEST and length % 4 == 0  # otherwise it may be the first word of a text
    return body if whole and below.count(b" ") * _LONGEST_WORD >= len(below) else raw


def _uudecoded(raw: bytes) -> bytes:
    """Return the decoded file between "begin" and "end"; `raw` itself if a line cannot be decoded."""
    found = _BEGIN.search(raw)
    if not found:
        return raw
    out = []
    for line in raw[found.end() :].splitlines():
        if line.strip() in (b"end", b"`"):
            break
        try:
            # The first letter gives the length of the line; letters after it are padding of some senders.
            out.append(binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3]) if line else b"")
        except binascii.Error:
            return raw
    return b"".join(out)


def serialised(message: Message) -> bytes:
    """Return a message or a part as bytes, its headers included."""
    try:
        return message.as_bytes()
    except (ValueError, LookupError, UnicodeError, AttributeError, TypeError, RecursionError):
        return "\n".join(_lines(message)).encode("utf-8", "surrogateescape")


def _lines(message: Message) -> Iterator[str]:
    for name, value in message.raw_items():
        yield f"{name}: {value}"
    payload = message.get_payload()
    yield ""
    if isinstance(payload, str):
        yield payload


def _looks_like_base64(body: bytes) -> bool:
    """Return True for base64 that is at most damaged.

    Damage is a few strange characters in long lines; words of a text have a blank every few letters.
    """
    if not body.isascii():
        return False
    strange = len(body.translate(None, _BASE64 + b"\r\n\t"))
    return strange * 20 <= len(body) or not body.count(b" ")
