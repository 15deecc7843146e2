"""A full disk, a database that another process holds, and a backup restored in the middle of a wave."""

import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from imaplib import IMAP4
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import quote

import pytest

UNTIL = "2020-04-25T18:00"  # every request has had its turn and its retries, no reminder yet
DISK = 16  # megabytes


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m,mode=700", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", str(place)], check=True)


def moved(survey: Any, disk: Path) -> None:
    """The survey's files lie on `disk`; the world's stay where they are."""
    with (survey.folder / "prober.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[paths]\nresults = "{disk}/results.db"\nprivate = "{disk}/private.db"\n')
        file.write(f'evidence = "{disk}/evidence"\n')
    survey.private, survey.results = disk / "private.db", disk / "results.db"


def fill(disk: Path, leave: int) -> Path:
    """Take all room but `leave` bytes."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave))
    return filler


def sound(survey: Any) -> None:
    for path in (survey.private, survey.results):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


COMMANDS = {
    "send": ("campaign", "send", "wave", "--until", UNTIL),
    "sync": ("mailbox", "sync"),
    "crawl": ("crawl", "ca-mau"),
}


@pytest.mark.proof
@pytest.mark.needs("root")
@pytest.mark.parametrize("leave", [0, 60_000, 200_000])
@pytest.mark.parametrize("step", COMMANDS)
def test_a_full_disk(step: str, leave: int, tmp_path: Path, disk: Path, survey: Any, show: Any) -> None:
    mine = survey(tmp_path, True)
    moved(mine, disk)
    mine.plan()
    if step == "sync":
        mine.run(*COMMANDS["send"])
        mine.ask(f"/advance?to={quote('2020-06-05T08:00:00+07:00')}")
    keys = {letter["message_id"] for letter in mine.letters()}

    filler = fill(disk, leave)
    failed = subprocess.run(mine.command(*COMMANDS[step]), capture_output=True, text=True, timeout=300)
    filler.unlink()
    message = failed.stderr.strip().splitlines()[-1]
    show(f"{step} with {leave} bytes left", ("exit", "message"), [(failed.returncode, message)])
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr and "Traceback" not in failed.stdout
    assert "prober: " in failed.stderr
    sound(mine)
    assert {letter["message_id"] for letter in mine.letters()} == keys
    assert set(mine.copies().values()) <= {1}

    code, _ = mine.run(*COMMANDS[step])
    doubtful = [letter for letter in mine.letters() if letter["state"] == "uncertain"]
    assert code == (1 if doubtful and step == "send" else 0)
    assert set(mine.copies().values()) <= {1} and len(doubtful) <= 1
    sound(mine)
    if step != "crawl":
        mine.prober("mailbox", "sync")
        mine.prober("campaign", "settle", "wave")
        accepted = {letter["message_id"] for letter in mine.letters() if letter["state"] == "accepted"}
        assert accepted == set(mine.copies()) != set()


def has_open(process: int, path: Path) -> bool:
    """Whether a process has opened a file (Linux)."""
    for handle in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if handle.samefile(path):
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.parametrize("step", ["send", pytest.param("sync", marks=pytest.mark.proof)])
def test_a_database_that_another_process_holds_is_waited_for(step: str, tmp_path: Path, survey: Any) -> None:
    mine = survey(tmp_path, True)
    mine.inside = True
    mine.plan()
    mine.run(*COMMANDS["sync"])
    with closing(sqlite3.connect(mine.private, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        process = subprocess.Popen(mine.command(*COMMANDS[step]), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and not has_open(process.pid, mine.private):
            time.sleep(0.05)
        time.sleep(3)  # its first write comes at once, and must not be its last act
        assert process.poll() is None  # it waits
        released = Timer(0, other.execute, ["COMMIT"])
        released.start()
        errors = process.communicate(timeout=120)[1]
        released.join()
    assert process.returncode == 0, errors.decode()
    assert set(mine.copies().values()) <= {1}
    assert len(mine.copies()) > 0 if step == "send" else mine.copies() == {}


LOST = {  # who knows, after the restore, which letters have left → the files that are lost
    "journal": ("private.db", "results.db"),
    "results.db": ("private.db", "private.db.sent.log"),
    "mailbox": ("private.db", "private.db.sent.log", "results.db"),
}


def lose(survey: Any, names: Sequence[str]) -> None:
    journal = Path(f"{survey.private}.sent.log")
    files = {"private.db": survey.private, "private.db.sent.log": journal, "results.db": survey.results}
    for name in names:
        for ending in ("", "-wal", "-shm"):
            Path(f"{files[name]}{ending}").unlink(missing_ok=True)


def empty_mailbox(survey: Any) -> None:
    """Somebody deletes all mail, the copies to oneself with it."""
    at = survey.endpoint
    with IMAP4(at.imap_host, at.imap_port) as mailbox:
        mailbox.login(at.imap_user, at.imap_password)
        mailbox.select("INBOX")
        mailbox.store("1:*", "+FLAGS", r"(\Deleted)")
        mailbox.expunge()


def wave_with_backup(survey: Any, letters_out: int) -> Path:
    """Send a whole wave, and back it up when so many letters are out. Returns the folder of the backup."""
    copies: Path = survey.folder / "backup"
    command = survey.command(*COMMANDS["send"])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(survey.copies()) < letters_out:
        assert process.poll() is None
        time.sleep(0.01)
    survey.prober("backup", str(copies))
    assert process.wait(300) == 0
    return copies


def states(survey: Any, path: Path | None = None) -> Counter[str]:
    """State → requests, of the study or of a copy of private.db."""
    with closing(sqlite3.connect(f"file:{path or survey.private}?mode=ro", uri=True)) as db:
        return Counter(state for (state,) in db.execute("SELECT state FROM outbox WHERE step = 'request'"))


def settled_after_restore(survey: Any, copies: Path, known_by: str) -> list[tuple[object, ...]]:
    """Restore, send, read the mailbox, settle. Rows of a table; fails if anything leaves a second time.

    `known_by` alone knows what left after the copies were made; what it knows of becomes doubtful, and no letter more.
    """
    truth, out = states(survey), survey.copies()
    rows: list[tuple[object, ...]] = [_row("wave ended", truth, out)]
    lose(survey, LOST[known_by])
    survey.prober("restore", str(copies))
    rows.append(_row("backup restored", states(survey), out))
    (copy,) = copies.glob("*/private.db")
    open_then = sum(states(survey, copy)[state] for state in ("planned", "deferred", "sending"))
    assert open_then > 0  # else the copies were made too late to tempt anybody
    if known_by != "mailbox":
        empty_mailbox(survey)
    for _ in range(2):
        code, _ = survey.run(*COMMANDS["send"])
        assert survey.copies() == out
    rows.append(_row("campaign send, twice", states(survey), survey.copies()))
    if known_by == "mailbox":
        assert code == 0 and states(survey) == truth
        accepted = {letter["message_id"] for letter in survey.letters() if letter["state"] == "accepted"}
        assert accepted == set(out)
        return rows
    doubtful = states(survey)["uncertain"]
    assert 0 < doubtful <= open_then and code == 1
    survey.ask(f"/advance?to={quote('2020-06-05T08:00:00+07:00')}")
    survey.prober("mailbox", "sync")
    survey.prober("campaign", "settle", "wave")
    rows.append(_row("weeks later: mailbox sync, campaign settle", states(survey), survey.copies()))
    assert survey.copies() == out and states(survey)["uncertain"] < doubtful
    assert states(survey)["accepted"] + states(survey)["uncertain"] == truth["accepted"]
    assert {letter["message_id"] for letter in survey.letters() if letter["state"] == "accepted"} <= set(out)
    return rows


def _row(what: str, found: Counter[str], copies: dict[str, int]) -> tuple[object, ...]:
    assert set(copies.values()) == {1}
    return (what, *(found[state] for state in ("planned", "deferred", "accepted", "uncertain", "refused")), len(copies))


HEAD = ("after", "planned", "deferred", "accepted", "uncertain", "refused", "letters the world has, once each")


@pytest.mark.proof
@pytest.mark.parametrize("known_by", LOST)
@pytest.mark.parametrize("letters_out", [5, 30])
def test_a_backup_of_63_restored(letters_out: int, known_by: str, tmp_path: Path, survey: Any, show: Any) -> None:
    mine = survey(tmp_path, False)
    mine.plan()
    copies = wave_with_backup(mine, letters_out)
    rows = settled_after_restore(mine, copies, known_by)
    assert rows[-1][-1] == rows[0][-1]
    show(f"a backup from when {letters_out} letters were out; what left since is known by the {known_by}", HEAD, rows)


@pytest.mark.parametrize("known_by", ["journal", pytest.param("results.db", marks=pytest.mark.proof), "mailbox"])
def test_a_restored_backup_sends_nothing_twice(known_by: str, tmp_path: Path, survey: Any) -> None:
    mine = survey(tmp_path, True)
    mine.inside = True
    mine.plan()
    rows = settled_after_restore(mine, wave_with_backup(mine, 1), known_by)
    assert rows[-1][-1] == rows[0][-1]
