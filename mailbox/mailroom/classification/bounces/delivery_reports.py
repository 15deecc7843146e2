"""Recognise a delivery report and read what it says of each recipient, by RFC 3464, then by ordered rules.

The marks of the outermost message decide which messages can be a report at all. Half of public bounces have no
machine-readable report, and an ordinary reply may quote, forward or complain about one, so words alone never make a
report: the sender must be one that sends reports.
flufl.bounce 6.0.0 is not used: of 259 machine mails of ours it finds 128, since most have words and no machine-readable
report, and on some it raises AttributeError. A test checks that on well-formed reports both give the same result.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mailroom.classification import machine_mail
from mailroom.classification.bounces import bounce_patterns as marks
from mailroom.classification.bounces import permanence
from mailroom.classification.bounces.forwarded_reports import passed_on
from mailroom.mime import body_text
from mailroom.mime.headers import untagged
from prober.domain.correspondence import Recipient, Reply
from prober.text.patterns import linear
from prober.text.words import caseless

_EMPTY_PATH = linear(r"\s*<(?:>|mailer-daemon\b)", re.IGNORECASE)
_REPORT_TYPE = linear(r"\s*multipart/report|.*report-type=", re.IGNORECASE)
_BLANK_LINES = linear(r"\n\s*\n")
_LINE = linear(r"^[ \t]{0,9}[_=*-]{20,}[ \t]*$", re.MULTILINE)
_FIELD_NAME = linear(r"[A-Za-z][\w-]*")
_ADDRESS_TYPE = linear(r"\s*[\w.-]+\s*")  # RFC 3464, 2.1.2


def sends_reports(reply: Reply) -> bool:
    """Return True if a machine-readable report may be the sender's own, not one that a person forwards or encloses."""
    encloses = any(attached.media_type == "message/rfc822" for attached in reply.attachments)
    bare = not reply.text and not encloses
    return bare or _is_mailer(reply) or _may_be_mailer(reply) or _is_silent(reply)


def may_report_in_words(reply: Reply) -> bool:
    """Return False if the message cannot be a report in words. This cheap test excludes nearly all letters."""
    if machine_mail.typed(reply):
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
    answers = machine_mail.answer_subject(reply) or machine_mail.challenges(reply)
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
    sent = _says(marks.SENT, said) or any(untagged(sender) in ours for sender in marks.SENDER.findall(caseless(said)))
    return not token and not plain and not sent and not _returns_letter(reply, words)


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
        certain = certain or robot and subject and failed  # by its address, its name and what it says
        gateway = bool(marks.OFTEN_MAILER.match(reply.from_address)) and not marks.GREETING.match(words)
        certain = certain or gateway and subject and _says(marks.STRONG, words)
        return named and certain and (subject or failed and (silent or structured))
    if marks.GREETING.match(words) and not structured and not robot:
        return False
    if subject and (_has_empty_path(reply) and not robot or not reply.from_address and _hides_path(reply)):
        return failed or structured
    strong = robot and _says(marks.STRONG, words)
    plain = subject or failed and (structured or _declares_report(reply))
    return named and (silent and plain or strong and (structured or _hides_path(reply)))


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.search(caseless(text)))


def _has_subject(reply: Reply) -> bool:
    return _says(marks.SUBJECT, reply.subject)


def _has_empty_path(reply: Reply) -> bool:
    return bool(_EMPTY_PATH.match(reply.header("Return-Path")))


def _hides_path(reply: Reply) -> bool:
    """Return True for an empty return path, or none in the stored message."""
    return _has_empty_path(reply) or not reply.header("Return-Path")


def _is_mailer(reply: Reply) -> bool:
    """Return True for the address or the name of a mailer, and for a sender that has no address at all."""
    named = _hides_path(reply) and bool(marks.MAILER_NAME.search(reply.from_name))
    nameless = not reply.from_address and _has_empty_path(reply)
    return named or nameless or bool(marks.MAILER.match(reply.from_address))


def _may_be_mailer(reply: Reply) -> bool:
    names = (marks.MAILER_NAME, marks.OFTEN_MAILER_NAME)
    return bool(marks.OFTEN_MAILER.match(reply.from_address)) or any(name.search(reply.from_name) for name in names)


def _is_automatic(reply: Reply) -> bool:
    """Return True for a message marked as a report or an automatic answer; other mail of programs is neither."""
    report = _REPORT_TYPE.match(reply.header("Content-Type"))
    return bool(report) or reply.header("Auto-Submitted").lower().startswith("auto-replied")


