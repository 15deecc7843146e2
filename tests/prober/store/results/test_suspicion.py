"""A scan that turned too much is doubted, changes nothing, and is believed when another look agrees with it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from prober.domain.finding import Failure, State
from prober.domain.reason import Reason, from_json, to_json
from prober.domain.visit import VisitResult
from prober.reporting.publish import gates
from prober.reporting.publish.manifest import Gate
from prober.store import Database, open_results
from prober.store.results import suspicion
from prober.store.results.registry import sync
from tests.prober.domain.test_visit_floors import PORTALS, SHORT, dead, night, row, seen

IDS = [agency.id for agency in PORTALS]
P, A, U = State.FOUND, State.NOT_FOUND, State.NOT_SEEN


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results.db with the portals, copied for each test."""
    path = tmp_path_factory.mktemp("begun") / "results.db"
    with closing(open_results(path)) as db:
        sync(db, PORTALS, (), "sandbox")
    return path


@pytest.fixture
def db(begun: Path, tmp_path: Path) -> Iterator[Database]:
    db = open_results(shutil.copy(begun, tmp_path / "results.db"))
    yield db
    db.close()


def every(*states: tuple[State | None, int], version: str = "1") -> list[VisitResult]:
    """A visit to each portal: so many of each state, in their order, and present for the rest; None: not reached."""
    wanted = [state for state, number in states for _ in range(number)]
    wanted += [P] * (len(IDS) - len(wanted))
    return [
        seen(agency, state, (), version) if state else dead(agency)
        for agency, state in zip(IDS, wanted, strict=True)
    ]  # fmt: skip


def two(visit: VisitResult) -> VisitResult:
    """The same visit with a second address, so that the verdict stays when one is gone."""
    return replace(visit, findings=(*visit.findings, replace(visit.findings[0], value=f"b@{visit.agency}.gov.test")))


def many(less: int, of: int = len(IDS)) -> list[VisitResult]:
    """A visit to the first portals: the second address of some is gone."""
    return [visit if n < less else two(visit) for n, visit in enumerate(every()[:of])]


def codes(db: Database, scan: int) -> list[str]:
    return [reason.code for reason in from_json(suspicion.doubts_of(db, scan))]


def gate(db: Database) -> Gate:
    found = gates.check(db, gates.measures(db) | {"unread": {}, "provisional": False, "headline": ()}, None, None)
    return next(one for one in found if one.name == "changes of one night")


def changes(db: Database) -> list[tuple[str, int]]:
    sql = "SELECT cause, COUNT(*) FROM change WHERE what = 'verdict' GROUP BY cause ORDER BY cause"
    return db.execute(sql).fetchall()


GATES = {
    "few gone": ([(A, 0)], [(A, 9)], []),
    "gone": ([(A, 0)], [(A, 10)], ["gate_turned", "gate_filled"]),
    "come": ([(A, 10)], [(A, 0)], ["gate_turned", "gate_filled"]),
    "gone and come": ([(A, 9)], [(P, 9), (A, 9)], ["gate_sites"]),
    "not told any more": ([(A, 0)], [(U, 10)], ["gate_filled"]),
    "few not reached": ([(A, 0)], [(None, 12)], []),
    "not reached": ([(A, 0)], [(None, 13)], ["gate_unseen"]),
    "findings of many": ([(A, 0)], [(A, 16)], ["gate_turned", "gate_filled", "gate_vanished", "gate_sites"]),
}


@pytest.mark.parametrize(("before", "now", "expected"), GATES.values(), ids=GATES)
def test_gates_count_both_sides(
    db: Database, before: Sequence[tuple[State, int]], now: Sequence[tuple[State | None, int]], expected: list[str]
) -> None:
    night(db, 0, *every(*before))
    scan = night(db, 1, *every(*now))
    assert codes(db, scan) == expected
    assert gate(db).passed is not bool(expected)


