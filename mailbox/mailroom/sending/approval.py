"""Letters between approval and sending: frozen once, verified before every pass, retried later and later."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from prober.campaign.design.assignment import NOTHING, Known, sha256_of
from prober.campaign.law.requirements import reasons, requirements
from prober.campaign.letters.compose import Requester
from prober.campaign.protocol.model import Protocol, parse
from prober.campaign.schedule import Handed, Row
from prober.campaign.wave import Planned, digest, wave
from prober.config.load import Sender
from prober.domain.agency import Agency
from prober.domain.correspondence import SendState, Step
from prober.domain.working_days import Calendar
from prober.errors import NotApproved, ProberError, ProtocolError
from prober.store import Database, send_journal
from prober.store.private import campaigns, outbox, uncertain_letters

# A greylisting server wants some minutes; RFC 5321, 4.5.4.1 gives up after four to five days.
RETRY_MINUTES = (10, 20, 40, 80, 160, 320)
GIVE_UP = timedelta(days=5)
MOMENT = 0.2  # seconds: `mailroom.sending.accounting` holds the lock of sending while it counts


def requester(sender: Sender) -> Requester:
    """The [sender] section as the letters show it."""
    return Requester(**{field.name: getattr(sender, field.name) for field in fields(Requester)})


def protocol_of(file: campaigns.CampaignFile) -> Protocol:
    """The protocol as registered. Raises ProtocolError."""
    return parse(file.protocol, f"campaign {file.id}")


def sha256(text: str) -> str:
    """Hash of a protocol's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def freeze(
    private: Database,
    name: str,
    agencies: Sequence[Agency],
    sender: Sender,
    calendar: Calendar,
    by: str,
    now: datetime,
    known: Known = NOTHING,
) -> str:
    """Compose every letter of campaign `name`, store them, and record the approval of `by`. Returns the hash.

    Nothing is sent. Raises ProtocolError for a letter that cannot be composed, UsageError once a letter has left.
    """
    file = campaigns.campaign(private, name)
    protocol = protocol_of(file)
    planned = wave(protocol, name, agencies, requester(sender), calendar, known)
    rows = [_row(item, protocol, sender, now) for item in planned]
    approval, assignment = digest(file.protocol_sha256, rows), sha256_of(_requests(rows))
    campaigns.approve(private, name, approval, assignment, by, now, rows)
    return approval


def earlier_arms(private: Database, protocol: Protocol) -> dict[str, str]:
    """Agency → its arm in the campaign that `protocol` pairs with, of those whose request was accepted there.

    Empty where it pairs with none. Raises UsageError where that campaign does not exist, ProtocolError where nothing
    of it was sent or it asked agencies of another frame or kind.
    """
    if not protocol.pairs_with:
        return {}
    before = protocol_of(campaigns.campaign(private, protocol.pairs_with))
    if (before.frame, before.kind) != (protocol.frame, protocol.kind):
        raise ProtocolError(
            f"pairs_with: {protocol.pairs_with} asked frame {before.frame} and kind {before.kind}, and this protocol "
            f"asks {protocol.frame} and {protocol.kind}"
        )
    rows = outbox.rows(private, protocol.pairs_with)
    arms = {row["agency"]: row["arm"] for row in rows if row["step"] == Step.REQUEST and row["accepted_at"]}
    if not arms:
        raise ProtocolError(f"pairs_with: no letter of {protocol.pairs_with} was sent yet, so there is nothing to pair")
    return arms


def verify(private: Database, name: str) -> campaigns.CampaignFile:
    """The campaign, if it is approved and nothing it covers has changed since.

    Raises NotApproved: never approved, paused, closed, or protocol, recipients or bytes differ from those approved.
    """
    file = campaigns.campaign(private, name)
    if file.status != "approved":
        remedy = {
            "draft": f"run `prober campaign approve {name}`",
            "paused": f"run `prober campaign resume {name}`",
            "closed": "start another campaign",
        }
        raise NotApproved(f"campaign {name} is {file.status}: nothing is sent; {remedy[file.status]}")
    drawn = sha256_of(_requests(outbox.rows(private, name)))
    if (
        sha256(file.protocol) != file.protocol_sha256
        or digest(file.protocol_sha256, outbox.frozen(private, name)) != file.approval_sha256
        or file.assignment_sha256 not in ("", drawn)  # "": approved before assignments were hashed
    ):
        raise NotApproved(
            f"campaign {name}: the protocol, a recipient, a place in the draw or a letter changed after "
            f"{file.approved_by} approved it on {file.approved_at}; nothing is sent. Look at it with `prober campaign "
            "preview` and approve it again."
        )
    return file