def _declares_report(reply: Reply) -> bool:
    """Return True for a header that promises a delivery report; its part for programs may be broken."""
    return "report-type=delivery-status" in reply.header("Content-Type").lower().replace('"', "")


def _is_silent(reply: Reply) -> bool:
    """Return True for an empty return path, or a message marked as a report or an automatic answer."""
    return _has_empty_path(reply) or _is_automatic(reply)


def _is_list(reply: Reply) -> bool:
    """Return True for a mailing list, which its recipients can leave; a report has no such header."""
    return not _has_empty_path(reply) and bool(reply.header("List-Unsubscribe") or reply.header("List-Id"))


def _is_structured(words: str) -> bool:
    """Return True if `words` has a code and an address, as a mail server writes them."""
    return bool(marks.STATUS.search(words) or marks.SMTP_CODE.search(words)) and bool(marks.ADDRESS.search(words))


MAX_RECIPIENTS = 500  # recipients of one report that are judged; a letter of ours has one
MAX_DIAGNOSTIC = 3_000  # characters of one server's answer
MAX_NAMED = 50  # recipients of a report in words
_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})


class _Said(NamedTuple):
    """Hold the words of a report.

    `reasons` are the words without the SMTP session and a footer, which give no reasons; `ours` are the domains of our
    addresses.
    """

    subject: str
    words: str
    reasons: str
    ours: tuple[str, ...] = ()

    def of(self, address: str, words: str) -> str:
        """Return `words` with our own domain marked: what is wrong with it says nothing of `address`."""
        lower = caseless(words)
        for domain in self.ours:
            if domain in lower and domain != _domain(address).lower():
                words = re.sub(re.escape(domain), permanence.OUR_DOMAIN, words, flags=re.IGNORECASE)
        return words


def examine(reply: Reply) -> list[Recipient]:
    """Return the entries of a delivery report, one per recipient; [] if the message is none.

    The address is "" if a broken report does not name it. Positive notices ("delivered", "relayed") are entries too.
    """
    if found := _by_rules(reply):
        return found
    enclosed = passed_on(reply)
    return _by_rules(enclosed) if enclosed else []


def by_report(reply: Reply) -> list[Recipient]:
    """Read message/delivery-status (RFC 3464), one block per recipient.

    A person's letter that forwards or encloses a report is no report, nor is a challenge that has the form of one.
    """
    kinds = {kind for kind, _ in reply.parts}
    if not kinds & _REPORTS or "message/feedback-report" in kinds or not sends_reports(reply):
        return []
    if not _is_mailer(reply) and machine_mail.challenges(reply):
        return []
    said = _said(reply, _own_words(reply))
    for kind, text in reply.parts:
        if kind in _REPORTS:
            found = [entry for block in _blocks(text)[:MAX_RECIPIENTS] if (entry := _entry(block, said))]
            if found:
                return list(dict.fromkeys(found))
    return []


def by_header(reply: Reply) -> list[Recipient]:
    """Read X-Failed-Recipients (Exim and Gmail): the addresses are certain, the reason is in the text."""
    named = marks.ADDRESS.findall(reply.header("X-Failed-Recipients"))
    return _entries(named, _said(reply, _own_words(reply))) if named else []


def by_text(reply: Reply) -> list[Recipient]:
    """Read a mail system's report in words; the failed addresses are those named before the returned letter."""
    if _is_other_report(reply) or not may_report_in_words(reply):
        return []
    words = _own_words(reply)
    named = _named(words)
    failed = _failed(named, reply)
    if not reports_in_words(reply, words, failed):
        return []
    # Some mailers put the failed address into X-Original-To too, so it was taken for ours and is named again here.
    failed = failed or [a for a in named if a != reply.from_address and _labelled(words, a)][:MAX_NAMED]
    return _entries(failed or [""], _said(reply, words))


