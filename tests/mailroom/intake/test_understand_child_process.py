"""Messages understood in a child process: the same rows as in this one, whatever ends, hangs or leaves meanwhile."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailroom.intake import sync
from mailroom.intake.sent_letters import sent_letters
from mailroom.intake.understand import SentLetters, Stored, understand, understand_all
from mailroom.mime.tree import TOO_DEEP
from prober.clock import SystemClock
from prober.documents.child_process import ChildProcess
from prober.domain.correspondence import Understood
from prober.store import Database, open_private
from prober.store.private import messages
from prober.store.private.messages import Arrival
from tests import forked
from tests.languages import VIETNAMESE
from tests.office import START, TOKENS, Office, mail
from tests.pobi import HANOI, POBI

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


def begun(db: Database) -> dict[str, int]:
    return dict(db.execute("SELECT sha256, cut_off FROM message WHERE cut_off > 0").fetchall())


class NoProcess:
    """A system that has no process to give."""

    def run(self, *_: object) -> None:
        raise OSError("no child process can be started")

    ahead = run


def test_messages_are_read_in_batches_and_the_next_reading_gives_the_same_rows(private: Database) -> None:
    keep(private, arrivals(30))
    said: list[int] = []
    assert (
        sync.process(private, SystemClock(), lambda _what, done, _total: said.append(done), vocabulary=VIETNAMESE) == 30
    )
    assert said == [4, 8, 12, 16, 20, 24, 28, 30]
    by_the_child = rows(private)
    assert len(by_the_child) > 30
    assert {row[1] for row in by_the_child} == {"matched"}
    assert sync.process(private, SystemClock(), everything=True, vocabulary=VIETNAMESE) == len(
        {row[0] for row in by_the_child}
    )
    assert rows(private) == by_the_child
    assert begun(private) == {}


def test_without_a_process_mail_waits_and_the_pass_says_so(private: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """No message is read in this process, whatever the system lacks, or an upgrade has taken away."""
    keep(private, arrivals(9))
    with monkeypatch.context() as patched:
        patched.setattr(sync, "_child", NoProcess())
        assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 0
    summary = sync.SyncSummary(statuses=messages.counts(private))
    assert summary.failures == ["9 messages are stored and were not read: no process can be started"]
    assert begun(private) == {}
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 9


def test_an_idle_child_that_was_killed_costs_no_message(private: Database) -> None:
    keep(private, arrivals(10))
    os.kill(sync._child.run(60, 60, os.getpid)[0], signal.SIGKILL)
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 10
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


def test_what_one_fetch_brought_is_read_during_the_next(private: Database) -> None:
    meanwhile = sync._Meanwhile(private, SystemClock(), VIETNAMESE)
    told, letters, done = meanwhile.told(sync.quiet), arrivals(30), []
    for at in range(0, 30, 10):
        keep(private, letters[at : at + 10])
        told("reading INBOX", at, 30)
        done.append(meanwhile.done)
    meanwhile.end()
    assert (done, meanwhile.done) == ([0, 8, 20], 28)  # full batches of four
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 2
    assert begun(private) == {}
    found = rows(private)
    sync.process(private, SystemClock(), everything=True, vocabulary=VIETNAMESE)
    assert rows(private) == found


class Counted(ChildProcess):
    """A child process that counts the batches begun in it."""

    batches = 0

    def ahead(self, seconds: float, processor_seconds: float, function: Any, *words: Any, **_: Any) -> Any:
        self.batches += function is understand_all
        return super().ahead(seconds, processor_seconds, function, *words)


@pytest.mark.parametrize(("processors", "shares"), [(2, (4, 3)), (1, (7, 0))])
def test_many_messages_of_a_fetch_are_shared_by_two_children_and_recorded_once(
    private: Database, monkeypatch: pytest.MonkeyPatch, processors: int, shares: tuple[int, int]
) -> None:
    monkeypatch.setattr(sync, "MANY", 8)
    monkeypatch.setattr(sync.os, "cpu_count", lambda: processors)
    both = Counted(sync.MEMORY), Counted(sync.MEMORY)
    monkeypatch.setattr(sync, "_child", both[0])
    monkeypatch.setattr(sync, "_second", both[1])
    meanwhile = sync._Meanwhile(private, SystemClock(), VIETNAMESE)
    told, letters = meanwhile.told(sync.quiet), arrivals(30)
    for at in range(0, 30, 10):
        keep(private, letters[at : at + 10])
        told("reading INBOX", at, 30)
    meanwhile.end()
    assert (meanwhile.done, (both[0].batches, both[1].batches)) == (28, shares)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(60)
    assert both[1]._pool is None  # it has ended with the fetches
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 2
    found = rows(private)
    sync.process(private, SystemClock(), everything=True, vocabulary=VIETNAMESE)
    assert rows(private) == found
    both[0].stop()


def test_a_message_that_ends_the_child_during_a_fetch_is_left_to_the_pass(
    private: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "understand_all", ended)
    monkeypatch.setattr(sync, "understand", ended_alone)
    meanwhile = sync._Meanwhile(private, SystemClock(), VIETNAMESE)
    told, letters = meanwhile.told(sync.quiet), arrivals(8)
    letters[2] = Arrival(102, letters[2].internaldate, mail("ca-mau", DEADLY.decode() * 50))
    keep(private, letters)
    for at in (4, 8):
        told("reading INBOX", at, 8)
    meanwhile.end()
    assert meanwhile.done == 0
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 8
    assert messages.counts(private)["poison"] == 1
    assert begun(private) == {letters[2].sha256: 3}


@pytest.mark.parametrize(
    ("together", "alone", "error"),
    [(ended, ended_alone, "ChildProcessError: the child process ended with 1"), (hung, hung_alone, "TimeoutError: ")],
    ids=["ends it", "hangs"],
)
def test_a_message_that_no_child_survives_is_poison_and_takes_no_other_with_it(
    private: Database, monkeypatch: pytest.MonkeyPatch, together: object, alone: object, error: str
) -> None:
    letters = arrivals(9)
    longest = mail("ca-mau", DEADLY.decode() * 50)  # it comes first, in a batch with three others
    letters[2] = Arrival(102, letters[2].internaldate, longest)
    before = messages.counts(private)["matched"]
    keep(private, letters)
    monkeypatch.setattr(sync, "SECONDS", 2.0)
    monkeypatch.setattr(sync, "understand_all", together)
    monkeypatch.setattr(sync, "understand", alone)
    said: list[int] = []
    assert (
        sync.process(private, SystemClock(), lambda _what, done, _total: said.append(done), vocabulary=VIETNAMESE) == 9
    )
    assert said == [1, 2, 3, 4, 8, 9]  # every message that is read alone shows that the program is alive
    assert messages.pending(private) == []
    assert messages.counts(private) == {"matched": before + 8, "poison": 1}
    assert private.execute("SELECT error FROM message WHERE status = 'poison'").fetchone()[0].startswith(error)
    assert [row["status"] for row in messages.unmatched(private)] == ["poison"]  # a person sees it
    assert begun(private) == {letters[2].sha256: 3}


def test_what_was_killed_twice_is_passed_by_until_the_parser_is_another(
    private: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = messages.counts(private)["matched"]
    deadly = Arrival(102, START, mail("ca-mau", DEADLY.decode()))
    keep(private, [deadly])
    with monkeypatch.context() as patched:
        patched.setattr(sync, "understand", ended_alone)
        assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 1
    poisoned = rows(private)
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 0
    assert sync.process(private, SystemClock(), everything=True, vocabulary=VIETNAMESE) == others
    assert rows(private) == poisoned
    keep(private, [Arrival(1, START - timedelta(hours=1), deadly.raw)], "Junk")  # it is to be analysed again
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 1
    assert begun(private) == {deadly.sha256: 3}
    private.execute("UPDATE message SET parser = '1' WHERE cut_off > 0")
    private.conn.commit()
    assert sync.process(private, SystemClock(), everything=True, vocabulary=VIETNAMESE) == others + 1
    assert messages.counts(private) == {"matched": others + 1}


def kill_the_program(message: Stored, sent: SentLetters) -> Understood:
    if DEADLY in message.raw:
        program = multiprocessing.parent_process()
        assert program and program.pid
        os.kill(program.pid, signal.SIGKILL)
        time.sleep(60)
    return understand(message, sent)


def kill_all(stored: Sequence[Stored], sent: SentLetters) -> list[Understood]:
    return [kill_the_program(message, sent) for message in stored]


def deadly_pass(path: Path) -> None:
    sync.understand, sync.understand_all = kill_the_program, kill_all
    sync.process(open_private(path), SystemClock(), vocabulary=VIETNAMESE)


def test_a_message_that_kills_the_program_itself_is_found_out(private: Database, office: Office) -> None:
    """As the system's killer does where memory ends: among others, alone, and alone once more; then it is passed by."""
    deadly = Arrival(102, START, mail("ca-mau", DEADLY.decode()))
    keep(private, [*arrivals(3), deadly])
    before = messages.counts(private)["matched"]
    path = office.folder / "var/private.db"
    counted = [(forked.call(deadly_pass, path), begun(private).get(deadly.sha256)) for _ in range(4)]
    assert counted == [(-9, 1), (-9, 2), (-9, 3), (0, 3)]
    assert messages.counts(private) == {"matched": before + 3, "poison": 1}


