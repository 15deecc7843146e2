"""The report on paper: `prober report --pdf`, in a process without another browser."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from prober.cli import cli
from prober.reporting.html import render
from prober.store import open_results
from prober.store.reading.report_rows import ReportRows, report_rows
from spiders.browser.pdf_printer import print_pdf
from tests.pobi import POBI
from tests.prober.reporting.html.hostile_study import hostile_study


@pytest.mark.proof
@pytest.mark.needs("chromium")
def test_the_command_prints_a4_with_page_numbers(survey: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile_study(survey)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["report", "--pdf", "out/report.pdf", "--language", "en"])
    assert result.exit_code == 0, result.output
    pdf = PdfReader(tmp_path / "out" / "report.pdf")
    last = len(pdf.pages)
    for number, page in enumerate(pdf.pages, 1):
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (596, 843)
        words = " ".join(page.extract_text().split())
        assert "Simulated data" in words and f"{number} / {last}" in words
    assert "respond to citizens" in pdf.pages[0].extract_text()
    assert "trả lời người dân" not in pdf.pages[0].extract_text()
    assert [entry["/Title"] for entry in pdf.outline if isinstance(entry, dict)]
    assert sorted(part.name for part in (tmp_path / "out").iterdir()) == ["report.pdf"]


@pytest.fixture
def worst(pobi_db: Path) -> ReportRows:
    """The survey of 63 on its worst day: every list is full, every mark stands, a title is as long as titles get."""
    db = open_results(pobi_db)
    found = report_rows(db, listed=POBI.successions)
    db.close()
    change = {
        "agency": found.agencies[0]["id"], "at": found.as_of, "kind": "qa", "what": "verdict", "before": "found",
        "after": "not_found", "value": f"https://{'hoi-dap.' * 12}gov.test", "kind_vi": "", "kind_en": "",
    }  # fmt: skip
    gap = found.gaps[0]
    return replace(
        found,
        provinces=tuple(
            row
            | {
                "age_days": 20,
                "stale": 1,
                "second_look_since": found.as_of,
                "social_platforms": "facebook, youtube, zalo",
            }
            for row in found.provinces
        ),
        changes=(change,) * 200,
        second_look=(change,) * 200,
        gaps=tuple(gap | {"agency": row["id"]} for row in found.agencies),
        requests=tuple(
            row | ({"delivered": "no"} if place % 3 == 0 else {"state": "uncertain"} if place % 3 == 1 else {})
            for place, row in enumerate(found.requests)
        ),
        earlier=found.campaign,
        earlier_requests=found.requests,
    )


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("day", ["pobi", pytest.param("worst", marks=pytest.mark.proof)])
def test_63_provinces_are_at_most_twelve_pages(
    day: str, pobi_db: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if day == "pobi":
        db = open_results(pobi_db)
        study = report_rows(db, listed=POBI.successions)
        db.close()
    else:
        study = request.getfixturevalue(day)
    assert len(study.provinces) == 63
    text = render.render(study, POBI, annex="report-annex.html")  # in both languages: the longest
    pages = PdfReader(print_pdf(text, tmp_path / "report.pdf", "auto", render.foot(study))).pages
    assert len(pages) <= 12
    words = [" ".join(page.extract_text().split()) for page in pages]
    assert "61 / 63" in words[0].replace("61/ 63", "61 / 63") and not any("Bấm vào ô" in page for page in words)
    assert all(len(page) > 700 for page in words[:-1])  # none is nearly empty


@pytest.mark.proof
@pytest.mark.needs("chromium")
def test_the_annex_is_written_and_printed_beside_the_report(
    survey: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile_study(survey)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["report", "--annex", "--out", "to/one.html", "--pdf", "to/two.pdf"])
    assert result.exit_code == 0, result.output
    names = ["one.html", "one-annex.html", "two.pdf", "two-annex.pdf"]
    assert [Path(line).name for line in result.stdout.splitlines()] == names
    assert sorted(part.name for part in (tmp_path / "to").iterdir()) == sorted(names)
    report, annex = ((tmp_path / "to" / name).read_text(encoding="utf-8") for name in names[:2])
    assert 'href="one-annex.html#ca-mau"' in report and 'href="one.html"' in annex
    assert len(PdfReader(tmp_path / "to" / "two-annex.pdf").pages) >= 1


def test_a_pdf_without_a_browser_says_what_to_do(survey: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile_study(survey)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n[crawl]\nbrowser = "none"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["report", "--pdf", "report.pdf"])
    assert result.exit_code == 2
    assert "no Chromium found; install one" in result.stderr
    assert not (tmp_path / "report.pdf").exists()
