"""The registry in results.db and its commands: idempotent, never over a person's decision, no change by mistake."""

import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from prober.cli import cli
from prober.detectors.email.email_detector import emails
from prober.domain.agency import Agency, from_row
from prober.domain.hostnames import host_of, registrable
from prober.domain.indicator import OFFICIAL
from prober.domain.pages.page import Page
from prober.domain.reason import Reason, to_json
from prober.domain.registry.consistency import FROZEN, address_doubts, problems, proposal_doubts
from prober.errors import UsageError
from prober.sandbox import client
from prober.store import Database, open_results, transaction
from prober.store.results.registry import (
    accept,
    decisions,
    failures,
    frozen_addresses,
    mail_addresses,
    proposals,
    related_domains,
    stored,
    sync,
)
from prober.studies.folder import packaged
from spiders.visit.visit_runner import body
from tests.languages import VI, VIETNAMESE
from tests.office import Office
from tests.pobi import HANOI, POBI, agencies, successions

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=HANOI)
LIVE = 'world = "live"\n[crawl]\nuser_agent = "survey/1 (+https://survey.test/crawler)"\n'
BOTH = (*agencies("2019"), *agencies("2025"))


@pytest.fixture
def db(empty_databases: Path, tmp_path: Path) -> Any:
    shutil.copy(empty_databases / "results.db", tmp_path)
    database = open_results(tmp_path / "results.db")
    yield database
    database.close()


def see(db: Database, agency: str, outcome: str, *mails: tuple[str, str, float], failure: str | None = None) -> None:
    """One finished visit of `agency` that saw `mails`: (class, address, confidence)."""
    stamp = NOW.isoformat()
    with transaction(db):
        scan = db.conn.execute(
            "INSERT INTO scan (world, frame, kinds, status, started_at, agencies, version, user_agent, settings) "
            "VALUES ('live', '2019', 'finance', 'complete', ?, 1, '1', 'x', '{}')", [stamp],
        ).lastrowid  # fmt: skip
        visit = db.conn.execute(
            "INSERT INTO visit (scan, agency, outcome, failure, started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?)",
            [scan, agency, outcome, failure, stamp, stamp],
        ).lastrowid
        page = db.conn.execute(
            "INSERT INTO page (visit, last_visit, agency, url, status, fetched_at, last_fetched_at) "
            "VALUES (?, ?, ?, 'https://x.test/lien-he', 200, ?, ?)",
            [visit, visit, agency, stamp, stamp],
        ).lastrowid
        for category, address, confidence in mails:
            finding = db.conn.execute(
                "INSERT INTO finding (agency, kind, category, value, first_scan, last_scan) "
                "VALUES (?, 'email', ?, ?, ?, ?)",
                [agency, category, address, scan, scan],
            ).lastrowid
            db.conn.execute(
                "INSERT INTO observation (finding, visit, last_visit, page, state, confidence, snippet, selector, "
                "detector, version) VALUES (?, ?, ?, ?, 'found', ?, ?, '', 'emails', '1')",
                [finding, visit, visit, page, confidence, f"Email: {address}"],
            )


def test_sync_writes_once_and_gives_back_what_it_was_given(db: Database) -> None:
    assert sync(db, BOTH, successions(), "live") == len(BOTH) + 126
    assert sync(db, BOTH, successions(), "live") == 0
    assert tuple(stored(db)) == BOTH
    assert tuple(stored(db, "2025", "finance")) == agencies("2025", "finance")
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_sync_takes_no_lock_where_nothing_differs(db: Database, tmp_path: Path) -> None:
    sync(db, BOTH, successions(), "live")
    writer = sqlite3.connect(tmp_path / "results.db")
    writer.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA busy_timeout = 0")
    assert sync(db, BOTH, successions(), "live") == 0
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sync(db, [replace(BOTH[0], note="new")], (), "live")
    writer.close()