def test_what_is_in_doubt_changes_nothing_and_is_not_believed_for_its_age(db: Database) -> None:
    """A detector that is broken for three nights; then it is mended: no change was there, and none is written."""
    night(db, 0, *every())
    for day in (1, 2, 3):
        scan = night(db, day, *every((A, 30)))
        assert "gate_turned" in codes(db, scan) and not gate(db).passed
    assert row(db, "SELECT k FROM headline WHERE indicator = 'email'") == {"k": 63}
    assert changes(db) == []
    mended = night(db, 4, *every())
    assert codes(db, mended) == [] and gate(db).passed
    assert db.execute("SELECT COUNT(*) FROM change").fetchone()[0] == 0


def test_a_detector_that_finds_too_much_leaves_no_change_behind(db: Database) -> None:
    night(db, 0, *every((A, 30)))
    night(db, 1, *every())
    for day in (2, 3):
        assert codes(db, night(db, day, *every((A, 30)))) == []
    assert db.execute("SELECT COUNT(*) FROM change").fetchone()[0] == 0
    assert row(db, "SELECT k FROM headline WHERE indicator = 'email'") == {"k": 33}


def test_a_mass_change_that_a_second_scan_sees_too_goes_through(db: Database) -> None:
    night(db, 0, *every())
    night(db, 1, *every((A, 20)))
    again = night(db, 2, *every((A, 20)))
    assert suspicion.settle_doubt(db, again, set()) == ()
    assert gate(db).passed
    night(db, 3, *every((A, 20)))
    assert changes(db) == [("site", 20)]
    assert row(db, "SELECT k FROM headline WHERE indicator = 'email'") == {"k": 43}
    (believed,) = db.execute("SELECT believed FROM scan WHERE id = ?", [again]).fetchone()
    assert [reason.code for reason in from_json(believed)][-1] == "second_pass_agrees"


def test_a_look_at_the_sites_that_turned_shares_the_doubt_until_it_settles_it(db: Database) -> None:
    night(db, 0, *every())
    scan = night(db, 1, *every((A, 16)))
    look = night(db, 2, *every((A, 16))[:16])
    assert codes(db, look) == ["second_pass_of"]
    assert row(db, "SELECT k FROM headline WHERE indicator = 'email'") == {"k": 63}
    assert suspicion.settle_doubt(db, scan, set()) == ()
    assert (codes(db, scan), codes(db, look), gate(db).passed) == ([], [], True)
    assert changes(db) == [("site", 16)]  # a day lies between the looks
    scans = "SELECT DISTINCT from_scan, to_scan, second_scan FROM change WHERE what = 'verdict'"
    assert row(db, scans) == {"from_scan": 1, "to_scan": scan, "second_scan": look}


@pytest.mark.parametrize(("before", "now"), [(P, A), (A, P)], ids=["gone", "come"])
def test_what_a_second_look_does_not_see_is_withdrawn(db: Database, before: State, now: State) -> None:
    night(db, 0, *every((before, 16)))
    scan = night(db, 1, *every((now, 16)))
    night(db, 2, *every((before, 16))[:16])
    assert suspicion.settle_doubt(db, scan, set()) == ()
    assert gate(db).passed
    states = dict(db.execute("SELECT agency, state FROM latest_verdict WHERE kind = 'email'").fetchall())
    assert [states[agency] for agency in IDS[:16]] == [before] * 16
    for day in (3, 4):
        night(db, day, *every((before, 16)))
    assert db.execute("SELECT COUNT(*) FROM change WHERE cause IN ('site', 'second_look')").fetchone() == (0,)


def test_the_sites_to_look_at_again_are_those_that_turned_each_once(db: Database) -> None:
    night(db, 0, *every())
    scan = night(db, 1, *every((A, 10)))
    assert sorted(suspicion.sites_in_doubt(db, scan)) == sorted(agency.slug for agency in PORTALS[:10])


def test_what_was_our_own_reading_stays_in_doubt_whoever_agrees(db: Database) -> None:
    night(db, 0, *every())
    night(db, 1, *every((A, 20)))
    again = night(db, 2, *every((A, 20)))
    suspicion.settle_doubt(db, again, {(agency, "email") for agency in IDS[:3]})
    assert codes(db, again)[-1] == "our_reading" and not gate(db).passed


