"""A list of one's own, without portals: every table, page and gate speaks of its agencies and misses none."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib
import nbformat  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from prober.cli import cli
from prober.reporting.datasette.site_pages import PAGES
from prober.reporting.html.render import render, render_annex
from prober.reporting.publish.gates import _every_unit
from prober.reporting.tables import indicators
from prober.store.reading.campaign_pairs import seen
from prober.store.reading.report_rows import report_rows
from tests.pobi import POBI, agencies
from tests.prober.conftest import SCANNED, Survey
from tests.serving import get, rows, serving

FRAME = "communes"
NOTEBOOK = Path(__file__).parents[4] / "docs/tutorial.ipynb"


def notebook() -> str:
    """What all code cells of the notebook print, run beside results.db."""
    matplotlib.use("agg")
    names: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as out:
        for cell in nbformat.read(NOTEBOOK, as_version=4)["cells"]:
            if cell["cell_type"] == "code":
                exec(cell["source"], names)
    return out.getvalue()


# All of them are said to lie in one province, as a user's file may say.
COMMUNES = [
    replace(
        agencies("2019")[0], frame=FRAME, slug=f"xa-{number}", kind="commune", name_vi=f"Xã {number}",
        name_en=f"Commune {number}", url=f"https://xa{number}.example.test", province="ca-mau", province_vi="Cà Mau",
        province_en="Ca Mau", grid_row=None, grid_col=None,
    )
    for number in range(1, 9)
]  # fmt: skip


@pytest.fixture
def communes(survey: Survey) -> Survey:
    """Eight communes: five with a section, six with an address; seven asked, two of them answered."""
    survey.registry(COMMUNES)
    with survey.db.atomic():
        scan = survey.scan(FRAME)
        for number, agency in enumerate(COMMUNES):
            survey.visit(scan, agency.id, final_url=agency.url)
            survey.verdict(scan, agency.id, "qa", "found" if number < 5 else "not_found", level=4 if number < 5 else 0)
            survey.verdict(scan, agency.id, "email", "found" if number < 6 else "not_found")
        survey.campaign("thu-tuc", frame=FRAME, kind="commune", title="Thủ tục hành chính")
        for number, agency in enumerate(COMMUNES[:7]):
            answered = number < 2
            request = survey.request(
                agency.id, "thu-tuc", position=number + 1, outcome="F1" if answered else "silence",
                replied=int(answered), delivered="yes",
            )  # fmt: skip
            if answered:
                survey.reply(request, "F1", 20.0, 2)
        survey.run()
    return survey


@pytest.mark.parametrize(
    ("languages", "asked", "opens"),
    [
        (("vi",), "", "both"),
        (("en", "vi"), "", "both"),
        (("en",), "", "en"),
        (("cy",), "", "en"),
        (("en",), "vi", "vi"),
    ],
)
def test_a_report_opens_in_what_its_readers_may_be_expected_to_read(
    communes: Survey, languages: tuple[str, ...], asked: str, opens: str
) -> None:
    found, study = report_rows(communes.db, FRAME), replace(POBI, languages=languages)
    for text in (render(found, study, asked), render_annex(found, study, asked)):
        page = LexborHTMLParser(text)
        (chosen,) = page.css("input[name=language][checked]")
        assert chosen.attributes["id"] == f"in-{opens}"
        title = page.css_first("title").text()
        assert ("khảo sát" in title or "trả lời" in title) == (opens != "en")


def test_no_page_speaks_of_other_peoples_lists(communes: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither report, site nor notebook; every page answers, and the notebook runs to its end."""
    with serving(communes.path.parent) as (base, _):
        paths = ("/", "/search", *(f"/survey/{FRAME}/{page.name}" for page in PAGES), f"/survey/{FRAME}/place/xa-1")
        pages = {f"{path}?lang={name}": get(f"{base}{path}?lang={name}") for path in paths for name in ("en", "vi")}
    assert {status for status, _ in pages.values()} == {200}
    pages["report"] = 200, render(report_rows(communes.db), POBI)
    for path, (_, text) in pages.items():
        shown = LexborHTMLParser(text).body
        for address in shown.css("code") if shown else ():
            address.decompose()
        assert shown and not re.search(
            r"[Pp]rovince|Department of Finance|Sở Tài chính|tỉnh, thành phố|Đắk Lắk|POBI|34 ", shown.text()
        ), path
    assert "sites of communes as a citizen could" in pages["/?lang=en"][1]
    assert "Commune by commune" in pages[f"/survey/{FRAME}/headline?lang=en"][1]
    monkeypatch.chdir(communes.path.parent)
    printed = notebook()
    assert f"{FRAME}: simulated data" in printed and "qa_and_email: 5 of 8. 3 not found, not confirmed yet." in printed
    assert "7 letters reached an office, 2 brought an answer" in printed


