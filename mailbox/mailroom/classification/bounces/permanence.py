"""Judge whether a delivery failure means that the address is dead, a temporary problem, or that we are blocked.

In the ordered tables the first row that fits decides. Words come before codes, because diagnostics contradict their
status codes: a full mailbox is reported as 5.2.2, a spam filter as 5.1.1 (docs/reference/mail-edge-cases.md, row 49).
dead: no such user, host or domain. temporary: full, slow, suspended, out of order. blocked: a filter or policy, ours or
theirs; it says nothing about whether a person would have answered.
"""

import re

from mailroom.classification.bounces.bounce_patterns import FULL, NOBODY, NOWHERE, REFUSED, within_sentence
from prober.text.patterns import linear
from prober.text.words import caseless

DEAD, TEMPORARY, BLOCKED, DELIVERED = "dead", "temporary", "blocked", "delivered"


def _row(name: str, permanence: str, pattern: str) -> tuple[str, str, re.Pattern[str]]:
    return name, permanence, linear(within_sentence(pattern), re.DOTALL)


_REFUSED, _OURS = "refused", "our address"
_PASSING = frozenset({"rate", "slow", "system"})  # rows of troubles in passing, in words that say little beside 5.1.1
OUR_DOMAIN = "our-own-domain"  # stands in a diagnostic for the domain of our address
WORDS = (
    _row("full", TEMPORARY, r"mailbox (?:is |size |storage )*(?:full|exceed|over)|(?:over|exceed\w{0,30}|"
                            r"reached|out of|full|above|beyond)\b.{0,40}?\b(?:quota|storage|mailbox limit|"
                            r"allocation|allotted)"
         r"|quota (?:exceed|violation|full|limit)|overquota|over[- ]quota|quota is full|"
         r"mailbox.{0,30}(?:is full|exceeded|too large)|inbox is full|insufficient (?:system storage|disk|"
         r"space)|not enough (?:space|storage|disk)"
         r"|hộp thư(?: [^\s.]+){0,5}? (?:bị )?đầy|hết dung lượng|vượt (?:quá )?(?:dung lượng|hạn mức)|"
         r"account is full|too many messages in (?:this|the) mailbox|\bstorage (?:limit|space)|"
         r"user'?s (?:disk )?quota"
         rf"|{FULL}"),
    # What is said to MAIL FROM is said of us: the server does not know the recipient yet.
    _row(_OURS, BLOCKED, r"(?:in reply to|in response to|response to|after|at) (?:the )?(?:smtp )?(?:command )?"
                         r"[\"'`]?mail from\b"
         rf"|(?:no such|unknown|invalid|bad|non-?existent) (?:domain|host|address)(?: name)?[ :<'\"]{{1,4}}"
         rf"(?:[\w.+-]{{1,64}}@)?{OUR_DOMAIN}"
         rf"|{OUR_DOMAIN}[ >'\":)]{{1,4}}(?:domain )?(?:not found|does ?n[o']t exist|unknown|not known|invalid|"
         rf"has no|is not)"),
    _row("relay", BLOCKED, r"allowed rcpthosts?\b|\brelay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted)|"
                           r"not (?:permitted|allowed) to relay|(?:server|host) does not accept mail from"),
    _row("moved", DEAD, r"\b(?:has|have) (?:been )?(?:moved|changed)\b.{0,40}(?:address|to\b)|"
                        r"(?:account|domain|address) may not exist|"
                        r"address (?:has )?changed|no longer (?:uses?|valid|available|exists?|active|in use|"
                        r"at this|accepts?|employed|works?|with|on)|mailbox (?:has )?moved|user (?:has )?moved"),
    _row("sender verify", BLOCKED, r"(?:sender|from|return|envelope.from)[- ](?:ip |e-?mail |address |domain |"
                                   r"verify |verification |callout )*(?:rejected|failed|refused|denied|invalid|"
                                   r"not (?:exist|found|valid|accepted|allowed)|does not|must|is not|has been)|"
                                   r"could not (?:complete )?sender verif|domain of sender|"
                                   r"sender'?s? (?:address|domain)|unverified sender"),
    _row("authentication", BLOCKED, r"\b(?:spf|dkim|dmarc|arc)\b|unauthenticated|authentication (?:failed|"
                                    r"required|check|information|results)|not authenticated|sender ?id"),
    _row("reverse DNS", BLOCKED, r"\bptr\b|reverse (?:dns|host|lookup|name)|\brdns\b|"
                                 r"cannot find your (?:hostname|reverse)|client host rejected|helo|ehlo|"
                                 r"forward confirmed|no dns record|fcrdns"),
    _row("spam", BLOCKED, r"\bspam|\bjunk\b|\bube\b|unsolicited|bulk mail|\bvirus|\bmalware|infected|phish|"
                          r"suspicious|looks like|message (?:content|filter)|content (?:reject|filter|restrict|"
                          r"not allowed|denied)|gibberish|quarantin|prohibited (?:attachment|content)|"
                          r"thư rác|\bthu rac\b"),
    _row("reputation", BLOCKED, r"black ?list|block ?list|deny ?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|"
                                r"sorbs|reputation|(?<!not )listed (?:in|on|by|at)|\bblocked\b|\bbanned\b|"
                                r"poor.{0,20}ip|your (?:ip|network|host|server)|senderbase|cloudmark|"
                                r"proofpoint|invaluement|danh sách (?:đen|chặn)|\bdanh sach (?:den|chan)\b"),
    _row("rate", TEMPORARY, r"rate limit|too many (?:invalid )?(?:connections|messages|recipients|"
                            r"errors|mails|emails|hops)|"
                            r"throttl|exceed\w{0,30}+ .{0,30}(?:rate|limit of connections|maximum number)|"
                            r"receiving mail at a rate|rate that prevents|recipient has exceeded|daily limit|"
                            r"grey ?list|try again (?:later|in|after|at|soon|shortly)|"
                            r"host not found, try again|no route to host|"
                            r"malformed (?:or unexpected )?name server reply|servfail|"
                            r"temporar|retry|later|resources temporarily|policy.{0,20}later|loop|routing loop"),
    _row("size", TEMPORARY, r"(?:message|mail|size|attachment).{0,40}(?:too (?:big|large|long)|exceeds?|"
                            r"larger than|maximum|limit)|size limit|too (?:big|large) |over ?size"),
    _row("suspended", TEMPORARY, r"suspend|temporarily (?:disabled|unavailable|locked|inactive)|"
                                 r"account.{0,40}(?:inactive|locked|frozen|is not active)|"
                                 r"mailbox.{0,20}(?:inactive|frozen|locked)|user is (?:inactive|not active)|"
                                 r"unpaid|mailbox unavailable or access|mailbox cannot be accessed|"
                                 r"(?:account|mailbox|user|address).{0,40}disabled|not activated|"
                                 r"invalid mailbox path|mailbox disabled|resource'?s? (?:is )?restricted|"
                                 r"(?:tạm|bị) (?:kh(?:óa|oá)|ngưng|ngừng|đình chỉ)|chưa (?:được )?kích hoạt"),
    _row("user", DEAD, r"user (?:unknown|is unknown|not (?:found|known|exist|listed|here)|doesn'?t|does not|"
                       r"name is unknown)|unknown (?:virtual )?(?:user|recipient|local|mailbox|address|account|"
                       r"alias|or illegal|"
                       r"in (?:local|virtual|relay))|no such (?:person|alias|"
                       r"local|domain|host|addr|id)|no (?:mail ?box|account|user|valid recipient|recipient|"
                       r"address)\b.{0,20}(?:here|by that name|found|with|matching|of that|exist|named|"
                       r"address)?"
         r"|(?:mailbox|recipient|address|account|alias|user|e-?mail|addressee|adresse|"
         r"destinatario)\b[^.;\n]{0,80}?(?:not (?:found|exist|known|valid|recogni[sz]ed|listed|a valid|present|"
         r"(?:\w+ )?in (?:\w+ ){0,2}(?:directory|address ?book|database|list of users))|"
         r"does ?n[o']t (?:exist|have)|do not exist|did not exist|unknown|invalid|undeliverable|n'existe|"
         r"unbekannt|no existe|inexist|could not be found|couldn'?t be found|wasn'?t found|can(?:not|"
         r"'t) be found|were not found)"
         r"|(?:invalid|incorrect|bad|illegal|undeliverable|non-?existent|nonexistent|unavailable|unrouteable|"
         r"unroutable|unrecogni[sz]ed|undefined|wrong) (?:user|recipient|mailbox|address|e-?mail|account|local|"
         r"destination|name|to\b|final|host)|not a (?:known|valid) (?:user|recipient|address|mailbox)|"
         r"not (?:our|a local) (?:customer|user|address)|recipient ?notfound|recipnotfound|"
         r"not listed in|couldn'?t find|"
         r"isn'?t (?:a valid|found|recogni)"
         r"|account (?:has been |is |was )?(?:deleted|closed|terminated|removed|cancell?ed|deactivat)|(?:user|"
         r"mailbox|address|account|e-?mail).{0,30}(?:deleted|closed|terminated|deactivated|discontinued|"
         r"cancell?ed)|that you tried to reach does not|(?:mailbox|account) (?:is )?(?:unavailable|not available)|"
         r"no valid recipient|not recogni[sz]ed|unknown$|\bbad[ _-](?:address|recipient)|this user doesn'?t|"
         r"not accept(?:ed)? (?:mail|for) .{0,30}@"
         r"|(?:địa chỉ|hộp thư|tài khoản|người dùng|người nhận)[^.\n]{0,80}(?:không (?:tồn tại|"
         r"(?:được )?tìm thấy|hợp lệ|có thật)|sai)|không tìm thấy (?:địa chỉ|người nhận|hộp thư)"
         r"|\S không được tìm thấy (?:tại|trên|trong)|không có (?:hộp thư|tài khoản|người dùng) nào|"
         r"(?:địa chỉ|hộp thư|tài khoản)[^.\n]{0,60}(?:(?:đã|bị) (?:bị )?(?:x(?:óa|oá)|đóng|h(?:ủy|uỷ)|gỡ)|không còn)|"
         r"(?:địa chỉ|hộp thư|tài khoản|người dùng|người nhận)[^.\n]{0,80}(?:không có (?:trên|trong)|không tìm thấy)"
         r"|\bno one at (?:this|that) address|\bnot an? (?:active|local) address|"
         r"recipient (?:is not (?:accepted|local)|(?:is )?not ok)\b|"
         r"\bbadrcptto\b|\bbadrecipientto\b|not in my validrcptto|envelope recipient has been denied|"
         r"user missing home directory|"
         r"@[\w.-]{1,255}[>)\]'\"]{0,3}:? (?:does ?n[o']t exist|is unknown|(?:was )?not found)\b"
         rf"|{NOBODY}"),
    _row("host", DEAD, r"host (?:unknown|not found|or domain name not found|is not found)|"
                       r"name service error|domain (?:name )?(?:does ?n[o']t exist|not found|"
                       r"not (?:accept|hosted)|lookup failed|unknown|(?:is not|isn'?t) (?!allowed|permitted|authori))|"
                       r"unrouteable|"
                       r"unroutable|no (?:route|mx|a record|such host|mail (?:server|host))|nullmx|null mx|"
                       r"does not accept (?:mail|any|e-?mail|smtp)(?! (?:over|from)\b)|couldn'?t find any host|"
                       r"illegal host|"
                       r"name or service not known|bad (?:destination|domain)|dns (?:lookup|query) fail|"
                       r"invalid (?:domain|hostname)|"
                       r"all relevant mx records point to non-?exist|"
                       r"records? indicated no (?:smtp|mail)|tên miền[^.\n]{0,80}(?:không tồn tại|"
                       r"không hợp lệ|không (?:được )?tìm thấy)|không tìm thấy tên miền"
         rf"|{NOWHERE}"),
    _row("rejected", DEAD, r"(?:recipient|address) (?:address(?:es)? )?rejected[^\S\n]*+\.?[^\S\n]*+(?:$|\n|[(\[]|: (?:"
                           r"access denied|undeliverable|unknown))"),
    _row("policy", BLOCKED, r"polic(?:y|ies)|not (?:permitted|allowed|authori[sz]ed)|denied|prohibit(?:ed|ion)|"
                            r"relay(?:ing)?|security|unacceptable|forbidden|non-?compliant|"
                            r"rfc ?[2-5]\d{3}|violat|header|bare (?:lf|cr|linefeed)|8-?bit|restricted|approv|"
                            r"preference|moderat|closed list|subscri|bị chặn"),
    _row(_REFUSED, BLOCKED, REFUSED),
    _row("slow", TEMPORARY, r"timed? ?out|time-?out|expired|too long|could not be delivered within|delay|"
                            r"connection (?:refused|reset|lost|dropped|timed|closed|died)|deferred|network|"
                            r"unreachable|not responding|no answer|giving up|retention|will (?:continue|"
                            r"keep) (?:to )?try|keep trying|down\b|unable to connect|couldn'?t connect|"
                            r"host is down|still being retried"),
    _row("system", TEMPORARY, r"system (?:error|problem|not)|local (?:error|configuration)|internal|"
                              r"configuration error|i/o error|mailer error|unable to (?:open|create|write)|"
                              r"can'?t (?:create|open)|cannot (?:open|append|write)|command (?:time|died|"
                              r"failed)|error in processing|protocol error|format"),
)  # fmt: skip

