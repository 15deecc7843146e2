"""Make a database when it is opened first, and bring the views and the search of a file to those of the code.

There is one baseline schema for each database; a file of another one is refused (prober.store.check). Migrations begin
with the first release. Views and full-text search store no data of their own, so they follow the code.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from prober.domain.indicator import INDICATORS
from prober.store.schema import change_marks, full_text, present_rows
from prober.store.schema.declare import Table, index_sql, table_sql
from prober.store.schema.indicator_views import Declared, declare, declared, filled
from prober.store.schema.private_tables import PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES

VIEWS = Path(__file__).with_name("views.sql")


@dataclass(frozen=True)
class Store:
    """One kind of database file: its version, durability of a commit, a table that identifies it, and its tables.

    `page_size` is that of new files, bytes. Large values fill whole pages of a chain: in pages of 16 KB a mailbox is
    written in half the time that it takes in those of 4 KB. A file keeps the size that it was made with.
    """

    name: str
    synchronous: str
    page_size: int
    marker: str
    version: int  # of the baseline
    tables: Sequence[Table]
    views: Path | None
    begin: Callable[[Database], None] = lambda db: None  # what a new file gets besides its tables

    def migrate(self, db: Database) -> None:
        """Make the tables of a new file, and the views of this code, wholly or not at all.

        Takes no lock where all is there. Two processes may open a new file at once: the second waits, and finds the
        work done.
        """
        if self._reached(db):
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            if not self._reached(db):
                if not db.table_names():
                    for statement in create_statements(self.tables):
                        db.execute(statement)
                    self.begin(db)
                if self.views:
                    present_rows.drop(db)
                    _describe(db)
                    _create_views(db, view_statements(self.views, declared(db)))
                    full_text.create(db)
                db.execute(f"PRAGMA user_version = {self.version}")
        except BaseException:
            db.conn.rollback()
            raise
        db.conn.commit()

    def _reached(self, db: Database) -> bool:
        if db.execute("PRAGMA user_version").fetchone()[0] != self.version:
            return False
        stored = {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'view'")}
        return self.views is None or (
            stored == set(view_statements(self.views, declared(db)))
            and full_text.current(db)
            and present_rows.current(db)
        )


def create_statements(tables: Sequence[Table]) -> Iterator[str]:
    """Yield the statements that make `tables`, which refer to one another, and their indexes."""
    keys = {table.name: table.key[0] for table in tables}
    for table in tables:
        yield table_sql(table, keys)
        yield from index_sql(table).values()


@cache
def view_statements(path: Path, sought: tuple[Declared, ...]) -> tuple[str, ...]:
    """Return the statements of a file of views for the indicators `sought`, as SQLite keeps them: without comments."""
    parts = [part for part in path.read_text(encoding="utf-8").split(";\n") if "CREATE VIEW" in part]
    return present_rows.filled([filled(part[part.index("CREATE VIEW") :].strip(), sought) for part in parts])


def _create_views(db: Database, statements: Sequence[str]) -> None:
    for name in db.view_names():
        db.execute(f"DROP VIEW [{name}]")
    present_rows.forget(db)  # in a published snapshot
    for statement in statements:
        db.execute(statement)
    present_rows.create(db)


def _describe(db: Database) -> None:
    db.execute("DELETE FROM field")
    rows = [(t.name, c.name, c.type, c.about) for t in RESULTS_TABLES for c in t.columns]
    db.conn.executemany("INSERT INTO field VALUES (?, ?, ?, ?)", rows)


def _indicators(db: Database) -> None:
    """Declare the indicators of POBI, until a study declares its own."""
    declare(db, INDICATORS)


def _begin_private(db: Database) -> None:
    """Give private.db the triggers that mark changes, and its name, which is random."""
    change_marks.create(db)
    db.execute("INSERT INTO identity VALUES (?)", [secrets.token_hex(16)])


RESULTS = Store("results", "NORMAL", 4096, "observation", 9, RESULTS_TABLES, VIEWS, _indicators)
PRIVATE = Store("private", "FULL", 16_384, "outbox", 8, PRIVATE_TABLES, None, _begin_private)
