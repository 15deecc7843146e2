"""Read the schema of the served database once, and the rows of its slow views once for each state of it.

Datasette asks for columns, keys and names hundreds of times to list the tables, each time in another thread. These
change only where the schema does, which SQLite counts. The page of a view asks for rows, their number and each group of
them: a view of the present, which a snapshot has as a table, would be worked out six times; and nearly every page of
ours reads `participation` and `headline`. So statements on such views, and our pages, have a connection of their own
each, with the rows in temporary tables that hide the views until the next commit.
"""

import asyncio
import re
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from functools import partial
from pathlib import Path
from typing import Any

from datasette.database import Database  # type: ignore[import-untyped]
from datasette.utils import sqlite_timelimit  # type: ignore[import-untyped]

from prober.reporting.datasette import sql_limits
from prober.reporting.datasette.kept_pages.drawn_pages import state_of
from prober.store import Database as Stored
from prober.store.schema import stored_views

_OF_SCHEMA = "from sqlite_master"  # in each statement of Datasette's that asks for nothing else
_OF_VIEW = re.compile(rf"\b(?:from|join)\s+\[?({'|'.join(stored_views.KEYS)})\b", re.IGNORECASE)
_RESTS_ON = {"headline": ("participation",)}  # which is worked out first, and once
_READ_WHOLE = {"participation", "headline", "qa_activity", "question_waits"}  # by our pages; others for one place each
_BODY = re.compile(r"CREATE VIEW \[?\w+\]? AS\b", re.IGNORECASE)
_named: ContextVar[frozenset[str]] = ContextVar("views that the statement names", default=frozenset())


