"""Parse the bytes of a message once into a Reply; matching and classification work on that value alone.

`parse` never raises, whatever the bytes; what is wrong with them is listed in `Reply.defects`.
"""

import binascii
import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from email import policy
from email.errors import MessageDefect
from email.message import Message
from email.parser import BytesHeaderParser, FeedParser
from email.utils import parsedate_to_datetime
from itertools import islice

from mailroom.mime import attachments, body_text, html_body
from mailroom.mime.attachments import Part
from mailroom.mime.decoding import header_text, literal, text_of
from mailroom.mime.headers import message_ids, recipients, sender, untagged
from mailroom.mime.tree import Entity, MessageParts, flatten, header, raw_headers
from prober.domain.correspondence import Reply
from prober.text.patterns import linear

PARSER = "28"  # stored with every message; raise it when a change may alter a value, then `prober mailbox reparse`
MAX_TEXT = 500_000  # characters of text kept for matching and classifying; the raw bytes are always kept
MAX_HEADER = 60_000  # characters of one header; the standard library takes time by the square of the length
MAX_HEADER_LINES = 10_000
MAX_LINES = 600_000  # a table of 25 MB as quoted-printable has 350,000
MAX_LOOKS = 3_000_000  # lines times the parts around them: how often the parser may look at a line
_LINKED = linear(r"<https?://[^<>\s]{0,2000}>")  # behind the words of a link
_STUB = 400  # characters of a plain form that may only point to the HTML form
_PIECE = 2_000_000  # bytes that the parser is given at once
_PARTS = linear(rb"multipart|message/", re.IGNORECASE)  # what may have more than one body
_BROKEN = linear(rb"^(?![!-9;-~]+[ \t]*:|[ \t])", re.MULTILINE)  # a line that begins neither field nor fold
_UUENCODED = linear(r"^begin [0-7]{3,4} (.+)\n((?:[\x20-\x60]{1,62}\n)+?)(?:`\n|\x20?\n)?end$", re.MULTILINE)
_LINE_END = linear(rb"[\r\n]")
_LONG = 20_000  # characters of a file in base64 from which on its lines are not looked at one by one
# Without blank lines, so that no line is looked at for two of them.
_LONG_FILE = linear(rb"(?<=\n\n)(?:[A-Za-z0-9+/]{60,76}+\n){250,}+")
_MESSAGE_ID = linear(r"(?im)^[> \t]*(?:[\w-]{1,40}-)?message-id:[ \t]*(?:\n[ \t]*)?(<[^<>\s]+>)")
_XTEXT = linear(r"\+([2-7][0-9A-F])")  # RFC 3461, 4
_LINE = linear(r".+")
_TRAIL = linear(r"(?im)^[> \t]*received:[^\n]{0,500}(?:\n[ \t][^\n]{0,500}){0,4}")
_BY = linear(r"\bby[ \t\n]+([a-z0-9][\w.-]{1,254})", re.IGNORECASE)
MAX_HOSTS = 50  # Received lines of originals that are read
_ENVELOPE_ID = linear(r"(?im)^original-envelope-id:[ \t]*<?([^<>\s]{1,300})>?[ \t]*$")
# Headers that other fields of a Reply already hold; decoding them once more takes as long as parsing the message.
_SAID = frozenset(("from", "to", "cc", "bcc", "reply-to", "subject", "received", "references", "in-reply-to", "date"))
CHECKED = "authentication-results"  # what servers found out about the sender; anybody can write one
# Time zones written against RFC 5322. The only name among them is Indochina Time (ICT), which means one zone alone.
_ZONE = linear(r"(:\d\d) ?(?:(?:GMT|UTC)? ?([+-])(\d{1,2})(?::?(\d\d))?|ICT)(?= ?\(| ?\Z)")
_SHORT_YEAR = linear(r"\b\d{1,2}[ -]+[A-Za-z]{3,9}[ -]+0\d{1,3}\b")  # "0015" would be read as 2015


