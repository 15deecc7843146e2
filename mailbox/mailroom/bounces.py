"""Is a message a delivery report, and what does it say of each recipient? RFC 3464 first, then ordered rules.

Half of public bounces hold no report a program can read, and an ordinary reply may quote one; so text alone never makes a
bounce: it takes a machine's mark as well (a mailer's address, an empty return path, a report's structure or subject).
"""

import json
import re
from collections.abc import Callable

from mailroom import permanence
from prober.correspondence import Recipient, Reply

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*\.?[\w-]+", re.UNICODE)
_FAILED_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_SMTP_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -](?:[245]\.\d|\S))")
_MAILER = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|mdaemon|postmaster|mail-?delivery\S*|bounces?|mail\.?administrator|mail-?system|delivery|"
    r"mailer|ndr|post_?master|no-?reply-bounce|microsoftexchange[0-9a-f]+|exchange|smtp|mail_delivery\S*|maildelivery\S*|mailsystem)(?:[+=-].*)?@",
    re.IGNORECASE,
)
_MAILER_NAME = re.compile(
    r"mail(?:er)?[ -]?daemon|mail delivery|delivery (?:sub)?system|postmaster|system administrator|mail (?:system|administrator)|microsoft (?:exchange|outlook)|"
    r"internet mail delivery|mail deliver|returned mail|hệ thống (?:gửi )?thư|quản trị (?:hệ thống )?thư|delivery agent|mail gateway",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|failed|problem|error|has failed|report|to the following|notification|delayed|unsuccessful|of your message)|(?:mail|message) (?:delivery|could not|you sent|not delivered|has not been|status|system error|deliver)|"
    r"returned (?:mail|e-?mail|to sender|message)|returning (?:message|mail|your)|failure notice|failure delivery|failed (?:mail|delivery|message)|mail failure|non[- ]?(?:delivery|remis)|nondeliver|non recapit|unzustellbar|rejected (?:mail|posting|message)|message (?:rejected|refused|undeliverable|blocked)|"
    r"bounced? (?:mail|message)|user unknown|mail (?:error|bounce|rejected|undelivered|system)|warning: (?:message|could not|e-?mail|mail)|delayed mail|could not (?:send|be delivered|deliver)|not delivered|can'?t be delivered|error sending|e-?mail (?:could|not|error)|"
    r"không (?:thể )?(?:gửi|chuyển|phát) (?:được|thư|email|tới|đến)|thư (?:bị )?trả lại|gửi thư (?:không thành công|thất bại)|lỗi gửi thư|thư không gửi được|chưa gửi được|thông báo (?:không gửi|lỗi gửi|trạng thái)|"
    r"\bdsn\b|\bndr\b|error mail|loop alert|mensaje devuelto|devolu|notification d'état|auto_?notify",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"(?:could|can|was|were|has|have|is|will|did)(?: ?not|n'?t)(?: be| been)?(?: able to)?(?: successfully)? (?:deliver|sen[dt]|reach|accepted|find|process|forward|receive|found|relay)|undeliver|deliver\w*(?: \w+){0,6} (?:fail|unsuccess|problem|delayed|not possible|error|refused|rejected|following|suspended)|fail\w*(?: \w+){0,4} (?:deliver|recipient|address|to send)|"
    r"unable to (?:deliver|relay|send|contact|connect|reach|transmit|process|find|complete)|permanent(?:ly)? (?:error|failure|fatal|fail)|fatal error|returned (?:mail|to sender|by|for|below|as|due)|bounced|no such (?:user|recipient|address|mailbox|account)|user (?:unknown|is unknown|not found|doesn|account|does)|unknown (?:user|recipient|address|local)|mailbox (?:is |was )?(?:full|unavailable|not found|size|disabled|exceed|does)|"
    r"over quota|quota exceed|does ?n[o']t exist|(?:message|mail|e-?mail) (?:was|has been|is|could|you sent|that you sent|not|you tried|from) .{0,40}(?:reject|refus|return|not |block|delay|undeliv|cannot)|delivery (?:status|attempt|time|has been)|rejected|refused|invalid (?:recipient|address|mailbox|user)|smtp (?:error|code)|remote (?:host|server) (?:said|answer|respon|return)|"
    r"(?<!\d)[45]\d\d[ -](?:[45]\.\d\.\d|\w)|[45]\.\d\.\d|could not be found|not listed in|"
    r"không (?:thể )?(?:gửi|chuyển|phát)(?: được)?|không tồn tại|hộp thư(?: đã)?(?: bị)? đầy|bị từ chối|không tìm thấy|gửi không thành công|chưa (?:được )?(?:gửi|phát)",
    re.IGNORECASE,
)  # fmt: skip
# Lines that name an address to write to, or an identifier that looks like one.
_ASIDE = re.compile(
    r"\b(?:contact|assistance|help ?desk|support|questions?|liên hệ|message-?id|envelope-from|mail from)\b",
    re.IGNORECASE,
)
# A robot that is no mailer, and words that nobody but a mailer writes about a letter of ours.
_ROBOT = re.compile(r"^(?:no-?reply|do-?not-?reply|donotreply|system|admin|notification|robot|auto)\S*@", re.IGNORECASE)
_STRONG = re.compile(
    r"(?:could|can|was|were)(?: ?not|n'?t) be delivered|undeliverable|delivery (?:has )?failed|failed to deliver|delivery failure|"
    r"không (?:thể )?(?:gửi|chuyển|phát) được (?:thư|email|đến|tới)|thư (?:của (?:bạn|quý vị) )?(?:đã )?bị trả lại",
    re.IGNORECASE,
)
# Where the letter that came back begins; addresses after it are not the failed ones.
_ORIGINAL = re.compile(
    r"^(?:[-=_*> ]*(?:this is a copy of|below this line is|original message|the (?:body|header)s? of|returned message|message text follows|unsent message|undelivered message|included is|start of|headers? follow|message headers?|your (?:original )?message (?:is|was|follows|reads)|"
    r"the following is|copy of (?:the|your) message|original mail|text of (?:the )?message|message (?:content|body|follows|header)|rejected message|transcript of message|begin message|thư gốc|nội dung thư|bản sao).*|return-path:.*|received: (?:from|by).*|transcript of message.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_LABELLED = re.compile(
    r"\b(?:recipients?|to|users?|address(?:es)?|rcpt|following|failed|addressee|người nhận|địa chỉ|đến|tới|destination|for)(?:\s*[:=]\s*|\s+)(?:<|\[|\"|')?(?:smtp:)?("
    + _ADDRESS.pattern
    + ")",
    re.IGNORECASE,
)


