"""Recognise messages that no person wrote: own copies, abuse reports, receipts, invitations, automatic replies, spam.

The order of the tests is: bounce → abuse → receipt → calendar → automatic reply → spam. Headers decide before words,
because four of five automatic replies have a header and words can be quoted.
Some marks show that a program answers: a header of an autoresponder, an absence, a receipt. Others show only that a
program wrote; unsolicited notices (from a code forge, a bank, a parcel service, a phisher) have them too. These marks
make an automatic reply only of a message that shows in another way that it answers us.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from mailroom.mime import body_text
from mailroom.mime.headers import untagged
from prober.campaign.letters.mime import PREFLIGHT
from prober.domain.correspondence import Event, Reply
from prober.studies.packs import PhraseTable, read_phrases
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import caseless, find, normal

Finding = tuple[Event, str, str]  # event, rule, words
OWN_LETTER = "own.letter"  # the rule of a letter that one of us wrote by hand

MACHINES = PhraseTable(read_phrases(Path(__file__).with_name("phrases.toml")))  # wordings of programs, in any language
_ROBOT = linear(r"(?:no-?_?reply|do-?_?not-?_?reply|noreply|auto-?(?:reply|mail|response)\w*|robot)\b")
_TRACE = linear(
    r"^[ \t>]*(?:return-path|received|message-id|dkim-signature|x-originating-ip|feedback-type|source-ip):",
    re.IGNORECASE | re.MULTILINE,
)


def _any_case(meaning: str) -> re.Pattern[str]:
    """Return the one pattern of `meaning`, for text as written."""
    return linear(MACHINES.of(meaning)[0], re.IGNORECASE)


# Senders who forward complaints, and signs that a complaint is about our letter: its headers or our host.
_ABUSE_DESK = linear(MACHINES.of("abuse_desk")[0])
_FROM_HOST = _any_case("from_host")
_UNSUBSCRIBE = _any_case("unsubscribe")
_RECEIPT_SUBJECT, _RECEIPT_TEXT = _any_case("receipt_subject"), _any_case("receipt_text")
_MEETING_SUBJECT = _any_case("meeting_subject")


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
    if _UNSUBSCRIBE.fullmatch(reply.subject) or reply.header("X-Apple-Unsubscribe"):
        return Event.ABUSE, "abuse.unsubscribe", reply.subject
    sender = f"{reply.from_address} {reply.from_name}".lower()
    listed = reply.header("List-Id") or reply.header("List-Unsubscribe")
    if listed or not _ABUSE_DESK.search(sender) or body_text.repeats(reply.subject):
        return None
    head = f"{reply.subject}\n{reply.full_text[:600]}"
    words = find(MACHINES.of("complaint"), normal(head))
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


_ADVERT = _any_case("plain_advert")


def spam(reply: Reply) -> Finding | None:
    """Recognise mail marked by the server's filter, mailing lists and advertising. It is kept and never dropped."""
    if reply.header("X-Spam-Flag").lower().startswith("yes") or reply.header("X-Spam-Status").lower().startswith("yes"):
        return Event.SPAM, "spam.header", "X-Spam-Flag"
    if reply.header("List-Id") or (reply.header("List-Unsubscribe") and not reply.references):
        return Event.SPAM, "spam.list", "List-Id" if reply.header("List-Id") else "List-Unsubscribe"
    if reply.header("Precedence").lower() in ("bulk", "list", "junk"):
        return Event.SPAM, "spam.precedence", f"Precedence: {reply.header('Precedence')}"
    text = f"{reply.subject}\n{reply.text}"
    words = [] if reply.references else _ADVERT.findall(text)
    if len(words) >= 2:
        return Event.SPAM, "spam.words", ", ".join(words[:3])
    return None


AUTOMATIC_RULES: tuple[Callable[[Reply], Finding | None], ...] = (abuse, read_receipt, calendar)


AWAY = "auto.away"  # the rule of an absence that is known by words alone
MARK = "auto.mark"  # the rule of what programs put above or below their own words and those of persons
THANKS = "auto.thanks"  # the rule of the words of a receipt, by which a letter of a person may begin too
COURTESY = "auto.x-auto-response-suppress"  # the rule of a header that asks for no automatic reply; persons send it too
_SUBJECT = _any_case("answer_subject")
_SUBJECT_PLAIN = linear(fold(_SUBJECT.pattern), re.IGNORECASE)  # typed without accents
# A line break after a long line is part of running text and ends no sentence.
_SENTENCES = linear(r"(?<=[.;?!])\s+|(?<!.{60})\n|\n(?=\n)")


