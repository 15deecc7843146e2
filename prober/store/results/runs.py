"""Record each command that changes results.db as one row of `run`, and close the rows of commands that were killed.

A command holds a lock on a file of its own beside results.db as long as it runs. The system lets go of the lock of a
process that ends, in whatever way: so a row that says "running" without a lock is that of a command that was killed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlite_utils import Database

from prober.store import transaction


@contextmanager
def recorded(
    db: Database, path: Path, now: Callable[[], datetime], row: Mapping[str, Any], summary: Mapping[str, Any]
) -> Iterator[int]:
    """Keep the row of one command in results.db at `path`, and yield its id; `summary` is read at the end.

    `row` holds command, world and version. Commands that were killed since the last one are closed first.
    """
    close_killed(db, path)
    with transaction(db):
        begun = {**row, "status": "running", "started_at": now().isoformat(), "summary": "{}"}
        run = db.table("run").insert(begun).last_pk
        assert isinstance(run, int)
        lock = FileLock(_lock(path, run))
        lock.acquire(timeout=0)  # before anybody else sees the row
    status = "stopped"
    try:
        yield run
        status = "failures" if summary.get("failures") else "done"
    finally:
        end = {
            "status": status, "finished_at": now().isoformat(), "summary": json.dumps(summary, ensure_ascii=False),
        }  # fmt: skip
        db.table("run").update(run, end)
        _removed(lock)


def close_killed(db: Database, path: Path) -> list[int]:
    """Mark the runs that say "running" and that no process holds as killed, and their steps; return their ids."""
    dead = killed(db, path)
    if dead:
        marks = ", ".join("?" * len(dead))
        with transaction(db):
            db.execute(f"UPDATE run SET status = 'killed' WHERE status = 'running' AND id IN ({marks})", dead)
            db.execute(f"UPDATE run_step SET status = 'killed' WHERE status = 'running' AND run IN ({marks})", dead)
        for run in dead:
            Path(_lock(path, run)).unlink(missing_ok=True)
    return dead


def killed(db: Database, path: Path) -> list[int]:
    """Return the ids of runs that say "running" and that no process holds. Writes nothing but lock files."""
    running = [run for (run,) in db.execute("SELECT id FROM run WHERE status = 'running' ORDER BY id").fetchall()]
    return [run for run in running if not _held(Path(_lock(path, run)))]


def _lock(path: Path, run: int) -> str:
    return f"{path.absolute()}.run-{run}.lock"


def _held(file: Path) -> bool:
    if not file.exists():
        return False
    try:
        with FileLock(file, timeout=0):
            return False
    except Timeout:
        return True


def _removed(lock: FileLock) -> None:
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)
