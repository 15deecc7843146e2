"""Write the bytes of a letter: own headers, quoted-printable text, every line ASCII and ended by CRLF.

The text is plain text and comes first; enclosures follow it as attachments. There is no HTML and no alternative.

The standard library's EmailMessage loses the space between two encoded words when it folds a display name (measured:
"sách (mô phỏng)" came back as "sách(mô phỏng)"), so headers are encoded word by word here, and read back before use.

The bytes have every header except Date. A Date fixed at approval would be days old when the letter is sent: spam
filters punish that, and mail programs would sort a reminder among last week's mail; a planned time would be untrue. So
`dated` adds it, from the time of the first attempt. That time is committed before the attempt, so every later attempt
sends the same bytes.

What a reply is known by stands in the headers: the Message-ID, and the token in subject and return address. A token
proves that a reply belongs to a request, so nobody may be able to derive it: it comes from a secret of the campaign
that is in private.db alone.
"""

import hashlib
import hmac
import quopri
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime, getaddresses, parseaddr

from prober.campaign.letters.identity_number import encoded

LONGEST_LINE = 998  # RFC 5322, 2.1.1, without CRLF
MOST_BYTES = 64_000
# 32 characters, 5 bits each; without l, 1, o and 0, which people mistake for each other when they retype.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
LENGTH = 16
PUBLIC_LENGTH = 10  # of tokens that were derived from the published seed, before tokens were secret
PREFLIGHT = "preflight"  # the token of a test letter to ourselves, in its address, subject and Message-ID
_WITH_ADDRESSES = (
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Return-Path", "Errors-To", "Return-Receipt-To",
    "Disposition-Notification-To", "Mail-Reply-To", "Mail-Followup-To",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One attached file; `name` is ASCII."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LetterContent:
    """The content of a letter. Names and subject are any text without control characters."""

    sender: tuple[str, str]  # name, address
    recipient: tuple[str, str]
    reply_to: tuple[str, str]
    subject: str
    tag: str  # ASCII, written unencoded at the end of the subject
    message_id: str
    answers: str  # Message-ID of the letter that this one follows up, or ""
    languages: tuple[str, ...]  # of the text, in its order
    text: str
    enclosures: tuple[Enclosure, ...] = ()


def assemble(sheet: LetterContent) -> bytes:
    """Return the bytes of `sheet`, without Date. Raises ValueError if they do not read back as `sheet`."""
    head, text = _head(_headers(sheet)), _text(sheet)
    raw = head + (_mixed(sheet, text) if sheet.enclosures else text)
    if fault := _difference(raw, sheet):
        raise ValueError(fault)
    return raw


def dated(raw: bytes, first_attempt: datetime) -> bytes:
    """Return the bytes for SMTP DATA: a Date with the time of the first attempt, then the frozen bytes.

    >>> dated(b"From: a@b.test\\r\\n", datetime.fromisoformat("2020-04-13T08:31:07+07:00"))
    b'Date: Mon, 13 Apr 2020 08:31:07 +0700\\r\\nFrom: a@b.test\\r\\n'
    """
    return f"Date: {format_datetime(first_attempt)}\r\n".encode("ascii") + raw


def new_secret() -> str:
    """Return a new random secret for the tokens of one campaign, 256 bits in hexadecimal."""
    return secrets.token_hex(32)


def token(secret: str, campaign: str, agency: str) -> str:
    """Return the token of one request: 80 bits, lower case, valid in an address and a subject.

    >>> token("00" * 32, "pobi-2019", "2019-stc-ca-mau")
    'vqar8ej9snri7a5r'
    """
    words = "\0".join(("token", campaign, agency)).encode()
    digest = hmac.new(bytes.fromhex(secret), words, hashlib.sha256).digest()
    return "".join(ALPHABET[byte & 31] for byte in digest[:LENGTH])


def tagged_address(address: str, code: str) -> str:
    """Return the address for answers and bounces of one request.

    >>> tagged_address("khao-sat@prober.test", "abcdefghij")
    'khao-sat+abcdefghij@prober.test'
    """
    local, _, domain = address.rpartition("@")
    return f"{local}+{code}@{domain}"


def message_id(code: str, step: str, campaign: str, address: str) -> str:
    """Return the Message-ID of one letter, brackets included; fixed before any attempt to send it.

    >>> message_id("abcdefghij", "request", "pobi-2019", "khao-sat@prober.test")
    '<abcdefghij.request.pobi-2019@prober.test>'
    """
    return f"<{code}.{step}.{campaign}@{address.rpartition('@')[2]}>"


def enclosures(raw: bytes) -> tuple[Enclosure, ...]:
    """Return the enclosures of a letter of ours."""
    return _enclosures(message_from_bytes(raw, policy=policy.SMTP))


def addresses(raw: bytes) -> tuple[str, ...]:
    """Return every mail address in the header of a letter, from or to whomever; "" for one that cannot be read."""
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    values = [str(value) for name in _WITH_ADDRESSES for value in header.get_all(name, [])]
    return tuple(address for _, address in getaddresses(values))


def address_fault(address: str) -> str:
    """Return the reason why `address` is not one plain address, or "". Lists, comments, routes and names are refused.

    >>> address_fault("sotaichinh@camau.gov.test")
    ''
    >>> address_fault("a@b.test, c@d.test")
    'is not one plain mail address'
    """
    if not address.isascii():
        return "is not ASCII; not every server takes such an address"
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):  # all three, depending on how the address is broken
        return "is not one plain mail address"
    if parsed.addr_spec != address or not parsed.username or not parsed.domain or len(address) > 254:
        return "is not one plain mail address"
    return ""


