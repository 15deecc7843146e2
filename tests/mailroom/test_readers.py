"""The second process on uneven ground: odd folders, others' modules, no process to be had, a database that is held."""

import os
import pickle
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.intake import backlog, sync
from mailroom.intake.backlog import Backlog
from mailroom.intake.sent_letters import desk_of
from mailroom.intake.worker import Reader
from prober.clock import SystemClock
from prober.documents import readers
from prober.store import Database, file_of, open_private
from prober.store.private import messages
from prober.store.private.messages import Arrival
from tests.mailroom.conftest import START, Office, mail

FOLDERS = (
    "thư mục", "50% a#b?mode=rw&c", "%41", "file:x", "a'b\"c\\d\ne", os.fsdecode("Cà Mau".encode("windows-1258")),
)  # fmt: skip


def kept(folder: Path, *letters: bytes) -> Database:
    db = open_private(folder / "private.db")
    raws = enumerate(letters or (mail("ca-mau", "Sở đã nhận được thư."),))
    messages.keep(db, "me", "INBOX", 7, [Arrival(n, START, raw) for n, raw in raws], START)
    return db


def answered(db: Database) -> int:
    """How many messages the second process understands."""
    reader = Reader(file_of(db), desk_of(db))
    try:
        return len(reader.read(messages.pending(db)).result(60))
    finally:
        reader.close()


def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MANY", 4)
    monkeypatch.setattr(backlog, "TOGETHER", 3)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    with closing(kept(tmp_path / name)) as db:
        assert file_of(db) == tmp_path / name / "private.db"
        assert answered(db) == 1


def test_a_researchers_own_module_is_not_taken_for_one_of_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m` looks into the working folder first."""
    for name in ("calendar.py", "random.py"):
        (tmp_path / name).write_text("raise SystemExit('mine')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with closing(kept(tmp_path)) as db:
        assert answered(db) == 1
    readers.stop()
    try:
        assert "Xin chao" in readers.text_of(rb"{\rtf1 Xin chao}", "application/rtf")
    finally:
        readers.stop()


def test_without_a_second_process_this_one_understands_all(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may have none to give, or the Python that a watcher was started with is gone after an upgrade."""
    few_are_many(monkeypatch)
    with closing(open_private(office.folder / "var/private.db")) as db:
        letters = [Arrival(n, START + timedelta(hours=n), mail("ca-mau", f"Thư số {n}.")) for n in range(100, 110)]
        monkeypatch.setattr(sys, "executable", str(office.folder / "none"))
        with Backlog(db, SystemClock()) as work:
            for at in range(0, len(letters), 5):
                messages.keep(db, "me", "INBOX", 7, letters[at : at + 5], START)
                work.offer(letters[at : at + 5])
            assert work.finish(sync.quiet) == 10
        assert messages.pending(db) == []


WITHOUT_PATIENCE = """
import functools, runpy, prober.store
prober.store.only_read = functools.partial(prober.store.only_read, seconds=0.1)
runpy.run_module("mailroom.intake.worker", None, "__main__")
"""


@pytest.mark.parametrize("lost", ["gone", "held"])
def test_a_database_that_it_cannot_read_ends_it_in_silence(lost: str, tmp_path: Path) -> None:
    """Whoever asked has a connection of its own, and says what is wrong with it."""
    with closing(kept(tmp_path)) as db:
        said = pickle.dumps(desk_of(db)) + pickle.dumps(messages.pending(db))
        file = file_of(db)
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        if lost == "gone":
            file.unlink()
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_PATIENCE, str(file)], input=said, capture_output=True, timeout=60
        )
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"")
    assert file.exists() is (lost == "held")


def test_what_was_recorded_before_a_pass_broke_off_is_a_reply_to_a_letter_sent_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, or off the line, a pass comes to no end in which it could correct what it made of a message."""
    few_are_many(monkeypatch)
    with closing(open_private(office.folder / "var/private.db")) as db:
        sent = "UPDATE outbox SET state = 'accepted', accepted_at = planned_at WHERE agency LIKE '%bac-ninh'"
        with db.conn:
            db.execute("UPDATE outbox SET state = 'planned', accepted_at = NULL WHERE agency LIKE '%bac-ninh'")
        letters = [Arrival(n, START + timedelta(hours=n), mail("ca-mau", f"Thư số {n}.")) for n in range(100, 120)]
        letters[10:] = [Arrival(n, START + timedelta(hours=n), mail("bac-ninh", f"Số {n}.")) for n in range(10)]
        with pytest.raises(ConnectionError), Backlog(db, SystemClock()) as work:
            for at in range(0, 20, 5):
                if at == 10:
                    with db.conn:
                        db.execute(sent)
                messages.keep(db, "me", "INBOX", 7, letters[at : at + 5], START)
                work.offer(letters[at : at + 5])
            while work._running:
                work.offer([])
            raise ConnectionError
        sync.process(db, SystemClock())
        statuses = {row[0] for row in db.execute("SELECT DISTINCT status FROM message")}
    assert statuses == {"matched"}


@pytest.mark.parametrize("words", ["hello", "(lp0\n.", "cnothing\nnone\n.", "N."])
def test_what_others_print_into_its_answers_loses_none(
    words: str, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site's own start-up module may greet; whatever an answer is then, the messages are understood here."""
    few_are_many(monkeypatch)
    (tmp_path / "sitecustomize.py").write_text(f"print({words!r})", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with closing(open_private(office.folder / "var/private.db")) as db, Backlog(db, SystemClock()) as work:
        letters = [Arrival(n, START + timedelta(hours=n), mail("ca-mau", f"Thư số {n}.")) for n in range(100, 120)]
        for at in range(0, len(letters), 5):
            messages.keep(db, "me", "INBOX", 7, letters[at : at + 5], START)
            work.offer(letters[at : at + 5])
        assert work.finish(sync.quiet) == 20
        assert messages.pending(db) == []
