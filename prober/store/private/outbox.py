"""Store the outbox in private.db. Every change of state is one transaction that also writes `outbox_event`.

Allowed moves: planned, deferred → sending → accepted, refused, deferred, uncertain; planned, deferred → cancelled;
uncertain → the state that evidence or a person gives. Each UPDATE names the state it moves from, so that two processes,
or a process and its own past, can never both win.

Letters that may or may not have left are marked `uncertain`, and settled by evidence. They are never sent again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from prober.domain.correspondence import LetterReason
from prober.domain.reason import TEXT, Reason, Reasons, to_json
from prober.errors import ProberError, UsageError
from prober.store import Database, file_of, send_journal, transaction
from prober.store.send_journal import Entry

LOCK_SECONDS = 0.2  # `campaigns.unaccounted` holds the lock of sending for a moment while it counts

# `not_before` of a reminder whose request has not been accepted yet, and of a follow-up.
AFTER_REQUEST = "9999-12-31T00:00:00+07:00"

_ROWS = """
SELECT id, campaign, agency, step, position, state, token, message_id, rcpt, subject, sha256, legally_valid,
  legal_reasons, not_before, attempts, accepted_at, smtp_reply, reason, arm, block
FROM outbox WHERE campaign = ? ORDER BY position, step DESC
"""
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


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A letter that this process, and no other, may hand over now. `sending` is committed."""

    id: int
    attempt: int
    attempts: int  # including this one
    first_attempt: datetime
    message_id: str
    mail_from: str
    rcpt: str
    raw: bytes
    sha256: str


class Left(NamedTuple):
    """A letter that has left, or may have, by results.db. `at`: when it was accepted, or became uncertain."""

    campaign: str
    agency: str
    step: str
    at: str


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
    """Return every letter of a campaign, in order of sending, without its bytes."""
    return list(db.query(_ROWS, [campaign]))


def waiting(db: Database) -> list[dict[str, Any]]:
    """Return id, campaign, agency, step and rcpt of every letter of a campaign not closed that has not left yet."""
    return list(
        db.query(
            "SELECT o.id, o.campaign, o.agency, o.step, o.rcpt FROM outbox o JOIN campaign_file c ON c.id = o.campaign "
            "WHERE c.status != 'closed' AND o.state IN ('planned', 'deferred') ORDER BY o.campaign, o.position, o.step"
        )
    )


def asked_elsewhere(db: Database, campaign: str) -> dict[str, str]:
    """Return address in lower case → another campaign, not closed, whose request to it has left or will leave."""
    found: Iterable[tuple[str, str]] = db.execute(
        "SELECT lower(o.rcpt), o.campaign FROM outbox o JOIN campaign_file c ON c.id = o.campaign "
        "WHERE o.campaign != ? AND o.step = 'request' AND c.status IN ('approved', 'paused') "
        "AND o.state NOT IN ('refused', 'cancelled')",
        [campaign],
    ).fetchall()
    return dict(found)


def frozen(db: Database, campaign: str) -> Iterator[dict[str, Any]]:
    """Yield the parts of each letter that an approval covers, bytes included, one letter at a time."""
    yield from db.query(
        "SELECT agency, step, token, message_id, mail_from, rcpt, raw FROM outbox "
        "WHERE campaign = ? ORDER BY agency, step",
        [campaign],
    )


