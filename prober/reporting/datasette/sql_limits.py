"""Limit what one statement of a reader can take: length of a text, size of the statement and of its result, rows.

Datasette stops a statement after `sql_time_limit_ms`, but asks the clock between the steps of its program only. One
step can make a text of a gigabyte, or compare two long ones for minutes, and 5,000 rows of a megabyte each fill the
memory in less than the time allowed. So every connection has limits of its own; the values are far above what the data
and the pages need (`tests/prober/reporting/datasette/test_sql_limits.py` compares them).
"""

import sqlite3
import weakref
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

App = Callable[[Any, Any, Any], Awaitable[None]]

LONGEST_VALUE = 100_000  # bytes; two such texts are compared in 0.2 seconds at most
LONGEST_STATEMENT = 50_000  # bytes
LARGEST_RESULT = 20_000_000  # bytes of text in one result
MOST_ROWS = 5_000  # in CSV and JSON
PAGE_ROWS = 150  # on a page for people, each of whose cells is given its words and links

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: LONGEST_STATEMENT,
    # Steps of the program that a statement becomes, before any of it runs: `headline` has 3,700. Without it, views
    # joined with themselves take minutes to prepare, which nothing interrupts.
    sqlite3.SQLITE_LIMIT_VDBE_OP: 10_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,  # neither ATTACH nor VACUUM INTO, whatever Datasette lets through
}


_for_people: ContextVar[bool] = ContextVar("whether a page for people is drawn", default=False)


def paged(app: App) -> App:
    """Return `app`, whose pages show PAGE_ROWS rows at most, while its data have MOST_ROWS."""

    async def wrapped(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        token = _for_people.set(scope["type"] == "http" and not scope["path"].endswith((".csv", ".json")))
        try:
            await app(scope, receive, send)
        finally:
            _for_people.reset(token)

    return wrapped


def most_rows() -> int:
    """Return how many rows of a result are shown in the answer that is being made."""
    return PAGE_ROWS if _for_people.get() else MOST_ROWS


class MeasuredRows:
    """A row factory that adds up the bytes of a statement's rows, and ends it where they are too many."""

    def __init__(self, most: int = LARGEST_RESULT) -> None:
        self.most = most
        self._cursor: Callable[[], sqlite3.Cursor | None] = lambda: None  # held by its statement alone, until its end
        self._bytes = 0

    def __call__(self, cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> sqlite3.Row:
        """Return the row. Raises sqlite3.OperationalError, which Datasette shows as a fault of the statement."""
        if cursor is not self._cursor():
            self._cursor, self._bytes = weakref.ref(cursor), 0
        self._bytes += sum(len(value) for value in row if isinstance(value, str | bytes))
        if self._bytes > self.most:
            raise sqlite3.OperationalError(f"the result is larger than {self.most // 1_000_000} MB")
        return sqlite3.Row(cursor, row)


def apply(connection: sqlite3.Connection) -> None:
    """Set all limits on a connection."""
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
    connection.row_factory = MeasuredRows()


@contextmanager
def unmeasured(connection: sqlite3.Connection) -> Iterator[None]:
    """Let the statements of our own pages run without a count of their bytes.

    They read texts that we wrote, so SQLite's own reader of UTF-8 does, which is faster than Datasette's lenient one.
    """
    measured, connection.row_factory = connection.row_factory, None
    lenient, connection.text_factory = connection.text_factory, str
    try:
        yield
    finally:
        connection.row_factory, connection.text_factory = measured, lenient
