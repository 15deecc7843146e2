"""Scanned files of messages in private.db, and what was recognised in them. Each function is one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from prober.documents.ocr import Recognised
from prober.store import transaction


def waiting(db: Database) -> list[tuple[str, str]]:
    """(hash of the message, hash of the file) of every scanned file whose message was understood without its words."""
    sql = "SELECT message, sha256 FROM message_part WHERE scanned = 1 AND confidence IS NULL ORDER BY message, position"
    return list(db.execute(sql).fetchall())


def has(db: Database, sha256: str) -> bool:
    """Whether the file was read before, or tried: the same letter comes more than once."""
    return bool(db.execute("SELECT 1 FROM recognised WHERE sha256 = ?", [sha256]).fetchone())


def save(db: Database, sha256: str, found: Recognised, now: datetime) -> None:
    """Keep what was recognised in a file; what is kept already stays, so that two readers cannot differ."""
    with transaction(db):
        db.execute(
            "INSERT INTO recognised (sha256, text, confidence, pages, of_pages, fault, read_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
            [sha256, found.text, found.confidence, found.pages, found.of_pages, found.fault, now.isoformat()],
        )


def understand_again(db: Database, messages: Sequence[str]) -> None:
    """Messages whose scans are read now."""
    with transaction(db):
        db.conn.executemany("UPDATE message SET status = 'stored' WHERE sha256 = ?", [[sha] for sha in messages])


def forget_faults(db: Database) -> None:
    """Files in which nothing was read may be tried again: another version of the program, or more time, may help."""
    with transaction(db):
        failed = "(SELECT sha256 FROM recognised WHERE fault != '')"
        db.execute(f"UPDATE message_part SET confidence = NULL WHERE scanned = 1 AND sha256 IN {failed}")
        db.execute("DELETE FROM recognised WHERE fault != ''")


def of_messages(db: Database, messages: Sequence[str]) -> dict[str, dict[str, Recognised]]:
    """Hash of a message → hash of a scanned file of it → what was recognised. Messages without any are left out."""
    out: dict[str, dict[str, Recognised]] = {}
    marks = ", ".join("?" * len(messages))
    sql = (
        "SELECT p.message, r.sha256, r.text, r.confidence, r.pages, r.of_pages, r.fault "
        f"FROM message_part p JOIN recognised r ON r.sha256 = p.sha256 WHERE p.message IN ({marks}) AND p.scanned = 1"
    )
    for message, sha256, *read in db.execute(sql, list(messages)).fetchall():
        out.setdefault(message, {})[sha256] = Recognised(*read)
    return out
