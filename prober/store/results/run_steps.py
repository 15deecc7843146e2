"""Keep the steps of each night as rows that are written when a step begins and when it ends.

So a night that was killed is seen step by step, and the next pass of the same night knows what is done. The rows hold
numbers and codes alone: results.db may be published.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from prober.domain.reason import Reasons, from_json, to_json
from prober.store import Database, transaction

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


def begin(db: Database, run: int, night: int, step: str, now: datetime) -> int:
    """Store that a step begins; return the number of its row."""
    row = {"run": run, "night": night, "step": step, "status": "running", "started_at": now.isoformat()}
    with transaction(db):
        number = db.table("run_step").insert(row).last_pk
    assert isinstance(number, int)
    return number


def end(db: Database, row: int, status: str, now: datetime, notes: Mapping[str, Any], error: Reasons = ()) -> None:
    """Store how a step ended."""
    kept = json.dumps(notes, ensure_ascii=False)
    with transaction(db):
        db.table("run_step").update(
            row, {"status": status, "finished_at": now.isoformat(), "notes": kept, "error": to_json(error)}
        )
