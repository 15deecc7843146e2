"""What was understood of incoming messages, in private.db, below what a person decided about them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from prober.correspondence import AUTOMATIC, Attachment, Event
from prober.store import transaction
from prober.store.outbox import move

# A message of these classes ends the correspondence of our side: the one reminder is not sent any more.
ENDS_REMINDERS = frozenset(set(Event) - AUTOMATIC - {Event.UNCLEAR, Event.EMPTY}) | {Event.UNCLEAR, Event.ABUSE}


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


def record(db: Database, messages: Iterable[Understood], now: datetime) -> None:
    """Store what was made of messages; cancel planned reminders of the requests that they belong to. One transaction.

    What was understood with another moment of receipt than is known now is left out, and stays to be understood again.
    Nothing here changes an address or plans a letter. Decisions of a person outlive every new reading.
    """
    with transaction(db):
        for found in messages:
            if _store(db, found):
                settle(db, found.sha256, now)


def _store(db: Database, found: Understood) -> bool:
    updated = db.execute(
        "UPDATE message SET message_id = ?, subject = ?, from_address = ?, event = ?, rule = ?, words = ?, "
        "detail = ?, parser = ?, error = ?, event_without_scans = ? WHERE sha256 = ? AND received_at = ?",
        [
            found.message_id, found.subject, found.from_address, found.event, found.rule, found.words,
            json.dumps(found.detail, ensure_ascii=False, sort_keys=True), found.parser, found.error,
            found.event_without_scans, found.sha256, found.received_at,
        ],
    ).rowcount  # fmt: skip
    if not updated:
        return False
    db.execute("DELETE FROM message_part WHERE message = ?", [found.sha256])
    db.conn.executemany(
        "INSERT INTO message_part (message, position, name, original_name, media_type, bytes, sha256, text, scanned, "
        "confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                found.sha256,
                position,
                a.name,
                a.original_name,
                a.media_type,
                a.size,
                a.sha256,
                a.text,
                int(a.scanned),
                a.confidence,
            )
            for position, a in enumerate(found.attachments, 1)
        ],
    )
    _store_candidates(db, found)
    return True


def _store_candidates(db: Database, found: Understood) -> None:
    """Rows are updated in place, so that a candidate keeps its number however often its message is read again."""
    pairs = {(campaign, agency) for campaign, agency, *_ in found.candidates}
    for campaign, agency in db.execute(
        "SELECT campaign, agency FROM match_candidate WHERE message = ?", [found.sha256]
    ).fetchall():
        if (campaign, agency) not in pairs:
            db.execute(
                "DELETE FROM match_candidate WHERE message = ? AND campaign = ? AND agency = ?",
                [found.sha256, campaign, agency],
            )
    for campaign, agency, score, reasons, chosen in found.candidates:
        db.execute(
            "INSERT INTO match_candidate (message, campaign, agency, score, reasons, chosen, chosen_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message, campaign, agency) DO UPDATE SET score = "
            "excluded.score, reasons = excluded.reasons, chosen = excluded.chosen, "
            "chosen_by = excluded.chosen_by, chosen_at = NULL",
            [found.sha256, campaign, agency, score, reasons, int(chosen), "rule" if chosen else ""],
        )


def settle(db: Database, sha256: str, now: datetime) -> None:
    """Lay the decisions of people over the rules' choice, set the status, and cancel reminders now idle."""
    for campaign, agency, action, by, at in db.execute(
        "SELECT campaign, agency, action, [by], at FROM match_decision WHERE message = ? ORDER BY id", [sha256]
    ).fetchall():
        db.execute(
            "INSERT INTO match_candidate (message, campaign, agency, score, reasons, chosen, chosen_by, chosen_at) "
            "VALUES (?, ?, ?, 0, 'person', ?, ?, ?) ON CONFLICT (message, campaign, agency) DO UPDATE SET "
            "chosen = excluded.chosen, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at",
            [sha256, campaign, agency, int(action == "assign"), by, at],
        )
    event, error, rule = db.execute("SELECT event, error, rule FROM message WHERE sha256 = ?", [sha256]).fetchone()
    requests = db.execute(
        "SELECT campaign, agency FROM match_candidate WHERE message = ? AND chosen = 1", [sha256]
    ).fetchall()
    status = "poison" if error else "own" if event == Event.OWN_COPY else "matched" if requests else "unmatched"
    db.execute("UPDATE message SET status = ? WHERE sha256 = ?", [status, sha256])
    if event in ENDS_REMINDERS or (event == Event.BOUNCE and rule != "bounce.temporary"):
        for campaign, agency in requests:
            cancel_reminder(db, campaign, agency, f"message {sha256[:12]} ({event}) came", now)


def cancel_reminder(db: Database, campaign: str, agency: str, reason: str, now: datetime) -> None:
    """Cancel the reminder of a request if it has not left, inside the caller's transaction."""
    row = db.execute(
        "SELECT id FROM outbox WHERE campaign = ? AND agency = ? AND step = 'reminder'", [campaign, agency]
    ).fetchone()
    if row:
        move(db, row[0], ("planned", "deferred"), "cancelled", reason, now)
