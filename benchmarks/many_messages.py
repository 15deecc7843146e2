"""Measure the memory of every process while `prober mailbox import` takes in 100,000 small messages."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.correspondence import CAMPAIGN, SECRET, databases
from benchmarks.record import Result, Row, Tell
from benchmarks.sender import SENDER
from mailroom.sending.approval import freeze, sha256
from prober.documents import child_process
from prober.store.private import campaigns
from prober.store.results import registry
from tests.pobi import HANOI, POBI, agencies

MESSAGES, PARTS = 100_000, 10
GROWTH = 1.2  # times the memory at the first tenth that the last tenth may take
START = datetime(2020, 3, 30, 8, 0, tzinfo=HANOI)
LOOK = 0.5  # seconds between two looks at all processes
PATIENCE = 7200.0  # seconds
CONFIG = """world = "live"
[crawl]
user_agent = "prober/0.1 (+https://survey.test/bot)"
[sender]
name = "N"
address = "khao-sat@survey.test"
"""

_Peaks = dict[str, list[float]]  # process → MB at each tenth of the messages


def run(folder: Path, tell: Tell) -> Result:
    peaks, seconds = measured(folder, MESSAGES, tell)
    rows = [Row("messages taken in, each understood, matched and projected", f"{MESSAGES / seconds:.0f} a second")]
    for name, found in peaks.items():
        ratio = found[-1] / found[0]
        figure = f"{', '.join(f'{each:.0f}' for each in found)} MB"
        rows.append(Row(f"{name}, resident at each tenth of the messages", figure))
        rows.append(Row(f"{name}, last tenth against the first", f"{ratio:.2f}", f"≤ {GROWTH}", ratio <= GROWTH))
    return Result(
        rows,
        f"""
{MESSAGES:,} messages of half a kilobyte in one mbox, which `prober mailbox import` reads into the databases of a wave
of 50 letters: answers with and without a file, automatic replies, bounces, and newsletters that belong to no request.
What is resident is asked of the kernel every {LOOK} s; a tenth's figure is the largest while it was understood.""",
    )


def measured(folder: Path, number: int, tell: Tell) -> tuple[_Peaks, float]:
    """Import `number` messages; return what each process had resident at each tenth, and the seconds of the import."""
    (folder / "var").mkdir(parents=True)
    (folder / "prober.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "letters.mbox").write_bytes(b"".join(_mbox(_wave(folder), number)))
    tell(f"{number:,} messages are in a file of {(folder / 'letters.mbox').stat().st_size / 1e6:.0f} MB")
    words = ("--config", str(folder / "prober.toml"), "mailbox", "import", str(folder / "letters.mbox"))
    began = time.perf_counter()
    peaks: _Peaks = {}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(child_process.command("prober", *words), stdout=log, stderr=log)
        try:
            _watch(process, folder / "var/private.db", number, peaks, tell)
        finally:
            process.kill()
            process.wait()
    held = _understood(folder / "var/private.db")
    if held != number:
        raise RuntimeError(f"{held} of {number} messages were understood; see {folder / 'log'}")
    return {name: found for name, found in peaks.items() if all(found)}, time.perf_counter() - began


def _watch(process: "subprocess.Popen[bytes]", private: Path, number: int, peaks: _Peaks, tell: Tell) -> None:
    """Look at the memory of all processes until the import has ended."""
    until, told = time.monotonic() + PATIENCE, 0
    while process.poll() is None and time.monotonic() < until:
        tenth = min(PARTS - 1, _understood(private) * PARTS // number)
        if tenth > told:
            tell(f"{tenth} tenths: " + ", ".join(f"{name} {found[told]:.0f} MB" for name, found in peaks.items()))
            told = tenth
        for name, megabytes in _resident(process.pid):
            found = peaks.setdefault(name, [0.0] * PARTS)
            found[tenth] = max(found[tenth], megabytes)
        time.sleep(LOOK)


def _understood(private: Path) -> int:
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"{private.as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT COUNT(*) FROM message WHERE status != 'stored'").fetchone()[0])
    return 0


