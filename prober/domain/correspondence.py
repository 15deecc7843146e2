"""Define letters and replies as values, without network or database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from prober.domain.reason import Reasons


class SendState(StrEnum):
    """The state of one letter. `SENDING` is committed before DATA: a crash there becomes `UNCERTAIN`, not a resend."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


NEVER_SENT = frozenset({SendState.PLANNED, SendState.CANCELLED})  # refused and uncertain letters count as sent


class Step(StrEnum):
    """The pre-registered steps of a campaign. (campaign, agency, step) is sent at most once."""

    REQUEST = "request"
    REMINDER = "reminder"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True)
class Letter:
    """One outgoing letter, frozen: `raw` are the bytes that DATA carries, `message_id` includes the brackets."""

    campaign: str
    agency: str  # Agency.id
    step: Step
    message_id: str
    token: str  # in the reply address and the subject tag
    mail_from: str  # envelope sender
    rcpt: str  # envelope recipient
    subject: str
    text: str
    raw: bytes


class LetterReason(StrEnum):
    """Why the state of a letter changed: the codes of the reasons that have no parameters.

    Their words, and the codes with parameters, are in prober.reporting.words.reasons.
    """

    # It does not leave any more.
    OBJECTED = "agency_objected"
    BOUNCED = "request_bounced"
    ANSWERED = "agency_answered"
    NOT_SENT = "request_not_sent"
    REQUEST_REFUSED = "request_refused"
    REQUEST_CANCELLED = "request_cancelled"
    OVER = "waiting_over"
    CLOSED = "campaign_closed"
    # It may have left.
    INTERRUPTED = "handing_interrupted"
    IN_JOURNAL = "handed_by_journal"
    IN_RESULTS = "handed_by_results"
    # It has left.
    COPY_CAME = "own_copy_came"
    ANSWER_CAME = "answer_came"


class Event(StrEnum):
    """The class of one incoming message (docs/reference/wording.md#reply-classes).

    Automatic classes come first and are never answers.
    """

    BOUNCE = "N0"
    ABUSE = "AB"
    READ_RECEIPT = "RR"
    CALENDAR = "CA"
    OWN_COPY = "OW"
    AUTO_ACK = "A1"
    HUMAN_ACK = "A2"
    ASKS_FORM = "Q1"
    ASKS_PURPOSE = "Q2"
    TRANSFER_INSIDE = "T1"
    TRANSFER_AWAY = "T2"
    EXTENSION = "X1"
    REFUSAL_REASONED = "R1"
    REFUSAL = "R2"
    LINK = "L1"
    PARTIAL = "P1"
    FULL = "F1"
    OBJECTION = "OB"
    OTHER = "O1"
    BY_VOICE = "O2"
    SPAM = "SP"
    EMPTY = "EM"
    UNCLEAR = "UN"


AUTOMATIC = frozenset(
    {
        Event.BOUNCE,
        Event.ABUSE,
        Event.READ_RECEIPT,
        Event.CALENDAR,
        Event.OWN_COPY,
        Event.AUTO_ACK,
        Event.SPAM,
    }
)
SUBSTANTIVE = frozenset({Event.LINK, Event.PARTIAL, Event.FULL})
REFUSALS = frozenset({Event.REFUSAL_REASONED, Event.REFUSAL})


HELD = "auto.filter"  # the rule of a notice that a filter holds our letter back
PASSED_ON = ".passed_on"  # ends the rule of a delivery report that a person only passed on


class Proof(StrEnum):
    """How it is proved that a message belongs to a request, the strongest first (docs/method.md)."""

    PERSON = "person"  # somebody of the team assigned it, or entered it by hand
    SECRET = "secret"  # it names our Message-ID or the token of the request, which private.db alone has
    THREAD = "thread"  # it answers a message that belongs to the request, and comes from the agency's domain
    DOMAIN = "domain"  # it comes from the agency's domain, and DMARC vouches for that
    WORDS = "words"  # all else: addresses and phrases that anybody can know


class Dmarc(StrEnum):
    """Result of our own mail server's check of the sender's domain; NONE where it reports nothing."""

    PASS = "pass"
    NONE = "none"
    FAIL = "fail"


class Change(StrEnum):
    """One thing that a message may change."""

    ASSIGNMENT = "assignment"  # to which request it belongs
    CLASS = "class"  # the class and the clocks of its request
    DELIVERY = "delivery"  # that our letter did not arrive
    OBJECTION = "objection"  # that letters are held back until a person has read it
    END = "end"  # that no letter is sent to the agency any more


_OF_AGENCY = frozenset({Change.ASSIGNMENT, Change.CLASS, Change.OBJECTION})
MAY: Mapping[Proof, frozenset[Change]] = {
    Proof.PERSON: frozenset(Change),
    Proof.SECRET: _OF_AGENCY | {Change.DELIVERY},
    Proof.THREAD: _OF_AGENCY,
    Proof.DOMAIN: _OF_AGENCY,
    Proof.WORDS: frozenset(),
}