def test_a_list_that_was_only_crawled_runs_through_the_notebook(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey.registry(COMMUNES)
    survey.visit(survey.scan(FRAME), COMMUNES[0].id)
    survey.run()
    monkeypatch.chdir(survey.path.parent)
    assert "0 letters reached an office" in notebook()


def test_two_communes_that_merged_are_compared_by_a_succession_of_ones_own(communes: Survey) -> None:
    """Xã 5 has a section, xã 6 none; both became xã mới. A second scan and a second campaign of the later frame."""
    later = [replace(COMMUNES[0], frame="later", slug=slug, name_vi=slug, url="") for slug in ("moi", "con")]
    communes.registry(later)
    folder = communes.path.parent
    (folder / "prober.toml").write_text('world = "sandbox"\n[sandbox]\nsmall = true\n', encoding="utf-8")

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])
        assert result.exit_code == code, (words, result.output)
        return result.output if code else result.stdout

    assert f"Nobody is known to have taken over from an agency of frame {FRAME}" in run(
        "analysis", "merged", "--frame", FRAME, code=2
    )
    links = folder / "successions.csv"
    links.write_text(
        "predecessor,successor,effective_date\ncommunes-xa-5,later-xa,x\n2019-ca-mau,later-moi,\n", encoding="utf-8"
    )
    said = run("agencies", "import", str(links), code=2)
    assert "successions.csv:2: successor 'later-xa' is no agency of the registry" in said
    assert "successions.csv:2: effective_date: must be an ISO date" in said and "is said by the study" in said
    into = [f"communes-xa-{n};later-{'moi' if n in (5, 6) else 'con'};2026-07-01\n" for n in range(1, 9)]
    links.write_text("predecessor;successor;effective_date\n" + "".join(into), encoding="utf-8")
    assert "8 successions: 8 rows changed" in run("agencies", "import", str(links))
    rows_ = json.loads(run("analysis", "merged", "--frame", FRAME, "--units", "--json"))
    assert {(row["unit"], row["state"]) for row in rows_ if row["indicator"] == "qa"} == {
        ("later-moi", "found"),
        ("later-con", "found"),
    }
    page = LexborHTMLParser(render_annex(report_rows(communes.db, FRAME), POBI))
    assert "Counted as the 2 units that took over" in page.body.text()
    with serving(folder) as (base, _):
        text = LexborHTMLParser(get(f"{base}/survey/{FRAME}/map?lang=en")[1]).body.text()
    assert "2 units after the merger" in text and ": Commune 5, Commune 6" in re.sub(r"\s+", " ", text)

    with communes.db.atomic():
        scan = communes.scan("later", at=SCANNED + timedelta(days=300))
        for agency, state in zip(later, ("not_found", "found"), strict=True):
            communes.visit(scan, agency.id)
            communes.verdict(scan, agency.id, "qa", state)
        communes.campaign("lan-2", frame="later", kind="commune", title="Lần 2")
        for number, agency in enumerate(later, 1):
            communes.request(agency.id, "lan-2", position=number, delivered="yes", outcome="silence")
    waves = json.loads(run("analysis", "waves", "1", str(scan), "--kind", "qa", "--json"))
    assert [(row["before"], row["after"]) for row in waves if row["not_seen"] == "all not found"] == [(2, 1)]
    assert {row["n"] for row in json.loads(run("analysis", "waves", "thu-tuc", "lan-2", "--json"))} == {2}
    assert "name the earlier frame first" in run("analysis", "waves", "lan-2", "thu-tuc", code=2)
    communes.db.execute("INSERT INTO agency_successor VALUES ('communes-xa-1', 'later-moi', '')")
    divided = run("analysis", "merged", "--frame", FRAME, code=2)
    assert "communes-xa-1 was divided among later-con and later-moi" in divided and "names one of them" in divided
    one = "predecessor,successor,effective_date\ncommunes-xa-1,later-con,2026-07-01\n"
    links.write_text(one, encoding="utf-8")
    assert "1 successions: 1 rows changed" in run("agencies", "import", str(links))
    run("analysis", "merged", "--frame", FRAME)


