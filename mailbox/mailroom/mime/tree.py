"""Flatten the tree of a message: sort its parts into texts, files and machine-readable parts.

Depth and number of parts are limited; a message beyond the limits gets a defect.
"""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import FeedParser
from functools import cached_property
from typing import Any

from mailroom.mime import body_text, html_body, smime, tnef
from mailroom.mime.attachments import Part
from mailroom.mime.decoding import decoded, encoding_of, header_text, literal, serialised, text_of
from mailroom.mime.headers import declared_type, parameter
from prober.text.patterns import linear

MAX_DEPTH = 60
MAX_PARTS = 400  # parts and files, however they are packed: uuencoded ones and those of a winmail.dat count too
MAX_WRAPPED = 5  # winmail.dat that are unwrapped; no mail program puts more than one into a message
MAX_LINES_ANEW = 300_000  # lines of all parts that are parsed once more, because they are not as declared
MAX_SERIALISED = 5_000_000  # bytes of messages inside messages inside the message, each of which holds all below it
_PART_WEIGHT = 5_000  # bytes that take as long to write as the headers of a part
MAX_BODIES = 4_000_000  # bytes of all bodies that are decoded; `parser` keeps half a million characters
MAX_INNER_HTML, MAX_INNER_NODES = 500_000, 50_000  # of all messages inside the message
TOO_DEEP = "too deep or too many parts"
_BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_MACHINE = frozenset(
    {
        "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
        "message/feedback-report", "text/rfc822-headers", "message/global-headers", "text/calendar",
    }
)  # fmt: skip
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})


_FOLD = linear(r"(?<![\r\n])[\r\n]++(?=[ \t])")
_FILE = linear(r"\w\.\w{2,5}$")
_BOUNDARY = linear(
    rb"^--([^\s\"\\][^\n\"\\]{0,67}[^\s\"\\])[ \t]*\n(?=content-[\w-]{1,40}:)", re.IGNORECASE | re.MULTILINE
)
_BLANK = linear(rb"\n\r?\n")
_TAG = linear(r"<(?:html|body|div|p|br|table|span|font|a)\b[^<>]*>", re.IGNORECASE)
_CUT = linear(rb"[\xc0-\xff][\x80-\xbf]{0,3}\Z")  # a character of UTF-8, whole or not


