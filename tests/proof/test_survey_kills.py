"""kill -9 of the commands that a user runs, against the embedded world: `campaign send` and `mailbox sync`.

The world is a process of its own and survives; what it accepted and delivered is what the databases are held against.
"""

import hashlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

ENDED = {"accepted", "refused", "cancelled", "uncertain"}
LABELS = (
    "due", "connected", "claimed", "noted", "mail", "rcpt", "copy", "data", "dot", "answered", "finished",
)  # fmt: skip
UNTIL = "2020-04-25T18:00"  # every request has had its turn and its retries, no reminder yet

# `prober campaign send`, with nothing changed but that it kills itself at a labelled point.
AT_LABEL = """
import dataclasses, os, signal, sys
from prober.cli import cli
from prober.services.campaign import sending as campaign_send
label, times, *words = sys.argv[1:]
left = [int(times)]
def at(reached):
    left[0] -= reached == label
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
send_due = campaign_send.send_due
campaign_send.send_due = lambda run: send_due(dataclasses.replace(run, at=at))
cli(words)
"""


def killed_when(process: "subprocess.Popen[bytes]", ready: Callable[[], bool], pause: float) -> bool:
    """Wait for `ready` and `pause` seconds more, then kill -9. True if the process was still alive."""
    while process.poll() is None and not ready():
        time.sleep(0.01)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    return process.wait(60) == -signal.SIGKILL


