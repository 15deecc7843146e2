"""A file brought to its declared shape by adding: tables, columns, words of a vocabulary, indexes.

None of that touches a stored row, so it needs no version. The shape that a file has is read from SQLite's own record of
its statements: a database of any day of development is completed like one of an older version.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from prober.errors import SchemaError
from prober.store.schema.declare import Column, Table, check_sql, column_sql, index_sql, table_sql

_OURS = "ix_"  # how our indexes are named; a user's own in the same file are none of our business


@dataclass(frozen=True, slots=True)
class _Held:
    """What SQLite's record says of a file: tables with their statements, and our indexes by name."""

    tables: dict[str, str]
    indexes: dict[str, str]

    @classmethod
    def of(cls, db: Database) -> "_Held":
        rows = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        indexes = {name: sql for type_, name, sql in rows if type_ == "index" and name.startswith(_OURS)}
        return cls({name: sql for type_, name, sql in rows if type_ == "table"}, indexes)


def is_complete(db: Database, tables: Sequence[Table]) -> bool:
    """Whether the file has all that `tables` declare, and no index of ours besides."""
    held = _Held.of(db)
    return not any(True for _ in _additions(db, held, tables)) and not any(True for _ in _wider(held, tables))


def complete(db: Database, tables: Sequence[Table]) -> None:
    """Add what `tables` declare and the file lacks. Must run inside a transaction; run again it changes nothing.

    Raises SchemaError where a column's vocabulary in the file has words that are not declared: rows may hold them.
    """
    for table, before, after in list(_wider(_Held.of(db), tables)):
        _redeclare(db, table, before, after)
    for statement in list(_additions(db, _Held.of(db), tables)):
        db.execute(statement)


def _additions(db: Database, held: _Held, tables: Sequence[Table]) -> Iterator[str]:
    """Statements that make missing tables, columns and indexes, and drop indexes that nobody declares any more."""
    keys = {table.name: table.key[0] for table in tables}
    declared: dict[str, str] = {}
    for table in tables:
        declared |= index_sql(table)
        if table.name not in held.tables:
            yield table_sql(table, keys)
            continue
        columns = {row[1] for row in db.execute(f"PRAGMA table_info([{table.name}])").fetchall()}
        for column in table.columns:
            if column.name not in columns:
                definition = column_sql(column, False, keys.get(column.references, ""))
                yield f"ALTER TABLE [{table.name}] ADD COLUMN {definition}"
    yield from (f"DROP INDEX [{name}]" for name, sql in held.indexes.items() if declared.get(name) != sql)
    yield from (sql for name, sql in declared.items() if held.indexes.get(name) != sql)


def _wider(held: _Held, tables: Sequence[Table]) -> Iterator[tuple[str, str, str]]:
    """(table, CHECK as it is, CHECK as declared) of every vocabulary that has grown since the file was made."""
    for table in tables:
        for column in table.columns:
            if column.one_of and (found := _check(held.tables.get(table.name, ""), column)):
                before, words = found
                if before != check_sql(column):
                    _need_all(table, column, words)
                    yield table.name, before, check_sql(column)


def _check(statement: str, column: Column) -> tuple[str, tuple[str, ...]] | None:
    """The CHECK of one column in the statement that made its table, and the words that it allows."""
    found = re.search(rf"CHECK \(\[{re.escape(column.name)}\] IN \(((?:'(?:[^']|'')*'(?:, )?)+)\)\)", statement)
    if not found:
        return None
    words = tuple(word.replace("''", "'") for word in re.findall(r"'((?:[^']|'')*)'", found[1]))
    return found[0], words


def _need_all(table: Table, column: Column, words: Sequence[str]) -> None:
    gone = sorted(set(words) - set(column.one_of))
    if gone:
        raise SchemaError(
            f"the database allows {', '.join(gone)} in {table.name}.{column.name}, which this prober does not know; "
            "open it with the prober that wrote it. Nothing was changed."
        )


def _redeclare(db: Database, table: str, before: str, after: str) -> None:
    """Change the declaration of a column where that touches no stored row: a CHECK that allows more than it did.

    SQLite has no statement for it; its documentation of ALTER TABLE gives this way. Making the table anew would need
    foreign keys off, which cannot be done inside the transaction that makes a migration whole or nothing.
    """
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute("PRAGMA writable_schema = ON")
    try:
        sql = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?"
        db.execute(sql, [before, after, table])
        db.execute(f"PRAGMA schema_version = {version + 1}")
    finally:
        db.execute("PRAGMA writable_schema = OFF")