def by_notice(reply: Reply) -> list[Recipient]:
    """Read bounce, delivery and complaint notices in JSON, as Amazon SES sends them."""
    text = reply.full_text.lstrip()
    if not text.startswith("{") or "notificationType" not in text:
        return []
    unfolded = text.replace("!\n ", "").replace("\n ", "").replace("\n", "")
    try:
        notice = json.JSONDecoder().raw_decode(unfolded)[0]
        notice = json.loads(notice["Message"]) if "Message" in notice else notice
    except (ValueError, TypeError):
        return []
    bounce = notice.get("bounce") or notice.get("complaint") or {}
    out = []
    for entry in bounce.get("bouncedRecipients") or bounce.get("complainedRecipients") or []:
        status, diagnostic = str(entry.get("status") or ""), str(entry.get("diagnosticCode") or "")[:MAX_DIAGNOSTIC]
        judged = permanence.judge(status, diagnostic) if "bounce" in notice else permanence.BLOCKED
        out.append(Recipient(str(entry.get("emailAddress") or ""), status, judged, diagnostic[:300]))
    delivered = (notice.get("delivery") or {}).get("recipients") or []
    return out + [Recipient(str(address), "2.0.0", permanence.DELIVERED, "") for address in delivered]


RULES: tuple[Callable[[Reply], list[Recipient]], ...] = (by_report, by_header, by_notice, by_text)


def _by_rules(reply: Reply) -> list[Recipient]:
    return next((found for rule in RULES if (found := rule(reply))), [])


def _is_other_report(reply: Reply) -> bool:
    """Return True for a complaint, a receipt or an invitation.

    The rejection by a Sieve filter has the form of a receipt (RFC 5429, 2.1.1); a mailer sends it, not the reader.
    """
    kinds = {kind for kind, _ in reply.parts}
    if "message/disposition-notification" in kinds and not (_is_mailer(reply) and _has_subject(reply)):
        return True
    return not kinds.isdisjoint(("message/feedback-report", "text/calendar"))


def _blocks(text: str) -> list[dict[str, str]]:
    """Return the header blocks of a report, keys in lower case.

    A second Final-Recipient begins a new block even if the blank line before it is missing.
    """
    blocks: list[dict[str, str]] = []
    for chunk in _BLANK_LINES.split(text):
        fields: dict[str, str] = {}
        key = ""
        for line in chunk.split("\n"):
            name, colon, value = line.partition(":")
            if line[:1] in " \t" and key:
                fields[key] += " " + line.strip()
            elif colon and _FIELD_NAME.fullmatch(name.strip()):
                key = name.strip().lower()
                if key == "final-recipient" and key in fields:
                    blocks.append(fields)
                    fields = {}
                fields.setdefault(key, value.strip())
        if fields:
            blocks.append(fields)
    return blocks


def _entry(block: dict[str, str], said: _Said) -> Recipient | None:
    recipient = block.get("original-recipient") or block.get("final-recipient") or ""
    if not (recipient or "action" in block and "status" in block):
        return None
    address = _after_type(block.get("final-recipient", "")) or _after_type(recipient)
    diagnostic = (_after_type(block.get("diagnostic-code", "")) or block.get("x-notes", ""))[:MAX_DIAGNOSTIC]
    status = (marks.STATUS.search(block.get("status", "")) or [""])[0]
    action = (block.get("action", "").split() or [""])[0].lower().strip(";,()")
    told = marks.STATUS.search(diagnostic)
    if told and (not status or status.endswith(".0.0")) and action != "delayed":
        status = told[0]
    elif status == "4.0.0" and action == "failed" and marks.SMTP_CODE.match(diagnostic) and diagnostic[0] == "5":
        status = "5.0.0"  # a code without detail says less than the server's answer
    words = diagnostic if len(diagnostic) > 12 and not diagnostic.lower().startswith("unknown") else ""
    context = words or _context(address, said.subject, said.reasons)
    late = permanence.after_data(f"{diagnostic}\n{_near(address, said.words)}")
    judged = permanence.judge(status, said.of(address, context), action, late)
    return Recipient(address, status, judged, " ".join((diagnostic or context).split())[:300])


def _after_type(value: str) -> str:
    """Return the value after its type: `a@b.test` for `rfc822; a@b.test`."""
    head, semicolon, tail = value.partition(";")
    value = tail if semicolon and _ADDRESS_TYPE.fullmatch(head) else value
    return value.strip().strip("<>\"'").strip()


def _entries(addresses: list[str], said: _Said) -> list[Recipient]:
    """Return an entry for each address, judged by the lines after it, else by the whole text."""
    out = []
    unique = tuple(dict.fromkeys(addresses))
    for address in unique:
        others = tuple(other for other in unique if other not in (address, ""))
        context = _context(address, said.subject, said.reasons, others)
        status = (marks.FAILED_STATUS.search(context) or [""])[0]
        if not status and (code := marks.SMTP_CODE.search(context)):
            status = f"{code[0][0]}.0.0"
        whole = context if said.reasons == said.words else _context(address, said.subject, said.words, others)
        judged = permanence.judge(status, said.of(address, context), after_data=permanence.after_data(whole))
        out.append(Recipient(address, status, judged, " ".join(context.split())[:300]))
    return out


