"""Several processes see what one sees, ask no server faster, and whatever ends on the way, nothing is lost or twice."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from prober.domain.hostnames import group, host_of
from prober.store import open_results
from prober.store.results.registry import sync
from tests.spiders.test_crawl_resume import Place, _gone, _marked, concluded, hold, place, state  # noqa: F401
from tests.spiders.web import DELAY, Bench, Web, agency, plain_site

pytestmark = pytest.mark.spawned

TOLERANCE = 0.01  # seconds by which the world's clock may see two requests closer together


def _owner(port: int) -> int:
    """The process that has this local port of a connection."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, inode = line.split()[1], line.split()[9]
        if int(local.rpartition(":")[2], 16) == port and inode != "0":
            for entry in Path("/proc").glob("[0-9]*/fd/*"):
                with suppress(OSError):
                    if str(entry.readlink()) == f"socket:[{inode}]":
                        return int(entry.parts[2])
    raise LookupError(port)


class _Killer:
    """A site that ends the process that asks for its home page."""

    def __init__(self) -> None:
        self.killed: list[int] = []

    async def __call__(self, writer: asyncio.StreamWriter, target: str) -> bool:
        self.killed.append(_owner(writer.get_extra_info("peername")[1]))
        os.kill(self.killed[-1], signal.SIGKILL)
        return False


NAMES = ("ca-mau", "ha-giang", "lai-chau", "soc-trang")


@pytest.mark.parametrize(
    "fatal",
    [
        "lai-chau",  # alone in its shard
        pytest.param("soc-trang", marks=pytest.mark.proof),  # among others, which must not be given up with it
    ],
)
def test_two_processes_see_what_one_sees_and_a_site_that_ends_three_is_given_up(
    bench: Bench, web: Web, fatal: str
) -> None:
    sites = [agency(name) for name in NAMES if name != fatal]
    sites.append(agency("stc-ca-mau", "finance", "sotaichinh.camau.gov.test"))
    web.sites |= {host_of(one.url): plain_site(f"vanphong@{group(host_of(one.url))}") for one in sites}
    bench.run(*sites)
    web.log.clear()
    killing, killer = agency(fatal), _Killer()
    web.sites[host_of(killing.url)] = {"*": killer}
    several = Bench.at(bench.config.root / "several", web, processes=2)
    found = several.run(*sites, killing)
    assert found.complete and found.visited == len(sites) + 1 and found.our_failures == (fatal,)
    assert len(set(killer.killed)) == len(killer.killed) >= 3
    for told in (
        "SELECT agency, kind, state, level, reason FROM verdict", "SELECT agency, url, status, sha256 FROM page"
    ):  # fmt: skip
        assert sorted(set(several.rows(told)) ^ set(bench.rows(told))) == sorted(
            row for row in several.rows(told) if row[0] == killing.id
        )
    assert several.rows("SELECT COUNT(*) FROM visit") == [(len(sites) + 1,)]
    assert not list(several.config.paths.visits.glob("*/*"))
    for name in {group(seen.host) for seen in web.log}:
        arrivals = [seen.at for seen in web.log if group(seen.host) == name]
        assert min(b - a for a, b in pairwise(arrivals)) >= DELAY - TOLERANCE


def gaps(access: Path, since: int) -> dict[str, float]:
    """Host group → the smallest time between two requests to it, by the world's log from byte `since` on."""
    arrived = defaultdict(list)
    with access.open("rb") as lines:
        lines.seek(since)
        for row in map(json.loads, lines):
            arrived[group(row["host"])].append(row["arrived"])
    return {name: min(b - a for a, b in pairwise(sorted(at))) for name, at in arrived.items() if len(at) > 1}


@pytest.fixture
def several(place: Callable[[str], Place]) -> Callable[..., Place]:  # noqa: F811
    def made(name: str, processes: int, **more: Any) -> Place:
        here = place(name)
        here.more = {"processes": processes, "delay": 0.15, "max_crawl_delay": 0.15, **more}
        return here

    return made


@pytest.fixture
def by_one(several: Callable[..., Place]) -> Iterator[list[list[tuple]]]:
    calm = several("calm", 1)
    assert calm.finished().complete
    yield concluded(calm)