def test_with_our_network_away_no_second_look_is_enough(db: Database) -> None:
    night(db, 0, *every())
    for day in (1, 2):
        scan = night(db, day, *every((None, 60)))
        suspicion.settle_doubt(db, scan, set())
        assert codes(db, scan)[-1] == "nothing_answers" and not gate(db).passed


def test_what_was_there_in_an_earlier_look_has_not_come_back(db: Database) -> None:
    """The earlier look was in doubt itself, of other things; now our network is away."""
    night(db, 0, *every())
    night(db, 1, *every((A, 20)))
    scan = night(db, 2, *every((None, 63)))
    suspicion.settle_doubt(db, scan, set())
    assert codes(db, scan) == ["gate_unseen", "nothing_answers"] and not gate(db).passed


def test_a_data_centre_that_stays_away_while_others_answer_is_believed(db: Database) -> None:
    night(db, 0, *every())
    for day in (1, 2):
        scan = night(db, day, *every((None, 20)))
        suspicion.settle_doubt(db, scan, set())
    assert codes(db, scan) == [] and gate(db).passed


def test_findings_that_vanish_are_looked_at_again_before_they_are_believed(db: Database) -> None:
    night(db, 0, *many(0))
    scan = night(db, 1, *many(16))
    gone = {(one.agency, one.kind, one.before, one.now) for one in suspicion.turned(db, scan)}
    assert gone == {(agency, "email", "shown", "gone") for agency in IDS[:16]}
    assert [one.code for one in suspicion.settle_doubt(db, scan, set())] == ["gate_vanished"]
    assert db.execute("SELECT COUNT(*) FROM change").fetchone() == (0,) and not gate(db).passed
    look = night(db, 2, *many(16, of=16))
    assert suspicion.settle_doubt(db, scan, set()) == () and gate(db).passed
    told = db.execute("SELECT cause, to_scan, second_scan, COUNT(*) FROM change GROUP BY 1, 2, 3").fetchall()
    assert told == [("site", scan, look, 16)]


