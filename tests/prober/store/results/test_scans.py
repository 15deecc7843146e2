"""Scans in results.db: resumed only under the same settings, stored visit by visit, compared with the one before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from prober.domain.agency import Agency
from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import Kind
from prober.domain.question_history import ReadList
from prober.domain.reason import Reason
from prober.domain.search_record import Outcome, Part, SearchRecord, SearchStep
from prober.domain.visit import Coverage, EvidenceRecord, PageRecord, Verdict, VisitResult
from prober.store import Database, open_results
from prober.store.results.registry import sync
from prober.store.results.scans import (
    Scan,
    finish_scan,
    finished_agencies,
    interrupt_scan,
    known_evidence,
    save_visit,
    start_or_resume_scan,
    summary,
)
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
WHOLE = Coverage(menu=True, footer=True, sitemap=True, slugs=True, search=True)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_results(tmp_path / "results.db")
    sync(db, [Agency("x", "2019", "portal", "X", "X", "x", "X", "X", "http://x.gov.test/")], (), "sandbox")
    yield db
    db.close()


def begin(db: Database, delay: float = 1.0) -> Scan:
    return start_or_resume_scan(
        db, world="sandbox", frame="2019", kinds=["portal"], agencies=1, version="1", user_agent="prober/1",
        settings={"delay": delay}, now=NOW,
    )  # fmt: skip


def visit(value: str = "a@x.gov.test", version: str = "1", coverage: Coverage = WHOLE) -> VisitResult:
    url = "http://x.gov.test/"
    page = PageRecord(url, 200, None, "X", NOW, False, 10, "ab" * 32, "home")
    finding = Finding(Kind.EMAIL, "agency_role", value, State.PRESENT, 0, 0.9, "Email", "", url, "emails", version)
    proof = EvidenceRecord("ab" * 32, "warc", "text/html", 10, "warc/scan-00001.warc.gz", 512, url)
    verdict = Verdict(Kind.EMAIL, State.PRESENT, 0, (Reason("official_address", category=finding.category),), finding)
    thread = {
        "url": url, "key": "k1", "asked_on": "2020-01-01", "answered_on": None, "answered": 0, "unit": "",
        "topic": "other", "page": url,
    }  # fmt: skip
    return VisitResult(
        "2019-x", "seen" if coverage.complete else "partial", coverage, url, "generic", 3, 10, 0.5, NOW, NOW, (page,),
        (finding,), (verdict,), (proof,), (thread,),
    )  # fmt: skip


def test_an_unfinished_scan_is_resumed_under_the_same_settings_only(db: Database) -> None:
    first = begin(db)
    assert not first.resumed
    save_visit(db, first.id, visit())
    again = begin(db)
    assert (again.id, again.resumed, again.warc_end) == (first.id, True, 512)
    assert finished_agencies(db, again.id) == {"2019-x"}
    other = begin(db, delay=2.0)
    assert not other.resumed and other.id != first.id
    assert db.execute("SELECT status FROM scan WHERE id = ?", [first.id]).fetchone() == ("interrupted",)
    finish_scan(db, other.id, NOW)
    assert begin(db, delay=2.0).id not in (first.id, other.id)
    interrupt_scan(db, first.id)
    assert begin(db).id == first.id


def test_a_visit_is_stored_wholly_or_not_at_all(db: Database) -> None:
    scan = begin(db)
    broken = replace(visit(), threads=({"key": "k", "page": "http://nowhere/"},))
    with pytest.raises(KeyError):
        save_visit(db, scan.id, broken)
    for table in ("visit", "page", "finding", "observation", "verdict", "evidence", "qa_thread"):
        assert db.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone() == (0,), table
    save_visit(db, scan.id, visit())
    for table in ("visit", "page", "finding", "observation", "verdict", "evidence", "qa_thread"):
        assert db.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone() == (1,), table
    assert known_evidence(db, "ab" * 32) and not known_evidence(db, "cd" * 32)
    joined = db.execute("SELECT o.warc, v.state FROM verdict v JOIN observation o ON o.id = v.observation").fetchone()
    assert joined == ("ab" * 32, "present")


def test_a_search_that_met_the_same_is_stored_once(db: Database) -> None:
    url = "http://x.gov.test/hoi-dap"
    missing = SearchStep(Part.USUAL_PATH, url, Outcome.MISSING, (Kind.QA, Kind.BUDGET), status=404)
    searches = [(missing,), (missing,), (), (replace(missing, status=410),), (missing,)]
    for number, steps in enumerate(searches):
        save_visit(db, begin(db, delay=number).id, replace(visit(), search=SearchRecord(steps)))
    assert db.execute("SELECT search_record FROM visit ORDER BY scan").fetchall() == [(1,), (1,), (None,), (2,), (1,)]
    held = db.execute("SELECT record, kinds, outcome, status, failure FROM search_step").fetchall()
    assert held == [(1, '["qa", "budget"]', "missing", 404, None), (2, '["qa", "budget"]', "missing", 410, None)]
    assert db.execute("SELECT first_scan FROM search_record ORDER BY id").fetchall() == [(1,), (4,)]


QUESTION, LIST = "https://x.gov.test/hoi-dap/7", "https://x.gov.test/hoi-dap"


def thread(key: str, url: str, page: str) -> dict[str, object]:
    return {"key": key, "url": url, "page": page, "answered": 1}


@pytest.mark.parametrize(
    ("threads", "kept"),
    [
        ([thread("a", QUESTION, QUESTION)], {LIST}),
        ([thread("a", QUESTION, LIST), thread("b", f"{QUESTION}0", LIST)], {LIST}),  # known from the list's links
        ([thread("a", LIST, LIST), thread("b", LIST, LIST)], {LIST, QUESTION}),
        ([], {LIST, QUESTION}),
    ],
    ids=["read there", "linked from a list", "a list of two", "no question"],
)
def test_the_page_of_one_question_keeps_no_title(
    db: Database, threads: list[dict[str, object]], kept: set[str]
) -> None:
    pages = tuple(replace(visit().pages[0], url=url, title="Ông Nguyễn Văn An hỏi") for url in (QUESTION, LIST))
    result = replace(visit(), pages=(*visit().pages, *pages), threads=tuple(threads))
    save_visit(db, begin(db).id, result)
    assert {url for (url,) in db.execute("SELECT url FROM page WHERE title LIKE 'Ông%'")} == kept


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (visit(), visit(), set()),
        (visit(), visit("b@x.gov.test"), {("appeared", "site"), ("vanished", "unconfirmed")}),
        (visit(), visit("b@x.gov.test", version="2"), {("appeared", "detector"), ("vanished", "detector")}),
        (
            visit(),
            visit("b@x.gov.test", coverage=replace(WHOLE, failure=Failure.TIMEOUT)),
            {("appeared", "site"), ("vanished", "reachability")},
        ),
        (
            visit(coverage=replace(WHOLE, menu=False)),
            visit("b@x.gov.test"),
            {("appeared", "reachability"), ("vanished", "unconfirmed")},
        ),
    ],
    ids=["nothing", "site", "detector", "not seen now", "not seen then"],
)
def test_changes_between_two_scans(db: Database, then: VisitResult, now: VisitResult, expected: set) -> None:
    for number, result in enumerate((then, now)):
        scan = begin(db, delay=number)
        save_visit(db, scan.id, result)
        finish_scan(db, scan.id, NOW)
    assert set(db.execute("SELECT what, cause FROM change").fetchall()) == expected
    assert summary(db, scan.id)["changes"] == len(expected)
    before = db.execute("SELECT COUNT(*) FROM change").fetchone()
    finish_scan(db, scan.id, NOW)
    assert db.execute("SELECT COUNT(*) FROM change").fetchone() == before


def test_a_question_keeps_what_earlier_nights_saw_of_it(db: Database) -> None:
    scan = begin(db)
    url = "http://x.gov.test/hoi-dap"
    first = visit()
    row = {**first.threads[0], "unit": "Phòng Ngân sách"}
    answered = {**row, "answered": 1, "answered_on": "2020-01-09"}
    bare = {**row, "asked_on": None, "unit": ""}
    for night, (seen, keys) in enumerate([(row, ("k1", "k2")), (answered, ("k1", "k2")), (bare, ("k1",))]):
        at = NOW + timedelta(days=night)
        others = tuple({**row, "key": key} for key in keys if key != "k1")
        read = ReadList(url, keys, frozenset(), frozenset(["k1"] if seen["answered"] else []), whole=True)
        save_visit(db, scan.id, replace(first, threads=(seen, *others), archive_list=read, started_at=at))
        finish_scan(db, scan.id, at)
        scan = begin(db, delay=night + 2.0)
    stored = {row["key"]: row for row in db.query("SELECT * FROM qa_thread")}
    kept = stored["k1"]
    assert (kept["asked_on"], kept["answered"], kept["answered_on"], kept["unit"]) == (
        "2020-01-01", 1, "2020-01-09", "Phòng Ngân sách"
    )  # fmt: skip
    assert kept["first_seen_at"] == NOW.isoformat()
    assert kept["answer_seen_at"] == (NOW + timedelta(days=1)).isoformat()
    assert (stored["k2"]["state"], stored["k2"]["missing_since"]) == ("missing", (NOW + timedelta(days=2)).isoformat())
    waits = {row["thread"]: row for row in db.query("SELECT * FROM question_waits")}
    assert waits[kept["id"]]["days"] == 8
    assert waits[stored["k2"]["id"]]["watched_days"] == 104  # from the printed day to the night that saw it last
