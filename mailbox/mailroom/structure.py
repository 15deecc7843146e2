"""The tree of a message, flattened: which leaves are its text, which are files, which are for machines.

Works on the headers and bytes alone. Depth and number of parts are limited; what lies deeper is recorded as a defect.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import cached_property
from typing import Any

from mailroom import bodies, tnef
from mailroom.attachments import Part
from mailroom.decoding import base64_bytes, header_text, literal, text_of

MAX_DEPTH = 60
MAX_PARTS = 400
TOO_DEEP = "too deep or too many parts"
_MACHINE = frozenset(
    {
        "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
        "message/feedback-report", "text/rfc822-headers", "message/global-headers", "text/calendar",
    }
)  # fmt: skip
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})


class Entity(Message):
    """A message, or a part of one, whose headers are looked up often and do not change any more."""

    @cached_property
    def first(self) -> dict[str, str]:
        """Name in lower case → the first value, folds kept."""
        return {name.lower(): value for name, value in reversed(self.pairs)}

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Headers as (name, value) with folds kept and 8-bit bytes as surrogates; items() would wrap them."""
        return tuple((literal(name), str(value)) for name, value in self.raw_items())

    def put_back(self, bodies: Mapping[str, str]) -> None:
        """Replace the lines that stand for long bodies (mailroom.bulk) by these, wherever the parser put them."""
        for place in ("_payload", "preamble", "epilogue"):
            text = getattr(self, place)
            if isinstance(text, str):
                for line, body in bodies.items():
                    text = text.replace(line, body)
                setattr(self, place, text)


@dataclass
class Leaves:
    """Everything found while walking one message."""

    texts: list[tuple[str, str]] = field(default_factory=list)  # (plain | html, text)
    files: list[Part] = field(default_factory=list)
    machine: list[tuple[str, str]] = field(default_factory=list)  # (type, text)
    originals: list[Message] = field(default_factory=list)  # messages inside the message
    defects: list[str] = field(default_factory=list)
    encrypted: bool = False
    count: int = 0


def flatten(message: Message) -> Leaves:
    leaves = Leaves()
    _walk(message, leaves, 0, inside=False)
    return leaves


def raw_headers(message: Message) -> tuple[tuple[str, str], ...]:
    return _entity(message).pairs


def header(message: Message, name: str) -> str:
    """The first value, folds kept, of a header named in lower case; "" without one."""
    return _entity(message).first.get(name, "")


def _entity(message: Message) -> Entity:
    assert isinstance(message, Entity)  # the policy of `incoming` makes no others
    return message


def _walk(message: Message, leaves: Leaves, depth: int, inside: bool) -> None:
    leaves.count += 1
    if depth > MAX_DEPTH or leaves.count > MAX_PARTS:
        if TOO_DEEP not in leaves.defects:
            leaves.defects.append(TOO_DEEP)
        return
    leaves.defects += [type(defect).__name__ for defect in message.defects]
    kind = media_type(message)
    payload: Any = message.get_payload()  # a list of messages or a text
    if kind in _MACHINE:
        leaves.machine.append((kind, _machine_text(message)))
    elif isinstance(payload, list) and kind.startswith("message/") and payload:
        _original(message, payload[0], leaves, depth)
    elif isinstance(payload, list) and payload and kind == "multipart/alternative":
        _alternative(payload, leaves, depth, inside)
    elif isinstance(payload, list) and payload:
        for part in payload:
            _walk(part, leaves, depth + 1, inside)
    else:
        _leaf(message, kind, leaves)


def _alternative(parts: list[Message], leaves: Leaves, depth: int, inside: bool) -> None:
    """Plain text if it says anything, else the richest; the HTML form is kept too, for its links."""
    before = len(leaves.texts)
    for part in parts:
        _walk(part, leaves, depth + 1, inside)
    mine = leaves.texts[before:]
    plain = [text for kind, text in mine if kind == "plain" and len(text.strip()) > 2]
    if plain and any(kind == "html" for kind, _ in mine):
        leaves.texts[before:] = [(("alternative" if kind == "html" else kind), text) for kind, text in mine]
    elif any(kind == "html" for kind, _ in mine):
        leaves.texts[before:] = [entry for entry in mine if entry[0] != "plain"]


def _original(message: Message, original: Message, leaves: Leaves, depth: int) -> None:
    """A message inside the message: its text is not the sender's own words, its files are files of the letter."""
    leaves.originals.append(original)
    inner = Leaves(count=leaves.count)
    _walk(original, inner, depth + 1, inside=True)
    leaves.count = inner.count
    text = "\n".join(
        text if kind == "plain" else bodies.html_text(text)[0] for kind, text in inner.texts if kind != "alternative"
    )
    subject = header_text(header(original, "subject"))
    leaves.files.append(
        Part(
            name_of(message) or f"{subject[:80] or 'message'}.eml",
            media_type(message),
            _bytes_of(original),
            f"{subject}\n{text}".strip(),
        )
    )
    leaves.files += inner.files
    leaves.machine += [entry for entry in inner.machine if entry[0] != "text/calendar"]
    leaves.originals += inner.originals
    leaves.defects += inner.defects


