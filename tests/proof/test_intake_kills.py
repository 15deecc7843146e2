"""kill -9 of intake, five hundred times: at every labelled point of a pass and at random moments of it.

A helper process (killed_intake.py) forks a child for each kill, so that the imports are paid once. A labelled point is
the end of a step of the IMAP conversation, or the moment before one SQL statement: the product has no code for it.
"""

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from mailroom.sending.approval import freeze, sha256
from prober.config.load import Sender
from prober.sandbox import client
from prober.store import open_private, open_results
from prober.store.private import campaigns
from prober.store.results import registry
from tests.pobi import HANOI, POBI, agencies
from tests.prober.campaign.example import SECRET

START = datetime(2020, 3, 30, 8, 0, tzinfo=HANOI)  # the world begins on 13 April
SENDER = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
FIXTURES = Path(__file__).parents[1] / "fixtures"
SEED = 20200413
RANDOM, WHOLE = "a random moment", "none"
POINTS = (
    "connected", "selected", "listed", "transaction begun", "letter", "its bytes", "its place", "folder noted",
    "commit", "understood", "attachment", "match", "reminder cancelled", "request projected",
    "reply projected", "tables committed", "ended",
)  # fmt: skip
AFTER = 4  # kills at random moments of what is left, after each at a point
# Not a script: the child that reads documents would load it, and all that it imports, once more for each kill.
CHILDREN = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import killed_intake; killed_intake.main()"


def fifty_provinces(folder: Path) -> list[tuple[str, str]]:
    """A private.db with a campaign of 50 letters that left, and a results.db; (Message-ID, reply address) of each."""
    text = POBI.protocol
    asked = [
        replace(a, request_email=f"stc@{a.slug}.gov.test", request_email_reviewed_by="nv")
        for a in agencies("2019", "finance")[:50]
    ]
    folder.mkdir()
    with closing(open_results(folder / "results.db")) as results:
        registry.sync(results, agencies("2019"), (), "sandbox")
    with closing(open_private(folder / "private.db")) as private:
        campaigns.save_draft(private, "w", "sandbox", text, sha256(text), START, SECRET)
        freeze(private, "w", asked, SENDER, POBI, "nv", START)
        with private.conn:
            private.conn.execute(
                "UPDATE outbox SET state = 'accepted', attempts = 1, accepted_at = ? WHERE step = 'request'",
                [(START + timedelta(hours=1)).isoformat()],
            )
        return list(private.execute("SELECT message_id, mail_from FROM outbox WHERE step = 'request'").fetchall())


def answer(number: int, message_id: str, address: str) -> bytes:
    """What an office writes: an answer with a file, one without, an automatic one, or a report of its mail server."""
    head = f"From: stc@so{number}.gov.test\r\nTo: {address}\r\nMessage-ID: <{number}@so.gov.test>\r\n"
    said = (
        f"{head}Subject: Re: x\r\nIn-Reply-To: {message_id}\r\n\r\nTong thu 5.186 ty dong, chi 10.924 ty dong.\r\n",
        f"{head}Subject: =?utf-8?q?Tr=E1=BA=A3_l=E1=BB=9Di_t=E1=BB=B1_=C4=91=E1=BB=99ng?=\r\n"
        "Auto-Submitted: auto-replied\r\n\r\nx\r\n",
        f"{head}Subject: Re: x\r\nIn-Reply-To: {message_id}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nGui kem file.\r\n--b\r\n"
        f"Content-Type: text/csv; name=a.csv\r\n\r\nnam;thu\r\n2019;{number}\r\n--b--\r\n",
        f"From: MAILER-DAEMON@so{number}.gov.test\r\nTo: {address}\r\nSubject: Undelivered\r\nReturn-Path: <>\r\n\r\n"
        f"<stc@so{number}.gov.test>: 550 5.1.1 user unknown\r\n\r\nMessage-ID: {message_id}\r\n",
    )
    return said[number % len(said)].encode()


