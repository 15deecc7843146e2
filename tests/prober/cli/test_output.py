"""Every listing prints a table, JSON or CSV; the CSV holds what the JSON holds, and no formula."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from prober.cli import COMMANDS, cli, output
from prober.cli.docs_reference import walk
from prober.reporting.publish import table_files
from prober.store import open_private


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command
        yield from ((" ".join(path[1:]), below) for path, below in walk(("prober", name), command))


LISTINGS = {
    name: command for name, command in commands() if any("--json" in option.opts for option in command.params)
}  # fmt: skip
NOT_ROWS = {"publish", "backup", "restore", "prune", "fleet status"}  # print one value
ACTS = {  # what these do is said in a line or two, or shown while they run; a new command is here or is a listing
    "demo", "agencies import", "campaign approve", "campaign close", "campaign new", "campaign pause",
    "campaign protocol", "campaign resume", "campaign send", "mailbox assign", "mailbox export", "mailbox import",
    "mailbox note", "mailbox open", "mailbox reparse", "mailbox sync", "mailbox watch", "report",
    "serve", "nightly", "study new", "study check", "fleet worker",
}  # fmt: skip


def test_every_command_is_a_listing_or_acts() -> None:
    leaves = {name for name, command in commands() if not isinstance(command, click.Group)}
    assert leaves - LISTINGS.keys() == ACTS
    assert {"status", "agencies list", "campaign status", "mailbox unmatched", "doctor"} <= LISTINGS.keys()


@pytest.mark.parametrize("name", sorted(LISTINGS.keys() - NOT_ROWS))
def test_whatever_has_json_has_csv(name: str) -> None:
    assert any("--csv" in option.opts for option in LISTINGS[name].params)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_holds_what_json_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ("agencies", "list", "--frame", "2019", "--kind", "portal")
    as_json: list[dict[str, Any]] = json.loads(run(*asked, "--json"))
    text = run(*asked, "--csv")
    as_csv = rows(text)
    assert len(as_csv) == 63 and list(as_csv[0]) == list(as_json[0])
    for given, printed in zip(as_json, as_csv, strict=True):
        assert (printed["slug"], printed["name_vi"]) == (given["slug"], given["name_vi"])
        assert json.loads(printed["alt_urls"]) == given["alt_urls"]  # a list in a cell is JSON text
    assert not text.startswith("\ufeff")


def test_the_subject_of_a_mail_is_no_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    db = open_private(tmp_path / "var" / "private.db")
    moment = "2020-04-15T10:00:00+07:00"
    db.table("message").insert(
        {
            "sha256": "0" * 64,
            "bytes": 0,
            "received_at": moment,
            "stored_at": moment,
            "subject": "=HYPERLINK(A1)",
            "status": "unmatched",
        }  # fmt: skip
    )
    db.close()
    (shown,) = rows(run("mailbox", "unmatched", "--csv"))
    assert shown["subject"] == "'=HYPERLINK(A1)"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([], ""),
        ([{"a": 1, "b": None}, {"a": "x,y", "c": [1, "đ"]}], 'a,b,c\r\n1,,\r\n"x,y",,"[1, ""đ""]"\r\n'),
        ([{"a": True}, {"a": "=1"}], "a\r\n1\r\n'=1\r\n"),
    ],
    ids=["nothing", "rows of different names", "a truth value and a formula"],
)
def test_rows_as_csv(given: list[dict[str, Any]], text: str) -> None:
    file = io.StringIO(newline="")
    table_files.write_maps(file, given)
    assert file.getvalue() == text


def test_a_table_is_readable_at_every_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {
        "agency": "stc-ba-ria-vung-tau", "restricted_mean": 531.94682, "median_low": 0.968254, "note": "words " * 20,
        "first_received_at": "2020-04-13T08:00:00+07:00", "link": "https://" + "x" * 60,
    }  # fmt: skip
    for width in (40, 60, 80, 140):
        monkeypatch.setattr(output, "PIPED_WIDTH", width)
        output.emit([row, row], as_json=False)
        said = capsys.readouterr().out
        assert all(len(line) <= width for line in said.splitlines())
        for word in ("stc-ba-ria-vung-tau", "restricted", "531.9", "0.968", "2020-04-13", "08:00"):
            assert said.count(word) == (1 if word == "restricted" and "\n\n" not in said else 2), (width, word, said)


def test_a_table_holds_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit([{"subject": "\x1b]0;x\x07Trả lời\u202e số 1\x9b2J"}], as_json=False)
    assert "]0;xTrả lời số 12J" in capsys.readouterr().out


@pytest.mark.parametrize("group", ["", "agencies", "analysis", "campaign", "fleet", "mailbox", "review", "study"])
def test_help_has_the_whole_first_sentence_of_each_command(group: str) -> None:
    shown = CliRunner().invoke(cli, [*group.split(), "--help"], terminal_width=80).output
    listed = shown[shown.index("\nCommands:") :]
    assert len(listed.splitlines()) > 2 and "..." not in listed and max(map(len, listed.splitlines())) <= 80
