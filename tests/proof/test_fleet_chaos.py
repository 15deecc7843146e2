"""Kill, freeze and empty everything at random in one scan, by seeds, and judge by the log of the server.

What is killed: a worker, a child, the crawl command, Redis (which comes back empty); a worker is frozen with its child
for longer than a lease. The scan must end with the rows of one process, no gap under the delay, and few requests more.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.kills import SETTINGS, by_host, together
from prober.domain.hostnames import group
from tests.natural_keys import ASIDE, differences
from tests.system.fleet_machines import children_of
from tests.system.redis_server import RedisServer, redis_server

pytestmark = [pytest.mark.proof, pytest.mark.needs("redis-server")]
ROOT = Path(__file__).parents[2]
HOSTS = int(os.environ.get("PROBER_CHAOS_HOSTS", "400"))
SEEDS = tuple(map(int, os.environ.get("PROBER_CHAOS_SEEDS", "1 2 3 4 5 6 7 8 9 10").split()))
KILLS, EVERY = 20, float(os.environ.get("PROBER_CHAOS_EVERY", "6"))
WORKERS, DELAY, LEASE, OPEN = 3, 0.2, 6.0, 16
# One process visits so many hosts that it forgets the robots.txt of those that limit before it asks them again, and
# on a busy machine the answers of slow ones come too late and are asked for again.
COST_ASIDE = {**ASIDE, "visit": ASIDE["visit"] | {"requests"}}
CONFIG = SETTINGS.format(delay=DELAY, longest=1.0, timeout=15.0, lease=LEASE)
BLIND = 0.25  # most of the hosts that one process may not see: twice what is dead or closed


class Chaos:
    def __init__(
        self, folder: Path, server: RedisServer, proxy: str, seed: int, hosts: int = HOSTS, workers: int = WORKERS
    ) -> None:
        self.folder, self.server, self.proxy, self.hosts = folder, server, proxy, hosts
        self.draw = random.Random(seed)
        self.done: list[str] = []
        self.lost = 0  # children that were killed, or whose lease was
        self.workers = {str(n): self.worker(str(n)) for n in range(1, workers + 1)}
        self.lead = self.leading()

    def start(self, *words: str, **environ: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "all.log").open("ab") as out:
            return subprocess.Popen(
                words, cwd=ROOT, stdout=out, stderr=out, start_new_session=True, env={**os.environ, **environ}
            )

    def worker(self, name: str, *within: str, **environ: str) -> "subprocess.Popen[bytes]":
        """A worker, started by the words `within` if there are any."""
        words = ("-m", "prober", "--config", str(self.folder / "prober.toml"), "fleet", "worker", "--name", name)
        return self.start(*within, sys.executable, *words, **environ)

    def leading(self) -> "subprocess.Popen[bytes]":
        words = ("-m", "tests.proof.fleet_lead", str(self.folder), str(self.hosts), self.proxy)
        return self.start(sys.executable, *words)

    def strike(self) -> None:
        """One misfortune."""
        name = self.draw.choice(sorted(self.workers))
        what = self.draw.choice(["worker", "worker", "child", "child", "lead", "freeze", "redis"])
        victim = self.workers[name]
        hit = [] if what == "lead" else self.workers.values() if what == "redis" else [victim]
        self.lost += 1 if what == "child" else sum(len(children_of(worker)) for worker in hit)
        if what == "worker":
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            self.workers[name] = self.worker(name)
        elif what == "child" and (children := children_of(victim)):
            os.kill(self.draw.choice(children), signal.SIGKILL)
        elif what == "lead":
            self.lead.kill()
            self.lead.wait()
            self.lead = self.leading()
        elif what == "freeze":
            pids = [victim.pid, *children_of(victim)]
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(1.5 * LEASE)
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        elif what == "redis":
            self.server.kill()
            time.sleep(1)
            self.server.start()
        self.done.append(what)

    def stop(self) -> None:
        for process in (*self.workers.values(), self.lead):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def country(folder: Path, hosts: int = HOSTS) -> Iterator[str]:
    """A proxy that answers for all hosts; its address."""
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.who_asked", str(folder), str(hosts)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())["proxy"]


def requests_and_gaps(folder: Path) -> tuple[int, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    for line in (folder / "access.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        times[group(row["host"])].append(row["arrived"])
    ordered = [sorted(each) for each in times.values()]
    return sum(map(len, ordered)), [b - a for each in ordered for a, b in zip(each, each[1:], strict=False)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    return by_one_process(tmp_path_factory.mktemp("alone"), HOSTS)


def by_one_process(folder: Path, hosts: int) -> tuple[Path, int]:
    """results.db by one process, and how many requests it took. Fails where the machine is too busy."""
    (folder / "prober.toml").write_text(CONFIG % "redis://127.0.0.1:1/0", encoding="utf-8")
    with country(folder / "world", hosts) as proxy:
        command = [sys.executable, "-m", "tests.proof.fleet_lead", str(folder), str(hosts), proxy, "alone"]
        subprocess.run(command, cwd=ROOT, check=True)
    with closing(sqlite3.connect(folder / "results.db")) as db:
        (unseen,) = db.execute("SELECT COUNT(*) FROM visit WHERE outcome = 'unreachable'").fetchone()
    assert unseen <= BLIND * hosts, (
        f"{unseen} of {hosts} hosts were not reached: the machine is too busy to prove a thing"
    )
    return folder / "results.db", requests_and_gaps(folder / "world")[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_misfortunes_change_nothing(seed: int, tmp_path: Path, alone: tuple[Path, int]) -> None:
    with redis_server(tmp_path / "redis") as server, country(tmp_path / "world") as proxy:
        (tmp_path / "prober.toml").write_text(CONFIG % server.url, encoding="utf-8")
        chaos, began = Chaos(tmp_path, server, proxy, seed), time.monotonic()
        try:
            while chaos.lead.poll() is None:
                if len(chaos.done) < KILLS and time.monotonic() - began > EVERY * (len(chaos.done) + 1):
                    chaos.strike()
                time.sleep(0.2)
                assert time.monotonic() - began < 3600, "the scan does not end"
        finally:
            chaos.stop()
        assert chaos.lead.returncode == 0, (tmp_path / "all.log").read_text()[-4000:]
    asked, gaps = requests_and_gaps(tmp_path / "world")
    short = [gap for gap in gaps if gap < DELAY - 0.01]
    different = differences(alone[0], tmp_path / "results.db", COST_ASIDE)
    print(
        f"\nseed {seed}: {HOSTS} hosts, {time.monotonic() - began:.0f} s, {chaos.done}; requests {asked} "
        f"(one process {alone[1]}), smallest gap {min(gaps):.3f} s, {len(short)} of {len(gaps)} too short, "
        f"{sum(len(a) + len(b) for a, b in different.values())} rows differ"
    )
    assert (different, short) == ({}, [])
    assert [host for host, rows in by_host(tmp_path / "world/access.jsonl").items() if together(rows)] == []
    assert asked - alone[1] <= chaos.lost * OPEN * 8  # 6 pages and robots.txt, and one by a guess
    assert HOSTS < 1000 or asked <= 1.3 * alone[1]
