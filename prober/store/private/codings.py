"""Store people's decisions about messages in private.db: matches, classes, qualities, hand entries, lists for reading.

Each decision is one transaction. results.db shows them after the next projection, and they outlive every rebuild of it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from prober.domain.correspondence import Event
from prober.domain.reason import Reason, from_json
from prober.errors import UsageError
from prober.store import transaction
from prober.store.private.message_analysis import ENDS_REMINDERS, cancel_later_steps, settle
from prober.store.private.messages import TRIED
from prober.store.schema.vocabulary import CODING_ROLES

QUALITIES = {0: "none", 1: "a referral only", 2: "partial", 3: "complete", 4: "complete and reusable"}


@dataclass(frozen=True, slots=True)
class Subject:
    """The unit of coding: a message, or an entry made by hand, as an answer to one request."""

    message: str
    campaign: str
    agency: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision of one coder. `items` are qualities, 0 to 4, by the number of the document, from 1."""

    coder: str
    role: str  # one of CODING_ROLES
    event: Event
    proposed: str
    items: Mapping[int, int]
    blind: bool = False


KeptCoding = tuple[Decision, str]  # a decision, and when it was made (ISO 8601)


def save(db: Database, subject: Subject, decision: Decision, now: datetime) -> KeptCoding | None:
    """Store a decision in one transaction, in place of the same coder's earlier one in the same role; return that.

    A class that means that a person has written cancels the reminder that has not left yet. Raises UsageError for an
    unknown role or quality.
    """
    if decision.role not in CODING_ROLES or not set(decision.items.values()) <= set(QUALITIES):
        raise UsageError(f"no such role or quality: {decision.role}, {dict(decision.items)}")
    with transaction(db):
        before = _remove(db, subject, decision.coder, decision.role)
        _insert(db, subject, decision, now.isoformat())
        if decision.role != "second":
            _end_reminder(db, subject, decision.event, decision.coder, now)
    return before


def take_back(db: Database, subject: Subject, coder: str, role: str, before: KeptCoding | None) -> None:
    """Remove a decision and put the one `before` it back, in one transaction. A cancelled reminder stays cancelled."""
    with transaction(db):
        _remove(db, subject, coder, role)
        if before:
            _insert(db, subject, *before)


def _insert(db: Database, subject: Subject, decision: Decision, at: str) -> None:
    (row,) = db.execute(
        "INSERT INTO coding (message, campaign, agency, coder, role, event, proposed, blind, coded_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        [
            subject.message, subject.campaign, subject.agency, decision.coder, decision.role, decision.event.value,
            decision.proposed, int(decision.blind), at,
        ],
    ).fetchone()  # fmt: skip
    db.conn.executemany(
        "INSERT INTO coding_item (coding, item, quality) VALUES (?, ?, ?)",
        [(row, item, quality) for item, quality in sorted(decision.items.items())],
    )


def _remove(db: Database, subject: Subject, coder: str, role: str) -> KeptCoding | None:
    """Delete and return the decision of a coder in a role; None where there is none."""
    found = db.execute(
        "SELECT id, event, proposed, blind, coded_at FROM coding "
        "WHERE (message, campaign, agency, coder, role) = (?, ?, ?, ?, ?)",
        [subject.message, subject.campaign, subject.agency, coder, role],
    ).fetchone()
    if not found:
        return None
    row, event, proposed, blind, at = found
    items = dict(db.execute("SELECT item, quality FROM coding_item WHERE coding = ?", [row]).fetchall())
    db.execute("DELETE FROM coding_item WHERE coding = ?", [row])
    db.execute("DELETE FROM coding WHERE id = ?", [row])
    return Decision(coder, role, Event(event), proposed, items, bool(blind)), at


def _end_reminder(db: Database, subject: Subject, event: Event, by: str, now: datetime) -> None:
    if event in ENDS_REMINDERS or event == Event.BOUNCE:
        reason = Reason("message_came", message=subject.message[:12], event=event.value, by=by)
        cancel_later_steps(db, subject.campaign, subject.agency, event.value, reason, now)