def _leaf(message: Message, kind: str, leaves: Leaves) -> None:
    data = payload_bytes(message)
    name = name_of(message)
    attached = header(message, "content-disposition").strip().lower().startswith("attachment")
    if kind in _SIGNATURES:
        return
    if kind in _ENCRYPTED:
        leaves.encrypted = True
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        _unwrap(data, name, kind, leaves)
    elif kind in ("text/plain", "text/html") and not attached and not (name and kind == "text/html"):
        if name and kind == "text/plain" and leaves.texts:
            leaves.files.append(Part(name, kind, data, text_of(data, charset_of(message))[0]))
        else:
            _text(message, kind, data, leaves)
    elif kind.startswith("multipart/"):  # a multipart without parts is text (reference page on mail edge cases, 6)
        _text(message, "text/plain", data, leaves)
    elif data or name:
        text = text_of(data, charset_of(message))[0] if kind.startswith("text/") else ""
        leaves.files.append(Part(name or _content_id(message), kind, data, text))


def _text(message: Message, kind: str, data: bytes, leaves: Leaves) -> None:
    text, defect = text_of(data, charset_of(message))
    if defect:
        leaves.defects.append(defect)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/plain" and bodies.looks_like_html(text):
        leaves.defects.append("HTML sent as plain text")
        kind = "text/html"
    if kind == "text/plain" and str(_param(message, "format")).lower() == "flowed":
        text = bodies.unflow(text, str(_param(message, "delsp")).lower() == "yes")
    leaves.texts.append(("html" if kind == "text/html" else "plain", text))


def _unwrap(data: bytes, name: str, kind: str, leaves: Leaves) -> None:
    contents = tnef.unwrap(data)
    if not contents.whole:
        leaves.defects.append("winmail.dat is cut off or not TNEF")
    if contents.body and not leaves.texts:
        leaves.texts.append(("plain", contents.body.replace("\r\n", "\n")))
    leaves.files += [Part(file_name, "application/octet-stream", content) for file_name, content in contents.files]
    if not contents.files:
        leaves.files.append(Part(name or "winmail.dat", kind, data))


def media_type(message: Message) -> str:
    """Lower-case type as declared; text/plain without one, as RFC 2045 says; never an exception for `pdf` alone."""
    if "content-type" not in message:
        default = message.get_default_type()
        return default if isinstance(default, str) else "text/plain"
    declared = literal(str(header(message, "content-type"))).partition(";")[0].strip().strip("\"'").lower()
    return declared if "/" in declared else "application/octet-stream" if declared else "text/plain"


def charset_of(message: Message) -> str:
    return literal(str(_param(message, "charset") or ""))


def name_of(message: Message) -> str:
    """File name as sent: RFC 2231, RFC 2047 inside quotes, raw 8-bit, or a mixture."""
    for param, field_name in (("filename", "content-disposition"), ("name", "content-type")):
        value = _param(message, param, field_name)
        if isinstance(value, tuple):
            charset, _, encoded = value
            return header_text(text_of(encoded.encode("latin-1", "replace"), charset or "")[0])
        if value:
            return header_text(collapse_rfc2231_value(str(value)))
    return ""


def _param(
    message: Message, name: str, field_name: str = "content-type"
) -> str | tuple[str | None, str | None, str] | None:
    if name not in header(message, field_name).lower():  # a letter has one or two of the five that are asked for
        return None
    try:
        return message.get_param(name, None, field_name)
    except (ValueError, UnicodeError, IndexError, TypeError, LookupError, AttributeError):
        found = re.search(rf"{name}\s*=\s*\"?([^\";\s]+)", literal(header(message, field_name)), re.IGNORECASE)
        return found[1] if found else None


def payload_bytes(message: Message) -> bytes:
    """Decoded bytes of a leaf: base64 and quoted-printable with damage, uuencode, 8-bit; what is undecodable as it is.

    Never `get_payload()` without `decode`: it guesses a charset and replaces what does not fit, for good.
    """
    payload = message.get_payload()
    if not isinstance(payload, str):
        return b"" if payload is None else _bytes_of(message)
    if header(message, "content-transfer-encoding").strip().lower() == "base64":
        encoded = payload.encode("ascii", "replace")
        return base64_bytes(encoded.partition(b"\n\n--")[0] if b"-" in encoded else encoded)
    try:
        decoded = message.get_payload(decode=True)
    except (ValueError, LookupError, UnicodeError, AssertionError):
        decoded = None
    return decoded if isinstance(decoded, bytes) else payload.encode("utf-8", "replace")


def _content_id(message: Message) -> str:
    return header_text(header(message, "content-id")).strip("<> ").partition("@")[0]


def _machine_text(message: Message) -> str:
    """Text of a machine-readable part. The email package has already parsed delivery-status into blocks of headers."""
    payload: Any = message.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(text_of(_bytes_of(block))[0].strip() for block in payload)
    return text_of(payload_bytes(message), charset_of(message))[0]


def _bytes_of(message: Message) -> bytes:
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
