"""Measure the first sync of a mailbox against fetch and standard parser, and the delay from delivery to row.

The second opinion, which no standard parser has, is timed apart: ours is read with it and without.
"""

import dataclasses
import json
import math
import select
import shutil
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from benchmarks import mix, process
from benchmarks.correspondence import correspond, deliver
from benchmarks.places import SEED, known_truth
from benchmarks.record import Result, Row, Tell
from mailroom.classification import second_opinion
from mailroom.mime import parser
from prober.domain.correspondence import Event
from prober.sandbox import client as world
from prober.store import Database, open_private, open_results
from prober.store.private import messages

MESSAGES, ROUNDS, DELIVERIES = 5_000, 5, 20
PATIENCE = 30.0
HOWS = ("parsed", "apart", "ours")


@dataclass(frozen=True, slots=True)
class Speed:
    """One mailbox read in three ways, in turn. Seconds for all messages, one figure a round."""

    seconds: dict[str, list[float]]
    size: float  # KB a message
    again: float  # seconds of a pass of ours that finds nothing new
    delays: list[float]  # seconds from notice to row, sorted
    opinion: float  # processor seconds of the second opinion on a reply, which `ours` includes

    def rate(self, how: str) -> str:
        return f"{MESSAGES / statistics.median(self.seconds[how]):.0f} messages/s"

    def ratio(self, how: str) -> float:
        """Return the median of how many times as fast as `parsed` one reads so, round by round."""
        return statistics.median(b / a for a, b in zip(self.seconds[how], self.seconds["parsed"], strict=True))


def run(folder: Path, tell: Tell) -> Result:
    study = _speed(folder, tell)
    apart = study.ratio("apart")
    middle = statistics.median(study.delays)
    worst = study.delays[math.ceil(0.95 * len(study.delays)) - 1]
    return Result(
        (
            Row("imapclient, and the standard library's parser for subject, text and files", study.rate("parsed")),
            Row("ours without the second opinion: stored, parsed, matched, classified, projected", study.rate("apart")),
            Row("ratio", f"{apart:.2f}", "≥ 1", apart >= 1),
            Row("ours with the second opinion", study.rate("ours")),
            Row("ratio", f"{study.ratio('ours'):.2f}"),
            Row("the second opinion, a letter of a person", f"{study.opinion * 1000:.1f} ms"),
            Row("the same mailbox again, nothing new", f"{study.again:.2f} s"),
            Row(
                "row in results.db after the server's IDLE notice, median",
                f"{middle * 1000:.0f} ms",
                "≤ 100 ms",
                middle <= 0.1,
            ),
            Row("the same, 95th percentile", f"{worst * 1000:.0f} ms"),
        ),
        f"""
The mailbox of a study is that of a wave of 63 letters in the embedded world after 60 days, repeated up to
{MESSAGES:,} messages, {study.size:.0f} KB each on average: of 101 messages 62 are copies of our letters to ourselves,
which is what most of such a mailbox is where one office in eight answers, and the others are bounces, receipts,
autoreplies, newsletters and replies with quoted letters, two of them with a scan. Each is a message of its own: our
copies under the Message-ID of their letter, all others under a new one, and each scan with another picture of
{mix.SCAN_BYTES[0] // 1000} to {mix.SCAN_BYTES[1] // 1000:,} KB.
Delays: {DELIVERIES} replies, one after the other, into the mailbox of that one wave; an idle connection of our own is
the referee for the moment of the notice, and the row in results.db is looked for every millisecond.""",
    )


def _speed(folder: Path, tell: Tell) -> Speed:
    """Deliver replies one by one under a watcher, then fill the mailbox anew and read it."""
    with world.running(folder / "world", SEED) as endpoint:
        wave = folder / "wave"
        wave.mkdir()
        correspond(wave, endpoint, known_truth(folder / "world"))
        originals, own_ids = _inbox(endpoint), _own_ids(wave)
        replies = [raw for raw in originals if b"In-Reply-To" in raw]
        watched = (mix.renamed(replies[n % len(replies)], n) for n in range(DELIVERIES))
        delays = _delays(_copy(wave, folder / "watched"), endpoint, watched, tell)
        _empty(endpoint)
        for raw in mix.study(originals, own_ids, MESSAGES):
            deliver(endpoint, raw)
        tell(f"{MESSAGES} messages are in the mailbox")
        seconds: dict[str, list[float]] = {how: [] for how in HOWS}
        said: dict[str, Any] = {}
        for number in range(ROUNDS):
            for how, found in seconds.items():
                said = _read(how, _copy(wave, folder / f"{how}-{number}"), endpoint, folder / "log", MESSAGES)
                found.append(said["seconds"])
            tell(", ".join(f"{how} {found[-1]:.1f} s" for how, found in seconds.items()))
        again = _read("ours", folder / f"ours-{ROUNDS - 1}", endpoint, folder / "log", 0)["seconds"]
    return Speed(seconds, said["bytes"] / MESSAGES / 1000, again, delays, _opinion(replies))


def _opinion(replies: list[bytes]) -> float:
    """Return the median of the processor time that the second opinion takes on each of `replies`."""
    taken = []
    for raw in replies:
        reply = parser.parse(raw)
        began = time.process_time()
        second_opinion.opinion(reply, Event.UNCLEAR)
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _read(how: str, folder: Path, endpoint: world.Endpoint, log: Path, expected: int) -> dict[str, Any]:
    given = {"how": how, "folder": str(folder), "endpoint": dataclasses.asdict(endpoint)}
    said = process.python("benchmarks.reader", [], given, log).said
    if said["messages"] != expected:
        raise RuntimeError(f"{how} read {said['messages']} messages, not {expected}")
    return said


def _own_ids(wave: Path) -> frozenset[str]:
    private = open_private(wave / "private.db")
    try:
        return messages.own_ids(private)
    finally:
        private.close()


def _inbox(endpoint: world.Endpoint) -> list[bytes]:
    with IMAPClient(endpoint.imap_host, endpoint.imap_port, ssl=False) as client:
        client.login(endpoint.imap_user, endpoint.imap_password)
        client.select_folder("INBOX", readonly=True)
        return [bytes(data[b"BODY[]"]) for data in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).values()]


def _empty(endpoint: world.Endpoint) -> None:
    with IMAPClient(endpoint.imap_host, endpoint.imap_port, ssl=False) as client:
        client.login(endpoint.imap_user, endpoint.imap_password)
        for folder in ("INBOX", "Junk"):
            client.select_folder(folder)
            client.delete_messages(client.search("ALL"), silent=True)
            client.expunge()


def _copy(wave: Path, to: Path) -> Path:
    shutil.copytree(wave, to)
    return to


def _delays(folder: Path, endpoint: world.Endpoint, mails: Iterable[bytes], tell: Tell) -> list[float]:
    """Return the seconds from the server's notice on an idle connection to the row in results.db, sorted."""
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
