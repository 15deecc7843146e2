"""A full sync against a bare fetch of the same mailbox, and how long a delivered mail takes to its row."""

import dataclasses
import json
import math
import select
import shutil
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

from imapclient import IMAPClient

from benchmarks import process
from benchmarks.correspondence import copies, correspond, deliver
from benchmarks.places import SEED, known_truth
from benchmarks.record import Result, Row, Tell
from prober import world
from prober.store import Database, open_results

MESSAGES, ROUNDS, DELIVERIES = 5_000, 2, 20
PATIENCE = 30.0


def run(folder: Path, tell: Tell) -> Result:
    with world.running(folder / "world", SEED) as endpoint:
        wave = folder / "wave"
        wave.mkdir()
        correspond(wave, endpoint, known_truth(folder / "world"))
        originals = _inbox(endpoint)
        replies = [raw for raw in originals if b"In-Reply-To" in raw] or originals
        tell(f"{len(originals)} messages came after a wave of 63 letters")
        small = _delays(_copy(wave, folder / "small"), endpoint, copies(replies, DELIVERIES), tell)
        for raw in copies(originals, MESSAGES - len(originals) - DELIVERIES):
            deliver(endpoint, raw)
        tell(f"{MESSAGES} messages are in the mailbox")
        seconds: dict[str, list[float]] = {"bare": [], "parsed": [], "ours": []}
        said = {}
        for number in range(ROUNDS):
            for how, found in seconds.items():
                own = _copy(wave, folder / f"{how}-{number}")
                given = {"how": how, "folder": str(own), "endpoint": dataclasses.asdict(endpoint)}
                said = process.python("benchmarks.reader", [], given, folder / "log").said
                if said["messages"] != MESSAGES:
                    raise RuntimeError(f"{how} read {said['messages']} of {MESSAGES} messages")
                found.append(said["seconds"])
            tell(", ".join(f"{how} {found[-1]:.1f} s" for how, found in seconds.items()))
        rates = {how: MESSAGES / statistics.median(found) for how, found in seconds.items()}
        again = _again(folder / f"ours-{ROUNDS - 1}", endpoint, folder)
    ratio = statistics.median(b / a for a, b in zip(seconds["ours"], seconds["bare"], strict=True))
    beside = statistics.median(b / a for a, b in zip(seconds["ours"], seconds["parsed"], strict=True))
    middle, worst = statistics.median(small), small[math.ceil(0.95 * len(small)) - 1]
    return Result(
        (
            Row("imapclient, bare fetch", f"{rates['bare']:.0f} messages/s"),
            Row(
                "imapclient, and the standard library's parser for subject, text and files",
                f"{rates['parsed']:.0f} messages/s",
            ),
            Row("ours: stored, parsed, matched, classified, projected", f"{rates['ours']:.0f} messages/s"),
            Row("ratio to the bare fetch", f"{ratio:.3f}", "≥ 0.4", ratio >= 0.4),
            Row("ratio to fetch and standard parser", f"{beside:.2f}"),
            Row("the same mailbox again, nothing new", f"{again:.2f} s"),
            Row(
                "row in results.db after the server's IDLE notice, median",
                f"{middle * 1000:.0f} ms",
                "≤ 100 ms",
                middle <= 0.1,
            ),
            Row("the same, 95th percentile", f"{worst * 1000:.0f} ms"),
        ),
        f"""
The mailbox of a wave of 63 letters in the embedded world after 60 days (own copies, replies with quoted letters and
PDF scans, bounces, autoreplies, newsletters), repeated under new Message-IDs up to {MESSAGES:,} messages,
{said["bytes"] / MESSAGES / 1000:.0f} KB each on average. The bare fetch looks into nothing: it is the speed of the
wire and of imapclient's own parser. Ours understands in two processes; of one message it keeps for
the next the text of its files and short lines without their accents, nothing else. Delays: {DELIVERIES} replies, one
after the other, into the mailbox of that one wave; an idle connection of our own is the referee for the moment of the
notice, and the row in results.db is looked for every millisecond.""",
    )


def _inbox(endpoint: world.Endpoint) -> list[bytes]:
    with IMAPClient(endpoint.imap_host, endpoint.imap_port, ssl=False) as client:
        client.login(endpoint.imap_user, endpoint.imap_password)
        client.select_folder("INBOX", readonly=True)
        return [bytes(data[b"BODY[]"]) for data in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).values()]


def _copy(wave: Path, to: Path) -> Path:
    shutil.copytree(wave, to)
    return to


def _again(folder: Path, endpoint: world.Endpoint, log: Path) -> float:
    given = {"how": "ours", "folder": str(folder), "endpoint": dataclasses.asdict(endpoint)}
    return float(process.python("benchmarks.reader", [], given, log / "log").said["seconds"])


def _delays(folder: Path, endpoint: world.Endpoint, mails: Iterable[bytes], tell: Tell) -> list[float]:
    """Seconds from the server's notice on an idle connection to the row in results.db, sorted."""
    at = folder / "endpoint.json"
    at.write_text(json.dumps(dataclasses.asdict(endpoint)), encoding="utf-8")
    with process.server("benchmarks.listener", str(folder), str(at), log=folder / "log"):
        results = open_results(folder / "results.db")
        time.sleep(4)  # the watcher's first IDLE is short; its long one is what is measured
        found = [_delay(results, endpoint, raw) for raw in mails]
        results.close()
    tell(f"delays {min(found) * 1000:.0f} to {max(found) * 1000:.0f} ms")
    return sorted(found)


def _delay(results: Database, endpoint: world.Endpoint, raw: bytes) -> float:
    before = _rows(results)
    with IMAPClient(endpoint.imap_host, endpoint.imap_port, ssl=False) as client:
        client.login(endpoint.imap_user, endpoint.imap_password)
        client.select_folder("INBOX", readonly=True)
        client.idle()
        deliver(endpoint, raw)
        select.select([client.socket()], [], [], PATIENCE)
        noticed = time.perf_counter()
        client.idle_done()
        while _rows(results) == before:
            if time.perf_counter() - noticed > PATIENCE:
                raise RuntimeError("a delivered mail made no row")
            time.sleep(0.001)
        return time.perf_counter() - noticed


def _rows(db: Database) -> int:
    return int(db.execute("SELECT COUNT(*) FROM reply").fetchone()[0])
