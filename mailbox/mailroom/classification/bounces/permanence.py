"""Judge whether a delivery failure means that the address is dead, a temporary problem, or that we are blocked.

In the ordered tables the first row that fits decides. Words come before codes, because diagnostics contradict their
status codes: a full mailbox is reported as 5.2.2, a spam filter as 5.1.1 (docs/reference/mail-edge-cases.md, row 49).
dead: no such user, host or domain. temporary: full, slow, suspended, out of order. blocked: a filter or policy, ours or
theirs; it says nothing about whether a person would have answered.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from mailroom.classification.bounces.bounce_patterns import in_any_language, within_sentence
from prober.text.patterns import linear
from prober.text.words import caseless

DEAD, TEMPORARY, BLOCKED, DELIVERED = "dead", "temporary", "blocked", "delivered"
_TABLE = Path(__file__).with_name("permanence.toml")


def _row(name: str, means: str, words: Sequence[str] = (), also: str = "") -> tuple[str, str, re.Pattern[str]]:
    """Return name, permanence and pattern of a row of permanence.toml."""
    alternatives = (*words, in_any_language(also)) if also else words
    return name, means, linear(within_sentence("|".join(alternatives)), re.DOTALL)


_REFUSED, _OURS = "refused", "our address"
_PASSING = frozenset({"rate", "slow", "system"})  # rows of troubles in passing, in words that say little beside 5.1.1
OUR_DOMAIN = "our-own-domain"  # stands in a diagnostic for the domain of our address
WORDS = tuple(_row(**row) for row in tomllib.loads(_TABLE.read_text(encoding="utf-8"))["row"])

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
