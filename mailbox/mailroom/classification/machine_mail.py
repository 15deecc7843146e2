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

from mailroom.classification.phrase_table import MACHINES
from mailroom.mime import body_text
from mailroom.mime.headers import untagged
from prober.campaign.letters.tokens import PREFLIGHT
from prober.domain.correspondence import Event, Reply
from prober.text.patterns import linear
from prober.text.phrases import caseless, find, normal
from prober.text.vietnamese import fold

Finding = tuple[Event, str, str]  # event, rule, words
OWN_LETTER = "own.letter"  # the rule of a letter that one of us wrote by hand

# Senders who forward complaints, words of a complaint, and signs that it is about our letter: its headers or our host.
_ABUSE_DESK = linear(
    r"abuse|lạm dụng|complaint|feedback|fbl|staff@|spam|thư rác|\b(?:noc|soc|ir|c?s?irt|cert)@|ứng cứu|incident"
)
_UNSUBSCRIBE = linear(r"\W*(?:unsubscribe|opt[- ]?out|hủy đăng ký|ngừng nhận thư)\W*", re.IGNORECASE)
_ROBOT = linear(r"(?:no-?_?reply|do-?_?not-?_?reply|noreply|auto-?(?:reply|mail|response)\w*|robot)\b")
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
    if _UNSUBSCRIBE.fullmatch(reply.subject) or reply.header("X-Apple-Unsubscribe"):
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


