"""The design of a campaign from the command line: arms, pre-registration, a second wave, questions at a terminal."""

import json
import os
import pty
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from prober.cli import cli
from prober.domain.reason import Reason, to_json
from prober.services.context import Context
from prober.store.results import registry as store
from tests import forked

ARMS = """
[[arm]]
name = "law"
about = "names the law"

[[arm]]
name = "plain"
about = "does not name it"
law_cited = false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a small world that keeps running, and six finance departments with reviewed addresses."""
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n\n[sandbox]\nsmall = true\n', encoding="utf-8")
    with Context(tmp_path / "prober.toml") as context:
        context.sync_registry()
        truth = json.loads((context.config.paths.world / "truth.json").read_text(encoding="utf-8"))
        for agency in store.stored(context.results, "2019", "finance"):
            address = truth["finance"][agency.slug]["request_email"]
            store.accept(context.results, agency.id, address, "", by="nv", at=context.clock.now())
        yield tmp_path


def prober(folder: Path, *words: str, code: int = 0, typed: str = "") -> str:
    result = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words], input=typed)
    assert result.exit_code == code, (words, result.output, result.exc_info)
    return result.output


def edit(folder: Path, name: str, before: str = "", after: str = ARMS) -> None:
    path = folder / "campaigns" / f"{name}.toml"
    path.write_text(before + path.read_text(encoding="utf-8") + after, encoding="utf-8")


