"""Read the schema of the served database once, and the rows of its slow views once for each state of it.

Datasette asks for columns, keys and names hundreds of times to list the tables, each time in another thread. These
change only where the schema does, which SQLite counts. The page of a view asks for rows, their number and each group of
them: a view of the present, which a snapshot has as a table, would be worked out six times. So statements on such views
have a connection of their own, with the rows in temporary tables that hide the views until the next commit.
"""

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

from datasette.database import Database  # type: ignore[import-untyped]
from datasette.utils import sqlite_timelimit  # type: ignore[import-untyped]

from prober.reporting.datasette.kept_pages.drawn_pages import state_of
from prober.store.schema import stored_views

_OF_SCHEMA = "from sqlite_master"  # in each statement of Datasette's that asks for nothing else
_OF_VIEW = re.compile(rf"\b(?:from|join)\s+\[?({'|'.join(stored_views.KEYS)})\b", re.IGNORECASE)
_named: ContextVar[frozenset[str]] = ContextVar("views that the statement names", default=frozenset())


class KnownSchema(Database):
    """Datasette's view of one database, which remembers what the schema alone decides."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._known: dict[tuple[Any, ...], Any] = {}
        self._state: tuple[int, ...] | None = None
        self._version = -1
        self._views = _Views(self)

    async def execute(self, sql: str, params: Any = None, *args: Any, **settings: Any) -> Any:
        """Run a statement; one of Datasette's own about the schema runs once."""
        if _OF_SCHEMA not in sql or args or settings:
            names = frozenset(name.lower() for name in _OF_VIEW.findall(sql)) if self.is_mutable else frozenset()
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


class _Views:
    """One connection, in a thread of its own, that has the rows of views as long as the database stays the same."""

    def __init__(self, database: KnownSchema) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "views")
        self._connection: sqlite3.Connection | None = None
        self._stored: set[str] = set()
        self._version = -1

    async def ask(self, names: Set[str], question: Callable[[sqlite3.Connection], Any]) -> Any:
        """Return the answer to `question`, whose statement reads the views `names`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, names, question)

    def _answer(self, names: Set[str], question: Callable[[sqlite3.Connection], Any]) -> Any:
        datasette = self._database.ds
        if self._connection is None:
            self._connection = self._database.connect()
            datasette._prepare_connection(self._connection, self._database.name)
        with suppress(sqlite3.OperationalError), sqlite_timelimit(self._connection, datasette.sql_time_limit_ms):
            self._store(self._connection, names)  # without them the statement reads the view itself
        return question(self._connection)

    def _store(self, connection: sqlite3.Connection, names: Set[str]) -> None:
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            while self._stored:
                connection.execute(f"DROP TABLE IF EXISTS temp.[{self._stored.pop()}]")
            self._version = version
        for name in sorted(names - self._stored):
            connection.execute(f"CREATE TEMP TABLE [{name}] AS SELECT * FROM main.[{name}]")
            self._stored.add(name)


def _count(connection: sqlite3.Connection, table: str, limit: int) -> int | None:
    try:
        with sqlite_timelimit(connection, limit):
            found: int = connection.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone()[0]
            return found
    except sqlite3.DatabaseError:
        return None
