"""Store the texts recognised in scanned files of messages, in private.db. Each function is one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from prober.documents.ocr import Recognised
from prober.store import transaction


def waiting(db: Database) -> list[tuple[str, str]]:
    """Return (message hash, file hash) of every scanned file whose message was analysed without its text."""
    sql = "SELECT message, sha256 FROM message_part WHERE scanned = 1 AND confidence IS NULL ORDER BY message, position"
    return list(db.execute(sql).fetchall())


def has(db: Database, sha256: str) -> bool:
    """Return True if the file was read, or tried, before: the same letter comes more than once."""
    return bool(db.execute("SELECT 1 FROM recognised WHERE sha256 = ?", [sha256]).fetchone())


def save(db: Database, sha256: str, found: Recognised, now: datetime) -> None:
    """Store the text recognised in a file; an earlier text stays, so that two readers cannot differ."""
    with transaction(db):
        db.execute(
            "INSERT INTO recognised (sha256, text, confidence, pages, of_pages, fault, read_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
            [sha256, found.text, found.confidence, found.pages, found.of_pages, found.fault, now.isoformat()],
        )


def understand_again(db: Database, messages: Sequence[str]) -> None:
    """Mark messages for a new analysis, because their scans have been read."""
    with transaction(db):
        db.conn.executemany("UPDATE message SET status = 'stored' WHERE sha256 = ?", [[sha] for sha in messages])


def forget_faults(db: Database) -> None:
    """Allow another try at files in which nothing was read: another version of the program, or more time, may help."""
    with transaction(db):
        failed = "(SELECT sha256 FROM recognised WHERE fault != '')"
        db.execute(f"UPDATE message_part SET confidence = NULL WHERE scanned = 1 AND sha256 IN {failed}")
        db.execute("DELETE FROM recognised WHERE fault != ''")


def of_messages(db: Database, messages: Sequence[str]) -> dict[str, dict[str, Recognised]]:
    """Return hash of a message → hash of a scanned file of it → recognised text. Messages without any are left out."""
    out: dict[str, dict[str, Recognised]] = {}
    marks = ", ".join("?" * len(messages))
    sql = (
        "SELECT p.message, r.sha256, r.text, r.confidence, r.pages, r.of_pages, r.fault "
        f"FROM message_part p JOIN recognised r ON r.sha256 = p.sha256 WHERE p.message IN ({marks}) AND p.scanned = 1"
    )
    for message, sha256, *read in db.execute(sql, list(messages)).fetchall():
        out.setdefault(message, {})[sha256] = Recognised(*read)
    return out
