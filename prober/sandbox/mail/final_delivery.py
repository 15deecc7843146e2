"""Put on a mail what the mailbox's server writes on top of it: where it came from, and what it found out by DMARC."""

import re
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from prober.sandbox.plot.address_book import FREEMAIL, MAIL_DOMAIN, AddressBook
from prober.sandbox.simulated_clock import header_date

AUTHSERV_ID = f"mx.{MAIL_DOMAIN}"
_CHECKED = re.compile(rb"authentication-results:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n", re.IGNORECASE)


def traced(sender: str, rcpt: str, host: str, at: datetime, raw: bytes, checked: tuple[str, str]) -> bytes:
    """Return `raw` as it lies in the mailbox; `host` gave it to our server, `checked` is a domain and its result.

    A notice has the empty return path (RFC 5321, 4.5.5).
    """
    domain, result = checked
    trace = (
        f"Return-Path: <{sender}>\r\nDelivered-To: {rcpt}\r\nAuthentication-Results: {AUTHSERV_ID};\r\n"
        f" dmarc={result} header.from={domain}\r\nReceived: from {host} by {AUTHSERV_ID} with ESMTP\r\n"
        f" for <{rcpt}>; {header_date(at)}\r\n"
    )
    return trace.encode() + raw


def received(mail_from: str, rcpt: str, at: datetime, raw: bytes, book: AddressBook) -> bytes:
    """Return a mail that came by SMTP as it lies in the mailbox.

    Headers that bear the name of our server are removed (RFC 8601, 5). Nobody who comes by SMTP is an office: these
    mails are made by the world. So who names the domain of one as his own is disowned by it.
    """
    head, blank, body = raw.partition(b"\r\n\r\n")
    shown = parseaddr(str(BytesHeaderParser().parsebytes(head).get("From", "")))[1].lower()
    kept = _CHECKED.sub(lambda found: b"" if AUTHSERV_ID.encode() in found[0] else found[0], head + b"\r\n")
    checked = shown.rpartition("@")[2] or "unknown", _result(shown, mail_from.lower(), book)
    return traced(mail_from, rcpt, "prober", at, kept[:-2] + blank + body, checked)


def _result(shown: str, envelope: str, book: AddressBook) -> str:
    """Return the result. Our own server lets its user send from any address of ours, the free one only from his."""
    domain = shown.rpartition("@")[2]
    if domain in (MAIL_DOMAIN, FREEMAIL):
        own = shown == envelope or domain == MAIL_DOMAIN == envelope.rpartition("@")[2]
        return "pass" if own else "fail"
    return "fail" if domain in book.domains else "none"