CODES = (
    ("4.", TEMPORARY), ("5.1.8", BLOCKED), ("5.1.7", BLOCKED), ("5.1.9", BLOCKED), ("5.1.20", BLOCKED),
    ("5.1.", DEAD),
    ("5.2.1", DEAD), ("5.2.", TEMPORARY),
    ("5.3.", TEMPORARY), ("5.4.1", DEAD), ("5.4.4", DEAD), ("5.4.310", DEAD), ("5.4.", TEMPORARY),
    ("5.5.", TEMPORARY), ("5.6.", BLOCKED), ("5.7.", BLOCKED),
)  # fmt: skip
# Codes that decide before any words, because all servers use them in one sense. "" leaves the decision to the words.
_CERTAIN = (
    ("5.1.10", DEAD), ("5.1.351", DEAD), ("5.1.3", DEAD), ("5.1.7", BLOCKED), ("5.7.1", ""),
    ("5.2.2", TEMPORARY), ("4.2.2", TEMPORARY), ("5.7.26", BLOCKED),
    ("5.7.25", BLOCKED), ("5.7.23", BLOCKED), ("5.7.20", BLOCKED), ("5.7.27", BLOCKED), ("5.7.509", BLOCKED),
    ("5.7.9", BLOCKED), ("5.4.7", TEMPORARY), ("4.4.7", TEMPORARY), ("5.1.6", DEAD),
)  # fmt: skip


