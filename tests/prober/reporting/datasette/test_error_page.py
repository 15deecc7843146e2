"""What cannot be shown: in the site's own look, in both languages, with a way on."""

import json
import shutil
import sqlite3
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from prober.cli import cli
from tests.serving import fetch, get, header

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.mark.parametrize(
    ("path", "status", "vi", "en"),
    [
        ("/nowhere", 404, "Không có trang này", "There is no such page"),
        ("/results/nowhere", 404, "Không có trang này", "There is no such page"),
        ("/results/agency/nobody", 404, "Không có trang này", "There is no such page"),
        ("/survey/1999/headline", 404, "Không có trang này", "There is no such page"),
        ("/survey/2019/place/nowhere", 404, "Không có trang này", "There is no such page"),
        ("/results?" + urlencode({"sql": "drop table agency"}), 400, "không chạy được", "cannot be run"),
        ("/results?" + urlencode({"sql": ENDLESS, "_timelimit": 300}), 400, "quá nhiều thời gian", "took too long"),
        ("/results/agency?_sort=nothing", 400, "Không hiểu", "not understood"),
    ],
)
def test_it_says_why_in_both_languages_with_ways_on(base: str, path: str, status: int, vi: str, en: str) -> None:
    answered, text = get(base + path)
    page = LexborHTMLParser(text)
    assert answered == status and vi in page.css_first("h1").text()
    assert en in LexborHTMLParser(get(base + path, "lang=en")[1]).css_first("h1").text()
    assert page.css_first("link[rel=stylesheet]").attributes["href"] == "/survey/style.css"
    assert page.css("form[action='/search']") and page.css("main a[href='/survey/2019/map']") and page.css(".banner")
    assert header(base + path)["content-security-policy"].startswith("default-src 'none'")


def test_a_statement_that_failed_can_be_mended(base: str) -> None:
    hostile = "drop table x; --</textarea><script>alert(1)</script>"
    text = get(f"{base}/results?{urlencode({'sql': hostile})}")[1]
    page = LexborHTMLParser(text)
    assert page.css_first("textarea[name=sql]").text() == hostile and not page.css("script")


def test_programs_get_json(base: str) -> None:
    status, kind, body = fetch(f"{base}/results.json?{urlencode({'sql': 'drop table x'})}")
    assert status == 400 and kind.startswith("application/json") and b'"ok": false' in body


def publish(folder: Path, results: Path, change: str) -> Path:
    """A published snapshot as an earlier version left it: without what `change` takes away."""
    snapshot = folder / "publish" / "2020-05-29-0123"
    snapshot.mkdir(parents=True)
    (folder / "publish" / "latest.json").write_text(json.dumps({"name": snapshot.name, "world": "sandbox"}))
    with sqlite3.connect(shutil.copy(results, snapshot / "results.db")) as db:
        db.executescript(change)
    db.close()
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [("PRAGMA user_version = 3", "written by an older prober (schema 3"), ("DROP TABLE observation", "not a results")],
)
def test_a_snapshot_that_cannot_be_served_at_all_is_refused(
    tmp_path: Path, pobi_db: Path, monkeypatch: pytest.MonkeyPatch, change: str, said: str
) -> None:
    monkeypatch.chdir(publish(tmp_path, pobi_db, change))
    found = CliRunner().invoke(cli, ["serve", "--published", "publish", "--port", "0"])
    assert found.exit_code == 2 and said in found.stderr and found.stderr.count("\n") == 1


def test_a_snapshot_that_is_gone_is_named(tmp_path: Path, pobi_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(publish(tmp_path, pobi_db, ""))
    shutil.rmtree(tmp_path / "publish" / "2020-05-29-0123")
    found = CliRunner().invoke(cli, ["serve", "--published", "publish", "--port", "0"])
    assert found.exit_code == 2 and "2020-05-29-0123/results.db: not there" in found.stderr
