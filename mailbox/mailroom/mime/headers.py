"""Read mail addresses, parameters (charset, boundary, file names) and times from headers, as senders write them.

Addresses may be quoted, grouped, wrapped by BATV or badly written. Parameters follow RFC 2231, or not: the standard
library loses raw 8-bit bytes in them, prefers a plain `filename` to a better `filename*`, and mixes the pieces of the
two. The time at which a message was received is in the topmost Received header, else in the separator line of an mbox
or the file name of a Maildir. The Date header is written by the sender and is used only if there is nothing else.
"""

import re
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from itertools import groupby
from urllib.parse import unquote_to_bytes

from mailroom.mime.decoding import header_text, literal, text_of
from prober.text.patterns import linear

_ATOM = r"[^\s<>()\[\]\",;:@\\]"
# A match begins where an atom begins and its local part is limited: otherwise a line of 200 kB takes minutes.
_ADDRESS = linear(rf"(?<!{_ATOM}){_ATOM}{{1,256}}@{_ATOM}+")
_RECEIVED_FOR = linear(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)
# Characters that are read by the grammar of RFC 5322, names and comments included: the library's time grows with their
# square. In the rest of a header everything that looks like an address is one.
_GRAMMAR = 4_000
_BATV = linear(r"^(?:prvs|btv1)=+(?:[0-9a-z]{6,12}=+([^=]+)|([^=/]+)[/=][0-9a-z]{6,12})(?=@)", re.IGNORECASE)
# An unquoted display name that is itself an address: by the grammar that name would be the sender.
_NAMED_BY_ADDRESS = linear(rf'([^<>,;:"@]{{0,200}}@[^<>,;:"@]{{0,200}})<({_ATOM}{{1,256}}@{_ATOM}+)>')
_SUBADDRESS = linear(r"\+[^@]*")  # RFC 5233
MESSAGE_ID = linear(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
_SHORT = 200  # characters of a field with one or two addresses
Pairs = tuple[tuple[str, str], ...]
# Headers that may hold the address of delivery, besides To and Cc. For a reply sent as Bcc only these show it.
_RECIPIENT_HEADERS = (
    "to", "cc", "bcc", "resent-to", "resent-cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to",
    "x-delivered-to", "x-forwarded-to", "x-rcpt-to", "apparently-to", "x-real-to", "x-gm-original-to",
)  # fmt: skip
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # no mail that we read can be older


def sender(headers: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Return (address, display name) of From, else of Sender or Reply-To; ("", name) if From has a name alone."""
    for wanted in ("from", "sender", "reply-to"):
        value = next((value for name, value in headers if name.lower() == wanted and value.strip()), "")
        found = _pairs(value, _GRAMMAR)
        if found:
            if named := _NAMED_BY_ADDRESS.match(value[:_GRAMMAR].lstrip()):
                return clean(named[2]), header_text(named[1])[:200]
            return found[0][1], found[0][0] or _before(value)
        if value and wanted == "from":
            return "", header_text(value)[:200]
    return "", ""


def _before(value: str) -> str:
    """Return the words before the address if they are no name by the grammar: "Sở, tỉnh [#1] <a@b.test>"."""
    before, bracket, _ = value.partition("<")
    return header_text(before).strip("\"' ")[:200] if bracket and "@" not in before else ""


def recipients(headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return every address that the message was sent to or came through, lower-cased, once each, in header order."""
    out: list[str] = []
    left = _GRAMMAR  # of the whole message
    for name, value in headers:
        key = name.lower()
        if key in _RECIPIENT_HEADERS:
            out += [address for _, address in _pairs(value, left)]
            left = max(0, left - len(value))
        elif key == "received":
            out += [clean(found) for found in _RECEIVED_FOR.findall(value)]
    return tuple(dict.fromkeys(address for address in out if address))


def message_ids(text: str) -> tuple[str, ...]:
    """Return every bracketed Message-ID in `text`, once each, in order."""
    return tuple(dict.fromkeys(MESSAGE_ID.findall(text)))


def clean(address: str) -> str:
    """Return `address` in lower case, without quotes around it, BATV or PRVS wrapping, or a trailing dot.

    >>> clean("'prvs=2345abcdef=Hoi+Token@Prober.test'")
    'hoi+token@prober.test'
    """
    address = literal(address).strip().strip("'\"<>").rstrip(".").lower()
    return _BATV.sub(lambda match: match[1] or match[2], address)


def untagged(address: str) -> str:
    """Return `address` in lower case, without the +TOKEN of a request.

    >>> untagged("Khao-Sat+abcdefghij@prober.test")
    'khao-sat@prober.test'
    """
    return _SUBADDRESS.sub("", address.lower())


def _pairs(value: str, grammar: int) -> Pairs:
    """Return (name, address) pairs; of short values they are kept, since most mail is of a few correspondents."""
    return (_pairs_of_short if len(value) <= _SHORT else _pairs_of)(value, grammar)


def _pairs_of(value: str, grammar: int) -> Pairs:
    """Return (name, address) pairs. Encoded words are decoded after the split: a decoded name may hold a comma.

    Only the first `grammar` characters of a long value, up to the last comma in them, are read by the grammar; later
    addresses are returned without a name.
    """
    pairs = []
    try:
        whole = value if len(value) <= grammar else value[:grammar].rpartition(",")[0]
        parsed = getaddresses([whole.replace("\r", " ").replace("\n", " ")])
    except (ValueError, IndexError, RecursionError):  # known failures of the parser on malformed group syntax
        parsed = []
    for name, address in parsed:
        if _ADDRESS.fullmatch(address.strip("'\" ")):
            pairs.append((header_text(name), clean(address)))
    known = {address for _, address in pairs}
    # Unquoted names with brackets or commas, missing angle brackets: whatever looks like an address counts.
    for found in _ADDRESS.findall(header_text(value)):
        address = clean(found)
        if address not in known:
            known.add(address)
            pairs.append(("", address))
    return tuple(pairs)


_pairs_of_short = lru_cache(maxsize=2048)(_pairs_of)


LONGEST = 10_000  # characters of a header in which parameters are looked for
MOST = 400  # parameters of one header, and pieces of one value
# Up to a semicolon outside of quotes. Neither branch can fail once it has begun, so that nothing is tried repeatedly.
_PIECE = linear(r'(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^;"]+)+', re.DOTALL)
_NAME = linear(r"([^*]{1,40})(?:\*(\d{1,4}))?(\*?)")
_BETWEEN = linear(r"[\s,]+")
_FOLD = linear(r"[\r\n]+(?=[ \t])|[\r\n]+")
_BEHIND_TYPE = linear(r"[;,]|(?<![/\s])\s+(?![/\s])")  # "text/plain charset=utf-8", without a semicolon
_AROUND_SLASH = linear(r"(?<!\s)\s*/\s*")
_PERCENT = linear(r"%[0-9A-Fa-f]{2}")


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
        words = _BETWEEN.split(name.strip().lower())  # "text/plain charset=utf-8", without a semicolon
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


def arrived(raw: bytes, stamped: datetime | None = None) -> datetime | None:
    """Return when the message was received, or None if that is unknown; `stamped` is the time given by its file.

    Times before EARLIEST are ignored.
    """
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    received = str(head.get("Received", "")).rpartition(";")[2]
    for moment in (_date(received), stamped, _date(str(head.get("Date", "")))):
        if moment and moment >= EARLIEST:
            return moment
    return None


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(" ".join(value.split()))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
