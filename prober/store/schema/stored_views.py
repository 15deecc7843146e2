"""Store the rows of views as tables of the same names, in a snapshot that never changes, and turn them back into views.

A view of the present works out the newest verdict of every agency each time that it is read: 20 ms to 100 ms, which a
crowd of readers cannot wait for. A snapshot has the rows themselves, in the order of the view, with the same columns
and values. Where a snapshot is opened to be written again, the tables go, and the views are made anew.
"""

from collections.abc import Iterable

from sqlite_utils import Database

from prober.store.schema.views import VIEWS

KEYS = {view.name: view.key for view in VIEWS if view.key}
_TYPES = ("TEXT", "REAL", "INTEGER")


def store(db: Database) -> None:
    """Replace every view that has a key by a table of its rows. Call it on a snapshot only.

    Views are read in the order in which they were made, so that the later ones read the tables of the earlier ones.
    """
    for name in [name for name in db.view_names() if name in KEYS]:
        declared = {row[1]: row[2] for row in db.execute(f"PRAGMA main.table_info([{name}])").fetchall()}
        # Without types, so that no value is converted.
        db.execute(f"CREATE TEMP TABLE rows_of_view ({', '.join(f'[{column}]' for column in declared)})")
        db.execute(f"INSERT INTO temp.rows_of_view SELECT * FROM main.[{name}]")
        columns = [f"[{column}] {type_}".rstrip() for column, type_ in _typed(db, declared).items()]
        key = ", ".join(f"[{column}]" for column in KEYS[name])
        db.execute(f"DROP VIEW [{name}]")
        db.execute(f"CREATE TABLE [{name}] ({', '.join(columns)}, PRIMARY KEY ({key}))")
        db.execute(f"INSERT INTO main.[{name}] SELECT * FROM temp.rows_of_view ORDER BY rowid")
        db.execute("DROP TABLE temp.rows_of_view")
        if "agency" in declared and KEYS[name][0] != "agency":  # what the page of one place asks for
            db.execute(f"CREATE INDEX [ix_{name}_agency] ON [{name}] (agency)")


def _typed(db: Database, declared: dict[str, str]) -> dict[str, str]:
    """Return column → type. What a view computes has that of all its values, or none, which converts nothing."""
    found = {}
    for column, type_ in declared.items():
        sql = f"SELECT DISTINCT typeof([{column}]) FROM temp.rows_of_view WHERE [{column}] IS NOT NULL"
        seen = {kind.upper() for (kind,) in db.execute(sql).fetchall()}
        found[column] = type_ if type_ in _TYPES and seen <= {type_} else seen.pop() if len(seen) == 1 else ""
    return found


def forget(db: Database, names: Iterable[str] = KEYS) -> None:
    """Drop the tables that hold the rows of views, so that the views can be made again. Call inside a transaction."""
    stored = set(db.table_names())
    for name in names:
        if name in stored:
            db.execute(f"DROP TABLE [{name}]")