def _context(address: str, subject: str, own: str, others: tuple[str, ...] = ()) -> str:
    """Return the lines about one address if they give a reason; else subject and text, without what names `others`."""
    near = _near(address, own, others)
    if permanence.explains(near):
        return near
    return "\n".join((subject, *(line for line in own[:2000].split("\n") if not _names_any(line, others))))


def _near(address: str, text: str, others: tuple[str, ...] = ()) -> str:
    """Return the lines from the one that names `address` up to the next that names another address.

    If they give no reason, the lines before are included, back to the last that names one of `others`.
    """
    at = text.lower().find(address.lower()) if address else -1
    if at < 0:
        return ""
    start = text.rfind("\n", 0, at) + 1
    lines = text[start : start + 1200].split("\n")
    end = 1
    while end < len(lines) and not _names_another(lines[end], address) and not _names_any(lines[end], others):
        end += 1
    after = "\n".join(lines[:end])
    if permanence.explains(after):
        return after
    before = text[max(0, start - 400) : start].split("\n")
    theirs = next((n for n in range(len(before), 0, -1) if _names_any(before[n - 1], others)), 0)
    return "\n".join(before[theirs:]) + after


def _names_any(line: str, addresses: tuple[str, ...]) -> bool:
    line = line.lower()
    return any(address in line for address in addresses)


def _names_another(line: str, address: str) -> bool:
    found = marks.ADDRESS.match(line.strip(" <\t"))
    return bool(found) and found[0].lower().rstrip(":>") != address.lower()  # type: ignore[index]


def _said(reply: Reply, words: str) -> _Said:
    ours = {_domain(address).lower() for address in reply.to if untagged(address) != address}
    return _Said(reply.subject, words, permanence.without_talk(_without_footer(words)), tuple(ours - {""}))


def _own_words(reply: Reply) -> str:
    """Return the mailer's own text, before the returned letter."""
    text = reply.full_text
    cut = marks.ORIGINAL.search(text, min(40, len(text)))
    return text[: min(cut.start(), 20_000)] if cut else text[:6000]


def _without_footer(words: str) -> str:
    """Return `words` without what a gateway adds below a line: a disclaimer, a note that it looked for viruses."""
    line = max((found.start() for found in _LINE.finditer(words)), default=0)
    footer = words[line:]
    says = marks.ADDRESS.search(footer) or _says(marks.FAILURE, footer)
    return words[:line] if line and not says else words


def _named(text: str) -> list[str]:
    """Return every address in `text` that is no mailer's, once, in lower case."""
    text = marks.LINK.sub("", text)
    text = "\n".join(line for line in text.split("\n") if not marks.ASIDE.search(caseless(line)))
    named = [found.rstrip(".") for found in marks.LABELLED.findall(text)]
    lines = (line for line in text.split("\n") if len(line.strip()) < 200)
    named += [found[0] for line in lines if (found := marks.ADDRESS.search(line))]
    unique = dict.fromkeys(address.strip("<>'\"").lower().removeprefix("smtp=") for address in named)
    return [address for address in unique if address and not marks.MAILER.match(address)]


def _failed(named: list[str], reply: Reply) -> list[str]:
    """Return the named addresses that are neither ours nor the sender's: those that failed.

    We write to no address at the domain of our own address with a token: what looks like one there is a Message-ID.
    """
    ours = {untagged(address) for address in (*reply.to, reply.from_address)}
    domains = {_domain(address) for address in reply.to if untagged(address) != address}
    return [a for a in named if untagged(a) not in ours and _domain(a) not in domains][:MAX_NAMED]


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _labelled(text: str, address: str) -> bool:
    return any(found.lower() == address for found in marks.LABELLED.findall(text))


def undelivered(recipients: Sequence[Recipient]) -> bool:
    """Return True if a report says that a letter finally did not arrive: dead, blocked, or a code of class 5.

    A full mailbox is "temporary" for the address, but a report of 5.2.2 says that this letter is lost.
    """
    return any(
        entry.permanence in (permanence.DEAD, permanence.BLOCKED)
        or (entry.permanence == permanence.TEMPORARY and entry.status.startswith("5"))
        for entry in recipients
    )
