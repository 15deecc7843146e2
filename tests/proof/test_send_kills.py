"""kill -9 of sending, a thousand times: at every labelled point of the path and at random moments.

The peer is aiosmtpd; it writes the Message-ID of each letter it accepts to disk, fsync included, before it says 250. A
helper process forks a child for each kill, so that the imports are paid once.
"""

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from mailroom.sending.approval import freeze, sha256
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.store import open_private, transaction
from prober.store.private import campaigns, outbox
from tests.pobi import HANOI, POBI, agencies
from tests.prober.campaign.example import SECRET

START = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
UNTIL = START + timedelta(days=30)
SENDER = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
LABELS = (
    "due", "connected", "claimed", "noted", "mail", "rcpt", "copy", "data", "dot", "answered", "finished",
)  # fmt: skip
RANDOM = "a random moment"
IN_DOUBT = LABELS[2:10]  # killed there, nobody can know
SEED = 20190413

HELPER = """
import os, signal, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.store import open_private
from prober.studies.folder import packaged

POBI = packaged("pobi-2019")
POBI.calendar.is_working_day(datetime(2020, 4, 13).date())  # built once, not in every child

class Stepped:
    def __init__(self, moment): self.moment = moment
    def now(self): return self.moment
    async def sleep_until(self, moment): self.moment = max(self.moment, moment)

def kill(label, times):
    left = [times]
    def at(reached):
        left[0] -= reached == label
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return at

for line in sys.stdin:
    path, port, label, times, seconds = line.split()
    child = os.fork()
    if child == 0:
        clock = Stepped(datetime.fromisoformat("2020-04-13T08:00:00+07:00"))
        smtp = Smtp(host="127.0.0.1", port=int(port), tls="none", seconds_between=0)
        sender = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
        until = clock.now() + timedelta(days=30)
        db = open_private(Path(path))
        send_due(SendingRun(db, "w", smtp, sender, clock, POBI, until, at=kill(label, int(times))))
        os._exit(0)
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(child, signal.SIGKILL)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Stepped:
    """Time that moves only when someone sleeps."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


class Recorder:
    """An aiosmtpd handler: what it answers 250 to is on disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._path = path

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (line,) = [x for x in envelope.content.split(b"\r\n") if x.startswith(b"Message-ID: ")]
        self._file.write(line.partition(b": ")[2] + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return "250 2.0.0 accepted"

    def copies(self) -> "Counter[str]":
        return Counter(self._path.read_text(encoding="utf-8").split())

    def clear(self) -> None:
        self._file.truncate(0)

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[tuple[Recorder, int]]:
    handler, loop = Recorder(tmp_path / "accepted.log"), asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(handler, hostname="peer.test", loop=loop), "127.0.0.1", 0)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield handler, server.sockets[0].getsockname()[1]
    asyncio.run_coroutine_threadsafe(_closed(server), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()
    handler.close()


async def _closed(server: asyncio.Server) -> None:
    """Close the server; conversations of killed clients end by themselves at the end of their input."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
def helper() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield process
        assert process.stdin
        process.stdin.close()
        process.wait(60)


def prepared(path: Path, letters: int) -> None:
    """A private.db with an approved campaign of so many letters."""
    text = POBI.protocol
    text = text.replace("reminder_working_days = 10", "reminder_working_days = 0")
    asked = [
        replace(a, request_email=f"{a.slug}@agency.gov.test", request_email_reviewed_by="nv")
        for a in agencies("2019", "finance")[:letters]
    ]
    db = open_private(path)
    campaigns.save_draft(db, "w", "sandbox", text, sha256(text), START, SECRET)
    freeze(db, "w", asked, SENDER, POBI, "nv", START)
    db.close()


def states(path: Path) -> dict[str, str]:
    """Message-ID → state, read without any code of the product."""
    db = sqlite3.connect(path)
    try:
        return dict(db.execute("SELECT message_id, state FROM outbox").fetchall())
    finally:
        db.close()