_MEANING = {
    Proof.PERSON: "somebody of the team assigned it, or entered it by hand",
    Proof.SECRET: "our Message-ID or the secret token of the request",
    Proof.THREAD: "answers a message of the request, from the agency's domain",
    Proof.DOMAIN: "the agency's domain, under DMARC",
    Proof.WORDS: "addresses and phrases that anybody can know",
}
_HEAD = (
    "| level | proved by | assignment | class and clocks | that a letter did not arrive | "
    "an objection holds letters back | an objection ends letters |"
)


def levels_of_proof() -> str:
    """Return the levels and what each may change, in Markdown."""
    rows = [
        f"| {proof} | {_MEANING[proof]} | {' | '.join('yes' if may(proof, change) else 'no' for change in Change)} |"
        for proof in Proof
    ]
    return "\n".join([_HEAD, "|---|---|---|---|---|---|---|", *rows])


def may(proof: Proof, change: Change) -> bool:
    """Return True if a message with that proof may change it; every consumer asks here."""
    return change in MAY[proof]


def changed_by(event: Event, rule: str) -> Change:
    """Return what a message of that class, found by that rule, would change."""
    if event is Event.OBJECTION:
        return Change.OBJECTION
    return Change.DELIVERY if event is Event.BOUNCE or rule == HELD else Change.CLASS


def fails_for_good(event: Event, rule: str) -> bool:
    """Return True for a delivery report by whose rule no later try succeeds.

    >>> fails_for_good(Event.BOUNCE, "bounce.dead"), fails_for_good(Event.BOUNCE, f"bounce.temporary{PASSED_ON}")
    (True, False)
    """
    return event is Event.BOUNCE and not rule.startswith("bounce.temporary")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file. `name` is safe to show and unique in its message; it is never used as a path.

    A `scanned` file is the picture of a text. Its `text` was recognised with that `confidence` (0 to 1), or says that
    it was not read; `confidence` is None until that was tried.
    """

    name: str
    original_name: str
    media_type: str  # sniffed
    declared_type: str
    size: int
    sha256: str
    text: str = ""
    scanned: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """The entry of one recipient in a delivery report (RFC 3464).

    `permanence` is dead, temporary, blocked or delivered.
    """

    address: str
    status: str  # enhanced status code, RFC 3463, or ""
    permanence: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM signature of a message: who signed, whether it holds, and by which key.

    `result` is pass, fail or temperror (nobody answered for the key); `reason` is a code, "" for one that holds.
    """

    domain: str
    selector: str
    algorithm: str
    result: str
    reason: str = ""
    key: str = ""  # the record as the DNS gave it


@dataclass(frozen=True, slots=True)
class Reply:
    """One incoming message, parsed once. Matching, bounce detection and classification use this value alone."""

    sha256: str
    message_id: str
    subject: str
    from_address: str
    from_name: str
    to: tuple[str, ...]  # every address that may be ours: To, Cc, Delivered-To, Envelope-To, Received for
    references: tuple[str, ...]  # In-Reply-To and References, bracketed
    date: datetime | None  # the Date header; evidence only
    text: str  # what the sender wrote, quoted text removed
    full_text: str
    html: bool
    headers: tuple[tuple[str, str], ...]  # decoded; most headers that have a field here are left out
    attachments: tuple[Attachment, ...]
    embedded_ids: tuple[str, ...]  # Message-IDs inside attached or quoted originals
    defects: tuple[str, ...]
    links: tuple[str, ...] = ()
    embedded_hosts: tuple[str, ...] = ()  # hosts that these originals have passed, as they say
    parts: tuple[tuple[str, str], ...] = ()  # (content type, decoded text) of machine-readable parts, DSN first
    _by_name: dict[str, str] = field(init=False, repr=False, compare=False)  # lower-case name → first value

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {name.lower(): value for name, value in reversed(self.headers)})

    def header(self, name: str) -> str:
        """Return the first value of a header, or "". Names are compared without case."""
        return self._by_name.get(name.lower(), "")


class Said(StrEnum):
    """Name what a reply says of one document that was asked for."""

    GIVEN = "given"
    REFUSED = "refused"
    PROMISED = "promised"
    ELSEWHERE = "elsewhere"
    NOTHING = "not mentioned"


