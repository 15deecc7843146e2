"""The packaged study portal-review, copied and used as a person would: on two sites of the embedded world."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.store import open_results
from prober.studies.folder import packaged

CONFIG = 'study = "review"\n[crawl]\ndelay = 0.05\nbrowser = "none"\n'
SITES = ("ca-mau", "quang-ninh")
NAMES = [one.kind for one in packaged("portal-review").sought]


def run(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    (folder / "prober.toml").write_text(CONFIG, encoding="utf-8")
    run(folder, "study", "new", "review", "--from", "portal-review")
    assert "97 (2019 63, 2025 34)" in run(folder, "study", "check")
    run(folder, "crawl", *SITES)
    return folder


def test_every_indicator_has_its_column_and_its_line(folder: Path) -> None:
    db = open_results(folder / "results.db")
    rows = {row["province"]: row for row in db.query("SELECT * FROM participation WHERE frame = '2019'")}
    seen = [{name: rows[site][f"has_{name}"] for name in NAMES} for site in SITES]
    # What the world's sites are made of: a ticker, a line in English, a server that tells 404 and sends no HSTS.
    for states in seen:
        assert {name for name in NAMES if states[name] == "found"} >= {"moving_text", "told_404"}
        assert {name for name in NAMES if states[name] == "not_found"} >= {"https_hsts", "security_txt", "trackers"}
        assert states["search_finds"] == "not_seen"  # its search is a form
    lines = {row["indicator"]: row["k"] for row in db.query("SELECT * FROM headline WHERE frame = '2019'")}
    assert [name for name in lines if name in NAMES] == NAMES and lines["told_404"] == len(SITES)
    assert "qa" not in lines


def test_figures_and_report_speak_of_them(folder: Path) -> None:
    shares = json.loads(run(folder, "analysis", "shares", "--frame", "2019", "--json"))
    assert {*NAMES} <= {row["indicator"] for row in shares}
    run(folder, "report")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Third-party trackers" in page and "Công cụ theo dõi của bên thứ ba" in page
