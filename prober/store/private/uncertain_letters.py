"""Mark letters `uncertain` that may or may not have left, and settle them by evidence. They are never sent again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from prober.errors import UsageError
from prober.store import Database, send_journal, transaction
from prober.store.private.outbox import move
from prober.store.send_journal import Entry


class Left(NamedTuple):
    """A letter that has left, or may have, by results.db. `at`: when it was accepted, or became uncertain."""

    campaign: str
    agency: str
    step: str
    at: str


_LEFT = """
SELECT r.campaign, r.agency, 'request', COALESCE(r.accepted_at, MAX(e.at))
FROM request r JOIN request_event e ON e.request = r.id AND e.step = 'request' AND e.what IN ('accepted', 'uncertain')
WHERE r.state IN ('accepted', 'uncertain') GROUP BY r.id
UNION ALL
SELECT r.campaign, r.agency, 'reminder', COALESCE(r.reminded_at, MAX(e.at))
FROM request r JOIN request_event e ON e.request = r.id AND e.step = 'reminder' AND e.what IN ('accepted', 'uncertain')
WHERE r.reminder_state IN ('accepted', 'uncertain') GROUP BY r.id
UNION ALL
SELECT r.campaign, r.agency, 'follow-up', COALESCE(r.followed_up_at, MAX(e.at))
FROM request r JOIN request_event e ON e.request = r.id AND e.step = 'follow-up' AND e.what IN ('accepted', 'uncertain')
WHERE r.follow_up_state IN ('accepted', 'uncertain') GROUP BY r.id
"""


def published(results: Database) -> list[Left]:
    """Return every letter of results.db that has left or may have.

    `sending` is not among them: the result of such a letter may be known by now, and only not be written there yet.
    """
    return [Left(*row) for row in results.execute(_LEFT).fetchall()]


def take_stock(db: Database, now: datetime) -> int:
    """Mark letters that a crash or a restored backup left in doubt, settle what the mailbox proves; return the settled.

    Returns the number of settled letters. Run it before anything is sent or settled, and only under
    `outbox.sole_sender`.
    """
    doubt_interrupted(db, now)
    doubt_restored(db, send_journal.entries(send_journal.beside(db)), now)
    return settle_by_evidence(db, now)


def doubt_interrupted(db: Database, now: datetime) -> int:
    """Mark every letter left in `sending` by a crash as `uncertain`. Returns their number.

    Call it only where no other process can be sending (the sender's lock). Such a letter is never sent again by itself:
    it is not known whether the server has it.
    """
    with transaction(db):
        found = [row for (row,) in db.execute("SELECT id FROM outbox WHERE state = 'sending'").fetchall()]
        for row in found:
            move(db, row, ("sending",), "uncertain", "interrupted while it was being handed over", now)
    return len(found)


def doubt_restored(db: Database, journal: Mapping[str, Entry], now: datetime) -> int:
    """Mark letters as `uncertain` that left after the backup which was restored. Returns their number.

    These are letters that have not left by this database, although the send journal knows an attempt that this database
    does not. Their replies may have come already and found no request: such messages are analysed again.
    """
    with transaction(db):
        open_rows = db.execute(
            "SELECT id, message_id, attempts FROM outbox WHERE state IN ('planned', 'deferred')"
        ).fetchall()
        found = [
            (row, entry)
            for row, message_id, attempts in open_rows
            if (entry := journal.get(message_id)) and entry.left and entry.attempt > attempts
        ]
        for row, entry in found:
            db.execute("UPDATE outbox SET attempts = ?, sending_since = ? WHERE id = ?", [entry.attempt, entry.at, row])
            why = f"handed over at {entry.at} by the send journal; this database is an older copy"
            move(db, row, ("planned", "deferred"), "uncertain", why, now)
        if found:
            _look_again(db)
    return len(found)


def doubt_unpublished(db: Database, left: Iterable[Left]) -> int:
    """Mark letters as `uncertain` that left by results.db but not by this database. Returns their number.

    This covers the case that the send journal is lost too. results.db has its data from this database, so this one is
    an older copy, unless its own entry on the letter is later (a person settled it, or it was approved in a database
    begun anew). To be called before results.db is brought up to date.
    """
    found = 0
    with transaction(db):
        for letter in left:
            for (row,) in db.execute(
                "SELECT id FROM outbox WHERE campaign = ? AND agency = ? AND step = ? AND updated_at < ? "
                "AND state IN ('planned', 'deferred')",
                letter,
            ).fetchall():
                db.execute(
                    "UPDATE outbox SET attempts = attempts + 1, sending_since = ? WHERE id = ?", [letter.at, row]
                )
                why = "handed over, by results.db; this database is an older copy"
                moment = datetime.fromisoformat(letter.at)
                found += move(db, row, ("planned", "deferred"), "uncertain", why, moment)
        if found:
            _look_again(db)
    return found


def _look_again(db: Database) -> None:
    """Mark the messages that belonged to no request for a new analysis in the next pass over the mailbox."""
    db.execute("UPDATE message SET status = 'stored' WHERE status = 'unmatched'")


def settle_by_evidence(db: Database, now: datetime) -> int:
    """Settle letters that the mailbox proves were accepted. Returns their number.

    Own copy: a message with the letter's Message-ID came to our own mailbox; it went out in the same transaction, so
    the server took it, and its INTERNALDATE is the moment. That is so of a letter that seems not to have left, too:
    then this database is a restored copy, and the send journal was lost or restored with it. For a doubtful request,
    any message matched to it (bounce or reply) proves the same; the moment is then that of the attempt, because the
    message itself came later. Absence proves nothing and settles nothing.
    """
    with transaction(db):
        own = db.execute(
            "SELECT o.id, MIN(m.received_at) FROM outbox o JOIN message m ON m.message_id = o.message_id "
            "WHERE o.state IN ('planned', 'deferred', 'uncertain') AND m.status = 'own' GROUP BY o.id"
        ).fetchall()
        matched = db.execute(
            "SELECT o.id, o.sending_since FROM outbox o WHERE o.state = 'uncertain' AND o.step = 'request' AND EXISTS "
            "(SELECT 1 FROM match_candidate c JOIN message m ON m.sha256 = c.message WHERE c.campaign = o.campaign "
            "AND c.agency = o.agency AND c.chosen = 1 AND m.status = 'matched')"
        ).fetchall()
        proofs = {row: (moment, "a message answers it") for row, moment in matched}
        proofs |= {row: (moment, "own copy found in the mailbox") for row, moment in own}
        for row, (moment, reason) in proofs.items():
            forgotten = db.execute(
                "UPDATE outbox SET sending_since = ?, attempts = attempts + 1 "
                "WHERE id = ? AND state IN ('planned', 'deferred')",
                [moment, row],
            ).rowcount
            move(db, row, ("planned", "deferred", "uncertain"), "accepted", reason, now, accepted_at=moment)
            if forgotten:
                _look_again(db)
    return len(proofs)


def settle(db: Database, row: int, state: str, reason: str, now: datetime) -> None:
    """Record a person's decision on a doubtful letter: `accepted`, `cancelled`, or `planned` (it certainly never left).

    A refused letter may be planned again too. Raises UsageError for any other letter.
    """
    with transaction(db):
        since = db.execute("SELECT sending_since FROM outbox WHERE id = ?", [row]).fetchone()[0]
        accepted_at = since if state == "accepted" else None
        origins = ("uncertain", "refused") if state == "planned" else ("uncertain",)
        if not move(db, row, origins, state, reason, now, accepted_at):
            raise UsageError(f"letter {row} is not in doubt; only {' and '.join(origins)} letters can become {state}")
