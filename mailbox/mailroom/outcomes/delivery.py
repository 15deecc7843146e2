"""Decide whether a letter reached the office that it was sent to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from prober.domain.correspondence import HELD, Event, SendState

Row = Mapping[str, Any]
BOUNCE_DAYS = timedelta(days=7)  # without a bounce for so long, an accepted letter counts as delivered


def delivered(letter: Row, replies: Sequence[Row], undelivered: bool, as_of: str) -> str:
    """Return "yes", "no" or "unknown" by the rows of `reply` that answer `letter`.

    `undelivered` means that a delivery report says the letter did not arrive. A reply that was not written by a mail
    server proves delivery, even against such a report, which may be about another copy. A letter that a filter holds
    back has not arrived, unless a person codes the filter's notice otherwise.
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
    """Return True if an agency can be expected to answer: the letter is not known to be undelivered or delayed.

    The view `reply_times` applies the same rule in its column `answered`.
    """
    return delivered != "no" and outcome != Event.BOUNCE


def _proves_it(reply: Row) -> bool:
    automatic = reply["event"] in (Event.AUTO_ACK, Event.READ_RECEIPT)
    return bool(reply["human"]) or (automatic and not _is_held(reply))


def _is_held(reply: Row) -> bool:
    return bool(reply["rule"] == HELD and reply["decided_by"] == "rule")