_ADVERT = linear(MACHINES.of("plain_advert")[0], re.IGNORECASE)


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
COURTESY = "auto.x-auto-response-suppress"  # the rule of a header that asks for no automatic reply; persons send it too
# Matched at the beginning only: with "Re:" before it, a person answers an automatic reply or forwards it.
_SUBJECT = linear(
    r"^\W*(?:auto ?[\]:]|(?:thư |tin nhắn |email )?trả lời tự động|tự động trả lời|"
    r"phản hồi tự động|thư tự động|tự động phản hồi|thông báo tự động|"
    r"automatic (?:reply|response)|auto(?:matic)?[- ]?(?:reply|response|respond\w*|answer|acknowledg\w*)|"
    r"out[- ]of[- ](?:the[- ])?office|vắng mặt(?! (?:tại|ở|trong|khi) (?:buổi|cuộc|phiên|hội|họp))|nghỉ phép|"
    r"ooo\b|vacation (?:reply|notice|message|response)|absen(?:ce|t)(?! of\b)|away from|on (?:annual )?leave|"
    r"abwesenheit\w*|automatische antwort|réponse automatique|respuesta automática|risposta automatica|"
    r"自動(?:返信|応答)|自动回复|不在通知|автоответ|автоматический ответ)(?![^?]*\?\s*$)",
    re.IGNORECASE,
)
_SUBJECT_PLAIN = linear(fold(_SUBJECT.pattern), re.IGNORECASE)  # typed without accents
# Words of a program that answers.
_ANSWERS = (
    *MACHINES.of("sender_proof", "challenge"),
    r"(?:đây là|this is an?) (?:một )?[^.\n]{0,40}(?:(?:trả lời|phản hồi)[^.\n]{0,10} tự động|tự động (?:trả lời|"
    r"phản hồi)|automat\w+ (?:reply|response|acknowledge?ment|answer))",
    r"(?:^|[(\[*\n])(?:(?!\n)\s)*(?:thư|email|e-mail|mail|tin nhắn|thông báo) (?:trả lời|phản hồi) tự động\b",
    r"(?:thư|email|e-mail|tin nhắn) (?:này )?được (?:trả lời|phản hồi)(?: một cách)? tự động",
    r"(?:đã|được)[^.\n]{0,30}(?:ghi nhận|tiếp nhận)[^.\n]{0,60}\bmã(?: \w+){0,3}:? ?#?[a-z]{0,6}[-.]?\d[\d.-]{3,}",
    r"cảm ơn [^.!\n]{0,40}đã liên hệ[^\n]{0,80}(?:giờ (?:làm việc|hành chính)|làm việc từ|\d ?(?:h|giờ))",
    r"(?:thư|email|e-mail|tin nhắn|văn bản) (?:này )?(?:được )?(?:gửi|tạo|sinh)(?: ra)? (?:một cách )?tự động",
    r"(?:thư|email) (?:của )?[^.\n]{0,40}(?:đã|được)[^.\n]{0,30}hệ thống[^.\n]{0,30}(?:tiếp nhận|ghi nhận)",
    r"(?:hộp thư|địa chỉ(?: thư điện tử| email)?|email|tài khoản) này (?:hiện )?(?:không còn|đã ngừng|ngừng|"
    r"đã dừng|đã được thay)",
    r"thank you for (?:contacting|your (?:message|e-?mail|enquiry|inquiry|request))[^\n]{0,200}"
    r"(?:will (?:get back|respond|reply|be in touch|contact you)|has been (?:received|logged)|reference|ticket)|"
    r"your (?:message|e-?mail|request) has been received(?! (?:and|by) (?:i|me|we)\b)",
    r"(?:phiếu|yêu cầu|ticket|hồ sơ)\b[^.\n]{0,40}\bđã được (?:khởi )?(?:tạo|mở|cấp (?:số|mã))\b|"
    r"\byour (?:ticket|case|incident)\b[^.\n]{0,40} has been (?:logged|created|opened|received|registered)\b",
    r"(?:bạn|quý \w+|ông/bà|anh/chị) (?:đã|vừa) gửi[^.?\n]{0,30} thành công|"
    r"(?:câu hỏi|yêu cầu|phản ánh|kiến nghị|ý kiến)\b[^.?\n]{0,30} đã được gửi[^.?\n]{0,20} thành công",
    r"(?:bản sao|dưới đây là) (?:các |những )?(?:nội dung|thông tin) (?:mà )?(?:bạn|quý \w+|ông/bà|anh/chị) (?:đã|vừa) "
    r"gửi|\b(?:copy|summary) of (?:the |your )?(?:message|information|request|enquiry|inquiry)(?: that)? you "
    r"(?:have )?(?:sent|submitted)",
    r"\b(?:trả lời|phản hồi|thư|email|tin nhắn)\b(?: \w+){0,3} tự (?:sinh|tạo|phát sinh)\b",
    r"自动回复|自動回覆|自動返信|자동 ?(?:응답|회신)|автоответ|автоматический ответ",
)
_AWAY = (
    r"(?:tôi|chúng tôi|em|mình|cán bộ phụ trách)[^.\n]{0,40}(?:đang|hiện|sẽ)[^.\n]{0,25}(?:đi công tác|"
    r"vắng mặt|nghỉ phép|nghỉ thai sản|nghỉ chế độ|không có mặt)",
    # The subject is the writer: a colleague who answers would name the absent person.
    r"(?:^|[.;:!(\n])(?:(?!\n)\s)*(?:(?:tôi|chúng tôi|em|mình|cơ quan|văn phòng|sở|phòng)\b[^.\n,]{0,40}?)?"
    r"(?:đi công tác|vắng mặt|nghỉ phép|nghỉ lễ)[^.\n]{0,30}(?:từ ngày|đến (?:hết )?ngày|đến (?:hết )?\d)",
    r"\b(?:i am|i'm|i will be|we are)\b[^.\n]{0,40}\b(?:out of (?:the )?office|on (?:annual |maternity |"
    r"sick )?leave|away from|on vacation|on holiday)",
    r"\b(?:estaré|estoy|me encuentro) (?:fuera de|ausente|de vacaciones)",
    r"\b(?:estou|estarei) (?:fora do|ausente|de férias)|\bsono (?:fuori ufficio|assente|in ferie)\b",
    r"\bje (?:suis|serai) (?:\w+ )?(?:absente?|en congés?|en déplacement)\b",
    r"\bich bin\b[^.\n]{0,60}\b(?:nicht im (?:büro|haus)|abwesend|außer haus|im urlaub)\b",
    r"(?:нахожусь|буду) в отпуске|отсутству\w{1,30}+ (?:в офисе|на рабочем)|休假中|不在办公室|不在にして|부재 ?중",
)
# Signs that an absent person answers nevertheless: a question, a mobile phone, an answer at once, a deputy. A program
# asks no question, except whether the matter is urgent.
_QUESTION = (
    r"(?:^|[.?!;:\n])(?=[^.?!]{0,500}+\?)"
    r"(?![^.?!]*(?:\bgấp|khẩn|hỗ trợ|câu hỏi|thắc mắc|urgent|emergency|\bhelp\b|assistance|question))"
    r"[^.?!]*\b(?:hay|nào|gì|không|chưa|đâu|ai|mấy|bao nhiêu|what|which|who|when|where|(?:do|did|can|could|are) you)\b"
    r"[^.?!]*+\?",
)
_BY_HAND = (
    r"(?:gửi|viết) từ (?:iphone|ipad|điện thoại|thiết bị|zalo)|sent from my \w",
    r"trả lời (?:\w+ ){0,2}luôn\b|\blet me (?:answer|reply)|\b(?:tôi|em|mình) (?:trực|thay|nhận việc)\b",
)
# Words of a program that writes, in answer to a letter or not.
_MACHINE = (
    r"(?:đây là|this is an?) (?:một )?(?:thư|email|e-mail|tin nhắn|message|phản hồi|mail)?[^.\n]{0,40}(?:tự động|"
    r"automat\w+)",
    r"(?:thư|email|e-mail|tin nhắn) (?:này )?được (?:gửi|trả lời|tạo|sinh)(?: ra)? (?:một cách )?tự động",
    r"(?:^|[(\[*\n])(?:(?!\n)\s)*(?:thư|email|e-mail|mail|tin nhắn|thông báo)(?: \w+){0,3} tự động\b",
    r"(?:do not|don't|please do not) reply to this (?:e-?mail|message)",
    r"(?:thư|email|e-mail|tin nhắn|nội dung) (?:này )?được gửi (?:từ|qua|bởi) (?:biểu mẫu|form|hệ thống|website|"
    r"trang web|cổng)|(?:^|\n)[^\w\n]*(?:thông báo|thư|email|tin nhắn) từ (?:phần mềm|hệ thống)|"
    r"\b(?:mã|số|hồ sơ)\b[^\n]{0,40}\d{3}(?:.|\n){0,160}\btrạng thái(?: \w+){0,2} ?: ?\w|"
    r"theo dõi(?: [\w/]+){0,6}:? https?://",
    # Office systems name themselves and a state, ticket systems a number, chat tools say what they are and when they
    # are served. A person who answers through one says more than that.
    r"^[^\w]{0,9}(?:e-?office|i-?office|v-?office|qlvb\w*|help ?desk|service ?desk|hệ thống [^\]\n]{3,60}|"
    r"(?:viber|zalo|telegram|messenger|facebook|chat) ?(?:chat)?(?:bot|oa|official)\b[^\]:\n]{0,40})\s?[\]:]",
    r"\bđã được (?:tiếp nhận|ghi nhận|cập nhật|lưu|chuyển)\b[^.\n]{0,30} (?:vào|trên|qua|bởi) (?:hệ thống|phần mềm|"
    r"trục)\b",
    r"\btrạng thái(?: \w+){0,2} ?: ?(?:đã|đang|chờ|mới)\b[^\n]{0,60}\b(?:mã|số)\b[^\n]{0,20}\d{3}",
    r"\b(?:yêu cầu|phiếu|ticket|câu hỏi|sự vụ)(?: hỗ trợ)?(?: số)? ?#\d{2,12}\b",
    r"\b(?:tôi|mình|em|đây) là (?:trợ lý (?:ảo|số|ai)|chat ?bot|bot)\b",
    r"cảm ơn (?:quý \w+|bạn|ông/bà|anh/chị)[^.\n]{0,60}\b(?:liên hệ|nhắn tin|gửi (?:thư|email|tin|yêu cầu))(?:.|"
    r"\n){0,200}"
    r"\bsẽ (?:phản hồi|trả lời|liên hệ)[^.\n]{0,60}\b(?:giờ hành chính|giờ làm việc|\d+ ?(?:giờ|h)\b)",
    r"this (?:e-?mail|message) was sent (?:from|by|via|through) (?:a|the|your) (?:\w+ )?(?:contact )?(?:form|website)",
)
# Words that an office's system adds above or below a person's answer: that it has received a letter, or that replies to
# its address are not read.
_RECEIVED = (
    r"(?:^|[.,:;!\n])(?:(?!\n)\s)*(?:thông báo )?hệ thống(?: [\w/-]+){0,14} (?:đã|vừa) (?:tự động )?"
    r"(?:nhận|tiếp nhận|ghi nhận)"
)
_FRAME = (
    r"(?:(?:vui lòng|xin|đề nghị) (?:quý vị |ông/bà |bạn )?(?:không|đừng)|không (?:cần|phải)|đừng) (?:trả lời|phản hồi|"
    r"reply)(?: lại)? (?:vào |cho )?(?:thư|email|e-mail|mail|địa chỉ|tin nhắn)?(?: điện tử)? ?này",
    r"(?:vui lòng|xin vui lòng) (?:không|đừng) (?:trả lời|phản hồi|reply)\b",
    r"\bxin (?:không|đừng) (?:trả lời|phản hồi|reply)(?: lại)?[ .!)]*(?:\n|$)",
    _RECEIVED,
)
# Receipts of a letter, not of an order or a payment.
_RECEIPT = (
    _RECEIVED,
    r"(?:đã|vừa) (?:tiếp )?nhận (?:được )?(?:thư|email|e-mail|mail|yêu cầu|đề nghị|phiếu|văn bản|phản ánh|câu hỏi)\b",
    r"(?:thư|email|e-mail|mail|yêu cầu|đề nghị|phản ánh|câu hỏi)\b[^.\n]{0,40}\bđã được (?:tiếp nhận|ghi nhận|nhận)\b",
    r"\breceived your (?:message|e-?mail|letter|request|enquiry|inquiry)\b",
)
# A sentence with words of both lists asks whether a letter is automatic, or means a letter of ours.
_AUTOMATIC = (r"tự động|automat",)
_DOUBT = (
    r"(?:không|chưa) (?:rõ|biết|chắc|hiểu)\b|có phải|phải chăng|\bliệu\b|\btưởng\b|nếu (?:[\w/]+ ){0,4}là\b|\?\s*$|"
    r"(?:tự động|tự trả lời) (?:này )?(?:của|từ) (?:quý|các|nhóm|anh|chị|ông|bà|bạn)\b|"
    r"\b(?:whether|if this|is this|not sure|unsure|wonder\w*|your automat\w+)\b",
)
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
# A portal sends the answer that a person wrote there, below the question. A few words ("not yet") are no answer.
_CARRIED = (r"(?:^|\n)(?:nội dung )?(?:trả lời|phúc đáp)(?: của [^:\n]{1,60})? ?: ?[^\n]{30}",)
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
    if words := _affirmed(_ANSWERS, text):
        return Event.AUTO_ACK, "auto.words", words
    away = find(_AWAY, text)
    by_a_person = away and (typed(reply) or find(_QUESTION, text) or find(_BY_HAND, normal(reply.full_text)))
    return (Event.AUTO_ACK, AWAY, away) if away and not by_a_person else None


