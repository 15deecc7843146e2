"""One misfortune at a time, a minute long, in a scan of some hosts: what the random ones of test_fleet_chaos leave out.

A worker is frozen, or cut off from Redis (two network namespaces), or its clock is a minute ahead; the crawl command,
which feeds the workers and writes results.db, is killed while a transaction is open. Judged by the log of the server:
the same rows as by one process, no gap under the delay, nothing sent by who had lost its shard.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from prober.config.load import load
from prober.fleet.shared_services import connected
from tests.natural_keys import differences
from tests.proof.test_fleet_chaos import (
    CONFIG,
    COST_ASIDE,
    DELAY,
    OPEN,
    Chaos,
    by_one_process,
    country,
    requests_and_gaps,
)  # fmt: skip
from tests.system.fleet_machines import children_of, until
from tests.system.redis_server import RedisServer

pytestmark = [pytest.mark.proof, pytest.mark.needs("redis-server")]
HOSTS = int(os.environ.get("PROBER_FAULT_HOSTS", "80"))
MINUTE = 60.0
LOST = 12  # hosts whose visit may be begun anew for each loss of a worker: those of its shards that were open
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
NAMESPACE, HERE, THERE = "prober-fleet", "10.77.0.1", "10.77.0.2"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    return by_one_process(tmp_path_factory.mktemp("alone"), HOSTS)


@contextmanager
def fleet(folder: Path, workers: int, host: str = "127.0.0.1") -> Iterator[Chaos]:
    server = RedisServer(folder / "redis", host)
    with ExitStack() as stack:
        stack.callback(server.stop)
        proxy = stack.enter_context(country(folder / "world", HOSTS))
        (folder / "prober.toml").write_text(CONFIG % server.url + "groups = 8\n", encoding="utf-8")
        running = Chaos(folder, server, proxy, 0, HOSTS, workers)
        stack.callback(running.stop)
        yield running


def at_work(running: Chaos, name: str) -> "subprocess.Popen[bytes]":
    """Wait until a worker has sites open, as it tells, and return it."""
    state = connected(load(running.folder / "prober.toml")).state
    until(lambda: any(one.name.endswith(f"-{name}") and any(one.shards.values()) for one in state.workers()), 240)
    return running.workers[name]


def ended(running: Chaos, seconds: float = 900) -> None:
    assert running.lead.wait(seconds) == 0, (running.folder / "all.log").read_text()[-4000:]


def judged(name: str, running: Chaos, alone: tuple[Path, int], losses: int) -> None:
    asked, gaps = requests_and_gaps(running.folder / "world")
    short = [gap for gap in gaps if gap < DELAY - 0.01]
    different = differences(alone[0], running.folder / "results.db", COST_ASIDE)
    print(
        f"\n{name}: {HOSTS} hosts, requests {asked} (one process {alone[1]}), smallest gap {min(gaps):.3f} s, "
        f"{len(short)} of {len(gaps)} too short, {sum(len(a) + len(b) for a, b in different.values())} rows differ"
    )
    assert (different, short) == ({}, [])
    assert asked - alone[1] <= losses * OPEN * 8


def nothing_is_sent(running: Chaos, seconds: float) -> None:
    """The scan is over: who comes back now must not send anything."""
    before, _ = requests_and_gaps(running.folder / "world")
    time.sleep(seconds)
    assert requests_and_gaps(running.folder / "world")[0] == before


def test_a_worker_that_is_frozen_for_a_minute_has_lost_its_shards(tmp_path: Path, alone: tuple[Path, int]) -> None:
    with fleet(tmp_path, 2) as running:
        victim = at_work(running, "1")
        pids, frozen = [victim.pid, *children_of(victim)], time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        with suppress(subprocess.TimeoutExpired):
            running.lead.wait(MINUTE)
        time.sleep(max(0.0, frozen + MINUTE - time.monotonic()))
        over = running.lead.poll() is not None
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        if over:
            nothing_is_sent(running, 10)
        ended(running)
        judged("frozen for a minute", running, alone, 2)


def test_a_worker_whose_clock_is_a_minute_ahead_takes_nothing_from_others(
    tmp_path: Path, alone: tuple[Path, int]
) -> None:
    if not FAKETIME.exists():
        pytest.skip("needs libfaketime (Debian: libfaketime)")
    with fleet(tmp_path, 2) as running:
        ahead = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+60s", "DONT_FAKE_MONOTONIC": "1"}
        says = subprocess.run(["date", "+%s"], env={**os.environ, **ahead}, capture_output=True, check=True).stdout
        assert 55 < int(says) - time.time() < 65
        running.workers["3"] = running.worker("3", **ahead)
        ended(running)
        judged("a clock a minute ahead", running, alone, 0)


def test_the_crawl_command_is_killed_while_it_writes(tmp_path: Path, alone: tuple[Path, int]) -> None:
    """Ten times, each at the moment at which nobody else may write: it feeds the workers too."""
    with fleet(tmp_path, 2) as running:
        kills = 0
        while kills < 10 and running.lead.poll() is None:
            if not writing(tmp_path / "results.db", lambda: running.lead.poll() is not None):
                break
            running.lead.kill()
            running.lead.wait()
            kills += 1
            running.lead = running.leading()
            time.sleep(2)
        ended(running)
        assert kills >= 5
        judged(f"killed {kills} times in a transaction", running, alone, 0)


def writing(path: Path, over: Callable[[], bool]) -> bool:
    """Wait for the moment at which another process holds the lock of a writer; False where `over` comes first."""
    while not over():
        try:
            with sqlite3.connect(path, timeout=0, isolation_level=None) as db:
                for _ in range(500):
                    db.execute("BEGIN IMMEDIATE")
                    db.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                return True
    return False


@contextmanager
def namespace() -> Iterator[None]:
    """A second network with one line to this one, and no route to anywhere else."""
    orders = (
        f"netns add {NAMESPACE}", f"link add {NAMESPACE} type veth peer name line netns {NAMESPACE}",
        f"addr add {HERE}/30 dev {NAMESPACE}", f"link set {NAMESPACE} up", f"-n {NAMESPACE} link set lo up",
        f"-n {NAMESPACE} addr add {THERE}/30 dev line", f"-n {NAMESPACE} link set line up",
    )  # fmt: skip
    try:
        for order in orders:
            subprocess.run(["ip", *order.split()], check=True)
        yield
    finally:
        subprocess.run(["ip", "netns", "delete", NAMESPACE], check=False)


def line(state: str) -> None:
    subprocess.run(["ip", "-n", NAMESPACE, "link", "set", "line", state], check=True)


@pytest.mark.needs("root")
def test_a_worker_that_is_cut_off_for_a_minute_stops_before_another_begins(
    tmp_path: Path, alone: tuple[Path, int]
) -> None:
    """It reaches the sites all the time, and Redis no more: the worst of all cuts."""
    within = ("ip", "netns", "exec", NAMESPACE)
    with namespace(), fleet(tmp_path, 1, HERE) as running, ExitStack() as stack:
        port, between = running.proxy.rpartition(":")[2].strip("/"), str(tmp_path / "sites")
        passing = (sys.executable, "-m", "tests.proof.passed_on")
        for process in (running.start(*passing, between, port), running.start(*within, *passing, port, between)):
            stack.callback(process.wait)
            stack.callback(process.kill)
        until(lambda: Path(between).exists())
        running.workers["2"] = running.worker("2", *within)
        victim = at_work(running, "2")
        cut = time.monotonic()
        line("down")
        with suppress(subprocess.TimeoutExpired):
            running.lead.wait(MINUTE)
        time.sleep(max(0.0, cut + MINUTE - time.monotonic()))
        over = running.lead.poll() is not None
        line("up")
        if over:
            nothing_is_sent(running, 10)
        ended(running)
        assert victim.poll() is None  # it lives, and may work again
        judged("cut off for a minute", running, alone, 2)
