"""What a database is brought to when it is opened: numbered migrations, then the declared shape, views and search."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from prober.store.schema import additive_migration, full_text
from prober.store.schema.declare import Table, table_sql
from prober.store.schema.private_tables import MESSAGE_RAW, PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES

VIEWS = Path(__file__).with_name("views.sql")

results_migrations = Migrations("prober.results")
private_migrations = Migrations("prober.private")


@dataclass(frozen=True)
class Store:
    """One kind of database file: its version, how durable a commit is, a table by which it is known, its tables.

    `page_size` is that of new files, bytes. Large values fill whole pages of a chain: in pages of 16 KB a mailbox is
    written in half the time that it takes in those of 4 KB. A file keeps the size that it was made with.
    """

    name: str
    version: int
    synchronous: str
    page_size: int
    marker: str
    tables: Sequence[Table]
    migrations: Migrations
    views: Path | None

    def migrate(self, db: Database) -> None:
        """Bring `db` to this version, wholly or not at all. Takes no lock where it is already there.

        What only adds to the tables (prober.store.schema.additive_migration), views and full-text search follow the
        code without a version; a numbered migration is for what changes stored rows. Two processes may open a new file
        at once: the second waits, and finds the work done.
        """
        if self._reached(db):
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            if not self._reached(db):
                self.migrations.apply(db)  # savepoints inside our transaction
                additive_migration.complete(db, self.tables)
                if self.views:
                    _describe(db)
                    _create_views(db, view_statements(self.views))
                    full_text.create(db)
                db.execute(f"PRAGMA user_version = {self.version}")
        except BaseException:
            db.conn.rollback()
            raise
        db.conn.commit()

    def _reached(self, db: Database) -> bool:
        if db.execute("PRAGMA user_version").fetchone()[0] != self.version or not additive_migration.is_complete(
            db, self.tables
        ):
            return False
        stored = {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'view'")}
        return self.views is None or (stored == set(view_statements(self.views)) and full_text.current(db))


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


def _describe(db: Database) -> None:
    db.execute("DELETE FROM field")
    rows = [(t.name, c.name, c.type, c.about) for t in RESULTS_TABLES for c in t.columns]
    db.conn.executemany("INSERT INTO field VALUES (?, ?, ?, ?)", rows)


@results_migrations()
def m002_codings_are_a_projection(db: Database) -> None:
    """What people decided comes from private.db like everything else. No command could fill the former `coding`."""
    if "role" not in {row[1] for row in db.execute("PRAGMA table_info(coding)").fetchall()}:
        db.execute("DROP TABLE IF EXISTS coding")


@private_migrations()
def m004_raw_bytes_have_a_table(db: Database) -> None:
    """What is understood of a message is written later than its bytes, and beside them wrote them a second time."""
    if "raw" in {row[1] for row in db.execute("PRAGMA table_info(message)").fetchall()}:
        db.execute(table_sql(MESSAGE_RAW, {"message": "sha256"}))
        db.execute("INSERT INTO message_raw (message, raw) SELECT sha256, raw FROM message")
        db.execute("ALTER TABLE message DROP COLUMN raw")


RESULTS = Store("results", 5, "NORMAL", 4096, "observation", RESULTS_TABLES, results_migrations, VIEWS)
PRIVATE = Store("private", 4, "FULL", 16_384, "outbox", PRIVATE_TABLES, private_migrations, None)
