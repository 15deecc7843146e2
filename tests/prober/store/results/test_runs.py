"""A row of a command that was killed is closed by the next one, and that of a command at work is left alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from prober.store import Database, open_results
from prober.store.reading.status import of_results
from prober.store.results import runs

START = datetime(2020, 4, 13, 2, 0)
ROW = {"command": "nightly", "world": "sandbox", "version": "1"}
AT_WORK = """
import sys, time
from datetime import datetime
from pathlib import Path
from prober.store import open_results
from prober.store.results import runs

path = Path(sys.argv[1])
with runs.recorded(open_results(path), path, lambda: datetime(2020, 4, 13), {"command": "nightly", "world": "sandbox",
                   "version": "1"}, {}) as run:
    print(run, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with closing(open_results(path)) as opened:
        yield opened


def now() -> datetime:
    return START


def stored(db: Database) -> list[tuple[int, str, str | None]]:
    return db.execute("SELECT id, status, finished_at FROM run ORDER BY id").fetchall()


def other_command(path: Path) -> subprocess.Popen[str]:
    """Start a process that has a run of its own in results.db, and wait until it says so."""
    process = subprocess.Popen([sys.executable, "-c", AT_WORK, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline().strip()
    return process


def test_a_command_that_ends_leaves_its_row_and_no_lock(db: Database, path: Path) -> None:
    summary: dict[str, object] = {}
    with runs.recorded(db, path, now, ROW, summary):
        summary["failures"] = ["one"]
    with pytest.raises(KeyboardInterrupt), runs.recorded(db, path, now, ROW, {}):
        raise KeyboardInterrupt
    assert [status for _, status, _ in stored(db)] == ["failures", "stopped"]
    assert not list(path.parent.glob("*.lock"))


def test_a_killed_command_is_closed_by_the_next_and_one_at_work_is_not(db: Database, path: Path) -> None:
    killed, at_work = other_command(path), other_command(path)
    try:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert runs.killed(db, path) == [1]
        assert of_results(path, "sandbox")[-1].stands == "running"  # the last one
        with runs.recorded(db, path, now, ROW, {}):
            assert [row[:2] for row in stored(db)] == [(1, "killed"), (2, "running"), (3, "running")]
        os.kill(at_work.pid, signal.SIGKILL)
        at_work.wait()
        assert runs.close_killed(db, path) == [2]
    finally:
        for process in (killed, at_work):
            process.kill()
            process.communicate()
    assert stored(db) == [(1, "killed", None), (2, "killed", None), (3, "done", START.isoformat())]
    assert not list(path.parent.glob("*.lock"))


def test_a_row_of_a_copy_belongs_to_no_process(db: Database, path: Path) -> None:
    """Copied while a command was at work, or written by a version that held no lock."""
    begun = (START - timedelta(days=1)).isoformat()
    db.table("run").insert({**ROW, "status": "running", "started_at": begun, "summary": "{}"})
    db.conn.commit()
    assert of_results(path, "sandbox")[-1].stands == "killed"
    assert of_results(path, "sandbox")[-1].next == "prober nightly"
    assert runs.close_killed(db, path) == [1]


def test_a_database_goes_on_from_its_own_copy_and_from_one_with_no_run(
    db: Database, path: Path, tmp_path: Path
) -> None:
    with closing(open_results(tmp_path / "empty.db")) as empty:
        assert runs.goes_on_from(db, empty)
        with runs.recorded(db, path, now, ROW, {}):
            pass
        assert not runs.goes_on_from(empty, db)
        with runs.recorded(empty, tmp_path / "empty.db", lambda: START + timedelta(hours=1), ROW, {}):
            pass
        assert not runs.goes_on_from(db, empty)  # the same number, begun at another time
    assert runs.goes_on_from(db, db)
