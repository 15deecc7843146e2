"""The mail tables of results.db, rewritten as a whole from rows computed elsewhere; and what they are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from prober.errors import ProberError
from prober.store import transaction

Row = dict[str, Any]
# Parents first. `coding` is a person's work and is never rewritten.
TABLES = ("campaign", "request", "reply", "request_event", "deadline")

_MATCHED = """
SELECT c.campaign, c.agency, c.score, c.reasons, c.chosen_by, m.sha256, m.received_at, m.from_address, m.event, m.rule,
  m.words, m.detail, (SELECT COUNT(*) FROM message_part p WHERE p.message = m.sha256) AS attachments
FROM match_candidate c JOIN message m ON m.sha256 = c.message
WHERE c.chosen = 1 AND m.status = 'matched'
ORDER BY c.campaign, c.agency, m.received_at, m.sha256
"""
_OUTBOX = """
SELECT id, campaign, agency, step, position, state, token, rcpt, legally_valid, legal_reasons, sending_since,
  accepted_at, reason, updated_at
FROM outbox ORDER BY campaign, position, agency, step DESC
"""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Everything in private.db that the mail tables of results.db are made from, read in one transaction."""

    campaigns: Sequence[Row]
    outbox: Sequence[Row]
    events: Sequence[Row]
    matched: Sequence[Row]
    as_of: str  # last moment at which the mailbox was compared or a letter moved; "" if neither ever happened


def read(private: Database) -> Correspondence:
    private.execute("BEGIN")
    try:
        as_of = private.execute(
            "SELECT COALESCE(MAX(at), '') FROM (SELECT MAX(synced_at) AS at FROM mailbox_state UNION ALL "
            "SELECT MAX(updated_at) FROM outbox UNION ALL SELECT MAX(received_at) FROM message)"
        ).fetchone()[0]
        return Correspondence(
            list(private.query("SELECT * FROM campaign_file ORDER BY id")),
            list(private.query(_OUTBOX)),
            list(private.query("SELECT outbox, at, state, detail FROM outbox_event ORDER BY id")),
            list(private.query(_MATCHED)),
            as_of,
        )
    finally:
        private.conn.rollback()


def write(results: Database, rows: Mapping[str, Sequence[Row]]) -> bool:
    """Make the mail tables hold exactly `rows`; False, and nothing written, if they do already. One transaction.

    A person's codings stay with their reply. Where a message was assigned to another request they go with it; where it
    belongs to none any more they end with it.
    Raises ProberError if an agency of a campaign is not in results.db.
    """
    with transaction(results):
        if all(_held(results, table) == _ordered(rows[table]) for table in TABLES):
            return False
        _need_agencies(results, rows["request"])
        results.execute("PRAGMA defer_foreign_keys=ON")
        before = dict(results.execute("SELECT id, message_sha256 FROM reply").fetchall())
        for table in reversed(TABLES):
            results.execute(f"DELETE FROM [{table}]")
        for table in TABLES:
            _insert(results, table, rows[table])
        _follow(results, before)
    return True


def _held(db: Database, table: str) -> list[Row]:
    return _ordered(db.query(f"SELECT * FROM [{table}]"))


def _ordered(rows: Any) -> list[Row]:
    return sorted((dict(row) for row in rows), key=lambda row: str(row["id"]))


def _insert(db: Database, table: str, rows: Sequence[Row]) -> None:
    if rows:
        names = list(rows[0])
        sql = f"INSERT INTO [{table}] ({', '.join(f'[{n}]' for n in names)}) VALUES ({', '.join('?' * len(names))})"
        db.conn.executemany(sql, [[row[name] for name in names] for row in rows])


def _need_agencies(db: Database, requests: Sequence[Row]) -> None:
    here = {agency for (agency,) in db.execute("SELECT id FROM agency").fetchall()}
    missing = sorted({row["agency"] for row in requests} - here)
    if missing:
        raise ProberError(
            f"results.db does not know {len(missing)} agencies that were asked ({', '.join(missing[:3])} …); "
            "import them again with `prober agencies import`, then run the same command. Nothing was changed."
        )


def _follow(db: Database, before: Mapping[int, str]) -> None:
    """Codings whose reply has another number now."""
    now: dict[str, list[int]] = {}
    for number, sha256 in db.execute("SELECT id, message_sha256 FROM reply").fetchall():
        now.setdefault(sha256, []).append(number)
    lost = db.execute("SELECT id, reply FROM coding WHERE reply NOT IN (SELECT id FROM reply)").fetchall()
    for coding, reply in lost:
        new = now.get(before.get(reply, ""), [])
        if new:
            db.execute("UPDATE OR REPLACE coding SET reply = ? WHERE id = ?", [new[0], coding])
        else:
            db.execute("DELETE FROM coding WHERE id = ?", [coding])
