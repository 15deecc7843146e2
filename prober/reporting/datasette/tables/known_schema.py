"""Read the schema of the served database once.

Datasette asks for columns, keys and names hundreds of times to list the tables, each time in another thread. These
change only where the schema does, which SQLite counts.
"""

import asyncio
import sqlite3
import threading
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any

from datasette.database import Database, QueryInterrupted  # type: ignore[import-untyped]
from datasette.utils import sqlite_timelimit  # type: ignore[import-untyped]

from prober.reporting.datasette.kept_pages.drawn_pages import state_of
from prober.store.schema import present_rows
from prober.text.patterns import linear

_ALL_ROWS = linear(r"select count\(\*\) from \[?(\w+)\]?\s*")
# The one function of SQLite that returns paths of files, and that Datasette allows. A name in a statement cannot be
# written in parts, so its text shows each call.
_PATHS = "pragma_database_list"
_OF_SCHEMA = "from sqlite_master"  # in each statement of Datasette's that asks for nothing else


class KnownSchema(Database):
    """Datasette's view of one database, which remembers what the schema alone decides."""

    def __init__(self, *args: Any, uncounted: Set[str] = frozenset(), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._uncounted = uncounted
        self._known: dict[tuple[Any, ...], Any] = {}
        self._state: tuple[int, ...] | None = None
        self._version = -1

    async def execute(self, sql: str, params: Any = None, *args: Any, **settings: Any) -> Any:
        """Run a statement; one of Datasette's own about the schema runs once.

        Raises sqlite3.OperationalError for one that asks for paths of this machine.
        """
        if (counted := _ALL_ROWS.fullmatch(sql)) and counted[1] in self._uncounted:
            raise QueryInterrupted("not counted", sql, params)  # as where counting takes too long
        if _PATHS in sql.lower():
            raise sqlite3.OperationalError(f"not authorized: {_PATHS}")
        if _OF_SCHEMA not in sql or args or settings:
            return await super().execute(sql, params, *args, **settings)
        given = tuple(params.items()) if isinstance(params, Mapping) else tuple(params or ())
        return await self._lasting(("execute", sql, given), lambda: super(KnownSchema, self).execute(sql, params))

    async def execute_fn(self, question: Callable[[sqlite3.Connection], Any]) -> Any:
        """Ask a question of a connection."""
        request = copy_context()  # a thread knows nothing of the request by itself

        def within(connection: sqlite3.Connection) -> Any:
            try:
                return request.run(question, connection)
            except Exception as error:
                _let_go(error)
                raise

        return await super().execute_fn(within)

    async def open_all(self) -> None:
        """Open the connection of each thread, which reads the whole schema: 30 ms in which a reader would wait."""
        together = threading.Barrier(self.ds.setting("num_sql_threads"))

        def opened(connection: sqlite3.Connection) -> None:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 0")
            together.wait(10)  # so that each of these is in a thread of its own

        with suppress(threading.BrokenBarrierError):
            await asyncio.gather(*(self.execute_fn(opened) for _ in range(together.parties)))

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
        """Return the tables that no reader is offered: also those that views take their rows from."""
        own = [present_rows.CHANGED, *(f"kept_{name}" for name in present_rows.KEPT)]
        return [*await self._lasting(("hidden",), super().hidden_table_names), *own]

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


def _let_go(error: BaseException | None) -> None:
    """Close here what failed statements have open: the frames of an error, and of those before it, hold their cursors.

    Otherwise the cursor ends where the error is answered, in another thread, and clears the code of the fault that
    SQLite has meanwhile found in the next statement of this connection. Python then says SystemError.
    """
    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


def _count(connection: sqlite3.Connection, table: str, limit: int) -> int | None:
    try:
        with sqlite_timelimit(connection, limit):
            found: int = connection.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone()[0]
            return found
    except sqlite3.DatabaseError:
        return None
