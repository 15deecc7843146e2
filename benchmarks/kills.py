"""Kill workers of a crawl on several machines: our fleet beside scrapy-redis and beside Dramatiq alone.

`python -m benchmarks.kills PYTHON SEED…` prints a table for each seed; PYTHON is that of an environment with
benchmarks/scrapy-redis.txt (`make bench-kills` makes it). Each of the three crawls the same hosts twice, undisturbed
and with the misfortunes of the seed, and is judged by the log of the server and against its own undisturbed crawl.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from redis import Redis

from benchmarks import process
from benchmarks.country import registry
from tests.natural_keys import ASIDE, dump
from tests.system.redis_server import RedisServer

ROOT = Path(__file__).parent.parent
HOSTS, SHARD, WORKERS, THREADS = 240, 8, 3, 2
DELAY, LEASE = 1.0, 6.0  # seconds; the lease is also the time after which Dramatiq takes a worker for dead
# -9 to all of a worker, as its unit does; -9 to a crawling process; a worker frozen; -9 to Redis, which comes back with
# what it had on the disk, or empty.
KINDS = ("worker",) * 4 + ("crawl",) * 4 + ("freeze",) * 2 + ("redis", "empty")
FROZEN = 3 * LEASE
QUIET = 45.0  # seconds without a request after which nothing more is expected: longer than two retries of Dramatiq
# What `prober crawl --fleet` is told; the address of Redis is filled in later.
SETTINGS = """
[crawl]
delay = {delay}
max_crawl_delay = {longest}
max_retry_after = 1.0
pages_per_agency = 6
timeout = {timeout}
browser = "none"
[fleet]
redis = "%s"
store = "store"
lease = {lease}
"""
OURS = f"{SETTINGS.format(delay=DELAY, longest=2.0, timeout=4.0, lease=LEASE)}groups = {SHARD}\nthreads = {THREADS}\n"
COLUMNS = (
    "misfortunes", "seconds", "requests", "gaps below the delay", "below half of it", "smallest gap",
    "hosts by two at once", "hosts lost", "same result",
)  # fmt: skip
Rows = frozenset[str]


@dataclass(frozen=True)
class Setting:
    """Where one crawl runs: its folder, its Redis, and the proxy that answers for all hosts."""

    folder: Path
    redis: str
    proxy: str

    def started(self, *words: str, **environ: str) -> "subprocess.Popen[bytes]":
        given = {**os.environ, "PYTHONPATH": str(ROOT), "http_proxy": self.proxy, **environ}
        with (self.folder / "log").open("ab") as out:
            return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=out, env=given)


@dataclass(frozen=True)
class Contender:
    """One way to crawl by several workers. `crawls` is in the command line of a process that sends requests."""

    name: str
    worker: Callable[[Setting, int], "subprocess.Popen[bytes]"]
    begin: Callable[[Setting], "subprocess.Popen[bytes] | None"]  # returns the command that ends with the crawl, if any
    crawls: str
    found: Callable[[Path], tuple[Rows, Rows]]  # all that was found, and the hosts of which pages were


def _our_worker(at: Setting, number: int) -> "subprocess.Popen[bytes]":
    config = str(at.folder / "prober.toml")
    return at.started(sys.executable, "-m", "prober", "--config", config, "fleet", "worker", "--name", str(number))


def _our_begin(at: Setting) -> "subprocess.Popen[bytes]":
    (at.folder / "prober.toml").write_text(OURS % at.redis, encoding="utf-8")
    return at.started(sys.executable, "-m", "tests.proof.fleet_lead", str(at.folder), str(HOSTS), at.proxy)


def _our_rows(folder: Path) -> tuple[Rows, Rows]:
    results = folder / "results.db"
    facts = {**ASIDE, "visit": ASIDE["visit"] | {"requests"}}  # a page that was asked for twice is a cost, no fact
    rows = frozenset(f"{table} {row}" for table, rows in dump(results, facts).items() for row in rows)
    with closing(sqlite3.connect(results)) as db:
        return rows, frozenset(agency for (agency,) in db.execute("SELECT DISTINCT agency FROM page"))


def _lone_settings(at: Setting) -> str:
    return json.dumps({"redis": at.redis, "out": str(at.folder / "pages"), "delay": DELAY})


def _lone_worker(at: Setting, number: int) -> "subprocess.Popen[bytes]":
    command = [str(Path(sys.executable).with_name("dramatiq")), "benchmarks.plain_dramatiq"]
    limits = {"dramatiq_queue_prefetch": str(THREADS), "PLAIN_DRAMATIQ": _lone_settings(at)}
    return at.started(*command, "--processes", "1", "--threads", str(THREADS), **limits)


def _lone_begin(at: Setting) -> None:
    starts = _starts()
    given = json.dumps([starts[first : first + SHARD] for first in range(0, len(starts), SHARD)])
    environ = {**os.environ, "PLAIN_DRAMATIQ": _lone_settings(at)}
    command = [sys.executable, "-m", "benchmarks.plain_dramatiq"]
    subprocess.run(command, cwd=ROOT, input=given, text=True, check=True, env=environ)


def _shared_worker(python: str, at: Setting, number: int) -> "subprocess.Popen[bytes]":
    worker = at.started(python, "-m", "benchmarks.shared_spider", str(at.folder / "pages"))
    assert worker.stdin
    worker.stdin.write(json.dumps({"starts": [], "delay": DELAY, "redis": at.redis}).encode())
    worker.stdin.close()
    return worker


def _shared_begin(at: Setting) -> None:
    with Redis.from_url(at.redis) as client:
        client.rpush("pages:start_urls", *(json.dumps({"url": url}) for url in _starts()))


def _starts() -> list[str]:
    return [agency.url for agency in registry(HOSTS)]


def _plain_rows(folder: Path) -> tuple[Rows, Rows]:
    lines = [json.loads(line) for line in (folder / "pages").read_text(encoding="utf-8").splitlines()]
    return frozenset(map(str, lines)), frozenset(line[0] for line in lines)


def contenders(python: str) -> tuple[Contender, ...]:
    return (
        Contender("prober crawl --fleet", _our_worker, _our_begin, "prober.fleet", _our_rows),
        Contender("Dramatiq alone", _lone_worker, _lone_begin, "shared_spider", _plain_rows),
        Contender("scrapy-redis", partial(_shared_worker, python), _shared_begin, "shared_spider", _plain_rows),
    )


def tree(root: int) -> list[int]:
    """Return a process and all that it has started, and those have."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children[int(path.read_text().rpartition(")")[2].split()[1])].append(int(path.parent.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Crawl:
    """One crawl of one contender, with its workers, which are started again whenever they end, as by systemd."""

    def __init__(self, one: Contender, at: Setting, server: RedisServer) -> None:
        self.one, self.at, self.server = one, at, server
        self.lead = one.begin(at)
        self.workers = {number: one.worker(at, number) for number in range(1, WORKERS + 1)}
        self.log = at.folder / "world" / "access.jsonl"

    def strike(self, kind: str, worker: int, choice: float) -> None:
        pids = tree(self.workers[worker].pid)
        crawling = [pid for pid in pids if self.one.crawls in _command(pid)]
        if kind == "worker":
            send(signal.SIGKILL, pids)
        elif kind == "crawl" and crawling:
            send(signal.SIGKILL, [crawling[int(choice * len(crawling))]])
        elif kind == "freeze":
            send(signal.SIGSTOP, pids)
            time.sleep(FROZEN)
            send(signal.SIGCONT, pids)
        elif kind in ("redis", "empty"):
            self.server.kill()
            if kind == "empty":
                shutil.rmtree(self.at.folder / "redis" / "appendonlydir")
            time.sleep(1)
            self.server.start()

    def run(self, strikes: Sequence[tuple[str, int, float]], calm: int) -> None:
        """Crawl to the end; the k-th misfortune comes when that part of the requests of a calm crawl was sent."""
        left, said, changed = list(strikes), 0, time.monotonic()
        while self.lead is None or self.lead.poll() is None:
            time.sleep(0.2)
            for number, worker in self.workers.items():
                if worker.poll() is not None:
                    self.workers[number] = self.one.worker(self.at, number)
            now = len(self.log.read_bytes().splitlines()) if self.log.exists() else 0
            if now != said:
                said, changed = now, time.monotonic()
            struck = len(strikes) - len(left)
            if left and said >= calm * (struck + 1) / (len(strikes) + 1):
                self.strike(*left.pop(0))
                changed = time.monotonic()
            if self.lead is None and time.monotonic() - changed > QUIET:
                break
        self.struck = len(strikes) - len(left)
        if self.lead and self.lead.returncode:
            raise RuntimeError(f"the crawl command ended with {self.lead.returncode}; see {self.at.folder}/log")

    def stop(self) -> None:
        running = [*self.workers.values(), *([self.lead] if self.lead else [])]
        send(signal.SIGKILL, [pid for one in running for pid in tree(one.pid)])
        for one in running:
            one.wait()


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


