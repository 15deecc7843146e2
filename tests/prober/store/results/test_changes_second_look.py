"""What is gone is believed at the second look, six hours after the first; until then the last good verdict stands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.domain.agency import Agency
from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import Kind
from prober.domain.reason import Reason
from prober.domain.verdicts import Verdict
from prober.domain.visit import PageRecord, VisitResult
from prober.store import Database
from prober.store.results.changes import waiting
from prober.store.results.registry import sync
from prober.store.results.scans import finish_scan, save_visit, start_or_resume_scan
from prober.store.schema.migrations import RESULTS
from tests.pobi import HANOI

URL = "http://x.gov.test/"
BEGIN = datetime(2026, 1, 1, 2, tzinfo=HANOI)
PAGE = PageRecord(URL, 200, None, "X", BEGIN, False, 10, "ab" * 32, "home")
SHOWN = Finding(Kind.EMAIL, "agency_role", "a@x.gov.test", State.FOUND, 0, 0.9, "Email", "", URL, "emails", "1")
P, A, U = State.FOUND, State.NOT_FOUND, State.NOT_SEEN


@dataclass
class Nights:
    """A database of one agency whose site is looked at, look by look, each a scan of its own."""

    db: Database = field(default_factory=lambda: Database(memory=True))
    at: datetime = BEGIN

    def __post_init__(self) -> None:
        RESULTS.migrate(self.db)
        sync(self.db, [Agency("x", "2019", "portal", "X", "X", "x", "X", "X", URL)], (), "sandbox")

    def look(
        self, hours: float, state: State, suspect: bool = False, version: str = "1", finish: bool = True,
        kind: str = Kind.EMAIL, level: int = 0, outcome: str = "",
    ) -> int:  # fmt: skip
        self.at += timedelta(hours=hours)
        shown = replace(SHOWN, version=version)
        verdict = Verdict(kind, state, level, (Reason("x"),), shown if state == P else None)
        visit = VisitResult(
            "2019-x", outcome or ("partial" if state == U else "seen"), Failure.BLOCKED if state == U else None, (),
            URL,
            "", 1, 1, 1.0, self.at, self.at,
            (PAGE,), (shown,) if state == P else (), (verdict,), suspect=(Reason("below_floor"),) if suspect else (),
        )  # fmt: skip
        scan = start_or_resume_scan(
            self.db, world="sandbox", frame="2019", kinds=["portal"], agencies=1, version="1", user_agent="",
            settings={"at": self.at.isoformat()}, now=self.at,
        ).id  # fmt: skip
        save_visit(self.db, scan, visit)
        if finish:
            finish_scan(self.db, scan, self.at)
        return scan

    def looks(self, states: Iterable[State], hours: float = 24) -> None:
        for state in states:
            self.look(hours, state)

    def rows(self, what: str, *causes: str) -> list[tuple[int, int, int | None]]:
        marks = ", ".join("?" * len(causes))
        sql = f"SELECT from_scan, to_scan, second_scan FROM change WHERE what = ? AND cause IN ({marks}) ORDER BY id"
        return self.db.execute(sql, [what, *causes]).fetchall()

    def standing(self) -> tuple[str, int, bool]:
        sql = "SELECT state, scan, second_look_since != '' FROM latest_verdict WHERE kind = 'email'"
        state, scan, doubtful = self.db.execute(sql).fetchone()
        return state, scan, bool(doubtful)


@dataclass
class Truth:
    """What a person who keeps a notebook would say after each look."""

    good: tuple[State, int] | None = None
    first: tuple[int, float] | None = None  # the look that missed it first, and its hour
    gone: list[tuple[int, int, int]] = field(default_factory=list)
    came: list[tuple[int, int]] = field(default_factory=list)

    def look(self, scan: int, hour: float, state: State) -> None:
        if state == P:
            if self.good and self.good[0] == A:
                self.came.append((self.good[1], scan))
            self.good, self.first = (P, scan), None
        elif state == A and self.good and self.good[0] == P:
            if self.first is None:
                self.first = (scan, hour)
            elif hour - self.first[1] >= 6:
                self.gone.append((self.good[1], self.first[0], scan))
                self.good, self.first = (A, scan), None
        elif state == A:
            self.good = (A, scan)


LOOKS = st.lists(st.tuples(st.sampled_from([0.5, 3, 5.5, 6, 9, 24]), st.sampled_from([P, A, A, U])), max_size=14)


@settings(max_examples=60)
@given(LOOKS)
def test_no_change_is_false_and_none_is_missed(looks: Sequence[tuple[float, State]]) -> None:
    nights, truth, hour = Nights(), Truth(), 0.0
    for gap, state in looks:
        hour += gap
        scan = nights.look(gap, state)
        truth.look(scan, hour, state)
        assert nights.rows("verdict", "second_look") == (
            [(truth.good[1], truth.first[0], None)] if truth.good and truth.first else []
        )
        if truth.good:
            assert nights.standing() == (truth.good[0], truth.good[1], truth.first is not None)
        assert waiting(nights.db)[0] == 2 * (truth.first is not None)  # the verdict, and the address
    turned = (
        "SELECT from_scan, to_scan, second_scan FROM change WHERE what = 'verdict' AND after = ? AND cause = 'site'"
    )
    assert nights.db.execute(turned, ["not_found"]).fetchall() == truth.gone
    assert nights.db.execute(turned, ["found"]).fetchall() == [(*pair, None) for pair in truth.came]
    assert nights.rows("vanished", "site") == truth.gone
    withdrawn = {second for *_, second in nights.rows("verdict", "withdrawn")}
    assert withdrawn.isdisjoint(scan for _, scan, _ in nights.rows("appeared", "site", "reachability"))
    nights.db.close()


@pytest.fixture
def nights() -> Iterator[Nights]:
    made = Nights()
    yield made
    made.db.close()


def test_one_night_of_maintenance_changes_nothing(nights: Nights) -> None:
    nights.looks([P, A, P])
    assert nights.standing() == ("found", 3, False)
    assert nights.db.execute("SELECT DISTINCT cause FROM change").fetchall() == [("withdrawn",)]


def test_a_closed_site_is_no_change_of_what_it_offers(nights: Nights) -> None:
    nights.looks([P, U, U, P])
    assert {cause for (cause,) in nights.db.execute("SELECT cause FROM change")} == {"reachability"}
    assert nights.standing() == ("found", 4, False)


def test_what_is_new_after_a_night_without_sight_is_told(nights: Nights) -> None:
    """The site was seen whole before it could not be seen, and did not have it."""
    first = nights.look(0, A)
    nights.looks([U, U])
    shown = nights.look(24, P)
    assert nights.rows("appeared", "site") == [(first, shown, None)]
    nights.looks([U, P])
    assert len(nights.rows("appeared", "site")) == 1  # it was there before


def test_what_was_never_seen_whole_may_be_old(nights: Nights) -> None:
    nights.looks([U, P])
    assert nights.rows("appeared", "site") == []


def test_an_unknown_in_between_neither_confirms_nor_clears(nights: Nights) -> None:
    nights.looks([P, A, U])
    assert nights.standing() == ("found", 1, True)
    nights.look(24, A)
    assert nights.standing() == ("not_found", 4, False)
    assert nights.rows("verdict", "site") == [(1, 2, 4)]
    assert nights.rows("vanished", "site") == [(1, 2, 4)]


def test_a_visit_below_its_floors_confirms_nothing(nights: Nights) -> None:
    nights.looks([P, A])
    nights.look(24, A, suspect=True)
    assert nights.standing() == ("found", 1, True) and waiting(nights.db)[0] == 2
    nights.look(24, A)
    assert nights.rows("verdict", "site") == [(1, 2, 4)]


def test_a_first_look_of_a_visit_below_its_floors_is_none(nights: Nights) -> None:
    nights.looks([P])
    nights.look(24, A, suspect=True)
    assert waiting(nights.db) == (0, "")
    nights.look(24, A)
    assert nights.rows("verdict", "second_look") == [(1, 3, None)]


def test_a_scan_that_never_ended_still_was_a_look(nights: Nights) -> None:
    nights.look(24, P)
    nights.look(24, A, finish=False)
    assert nights.standing() == ("found", 1, True)  # also before the scan is closed
    nights.look(24, A)
    assert nights.rows("verdict", "site") == nights.rows("vanished", "site") == [(1, 2, 3)]


def test_what_only_a_scan_that_never_ended_met_first_is_told(nights: Nights) -> None:
    """The next visit sees the same as that one: nothing turned between these two."""
    nights.look(24, A)
    nights.look(24, P, finish=False)
    nights.look(24, P, finish=False)
    nights.look(24, P)
    assert nights.rows("verdict", "site") == nights.rows("appeared", "site") == [(1, 2, None)]
    nights.look(24, P)
    assert nights.rows("appeared", "site", "reachability") == [(1, 2, None)]


def test_a_level_that_rose_in_a_scan_that_never_ended_is_told(nights: Nights) -> None:
    nights.look(24, P, kind=Kind.QA, level=2)
    nights.look(24, P, kind=Kind.QA, level=4, finish=False)
    nights.look(24, P, kind=Kind.QA, level=4)
    told = "SELECT before, after, from_scan, to_scan FROM change WHERE what = 'level'"
    assert nights.db.execute(told).fetchall() == [("2", "4", 1, 2)]


def test_a_new_detector_explains_what_it_does_not_find(nights: Nights) -> None:
    nights.look(24, P)
    other = replace(SHOWN, category="vendor", value="b@y.test", version="2")
    nights.at += timedelta(hours=24)
    verdict = Verdict(Kind.EMAIL, A, 0, (Reason("x"),))
    visit = VisitResult(
        "2019-x", "seen", None, (), URL, "", 1, 1, 1.0, nights.at, nights.at, (PAGE,), (other,), (verdict,)
    )
    scan = start_or_resume_scan(
        nights.db, world="sandbox", frame="2019", kinds=["portal"], agencies=1, version="2", user_agent="",
        settings={}, now=nights.at,
    ).id  # fmt: skip
    save_visit(nights.db, scan, visit)
    finish_scan(nights.db, scan, nights.at)
    assert nights.rows("verdict", "detector") == nights.rows("vanished", "detector") == [(1, 2, None)]


def test_a_last_good_verdict_does_not_stand_for_ever(nights: Nights) -> None:
    nights.look(24, P)
    nights.look(31 * 24, A)
    state, scan, doubtful = nights.standing()
    assert (state, scan) == ("not_seen", 2)  # neither present, for 31 days are too long, nor absent at a first look


def test_what_waits_is_dated_by_its_first_look(nights: Nights) -> None:
    nights.looks([P, A, A])
    assert waiting(nights.db) == (0, "")
    told = "SELECT at, second_at, told_at FROM changes WHERE what = 'verdict'"
    first, second = (f"2026-01-0{day}T02:00:00+07:00" for day in (3, 4))
    assert nights.db.execute(told).fetchall() == [(first, second, second)]


def test_a_study_that_looks_for_something_else_says_nothing_of_what_it_does_not_look_for() -> None:
    nights = Nights()
    nights.look(0, P)
    for _ in range(3):
        nights.look(24, A, kind=Kind.QA)
    nights.look(24, P)
    assert nights.db.execute("SELECT what, cause FROM change").fetchall() == []
    nights.look(24, A)
    nights.look(24, A, kind=Kind.QA)  # nor does it confirm what another one missed
    assert nights.rows("vanished", "site") == [] and len(nights.rows("vanished", "second_look")) == 1
    nights.look(24, A)
    assert len(nights.rows("vanished", "site")) == 1


def test_what_is_gone_is_told_wherever_its_own_question_was_answered() -> None:
    """The section for questions was closed to us each night, which says nothing of the address."""
    nights = Nights()
    for state in (P, A, A):
        nights.look(24, state, outcome="partial")
    assert nights.rows("vanished", "site") == nights.rows("verdict", "site") == [(1, 2, 3)]
    nights = Nights()
    for state in (P, U, U):
        nights.look(24, state)
    assert nights.rows("vanished", "site", "second_look") == [] and len(nights.rows("vanished", "reachability")) == 1


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ((3, 5), [("3", "5", 1, 2, None)]),
        ((3, 3, 5, 5), [("3", "5", 2, 3, None)]),
        ((5, 4), []),
        ((5, 4, 5), []),
        ((5, 4, 4), [("5", "4", 1, 2, 3)]),
        ((5, 4, 3, 3), [("5", "3", 1, 2, 3)]),
        ((5, 4, 4, 5), [("5", "4", 1, 2, 3), ("4", "5", 3, 4, None)]),
        ((4, 2, 5), [("4", "5", 1, 3, None)]),
    ],
)
def test_a_level_that_rises_is_told_at_once_and_one_that_falls_at_the_second_look(
    levels: Sequence[int], told: list[tuple[str, str, int, int, int | None]]
) -> None:
    nights = Nights()
    for level in levels:
        nights.look(24, P, kind=Kind.QA, level=level)
    rows = "SELECT before, after, from_scan, to_scan, second_scan FROM change WHERE what = 'level' AND cause = 'site'"
    assert nights.db.execute(f"{rows} ORDER BY id").fetchall() == told


def test_a_level_is_not_compared_with_what_was_seen_in_part_or_not_believed() -> None:
    nights = Nights()
    nights.look(24, P, kind=Kind.QA, level=3)
    nights.look(24, P, kind=Kind.QA, level=5, suspect=True)
    assert nights.db.execute("SELECT COUNT(*) FROM change WHERE what = 'level'").fetchone() == (0,)
    nights.look(24, P, kind=Kind.QA, level=2)
    nights.look(2, P, kind=Kind.QA, level=2)  # too soon for a second look
    assert nights.db.execute("SELECT COUNT(*) FROM change WHERE what = 'level'").fetchone() == (0,)
    nights.look(24, P, kind=Kind.QA, level=2)  # six hours after the first, and not only after the one before
    told = "SELECT before, after, to_scan, second_scan FROM change WHERE what = 'level'"
    assert nights.db.execute(told).fetchall() == [("3", "2", 3, 5)]


@pytest.mark.parametrize("between", [1, 3])
def test_a_fall_is_told_however_many_looks_lie_within_six_hours(between: int) -> None:
    nights = Nights()
    nights.look(24, P, kind=Kind.QA, level=5)
    nights.look(24, P, kind=Kind.QA, level=4)
    for _ in range(between):
        nights.look(1, P, kind=Kind.QA, level=4)
        assert nights.db.execute("SELECT COUNT(*) FROM change WHERE what = 'level'").fetchone() == (0,)
    for _ in range(3):
        nights.look(24, P, kind=Kind.QA, level=4)
    told = "SELECT before, after, from_scan, to_scan, second_scan FROM change WHERE what = 'level'"
    assert nights.db.execute(told).fetchall() == [("5", "4", 1, 2, 3 + between)]


def test_a_change_is_dated_by_its_visit_where_a_scan_was_cut_short_and_gone_on_with_nights_later(
    nights: Nights,
) -> None:
    nights.look(24, P)
    seen = nights.at + timedelta(hours=72)
    begun = start_or_resume_scan(
        nights.db, world="sandbox", frame="2019", kinds=["portal"], agencies=1, version="1", user_agent="",
        settings={"at": seen.isoformat()}, now=nights.at + timedelta(hours=24),
    )  # fmt: skip
    assert nights.look(72, A) == begun.id
    told = nights.db.execute("SELECT at, told_at FROM changes WHERE what = 'verdict'").fetchall()
    assert told == [(seen.isoformat(), seen.isoformat())]
