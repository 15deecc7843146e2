"""What is believed of a night: the last known stays in use for a while, and what is suspected never replaces it."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import Kind
from prober.domain.reason import TEXT, Reason, Reasons
from prober.domain.verdicts import Verdict
from prober.domain.visit import Floor, PageRecord, VisitResult, floors, shortfall
from prober.reporting.words.reasons import said, stored
from prober.store import Database, open_results
from prober.store.reading import campaign_pairs
from prober.store.results.registry import sync
from prober.store.results.scans import finish_scan, save_visit, start_or_resume_scan
from tests.pobi import HANOI, agencies

FIRST = datetime(2020, 4, 13, 1, tzinfo=HANOI)
NOTHING = (Reason(TEXT, text="nothing within 20 s"),)
PORTALS = agencies("2019", "portal")
CA_MAU = next(agency for agency in PORTALS if agency.slug == "ca-mau")


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


def night(db: Database, day: int, *visits: VisitResult) -> int:
    """One scan, `day` days after the first, wholly stored."""
    now = FIRST + timedelta(days=day)
    scan = start_or_resume_scan(
        db, world="sandbox", frame="2019", kinds=["portal"], agencies=len(visits), version="1", user_agent="prober/1",
        settings={"night": day}, now=now,
    )  # fmt: skip
    for visit in visits:
        save_visit(db, scan.id, replace(visit, started_at=now, finished_at=now))
    finish_scan(db, scan.id, now)
    return scan.id


def below(name: str, found: int, least: int) -> Reasons:
    return (Reason("below_floor", name=name, seen=found, least=least),)


SHORT = below("emails", 0, 1)


def seen(
    agency: str = "2019-ca-mau", email: State = State.FOUND, suspect: Reasons = (), version: str = "1"
) -> VisitResult:
    """A visit that saw all: one official address, or none."""
    url = f"http://{agency}.gov.test/"
    page = PageRecord(url, 200, None, "Trang chủ", FIRST, False, 10, "ab" * 32, "home")
    finding = Finding(
        Kind.EMAIL, "agency_role", f"a@{agency}.gov.test", State.FOUND, 0, 0.9, "Email", "", url, "emails", version
    )
    shown = (finding,) if email == State.FOUND else ()
    verdict = Verdict(Kind.EMAIL, email, 0, (), finding if shown else None)
    return VisitResult(
        agency, "seen", None, (), url, "generic", 3, 10, 0.5, FIRST, FIRST, (page,), shown, (verdict,), suspect=suspect
    )


def dead(agency: str = "2019-ca-mau") -> VisitResult:
    verdict = Verdict(Kind.EMAIL, State.NOT_SEEN, 0, (Reason(Failure.TIMEOUT.value, detail=NOTHING),))
    return VisitResult(
        agency, "unreachable", Failure.TIMEOUT, NOTHING, "", "", 3, 0, 20.0, FIRST, FIRST, verdicts=(verdict,)
    )


def row(db: Database, sql: str, *values: Any) -> dict[str, Any]:
    (found,) = db.query(sql, values)
    return dict(found)


def shown(db: Database) -> tuple[Any, ...]:
    """What a reader of `participation` sees of Cà Mau: verdict, address, stale, age, and tonight's outcome."""
    found = row(db, "SELECT * FROM participation WHERE province = 'ca-mau'")
    return tuple(found[name] for name in ("has_email", "contact_email", "stale", "age_days", "portal_seen"))