def test_a_corrected_row_is_taken_and_an_accepted_address_is_kept(db: Database) -> None:
    agency = agencies("2019", "finance")[0]
    sync(db, [agency], (), "live")
    accept(db, agency.id, "stc@hanoi.gov.test", "https://hanoi.gov.test/lien-he", by="A. Reader", at=NOW)
    for given in ("", "other@hanoi.gov.test"):
        sync(
            db,
            [replace(agency, url="https://new.gov.test", request_email=given, request_email_reviewed_by="B")],
            (),
            "live",
        )
        held = stored(db)[0]
        assert (held.url, held.request_email) == ("https://new.gov.test", "stc@hanoi.gov.test")
        assert (held.request_email_reviewed_by, held.request_email_reviewed_at) == ("A. Reader", NOW.isoformat())
    assert held.request_email_source == "https://hanoi.gov.test/lien-he"


LATER = {"earlier": "2026-11-01", "later": (NOW + timedelta(days=1)).isoformat()}


@pytest.mark.parametrize("when", LATER)
def test_an_address_of_the_file_holds_if_it_was_decided_later(db: Database, when: str) -> None:
    agency = agencies("2019", "finance")[0]
    sync(db, [agency], (), "live")
    accept(db, agency.id, "stc@hanoi.gov.test", "https://hanoi.gov.test/lien-he", by="A. Reader", at=NOW)
    given = replace(
        agency, request_email="moi@hanoi.gov.test", request_email_source="letter", request_email_reviewed_by="B",
        request_email_reviewed_at=LATER[when],
    )  # fmt: skip
    assert sync(db, [given], (), "live") == (when == "later")
    expected = ["moi@hanoi.gov.test", "stc@hanoi.gov.test"] if when == "later" else ["stc@hanoi.gov.test"]
    assert stored(db)[0].request_email == expected[0]
    assert [(row["address"], row["decided_by"]) for row in decisions(db, agency.id)] == [
        (address, "B" if "moi" in address else "A. Reader") for address in expected
    ]
    assert sync(db, [given], (), "live") == 0


def test_no_agency_is_removed(db: Database) -> None:
    sync(db, BOTH, successions(), "live")
    sync(db, BOTH[:1], (), "live")
    assert len(stored(db)) == len(BOTH)


def test_an_address_that_an_agency_had_before_is_still_known_as_its_own(db: Database) -> None:
    sync(db, BOTH, (), "live")
    for hours, address in enumerate(("Mot@camau.gov.vn", "hai@camau.gov.vn")):
        accept(db, "2019-stc-ca-mau", address, "by telephone", by="An", at=NOW + timedelta(hours=hours))
    assert mail_addresses(db) == {"mot@camau.gov.vn": "stc-ca-mau", "hai@camau.gov.vn": "stc-ca-mau"}


def test_the_two_worlds_are_never_mixed(db: Database) -> None:
    sync(db, BOTH, successions(), "live")
    with pytest.raises(UsageError, match="holds live agencies and the configuration is sandbox.*Nothing was changed"):
        sync(db, BOTH, successions(), "sandbox")
    assert {row[0] for row in db.execute("SELECT world FROM agency").fetchall()} == {"live"}


def test_unknown_slugs_are_all_named_with_their_neighbours(db: Database) -> None:
    sync(db, BOTH, (), "live")
    assert [a.id for a in stored(db, "2019", None, ["stc-ca-mau", "ca-mau"])] == ["2019-ca-mau", "2019-stc-ca-mau"]
    with pytest.raises(UsageError) as caught:
        stored(db, slugs=["ca-mua", "qqqqqqqq"])
    assert "no agency 'ca-mua'; did you mean ca-mau" in str(caught.value)
    assert "no agency 'qqqqqqqq' in the registry" in str(caught.value)


