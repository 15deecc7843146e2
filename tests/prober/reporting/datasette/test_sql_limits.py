"""What a reader's statement may take: hostile ones are refused within limits of memory and time, honest ones run."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.reporting.datasette import serve, sql_limits
from prober.reporting.datasette.canned_queries import QUERIES
from prober.store.schema.views import VIEWS
from tests.pobi import POBI
from tests.serving import fetch, get, serving

COUNTED = "with recursive n(i) as (select 1 union all select i + 1 from n limit {})"
REFUSED = (
    "select zeroblob(1000000000)",
    "select hex(randomblob(500000000))",
    "select replace(hex(zeroblob(50000)), '0', hex(zeroblob(50000)))",
    "with recursive n(s) as (select 'aaaaaaaa' union all select s || s from n) select max(length(s)) from n",
    f"{COUNTED.format(500_000)} select length(group_concat(hex(i))) from n",
    f"{COUNTED.format(5_000)} select i, hex(zeroblob(45000)), hex(zeroblob(45000)) from n",
    "select count(*) from " + ", ".join(f"headline h{number}" for number in range(12)),
    "select " + ", ".join("1" for _ in range(600)),
    " union all ".join(["select 1"] * 60),
    f"select 1 -- {'x' * sql_limits.LONGEST_STATEMENT}",
    f"select 'a' like '{'%a_' * 400}'",
    f"select {'-(' * 300}1{')' * 300}",
    "attach ':memory:' as other",
    "vacuum into '/nowhere'",
)
SLOW = 10.0  # processor seconds, far above what refusing takes, far below what such statements took


@pytest.fixture
def connection(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{folder / 'results.db'}?mode=ro", uri=True)
    sql_limits.apply(connection)
    yield connection
    connection.close()


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: sql[:40])
def test_what_takes_too_much_is_refused(connection: sqlite3.Connection, sql: str) -> None:
    started = time.process_time()
    with pytest.raises((sqlite3.Error, MemoryError)):
        connection.execute(sql).fetchmany(5001)
    assert time.process_time() - started < SLOW


def test_what_an_honest_reader_asks_is_far_inside_the_limits(connection: sqlite3.Connection) -> None:
    connection.create_function("escape_fts", 1, lambda text: f'"{text}"')
    for sql in [f"SELECT * FROM [{view.name}]" for view in VIEWS] + [query.sql for query in QUERIES]:
        words = sql.replace(":indicator", "''").replace(":province", "''")
        for name in ("frame", "month", "since_run", "campaign", "kind", "agency", "scan", "words"):
            words = words.replace(f":{name}", "''")
        steps = len(connection.execute(f"EXPLAIN {words}").fetchall())
        assert steps < sql_limits.LIMITS[sqlite3.SQLITE_LIMIT_VDBE_OP] / 2, sql
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if not table.endswith(("_words", "_data", "_idx", "_docsize", "_config")):
            for column in connection.execute(f"PRAGMA table_info([{table}])").fetchall():
                longest = connection.execute(f"SELECT MAX(LENGTH([{column[1]}])) FROM [{table}]").fetchone()[0] or 0
                assert longest < sql_limits.LONGEST_VALUE / 4, (table, column[1])


def test_rows_are_counted_anew_for_each_statement(connection: sqlite3.Connection) -> None:
    connection.row_factory = sql_limits.MeasuredRows(1_000_000)
    for _ in range(5):
        assert len(connection.execute("SELECT hex(zeroblob(40000)) FROM agency LIMIT 10").fetchall()) == 10
    with pytest.raises(sqlite3.OperationalError, match="larger than 1 MB"):
        connection.execute("SELECT hex(zeroblob(40000)) FROM agency LIMIT 20").fetchall()


def test_the_server_refuses_them_and_stays_small(folder: Path) -> None:
    with serving(folder) as (url, server):
        get(f"{url}/results/participation")
        before = peak(server.pid)
        for number in (0, 2, 5, 6):
            for form in ("", ".json"):
                status, _, body = fetch(f"{url}/results{form}?{urlencode({'sql': REFUSED[number]})}")
                assert status == 400, body[:300]
        assert peak(server.pid) - before < 400, "MB"
        assert get(f"{url}/results/participation?_size=5")[0] == 200


def test_a_page_shows_fewer_rows_than_its_data_have(folder: Path) -> None:
    """Also where a table is asked for as many rows as there can be; what is left out is said."""
    numbers = urlencode({"sql": f"{COUNTED.format(151)} select i from n"})
    with serving(folder) as (url, _):
        for path, most in ((f"/results?{numbers}", 150), ("/results/field?_size=max", 150), ("/results/figure", 150)):
            page = get(f"{url}{path}")[1]
            assert len(LexborHTMLParser(page).css("table.rows-and-columns tbody tr")) == most, path
            assert ("150 dòng đầu; CSV và JSON có thêm" in page) != path.startswith("/results/field")
            data = (
                path.replace("/results?", "/results.json?")
                .replace("/field?", "/field.json?")
                .replace("ure", "ure.json")
            )
            assert len(json.loads(get(f"{url}{data}")[1])["rows"]) > most, path
        assert "dòng đầu" not in get(f"{url}/results?{numbers.replace('151', '150')}")[1]
        assert get(f"{url}/results/field?_size=151")[0] == 400 and get(f"{url}/results/field.json?_size=151")[0] == 200


def test_labels_are_asked_for_in_parts(folder: Path) -> None:
    """CSV and JSON with labels, as the form below a table asks for them, have more keys than a statement may."""
    site = serve.application(folder / "results.db", POBI, "sandbox", immutable=False)
    db = sqlite3.connect(folder / "results.db")
    keys = [key for (key,) in db.execute("select id from page")]
    urls = dict(db.execute("select id, url from page"))
    db.close()
    many = [*range(-2 * sql_limits.LIMITS[sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER], 0), *keys]

    async def labels() -> dict[tuple[str, int], str]:
        await site.invoke_startup()
        found: dict[tuple[str, int], str] = await site.expand_foreign_keys("results", "observation", "page", many)
        return found

    assert asyncio.run(labels()) == {("page", key): urls[key] for key in keys} != {}


def peak(pid: int) -> int:
    """The most memory that a process has had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024