def started(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def hold(survey: Any, keys: set[str]) -> Counter[str]:
    """What must be true at any moment. Returns state → letters."""
    letters, copies = survey.letters(), survey.copies()
    assert {letter["message_id"] for letter in letters} == keys  # none is gone
    assert not [key for key, number in copies.items() if number > 1]
    for letter in letters:
        if letter["message_id"] in copies:
            assert letter["state"] in ("accepted", "sending", "uncertain"), letter["message_id"]
        else:
            assert letter["state"] != "accepted", letter["message_id"]
    return Counter(letter["state"] for letter in letters)


def _has(survey: Any, letters: int) -> bool:
    return len(survey.copies()) >= letters


def in_doubt(survey: Any) -> int:
    """The letters in doubt, as `campaign status` and `doctor` show them: both must say the same."""
    status = json.loads(survey.prober("campaign", "status", "wave", "--json"))
    number = sum(row["uncertain"] for row in status)
    code, output = survey.run("doctor", "--json")
    stuck = [row for row in json.loads(output) if row["name"] == "stuck rows" and "uncertain" in row["found"]]
    assert [row["found"].split(" ")[0] for row in stuck] == [str(number)] * bool(number)
    assert not number or code == 1
    return int(number)


def settled(survey: Any, keys: set[str]) -> tuple[int, int]:
    """Send to the end, then settle by what the mailbox holds. Returns (doubts before, doubts after)."""
    code, _ = survey.run("campaign", "send", "wave", "--until", UNTIL)
    assert code == int(hold(survey, keys)["uncertain"] > 0)  # a doubt is never passed over
    before, copies = in_doubt(survey), survey.copies()
    requests = [letter for letter in survey.letters() if letter["step"] == "request"]
    assert {letter["state"] for letter in requests} <= ENDED
    survey.prober("mailbox", "sync")
    survey.prober("campaign", "settle", "wave")
    hold(survey, keys)
    after = in_doubt(survey)
    left = [letter["message_id"] for letter in survey.letters() if letter["state"] == "uncertain"]
    assert not set(left) & set(copies)  # what stays in doubt is exactly what the world never got
    assert survey.copies() == copies
    assert {letter["message_id"] for letter in survey.letters() if letter["state"] == "accepted"} >= set(copies)
    return before, after


def kills_of_send(survey: Any, draw: random.Random, number: int) -> list[tuple[object, ...]]:
    """Kill `campaign send` at `number` random moments while letters leave, each time at another count of letters."""
    keys = {letter["message_id"] for letter in survey.letters()}
    rows: list[tuple[object, ...]] = []
    asked = len(keys) // 2
    goals = sorted(draw.sample(range(asked * 2 // 3), number))  # some offices refuse, some letters never get there
    for goal in goals:
        process = started(survey.command("campaign", "send", "wave", "--until", UNTIL))
        killed = killed_when(process, partial(_has, survey, goal), draw.uniform(0, 0.05))
        states = hold(survey, keys)
        rows.append((f"{goal} letters out", "kill -9" if killed else "ended", len(survey.copies()), states["sending"],
                     states["uncertain"]))  # fmt: skip
        assert killed
    before, after = settled(survey, keys)
    rows.append(("the same command to its end", "", len(survey.copies()), 0, before))
    rows.append(("mailbox sync, campaign settle", "", len(survey.copies()), 0, after))
    return rows


HEAD = ("killed with", "how", "letters the world has, once each", "on the wire", "in doubt")


@pytest.mark.proof
def test_ten_random_kills_of_send_on_63_agencies(tmp_path: Path, survey: Any, show: Any) -> None:
    mine = survey(tmp_path, False)
    mine.plan()
    show("prober campaign send, killed ten times", HEAD, kills_of_send(mine, random.Random(63), 10))


@pytest.mark.proof
def test_a_kill_of_send_at_each_point_on_63_agencies(tmp_path: Path, survey: Any, show: Any) -> None:
    mine = survey(tmp_path, False)
    mine.plan()
    keys = {letter["message_id"] for letter in mine.letters()}
    rows = []
    for times, label in enumerate(LABELS, 1):
        words = mine.command("campaign", "send", "wave", "--until", UNTIL)[3:]
        done = subprocess.run([sys.executable, "-c", AT_LABEL, label, str(times % 4 + 1), *words], timeout=300)
        assert done.returncode == -signal.SIGKILL, label
        states = hold(mine, keys)
        assert states["sending"] == (label in LABELS[2:10])
        rows.append((label, "kill -9", len(mine.copies()), states["sending"], states["uncertain"]))
    before, after = settled(mine, keys)
    assert before == 8
    rows.append(("the same command to its end", "", len(mine.copies()), 0, before))
    rows.append(("mailbox sync, campaign settle", "", len(mine.copies()), 0, after))
    show("prober campaign send, killed once at each labelled point", HEAD, rows)


def test_kills_of_send_and_of_sync(tmp_path: Path, survey: Any) -> None:
    """The same, short, on six provinces; then sync is killed too, and everything is there once."""
    mine = survey(tmp_path, True)
    mine.inside = True  # but for what is killed
    mine.plan()
    kills_of_send(mine, random.Random(6), 1)
    mine.ask(f"/advance?to={quote('2020-05-20T08:00:00+07:00')}")
    kills_of_sync(mine, random.Random(6), 1)
    there_once(mine)


def kills_of_sync(survey: Any, draw: random.Random, number: int) -> list[tuple[object, ...]]:
    """Kill `mailbox sync` at random moments, from its first message on; then let it end."""
    rows: list[tuple[object, ...]] = []
    for _ in range(number):
        process = started(survey.command("mailbox", "sync"))
        before = held(survey.private)
        begun = partial(_differs, survey.private, before)
        killed = killed_when(process, begun, draw.uniform(0, 1.0))
        rows.append(("kill -9" if killed else "ended", *held(survey.private)))
        if held(survey.private)[0] and not held(survey.private)[1]:
            forget(survey.private)  # everything is understood: the next kill begins again
    survey.prober("mailbox", "sync")
    rows.append(("the same command to its end", *held(survey.private)))
    return rows


def held(private: Path) -> tuple[int, int]:
    """(messages, of these only stored)."""
    db = sqlite3.connect(f"file:{private}?mode=ro", uri=True)
    try:
        return tuple(db.execute("SELECT COUNT(*), COALESCE(SUM(status = 'stored'), 0) FROM message").fetchone())
    finally:
        db.close()


def _differs(private: Path, before: tuple[int, int]) -> bool:
    return held(private) != before


def forget(private: Path) -> None:
    """Empty the incoming half of private.db, as if the mailbox had never been read."""
    db = sqlite3.connect(private)
    with db:
        for table in (
            "match_candidate", "message_part", "message_reference", "message_location", "message_raw", "message",
            "mailbox_state",
        ):  # fmt: skip
            db.execute(f"DELETE FROM {table}")
    db.close()


def there_once(survey: Any) -> None:
    """Every mail that the world delivered is held once, and every answer of an office is a reply of its request."""
    delivered, sent = survey.ask("/sent"), survey.copies()
    db = sqlite3.connect(survey.private)
    places = Counter(db.execute("SELECT folder, uid, message FROM message_location").fetchall())
    raw = dict(db.execute("SELECT message, raw FROM message_raw").fetchall())
    own = db.execute("SELECT sha256, message_id FROM message WHERE status = 'own'").fetchall()
    db.close()
    copies = {sha256 for sha256, _ in own}
    assert {message_id for _, message_id in own} >= set(sent) and len(own) == len(copies)
    expected = Counter((row["folder"], row["uid"], row["sha256"]) for row in delivered)
    assert Counter({place: n for place, n in places.items() if place[2] not in copies}) == expected
    assert set(places.values()) == {1}
    assert all(hashlib.sha256(data).hexdigest() == key for key, data in raw.items())
    assert set(raw) == {row["sha256"] for row in delivered} | copies
    db = sqlite3.connect(survey.results)
    replies = db.execute("SELECT q.agency, p.received_at FROM reply p JOIN request q ON q.id = p.request").fetchall()
    db.close()
    offices = [(f"2019-{slug}", row["due"]) for row in delivered for slug in row["agency"].split(",") if "stc-" in slug]
    assert Counter(replies) == Counter(set(offices))  # one office sends the same answer twice


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory, survey: Any) -> Any:
    """63 departments asked, 40 days gone by, the mailbox full and never read."""
    mine = survey(tmp_path_factory.mktemp("answered"), False)
    mine.plan()
    mine.prober("campaign", "send", "wave", "--until", UNTIL)
    mine.ask(f"/advance?to={quote('2020-06-05T08:00:00+07:00')}")
    shutil.copy(mine.private, mine.folder / "unread.db")
    return mine


VOLATILE = {"stored_at", "seen_at", "synced_at", "note", "id", "updated_at"}


def table_hash(private: Path, results: Path) -> str:
    """Hash over every row about mail in both databases; row numbers and the times of our own reading apart."""
    digest = hashlib.sha256()
    for path, tables in (
        (private, ("message", "message_location", "message_part", "match_candidate", "mailbox_state", "outbox")),
        (results, ("request", "request_event", "reply", "deadline")),
    ):
        db = sqlite3.connect(path)
        for table in tables:
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] not in VOLATILE]
            rows = sorted(map(repr, db.execute(f"SELECT {', '.join(f'[{name}]' for name in names)} FROM {table}")))
            digest.update("\n".join([table, *rows]).encode())
        db.close()
    return digest.hexdigest()


def unread(survey: Any) -> None:
    for path in (survey.private, survey.results):
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copy(survey.folder / "unread.db", survey.private)
    db = sqlite3.connect(survey.results)
    with db:
        for table in ("deadline", "reply"):
            db.execute(f"DELETE FROM {table}")
    db.close()


@pytest.mark.proof
def test_sync_gives_the_same_tables_however_it_is_disturbed(answered: Any, show: Any) -> None:
    rows = []

    def note(what: str) -> str:
        there_once(answered)
        rows.append((what, held(answered.private)[0], table_hash(answered.private, answered.results)[:16]))
        return str(rows[-1][2])

    answered.prober("mailbox", "sync")
    undisturbed = note("undisturbed")
    for again in ("second pass", "third pass"):
        answered.prober("mailbox", "sync")
        assert note(again) == undisturbed
    answered.prober("mailbox", "reparse")
    assert note("reparse") == undisturbed
    for turn in range(1, 4):
        unread(answered)
        pair = [started(answered.command("mailbox", "sync")) for _ in range(2)]
        assert [process.wait(300) for process in pair] == [0, 0]
        assert note(f"two processes at once, {turn}") == undisturbed
    unread(answered)
    kills = kills_of_sync(answered, random.Random(10), 10)
    assert note("killed ten times") == undisturbed
    show("prober mailbox sync, killed at ten random moments", ("how", "messages held", "not yet understood"), kills)
    show("same mailbox in, same tables out", ("pass", "messages", "hash of the tables"), rows)
