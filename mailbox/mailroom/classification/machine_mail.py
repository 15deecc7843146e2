"""Recognise messages that no person wrote: own copies, abuse reports, receipts, invitations, spam.

The order of the tests is: bounce → abuse → receipt → calendar → automatic reply (auto_replies.py) → spam. Headers
decide before words, because words can be quoted.
"""

import re
from collections.abc import Callable

from mailroom.classification.vocabulary import advertising
from mailroom.mime import body_text
from mailroom.mime.headers import untagged
from prober.campaign.letters.tokens import PREFLIGHT
from prober.domain.correspondence import Event, Reply
from prober.text.patterns import linear
from prober.text.phrases import find, normal

Finding = tuple[Event, str, str]  # event, rule, words
OWN_LETTER = "own.letter"  # the rule of a letter that one of us wrote by hand

# Senders who forward complaints, words of a complaint, and signs that it is about our letter: its headers or our host.
_ABUSE_DESK = linear(
    r"abuse|lạm dụng|complaint|feedback|fbl|staff@|spam|thư rác|\b(?:noc|soc|ir|c?s?irt|cert)@|ứng cứu|incident"
)
_COMPLAINT = (
    r"(?:abuse|spam)[ -]?(?:report|complaint|notice)|spamcop|"
    r"complaints? about (?:message|e-?mail|mail|spam|unsolicited)|feedback[- ]type:|"
    r"(?:report|mark|flag)(?:s|ed)? [^\n]{0,40}as (?:spam|junk|abuse)",
    r"unsolicited (?:bulk |commercial )?(?:e-?mail|mail|message)",
    r"(?:báo cáo|khiếu nại|phản ánh|tố giác|thông báo)[^.\n]{0,60}(?:thư rác|\bspam\b|lạm dụng|thư không mong muốn)",
    r"(?:phát tán|gửi)[^.\n]{0,30}(?:thư rác|\bspam\b)",
)
_TRACE = linear(
    r"^[ \t>]*(?:return-path|received|message-id|dkim-signature|x-originating-ip|feedback-type|source-ip):",
    re.IGNORECASE | re.MULTILINE,
)
_FROM_HOST = linear(
    r"\b(?:from|ip|host|server|từ|máy chủ|địa chỉ)\b[^.\n]{0,30}\b(?:\d{1,3}(?:\.\d{1,3}){3}|"
    r"[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7})",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT = linear(
    r"^\s*(?:đã đọc|chưa đọc|biên nhận đọc thư|read|not read|gelesen|return receipt|xác nhận đã đọc|đã xem)\s*[:(]",
    re.IGNORECASE,
)
_RECEIPT_TEXT = linear(
    r"(?:đã được (?:người nhận )?(?:đọc|xem|mở)|was (?:read|displayed)|đã đọc (?:thư|vào)|return receipt for the mail)",
    re.IGNORECASE,
)
_MEETING_SUBJECT = linear(
    r"^\s*(?:accepted|declined|tentative|canceled|đã chấp nhận|đã từ chối|chấp nhận tạm|thư mời họp)\s*:", re.IGNORECASE
)


def own_letter(reply: Reply, own_addresses: frozenset[str]) -> Finding | None:
    """Recognise a letter that one of us wrote by hand to another person, among sent mail or as a copy to us."""
    if untagged(reply.from_address) not in own_addresses:
        return None
    others = [address for address in reply.to if untagged(address) not in own_addresses]
    return (Event.OWN_COPY, OWN_LETTER, others[0]) if others else None


def own_copy(reply: Reply, own_ids: frozenset[str]) -> Finding | None:
    """Recognise our own letter: the copy to our mailbox, a mail loop, or the test letter of a preflight."""
    if reply.message_id in own_ids:
        return Event.OWN_COPY, "own.message_id", reply.message_id
    local, _, domain = reply.from_address.rpartition("@")
    to_oneself = f"{local}+{PREFLIGHT}@{domain}" in reply.to and reply.message_id.endswith(f"@{domain}>")
    if to_oneself and reply.message_id.startswith(f"<{PREFLIGHT}."):
        return Event.OWN_COPY, "own.preflight", reply.message_id
    return None


def abuse(reply: Reply) -> Finding | None:
    """Recognise abuse reports by ARF (RFC 5965), and those of providers without its structure."""
    kinds = {kind for kind, _ in reply.parts}
    content_type = reply.header("Content-Type").lower()
    if "message/feedback-report" in kinds or "feedback-report" in content_type:
        return Event.ABUSE, "abuse.feedback_report", "message/feedback-report"
    if re.fullmatch(
        r"\W*(?:unsubscribe|opt[- ]?out|hủy đăng ký|ngừng nhận thư)\W*", reply.subject, re.IGNORECASE
    ) or reply.header("X-Apple-Unsubscribe"):
        return Event.ABUSE, "abuse.unsubscribe", reply.subject
    sender = f"{reply.from_address} {reply.from_name}".lower()
    listed = reply.header("List-Id") or reply.header("List-Unsubscribe")
    if listed or not _ABUSE_DESK.search(sender) or body_text.repeats(reply.subject):
        return None
    head = f"{reply.subject}\n{reply.full_text[:600]}"
    words = find(_COMPLAINT, normal(head))
    names_ours = words and (reply.embedded_ids or _TRACE.search(reply.full_text) or _FROM_HOST.search(head))
    return (Event.ABUSE, "abuse.words", words) if names_ours else None


def read_receipt(reply: Reply) -> Finding | None:
    """Recognise a disposition notification (RFC 8098), and the mails that some programs send instead."""
    if any(kind == "message/disposition-notification" for kind, _ in reply.parts):
        return Event.READ_RECEIPT, "receipt.notification", "message/disposition-notification"
    if "disposition-notification" in reply.header("Content-Type").lower():
        return Event.READ_RECEIPT, "receipt.content_type", "report-type=disposition-notification"
    words = _RECEIPT_SUBJECT.search(reply.subject) and _RECEIPT_TEXT.search(reply.full_text[:1500])
    if words:
        return Event.READ_RECEIPT, "receipt.words", words[0]
    return None


def calendar(reply: Reply) -> Finding | None:
    if any(kind == "text/calendar" for kind, _ in reply.parts):
        return Event.CALENDAR, "calendar.part", "text/calendar"
    subject = _MEETING_SUBJECT.search(reply.subject)
    return (Event.CALENDAR, "calendar.subject", subject[0]) if subject and not reply.text else None


def spam(reply: Reply) -> Finding | None:
    """Recognise mail marked by the server's filter, mailing lists and advertising. It is kept and never dropped."""
    if reply.header("X-Spam-Flag").lower().startswith("yes") or reply.header("X-Spam-Status").lower().startswith("yes"):
        return Event.SPAM, "spam.header", "X-Spam-Flag"
    if reply.header("List-Id") or (reply.header("List-Unsubscribe") and not reply.references):
        return Event.SPAM, "spam.list", "List-Id" if reply.header("List-Id") else "List-Unsubscribe"
    if reply.header("Precedence").lower() in ("bulk", "list", "junk"):
        return Event.SPAM, "spam.precedence", f"Precedence: {reply.header('Precedence')}"
    text = f"{reply.subject}\n{reply.text}"
    words = [] if reply.references else advertising.PLAIN.findall(text)
    if len(words) >= 2:
        return Event.SPAM, "spam.words", ", ".join(words[:3])
    return None


AUTOMATIC_RULES: tuple[Callable[[Reply], Finding | None], ...] = (abuse, read_receipt, calendar)