class _Bounded(policy.Compat32):
    """Cut long headers, also those of the parts, which the parser itself reads; convert nothing."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER]


_POLICY = _Bounded(message_factory=Entity)


def parse(raw: bytes, sha256: str = "") -> Reply:
    """Return the message as a Reply. Line endings make no difference to anything but the hash.

    `sha256` is that of `raw`, where it is known.
    """
    sha256 = sha256 or hashlib.sha256(raw).hexdigest()
    try:
        return _reply(sha256, *_tree(raw))
    except Exception as error:  # a message that the parser cannot read is kept as text and shown to a person
        return _as_text(sha256, _prepared(raw)[0], f"structure not readable: {type(error).__name__}")


def skew(date: datetime | None, received_at: datetime) -> str:
    """Return a remark if the Date header is more than a day off, else "". All times are counted by `received_at`."""
    if date is None or abs(date - received_at) <= timedelta(days=1):
        return ""
    return f"Date says {date.date()}, it came on {received_at.date()}"


def heading(raw: bytes, sha256: str = "") -> Reply:
    """Return a Reply from the header alone: sender, subject, date; without recipients, references, text and files."""
    data, defects = _prepared(_head(raw))
    message = BytesHeaderParser(policy=_POLICY).parsebytes(data)
    from_address, from_name = sender(raw_headers(message))
    date, date_defect = _date(header(message, "date"))
    checked = header_text(header(message, CHECKED))
    return Reply(
        sha256=sha256 or hashlib.sha256(raw).hexdigest(),
        message_id=_message_id(message),
        subject=_subject(message),
        from_address=from_address,
        from_name=from_name,
        to=(),
        references=(),
        date=date,
        text="",
        full_text="",
        html=False,
        headers=((CHECKED, checked),) if checked else (),
        attachments=(),
        embedded_ids=(),
        defects=(*defects, date_defect) if date_defect else tuple(defects),
    )


def headers(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Return all headers of a message, decoded, in their order."""
    message = BytesHeaderParser(policy=_POLICY).parsebytes(_prepared(_head(raw))[0])
    return tuple((name, header_text(value)) for name, value in raw_headers(message))


def message_id(raw: bytes) -> str:
    """Return the Message-ID, found without a parser; "" if none is found so."""
    head = b"\n" + _head(raw)
    at = head.lower().find(b"\nmessage-id:")
    return (message_ids(head[at : at + 600].decode("ascii", "replace")) or ("",))[0] if at >= 0 else ""


def files(raw: bytes) -> list[Part]:
    """Return the files behind `Reply.attachments`, in their order; [] if the message's structure is unreadable."""
    try:
        parts = flatten(_tree(raw)[0])
    except Exception:
        return []
    return [*parts.files, *_take_uuencoded("\n\n".join(_texts(parts)[0]).strip(), parts)[1]]


class CutShort(MessageDefect):
    """A defect: the message has more lines than are read."""


def _tree(raw: bytes) -> tuple[Message, list[str]]:
    """Return the message with its parts, and the defects that were repaired before parsing."""
    data, defects = _prepared(raw)
    if (message := _of_one_part(data)) is None:
        short = _shortened(data)
        message = _parsed(short)
        if short is not data:
            message.defects.append(CutShort())
    return message, defects


def _of_one_part(data: bytes) -> Message | None:
    """Return the message if it has no parts, else None.

    Its body holds no structure, so it is not parsed and may have more lines than the parser reads.
    """
    head, blank, body = data.partition(b"\n\n")
    if not blank or _PARTS.search(head):
        return None
    message = BytesHeaderParser(policy=_POLICY).parsebytes(head + blank)
    if message.defects or message.get_payload():  # the header ends sooner than it seems
        return None
    message.set_payload(body.decode("ascii", "surrogateescape"))
    return message


