"""A study on test servers of one's own: the live code path, inside the listed hosts, `.test` and one folder."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from tests.rehearsal import Rehearsal, assert_marked, served
from tests.spiders.web import Answer, Site, entry, page, plain_site

PORTAL = "thu,ca-mau,portal,Cổng thông tin điện tử tỉnh Cà Mau,http://camau.gov.test/"
OTHER = "thu,an-giang,portal,Cổng thông tin điện tử tỉnh An Giang,http://angiang.gov.test:8080/"


def test_a_crawl_reaches_the_listed_servers_as_any_site(tmp_path: Path) -> None:
    with served(plain_site(), plain_site("vanphong@angiang.gov.test")) as (one, two):
        desk = Rehearsal(tmp_path, {"camau.gov.test": one.place, "angiang.gov.test:8080": two.place})
        assert desk.imported(PORTAL, OTHER).exit_code == 0
        desk.done("crawl", "--frame", "thu")
        assert "/robots.txt" in one.asked and "/robots.txt" in two.asked
    assert desk.rows("SELECT agency, outcome FROM visit ORDER BY agency") == [
        ("thu-an-giang", "seen"), ("thu-ca-mau", "seen"),
    ]  # fmt: skip
    found = desk.rows("SELECT value FROM latest_observation WHERE kind = 'email' AND state = 'found' ORDER BY value")
    assert found == [("vanphong@angiang.gov.test",), ("vanphong@camau.gov.test",)]
    assert {row[0] for table in ("agency", "scan", "run") for row in desk.rows(f"SELECT world FROM {table}")} == {
        "rehearsal"
    }
    assert {path.name for path in tmp_path.iterdir()} == {"prober.toml", "agencies.csv", "var"}
    assert {path.name for path in (tmp_path / "var").iterdir()} == {"rehearsal"}


def leading_out(unlisted: str) -> Site:
    """A portal whose links and redirects lead to hosts and ports that are not listed."""
    targets = (unlisted, "http://www.camau.gov.test/", "http://stc.camau.gov.test/", "http://camau.gov.test:81/x")
    menu = "".join(entry(url, "Hỏi đáp") for url in (*targets, *(f"/di/{n}" for n in range(len(targets)))))
    site: Site = {"/": page("Trang chủ", menu=menu)}
    for number, url in enumerate(targets):
        site[f"/di/{number}"] = Answer("", 302, {"Location": url})
    return site


def test_no_link_and_no_redirect_leads_out(tmp_path: Path) -> None:
    with served(plain_site()) as (outside,), served(leading_out(f"http://{outside.place}/")) as (inside,):
        desk = Rehearsal(tmp_path, {"camau.gov.test": inside.place})
        assert desk.imported(PORTAL, OTHER).exit_code == 0
        desk.done("crawl", "--frame", "thu")
        assert "/di/0" in inside.asked
        assert outside.asked == []
    failed = dict(desk.rows("SELECT agency, failure FROM visit"))
    assert failed == {"thu-ca-mau": "unlisted", "thu-an-giang": "unlisted"}


def script(unlisted: str) -> Site:
    """A portal that shows nothing without a browser, and whose script tries every way out that a page has."""
    away = f"""
    const there = {[f"http://{unlisted}", "http://www.camau.gov.test", "http://example.com"]!r};
    for (const base of there) {{
      fetch(base + "/fetch").catch(() => 0);
      const request = new XMLHttpRequest(); request.open("GET", base + "/xhr"); try {{ request.send() }} catch (e) {{}}
      for (const [name, key] of [["img", "src"], ["script", "src"], ["iframe", "src"], ["link", "href"]]) {{
        const element = document.createElement(name); element.rel = "stylesheet";
        element[key] = base + "/" + name; document.body.append(element);
      }}
      try {{ new WebSocket(base.replace("http", "ws") + "/socket") }} catch (e) {{}}
      try {{ navigator.sendBeacon(base + "/beacon", "x") }} catch (e) {{}}
    }}
    fetch("/tin.json").then(r => r.text()).then(text => {{
      document.getElementById("app").innerHTML = text; setTimeout(() => location.href = there[0] + "/moved", 10);
    }});"""
    home = f"<!doctype html><title>Cà Mau</title><body><div id=app></div><script>{away}</script></body>"
    shown = str(plain_site()["/"].body)  # type: ignore[union-attr]
    return {**plain_site(), "/": Answer(home), "/tin.json": Answer(shown)}


@pytest.mark.needs("chromium")
def test_no_page_in_the_browser_leads_out(tmp_path: Path) -> None:
    with served(plain_site()) as (outside,), served(script(outside.place)) as (inside,):
        desk = Rehearsal(tmp_path, {"camau.gov.test": inside.place}, browser="auto")
        assert desk.imported(PORTAL).exit_code == 0
        desk.done("crawl", "--frame", "thu")
        assert "/tin.json" in inside.asked  # the script ran, and what it may ask for it got
        assert outside.asked == []


def test_robots_txt_leads_nowhere_else(tmp_path: Path) -> None:
    """Not even its redirect is followed: nothing may be fetched then, as of a file that cannot be had."""
    with served(plain_site()) as (outside,):
        site = {**plain_site(), "/robots.txt": Answer("", 302, {"Location": "http://www.camau.gov.test/robots.txt"})}
        with served(site) as (inside,):
            desk = Rehearsal(tmp_path, {"camau.gov.test": inside.place, "x.gov.test": outside.place})
            assert desk.imported(PORTAL).exit_code == 0
            desk.done("crawl", "--frame", "thu")
            assert (set(inside.asked), outside.asked) == ({"/robots.txt"}, [])
    assert desk.rows("SELECT failure FROM visit") == [("unlisted",)]


@pytest.mark.parametrize(
    "row",
    [
        "thu,ca-mau,portal,Cà Mau,http://camau.gov.vn/,,,,",
        "thu,ca-mau,portal,Cà Mau,http://camau.gov.test.example.com/,,,,",
        f"{PORTAL},stc@camau.gov.vn,http://camau.gov.test/,N. V.,2026-01-01T08:00:00+07:00",
        f"{PORTAL},stc%camau.gov.vn@camau.test,http://camau.gov.test/,N. V.,2026-01-01T08:00:00+07:00",
    ],
)
def test_a_real_agency_is_not_imported(row: str, tmp_path: Path) -> None:
    desk = Rehearsal(tmp_path, {"camau.gov.test": "127.0.0.1:9"})
    done = desk.imported(row)
    assert done.exit_code == 2 and "of a rehearsal" in done.stderr and "nothing was changed" in done.stderr
    assert desk.run("agencies", "import", str(tmp_path / "agencies.csv"), "--skip-bad").exit_code == 2
    assert desk.rows("SELECT COUNT(*) FROM agency") == [(0,)]


def test_an_address_that_a_page_names_is_not_accepted(tmp_path: Path) -> None:
    """A copy of a real site names real addresses."""
    with served(plain_site("vanphong.camau@gmail.com")) as (server,):
        desk = Rehearsal(tmp_path, {"camau.gov.test": server.place})
        assert desk.imported("thu,ca-mau,finance,Sở Tài chính tỉnh Cà Mau,http://camau.gov.test/").exit_code == 0
        desk.done("crawl", "--frame", "thu")
    assert "does not write to it" in desk.run("agencies", "check", "--json").stdout
    done = desk.run("agencies", "check", "--accept", "ca-mau", "--by", "N. V.")
    assert done.exit_code == 2 and "under .test" in done.stderr.replace("\n", " ")
    assert desk.rows("SELECT request_email FROM agency") == [("",)]


@pytest.fixture
def crawled(tmp_path: Path) -> Rehearsal:
    with served(plain_site()) as (server,):
        desk = Rehearsal(tmp_path / "study", {"camau.gov.test": server.place})
        assert desk.imported(PORTAL).exit_code == 0
        desk.done("crawl", "--frame", "thu")
    return desk


def test_every_row_page_and_file_says_so(crawled: Rehearsal) -> None:
    crawled.done("report")
    assert_marked(crawled, json.loads(crawled.done("publish", "--json")))


def test_nothing_is_written_elsewhere(crawled: Rehearsal, tmp_path: Path) -> None:
    away = tmp_path / "away"
    for words in (
        ("publish", "--out", str(away)), ("publish", "--out", str(crawled.folder / "publish")),
        ("report", "--out", str(away / "report.html")), ("report", "--pdf", str(away / "report.pdf")),
        ("publish", "--out", str(crawled.folder / "var/rehearsal/../../publish")),
    ):  # fmt: skip
        done = crawled.run(*words)
        assert (done.exit_code, done.stdout) == (2, ""), words
        assert "a rehearsal writes to" in done.stderr.replace("\n", " ") and "nothing was written" in done.stderr
    assert not away.exists() and not (crawled.folder / "publish").exists()
    inside = crawled.folder / "var/rehearsal/another"
    assert crawled.run("publish", "--out", str(inside)).exit_code == 0
    assert [path.name.startswith("rehearsal-") for path in inside.iterdir() if path.is_dir()] == [True]


def test_worlds_are_never_mixed(crawled: Rehearsal, tmp_path: Path) -> None:
    """A live configuration does not open a rehearsal's databases, and a rehearsal no live one."""
    own = crawled.folder / "var/rehearsal"
    live = tmp_path / "live.toml"
    agent = '[crawl]\nuser_agent = "survey/1 (+https://survey.test/)"\n'
    live.write_text(f'world = "live"\n{agent}[paths]\nresults = "{own}/results.db"\n', encoding="utf-8")
    before = crawled.rows("SELECT COUNT(*) FROM run")
    for words in (("report",), ("publish",), ("agencies", "list"), ("crawl", "--frame", "thu")):
        done = CliRunner().invoke(cli, ["--config", str(live), *words])
        assert done.exit_code == 2 and "rehearsal" in done.stderr and "live" in done.stderr, words
    assert crawled.rows("SELECT COUNT(*) FROM run") == before

    live.write_text(f'world = "live"\n{agent}[paths]\nresults = "{tmp_path}/live.db"\n', encoding="utf-8")
    assert CliRunner().invoke(cli, ["--config", str(live), "agencies", "list"]).exit_code == 0
    for left in own.glob("results.db*"):
        left.unlink()
    shutil.copy(tmp_path / "live.db", own / "results.db")
    for words in (("agencies", "list"), ("crawl", "--frame", "thu"), ("nightly",)):
        done = crawled.run(*words)
        assert done.exit_code == 2 and "holds live data" in done.stderr.replace("\n", " "), words