def letters(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(prober(folder, "campaign", "status", name, "--letters", "--json"))
    return {row["agency"]: row for row in rows if row["step"] == "request"}


def assignment_hash(markdown: str) -> str:
    found = re.search(r"SHA-256 of the assignment \| (\w{64}) \|", markdown)
    assert found
    return found[1]


def test_two_arms_from_draft_to_a_second_wave(folder: Path) -> None:
    prober(folder, "campaign", "new", "spring")
    edit(folder, "spring", 'blocks = ["region", "quality"]\n')
    shown = prober(folder, "campaign", "preview", "spring")
    assert re.search(r"position +step +not before +arm +block", shown)
    assert "Trên tinh thần" in shown or "Chúng tôi trân trọng" in shown
    before = assignment_hash(prober(folder, "campaign", "protocol", "spring"))

    approving = ("campaign", "approve", "spring", "--by", "nv", "--name", "spring")
    refused = prober(folder, *approving, code=2, typed="n\n")
    assert "no plausible difference is found" in refused and "nothing was approved" in refused
    assert letters(folder, "spring") == {}
    assert "no plausible difference is found" in prober(folder, *approving, typed="y\n")
    first = letters(folder, "spring")
    assert sorted(row["arm"] for row in first.values()) == ["law"] * 3 + ["plain"] * 3
    assert all(row["block"].endswith(" · unknown") for row in first.values())  # no portal was crawled
    assert re.search(r"agency +step +arm +state", prober(folder, "campaign", "status", "spring", "--letters"))
    paper = prober(folder, "campaign", "protocol", "spring")
    assert assignment_hash(paper) == before and "| approved | by nv, 2020-04-13" in paper

    prober(folder, "campaign", "new", "autumn")
    edit(folder, "autumn", 'pairs_with = "spring"\nblocks = ["region"]\n')
    assert "no letter of spring was sent yet" in prober(folder, "campaign", "preview", "autumn", code=2)
    prober(folder, "campaign", "send", "spring", "--until", "2020-04-16T18:00")
    prober(folder, "campaign", "approve", "autumn", "--by", "nv", "--name", "autumn", "--power-read")
    second = letters(folder, "autumn")
    assert {agency: row["arm"] for agency, row in second.items()} == {
        agency: "plain" if row["arm"] == "law" else "law" for agency, row in first.items()
    }


def test_a_draw_that_was_tampered_with_is_not_sent_and_readers_see_the_arms(folder: Path) -> None:
    prober(folder, "campaign", "new", "spring")
    edit(folder, "spring")
    prober(folder, "campaign", "approve", "spring", "--by", "nv", "--name", "spring", "--power-read")
    with Context(folder / "prober.toml") as context:
        rows = context.results.execute("SELECT arm, block FROM request").fetchall()
        assert sorted(arm for arm, _ in rows) == ["law"] * 3 + ["plain"] * 3 and all(block for _, block in rows)
        ((arms, stored),) = context.results.execute("SELECT arms, assignment_sha256 FROM campaign").fetchall()
        assert json.loads(arms) == {"law": "names the law", "plain": "does not name it"}
        assert stored == assignment_hash(prober(folder, "campaign", "protocol", "spring"))
        context.private.execute("UPDATE outbox SET arm = 'law'")
        context.private.conn.commit()
    refused = prober(folder, "campaign", "send", "spring", "--until", "end", code=2)
    assert "a place in the draw or a letter changed" in refused


def test_the_document_of_an_approved_campaign_is_of_the_approval(folder: Path) -> None:
    """What requests lacked then stays, whatever [sender] says now; a draw that is another one is not printed."""
    prober(folder, "campaign", "new", "spring")
    prober(folder, "campaign", "approve", "spring", "--by", "nv", "--name", "spring")
    paper = prober(folder, "campaign", "protocol", "spring")
    assert "left out for want of an address, as the registry stands now | none |" in paper
    with Context(folder / "prober.toml") as context:
        lacking = to_json([Reason("lacks", regime="ATI-2016", requirement="purpose")])
        context.private.execute("UPDATE outbox SET legal_reasons = ?", [lacking])
        context.private.conn.commit()
    paper = prober(folder, "campaign", "protocol", "spring").replace("\\", "")
    assert re.findall(r"\| no: (.*) \|", paper) == ["no purpose (article 24.2d)"]
    with Context(folder / "prober.toml") as context:
        context.private.execute("UPDATE campaign_file SET assignment_sha256 = 'of another draw'")
        context.private.conn.commit()
    refused = prober(folder, "campaign", "protocol", "spring", code=1)
    assert "no longer gives the draw that was approved" in refused


@pytest.mark.proof
@pytest.mark.needs("chromium")
def test_the_document_is_printed(folder: Path) -> None:
    prober(folder, "campaign", "new", "spring")
    target = folder / "out" / "spring.pdf"
    assert str(target) in prober(folder, "campaign", "protocol", "spring", "--pdf", str(target))
    assert "Pre-registration" in PdfReader(target).pages[0].extract_text()


def test_a_print_without_a_browser_says_what_to_do(folder: Path) -> None:
    prober(folder, "campaign", "new", "spring")
    with (folder / "prober.toml").open("a", encoding="utf-8") as file:
        file.write('[crawl]\nbrowser = "none"\n')
    target = folder / "spring.pdf"
    refused = prober(folder, "campaign", "protocol", "spring", "--pdf", str(target), code=2)
    assert "no Chromium found; install one" in refused and not target.exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('pairs_with = "winter"\n', "there is no campaign 'winter'"),
        ('sender = "citizen"\n', "sender: the protocol says citizen"),
        ('units = ["stc-atlantis"]\n', "units: no agency of frame '2019' and kind 'finance': stc-atlantis"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_its_reason(folder: Path, line: str, message: str) -> None:
    prober(folder, "campaign", "new", "spring")
    edit(folder, "spring", line, "")
    assert message in prober(folder, "campaign", "approve", "spring", "--by", "nv", "--name", "spring", code=2)
    assert letters(folder, "spring") == {}


def at_a_terminal(folder: Path, name: str, answers: list[str]) -> tuple[int, str]:
    """`campaign new` with a terminal as its standard input, and what it printed."""
    ours, theirs = pty.openpty()
    words = ("--config", str(folder / "prober.toml"), "campaign", "new", name)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = forked.started(
            "prober", *words, folder=Path.cwd(), output=said.fileno(), errors=said.fileno(), given=theirs
        )
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        process.join(60)
        os.close(ours)
        said.seek(0)
        assert process.exitcode is not None
        return process.exitcode, said.read()


def test_new_goes_back_a_question_and_says_at_once_whom_the_registry_does_not_have(folder: Path) -> None:
    """A list that is not there is named when it is answered, and not after the last question."""
    reviewed = ("request_email", "request_email_source", "request_email_reviewed_by", "request_email_reviewed_at")
    rows = [",".join(("frame", "slug", "kind", "name_vi", "url", *reviewed))]
    for slug in ("xa-1", "xa-2"):
        site = f"http://{slug}.gov.test/"
        rows.append(f"xa,{slug},commune,Xã {slug},{site},vp@{slug}.gov.test,{site},nv,2026-01-05T08:00:00+07:00")
    (folder / "xa.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    prober(folder, "agencies", "import", str(folder / "xa.csv"))
    answers = ["Nhầm", "<", "Thủ tục", "xa", "comune", "xa", "commune", *[""] * 16, "n", "Danh mục", "List", "", "n"]
    code, output = at_a_terminal(folder, "own", answers)
    assert code == 0, output
    assert "the registry has no agency of frame 'xa' and kind 'comune'; it has: 2019 finance" in output
    assert output.count("Frame of the agencies") == 3 and "2 agencies will be asked" in output
    text = (folder / "campaigns" / "own.toml").read_text(encoding="utf-8")
    assert text.startswith("# Answers to the questions of `prober campaign new`.") and 'title = "Thủ tục"' in text
    assert "63 Departments" not in text and 'name = "Danh mục"' in text
    registered = prober(folder, "campaign", "protocol", "own")
    assert "Units are agencies." in registered and "provinces" not in registered.partition("## Power")[2][:300]


def test_new_says_at_once_that_a_language_has_no_letters(folder: Path) -> None:
    code, output = at_a_terminal(folder, "own", [*[""] * 6, "zz", "vi+zz", "vi", *[""] * 12, "", "n"])
    assert code == 0, output
    assert output.count("language: the study has no letters/request.zz.txt") == 2 and "Once more" not in output


def test_new_goes_back_at_documents_and_arms(folder: Path) -> None:
    """One step each: to the last question, to the document before, to the documents, to the arm's question before."""
    documents = ["<", "", "n", "Danh mục", "<", "Bảng kê", "List", "Nhầm", "Wrong", "<", "<", "Sổ", "Book", ""]
    arms = [
        "<",
        "y",
        "y",
        "<",
        "y",
        "y",
        "law_cited",
        "lwa",
        "<",
        "law",
        "names it",
        "yes",
        "plain",
        "none",
        "<",
        "no law",
    ]
    code, output = at_a_terminal(folder, "own", [*[""] * 19, *documents, *arms, "no"])
    assert code == 0, output
    assert output.count("Leave out agencies without a reviewed address") == 2
    text = (folder / "campaigns" / "own.toml").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("name")] == [
        'name = "Sổ"', 'name_en = "Book"', 'name = "law"', 'name = "plain"',
    ]  # fmt: skip
    assert 'about = "no law"' in text and "law_cited = false" in text


def test_new_asks_at_a_terminal(folder: Path) -> None:
    """Enter keeps a default; what is no answer is asked again, and so is everything that contradicts itself."""
    every = [""] * 19
    wrong, mended = list(every), list(every)
    wrong[0], wrong[11], wrong[13] = "Đợt thử", "nhiều\n6", "30"  # most letters a day; a reminder after the waiting
    mended[13] = "5"
    arms = ["y", "y", "law_cited", "law", "names the law", "yes", "plain", "does not name it", "no"]
    code, output = at_a_terminal(folder, "asked", [*wrong, "y", *mended, "y", *arms])
    assert code == 0, output
    assert "per_day: must be a whole number from 0 on, not 'nhiều'" in output
    assert "a reminder must leave before the waiting time ends\nOnce more:" in output.replace("\r", "")
    assert "With 6 units in two arms" in output and "6 agencies will be asked" in output
    text = (folder / "campaigns" / "asked.toml").read_text(encoding="utf-8")
    for line in ('title = "Đợt thử"', "per_day = 6", "reminder_working_days = 5", 'blocks = ["region", "quality"]'):
        assert line in text, line
    assert text.count("\n[[arm]]\n") == 2 and "\nlaw_cited = false\n" in text
