"""Read and remove the marks of what results.db does not show yet, and let one process at a time write its rows.

Triggers write the marks (`prober.store.schema.change_marks`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlite_utils import Database

from prober.errors import ProberError
from prober.store import file_of, transaction

LOCK_SECONDS = 600.0  # 100,000 messages are written as a whole in less than a minute
POLL_SECONDS = 0.005

Request = tuple[str, str]  # campaign and agency
Marks = Mapping[Request, str]  # request, or campaign and "" for all of it → stamp of its last change


def lock_of(private: Path) -> str:
    """Return the lock that a process holds which writes public rows from the file `private`."""
    return f"{private}.projecting.lock"


@contextmanager
def sole_projector(db: Database) -> Iterator[None]:
    """Hold the one lock of writing public rows from `db`. The system releases it when the process ends.

    What is read inside is never older than what another process has written. Raises ProberError if another process
    holds the lock for ten minutes.
    """
    path = file_of(db)
    lock = FileLock(lock_of(path), timeout=LOCK_SECONDS, poll_interval=POLL_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProberError(
            f"another process has been writing results.db from {path} for {LOCK_SECONDS / 60:.0f} minutes; end it, "
            "then run the same command. Nothing is lost."
        ) from error
    try:
        yield
    finally:
        lock.release()


def marks(db: Database) -> Marks:
    """Return every mark."""
    return {
        (campaign, agency): stamp
        for campaign, agency, stamp in db.execute("SELECT campaign, agency, stamp FROM unprojected").fetchall()
    }


def key(db: Database) -> str:
    """Return for what results.db was last written as a whole; "" if it never was, or that was cut off."""
    row = db.execute("SELECT key FROM projected").fetchone()
    return str(row[0]) if row else ""


def begin_whole(db: Database, wanted: str) -> None:
    """Record that results.db is about to be written as a whole for `wanted`; until that has ended it is for nothing."""
    if key(db) != wanted:
        _set_key(db, "", {})


def written(db: Database, done: Marks, wanted: str) -> None:
    """Remove the marks `done`, those whose request has changed meanwhile not, and record what results.db is for.

    It need not be on the disk at once: a mark that a power cut brings back costs a look, and never a row.
    """
    if done or key(db) != wanted:
        _set_key(db, wanted, done)


def _set_key(db: Database, wanted: str, done: Marks) -> None:
    with transaction(db, durable=False):
        db.conn.executemany(
            "DELETE FROM unprojected WHERE campaign = ? AND agency = ? AND stamp = ?",
            [(*request, stamp) for request, stamp in done.items()],
        )
        db.execute("DELETE FROM projected")
        db.execute("INSERT INTO projected VALUES (?)", [wanted])