def test_25_000_uuencoded_files_cost_three_seconds_at_most_and_keep_back_no_other_mail(private: Database) -> None:
    letters = arrivals(9)
    many = mail("ca-mau", "Sở gửi tệp.\n" + "begin 644 a\n#86)C\n`\nend\n" * 25_000)
    assert len(many) > 600_000
    keep(private, [*letters, Arrival(200, START, many)])
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 10
    assert {row[1] for row in rows(private)} == {"matched"}
    names = [name for (name,) in private.execute("SELECT name FROM message_part WHERE name LIKE 'a%'").fetchall()]
    assert 300 < len(names) == len(set(names)) < 500
    found, used = sync._child.run(60, 60, understand, Stored(many, START), sent_letters(private, vocabulary=VIETNAMESE))
    assert used < 3 and TOO_DEEP in found.detail.defects


def test_a_pass_that_breaks_off_leaves_what_it_had_to_the_next(private: Database) -> None:
    keep(private, arrivals(10))

    def interrupt(_what: str, done: int, _total: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync.process(private, SystemClock(), interrupt, vocabulary=VIETNAMESE)
    assert len(messages.pending(private)) == 2
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 2
    assert {row[1] for row in rows(private)} == {"matched"}


def test_a_letter_that_left_before_its_reply_came_is_answered_by_it(private: Database) -> None:
    private.execute("UPDATE outbox SET state = 'planned', accepted_at = NULL WHERE agency LIKE '%ca-mau'")
    private.conn.commit()
    sync.warm_up(private, POBI.vocabulary)
    private.execute("UPDATE outbox SET state = 'accepted', accepted_at = planned_at WHERE agency LIKE '%ca-mau'")
    private.conn.commit()
    keep(private, arrivals(20))
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    assert {row[1] for row in rows(private)} == {"matched"}


def test_a_message_whose_moment_is_corrected_is_understood_again(private: Database) -> None:
    sent = datetime.fromisoformat(
        private.execute("SELECT accepted_at FROM outbox WHERE step = 'request'").fetchone()[0]
    )
    late = Arrival(200, sent + timedelta(hours=3), mail(SLUGS[0], "Kính chào quý vị."))
    keep(private, [late])
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    keep(private, [Arrival(1, sent.astimezone(HANOI) + timedelta(seconds=20), late.raw)], "Junk")
    assert len(messages.pending(private)) == 1
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    assert private.execute("SELECT rule FROM message ORDER BY stored_at DESC LIMIT 1").fetchone() == ("auto.timing",)


def test_a_message_is_understood_within_milliseconds_where_the_child_is_warm(private: Database) -> None:
    """The watcher's first reply of a day must not wait for a process to start."""
    child = sync._child
    assert isinstance(child, ChildProcess)
    keep(private, arrivals(1))
    sync.warm_up(private, POBI.vocabulary)
    begun = time.monotonic()
    assert sync.process(private, SystemClock(), vocabulary=VIETNAMESE) == 1
    assert time.monotonic() - begun < 2.0  # it is 10 ms on a machine that does nothing else
    assert understand(Stored(b"", START), sent_letters(private, vocabulary=VIETNAMESE)).event == "EM"