def _resident(root: int) -> Iterator[tuple[str, float]]:
    """Yield name and megabytes of the process `root` and of all below it, those of one name together."""
    parents, held, names = {}, {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, KeyError):  # it has ended, or is the kernel's
            told = dict(line.split(":\t", 1) for line in (path / "status").read_text().splitlines() if ":\t" in line)
            number = int(path.name)
            parents[number] = int(told["PPid"])
            held[number] = int(told["VmRSS"].split()[0]) / 1024
            names[number] = (path / "cmdline").read_text(errors="replace")
    found: dict[str, float] = {}
    for number, megabytes in held.items():
        above = number
        while above in parents and above != root:
            above = parents[above]
        if above == root:
            name = "the command" if number == root else _role(names[number])
            found[name] = found.get(name, 0.0) + megabytes
    yield from found.items()


def _role(command: str) -> str:
    return "Python's own helpers" if "resource_tracker" in command or "forkserver" in command else "its children"


def _wave(folder: Path) -> list[tuple[str, str]]:
    """Make the databases of a wave of 50 letters that have left; (Message-ID, reply address) of each."""
    text = POBI.protocol
    asked = [
        replace(a, request_email=f"stc@{a.slug}.gov.test", request_email_reviewed_by="nv")
        for a in agencies("2019", "finance")[:50]
    ]
    private, results = databases(folder / "var")
    registry.sync(results, agencies("2019"), (), "live")
    campaigns.save_draft(private, CAMPAIGN, "live", text, sha256(text), START, SECRET)
    freeze(private, CAMPAIGN, asked, replace(SENDER, address="khao-sat@survey.test"), POBI, "bench", START)
    private.execute(
        "UPDATE outbox SET state = 'accepted', attempts = 1, accepted_at = ? WHERE step = 'request'",
        [(START + timedelta(hours=1)).isoformat()],
    )
    private.conn.commit()
    letters = [tuple(row) for row in private.execute("SELECT message_id, mail_from FROM outbox WHERE step = 'request'")]
    private.close()
    results.close()
    (folder / "var/results.db").rename(folder / "results.db")
    return [(str(message_id), str(address)) for message_id, address in letters]


def _mbox(letters: list[tuple[str, str]], number: int) -> Iterator[bytes]:
    for n in range(number):
        yield b"From so@gov.test Mon Apr 13 08:00:00 2020\n" + _message(n, *letters[n % len(letters)]) + b"\n"


def _message(n: int, message_id: str, address: str) -> bytes:
    """Return a message of one of five sorts, each a message of its own."""
    at = START + timedelta(hours=2, seconds=n)
    head = f"Message-ID: <{n}@so.gov.test>\nTo: {address}\nDate: {at:%a, %d %b %Y %H:%M:%S +0700}\n"
    answer = f"{head}From: stc@so{n % 50}.gov.test\nIn-Reply-To: {message_id}\n"
    said = (
        f"{answer}Subject: Re: x\n\nTong thu {n}.186 ty dong, chi 10.924 ty dong.\n",
        f"{answer}Subject: Re: x\nAuto-Submitted: auto-replied\n\nDa nhan {n}.\n",
        f"{answer}Subject: Re: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\n\nGui kem file.\n--b\nContent-Type: text/csv; name=a.csv\n\nnam;thu\n2019;{n}\n--b--\n",
        f"{head}From: MAILER-DAEMON@so{n % 50}.gov.test\nSubject: Undelivered\nReturn-Path: <>\n\n"
        f"<stc@so{n % 50}.gov.test>: 550 5.1.1 user unknown\n\nMessage-ID: {message_id}\n",
        f"{head}From: news{n}@list.test\nList-Id: <news.list.test>\nPrecedence: bulk\nSubject: News {n}\n\n"
        f"News of {n}.\n",
    )
    return said[n % len(said)].encode()
