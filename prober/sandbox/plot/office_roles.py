"""List the 63 roles of the finance departments: how each answers. A table to be read by people.

Eight roles end in a substantive answer, as in POBI 2019; the others include everything that must not be counted as one.
"""

from dataclasses import dataclass
from enum import StrEnum

from prober.domain.correspondence import Event


class Admission(StrEnum):
    """The answer of the office's mail server to RCPT."""

    OPEN = "open"
    REFUSES = "refuses"  # 550, always
    GREYLISTS = "greylists"  # 451 until five minutes after the first try
    BUSY = "busy"  # 452 once


@dataclass(frozen=True, slots=True)
class Seconds:
    """The delay of a machine: between `low` and `high` seconds after the letter."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class OfficeDays:
    """The delay of a person: in office hours of the `days`-th office day after the letter."""

    days: int


@dataclass(frozen=True, slots=True)
class RoleMail:
    """One mail of a role.

    `after`: the request, its reminder, any letter, or `pair` (when the partner office has its letter too). `form`:
    plain, html, windows-1258, empty, or a kind of report (`replies.machine_notices`). `to_token` False answers to From
    instead of Reply-To; `threaded` False leaves In-Reply-To and References out.
    """

    text: str
    event: Event
    delay: Seconds | OfficeDays
    after: str = "request"
    sender: str = "office"
    form: str = "plain"
    quote: str = "gmail"
    to_token: bool = True
    threaded: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    attach: bool = False
    files: tuple[str, ...] = ()  # names of files that go with it
    folder: str = "INBOX"
    copies: int = 1


@dataclass(frozen=True, slots=True)
class OfficeRole:
    """A role. `event`: a person's class for all mail of the office together. `answer`: it counts as an answer."""

    name: str
    event: Event | None  # None: silence
    steps: tuple[RoleMail, ...] = ()
    answer: bool = False
    admission: Admission = Admission.OPEN
    needs: str = ""  # "documents": only an office whose site can be reached; "partner": given to two offices


def _answer(name: str, *steps: RoleMail, needs: str = "") -> OfficeRole:
    return OfficeRole(name, steps[-1].event, steps, answer=True, needs=needs)


def _one(
    name: str, event: Event, delay: Seconds | OfficeDays, text: str = "", needs: str = "", **how: object
) -> OfficeRole:
    return OfficeRole(name, event, (RoleMail(text or name, event, delay, **how),), needs=needs)  # type: ignore[arg-type]


_E, _D, _S = Event, OfficeDays, Seconds
_AUTO = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"), ("Precedence", "auto_reply"))

ANSWERS = (
    _answer("full-scanned", RoleMail("full-scanned", _E.FULL, _D(2), attach=True)),
    # Thirteen office days after 13, 14 or 15 April end after 30 April, 1 May and a weekend.
    _answer("full-holiday", RoleMail("full-scanned", _E.FULL, _D(13), sender="clerk", quote="outlook", attach=True)),
    _answer("full-other-office", RoleMail("full-body", _E.FULL, _D(5), sender="committee", quote="outlook", copies=2)),
    _answer("partial-reminded", RoleMail("partial", _E.PARTIAL, _D(2), after="reminder")),
    # Late by the strict reading of law 104/2016 (10 working days), inside the waiting time of the study (30).
    _answer("partial-late", RoleMail("partial-late", _E.PARTIAL, _D(20), threaded=False, quote="")),
    _answer(
        "link-quoted",
        RoleMail("link", _E.LINK, _D(4), to_token=False, threaded=False, sender="unit"),
        needs="documents",
    ),
    _answer(
        "link-twice",
        RoleMail("receipt-first", _E.HUMAN_ACK, _D(1), sender="clerk"),
        RoleMail("link-after-receipt", _E.LINK, _D(6), quote="outlook"),
        needs="documents",
    ),
    _answer("specialist", RoleMail("specialist", _E.FULL, _D(7), sender="specialist", attach=True, folder="Junk")),
)

