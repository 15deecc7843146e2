"""Who wrote a message: a mail system that reports, or a person or robot that only speaks of one?

Decided by the marks of the outermost message. Half of public bounces hold no report a program can read, and an ordinary
reply may quote, forward or complain about one, so words alone never make a report: a sender must be able to send one.
"""

import re

from mailroom.classification import auto_replies
from mailroom.classification.bounces import bounce_patterns as marks
from mailroom.mime import quoted_text
from mailroom.mime.addresses import untagged
from prober.domain.correspondence import Reply
from prober.text.phrases import caseless


def sends_reports(reply: Reply) -> bool:
    """Can a report for programs be the sender's own? A person who forwards or encloses one has it in the letter too."""
    encloses = any(attached.media_type == "message/rfc822" for attached in reply.attachments)
    bare = not reply.text and not encloses
    return bare or _is_mailer(reply) or _may_be_mailer(reply) or _is_silent(reply)


def may_report_in_words(reply: Reply) -> bool:
    """False where no words make a report, without looking into them: hardly any letter has one of these marks."""
    if auto_replies.typed(reply):
        return False
    sender = _is_silent(reply) or _is_mailer(reply) or _may_be_mailer(reply) or marks.ROBOT.match(reply.from_address)
    return bool(sender) or _has_subject(reply)


def reports_in_words(reply: Reply, words: str, failed_addresses: list[str]) -> bool:
    """Is this a report although it has none for programs? `words` are its own, before the letter that came back.

    `failed_addresses` are those that it names and that are neither ours nor its sender's.
    """
    if quoted_text.repeats(reply.subject):  # a postmaster is a person too, who answers what was reported to him
        return _is_mailer(reply) and _is_structured(reply.text) and _says(marks.FAILURE, reply.text)
    named = bool(failed_addresses)
    answers = auto_replies.answer_subject(reply) or auto_replies.challenges(reply)
    if answers or _is_bait(reply, words, named) or _is_aside(reply, words, named):
        return False
    if _is_mailer(reply):
        return _mailer_reports(reply, words, named)
    return not _is_list(reply) and _other_reports(reply, words, named)


def _is_bait(reply: Reply, words: str, named: bool) -> bool:
    """A link to fetch what was sent to us: a phisher's, or the list of what our own filter holds back."""
    if not reply.links:
        return False
    said = f"{reply.subject}\n{words}"
    lower = caseless(said)
    names_us = any(untagged(address) in lower for address in reply.to)
    if _says(marks.BAIT, said):
        return names_us or not named
    return names_us and not named and not _is_structured(words)


def _is_aside(reply: Reply, words: str, named: bool) -> bool:
    """Of something else than a letter of ours: our own mailbox, a letter that somebody sent to us, a parcel.

    Our letters leave with a token in their return address; what comes to another one must show that it means a letter,
    or say in its subject that one failed, be a mailer's by its address, and name whom it did not reach.
    """
    said = f"{reply.subject}\n{words}"
    ours = set(map(untagged, reply.to))
    if _says(marks.OURS, said) or any(untagged(to) in ours for to in marks.TO.findall(caseless(said))):
        return True
    token = any(untagged(address) != address for address in reply.to)
    plain = named and _has_subject(reply) and bool(marks.MAILER.match(reply.from_address))
    return not token and not plain and not _returns_letter(reply, words) and not _says(marks.SENT, said)


def _returns_letter(reply: Reply, words: str) -> bool:
    """Whether more came than `words`: the letter, its head, or an identifier."""
    enclosed = any(attached.media_type == "message/rfc822" for attached in reply.attachments)
    return bool(enclosed or reply.parts or reply.embedded_ids or reply.references or len(reply.full_text) > len(words))


def _is_signed(reply: Reply, words: str) -> bool:
    """A postmaster's own letter: it can be answered, greets, and says "I"."""
    personal = marks.GREETING.match(words) and _says(marks.ONESELF, words)
    return bool(personal) and not _hides_path(reply) and not _is_automatic(reply)


def _mailer_reports(reply: Reply, words: str, named: bool) -> bool:
    """In a language that is not known, what names somebody else's address and wants no answer reports on it."""
    if _is_signed(reply, words):
        return False
    subject = _has_subject(reply)
    no_person = bool(marks.DAEMON.match(reply.from_address)) or _is_structured(words)
    failure = subject or _says(marks.FAILURE, words)
    hidden = _has_empty_path(reply) or _hides_path(reply) and not marks.GREETING.match(words)
    certain = hidden or subject or named and no_person
    return failure and certain or _has_empty_path(reply) and named


def _other_reports(reply: Reply, words: str, named: bool) -> bool:
    """Whoever reports wants no report back. A person who cannot reach us names our address, a report another."""
    subject, failed = _has_subject(reply), _says(marks.FAILED, words)
    silent, structured = _is_silent(reply), _is_structured(words)
    robot = bool(marks.ROBOT.match(reply.from_address))
    if _may_be_mailer(reply):
        certain = silent or _hides_path(reply) or structured and bool(marks.OFTEN_MAILER.match(reply.from_address))
        return named and certain and (subject or failed and (silent or structured))
    if marks.GREETING.match(words) and not structured and not robot:
        return False
    if subject and (_has_empty_path(reply) and not robot or not reply.from_address and _hides_path(reply)):
        return failed or structured
    strong = robot and _says(marks.STRONG, words)
    return named and (silent and (subject or failed and structured) or strong and (structured or _hides_path(reply)))


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.search(caseless(text)))


def _has_subject(reply: Reply) -> bool:
    return _says(marks.SUBJECT, reply.subject)


def _has_empty_path(reply: Reply) -> bool:
    return bool(re.match(r"\s*<(?:>|mailer-daemon\b)", reply.header("Return-Path"), re.IGNORECASE))


def _hides_path(reply: Reply) -> bool:
    """An empty return path, or none that was kept."""
    return _has_empty_path(reply) or not reply.header("Return-Path")


def _is_mailer(reply: Reply) -> bool:
    named = _hides_path(reply) and bool(marks.MAILER_NAME.search(reply.from_name))
    return named or bool(marks.MAILER.match(reply.from_address))


def _may_be_mailer(reply: Reply) -> bool:
    names = (marks.MAILER_NAME, marks.OFTEN_MAILER_NAME)
    return bool(marks.OFTEN_MAILER.match(reply.from_address)) or any(name.search(reply.from_name) for name in names)


def _is_automatic(reply: Reply) -> bool:
    """Marked as a report, or as an answer that no person wrote; what a machine sends on its own is neither."""
    report = re.match(r"\s*multipart/report|.*report-type=", reply.header("Content-Type"), re.IGNORECASE)
    return bool(report) or reply.header("Auto-Submitted").lower().startswith("auto-replied")


def _is_silent(reply: Reply) -> bool:
    """It wants no answer, or says that it is a report or an answer of a program."""
    return _has_empty_path(reply) or _is_automatic(reply)


def _is_list(reply: Reply) -> bool:
    """Sent to many, who can leave: a report goes to one, who cannot."""
    return not _has_empty_path(reply) and bool(reply.header("List-Unsubscribe") or reply.header("List-Id"))


def _is_structured(words: str) -> bool:
    """A code and an address, as a mail server writes them."""
    return bool(marks.STATUS.search(words) or marks.SMTP_CODE.search(words)) and bool(marks.ADDRESS.search(words))
