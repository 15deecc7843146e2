"""The folder of POBI 2019 moved elsewhere and renamed: the demo gives the same figures, row by row."""

import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from prober.studies import folder as study_folder
from tests.system.demo_runs import side_by_side

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.proof]  # two demos side by side

# What readers see, by what names a row in life. Not compared are numbers of rows and runs, the name of the campaign,
# which is that of its study, and when a site was last seen.
ROWS = {
    "headline": "*",
    "participation": "*",
    "campaign_progress": "*",
    "reply_times": "*",
    "verdicts": "SELECT agency, kind, state, level, reason FROM latest_verdict",
    "findings": "SELECT f.agency, f.kind, f.category, f.value, o.state, o.level, o.snippet, o.detail, p.url "
    "FROM observation o JOIN finding f ON f.id = o.finding LEFT JOIN page p ON p.id = o.page",
    "deadlines": "SELECT r.agency, d.rule, d.law, d.article, d.due_on, d.met, d.calendar, d.elapsed_working_days "
    "FROM deadline d JOIN request r ON r.id = d.request",
    "replies": "SELECT r.agency, m.event, m.rule, m.received_at, m.hours, m.working_days, m.proof, m.refusal_grounds "
    "FROM reply m JOIN request r ON r.id = m.request",
}
LEFT = ("campaign", "request", "seen_at", "scan", "title")


def rows(folder: Path, name: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(folder / "results.db")
    try:
        sql = ROWS[name]
        if sql == "*":
            columns = [c[0] for c in db.execute(f"SELECT * FROM {name} LIMIT 0").description if c[0] not in LEFT]
            sql = f"SELECT {', '.join(columns)} FROM {name}"
        return sorted(db.execute(sql).fetchall(), key=repr)
    finally:
        db.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    packaged, moved = tmp_path_factory.mktemp("packaged"), tmp_path_factory.mktemp("moved")
    own = moved / "studies/budgets-of-2019"
    shutil.copytree(study_folder.packaged("pobi-2019").folder, own)
    text = (own / "study.toml").read_text(encoding="utf-8")
    assert text.count('name = "pobi-2019"') == 1
    (own / "study.toml").write_text(text.replace('name = "pobi-2019"', 'name = "budgets"'), encoding="utf-8")
    this = Path(sys.executable)
    said = side_by_side([(this, packaged, "--small"), (this, moved, "--small --study studies/budgets-of-2019")])
    assert said[0] == said[1] and "Simulated result" in said[0]
    return packaged, moved


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_the_same(both: tuple[Path, Path], name: str) -> None:
    packaged, moved = (rows(folder, name) for folder in both)
    assert packaged and moved == packaged
