"""docs/tutorial.ipynb as a researcher runs it: every cell, on a results.db of 63 provinces."""

import re
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import nbformat  # type: ignore[import-untyped]
import pytest
from nbclient import NotebookClient  # type: ignore[import-untyped]

from prober.reporting.datasette import site_pages
from prober.reporting.html import render
from prober.reporting.publish.publication import publish
from prober.reporting.statistics.randomisation import fisher
from prober.reporting.tables import reply_tables
from prober.store import open_results
from prober.store.reading.report_rows import report_rows
from tests.pobi import POBI

NOTEBOOK = Path(__file__).parents[4] / "docs/tutorial.ipynb"


@pytest.fixture(scope="module", params=["results.db", pytest.param("snapshot", marks=pytest.mark.proof)])
def executed(
    tmp_path_factory: pytest.TempPathFactory, pobi_db: Path, request: pytest.FixtureRequest
) -> tuple[Path, nbformat.NotebookNode]:
    """On results.db as the prober left it, and on the one that was published, which nobody may write."""
    folder = tmp_path_factory.mktemp("tutorial")
    shutil.copy(pobi_db, folder / "results.db")
    with closing(sqlite3.connect(folder / "results.db")) as db, db:  # came back, and not said to have failed for good
        db.execute("UPDATE request SET delivered = 'unknown' WHERE outcome = 'N0'")
    if request.param == "snapshot":
        db = open_results(folder / "results.db")
        folder = publish(db, tmp_path_factory.mktemp("publish")).folder
        db.close()
        assert not (folder / "results.db").stat().st_mode & stat.S_IWUSR
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    return folder, notebook


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(part.get("text", "") + part.get("data", {}).get("text/plain", "") for part in cell["outputs"])


def test_it_is_stored_with_the_outputs_of_the_demo() -> None:
    """`make notebook` writes them; nothing of the machine that ran it is kept."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    silent = {"db.close()"}
    assert [cell["source"][:40] for cell in code if not cell["outputs"] and cell["source"] not in silent][1:] == []
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    told = "\n".join(map(printed, code))
    assert (
        "simulated data" in told and "qa_and_email: 61 of 63" in told and "letters reached an office, 8 brought" in told
    )
    assert sum("image/png" in out.get("data", {}) for cell in code for out in cell["outputs"]) == 2
    assert str(Path.home()) not in told and not [cell for cell in code if "execution" in cell["metadata"]]
    assert [
        out for cell in code for out in cell["outputs"] if out["output_type"] == "error" or out.get("name") == "stderr"
    ] == []


def test_its_figures_are_those_of_the_database(executed: tuple[Path, nbformat.NotebookNode]) -> None:
    folder, notebook = executed
    cells = notebook["cells"]
    assert "simulated data" in printed(cells[1])
    with sqlite3.connect(folder / "results.db") as db:
        for indicator, k, n, share in db.execute("SELECT indicator, k, n, share FROM headline"):
            line = next(line for line in printed(cells[2]).splitlines() if line.startswith(f"{indicator} "))
            assert line.split()[1:3] == [str(k), str(n)]
            assert float(line.split()[7]) == pytest.approx(share, abs=1e-4)
    db.close()


def test_all_outputs_count_the_same_letters_as_reached(executed: tuple[Path, nbformat.NotebookNode]) -> None:
    """Of 63 two came back, one of them without a final word: 61 reached an office, in all four."""
    folder, notebook = executed
    assert "61 letters reached an office, 8 brought an answer; no median, because fewer" in printed(
        notebook["cells"][11]
    )
    db = open_results(folder / "results.db")
    study = report_rows(db)
    (replies,) = (page for page in site_pages.PAGES if page.name == "replies")
    shown = replies.values(db, study, {})
    db.close()
    assert study.campaign and shown and (shown["answers"].curve.n, shown["answers"].left_out) == (61, 2)
    assert re.search(r"8 of 61 agencies that the letter reached", render.render(study, POBI))
    waiting = study.campaign["waiting_working_days"]
    times = reply_tables.times(study.requests, study.replies, waiting, POBI.calendar)
    assert {row["n"] for row in times} == {61}
    assert "answered: 0.131 by the curve, 0.131 by counting" in printed(notebook["cells"][13])


def test_it_draws_a_map_of_the_same_tiles_as_the_site(executed: tuple[Path, nbformat.NotebookNode]) -> None:
    _, notebook = executed
    assert any("image/png" in output.get("data", {}) for output in notebook["cells"][6]["outputs"])


def test_a_question_of_ones_own_is_answered_by_the_same_test(executed: tuple[Path, nbformat.NotebookNode]) -> None:
    folder, notebook = executed
    said = printed(notebook["cells"][15])
    found = re.search(r"answered: (\d+) of (\d+) with .*, (\d+) of (\d+) of the others\n.* p = ([\d.]+)", said)
    assert found, said
    k, n, k_rest, n_rest = map(int, found.groups()[:4])
    with closing(sqlite3.connect(folder / "results.db")) as db:
        sql = "SELECT COUNT(*), SUM(answered = 'found') FROM participation WHERE asked AND answered != 'not_seen'"
        assert db.execute(sql).fetchone() == (n + n_rest, k + k_rest)
    assert float(found[5]) == pytest.approx(fisher((k, n), (k_rest, n_rest)), abs=0.005)


def test_it_draws_a_figure(executed: tuple[Path, nbformat.NotebookNode]) -> None:
    folder, notebook = executed
    assert any("image/png" in output.get("data", {}) for output in notebook["cells"][12]["outputs"])
    assert (folder / "reply-times.png").read_bytes().startswith(b"\x89PNG")
