"""Check the two databases before a command uses them: each is undamaged and of one world, and the one names the other.

What results.db shows of mail comes from one private.db, whose name stands in its table `private_database` from the
first projection on. A private.db that is absent, empty or another one would empty these tables; so it is refused
before anything is written. results.db alone can be read all the same: by a reader who received it, or by a crawl.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Container, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path

from prober.errors import ProberError, SchemaError, UsageError
from prober.store import Database, file_of, only_read, read_only, send_journal, transaction
from prober.store.schema.declare import Column
from prober.store.schema.migrations import PRIVATE, RESULTS, Store

QUICK_BYTES = 32_000_000  # a larger file is looked through by `prober doctor` alone: it takes longer than most commands
_HASHED = (  # bytes whose hash stands beside them
    ("message_raw", "SELECT message, raw FROM message_raw"),
    ("outbox", "SELECT sha256, raw FROM outbox"),
)
_SHOWN = "SELECT EXISTS (SELECT 1 FROM campaign) OR EXISTS (SELECT 1 FROM decision)"
_HELD = "SELECT EXISTS (SELECT 1 FROM campaign_file) OR EXISTS (SELECT 1 FROM decision)"
_MARKED = {"results": ("run", "agency"), "private": ("campaign_file",)}  # tables with a world in every row
Opened = AbstractContextManager[Database]


class Unpaired(UsageError):
    """The private.db of this results.db is not there: it is absent, empty, or another one is in its place."""


def look_through(results: Path, private: Path) -> str:
    """Look through both files, and the journal of sending, as every command does first; return what `lost` says.

    Raises SchemaError for one that is damaged, Unpaired where the two do not belong together.
    """
    send_journal.entries(send_journal.of(private))  # raises where it is damaged
    need_paired(results, private, sound)
    return lost(results, private)


@contextmanager
def sound(path: Path, store: Store) -> Iterator[Database]:
    """Open like `read_only`. Raises SchemaError for a file that is damaged in its structure, too."""
    with read_only(path, store) as db:
        if path.stat().st_size % db.execute("PRAGMA page_size").fetchone()[0]:
            raise SchemaError(_said(path, "cut off"))
        if path.stat().st_size <= QUICK_BYTES:
            _need(path, _quick_check(db))
        yield db


def is_whole(db: Database) -> bool:
    """Return True if a database is undamaged in its structure."""
    return _quick_check(db) == "ok"


def _quick_check(db: Database) -> str:
    return str(db.execute("PRAGMA quick_check(1)").fetchone()[0])


def need_whole(path: Path, store: Store) -> None:
    """Raise SchemaError if any value of a file cannot be what was written; reads all of it."""
    try:
        with sound(path, store) as db:
            _need(path, db.execute("PRAGMA integrity_check(1)").fetchone()[0])
        with closing(only_read(path)) as db:
            held = set(db.table_names())
            db.conn.text_factory = bytes
            for fault in _faults(db, store, held):
                _need(path, fault)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a table or a column has lost its name
        raise SchemaError(_said(path, str(error))) from error


def _need(path: Path, found: str) -> None:
    if found != "ok":
        raise SchemaError(_said(path, found))


def _said(path: Path, found: str) -> str:
    what = " ".join(found.split())
    return f"{path}: damaged ({what}). Restore it from a backup (`prober restore`), or move it away."


def _faults(db: Database, store: Store, held: Container[str]) -> Iterator[str]:
    for table in store.tables:
        texts = [column for column in table.columns if column.type == "TEXT"]
        names = ", ".join(f"[{column.name}]" for column in texts)
        for row in db.execute(f"SELECT {names} FROM [{table.name}]") if texts else ():
            for column, value in zip(texts, row, strict=True):
                if value and not _is_readable(column, value):
                    yield f"a value of {table.name}.{column.name}"
    for table_name, query in _HASHED:
        for sha256, raw in db.execute(query) if table_name in held else ():
            if hashlib.sha256(raw).hexdigest().encode() != sha256:
                yield f"a message of {table_name}"


def _is_readable(column: Column, value: bytes) -> bool:
    """Return True for text in UTF-8 that is JSON, or a time, where the column holds these."""
    try:
        text = value.decode("utf-8")
        if column.reasons or column.default in ("'{}'", "'[]'"):
            json.loads(text)
        elif column.name == "at" or column.name.endswith(("_at", "_since")):
            datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def damaged(path: Path, store: Store) -> str:
    """Return what to tell about a file that is damaged anywhere; "" for one that is sound, or not there."""
    try:
        if path.exists():
            need_whole(path, store)
    except ProberError as error:
        return str(error)
    return ""


def need_world(db: Database, path: Path, name: str, world: str) -> None:
    """Raise UsageError if `db` holds data of another world than `world`: they are never mixed.

    `name` is the key of `path` under [paths]: "results" or "private".
    """
    for table in _MARKED[name]:
        other = db.execute(f"SELECT world FROM [{table}] WHERE world != ? LIMIT 1", [world]).fetchone()
        if other:
            raise UsageError(
                f"{path} holds {other[0]} data and this configuration is {world}; name another file under [paths] "
                f"{name}. Nothing was changed."
            )


def need_paired(results: Path, private: Path, opened: Callable[..., Opened] = read_only) -> None:
    """Raise Unpaired where `results` shows the correspondence of another private.db than `private`. Reads only.

    A first run, where either shows nothing yet, is in order. Raises SchemaError for a file that is damaged, or none of
    ours, by what `opened` looks at: `read_only` or `sound`.
    """
    named, shows = "", False
    if results.exists():
        with opened(results, RESULTS) as db:
            named = named_by(db)
            shows = bool(named or db.execute(_SHOWN).fetchone()[0])
    if private.exists():
        with opened(private, PRIVATE) as db:
            if shows:
                _compare(db, private, results, named)
    elif shows:
        raise Unpaired(f"{private} does not exist, {_remedy(results, named)}")


def lost(results: Path, private: Path) -> str:
    """Say that `results` is gone though `private` holds a study, and how to go on; "" where all is in order."""
    if results.exists() or not private.exists():
        return ""
    with read_only(private, PRIVATE) as db:
        if not db.execute(_HELD).fetchone()[0]:
            return ""
    return (
        f"{results} does not exist, and {private} holds a study. What scans saw and which addresses a person accepted "
        "stand in no other file: put it back (`prober restore`). A new one has only what private.db knows of mail."
    )


def bind(private: Database, results: Database) -> None:
    """Write into `results` that `private` is its private.db, once there is something to show.

    Raises Unpaired, writing nothing, if it has another one.
    """
    named, shows = named_by(results), results.execute(_SHOWN).fetchone()[0]
    if named or shows:
        _compare(private, file_of(private), file_of(results), named)
    stored = results.execute("SELECT 1 FROM private_database").fetchone()
    if not stored and private.execute(_HELD).fetchone()[0]:
        with transaction(results):
            results.execute("INSERT OR IGNORE INTO private_database VALUES (?)", [identity(private)])


def named_by(results: Database) -> str:
    """Return the name of the private.db of `results`; "" where it shows nothing of one yet."""
    row = results.execute("SELECT id FROM private_database").fetchone()
    return str(row[0]) if row else ""


def identity(private: Database) -> str:
    """Return the name of this private.db."""
    return str(private.execute("SELECT id FROM identity").fetchone()[0])


def _compare(db: Database, private: Path, results: Path, named: str) -> None:
    held = db.execute(_HELD).fetchone()[0]
    if named and identity(db) == named or not named and held:
        return
    raise Unpaired(f"{private} is {'another one' if held else 'empty'}, {_remedy(results, named)}")


def _remedy(results: Path, named: str) -> str:
    return (
        f"and {results} shows the correspondence of the one named {named}. Put that one back "
        f"(`prober restore`), or move {results.name} aside to begin anew. Nothing was changed."
    )