OLD, NEW, BOSS = "old@stc.camau.gov.vn", "stc@camau.gov.vn", "giamdoc.nva@camau.gov.vn"
PROPOSALS: dict[str, tuple[str, str, tuple[tuple[str, str, float], ...], str, str]] = {
    # accepted before, outcome of the visit, addresses seen → status, proposed address
    "never visited": ("", "", (), "unseen", ""),
    "not reached": ("", "unreachable", (), "unseen", ""),
    "nothing there": ("", "seen", (), "none", ""),
    "one": ("", "seen", (("agency_role", NEW, 0.9),), "new", NEW),
    "half seen": ("", "partial", (("agency_role", NEW, 0.9),), "new", NEW),
    "best class before best confidence": (
        "", "seen", (("freemail", "stc.camau@gmail.com", 0.99), ("agency_role", NEW, 0.6)), "new", NEW
    ),
    "best confidence in a class": ("", "seen", (("agency_role", OLD, 0.5), ("agency_role", NEW, 0.8)), "new", NEW),
    "a person's is never proposed": ("", "seen", (("person", BOSS, 0.99),), "none", ""),
    "a vendor's is never proposed": ("", "seen", (("vendor", "help@vendor.test", 0.9),), "none", ""),
    "still there": (NEW, "seen", (("agency_role", NEW, 0.9),), "same", NEW),
    "still there, in capitals": (NEW, "seen", (("agency_role", NEW.upper(), 0.9),), "same", NEW.upper()),
    "still there among better ones": (OLD, "seen", (("agency_role", NEW, 0.9), ("unit_role", OLD, 0.3)), "same", NEW),
    "another one": (OLD, "seen", (("agency_role", NEW, 0.9),), "changed", NEW),
    "gone": (OLD, "seen", (), "vanished", ""),
    "gone or hidden": (OLD, "partial", (), "unseen", ""),
    "accepted and not reached": (OLD, "unreachable", (), "unseen", ""),
}  # fmt: skip


@pytest.mark.parametrize(("accepted", "outcome", "mails", "status", "address"), PROPOSALS.values(), ids=PROPOSALS)
def test_proposals(
    db: Database, accepted: str, outcome: str, mails: tuple[tuple[str, str, float], ...], status: str, address: str
) -> None:
    sync(db, BOTH, (), "live")
    if accepted:
        accept(db, "2019-stc-ca-mau", accepted, "by telephone", by="A. Reader", at=NOW)
    if outcome:
        see(db, "2019-stc-ca-mau", outcome, *mails)
    rows = {row["agency"]: row for row in proposals(db)}
    assert len(rows) == 97  # one for each finance department of both frames
    row = rows["2019-stc-ca-mau"]
    assert (row["status"], row["address"], row["accepted"]) == (status, address, accepted)
    assert row["page_url"] == ("https://x.test/lien-he" if address else "")


def test_every_kind_is_proposed_for_and_portals_where_there_is_nothing_else(db: Database) -> None:
    commune = replace(BOTH[0], frame="communes", slug="xa-a", kind="commune")
    lonely = replace(BOTH[0], frame="portals", slug="xa-b", kind="portal")
    sync(db, [*agencies("2019"), commune, lonely], (), "live")
    see(db, commune.id, "seen", ("agency_role", "ubnd@xaa.gov.vn", 0.9))
    rows = {row["agency"]: row for row in proposals(db)}
    assert len(rows) == 63 + 2
    assert (rows[commune.id]["status"], rows[commune.id]["page_url"]) == ("new", "https://x.test/lien-he")
    assert {row["frame"] for row in proposals(db, "portal")} == {"2019", "portals"}


def test_only_the_latest_scan_speaks(db: Database) -> None:
    sync(db, BOTH, (), "live")
    see(db, "2019-stc-ca-mau", "seen", ("agency_role", OLD, 0.9))
    see(db, "2019-stc-ca-mau", "seen", ("agency_role", NEW, 0.4))
    assert next(row for row in proposals(db) if row["agency"] == "2019-stc-ca-mau")["address"] == NEW


@pytest.mark.parametrize(
    ("agency", "address", "by"),
    [("2019-stc-ca-mau", NEW, " "), ("2019-stc-ca-mau", " ", "A"), ("2019-nowhere", NEW, "A")],
    ids=["nobody", "nothing", "nowhere"],
)
def test_accepting_needs_an_agency_an_address_and_a_person(db: Database, agency: str, address: str, by: str) -> None:
    sync(db, BOTH, (), "live")
    with pytest.raises(UsageError, match=agency):
        accept(db, agency, address, "", by=by, at=NOW)
    assert not any(held.request_email for held in stored(db))


