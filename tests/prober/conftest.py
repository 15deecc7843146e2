"""A results.db of known content: 63 provinces of the 2019 frame, written row by row, without crawl or mail."""

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from prober.domain.agency import Agency
from prober.domain.reason import TEXT, Reason, to_json
from prober.domain.search_protocol import Carried, OpenedAddress, ProtocolRecord, ProtocolStep, StepRecord
from prober.store import open_results
from prober.store.results.registry import sync
from prober.store.schema import full_text
from prober.store.schema.results_tables import RESULTS_TABLES
from tests.pobi import HANOI, POBI, agencies

CAMPAIGN = "pobi-2019"
SCANNED = datetime(2020, 4, 13, 20, 0, tzinfo=HANOI)
SENT = datetime(2020, 4, 14, 8, 30, tzinfo=HANOI)
WAITED = datetime(2020, 5, 29, 0, 0, tzinfo=HANOI)  # 28 May is the 30th working day: 30 April and 1 May are free
CLOSED = datetime(2020, 5, 29, 17, 0, tzinfo=HANOI)

# What finance departments do, by place in the list: (outcome, hours to the first message, working days, reminded).
OUTCOMES: tuple[tuple[str, float | None, int, bool], ...] = (
    ("F1", 26.5, 1, False), ("F1", 151.25, 5, False), ("P1", 74.0, 3, False), ("L1", 3.5, 0, False),
    ("L1", 411.0, 11, True), ("F1", 606.75, 15, True), ("P1", 222.5, 7, False), ("F1", 98.0, 4, False),
    ("R1", 120.0, 5, False), ("Q1", 49.75, 2, False), ("Q1", 77.0, 3, False), ("T2", 30.5, 1, False),
    ("A2", 5.25, 0, False), ("A1", 0.02, 0, False), ("A1", 0.05, 0, False), ("N0", 0.1, 0, False),
    ("N0", 0.3, 0, False), ("X1", 144.0, 6, False),
)  # fmt: skip
BLOCKED = {"hoa-binh": "challenge", "bac-lieu": "dns"}


REASONS = {(table.name, column.name) for table in RESULTS_TABLES for column in table.columns if column.reasons}


def told(words: str) -> str:
    """What a column of reasons holds of `words`; reasons stay as they are."""
    return words if not words or words.startswith('[{"code"') else to_json([Reason(TEXT, text=words)])


