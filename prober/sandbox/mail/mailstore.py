"""Store the world's memory in world.db: mailboxes, accepted letters, scheduled mail, time.

A 250 to the product means that the letter and every answer that it will cause are on disk (synchronous=FULL), so a
world that is killed and started again is the same world.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prober.sandbox.simulated_clock import START, parse_moment

FOLDERS = ("INBOX", "Junk")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS accepted (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, mail_from TEXT NOT NULL, rcpt TEXT NOT NULL, agency TEXT NOT NULL,
    message_id TEXT NOT NULL, sha256 TEXT NOT NULL, raw BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS accepted_agency ON accepted (agency);
CREATE TABLE IF NOT EXISTS turned_away (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, rcpt TEXT NOT NULL, code INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS pending (
    id INTEGER PRIMARY KEY, due TEXT NOT NULL, agency TEXT NOT NULL, event TEXT NOT NULL, folder TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pending_due ON pending (due, id);
CREATE TABLE IF NOT EXISTS message (
    folder TEXT NOT NULL, uid INTEGER NOT NULL, received_at TEXT NOT NULL, flags TEXT NOT NULL, agency TEXT NOT NULL,
    event TEXT NOT NULL, sha256 TEXT NOT NULL, raw BLOB NOT NULL, PRIMARY KEY (folder, uid)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail on its way to the product's mailbox.

    `agency` is the slug of the office that caused it, "" for any other sender; `event` is its class (the code that a
    person would give it).
    """

    due: datetime
    agency: str
    event: str
    folder: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class DeliveredMail:
    """A delivered mail with its folder and UID."""

    mail: Mail
    uid: int
    sha256: str

    def row(self) -> dict[str, Any]:
        """Return the row of `Mailstore.deliveries`."""
        return {
            "agency": self.mail.agency, "event": self.mail.event, "due": self.mail.due.isoformat(),
            "folder": self.mail.folder, "uid": self.uid, "sha256": self.sha256,
        }  # fmt: skip


class Mailstore:
    """The world's memory. One connection, one thread. Changes are made inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return row["value"] if row else None

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, value])

    def now(self) -> datetime:
        text = self.meta("now")
        return parse_moment(text) if text else START

    def set_now(self, moment: datetime) -> None:
        self.set_meta("now", moment.isoformat())

    def accept(self, at: datetime, mail_from: str, rcpt: str, agency: str, message_id: str, raw: bytes) -> None:
        """Record one accepted copy. The same letter may come twice: `received` counts the copies."""
        self._db.execute(
            "INSERT INTO accepted (at, mail_from, rcpt, agency, message_id, sha256, raw) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [at.isoformat(), mail_from, rcpt, agency, message_id, hashlib.sha256(raw).hexdigest(), raw],
        )

    def accepted(self) -> list[sqlite3.Row]:
        """Return every accepted copy in order of acceptance."""
        return self._db.execute("SELECT * FROM accepted ORDER BY id").fetchall()

    def received(self) -> list[dict[str, Any]]:
        """Return what each office received: one row per recipient and Message-ID, with the number of copies."""
        rows = self._db.execute(
            "SELECT agency, rcpt, message_id, min(at) AS at, count(*) AS count, count(DISTINCT sha256) AS versions"
            " FROM accepted GROUP BY agency, rcpt, message_id ORDER BY min(id)"
        )
        return [dict(row) for row in rows]

    def turn_away(self, at: datetime, rcpt: str, code: int) -> None:
        self._db.execute("INSERT INTO turned_away (at, rcpt, code) VALUES (?, ?, ?)", [at.isoformat(), rcpt, code])

    def first_turned_away(self, rcpt: str) -> datetime | None:
        row = self._db.execute("SELECT min(at) AS at FROM turned_away WHERE rcpt = ?", [rcpt]).fetchone()
        return parse_moment(row["at"]) if row["at"] else None

    def schedule(self, mails: Iterable[Mail]) -> None:
        self._db.executemany(
            "INSERT INTO pending (due, agency, event, folder, raw) VALUES (?, ?, ?, ?, ?)",
            [(mail.due.isoformat(), mail.agency, mail.event, mail.folder, mail.raw) for mail in mails],
        )

    def take_due(self, until: datetime) -> list[Mail]:
        """Remove and return the mail that is due, in the order of due times."""
        rows = self._db.execute("SELECT * FROM pending WHERE due <= ? ORDER BY due, id", [until.isoformat()]).fetchall()
        self._db.execute("DELETE FROM pending WHERE due <= ?", [until.isoformat()])
        return [Mail(parse_moment(row["due"]), row["agency"], row["event"], row["folder"], row["raw"]) for row in rows]

    def put(self, mail: Mail, flags: Sequence[str] = ()) -> DeliveredMail:
        """Store a mail under the next UID of its folder."""
        uid = self.uid_next(mail.folder)
        digest = hashlib.sha256(mail.raw).hexdigest()
        self._db.execute(
            "INSERT INTO message (folder, uid, received_at, flags, agency, event, sha256, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                mail.folder, uid, mail.due.isoformat(), " ".join(flags), mail.agency, mail.event, digest, mail.raw,
            ],
        )  # fmt: skip
        self.set_meta(f"uid_next {mail.folder}", str(uid + 1))
        return DeliveredMail(mail, uid, digest)

    def uid_next(self, folder: str) -> int:
        """Return the next UID, kept apart from the rows: no UID is given twice, even after an expunge (RFC 3501)."""
        return int(self.meta(f"uid_next {folder}") or 1)

    def uids(self, folder: str) -> list[int]:
        return [row[0] for row in self._db.execute("SELECT uid FROM message WHERE folder = ? ORDER BY uid", [folder])]

    def message(self, folder: str, uid: int) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute(
            "SELECT * FROM message WHERE folder = ? AND uid = ?", [folder, uid]
        ).fetchone()
        return row

    def all_flags(self, folder: str) -> dict[int, tuple[str, ...]]:
        rows = self._db.execute("SELECT uid, flags FROM message WHERE folder = ?", [folder])
        return {row["uid"]: tuple(row["flags"].split()) for row in rows}

    def days(self, folder: str) -> dict[int, date]:
        """Return the day on which each message was received, by UID."""
        rows = self._db.execute("SELECT uid, received_at FROM message WHERE folder = ?", [folder])
        return {row["uid"]: parse_moment(row["received_at"]).date() for row in rows}

    def set_flags(self, folder: str, uid: int, flags: Iterable[str]) -> None:
        self._db.execute(
            "UPDATE message SET flags = ? WHERE folder = ? AND uid = ?", [" ".join(sorted(flags)), folder, uid]
        )

    def expunge(self, folder: str, uids: Iterable[int]) -> None:
        self._db.executemany("DELETE FROM message WHERE folder = ? AND uid = ?", [(folder, uid) for uid in uids])

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every mail in the mailbox from offices and strangers, without our own copies, in order of time."""
        rows = self._db.execute(
            "SELECT agency, event, received_at AS due, folder, uid, sha256 FROM message WHERE event != 'OW'"
            " ORDER BY received_at, rowid"
        )
        return [dict(row) for row in rows]