def _says(words: str) -> re.Pattern[str]:
    return linear(words, re.IGNORECASE)


_ANSWER_HEADERS = (
    ("auto-submitted", _says(r"^auto-replied")), ("auto-submited", _says(r"^auto-replied")),
    ("x-autogenerated", _says(r"repl|response")), ("x-apple-action", _says(r"vacation")),
    ("precedence", _says(r"auto.?reply")), ("x-precedence", _says(r"auto.?reply")),
    ("x-mailer", _says(r"vacation|autorespond")), ("delivered-to", _says(r"^autoresponder")),
)  # fmt: skip
# Names of headers of autoresponders, which follow no standard.
_ANSWER_NAME = linear(
    r"x-(?:\w+-)?\w{0,2}auto-?(?:respon(?:se|d|der|ded)|repl(?:y|ied))(?:-from)?|x-(?:\w+-)?vacation(?:-\w+)?",
    re.IGNORECASE,
)
_LOOP = "X-MS-Exchange-Inbox-Rules-Loop"
_MACHINE_HEADERS = (
    ("auto-submitted", _says(r"^auto-(?!generated \(owner)")), ("auto-submited", _says(r"^auto")),
    ("x-facebook-notify", _says(r".")), ("x-auto-response-suppress", _says(r"\ball\b")),
)  # fmt: skip
# Mail programs of people.
_CLIENT = linear(
    r"\b(?:iphone|ipad|apple|android) ?mail\b|\bthunderbird|\bmicrosoft outlook\b|\boutlook express|webclient|"
    r"worldclient|\broundcube|squirrelmail|\bfoxmail|\bhorde\b|\bevolution\b|\bthe bat\b|\bk-9 mail|rainloop|"
    r"claws mail|\bmutt\b|\bem client|bluemail|windows live mail|\baquamail|\bkmail|\bseamonkey"
)
_SIGNED = linear(r"\s{1,9}--[ \t]?\n((?:[^\n>][^\n]{0,300}\n?){1,3})")
_READ = 1_500  # first characters, in which a program says that it is one
_LONG = 3_000  # characters; a longer letter is taken for a person's


def answer_header(reply: Reply) -> Finding | None:
    """Find a header of an autoresponder. `Auto-Submitted: no` means the opposite (RFC 3834).

    Exchange names the mailbox whose rule sent the message: in an absence notice it is the sender's, in a redirected
    letter another one.
    """
    for name, value in reply.headers:
        if _ANSWER_NAME.fullmatch(name) and value.strip().lower() not in ("", "no", "false", "0"):
            return Event.AUTO_ACK, f"auto.{name.lower()}", f"{name}: {value}"[:200]
    if reply.from_address and reply.header(_LOOP).strip().lower() == reply.from_address.lower():
        return Event.AUTO_ACK, f"auto.{_LOOP.lower()}", f"{_LOOP}: {reply.from_address}"
    return _header(reply, _ANSWER_HEADERS)


def answer_subject(reply: Reply) -> Finding | None:
    pattern = _SUBJECT_PLAIN if reply.subject.isascii() else _SUBJECT
    subject = pattern.search(reply.subject)
    return (Event.AUTO_ACK, "auto.subject", subject[0]) if subject else None


def answer_words(reply: Reply) -> Finding | None:
    """Recognise an automatic reply without a header by its words; long letters are left to the rules for persons."""
    text = _beginning(reply)
    if words := _affirmed(MACHINES.of("sender_proof", "challenge", "answers"), text):
        return Event.AUTO_ACK, "auto.words", words
    away = find(MACHINES.of("away"), text)
    by_a_person = away and (
        typed(reply) or find(MACHINES.of("question"), text) or find(MACHINES.of("by_hand"), normal(reply.full_text))
    )
    return (Event.AUTO_ACK, AWAY, away) if away and not by_a_person else None


def machine_header(reply: Reply) -> Finding | None:
    if _has_empty_path(reply) and is_bulk(reply):
        return Event.AUTO_ACK, "auto.bulk_without_path", "Return-Path: <>"
    marked = _header(reply, _MACHINE_HEADERS)
    return None if marked and marked[1] == COURTESY and typed(reply) else marked


def machine_words(reply: Reply) -> Finding | None:
    text = _beginning(reply)
    for rule, words in (
        ("auto.words", _affirmed(MACHINES.of("program"), text)),
        (THANKS, _affirmed(MACHINES.of("thanks"), text)),
        ("auto.frame", find(MACHINES.of("frame", "system_received"), text)),
        (
            MARK,
            text and (body_text.opening_mark(reply.full_text) or find(MACHINES.of("program", "frame"), _signed(reply))),
        ),
    ):
        if words:
            return Event.AUTO_ACK, rule, words
    return None