def examine(reply: Reply) -> list[Recipient]:
    """What a delivery report says, one entry per recipient; [] if the message is none.

    An address that a broken report does not name is "". Positive notices ("delivered", "relayed") are entries too.
    """
    for rule in RULES:
        found = rule(reply)
        if found:
            return found
    return []


def by_report(reply: Reply) -> list[Recipient]:
    """message/delivery-status (RFC 3464), one block per recipient."""
    if any(kind == "message/feedback-report" for kind, _ in reply.parts):
        return []
    for kind, text in reply.parts:
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            found = [entry for block in _blocks(text) if (entry := _entry(block, reply))]
            if found:
                return list(dict.fromkeys(found))
    return []


def by_header(reply: Reply) -> list[Recipient]:
    """X-Failed-Recipients (Exim and Gmail): the addresses are sure, the reason is in the text."""
    named = _ADDRESS.findall(reply.header("X-Failed-Recipients"))
    return [_told(address, reply) for address in dict.fromkeys(named)]


def by_text(reply: Reply) -> list[Recipient]:
    """A machine's mark and a failure's words; the failed addresses are those that the text names before the original."""
    if not _is_machine(reply) or _is_other_report(reply):
        return []
    text = _own_words(reply)
    if not _FAILURE.search(text) and not _SUBJECT.search(reply.subject):
        return []
    named = _failed_addresses(text, reply)
    return [_told(address, reply) for address in named] or [_told("", reply)]


def by_notice(reply: Reply) -> list[Recipient]:
    """Bounce, delivery and complaint notices as JSON, the form in which Amazon SES sends them."""
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
        status, diagnostic = str(entry.get("status") or ""), str(entry.get("diagnosticCode") or "")
        judged = permanence.judge(status, diagnostic) if "bounce" in notice else permanence.BLOCKED
        out.append(Recipient(str(entry.get("emailAddress") or ""), status, judged, diagnostic[:300]))
    delivered = (notice.get("delivery") or {}).get("recipients") or []
    return out + [Recipient(str(address), "2.0.0", permanence.DELIVERED, "") for address in delivered]


RULES: tuple[Callable[[Reply], list[Recipient]], ...] = (by_report, by_header, by_notice, by_text)


def _is_machine(reply: Reply) -> bool:
    sender = bool(_MAILER.match(reply.from_address) or _MAILER_NAME.search(reply.from_name))
    empty_path = reply.header("Return-Path").strip() in ("<>", "<MAILER-DAEMON>") and bool(reply.headers)
    subject = bool(_SUBJECT.search(reply.subject))
    automatic = (
        reply.header("Auto-Submitted").lower().startswith("auto") or "report" in reply.header("Content-Type").lower()
    )
    answer = bool(re.match(r"(?:re|fwd?|tr|tl|trả lời|chuyển tiếp)\s*:", reply.subject, re.IGNORECASE))
    if sender:
        return subject or bool(_FAILURE.search(_own_words(reply)))
    if answer:
        return False
    if subject and (empty_path or automatic or not reply.from_address):
        return True
    words = _own_words(reply)
    if (empty_path or _ROBOT.match(reply.from_address)) and _STRONG.search(words) and _failed_addresses(words, reply):
        return True
    structured = bool(_STATUS.search(words) or _SMTP_CODE.search(words)) and bool(_ADDRESS.search(words))
    return (empty_path or subject) and structured and bool(_FAILURE.search(words))


def _is_other_report(reply: Reply) -> bool:
    return any(
        kind in ("message/feedback-report", "message/disposition-notification", "text/calendar")
        for kind, _ in reply.parts
    )


