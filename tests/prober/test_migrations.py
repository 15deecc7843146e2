"""A database of any older version, as that version wrote it, opens with the shape of a new one and keeps every row."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from prober.errors import SchemaError
from prober.store import Database, open_private, open_results
from prober.store.reading.health import reading
from prober.store.schema import additive_migration
from prober.store.schema.migrations import PRIVATE, RESULTS, Store

OLDER = Path(__file__).parents[1] / "fixtures/databases"
FILES = sorted(path.stem for path in OLDER.glob("*.sql"))
OPENERS = {"results": (open_results, RESULTS), "private": (open_private, PRIVATE)}
# Rows that a later version makes anew or drops: the dictionary, and a table that no command could fill.
NOT_KEPT = {"_sqlite_migrations": FILES, "field": FILES, "coding": ["results-1"]}


def of(name: str) -> Store:
    return OPENERS[name.partition("-")[0]][1]


def opened(name: str, path: Path) -> Database:
    return OPENERS[name.partition("-")[0]][0](path)


def older(name: str, folder: Path) -> Path:
    path = folder / f"{name}.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((OLDER / f"{name}.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


def declarations(db: Database) -> dict[str, set[str]]:
    """The parts of every statement in the file, in any order: a column that was added later stands last."""
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: {part.strip(" )\n") for part in re.split(r",\s*|\) STRICT", sql)} - {""} for name, sql in rows}


def rows(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%words%'")
    for (table,) in tables.fetchall():
        yield from ((table, dict(row)) for row in connection.execute(f"SELECT * FROM [{table}]"))
    connection.close()


def test_there_is_a_file_of_every_version() -> None:
    versions = {(name.split("-")[0], int(name.split("-")[1])) for name in FILES}
    assert versions >= {("results", n) for n in range(1, RESULTS.version)}
    assert versions >= {("private", n) for n in range(1, PRIVATE.version)}


@pytest.mark.parametrize("name", FILES)
def test_an_older_file_has_the_shape_of_a_new_one(tmp_path: Path, name: str) -> None:
    path = older(name, tmp_path)
    migrated, new = opened(name, path), opened(name, tmp_path / "new.db")
    assert migrated.execute("PRAGMA user_version").fetchone() == (of(name).version,)
    assert declarations(migrated) == declarations(new)
    assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []
    assert migrated.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for view in migrated.view_names():
        migrated.execute(f"SELECT * FROM [{view}]").fetchall()
    version = migrated.execute("PRAGMA schema_version").fetchone()
    migrated.close()
    again = opened(name, path)
    assert again.execute("PRAGMA schema_version").fetchone() == version  # nothing was left to do
    again.close()
    new.close()


def moved(table: str, row: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
    """The rows in which a later version keeps what stood in one: the bytes of a message have a table of their own."""
    if table != "message" or "raw" not in row:
        return [(table, row)]
    rest = {name: value for name, value in row.items() if name != "raw"}
    return [(table, rest), ("message_raw", {"message": row["sha256"], "raw": row["raw"]})]


@pytest.mark.parametrize("name", FILES)
def test_an_older_file_keeps_every_row(tmp_path: Path, name: str) -> None:
    path = older(name, tmp_path)
    held = [kept for table, row in rows(path) if name not in NOT_KEPT.get(table, ()) for kept in moved(table, row)]
    assert held
    opened(name, path).close()
    now = list(rows(path))
    for table, row in held:
        assert any(table == other and row.items() <= new.items() for other, new in now), (table, row)


@pytest.mark.parametrize("name", FILES)
def test_an_older_file_takes_every_declared_word_and_no_other(tmp_path: Path, name: str) -> None:
    db = opened(name, older(name, tmp_path))
    for table in of(name).tables:
        for column in table.columns:
            if column.one_of and db.table(table.name).count:
                for word in column.one_of:
                    db.execute(f"UPDATE [{table.name}] SET [{column.name}] = ?", [word])
                with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
                    db.execute(f"UPDATE [{table.name}] SET [{column.name}] = 'weather'")
    db.conn.rollback()
    db.close()


def test_the_dictionary_is_that_of_today(tmp_path: Path) -> None:
    db = open_results(older("results-1", tmp_path))
    held = set(db.execute("SELECT table_name, column_name, about FROM field").fetchall())
    assert held == {(table.name, c.name, c.about) for table in RESULTS.tables for c in table.columns}
    db.close()


def test_a_file_whose_words_this_prober_does_not_know_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    open_results(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '''stale'')', '''stale'', ''weather'')') WHERE name = 'visit'"
        )
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '''seen'',', '''seen'', ''heard'',') WHERE name = 'visit'"
        )
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="allows heard in visit.outcome, which this prober does not know"):
        open_results(path)
    assert path.read_bytes() == before


def test_an_index_that_nobody_declares_any_more_goes_and_a_users_own_stays(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    db = open_results(path)
    db.execute("CREATE INDEX [ix_verdict_history] ON verdict (kind, scan)")
    db.execute("CREATE INDEX mine ON verdict (reason)")
    assert not additive_migration.is_complete(db, RESULTS.tables)
    db.conn.commit()
    db.close()
    db = open_results(path)
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()}
    assert "mine" in names and "ix_verdict_history" not in names
    db.close()


def test_who_only_reads_an_older_file_is_told_what_completes_it(tmp_path: Path) -> None:
    path = older("results-5-first", tmp_path)
    said = r"results-5-first\.db: .*no such column: archive_pages.*the next command"
    with pytest.raises(SchemaError, match=said), reading(path, RESULTS) as db:
        db.execute("SELECT archive_pages FROM visit")
