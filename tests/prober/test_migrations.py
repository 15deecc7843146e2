"""A database of an older version, as that version wrote it, opens with every table and column of this one."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from prober.store import Database, open_private, open_results
from prober.store.migrations import PRIVATE, RESULTS, Store
from prober.store.private import PRIVATE_TABLES
from prober.store.schema import RESULTS_TABLES
from prober.store.tables import Table

Opener = Callable[[Path], Database]
OLDER = Path(__file__).parents[1] / "fixtures/databases"
STORES = [
    pytest.param("results-1", open_results, RESULTS, RESULTS_TABLES, id="results-1"),
    pytest.param("private-1", open_private, PRIVATE, PRIVATE_TABLES, id="private-1"),
]


def older(name: str, folder: Path) -> Path:
    path = folder / f"{name}.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((OLDER / f"{name}.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


def shape(db: Database, table: str) -> list[tuple[object, ...]]:
    """Name, type, NOT NULL, default and key of every column, in order."""
    return [tuple(row[1:]) for row in db.execute(f"PRAGMA table_info([{table}])").fetchall()]


@pytest.mark.parametrize(("name", "opener", "store", "tables"), STORES)
def test_an_older_file_has_the_shape_of_a_new_one(
    tmp_path: Path, name: str, opener: Opener, store: Store, tables: tuple[Table, ...]
) -> None:
    migrated, new = opener(older(name, tmp_path)), opener(tmp_path / "new.db")
    assert migrated.execute("PRAGMA user_version").fetchone() == (store.version,)
    assert {table.name: shape(migrated, table.name) for table in tables} == {
        table.name: shape(new, table.name) for table in tables
    }
    assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []
    assert set(migrated.view_names()) == set(new.view_names())
    migrated.close()
    new.close()


def test_what_an_older_results_held_is_kept_and_its_dictionary_is_that_of_today(tmp_path: Path) -> None:
    db = open_results(older("results-1", tmp_path))
    assert db.execute("SELECT id, event, proposed_event, decided_by FROM reply").fetchall() == [(11, "F1", "", "rule")]
    assert db.execute("SELECT outcome, replied FROM request").fetchall() == [("F1", 1)]
    held = set(db.execute("SELECT table_name, column_name, about FROM field").fetchall())
    assert held == {(table.name, c.name, c.about) for table in RESULTS_TABLES for c in table.columns}
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE reply SET decided_by = 'nobody'")
    db.close()


def test_what_an_older_private_held_is_kept(tmp_path: Path) -> None:
    db = open_private(older("private-1", tmp_path))
    assert db.execute("SELECT sha256, raw, status FROM message").fetchall() == [("aa", b"a", "stored")]
    assert db.execute("SELECT COUNT(*) FROM coding").fetchone() == (0,)
    db.close()
