"""Decode the Content-Transfer-Encoding of a part, even if the bytes are not as declared. Nothing here raises."""

import binascii
import quopri
import re
from collections.abc import Iterator
from email.message import Message

from mailroom.mime.text_decoding import base64_bytes, whole_base64

_NAME = re.compile(r"[\w-]+")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_UUENCODE = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_LIST_FOOTER = b"\n\n--"  # mailing lists add a footer below a body, whatever its encoding
_STRANGE_LINE = re.compile(rb"^(?=[^\n]*(?:[^A-Za-z0-9+/=\s]|\S[ \t]+\S))", re.MULTILINE)
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