def wants_identity(private: Database, name: str) -> bool:
    """True if a request of campaign `name` has yet to leave on which the number of an identity paper is written.

    No letter comes to be so during a pass: what could plan it again needs the lock of `sole_sender`.
    """
    if not protocol_of(campaigns.campaign(private, name)).identity:
        return False
    numbers = outbox.counts(private, name)
    return any(numbers.get((Step.REQUEST.value, state.value)) for state in (SendState.PLANNED, SendState.DEFERRED))


def take_stock(private: Database, now: datetime) -> int:
    """Before anything is sent or settled: doubt what a crash or a restored backup left unknown, then settle what the
    mailbox proves. Returns how many were settled. Only under `sole_sender`.
    """
    uncertain_letters.doubt_interrupted(private, now)
    uncertain_letters.doubt_restored(private, send_journal.entries(send_journal.beside(private)), now)
    return uncertain_letters.settle_by_evidence(private, now)


@contextmanager
def sole_sender(private: Database) -> Iterator[None]:
    """Hold the one lock of sending. The system releases it when the process ends, also by kill -9.

    Raises ProberError if another process holds it.
    """
    (path,) = (Path(row[2]) for row in private.execute("PRAGMA database_list").fetchall() if row[1] == "main")
    lock = FileLock(f"{path}.sending.lock", timeout=MOMENT, poll_interval=0.02)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProberError(f"another process is sending from {path}; nothing was done. Wait for it to end.") from error
    try:
        yield
    finally:
        lock.release()


def plan_rows(rows: Sequence[dict[str, Any]]) -> list[Row]:
    """Rows of the outbox as values of the plan."""
    return [
        Row(
            id=row["id"],
            agency=row["agency"],
            step=Step(row["step"]),
            state=SendState(row["state"]),
            position=row["position"],
            not_before=None if row["not_before"] == outbox.AFTER_REQUEST else datetime.fromisoformat(row["not_before"]),
            accepted_at=datetime.fromisoformat(row["accepted_at"]) if row["accepted_at"] else None,
            arm=row["arm"],
        )
        for row in rows
    ]


def handed_over(private: Database) -> Handed:
    """What all campaigns have handed over so far."""
    last, days = outbox.handed(private)
    handed = Handed(last)
    handed.on.update({datetime.fromisoformat(day).date(): number for day, number in days.items()})
    return handed


def retry_at(attempts: int, first_attempt: datetime, now: datetime) -> datetime | None:
    """When a deferred letter is tried again, after `attempts` attempts; None when it is time to give up."""
    if now - first_attempt >= GIVE_UP:
        return None
    return now + timedelta(minutes=RETRY_MINUTES[min(attempts, len(RETRY_MINUTES)) - 1])


def _requests(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row per agency: a reminder has the place of its request."""
    return (row for row in rows if row["step"] == Step.REQUEST)


def _row(planned: Planned, protocol: Protocol, sender: Sender, now: datetime) -> dict[str, Any]:
    letter = planned.letter
    lacking = reasons(requirements(protocol.of(planned.arm), requester(sender)))
    return {
        "campaign": letter.campaign, "agency": letter.agency, "step": letter.step.value, "position": planned.position,
        "state": SendState.PLANNED.value, "token": letter.token, "message_id": letter.message_id,
        "mail_from": letter.mail_from, "rcpt": letter.rcpt, "subject": letter.subject, "raw": letter.raw,
        "sha256": hashlib.sha256(letter.raw).hexdigest(), "legally_valid": int(not lacking),
        "legal_reasons": lacking,
        "not_before": planned.not_before.isoformat() if planned.not_before else outbox.AFTER_REQUEST,
        "planned_at": now.isoformat(), "updated_at": now.isoformat(), "arm": planned.arm, "block": planned.block,
    }  # fmt: skip
