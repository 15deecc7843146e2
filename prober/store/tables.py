"""How a table is declared, and the SQL that a declaration means."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: SQLite type, one sentence of meaning, and its constraints."""

    name: str
    type: str  # TEXT, INTEGER, REAL or BLOB
    about: str
    key: bool = False
    optional: bool = False  # may be NULL
    references: str = ""  # "table" whose single-column primary key this points to
    one_of: tuple[str, ...] = ()
    default: str = ""  # SQL literal
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its columns, its other unique keys, and the column that labels a row."""

    name: str
    about: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    label: str = ""
    facets: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)


def column_sql(column: Column, inline_key: bool, target_key: str) -> str:
    """One line of CREATE TABLE.

    >>> column_sql(Column("state", "TEXT", "…", one_of=("a", "b")), False, "")
    "[state] TEXT NOT NULL CHECK ([state] IN ('a', 'b'))"
    """
    sql = f"[{column.name}] {column.type}"
    if inline_key:
        sql += " PRIMARY KEY"
    if not column.optional:
        sql += " NOT NULL"
    if column.default:
        sql += f" DEFAULT {column.default}"
    if column.one_of:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in column.one_of)
        sql += f" CHECK ([{column.name}] IN ({values}))"
    if column.references:
        sql += f" REFERENCES [{column.references}]([{target_key}])"
    return sql


def table_sql(table: Table, keys: dict[str, str]) -> Iterator[str]:
    """The statements that create `table`: strict, with named constraints and an index on every foreign key.

    `keys` maps a table's name to its single primary key column.
    """
    compound = len(table.key) > 1
    lines = [
        column_sql(column, column.key and not compound, keys.get(column.references, "")) for column in table.columns
    ]
    if compound:
        lines.append(f"PRIMARY KEY ({', '.join(f'[{name}]' for name in table.key)})")
    lines += [f"UNIQUE ({', '.join(f'[{name}]' for name in names)})" for names in table.unique]
    body = ",\n  ".join(lines)
    yield f"CREATE TABLE IF NOT EXISTS [{table.name}] (\n  {body}\n) STRICT"
    for column in table.columns:
        if column.references or column.indexed:
            yield (f"CREATE INDEX IF NOT EXISTS [ix_{table.name}_{column.name}] ON [{table.name}] ([{column.name}])")
