"""kill -9 at every labelled point of the send path: at most one copy of each letter, none lost, every doubt shown.

The server records each accepted DATA by Message-ID. A child process sends and kills itself at the labelled point; the
next run, in this process, is the ordinary one.
"""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from socket import create_server, socket
from typing import Any

import pytest

from mailroom.sending.approval import freeze, sha256
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.store import open_private, transaction
from prober.store.private import campaigns, outbox
from tests.pobi import HANOI, POBI, agencies
from tests.prober.campaign.example import SECRET

START = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
SENDER = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
LABELS = ("due", "connected", "claimed", "noted", "mail", "rcpt", "copy", "data", "dot", "answered", "finished")
LETTERS = 4

# One helper process for all labels forks for each, so that the imports are paid once; it prints how the child ended.
HELPER = """
import os, signal, sys
from datetime import datetime, timedelta
from pathlib import Path
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.store import open_private
from prober.studies.folder import packaged

POBI = packaged("pobi-2019")

class Stepped:
    def __init__(self, moment): self.moment = moment
    def now(self): return self.moment
    async def sleep_until(self, moment): self.moment = max(self.moment, moment)

def kill(label, times):
    left = [int(times)]
    def at(reached):
        left[0] -= reached == label
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return at

for line in sys.stdin:
    path, port, label, times = line.split()
    child = os.fork()
    if child == 0:
        clock = Stepped(datetime.fromisoformat("2020-04-13T08:00:00+07:00"))
        smtp = Smtp(host="127.0.0.1", port=int(port), tls="none", seconds_between=0)
        sender = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
        until = clock.now() + timedelta(days=3)
        send_due(SendingRun(open_private(Path(path)), "w", smtp, sender, clock, POBI, until, at=kill(label, times)))
        os._exit(0)
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
    """A small real SMTP server: takes every letter and counts its Message-ID when the final dot has been read.

    It counts before it answers, as a server that has stored a letter does.
    """

    def __init__(self) -> None:
        self.copies: Counter[str] = Counter()
        self.server = create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket) -> None:
        with line, line.makefile("rwb") as wire:
            try:
                self._talk(wire)
            except OSError:
                return

    def _talk(self, wire: Any) -> None:
        def say(text: bytes) -> None:
            wire.write(text + b"\r\n")
            wire.flush()

        say(b"220 mail.test")
        while command := wire.readline():
            if command.startswith(b"DATA"):
                say(b"354 go on")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    if not (more := wire.readline()):
                        return
                    data += more
                (found,) = [x for x in data.split(b"\r\n") if x.startswith(b"Message-ID: ")]
                self.copies[found.decode().partition(": ")[2]] += 1
                say(b"250 queued")
            elif command.startswith(b"QUIT"):
                say(b"221 bye")
                return
            else:
                say(b"250 ok")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    server = Recorder()
    yield server
    server.server.close()


@pytest.fixture(scope="module")
def helper() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield process
        assert process.stdin
        process.stdin.close()
        process.wait(20)


OWN = """
[letter]
subject = "Đề nghị cung cấp thông tin"
request = "Xin cung cấp tài liệu."
follow_up = "Xin gửi phần còn lại."
"""
CASES = [(label, times, "request") for times in (1, LETTERS) for label in LABELS]
CASES += [(label, 1, "follow-up") for label in ("claimed", "noted", "dot", "answered")]


@pytest.mark.parametrize(("label", "times", "step"), CASES)
def test_killed(
    label: str, times: int, step: str, helper: "subprocess.Popen[str]", recorder: Recorder, tmp_path: Path
) -> None:
    text = POBI.protocol
    text = text.replace("reminder_working_days = 10", "reminder_working_days = 0")
    if step == "follow-up":
        asks = 'follow_up_working_days = 1\nfollow_up_after = ["silence"]\n'
        text = text.replace("seed = 2019\n", f"seed = 2019\n{asks}") + OWN
    asked = [
        replace(a, request_email=f"{a.slug}@agency.gov.test", request_email_reviewed_by="nv")
        for a in agencies("2019", "finance")[:LETTERS]
    ]
    db = open_private(tmp_path / "p.db")
    campaigns.save_draft(db, "w", "sandbox", text, sha256(text), START, SECRET)
    freeze(db, "w", asked, SENDER, POBI, "nv", START)
    if step == "follow-up":
        _requests_have_left(db)
    keys = {row["message_id"] for row in outbox.rows(db, "w") if row["step"] == step}
    db.close()

    assert helper.stdin and helper.stdout
    helper.stdin.write(f"{tmp_path / 'p.db'} {recorder.port} {label} {times}\n")
    helper.stdin.flush()
    assert helper.stdout.readline().strip() == "9"  # ended by SIGKILL, so the point was reached

    db, clock = open_private(tmp_path / "p.db"), Stepped()
    smtp = Smtp(host="127.0.0.1", port=recorder.port, tls="none", seconds_between=0)
    for _ in range(2):  # the second run finds nothing left to do
        summary = send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, START + timedelta(days=3)))
    states = {row["message_id"]: row["state"] for row in outbox.rows(db, "w") if row["step"] == step}

    assert summary.mismatch == "" and sum(summary.totals.values()) == LETTERS * (2 if step == "follow-up" else 1)
    assert max(recorder.copies.values()) == 1
    assert set(states) == keys
    for key, state in states.items():
        assert state in ("accepted", "uncertain")
        assert state == "uncertain" or recorder.copies[key] == 1  # accepted means that the server has it
    in_doubt = [key for key, state in states.items() if state == "uncertain"]
    assert len(in_doubt) == (label in LABELS[2:10])
    assert bool(summary.failures) == bool(in_doubt)

    # The doubt is settled by what the mailbox holds, never by a second copy.
    for key in in_doubt:
        if recorder.copies[key]:
            _own_copy(db, key)
    send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, START + timedelta(days=3)))
    left = [row for row in outbox.rows(db, "w") if row["state"] == "uncertain"]
    assert all(recorder.copies[row["message_id"]] == 0 for row in left)
    assert max(recorder.copies.values()) == 1
    db.close()


def _requests_have_left(db: Any) -> None:
    """The requests were accepted at the first moment, and the mailbox was read since."""
    with transaction(db):
        db.execute("UPDATE outbox SET state = 'accepted', accepted_at = ? WHERE step = 'request'", [START.isoformat()])
        db.execute(
            "INSERT INTO mailbox_state (account, folder, uidvalidity, server_count, held_count, synced_at) "
            "VALUES ('me', 'INBOX', 1, 0, 0, '2020-04-14T07:00:00+07:00')"
        )


def _own_copy(db: Any, message_id: str) -> None:
    """What the mailbox side stores when the copy to ourselves is found."""
    with transaction(db):
        db.execute(
            "INSERT INTO message (sha256, bytes, received_at, stored_at, message_id, status, event) "
            "VALUES (?, 1, '2020-04-13T08:31:20+07:00', '2020-04-13T09:00:00+07:00', ?, 'own', 'OW')",
            [message_id, message_id],
        )
