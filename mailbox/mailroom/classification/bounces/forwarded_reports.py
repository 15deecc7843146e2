"""Find the message that somebody of our own domain passes on without a word of their own.

If it is a delivery report, it is read like one. But a person sent it, and what a person sends may be written by hand:
its class says what it is, and it changes no delivery by itself (mailroom.matching.authentication).
"""

import re
from dataclasses import replace
from email.utils import parseaddr

from mailroom.classification.bounces import bounce_patterns as marks
from prober.domain.correspondence import Reply
from prober.text.patterns import linear

_FROM = linear(r"^[>* \t]{0,9}(?:from|sender|từ|người gửi)[* \t]{0,3}:(.+)$", re.IGNORECASE | re.MULTILINE)
_SUBJECT = linear(r"^[>* \t]{0,9}(?:subject|chủ đề|tiêu đề)[* \t]{0,3}:(.+)$", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = linear(r"\n[> \t]{0,9}\n")
_QUOTED = linear(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)
_HEAD = 1_000  # first characters, in which a letter that is passed on in the text says who sent it


def passed_on(reply: Reply) -> Reply | None:
    """Return the message that is enclosed in `reply`, or stands in its text, as it was sent; None for other letters."""
    mailer = marks.MAILER.match(reply.from_address)  # of our own mail server: its report encloses our letter
    if reply.text.strip() or mailer or not _is_of_our_domain(reply):
        return None
    enclosed = next((file for file in reply.attachments if file.media_type == "message/rfc822"), None)
    if enclosed:
        subject, _, text = enclosed.text.partition("\n")
        return _as_sent(reply, "", subject, text)
    sender = _FROM.search(reply.full_text[:_HEAD])
    end = _BLANK_LINE.search(reply.full_text, sender.end()) if sender else None
    if not sender or not end:
        return None
    subject_line = _SUBJECT.search(reply.full_text[: end.start()])
    text = _QUOTED.sub("", reply.full_text[end.end() :])
    return _as_sent(reply, sender[1], subject_line[1] if subject_line else "", text)


def _is_of_our_domain(reply: Reply) -> bool:
    """Return True if all that `reply` was sent to, and who sent it, have one domain."""
    return {_domain(address) for address in reply.to} == {_domain(reply.from_address)} != {""}


def _as_sent(reply: Reply, sender: str, subject: str, text: str) -> Reply:
    """Return the enclosed message. Its machine-readable parts are those of `reply`; its own header is not known."""
    name, address = parseaddr(sender.replace("*", "").replace("[mailto:", "<").replace("]", ">").strip())
    return replace(
        reply,
        subject=subject.strip(" *\t"),
        from_address=address.lower(),
        from_name=name,
        text="" if reply.parts else text.strip(),  # a report for programs, not words of a person who encloses one
        full_text=text.strip(),
        headers=(),
        attachments=(),
    )


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
