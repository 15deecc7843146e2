"""Keep what was read of pages from one night to the next: a small database of its own, which may be deleted any time.

The crawling processes write it. Nothing depends on it: without it, or where it cannot be used, pages are read
anew.
"""

import logging
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path
from zlib import crc32

from prober import owner_only

BATCH = 200  # changes in one transaction
WAIT = 10.0  # seconds for another process that writes
_FORMAT = 2  # a value stands behind its checksum
_TABLE = "CREATE TABLE IF NOT EXISTS page (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL) STRICT"

log = logging.getLogger(__name__)


def _checksum(value: bytes) -> bytes:
    return crc32(value).to_bytes(4)


def fault(path: Path) -> str:
    """Return what is wrong with the file of a cache; "" for one that is sound, or not there. Reads only."""
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found = str(error)
    return "" if found == "ok" else " ".join(found.split())


class PageCache:
    """Values by key, both bytes. `now` is a number that grows from crawl to crawl, such as the time of its start.

    At the end of a crawl at most `most` bytes stay, what was used last. Where one crawl uses more, the same part of it
    stays each night.

    No method raises an error of the database: after one, the cache is empty and stays so.
    """

    def __init__(self, path: Path, now: int, most: int = sys.maxsize) -> None:
        self._now = now
        self._most = most
        self._used: set[bytes] = set()
        self._new: dict[bytes, bytes] = {}
        self._db: sqlite3.Connection | None = None
        try:
            owner_only.folder(path.parent)
            path.touch(mode=0o600)
            self._db = self._opened(path)
        except (sqlite3.DatabaseError, UnicodeDecodeError, OSError) as error:
            self._broken("opened")
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                with suppress(OSError):  # a file of another kind, or damaged
                    path.unlink()

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, timeout=WAIT)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")  # a lost page is read anew
        if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            db.execute("DROP TABLE IF EXISTS page")
            db.execute(f"PRAGMA user_version = {_FORMAT}")
        db.execute(_TABLE)
        return db

    def get(self, key: bytes) -> bytes | None:
        """Return the value of `key`, or None."""
        if key in self._new:
            return self._new[key]
        try:
            row = self._db.execute("SELECT value FROM page WHERE key = ?", (key,)).fetchone() if self._db else None
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            self._broken("read")
            return None
        if row is None:
            return None
        value: bytes = row[0]
        if value[:4] != _checksum(value[4:]):  # damaged: what it says would be taken for what the page said
            self._broken("read")
            return None
        self._used.add(key)
        return value[4:]

    def put(self, key: bytes, value: bytes) -> None:
        """Keep `value`."""
        if self._db is None:
            return
        self._new[key] = value
        if len(self._new) >= BATCH:
            self._write()

    def close(self) -> None:
        """Write what is left, and delete what was not used for the longest time where all is more than the limit."""
        self._write()
        if self._db is None:
            return
        try:
            self._db.execute(
                "DELETE FROM page WHERE key IN (SELECT key FROM (SELECT key, "
                "sum(length(value) - 4) OVER (ORDER BY used DESC, key) AS held FROM page) WHERE held > ?)",
                (self._most,),
            )
            self._db.close()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            self._broken("pruned")
        self._db = None

    def _write(self) -> None:
        if self._db is None or not (self._new or self._used):
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            rows = ((key, _checksum(value) + value, self._now) for key, value in self._new.items())
            self._db.executemany("INSERT OR REPLACE INTO page VALUES (?, ?, ?)", rows)
            self._db.executemany("UPDATE page SET used = ? WHERE key = ?", ((self._now, key) for key in self._used))
            self._db.execute("COMMIT")
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            self._broken("written")
        self._new.clear()
        self._used.clear()

    def _broken(self, what: str) -> None:
        log.warning("the cache of pages cannot be %s and is not used", what, exc_info=True)
        self._db = None
