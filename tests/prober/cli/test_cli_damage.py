"""A damaged file ends every command with one line that names it and the remedy, and with exit code 2."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from prober.cli import cli
from prober.cli.docs_reference import walk
from prober.services.context import Context
from prober.services.progress import Notice, Observer, ResultsLost
from prober.store.integrity import damaged
from prober.store.schema.migrations import PRIVATE, RESULTS
from tests.office import four_departments

LIVE = """world = "live"
[crawl]
user_agent = "prober/0.1 (+https://survey.example/bot)"
browser = "none"
[sender]
name = "N"
address = "k@survey.example"
"""


# Bytes of a file of which every command reads some: those of a page that it does not need may be bad.
BEGINNING = 65_536


def flips(number: int) -> Callable[[Path], object]:
    def flip(path: Path) -> None:
        chosen, data = random.Random(number), bytearray(path.read_bytes())
        for _ in range(number):
            data[chosen.randrange(min(BEGINNING, len(data)))] ^= 1 << chosen.randrange(8)
        path.write_bytes(data)

    return flip


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "600 bits": flips(600),
    "4000 bits": flips(4000),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-700]),
    "garbage": lambda path: path.write_bytes(random.Random(5).randbytes(5000)),
    "empty": lambda path: path.write_bytes(b""),
    "a folder": folder,
}
OF_A_JOURNAL = ("600 bits", "4000 bits", "garbage", "a folder")  # that it is cut off, or empty, no command can tell
FILES = ("results.db", "var/private.db", "var/private.db.sent.log")

COMMANDS = {" ".join(path[1:]): command for path, command in walk(("prober",), cli) if len(path) > 1}
LEAVES = {path: c for path, c in COMMANDS.items() if not isinstance(c, click.Group) or c.invoke_without_command}
# The demo reads another configuration, eval no database of a study, restore is the remedy; doctor goes on, see below.
# What a person would have to type for the others is below.
LEFT_OUT = (
    "demo",
    "fleet status",  # neither opens a database
    "fleet worker",
    "eval",
    "restore",
    "doctor",
    "agencies import",
    "analysis groups",
    "study new",
    "study check",
    "study list",
)  # these open no database
OPTIONS = {
    "review": ("--coder", "nv"), "review sites": ("--coder", "nv"), "serve": ("--port", "0"),
    "mailbox note": ("wave", "--campaign", "w", "--by", "nv", "--at", "2020-04-13", "--text", "x"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in a live world without servers."""
    place = tmp_path_factory.mktemp("study")
    four_departments(place)
    (place / "prober.toml").write_text(LIVE, encoding="utf-8")
    (place / "letter.eml").write_text("From: a@b.test\nDate: Mon, 13 Apr 2020 08:30:00 +0700\n\nx\n", encoding="utf-8")
    for path in ("var/private.db", "results.db"):
        with closing(sqlite3.connect(place / path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    lines = (f"2020-04-14T08:30:00+07:00\tsending\t1\t<{number}@x.test>\n" for number in range(40))
    (place / "var/private.db.sent.log").write_text("".join(lines), encoding="utf-8")
    return place


@pytest.fixture
def study(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "study")
    return tmp_path / "study"


def run(place: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(place / "prober.toml"), *words], input="q\n")


def spoken(place: Path, path: str) -> list[str]:
    """A command line: something for each argument and option that is wanted."""
    words = path.split()
    for parameter in LEAVES[path].params if path not in OPTIONS else ():
        if parameter.required:
            file = place / ("kept" if parameter.name == "folder" else "letter.eml")
            word = str(file) if isinstance(parameter.type, click.Path) else "2020-04-13"
            word = "1" if isinstance(parameter.type, click.types.IntParamType) else word
            words += [word] if isinstance(parameter, click.Argument) else [parameter.opts[-1], word]
    return [*words, *OPTIONS.get(path, ())]


def turns() -> list[tuple[str, str, str]]:
    """Every command with every file; the damages take turns."""
    kinds = {name: cycle(OF_A_JOURNAL if name.endswith(".log") else DAMAGES) for name in FILES}
    return [(path, name, next(kinds[name])) for path in LEAVES if path not in LEFT_OUT for name in FILES]


@pytest.mark.parametrize(("path", "name", "damage"), turns())
def test_every_command_names_the_file_and_the_remedy(study: Path, path: str, name: str, damage: str) -> None:
    DAMAGES[damage](study / name)
    done = run(study, *spoken(study, path))
    assert isinstance(done.exception, SystemExit) and done.exit_code == 2, done.output
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"prober: {study / name}: "), line
    assert "estore it" in line or "ove it away" in line or "ove this one away" in line, line


