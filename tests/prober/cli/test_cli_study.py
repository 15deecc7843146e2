"""prober study: a folder is written, checked as a whole, listed, and used by a campaign; the same words as for POBI."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli

LIVE = """world = "live"
study = "mine"
[crawl]
user_agent = "prober-test (https://prober.test/)"
[sender]
name = "An Institute"
address = "research@institute.test"
"""
ROW = "leeds,council,Leeds City Council,https://leeds.gov.test/,foi@leeds.gov.test,telephone,AB,2020-04-01\n"


def prober(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    return tmp_path


def test_a_blank_study_is_good_and_says_what_it_is(folder: Path) -> None:
    assert 'study = "mine"' in prober(folder, "study", "new", "mine", "--blank")
    told = prober(folder, "study", "check")
    assert "# [en.replies]" in (folder / "mine/words.toml").read_text(encoding="utf-8")
    assert "law: FOI; calendar: GB ENG; time zone: Europe/London" in told
    assert "We respectfully ask your office, under the Freedom of Information Act 2000," in told
    assert "is there already" in prober(folder, "study", "new", "mine", code=2)
    assert "up to 40 lower-case" in prober(folder, "study", "new", "../mine", code=2)


def test_a_rehearsal_has_its_own_study_too(folder: Path) -> None:
    text = '[rehearsal.hosts]\n"xa.test" = "127.0.0.1:8101"\n'
    (folder / "prober.toml").write_text(f'world = "rehearsal"\nstudy = "mine"\n{text}', encoding="utf-8")
    prober(folder, "study", "new", "mine", "--blank")
    assert "agencies: 1" in prober(folder, "study", "check")
    assert not (folder / "var").exists()


def test_a_list_of_ones_own_is_the_default(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--blank")
    assert "no agency of frame 'councils' and kind 'hospital'" in prober(folder, "crawl", "--kind", "hospital", code=2)


def test_the_list_shows_what_there_is_also_where_the_one_in_use_is_not(folder: Path) -> None:
    rows = {row["name"]: row for row in json.loads(prober(folder, "study", "list", "--json"))}
    assert rows["mine"] == {"name": "mine", "used": "yes", "title": "cannot be read: prober study check mine"}
    assert rows["foi-en"]["used"] == "" and rows["foi-en"]["agencies"] == 12


def test_a_copy_is_the_study_under_another_name(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--from", "pobi-2019")
    assert "agencies: 194 (2019 126, 2025 68); letters: 4" in prober(folder, "study", "check", "mine")
    assert "# [vi.replies]" in (folder / "mine/words.toml").read_text(encoding="utf-8")
    rows = prober(folder, "study", "list", "--json")
    assert '"name": "mine"' in rows and '"name": "pobi-2019"' in rows
    assert "no study 'atlantis' comes with the prober" in prober(
        folder, "study", "new", "x", "--from", "atlantis", code=2
    )


def test_every_fault_is_told_and_no_command_goes_on(folder: Path) -> None:
    prober(folder, "study", "new", "mine")
    letter = folder / "mine/letters/request.en.txt"
    letter.write_text(letter.read_text(encoding="utf-8").replace("{{ We }}", "{{ Wee }}"), encoding="utf-8")
    (folder / "mine/calendar.toml").write_text("country = 'XX'\n", encoding="utf-8")
    for command in (("study", "check"), ("agencies", "list")):
        told = prober(folder, *command, code=2)
        assert "unknown name 'Wee'; did you mean We?" in told and "no 'XX'" in told


def test_what_only_filling_in_shows_is_told_by_the_check(folder: Path) -> None:
    prober(folder, "study", "new", "mine")
    letter = folder / "mine/letters/reminder.en.txt"
    letter.write_text("Subject: x\n\n{{ agency.telephone }}\n", encoding="utf-8")
    protocol = folder / "mine/protocol.toml"
    protocol.write_text(
        protocol.read_text(encoding="utf-8").replace('regime = "FOI"', 'regime = "EIR"'), encoding="utf-8"
    )
    assert "regime: must be one of FOI, not 'EIR'" in prober(folder, "study", "check", code=2)
    protocol.write_text(protocol.read_text(encoding="utf-8").replace('"EIR"', '"FOI"'), encoding="utf-8")
    assert "no attribute 'telephone'" in prober(folder, "study", "check", code=2)


def test_a_campaign_has_letter_law_deadline_and_files_of_its_study(folder: Path) -> None:
    prober(folder, "study", "new", "mine")
    (folder / "mine/list.pdf").write_bytes(b"%PDF-1.7 what we ask for")
    study = folder / "mine/study.toml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("attachments = []", 'attachments = ["list.pdf"]'), encoding="utf-8"
    )
    (folder / "mine/agencies/councils.csv").write_text(
        "slug,kind,name,url,request_email,request_email_source,request_email_reviewed_by,request_email_reviewed_at\n"
        + ROW,
        encoding="utf-8",
    )
    assert "1 agencies will be asked" in prober(folder, "campaign", "new", "first")
    shown = prober(folder, "campaign", "preview", "first", "--save", str(folder / "letters"))
    assert "Request for information" in shown and "To: Leeds City Council" in shown
    assert (folder / "letters/list.pdf").read_bytes() == b"%PDF-1.7 what we ask for"
    paper = prober(folder, "campaign", "protocol", "first")
    assert "20 working days after receipt" in paper and "Europe/London" in paper and "Regime FOI" in paper
    assert "approved by AB" in prober(folder, "campaign", "approve", "first", "--by", "AB", "--name", "first")


def test_a_protocol_for_which_the_study_has_no_letters_is_written_and_says_what_is_missing(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--blank")
    told = prober(folder, "campaign", "new", "second", "--template", "pobi-2019")
    assert "is written. Nobody can be asked by it yet" in told and "no letters/request.vi.txt" in told
    assert (folder / "campaigns/second.toml").is_file()
    own = folder / "campaigns/second.toml"
    assert "no letters/request.vi.txt" in prober(folder, "campaign", "new", "third", "--file", str(own), code=2)
    assert not (folder / "campaigns/third.toml").exists()


HOW_TO = Path(__file__).parents[3] / "docs/how-to"
PAGES = ("own-list", "own-letter", "own-words", "another-country")
_BLOCK = re.compile(r"^```(\w+)(?: title=\"([\w./-]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_pages_about_a_study_of_ones_own_are_followed_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their files are written and their commands run, one after the other, in one new folder."""
    monkeypatch.chdir(tmp_path)
    told = {}
    text = "\n".join((HOW_TO / f"{page}.md").read_text(encoding="utf-8") for page in PAGES)
    for kind, title, content in _BLOCK.findall(text):
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(content, encoding="utf-8")
        for line in content.splitlines() if kind == "sh" else ():
            if line.startswith("prober "):
                told[line] = prober(tmp_path, *line.split()[1:])
            else:
                subprocess.run(["sh", "-e", "-c", line], check=True, timeout=20)
    assert "Procedures of Northby Council" in told["prober campaign preview first --save letters"]
    assert (tmp_path / "letters/procedures.csv").read_text(encoding="utf-8") == "procedure,days,fee\n"
    assert "own words: 6" in told["prober study check"]
    assert "law: FOISA; calendar: GB SCT" in told["prober study check"]
    assert "contact: not set" not in told["prober study check"]
    assert "contact: not set, so the pages name nobody" in prober(tmp_path, "study", "check", "pobi-2019")
    assert "20 working days after receipt" in told["prober campaign protocol first"]
