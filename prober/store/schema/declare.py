"""Declare tables as values, and turn a declaration into SQL."""

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
    reasons: bool = False  # holds reasons (prober.domain.reason)


@dataclass(frozen=True, slots=True)
class Index:
    """An index over several columns, or over the rows for which `where` is true."""

    columns: tuple[str, ...]
    where: str = ""
    name: str = ""  # the part after ix_TABLE_; if empty, the columns


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the meaning of a row, its columns, other unique keys, indexes over several columns, and its label."""

    name: str
    about: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[Index, ...] = ()
    label: str = ""
    facets: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)


def column_sql(column: Column, inline_key: bool, target_key: str) -> str:
    """Return one line of CREATE TABLE.

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
        sql += f" {check_sql(column)}"
    if column.references:
        sql += f" REFERENCES [{column.references}]([{target_key}])"
    return sql


def check_sql(column: Column) -> str:
    """Return the constraint of a closed vocabulary."""
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in column.one_of)
    return f"CHECK ([{column.name}] IN ({values}))"


def table_sql(table: Table, keys: dict[str, str]) -> str:
    """Return the statement that creates `table`, strict. `keys`: name of a table → its single primary key column."""
    compound = len(table.key) > 1
    lines = [
        column_sql(column, column.key and not compound, keys.get(column.references, "")) for column in table.columns
    ]
    if compound:
        lines.append(f"PRIMARY KEY ({_names(table.key)})")
    lines += [f"UNIQUE ({_names(columns)})" for columns in table.unique]
    body = ",\n  ".join(lines)
    return f"CREATE TABLE [{table.name}] (\n  {body}\n) STRICT"


def index_sql(table: Table) -> dict[str, str]:
    """Return the indexes of `table` by name: one for every foreign key and every column that queries search by.

    A key or an index over several columns also serves for its first column.
    """
    first = {
        columns[0]
        for columns in (*table.unique, table.key, *(i.columns for i in table.indexes if not i.where))
        if columns
    }
    single = (Index((c.name,)) for c in table.columns if (c.references or c.indexed) and c.name not in first)
    made = {f"ix_{table.name}_{index.name or '_'.join(index.columns)}": index for index in (*single, *table.indexes)}
    return {
        name: f"CREATE INDEX [{name}] ON [{table.name}] ({_names(index.columns)})"
        + (f" WHERE {index.where}" if index.where else "")
        for name, index in made.items()
    }


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f"[{name}]" for name in columns)
