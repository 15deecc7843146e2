"""Crawl one shard under a lease: claim it, run Scrapy in a child process, bring finished visits to the store, let go.

The child is in a session of its own and dies with the worker. It asks for itself whether its lease stands; this side
renews it, and ends the child when the scan is stopped. What the child has finished when it dies is kept.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from prober import logs
from prober.config.load import Config
from prober.domain.agency import Agency
from prober.domain.visit import unseen
from prober.fleet import shard_file
from prober.fleet.lease import Lease, LeaseLost
from prober.fleet.redis_state import RedisAway, RedisState
from prober.fleet.shard_file import ShardFile
from prober.fleet.transport import SharedStore, StoreAway
from prober.studies.study import Study
from spiders import visit_file
from spiders.crawl import Child, Message
from spiders.crawl_process import ENDED_ALONE
from spiders.job import Job, Shard

log = logging.getLogger(__name__)

POLL = 0.2  # seconds; Dramatiq's notice of the end reaches a thread between two of these
ENDING = 60.0  # seconds for a child to end by itself after its last message
LOOK = 1.0  # seconds between two looks whether the scan is still wanted


class Deliveries:
    """The files below `spool`, SCAN/SHARD/AGENCY.visit each, until they are in the store.

    A worker without a `browser` leaves sites that need one to workers that have one, as long as there are any.
    """

    def __init__(self, spool: Path, store: SharedStore, state: RedisState, browser: bool = True) -> None:
        self._spool, self._store, self._state, self.browser = spool, store, state, browser
        self._lock = threading.Lock()  # every thread that crawls delivers

    def deliver(self) -> bool:
        """Put every file into the store and remove it here. Return False where the store cannot be reached now."""
        with self._lock:
            for path in sorted(self._spool.glob(f"*/*/*{visit_file.SUFFIX}")):
                scan, shard = path.parts[-3:-1]
                try:
                    if self._left(scan, shard, path):
                        path.unlink()
                        continue
                    self._store.put(f"{scan}/visits/{path.name}", path.read_bytes())
                except (RedisAway, StoreAway) as error:
                    log.warning("%s", error)
                    return False
                try:
                    self._state.add_done(scan, shard, [visit_file.agency_of(path)])
                except RedisAway as error:  # the crawl command knows it as soon as it is merged
                    log.warning("%s", error)
                path.unlink()
        return True

    def _left(self, scan: str, shard: str, path: Path) -> bool:
        """Leave the site of a visit that lacked a browser to a worker that has one, if there is one."""
        if self.browser or not visit_file.lacks_browser(path) or not self._state.a_browser():
            return False
        agency = visit_file.agency_of(path)
        self._state.leave(scan, shard, [agency])
        log.info("%s is left to a worker with a browser", agency)
        return True


class OtherSettings(Exception):
    """The crawl command has other settings, another study or another version than this worker."""


class Stopped(Exception):
    """The scan was stopped, or another one has begun."""


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Where a worker stands: its machine's configuration and what it shares with the others."""

    config: Config
    study: Study
    state: RedisState
    store: SharedStore
    deliveries: Deliveries
    redis: str  # address of the database with the leases
    password: str
    spool: Path
    run: str  # of this worker: another whenever it is started
    log: Path
    now: Callable[[], datetime]


