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
from prober.domain.search_protocol import (
    Carried,
    LookEntry,
    LookMark,
    OpenedAddress,
    Outcome,
    ProtocolRecord,
    ProtocolStep,
    StepRecord,
)
from prober.domain.verdicts import Verdict
from prober.domain.visit import EvidenceRecord, PageRecord, VisitResult
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


def visit(value: str = "a@x.gov.test", version: str = "1", failure: Failure | None = None) -> VisitResult:
    url = "http://x.gov.test/"
    page = PageRecord(url, 200, None, "X", NOW, False, 10, "ab" * 32, "home")
    finding = Finding(Kind.EMAIL, "agency_role", value, State.FOUND, 0, 0.9, "Email", "", url, "emails", version)
    proof = EvidenceRecord("ab" * 32, "warc", "text/html", 10, "warc/scan-00001.warc.gz", 512, url)
    verdict = Verdict(Kind.EMAIL, State.FOUND, 0, (Reason("official_address", category=finding.category),), finding)
    thread = {
        "url": url, "key": "k1", "asked_on": "2020-01-01", "answered_on": None, "answered": 0, "unit": "",
        "topic": "other", "page": url,
    }  # fmt: skip
    return VisitResult(
        "2019-x", "partial" if failure else "seen", failure, (), url, "generic", 3, 10, 0.5, NOW, NOW, (page,),
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
    assert joined == ("ab" * 32, "found")


def test_a_record_that_met_the_same_is_stored_once(db: Database) -> None:
    url, step = "http://x.gov.test/hoi-dap", ProtocolStep.USUAL_PATHS
    missing = OpenedAddress(step, url, Outcome.MISSING, "Hỏi đáp", (Kind.QA, Kind.BUDGET), status=404)
    one = ProtocolRecord((StepRecord(step, Carried.NOT_DONE, (Reason("budget"),)),), (missing,))
    other = replace(one, addresses=(replace(missing, status=410),))
    for number, record in enumerate((one, one, ProtocolRecord(), other, one)):
        save_visit(db, begin(db, delay=number).id, replace(visit(), record=record))
    assert db.execute("SELECT search_record FROM visit ORDER BY scan").fetchall() == [(1,), (1,), (None,), (2,), (1,)]
    held = db.execute(
        "SELECT record, position, step, outcome, words, kinds, status, reason FROM search_step"
    ).fetchall()
    assert held == [
        (1, 0, "usual_paths", "not_done", "", "", 0, '[{"code":"budget"}]'),
        (1, 1, "usual_paths", "missing", "Hỏi đáp", '["qa", "budget"]', 404, ""),
        (2, 0, "usual_paths", "not_done", "", "", 0, '[{"code":"budget"}]'),
        (2, 1, "usual_paths", "missing", "Hỏi đáp", '["qa", "budget"]', 410, ""),
    ]
    assert db.execute("SELECT first_scan FROM search_record ORDER BY id").fetchall() == [(1,), (4,)]


def test_the_look_list_is_that_of_the_newest_visit_that_saw_the_site(db: Database) -> None:
    free = LookEntry(LookMark.FREE_MAIL, "http://x.gov.test/", "Hộp thư: x@gmail.test", (Kind.EMAIL,))
    script = LookEntry(LookMark.SCRIPT_ONLY, "http://x.gov.test/")
    for number, (looks, outcome) in enumerate((((free, script), "seen"), ((script,), "partial"), ((), "unreachable"))):
        save_visit(db, begin(db, delay=number).id, replace(visit(), looks=looks, outcome=outcome))
        held = db.execute("SELECT visit, position, mark, words, kinds FROM look_list ORDER BY position").fetchall()
        both = [(1, 0, "free_mail", "Hộp thư: x@gmail.test", '["email"]'), (1, 1, "script_only", "", "")]
        assert held == ([(2, 0, "script_only", "", "")] if number else both)


def spans(db: Database, table: str) -> list[tuple[int, int]]:
    """The visits from which and to which each row of a table stands, in their order."""
    rows: list[tuple[int, int]] = db.execute(f"SELECT visit, last_visit FROM [{table}] ORDER BY id").fetchall()
    return rows


def test_what_did_not_change_is_one_row_for_all_its_visits(db: Database) -> None:
    """Other words, another page under the same words, a gap: each begins a new row; every scan still has its rows."""
    page = visit().pages[0]
    other = replace(page, sha256="cd" * 32, fetched_at=NOW + timedelta(days=4))
    reworded = replace(visit().findings[0], snippet="Thư điện tử")
    told = [
        visit(), replace(visit(), pages=(replace(page, fetched_at=NOW + timedelta(days=1)),)),
        replace(visit(), findings=(reworded,), verdicts=()),
        replace(visit(), pages=(other,), findings=(reworded,), verdicts=()),
        replace(visit(), pages=(), findings=(), verdicts=(), evidence=(), threads=()),
        replace(visit(), pages=(other,), findings=(reworded,), verdicts=()),
    ]  # fmt: skip
    for number, result in enumerate(told):
        save_visit(db, begin(db, delay=number).id, result)
    assert spans(db, "page") == [(1, 3), (4, 4), (6, 6)]
    assert spans(db, "observation") == [(1, 2), (3, 3), (4, 4), (6, 6)]
    for table in ("scan_page", "scan_observation"):
        assert db.execute(f"SELECT scan FROM {table} ORDER BY scan").fetchall() == [(1,), (2,), (3,), (4,), (6,)]
    proofs = db.execute("SELECT observation FROM verdict ORDER BY scan").fetchall()
    assert proofs == [(1,), (1,)]
    first, *_ = db.execute("SELECT fetched_at, last_fetched_at FROM page ORDER BY id").fetchall()
    assert first == (NOW.isoformat(), NOW.isoformat())  # the third visit was told with the time of the first
    at = dict(db.execute("SELECT scan, fetched_at FROM scan_page"))
    assert at[1] == NOW.isoformat() and at[4] == (NOW + timedelta(days=4)).isoformat()


def test_a_visit_of_a_resumed_scan_does_not_come_into_the_rows_of_a_later_one(db: Database) -> None:
    """Scan 1 is resumed after scan 2: what its visit did not see is not said of it by a row of scans 2 and 3."""
    old, new = begin(db), begin(db, delay=2.0)
    save_visit(db, new.id, visit())
    save_visit(db, old.id, visit("b@x.gov.test"))
    last = begin(db, delay=3.0)
    save_visit(db, last.id, visit())
    sql = "SELECT f.value FROM scan_observation o JOIN finding f ON f.id = o.finding WHERE o.scan = ?"
    seen = {scan: [value for (value,) in db.execute(sql, [scan])] for scan in (old.id, new.id, last.id)}
    assert seen == {old.id: ["b@x.gov.test"], new.id: ["a@x.gov.test"], last.id: ["a@x.gov.test"]}


def test_the_page_of_one_question_goes_on_without_its_title(db: Database) -> None:
    page = replace(visit().pages[0], url=QUESTION, title="Ông Nguyễn Văn An hỏi")
    result = replace(visit(), pages=(*visit().pages, page), threads=(thread("a", QUESTION, QUESTION),))
    for number in range(3):
        save_visit(db, begin(db, delay=number).id, result)
    assert spans(db, "page") == [(1, 3), (1, 3)]
    assert db.execute("SELECT COUNT(*) FROM page WHERE title LIKE 'Ông%'").fetchone() == (0,)


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
        (visit(), visit("b@x.gov.test"), {("appeared", "site"), ("vanished", "second_look")}),
        (visit(), visit("b@x.gov.test", version="2"), {("appeared", "detector"), ("vanished", "detector")}),
        (
            visit(),
            visit("b@x.gov.test", failure=Failure.TIMEOUT),
            {("appeared", "site"), ("vanished", "reachability")},
        ),
        (
            visit(failure=Failure.BUDGET),
            visit("b@x.gov.test"),
            {("appeared", "reachability"), ("vanished", "second_look")},
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


def test_another_detector_of_the_kind_with_another_version_explains_nothing(db: Database) -> None:
    """A second detector found something in one scan alone: the version that both scans know has not changed."""
    then, now = visit(), visit("b@x.gov.test")
    beside = replace(then.findings[0], value="c@x.gov.test", detector="doubts", version="9")
    for number, result in enumerate((replace(then, findings=(*then.findings, beside)), now)):
        scan = begin(db, delay=number)
        save_visit(db, scan.id, result)
        finish_scan(db, scan.id, NOW)
    assert {cause for (cause,) in db.execute("SELECT cause FROM change")} == {"site", "second_look"}


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
