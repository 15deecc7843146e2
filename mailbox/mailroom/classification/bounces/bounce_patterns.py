"""List the words, codes and addresses by which a delivery report is recognised."""

import re
import tomllib
from pathlib import Path

from prober.text.patterns import linear


def within_sentence(pattern: str) -> str:
    """Return `pattern` with `[^.\\n]` changed so that the dot in an address or host name does not end a sentence.

    What stands instead is spelt so that a second change finds nothing: two ways to read a dot, and a row of dots is
    read in as many ways as there are subsets of it.
    """
    return pattern.replace(r"[^.\n]", r"(?:[^\n.]|\.(?=\S))").replace(r"[^.;\n]", r"(?:[^\n.;]|\.(?=\S))")


_WORDINGS = tomllib.loads(Path(__file__).with_name("wordings.toml").read_text(encoding="utf-8"))  # by language


def in_any_language(meaning: str) -> str:
    """Join the wordings of one meaning. Texts are searched as `caseless` gives them, with a plain Turkish i."""
    return within_sentence("|".join(one for words in _WORDINGS.values() for one in words[meaning]).replace("ı", "i"))


UNDELIVERED = in_any_language("undelivered")
NOBODY = in_any_language("nobody")
ADDRESS = linear(r"[\w.!#$%&'*+/=?^`{|}~-]{1,256}@[\w-]+(?:\.[\w-]+)*\.?[\w-]+", re.UNICODE)
# Each begins with its digit, which makes the search fast, and then looks back.
FAILED_STATUS = linear(r"([45](?<![\d.].)\.\d{1,3}\.\d{1,3})(?![\d.])")
STATUS = linear(r"([245](?<![\d.].)\.\d{1,3}\.\d{1,3})(?![\d.])")
SMTP_CODE = linear(r"([45](?<![\d.].)\d\d)(?=[ -](?:[245]\.\d|[^\w\s]|[^\W\d]))")
# Addresses that send nothing but reports and letters of their postmaster.
MAILER = linear(
    r"^(?:mailer-?daemon|mail-?daemon|mdaemon|post_?master|mail[-_]?delivery[^\s@+=-]*|mail-?system|domino[-_]?router|ndr|"
    r"microsoftexchange[0-9a-f]+)(?:[+=-].*)?@",
    re.IGNORECASE,
)
# Those of them that are no person's.
DAEMON = linear(r"^(?:mailer-?daemon|mail-?daemon|mdaemon|microsoftexchange[0-9a-f]+)\W", re.IGNORECASE)
MAILER_NAME = linear(
    r"mail(?:er)?[ -]?daemon|mail delivery|delivery (?:sub)?system|postmaster|"
    r"mail (?:system|router|deliver)|microsoft (?:exchange|outlook)|"
    r"returned mail|hệ thống (?:gửi )?thư|delivery agent|mail gateway",
    re.IGNORECASE,
)
# Addresses that also send other mail: newsletters of a mailing program, notices of an administrator.
OFTEN_MAILER = linear(
    r"^(?:bounces?|mail\.?administrator|delivery|mailer|no-?reply-bounce|exchange|"
    r"(?>\S*?smtp)[^\s@+=-]*|(?>\S*?anti-?(?:spam|virus))[^\s@+=-]*|"
    r"(?>\S*?mail-?(?:gateway|guard|security|filter|relay)(?=[@+=-]))|(?:mail-?)?router)(?:[+=-].*)?@",
    re.IGNORECASE,
)
OFTEN_MAILER_NAME = linear(r"system administrator|mail administrator|quản trị (?:hệ thống )?thư", re.IGNORECASE)
# Greetings at the beginning of a letter. A report with a greeting has a code, or comes from an address like "noreply".
GREETING = linear(
    r"\s*(?:kính (?:gửi|chào|thưa)|(?:xin |em |anh |chị )?chào|thưa|kinh gui|xin chao|dear|hello|good (?:day|morning)|"
    r"guten tag|sehr geehrte|liebe|bonjour|madame|estimad[oa]|buenos días|уважаем|здравствуйте|您好|尊敬的)\b",
    re.IGNORECASE,
)
SUBJECT = linear(
    r"delivery (?:status|failure|failed|problem|error|has failed|report|to the following|"
    r"notification|delayed|unsuccessful|of your message)|(?:mail|message) (?:delivery|could not|you sent|"
    r"not delivered|has not been|status|system error|deliver)|"
    r"returned (?:mail|e-?mail|to sender|message)|returning (?:message|mail|your|to sender)|failure notice|"
    r"failure delivery|failed (?:mail|delivery|message)|mail failure|non[- ]?(?:delivery|remis)|nondeliver|"
    r"non recapit|unzustellbar|rejected (?:mail|posting|message)|message (?:rejected|refused|undeliverable|"
    r"blocked)|"
    r"bounced? (?:mail|message)|user unknown|mail (?:error|bounce|rejected|undelivered|system error)|"
    r"warning: (?:message|could not|e-?mail|mail)|delayed mail|could not (?:send|be delivered|deliver)|"
    r"not delivered|can'?t be delivered|error sending|e-?mail (?:could|not|error)|"
    r"không (?:thể )?(?:gửi|chuyển|phát)(?: (?:được|thư|email|tới|đến)|[ \t]*:)|thư (?:bị )?trả lại|"
    r"gửi thư (?:không thành công|thất bại)|lỗi gửi thư|thư không gửi được|chưa gửi được|"
    r"thông báo (?:không gửi|lỗi gửi|trạng thái)|"
    r"\bthư\b[^\n]{0,30} (?:không (?:đến|tới) được|không được chấp nhận|bị (?:từ chối|chặn|trả))|"
    r"\bdsn\b|\bndr\b|error mail|loop alert|mensaje devuelto|devolu|notification d'état|auto_?notify|"
    rf"{UNDELIVERED}"
)
_FAILED = (
    r"(?:could|can|was|were|has|have|is|will|did)(?: ?not|n['’]?t)(?: yet)?(?: be|"
    r" been)?(?: able to)?(?: successfully)? (?:deliver|sen[dt]|reach|accepted|find|process|forward|receive|"
    r"found|relay)|deliver\w{0,30}+(?: \w+){0,6} (?:fail|unsuccess|problem|delayed|not possible|error|"
    r"refused|rejected|following|suspended)|fail\w{0,30}+(?: \w+){0,4} (?:deliver|recipient|address|to send)|"
    r"unable to (?:deliver|relay|send|contact|connect|reach|transmit|process|find|complete)|"
    r"permanent(?:ly)? (?:error|failure|fatal|fail)|fatal error|returned (?:mail|to sender|by|for|below|as|"
    r"due)|bounced|user (?:unknown|is unknown|not found|"
    r"doesn|account|does)|unknown (?:user|recipient|address|local)|mailbox (?:is |was )?(?:full|unavailable|"
    r"not found|size|disabled|exceed|does)|"
    r"over quota|quota exceed|does ?n[o'’]t exist|(?:message|mail|e-?mail) (?:was|has been|is|could|you sent|"
    r"that you sent|not|you tried|from) .{0,40}(?:reject|refus|return|not |block|delay|undeliv|cannot)|"
    r"delivery (?:status|attempt|time|has been)|invalid (?:recipient|address|mailbox|user)|"
    r"smtp (?:error|code)|remote (?:host|server) (?:said|answer|respon|return)|could not be found|not listed in|"
    r"không (?:thể |được )?(?:gửi|chuyển|phát)(?: được)?|không tồn tại|từ chối (?:chuyển|phát|nhận) thư|"
    r"(?:đã|bị) chặn|\bbị\b[^.\n]{0,60}\b(?:từ chối|chặn|trả (?:lại|về))|hộp thư(?: đã)?(?: bị)? đầy|"
    r"không (?:được )?tìm thấy|không thành công|thất bại|chưa (?:được )?(?:gửi|chuyển|phát)|"
    rf"{UNDELIVERED}|{NOBODY}"
)
FAILED = linear(_FAILED)  # in words
FAILURE = linear(
    rf"{_FAILED}|rejected|refused|(?<!\d)[45]\d\d[ -](?:[45]\.\d\.\d|[^\W\d])|[45]\.\d\.\d"
)  # in words or by a code; a code counts only in a mailer's message
# Lines with a contact address, or with an identifier that looks like an address. "contact@" itself may have failed.
ASIDE = linear(
    r"\b(?:contact(?!@)|assistance|help ?desk|support|questions?|liên hệ|message-?id|envelope-from|mail from)\b"
)
# Words of links to fetch held letters or to keep a mailbox, by which phishing that imitates a report is known. True
# reports may have links too: to a help page, to a block list, to an offer for the owner of a full mailbox.
BAIT = linear(
    r"\b(?:release|retrieve|restore|recover|re-?activate|re-?validate|validate|verify|re-?confirm|unlock|upgrade|"
    r"keep)\b"
    r"(?: \w+){0,3} (?:messages?|e?-?mails?|inbox|mailbox|account|password|identity)\b|"
    r"\b(?:giải phóng|khôi phục|nhận lại|nâng cấp|gia hạn|kích hoạt|xác (?:minh|thực|nhận)|giữ)\b"
    r"(?: [^\W\d]+){0,3} (?:thư|email|hộp thư|tài khoản|mật khẩu)\b"
)
# Notices to the owner of a mailbox: how full it is, or what happened to a letter sent to it.
OURS = linear(
    within_sentence(
        r"\byour (?:mailbox|inbox|e?-?mail (?:account|storage))\b[^.\n]{0,60}(?:%|"
        r"\b(?:full|quota|limit|space|capacity)\b)|"
        r"mail to you \(?from\b|\bmessage (?:(?:addressed|sent) )?to you from\b|"
        r"hộp thư(?: [^\s@]+@\S+)? của (?:bạn|quý vị|quý khách|anh|chị)\b[^.\n]{0,60}(?:đầy|dung lượng|hạn mức|%)"
    )
)
# A letter from one address to another; the group is the recipient.
TO = linear(
    rf"\b(?:from|từ)\b[^\n@]{{0,60}}@[^\n@]{{1,60}}\b(?:to|đến|tới|cho)\b[ :<]{{1,3}}({ADDRESS.pattern})", re.IGNORECASE
)
# The line of a head that names who sent the letter; the group is the address.
SENDER = linear(
    rf"^[^\w\n]{{0,9}}(?:from|sender|từ|người gửi)[ \t]{{0,9}}:[ \t]{{0,9}}<?({ADDRESS.pattern})",
    re.IGNORECASE | re.MULTILINE,
)
# Words that mean a letter sent by us, its recipient, or the tag of its subject.
SENT = linear(
    r"\byour (?:e-?)?(?:mail|message|letter)\b(?! (?:account|box|password|server|system))|\byou (?:have )?sent\b|"
    r"\b(?:the following|these) (?:recipient|address)|\bbelow (?:this line )?is a copy of\b|"
    r"\byc-[a-z2-9]{10}\b|\breturned (?:e-?)?mail\b|\brcpt to:|"
    r"\bthư (?:của |do )?(?:bạn|quý (?:vị|khách))\b|\bthư (?:của |do )?(?:ông|bà|anh|chị)\b[^\n]{0,12}\bgửi\b"
)
# The first person singular of a person; "chúng tôi" (we) is used by offices and their programs.
ONESELF = linear(
    r"\b(?:i (?:am|have|run|will|work|checked|looked|see)|i['’](?:ve|ll)|j['’]ai|ich (?:bin|habe)|"
    r"(?<!chúng )tôi (?:là|đã|sẽ|xin)|em (?:là|đã|sẽ|xin|kiểm))\b"
)
# Addresses of programs that are no mailers; STRONG has words that only a mailer writes about a letter of ours.
ROBOT = linear(r"^(?:no-?reply|do-?not-?reply|donotreply|system|admin|notification|robot|auto)\S*@", re.IGNORECASE)
STRONG = linear(
    r"(?:could|can|was|were)(?: ?not|n'?t) be delivered|undeliverable|delivery (?:has )?failed|"
    r"failed to deliver|delivery failure|"
    r"không (?:thể )?(?:gửi|chuyển|phát) được (?:thư|email|đến|tới)|thư (?:của (?:bạn|quý vị) )?(?:đã )?bị trả lại"
)
# The beginning of the returned letter; addresses after it are not the failed ones.
ORIGINAL = linear(
    r"^(?:[-=_*> ]*(?:this is a copy of|below this line is|original message|the (?:body|header)s? (?:of|and)\b|"
    r"returned message|message text follows|unsent message|undelivered message|included is|start of|"
    r"headers? follow|message headers?|your (?:original )?message (?:follows|reads|"
    r"(?:is|was)(?=[ \t]*(?:$|:|as follows|attached|below|included|enclosed)))|"
    r"the following is|copy of (?:the|your) message|original mail|text of (?:the )?message|message (?:content|"
    r"body|follows|header)|rejected message|transcript of message|begin message|thư gốc|nội dung thư|"
    r"bản sao).*|return-path:.*|received: (?:from|by).*|transcript of message.*)$",
    re.IGNORECASE | re.MULTILINE,
)
LINK = linear(r"https?://[^\s<>\"]+", re.IGNORECASE)  # an address in a link is not a failed one
LABELLED = linear(
    r"\b(?:recipients?|to|users?|address(?:es)?|rcpt|following|failed|addressee|người nhận|địa chỉ|đến|tới|"
    r"destination|for)(?:\s*[:=]\s*|\s+)(?:<|\[|\"|')?(?:smtp:)?(" + ADDRESS.pattern + ")",
    re.IGNORECASE,
)