DOUBTS = {
    "own domain": ("stc@camau.gov.vn", {"camau.gov.vn"}, ""),
    "below the own domain": ("vanphong@stc.camau.gov.vn", {"camau.gov.vn"}, ""),
    "ministry": ("camau@mof.gov.vn", {"camau.gov.vn"}, ""),
    "second domain of a city": ("stc@tphcm.gov.vn", {"hochiminhcity.gov.vn", "tphcm.gov.vn"}, ""),
    "free mailbox": ("stc.camau@gmail.com", {"camau.gov.vn"}, "free mailbox"),
    "another province": ("stc@hanoi.gov.vn", {"camau.gov.vn"}, "foreign domain hanoi.gov.vn"),
    "gov.vn itself is nobody's domain": ("stc@gov.vn", {"camau.gov.vn"}, "foreign domain gov.vn"),
    "looks like it": ("stc@camau.gov.vn.test", {"camau.gov.vn"}, "foreign domain"),
    "in the simulated world": ("stc@hanoi.gov.test", {"camau.gov.test"}, "foreign domain hanoi.gov.test"),
}


@pytest.mark.parametrize(("address", "own", "doubt"), DOUBTS.values(), ids=DOUBTS)
def test_address_doubts(address: str, own: set[str], doubt: str) -> None:
    doubts = address_doubts(address, own, POBI.mail_domains)
    assert len(doubts) == bool(doubt)
    assert doubt in "".join(doubts)


def test_a_domain_is_shared_only_where_the_study_says_so() -> None:
    assert address_doubts("camau@mof.gov.vn", {"camau.gov.vn"}) == [
        "foreign domain mof.gov.vn: the agency uses camau.gov.vn"
    ]
    assert packaged("foi-en").mail_domains == frozenset() and POBI.mail_domains == {"mof.gov.vn"}


def test_one_address_for_two_agencies_is_doubted_on_both_sides(db: Database) -> None:
    """Seen in a public table: a mailbox of Hà Nội stood beside Cần Thơ as well."""
    sync(db, BOTH, (), "live")
    for slug in ("stc-ha-noi", "stc-can-tho"):
        see(db, f"2019-{slug}", "seen", ("agency_role", "vanthu_sotc@hanoi.gov.vn", 0.9))
    doubts = proposal_doubts(proposals(db), stored(db))
    assert doubts["2019-stc-ha-noi"] == ["the same address is that of 2019-stc-can-tho"]
    assert [d.split()[0] for d in doubts["2019-stc-can-tho"]] == ["foreign", "the"]


