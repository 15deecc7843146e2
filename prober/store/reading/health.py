"""Check that a database file is sound, and list the rows that wait for a person. Reads only: no file is created."""

import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from prober.errors import ProberError, SchemaError
from prober.store import read_only
from prober.store.integrity import need_world
from prober.store.private.campaigns import letter_counts
from prober.store.results.changes import waiting
from prober.store.results.runs import killed
from prober.store.schema.migrations import PRIVATE, RESULTS, Store

_COMPLETED = "the next command that writes to it completes it"
BUSY_SECONDS = 5.0  # short, as a person waits; the result may be that the database is locked
# Longer than any of these takes: a letter a minute at most, a crawl a night at most.
SENDING_MINUTES = 10
RUNNING_HOURS = 12

_STUCK_RESULTS = (
    (
        "scan",
        "SELECT id, status AS state, started_at AS since FROM scan "
        "WHERE status = 'running' AND started_at < :night_ago",
        "interrupted by a crash: `prober crawl` goes on with it",
    ),
)
_STUCK_PRIVATE = (
    (
        "outbox",
        "SELECT id, state, sending_since AS since FROM outbox WHERE state = 'sending' AND sending_since < :minutes_ago",
        "a crash while sending: `prober campaign send` makes it uncertain and looks for evidence, never a second copy",
    ),
    (
        "outbox",
        "SELECT id, state, updated_at AS since FROM outbox WHERE state = 'uncertain'",
        "nobody knows whether it arrived: `prober mailbox sync` looks for evidence; else a person settles it",
    ),
    (
        "outbox",
        "SELECT id, state, not_before AS since FROM outbox WHERE state = 'planned' AND not_before < :day_ago "
        "AND campaign IN (SELECT id FROM campaign_file WHERE status IN ('approved', 'paused'))",
        "approved, due and not sent: `prober campaign send`, or `resume` first; `prober campaign status` says why",
    ),
    (
        "outbox",
        "SELECT id, state, not_before AS since FROM outbox WHERE state = 'deferred' AND not_before < :day_ago",
        "its next attempt is overdue: `prober campaign send`",
    ),
    (
        "message",
        "SELECT sha256 AS id, status AS state, stored_at AS since FROM message WHERE status = 'stored' "
        "AND stored_at < :minutes_ago",
        "stored but never read: `prober mailbox reparse`",
    ),
    (
        "message",
        "SELECT sha256 AS id, status AS state, stored_at AS since FROM message WHERE status IN ('poison', 'unmatched')",
        "needs a person: `prober mailbox unmatched`",
    ),
)


def results_health(path: Path, now: datetime, world: str) -> list[dict[str, Any]]:
    """Return the rows of results.db that wait for a person: table, id, state, since, remedy.

    [] where the file does not exist. `now` is the time of `world`: a simulated night is as long as a real one. Raises
    SchemaError for a newer or foreign file, ProberError for a damaged or unreadable one, UsageError as `need_world`.
    """
    return _stuck(path, RESULTS, _STUCK_RESULTS, now, world, lambda db: _killed(db, path))


def private_health(path: Path, now: datetime, world: str) -> list[dict[str, Any]]:
    """Return the rows of private.db that wait for a person, like `results_health`."""
    return _stuck(path, PRIVATE, _STUCK_PRIVATE, now, world, _miscounted)


def newest_moment(path: Path) -> datetime | None:
    """Return the latest time at which a command began, by results.db.

    None where there is none. A simulated clock must not go back behind it.
    """
    with reading(path, RESULTS) as db:
        moment = db.execute("SELECT MAX(started_at) FROM run").fetchone()[0]
    return datetime.fromisoformat(moment) if moment else None


def second_looks(path: Path) -> tuple[int, str]:
    """Return how many changes wait for a second look, and since when the first (ISO 8601; "" for none)."""
    with reading(path, RESULTS) as db:
        return waiting(db)


def unjournaled(path: Path, journal: Container[str]) -> int:
    """Return how many letters of private.db have left and are not in `journal`, the Message-IDs of the send journal."""
    with reading(path, PRIVATE) as db:
        rows = db.execute("SELECT message_id FROM outbox WHERE state = 'accepted' AND attempts > 0").fetchall()
        return sum(name not in journal for (name,) in rows)


def _killed(db: Database, path: Path) -> Iterator[dict[str, Any]]:
    """Yield the runs that were killed and that no later command has closed: it was the last one."""
    for run in killed(db, path):
        command, since = db.execute("SELECT command, started_at FROM run WHERE id = ?", [run]).fetchone()
        yield {
            "table": "run", "id": run, "state": f"{command} killed", "since": since,
            "remedy": "the command was killed; run it again",
        }  # fmt: skip


def _miscounted(db: Database) -> Iterator[dict[str, Any]]:
    for count in letter_counts(db):
        if not count.complete:
            yield {
                "table": "campaign_file", "id": count.campaign, "since": count.approved_at,
                "state": f"{count.approved} letters approved, {count.held} held",
                "remedy": "changed from outside: send nothing, and restore a copy of private.db",
            }  # fmt: skip


def _stuck(
    path: Path,
    store: Store,
    queries: Any,
    now: datetime,
    world: str,
    more: Callable[[Database], Iterable[dict[str, Any]]] = lambda db: (),
) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    since = {
        "minutes_ago": (now - timedelta(minutes=SENDING_MINUTES)).isoformat(),
        "night_ago": (now - timedelta(hours=RUNNING_HOURS)).isoformat(),
        "day_ago": (now - timedelta(days=1)).isoformat(),
    }
    with reading(path, store) as db:
        sound = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if sound != "ok":
            raise ProberError(f"{path}: damaged ({sound}). Restore a copy; keep this file until you have.")
        need_world(db, path, store.name, world)
        stuck = [
            {"table": table, **row, "remedy": remedy}
            for table, query, remedy in queries
            for row in db.query(query, since)
        ]
        return [*more(db), *stuck]


@contextmanager
def reading(path: Path, store: Store) -> Iterator[Database]:
    """Open a database of this version for reading only. Raises SchemaError for one of another version."""
    try:
        with read_only(path, store, BUSY_SECONDS) as db:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                raise SchemaError(f"{path}: empty; the first command fills it, or delete it")
            yield db
    except sqlite3.Error as error:
        raise SchemaError(f"{path}: made by an older prober ({error}); {_COMPLETED}") from error
