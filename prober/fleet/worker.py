"""Run one worker: a process that takes shards from the queue and crawls each in a child process.

One process a unit of the service manager, which starts it again however it ends (deploy/systemd). Dramatiq's own
command line would start several, and end all of them where one dies.
"""

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime

from prober import logs, owner_only
from prober.config.load import Config
from prober.errors import UsageError
from prober.fleet.redis_state import RedisAway, WorkerState
from prober.fleet.shard_run import Deliveries, OtherSettings, ShardRun, WorkerPlace
from prober.fleet.shared_services import connected
from prober.fleet.transport import StoreAway
from prober.locks import held
from prober.studies.study import Study
from spiders.browser.chromium import find_browser

log = logging.getLogger(__name__)

TELL = 3.0  # seconds between two signs of life
STOP_SECONDS = 10  # for the threads to end their children


class Worker:
    """One worker process; `name` is its own on this machine, so that it finds what it left behind."""

    def __init__(self, config: Config, study: Study, name: str, now: Callable[[], datetime]) -> None:
        """Raises what `connected` raises, and UsageError where a worker of this name runs already."""
        self._config, self._name = config, name
        self._fleet = connected(config)
        self._spool = config.paths.evidence.parent / "fleet" / name
        self._browser = find_browser(config.fleet.browser or config.crawl.browser) is not None
        self._deliveries = Deliveries(self._spool, self._fleet.store, self._fleet.state, self._browser)
        self._place = WorkerPlace(
            config, study, self._fleet.state, self._fleet.store, self._deliveries, self._fleet.leases,
            self._fleet.password, self._spool, f"{self._id}-{time.time_ns()}",
            config.paths.evidence / f"worker-{name}.log", now,
        )  # fmt: skip
        self._since = time.time()
        self._runs: set[ShardRun] = set()
        self._over = threading.Event()
        self._refused = False

    def run(self) -> None:
        """Work until a signal ends the process. Raises UsageError where the crawl command has other settings."""
        with self._alone(), _ended_by(self._over):
            worker = self._fleet.messages(self._crawl).worker(self._config.fleet.threads, self._browser)
            worker.start()
            log.info("worker begins", extra={"worker": self._name})
            try:
                while True:
                    self._tell()
                    self._deliveries.deliver()
                    if self._over.wait(TELL):
                        break
            finally:
                worker.stop(timeout=STOP_SECONDS * 1000)
                self._deliveries.deliver()
                with suppress(RedisAway):
                    self._fleet.state.forget_worker(self._id)
                log.info("worker ends", extra={"worker": self._name})
        if self._refused:
            raise UsageError(
                "the crawl command has another study, other settings of [crawl] or another version than this worker: "
                "give both machines the same, and start the worker again; nothing was visited"
            )

    @property
    def _id(self) -> str:
        return f"{socket.gethostname()}-{self._name}"

    def _alone(self) -> AbstractContextManager[None]:
        refusal = f"a worker named {self._name} runs on this machine; give this one another name: --name"
        return held(owner_only.folder(self._spool) / "lock", UsageError(refusal))

    def _crawl(self, scan: str, shard: str, attempt: int) -> None:
        """Take one message, in one of Dramatiq's threads. What fails is sent again by the crawl command."""
        run = ShardRun(self._place, scan, shard, attempt)
        self._runs.add(run)
        try:
            with logs.bound(worker=self._name, shard=shard):
                run.run()
            self._fleet.state.agree(scan, self._id)
        except OtherSettings:
            with suppress(RedisAway):
                self._fleet.state.refuse(scan, self._id)
            self._refused = True
            self._over.set()
        except (RedisAway, StoreAway) as error:
            log.warning("shard %s: %s", shard, error)
        finally:
            self._runs.discard(run)

    def _tell(self) -> None:
        shards = {f"{run.scan}/{run.name}": dict(run.open) for run in tuple(self._runs)}
        host, threads = socket.gethostname(), self._config.fleet.threads
        with suppress(RedisAway):
            self._fleet.state.tell_worker(WorkerState(self._id, host, threads, self._since, self._browser, shards))


@contextmanager
def _ended_by(over: threading.Event) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C set the event. Dramatiq's threads end their children before the process ends."""
    before = {number: signal.signal(number, lambda *_: over.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
