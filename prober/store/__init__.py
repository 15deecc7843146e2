"""Open the databases: `open_results`, `open_private`, and one BEGIN IMMEDIATE transaction at a time."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from prober import owner_only
from prober.errors import ProberError, SchemaError
from prober.store.schema import present_rows
from prober.store.schema.migrations import PRIVATE, RESULTS, Store

__all__ = [
    "Database",
    "busy",
    "check",
    "cut_log",
    "file_of",
    "flush",
    "one_state",
    "only_read",
    "open_private",
    "open_results",
    "read_only",
    "refusal",
    "transaction",
]

BUSY_SECONDS = 30.0  # how long to wait for the transaction of another process
# To this size the write-ahead log is cut when it begins anew, bytes. While a reader holds a snapshot it grows past it.
LOG_BYTES = 8 << 20


def open_results(path: Path) -> Database:
    """Return results.db, created where it is not there.

    Raises SchemaError for a file of another kind, of a newer version or of an older one, ProberError if it cannot be
    written.
    """
    return _open(path, RESULTS)


def open_private(path: Path) -> Database:
    """Return private.db, readable by its owner only. A commit is durable when it returns (synchronous=FULL)."""
    owner_only.folder(path.parent)
    return _open(path, PRIVATE)


def only_read(path: Path, seconds: float = BUSY_SECONDS) -> Database:
    """Return an existing database for reading only: nothing is created or written through it.

    `seconds` is how long it waits for another process. Raises sqlite3.OperationalError if the file cannot be opened.
    """
    return Database(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=seconds))


def main_file(path: Path) -> Database:
    """Return an existing database for reading, without its log: where the disk is full nothing else can be opened."""
    return Database(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True))


@contextmanager
def read_only(path: Path, store: Store, seconds: float = BUSY_SECONDS) -> Iterator[Database]:
    """Open an existing database of ours, like `only_read`; close it at the end.

    Raises SchemaError if it is damaged, none of ours or too old, ProberError if it cannot be read.
    """
    if path.is_file() and path.stat().st_size == 0:
        raise SchemaError(
            f"{path}: empty. Restore it from a backup (`prober restore`), or delete it to begin anew. Nothing changed."
        )
    try:
        with closing(only_read(path, seconds)) as db:
            check(db, path, store)
            yield db
    except (sqlite3.Error, UnicodeDecodeError) as error:  # also where a name in the words of the error is no UTF-8
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise  # no fault of the disk: a table or column is missing
        raise refusal(path, error) from error


def file_of(db: Database) -> Path:
    """Return the path of the main file of `db`."""
    sql = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"  # bytes: the name may not be UTF-8
    return Path(os.fsdecode(db.execute(sql).fetchone()[0]))


def _open(path: Path, store: Store) -> Database:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _begin(path, store)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            db = Database(connection)
            check(db, path, store)
            db.execute(f"PRAGMA page_size={store.page_size}")  # has an effect only on an empty file
            _keep_a_log(db)
            db.execute(f"PRAGMA synchronous={store.synchronous}")
            db.execute("PRAGMA foreign_keys=ON")
            db.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
            store.migrate(db)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise refusal(path, error) from error
    return db


def _begin(path: Path, store: Store) -> None:
    """Make a new file under another name, and give it its own when it is whole: an empty one is a damaged one."""
    new, mode = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}"), 0o666 if store.views else 0o600
    try:
        new.touch(mode=mode)
        with closing(sqlite3.connect(new)) as connection:
            connection.execute(f"PRAGMA page_size={store.page_size}")
            connection.execute("PRAGMA synchronous=OFF")
            store.migrate(Database(connection))
        with new.open("rb+") as file:
            on_disk(file.fileno())
        with suppress(FileExistsError):  # another process was faster
            os.link(new, path)
    except (OSError, sqlite3.OperationalError):  # a disk without links, or a full one: it is made in its place instead
        path.touch(mode=mode)
    finally:
        for ending in ("", "-journal"):
            new.with_name(new.name + ending).unlink(missing_ok=True)


def _keep_a_log(db: Database) -> None:
    """Switch to WAL mode, with retries: SQLite does not wait while another process creates the log of a new file."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.005)


