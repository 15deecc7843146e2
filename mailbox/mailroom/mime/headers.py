"""The header of a message: cut off, mended, and told apart without a parser where its lines are plain."""

import re
from email.message import Message
from email.policy import Policy

from mailroom.mime.addresses import message_ids

MAX_LINES = 10_000  # of a header
_BROKEN = re.compile(rb"^(?![!-9;-~]+[ \t]*:|[ \t])", re.MULTILINE)  # a line that begins neither field nor fold
_FIELD = re.compile(r"^[!-9;-~]+:[^\r\n]*\n(?:[ \t][^\r\n]*\n)*", re.MULTILINE)  # tried where a line begins


def cut(raw: bytes) -> bytes:
    """The header of a message with the blank line that ends it; all of the message where there is none."""
    end = raw.find(b"\r\n\r\n")
    sooner = raw.find(b"\n\n", 0, end if end >= 0 else len(raw))
    end = sooner if sooner >= 0 else end
    return raw[:end] + b"\n\n" if end >= 0 else raw


def message_id(raw: bytes) -> str:
    """The Message-ID, as far as it can be told without a parser; "" if it cannot."""
    head = b"\n" + cut(raw)
    at = head.lower().find(b"\nmessage-id:")
    return (message_ids(head[at : at + 600].decode("ascii", "replace")) or ("",))[0] if at >= 0 else ""


def plain(head: bytes, policy: Policy, kind: type[Message]) -> Message | None:
    """What the standard library's parser makes of `head`, or None where it is more than fields with folded lines.

    Nearly every header is no more than that, and the parser takes three times as long. `head` ends in a line end.
    """
    text = head.decode("ascii", "surrogateescape")
    fields = []
    at = 0
    while found := _FIELD.match(text, at):  # from where the last one ended: no line without a colon is tried twice
        fields.append(found[0])
        at = found.end()
    if at != len(text):
        return None
    message = kind(policy=policy)
    for field in fields:
        message.set_raw(*policy.header_source_parse([field]))
    return message


def mended(data: bytes) -> tuple[bytes, list[str]]:
    """A line without a colon among the headers would end them for the parser; it is given a name instead."""
    head, blank, body = data.partition(b"\n\n")
    head = head.rstrip(b"\n")
    if head.count(b"\n") >= MAX_LINES:
        return b"\n".join(head.split(b"\n", MAX_LINES)[:MAX_LINES]) + blank + body, ["header cut short"]
    if not _BROKEN.search(head):
        return data, []
    lines = head.split(b"\n")
    broken = [n for n, line in enumerate(lines) if _BROKEN.match(line)]
    if broken[0] == 0 or len(broken) * 2 > len(lines):
        return data, []
    for n in broken:
        lines[n] = b"X-Unreadable-Line: " + lines[n]
    return b"\n".join(lines) + blank + body, ["header line not readable"]
