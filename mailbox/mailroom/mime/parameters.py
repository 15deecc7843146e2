"""Read the parameters of a header (charset, boundary, file names) by RFC 2231, and as senders write them wrongly.

The standard library loses raw 8-bit bytes in parameters, prefers a plain `filename` to a better `filename*`, and mixes
the pieces of the two.
"""

import re
from itertools import groupby
from urllib.parse import unquote_to_bytes

from mailroom.mime.text_decoding import header_text, text_of

LONGEST = 10_000  # characters of a header in which parameters are looked for
MOST = 400  # parameters of one header, and pieces of one value
# Up to a semicolon outside of quotes. Neither branch can fail once it has begun, so that nothing is tried repeatedly.
_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^;"]+)+', re.DOTALL)
_NAME = re.compile(r"([^*]{1,40})(?:\*(\d{1,4}))?(\*?)")
_FOLD = re.compile(r"[\r\n]+(?=[ \t])|[\r\n]+")
_BEHIND_TYPE = re.compile(r"[;,]|(?<![/\s])\s+(?![/\s])")  # "text/plain charset=utf-8", without a semicolon
_AROUND_SLASH = re.compile(r"\s*/\s*")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def declared_type(header: str) -> str:
    """Return the media type in lower case; text/plain if there is none (RFC 2045, 5.2). A type like `pdf` is no error.

    >>> declared_type("TEXT/HTML; charset=utf-8"), declared_type("text"), declared_type("pdf")
    ('text/html', 'text/plain', 'application/octet-stream')
    """
    declared = _BEHIND_TYPE.split(header.strip(" \t\r\n\"'"), 1)[0].strip("\"'").lower()
    declared = _AROUND_SLASH.sub("/", declared)
    if "/" in declared:
        return declared
    return "text/plain" if declared in ("", "text") else "application/octet-stream"


def parameter(header: str, wanted: str) -> str:
    """Return the value of one parameter as readable text; "" if there is none.

    `header` is raw: folds kept, 8-bit bytes as surrogates.

    >>> parameter("attachment; filename=\\"Cong khai.csv\\"; filename*=UTF-8''C%C3%B4ng%20khai.csv", "filename")
    'Công khai.csv'
    >>> parameter("attachment; filename*1*=%A1ch; filename*0*=UTF-8''s%C3", "filename")
    'sách'
    """
    header = header[:LONGEST]
    if wanted not in header.lower():
        return ""
    plain = ""
    pieces: dict[int, tuple[bool, str]] = {}
    for piece in _PIECE.findall(header)[:MOST]:
        name, equals, value = piece.partition("=")
        words = re.split(r"[\s,]+", name.strip().lower())  # "text/plain charset=utf-8", without a semicolon
        found = _NAME.fullmatch(words[-1])
        if not equals or not found or found[1] != wanted:
            continue
        if found[2] is None and not found[3]:
            plain = plain or _unquoted(value)
        else:
            pieces.setdefault(int(found[2] or 0), (bool(found[3]), _unquoted(value)))
    return _joined(pieces) or _read(plain)


def _unquoted(value: str) -> str:
    """Return `value` without the quotes around it, single or double, even if the closing double quote is missing."""
    value = _FOLD.sub("", value).strip()
    if value.startswith('"'):
        value = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
        return value.replace("\\\\", "\\").replace('\\"', '"')
    return value[1:-1] if len(value) > 2 and value[0] == value[-1] == "'" else value


def _joined(pieces: dict[int, tuple[bool, str]]) -> str:
    """Join the pieces of a value by RFC 2231: by their numbers, in the charset that the first one names."""
    values = [pieces[number] for number in sorted(pieces)]
    if not any(encoded for encoded, _ in values):
        return _read("".join(value for _, value in values))
    charset = ""
    if values[0][0] and values[0][1].count("'") >= 2:
        charset, _, first = values[0][1].split("'", 2)
        values[0] = True, first
    data = b""
    for encoded, run in groupby(values, lambda piece: piece[0]):  # a code may be cut in two
        raw = "".join(value for _, value in run).encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return header_text(text_of(data, charset)[0])


def _read(value: str) -> str:
    """Decode a plain value: RFC 2047 words inside quotes, literal 8-bit bytes, or percent-encoded UTF-8."""
    if _PERCENT.search(value) and value.isascii():
        try:
            decoded = unquote_to_bytes(value).decode("utf-8")
        except UnicodeDecodeError:
            decoded = ""
        value = decoded if not decoded.isascii() else value
    return header_text(value)
