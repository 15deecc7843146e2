"""The outbox in private.db. Every change of state is one transaction that also writes `outbox_event`.

Allowed moves: planned, deferred → sending → accepted, refused, deferred, uncertain; planned, deferred → cancelled;
uncertain → whatever evidence or a person says. Each UPDATE names the state it moves from, so that two processes, or a
process and its own past, can never both win.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from prober.errors import UsageError
from prober.store import transaction
from prober.store.journal import Entry

# `not_before` of a reminder until its request has been accepted.
AFTER_REQUEST = "9999-12-31T00:00:00+07:00"

_ROWS = """
SELECT id, campaign, agency, step, position, state, token, message_id, rcpt, subject, sha256, legally_valid, not_before,
  attempts, accepted_at, smtp_reply, reason
FROM outbox WHERE campaign = ? ORDER BY position, step DESC
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that this process, and no other, may hand over now. `sending` is on disk."""

    id: int
    attempt: int
    attempts: int  # this one included
    first_attempt: datetime
    message_id: str
    mail_from: str
    rcpt: str
    raw: bytes
    sha256: str


def rows(db: Database, campaign: str) -> list[dict[str, Any]]:
    """Every letter of a campaign, in order of sending, without its bytes."""
    return list(db.query(_ROWS, [campaign]))


def frozen(db: Database, campaign: str) -> Iterator[dict[str, Any]]:
    """What an approval covers of each letter, bytes included, one at a time."""
    yield from db.query(
        "SELECT agency, step, token, message_id, mail_from, rcpt, raw FROM outbox "
        "WHERE campaign = ? ORDER BY agency, step",
        [campaign],
    )


def claim(db: Database, row: int, now: datetime) -> Claim | None:
    """Commit `sending` and give the letter, or None if it may not leave (any more).

    It may not if its campaign is not approved (a pause counts at once), or its state is neither planned nor deferred:
    another process has it, or a reply cancelled it a moment ago.
    """
    with transaction(db):
        return _claimed(db, row, now)


def put_off(
    db: Database,
    row: int,
    now: datetime,
    *,
    stage: str,
    code: int | None,
    reply: str,
    retry: Callable[[int, datetime], datetime],
) -> Claim | None:
    """An attempt that failed before a word about the letter was said: counted and deferred in one transaction.

    Never in `sending` on disk, so a crash here leaves no doubt. `retry` gives the next attempt from the number of
    attempts and the first one. None if the letter may not leave, as in `claim`.
    """
    with transaction(db):
        claimed = _claimed(db, row, now)
        if claimed:
            again = retry(claimed.attempts, claimed.first_attempt)
            _ended(db, claimed, "deferred", now, stage, code, reply, again)
    return claimed


def _claimed(db: Database, row: int, now: datetime) -> Claim | None:
    stamp = now.isoformat()
    cursor = db.execute(
        "UPDATE outbox SET state = 'sending', sending_since = ?, attempts = attempts + 1, updated_at = ? "
        "WHERE id = ? AND state IN ('planned', 'deferred') "
        "AND campaign IN (SELECT id FROM campaign_file WHERE status = 'approved')",
        [stamp, stamp, row],
    )
    if cursor.rowcount == 0:
        return None
    attempt = db.execute("INSERT INTO send_attempt (outbox, started_at) VALUES (?, ?)", [row, stamp]).lastrowid
    _event(db, row, "sending", "", stamp)
    letter = db.execute(
        "SELECT attempts, message_id, mail_from, rcpt, raw, sha256, "
        "(SELECT started_at FROM send_attempt WHERE outbox = o.id ORDER BY id LIMIT 1) FROM outbox o WHERE id = ?",
        [row],
    ).fetchone()
    attempts, message_id, mail_from, rcpt, raw, sha256, first = letter
    assert attempt is not None
    return Claim(row, attempt, attempts, datetime.fromisoformat(first), message_id, mail_from, rcpt, raw, sha256)


def finish(
    db: Database,
    claimed: Claim,
    state: str,
    now: datetime,
    *,
    stage: str,
    code: int | None,
    reply: str,
    retry_at: datetime | None = None,
) -> None:
    """Record how an attempt ended; `retry_at` is for `deferred`. A letter no longer in `sending` stays as it is."""
    with transaction(db):
        _ended(db, claimed, state, now, stage, code, reply, retry_at)


def _ended(
    db: Database,
    claimed: Claim,
    state: str,
    now: datetime,
    stage: str,
    code: int | None,
    reply: str,
    retry_at: datetime | None,
) -> None:
    stamp, answer = now.isoformat(), f"{code or ''} {reply}".strip()
    db.execute(
        "UPDATE send_attempt SET finished_at = ?, stage = ?, code = ?, reply = ?, result = ? WHERE id = ?",
        [stamp, stage, code, reply, state, claimed.attempt],
    )
    cursor = db.execute(
        "UPDATE outbox SET state = ?, updated_at = ?, smtp_reply = ?, reason = ?, "
        "accepted_at = CASE WHEN ? = 'accepted' THEN ? ELSE accepted_at END, not_before = COALESCE(?, not_before) "
        "WHERE id = ? AND state = 'sending'",
        [
            state, stamp, answer, "" if state == "accepted" else f"at {stage}: {answer}",
            state, stamp, retry_at.isoformat() if retry_at else None, claimed.id,
        ],
    )  # fmt: skip
    if cursor.rowcount:
        _event(db, claimed.id, state, answer, stamp)


def doubt_interrupted(db: Database, now: datetime) -> int:
    """After a crash: every letter left in `sending` becomes `uncertain`. Returns their number.

    Call it only where no other process can be sending (the sender's lock). Such a letter is never sent again by itself:
    nobody knows whether the server has it.
    """
    with transaction(db):
        found = [row for (row,) in db.execute("SELECT id FROM outbox WHERE state = 'sending'").fetchall()]
        for row in found:
            move(db, row, ("sending",), "uncertain", "interrupted while it was being handed over", now)
    return len(found)


def doubt_restored(db: Database, journal: Mapping[str, Entry], now: datetime) -> int:
    """After a restored backup: a letter that has not left, and of which the send journal knows an attempt that this
    database does not, becomes `uncertain`. Returns their number.

    The answers to such letters may have come already and found nothing to belong to: they are looked into again.
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


def _look_again(db: Database) -> None:
    """Messages that belonged to no request are read anew by the next pass over the mailbox."""
    db.execute("UPDATE message SET status = 'stored' WHERE status = 'unmatched'")


def cancel(db: Database, row: int, reason: str, now: datetime) -> bool:
    """Cancel a letter that has not left. False if it had, or was cancelled already."""
    with transaction(db):
        return move(db, row, ("planned", "deferred"), "cancelled", reason, now)


def set_time(db: Database, row: int, moment: datetime) -> None:
    """Set when a reminder leaves, once: later calls change nothing."""
    with transaction(db):
        db.execute(
            "UPDATE outbox SET not_before = ? WHERE id = ? AND not_before = ?", [moment.isoformat(), row, AFTER_REQUEST]
        )


def settle_by_evidence(db: Database, now: datetime) -> int:
    """Settle letters that the mailbox proves were accepted. Returns how many.

    Own copy: a message with the letter's Message-ID came to our own mailbox; it went out in the same transaction, so
    the server took it, and its INTERNALDATE is the moment. That is so of a letter that seems not to have left, too:
    then this database is a restored copy, and the send journal was lost or restored with it.
    For a doubtful request, any message matched to it (bounce or reply) proves the same; the moment is then that of the
    attempt, because the message itself came later. Absence proves nothing and settles nothing.
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
    """A person's decision on a doubtful letter: `accepted`, `cancelled`, or `planned` (it certainly never left).

    A refused letter may be planned again too. Raises UsageError for any other letter.
    """
    with transaction(db):
        since = db.execute("SELECT sending_since FROM outbox WHERE id = ?", [row]).fetchone()[0]
        accepted_at = since if state == "accepted" else None
        origins = ("uncertain", "refused") if state == "planned" else ("uncertain",)
        if not move(db, row, origins, state, reason, now, accepted_at):
            raise UsageError(f"letter {row} is not in doubt; only {' and '.join(origins)} letters can become {state}")


def mailbox_read(db: Database) -> datetime | None:
    """When the mailbox was last compared in full, or None."""
    (stamp,) = db.execute("SELECT MAX(synced_at) FROM mailbox_state").fetchone()
    return datetime.fromisoformat(stamp) if stamp else None


def handed(db: Database) -> tuple[datetime | None, dict[str, int]]:
    """The last attempt of any campaign, and letters that left (or may have) per day, ISO dates in Hanoi."""
    (last,) = db.execute("SELECT MAX(started_at) FROM send_attempt").fetchone()
    days = db.execute(
        "SELECT substr(sending_since, 1, 10), COUNT(*) FROM outbox "
        "WHERE state IN ('accepted', 'uncertain', 'sending') AND sending_since IS NOT NULL GROUP BY 1"
    ).fetchall()
    return (datetime.fromisoformat(last) if last else None), dict(days)


def counts(db: Database, campaign: str) -> dict[tuple[str, str], int]:
    """(step, state) → number of letters."""
    found: Iterable[tuple[str, str, int]] = db.execute(
        "SELECT step, state, COUNT(*) FROM outbox WHERE campaign = ? GROUP BY step, state", [campaign]
    ).fetchall()
    return {(step, state): number for step, state, number in found}


def move(
    db: Database,
    row: int,
    origins: Sequence[str],
    state: str,
    reason: str,
    now: datetime,
    accepted_at: str | None = None,
) -> bool:
    """One letter from any of `origins` to `state`, with its event, inside the caller's transaction.

    False, and nothing written, if the letter is in none of `origins`.
    """
    cursor = db.execute(
        "UPDATE outbox SET state = ?, reason = ?, updated_at = ?, accepted_at = COALESCE(?, accepted_at) "
        f"WHERE id = ? AND state IN ({', '.join('?' * len(origins))})",
        [state, reason, now.isoformat(), accepted_at, row, *origins],
    )
    if cursor.rowcount:
        _event(db, row, state, reason, now.isoformat())
    return bool(cursor.rowcount)


def _event(db: Database, row: int, state: str, detail: str, stamp: str) -> None:
    db.execute("INSERT INTO outbox_event (outbox, at, state, detail) VALUES (?, ?, ?, ?)", [row, stamp, state, detail])
