"""Copy the files of a study with their hashes, and put copies in their place so that a crash leaves nothing half."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from prober import owner_only
from prober.errors import ProberError, SchemaError, UsageError
from prober.store import busy, check, only_read
from prober.store.schema.migrations import Store

BLOCK = 1 << 20
LOG = ("-wal", "-shm")  # what SQLite keeps beside a database that is open, or was when its process was killed


@dataclass(frozen=True, slots=True)
class Copied:
    """The hash and the number of bytes of a file."""

    sha256: str
    bytes: int


def measured(path: Path) -> Copied:
    """Return hash and size of a file. Raises OSError."""
    return _through(path, None)


def begins_with(path: Path, known: Copied) -> bool:
    """Return True if the first bytes of a file are those of `known`."""
    digest, left = hashlib.sha256(), known.bytes
    with path.open("rb") as file:
        while left and (block := file.read(min(BLOCK, left))):
            digest.update(block)
            left -= len(block)
    return not left and digest.hexdigest() == known.sha256


def copied(source: Path, target: Path) -> Copied:
    """Copy a file, which may be growing, for its owner only; return hash and size of the copy. Raises OSError."""
    owner_only.folder(target.parent)
    return _through(source, target)


def _through(source: Path, target: Path | None) -> Copied:
    digest, count = hashlib.sha256(), 0
    with source.open("rb") as file, open(target or os.devnull, "wb", opener=owner_only.opener) as copy:
        while block := file.read(BLOCK):
            digest.update(block)
            count += len(block)
            if target:
                copy.write(block)
    return Copied(digest.hexdigest(), count)


def copied_database(source: Path, target: Path, store: Store) -> Copied:
    """Copy one state of a database by SQLite's online backup, while others write to it.

    Raises SchemaError if it is damaged or none of ours, ProberError if it cannot be read or copied.
    """
    owner_only.folder(target.parent)
    owner_only.write(target, b"")
    try:
        with closing(only_read(source)) as db:
            check(db, source, store)
            with closing(sqlite3.connect(target)) as copy:
                db.conn.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    except sqlite3.OperationalError as error:
        raise ProberError(f"{source}: cannot be copied: {error}. Check the disk space and the permissions.") from error
    need_sound(target, store, source)
    return measured(target)


def need_sound(path: Path, store: Store, named: Path | None = None) -> None:
    """Raise SchemaError, naming the file `named`, unless the database at `path` is whole and of this kind.

    The file is taken as it is, without a log beside it, and is not changed.
    """
    named = named or path
    if path.stat().st_size == 0:
        raise SchemaError(f"{named}: empty. Restore it from a backup.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise SchemaError(f"{named}: damaged ({error}). Restore it from a backup.") from error
    if found != "ok" or store.marker not in tables:
        raise SchemaError(f"{named}: damaged ({found if found != 'ok' else 'not ours'}). Restore it from a backup.")


def put_aside(path: Path, name: str) -> Path | None:
    """Give `path` the name `path`.`name` besides its own, so that another file can replace it; return the new path.

    A database is closed first: its log is written into it, which shows whether a process has it open; the log of a
    damaged one goes with it. Raises UsageError where the new name is taken by another file, ProberError if a process
    has it open.
    """
    if not path.exists():
        for ending in LOG:  # of a database that was deleted: it would be applied to the one that takes its place
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).replace(path.with_name(f"{path.name}.{name}{ending}"))
        return None
    kept = path.with_name(f"{path.name}.{name}")
    if kept.exists() and not kept.samefile(path):
        raise UsageError(f"{kept} exists; name another ending with --aside. Nothing was changed.")
    if path.suffix == ".db":
        close(path)
        for ending in LOG:
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).replace(kept.with_name(kept.name + ending))
    if path.is_dir():
        path.rename(kept)
    elif not kept.exists():
        os.link(path, kept)
    return kept


def close(path: Path) -> None:
    """Take the log of a database into it. Raises ProberError if a process has it open; a damaged one stays as it is."""
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # needs the file for itself
    except sqlite3.OperationalError as error:
        if busy(error):
            raise ProberError(
                f"{path}: another process has it open, perhaps `prober mailbox watch`; end it, then run the same "
                "command again. Nothing was changed."
            ) from error
    except sqlite3.DatabaseError:
        pass  # damaged, or no database: its log goes with it


def on_the_disk(folders: Iterable[Path]) -> None:
    """Wait until all that was written is on the disk, the names in `folders` too."""
    os.sync()
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
