"""Letters out and replies in, as values. Nothing here knows a network or a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class SendState(StrEnum):
    """Where one letter stands. `SENDING` is committed before DATA: a crash there becomes `UNCERTAIN`, not a resend."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


NEVER_SENT = frozenset({SendState.PLANNED, SendState.CANCELLED})  # refused and doubtful letters were sent


class Step(StrEnum):
    """The pre-registered steps of a campaign. (campaign, agency, step) is sent at most once."""

    REQUEST = "request"
    REMINDER = "reminder"


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


class Event(StrEnum):
    """The class of one incoming message (docs/reference/wording.md#reply-classes).

    Automatic ones come first and are never answers.
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


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file. `name` is safe to show and unique in its message; it is never used as a path.

    Of a `scanned` file, the picture of a text, `text` was recognised with that `confidence` (0 to 1), or says that it
    was not read; `confidence` is None until that was tried.
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


HELD = "auto.filter"  # the rule of a notice that a filter holds our letter back
# A defect: our own server found that the sender's domain disowns the message. Forwarding does that to honest mail too.
DISOWNED = "the sender's domain disowns it (DMARC)"


@dataclass(frozen=True, slots=True)
class Recipient:
    """What one delivery report says of one recipient (RFC 3464).

    `permanence` is dead, temporary, blocked or delivered.
    """

    address: str
    status: str  # enhanced status code, RFC 3463, or ""
    permanence: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One incoming message, parsed once. Matching, bounce detection and classification decide on this value alone."""

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
    headers: tuple[tuple[str, str], ...]  # decoded; of those that other fields say, most are left out
    attachments: tuple[Attachment, ...]
    embedded_ids: tuple[str, ...]  # Message-IDs inside attached or quoted originals
    defects: tuple[str, ...]
    links: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()  # (content type, decoded text) of machine-readable parts, DSN first
    _by_name: dict[str, str] = field(init=False, repr=False, compare=False)  # lower-case name → first value

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {name.lower(): value for name, value in reversed(self.headers)})

    def header(self, name: str) -> str:
        """First value of a header, or "". Names are compared without case."""
        return self._by_name.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of one message; `candidates` are (campaign, agency, score, reasons, chosen by rule)."""

    sha256: str
    received_at: str  # the moment that it was understood with
    message_id: str
    subject: str
    from_address: str
    event: str
    rule: str
    words: str
    detail: Mapping[str, Any]
    parser: str
    attachments: Sequence[Attachment] = ()
    candidates: Sequence[tuple[str, str, float, str, bool]] = ()
    error: str = ""
    event_without_scans: str = ""