PORTAL, FINANCE = (a for a in agencies("2019") if a.province == "ca-mau")
REVIEWED = replace(
    FINANCE,
    request_email=NEW,
    request_email_source="x",
    request_email_reviewed_by="A",
    request_email_reviewed_at="2026-11-01",
)
PROBLEMS: dict[str, tuple[list[Agency], dict[str, str], list[tuple[str, str]]]] = {
    "all well": ([PORTAL, REVIEWED], {}, []),
    "never accepted": ([replace(REVIEWED, request_email_reviewed_by="")], {}, [("error", "never accepted by")]),
    "accepted long ago": (
        [replace(REVIEWED, request_email_reviewed_at="2025-11-01T09:00:00+07:00")], {}, [("warning", "388 days ago")]
    ),
    "foreign": ([replace(REVIEWED, request_email="a@vendor.test")], {}, [("warning", "foreign domain vendor.test")]),
    "one mailbox, two agencies": (
        [REVIEWED, replace(REVIEWED, slug="stc-x")], {},
        [("error", "is also the address of 2019-stc-x"), ("error", "is also the address of 2019-stc-ca-mau"),
         ("warning", "is also the site of 2019-stc-x"), ("warning", "is also the site of 2019-stc-ca-mau")],
    ),
    "same in another frame": ([REVIEWED, replace(REVIEWED, frame="2025")], {}, []),
    "one site, with and without www": (
        [PORTAL, replace(PORTAL, slug="other", province="other", url="http://www.camau.gov.vn/")], {},
        [("warning", "is also the site of 2019-other"), ("warning", "is also the site of 2019-ca-mau")],
    ),
    "one province, two names": (
        [PORTAL, replace(REVIEWED, province_vi="Cà mau")], {}, [("error", "province_vi is 'Cà mau' here")]
    ),
    "host gone": ([PORTAL], {PORTAL.id: "dns"}, [("warning", "its host name does not exist")]),
    "slow today": ([PORTAL], {PORTAL.id: "timeout"}, []),
    "guessed host": ([replace(PORTAL, url_confidence="low")], {}, [("note", "is a guess")]),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "failed", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems(rows: list[Agency], failed: dict[str, str], expected: list[tuple[str, str]]) -> None:
    found = problems(rows, failed, NOW)
    assert sorted(problem.level for problem in found) == sorted(level for level, _ in expected)
    for level, words in expected:
        assert any(problem.level == level and words in problem.reason for problem in found), words


def test_failures_are_those_of_the_latest_visit(db: Database) -> None:
    sync(db, BOTH, (), "live")
    see(db, "2019-ca-mau", "unreachable", failure="dns")
    see(db, "2019-ca-mau", "seen")
    see(db, "2019-stc-ca-mau", "partial", failure="budget")
    assert failures(db) == {"2019-stc-ca-mau": "budget"}


def test_an_address_on_frozen_sites_only_is_doubted(db: Database) -> None:
    sync(db, BOTH, (), "live")
    old, kept = ("agency_role", "STC@camau.gov.vn", 0.9), ("agency_role", "stc@hagiang.gov.vn", 0.9)
    see(db, "2019-stc-ca-mau", "seen", old)
    see(db, "2019-stc-ha-giang", "seen", kept)
    db.execute("INSERT INTO look_list (visit, position, mark, url) SELECT id, 0, 'nothing_newer', '' FROM visit")
    see(db, "2019-ha-giang", "seen", kept)  # a living site shows it too
    assert frozen_addresses(db) == {"stc@camau.gov.vn"}
    doubts = proposal_doubts(proposals(db), stored(db), frozen_addresses(db))
    assert [agency for agency, reasons in doubts.items() if FROZEN in reasons] == ["2019-stc-ca-mau"]
    accept(db, "2019-stc-ca-mau", "STC@camau.gov.vn", "https://x.test/", by="AR", at=NOW)
    found = problems(stored(db), {}, NOW, frozen_addresses(db))
    assert ("warning", "2019-stc-ca-mau", f"STC@camau.gov.vn: {FROZEN}") in {
        (problem.level, problem.agency, problem.reason) for problem in found
    }


# The commands, on a live configuration: they need no network.


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    return tmp_path


def run(survey: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(survey / "prober.toml"), "agencies", *words])


