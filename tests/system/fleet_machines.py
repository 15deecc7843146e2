"""A fleet on this machine: the real commands as processes of their own, which a test kills and freezes as it likes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from prober.domain.hostnames import group
from prober.sandbox import client
from prober.sandbox.client import Endpoint
from tests.system.redis_server import RedisServer

DELAY = 0.1
LEASE = 3.0
# Three provinces with their departments: six sites in three politeness groups, so three shards.
SITES = tuple(f"{kind}{slug}" for slug in ("ca-mau", "dong-thap", "tien-giang") for kind in ("", "stc-"))
CONFIG = """
[sandbox]
small = true
[crawl]
delay = {delay}
max_crawl_delay = 0.5
pages_per_agency = 6
browser = "none"
[fleet]
redis = "{redis}"
store = "{store}"
lease = {lease}
"""


class Machines:
    """A folder with prober.toml, and the commands that run in it. All end with the block of `machines`."""

    def __init__(self, folder: Path, redis: RedisServer, world: Endpoint, store: str, delay: float) -> None:
        self.folder, self.world = folder, world
        text = CONFIG.format(delay=delay, redis=redis.url, store=store, lease=LEASE)
        (folder / "prober.toml").write_text(text, encoding="utf-8")
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def results(self) -> Path:
        return self.folder / "results.db"

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{words[0]}.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "prober", "--config", str(self.folder / "prober.toml"), *words],
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self._running.append(process)
        return process

    def worker(self, name: str) -> "subprocess.Popen[bytes]":
        return self.start("fleet", "worker", "--name", name)

    def crawl(self) -> "subprocess.Popen[bytes]":
        return self.start("crawl", "--fleet", *SITES)

    def shown(self, *words: str) -> dict[str, Any]:
        """What a command prints as JSON."""
        command = [sys.executable, "-P", "-m", "prober", "--config", str(self.folder / "prober.toml"), *words]
        found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return found

    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def asked(self) -> list[dict[str, object]]:
        """The requests in the world's log, in the order of their arrival."""
        lines = (self.folder / "var/world/access.jsonl").read_text(encoding="utf-8").splitlines()
        return sorted(map(json.loads, lines), key=lambda row: float(row["arrived"]))

    def gaps(self) -> dict[str, list[float]]:
        """Host group → seconds between each two requests that follow each other."""
        times: dict[str, list[float]] = defaultdict(list)
        for row in self.asked():
            times[group(str(row["host"]))].append(float(str(row["arrived"])))
        return {name: [b - a for a, b in zip(at, at[1:], strict=False)] for name, at in times.items()}


@contextmanager
def machines(folder: Path, redis: RedisServer, store: str = "store", delay: float = DELAY) -> Iterator[Machines]:
    folder.mkdir(parents=True, exist_ok=True)
    with client.running(folder / "var/world", seed=2019, small=True) as world:
        fleet = Machines(folder, redis, world, store, delay)
        try:
            yield fleet
        finally:
            fleet.stop()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


def children_of(process: "subprocess.Popen[bytes]") -> list[int]:
    """The crawling processes that a worker has started."""
    path = Path(f"/proc/{process.pid}/task")
    found = [int(pid) for task in path.glob("*/children") for pid in task.read_text().split()]
    return [pid for pid in found if b"prober.fleet" in Path(f"/proc/{pid}/cmdline").read_bytes()]
