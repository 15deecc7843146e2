"""The report on paper: `prober report --pdf`, in a process without another browser."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from prober.cli import cli
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


def test_a_pdf_without_a_browser_says_what_to_do(survey: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile_study(survey)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n[crawl]\nbrowser = "none"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["report", "--pdf", "report.pdf"])
    assert result.exit_code == 2
    assert "no Chromium found; install one" in result.stderr
    assert not (tmp_path / "report.pdf").exists()
