"""Every command that uses private.db ends by accounting for every approved letter; against the embedded world."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prober.cli import cli
from prober.services.context import Context
from prober.store import open_private
from prober.store.private.outbox import sole_sender
from prober.store.reading.health import private_health
from prober.store.results import registry as store

# What private.db suffers from outside → what every command says of it.
VANISHED = (
    "DELETE FROM outbox WHERE id = 12",
    r"12 letters were approved: 11 have a result or wait, 1 are missing; .* restore a copy",
)
TOO_MANY = (
    "CREATE TEMP TABLE copy AS SELECT * FROM outbox WHERE id = 12; "
    "UPDATE copy SET id = 13, agency = '2019-stc-khong-co', message_id = '<13@x.test>'; "
    "INSERT INTO outbox SELECT * FROM copy",
    r"12 letters were approved: 13 have a result or wait, 1 are too many; .* restore a copy",
)
STUCK = (
    "UPDATE outbox SET state = 'sending' WHERE id = 12",
    r"12 letters were approved: 11 have a result or wait, 1 are still marked as being sent; run .* settle wave",
)

# A command, and its exit code where nothing is wrong and where a letter has vanished; 2: it refuses for its own reason.
COMMANDS = (
    (("campaign", "status"), 0, 1),
    (("campaign", "status", "wave", "--letters", "--json"), 0, 1),
    (("campaign", "preview", "wave"), 0, 1),
    (("campaign", "protocol", "wave"), 0, 1),
    (("campaign", "approve", "wave", "--by", "nv", "--name", "wave"), 2, 2),
    (("campaign", "pause", "wave"), 0, 1),
    (("campaign", "resume", "wave"), 0, 2),
    (("campaign", "settle", "wave"), 0, 1),
    (("campaign", "send", "wave"), 0, 2),
    (("mailbox", "sync"), 0, 1),
    (("mailbox", "watch", "--hours", "0"), 0, 1),
    (("mailbox", "status"), 0, 1),
    (("mailbox", "unmatched"), 0, 1),
    (("mailbox", "assign", "{message}", "{agency}", "--campaign", "wave", "--by", "nv"), 0, 1),
    (("mailbox", "note", "{agency}", "--campaign", "wave", "--by", "nv", "--at", "2020-04-13T08:50", "--text", "x"),
     0, 1),
    (("mailbox", "import", "{folder}/letter.eml"), 0, 1),
    (("mailbox", "reparse"), 0, 1),
    (("review", "--agreement"), 0, 1),
    (("campaign", "close", "wave"), 0, 1),
)  # fmt: skip
FIRST = {("campaign", "resume", "wave"): "UPDATE campaign_file SET status = 'paused'"}


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A wave of six requests and six reminders; the requests have left and some are answered. sound.db is a copy."""
    folder = tmp_path_factory.mktemp("balance")
    (folder / "prober.toml").write_text('world = "sandbox"\n\n[sandbox]\nsmall = true\n', encoding="utf-8")
    (folder / "letter.eml").write_text("From: a@b.test\nDate: Mon, 13 Apr 2020 08:30:00 +0700\n\nx\n", encoding="utf-8")
    with Context(folder / "prober.toml") as context:
        context.sync_registry()
        truth = json.loads((context.config.paths.world / "truth.json").read_text(encoding="utf-8"))
        for agency in store.stored(context.results, "2019", "finance"):
            address = truth["finance"][agency.slug]["request_email"]
            store.accept(context.results, agency.id, address, "", by="nv", at=context.clock.now())
        for words in (
            ("campaign", "new", "wave"), ("campaign", "approve", "wave", "--by", "nv", "--name", "wave"),
            ("campaign", "send", "wave", "--until", "2020-04-16T18:00"), ("mailbox", "sync"),
        ):  # fmt: skip
            assert run(folder, *words).exit_code == 0
        path = context.config.paths.private
        with closing(sqlite3.connect(path)) as db:
            db.execute("VACUUM INTO ?", [str(folder / "sound.db")])
        yield folder


