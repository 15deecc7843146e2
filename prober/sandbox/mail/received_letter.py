"""Parse a letter once, as an office reads it, when the world's mail server has accepted it."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr


@dataclass(frozen=True, slots=True)
class Received:
    """One accepted copy of a letter. `agency` is the slug of the office whose address it was sent to."""

    agency: str
    rcpt: str
    mail_from: str
    at: datetime
    message_id: str
    references: tuple[str, ...]
    subject: str
    from_name: str
    from_address: str
    reply_to: str
    text: str
    raw: bytes


def read(agency: str, rcpt: str, mail_from: str, at: datetime, raw: bytes) -> Received:
    """Parse `raw`. Even a malformed letter is a letter: unreadable fields are empty."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    from_name, from_address = parseaddr(_header(message, "From"))
    _, reply_to = parseaddr(_header(message, "Reply-To"))
    return Received(
        agency=agency,
        rcpt=rcpt,
        mail_from=mail_from,
        at=at,
        message_id=_header(message, "Message-ID"),
        references=tuple(f"{_header(message, 'In-Reply-To')} {_header(message, 'References')}".split()),
        subject=_header(message, "Subject"),
        from_name=from_name,
        from_address=from_address or mail_from,
        reply_to=reply_to or from_address or mail_from,
        text=_text(message),
        raw=raw,
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError):  # exceptions of the standard library for damaged headers
        return ""


def _text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
        return body.get_content() if body else ""
    except (LookupError, ValueError, AttributeError):
        return ""
