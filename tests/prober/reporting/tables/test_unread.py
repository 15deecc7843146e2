"""Beside every "k of n" stands what the rest is, and what waits for a second look: the same in every place."""

import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from prober.cli import cli
from prober.reporting.html import render
from prober.reporting.tables.corrected_shares import estimate, of_campaign
from prober.reporting.tables.unread import rest
from prober.store import open_results
from prober.store.reading.queries import Row, rows
from prober.store.reading.report_rows import report_rows
from tests.pobi import POBI, agencies
from tests.prober.conftest import SCANNED, Survey
from tests.serving import get, serving

NOTEBOOK = Path(__file__).parents[4] / "docs/tutorial.ipynb"
COUNTS = ("k", "n", "not_found", "confirmed", "not_seen", "second_look")
# What one look missed: (agency, kind), of which each was present before.
MISSED = (
    ("2019-ca-mau", "qa"), ("2019-bac-ninh", "email"), ("2019-dong-thap", "social"), ("2019-thua-thien-hue", "qa"),
    ("2019-an-giang", "budget"), ("2019-bac-giang", "budget"),
)  # fmt: skip
UNSEEN_SINCE = "2019-thua-thien-hue"  # could not be seen again for forty days, so that nothing is known of its section
# By hand: of n, those that wait; of k, these. An Giang's budget stands on the site of its Department of Finance too.
WAITING = {
    "qa_and_email": (3, 2), "qa": (2, 1), "qa_form": (2, 1), "email": (1, 1), "social": (1, 1), "access": (0, 0),
    "regulation": (1, 1), "budget": (1, 1), "replied": (None, None), "human": (None, None),
}  # fmt: skip


def missed(folder: Path, pobi_db: Path, second_look: bool = False) -> Path:
    """`pobi_db` after a night that missed much; with `second_look`, after another that missed the same."""
    shutil.copy(pobi_db, folder / "results.db")
    survey = Survey(folder / "results.db")
    survey._pages = 10_000
    with survey.db.atomic():
        for agency in ("2019-an-giang", "2019-bac-giang", "2019-stc-an-giang"):
            survey.verdict(1, agency, "budget", "found")
        survey.verdict(1, "2019-stc-bac-giang", "budget", "not_found")
        survey.db.execute("UPDATE verdict SET state = 'found' WHERE agency = '2019-ha-noi' AND kind = 'access'")
        regulation = survey.observe(1, "2019-ha-noi", "access", "regulation", "12/QĐ-UBND")
        finding = survey.db.execute("SELECT finding FROM observation WHERE id = ?", [regulation]).fetchone()[0]
        for night, first_look in ((1, 1), (2, 0)):
            if first_look or second_look:
                scan = _night(survey, night, first_look)
            if first_look:
                survey.db.table("change").insert({
                    "agency": "2019-ha-noi", "kind": "access", "from_scan": 1, "to_scan": scan, "what": "vanished",
                    "cause": "second_look", "finding": finding, "before": "12/QĐ-UBND", "after": "",
                })  # fmt: skip
            elif second_look:
                survey.db.execute("UPDATE change SET cause = 'site', second_scan = ?", [scan])
        if not second_look:
            late = survey.scan(at=SCANNED + timedelta(days=41))
            survey.visit(late, UNSEEN_SINCE, outcome="unreachable", failure="dns")
            survey.verdict(late, UNSEEN_SINCE, "qa", "not_seen")
    survey.db.close()
    return folder / "results.db"


def _night(survey: Survey, day: int, second_look: int) -> int:
    scan = survey.scan(at=SCANNED + timedelta(days=day))
    for agency in {agency for agency, _ in MISSED} | {"2019-ha-noi"}:
        survey.visit(scan, agency)
    for agency, kind in MISSED:
        survey.verdict(scan, agency, kind, "not_found", second_look=second_look)
    survey.verdict(scan, "2019-ha-noi", "access", "found")
    return scan


def headline(path: Path) -> dict[str, dict[str, Any]]:
    db = open_results(path)
    found = {row["indicator"]: row for row in db.query("SELECT * FROM headline")}
    db.close()
    return found


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Path:
    return missed(tmp_path_factory.mktemp("missed"), pobi_db)


@pytest.fixture(scope="module")
def view(db: Path) -> dict[str, dict[str, Any]]:
    return headline(db)


def test_what_waits_is_counted_and_leaves_k_when_the_second_look_says_the_same(
    view: Mapping[str, Mapping[str, Any]], pobi_db: Path, tmp_path: Path
) -> None:
    assert {name: (row["second_look"], row["k_second_look"]) for name, row in view.items()} == WAITING
    later = headline(missed(tmp_path, pobi_db, second_look=True))
    for name, row in view.items():
        assert row["n"] == row["k"] + row["not_found"] + row["not_seen"], name
        waiting, in_k = (number or 0 for number in WAITING[name])
        assert later[name]["k"] == row["k"] - in_k, name
        assert later[name]["not_found"] == row["not_found"] + waiting, name
        assert later[name]["not_seen"] == row["not_seen"] - (waiting - in_k), name
        assert not later[name]["second_look"], name