@dataclass(frozen=True)
class Judged:
    """What the log of the server and the result say of one crawl."""

    seconds: float
    struck: int
    requests: int
    gaps: int
    short: int  # gaps below the delay less 10 ms
    half: int  # gaps below half of the delay
    smallest: float
    together: int  # hosts that a second process asked while a first had not ended with them
    rows: Rows
    hosts: Rows


def crawled(one: Contender, folder: Path, strikes: Sequence[tuple[str, int, float]] = (), calm: int = 0) -> Judged:
    """Let a contender crawl all hosts and judge it."""
    (folder / "world").mkdir(parents=True)
    began = time.monotonic()
    with ExitStack() as stack:
        server = RedisServer(folder / "redis", appended=True)
        stack.callback(server.stop)
        words = (str(folder / "world"), str(HOSTS))
        world = stack.enter_context(process.server("benchmarks.who_asked", *words, log=folder / "world.log"))
        crawl = Crawl(one, Setting(folder, server.url, world["proxy"]), server)
        stack.callback(crawl.stop)
        crawl.run(strikes, calm)
    return judged(one, folder, time.monotonic() - began, crawl.struck)


def judged(one: Contender, folder: Path, seconds: float, struck: int) -> Judged:
    """Judge a crawl by the log of the server and by what was found."""
    asked = by_host(folder / "world" / "access.jsonl")
    gaps = [b["arrived"] - a["arrived"] for rows in asked.values() for a, b in pairwise(rows)]
    return Judged(
        seconds, struck, sum(map(len, asked.values())), len(gaps), sum(gap < DELAY - 0.01 for gap in gaps),
        sum(gap < DELAY / 2 for gap in gaps), min(gaps), sum(map(together, asked.values())), *one.found(folder),
    )  # fmt: skip