def codings(db: Database, requests: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return every coding of an answer to one of `requests` (campaign, agency), in the order in which they were made.

    Each has its `items` (document number → quality).
    """
    of_requests = (
        "FROM json_each(?) r CROSS JOIN coding k ON k.campaign = json_extract(r.value, '$[0]') "
        "AND k.agency = json_extract(r.value, '$[1]')"
    )
    items: dict[int, dict[int, int]] = {}
    sql = (
        f"SELECT i.coding, i.item, i.quality {of_requests} CROSS JOIN coding_item i ON i.coding = k.id ORDER BY i.item"
    )
    for coding, item, quality in db.execute(sql, [json.dumps(requests)]).fetchall():
        items.setdefault(coding, {})[item] = quality
    order = "ORDER BY k.coded_at, k.coder, k.role, k.message, k.campaign, k.agency"
    rows = db.query(f"SELECT k.* {of_requests} {order}", [json.dumps(requests)])
    return [row | {"items": items.get(row["id"], {})} for row in rows]


@dataclass(frozen=True, slots=True)
class HandEntry:
    """A telephone call, a letter on paper or a visit. `at` is when it reached us."""

    campaign: str
    agency: str
    event: Event
    at: datetime
    text: str
    by: str

    @property
    def sha256(self) -> str:
        parts = (self.campaign, self.agency, self.event.value, self.at.isoformat(), self.text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def enter(db: Database, entry: HandEntry, now: datetime) -> str:
    """Store an entry and cancel the reminder that it makes needless. Returns its hash.

    Raises UsageError if there is no such request, the entry lies in the future or before the request, or exists
    already.
    """
    with transaction(db):
        request = db.execute(
            "SELECT accepted_at FROM outbox WHERE campaign = ? AND agency = ? AND step = 'request'",
            [entry.campaign, entry.agency],
        ).fetchone()
        _plausible(entry, request, now)
        cursor = db.execute(
            "INSERT INTO hand_entry (sha256, campaign, agency, event, at, text, [by], entered_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET withdrawn_by = '', "
            "withdrawn_at = NULL, [by] = excluded.[by], entered_at = excluded.entered_at "
            "WHERE withdrawn_at IS NOT NULL",
            [
                entry.sha256, entry.campaign, entry.agency, entry.event.value, entry.at.isoformat(), entry.text,
                entry.by, now.isoformat(),
            ],
        )  # fmt: skip
        if not cursor.rowcount:
            raise UsageError(f"this was entered before ({entry.sha256[:12]}); nothing was changed")
        _end_reminder(db, Subject(entry.sha256, entry.campaign, entry.agency), entry.event, entry.by, now)
    return entry.sha256


def _plausible(entry: HandEntry, request: tuple[str | None] | None, now: datetime) -> None:
    if request is None:
        raise UsageError(
            f"campaign {entry.campaign} has no request to {entry.agency}; see `prober campaign status {entry.campaign}`"
        )
    if not entry.text.strip():
        raise UsageError("an entry says in words what was said or written")
    if entry.at > now:
        raise UsageError(f"{entry.at.isoformat()} lies in the future; it is {now.isoformat(timespec='minutes')}")
    if request[0] is None or entry.at < datetime.fromisoformat(request[0]):
        raise UsageError(f"the request to {entry.agency} was accepted at {request[0]}, not before {entry.at}")


def withdraw(db: Database, prefix: str, by: str, now: datetime) -> str:
    """Withdraw the entry whose hash begins with `prefix`; it stays on record and no longer counts. Returns its hash.

    Raises UsageError unless exactly one counting entry fits. A reminder that it cancelled stays cancelled.
    """
    with transaction(db):
        found = db.execute(
            "SELECT sha256 FROM hand_entry WHERE substr(sha256, 1, ?) = ? AND withdrawn_at IS NULL",
            [len(prefix), prefix],
        ).fetchall()
        if len(prefix) < 4 or len(found) != 1:
            raise UsageError(f"{len(found) or 'no'} entries in force begin with {prefix!r}; give more of the hash")
        db.execute(
            "UPDATE hand_entry SET withdrawn_by = ?, withdrawn_at = ? WHERE sha256 = ?",
            [by, now.isoformat(), found[0][0]],
        )
    return str(found[0][0])


def hand_entry(db: Database, sha256: str) -> dict[str, Any] | None:
    """Return one entry, or None where `sha256` is the hash of a message."""
    return next(iter(db.query("SELECT * FROM hand_entry WHERE sha256 = ?", [sha256])), None)


@dataclass(frozen=True, slots=True)
class ReadingList:
    """The agencies of one campaign that were drawn for reading (prober.campaign.design.reading_order).

    The list ends at `last_place`; what had been read at its first draw is no part of it.
    """

    campaign: str
    size: int
    last_place: float
    read_before: frozenset[str]
    by: str
    at: str


def reading_lists(db: Database) -> dict[str, ReadingList]:
    """Return the list that holds for each campaign that has one."""
    rows = db.query("SELECT campaign, size, last_place, read_before, [by], at FROM reading_list ORDER BY id")
    return {
        row["campaign"]: ReadingList(**row | {"read_before": frozenset(json.loads(row["read_before"]))}) for row in rows
    }


def save_reading_list(
    db: Database, campaign: str, size: int, last_place: float, read: Collection[str], by: str, now: datetime
) -> ReadingList:
    """Store a draw and return the list that holds now. A list never gets shorter: a shorter draw changes nothing.

    `read` are the agencies whose replies have all been read; only those of the first draw are kept. One transaction.
    """
    with transaction(db):
        held = reading_lists(db).get(campaign)
        if held and held.last_place >= last_place:
            return held
        before = held.read_before if held else read
        db.execute(
            "INSERT INTO reading_list (campaign, size, last_place, read_before, [by], at) VALUES (?, ?, ?, ?, ?, ?)",
            [campaign, size, last_place, json.dumps(sorted(before)), by, now.isoformat()],
        )
        return reading_lists(db)[campaign]


def decide(db: Database, sha256: str, campaign: str, agency: str, action: str, by: str, now: datetime) -> None:
    """Record that a person assigns a message to a request ("assign") or takes it away ("remove"); the history is kept.

    Raises UsageError if there is no such request, or nothing to take away.
    """
    with transaction(db):
        asked = db.execute("SELECT 1 FROM outbox WHERE campaign = ? AND agency = ?", [campaign, agency]).fetchone()
        if not asked:
            raise UsageError(f"campaign {campaign} has no request to {agency}; see `prober campaign status {campaign}`")
        held = db.execute(
            "SELECT 1 FROM match_candidate WHERE message = ? AND campaign = ? AND agency = ? AND chosen = 1",
            [sha256, campaign, agency],
        ).fetchone()
        if bool(held) == (action == "assign"):
            state = "is already assigned" if held else "is not assigned"
            raise UsageError(f"message {sha256[:12]} {state} to {agency} in {campaign}; nothing was changed")
        _note(db, sha256, [(campaign, agency, action)], by, now)


def cancelled_reminder(db: Database, sha256: str, campaign: str, agency: str) -> bool:
    """Return True if this message cancelled the reminder to `agency`; removing the match does not undo that."""
    sql = "SELECT reason FROM outbox WHERE campaign = ? AND agency = ? AND step != 'request' AND state = 'cancelled'"
    reasons = (reason for (text,) in db.execute(sql, [campaign, agency]) for reason in from_json(text))
    return any(reason.code == "message_came" and reason.params["message"] == sha256[:12] for reason in reasons)


def set_aside(db: Database, sha256: str, by: str, now: datetime) -> list[tuple[str, str]]:
    """Record that a person says a message belongs to no request, and remove its assignments.

    Returns these (campaign, agency), for `bring_back`. The history is kept.
    """
    with transaction(db):
        taken = chosen(db, sha256)
        _note(db, sha256, [*((*request, "remove") for request in taken), ("", "", "aside")], by, now)
    return taken


def bring_back(db: Database, sha256: str, requests: Iterable[tuple[str, str]], by: str, now: datetime) -> None:
    """Undo `set_aside`, and restore the assignments that it ended; the history is kept."""
    with transaction(db):
        _note(db, sha256, [("", "", "back"), *((*request, "assign") for request in requests)], by, now)


def chosen(db: Database, sha256: str) -> list[tuple[str, str]]:
    """Return the requests (campaign, agency) that a message belongs to."""
    sql = "SELECT campaign, agency FROM match_candidate WHERE message = ? AND chosen = 1 ORDER BY campaign, agency"
    return list(db.execute(sql, [sha256]).fetchall())


def is_aside(db: Database, sha256: str) -> bool:
    """Return True if a person has said that a message belongs to no request."""
    return bool(db.execute("SELECT status = 'aside' FROM message WHERE sha256 = ?", [sha256]).fetchone()[0])


def _note(db: Database, sha256: str, said: Iterable[tuple[str, str, str]], by: str, now: datetime) -> None:
    """Add a person's decisions (campaign, agency, action) and let them count. Inside the caller's transaction."""
    db.conn.executemany(
        "INSERT INTO match_decision (message, campaign, agency, action, [by], at) VALUES (?, ?, ?, ?, ?, ?)",
        [(sha256, *entry, by, now.isoformat()) for entry in said],
    )
    settle(db, sha256, now)


def requests(db: Database) -> list[dict[str, Any]]:
    """Return every request that may have left: campaign, agency, and the address that it went to."""
    return list(
        db.query(
            "SELECT campaign, agency, rcpt FROM outbox WHERE step = 'request' "
            f"AND {TRIED} ORDER BY campaign DESC, agency"
        )
    )
