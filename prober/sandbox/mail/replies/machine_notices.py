"""Write notices of mail systems: delivery reports (RFC 3464), one in another form, and read receipts (RFC 8098)."""

import random
from dataclasses import dataclass
from datetime import datetime
from email.header import Header

from prober.sandbox.mail.received_letter import Received
from prober.sandbox.simulated_clock import header_date


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of delivery report: enhanced status (RFC 3463), action, the remote server's answer, the human text."""

    status: str
    action: str
    diagnostic: str
    subject: str
    text: str


_KINDS = {
    "unknown-user": _Kind(
        "5.1.1", "failed", "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table",
        "Undelivered Mail Returned to Sender",
        "I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's"
        " attached below.\n\n<{rcpt}>: host mail.{domain} said: {diagnostic}\n    (in reply to RCPT TO command)",
    ),
    "mailbox-full": _Kind(
        "5.2.2", "failed", "552 5.2.2 <{rcpt}>: Mailbox is full / Quota exceeded (in reply to end of DATA command)",
        "Không gửi được: thư trả lại người gửi",
        "Không chuyển được thư tới người nhận sau:\n\n  {rcpt}\n\nHộp thư của người nhận đã đầy và hiện không thể nhận"
        " thêm thư. Vui lòng thử lại sau.\n\n{diagnostic}",
    ),
    "policy": _Kind(
        "5.7.1", "failed", "550 5.7.1 Message rejected due to content policy of the receiving organisation",
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient was refused by policy:\n\n     {rcpt}\n\nTechnical details:\n{diagnostic}",
    ),
    "delayed": _Kind(
        "4.4.7", "delayed", "451 4.4.7 Delivery time expired for this attempt; connection timed out",
        "Delayed Mail (still being retried)",
        "This is a warning. You do not need to send your message again.\n\nYour message to <{rcpt}> could not be"
        " delivered for 4 hours.\nIt will be retried until it is 5 days old.\n\n{diagnostic}",
    ),
}  # fmt: skip


def bounce(form: str, letter: Received, due: datetime, draw: random.Random) -> bytes:
    """Return the whole notice, headers included, to the envelope sender of `letter`."""
    return _exim(letter, due, draw) if form == "exim" else _report(_KINDS[form], letter, due, draw)


def disposition(text: str, letter: Received, draw: random.Random) -> bytes:
    """Return the content of a read receipt (RFC 8098), from its Content-Type on."""
    boundary = _boundary(draw)
    return _crlf(
        f"""MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
--{boundary}
Content-Type: message/disposition-notification

Reporting-UA: mail.{letter.rcpt.rpartition("@")[2]}; Microsoft Outlook 16.0
Final-Recipient: rfc822; {letter.rcpt}
Original-Message-ID: {letter.message_id}
Disposition: manual-action/MDN-sent-manually; displayed

--{boundary}--
"""
    )


def _report(kind: _Kind, letter: Received, due: datetime, draw: random.Random) -> bytes:
    domain = letter.rcpt.rpartition("@")[2]
    diagnostic = kind.diagnostic.format(rcpt=letter.rcpt)
    text = kind.text.format(rcpt=letter.rcpt, domain=domain, diagnostic=diagnostic)
    boundary = _boundary(draw)
    return _crlf(
        f"""{_head(letter, due, draw, domain, kind.subject)}Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mail.{domain}.

{text}

--{boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.{domain}
Arrival-Date: {header_date(letter.at)}

Final-Recipient: rfc822; {letter.rcpt}
Original-Recipient: rfc822;{letter.rcpt}
Action: {kind.action}
Status: {kind.status}
Remote-MTA: dns; mail.{domain}
Diagnostic-Code: smtp; {diagnostic}

--{boundary}
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{_original_head(letter)}

--{boundary}--
"""
    )


def _exim(letter: Received, due: datetime, draw: random.Random) -> bytes:
    """Return a bounce as Exim wrote it for twenty years: plain text, no report structure, the original below."""
    domain = letter.rcpt.rpartition("@")[2]
    head = _head(letter, due, draw, domain, "Mail delivery failed: returning message to sender")
    return _crlf(
        f"""{head}Auto-Submitted: auto-replied
X-Failed-Recipients: {letter.rcpt}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {letter.rcpt}
    host mail.{domain}
    SMTP error from remote mail server after RCPT TO:<{letter.rcpt}>:
    550 5.1.1 No such recipient here

------ This is a copy of the message, including all the headers. ------

{_original_head(letter)}

{letter.text[:400]}
"""
    )


def _head(letter: Received, due: datetime, draw: random.Random, domain: str, subject: str) -> str:
    shown = subject if subject.isascii() else Header(subject, "utf-8").encode(linesep="\n")
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mail.{domain}>\nTo: {letter.mail_from}\nSubject: {shown}\n"
        f"Date: {header_date(due)}\nMessage-ID: <{due:%Y%m%d%H%M%S}.{draw.getrandbits(40):010X}@mail.{domain}>\n"
        "X-Simulated: prober.sandbox\n"
    )


def _original_head(letter: Received) -> str:
    head, _, _ = letter.raw.partition(b"\r\n\r\n")
    return head.decode("utf-8", "replace").replace("\r\n", "\n")


def _boundary(draw: random.Random) -> str:
    return f"{draw.getrandbits(48):012X}.{draw.getrandbits(32)}/mail"


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