def _shortened(data: bytes) -> bytes:
    """Return `data`, or as many of its first lines as the parser reads in about a second.

    The parser looks at each line once for every part around it.
    """
    lines = data.count(b"\n") + data.count(b"\r")
    if lines < MAX_LINES // 10:
        return data
    most = min(MAX_LINES, MAX_LOOKS // (1 + data.lower().count(b"boundary")))
    if data.count(b"\n--") * 2 > lines:  # each may be a boundary, which takes longer to tell
        most //= 2
    if lines <= most:
        return data
    return data[: next(islice(_LINE_END.finditer(data), most, None)).end()]


def _parsed(data: bytes) -> Message:
    """Parse `data` in large pieces: the small ones of BytesParser take time, and one piece four bytes for each byte.

    The parser looks at each line for a boundary. The lines of a long file in base64 can be none (RFC 2045, 6.8), so one
    line stands for them while it looks.
    """
    mark = secrets.token_hex(16)
    short, held = _without_long_files(data, mark)
    parser: FeedParser[Message] = FeedParser(policy=_POLICY)
    for at in range(0, len(short), _PIECE):
        parser.feed(short[at : at + _PIECE].decode("ascii", "surrogateescape"))
    message = parser.close()
    for part in message.walk() if held else ():
        part.preamble, part.epilogue = (
            _restored(text, mark, held) if text else text for text in (part.preamble, part.epilogue)
        )
        if isinstance(payload := part.get_payload(), str):
            part.set_payload(_restored(payload, mark, held))
    return message


def _without_long_files(data: bytes, mark: str) -> tuple[bytes, list[str]]:
    """Return `data` with a line of `mark` and a number for each long run of lines in base64, and these runs."""
    held: list[str] = []
    pieces: list[bytes] = []
    at = 0
    for run in _LONG_FILE.finditer(data):
        end = data.rfind(b"\n", run.start(), run.end())
        if end - run.start() < _LONG:
            continue
        pieces += data[at : run.start()], f"{mark}{len(held):06}".encode()
        held.append(data[run.start() : end].decode("ascii"))
        at = end
    return (b"".join((*pieces, data[at:])), held) if held else (data, held)


def _restored(text: str, mark: str, held: list[str]) -> str:
    before, *others = text.split(mark)
    return before + "".join(held[int(other[:6])] + other[6:] for other in others)


def _prepared(raw: bytes) -> tuple[bytes, list[str]]:
    """Return the message with plain line ends and repaired headers, and its defects."""
    data = raw.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")  # the first is text that was made text twice
    first = data.find(b"\r")
    if first >= 0 and b"\n" not in data[:first]:
        data = data.replace(b"\r", b"\n")
    return _mended(_without_mbox_line(data))


def _head(raw: bytes) -> bytes:
    """Return the header of a message with the blank line that ends it; all of the message where there is none."""
    end = raw.find(b"\r\n\r\n")
    sooner = raw.find(b"\n\n", 0, end if end >= 0 else len(raw))
    end = sooner if sooner >= 0 else end
    return raw[:end] + b"\n\n" if end >= 0 else raw


def _mended(data: bytes) -> tuple[bytes, list[str]]:
    """Put a field name before each header line without a colon, at which the parser would end the headers."""
    head, blank, body = data.partition(b"\n\n")
    head = head.rstrip(b"\n")
    if head.count(b"\n") >= MAX_HEADER_LINES:
        kept = head.split(b"\n", MAX_HEADER_LINES)[:MAX_HEADER_LINES]
        return b"\n".join(kept) + blank + body, ["header cut short"]
    if not _BROKEN.search(head):
        return data, []
    lines = head.split(b"\n")
    broken = [n for n, line in enumerate(lines) if _BROKEN.match(line)]
    if broken[0] == 0 or len(broken) * 2 > len(lines):
        return data, []
    for n in broken:
        lines[n] = b"X-Unreadable-Line: " + lines[n]
    return b"\n".join(lines) + blank + body, ["header line not readable"]


def _reply(sha256: str, message: Message, extra: list[str]) -> Reply:
    raw = raw_headers(message)
    parts = flatten(message)
    texts, links, html = _texts(parts)
    full, uu_files = _take_uuencoded("\n\n".join(texts).strip(), parts)
    full = body_text.unbroken(full[:MAX_TEXT])
    from_address, from_name = sender(raw)
    to = recipients(raw)
    date, date_defect = _date(header(message, "date"))
    defects = [*extra, *parts.defects, *([date_defect] if date_defect else [])]
    if parts.encrypted:
        defects.append("encrypted")
    return Reply(
        sha256=sha256,
        message_id=_message_id(message),
        subject=_subject(message),
        from_address=from_address,
        from_name=from_name,
        to=to,
        references=_references(message),
        date=date,
        text=body_text.new_text(full) or body_text.below_letter(full, [*map(untagged, to)]),
        full_text=full,
        html=html,
        headers=tuple((name, header_text(value)) for name, value in raw if name.lower() not in _SAID),
        attachments=attachments.describe([*parts.files, *uu_files]),
        embedded_ids=_embedded_ids(parts, full),
        embedded_hosts=_embedded_hosts(parts, full),
        defects=tuple(dict.fromkeys(defects)),
        links=tuple(dict.fromkeys([*links, *body_text.plain_links(full)])),
        parts=tuple(sorted(parts.machine, key=lambda part: "delivery-status" not in part[0])),
    )


def _message_id(message: Message) -> str:
    return (message_ids(literal(header(message, "message-id"))) or ("",))[0]


def _subject(message: Message) -> str:
    return header_text(header(message, "subject"))[:2000]


def _texts(parts: MessageParts) -> tuple[list[str], list[str], bool]:
    """Return the text of every body part, the links of every HTML part, and whether HTML was the only form."""
    out: list[str] = []
    links: list[str] = []
    left = html_body.Budget()
    for kind, text in parts.texts:
        if kind == "plain":
            out.append(text)
            continue
        visible, found = html_body.html_text(text, left)
        links += found
        if kind == "html":
            out.append(visible)
        elif out and _shows_more(visible, out[-1], found):
            out[-1] = visible
    html = any(kind == "html" for kind, _ in parts.texts) and not any(kind == "plain" for kind, _ in parts.texts)
    return out, links, html


def _shows_more(visible: str, plain: str, links: Sequence[str]) -> bool:
    """Return True if only the HTML form of a letter has its text, or only it has the links of the same words."""
    if len(plain) < _STUB and body_text.is_stub(plain, body_text.new_text(visible)):
        return True
    if not links or body_text.plain_links(plain):
        return False
    return "".join(_LINKED.sub("", visible).split()) == "".join(plain.split())


def _take_uuencoded(text: str, parts: MessageParts) -> tuple[str, list[Part]]:
    """Return the text without the uuencoded files in it, and the files; a block that does not decode stays text.

    They count like the other parts of the message. Those beyond the limit are left out of both.
    """
    if "begin " not in text:
        return text, []
    files: list[Part] = []

    def take(found: re.Match[str]) -> str:
        if not parts.spent.files(1):
            parts.cut_short()
            return ""
        data = bytearray()
        try:
            for line in _LINE.finditer(text, *found.span(2)):  # a list of them takes three times their size
                data += binascii.a2b_uu(line[0])
        except (binascii.Error, ValueError):
            return found[0]
        files.append(Part(found[1], "application/octet-stream", bytes(data)))
        return ""

    return _UUENCODED.sub(take, text).strip(), files


def _references(message: Message) -> tuple[str, ...]:
    values = [literal(value) for name, value in raw_headers(message) if name.lower() in ("in-reply-to", "references")]
    return message_ids(" ".join(values))


def _embedded_ids(parts: MessageParts, full: str) -> tuple[str, ...]:
    """Return the Message-IDs of the originals inside the message.

    An original is attached, returned as headers, named in a report, or named in the text.
    """
    found = [literal(header(original, "message-id")) for original in parts.originals]
    for text in (full, *(text for _, text in parts.machine)):
        if "message-id:" not in text.lower():
            continue
        found += _MESSAGE_ID.findall(text)
    for kind, text in parts.machine:
        if kind.endswith("delivery-status"):
            found += [f"<{known}>" for value in _ENVELOPE_ID.findall(text) for known in _envelope_ids(value)]
    return message_ids(" ".join(found))


def _embedded_hosts(parts: MessageParts, full: str) -> tuple[str, ...]:
    """Return the hosts that took the originals inside the message, by their Received lines."""
    lines = [value for part in parts.originals for name, value in raw_headers(part) if name.lower() == "received"]
    for text in (full, *(text for _, text in parts.machine)):
        if "received:" in text.lower():
            lines += _TRAIL.findall(text)
    found = (_BY.search(line) for line in lines[:MAX_HOSTS])
    return tuple(dict.fromkeys(host[1].lower() for host in found if host))


def _envelope_ids(value: str) -> tuple[str, str]:
    """Return an Original-Envelope-Id as written, and decoded: some servers leave it as xtext against RFC 3464, 2.2.1.

    Our letters use their Message-ID without brackets as ENVID (RFC 3461).

    >>> _envelope_ids("abc.request+2Bx@prober.test")
    ('abc.request+2Bx@prober.test', 'abc.request+x@prober.test')
    """
    return value, _XTEXT.sub(lambda code: chr(int(code[1], 16)), value)


def _date(value: str) -> tuple[datetime | None, str]:
    """Return the time in the Date header, and ""; or None, and the reason why it is no possible date.

    A time without a zone is taken as UTC, as RFC 5322, 3.3 says of -0000.
    """
    if not value.strip():
        return None, "no Date"
    try:
        date = parsedate_to_datetime(_ZONE.sub(_four_digits, " ".join(literal(value).split())))
        date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)  # noqa: UP017 - 3.11 spelling used throughout
        date.astimezone(timezone.utc)  # noqa: UP017
    except (ValueError, TypeError, IndexError, OverflowError):
        return None, "Date not readable"
    if not 1990 <= date.year <= 2100 or _SHORT_YEAR.search(value):
        return None, "Date not possible"
    return date, ""