# A crawl would ask the sites of this live world; what it opens is looked at below.
ASK_SITES = ("crawl", "nightly", "serve", "agencies check")


@pytest.mark.parametrize("path", [path for path in LEAVES if path not in (*LEFT_OUT, *ASK_SITES)])
def test_every_command_says_that_results_db_is_gone_and_the_remedy(study: Path, path: str) -> None:
    held = rows(study / "var/private.db")
    (study / "results.db").unlink()
    done = run(study, *spoken(study, path))
    (line,) = [line for line in done.stderr.splitlines() if "results.db does not exist" in line]
    assert line.startswith(f"prober: {study / 'results.db'} does not exist, and ") and "`prober restore`" in line
    assert rows(study / "var/private.db") >= held


def test_doctor_and_what_writes_a_new_results_db_say_so_too(study: Path) -> None:
    (study / "results.db").unlink()
    assert "results.db,wrong" in run(study, "doctor", "--csv").stdout.replace("wrong,results.db", "results.db,wrong")
    told: list[Notice] = []

    class Listening(Observer):
        def notice(self, notice: Notice) -> None:
            told.append(notice)

    with Context(study / "prober.toml", observer=Listening()) as context:
        assert context.results.table("campaign").count == 0
    assert [type(notice) for notice in told] == [ResultsLost]


def rows(path: Path) -> int:
    """Return how many rows a database holds: nothing may be emptied."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(db.execute(f"SELECT count(*) FROM [{name}]").fetchone()[0] for name in tables)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [*FILES, "var/pages.db"])
def test_doctor_goes_on_and_names_it(study: Path, name: str, damage: str) -> None:
    if name == "var/pages.db":
        with closing(sqlite3.connect(study / name)) as db:
            db.execute("CREATE TABLE page (key INTEGER PRIMARY KEY, value BLOB)")
            db.executemany("INSERT INTO page (value) VALUES (?)", [(bytes(100),) for _ in range(900)])
            db.commit()
    if damage == "empty" and name.endswith(("pages.db", ".log")) or damage in ("half", "cut off") and ".log" in name:
        return  # an empty cache is a new one; that a journal ends early shows only in what private.db has more
    DAMAGES[damage](study / name)
    done = run(study, "doctor", "--csv")
    assert isinstance(done.exception, SystemExit) and done.exit_code == 1, done.output
    assert [line for line in done.stdout.splitlines() if ",wrong," in line and str(study / name) in line]
    assert "disk" in done.stdout  # the other checks are there


def test_a_value_that_cannot_be_what_was_written_is_found(study: Path) -> None:
    """What the structure does not show: text that is not UTF-8, no JSON, no time, a message that is another one."""
    for path, store, statement in (
        (study / "results.db", RESULTS, "UPDATE request SET accepted_at = '2020-13-99'"),
        (study / "results.db", RESULTS, "UPDATE agency SET name_vi = CAST(x'ff41' AS TEXT)"),
        (study / "var/private.db", PRIVATE, "UPDATE message SET detail = '{\"a\": '"),
        (study / "var/private.db", PRIVATE, "UPDATE outbox SET raw = x'41'"),
    ):
        assert damaged(path, store) == ""
        whole = path.read_bytes()
        with closing(sqlite3.connect(path)) as db:
            db.execute(statement)
            db.commit()
        assert f"{path}: damaged (a " in damaged(path, store), statement
        path.write_bytes(whole)


def test_a_command_that_stumbles_over_such_a_value_says_so(study: Path) -> None:
    with closing(sqlite3.connect(study / "results.db")) as db:
        db.execute("UPDATE agency SET name_vi = CAST(x'ff41' AS TEXT)")
        db.commit()
    done = run(study, "agencies", "list")
    assert isinstance(done.exception, SystemExit) and done.exit_code == 2
    assert f"{study / 'results.db'}: damaged (a value of agency.name_vi)" in done.stderr