@dataclass(slots=True, eq=False)
class ShardRun:
    """One message at work. `open` holds the agencies that are being visited, and since when (Unix time)."""

    place: WorkerPlace
    scan: str
    name: str
    attempt: int
    open: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Crawl what is left of the shard, unless another holds it or nobody wants it.

        Raises OtherSettings. Whatever else goes wrong, the crawl command sends the shard again.
        """
        state, store = self.place.state, self.place.store
        if state.current() != self.scan:
            return
        content = store.get(f"{self.scan}/shards/{self.name}.json")
        its = shard_file.read(content) if content else None
        if its is None:
            return
        with logs.bound(**its.bound, scan=its.scan):
            self._held(its, its.job(self.place.config, self.place.study, its.now if its.endpoint else self.place.now()))

    def _held(self, its: ShardFile, job: Job) -> None:
        """Crawl what is left of the shard under its lease, unless another holds it. Raises OtherSettings."""
        if shard_file.mark(job) != its.settings:
            raise OtherSettings
        lease = self.place.state.lease(self.scan, self.name)
        if not lease.claim():
            return
        log.info("shard begins", extra={"agencies": len(job.agencies)})
        try:
            self._crawl(its, job, lease)
            log.info("shard ends")
        except (LeaseLost, Stopped) as error:
            log.warning("shard %s of %s is left: %s", self.name, self.scan, error or "the scan was stopped")
        finally:
            lease.release()

    def _crawl(self, its: ShardFile, job: Job, lease: Lease) -> None:
        state, claimed = self.place.state, time.monotonic()
        deaths = state.deaths(self.scan, self.name)
        folder = self.place.spool / self.scan / self.name
        self.place.deliveries.deliver()
        done = state.done(self.scan, self.name) | self._for_a_browser(its)
        left = [agency for agency in job.agencies if agency.id not in done]
        for agency in [one for one in left if deaths.get(one.id, []).count(1) >= ENDED_ALONE]:
            left.remove(agency)
            self._give_up(agency, its.scan, job, folder)
        if left:
            shard = its.shard(job, folder, tuple(left), self.place.config.fleet.threads)
            again = lease.generation > 1 or self.attempt > 1
            shard = replace(
                shard,
                permit=lease.permit(self.place.redis, self.place.password),
                not_before=claimed + state.times.settling if again else 0.0,
                suspects={agency: len(counts) for agency, counts in deaths.items()},
            )
            self._child(shard, lease)
        self._hand_in(lease)

    def _for_a_browser(self, its: ShardFile) -> Set[str]:
        """Return the agencies that this worker leaves to one with a browser: those that needed one before too."""
        state = self.place.state
        if self.place.deliveries.browser or not state.a_browser():
            return frozenset()
        if known := [agency for agency, kinds in its.background.rendered.items() if any(kinds.values())]:
            state.leave(self.scan, self.name, known)
        return state.left(self.scan, self.name)

    def _give_up(self, agency: Agency, scan: int, job: Job, folder: Path) -> None:
        where = f"failed_worker: {ENDED_ALONE} workers ended while they visited this site and no other"
        visit_file.write(folder, scan, unseen(agency.id, where, job.now, job.now, job.sought), ())

    def _child(self, shard: Shard, lease: Lease) -> None:
        told: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        child = Child(["prober.fleet", str(os.getpid())], shard, told.put, self.place.log)
        try:
            self._follow(told, lease)
        except BaseException:  # LeaseLost, Stopped, the end of the worker: nobody died of a site
            child.end()
            self._nobody_died()
            raise
        code = child.end(ENDING)
        if code >= 0:
            self._nobody_died()
        else:
            with suppress(RedisAway):  # then whoever holds the shard next counts it
                self.place.state.deaths(self.scan, self.name, of_child=True)
        if code:
            log.warning("the child of shard %s ended with %d", self.name, code, extra={"exit_code": code})

    def _follow(self, told: "queue.SimpleQueue[Message | None]", lease: Lease) -> None:
        renewal, look = self.place.state.times.renewal, min(LOOK, self.place.state.times.renewal)
        renewed = looked = time.monotonic()
        while True:
            with suppress(queue.Empty):
                message = told.get(timeout=POLL)
                if message is None:
                    return
                self._take(message)
            now = time.monotonic()
            if now - renewed >= renewal:
                lease.renew()
                renewed = now
            if now - looked >= look:
                self._wanted()
                looked = now

    def _wanted(self) -> None:
        """Raise Stopped if this scan is no longer the one that is crawled; where Redis does not say, it goes on."""
        with suppress(RedisAway):
            if self.place.state.current() not in (self.scan, None):
                raise Stopped

    def _take(self, message: Message) -> None:
        """Take a message of the child: a visit that has begun or waits, a finished file, or why it could not go on."""
        with suppress(RedisAway):
            if agency := message.get("begun"):
                self.open[agency] = time.time()
                self.place.state.opened(self.scan, self.name, self.place.run, agency)
            elif agency := message.get("waits"):
                self._closed(agency)
        if path := message.get("visit"):
            self.place.deliveries.deliver()
            self._closed(visit_file.agency_of(Path(path)))
        elif error := message.get("error"):
            log.error("shard %s: %s", self.name, error)

    def _closed(self, *agencies: str) -> None:
        for agency in agencies:
            self.open.pop(agency, None)
        with suppress(RedisAway):
            self.place.state.closed(self.scan, self.name, self.place.run, agencies)

    def _nobody_died(self) -> None:
        self._closed(*tuple(self.open))

    def _hand_in(self, lease: Lease) -> None:
        """Bring every finished visit to the store before the lease ends: who finds it free must find them there."""
        while not self.place.deliveries.deliver():
            time.sleep(LOOK)
            lease.renew()
            self._wanted()
