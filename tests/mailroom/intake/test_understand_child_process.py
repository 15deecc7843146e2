"""Messages understood in a child process: the same rows as in this one, whatever ends, hangs or leaves meanwhile."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from mailroom.intake import sync
from mailroom.intake.understand import SentLetters, Stored, understand, understand_all
from mailroom.mime.tree import TOO_DEEP
from prober.clock import HANOI, SystemClock
from prober.documents.child_process import ChildProcess
from prober.domain.correspondence import Understood
from prober.store import Database, open_private
from prober.store.private import messages
from prober.store.private.messages import Arrival
from tests.office import START, TOKENS, Office, mail

SLUGS = list(TOKENS)
DEADLY = b"no parser survives this"


@pytest.fixture
def private(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(sync, "BATCH", 4)
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


def rows(db: Database) -> list[tuple[object, ...]]:
    return db.execute(
        "SELECT m.sha256, status, event, rule, words, detail, received_at, agency, score, reasons, chosen "
        "FROM message m LEFT JOIN match_candidate c ON c.message = m.sha256 ORDER BY m.sha256, agency"
    ).fetchall()


class NoProcess:
    """A system that has no process to give."""

    def run(self, *_: object) -> None:
        raise OSError("no child process can be started")


def test_the_child_gives_the_rows_of_this_process(private: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no process to give, or the Python that a watcher runs in is gone after an upgrade."""
    keep(private, arrivals(30))
    said: list[int] = []
    assert sync.process(private, SystemClock(), lambda _what, done, _total: said.append(done)) == 30
    assert said == [4, 8, 12, 16, 20, 24, 28, 30]
    by_the_child = rows(private)
    assert len(by_the_child) > 30
    assert {row[1] for row in by_the_child} == {"matched"}
    monkeypatch.setattr(sync, "_child", NoProcess())
    assert sync.process(private, SystemClock(), everything=True) == len({row[0] for row in by_the_child})
    assert rows(private) == by_the_child


def test_an_idle_child_that_was_killed_costs_no_message(private: Database) -> None:
    keep(private, arrivals(10))
    os.kill(sync._child.run(60, 60, os.getpid)[0], signal.SIGKILL)
    assert sync.process(private, SystemClock()) == 10
    assert {row[1] for row in rows(private)} == {"matched"}


def ended(stored: Sequence[Stored], sent: SentLetters) -> list[Understood]:
    if any(DEADLY in message.raw for message in stored):
        os._exit(1)
    return understand_all(stored, sent)


def ended_alone(message: Stored, sent: SentLetters) -> Understood:
    return ended([message], sent)[0]


def hung(stored: Sequence[Stored], sent: SentLetters) -> list[Understood]:
    if any(DEADLY in message.raw for message in stored):
        time.sleep(600)
    return understand_all(stored, sent)


def hung_alone(message: Stored, sent: SentLetters) -> Understood:
    return hung([message], sent)[0]


@pytest.mark.parametrize(
    ("together", "alone", "error"),
    [(ended, ended_alone, "ChildProcessError: the child process ended with 1"), (hung, hung_alone, "TimeoutError: ")],
    ids=["ends it", "hangs"],
)
def test_a_message_that_no_child_survives_is_poison_and_takes_no_other_with_it(
    private: Database, monkeypatch: pytest.MonkeyPatch, together: object, alone: object, error: str
) -> None:
    letters = arrivals(9)
    letters[2] = Arrival(102, letters[2].internaldate, mail("ca-mau", DEADLY.decode()))
    before = messages.counts(private)["matched"]
    keep(private, letters)
    monkeypatch.setattr(sync, "SECONDS", 1.0)
    monkeypatch.setattr(sync, "understand_all", together)
    monkeypatch.setattr(sync, "understand", alone)
    assert sync.process(private, SystemClock()) == 9
    assert messages.pending(private) == []
    assert messages.counts(private) == {"matched": before + 8, "poison": 1}
    assert private.execute("SELECT error FROM message WHERE status = 'poison'").fetchone()[0].startswith(error)


def test_25_000_uuencoded_files_cost_three_seconds_at_most_and_keep_back_no_other_mail(private: Database) -> None:
    letters = arrivals(9)
    many = mail("ca-mau", "Sở gửi tệp.\n" + "begin 644 a\n#86)C\n`\nend\n" * 25_000)
    assert len(many) > 600_000
    keep(private, [*letters, Arrival(200, START, many)])
    assert sync.process(private, SystemClock()) == 10
    assert {row[1] for row in rows(private)} == {"matched"}
    names = [name for (name,) in private.execute("SELECT name FROM message_part WHERE name LIKE 'a%'").fetchall()]
    assert 300 < len(names) == len(set(names)) < 500
    found, used = sync._child.run(60, 60, understand, Stored(many, START), sync.sent_letters(private))
    assert used < 3 and TOO_DEEP in found.detail.defects


def test_a_pass_that_breaks_off_leaves_what_it_had_to_the_next(private: Database) -> None:
    keep(private, arrivals(10))

    def interrupt(_what: str, done: int, _total: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync.process(private, SystemClock(), interrupt)
    assert len(messages.pending(private)) == 2
    assert sync.process(private, SystemClock()) == 2
    assert {row[1] for row in rows(private)} == {"matched"}


def test_a_letter_that_left_before_its_reply_came_is_answered_by_it(private: Database) -> None:
    private.execute("UPDATE outbox SET state = 'planned', accepted_at = NULL WHERE agency LIKE '%ca-mau'")
    private.conn.commit()
    sync.warm_up(private)
    private.execute("UPDATE outbox SET state = 'accepted', accepted_at = planned_at WHERE agency LIKE '%ca-mau'")
    private.conn.commit()
    keep(private, arrivals(20))
    sync.process(private, SystemClock())
    assert {row[1] for row in rows(private)} == {"matched"}


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


def test_a_message_is_understood_within_milliseconds_where_the_child_is_warm(private: Database) -> None:
    """The watcher's first reply of a day must not wait for a process to start."""
    child = sync._child
    assert isinstance(child, ChildProcess)
    keep(private, arrivals(1))
    sync.warm_up(private)
    begun = time.monotonic()
    assert sync.process(private, SystemClock()) == 1
    assert time.monotonic() - begun < 2.0  # it is 10 ms on a machine that does nothing else
    assert understand(Stored(b"", START), sync.sent_letters(private)).event == "EM"