def test_every_place_has_the_same_counts_and_the_same_words(
    db: Path, view: Mapping[str, Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {name: tuple(row[column] for column in COUNTS) for name, row in view.items()}
    words = {name: said.en for name, row in view.items() if (said := rest(row))}
    assert len(words) == len(view)

    table_of = json.loads(run(db, "participation", "--json"))
    assert {row["indicator"]: tuple(row[column] for column in COUNTS) for row in table_of} == counts
    for name, said in words.items():
        assert f"{name}: {said}" in run(db, "participation").splitlines()
    shares = {
        row["indicator"]: row for row in json.loads(run(db, "shares", "--json")) if row["not_seen"] == "all not found"
    }
    assert {name: (row["k"], row["k_second_look"]) for name, row in shares.items()} == {
        name: (row["k"], row["k_second_look"]) for name, row in view.items()
    }
    for name, row in view.items():
        groups = json.loads(run(db, "groups", name, "--json"))
        for column in ("k", "n", "not_found", "not_seen", "k_second_look"):
            assert sum(group[column] or 0 for group in groups) == (row[column] or 0), (name, column)

    results = open_results(db)
    report = LexborHTMLParser(render.render(report_rows(results), POBI))
    results.close()
    top = ("qa_and_email", "replied")
    assert list(table(report)) == list(counts.values())
    assert [flat(node) for node in report.css(".key .rest .en")] == [words[name] for name in top]
    assert all(words[name] in flat(report.css_first("header .prose .en")) for name in top)

    with serving(db.parent) as (base, _):
        paths = ("/survey/2019/headline?lang=en", "/?lang=en")
        page, start = (LexborHTMLParser(get(base + path)[1]) for path in paths)
    assert list(table(page)) == list(counts.values())
    assert all(words[name] in flat(start.body) for name in top)
    for shown in (report, page):
        notices = [flat(notice) for notice in shown.css(".notice")]
        said = [n for n, row in view.items() if any(row["label_en"] in text and words[n] in text for text in notices)]
        assert said == [name for name, row in view.items() if row["second_look"]]

    monkeypatch.chdir(db.parent)
    printed = notebook(3).splitlines()
    assert [line for line in printed if line.partition(":")[0] in view] == [
        f"{name}: {row['k']} of {row['n']}. {words[name]}" for name, row in view.items()
    ]


def test_a_share_corrected_by_a_random_list_stands_in_every_place_with_its_interval(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """240 communes wrote; of 120 drawn and read, rules mistook 30 answers. Without a list nothing is said."""
    places = [replace(agencies("2019")[0], frame="xa", slug=f"xa-{n}", kind="commune", url="") for n in range(240)]
    survey.registry(places)
    with survey.db.atomic():
        survey.campaign("thu-tuc", frame="xa", kind="commune", title="Thủ tục")
        for number, agency in enumerate(places):
            event = "F1" if number < 30 else "A1"
            drawn = {"reading": "drawn", "reading_place": number / 1000} if number < 120 else {"reading": "rest"}
            request = survey.request(
                agency.id,
                "thu-tuc",
                position=number + 1,
                delivered="yes",
                outcome=event,
                replied=int(number < 30),
                **drawn,
            )
            decided = "person" if number < 120 else "rule"
            survey.reply(request, event, 5.0, 1, proposed_event="A1", decided_by=decided)
        survey.run()
    (shown,) = (row for row in of_campaign(*_letters(survey)) if row["indicator"] == "replied")
    said = estimate(shown)
    assert said and said.en.startswith("Corrected share: 25.0 % of 240 (95 %: ") and "120 agencies drawn" in said.en

    report = LexborHTMLParser(render.render(report_rows(survey.db), POBI))
    with serving(survey.path.parent) as (base, _):
        vietnamese, english = (
            LexborHTMLParser(get(f"{base}/survey/xa/headline?lang={language}")[1]) for language in ("vi", "en")
        )
    for place, words in ((report, said.en), (report, said.vi), (english, said.en), (vietnamese, said.vi)):
        assert any(words in flat(notice) for notice in place.css(".notice"))
    monkeypatch.chdir(survey.path.parent)
    assert f"thu-tuc, replied: 30 of 240 as read so far. {said.en}" in notebook(3).splitlines()

    survey.db.execute("UPDATE request SET reading = ''")
    assert not any(estimate(row) for row in of_campaign(*_letters(survey)))
    assert "Corrected share" not in render.render(report_rows(survey.db), POBI) + notebook(3)


def _letters(survey: Survey) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    return rows(survey.db, "requests", campaign="thu-tuc"), rows(survey.db, "replies", campaign="thu-tuc")


def run(db: Path, *command: str) -> str:
    (db.parent / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["--config", str(db.parent / "prober.toml"), "analysis", *command])
    assert result.exit_code == 0, result.output
    return result.stdout


def table(page: LexborHTMLParser) -> Iterator[tuple[int | None, ...]]:
    """The counts of the table of indicators, row by row; a dash is nothing."""
    for row in page.css("table.indicators tbody tr"):
        cells = [flat(cell) for cell in row.css("td")]
        k, n = cells[0].split("/")
        yield tuple(None if cell == "–" else int(cell) for cell in (k, n, *cells[4:8]))


def flat(node: Any) -> str:
    return re.sub(r"\s+", " ", node.text()).strip()


def notebook(cells: int) -> str:
    """What the first code cells print, run beside results.db."""
    code = [cell["source"] for cell in nbformat.read(NOTEBOOK, as_version=4)["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as out:
        for source in code[:cells]:
            exec(source, names)
    names["db"].close()
    return out.getvalue()
