"""The folder var is gone: every command says in one line what to do, and not one row of results.db is touched."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from prober.cli import cli
from prober.cli.docs_reference import walk
from prober.config.load import Sandbox
from prober.services.demo import configuration
from prober.store import open_private, open_results

COMMANDS = {" ".join(path[1:]): command for path, command in walk(("prober",), cli) if len(path) > 1}
LEAVES = {path: c for path, c in COMMANDS.items() if not isinstance(c, click.Group) or c.invoke_without_command}
# What needs no private.db: a reader of results.db has none, and a crawl uses none. A line that is to be long, or none.
READING = (
    "fleet",  # opens no database
    "study",
    "agencies",
    "crawl",
    "analysis",
    "report",
    "check",
    "publish",
    "serve",
    "status",
    "doctor",
    "eval",
    "restore",
    "prune",
)
ABOUT_MAIL = [path for path in LEAVES if path.split()[0] not in READING]
SHORT = ("agencies list", "agencies check", "analysis questions", "analysis shares", "report", "publish", "status")
# Options without which a command would ask, or refuse, before it looks at a database.
OPTIONS = {
    "review": ("--coder", "nv"), "review sites": ("--coder", "nv"),
    "mailbox note": ("wave", "--campaign", "w", "--by", "nv", "--at", "2020-04-13", "--text", "x"),
}  # fmt: skip


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])


def contents(folder: Path) -> dict[str, str]:
    """Every file by its hash; of a database its rows, because reading one leaves an empty log beside it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".db":
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
                found[str(path.relative_to(folder))] = "\n".join(db.iterdump())
        elif path.is_file() and not path.name.endswith(("-wal", "-shm")):
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study of the embedded world that shows a campaign, without its folder var."""
    folder = tmp_path_factory.mktemp("study")
    configuration(folder, Sandbox(small=True))
    (folder / "letter.eml").write_text("From: a@b.test\nDate: Mon, 13 Apr 2020 08:30:00 +0700\n\nx\n", encoding="utf-8")
    assert run(folder, "agencies", "list").exit_code == 0
    with closing(open_results(folder / "results.db")) as db:
        db.table("campaign").insert({
            "id": "wave", "title": "w", "protocol_sha256": "", "created_at": "2020-04-13T08:00:00+07:00", "seed": 1,
            "waiting_working_days": 30, "reminder_working_days": 10, "world": "sandbox", "frame": "2019",
            "kind": "finance", "status": "closed", "regime": "ATI-2016",
        })  # fmt: skip
        db.execute("INSERT INTO private_database VALUES ('0123')")
        db.conn.commit()
    shutil.rmtree(folder / "var")
    return folder


def spoken(command: click.Command, path: str, folder: Path) -> list[str]:
    """A command line: something for each argument and option that is wanted."""
    words = path.split()
    for parameter in command.params:
        if parameter.required:
            word = str(folder / "letter.eml") if isinstance(parameter.type, click.Path) else "2020-04-13"
            word = str(folder / "kept") if parameter.name == "folder" else word
            word = "1" if isinstance(parameter.type, click.types.IntParamType) else word
            words += [word] if isinstance(parameter, click.Argument) else [parameter.opts[-1], word]
    options = ("--small", "--dir", str(folder)) if path == "demo" else OPTIONS.get(path, ())
    return [*words, *options]


@pytest.mark.parametrize("path", ABOUT_MAIL)
def test_a_command_about_mail_stops(study: Path, path: str) -> None:
    before = contents(study)
    done = run(study, *spoken(LEAVES[path], path, study))
    assert done.exit_code == 2, done.output
    *_, line = done.stderr.strip().splitlines()  # the demo announces itself
    assert "private.db does not exist" in line and "prober restore" in line and "aside" in line
    assert contents(study) == before


@pytest.mark.parametrize("path", SHORT)
def test_a_command_that_needs_none_works_and_says_so(study: Path, path: str) -> None:
    before = contents(study)
    done = run(study, *path.split(), *(() if path == "report" else ("--json",)))
    assert done.exit_code in (0, 1), done.output
    assert "private.db does not exist" in " ".join(done.output.split())
    now = contents(study)
    assert now["results.db"] == before["results.db"]
    assert {name for name in set(now) - set(before) if "private.db" in name} == set()


def test_an_empty_private_db_is_no_better(study: Path) -> None:
    open_private(study / "var/private.db").close()
    done = run(study, "mailbox", "sync")
    assert done.exit_code == 2 and "private.db is empty" in done.stderr
    (row,) = [row for row in json.loads(run(study, "doctor", "--json").stdout) if row["name"] == "private.db"]
    assert row["status"] == "wrong" and "prober restore" in row["remedy"]
    (study / "var/private.db").unlink()
