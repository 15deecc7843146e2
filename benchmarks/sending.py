"""Measure letters a second with the durable outbox against a loop of aiosmtplib, and memory with 10,000 queued."""

import shutil
import statistics
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from benchmarks import process
from benchmarks.machine import fsync_ms
from benchmarks.record import Result, Row, Tell
from benchmarks.sender import CAMPAIGN, SENDER
from mailroom.sending.approval import freeze, sha256
from prober.domain.agency import Agency
from prober.store import open_private
from prober.store.private import campaigns
from tests.pobi import HANOI, POBI, agencies

SECRET = "5e" * 32  # of the tokens

LETTERS, ROUNDS, QUEUE = 500, 3, 10_000
APPROVED = datetime(2020, 4, 13, 7, 0, tzinfo=HANOI)


def run(folder: Path, tell: Tell) -> Result:
    _queue(folder / "wave.db", LETTERS)
    _queue(folder / "queue.db", QUEUE)
    tell(f"{LETTERS + QUEUE} letters approved")
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    with process.server("benchmarks.smtp_sink", log=folder / "log") as sink:
        for number in range(ROUNDS):
            for how, found in rates.items():
                database = folder / f"{how}-{number}.db"
                shutil.copy(folder / "wave.db", database)
                given = {"how": how, "database": str(database), "port": sink["port"]}
                said = process.python("benchmarks.sender", [], given, folder / "log").said
                if said["sent"] != LETTERS:
                    raise RuntimeError(f"{how} sent {said['sent']} of {LETTERS} letters")
                found.append(LETTERS / said["seconds"])
            tell(f"round {number + 1}: ours {rates['ours'][-1]:.0f}/s, bare loop {rates['bare'][-1]:.0f}/s")
        given = {"how": "ours", "database": str(folder / "queue.db"), "port": sink["port"]}
        queue = process.python("benchmarks.sender", [], given, folder / "log")
    ratio = statistics.median(a / b for a, b in zip(rates["ours"], rates["bare"], strict=True))
    at_end = queue.said["sent"] / queue.said["seconds"]
    return Result(
        (
            Row(
                "loop of aiosmtplib, one connection, nothing durable",
                f"{statistics.median(rates['bare']):.0f} letters/s",
            ),
            Row(
                "ours: outbox and journal, one wait for the disk a letter",
                f"{statistics.median(rates['ours']):.0f} letters/s",
            ),
            Row("ratio", f"{ratio:.2f}", "≥ 0.5", ratio >= 0.5),
            Row(
                f"peak memory with {QUEUE:,} letters queued, all sent",
                f"{queue.peak:.0f} MB",
                "< 300 MB",
                queue.peak < 300,
            ),
            Row(f"rate over these {queue.said['sent']:,}", f"{at_end:.0f} letters/s"),
        ),
        f"""
The same {LETTERS} letters to the same aiosmtpd, each process on its own, three rounds in turn; two recipients a
letter, the agency and the copy to oneself, in both. The bare loop has all letters in memory and keeps nothing:
after a crash it does not know what it sent. Ours takes a fresh connection every 100 letters. An fsync of
4 KB on this disk takes {fsync_ms(folder):.2f} ms; ours waits for two a letter at once, the claim and the journal, and
the result of a letter goes to the disk with the claim of the next. With the default pace, a letter a minute, neither
rate is ever reached.""",
    )


def _queue(path: Path, number: int) -> None:
    """Make a private.db with an approved campaign of `number` requests and no reminders."""
    text = POBI.protocol
    text = text.replace("reminder_working_days = 10", "reminder_working_days = 0").replace(
        "per_day = 21", f"per_day = {number * 4}"
    )
    db = open_private(path)
    campaigns.save_draft(db, CAMPAIGN, "sandbox", text, sha256(text), APPROVED, SECRET)
    freeze(db, CAMPAIGN, _many(number), SENDER, POBI, "bench", APPROVED)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _many(number: int) -> list[Agency]:
    known = agencies("2019", "finance")
    return [
        replace(
            known[n % len(known)],
            slug=f"{known[n % len(known)].slug}-{n}",
            request_email=f"stc{n}@agency.gov.test",
            request_email_reviewed_by="bench",
        )
        for n in range(number)
    ]
