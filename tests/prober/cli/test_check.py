"""prober check: exit codes, kinds of files, and what it prints."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docx import Document

from prober.cli import cli
from tests.documented import block
from tests.drafts import a_later_scan
from tests.prober.conftest import Survey, fill

RIGHT = "8 of 63 Departments of Finance answered. 58/63 portals have a Q&A section."
WRONG = "61 of 63 portals have a Q&A section."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("article")
    survey = Survey(folder / "results.db")
    fill(survey)
    a_later_scan(survey)
    survey.db.close()
    (folder / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    return folder


def run(folder: Path, name: str, text: str | bytes, *options: str) -> Result:
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    return CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), "check", str(folder / name), *options])


def test_all_right_is_0_and_something_wrong_is_1(folder: Path) -> None:
    done = run(folder, "a.txt", RIGHT)
    assert done.exit_code == 0, done.output
    assert "2019.finance.replied.share" in done.stdout and "right" in done.stdout
    done = run(folder, "a.txt", f"{RIGHT}\n{WRONG}", "--json")
    assert done.exit_code == 1
    last = json.loads(done.stdout)[-1]
    assert (last["place"], last["text"], last["verdict"]) == ("2:1", "61 of 63", "outdated")
    assert last["figure"] == "2019.portal.qa.share" and last["value"] == "58 of 63" and last["why_vi"]


def document(folder: Path) -> bytes:
    made = Document()
    made.add_paragraph("Thư ngỏ")
    made.add_paragraph("Chỉ 9 trong 63 Sở Tài chính đã trả lời.")
    made.save(str(folder / "made.docx"))
    return (folder / "made.docx").read_bytes()


def test_markdown_html_and_docx_are_read(folder: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.md": "# Draft\n\nOnly **9 of 63** departments answered.", "a.docx": document(folder),
        "a.html": "<style>.a{width:12%}</style><p>Only <b>9</b> of 63 departments answered.</p>",
    }  # fmt: skip
    for name, text in files.items():
        done = run(folder, name, text, "--json")
        found = [(row["text"], row["verdict"]) for row in json.loads(done.stdout)]
        assert done.exit_code == 1 and [verdict for _, verdict in found] == ["mistaken"], (name, done.output)


@pytest.mark.parametrize("name, data", [("a.txt", b" \n"), ("a.bin", b"\x00\x01\x02"), ("a.docx", b"PK\x03\x04broken")])
def test_a_bad_file_is_2(folder: Path, name: str, data: bytes) -> None:
    done = run(folder, name, data)
    assert done.exit_code == 2, done.output
    assert str(folder / name) in done.stderr


def test_a_missing_file_or_an_unknown_frame_is_2(folder: Path) -> None:
    options = ["--config", str(folder / "prober.toml"), "check", str(folder / "nothing.txt")]
    assert CliRunner().invoke(cli, options).exit_code == 2
    assert run(folder, "a.txt", RIGHT, "--frame", "1999").exit_code == 2


def test_the_draft_of_the_documentation(tmp_path: Path, pobi_db: Path) -> None:
    shutil.copy(pobi_db, tmp_path / "results.db")
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    done = run(tmp_path, "draft.md", block("reference/figures.md", "draft.md"), "--json")
    said = [f"{row['place']} {row['verdict']}" for row in json.loads(done.stdout) if row["verdict"] != "not ours"]
    assert said == block("reference/figures.md", "verdicts").splitlines() and done.exit_code == 1


@pytest.mark.parametrize(
    ("page", "verdicts"),
    [
        ("tutorial/first-hour.md", ["right", "right", "rounded", "right", "mistaken"]),
        ("tutorial/first-hour.vi.md", ["right", "right", "right", "mistaken"]),
    ],
)
def test_the_draft_of_the_tutorial(tmp_path: Path, pobi_db: Path, page: str, verdicts: list[str]) -> None:
    shutil.copy(pobi_db, tmp_path / "results.db")
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    done = run(tmp_path, "draft.md", block(page, "draft.md"), "--json")
    assert [row["verdict"] for row in json.loads(done.stdout)] == verdicts and done.exit_code == 1


def test_a_text_without_figures_says_so(folder: Path) -> None:
    done = run(folder, "a.txt", "Kính gửi bạn đọc.")
    assert done.exit_code == 0 and "(none)" in done.stdout
