"""Sites that portals name for their finance departments: judged, shown, and accepted or rejected by a named person."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from prober.cli import cli
from prober.domain.registry.consistency import site_proposals
from prober.domain.visit import SiteLink
from prober.errors import UsageError
from prober.store import Database, open_results, transaction
from prober.store.results.registry import (
    accept_site,
    accepted_sites,
    reject_site,
    save_sites,
    site_links,
    stored,
    sync,
)
from tests.pobi import HANOI, agencies

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=HANOI)
LIVE = 'world = "live"\n[crawl]\nuser_agent = "survey/1 (+https://survey.test/crawler)"\n'
URL = "https://stc.camau.gov.vn/"
LINK = {
    "id": 1, "agency": "2019-stc-ca-mau", "slug": "stc-ca-mau", "frame": "2019", "name_vi": "Sở Tài chính",
    "url": URL, "alt_urls": (), "url_confidence": "high", "outcome": "seen", "failure": None, "final_url": URL,
    "address": URL, "page_url": "https://camau.gov.vn/", "snippet": "Sở Tài chính", "scan": 1, "confidence": 1.0,
    "decision": "",
}  # fmt: skip
ELSEWHERE = {"address": "https://sotaichinh.camau.gov.vn/"}
LOST = {"outcome": "unreachable", "failure": "dns"}
GONE, GUESS, AWAY = "its host name does not exist", "a guess from the usual pattern", "it leads to another site"
JUDGED: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str]]]] = {
    # what differs from LINK → (status, trouble) of what is shown
    "the registry's own": ([{}], [("confirmed", "")]),
    "with www and without TLS": ([{"address": "http://www.stc.camau.gov.vn"}], [("confirmed", "")]),
    "one of its others": (
        [{**ELSEWHERE, **LOST, "alt_urls": (ELSEWHERE["address"],)}], [("confirmed", GONE)]
    ),
    "where it led last time": ([{**ELSEWHERE, "final_url": ELSEWHERE["address"]}], [("confirmed", "")]),
    "another, the registry's works": ([ELSEWHERE], [("differs", "")]),
    "another, the registry's is dead": ([{**ELSEWHERE, **LOST}], [("proposed", GONE)]),
    "another, the registry's was slow": (
        [{**ELSEWHERE, "outcome": "unreachable", "failure": "timeout"}], [("proposed", "not reached: timeout")]
    ),
    "another, the registry's leads away": ([{**ELSEWHERE, "failure": "moved"}], [("proposed", AWAY)]),
    "another, the registry's is a guess": (
        [{**ELSEWHERE, "url_confidence": "low"}], [("proposed", GUESS)]
    ),
    "never visited": ([{**ELSEWHERE, "outcome": None, "final_url": None}], [("differs", "")]),
    "only mentioned": ([{**ELSEWHERE, "confidence": 0.5}], []),
    "mentioned where one is sought": ([{**ELSEWHERE, **LOST, "confidence": 0.5}], [("proposed", GONE)]),
    "mentioned beside a sure link": ([{}, {**ELSEWHERE, **LOST, "confidence": 0.5}], [("confirmed", "")]),
    "rejected": ([{**ELSEWHERE, **LOST, "decision": "rejected"}], []),
    "rejected under another scheme": (
        [{**LOST, "address": "http://sotaichinh.camau.gov.vn"}, {**ELSEWHERE, **LOST, "decision": "rejected"}], []
    ),
    "rejected, and a third one": (
        [{**ELSEWHERE, **LOST, "decision": "rejected"}, {**LOST, "address": "https://tc.camau.gov.vn/"}],
        [("proposed", GONE)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("links", "shown"), JUDGED.values(), ids=JUDGED)
def test_what_a_portal_says_beside_what_the_registry_says(
    links: list[dict[str, Any]], shown: list[tuple[str, str]]
) -> None:
    rows = site_proposals([{**LINK, **link} for link in links])
    assert [(row["status"], row["trouble"]) for row in rows] == shown


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_results(tmp_path / "results.db")
    sync(database, agencies("2019"), (), "live")
    yield database
    database.close()


def scan_of(db: Database, portal: str, *links: SiteLink) -> None:
    """One finished scan in which `portal` showed `links`."""
    with transaction(db):
        scan = db.execute(
            "INSERT INTO scan (world, frame, kinds, status, started_at, agencies, version, user_agent, settings) "
            "VALUES ('live', '2019', 'portal', 'complete', ?, 1, '1', 'x', '{}')", [NOW.isoformat()],
        ).lastrowid  # fmt: skip
        assert scan is not None
        save_sites(db, scan, portal, links)


def link(url: str, page: str = "https://camau.gov.vn/", confidence: float = 1.0) -> SiteLink:
    return SiteLink(url, page, "Sở Tài chính", confidence, "finance")


def test_a_link_seen_again_keeps_what_a_person_decided(db: Database) -> None:
    scan_of(db, "2019-ca-mau", link("https://x.camau.gov.vn/"))
    reject_site(db, site_links(db)[0]["id"], "AR", NOW)
    scan_of(db, "2019-ca-mau", link("https://x.camau.gov.vn/", "https://camau.gov.vn/so", 0.5))
    (row,) = site_links(db)
    assert (row["scan"], row["page_url"], row["confidence"]) == (2, "https://camau.gov.vn/so", 0.5)
    assert (row["decision"], row["reviewer"], row["reviewed_at"]) == ("rejected", "AR", NOW.isoformat())
    assert site_proposals([row]) == []


def test_a_portal_speaks_for_one_department_and_no_department_does(db: Database) -> None:
    scan_of(db, "2019-stc-ca-mau", link("https://x.camau.gov.vn/"))
    assert site_links(db) == []
    second = replace(next(a for a in agencies("2019", "finance") if a.province == "ca-mau"), slug="stc-2-ca-mau")
    sync(db, [second], (), "live")
    scan_of(db, "2019-ca-mau", link("https://x.camau.gov.vn/"))
    assert site_links(db) == []


def test_an_accepted_site_is_the_agencys_and_the_one_before_stays_an_other(db: Database) -> None:
    scan_of(db, "2019-cao-bang", link("https://taichinh.caobang.gov.vn/"))
    before = next(agency for agency in stored(db, "2019", "finance") if agency.province == "cao-bang")
    accept_site(db, site_links(db)[0]["id"], "AR", NOW)
    sync(db, agencies("2019"), (), "live")
    after = next(agency for agency in stored(db, "2019", "finance") if agency.province == "cao-bang")
    assert (after.url, after.alt_urls) == ("https://taichinh.caobang.gov.vn/", (before.url, *before.alt_urls))
    assert accepted_sites(db) == {"2019-stc-cao-bang"}


@pytest.mark.parametrize(("proposal", "by"), [(1, " "), (2, "AR")], ids=["nobody", "no such proposal"])
def test_accepting_needs_a_person_and_a_proposal(db: Database, proposal: int, by: str) -> None:
    scan_of(db, "2019-ca-mau", link("https://x.camau.gov.vn/"))
    with pytest.raises(UsageError):
        accept_site(db, proposal, by, NOW)
    assert accepted_sites(db) == set()


@pytest.fixture
def survey(tmp_path: Path, db: Database) -> Path:
    """A live configuration whose results hold two proposals for one department and one for another."""
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    scan_of(db, "2019-ca-mau", link("https://x.camau.gov.vn/"), link("https://y.camau.gov.vn/"))
    scan_of(db, "2019-bac-lieu", link("https://stc2.baclieu.gov.vn/"))
    return tmp_path


def check(survey: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(survey / "prober.toml"), "agencies", "check", *words])


def address(survey: Path, agency: str) -> str:
    connection = sqlite3.connect(survey / "results.db")
    (found,) = connection.execute("SELECT url FROM agency WHERE id = ?", [agency]).fetchone()
    connection.close()
    return str(found)


def test_check_shows_proposals_and_how_to_accept_one(survey: Path) -> None:
    done = check(survey)
    assert done.exit_code == 0, done.output
    assert "2019-stc-bac-lieu: proposed" in done.stdout
    assert "portal    https://stc2.baclieu.gov.vn/ “Sở Tài chính”, confidence 1.00" in done.stdout
    assert "(a guess from the usual pattern)" in done.stdout
    assert "prober agencies check --accept-site stc-bac-lieu --by NAME" in done.stdout
    sites = json.loads(check(survey, "--json").stdout)["sites"]
    assert {(row["slug"], row["status"]) for row in sites} == {("stc-ca-mau", "differs"), ("stc-bac-lieu", "proposed")}


def test_a_named_person_accepts_and_rejects(survey: Path) -> None:
    held = address(survey, "2019-stc-bac-lieu")
    done = check(
        survey, "--accept-site", "stc-bac-lieu", "--reject-site", "stc-ca-mau=https://y.camau.gov.vn/", "--by", "AR"
    )
    assert done.exit_code == 0, done.output
    assert "2 sites decided by AR" in done.stderr
    assert address(survey, "2019-stc-bac-lieu") == "https://stc2.baclieu.gov.vn/" != held
    check(survey)  # every command brings the registry up to date first
    assert address(survey, "2019-stc-bac-lieu") == "https://stc2.baclieu.gov.vn/"
    rows = json.loads(check(survey, "--json").stdout)["sites"]
    assert {(row["address"], row["status"]) for row in rows} == {
        ("https://x.camau.gov.vn/", "differs"), ("https://stc2.baclieu.gov.vn/", "confirmed")
    }  # fmt: skip


WRONG = {
    "nobody": (["--accept-site", "stc-bac-lieu"], "--by is missing"),
    "not proposed": (["--accept-site", "stc-an-giang", "--by", "AR"], "no site is proposed as 'stc-an-giang'"),
    "which of two": (["--accept-site", "stc-ca-mau", "--by", "AR"], "name one: stc-ca-mau=https://x.camau.gov.vn/ or"),
    "another address": (["--accept-site", "stc-ca-mau=https://z.vn/", "--by", "AR"], "no site is proposed as"),
    "both ways": (
        ["--accept-site", "stc-bac-lieu", "--reject-site", "stc-bac-lieu", "--by", "AR"], "one site of an agency"
    ),
    "one right, one wrong": (
        ["--accept-site", "stc-bac-lieu", "--accept-site", "stc-an-giang", "--by", "AR"], "no site is proposed as"
    ),
    "a wrong mail address beside it": (
        ["--accept-site", "stc-bac-lieu", "--accept", "stc-an-giang", "--by", "AR"], "nothing is proposed for"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_what_is_not_clear_changes_nothing(survey: Path, words: list[str], message: str) -> None:
    held = address(survey, "2019-stc-bac-lieu")
    done = check(survey, *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert address(survey, "2019-stc-bac-lieu") == held