class KnownSchema(Database):
    """Datasette's view of one database, which remembers what the schema alone decides."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._known: dict[tuple[Any, ...], Any] = {}
        self._state: tuple[int, ...] | None = None
        self._version = -1
        self._views, self._pages = _Views(self), _Views(self)

    async def execute(self, sql: str, params: Any = None, *args: Any, **settings: Any) -> Any:
        """Run a statement; one of Datasette's own about the schema runs once."""
        if _OF_SCHEMA not in sql or args or settings:
            names = _views_in(sql) if self.is_mutable else frozenset()
            token = _named.set(names)
            try:
                return await super().execute(sql, params, *args, **settings)
            finally:
                _named.reset(token)
        given = tuple(params.items()) if isinstance(params, Mapping) else tuple(params or ())
        return await self._lasting(("execute", sql, given), lambda: super(KnownSchema, self).execute(sql, params))

    async def execute_fn(self, question: Callable[[sqlite3.Connection], Any]) -> Any:
        """Ask a question of a connection; a statement on views of the present of that which has their rows."""
        names, request = _named.get(), copy_context()  # a thread knows nothing of the request by itself

        def within(connection: sqlite3.Connection) -> Any:
            return request.run(question, connection)

        return await (self._views.ask(names, within) if names else super().execute_fn(within))

    async def open_all(self) -> None:
        """Open the connection of each thread, which reads the whole schema: 30 ms in which a reader would wait."""
        together = threading.Barrier(self.ds.setting("num_sql_threads"))

        def opened(connection: sqlite3.Connection) -> None:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 0")
            together.wait(10)  # so that each of these is in a thread of its own

        with suppress(threading.BrokenBarrierError):
            await asyncio.gather(*(self.execute_fn(opened) for _ in range(together.parties)))

    async def read_present(self, question: "Callable[[Rows], Any]") -> Any:
        """Ask a question about one state of a database that is written; views of the present are worked out once."""
        return await self._pages.read(question)

    async def table_columns(self, table: str) -> list[str]:
        return list(await self._lasting(("columns", table), lambda: super(KnownSchema, self).table_columns(table)))

    async def table_column_details(self, table: str) -> list[Any]:
        details = super().table_column_details
        return list(await self._lasting(("details", table), lambda: details(table)))

    async def primary_keys(self, table: str) -> list[str]:
        return list(await self._lasting(("keys", table), lambda: super(KnownSchema, self).primary_keys(table)))

    async def fts_table(self, table: str) -> str | None:
        found: str | None = await self._lasting(("fts", table), lambda: super(KnownSchema, self).fts_table(table))
        return found

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, str]]:
        keys = super().foreign_keys_for_table
        return [dict(key) for key in await self._lasting(("foreign", table), lambda: keys(table))]

    async def get_all_foreign_keys(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await self._lasting(("all foreign",), super().get_all_foreign_keys)
        return found

    async def hidden_table_names(self) -> list[str]:
        return list(await self._lasting(("hidden",), super().hidden_table_names))

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Return the number of rows of each table, None where counting takes longer than `limit` ms; in one thread."""
        if not self.is_mutable and self.cached_table_counts is not None:
            return dict(self.cached_table_counts)
        names: Sequence[str] = await self.table_names()
        counts: dict[str, int | None] = await self.execute_fn(
            lambda connection: {name: _count(connection, name, limit) for name in names}
        )
        if not self.is_mutable:
            self._cached_table_counts = counts
        return counts

    async def _lasting(self, key: tuple[Any, ...], ask: Callable[[], Awaitable[Any]]) -> Any:
        """Return the answer of `ask`, which is asked again only when the schema has changed."""
        state = state_of(Path(self.path)) if self.is_mutable else ()
        if state != self._state:
            version = await self.execute_fn(
                lambda connection: connection.execute("PRAGMA schema_version").fetchone()[0]
            )
            if version != self._version:
                self._known.clear()
            self._state, self._version = state, version
        if key not in self._known:
            self._known[key] = await ask()
        return self._known[key]


class Rows(Stored):
    """A connection whose queries on views of the present read rows that are worked out `before`, at most once."""

    def __init__(self, connection: sqlite3.Connection, before: Callable[[Set[str]], None]) -> None:
        # Setting the pragma for triggers, of which no page has need, would have SQLite prepare every statement anew.
        super().__init__(connection, recursive_triggers=False)
        self._before = before

    def query(self, sql: str, *args: Any, **settings: Any) -> Any:
        """Return the rows of a statement."""
        self._before(_views_in(sql) & _READ_WHOLE)
        return super().query(sql, *args, **settings)


class _Views:
    """One connection, in a thread of its own, that has the rows of views as long as the database stays the same."""

    def __init__(self, database: KnownSchema) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "views")
        self._connection: sqlite3.Connection | None = None
        self._stored: dict[str, int] = {}  # view → state of the database that its rows are of
        self._schema = -1

    async def ask(self, names: Set[str], question: Callable[[sqlite3.Connection], Any]) -> Any:
        """Return the answer to `question`, whose statement reads the views `names`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, names, question)

    async def read(self, question: "Callable[[Rows], Any]") -> Any:
        """Return the answer to `question`, all of whose statements read one state of the database."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, question)

    def _answer(self, names: Set[str], question: Callable[[sqlite3.Connection], Any]) -> Any:
        connection, limit = self._opened(), self._database.ds.sql_time_limit_ms
        with suppress(sqlite3.OperationalError), sqlite_timelimit(connection, limit):
            self._drop(connection, [name for name, state in self._stored.items() if state != _state(connection)])
            self._store(connection, names)  # without them the statement reads the view itself
        return question(connection)

    def _read(self, question: "Callable[[Rows], Any]") -> Any:
        connection = self._opened()
        with sql_limits.unmeasured(connection):
            connection.execute("BEGIN")
            try:
                return question(Rows(connection, partial(self._store, connection)))
            finally:
                connection.commit()  # of temporary tables alone

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._database.connect()
            self._database.ds._prepare_connection(self._connection, self._database.name)
        return self._connection

    def _drop(self, connection: sqlite3.Connection, names: Iterable[str]) -> None:
        for name in names:
            connection.execute(f"DROP TABLE temp.[{name}]")
            del self._stored[name]

    def _store(self, connection: sqlite3.Connection, names: Set[str]) -> None:
        """Work out the rows of views. A table is filled anew: another one would have all statements prepared anew."""
        state, schema = _state(connection), connection.execute("PRAGMA main.schema_version").fetchone()[0]
        if schema != self._schema:
            self._drop(connection, [*self._stored])
            self._schema = schema
        for name in dict.fromkeys(part for view in sorted(names) for part in (*_RESTS_ON.get(view, ()), view)):
            if self._stored.get(name) != state:
                body = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", [name]).fetchone()[0]
                if name in self._stored:
                    connection.execute(f"DELETE FROM temp.[{name}]")
                into = f"INSERT INTO temp.[{name}]" if name in self._stored else f"CREATE TEMP TABLE [{name}] AS"
                connection.execute(_BODY.sub(into, body, count=1))
                self._stored[name] = state


def _state(connection: sqlite3.Connection) -> int:
    """Return what differs after each commit of another connection."""
    found: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return found


def _views_in(sql: str) -> frozenset[str]:
    return frozenset(name.lower() for name in _OF_VIEW.findall(sql))


def _count(connection: sqlite3.Connection, table: str, limit: int) -> int | None:
    try:
        with sqlite_timelimit(connection, limit):
            found: int = connection.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone()[0]
            return found
    except sqlite3.DatabaseError:
        return None
