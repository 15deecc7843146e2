"""Whether a letter reached the office that it was sent to: what proves it, and what speaks against it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from prober.domain.correspondence import HELD, Event, SendState

Row = Mapping[str, Any]
BOUNCE_DAYS = timedelta(days=7)  # without a bounce for so long, an accepted letter counts as delivered


def delivered(letter: Row, replies: Sequence[Row], undelivered: bool, as_of: str) -> str:
    """yes, no or unknown, by the rows of `reply` that answer `letter`; `undelivered`: a report says so.

    A message from beyond the mail servers proves delivery, whatever a report said of another copy. What a filter holds
    back has not arrived, unless a person reads its notice otherwise.
    """
    if any(map(_proves_it, replies)):
        return "yes"
    if undelivered or any(map(_is_held, replies)) or letter["state"] == SendState.REFUSED:
        return "no"
    bounced = any(reply["event"] == Event.BOUNCE for reply in replies)
    accepted: str | None = letter["accepted_at"]
    if accepted and not bounced:
        waited = datetime.fromisoformat(as_of) - datetime.fromisoformat(accepted)
        return "yes" if waited >= BOUNCE_DAYS else "unknown"
    return "unknown"


def arrived(delivered: str, outcome: str) -> bool:
    """Whether an agency can be held to a letter: not one that is known not to have come, nor one that is delayed.

    So says the view `reply_times` (`answered`) too.
    """
    return delivered != "no" and outcome != Event.BOUNCE


def _proves_it(reply: Row) -> bool:
    automatic = reply["event"] in (Event.AUTO_ACK, Event.READ_RECEIPT)
    return bool(reply["human"]) or (automatic and not _is_held(reply))


def _is_held(reply: Row) -> bool:
    return bool(reply["rule"] == HELD and reply["decided_by"] == "rule")
