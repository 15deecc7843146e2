"""Understanding in two processes: the same rows as in one, whatever ends, and whatever was sent or dated meanwhile."""

import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from mailroom.intake import backlog, sync
from mailroom.intake.backlog import Backlog
from mailroom.intake.sent_letters import desk_of
from prober.clock import HANOI, SystemClock
from prober.store import Database, file_of, only_read, open_private
from prober.store.private import messages
from prober.store.private.messages import Arrival
from tests.mailroom.conftest import START, TOKENS, Office, mail

SLUGS = list(TOKENS)


@pytest.fixture
def private(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(backlog, "MANY", 4)
    monkeypatch.setattr(backlog, "TOGETHER", 3)
    db = open_private(office.folder / "var/private.db")
    yield db
    db.close()


def arrivals(number: int) -> list[Arrival]:
    return [
        Arrival(n, START + timedelta(hours=n), mail(SLUGS[n % len(SLUGS)], f"Sở đã nhận được thư số {n}."))
        for n in range(100, 100 + number)
    ]


def keep(db: Database, letters: list[Arrival], folder: str = "INBOX") -> None:
    messages.keep(db, "me", folder, 7, letters, START + timedelta(days=60))


def understood(db: Database) -> list[tuple[object, ...]]:
    return db.execute(
        "SELECT m.sha256, status, event, rule, words, detail, received_at, agency, score, reasons, chosen "
        "FROM message m LEFT JOIN match_candidate c ON c.message = m.sha256 ORDER BY m.sha256, agency"
    ).fetchall()


def in_batches(db: Database, letters: list[Arrival], work: Backlog) -> None:
    for at in range(0, len(letters), 5):
        keep(db, letters[at : at + 5])
        work.offer(letters[at : at + 5])


def test_two_processes_give_the_rows_of_one(private: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with Backlog(private, SystemClock()) as work:
        in_batches(private, arrivals(30), work)
        assert work.finish(sync.quiet) == 30
    both = understood(private)
    assert len(both) > 30
    assert {row[1] for row in both} == {"matched"}
    assert sync.process(private, SystemClock(), everything=True) == len({row[0] for row in both})
    assert understood(private) == both
    monkeypatch.setattr(backlog, "MANY", 1000)
    sync.process(private, SystemClock(), everything=True)
    assert understood(private) == both


def test_what_a_killed_process_had_is_understood_here(private: Database) -> None:
    with Backlog(private, SystemClock()) as work:
        in_batches(private, arrivals(10), work)
        assert work._reader
        work._reader._process.kill()
        assert work.finish(sync.quiet) == 10
    assert messages.pending(private) == []


def test_the_other_process_ends_in_silence_with_the_one_that_was_killed(private: Database) -> None:
    """It is in the middle of a question, or of its answer, when nobody writes or reads any more."""
    keep(private, [Arrival(1, START, mail("ca-mau", "x" * 100_000))])
    desk, hashes = pickle.dumps(desk_of(private)), pickle.dumps(messages.pending(private) * 20)
    for said in (desk + hashes[:-1], desk + hashes):
        command = [sys.executable, "-m", "mailroom.intake.worker", str(file_of(private))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
            process.stdout.close()
            process.stdin.write(said)
            process.stdin.close()
            assert (process.wait(60), process.stderr.read()) == (0, b"")


def test_the_other_process_cannot_write(private: Database) -> None:
    with closing(only_read(file_of(private))) as beside:
        assert beside.execute("SELECT COUNT(*) FROM outbox").fetchone()[0] > 0
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            beside.execute("DELETE FROM outbox")


def test_a_pass_that_breaks_off_leaves_what_it_had_to_the_next(private: Database) -> None:
    with pytest.raises(ConnectionError), Backlog(private, SystemClock()) as work:
        in_batches(private, arrivals(30), work)
        raise ConnectionError
    assert messages.pending(private)
    sync.process(private, SystemClock())
    assert messages.pending(private) == []


def test_a_letter_that_leaves_during_the_pass_is_answered_in_it(private: Database) -> None:
    private.execute("UPDATE outbox SET state = 'planned', accepted_at = NULL WHERE agency LIKE '%ca-mau'")
    private.conn.commit()
    with Backlog(private, SystemClock()) as work:
        in_batches(private, arrivals(20), work)
        private.execute("UPDATE outbox SET state = 'accepted', accepted_at = planned_at WHERE agency LIKE '%ca-mau'")
        private.conn.commit()
        work.finish(sync.quiet)
    assert {row[1] for row in understood(private)} == {"matched"}


def test_a_message_whose_moment_is_corrected_is_understood_again(private: Database) -> None:
    sent = datetime.fromisoformat(
        private.execute("SELECT accepted_at FROM outbox WHERE step = 'request'").fetchone()[0]
    )
    late = Arrival(200, sent + timedelta(hours=3), mail(SLUGS[0], "Kính chào quý vị."))
    keep(private, [late])
    sync.process(private, SystemClock())
    keep(private, [Arrival(1, sent.astimezone(HANOI) + timedelta(seconds=20), late.raw)], "Junk")
    assert len(messages.pending(private)) == 1
    sync.process(private, SystemClock())
    assert private.execute("SELECT rule FROM message ORDER BY stored_at DESC LIMIT 1").fetchone() == ("auto.timing",)
