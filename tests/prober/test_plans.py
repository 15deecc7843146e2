"""No view and no named query walks through years of nights: what it reads of them, it looks up.

At 5,000,000 observations a walk takes seconds (python -m benchmarks results). Here the programs into which SQLite
translates each statement are read: a loop that begins at the first row of a table of history, or of its index.
"""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from datasette.utils import escape_fts  # type: ignore[import-untyped]

from prober.report.queries import QUERIES
from prober.store import Database, open_results
from prober.store.views import VIEWS

HISTORY = ("observation", "page", "verdict", "visit", "evidence")
STATEMENTS = {view.name: f"SELECT * FROM [{view.name}]" for view in VIEWS} | {
    f"query {query.name}": query.sql for query in QUERIES
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = open_results(tmp_path_factory.mktemp("plans") / "results.db")
    db.conn.create_function("escape_fts", 1, escape_fts)
    yield db
    db.close()


def walked(db: Database, statement: str) -> set[str]:
    """Tables of history, or their indexes, from whose first row a loop of the program goes on to the last."""
    sql = f"SELECT rootpage, name FROM sqlite_master WHERE tbl_name IN ({', '.join('?' * len(HISTORY))})"
    roots = dict(db.execute(sql, HISTORY))
    names = re.findall(r"(?<!:):(\w+)", statement)
    program = db.execute(f"EXPLAIN {statement}", dict.fromkeys(names, "")).fetchall()
    cursors = {p1: roots[p2] for _, opcode, p1, p2, *_ in program if opcode == "OpenRead" and p2 in roots}
    starts = {(p1, address + 1) for address, opcode, p1, *_ in program if opcode == "Rewind" and p1 in cursors}
    return {cursors[p1] for _, opcode, p1, p2, *_ in program if opcode == "Next" and (p1, p2) in starts}


@pytest.mark.parametrize("name", STATEMENTS)
def test_nothing_walks_through_history(db: Database, name: str) -> None:
    assert walked(db, STATEMENTS[name]) <= {"ix_verdict_kind"}  # MIN(kind), of which the first row is all


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM observation",
        "SELECT agency, MAX(scan) FROM visit GROUP BY agency",
        "SELECT o.id FROM observation o JOIN finding f ON f.id = o.finding WHERE o.snippet = ''",
    ],
)
def test_a_walk_is_seen(db: Database, statement: str) -> None:
    assert walked(db, statement)


def test_a_program_is_what_this_sqlite_explains(db: Database) -> None:
    head = [column[0] for column in db.execute("EXPLAIN SELECT 1").description]
    assert head[:4] == ["addr", "opcode", "p1", "p2"], sqlite3.sqlite_version
