"""Make a results.db of all public bodies of a country from that of a crawl of some of them.

`python -m benchmarks.bodies CRAWLED.db OUT.db BODIES`

Each copy of the crawl is of other bodies: their own ids, slugs, hosts, hashes and numbers of rows. So each body has the
rows that a crawl of it would have, at a thousandth of the time. BODIES is brought to a whole number of copies.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from benchmarks.country import registry
from benchmarks.nights import bare
from prober.store import open_results
from prober.store.schema.declare import Column, Table
from prober.store.schema.results_tables import RESULTS_TABLES

REGIONS = 8
_NAMES = (
    "agency", "visit", "page", "evidence", "finding", "observation", "verdict", "search_record", "search_step",
    "look_list", "change", "qa_thread", "site_proposal",
)  # fmt: skip
_OF_BODIES = tuple(table for table in RESULTS_TABLES if table.name in _NAMES)
_WHOSE = {  # of the tables that do not name the body themselves
    "agency": ("t.id", ""),
    "evidence": ("p.agency", "JOIN page p ON p.id = t.page"),
    "observation": ("f.agency", "JOIN finding f ON f.id = t.finding"),
    "look_list": ("v.agency", "JOIN visit v ON v.id = t.visit"),
    "search_step": ("r.agency", "JOIN search_record r ON r.id = t.record"),
}
_ADDRESSES = ("slug", "province", "url", "final_url", "list_url", "page_url", "location", "value", "snippet", "key")
_HASHES = ("sha256", "warc", "screenshot")


def grow(source: Path, target: Path, bodies: int) -> int:
    """Write `target` with about `bodies` agencies, copies of those of `source`; return how many they are."""
    with closing(sqlite3.connect(source)) as crawled:
        crawled.execute("VACUUM INTO ?", [str(target)])
    with closing(sqlite3.connect(target)) as db:
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
        made = bare(db)
        first = int(db.execute("SELECT COUNT(*) FROM agency").fetchone()[0])
        copies = max(1, bodies // first)
        _name(db, first, copies)
        apart = _numbered(db)
        for table in _OF_BODIES:
            db.execute(_copies(table, apart))
        db.execute(
            f"UPDATE agency SET region = 'Vùng ' || (rowid % {REGIONS}), region_en = 'Region ' || (rowid % {REGIONS})"
        )
        db.execute("UPDATE scan SET agencies = (SELECT COUNT(*) FROM agency)")
        db.execute("DROP TABLE body")
        db.commit()
        for statement in made:
            db.execute(statement)
        db.commit()
    written = open_results(target)  # fills the full-text search, whose triggers were dropped
    written.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written.close()
    return first * copies


def _name(db: sqlite3.Connection, first: int, copies: int) -> None:
    """Write which body each copy of a body is: its id, its slug, and the number of the copy."""
    db.execute("CREATE TABLE body (was TEXT, copy INTEGER, slug_was TEXT, id TEXT, slug TEXT, PRIMARY KEY (was, copy))")
    all_of_them = registry(first * copies)
    db.executemany(
        "INSERT INTO body VALUES (?, ?, ?, ?, ?)",
        (
            (all_of_them[number % first].id, number // first, all_of_them[number % first].slug, body.id, body.slug)
            for number, body in enumerate(all_of_them)
            if number >= first
        ),
    )


def _numbered(db: sqlite3.Connection) -> dict[str, int]:
    """Return the tables whose rows have numbers, each with how far the numbers of two copies are apart."""
    numbered = [table.name for table in _OF_BODIES if table.columns[0].name == "id" and table.columns[0].type != "TEXT"]
    return {name: 1 + (db.execute(f"SELECT MAX(id) FROM [{name}]").fetchone()[0] or 0) for name in numbered}


def _copies(table: Table, apart: dict[str, int]) -> str:
    """Return the statement that copies the rows of a table for every other body."""
    names = ", ".join(f"[{column.name}]" for column in table.columns)
    whose, source = _WHOSE.get(table.name, ("t.agency", ""))
    values = ", ".join(_value(table, column, apart) for column in table.columns)
    rows = f"[{table.name}] t {source} JOIN body b ON b.was = {whose}"
    return f"INSERT INTO [{table.name}] ({names}) SELECT {values} FROM {rows}"


def _value(table: Table, column: Column, apart: dict[str, int]) -> str:
    held = f"t.[{column.name}]"
    if column.references == "agency" or (table.name, column.name) == ("agency", "id"):
        return "b.id"
    if (target := column.references or (table.name if column.name == "id" else "")) in apart:
        return f"{held} + b.copy * {apart[target]}"
    if column.name in _HASHES:
        return f"PRINTF('%04x', b.copy) || SUBSTR({held}, 5)"
    replaced = f"REPLACE({held}, b.slug_was, b.slug)"
    return replaced if column.type == "TEXT" and column.name in _ADDRESSES else held


if __name__ == "__main__":
    print(grow(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
