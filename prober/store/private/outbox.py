"""The outbox in private.db. Every change of state is one transaction that also writes `outbox_event`.

Allowed moves: planned, deferred → sending → accepted, refused, deferred, uncertain; planned, deferred → cancelled;
uncertain → whatever evidence or a person says. Each UPDATE names the state it moves from, so that two processes, or a
process and its own past, can never both win.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from filelock import FileLock, Timeout

from prober.errors import ProberError
from prober.store import Database, file_of, transaction

LOCK_SECONDS = 0.2  # `letter_counts.unaccounted` holds the lock of sending for a moment while it counts

# `not_before` of a reminder until its request has been accepted.
AFTER_REQUEST = "9999-12-31T00:00:00+07:00"

_ROWS = """
SELECT id, campaign, agency, step, position, state, token, message_id, rcpt, subject, sha256, legally_valid,
  legal_reasons, not_before, attempts, accepted_at, smtp_reply, reason, arm, block
FROM outbox WHERE campaign = ? ORDER BY position, step DESC
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that this process, and no other, may hand over now. `sending` is committed."""

    id: int
    attempt: int
    attempts: int  # this one included
    first_attempt: datetime
    message_id: str
    mail_from: str
    rcpt: str
    raw: bytes
    sha256: str


@contextmanager
def sole_sender(db: Database) -> Iterator[None]:
    """Hold the one lock of sending. The system releases it when the process ends, also by kill -9.

    Raises ProberError if another process holds it.
    """
    path = file_of(db)
    lock = FileLock(f"{path}.sending.lock", timeout=LOCK_SECONDS, poll_interval=0.02)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProberError(f"another process is sending from {path}; nothing was done. Wait for it to end.") from error
    try:
        yield
    finally:
        lock.release()


def rows(db: Database, campaign: str) -> list[dict[str, Any]]:
    """Every letter of a campaign, in order of sending, without its bytes."""
    return list(db.query(_ROWS, [campaign]))


def asked_elsewhere(db: Database, campaign: str) -> dict[str, str]:
    """Address in lower case → another campaign, not closed, whose request to it has left or will leave."""
    found: Iterable[tuple[str, str]] = db.execute(
        "SELECT lower(o.rcpt), o.campaign FROM outbox o JOIN campaign_file c ON c.id = o.campaign "
        "WHERE o.campaign != ? AND o.step = 'request' AND c.status IN ('approved', 'paused') "
        "AND o.state NOT IN ('refused', 'cancelled')",
        [campaign],
    ).fetchall()
    return dict(found)


def frozen(db: Database, campaign: str) -> Iterator[dict[str, Any]]:
    """What an approval covers of each letter, bytes included, one at a time."""
    yield from db.query(
        "SELECT agency, step, token, message_id, mail_from, rcpt, raw FROM outbox "
        "WHERE campaign = ? ORDER BY agency, step",
        [campaign],
    )


def claim(db: Database, row: int, now: datetime) -> Claim | None:
    """Commit `sending` and return the letter, or None if it may not leave (any more).

    It may not if its campaign is not approved (a pause counts at once), or its state is neither planned nor deferred:
    another process has it, or a reply cancelled it a moment ago.

    The commit holds against the end of any process. Against a power cut the send journal does, which is on the disk
    before the letter can leave: what it knows and this database does not is in doubt (`uncertain_letters`).
    """
    with transaction(db, durable=False):
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


def mailbox_read(db: Database, accounts: Collection[str] = ()) -> datetime | None:
    """Since when every folder of every mailbox in `accounts` is known to be compared in full, or None.

    An answer may lie in any of them. Without `accounts` it is every mailbox that was ever read.
    """
    oldest = dict(db.execute("SELECT account, MIN(synced_at) FROM mailbox_state GROUP BY account").fetchall())
    stamps = [oldest.get(account) for account in accounts or oldest]
    return datetime.fromisoformat(min(map(str, stamps))) if stamps and all(stamps) else None


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
