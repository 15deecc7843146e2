"""Describe the tables and views of a snapshot: the declared schema, and for views SQLite's types of their columns.

CSV, Parquet, data package and codebook are all written from these values, so that they agree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from prober.store import Database
from prober.store.schema.declare import Table
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS, View

TYPES = ("TEXT", "REAL", "INTEGER")  # of several in one column the first can hold the others
# The type of a view's column that is empty in every row, for which SQLite has none.
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: SQLite type (UNKNOWN only in a view), meaning, unit, allowed values and the referenced table."""

    name: str
    type: str
    about: str
    unit: str = ""
    values: tuple[str, ...] = ()
    references: str = ""
    optional: bool = True
    constant: str = ""  # the same in every row, and no column of the database

    @property
    def sql(self) -> str:
        """The SQL expression of its values."""
        return f"'{self.constant}'" if self.constant else f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table or view: the file `name`.csv and `name`.parquet. A view has no key."""

    name: str
    about: str
    variables: tuple[Variable, ...]
    key: tuple[str, ...] = ()

    @property
    def is_view(self) -> bool:
        return not self.key


def sheets(snapshot: Database, mark: str = "") -> tuple[Sheet, ...]:
    """Return every view and table of results.db, views first: most readers want the views.

    The rows of a view that the snapshot does not store are computed once, into a table of this connection, because they
    are read four times. With a `mark` every row of every sheet says in the column `world` that it is of that world.
    """
    found = (*(_of_view(snapshot, view) for view in VIEWS), *(_of_table(table) for table in RESULTS_TABLES))
    return tuple(_marked(sheet, mark) for sheet in found) if mark else found


def _marked(sheet: Sheet, mark: str) -> Sheet:
    if any(variable.name == "world" for variable in sheet.variables):
        return sheet
    about = f"{mark}: nothing in this table is about a real agency."
    return replace(sheet, variables=(*sheet.variables, Variable("world", "TEXT", about, constant=mark)))


def rows(snapshot: Database, sheet: Sheet) -> Iterator[tuple[object, ...]]:
    """Yield the rows of one sheet, its variables in order and each of one type."""
    names = (v.sql if v.type != "TEXT" else f"CAST({v.sql} AS TEXT)" for v in sheet.variables)
    return iter(snapshot.execute(f"SELECT {', '.join(names)} FROM [{sheet.name}]"))


def _of_table(table: Table) -> Sheet:
    variables = tuple(
        Variable(c.name, c.type, c.about, values=c.one_of, references=c.references, optional=c.optional)
        for c in table.columns
    )
    return Sheet(table.name, table.about, variables, table.key)


def _of_view(snapshot: Database, view: View) -> Sheet:
    declared = {row[1]: row[2] for row in snapshot.execute(f"PRAGMA main.table_info([{view.name}])").fetchall()}
    if view.name in snapshot.view_names():
        columns = ", ".join(f"[{name}]" for name in declared)  # without types, so that no value is converted
        snapshot.execute(f"CREATE TEMP TABLE [{view.name}] ({columns})")
        snapshot.execute(f"INSERT INTO temp.[{view.name}] SELECT * FROM main.[{view.name}]")
    # SQLite gives a plain column its declared type, and an expression no type or only an affinity such as NUM.
    computed = [name for name, type_ in declared.items() if type_ not in TYPES]
    types = declared | _observed(snapshot, view.name, computed)
    texts = view.texts(list(declared))
    variables = (Variable(name, types[name], texts[name], view.units.get(name, "")) for name in declared)
    return Sheet(view.name, view.about, tuple(variables))


def _observed(snapshot: Database, view: str, names: list[str]) -> dict[str, str]:
    """Return the types of computed columns, taken from their values."""
    if not names:
        return {}
    asked = ", ".join(f"MAX(typeof([{name}]) = '{type_.lower()}')" for name in names for type_ in TYPES)
    found = iter(snapshot.execute(f"SELECT {asked} FROM [{view}]").fetchone())
    seen = {name: [type_ for type_ in TYPES if next(found)] for name in names}
    return {name: types[0] if types else UNKNOWN for name, types in seen.items()}


MOST_VALUES = 40  # a closed vocabulary that is longer is not counted value by value


@dataclass(frozen=True, slots=True)
class Profile:
    """The content of one column: number of filled rows, lowest and highest number, rows per value of its vocabulary."""

    filled: int
    low: float | None = None
    high: float | None = None
    counts: Mapping[str, int] | None = None


def profile(snapshot: Database, sheet: Sheet) -> tuple[int, dict[str, Profile]]:
    """Return the number of rows and each column's profile.

    Takes one pass over the table, and one more per closed vocabulary.
    """
    asked = ["COUNT(*)"]
    for variable in sheet.variables:
        filled = f"COALESCE(SUM({variable.sql} IS NOT NULL AND {variable.sql} != ''), 0)"
        asked += [filled, *(f"{bound}([{variable.name}])" for bound in ("MIN", "MAX") if _is_number(variable))]
    found = iter(snapshot.execute(f"SELECT {', '.join(asked)} FROM [{sheet.name}]").fetchone())
    total = next(found)
    profiles = {}
    for variable in sheet.variables:
        filled = next(found)
        low, high = (next(found), next(found)) if _is_number(variable) else (None, None)
        profiles[variable.name] = Profile(filled, low, high, _counts(snapshot, sheet, variable))
    return total, profiles


def _is_number(variable: Variable) -> bool:
    return variable.type in ("INTEGER", "REAL")


def _counts(snapshot: Database, sheet: Sheet, variable: Variable) -> dict[str, int] | None:
    if not variable.values or len(variable.values) > MOST_VALUES:
        return None
    found = dict(snapshot.execute(f"SELECT [{variable.name}], COUNT(*) FROM [{sheet.name}] GROUP BY 1").fetchall())
    return {value: found.get(value, 0) for value in variable.values}