def test_every_agency_has_its_row_and_its_letter(communes: Survey) -> None:
    found = report_rows(communes.db)
    assert (found.frame, len(found.provinces)) == (FRAME, 8)
    assert [row["province"] for row in found.provinces] == [agency.slug for agency in COMMUNES]
    assert [row["asked"] for row in found.provinces] == [1] * 7 + [0]
    figures = {row["indicator"]: row for row in found.headline}
    assert (figures["qa_and_email"]["k"], figures["qa_and_email"]["n"]) == (5, 8)
    assert (figures["replied"]["k"], figures["replied"]["n"]) == (2, 7)
    assert figures["replied"]["label_en"] == "Agency answered the emailed request"
    assert all("ortal" not in row["label_en"] and "Finance" not in row["label_en"] for row in found.headline)
    assert all(row["reference"] is None for row in found.headline)


def test_shares_scans_and_gates_know_them(communes: Survey) -> None:
    found = report_rows(communes.db)
    table = [row for row in indicators.shares(found.provinces, found.headline) if row["indicator"] == "email"]
    assert {(row["k"], row["n"]) for row in table} == {(6, 8)}
    assert len(seen(communes.db, 1, "qa")) == 8
    gate = _every_unit(communes.db)
    assert (gate.passed, gate.detail) == (True, "communes: 8 of 8")


def test_the_report_speaks_of_communes(communes: Survey) -> None:
    page = LexborHTMLParser(render(report_rows(communes.db), POBI))
    text = " ".join(page.body.text().split())  # type: ignore[union-attr]
    assert "How do 8 communes respond to citizens?" in text
    assert "5 of 8 sites have both a Q&A section and a contact email." in text
    assert "2 of 7 agencies answered an emailed request" in text
    for word in ("Department of Finance", "Sở Tài chính", "Province", "province", "tỉnh, thành phố"):
        assert word not in text, text[text.index(word) - 80 : text.index(word) + 80]
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    assert {agency.slug for agency in COMMUNES} <= set(ids)


@pytest.fixture
def base(communes: Survey) -> Iterator[str]:
    folder = communes.path.parent
    communes.db.close()
    with serving(folder) as (url, _):
        yield url


def test_the_site_speaks_of_communes_and_leads_to_each(base: str) -> None:
    for path in ("/", *(f"/survey/{FRAME}/{name}" for name in ("headline", "map", "replies", "not-seen", "changes"))):
        status, text = get(base + path)
        assert status == 200
        assert "Departments of Finance" not in text and "Sở Tài chính" not in text, path
    for agency in COMMUNES:
        status, text = get(f"{base}/survey/{FRAME}/place/{agency.slug}")
        assert status == 200 and agency.name_vi in text
    for indicator, count in (("qa", 8), ("replied", 7)):
        proved = rows(base, f"/results/figure.json?_shape=array&indicator={indicator}&frame={FRAME}")
        assert len({row["name_vi"] for row in proved}) == count
