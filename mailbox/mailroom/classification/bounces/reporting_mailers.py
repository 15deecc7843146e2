"""Decide whether a message was written by a mail system that reports, or only mentions a report.

The marks of the outermost message decide. Half of public bounces have no machine-readable report, and an ordinary reply
may quote, forward or complain about one, so words alone never make a report: the sender must be one that sends reports.
"""

import re

from mailroom.classification import auto_replies
from mailroom.classification.bounces import bounce_patterns as marks
from mailroom.mime import body_text
from mailroom.mime.headers import untagged
from prober.domain.correspondence import Reply
from prober.text.phrases import caseless


def sends_reports(reply: Reply) -> bool:
    """Return True if a machine-readable report may be the sender's own, not one that a person forwards or encloses."""
    encloses = any(attached.media_type == "message/rfc822" for attached in reply.attachments)
    bare = not reply.text and not encloses
    return bare or _is_mailer(reply) or _may_be_mailer(reply) or _is_silent(reply)


def may_report_in_words(reply: Reply) -> bool:
    """Return False if the message cannot be a report in words. This cheap test excludes nearly all letters."""
    if auto_replies.typed(reply):
        return False
    sender = _is_silent(reply) or _is_mailer(reply) or _may_be_mailer(reply) or marks.ROBOT.match(reply.from_address)
    return bool(sender) or _has_subject(reply)


def reports_in_words(reply: Reply, words: str, failed_addresses: list[str]) -> bool:
    """Return True if a message without a machine-readable report is a report in words.

    `words` is its own text, before the returned letter. `failed_addresses` are those in it that are neither ours nor
    its sender's.
    """
    if body_text.repeats(reply.subject):  # a postmaster may also be a person who answers
        return _is_mailer(reply) and _is_structured(reply.text) and _says(marks.FAILURE, reply.text)
    named = bool(failed_addresses)
    answers = auto_replies.answer_subject(reply) or auto_replies.challenges(reply)
    if answers or _is_bait(reply, words, named) or _is_aside(reply, words, named):
        return False
    if _is_mailer(reply):
        return _mailer_reports(reply, words, named)
    return not _is_list(reply) and _other_reports(reply, words, named)


def _is_bait(reply: Reply, words: str, named: bool) -> bool:
    """Return True for a link to fetch mail sent to us: phishing, or the list of our own filter."""
    if not reply.links:
        return False
    said = f"{reply.subject}\n{words}"
    lower = caseless(said)
    names_us = any(untagged(address) in lower for address in reply.to)
    if _says(marks.BAIT, said):
        return names_us or not named
    return names_us and not named and not _is_structured(words)


def _is_aside(reply: Reply, words: str, named: bool) -> bool:
    """Return True for a report about something else than a letter of ours: our mailbox, a letter to us, a parcel.

    Our letters have a token in their return address. A message to another address must show that it means a letter of
    ours; or its subject says that a letter failed, its sender is a mailer, and it names an address.
    """
    said = f"{reply.subject}\n{words}"
    ours = set(map(untagged, reply.to))
    if _says(marks.OURS, said) or any(untagged(to) in ours for to in marks.TO.findall(caseless(said))):
        return True
    token = any(untagged(address) != address for address in reply.to)
    plain = named and _has_subject(reply) and bool(marks.MAILER.match(reply.from_address))
    return not token and not plain and not _returns_letter(reply, words) and not _says(marks.SENT, said)


def _returns_letter(reply: Reply, words: str) -> bool:
    """Return True if the message has more than `words`: the returned letter, its header, or an identifier."""
    enclosed = any(attached.media_type == "message/rfc822" for attached in reply.attachments)
    return bool(enclosed or reply.parts or reply.embedded_ids or reply.references or len(reply.full_text) > len(words))


def _is_signed(reply: Reply, words: str) -> bool:
    """Return True for a postmaster's own letter: it can be answered, has a greeting, and says "I"."""
    personal = marks.GREETING.match(words) and _says(marks.ONESELF, words)
    return bool(personal) and not _hides_path(reply) and not _is_automatic(reply)


def _mailer_reports(reply: Reply, words: str, named: bool) -> bool:
    """Return True if a mailer's message is a report.

    In an unknown language it is one if its return path is empty and it names another address.
    """
    if _is_signed(reply, words):
        return False
    subject = _has_subject(reply)
    no_person = bool(marks.DAEMON.match(reply.from_address)) or _is_structured(words)
    failure = subject or _says(marks.FAILURE, words)
    hidden = _has_empty_path(reply) or _hides_path(reply) and not marks.GREETING.match(words)
    certain = hidden or subject or named and no_person
    return failure and certain or _has_empty_path(reply) and named


def _other_reports(reply: Reply, words: str, named: bool) -> bool:
    """Return True if the message of a sender that is not certainly a mailer is a report.

    A report has an empty return path or the like, and names an address that is not ours; a person who cannot reach us
    names our address.
    """
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
    """Return True for an empty return path, or none in the stored message."""
    return _has_empty_path(reply) or not reply.header("Return-Path")


def _is_mailer(reply: Reply) -> bool:
    named = _hides_path(reply) and bool(marks.MAILER_NAME.search(reply.from_name))
    return named or bool(marks.MAILER.match(reply.from_address))


def _may_be_mailer(reply: Reply) -> bool:
    names = (marks.MAILER_NAME, marks.OFTEN_MAILER_NAME)
    return bool(marks.OFTEN_MAILER.match(reply.from_address)) or any(name.search(reply.from_name) for name in names)


def _is_automatic(reply: Reply) -> bool:
    """Return True for a message marked as a report or an automatic answer; other mail of programs is neither."""
    report = re.match(r"\s*multipart/report|.*report-type=", reply.header("Content-Type"), re.IGNORECASE)
    return bool(report) or reply.header("Auto-Submitted").lower().startswith("auto-replied")


def _is_silent(reply: Reply) -> bool:
    """Return True for an empty return path, or a message marked as a report or an automatic answer."""
    return _has_empty_path(reply) or _is_automatic(reply)


def _is_list(reply: Reply) -> bool:
    """Return True for a mailing list, which its recipients can leave; a report has no such header."""
    return not _has_empty_path(reply) and bool(reply.header("List-Unsubscribe") or reply.header("List-Id"))


def _is_structured(words: str) -> bool:
    """Return True if `words` has a code and an address, as a mail server writes them."""
    return bool(marks.STATUS.search(words) or marks.SMTP_CODE.search(words)) and bool(marks.ADDRESS.search(words))