ADDRESS = "a@2019-ca-mau.gov.test"
NIGHTS: dict[str, tuple[list[tuple[int, VisitResult]], tuple[Any, ...]]] = {
    "seen": ([(0, seen())], ("found", ADDRESS, 0, 0, "seen")),
    "dead tonight": ([(0, seen()), (1, dead())], ("found", ADDRESS, 1, 1, "unreachable")),
    "dead for thirty days": ([(0, seen()), (12, dead()), (30, dead())], ("found", ADDRESS, 1, 30, "unreachable")),
    "dead for longer": ([(0, seen()), (31, dead())], ("not_seen", None, 0, None, "unreachable")),
    "back again": ([(0, seen()), (1, dead()), (2, seen())], ("found", ADDRESS, 0, 0, "seen")),
    "gone at one look": ([(0, seen()), (1, seen(email=State.NOT_FOUND))], ("found", ADDRESS, 1, 1, "seen")),
    "gone at a second look": (
        [(0, seen()), (1, seen(email=State.NOT_FOUND)), (2, seen(email=State.NOT_FOUND))],
        ("not_found", None, 0, 0, "seen"),
    ),
    "absent, then dead": ([(0, seen(email=State.NOT_FOUND)), (3, dead())], ("not_found", None, 1, 3, "unreachable")),
    "never seen": ([(0, dead()), (1, dead())], ("not_seen", None, 0, None, "unreachable")),
    "suspect": (
        [(0, seen()), (1, seen(email=State.NOT_FOUND, suspect=SHORT))],
        ("found", ADDRESS, 1, 1, "seen"),
    ),
    "suspect from the first": ([(0, seen(suspect=SHORT))], ("not_seen", None, 0, None, "seen")),
    "suspect for longer": (
        [(0, seen()), (40, seen(email=State.NOT_FOUND, suspect=SHORT))],
        ("not_seen", None, 0, None, "seen"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("nights", "expected"), NIGHTS.values(), ids=NIGHTS)
def test_the_last_known_is_kept_for_thirty_days(
    db: Database, nights: list[tuple[int, VisitResult]], expected: tuple[Any, ...]
) -> None:
    for day, visit in nights:
        night(db, day, visit)
    assert shown(db) == expected
    counted = row(db, "SELECT k, not_seen FROM headline WHERE indicator = 'email'")
    assert counted == {"k": int(expected[0] == "found"), "not_seen": 62 + (expected[0] == "not_seen")}


def test_a_crawl_of_others_ages_nothing(db: Database) -> None:
    night(db, 0, seen(), seen("2019-dong-thap"))
    night(db, 90, seen("2019-dong-thap"))
    assert shown(db) == ("found", ADDRESS, 0, 0, "seen")


def test_what_is_kept_or_not_believed_is_said_with_its_reason(db: Database) -> None:
    night(db, 0, seen(), seen("2019-dong-thap", suspect=below("emails", 1, 2)))
    night(db, 5, dead())
    visited = {row["agency"]: row for row in db.query("SELECT * FROM not_seen")}
    of = visited["2019-ca-mau"]
    assert (of["kept"], of["seen_at"], of["age_days"]) == ("email", FIRST.isoformat(), 5)
    assert stored(visited["2019-dong-thap"]["suspect"]).en == "emails 1, expected 2 or more"
    gap = row(db, "SELECT agency, reason, suspect FROM not_seen WHERE not_seen != ''")
    assert (
        gap["agency"] == "2019-dong-thap" and stored(gap["reason"]).en == f"not believed: {stored(gap['suspect']).en}"
    )
    proof = row(db, "SELECT state, value, stale, age_days FROM proof WHERE agency = '2019-ca-mau'")
    assert proof == {"state": "found", "value": ADDRESS, "stale": 1, "age_days": 5}


def test_an_age_counts_nights_also_where_the_later_one_began_a_little_earlier(db: Database) -> None:
    night(db, 0, seen())
    night(db, 3 - 1 / 72, dead())  # twenty minutes
    assert shown(db) == ("found", ADDRESS, 1, 3, "unreachable")


def test_what_is_too_old_to_be_used_still_says_when_it_was_known(db: Database) -> None:
    night(db, 0, seen())
    night(db, 41, dead())
    gap = row(db, "SELECT last_seen_at AS seen_at, last_seen_days AS age_days, reason FROM not_seen")
    assert (gap["seen_at"], gap["age_days"]) == (FIRST.isoformat(), 41)
    assert stored(gap["reason"]).en.startswith("last known 41 days before, too long ago")


def test_waves_of_scans_compare_nothing_that_is_not_believed(db: Database) -> None:
    short = seen("2019-dong-thap", State.NOT_FOUND, SHORT)
    scan = night(db, 0, seen(), short)
    assert campaign_pairs.seen(db, scan, "email") == {"2019-ca-mau": "found", "2019-dong-thap": "not_seen"}
    db.execute("UPDATE scan SET suspect = 'email changed on 16 of 63 sites in one night'")
    assert set(campaign_pairs.seen(db, scan, "email").values()) == {"not_seen"}


def test_floors_are_read_or_refused() -> None:
    assert floors("") == ()
    assert floors(" emails >= 1;qa_level>=4 ; ") == (Floor("emails", 1), Floor("qa_level", 4))
    for text in ("emails>1", "beds>=1", "emails>=-1", "emails", "emails>=1;emails>=2"):
        with pytest.raises(ValueError, match="floor"):
            floors(text)


@pytest.mark.parametrize(
    ("expected", "visit", "words"),
    [
        ("emails>=1;pages>=1", seen(), ""),
        ("emails>=2", seen(), "emails 1, expected 2 or more"),
        (
            "emails>=1;questions>=20",
            seen(email=State.NOT_FOUND),
            "emails 0, expected 1 or more; questions 0, expected 20",
        ),
        ("emails>=1", dead(), ""),
        ("", seen(email=State.NOT_FOUND), ""),
    ],
)
def test_a_visit_below_its_floors(expected: str, visit: VisitResult, words: str) -> None:
    found = shortfall(floors(expected), visit)
    assert said(found).en.startswith(words) and bool(found) == bool(words)