def claim(db: Database, row: int, now: datetime) -> ClaimedLetter | None:
    """Commit `sending` and return the letter, or None if it may not leave (any more).

    It may not if its campaign is not approved (a pause counts at once), or its state is neither planned nor deferred:
    another process has it, or a reply cancelled it a moment ago.

    The commit survives the end of any process, and a power cut once `flush` has returned.
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
) -> ClaimedLetter | None:
    """Record an attempt that failed before the server was given the letter: count and defer it in one transaction.

    Never in `sending` on disk, so a crash here leaves no doubt. `retry` gives the next attempt from the number of
    attempts and the first one. None if the letter may not leave, as in `claim`.
    """
    with transaction(db):
        claimed = _claimed(db, row, now)
        if claimed:
            again = retry(claimed.attempts, claimed.first_attempt)
            _ended(db, claimed, "deferred", now, stage, code, reply, again)
    return claimed


def _claimed(db: Database, row: int, now: datetime) -> ClaimedLetter | None:
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
    _event(db, row, "sending", (), stamp)
    letter = db.execute(
        "SELECT attempts, message_id, mail_from, rcpt, raw, sha256, "
        "(SELECT started_at FROM send_attempt WHERE outbox = o.id ORDER BY id LIMIT 1) FROM outbox o WHERE id = ?",
        [row],
    ).fetchone()
    attempts, message_id, mail_from, rcpt, raw, sha256, first = letter
    assert attempt is not None
    return ClaimedLetter(
        row, attempt, attempts, datetime.fromisoformat(first), message_id, mail_from, rcpt, raw, sha256
    )


def finish(
    db: Database,
    claimed: ClaimedLetter,
    state: str,
    now: datetime,
    *,
    stage: str,
    code: int | None,
    reply: str,
    retry_at: datetime | None = None,
    given_up: bool = False,
) -> None:
    """Record how an attempt ended; `retry_at` is for `deferred`. A letter no longer in `sending` stays as it is.

    `given_up` marks a letter that counts as refused because it was put off too often.

    On the disk with the claim of the next letter, or with `flush`; a power cut before that leaves a doubt more.
    """
    with transaction(db, durable=False):
        _ended(db, claimed, state, now, stage, code, reply, retry_at, given_up)


def _ended(
    db: Database,
    claimed: ClaimedLetter,
    state: str,
    now: datetime,
    stage: str,
    code: int | None,
    reply: str,
    retry_at: datetime | None,
    given_up: bool = False,
) -> None:
    stamp, answer = now.isoformat(), f"{code or ''} {reply}".strip()
    why = (*([Reason("given_up", attempts=claimed.attempts)] if given_up else []), *_said(code, answer))
    db.execute(
        "UPDATE send_attempt SET finished_at = ?, stage = ?, code = ?, reply = ?, result = ? WHERE id = ?",
        [stamp, stage, code, reply, state, claimed.attempt],
    )
    cursor = db.execute(
        "UPDATE outbox SET state = ?, updated_at = ?, smtp_reply = ?, reason = ?, "
        "accepted_at = CASE WHEN ? = 'accepted' THEN ? ELSE accepted_at END, not_before = COALESCE(?, not_before) "
        "WHERE id = ? AND state = 'sending'",
        [
            state, stamp, answer, "" if state == "accepted" else to_json([Reason("at_stage", stage=stage, why=why)]),
            state, stamp, retry_at.isoformat() if retry_at else None, claimed.id,
        ],
    )  # fmt: skip
    if cursor.rowcount:
        _event(db, claimed.id, state, why, stamp)
        _drop_later_steps(db, claimed.id, state, now)


def _said(code: int | None, answer: str) -> Reasons:
    """Return what a server answered, or, where none did, what went wrong, as reasons."""
    if not answer:
        return ()
    return (Reason("server_said", answer=answer) if code else Reason(TEXT, text=answer),)


def cancel(db: Database, row: int, reason: Reason, now: datetime) -> bool:
    """Cancel a letter that has not left. Returns False if it had left, or was cancelled already."""
    with transaction(db):
        return move(db, row, ("planned", "deferred"), "cancelled", reason, now)


def set_time(db: Database, row: int, moment: datetime) -> None:
    """Set when a reminder leaves, once: later calls change nothing."""
    with transaction(db):
        db.execute(
            "UPDATE outbox SET not_before = ? WHERE id = ? AND not_before = ?", [moment.isoformat(), row, AFTER_REQUEST]
        )


def mailbox_read(db: Database, accounts: Collection[str] = ()) -> datetime | None:
    """Return since when every folder of every mailbox in `accounts` is known to be compared in full, or None.

    A reply may lie in any of them. Without `accounts` it is every mailbox that was ever read.
    """
    oldest = dict(db.execute("SELECT account, MIN(synced_at) FROM mailbox_state GROUP BY account").fetchall())
    stamps = [oldest.get(account) for account in accounts or oldest]
    return datetime.fromisoformat(min(map(str, stamps))) if stamps and all(stamps) else None


def handed(db: Database) -> tuple[datetime | None, dict[str, int]]:
    """Return the last attempt of any campaign, and letters that left (or may have) per day, by ISO date."""
    (last,) = db.execute("SELECT MAX(started_at) FROM send_attempt").fetchone()
    days = db.execute(
        "SELECT substr(sending_since, 1, 10), COUNT(*) FROM outbox "
        "WHERE state IN ('accepted', 'uncertain', 'sending') AND sending_since IS NOT NULL GROUP BY 1"
    ).fetchall()
    return (datetime.fromisoformat(last) if last else None), dict(days)


def counts(db: Database, campaign: str) -> dict[tuple[str, str], int]:
    """Return (step, state) → number of letters."""
    found: Iterable[tuple[str, str, int]] = db.execute(
        "SELECT step, state, COUNT(*) FROM outbox WHERE campaign = ? GROUP BY step, state", [campaign]
    ).fetchall()
    return {(step, state): number for step, state, number in found}


def move(
    db: Database,
    row: int,
    origins: Sequence[str],
    state: str,
    reason: Reason,
    now: datetime,
    accepted_at: str | None = None,
) -> bool:
    """Move one letter from any of `origins` to `state` and record the event, inside the caller's transaction.

    Returns False, and writes nothing, if the letter is in none of `origins`.
    """
    cursor = db.execute(
        "UPDATE outbox SET state = ?, reason = ?, updated_at = ?, accepted_at = COALESCE(?, accepted_at) "
        f"WHERE id = ? AND state IN ({', '.join('?' * len(origins))})",
        [state, to_json([reason]), now.isoformat(), accepted_at, row, *origins],
    )
    if cursor.rowcount:
        _event(db, row, state, (reason,), now.isoformat())
        _drop_later_steps(db, row, state, now)
    return bool(cursor.rowcount)


def _drop_later_steps(db: Database, row: int, state: str, now: datetime) -> None:
    """Cancel reminder and follow-up of a request that was refused or cancelled: they can never leave."""
    why = {"refused": LetterReason.REQUEST_REFUSED, "cancelled": LetterReason.REQUEST_CANCELLED}.get(state)
    if why:
        for (later,) in db.execute(
            "SELECT r.id FROM outbox o JOIN outbox r ON r.campaign = o.campaign AND r.agency = o.agency "
            "WHERE o.id = ? AND o.step = 'request' AND r.step != 'request'", [row]
        ).fetchall():  # fmt: skip
            move(db, later, ("planned", "deferred"), "cancelled", Reason(why), now)


def _event(db: Database, row: int, state: str, why: Reasons, stamp: str) -> None:
    sql = "INSERT INTO outbox_event (outbox, at, state, detail) VALUES (?, ?, ?, ?)"
    db.execute(sql, [row, stamp, state, to_json(why)])


def published_as_left(results: Database) -> list[Left]:
    """Return every letter of results.db that has left or may have.

    `sending` is not among them: the result of such a letter may be known by now, and only not be written there yet.
    """
    return [Left(*row) for row in results.execute(_LEFT).fetchall()]


def take_stock(db: Database, now: datetime) -> int:
    """Mark letters that a crash or a restored backup left in doubt, settle what the mailbox proves; return the settled.

    Returns the number of settled letters. Run it before anything is sent or settled, and only under
    `sole_sender`.
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
            move(db, row, ("sending",), "uncertain", Reason(LetterReason.INTERRUPTED), now)
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
            move(db, row, ("planned", "deferred"), "uncertain", Reason(LetterReason.IN_JOURNAL), now)
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
                moment = datetime.fromisoformat(letter.at)
                why = Reason(LetterReason.IN_RESULTS)
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
        proofs = {row: (moment, LetterReason.ANSWER_CAME) for row, moment in matched}
        proofs |= {row: (moment, LetterReason.COPY_CAME) for row, moment in own}
        for row, (moment, why) in proofs.items():
            forgotten = db.execute(
                "UPDATE outbox SET sending_since = ?, attempts = attempts + 1 "
                "WHERE id = ? AND state IN ('planned', 'deferred')",
                [moment, row],
            ).rowcount
            move(db, row, ("planned", "deferred", "uncertain"), "accepted", Reason(why), now, accepted_at=moment)
            if forgotten:
                _look_again(db)
    return len(proofs)


def settle(db: Database, row: int, state: str, reason: Reason, now: datetime) -> None:
    """Record a person's decision on a doubtful letter: `accepted`, `cancelled`, or `planned` (it certainly never left).

    A refused letter may be planned again too. Raises UsageError for any other letter.
    """
    with transaction(db):
        since = db.execute("SELECT sending_since FROM outbox WHERE id = ?", [row]).fetchone()[0]
        accepted_at = since if state == "accepted" else None
        origins = ("uncertain", "refused") if state == "planned" else ("uncertain",)
        if not move(db, row, origins, state, reason, now, accepted_at):
            raise UsageError(f"letter {row} is not in doubt; only {' and '.join(origins)} letters can become {state}")
