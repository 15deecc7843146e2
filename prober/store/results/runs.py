"""Record each command that changes results.db as one row of `run`, and close the rows of commands that were killed.

A command holds a lock on a file of its own beside results.db as long as it runs. The system lets go of the lock of a
process that ends, in whatever way: so a row that says "running" without a lock is that of a command that was killed.

The steps of a night are rows of `run_step`, written when a step begins and when it ends. So a night that was killed is
seen step by step, and the next pass of the same night knows what is done. The rows hold numbers and codes alone:
results.db may be published.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlite_utils import Database

from prober.domain.reason import Reasons, from_json, to_json
from prober.store import transaction

NIGHT = timedelta(hours=12)  # passes that begin within it are of one night, also where the clock was set back


@dataclass(frozen=True, slots=True)
class RunStep:
    """The newest row of one step of a night. `notes` are numbers by name."""

    step: str
    status: str
    started_at: str
    finished_at: str | None
    notes: Mapping[str, Any]
    error: Reasons
    run: int


@dataclass(frozen=True, slots=True)
class Tonight:
    """The night of a run: the number of its first run, when that began, and the newest row of each step so far."""

    night: int
    began: datetime
    steps: Mapping[str, RunStep] = field(default_factory=dict)

    def done(self, step: str) -> bool:
        return step in self.steps and self.steps[step].status == "done"


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


def goes_on_from(db: Database, earlier: Database) -> bool:
    """Return True if a results.db has the newest run of an earlier one, and so began as that one; or that has none."""
    last = earlier.execute("SELECT id, started_at FROM run ORDER BY id DESC LIMIT 1").fetchone()
    return not last or bool(db.execute("SELECT 1 FROM run WHERE id = ? AND started_at = ?", last).fetchone())


def tonight(db: Database, run: int) -> Tonight:
    """Return the night that `run` belongs to: that of the last pass if it began at most NIGHT ago, else its own."""
    (began,) = db.execute("SELECT started_at FROM run WHERE id = ?", [run]).fetchone()
    now = datetime.fromisoformat(began)
    last = db.execute(
        "SELECT s.night, r.started_at FROM run_step s JOIN run r ON r.id = s.night ORDER BY s.night DESC LIMIT 1"
    ).fetchone()
    if last and abs(now - (first := datetime.fromisoformat(last[1]))) < NIGHT:
        return Tonight(last[0], first, of_night(db, last[0]))
    return Tonight(run, now)


def of_night(db: Database, night: int) -> dict[str, RunStep]:
    """Return the newest row of each step of a night, in the order in which the steps began first.

    What an earlier pass did stands where a later one only found that it was done.
    """
    sql = "SELECT step, status, started_at, finished_at, notes, error, run FROM run_step WHERE night = ? ORDER BY id"
    found: dict[str, RunStep] = {}
    for step, status, started, finished, notes, error, run in db.execute(sql, [night]).fetchall():
        found[step] = RunStep(step, status, started, finished, json.loads(notes), from_json(error), run)
    return found


def begin_step(db: Database, run: int, night: int, step: str, now: datetime) -> int:
    """Store that a step begins; return the number of its row."""
    row = {"run": run, "night": night, "step": step, "status": "running", "started_at": now.isoformat()}
    with transaction(db):
        number = db.table("run_step").insert(row).last_pk
    assert isinstance(number, int)
    return number


def end_step(db: Database, row: int, status: str, now: datetime, notes: Mapping[str, Any], error: Reasons) -> None:
    """Store how a step ended."""
    kept = json.dumps(notes, ensure_ascii=False)
    with transaction(db):
        db.table("run_step").update(
            row, {"status": status, "finished_at": now.isoformat(), "notes": kept, "error": to_json(error)}
        )
