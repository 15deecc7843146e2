"""Store people's decisions on matches: messages assigned to requests, removed from them, or set aside, with history."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from prober.domain.reason import from_json
from prober.errors import UsageError
from prober.store import transaction
from prober.store.private.message_analysis import settle
from prober.store.private.messages import TRIED


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
