"""What results.db says, by natural keys: two databases of the same facts are equal, in whatever order they were stored.

Row numbers, times of the clock, places in a file and rows about commands are left out; a reference to a numbered row
becomes what that row says.
"""

import hashlib
import sqlite3
from collections.abc import Mapping, Set
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

# `page` of evidence names whichever page had the content first; `run` is about commands.
ASIDE = {"evidence": {"page", "warc_offset"}, "scan": {"settings", "run"}, "visit": {"run"}}
CLOCK = ("_at", "seconds")
NO_FACTS = {"run", "run_step", "changed_agency"}


def dump(path: Path, aside: Mapping[str, Set[str]] = ASIDE) -> dict[str, list[str]]:
    """Return table → its rows, sorted, without the columns `aside`; no full text index, which is made from them."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        names = [
            row[0]
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
        ]
        tables = [
            name
            for name in names
            if "_words" not in name and not name.startswith(("sqlite_", "kept_")) and name not in NO_FACTS
        ]
        return _Facts(db, aside).of(tables)


class _Facts:
    def __init__(self, db: sqlite3.Connection, aside: Mapping[str, Set[str]]) -> None:
        self._db, self._aside = db, aside
        self._row = cache(self._numbered)

    def of(self, tables: list[str]) -> dict[str, list[str]]:
        return {
            name: sorted(self._said(name, row) for row in self._db.execute(f"SELECT * FROM [{name}]"))
            for name in tables
        }

    def _said(self, table: str, row: Mapping[str, Any]) -> str:
        numbered = self._numbers(table)
        shown = {}
        for column in row.keys():  # noqa: SIM118 (a Row yields its values)
            if (
                column == "id"
                and isinstance(row[column], int)
                or column in self._aside.get(table, ())
                or column.endswith(CLOCK)
            ):
                continue
            target = numbered.get(column)
            shown[column] = self._row(target, row[column]) if target and isinstance(row[column], int) else row[column]
        return repr(shown)

    def _numbers(self, table: str) -> dict[str, str]:
        """Column → table that it refers to by row number."""
        return {row["from"]: row["table"] for row in self._db.execute(f"PRAGMA foreign_key_list([{table}])")}

    def _numbered(self, table: str, number: int) -> str:
        if table == "scan":
            return str(number)
        row = self._db.execute(f"SELECT * FROM [{table}] WHERE id = ?", [number]).fetchone()
        return hashlib.sha256(self._said(table, row).encode()).hexdigest()[:12] if row else "gone"


def differences(
    one: Path, other: Path, aside: Mapping[str, Set[str]] = ASIDE
) -> dict[str, tuple[list[str], list[str]]]:
    """Return table → (rows that only the first has, rows that only the second has), of the tables that differ."""
    first, second = dump(one, aside), dump(other, aside)
    found = {}
    for table in first.keys() | second.keys():
        mine, its = first.get(table, []), second.get(table, [])
        if mine != its:
            found[table] = ([row for row in mine if row not in its], [row for row in its if row not in mine])
    return found