LOOKS = {
    "not reached": [dead(agency) for agency in IDS[:16]],
    "not seen whole": [
        replace(visit, outcome="partial", failure=Failure.BUDGET) for visit in many(16, of=16)
    ],
    "below its floor": [replace(visit, suspect=SHORT) for visit in many(16, of=16)],
    "other sites": many(16)[16:30],
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_look_that_could_compare_nothing_confirms_nothing(db: Database, look: list[VisitResult]) -> None:
    night(db, 0, *many(0))
    scan = night(db, 1, *many(16))
    night(db, 2, *look)
    assert [one.code for one in suspicion.settle_doubt(db, scan, set())] == ["gate_vanished"]
    assert codes(db, scan) == ["gate_vanished"] and not gate(db).passed


def test_findings_that_a_second_look_sees_were_never_gone(db: Database) -> None:
    night(db, 0, *many(0))
    scan = night(db, 1, *many(16))
    night(db, 2, *many(0, of=16))
    assert suspicion.settle_doubt(db, scan, set()) == () and gate(db).passed
    night(db, 3, *many(0))
    assert db.execute("SELECT COUNT(*) FROM change WHERE cause != 'withdrawn'").fetchone() == (0,)


def test_findings_that_vanish_by_our_own_reading_stay_in_doubt_whoever_agrees(db: Database) -> None:
    night(db, 0, *many(0))
    scan = night(db, 1, *many(16))
    night(db, 2, *many(16, of=16))
    ours = suspicion.unchanged_pages(db, scan, suspicion.turned(db, scan))
    assert ours == {(agency, "email") for agency in IDS[:16]}
    assert [one.code for one in suspicion.settle_doubt(db, scan, ours)] == ["gate_vanished", "our_reading"]


def test_few_findings_that_vanish_beside_what_turned_are_no_matter_of_the_doubt(db: Database) -> None:
    night(db, 0, *many(0))
    scan = night(db, 1, *(seen(v.agency, A) if n >= 53 else v for n, v in enumerate(many(5))))
    assert {one.agency for one in suspicion.turned(db, scan)} == set(IDS[53:])


def test_where_nothing_can_be_compared_the_doubt_stays(db: Database) -> None:
    """No site of the scan was ever seen in one that is believed."""
    scan = night(db, 0, *(replace(visit, pages=(), findings=(), verdicts=()) for visit in every()))
    db.execute("UPDATE scan SET suspect = ?", [to_json((Reason("second_pass_of", scan=7),))])
    assert [one.code for one in suspicion.settle_doubt(db, scan, set())] == ["second_pass_of"]


def test_one_answer_for_many_hosts_is_no_site(db: Database) -> None:
    def same(visit: VisitResult) -> VisitResult:
        return replace(visit, pages=tuple(replace(page, sha256="f" * 64, found_by="home") for page in visit.pages))

    night(db, 0, *every())
    for day in (1, 2):
        visits = [same(visit) if n < 7 else visit for n, visit in enumerate(every())]
        scan = night(db, day, *visits)
        suspicion.settle_doubt(db, scan, set())
        assert codes(db, scan) == ["one_answer"]


def test_a_change_on_a_page_with_the_same_bytes_is_ours(db: Database) -> None:
    night(db, 0, *every())
    scan = night(db, 1, *every((A, 16)))
    found = [one for one in suspicion.turned(db, scan) if one.kind]
    assert [one.now for one in found] == [A] * 16  # and not once more for the address that is gone
    assert suspicion.unchanged_pages(db, scan, found) == {(agency, "email") for agency in IDS[:16]}


def test_another_detector_explains_what_turned(db: Database) -> None:
    night(db, 0, *every((A, 20)))
    assert codes(db, night(db, 1, *every(version="2"))) == []


def test_another_detector_of_the_same_kind_explains_nothing(db: Database) -> None:
    """What leaves an indicator undecided is seen by a detector of its own, with a version of its own."""
    night(db, 0, *every(version="12"))
    scan = night(db, 1, *every((U, 20), version="8"))
    visits = "SELECT id FROM visit WHERE scan = ?"
    db.execute(f"UPDATE observation SET detector = 'doubts' WHERE visit IN ({visits})", [scan])
    db.conn.commit()
    assert [reason.code for reason in suspicion.suspicion(db, scan)][:1] == ["gate_filled"]


def test_a_scan_of_few_sites_suspects_nobody(db: Database) -> None:
    night(db, 0, *every()[:19])
    assert codes(db, night(db, 1, *every((A, 19))[:19])) == []


def test_a_person_may_believe_a_scan(db: Database) -> None:
    night(db, 0, *every())
    scan = night(db, 1, *every((A, 20)))
    suspicion.believe(db, scan, ())
    assert codes(db, scan) == [] and gate(db).passed and changes(db) == [("second_look", 20)]


def test_an_unfinished_scan_is_doubted_too(db: Database) -> None:
    night(db, 0, *every())
    scan = night(db, 1, *every((A, 20)))
    db.execute("UPDATE scan SET status = 'interrupted', suspect = '' WHERE id = ?", [scan])
    assert not gate(db).passed


def test_the_thresholds_stand_in_the_docs() -> None:
    text = (Path(__file__).parents[4] / "docs/method.md").read_text(encoding="utf-8")
    for name, share in suspicion.MOST.items():
        assert f"| `{name}` | {share:.0%} |" in text, name


def test_a_person_may_believe_the_newest_scan_of_every_frame_that_is_in_doubt(db: Database) -> None:
    night(db, 0, *every())
    suspicion.believe_newest(db, (Reason("believed_by", reason="nothing is in doubt"),))
    assert row(db, "SELECT COUNT(*) AS n FROM scan WHERE believed != ''") == {"n": 0}
    scan = night(db, 1, *every((A, 30)))
    assert suspicion.doubted(db, frame="2019") == scan
    suspicion.believe_newest(db, (Reason("believed_by", reason="looked"),))
    assert suspicion.doubted(db, frame="2019") is None
    (believed,) = db.execute("SELECT believed FROM scan WHERE id = ?", [scan]).fetchone()
    assert from_json(believed)[-1] == Reason("believed_by", reason="looked")