def _blocks(text: str) -> list[dict[str, str]]:
    """Header blocks of a report, keys in lower case. A missing blank line between recipients starts a block too."""
    blocks: list[dict[str, str]] = []
    for chunk in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in chunk.split("\n"):
            name, colon, value = line.partition(":")
            if line[:1] in " \t" and key:
                fields[key] += " " + line.strip()
            elif colon and re.fullmatch(r"[A-Za-z][\w-]*", name.strip()):
                key = name.strip().lower()
                if key == "final-recipient" and key in fields:
                    blocks.append(fields)
                    fields = {}
                fields.setdefault(key, value.strip())
        if fields:
            blocks.append(fields)
    return blocks


def _entry(block: dict[str, str], reply: Reply) -> Recipient | None:
    recipient = block.get("original-recipient") or block.get("final-recipient") or ""
    if not (recipient or "action" in block and "status" in block):
        return None
    address = _after_type(block.get("final-recipient", "")) or _after_type(recipient)
    diagnostic = _after_type(block.get("diagnostic-code", "")) or block.get("x-notes", "")
    status = (_STATUS.search(block.get("status", "")) or [""])[0]
    action = (block.get("action", "").split() or [""])[0].lower().strip(";,()")
    told = _STATUS.search(diagnostic)
    if told and (not status or status.endswith(".0.0")) and action != "delayed":
        status = told[0]
    words = diagnostic if len(diagnostic) > 12 and not diagnostic.lower().startswith("unknown") else ""
    context = words or _context(address, reply)
    late = permanence.after_data(f"{diagnostic}\n{_near(address, _own_words(reply))}")
    judged = permanence.judge(status, context, action, late)
    return Recipient(address, status, judged, " ".join((diagnostic or context).split())[:300])


def _after_type(value: str) -> str:
    """`rfc822; a@b.test` → `a@b.test`."""
    head, semicolon, tail = value.partition(";")
    value = tail if semicolon and re.fullmatch(r"\s*[\w.-]+\s*", head) else value
    return value.strip().strip("<>\"'").strip()


def _told(address: str, reply: Reply) -> Recipient:
    """What the text says of one address: the lines after it, else the whole of it."""
    context = _context(address, reply)
    status = (_FAILED_STATUS.search(context) or [""])[0]
    if not status and (code := _SMTP_CODE.search(context)):
        status = f"{code[0][0]}.0.0"
    judged = permanence.judge(status, context, after_data=permanence.after_data(context))
    return Recipient(address, status, judged, " ".join(context.split())[:300])


def _context(address: str, reply: Reply) -> str:
    """The lines about one address, where they say why; else subject and text together."""
    text = _own_words(reply)
    near = _near(address, text)
    return near if permanence.explains(near) else f"{reply.subject}\n{text[:2000]}"


def _near(address: str, text: str) -> str:
    """From the line that names `address` to the next that names another; the lines before it if those say nothing."""
    at = text.lower().find(address.lower()) if address else -1
    if at < 0:
        return ""
    start = text.rfind("\n", 0, at) + 1
    lines = text[start : start + 1200].split("\n")
    end = 1
    while end < len(lines) and not _names_another(lines[end], address):
        end += 1
    after = "\n".join(lines[:end])
    return after if permanence.explains(after) else text[max(0, start - 400) : start] + after


def _names_another(line: str, address: str) -> bool:
    found = _ADDRESS.match(line.strip(" <\t"))
    return bool(found) and found[0].lower().rstrip(":>") != address.lower()  # type: ignore[index]


def _own_words(reply: Reply) -> str:
    """The mailer's own text: before the returned original."""
    text = reply.full_text
    cut = _ORIGINAL.search(text, min(40, len(text)))
    return text[: cut.start()] if cut else text[:6000]


def _failed_addresses(text: str, reply: Reply) -> list[str]:
    ours = {*reply.to, reply.from_address, ""}
    text = "\n".join(line for line in text.split("\n") if not _ASIDE.search(line))
    named = [found.rstrip(".") for found in _LABELLED.findall(text)]
    lines = (line for line in text.split("\n") if len(line.strip()) < 200 and not _ASIDE.search(line))
    named += [found[0] for line in lines if (found := _ADDRESS.search(line))]
    unique = [a for a in dict.fromkeys(a.strip("<>'\"").lower() for a in named) if not _MAILER.match(a)]
    # Some mailers put the failed address into X-Original-To as well: then nothing else is left to name.
    return (
        [a for a in unique if a not in ours] or [a for a in unique if a != reply.from_address and _labelled(text, a)]
    )[:50]


def _labelled(text: str, address: str) -> bool:
    return any(found.lower() == address for found in _LABELLED.findall(text))


def undelivered(recipients: list[Recipient]) -> bool:
    """True if a report says that a letter did not arrive, for good: dead, blocked, or given up (a code of class 5).

    A full mailbox is "temporary" as a judgement on the address, yet a report of 5.2.2 says that this letter is lost.
    """
    return any(
        entry.permanence in (permanence.DEAD, permanence.BLOCKED)
        or (entry.permanence == permanence.TEMPORARY and entry.status.startswith("5"))
        for entry in recipients
    )