def held(survey: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(survey / "results.db")
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def test_list_and_show(survey: Path) -> None:
    listed = json.loads(run(survey, "list", "--frame", "2019", "--kind", "finance", "--json").stdout)
    assert len(listed) == 63
    assert listed[0]["name_vi"] == "Sở Tài chính thành phố Hà Nội"
    shown = run(survey, "show", "tay-ninh").stdout
    assert "2019-tay-ninh" in shown and "2025-tay-ninh" in shown
    assert "2019-long-an" in shown  # a predecessor of the second
    assert "package vietnamadminunits" in shown  # where the fields come from
    wrong = run(survey, "show", "tay-nihn")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "did you mean tay-ninh" in wrong.stderr


def test_check_proposes_and_a_named_person_accepts(survey: Path) -> None:
    run(survey, "list")
    db = open_results(survey / "results.db")
    see(db, "2019-stc-ca-mau", "seen", ("agency_role", "stc@camau.gov.vn", 0.9))
    see(db, "2019-stc-bac-lieu", "seen", ("freemail", "stcbaclieu@gmail.com", 0.9))
    see(db, "2019-stc-an-giang", "seen")
    db.close()
    assert "--by is missing" in run(survey, "check", "--accept-all").stderr
    assert run(survey, "check", "--accept", "stc-an-giang", "--by", "A. Reader").exit_code == 2
    assert held(survey, "SELECT slug FROM agency WHERE request_email != ''") == []
    done = run(survey, "check", "--accept-all", "--by", "A. Reader", "--json")
    assert done.exit_code == 0, done.output
    columns = "id, request_email, request_email_source, request_email_reviewed_by"
    query = f"SELECT {columns} FROM agency WHERE request_email != ''"
    assert held(survey, query) == [("2019-stc-ca-mau", "stc@camau.gov.vn", "https://x.test/lien-he", "A. Reader")]
    rows = {row["agency"]: row for row in json.loads(done.stdout)["proposals"]}
    assert rows["2019-stc-ca-mau"]["status"] == "same"
    assert "free mailbox" in rows["2019-stc-bac-lieu"]["doubts"]
    assert run(survey, "check", "--accept", "stc-bac-lieu", "--by", "B").exit_code == 0  # a person may know better
    assert held(survey, "SELECT COUNT(*) FROM agency WHERE request_email != ''") == [(2,)]


def test_an_address_learned_by_telephone_is_set_and_the_history_stays(survey: Path) -> None:
    run(survey, "list")
    words = ("address", "stc-ca-mau", "--frame", "2019")
    for address, source in (("stc@camau.gov.vn", "https://camau.gov.vn/"), ("vp@camau.gov.vn", "by telephone")):
        done = run(survey, *words, "--set", address, "--by", "A. Reader", "--source", source, "--json")
        assert done.exit_code == 0, done.output
    shown = json.loads(run(survey, *words, "--json").stdout)
    assert [(row["address"], row["source"], row["decided_by"]) for row in shown] == [
        ("vp@camau.gov.vn", "by telephone", "A. Reader"), ("stc@camau.gov.vn", "https://camau.gov.vn/", "A. Reader"),
    ]  # fmt: skip
    assert held(survey, "SELECT request_email, request_email_source FROM agency WHERE request_email != ''") == [
        ("vp@camau.gov.vn", "by telephone")
    ]


REFUSED = {
    "nobody": (("--set", "a@b.vn", "--source", "x"), "--by and --source are needed"),
    "no source": (("--set", "a@b.vn", "--by", "A"), "--by and --source are needed"),
    "an empty source": (("--set", "a@b.vn", "--by", "A", "--source", " "), "say where the address was learned"),
    "no address": (("--set", "a b@c", "--by", "A", "--source", "x"), "is not one plain mail address"),
}


@pytest.mark.parametrize(("words", "why"), REFUSED.values(), ids=REFUSED)
def test_an_address_is_set_by_a_person_who_says_where_it_is_from(
    survey: Path, words: tuple[str, ...], why: str
) -> None:
    run(survey, "list")
    done = run(survey, "address", "stc-ca-mau", "--frame", "2019", *words)
    assert (done.exit_code, why in done.stderr) == (2, True), done.output
    assert "is in the frames 2019, 2025" in run(survey, "address", "stc-ca-mau").stderr
    assert held(survey, "SELECT COUNT(*) FROM agency WHERE request_email != ''") == [(0,)]


def test_a_letter_to_the_old_address_is_voided_by_name(office: Office) -> None:
    before = office.private("SELECT agency, step FROM outbox WHERE state = 'planned' ORDER BY agency")
    assert ("2019-stc-bac-ninh", "reminder") in before
    said = office.run(
        "agencies", "address", "stc-bac-ninh", "--frame", "2019", "--set", "moi@bacninh.gov.vn", "--by", "A. Reader",
        "--source", "by telephone",
    )  # fmt: skip
    assert "voided: the reminder of campaign pobi-2019 to 2019-stc-bac-ninh at stc@bacninh.gov.test" in said
    query = "SELECT state, reason FROM outbox WHERE agency = '2019-stc-bac-ninh' ORDER BY step"
    moved = Reason("address_changed", agency="2019-stc-bac-ninh", address="moi@bacninh.gov.vn", by="A. Reader")
    assert office.private(query) == [
        ("cancelled", to_json([moved])),
        ("accepted", ""),
    ]
    left = office.private("SELECT agency, step FROM outbox WHERE state = 'planned' ORDER BY agency")
    assert left == [pair for pair in before if pair[0] != "2019-stc-bac-ninh"]


def test_accepting_a_proposed_address_names_the_letter_that_it_voids(office: Office) -> None:
    db = open_results(office.folder / "results.db")
    see(db, "2019-stc-bac-ninh", "seen", ("agency_role", "moi@bacninh.gov.vn", 0.9))
    db.close()
    said = office.run("agencies", "check", "--accept", "stc-bac-ninh", "--frame", "2019", "--by", "A. Reader")
    assert "1 addresses accepted" in said
    assert "voided: the reminder of campaign pobi-2019 to 2019-stc-bac-ninh at stc@bacninh.gov.test" in said
    query = "SELECT state FROM outbox WHERE agency = '2019-stc-bac-ninh' ORDER BY step"
    assert office.private(query) == [("cancelled",), ("accepted",)]


def test_a_slug_of_two_frames_needs_the_frame(survey: Path) -> None:
    run(survey, "list")
    db = open_results(survey / "results.db")
    for frame in ("2019", "2025"):
        see(db, f"{frame}-stc-ca-mau", "seen", ("agency_role", "stc@camau.gov.vn", 0.9))
    db.close()
    words = ("check", "--accept", "stc-ca-mau", "--by", "A. Reader")
    assert "is in the frames 2019, 2025; name one with --frame" in run(survey, *words).stderr
    assert run(survey, *words, "--frame", "2025").exit_code == 0
    assert held(survey, "SELECT id FROM agency WHERE request_email != ''") == [("2025-stc-ca-mau",)]


def test_check_exits_with_1_where_the_registry_contradicts_itself(survey: Path) -> None:
    run(survey, "list")
    db = open_results(survey / "results.db")
    for slug in ("stc-ca-mau", "stc-bac-lieu"):
        accept(db, f"2019-{slug}", "stc@camau.gov.vn", "x", by="A", at=NOW - timedelta(days=1))
    db.close()
    done = run(survey, "check")
    assert done.exit_code == 1
    assert "is also the address" in " ".join(done.stdout.split())


COMMUNES = "slug,kind,name_vi,url\nxa-a,commune,Xã A,https://a.example.org/\nxa-b,commune,Xã B,https://b.example.org/\n"


def test_import(survey: Path) -> None:
    file = survey / "communes.csv"
    file.write_text(COMMUNES, encoding="utf-8")
    assert (
        run(survey, "import", str(file), "--frame", "communes", "--dry-run").stdout == "2 agencies would be imported\n"
    )
    assert not (survey / "results.db").exists()
    outcomes = []
    for text in (COMMUNES, COMMUNES, COMMUNES.replace("Xã B", "Xã Bình")):
        file.write_text(text, encoding="utf-8")
        outcomes.append(run(survey, "import", str(file), "--frame", "communes").stdout.strip())
    assert outcomes == [
        "2 agencies: 2 new, 0 changed, 0 as before",
        "2 agencies: 0 new, 0 changed, 2 as before",
        "2 agencies: 0 new, 1 changed, 1 as before",
    ]
    assert held(survey, "SELECT id, name_vi FROM agency WHERE frame = 'communes'") == [
        ("communes-xa-a", "Xã A"), ("communes-xa-b", "Xã Bình"),
    ]  # fmt: skip
    assert [row[0] for row in held(survey, "SELECT command FROM run WHERE status = 'done'")] == ["agencies import"] * 3
    assert len(json.loads(run(survey, "list", "--frame", "communes", "--json").stdout)) == 2


def test_import_changes_nothing_unless_all_rows_are_good_or_bad_ones_are_skipped(survey: Path) -> None:
    file = survey / "communes.csv"
    file.write_text(COMMUNES + "xa c,commune,=1+1,c.example.org\n,,,\nxa-d,commune,Xã D\n", encoding="utf-8")
    run(survey, "list")
    before = (survey / "results.db").read_bytes()
    done = run(survey, "import", str(file), "--frame", "communes")
    assert done.exit_code == 2
    reasons = [line.removeprefix(f"{file}:") for line in done.stderr.splitlines()]
    assert [reason.partition(" ")[0] for reason in reasons] == ["4:", "4:", "4:", "6:", "prober:"]
    assert reasons[-1] == f"prober: {file}: 2 bad rows; nothing was changed"
    assert (survey / "results.db").read_bytes() == before
    skipped = run(survey, "import", str(file), "--frame", "communes", "--skip-bad")
    assert (skipped.exit_code, skipped.stdout) == (0, "2 agencies: 2 new, 0 changed, 0 as before\n")
    assert held(survey, "SELECT COUNT(*) FROM agency WHERE frame = 'communes'") == [(2,)]


@pytest.mark.parametrize("skip", [(), ("--skip-bad",)], ids=["plain", "skip-bad"])
def test_a_frame_that_comes_with_the_prober_is_not_imported_over(survey: Path, skip: tuple[str, ...]) -> None:
    file = survey / "mine.csv"
    file.write_text("slug,kind,name_vi,url\nca-mau,portal,Của tôi,https://mine.example.org/\n", encoding="utf-8")
    done = run(survey, "import", str(file), "--frame", "2019", *skip)
    assert done.exit_code == 2
    assert "frame '2019' is that of the study pobi-2019; choose another name" in done.stderr


def test_the_simulated_world_has_a_registry_of_its_own(tmp_path: Path, small_world: client.Endpoint) -> None:
    """Names of real provinces, addresses of none: every host ends in .test."""
    rows = client.agencies(small_world)
    db = open_results(tmp_path / "results.db")
    given = [from_row(row) for row in rows]
    assert sync(db, given, successions(), "sandbox") == len(given) == 12
    assert [a for a in stored(db) if not a.url.split("/")[2].endswith(".test")] == []
    assert problems(stored(db), {}, NOW) == [] or {p.level for p in problems(stored(db), {}, NOW)} <= {
        "note",
        "warning",
    }
    db.close()


def test_domains_of_predecessors_and_of_the_portal_of_the_same_operator(db: Database) -> None:
    sync(db, BOTH, successions(), "live")
    related = related_domains(db)
    # Its own row has hochiminhcity.gov.vn alone; the portal's row has both.
    assert related["2019-stc-ho-chi-minh"] == {"tphcm.gov.vn"}
    assert {"tphcm.gov.vn", "binhduong.gov.vn"} <= related["2025-stc-ho-chi-minh"]
    merged = [
        link for link in successions() if link.predecessor[5:] != link.successor[5:] and "-stc-" in link.successor
    ]
    known = {agency.id: {registrable(host_of(url)) for url in (agency.url, *agency.alt_urls)} for agency in BOTH}
    assert len(merged) > 20
    for link in merged:
        assert known[link.predecessor] <= related.get(link.successor, frozenset()) | known[link.successor]
    assert "binhduong.gov.vn" not in related.get("2025-stc-ca-mau", frozenset())


def test_the_older_address_of_a_merged_department_is_its_own(db: Database) -> None:
    sync(db, BOTH, successions(), "live")
    by_id, related = {agency.id: agency for agency in BOTH}, related_domains(db)
    for link in successions():
        agency, before = by_id[link.successor], by_id[link.predecessor]
        if agency.kind != "finance":
            continue
        address = f"stc@{registrable(host_of(before.url))}"
        html = f"<title>{agency.name_vi}</title><p>Tin</p><footer><p>Email: {address}</p></footer>"
        found = emails(
            Page(agency.url, 200, html, NOW, words=VI), body(agency, related.get(agency.id, ()), vocabulary=VIETNAMESE)
        )
        assert [f.value for f in found if f.category in OFFICIAL] == [address], link


def test_an_import_of_the_two_ends_fills_the_successions(tmp_path: Path) -> None:
    ends = [agency for agency in BOTH if agency.id in ("2019-stc-binh-thuan", "2025-stc-lam-dong")]
    database = open_results(tmp_path / "imported.db")
    sync(database, ends[:1], successions(), "live")
    assert not list(database.query("SELECT * FROM agency_successor"))
    sync(database, ends[1:], successions(), "live")
    assert len(list(database.query("SELECT * FROM agency_successor"))) == 1
    database.close()