def by_host(log: Path) -> dict[str, list[dict[str, Any]]]:
    """Return host → its requests in the order of their arrival."""
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(map(json.loads, log.read_text(encoding="utf-8").splitlines()), key=lambda row: row["arrived"]):
        asked[row["host"]].append(row)
    return asked


def together(rows: Sequence[dict[str, Any]]) -> bool:
    """Return True if a process asked again after another had asked, or asked while another was being answered."""
    runs = [key for key, _ in groupby(row["process"] for row in rows if row["process"])]
    crossed = any(b["process"] != a["process"] and b["arrived"] < (a["answered"] or 0) for a, b in pairwise(rows))
    return crossed or len(runs) != len(set(runs))


def misfortunes(seed: int) -> list[tuple[str, int, float]]:
    """Return kind, worker, and a number that chooses one of its crawling processes."""
    draw = random.Random(seed)
    return [(kind, draw.randint(1, WORKERS), draw.random()) for kind in draw.sample(KINDS, len(KINDS))]


def table(found: Sequence[tuple[str, Judged, Judged]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown: each contender undisturbed and struck."""
    yield f"| | {' | '.join(COLUMNS)} |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|"
    for name, calm, struck in found:
        for title, one in ((f"{name}, undisturbed", calm), (name, struck)):
            more = f" ({one.requests / calm.requests - 1:+.0%})" if one is struck else ""
            same = "" if one is calm else "yes" if one.rows == calm.rows else f"no, {len(calm.rows ^ one.rows)} rows"
            yield (
                f"| {title} | {one.struck} | {one.seconds:.0f} | {one.requests:,}{more} | {one.short} of {one.gaps:,} "
                f"| {one.half} | {one.smallest:.3f} s | {one.together} | {len(calm.hosts - one.hosts)} | {same} |"
            )


def main(python: str, seeds: Sequence[int]) -> None:
    """Print the tables of these seeds."""
    with tempfile.TemporaryDirectory(prefix="kills-", dir=os.environ.get("PROBER_KILLS_FOLDER")) as name:
        calm = {}
        for one in contenders(python):
            calm[one.name] = crawled(one, Path(name) / f"calm-{one.name}")
            print(f"{one.name}: undisturbed, {calm[one.name].seconds:.0f} s", file=sys.stderr, flush=True)
        for seed in seeds:
            strikes, found = misfortunes(seed), []
            for one in contenders(python):
                struck = crawled(one, Path(name) / f"{seed}-{one.name}", strikes, calm[one.name].requests)
                found.append((one.name, calm[one.name], struck))
                print(f"{one.name}: seed {seed}, {struck.seconds:.0f} s", file=sys.stderr, flush=True)
            print(f"\nseed {seed}: {', '.join(kind for kind, _, _ in strikes)}\n", *table(found), sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(word) for word in sys.argv[2:]])