class Survey:
    """Writes rows with sensible defaults; every test says only what it is about."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db: Database = open_results(path)
        self._pages = 0

    def registry(self, rows: list[Agency]) -> None:
        sync(self.db, rows, POBI.successions, "sandbox")

    def scan(self, frame: str = "2019", at: datetime = SCANNED, status: str = "complete") -> int:
        row = {
            "world": "sandbox", "frame": frame, "kinds": "portal,finance", "status": status, "started_at": _iso(at),
            "finished_at": _iso(at + timedelta(minutes=2)), "agencies": 1, "version": "0.1.0",
            "user_agent": "prober/0.1 (research@prober.test)", "settings": '{"delay": 0.5}',
        }  # fmt: skip
        return self._insert("scan", row)

    def visit(self, scan: int, agency: str, **values: Any) -> int:
        ((at,),) = self.db.execute("SELECT started_at FROM scan WHERE id = ?", [scan])
        row = {
            "scan": scan, "agency": agency, "outcome": "seen", "requests": 18, "pages": 12,
            "started_at": at, "finished_at": at, "technology": "liferay",
        }  # fmt: skip
        held = self.db.execute("SELECT id FROM visit WHERE scan = ? AND agency = ?", [scan, agency]).fetchone()
        if held:  # by what was observed before
            self.db.table("visit").update(held[0], row | values)
            return int(held[0])
        return self._insert("visit", row | values)

    def visit_of(self, scan: int, agency: str) -> int:
        """The visit to an agency in a scan, made where there is none yet."""
        held = self.db.execute("SELECT id FROM visit WHERE scan = ? AND agency = ?", [scan, agency]).fetchone()
        return int(held[0]) if held else self.visit(scan, agency)

    def verdict(self, scan: int, agency: str, kind: str, state: str, **values: Any) -> int:
        row = {
            "scan": scan, "agency": agency, "kind": kind, "state": state, "reason": f"rule of {kind}",
        }  # fmt: skip
        return self._insert("verdict", row | values)

    def decision(self, agency: str, kind: str, answer: str, proposed: str, **values: Any) -> int:
        """What a person said of the site of an agency, a day after the scan."""
        at = SCANNED + timedelta(days=1)
        row = {
            "subject": agency, "question": kind, "answer": answer, "coder": "ntq", "role": "first",
            "proposed": proposed, "decided_at": _iso(at), "holds_until": _iso(at + timedelta(days=90)),
        }  # fmt: skip
        return self._insert("decision", row | values)

    def search(self, scan: int, agency: str, *opened: OpenedAddress, steps: Sequence[StepRecord] = ()) -> None:
        """The record of a visit, which must be there; a step that asked for an address was done."""
        done = dict.fromkeys(address.step for address in opened)
        told = {step: StepRecord(step, Carried.DONE) for step in done} | {step.step: step for step in steps}
        kept = ProtocolRecord(tuple(told[step] for step in ProtocolStep if step in told), opened)
        record = self._insert("search_record", {"agency": agency, "sha256": kept.sha256, "first_scan": scan})
        self.db.table("search_step").insert_all(
            {"record": record, "position": position, **row} for position, row in enumerate(kept.rows())
        )
        self.db.execute("UPDATE visit SET search_record = ? WHERE scan = ? AND agency = ?", [record, scan, agency])

    def observe(self, scan: int, agency: str, kind: str, category: str, value: str, **values: Any) -> int:
        """A page, a finding and an observation of it; returns the observation."""
        self._pages += 1
        url = values.pop("url", f"https://{agency}.gov.test/trang-{self._pages}")
        title = values.pop("title", "Hỏi đáp")
        visit = self.visit_of(scan, agency)
        page = self._insert("page", {
            "visit": visit, "last_visit": visit, "agency": agency, "url": url, "status": 200, "bytes": 48_000,
            "fetched_at": _iso(SCANNED), "last_fetched_at": _iso(SCANNED), "title": title,
            "sha256": f"{self._pages:064x}",
        })  # fmt: skip
        thing = {"agency": agency, "kind": kind, "category": category, "value": value}
        where = " AND ".join(f"{column} = :{column}" for column in thing)
        seen = list(self.db.query(f"SELECT id FROM finding WHERE {where}", thing))
        finding = seen[0]["id"] if seen else self._insert("finding", thing | {"first_scan": scan, "last_scan": scan})
        row = {
            "finding": finding, "visit": visit, "last_visit": visit, "page": page, "state": "found", "level": 0,
            "confidence": 0.9, "snippet": f"Thư điện tử: {value}", "selector": "footer > p",
            "detector": kind, "version": "1",
        }  # fmt: skip
        return self._insert("observation", row | values)

    def campaign(self, name: str = CAMPAIGN, **values: Any) -> str:
        row = {
            "id": name, "title": "POBI 2019", "world": "sandbox", "frame": "2019", "kind": "finance",
            "status": "closed", "regime": "ATI-2016", "protocol_sha256": "0" * 64, "created_at": _iso(SCANNED),
            "closed_at": _iso(CLOSED), "approved_by": "Người duyệt", "approved_at": _iso(SCANNED),
            "waiting_working_days": 30, "reminder_working_days": 10, "seed": 2019,
        }  # fmt: skip
        self.db.table("campaign").insert(row | values)
        return name

    def request(self, agency: str, campaign: str = CAMPAIGN, **values: Any) -> int:
        row = {
            "campaign": campaign, "agency": agency, "position": 1, "to_address": f"stc@{agency}.gov.test",
            "state": "accepted", "accepted_at": _iso(SENT), "legally_valid": 0,
            "legal_reasons": "tổ chức đứng tên", "outcome": "silence", "waiting_ends_at": _iso(WAITED),
        }  # fmt: skip
        return self._insert("request", row | values)

    def reply(self, request: int, event: str, hours: float, working_days: int, **values: Any) -> int:
        substantive = event in ("F1", "P1", "L1")
        row = {
            "request": request, "message_sha256": f"{request:032x}{event.encode().hex():0>32}",
            "received_at": _iso(SENT + timedelta(hours=hours)), "event": event, "rule": f"rule-{event}",
            "words": "gửi kèm", "human": int(event not in ("A1", "N0")), "substantive": int(substantive),
            "match_reason": "token", "match_score": 1.0, "sender_class": "agency", "hours": hours,
            "working_days": working_days, "after_reminder": 0, "inside_window": 1, "attachments": int(substantive),
        }  # fmt: skip
        return self._insert("reply", row | values)

    def run(self, command: str = "demo", **values: Any) -> int:
        row = {
            "command": command, "world": "sandbox", "started_at": _iso(SCANNED), "finished_at": _iso(CLOSED),
            "status": "done", "version": "0.1.0", "summary": '{"agencies": 126}',
        }  # fmt: skip
        return self._insert("run", row | values)

    def _insert(self, table: str, row: dict[str, Any]) -> int:
        row = {name: told(value) if (table, name) in REASONS else value for name, value in row.items()}
        key = self.db.table(table).insert(row).last_pk
        assert isinstance(key, int)
        return key


@pytest.fixture
def survey(empty_databases: Path, tmp_path: Path) -> Survey:
    """An empty results.db with a writer of rows."""
    shutil.copy(empty_databases / "results.db", tmp_path)
    return Survey(tmp_path / "results.db")


@pytest.fixture(scope="session")
def pobi_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """63 provinces: 61 with a Q&A section and an email, two unseen; 63 asked, 8 answered. Read only."""
    survey = Survey(tmp_path_factory.mktemp("pobi") / "results.db")
    fill(survey)
    survey.db.close()
    return survey.path


@pytest.fixture
def filled() -> Callable[[Survey], None]:
    """Fills an empty survey as `pobi_db`."""
    return fill


def fill(survey: Survey) -> None:
    registry = list(agencies("2019"))
    named = (POBI.terms, POBI.other_surveys, POBI.references)
    sync(survey.db, POBI.agencies, POBI.successions, "sandbox", *named)  # as a crawl finds them
    with survey.db.atomic():
        scan = survey.scan()
        for agency in registry:
            if agency.kind == "portal":
                _portal(survey, scan, agency)
        survey.campaign()
        finance = [agency for agency in registry if agency.kind == "finance"]
        for place, agency in enumerate(finance):
            _finance(survey, agency, place * 25 % 63)
        survey.run()
        full_text.refresh(survey.db)


def _portal(survey: Survey, scan: int, agency: Agency) -> None:
    failure = BLOCKED.get(agency.slug)
    if failure:
        detail = {"challenge": "trang xác minh trình duyệt", "dns": "tên miền không phân giải được"}[failure]
        outcome = "unreachable" if failure == "dns" else "partial"
        survey.visit(scan, agency.id, outcome=outcome, failure=failure, failure_detail=detail)
        for kind in ("qa", "email", "social", "access", "web_form"):
            survey.verdict(scan, agency.id, kind, "not_seen", reason=to_json([Reason(failure, detail=detail)]))
        return
    survey.visit(scan, agency.id, final_url=agency.url, bytes=480_000, seconds=7.5)
    host = agency.url.removeprefix("https://").replace(".vn", ".test")
    level = 2 + len(agency.slug) % 4
    qa = survey.observe(
        scan, agency.id, "qa", "general", f"https://{host}/hoi-dap", level=level, url=f"https://{host}/hoi-dap",
        snippet="Hỏi đáp – Công dân hỏi, cơ quan trả lời. Mời ông/bà gửi câu hỏi về ngân sách của tỉnh tại đây.",
    )  # fmt: skip
    survey.verdict(scan, agency.id, "qa", "found", level=level, observation=qa, reason=f"level {level}")
    email = survey.observe(
        scan, agency.id, "email", "portal_editor", f"banbientap@{host}", url=f"https://{host}/lien-he"
    )
    survey.verdict(scan, agency.id, "email", "found", observation=email, reason="official address in the footer")
    social = {
        "ca-mau": ("facebook", "youtube"),
        "dong-thap": ("facebook", "zalo", "youtube"),
        "bac-ninh": ("facebook",),
    }
    for platform in social.get(agency.slug, ()):
        survey.observe(scan, agency.id, "social", platform, f"https://{platform}.test/{agency.slug}")
    state = "found" if agency.slug in social else "not_found"
    survey.verdict(scan, agency.id, "social", state, reason="the protocol was carried out")
    survey.verdict(scan, agency.id, "access", "not_found", reason="the protocol was carried out")
    survey.verdict(scan, agency.id, "web_form", "found", reason="form to ask")


def _finance(survey: Survey, agency: Agency, place: int) -> None:
    if place >= len(OUTCOMES):
        survey.request(agency.id, position=place + 1, delivered="unknown", outcome="silence")
        return
    outcome, hours, days, reminded = OUTCOMES[place]
    answered = outcome in ("F1", "P1", "L1")
    request = survey.request(
        agency.id, position=place + 1, outcome=outcome, replied=int(answered),
        delivered="no" if outcome == "N0" else "yes",
    )  # fmt: skip
    assert hours is not None
    survey.reply(request, outcome, hours, days, after_reminder=int(reminded))
    survey.db.table("deadline").insert({
        "request": request, "rule": "late_lenient", "law": "104/2016/QH13", "article": "29", "due_on": "2020-05-07",
        "met": "yes" if answered and days <= 15 else "no", "calendar": "holidays-0.109",
    })  # fmt: skip


def _iso(moment: datetime) -> str:
    return moment.isoformat()
