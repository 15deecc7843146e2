"""Steps of a night: needs, deadlines, passes, rows that a killed night leaves, one lock."""

import time as clock
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from prober.domain.reason import Reason
from prober.errors import ProberError
from prober.services.nights.night_steps import AlreadyRunning, NightRun, NightStep, NightStepResult, StepFailed, run
from prober.store import Database, open_results
from prober.store.results import runs
from prober.store.results.runs import of_night

START = datetime(2020, 4, 13, 22, 30)
ROW = {"command": "nightly", "world": "sandbox", "version": "1"}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(open_results(tmp_path / "results.db")) as opened:
        yield opened


def begun(db: Database, hours: float = 0.0) -> NightRun:
    """A pass of a night that begins so many hours after START."""
    now = START + timedelta(hours=hours)
    number = db.table("run").insert({**ROW, "status": "running", "started_at": now.isoformat()}).last_pk
    db.conn.commit()
    assert isinstance(number, int)
    return NightRun(db, number, lambda: now)


def fails() -> dict[str, int]:
    raise ProberError("the mail server does not answer")


def done() -> dict[str, int]:
    return {"agencies": 2}


def test_a_failed_step_is_noted_the_next_one_runs_and_what_needs_it_does_not(db: Database, tmp_path: Path) -> None:
    seen: list[NightStepResult] = []
    steps = (
        NightStep("crawl", done),
        NightStep("mailbox", fails),
        NightStep("report", done),
        NightStep("letters", done, ("mailbox",)),
    )
    night = begun(db)
    assert run((*steps, NightStep("after", done, ("letters",))), night, tmp_path / "lock", seen.append) == seen
    assert [(r.name, r.status, r.error) for r in seen] == [
        ("crawl", "done", ""),
        ("mailbox", "failures", "the mail server does not answer"),
        ("report", "done", ""),
        ("letters", "skipped", ""),
        ("after", "skipped", ""),
    ]
    rows = of_night(db, night.run)
    assert rows["letters"].error == (Reason("needs_steps", steps=("mailbox",)),)
    assert rows["mailbox"].error == (Reason("step_failed"),)  # its words may be private
    assert (rows["crawl"].notes, rows["crawl"].finished_at) == ({"agencies": 2}, START.isoformat())


def test_what_had_nothing_to_do_serves_those_that_need_it(db: Database) -> None:
    night = begun(db)
    night.do(NightStep("mailbox", lambda: Reason("no_mailbox")))
    assert night.do(NightStep("letters", done, ("mailbox",))).status == "done"
    assert of_night(db, night.run)["mailbox"].status == "skipped"


def test_a_later_pass_does_what_was_left_and_a_later_night_does_all(db: Database) -> None:
    crawl, mail, letters = (
        NightStep("crawl", done, once=True),
        NightStep("mailbox", done),
        NightStep("letters", fails, once=True),
    )
    first = begun(db)
    for step in (crawl, mail, letters):
        first.do(step)
    later = begun(db, 5)
    assert (later.before.night, later.later) == (1, True)
    assert later.do(crawl).reasons == (Reason("done_tonight"),)
    assert [later.do(step).status for step in (mail, NightStep("letters", done, ("crawl",), once=True))] == [
        "done",
        "done",
    ]
    assert [(step.step, step.run) for step in of_night(db, 1).values()] == [
        ("crawl", 1),
        ("mailbox", 2),
        ("letters", 2),
    ]
    assert begun(db, 24).later is False


@pytest.mark.parametrize(("hours", "later"), [(-1, True), (11, True), (23, False)], ids=["set back", "late", "next"])
def test_passes_of_one_night_with_a_clock_that_was_set(db: Database, hours: float, later: bool) -> None:
    begun(db).do(NightStep("crawl", done))
    assert begun(db, hours).later is later


def test_a_night_that_was_killed_is_seen_step_by_step_and_resumed(db: Database, tmp_path: Path) -> None:
    """What a killed process leaves: the row of its run and of the step at work say "running"."""
    night = begun(db)
    night.do(NightStep("crawl", done, once=True))
    db.execute("INSERT INTO run_step (run, night, step, status, started_at) VALUES (1, 1, 'mailbox', 'running', ?)",
               [START.isoformat()])  # fmt: skip
    db.conn.commit()
    assert runs.close_killed(db, tmp_path / "results.db") == [1]
    assert [(row.step, row.status) for row in of_night(db, 1).values()] == [("crawl", "done"), ("mailbox", "killed")]
    again = begun(db, 1)
    assert again.do(NightStep("crawl", fails, once=True)).status == "skipped"
    assert again.do(NightStep("mailbox", done)).status == "done"


def test_a_step_is_stopped_at_its_deadline_and_one_past_it_does_not_begin(db: Database) -> None:
    def long() -> dict[str, int]:
        clock.sleep(60)
        return {}

    night = begun(db)
    began = clock.monotonic()
    late = night.do(NightStep("crawl", long, deadline=timedelta(seconds=0.05), stops=True))
    assert (late.status, late.reasons, clock.monotonic() - began < 30) == ("late", (Reason("past_deadline"),), True)
    morning = begun(db, 9)  # 07:30, in a later pass of the night
    assert morning.do(NightStep("crawl", fails, deadline=(START + timedelta(hours=8)).time())).status == "late"


def test_nothing_that_bears_every_fault_holds_a_step_beyond_its_deadline(db: Database) -> None:
    """The writer of a crawl goes on with the next visit, whatever is wrong with one."""

    def bearing() -> dict[str, int]:
        for _ in range(2):
            with suppress(Exception):
                clock.sleep(4)
        return {}

    assert begun(db).do(NightStep("crawl", bearing, deadline=timedelta(seconds=0.05), stops=True)).status == "late"


def test_ctrl_c_leaves_a_row_that_says_so(db: Database) -> None:
    def stopped() -> dict[str, int]:
        raise KeyboardInterrupt

    night = begun(db)
    with pytest.raises(KeyboardInterrupt):
        night.do(NightStep("crawl", stopped))
    assert of_night(db, night.run)["crawl"].status == "stopped"


def test_a_failure_keeps_its_notes_and_reasons(db: Database) -> None:
    def half() -> dict[str, int]:
        raise StepFailed("ca-mau: no", (Reason("letters_failed", count=1),), {"accepted": 7})

    night = begun(db)
    night.do(NightStep("campaigns", half))
    row = of_night(db, night.run)["campaigns"]
    assert (row.notes, row.error) == ({"accepted": 7}, (Reason("letters_failed", count=1),))


def test_a_second_run_at_the_same_time_does_nothing(db: Database, tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"), pytest.raises(AlreadyRunning, match="another nightly run"):
        run((NightStep("crawl", done),), begun(db), tmp_path / "lock", lambda result: None)
    assert of_night(db, 1) == {}


def test_a_defect_ends_the_night_and_frees_the_lock(db: Database, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run((NightStep("crawl", lambda: {"share": 1 // 0}),), begun(db), tmp_path / "lock", lambda result: None)
    assert run((), begun(db), tmp_path / "lock", lambda result: None) == []