@dataclass(frozen=True, slots=True)
class DocumentState:
    """Statement of a reply about the document at `position`, from 1; a given one `by` a file, a link or figures."""

    position: int
    said: str
    by: str = ""
    name: str = ""  # of the file, or the address


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Head and foot of an official letter, each field as written, "" where there is none; `dated` is an ISO date."""

    number: str = ""  # "/STC-NS" where the number was to be written in by hand
    dated: str = ""
    addressed_to: str = ""
    signer: str = ""  # the office, never the person
    filed_as: str = ""  # the number that their register or ticket system gave to our request
    confidence: float | None = None  # least confidence of the words recognised in scans, 0 to 1; None without scans


def _fields(value: Any) -> dict[str, Any]:
    """Return a value of this module as a dictionary; `asdict` would copy all that is in it."""
    return {name: getattr(value, name) for name in value.__slots__}


@dataclass(frozen=True, slots=True)
class PublicFact:
    """A column of `reply` in results.db that shows a fact of a message as it is; it must name no person."""

    name: str
    type: str  # TEXT, INTEGER or REAL
    about: str
    default: str  # SQL literal


def _public(default: Any, name: str, about: str) -> Any:
    """Declare a field of `MessageDetail` that is the public column `name` too; `default` gives its type."""
    types: dict[type, tuple[str, str]] = {str: ("TEXT", "''"), int: ("INTEGER", "0"), float: ("REAL", "0")}
    sql_type, sql_default = types[type(default)]
    return field(default=default, metadata={_PUBLIC: PublicFact(name, sql_type, about, sql_default)})


_PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """Facts of one message that are stored besides its class and its match.

    They are shown to a person who looks at the message, or the tables of results.db are made from them. A new fact is
    one field here, filled in mailroom.classification.kept_facts; messages stored before it have its default. A fact
    that readers of results.db see as it is has its column declared beside it, by `_public`.
    """

    recipients: tuple[Recipient, ...] = ()  # of a delivery report
    undelivered: bool = False  # a delivery report says that our letter did not arrive
    links: tuple[str, ...] = ()  # every address in the message
    answer_links: tuple[str, ...] = ()  # addresses that a person names as the answer
    defects: tuple[str, ...] = ()  # faults found in parsing the message
    from_name: str = ""
    date: str | None = None  # the Date header, ISO 8601
    content: str = ""  # hash of the content: a second delivery of it has the same
    new_addresses: tuple[str, ...] = ()  # announced in place of the one that we wrote to
    grounds: tuple[str, ...] = ()  # the points of law that a refusal names
    letterhead: Letterhead = Letterhead()
    authentication: str = ""  # the checks of the sender that stand on top of it
    dmarc: str = ""  # what our own server says of the sender's domain: pass, none or fail; empty: not yet judged
    references: tuple[str, ...] = ()  # Message-IDs of the messages that it answers
    embedded_ids: tuple[str, ...] = ()  # Message-IDs of attached or quoted letters
    documents: tuple[DocumentState, ...] = ()  # what it says of each document that was asked for
    opinion: str = _public(
        "", "second_opinion",
        "Class that a linear model gives to a person's letter beside the rules; it decides nothing. Empty where a "
        "machine wrote, or an entry was made by hand.",
    )  # fmt: skip
    opinion_margin: float = _public(
        0.0, "opinion_margin",
        "By how much that class is ahead of the next one; near 0 the model cannot tell them apart.",
    )  # fmt: skip

    def public(self) -> dict[str, Any]:
        """Return the facts that are columns of `reply`, by column."""
        return {fact.name: getattr(self, held) for held, fact in PUBLIC_FACTS.items()}

    def to_json(self) -> str:
        """Return the text that `message.detail` in private.db holds."""
        return json.dumps(self, default=_fields, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "MessageDetail":
        """Return the value that `to_json` wrote; a fact that is missing in the text has its default."""
        held: dict[str, Any] = json.loads(text)
        held = {name: tuple(value) if isinstance(value, list) else value for name, value in held.items()}
        held["recipients"] = tuple(Recipient(**recipient) for recipient in held.get("recipients", ()))
        held["documents"] = tuple(DocumentState(**document) for document in held.get("documents", ()))
        held["letterhead"] = Letterhead(**held.get("letterhead", {}))
        return cls(**held)


# Field of a MessageDetail → its column, in the order of the columns.
PUBLIC_FACTS: Mapping[str, PublicFact] = {
    known.name: known.metadata[_PUBLIC] for known in fields(MessageDetail) if _PUBLIC in known.metadata
}


@dataclass(frozen=True, slots=True)
class Understood:
    """The analysis of one message; `candidates` are (campaign, agency, score, reasons, chosen by rule, proof)."""

    sha256: str
    received_at: str  # the time of receipt that the analysis used
    message_id: str
    subject: str
    from_address: str
    event: str
    rule: str
    words: str
    detail: MessageDetail
    parser: str
    attachments: Sequence[Attachment] = ()
    candidates: Sequence[tuple[str, str, float, Reasons, bool, str]] = ()
    error: str = ""
    event_without_scans: str = ""
    signed: bool = True  # False where the head certainly has no DKIM signature
