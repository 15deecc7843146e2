"""What the schema decides is read once; a table or column that comes later is seen with the commit that brings it."""

import asyncio
import shutil
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from datasette.database import Database  # type: ignore[import-untyped]

from prober.reporting.datasette.serve import application
from prober.reporting.datasette.served_site import ServedSite, ask
from tests.pobi import POBI


@pytest.fixture
def path(pobi_db: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(pobi_db, tmp_path / "results.db"))


@contextmanager
def committed(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    yield connection
    connection.commit()
    connection.close()


def test_a_list_of_tables_asks_the_database_a_few_times(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, asked = application(path, POBI, "sandbox", immutable=False), list[str]()
    execute_fn = Database.execute_fn

    async def counted(database: Any, question: Any) -> Any:
        asked.append(database.name)
        return await execute_fn(database, question)

    async def drawn() -> str:
        answer = await site.client.get("/results?lang=en")
        assert answer.status_code == 200
        return str(answer.text)

    async def twice() -> tuple[str, str]:
        first = await drawn()
        with committed(path) as db:
            db.execute("UPDATE agency SET name_en = 'another' WHERE slug = 'ca-mau'")
        asked.clear()
        return first, await drawn()

    monkeypatch.setattr(Database, "execute_fn", counted)
    first, second = asyncio.run(twice())
    assert len(asked) < 20  # Datasette: 400, each in a thread
    assert first.count("<li") == second.count("<li") > 10


def test_what_a_commit_brings_is_seen(path: Path) -> None:
    async def seen(site: ServedSite) -> None:
        database = site.get_database()
        assert "later" not in await database.table_names()
        columns = await database.table_columns("reply")
        columns.append("nobody keeps this")
        with committed(path) as db:
            db.executescript(
                "CREATE TABLE later (id INTEGER PRIMARY KEY, reply INTEGER REFERENCES reply, name TEXT);"
                "INSERT INTO later VALUES (1, NULL, 'a'), (2, NULL, 'b'); ALTER TABLE reply ADD COLUMN more TEXT;"
                "CREATE VIEW afterwards AS SELECT * FROM later"
            )
        assert "later" in await database.table_names() and "afterwards" in await database.view_names()
        assert await database.table_columns("reply") == [*columns[:-1], "more"]
        assert await database.primary_keys("later") == ["id"]
        assert [key["other_table"] for key in await database.foreign_keys_for_table("later")] == ["reply"]
        assert "later" in (await database.get_all_foreign_keys())
        counts = await database.table_counts(1000)
        with committed(path) as db:
            names = await database.table_names()
            expected = {name: db.execute(f"SELECT COUNT(*) FROM [{name}]").fetchone()[0] for name in names}
            db.execute("DELETE FROM later WHERE id = 1")
        assert counts == expected and counts["later"] == 2
        assert (await database.table_counts(1000))["later"] == 1

    asyncio.run(seen(application(path, POBI, "sandbox", immutable=False)))


def test_a_count_that_takes_too_long_is_none(path: Path) -> None:
    with committed(path) as db:
        db.execute(
            "CREATE TABLE long AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT x, zeroblob(3000) AS b FROM n LIMIT 20000"
        )
    database = application(path, POBI, "sandbox", immutable=False).get_database()
    assert asyncio.run(database.table_counts(1))["long"] is None
    assert asyncio.run(database.table_counts(60_000))["long"] == 20_000


def test_a_page_has_no_statement_prepared_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite does so after some pragmas, and `headline` takes it as long to prepare as to answer."""
    site, asked = application(path, POBI, "sandbox", immutable=False), list[str]()
    prepare = site._prepare_connection

    def traced(connection: sqlite3.Connection, name: str) -> None:
        prepare(connection, name)
        connection.set_trace_callback(asked.append)

    monkeypatch.setattr(site, "_prepare_connection", traced)
    assert asyncio.run(site.client.get("/")).status_code == 200
    assert any("headline" in sql for sql in asked)
    assert [sql for sql in asked if sql.startswith("PRAGMA") and "=" in sql] == []


def test_a_page_is_of_one_state(path: Path) -> None:
    """What is committed while it is drawn is on the next one."""

    def counted(db: Any) -> list[int]:
        found = [len(list(db.query("SELECT * FROM participation WHERE has_qa = 'found'")))]
        with committed(path) as other:
            other.execute("UPDATE verdict SET state = 'not_seen' WHERE kind = 'qa'")
        return [*found, *(row["k"] for row in db.query("SELECT k FROM headline WHERE indicator = 'qa'"))]

    async def asked(site: ServedSite) -> tuple[list[int], list[int]]:
        return await ask(site, counted), await ask(site, counted)

    assert asyncio.run(asked(application(path, POBI, "sandbox", immutable=False))) == ([61, 61], [0, 0])


def test_a_failed_statement_is_closed_in_its_own_thread_while_its_error_is_still_held(path: Path) -> None:
    """Closed later, in the thread that answers, it takes the code of a fault from the next statement."""
    opened: list[weakref.ref[sqlite3.Cursor]] = []

    def fails(connection: sqlite3.Connection) -> None:
        cursor = connection.execute("SELECT id FROM page")
        cursor.fetchone()
        opened.append(weakref.ref(cursor))
        try:
            raise sqlite3.OperationalError("the result is larger than 20 MB")
        except sqlite3.OperationalError as error:
            raise ValueError("said in other words") from error

    async def asked() -> Exception:
        site = application(path, POBI, "sandbox", immutable=False)
        await site.invoke_startup()
        with pytest.raises(ValueError, match="other words") as held:
            await site.get_database().execute_fn(fails)
        return held.value

    error = asyncio.run(asked())
    assert error.__traceback__ and error.__context__ and [cursor() for cursor in opened] == [None]