_AFTER_DATA = linear(
    r"(?:after|to|command|response to|"
    r"error from .{0,40}after)\s+(?:the\s+)?(?:end\s+of\s+)?(?:message\s+)?data\b|end\s+of\s+data|>>> (?:data|"
    r"\.)\s|smtp command data"
)
_PIPELINED = linear(r"no valid recipient|need rcpt|<<< 503|<<< 554")


# A line of an SMTP session that is no refusal: a command, a greeting, a positive answer.
_TALK = linear(
    r"^.*(?:-->|>>>|<--|<<<)[ \t]*(?:[23]\d\d\b|(?:ehlo|helo|mail|rcpt|data|quit|rset|starttls|auth)\b).*$",
    re.IGNORECASE | re.MULTILINE,
)


# A line break inside a sentence: mailers fold phrases at any blank.
_BROKEN = linear(r"(?<![.:;!?>\s])[ \t]*\n[ \t]*(?=[^\s<>*-])")


def without_talk(text: str) -> str:
    """Return `text` without the lines of an SMTP session before the refusal: "EHLO" and a banner are no reasons."""
    talks = any(arrow in text for arrow in ("-->", ">>>", "<--", "<<<"))
    return _TALK.sub("", text) if talks else text


def explains(text: str) -> bool:
    """Return True if `text` has words that give a reason."""
    return bool(_reason(text)[0])


