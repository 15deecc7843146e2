"""Store the outbox in private.db. Every change of state is one transaction that also writes `outbox_event`.

Allowed moves: planned, deferred → sending → accepted, refused, deferred, uncertain; planned, deferred → cancelled;
uncertain → the state that evidence or a person gives. Each UPDATE names the state it moves from, so that two processes,
or a process and its own past, can never both win.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from filelock import FileLock, Timeout

from prober.domain.correspondence import SendState
from prober.errors import ProberError
from prober.store import Database, file_of, transaction

LOCK_SECONDS = 0.2  # `unaccounted` holds the lock of sending for a moment while it counts

# `not_before` of a reminder whose request has not been accepted yet, and of a follow-up.
AFTER_REQUEST = "9999-12-31T00:00:00+07:00"

_ROWS = """
SELECT id, campaign, agency, step, position, state, token, message_id, rcpt, subject, sha256, legally_valid,
  legal_reasons, not_before, attempts, accepted_at, smtp_reply, reason, arm, block
FROM outbox WHERE campaign = ? ORDER BY position, step DESC
"""


# The only query that counts letters by campaign.
_COUNTS = """
SELECT c.id, c.letters, c.approved_at, o.state, COUNT(o.id)
FROM campaign_file c LEFT JOIN outbox o ON o.campaign = c.id GROUP BY c.id, o.state ORDER BY c.created_at, c.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
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


@dataclass(frozen=True, slots=True)
class LetterCount:
    """The letters of one campaign: the approved number, and the number in each state."""

    campaign: str
    approved: int | None  # None where nothing is approved
    approved_at: str | None
    states: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Return the number of letters in the outbox."""
        return sum(self.states.values())

    @property
    def complete(self) -> bool:
        """Return True if there are as many letters as were approved."""
        return self.approved in (None, self.held)

    @property
    def imbalance(self) -> str:
        """Return why the letters are not those approved, or "".

        approved = accepted + refused + deferred + uncertain + cancelled + planned, letter for letter. Nothing is in
        `sending` any more when a command ends.

        >>> LetterCount("w", 3, None, {"accepted": 2, "planned": 1}).imbalance
        ''
        >>> LetterCount("w", 3, None, {"accepted": 1, "sending": 1}).imbalance
        '3 letters were approved: 1 have a result or wait, 1 are still marked as being sent, 1 are missing'
        """
        approved = self.held if self.approved is None else self.approved
        left, missing = self.states.get(SendState.SENDING, 0), approved - self.held
        parts = [f"{approved} letters were approved: {self.held - left} have a result or wait"]
        if left:
            parts.append(f"{left} are still marked as being sent")
        if missing:
            parts.append(f"{missing} are missing" if missing > 0 else f"{-missing} are too many")
        return ", ".join(parts) if len(parts) > 1 else ""


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


def claim(db: Database, row: int, now: datetime) -> Claim | None:
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
) -> Claim | None:
    """Record an attempt that failed before the server was told of the letter: count and defer it in one transaction.

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
    """Record how an attempt ended; `retry_at` is for `deferred`. A letter no longer in `sending` stays as it is.

    On the disk with the claim of the next letter, or with `flush`; a power cut before that leaves a doubt more.
    """
    with transaction(db, durable=False):
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
        _drop_later_steps(db, claimed.id, state, now)


def cancel(db: Database, row: int, reason: str, now: datetime) -> bool:
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


def letter_counts(db: Database) -> list[LetterCount]:
    """Return the count of every campaign, oldest first, as of one moment."""
    found: dict[str, LetterCount] = {}
    for campaign, approved, approved_at, state, number in db.execute(_COUNTS).fetchall():
        count = found.setdefault(campaign, LetterCount(campaign, approved, approved_at))
        if state:
            count.states[state] = number
    return list(found.values())


def letter_count(db: Database, campaign: str) -> LetterCount:
    """Return the count of a campaign that exists."""
    return next(count for count in letter_counts(db) if count.campaign == campaign)


def unaccounted(db: Database) -> list[str]:
    """Return one line per campaign whose letters do not add up: its name, the numbers, and what to do.

    What another process is sending at this moment counts as waiting.
    """
    counts, at_work = letter_counts(db), False
    if any(count.states.get(SendState.SENDING) for count in counts):
        try:
            with sole_sender(db):
                counts = letter_counts(db)  # count again: another process may have finished sending in between
        except ProberError:
            at_work = True
    if at_work:
        counts = [replace(count, states={SendState.PLANNED.value: count.held}) for count in counts]
    return [_fault(count) for count in counts if count.imbalance]


def _fault(count: LetterCount) -> str:
    """Return what is wrong with one campaign, and the remedy."""
    remedies = []
    if count.states.get(SendState.SENDING):
        remedies.append(f"run `prober campaign settle {count.campaign}`, which looks for evidence of what a crash left")
    if not count.complete:
        remedies.append("private.db was changed from outside: send nothing, and restore a copy of it")
    return f"campaign {count.campaign}: {count.imbalance}; {'; '.join(remedies)}"


def move(
    db: Database,
    row: int,
    origins: Sequence[str],
    state: str,
    reason: str,
    now: datetime,
    accepted_at: str | None = None,
) -> bool:
    """Move one letter from any of `origins` to `state` and record the event, inside the caller's transaction.

    Returns False, and writes nothing, if the letter is in none of `origins`.
    """
    cursor = db.execute(
        "UPDATE outbox SET state = ?, reason = ?, updated_at = ?, accepted_at = COALESCE(?, accepted_at) "
        f"WHERE id = ? AND state IN ({', '.join('?' * len(origins))})",
        [state, reason, now.isoformat(), accepted_at, row, *origins],
    )
    if cursor.rowcount:
        _event(db, row, state, reason, now.isoformat())
        _drop_later_steps(db, row, state, now)
    return bool(cursor.rowcount)


def _drop_later_steps(db: Database, row: int, state: str, now: datetime) -> None:
    """Cancel reminder and follow-up of a request that was refused or cancelled: they can never leave."""
    if state in ("refused", "cancelled"):
        for (later,) in db.execute(
            "SELECT r.id FROM outbox o JOIN outbox r ON r.campaign = o.campaign AND r.agency = o.agency "
            "WHERE o.id = ? AND o.step = 'request' AND r.step != 'request'", [row]
        ).fetchall():  # fmt: skip
            move(db, later, ("planned", "deferred"), "cancelled", f"its request was {state}", now)


def _event(db: Database, row: int, state: str, detail: str, stamp: str) -> None:
    db.execute("INSERT INTO outbox_event (outbox, at, state, detail) VALUES (?, ?, ?, ?)", [row, stamp, state, detail])