def machine_sender(reply: Reply) -> Finding | None:
    """Recognise a sender like "noreply". A document, or "Re:" and a question, may be an office's letter."""
    asks = body_text.repeats(reply.subject) and find(MACHINES.of("question"), _beginning(reply))
    if not _ROBOT.match(reply.from_address) or reply.attachments or asks:
        return None
    return Event.AUTO_ACK, "auto.sender", reply.from_address


def machine_empty_path(reply: Reply) -> Finding | None:
    """Recognise an empty return path on a message that is no bounce: only programs send one."""
    if not _has_empty_path(reply) or reply.attachments or typed(reply):
        return None
    return Event.AUTO_ACK, "auto.return_path", "Return-Path: <>"


ANSWER_RULES: tuple[Callable[[Reply], Finding | None], ...] = (answer_header, answer_subject, answer_words)
MACHINE_RULES: tuple[Callable[[Reply], Finding | None], ...] = (
    machine_header,
    machine_words,
    machine_sender,
    machine_empty_path,
)


def first(rules: tuple[Callable[[Reply], Finding | None], ...], reply: Reply) -> Finding | None:
    return next((found for rule in rules if (found := rule(reply))), None)


def answers_us(reply: Reply) -> bool:
    """Return True if the message shows that it answers a letter of ours: a token, a reference, "Re:", a receipt.

    Messages of a mailing list do not count: they refer to what others wrote there. An empty return path together with a
    header of a program does not count either: notices of a full mailbox, a held letter or a parcel have both.
    """
    if any(untagged(address) != address for address in reply.to):
        return True
    if reply.header("List-Id"):
        return False
    ours = {address.rpartition("@")[2] for address in reply.to}
    refers = any(reference.rstrip(">").rpartition("@")[2].lower() in ours for reference in reply.references)
    return (
        refers
        or body_text.repeats(reply.subject)
        or bool(find(MACHINES.of("system_received", "receipt"), _beginning(reply)))
    )


def typed(reply: Reply) -> bool:
    """Return True if the message names a mail program of people."""
    return bool(_CLIENT.search(caseless(f"{reply.header('User-Agent')} {reply.header('X-Mailer')}")))


def challenges(reply: Reply) -> bool:
    """Return True if a filter holds a letter until its sender has shown to be a person."""
    return bool(find(MACHINES.of("sender_proof", "challenge"), _beginning(reply)))


def held(reply: Reply) -> str:
    """Return the words by which a program says that our letter is held back and not delivered yet; or ""."""
    return find(MACHINES.of("sender_proof", "held_back"), _beginning(reply))


def is_bulk(reply: Reply) -> bool:
    """Return True for bulk mail of no mailing list: autoresponders and ticket systems send it (RFC 3834)."""
    listed = reply.header("List-Id") or reply.header("List-Unsubscribe")
    return reply.header("Precedence").strip().lower() in ("bulk", "junk") and not listed


def carries_answer(reply: Reply) -> bool:
    """Return True if a portal sends the answer that a person wrote there."""
    return bool(find(MACHINES.of("carried"), _beginning(reply)))


def _has_empty_path(reply: Reply) -> bool:
    return reply.header("Return-Path").strip() == "<>"


def _header(reply: Reply, table: tuple[tuple[str, re.Pattern[str]], ...]) -> Finding | None:
    for name, pattern in table:
        value = reply.header(name)
        if value and pattern.search(value):
            return Event.AUTO_ACK, f"auto.{name}", f"{name}: {value}"[:200]
    return None


def _beginning(reply: Reply) -> str:
    return _read(reply.text)


def _signed(reply: Reply) -> str:
    """Return the first lines below the mark of a signature that follows the text."""
    below = _SIGNED.match(reply.full_text, len(reply.text)) if reply.full_text.startswith(reply.text) else None
    return normal(below[1]) if below else ""


@lru_cache(maxsize=1)  # four rules read the same message
def _read(text: str) -> str:
    text = normal(text)
    return text[:_READ] if len(text) < _LONG else ""


def _affirmed(patterns: tuple[str, ...], text: str) -> str:
    """Return the words of `patterns` in `text`, outside of sentences that doubt or ask whether it is automatic."""
    words = find(patterns, text)
    if not words:
        return ""
    doubted = [
        piece
        for piece in _SENTENCES.split(text)
        if find(MACHINES.of("automatic"), piece) and find(MACHINES.of("doubt"), piece)
    ]
    for piece in doubted:
        text = text.replace(piece, " ")
    return find(patterns, text) if doubted else words