class Round:
    """One campaign, sent by processes that are killed until no letter is left to send."""

    def __init__(self, path: Path, port: int, recorder: Recorder, helper: "subprocess.Popen[str]") -> None:
        self.path, self.port, self.recorder, self.helper = path, port, recorder, helper
        self.keys = set(states(path))
        self._seen: set[str] = set()
        self.kills: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()
        self.held: Counter[str] = Counter()

    def kill(self, label: str, times: int, seconds: float) -> bool:
        """One child. False if it came to its end before it was killed."""
        assert self.helper.stdin and self.helper.stdout
        self.helper.stdin.write(f"{self.path} {self.port} {label.replace(' ', '-')} {times} {seconds}\n")
        self.helper.stdin.flush()
        status = self.helper.stdout.readline().strip()
        assert status in ("0", "9"), status  # a child that fails by itself proves nothing
        killed = status == "9"
        found, copies = states(self.path), self.recorder.copies()
        assert set(found) == self.keys  # no letter is gone
        assert not [key for key, number in copies.items() if number > 1]
        in_flight = [key for key, state in found.items() if state == "sending"]
        assert len(in_flight) <= 1
        for key, state in found.items():  # what the peer has is never thought to be still to send, and the reverse
            assert state in ("accepted", "uncertain", "sending") if copies[key] else state != "accepted"
        if killed:
            self.kills[label] += 1
            fresh = set(in_flight) - self._seen  # a process killed at its start leaves the doubt of the one before
            self._seen |= fresh
            self.doubts[label] += len(fresh)
            self.held[label] += sum(copies[key] for key in fresh)
            if label != RANDOM:
                assert len(in_flight) == (label in IN_DOUBT)
        return killed

    def left(self) -> int:
        return sum(state in ("planned", "deferred") for state in states(self.path).values())

    def end(self) -> tuple[int, int]:
        """The ordinary run afterwards, then the mailbox's evidence. Returns doubts (settled, still open)."""
        smtp = Smtp(host="127.0.0.1", port=self.port, tls="none", seconds_between=0)
        db, copies = open_private(self.path), self.recorder.copies()
        try:
            summary = send_due(SendingRun(db, "w", smtp, SENDER, Stepped(), POBI, UNTIL))
            assert summary.mismatch == "" and sum(summary.totals.values()) == len(self.keys)
            copies = self.recorder.copies()
            assert not copies or max(copies.values()) == 1
            rows = {row["message_id"]: row["state"] for row in outbox.rows(db, "w")}
            assert set(rows.values()) <= {"accepted", "uncertain"}
            doubtful = [key for key, state in rows.items() if state == "uncertain"]
            assert bool(summary.failures) == bool(doubtful)  # every doubt is said, with exit code 1
            assert all(copies[key] == 1 for key, state in rows.items() if state == "accepted")
            with transaction(db):
                db.conn.executemany(
                    "INSERT INTO message (sha256, bytes, received_at, stored_at, message_id, status, event) "
                    "VALUES (?, 1, '2020-04-13T08:31:20+07:00', '2020-04-13T09:00:00+07:00', ?, 'own', 'OW')",
                    [(key, key) for key in doubtful if copies[key]],
                )
            send_due(SendingRun(db, "w", smtp, SENDER, Stepped(), POBI, UNTIL))
            open_doubts = [r["message_id"] for r in outbox.rows(db, "w") if r["state"] == "uncertain"]
            assert self.recorder.copies() == copies  # nothing was sent again
            assert not [key for key in open_doubts if copies[key]]
            return len(doubtful) - len(open_doubts), len(open_doubts)
        finally:
            db.close()


def campaign_of_kills(
    folder: Path, recorder: Recorder, port: int, helper: "subprocess.Popen[str]", letters: int, kills: int
) -> list[tuple[object, ...]]:
    """Kill until there were `kills` kills, over as many campaigns as that takes. Rows of a table."""
    draw = random.Random(SEED)
    prepared(folder / "prepared.db", letters)
    total: Counter[str] = Counter()
    doubts: Counter[str] = Counter()
    held: Counter[str] = Counter()
    settled = still_open = campaigns_sent = 0
    while total.total() < kills:
        for rest in folder.glob("p.db*"):
            rest.unlink()
        shutil.copy(folder / "prepared.db", folder / "p.db")
        recorder.clear()
        run = Round(folder / "p.db", port, recorder, helper)
        while run.left() and total.total() + run.kills.total() < kills:
            done = total + run.kills
            label = min(LABELS + (RANDOM,) * 2, key=lambda name: (done[name] / (1 + (name == RANDOM)), draw.random()))
            by_time = label == RANDOM
            run.kill(label, draw.randint(1, 3), draw.uniform(0.01, 0.25) if by_time else 0)
        one, other = run.end()
        settled, still_open, campaigns_sent = settled + one, still_open + other, campaigns_sent + 1
        total, doubts, held = total + run.kills, doubts + run.doubts, held + run.held
    assert set(total) == {*LABELS, RANDOM}
    rows: list[tuple[object, ...]] = [
        (name, total[name], doubts[name], held[name], 0, 0) for name in (*LABELS, RANDOM)
    ]  # more than one copy, or a letter gone, would have ended the proof
    rows.append(("all", total.total(), doubts.total(), held.total(), 0, 0))
    rows.append((f"in {campaigns_sent} campaigns of {letters}", "", f"{settled} settled by own copy", settled, "", ""))
    rows.append(("", "", f"{still_open} left to a person", 0, "", ""))
    return rows


HEAD = ("killed at", "kills", "letters in doubt", "of these the peer has", "second copies", "letters lost")


@pytest.mark.proof
def test_a_thousand_kills(
    tmp_path: Path, recorder: tuple[Recorder, int], helper: "subprocess.Popen[str]", show: Any
) -> None:
    rows = campaign_of_kills(tmp_path, *recorder, helper, letters=63, kills=1_040)
    show("kill -9 while sending", HEAD, rows)


def test_a_few_kills(tmp_path: Path, recorder: tuple[Recorder, int], helper: "subprocess.Popen[str]") -> None:
    """The same, short: every label, and twice as many random moments."""
    rows = campaign_of_kills(tmp_path, *recorder, helper, letters=30, kills=26)
    assert rows[-3][1] == 26