@dataclass(frozen=True)
class Office:
    """A mailbox that is full, databases that know nothing of it, and what must be held in the end."""

    endpoint: client.Endpoint
    unread: Path
    places: Counter[tuple[str, str]]  # (folder, hash) → copies


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    base = tmp_path_factory.mktemp("office")
    letters = fifty_provinces(base / "unread")
    mails = [(answer(n, *letter), "INBOX") for n, letter in enumerate(letters)]
    # Each pass starts a process that reads: what takes the time of 500 kills is its start and its letters. A third of
    # them still fills several batches and fetches.
    saved = sorted(FIXTURES.glob("mail/*.eml"))[::3] + sorted(FIXTURES.glob("replies/tuning/*.eml"))[::3]
    mails += [(path.read_bytes(), "Junk" if n % 7 == 3 else "INBOX") for n, path in enumerate(saved)]
    mails += [(raw, folder) for raw, _ in mails[:12] for folder in ("INBOX", "Junk")]  # the same bytes again
    opened = build_opener(ProxyHandler({})).open
    with client.running(base / "world", seed=2019, small=True) as endpoint:
        for n, (raw, folder) in enumerate(mails):
            at = quote((START + timedelta(hours=2, minutes=n)).isoformat())
            url = f"{endpoint.control}/deliver?at={at}&folder={folder}"
            with opened(Request(url, data=raw, method="POST"), timeout=20) as said:
                assert said.status == 200
        digests = Counter((folder, hashlib.sha256(raw).hexdigest()) for raw, folder in mails)
        yield Office(endpoint, base / "unread", digests)


class Helper:
    """The process that forks; everything it starts bears a mark, by which what it leaves behind is found."""

    def __init__(self, endpoint: client.Endpoint) -> None:
        self._mark = f"PROBER_PROOF={uuid.uuid4()}"
        environment = {**os.environ, "PROBER_PROOF": self._mark.partition("=")[2]}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILDREN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._endpoint = endpoint

    def child(self, folder: Path, label: str, times: int = 1, seconds: float = 0.0) -> bool:
        """One pass, or what is left of it. True if it was killed; a child that fails by itself ends the proof."""
        assert self.process.stdin and self.process.stdout
        to = f"{self._endpoint.imap_port} {self._endpoint.imap_user} {self._endpoint.imap_password}"
        self.process.stdin.write(f"{folder} {to} {label.replace(' ', '-')} {times} {seconds}\n")
        self.process.stdin.flush()
        status = self.process.stdout.readline().strip()
        assert status in ("0", "9"), status
        return status == "9"

    def orphans(self) -> list[str]:
        """What still runs, the helper apart, five seconds after the last kill."""
        until = time.monotonic() + 5
        while (left := list(self._running())) and time.monotonic() < until:
            time.sleep(0.1)
        return left

    def _running(self) -> Iterator[str]:
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self._mark.encode() in path.read_bytes() and path.parent.name != str(self.process.pid):
                    yield (path.parent / "cmdline").read_text(encoding="utf-8")
            except OSError:  # it ended, or is another user's
                continue


@pytest.fixture
def helper(office: Office) -> Iterator[Helper]:
    helper = Helper(office.endpoint)
    with helper.process as process:
        yield helper
        assert process.stdin
        process.stdin.close()
        process.wait(60)