@pytest.mark.proof
@pytest.mark.parametrize("processes", [1, 2, 4])
def test_the_embedded_world_is_the_same_to_any_number_of_processes(
    several: Callable[..., Place], by_one: list[list[tuple]], processes: int
) -> None:
    here = several("here", processes)
    since = here.access.stat().st_size
    found = here.finished()
    assert found.complete and found.visited == 12
    hold(here, by_one)
    smallest = gaps(here.access, since)
    print(f"{processes} processes: smallest gap {min(smallest.values()):.3f} s of {len(smallest)} host groups")
    assert min(smallest.values()) >= 0.15 - TOLERANCE


def _code(process: "subprocess.Popen[str]") -> int:
    """The exit code of the command, once it has ended."""
    code = process.wait(300)
    assert process.stdout
    process.stdout.close()
    return code


def _children(here: Place) -> list[int]:
    """The crawling processes of the shards."""
    found = []
    for pid in _marked(here.mark):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"spiders\0shard\0"):
                found.append(pid)
    return found


def _writer(here: Place) -> int:
    for pid in _marked(here.mark):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"-m\0spiders\0"):
                return pid
    raise LookupError("the writer has ended")


def _in_transaction(results: Path) -> bool:
    """Whether another process has begun to write."""
    with closing(sqlite3.connect(results, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        db.execute("ROLLBACK")
    return False


@pytest.mark.proof
def test_children_killed_at_random_moments_change_nothing(
    several: Callable[..., Place], by_one: list[list[tuple]]
) -> None:
    draw = random.Random(7)
    for number in range(3):
        here = several(f"children-{number}", 2)
        since = here.access.stat().st_size
        process = here.started()
        kills = 0
        while process.poll() is None and kills < 6:
            heard = len(here.asked()) + draw.randrange(5, 40)  # by then a process has been asking for a while
            while process.poll() is None and len(here.asked()) < heard:
                time.sleep(0.01)
            if victims := _children(here):
                os.kill(draw.choice(victims), signal.SIGKILL)
                kills += 1
        assert _code(process) == 0 and _gone(here.mark)
        assert kills > 2
        hold(here, by_one)
        assert here.read("SELECT status FROM scan") == [("complete",)]
        assert min(gaps(here.access, since).values()) >= 0.15 - TOLERANCE


@pytest.mark.proof
def test_a_writer_killed_in_a_transaction_and_a_command_killed_change_nothing(
    several: Callable[..., Place], by_one: list[list[tuple]]
) -> None:
    here = several("writer", 2)
    results = here.config.paths.results
    db = open_results(results)
    sync(db, here.agencies, (), here.config.world)
    # A visit takes half a second to store, so that the writer is met within a transaction.
    db.execute(
        "CREATE TRIGGER slow AFTER INSERT ON visit BEGIN SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT i FROM n); END"
    )
    db.close()
    since = here.access.stat().st_size
    for wanted in (0, 2, 5):
        process = here.started()
        while len(here.done()) < wanted or not _in_transaction(results):
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(_writer(here), signal.SIGKILL)
        _code(process)
        assert _gone(here.mark)
    before = here.done()
    process = here.started()
    while not here.done() > before:
        time.sleep(0.01)
    process.kill()
    _code(process)
    assert _gone(here.mark)
    db = open_results(results)
    db.execute("DROP TRIGGER slow")
    db.close()
    found = here.finished()
    assert found.resumed and found.complete
    hold(here, by_one)
    assert here.read("SELECT COUNT(*), COUNT(DISTINCT agency) FROM visit") == [(12, 12)]
    assert min(gaps(here.access, since).values()) >= 0.15 - TOLERANCE


@pytest.mark.proof
def test_an_interrupt_stops_every_process(several: Callable[..., Place]) -> None:
    here = several("interrupted", 2)
    process = here.started()
    while len(_children(here)) < 2 or not here.config.paths.results.exists() or not here.done():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _code(process)
    assert _gone(here.mark) and time.monotonic() - began < 5
    found = here.finished()
    assert found.resumed and found.complete
