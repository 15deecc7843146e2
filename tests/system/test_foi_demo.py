"""`prober demo --study foi-en`: twelve English-language councils from the list to the report, and the world's truth.

Everything holds for the whole tree, and for an installed copy that has neither the Vietnamese pack nor POBI 2019.
"""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from prober.store import open_results
from prober.studies.folder import packaged
from tests.receipts import walked
from tests.system.demo_runs import installed_copy, side_by_side

# Twenty working days after Monday 6 April 2020, without Good Friday and Easter Monday (Freedom of Information Act 2000,
# section 10): counted by hand.
LAST_DAY = date(2020, 5, 6)


WHOLE, COPY = "whole", "without Vietnam"
VIETNAMESE = ("prober/studies/packs/vi", "prober/studies/pobi_2019")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    copy = installed_copy(tmp_path_factory.mktemp("installed"), without=VIETNAMESE)
    shown = subprocess.run([copy, "-P", "-m", "prober", "study", "list"], capture_output=True, text=True, timeout=60)
    unread = r" *portal-review +cannot be read.*\n *pobi-2019 +yes +cannot be read"  # they need the pack
    assert re.search(rf"^ *foi-en .*\n{unread}", shown.stdout, re.MULTILINE), shown
    made = {name: tmp_path_factory.mktemp("councils") for name in (WHOLE, COPY)}
    pythons = {WHOLE: Path(sys.executable), COPY: copy}
    said = side_by_side([(pythons[name], folder, "--study foi-en") for name, folder in made.items()])
    for folder, text in zip(made.values(), said, strict=True):
        (folder / "said.txt").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module", params=(WHOLE, COPY))
def folder(folders: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    return folders[request.param]


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((folder / "var/world/truth.json").read_text("utf-8"))["councils"]
    return found


def test_no_verdict_is_wrong(folder: Path, truth: dict[str, dict[str, object]]) -> None:
    rows = open_results(folder / "results.db").query("SELECT agency, kind, state FROM latest_verdict")
    wrong = [row for row in rows if row["state"] != truth[row["agency"].removeprefix("councils-")][row["kind"]]]
    assert not wrong


def test_every_reply_has_the_class_that_its_writer_meant(folder: Path, truth: dict[str, dict[str, object]]) -> None:
    rows = open_results(folder / "results.db").query("SELECT agency, outcome FROM reply_times")
    said = {row["agency"].removeprefix("councils-"): row["outcome"] for row in rows}
    meant = {slug: known["reply"]["event"] for slug, known in truth.items()}  # type: ignore[index]
    assert said == meant | {slug: "silence" for slug, event in meant.items() if event == "N1"}


def test_deadlines_are_those_of_the_act(folder: Path) -> None:
    rows = open_results(folder / "results.db").execute("SELECT DISTINCT rule, due_on FROM deadline").fetchall()
    assert rows == [("reply", LAST_DAY.isoformat())]


def test_a_refusal_names_its_ground_in_the_words_of_the_law(folder: Path) -> None:
    (found,) = (
        open_results(folder / "results.db")
        .execute("SELECT refusal_grounds FROM reply WHERE refusal_grounds != ''")
        .fetchone()
    )
    assert "section 12" in found and "cost of compliance above the appropriate limit" in found
    page = (folder / "report-annex.html").read_text(encoding="utf-8")
    assert "Refused by: section 12 (cost of compliance above the appropriate limit)" in page


def test_the_table_speaks_of_councils(folder: Path) -> None:
    said = (folder / "said.txt").read_text(encoding="utf-8")
    assert "10 of 12" in said and "POBI" not in said and "province" not in said and "regulation" not in said
    page = (folder / "report.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    assert "12 councils" in words and "provinces" not in words


def test_a_copy_without_vietnam_gives_the_same_table(folders: dict[str, Path]) -> None:
    whole, copy = ((folders[name] / "said.txt").read_text(encoding="utf-8") for name in (WHOLE, COPY))
    assert copy == whole and "10 of 12" in copy


def test_every_figure_has_a_receipt(folder: Path) -> None:
    found = {figure.id: figure for figure in walked(folder / "results.db", packaged("foi-en"))}
    assert found["councils.council.qa.share"].n == found["councils.council.replied.share"].n == 12