def query(path: Path, sql: str) -> list[Any]:
    """Read without any code of the product."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def held(folder: Path, office: Office, before: frozenset[str]) -> tuple[frozenset[str], int]:
    """What must be true at any moment. Returns (hashes held, of these only stored)."""
    private = folder / "private.db"
    assert query(private, "PRAGMA quick_check") == query(folder / "results.db", "PRAGMA quick_check") == [("ok",)]
    messages = {
        sha: (raw, status)
        for sha, raw, status in query(
            private, "SELECT sha256, raw, status FROM message JOIN message_raw ON message = sha256"
        )
    }
    assert all(hashlib.sha256(raw).hexdigest() == sha for sha, (raw, _) in messages.items())
    assert before <= frozenset(messages) <= {sha for _, sha in office.places}  # nothing is lost, nothing invented
    places = Counter(query(private, "SELECT folder, message FROM message_location"))
    assert not places - office.places  # no place twice
    assert {sha for _, sha in places} == set(messages)
    return frozenset(messages), sum(status == "stored" for _, status in messages.values())


PRIVATE = (
    "message",
    "message_raw",
    "message_location",
    "message_part",
    "message_reference",
    "match_candidate",
    "mailbox_state",
    "outbox",
    "outbox_event",
)
RESULTS = ("campaign", "request", "request_event", "reply", "deadline")


def table_hash(folder: Path) -> str:
    """Hash over every row about mail in both databases, their own row numbers apart."""
    digest = hashlib.sha256()
    for name, tables in (("private.db", PRIVATE), ("results.db", RESULTS)):
        for table in tables:
            columns = [row[1] for row in query(folder / name, f"PRAGMA table_info({table})")]
            wanted = ", ".join(f"[{column}]" for column in columns if column != "id" or name == "results.db")
            digest.update(
                "\n".join([table, *sorted(map(repr, query(folder / name, f"SELECT {wanted} FROM {table}")))]).encode()
            )
    return digest.hexdigest()


def afresh(folder: Path, office: Office) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(office.unread, folder)
    return folder


def given_up(folder: Path) -> bool:
    """Return True if a message was being read at three kills: then it is poison, which a newer version reads again."""
    with closing(sqlite3.connect(folder / "private.db")) as db, db:
        return db.execute("UPDATE message SET cut_off = 1 WHERE status = 'poison' AND cut_off = 3").rowcount > 0


def kills(folder: Path, office: Office, helper: Helper, number: int) -> list[tuple[object, ...]]:
    """Kill until there were `number` kills, over as many readings of the mailbox as that takes. Rows of a table."""
    draw = random.Random(SEED + number)
    afresh(folder, office)
    started = time.monotonic()
    assert not helper.child(folder, WHOLE)
    seconds, undisturbed = time.monotonic() - started, table_hash(folder)
    reached = json.loads((folder / "points.json").read_text(encoding="utf-8"))
    assert set(reached) == set(POINTS)  # no point has lost its statement
    assert held(folder, office, frozenset()) == ({sha for _, sha in office.places}, 0)
    seen: dict[str, list[tuple[int, int]]] = {name: [] for name in (*POINTS, RANDOM)}
    readings = 0
    while (done := sum(map(len, seen.values()))) < number:
        point = POINTS[readings % len(POINTS)]
        plan = [(point, draw.randint(1, reached[point]), 0.0)]
        plan += [(RANDOM, 1, draw.uniform(0.01, seconds)) for _ in range(AFTER)]
        afresh(folder, office)
        holding: frozenset[str] = frozenset()
        for label, times, pause in plan[: number - done]:
            killed = helper.child(folder, label, times, pause)  # how many transactions there are depends on the time
            holding, stored = held(folder, office, holding)
            seen[label] += [(len(holding), stored)] * killed
        assert not helper.child(folder, WHOLE)
        assert held(folder, office, holding) == ({sha for _, sha in office.places}, 0)
        if given_up(folder):  # read by the next version, as all that this one gave up
            assert not helper.child(folder, "reparse")
        assert table_hash(folder) == undisturbed
        readings += 1
        if readings % 4 == 1:
            assert not helper.child(folder, "reparse")
            assert table_hash(folder) == undisturbed
    assert helper.orphans() == []
    assert all(seen.values())  # every point was met
    return [
        *(
            (name, len(found), _span(n for n, _ in found), _span(n for _, n in found), 0, 0)
            for name, found in seen.items()
        ),
        ("all", number, "", "", 0, 0),  # a letter gone or there twice would have ended the proof
        (f"{readings} times the pass to its end", "", "", "", f"hash {undisturbed[:16]} each time", ""),
    ]


def _span(numbers: Iterator[int]) -> str:
    found = sorted(numbers)
    return f"{found[0]}–{found[-1]}" if found else ""


HEAD = ("killed at", "kills", "messages held then", "of these only stored", "lost", "doubled")


@pytest.mark.proof
@pytest.mark.parametrize("number", [60, 150, 290])
def test_five_hundred_kills(tmp_path: Path, office: Office, helper: Helper, show: Any, number: int) -> None:
    """In three parts, each with other moments, so that a machine that is busy proves something early."""
    rows = kills(tmp_path / "w", office, helper, number)
    show("kill -9 while a mailbox is read", HEAD, rows)