def _four_digits(zone: re.Match[str]) -> str:
    """Return a time zone in the four digits of RFC 5322.

    >>> _ZONE.sub(_four_digits, "14 Apr 2020 09:20:00 GMT+7"), _ZONE.sub(_four_digits, "14 Apr 2020 09:20:00 +07:00")
    ('14 Apr 2020 09:20:00 +0700', '14 Apr 2020 09:20:00 +0700')
    """
    return f"{zone[1]} {zone[2]}{int(zone[3]):02}{zone[4] or '00'}" if zone[2] else f"{zone[1]} +0700"


def _without_mbox_line(data: bytes) -> bytes:
    """Drop a leading mbox separator ("From x@y Mon …"), which is no header."""
    if data.startswith(b"From ") and not data.startswith(b"From :"):
        return data.partition(b"\n")[2]
    return data


def _as_text(sha256: str, data: bytes, defect: str) -> Reply:
    """Return a Reply for a message whose structure is unreadable: its headers one by one, all the rest as text."""
    head, _, body = data.partition(b"\n\n")
    try:
        message = BytesHeaderParser(policy=_POLICY).parsebytes(head + b"\n\n")
        for name in ("Content-Type", "Content-Transfer-Encoding"):
            del message[name]
        message.set_payload(text_of(body[:MAX_TEXT])[0].encode("utf-8").decode("ascii", "surrogateescape"))
        return _reply(sha256, message, [defect])
    except Exception as error:
        text = text_of(data[:MAX_TEXT])[0]
        return Reply(
            sha256, "", "", "", "", (), (), None, text, text, False, (), (), (), (defect, type(error).__name__)
        )
