"""Hold results.db and private.db together: the one names the other, and nothing is projected from a strange one.

What results.db shows of mail comes from one private.db, whose name stands in its table `private_database` from the
first projection on. A private.db that is absent, empty or another one would empty these tables; so it is refused
before anything is written. results.db alone can be read all the same: by a reader who received it, or by a crawl.
"""

from pathlib import Path

from prober.errors import UsageError
from prober.store import Database, file_of, read_only, transaction
from prober.store.schema.migrations import PRIVATE, RESULTS, name_by_campaign

_SHOWN = "SELECT EXISTS (SELECT 1 FROM campaign) OR EXISTS (SELECT 1 FROM finding_review)"
_HELD = "SELECT EXISTS (SELECT 1 FROM campaign_file) OR EXISTS (SELECT 1 FROM finding_review)"


class Unpaired(UsageError):
    """The private.db of this results.db is not there: it is absent, empty, or another one is in its place."""


def need(results: Path, private: Path) -> None:
    """Raise Unpaired where `results` shows the correspondence of another private.db than `private`. Reads only.

    A first run, where either shows nothing yet, is in order. Raises SchemaError for a file that is damaged, or none of
    ours.
    """
    if not results.exists():
        return
    with read_only(results, RESULTS) as db:
        named = named_by(db)
        if not named and not db.execute(_SHOWN).fetchone()[0]:
            return
    if not private.exists():
        raise Unpaired(f"{private} does not exist, {_remedy(results, named)}")
    with read_only(private, PRIVATE) as db:
        _compare(db, private, results, named)


def lost(results: Path, private: Path) -> str:
    """Say that `results` is gone though `private` holds a study, and how to go on; "" where all is in order."""
    if results.exists() or not private.exists():
        return ""
    with read_only(private, PRIVATE) as db:
        if not db.execute(_HELD).fetchone()[0]:
            return ""
    return (
        f"{results} does not exist, and {private} holds a study. What scans saw and which addresses a person accepted "
        "stand in no other file: put it back (`prober restore`). A new one has only what private.db knows of mail."
    )


def bind(private: Database, results: Database) -> None:
    """Write into `results` that `private` is its private.db, once there is something to show.

    Raises Unpaired, writing nothing, if it has another one.
    """
    named, shows = named_by(results), results.execute(_SHOWN).fetchone()[0]
    if named or shows:
        _compare(private, file_of(private), file_of(results), named)
    stored = results.execute("SELECT 1 FROM private_database").fetchone()
    if not stored and private.execute(_HELD).fetchone()[0]:
        with transaction(results):
            results.execute("INSERT OR IGNORE INTO private_database VALUES (?)", [identity(private)])


def named_by(results: Database) -> str:
    """Return the name of the private.db of `results`; that of an older file follows from its first campaign."""
    return _stored(results, "private_database") or name_by_campaign(results, "campaign")


def identity(private: Database) -> str:
    """Return the name of this private.db; that of an older file follows from its first campaign."""
    return _stored(private, "identity") or name_by_campaign(private, "campaign_file")


def _stored(db: Database, table: str) -> str:
    if table not in db.table_names():
        return ""
    row = db.execute(f"SELECT id FROM [{table}]").fetchone()
    return str(row[0]) if row else ""


def _compare(db: Database, private: Path, results: Path, named: str) -> None:
    held = db.execute(_HELD).fetchone()[0]
    if named and identity(db) == named or not named and held:  # not named: decisions on findings, by an older prober
        return
    raise Unpaired(f"{private} is {'another one' if held else 'empty'}, {_remedy(results, named)}")


def _remedy(results: Path, named: str) -> str:
    return (
        f"and {results} shows the correspondence of the one named {named or '(by an older prober)'}. Put that one back "
        f"(`prober restore`), or move {results.name} aside to begin anew. Nothing was changed."
    )
