"""A results.db that knows five kinds learns the sixth where it lies, and keeps every row."""

import sqlite3
from pathlib import Path

import pytest

from prober.store import open_results
from prober.store.vocabulary import KINDS

OLDER = Path(__file__).parents[1] / "fixtures/databases/results-1.sql"
ROWS = """
INSERT INTO scan VALUES
  (1, 'sandbox', '2019', 'finance', 'complete', '2020-04-13T08:00:00+07:00', NULL, 1, '0', 'agent', '{}');
INSERT INTO finding VALUES (5, '2019-stc-ca-mau', 'access', 'section', 'https://stc.camau.gov.test/tctt', 1, 1);
INSERT INTO verdict VALUES (6, 1, '2019-stc-ca-mau', 'access', 'present', 0, 'seen', NULL);
INSERT INTO change VALUES (7, '2019-stc-ca-mau', 'access', 1, 1, 5, 'appeared', 'site', '', 'x');
"""
ADD = {
    "finding": "INSERT INTO finding VALUES (50, '2019-stc-ca-mau', '{kind}', 'approved', '2020', 1, 1)",
    "verdict": "INSERT INTO verdict VALUES (60, 1, '2019-stc-ca-mau', '{kind}', 'present', 0, 'seen', NULL)",
    "change": "INSERT INTO change VALUES (70, '2019-stc-ca-mau', '{kind}', 1, 1, 5, 'vanished', 'site', 'x', '')",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "results.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLDER.read_text(encoding="utf-8") + ROWS)
    connection.close()
    return path


def test_the_older_file_refuses_the_new_kind(path: Path) -> None:
    connection = sqlite3.connect(path)
    for statement in ADD.values():
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute(statement.format(kind="budget"))
    connection.close()


@pytest.mark.parametrize("table", ADD)
def test_after_opening_it_takes_every_kind_and_no_other(path: Path, table: str) -> None:
    db = open_results(path)
    db.execute(ADD[table].format(kind="budget"))
    db.conn.commit()
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        db.execute(ADD[table].replace("0, ", "1, ", 1).format(kind="weather"))
    db.close()
    reopened = sqlite3.connect(path)  # the declaration is in the file, not only in the connection that changed it
    kinds = {row[0] for row in reopened.execute(f"SELECT kind FROM [{table}] ORDER BY id")}
    assert kinds == {"access", "budget"} <= set(KINDS)
    assert reopened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert reopened.execute("PRAGMA foreign_key_check").fetchall() == []
    reopened.close()


def test_the_declaration_is_that_of_a_new_file(path: Path, tmp_path: Path) -> None:
    older, new = open_results(path), open_results(tmp_path / "new.db")
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    for table in ADD:
        for db in (older, new):
            sql = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
            assert f"[kind] TEXT NOT NULL CHECK ([kind] IN ({kinds}))" in sql, table
    older.close()
    new.close()