OTHERS = (
    _one("auto-system", _E.AUTO_ACK, _S(8, 50), after="any", headers=_AUTO, quote=""),
    _one("auto-headers", _E.AUTO_ACK, _S(3, 40), text="auto-system", after="any", headers=_AUTO[:1], quote=""),
    _one("auto-subject", _E.AUTO_ACK, _S(5, 55), after="any", quote="", threaded=False),
    _one("auto-text", _E.AUTO_ACK, _S(10, 50), after="any", quote=""),
    _one("out-of-office", _E.AUTO_ACK, _S(4, 30), after="any", headers=_AUTO[1:2], quote="", sender="clerk"),
    _one("absent", _E.AUTO_ACK, _S(4, 30), after="any", quote=""),
    _one("no-such-user", _E.BOUNCE, _S(2, 10), after="any", form="unknown-user", sender="daemon"),
    _one("mailbox-full", _E.BOUNCE, _S(20, 90), after="any", form="mailbox-full", sender="daemon"),
    _one("blocked", _E.BOUNCE, _S(2, 20), after="any", form="policy", sender="daemon"),
    _one("exim", _E.BOUNCE, _S(5, 60), after="any", form="exim", sender="daemon"),
    _one("delayed", _E.BOUNCE, _S(14400, 14500), form="delayed", sender="daemon"),
    OfficeRole("refused", _E.BOUNCE, admission=Admission.REFUSES),
    _one("read-receipt", _E.READ_RECEIPT, _D(1), form="read", quote=""),
    _one("receipt-slip", _E.HUMAN_ACK, _D(2), sender="clerk", quote="", threaded=False),
    OfficeRole(
        "receipt-short", _E.HUMAN_ACK, (RoleMail("receipt-short", _E.HUMAN_ACK, _D(1)),), admission=Admission.GREYLISTS
    ),
    _one("receipt-legacy", _E.HUMAN_ACK, _D(2), form="windows-1258", quote=""),
    _one("asks-form", _E.ASKS_FORM, _D(3)),
    _one("asks-id", _E.ASKS_FORM, _D(2), quote="", sender="clerk", threaded=False),
    _one("asks-introduction", _E.ASKS_FORM, _D(4), form="html", quote="outlook", sender="unit"),
    _one("asks-purpose", _E.ASKS_PURPOSE, _D(2)),
    _one("transfer-inside", _E.TRANSFER_INSIDE, _D(2), sender="clerk", quote="outlook"),
    _one("transfer-treasury", _E.TRANSFER_AWAY, _D(5)),
    _one("transfer-committee", _E.TRANSFER_AWAY, _D(6), quote="", threaded=False),
    _one("refusal-article", _E.REFUSAL_REASONED, _D(9), quote="", threaded=False),
    _one("refusal-bare", _E.REFUSAL, _D(8)),
    _one("extension", _E.EXTENSION, _D(3), quote="", sender="clerk"),
    _one("objection", _E.OBJECTION, _D(1)),
    _one("empty", _E.EMPTY, _D(2), form="empty", quote=""),
    _one("link-home", _E.OTHER, _D(3)),
    OfficeRole("busy", None, admission=Admission.BUSY),
)
PAIR = (
    _one("receipt-pair", _E.HUMAN_ACK, _D(3), after="pair", sender="clerk", quote="", threaded=False, needs="partner"),
) * 2
SILENCE = OfficeRole("silence", None)

# The roles in the world with six provinces.
SMALL_ROLES = ("full-scanned", "auto-system", "no-such-user", "asks-form", "partial-reminded", "silence")


def roles(small: bool) -> tuple[OfficeRole, ...]:
    """Return every role that is not silence, in the order of assignment."""
    if small:
        by_name = {role.name: role for role in (*ANSWERS, *OTHERS, SILENCE)}
        return tuple(by_name[name] for name in SMALL_ROLES)
    return (*ANSWERS, *OTHERS, *PAIR)