def _reason(text: str) -> tuple[str, str]:
    """Return the name and permanence of the first row of WORDS that fits, or ("", "")."""
    text = caseless(_BROKEN.sub(" ", without_talk(text)))
    return next(((name, permanence) for name, permanence, words in WORDS if words.search(text)), ("", ""))


def after_data(text: str) -> bool:
    """Return True if the transcript shows that the refusal came after DATA, not at RCPT.

    A client that pipelines shows DATA before the answer to RCPT; then a 503 for missing recipients follows.
    """
    text = caseless(text)
    return bool(_AFTER_DATA.search(text)) and not _PIPELINED.search(text)


def judge(status: str, diagnostic: str, action: str = "", after_data: bool = False) -> str:
    """Return dead, temporary, blocked or delivered, by an enhanced status code, the diagnostic text and the action.

    `after_data` (see after_data()) turns "no such user" into blocked: a server that does not know a user says so at
    RCPT; one that says so after the text was transmitted is a filter.

    >>> judge("5.1.1", "550 5.1.1 <a@b.test>: user unknown")
    'dead'
    >>> judge("5.2.2", "mailbox full")
    'temporary'
    >>> judge("5.1.1", "550 blocked by Spamhaus")
    'blocked'
    """
    if action in ("delivered", "relayed", "expanded") or status.startswith("2."):
        return DELIVERED
    if action == "delayed":
        return TEMPORARY
    codes = dict(_CERTAIN)
    if codes.get(status):
        return codes[status]
    name, permanence = _reason(diagnostic)
    if name == _OURS and status.startswith("4."):
        return TEMPORARY
    if name == "rejected" and status.startswith("5.7."):
        return BLOCKED
    if name == _REFUSED and status.startswith(("5.1.", "4.1.", "4.2.", "4.3.", "4.4.")):
        name = permanence = ""
    if name in _PASSING and status == "5.1.1":
        return DEAD
    if permanence == DEAD and name != "host":
        if status.startswith("4.") and not status.startswith("4.1."):
            return TEMPORARY
        return BLOCKED if after_data and not status.startswith("5.1.1") else DEAD
    if permanence:
        return permanence
    # No address is called dead without a word or a code that says so.
    fits = (said for code, said in CODES if (status.startswith(code) if code.endswith(".") else status == code))
    return next(fits, TEMPORARY)
