"""A file is made with the baseline schema, and one of another schema is refused and left as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.errors import SchemaError
from prober.store import Database, open_private, open_results
from prober.store.reading.health import reading
from prober.store.schema.migrations import PRIVATE, RESULTS, Store

KINDS = pytest.mark.parametrize(
    ("opened", "store"), [(open_results, RESULTS), (open_private, PRIVATE)], ids=["results", "private"]
)


def with_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


@KINDS
@pytest.mark.parametrize(("by", "whose"), [(-1, "an older"), (1, "a newer")])
def test_a_file_of_another_schema_is_refused_and_left_as_it_is(
    tmp_path: Path, opened: Callable[[Path], Database], store: Store, by: int, whose: str
) -> None:
    path = tmp_path / "held.db"
    opened(path).close()
    with_version(path, store.version + by)
    before = path.read_bytes()
    said = rf"held\.db: written by {whose} prober \(schema {store.version + by}, .*nothing was changed"
    with pytest.raises(SchemaError, match=said):
        opened(path)
    with pytest.raises(SchemaError, match=said), reading(path, store):
        pass
    assert path.read_bytes() == before


def test_an_older_file_ends_a_command_with_exit_code_2(tmp_path: Path) -> None:
    open_results(tmp_path / "results.db").close()
    with_version(tmp_path / "results.db", 4)
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "prober.toml"), "agencies", "list"])
    assert done.exit_code == 2 and "results.db: written by an older prober (schema 4" in done.stderr


def test_the_views_of_a_file_follow_the_code_and_a_users_own_index_stays(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    with closing(open_results(path)) as db:
        told = db.execute("SELECT sql FROM sqlite_master WHERE name = 'not_seen'").fetchone()
        db.execute("CREATE INDEX mine ON verdict (level)")
        db.execute("DROP VIEW not_seen")
        db.execute("CREATE VIEW not_seen AS SELECT 1 AS one")
        db.execute("DELETE FROM field")
    with closing(open_results(path)) as db:
        assert db.execute("SELECT sql FROM sqlite_master WHERE name = 'not_seen'").fetchone() == told
        assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'mine'").fetchone() == (1,)
        held = set(db.execute("SELECT table_name, column_name, about FROM field").fetchall())
    assert held == {(table.name, c.name, c.about) for table in RESULTS.tables for c in table.columns}