@pytest.fixture
def private(folder: Path) -> Path:
    """private.db as it was when the requests had left."""
    path = folder / "var" / "private.db"
    for leftover in path.parent.glob("private.db*"):
        leftover.unlink()
    shutil.copy(folder / "sound.db", path)
    return path


def damage(path: Path, script: str) -> None:
    """What another program does to the file: sqlite3 enforces no reference unless it is told to."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)


def spoken(folder: Path, path: Path, words: tuple[str, ...]) -> list[str]:
    """The words of a command, with a message and an agency that exist."""
    with closing(sqlite3.connect(path)) as db:
        (message,) = db.execute("SELECT message FROM match_candidate WHERE chosen LIMIT 1").fetchone()
        (agency,) = db.execute("SELECT agency FROM outbox WHERE id = 1").fetchone()
    return [word.format(folder=folder, message=message, agency=agency) for word in words]


def test_no_command_complains_where_every_letter_is_accounted_for(folder: Path, private: Path) -> None:
    for words, code, _ in COMMANDS:
        result = run(folder, *spoken(folder, private, words))
        assert result.exit_code == code and "letters were approved" not in result.output, (words, result.output)


@pytest.mark.parametrize(("words", "code"), [(words, code) for words, _, code in COMMANDS], ids=lambda w: str(w)[:40])
def test_every_command_misses_a_letter_that_vanished(
    folder: Path, private: Path, words: tuple[str, ...], code: int
) -> None:
    damage(private, FIRST.get(words, ""))
    damage(private, VANISHED[0])
    result = run(folder, *spoken(folder, private, words))
    assert re.search(f"prober: campaign wave: {VANISHED[1]}", result.output), result.output
    assert result.exit_code == code, result.output


@pytest.mark.parametrize(("script", "said"), [VANISHED, TOO_MANY, STUCK], ids=["vanished", "too many", "stuck"])
def test_each_fault_has_its_numbers_and_its_remedy(folder: Path, private: Path, script: str, said: str) -> None:
    damage(private, script)
    result = run(folder, "campaign", "status")
    assert result.exit_code == 1 and re.search(f"prober: campaign wave: {said}", result.output), result.output


def test_doctor_names_the_campaign_that_lacks_a_letter(folder: Path, private: Path) -> None:
    with Context(folder / "prober.toml") as context:
        now = context.clock.now()
    assert [row for row in private_health(private, now, "sandbox") if row["table"] == "campaign_file"] == []
    damage(private, VANISHED[0])
    (row,) = (row for row in private_health(private, now, "sandbox") if row["table"] == "campaign_file")
    assert (row["id"], row["state"]) == ("wave", "12 letters approved, 11 held")


def test_the_status_of_all_says_so_too(folder: Path, private: Path) -> None:
    said = "12 were approved, which does not add up"
    assert said not in run(folder, "status", "--json").output
    damage(private, VANISHED[0])
    (row,) = (row for row in json.loads(run(folder, "status", "--json").output) if row["part"] == "campaign wave")
    assert said in row["stands"] and row["next"] == "prober doctor"


def test_what_another_process_is_sending_is_no_fault(folder: Path, private: Path) -> None:
    damage(private, STUCK[0])
    with closing(open_private(private)) as db, sole_sender(db):
        assert run(folder, "campaign", "status").exit_code == 0
    assert run(folder, "campaign", "status").exit_code == 1
    assert run(folder, "campaign", "settle", "wave").exit_code == 0  # the remedy that was named
    assert run(folder, "campaign", "status").exit_code == 0


def test_a_campaign_approved_before_its_letters_were_counted_is_no_fault(folder: Path, private: Path) -> None:
    damage(private, "UPDATE campaign_file SET letters = NULL")
    assert run(folder, "campaign", "status").exit_code == 0
    damage(private, STUCK[0])
    assert run(folder, "campaign", "status").exit_code == 1
