"""Bring a database to this version when it is opened: numbered migrations, then the views and the search of the code.

A migration is a function listed under the number of the schema that it starts from. Every change of a table needs one:
a longer vocabulary (`_widen`), a new table (`_add_tables`), a row that is stored in another form. A new column needs
none: it names with `since` the schema that added it. Views and full-text search store no data of their own, so they
follow the code without a number.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from prober.domain.indicator import INDICATORS
from prober.domain.reason import Reasons, to_json
from prober.errors import SchemaError
from prober.store.schema import change_marks, full_text, old_sentences, present_rows
from prober.store.schema.declare import Table, column_sql, index_sql, table_sql
from prober.store.schema.indicator_views import Declared, declare, declared, filled
from prober.store.schema.private_tables import PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES

VIEWS = Path(__file__).with_name("views.sql")
# Every request address that holds has its row in the history of decisions.
NOTE_ADDRESSES = (
    "INSERT OR IGNORE INTO request_address (agency, address, source, decided_by, decided_at) "
    "SELECT id, request_email, request_email_source, request_email_reviewed_by, request_email_reviewed_at "
    "FROM agency WHERE request_email_reviewed_by != ''"
)

Migration = Callable[[Database], None]


@dataclass(frozen=True)
class Store:
    """One kind of database file: its version, durability of a commit, a table that identifies it, and its tables.

    `page_size` is that of new files, bytes. Large values fill whole pages of a chain: in pages of 16 KB a mailbox is
    written in half the time that it takes in those of 4 KB. A file keeps the size that it was made with. `migrations`
    maps each version that can be read to the function that makes the next one of it, unless that has new columns only.
    """

    name: str
    synchronous: str
    page_size: int
    marker: str
    tables: Sequence[Table]
    views: Path | None
    migrations: Mapping[int, Migration]
    begin: Migration = lambda db: None  # what a new or migrated file gets besides its tables

    @property
    def version(self) -> int:
        """Return the number of the declared schema: one more for each migration, and for each set of new columns."""
        return max(max(self.migrations) + 1, *(column.since for table in self.tables for column in table.columns))

    @property
    def oldest(self) -> int:
        """Return the oldest version that can be brought to this one."""
        return min(self.migrations)

    def migrate(self, db: Database) -> None:
        """Bring `db` to this version, wholly or not at all. Takes no lock where it is already there.

        Two processes may open a new file at once: the second waits, and finds the work done. Raises SchemaError where
        a table then lacks a column: the file is of a version that was never released.
        """
        if self._reached(db):
            return
        checks = db.execute("PRAGMA foreign_keys").fetchone()[0]
        db.execute("PRAGMA foreign_keys = OFF")  # a table that is written anew is away for a moment
        db.execute("BEGIN IMMEDIATE")
        try:
            if not self._reached(db):
                if self.views:
                    _drop_views(db)
                    present_rows.drop(db)
                self._tables(db)
                if self.views:
                    _describe(db)
                    _create_views(db, view_statements(self.views, declared(db)))
                    full_text.create(db)
                db.execute(f"PRAGMA user_version = {self.version}")
        except BaseException:
            db.conn.rollback()
            raise
        else:
            db.conn.commit()
        finally:
            db.execute(f"PRAGMA foreign_keys = {checks}")

    def _reached(self, db: Database) -> bool:
        if _version(db) != self.version or not {table.name for table in self.tables} <= set(db.table_names()):
            return False
        stored = {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'view'")}
        return self.views is None or (
            stored == set(view_statements(self.views, declared(db)))
            and full_text.current(db)
            and present_rows.current(db)
        )

    def lacking(self, db: Database) -> list[str]:
        """Return the columns that this version reads and a file of an earlier one does not have."""
        return [f"{t.name}.{c.name}" for t in self.tables for c in t.columns if c.name not in _columns(db, t.name)]

    def _tables(self, db: Database) -> None:
        """Create the tables of a new file, or bring those of an older one up to this version."""
        if not db.table_names():
            for statement in create_statements(self.tables):
                db.execute(statement)
            self.begin(db)
            return
        for version in range(_version(db), self.version):
            if version in self.migrations:
                self.migrations[version](db)
            for statement in added_statements(self.tables, version + 1):
                db.execute(statement)
        stored = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        for name, statement in (entry for table in self.tables for entry in index_sql(table).items()):
            if name not in stored:
                db.execute(statement)
        if lacking := self.lacking(db):
            path = db.execute("PRAGMA database_list").fetchone()[2]
            raise SchemaError(
                f"{path}: a development version wrote it, without {', '.join(lacking)}. Name another file, or move "
                "this one away and collect its data anew; nothing was changed."
            )
        self.begin(db)


def create_statements(tables: Sequence[Table], known: Sequence[Table] = ()) -> Iterator[str]:
    """Yield the statements that make `tables` and their indexes. They refer to one another and to `known`."""
    keys = {table.name: table.key[0] for table in (*known, *tables)}
    for table in tables:
        yield table_sql(table, keys)
        yield from index_sql(table).values()


def added_statements(tables: Sequence[Table], version: int) -> Iterator[str]:
    """Yield the statements that add the columns of schema `version`."""
    keys = {table.name: table.key[0] for table in tables}
    for table in tables:
        for column in table.columns:
            if column.since == version:
                definition = column_sql(column, False, keys.get(column.references, ""))
                yield f"ALTER TABLE [{table.name}] ADD COLUMN {definition}"


def _version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _columns(db: Database, table: str) -> set[str]:
    return {row[1] for row in db.execute(f"PRAGMA table_info([{table}])").fetchall()}


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


def _reasons_of_results(db: Database) -> None:
    """Bring results.db from schema 5 to 6: reasons become codes with parameters; drop a table left by sqlite-utils."""
    for table, column, read in (
        ("scan", "suspect", old_sentences.suspect),
        ("visit", "suspect", old_sentences.suspect),
        ("visit", "failure_detail", old_sentences.failure_detail),
        ("verdict", "reason", old_sentences.verdict),
        ("request", "legal_reasons", old_sentences.lacking),
        ("request", "pause_reason", old_sentences.pauses),
        ("legal_requirement", "why", old_sentences.lacking),
        ("reply", "match_reason", old_sentences.signals),
        ("reply", "refusal_grounds", old_sentences.grounds),
        ("deadline", "pause_reason", old_sentences.pauses),
    ):
        _read_sentences(db, table, column, read)
    db.execute("DROP TABLE IF EXISTS _sqlite_migrations")


def _reasons_of_private(db: Database) -> None:
    """Bring private.db from schema 4 to 5, with the same changes."""
    _read_sentences(db, "outbox", "legal_reasons", old_sentences.lacking)
    _read_sentences(db, "match_candidate", "reasons", old_sentences.signals)
    db.execute("DROP TABLE IF EXISTS _sqlite_migrations")


def _read_sentences(db: Database, table: str, column: str, read: Callable[[str], Reasons]) -> None:
    """Replace every sentence in a column by the reasons that `read` finds in it."""
    held = db.execute(f"SELECT DISTINCT [{column}] FROM [{table}]").fetchall()
    db.conn.executemany(
        f"UPDATE [{table}] SET [{column}] = ? WHERE [{column}] = ?", [(to_json(read(text)), text) for (text,) in held]
    )


def _results_7(db: Database) -> None:
    """Bring results.db from schema 6 to 7.

    Longer vocabularies, new tables, no tokens of requests, which are secrets, spans of visits instead of scans, and
    what was looked at showed of each verdict.
    """
    _begin_spans(db)
    _begin_kinds(db)
    _widen(db, RESULTS_TABLES)
    if "token" in _columns(db, "request"):
        db.execute("ALTER TABLE request DROP COLUMN token")
    _add_tables(db, RESULTS_TABLES)
    db.execute(NOTE_ADDRESSES)


def _begin_spans(db: Database) -> None:
    """Make each page and observation of one scan a span of one visit, which the next visit may continue."""
    agency = {"page": "o.agency", "observation": "(SELECT agency FROM finding WHERE id = o.finding)"}
    made = {"visit": "v.id", "last_visit": "v.id", "last_fetched_at": "o.fetched_at"}
    _drop_views(db)
    for table in RESULTS_TABLES:
        if table.name in agency and "scan" in _columns(db, table.name):
            values = {column.name: made.get(column.name, f"o.[{column.name}]") for column in table.columns}
            source = f"[{table.name}] o JOIN visit v ON v.scan = o.scan AND v.agency = {agency[table.name]}"
            _write_anew(db, RESULTS_TABLES, table, values, source)


def _begin_kinds(db: Database) -> None:
    """Give each verdict what older files tell of its visit as a whole: that everything was looked at."""
    (verdict,) = (table for table in RESULTS_TABLES if table.name == "verdict")
    held = _columns(db, "verdict")
    if "coverage_complete" not in held:
        values = {column.name: f"o.[{column.name}]" for column in verdict.columns if column.name in held}
        values["coverage_complete"] = "COALESCE(v.coverage_complete, 0)"
        source = "[verdict] o LEFT JOIN visit v ON v.scan = o.scan AND v.agency = o.agency"
        _write_anew(db, RESULTS_TABLES, verdict, values, source)


def _private_6(db: Database) -> None:
    """Bring private.db from schema 5 to 6: longer vocabularies, new tables."""
    change_marks.drop(db)
    _widen(db, PRIVATE_TABLES)
    _add_tables(db, PRIVATE_TABLES)


def _letters_of_results(db: Database) -> None:
    """Bring results.db from schema 7 to 8: what happened to a request is said by reasons.

    A number of `request_event` follows from its reasons; the next projection gives each row the one of today.
    """
    _read_sentences(db, "request_event", "detail", old_sentences.letter)


def _letters_of_private(db: Database) -> None:
    """Bring private.db from schema 6 to 7, with the same change."""
    _read_sentences(db, "outbox", "reason", old_sentences.letter)
    _read_sentences(db, "outbox_event", "detail", old_sentences.letter)


def _indicators(db: Database) -> None:
    """Declare the indicators of POBI in a file that no study has declared anything in."""
    if not db.execute("SELECT EXISTS (SELECT 1 FROM indicator)").fetchone()[0]:
        declare(db, INDICATORS)


def _begin_private(db: Database) -> None:
    """Give private.db the triggers that mark changes, and its name: random, in an older file by its first campaign."""
    change_marks.create(db)
    name = name_by_campaign(db, "campaign_file") or secrets.token_hex(16)
    db.execute("INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", [name])


def name_by_campaign(db: Database, table: str) -> str:
    """Return the name of the private.db of an older version, by the first campaign in `table`; "" if there is none.

    Both databases have the two facts, so both come to the same name, and so does an older copy of either.
    """
    row = db.execute(f"SELECT id, created_at FROM [{table}] ORDER BY created_at, id LIMIT 1").fetchone()
    return hashlib.sha256("\n".join(row).encode("utf-8")).hexdigest()[:32] if row else ""


def _widen(db: Database, tables: Sequence[Table]) -> None:
    """Let every column with a closed vocabulary hold the words that the code knows now, in tables written anew."""
    _drop_views(db)
    keys = {table.name: table.key[0] for table in tables}
    for table in tables:
        stored = db.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table.name]).fetchone()
        held = _columns(db, table.name)
        bound = [c for c in table.columns if (c.one_of or c.references) and not c.key and c.name in held]
        if stored is None or all(column_sql(c, False, keys.get(c.references, "")) in stored[0] for c in bound):
            continue
        values = {column.name: f"[{column.name}]" for column in table.columns if column.name in held}
        _write_anew(db, tables, table, values, f"[{table.name}]")


def _drop_views(db: Database) -> None:
    """Drop the views: they name the tables that are written anew, and are made anew afterwards."""
    for name in db.view_names():
        db.execute(f"DROP VIEW [{name}]")


def _write_anew(db: Database, tables: Sequence[Table], table: Table, values: Mapping[str, str], source: str) -> None:
    """Write a table anew with the columns that `values` has an expression for, from the rows of `source`.

    By the steps of https://www.sqlite.org/lang_altertable.html, section 7. `Store.migrate` has turned foreign keys off.
    """
    kept = replace(table, name=f"{table.name}_anew", columns=tuple(c for c in table.columns if c.name in values))
    names = ", ".join(f"[{name}]" for name in values)
    indexes = db.execute(_INDEXES, [table.name]).fetchall()
    ours = index_sql(table)
    db.execute(table_sql(kept, {table.name: table.key[0] for table in tables}))
    db.execute(f"INSERT INTO [{kept.name}] ({names}) SELECT {', '.join(values.values())} FROM {source}")
    db.execute(f"DROP TABLE [{table.name}]")
    db.execute(f"ALTER TABLE [{kept.name}] RENAME TO [{table.name}]")
    for name, statement in indexes:  # a user's own among them; those of the code that are new are made later
        if name in ours or not name.startswith(f"ix_{table.name}_"):
            db.execute(statement)


_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"


def _add_tables(db: Database, tables: Sequence[Table]) -> None:
    """Make the tables that the file does not have yet."""
    stored = set(db.table_names())
    for statement in create_statements([table for table in tables if table.name not in stored], tables):
        db.execute(statement)


_RESULTS = {5: _reasons_of_results, 6: _results_7, 7: _letters_of_results}
_PRIVATE = {4: _reasons_of_private, 5: _private_6, 6: _letters_of_private}
RESULTS = Store("results", "NORMAL", 4096, "observation", RESULTS_TABLES, VIEWS, _RESULTS, _indicators)
PRIVATE = Store("private", "FULL", 16_384, "outbox", PRIVATE_TABLES, None, _PRIVATE, _begin_private)
