"""Numbered migrations, applied when a database is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from prober.store import search
from prober.store.private import PRIVATE_TABLES
from prober.store.schema import RESULTS_TABLES
from prober.store.tables import Table, column_sql, table_sql

VIEWS = Path(__file__).with_name("views.sql")

results_migrations = Migrations("prober.results")
private_migrations = Migrations("prober.private")


@dataclass(frozen=True)
class Store:
    """One kind of database file: its version, how durable a commit is, and a table by which it is recognised."""

    name: str
    version: int
    synchronous: str
    marker: str
    migrations: Migrations
    views: Path | None

    def migrate(self, db: Database) -> None:
        """Bring `db` to this version, wholly or not at all. Takes no lock where it is already there.

        Views and the indexes of full-text search hold no data of their own, so they follow the code without a version.
        Two processes may open a new file at once: the second waits, and finds the work done.
        """
        if self._reached(db):
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            if not self._reached(db):
                self.migrations.apply(db)  # savepoints inside our transaction
                if self.views:
                    _create_views(db, view_statements(self.views))
                    search.create(db)
                db.execute(f"PRAGMA user_version = {self.version}")
        except BaseException:
            db.conn.rollback()
            raise
        db.conn.commit()

    def _reached(self, db: Database) -> bool:
        if db.execute("PRAGMA user_version").fetchone()[0] != self.version:
            return False
        stored = {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'view'")}
        return self.views is None or (stored == set(view_statements(self.views)) and search.current(db))


def _create(db: Database, tables: Sequence[Table]) -> None:
    keys = {table.name: table.key[0] for table in tables}
    for table in tables:
        for statement in table_sql(table, keys):
            db.execute(statement)


@cache
def view_statements(path: Path) -> tuple[str, ...]:
    """The statements of a file of views, as SQLite keeps them: without the comments that stand before them."""
    script = path.read_text(encoding="utf-8")
    return tuple(part[part.index("CREATE VIEW") :].strip() for part in script.split(";\n") if "CREATE VIEW" in part)


def _create_views(db: Database, statements: Sequence[str]) -> None:
    for name in db.view_names():
        db.execute(f"DROP VIEW [{name}]")
    for statement in statements:
        db.execute(statement)


def _add_columns(db: Database, tables: Sequence[Table]) -> None:
    """Columns that a table was declared with since the file was made; they stand at its end in both."""
    keys = {table.name: table.key[0] for table in tables}
    for table in tables:
        held = {row[1] for row in db.execute(f"PRAGMA table_info([{table.name}])").fetchall()}
        for column in table.columns:
            if column.name not in held:
                definition = column_sql(column, False, keys.get(column.references, ""))
                db.execute(f"ALTER TABLE [{table.name}] ADD COLUMN {definition}")


def _redeclare(db: Database, table: str, before: str, after: str) -> None:
    """Change the declaration of a column where that touches no stored row: a CHECK that allows more than it did.

    SQLite has no statement for it; its documentation of ALTER TABLE gives this way. Making the table anew would need
    foreign keys off, which cannot be done inside the transaction that makes a migration whole or nothing.
    """
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute("PRAGMA writable_schema = ON")
    try:
        sql = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?"
        db.execute(sql, [before, after, table])
        db.execute(f"PRAGMA schema_version = {version + 1}")
    finally:
        db.execute("PRAGMA writable_schema = OFF")


def _describe(db: Database) -> None:
    db.execute("DELETE FROM field")
    rows = [(t.name, c.name, c.type, c.about) for t in RESULTS_TABLES for c in t.columns]
    db.conn.executemany("INSERT INTO field VALUES (?, ?, ?, ?)", rows)


@results_migrations()
def m001_tables(db: Database) -> None:
    _create(db, RESULTS_TABLES)
    _describe(db)


@results_migrations()
def m002_codings_are_a_projection(db: Database) -> None:
    """The class of a reply names who decided it, and what people decided comes from private.db like everything else.

    The former table `coding` had no command that could fill it.
    """
    if "role" not in {row[1] for row in db.execute("PRAGMA table_info(coding)").fetchall()}:
        db.execute("DROP TABLE coding")
    _create(db, RESULTS_TABLES)
    _add_columns(db, RESULTS_TABLES)
    _describe(db)


@results_migrations()
def m003_doubt(db: Database) -> None:
    """Floors of the registry, suspected visits and scans."""
    _add_columns(db, RESULTS_TABLES)
    # For the newest known verdict of one agency and kind, among a year of nights.
    db.execute("CREATE INDEX IF NOT EXISTS [ix_verdict_history] ON [verdict] ([agency], [kind], [scan])")
    _describe(db)


@results_migrations()
def m004_budget_publication(db: Database) -> None:
    """The vocabulary of `kind` has grown by `budget`."""
    for table in RESULTS_TABLES:
        if table.name in ("finding", "verdict", "change"):
            kind = next(column for column in table.columns if column.name == "kind")
            before = replace(kind, one_of=("qa", "email", "social", "access", "web_form"))
            after = replace(kind, one_of=(*before.one_of, "budget"))
            _redeclare(db, table.name, column_sql(before, False, ""), column_sql(after, False, ""))
    _describe(db)


@results_migrations()
def m005_how_a_site_was_reached(db: Database) -> None:
    """Redirects, what certificates took, sites that others propose, unreadable documents, failures of our own."""
    _create(db, RESULTS_TABLES)
    _add_columns(db, RESULTS_TABLES)
    for table in RESULTS_TABLES:
        if table.name in ("visit", "page"):
            after = next(column for column in table.columns if column.name == "failure")
            before = replace(
                after, one_of=tuple(value for value in after.one_of if value not in ("unreadable", "internal"))
            )
            _redeclare(db, table.name, column_sql(before, False, ""), column_sql(after, False, ""))
    _describe(db)


@private_migrations()
def m001_private_tables(db: Database) -> None:
    _create(db, PRIVATE_TABLES)


@private_migrations()
def m002_decisions_of_people(db: Database) -> None:
    """Entries made by hand, codings, and reviews of findings."""
    _create(db, PRIVATE_TABLES)


@private_migrations()
def m003_arms(db: Database) -> None:
    """Arm and block of every letter, and the hash under which their draw was approved."""
    _add_columns(db, PRIVATE_TABLES)


RESULTS = Store("results", 5, "NORMAL", "observation", results_migrations, VIEWS)
PRIVATE = Store("private", 3, "FULL", "outbox", private_migrations, None)
