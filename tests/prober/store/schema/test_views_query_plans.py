"""No view and no named query walks through years of nights: what it reads of them, it looks up.

At 5,000,000 observations a walk takes seconds (python -m benchmarks results). Here the programs into which SQLite
translates each statement are read: a loop that begins at the first row of a table of history, or of its index.
"""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from datasette.utils import escape_fts  # type: ignore[import-untyped]

from prober.reporting.datasette.canned_queries import QUERIES
from prober.store import Database, open_results
from prober.store.schema.views import VIEWS

HISTORY = ("observation", "page", "verdict", "visit", "evidence", "scan")
# Frames with results are looked for among the scans; MIN(kind) reads the first row of its index.
ONCE = {"ix_verdict_kind", "ix_scan_frame", "scan", "sqlite_autoindex_scan_1"}
OF_HISTORY = ("scan_page", "scan_observation")  # every row of every scan; whoever asks for one scan looks it up
STATEMENTS = {view.name: f"SELECT * FROM [{view.name}]" for view in VIEWS} | {
    f"query {query.name}": query.sql for query in QUERIES
}


# What ANALYZE says of 2,003 nights of 126 sites (benchmarks.nights): published snapshots have it, and plans follow it.
STATISTICS = (
    ("agency", "sqlite_autoindex_agency_1", "126 1"),
    ("agency", "ix_agency_kind", "126 63"),
    ("scan", "ix_scan_status", "2003 2003"),
    ("scan", "ix_scan_frame", "2003 2003"),
    ("visit", "sqlite_autoindex_visit_1", "252378 126 1"),
    ("visit", "ix_visit_agency_scan", "252378 2003 1"),
    ("visit", "ix_visit_failure", "252378 31548"),
    ("page", "sqlite_autoindex_page_1", "303883 1 1"),
    ("page", "ix_page_agency_last_visit", "303883 2412 1"),
    ("page", "ix_page_visit", "303883 1"),
    ("verdict", "sqlite_autoindex_verdict_1", "1514268 756 6 1"),
    ("verdict", "ix_verdict_agency_kind_scan", "1514268 12018 2003 1"),
    ("verdict", "ix_verdict_kind", "1514268 252378"),
    ("verdict", "ix_verdict_known", "1423790 11865 1983 1"),
    ("verdict", "ix_verdict_state", "1514268 504756"),
    ("finding", "sqlite_autoindex_finding_1", "7596 64 17 5 1"),
    ("finding", "ix_finding_kind", "7596 1266"),
    ("observation", "sqlite_autoindex_observation_1", "500130 2 1"),
    ("observation", "ix_observation_finding_last_visit", "500130 66 1"),
    ("observation", "ix_observation_visit", "500130 2"),
    ("observation", "ix_observation_page", "500130 2"),
    ("observation", "ix_observation_warc", "500130 4"),
    ("evidence", "sqlite_autoindex_evidence_1", "146268 1"),
    ("qa_thread", "sqlite_autoindex_qa_thread_1", "39166 311 1"),
    ("change", "ix_change_to_scan", "2052 2"),
    ("request", "sqlite_autoindex_request_1", "1260 63 1"),
)


@pytest.fixture(scope="module", params=["new", "analysed"])
def db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("plans") / "results.db"
    db = open_results(path)
    if request.param == "analysed":
        db.execute("ANALYZE")
        db.execute("DELETE FROM sqlite_stat1")
        db.conn.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", STATISTICS)
        db.conn.commit()
        db.close()
        db = open_results(path)
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
    if name in OF_HISTORY:
        return
    once = {"ix_verdict_kind"} if name.startswith("latest") else ONCE
    assert walked(db, STATEMENTS[name]) <= once


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM observation",
        "SELECT agency, MAX(scan) FROM visit GROUP BY agency",
    ],
)
def test_a_walk_is_seen(db: Database, statement: str) -> None:
    assert walked(db, statement)


def test_a_program_is_what_this_sqlite_explains(db: Database) -> None:
    head = [column[0] for column in db.execute("EXPLAIN SELECT 1").description]
    assert head[:4] == ["addr", "opcode", "p1", "p2"], sqlite3.sqlite_version