def refusal(path: Path, error: Exception) -> ProberError:
    """Return what to tell about a file that SQLite cannot use: damaged, of another kind, or out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    # No code: text that is not UTF-8.
    if code is None or code & 0xFF == sqlite3.SQLITE_CORRUPT or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        what = " ".join(str(error).split())  # SQLite quotes the damage, which may hold an end of a line
        return SchemaError(f"{path}: damaged ({what}). Restore it from a backup (`prober restore`), or move it away.")
    if code & 0xFF == sqlite3.SQLITE_NOTADB:
        return SchemaError(f"{path}: not an SQLite database ({error}). Name another file, or move this one away.")
    if path.is_dir() or path.exists() and not os.access(path, os.R_OK | os.W_OK):
        what = "a folder" if path.is_dir() else "not to be read and written by this user"
        return SchemaError(f"{path}: {what}. Move it away, or mend its permissions (chmod 600).")
    return ProberError(f"{path}: cannot open the database: {error}. Check the disk space and the permissions.")


def check(db: Database, path: Path, store: Store) -> None:
    """Raise SchemaError unless `db`, opened from `path`, is empty or a database of this kind that we can read."""
    try:
        found = db.execute("PRAGMA user_version").fetchone()[0]
        tables = set(db.table_names())
    except sqlite3.OperationalError:
        raise  # locked, unreadable, disk error: the kind of the file is not known
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise refusal(path, error) from error
    if tables and store.marker not in tables:
        raise SchemaError(f"{path}: a database, but not a {store.name} one. Name another file; nothing was changed.")
    if found > store.version:
        raise SchemaError(
            f"{path}: written by a newer prober (schema {found}, this one knows {store.version}). "
            "Upgrade the prober; nothing was changed."
        )
    if tables and found < store.version:
        raise SchemaError(
            f"{path}: written by an older prober (schema {found}, this one reads {store.version}). Open it with the "
            "prober that wrote it, or move it away and begin anew; nothing was changed."
        )


def busy(error: sqlite3.OperationalError) -> bool:
    """Return True if another process held the database longer than the timeout; a later attempt may succeed."""
    code: int = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def one_state(db: Database) -> Iterator[None]:
    """Read everything inside from one state of the database, while another process may be writing."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.rollback()


@contextmanager
def transaction(db: Database, durable: bool = True) -> Iterator[Database]:
    """Run one BEGIN IMMEDIATE transaction: it waits for another writer instead of failing at the first write.

    A deferred BEGIN that reads first fails at once when another writer commits in between. Commits at the end, rolls
    back on any exception, also of the commit itself: SQLite leaves a transaction open whose COMMIT failed. Not
    nestable. Without `durable` the commit does not wait for the disk: it survives the end of any process, and a power
    cut only once the next durable commit, or `flush`, has returned.
    """
    (level,) = (None,) if durable else db.execute("PRAGMA synchronous").fetchone()
    if level is not None:
        db.execute("PRAGMA synchronous=NORMAL")
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            if _changed(db) > present_rows.MOST:
                present_rows.keep(db)
            db.conn.commit()
        except BaseException:
            db.conn.rollback()
            raise
    finally:
        if level is not None:
            db.execute(f"PRAGMA synchronous={level}")


def _changed(db: Database) -> int:
    """Return how many agencies have rows of views that are to be kept anew; 0 in a file that keeps none."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [present_rows.CHANGED]).fetchone():
        return 0
    (found,) = db.execute(f"SELECT COUNT(*) FROM {present_rows.CHANGED}").fetchone()
    return int(found)


def cut_log(db: Database, most: int = LOG_BYTES) -> bool:
    """Take the write-ahead log into the database and cut it, where it is longer than `most` bytes; True if it was cut.

    SQLite cuts it only when it begins anew, which a reader that is always there prevents. Nobody is waited for: where
    another process reads or writes just now, the next quiet moment will do.
    """
    log = Path(f"{file_of(db)}-wal")
    if not log.exists() or log.stat().st_size <= most:
        return False
    (waits,) = db.execute("PRAGMA busy_timeout").fetchone()
    db.execute("PRAGMA busy_timeout = 0")
    try:
        return not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if not busy(error):
            raise
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout = {waits}")


# As SQLite does: the data of a file, and of what is said about it only what is needed to read them.
on_disk = getattr(os, "fdatasync", os.fsync)


def flush(db: Database) -> None:
    """Wait until every commit so far is on the disk: the log of writes is the only place where one may be missing."""
    try:
        handle = os.open(f"{file_of(db)}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        on_disk(handle)
    finally:
        os.close(handle)