def _headers(sheet: LetterContent) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox("From", *sheet.sender)
    yield "To", _mailbox("To", *sheet.recipient)
    yield "Reply-To", _mailbox("Reply-To", *sheet.reply_to)
    yield "Subject", f"{_words('Subject', sheet.subject)}\r\n {sheet.tag}"
    yield "Message-ID", sheet.message_id
    if sheet.answers:
        yield "In-Reply-To", sheet.answers
        yield "References", sheet.answers
    yield "MIME-Version", "1.0"


def _head(headers: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _text(sheet: LetterContent) -> bytes:
    """Return the text as a MIME entity: headers, an empty line, lines."""
    headers = (
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "quoted-printable"),
        ("Content-Language", ", ".join(sheet.languages)),
    )
    return _head(headers) + b"\r\n" + quopri.encodestring(sheet.text.encode("utf-8")).replace(b"\n", b"\r\n")


def _mixed(sheet: LetterContent, text: bytes) -> bytes:
    """Return text and enclosures as one multipart/mixed entity.

    "=_" occurs in no quoted-printable and no Base64 text, so the boundary cannot occur in a part (RFC 2045, 6.7).
    prober.campaign.letters.identity_number finds the PDF by the layout written here.
    """
    boundary = f"=_{hashlib.sha256(sheet.message_id.encode()).hexdigest()[:32]}"
    line = f"\r\n--{boundary}".encode("ascii")
    parts = [text, *map(_enclosed, sheet.enclosures)]
    head = _head([("Content-Type", f'multipart/mixed;\r\n boundary="{boundary}"')])
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _enclosed(enclosure: Enclosure) -> bytes:
    headers = (
        ("Content-Disposition", f'attachment;\r\n filename="{enclosure.name}"'),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Type", enclosure.media_type if len(enclosure.media_type) < 60 else f"\r\n {enclosure.media_type}"),
    )
    return _head(headers) + b"\r\n" + encoded(enclosure.data)


def _mailbox(header: str, name: str, address: str) -> str:
    return f"{_words(header, name)}\r\n <{address}>"


def _words(header: str, text: str) -> str:
    """Return `text` as RFC 2047 encoded words; spaces between words are inside them."""
    return Header(text, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def _difference(raw: bytes, sheet: LetterContent) -> str:
    """Return the first fault of `raw` or its first difference from `sheet`, by strict parsers; or ""."""
    most = MOST_BYTES + sum(2 * len(enclosure.data) for enclosure in sheet.enclosures)  # Base64 adds a third
    if len(raw) > most:
        return f"the letter has {len(raw)} bytes, the limit is {most}"
    if any(len(line) > LONGEST_LINE for line in raw.split(b"\r\n")):
        return f"a line is longer than {LONGEST_LINE} bytes"
    if b"\r" in raw.replace(b"\r\n", b"") or b"\n" in raw.replace(b"\r\n", b"") or not raw.isascii():
        return "the letter is not made of ASCII lines that end in CRLF"
    read = message_from_bytes(raw, policy=policy.SMTP)
    if defects := [*_defects(read)]:
        return f"a strict parser complains: {defects[0]}"
    plain = message_from_bytes(raw, policy=policy.compat32)
    for name, wanted in (("From", sheet.sender), ("To", sheet.recipient), ("Reply-To", sheet.reply_to)):
        phrase, address = parseaddr(plain[name])
        if (found := (_decoded(phrase), address)) != wanted:
            return f"{name} reads back as {found!r} instead of {wanted!r}"
    for name, text in (("Subject", f"{sheet.subject} {sheet.tag}"), ("Message-ID", sheet.message_id)):
        if _decoded(plain[name]) != text:
            return f"{name} reads back as {_decoded(plain[name])!r} instead of {text!r}"
    body = read.get_body(("plain",))
    text = body.get_content().replace("\r\n", "\n") if body else ""
    if text != sheet.text:
        return f"the text reads back differently, {len(text)} instead of {len(sheet.text)} characters"
    if _enclosures(read) != sheet.enclosures:
        return "what is enclosed reads back differently"
    return ""


def _enclosures(read: EmailMessage) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(part.get_filename() or "", part.get_content_type(), _bytes_of(part))
        for part in read.iter_attachments()
    )


def _bytes_of(part: EmailMessage) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _defects(read: EmailMessage) -> Iterator[object]:
    for part in read.walk():
        yield from part.defects
        for value in part.values():
            yield from value.defects


def _decoded(value: str) -> str:
    """Return a header's text. Newer policies of `email` put a space between two encoded words of a display name."""
    return str(make_header(decode_header(value.replace("\r\n", ""))))