def machine_header(reply: Reply) -> Finding | None:
    if _has_empty_path(reply) and is_bulk(reply):
        return Event.AUTO_ACK, "auto.bulk_without_path", "Return-Path: <>"
    marked = _header(reply, _MACHINE_HEADERS)
    return None if marked and marked[1] == COURTESY and typed(reply) else marked


def machine_words(reply: Reply) -> Finding | None:
    text = _beginning(reply)
    for rule, words in (("auto.words", _affirmed(_MACHINE, text)), ("auto.frame", find(_FRAME, text))):
        if words:
            return Event.AUTO_ACK, rule, words
    return None


def machine_sender(reply: Reply) -> Finding | None:
    """Recognise a sender like "noreply". A message with a document attached may bring an office's letter."""
    robot = _ROBOT.match(reply.from_address)
    return (Event.AUTO_ACK, "auto.sender", reply.from_address) if robot and not reply.attachments else None


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
    return refers or body_text.repeats(reply.subject) or bool(find(_RECEIPT, _beginning(reply)))


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
    return bool(find(_CARRIED, _beginning(reply)))


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


@lru_cache(maxsize=1)  # four rules read the same message
def _read(text: str) -> str:
    text = normal(text)
    return text[:_READ] if len(text) < _LONG else ""


def _affirmed(patterns: tuple[str, ...], text: str) -> str:
    """Return the words of `patterns` in `text`, outside of sentences that doubt or ask whether it is automatic."""
    words = find(patterns, text)
    if not words:
        return ""
    doubted = [piece for piece in _SENTENCES.split(text) if find(_AUTOMATIC, piece) and find(_DOUBT, piece)]
    for piece in doubted:
        text = text.replace(piece, " ")
    return find(patterns, text) if doubted else words
