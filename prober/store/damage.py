"""Find damage in a database: in its structure when a command opens it, in every value where something went wrong."""

import hashlib
import json
import sqlite3
from collections.abc import Container, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from prober.errors import ProberError, SchemaError
from prober.store import Database, only_read, read_only
from prober.store.schema.declare import Column
from prober.store.schema.migrations import Store

QUICK_BYTES = 32_000_000  # a larger file is looked through by `prober doctor` alone: it takes longer than most commands
_HASHED = (  # bytes whose hash stands beside them
    ("message_raw", "SELECT message, raw FROM message_raw"),
    ("outbox", "SELECT sha256, raw FROM outbox"),
)


def need_sound(path: Path, store: Store) -> None:
    """Raise SchemaError if a file that is there is damaged in its structure, empty, or none of ours; reads only."""
    if path.exists():
        with read_only(path, store) as db:
            if path.stat().st_size % db.execute("PRAGMA page_size").fetchone()[0]:
                raise SchemaError(_said(path, "cut off"))
            if path.stat().st_size <= QUICK_BYTES:
                _need(path, db.execute("PRAGMA quick_check(1)").fetchone()[0])


def need_whole(path: Path, store: Store) -> None:
    """Raise SchemaError if any value of a file cannot be what was written; reads all of it."""
    need_sound(path, store)
    try:
        with read_only(path, store) as db:
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
    current = db.execute("PRAGMA user_version").fetchone()[0] == store.version
    for table in store.tables if current else ():
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