class Entity(Message):
    """Cache the headers of a message or part, which are looked up often and do not change any more."""

    @cached_property
    def first(self) -> dict[str, str]:
        """Map each header name in lower case to its first value, folds kept."""
        return {name.lower(): value for name, value in reversed(self.pairs)}

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return headers as (name, value) with folds kept and 8-bit bytes as surrogates; items() would wrap them."""
        return tuple((literal(name), str(value)) for name, value in self.raw_items())

    def get_boundary(self, failobj: Any = None) -> Any:
        """Return the boundary unfolded: it may continue on the next line of the header."""
        found = super().get_boundary(failobj)
        return _FOLD.sub("", found) if isinstance(found, str) else found


@dataclass
class Spent:
    """Count what reading one message has cost, the messages inside it included."""

    parts: int = 0
    bodies: int = 0  # bytes of text that were decoded
    lines: int = 0  # lines that were parsed once more
    wrapped: int = 0  # winmail.dat that were unwrapped
    serialised: int = 0  # bytes of nested messages that were written anew
    html: html_body.Budget = field(default_factory=lambda: html_body.Budget(MAX_INNER_HTML, MAX_INNER_NODES))
    rich_texts: tnef.RichTexts = field(default_factory=tnef.RichTexts)

    def may_parse(self, data: bytes) -> bool:
        """Count the lines of `data`; return True if it may still be parsed as a message of its own."""
        self.lines += data.count(b"\n")
        return self.lines <= MAX_LINES_ANEW

    def files(self, number: int) -> int:
        """Count `number` files that came packed in one part; return how many of them may be kept."""
        left = max(0, MAX_PARTS - self.parts)
        self.parts += number
        return min(number, left)

    def may_serialise(self, message: Message) -> bool:
        """Count the bytes of a message that is part of another one inside the letter; return True if it may be written.

        Each level holds all levels below it: without a limit the bytes grow with the square of the levels.
        """
        if self.serialised < MAX_SERIALISED:
            self.serialised += sum(map(_weight, message.walk()))
            return True
        return False


@dataclass
class MessageParts:
    """Collect everything that is found while one message is walked."""

    texts: list[tuple[str, str]] = field(default_factory=list)  # (plain | html, text)
    files: list[Part] = field(default_factory=list)
    machine: list[tuple[str, str]] = field(default_factory=list)  # (type, text)
    originals: list[Message] = field(default_factory=list)  # messages inside the message
    defects: list[str] = field(default_factory=list)
    encrypted: bool = False
    spent: Spent = field(default_factory=Spent)

    def cut_short(self) -> None:
        """Record that parts were left out."""
        if TOO_DEEP not in self.defects:
            self.defects.append(TOO_DEEP)

    def sealed(self, how: str) -> None:
        """Record S/MIME or PGP around the whole message. `how` is the smime-type; a signature alone hides nothing."""
        if how in ("signed-data", "certs-only"):
            self.defects.append("signed as a whole, not opened")
        else:
            self.encrypted = True

    def decoded(self, data: bytes, charset: str) -> tuple[str, str]:
        """Return the text of one body, cut to what MAX_BODIES leaves, and its defect."""
        left = max(0, MAX_BODIES - self.spent.bodies)
        if len(data) > left and b"begin " not in data:  # a text with uuencoded files may be longer
            data = _CUT.sub(b"", data[:left])
        self.spent.bodies += len(data)
        return text_of(data, charset)


def _weight(part: Message) -> int:
    payload = _content(part)
    return _PART_WEIGHT + (len(payload) if isinstance(payload, str) else 0)


def flatten(message: Message) -> MessageParts:
    found = MessageParts()
    _walk(message, found, 0, inside=False)
    return found


def raw_headers(message: Message) -> tuple[tuple[str, str], ...]:
    return _entity(message).pairs


def header(message: Message, name: str) -> str:
    """Return the first value, folds kept, of the header `name` (in lower case); "" if there is none."""
    return _entity(message).first.get(name, "")


def _entity(message: Message) -> Entity:
    assert isinstance(message, Entity)  # the policy of `parser` makes no others
    return message


def _walk(message: Message, found: MessageParts, depth: int, inside: bool) -> None:
    found.spent.parts += 1
    if depth > MAX_DEPTH or found.spent.parts > MAX_PARTS:
        found.cut_short()
        return
    found.defects += [type(defect).__name__ for defect in message.defects]
    kind = media_type(message)
    payload = _content(message)
    if kind in _MACHINE:
        found.machine.append((kind, _machine_text(message)))
    elif isinstance(payload, list) and kind.startswith("message/") and payload:
        _original(message, payload[0], found, depth, nested=inside)
    elif isinstance(payload, list) and payload and kind == "multipart/alternative":
        _alternative(payload, found, depth, inside)
    elif isinstance(payload, list) and payload:
        for part in payload:
            _walk(part, found, depth + 1, inside)
    else:
        _leaf(message, kind, found, depth)


def _alternative(parts: list[Message], found: MessageParts, depth: int, inside: bool) -> None:
    """Keep the plain text if it has words, else the HTML form; the HTML form is always kept for its links."""
    before = len(found.texts)
    for part in parts:
        _walk(part, found, depth + 1, inside)
    mine = found.texts[before:]
    plain = [text for kind, text in mine if kind == "plain" and len(text.strip()) > 2]
    if plain and any(kind == "html" for kind, _ in mine):
        found.texts[before:] = [(("alternative" if kind == "html" else kind), text) for kind, text in mine]
    elif any(kind == "html" for kind, _ in mine):
        found.texts[before:] = [entry for entry in mine if entry[0] != "plain"]


def _original(
    message: Message, original: Message, found: MessageParts, depth: int, data: bytes = b"", nested: bool = False
) -> None:
    """Add a message inside the message: its text is not the sender's own, its files are files of the letter.

    `data` are its bytes if it came as a file; `nested` is True inside another message.
    """
    encoding = encoding_of(header(message, "content-transfer-encoding"))
    # RFC 2046, 5.2.1 forbids an encoding here, so the parser took the encoded text for the message.
    if encoding in ("base64", "quoted-printable") and not data:
        inside = decoded(serialised(original), encoding)
        original = _parsed_anew(inside, message) if found.spent.may_parse(inside) else original
    found.originals.append(original)
    if not data and (not nested or found.spent.may_serialise(original)):
        data = serialised(original)
    elif not data:
        found.cut_short()
    inner = MessageParts(spent=found.spent)
    _walk(original, inner, depth + 1, inside=True)
    text = "\n".join(
        text if kind == "plain" else html_body.html_text(text, found.spent.html)[0]
        for kind, text in inner.texts
        if kind != "alternative"
    )
    subject = header_text(header(original, "subject"))
    kind = media_type(message)
    found.files.append(
        Part(
            name_of(message) or f"{subject[:80] or 'message'}.eml",
            kind if kind.startswith("message/") else "message/rfc822",
            data,
            f"{subject}\n{text}".strip(),
        )
    )
    found.files += inner.files
    found.machine += [entry for entry in inner.machine if entry[0] != "text/calendar"]
    found.originals += inner.originals
    found.defects += inner.defects


def _parsed_anew(data: bytes, message: Message) -> Message:
    parser: FeedParser[Message] = FeedParser(policy=message.policy)
    parser.feed(data.replace(b"\r\n", b"\n").decode("ascii", "surrogateescape"))
    return parser.close()


def _leaf(message: Message, kind: str, found: MessageParts, depth: int) -> None:
    data = payload_bytes(message)
    name = name_of(message)
    attached = header(message, "content-disposition").strip().lower().startswith("attachment")
    if kind in _SIGNATURES or name.lower().endswith(".p7s"):
        return
    if kind in _ENCRYPTED and (signed := smime.signed_content(data)):
        _signed(message, signed, name, found, depth)
        return
    if kind in _ENCRYPTED:
        found.sealed(parameter(header(message, "content-type"), "smime-type").lower())
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        _unwrap(data, name, kind, found)
    elif name.lower().endswith(".eml") and _BLANK.search(data) and found.spent.may_parse(data):
        _original(message, _parsed_anew(data, message), found, depth, data)
    elif kind in _BODIES and not attached:
        if name and found.texts and kind in ("text/plain", "text/html"):
            found.files.append(Part(name, kind, data, found.decoded(data, charset_of(message))[0]))
        else:
            _text(message, kind, data, found)
    elif kind.startswith("multipart/"):
        _without_parts(message, kind, data, found, depth)
    elif data or name:
        text = found.decoded(data, charset_of(message))[0] if kind.startswith("text/") else ""
        found.files.append(Part(name or _other_name(message), kind, data, text))


def _signed(message: Message, data: bytes, name: str, found: MessageParts, depth: int) -> None:
    """Add the content of a signature: the letter, or a file that was signed before it was attached."""
    if name.lower().endswith(".p7m") and name.lower() != "smime.p7m":
        found.files.append(Part(name[:-4], "application/octet-stream", data))
    elif found.spent.may_parse(data):
        _walk(_parsed_anew(data, message), found, depth + 1, False)


def _without_parts(message: Message, kind: str, data: bytes, found: MessageParts, depth: int) -> None:
    """Add a multipart without parts as text (docs/reference/mail-edge-cases.md, row 6).

    If it has parts behind another boundary than the declared one, add these.
    """
    boundary = _BOUNDARY.search(data)
    if not boundary or not found.spent.may_parse(data):
        _text(message, "text/plain", data, found)
        return
    found.defects.append("boundary not as declared")
    _walk(
        _parsed_anew(b'Content-Type: %b; boundary="%b"\n\n' % (kind.encode(), boundary[1]) + data, message),
        found,
        depth + 1,
        False,
    )


def _text(message: Message, kind: str, data: bytes, found: MessageParts) -> None:
    charset = charset_of(message) or (html_body.declared_inside(data) if kind == "text/html" else "")
    text, defect = found.decoded(data, charset)
    if defect:
        found.defects.append(defect)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/plain" and _looks_like_html(text):
        found.defects.append("HTML sent as plain text")
        kind = "text/html"
    if kind in ("text/enriched", "text/richtext"):
        text = body_text.without_commands(text)
    if kind == "text/plain" and "-----BEGIN PGP SIGNED MESSAGE-----" in text:
        text = body_text.unsigned(text)
    if kind == "text/plain" and "-----BEGIN PGP MESSAGE-----" in text:
        found.encrypted = True
    if kind == "text/plain" and parameter(header(message, "content-type"), "format").lower() == "flowed":
        text = body_text.unflow(text, parameter(header(message, "content-type"), "delsp").lower() == "yes")
    found.texts.append(("html" if kind == "text/html" else "plain", text))


def _looks_like_html(text: str) -> bool:
    """Return True for HTML that was sent as text/plain: a document, or several tags early in the text."""
    head = text[:4000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html")) or len(_TAG.findall(head)) >= 4


def _unwrap(data: bytes, name: str, kind: str, found: MessageParts) -> None:
    found.spent.wrapped += 1
    contents = tnef.unwrap(data if found.spent.wrapped <= MAX_WRAPPED else b"", found.spent.rich_texts)
    if not contents.whole:
        found.defects.append("winmail.dat is cut off or not TNEF")
    said = any(text.strip() for _, text in found.texts)  # the plain text sent with it is often empty
    if not said and (contents.body or contents.html):
        form, body = ("plain", contents.body) if contents.body else ("html", contents.html)
        found.texts.append((form, body.replace("\r\n", "\n").replace("\r", "\n")))
    kept = contents.files[: found.spent.files(len(contents.files))]
    if len(kept) < len(contents.files):
        found.cut_short()
    found.files += [Part(file_name, "application/octet-stream", content) for file_name, content in kept]
    if not contents.files and not (contents.whole and found.texts):
        found.files.append(Part(name or "winmail.dat", kind, data))


def media_type(message: Message) -> str:
    if "content-type" not in message:
        default = message.get_default_type()
        return default if isinstance(default, str) else "text/plain"
    return declared_type(literal(header(message, "content-type")))


def charset_of(message: Message) -> str:
    return parameter(header(message, "content-type"), "charset")


def name_of(message: Message) -> str:
    """Return the file name as sent, or ""."""
    return parameter(header(message, "content-disposition"), "filename") or parameter(
        header(message, "content-type"), "name"
    )


def payload_bytes(message: Message) -> bytes:
    """Return the decoded bytes of a part without parts; undecodable ones stay as they are.

    Do not use `get_payload()` without `decode`: it guesses a charset and loses what does not fit.
    """
    payload = _content(message)
    if not isinstance(payload, str):
        return b"" if payload is None else serialised(message)
    return decoded(
        payload.encode("utf-8", "surrogateescape"), encoding_of(header(message, "content-transfer-encoding"))
    )


def _content(message: Message) -> Any:
    """Return the untouched payload: a list of messages, or a text in which bytes beyond ASCII are surrogates."""
    return message._payload  # type: ignore[attr-defined]


def _other_name(message: Message) -> str:
    """Return a name for a file without one, from its other headers, or ""."""
    for field_name in ("content-description", "content-location"):
        named = header_text(header(message, field_name)).rpartition("/")[2]
        if _FILE.search(named):
            return named
    return header_text(header(message, "content-id")).strip("<> ").partition("@")[0]


def _machine_text(message: Message) -> str:
    """Return the text of a machine-readable part.

    The email package has already parsed delivery-status into blocks of headers.
    """
    payload = _content(message)
    if isinstance(payload, list):
        encoding = encoding_of(header(message, "content-transfer-encoding"))
        if encoding in ("base64", "quoted-printable"):  # as RFC 6533 lets a report be sent: the blocks are its code
            return text_of(decoded(b"\n\n".join(map(serialised, payload)), encoding))[0]
        return "\n\n".join(text_of(serialised(block))[0].strip() for block in payload)
    return text_of(payload_bytes(message), charset_of(message))[0]
