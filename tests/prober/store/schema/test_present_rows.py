"""What is kept of a view is what the view works out, whatever is written; one agency is found without all others."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from prober.store import Database, open_results, transaction
from prober.store.reading.queries import QUERIES, rows
from prober.store.schema import present_rows
from prober.store.schema.present_rows import CHANGED, KEPT

VIEWS = (*KEPT, "headline", "proof", "search_evidence", "latest_observation")


@pytest.fixture
def db(pobi_db: Path, tmp_path: Path) -> Iterator[Database]:
    db = open_results(Path(shutil.copy(pobi_db, tmp_path / "results.db")))
    yield db
    db.close()


def shown(db: Database) -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(db.execute(f"SELECT * FROM [{name}]").fetchall(), key=repr) for name in VIEWS}


def changed(db: Database) -> set[str]:
    return {agency for (agency,) in db.execute(f"SELECT agency FROM {CHANGED}")}


@pytest.mark.parametrize("share", [1, 2, 3])
def test_rows_are_the_same_kept_and_worked_out(db: Database, share: int) -> None:
    before = shown(db)
    db.execute(f"INSERT INTO {CHANGED} SELECT id FROM agency WHERE rowid % {share} = 0 AND id NOT IN "
               f"(SELECT agency FROM {CHANGED})")  # fmt: skip
    assert shown(db) == before
    present_rows.keep(db)
    assert shown(db) == before and changed(db) == set()


@pytest.mark.parametrize(
    ("statement", "agencies"),
    [
        ("UPDATE verdict SET state = 'not_seen' WHERE agency = '2019-ca-mau'", {"2019-ca-mau"}),
        ("UPDATE visit SET suspect = '[1]' WHERE agency = '2019-ha-noi'", {"2019-ha-noi"}),
        ("DELETE FROM finding WHERE agency = '2019-ca-mau' AND kind = 'email'", {"2019-ca-mau"}),
        ("UPDATE request SET outcome = 'S1' WHERE agency = '2019-stc-ca-mau'", {"2019-stc-ca-mau"}),
        ("UPDATE agency SET name_vi = 'Khác' WHERE id = '2019-ca-mau'", {"2019-ca-mau"}),
    ],
)
def test_what_is_written_of_an_agency_is_shown_at_once(db: Database, statement: str, agencies: set[str]) -> None:
    present_rows.keep(db)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(statement)
    assert changed(db) == agencies
    at_once = shown(db)
    present_rows.keep(db)
    kept = shown(db)
    db.execute(f"INSERT INTO {CHANGED} SELECT id FROM agency")
    assert at_once == kept == shown(db)


def test_a_department_changes_the_row_of_its_place(db: Database) -> None:
    present_rows.keep(db)
    (before,) = rows(db, "provinces", portal="2019-ca-mau")
    db.execute(
        "INSERT INTO verdict (scan, agency, kind, state, reason) VALUES (1, '2019-stc-ca-mau', 'budget', 'found', '[]')"
    )
    (after,) = rows(db, "provinces", portal="2019-ca-mau")
    assert changed(db) == {"2019-stc-ca-mau"} and before["budget_section"] != after["budget_section"] == "found"
    present_rows.keep(db)
    assert rows(db, "provinces", portal="2019-ca-mau") == (after,)


def test_a_scan_that_is_not_believed_changes_all_that_it_saw(db: Database) -> None:
    present_rows.keep(db)
    db.execute("UPDATE scan SET suspect = '[1]' WHERE id = (SELECT MAX(id) FROM scan)")
    seen = {agency for (agency,) in db.execute("SELECT agency FROM visit WHERE scan = (SELECT MAX(id) FROM scan)")}
    assert changed(db) == seen != set()


def test_a_transaction_keeps_the_rows_of_many(db: Database) -> None:
    present_rows.keep(db)
    with transaction(db):
        db.execute("UPDATE agency SET name_vi = 'Khác' WHERE id = '2019-ca-mau'")
    assert changed(db) == {"2019-ca-mau"}
    with transaction(db):
        db.execute("UPDATE agency SET note = 'x'")
    assert changed(db) == set()
    assert db.execute("SELECT name_vi FROM not_seen WHERE agency = '2019-ca-mau'").fetchone() == ("Khác",)


@pytest.mark.parametrize("name", ["visited", "proofs", "observations", "searches", "activity", "disputes"])
def test_one_agency_is_looked_up_among_many(db: Database, name: str) -> None:
    """No table that has several rows for each agency is read whole, nor an index made of one for this question."""
    sql = f"{QUERIES[name].select} WHERE t.agency = ?"
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", ["2019-ca-mau"]).fetchall()]
    long = {"f", "o", "p", "finding", "observation", "page", "verdict", "search_step", "kept_latest_verdict", "s"}
    assert [step for step in plan if step.startswith("SCAN") and step.split()[1] in long] == []


def test_figures_are_counted_along_an_index(db: Database) -> None:
    plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN SELECT * FROM headline").fetchall()]
    assert "SCAN kept_participation USING COVERING INDEX ix_kept_participation_counted" in plan


# No statement of the product changes these alone: a visit writes its row too, and a scan keeps its frame.
NEVER_ALONE = {("observation", "last_visit"), ("scan", "frame")}


@pytest.mark.parametrize("seed", range(2))
def test_any_cell_that_changes_is_shown(db: Database, seed: int) -> None:
    """Change cells and rows of every table that views read, at random: what is shown is what would be worked out."""
    draw = random.Random(seed)
    tables = ["agency", "agency_successor", "scan", "visit", "page", "finding", "observation", "verdict", "campaign",
              "request", "reply", "deadline"]  # fmt: skip
    db.execute("PRAGMA foreign_keys = OFF")
    db.conn.isolation_level = None
    compared = 0
    for _ in range(30):
        table = draw.choice(tables)
        column = draw.choice([name for name in db[table].columns_dict if (table, name) not in NEVER_ALONE])
        some = f"rowid IN (SELECT rowid FROM [{table}] ORDER BY (rowid * {draw.randrange(1, 999)}) % 997 LIMIT 2)"
        value = draw.choice(("NULL", "'x'", "1", "'found'", f"(SELECT MAX([{column}]) FROM [{table}])"))
        statement = draw.choice(
            (f"UPDATE [{table}] SET [{column}] = {value} WHERE {some}", f"DELETE FROM [{table}] WHERE {some}")
        )
        db.execute("BEGIN")
        try:
            db.execute(statement)
        except sqlite3.IntegrityError:
            continue
        else:
            at_once = shown(db)
            db.execute(f"INSERT OR IGNORE INTO {CHANGED} SELECT id FROM agency")
            assert at_once == shown(db), statement
            compared += 1
        finally:
            db.execute("ROLLBACK")
    assert compared > 10
