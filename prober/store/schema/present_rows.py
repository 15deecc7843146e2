"""Keep the rows of views of the present in results.db, and work out anew only those of what was written of since.

With 12,000 agencies such a view takes seconds, and a reader has a tenth of one. So a table `kept_VIEW` has its rows,
triggers list in `changed_agency` every agency whose rows may no longer be those: a trigger is part of the transaction
that changes a row, whichever statement makes it. The view reads the table, and works out the rows of those listed
itself, so it is right at any moment; `keep` writes these rows into the table and empties the list. The tables are
derived: like the views they follow the code without a version of their own. A published snapshot has none of them.

A snapshot, which never changes, has the rows of such views as tables of the same names, in the order of the view, with
the same columns and values: to work them out takes 20 ms to 100 ms, which a crowd of readers cannot wait for. Where a
snapshot is opened to be written again, the tables go, and the views are made anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from prober.store.schema.views import VIEWS

MOST = 50  # changed agencies that readers have worked out for them; 0.3 ms each
CHANGED = "changed_agency"


@dataclass(frozen=True, slots=True)
class Kept:
    """How the rows of one view are kept: under which `key`, whose first column names the agency, and in which order.

    `changed` are the agencies whose rows the view works out.
    """

    key: tuple[str, ...]
    order: tuple[str, ...] = ()
    changed: str = f"SELECT agency FROM {CHANGED}"


KEPT = {
    "latest_verdict": Kept(("agency", "kind")),
    "participation": Kept(("portal",), ("frame", "province"), "SELECT unit FROM shown_as WHERE unit IS NOT NULL"),
    "not_seen": Kept(("agency",), ("frame", "kind", "agency")),
    "qa_activity": Kept(("agency",), ("frame", "kind DESC", "agency")),
}

_OF_REQUEST = "SELECT agency FROM request WHERE id = {row}.request"
_OF_FRAME = "SELECT id AS agency FROM agency WHERE frame = {row}.frame"
_OF_PLACE = (
    "SELECT {row}.id AS agency UNION SELECT id FROM agency WHERE frame = {row}.frame AND province = {row}.province"
)
_ITSELF = "SELECT {row}.agency AS agency"
# Table → the agencies that a change of one of its rows concerns.
_CONCERNED = {
    "visit": _ITSELF,
    "verdict": _ITSELF,
    "finding": _ITSELF,
    "observation": "SELECT agency FROM finding WHERE id = {row}.finding",
    "qa_thread": _ITSELF,
    "change": _ITSELF,
    "decision": "SELECT id AS agency FROM agency WHERE id = {row}.subject",
    "request": _ITSELF,
    "reply": _OF_REQUEST,
    "deadline": _OF_REQUEST,
    "campaign": _OF_FRAME,
}
# What a visit saw is stored with its own row, which is enough; of these the columns that rows are made of.
_SEEN = {
    "finding": ("agency", "kind", "category", "value"),
    "observation": ("finding", "state", "confidence", "detail"),
    "qa_thread": ("agency", "scan", "answered", "asked_on", "answered_on", "topic"),
}
# A letter that leaves makes its campaign one whose results are shown.
_LEFT = (
    "new.accepted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM request r WHERE r.campaign = new.campaign "
    "AND r.accepted_at IS NOT NULL AND r.id != new.id)"
)
_OF_CAMPAIGN = "SELECT a.id AS agency FROM agency a JOIN campaign c ON c.frame = a.frame WHERE c.id = new.campaign"
# A frame has rows from its first scan on, and other ones from its first portal on.
_FIRST_SCAN = "NOT EXISTS (SELECT 1 FROM scan WHERE frame = new.frame AND id != new.id)"
_FIRST_PORTAL = (
    "new.kind = 'portal' AND NOT EXISTS (SELECT 1 FROM agency WHERE frame = new.frame AND kind = 'portal' "
    "AND id != new.id)"
)
_OF_SCAN = "SELECT agency FROM verdict WHERE scan = new.id UNION SELECT agency FROM visit WHERE scan = new.id"
_MOVED = "old.frame IS NOT new.frame OR old.kind IS NOT new.kind OR old.province IS NOT new.province"


def filled(statements: Sequence[str]) -> tuple[str, ...]:
    """Return the statements of all views, with {kept}, {latest_verdict} and {participation} filled.

    The latter two are the rows of these views for the agencies that changed.
    """
    named = {statement.split()[2]: statement for statement in statements}
    for used in ("latest_verdict", "participation"):
        changed = _body(named[used]).replace("{kept}", "")
        named = {name: statement.replace(f"{{{used}}}", changed) for name, statement in named.items()}
    return tuple(statement.replace("{kept}", _kept(name)) for name, statement in named.items())


def _kept(name: str) -> str:
    if name not in KEPT:
        return ""
    key, changed = KEPT[name].key[0], KEPT[name].changed
    return f"SELECT * FROM kept_{name} WHERE {key} NOT IN ({changed})\nUNION ALL\n"


def _body(statement: str) -> str:
    return statement.partition(" AS\n")[2]


def triggers() -> Iterator[str]:
    """Yield the statements of the triggers, in the form in which SQLite keeps them."""
    for table, concerned in _CONCERNED.items():
        if table not in _SEEN:
            yield _trigger(table, "INSERT", "", concerned.format(row="new"))
        yield _trigger(table, "DELETE", "", concerned.format(row="old"))
        both = " UNION ".join(concerned.format(row=row) for row in ("old", "new"))
        yield _trigger(table, "UPDATE", "", both, of=_SEEN.get(table, ()))
    yield _trigger("request", "INSERT", _LEFT, _OF_CAMPAIGN, "sent")
    yield _trigger("request", "UPDATE", f"old.accepted_at IS NULL AND {_LEFT}", _OF_CAMPAIGN, "sent")
    yield _trigger("scan", "INSERT", _FIRST_SCAN, _OF_FRAME.format(row="new"))
    yield _trigger("scan", "DELETE", "", _OF_FRAME.format(row="old"))
    said = "old.suspect IS NOT new.suspect OR old.started_at IS NOT new.started_at"
    yield _trigger("scan", "UPDATE", said, _OF_SCAN)
    yield _trigger("agency", "INSERT", "new.kind != 'portal'", "SELECT new.id AS agency")
    yield _trigger("agency", "INSERT", "new.kind = 'portal'", _OF_PLACE.format(row="new"), "portal")
    yield _trigger("agency", "INSERT", _FIRST_PORTAL, _OF_FRAME.format(row="new"), "first")
    yield _trigger("agency", "DELETE", "", f"SELECT old.id AS agency UNION {_OF_FRAME.format(row='old')}")
    yield _trigger("agency", "UPDATE", "", "SELECT old.id AS agency UNION SELECT new.id")
    frames = " UNION ".join(_OF_FRAME.format(row=row) for row in ("old", "new"))
    yield _trigger("agency", "UPDATE", _MOVED, frames, "moved")


def _trigger(
    table: str, event: str, when: str, concerned: str, more: str = "", of: tuple[str, ...] = ()
) -> str:  # fmt: skip
    """Return the statement of a trigger, which lists the agencies that `concerned` selects and are not listed yet.

    With `of` it runs where one of these columns is written and has another value then. A conflict clause of the
    statement that fires a trigger would replace one of its own.
    """
    name = f"{table}_{event.lower()}_changes{f'_{more}' if more else ''}"
    columns = f" OF {', '.join(of)}" if of else ""
    when = when or " OR ".join(f"old.{column} IS NOT new.{column}" for column in of)
    return (
        f"CREATE TRIGGER [{name}] AFTER {event}{columns} ON [{table}]{f' WHEN {when}' if when else ''} BEGIN "
        f"INSERT INTO {CHANGED} SELECT agency FROM ({concerned}) "
        f"WHERE agency NOT IN (SELECT agency FROM {CHANGED}); END"
    )


def current(db: Database) -> bool:
    """Return True if the tables and triggers of the file are those of this code."""
    stored = {row[0] for row in db.execute(f"SELECT sql FROM sqlite_master WHERE {_TRIGGERS}").fetchall()}
    return stored == set(triggers()) and {f"kept_{name}" for name in KEPT} <= set(db.table_names())


_TRIGGERS = "type = 'trigger' AND (name GLOB '*_changes' OR name GLOB '*_changes_*')"


def drop(db: Database) -> None:
    """Remove tables and triggers, before tables are written anew: SQLite renames none that a trigger names."""
    for (name,) in db.execute(f"SELECT name FROM sqlite_master WHERE {_TRIGGERS}").fetchall():
        db.execute(f"DROP TRIGGER [{name}]")
    for name in (CHANGED, *(f"kept_{name}" for name in KEPT)):
        db.execute(f"DROP TABLE IF EXISTS [{name}]")


def create(db: Database) -> None:
    """Make tables and triggers, and keep the rows of every agency. The views are there already."""
    drop(db)
    db.execute(f"CREATE TABLE {CHANGED} (agency TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID")
    for name, query in _queries(db).items():
        db.execute(f"CREATE TEMP VIEW kept_rows AS {query}")
        columns = db.execute("PRAGMA temp.table_info(kept_rows)").fetchall()
        db.execute("DROP VIEW temp.kept_rows")
        _create_table(db, name, {row[1]: row[2] for row in columns})
    for statement in triggers():
        db.execute(statement)
    if db.execute(f"INSERT INTO {CHANGED} SELECT id FROM agency").rowcount:  # a new file has none
        keep(db)


def _create_table(db: Database, name: str, types: Mapping[str, str]) -> None:
    kept = KEPT[name]
    columns = ", ".join(f"[{column}] {type_}".rstrip() for column, type_ in types.items())
    key = ", ".join(kept.key)
    db.execute(f"CREATE TABLE [kept_{name}] ({columns}, PRIMARY KEY ({key}))")
    if kept.order:
        db.execute(f"CREATE INDEX [ix_kept_{name}] ON [kept_{name}] ({', '.join(kept.order)})")
    if name == "participation":
        (headline,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'headline'").fetchone()
        counted_by = headline.partition("FROM kept_participation\n")[2].partition("GROUP BY ")[2].partition("\n")[0]
        db.execute(f"CREATE INDEX [ix_kept_{name}_counted] ON [kept_{name}] ({counted_by}, portal)")


def source(db: Database, name: str) -> str:
    """Return where all rows of a view are read: its table, where nothing was written since they were kept.

    The view has the same rows, which SQLite then does not find along the indexes of the table.
    """
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [CHANGED]).fetchone():
        return name
    (changes,) = db.execute(f"SELECT EXISTS (SELECT 1 FROM {CHANGED})").fetchone()
    return name if changes else f"kept_{name}"


def keep(db: Database) -> None:
    """Write the rows of the agencies that changed. Call inside a transaction."""
    for name, query in _queries(db).items():
        key = KEPT[name].key[0]
        db.execute(f"DELETE FROM [kept_{name}] WHERE {key} IN (SELECT agency FROM {CHANGED})")
        db.execute(f"INSERT OR REPLACE INTO [kept_{name}] {query}")
    db.execute(f"DELETE FROM {CHANGED}")


def _queries(db: Database) -> dict[str, str]:
    """Return of each view in KEPT the query for the rows of the agencies that changed, from the views of the file."""
    found = {}
    for name in KEPT:
        (stored,) = db.execute("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?", [name]).fetchone()
        found[name] = _body(stored).replace(_kept(name), "")
    return found


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
