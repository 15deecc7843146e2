"""Lead a crawl on many machines: feed shards to the workers, and store in results.db what they bring.

This is the only writer of results.db and the only one who decides what is sent. All that it knows for certain stands in
results.db and in the store: it may be killed and started again at any time.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Set
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field

from prober.config.load import Config
from prober.domain.hostnames import politeness_groups
from prober.errors import UsageError
from prober.fleet import shard_file
from prober.fleet.broker import Messages
from prober.fleet.feeder import Feeder, Seen, packed
from prober.fleet.redis_state import STOPPED, RedisAway, ScanProgress
from prober.fleet.shared_services import FleetConnection, connected
from prober.fleet.transport import StoreAway
from prober.store import open_results
from prober.store.results.scans import not_seen, summary
from spiders import visit_file
from spiders.crawl import CrawlSummary
from spiders.job import Job
from spiders.scan_writer import ScanWriter, sole_crawl

log = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks

Told = Callable[[int, int, str], None]


@dataclass(slots=True)
class Coordinator:
    """One run of a scan. `scan` is its name in Redis and in the store, the same in every run of it."""

    writer: ScanWriter
    fleet: FleetConnection
    messages: Messages
    scan: str
    feeder: Feeder
    told: Told
    began: float = field(default_factory=time.time)
    began_with: int = 0
    _holds: bool = False  # this fleet is fed by this command
    _idle_since: float | None = None  # by time.monotonic; since then every worker has refused

    def run(self) -> None:
        """Work until every agency has its visit.

        Raises UsageError if another crawl command feeds this fleet, or all its workers have other settings.
        """
        self.began_with = len(self._merged())
        self._begin()
        while self.writer.missing():
            seen = self._look()
            self._store()
            if seen is not None:
                with suppress(RedisAway, StoreAway):
                    self._feed(seen)
            if self.writer.missing():
                time.sleep(TICK)

    def _begin(self) -> None:
        """Name this scan as the one that is crawled, once nobody crawls another: a host may be part of both."""
        while True:
            try:
                if self._alone():
                    self.fleet.state.forget_refusals(self.scan)  # what was mended since the run before shows itself
                    return
                self.told(self.began_with, len(self.writer.job.agencies), "waiting for workers of an earlier scan")
            except RedisAway as error:
                log.warning("%s", error)
            time.sleep(TICK)

    def _alone(self) -> bool:
        """Return True once no worker holds a shard of another scan than this, which is named as the one to crawl."""
        state = self.fleet.state
        self._holds = state.hold_crawl(self.scan)
        if not self._holds:
            raise UsageError("another crawl command feeds this fleet; wait for it, or stop it first")
        # Where Redis has forgotten the scan that this run goes on with, the first look finds it so.
        if state.current() is not None or not self.feeder.resumed:
            state.set_current(self.scan)
        return all(scan == self.scan for scan, _ in state.leased())

    def _look(self) -> Seen | None:
        """Return what Redis shows, before the store is looked at: who is not held then has left all its files."""
        state = self.fleet.state
        try:
            self._holds = state.hold_crawl(self.scan)
            if not self._holds:
                raise UsageError("another crawl command feeds this fleet now; this one ends")
            intact = state.current() == self.scan
            if not intact:
                log.warning("Redis has forgotten the scan; shards are sent again when every lease is over")
                state.set_current(self.scan)
            workers = state.workers()
            browser = any(worker.browser for worker in workers)
            leased = {shard for scan, shard in state.leased() if scan == self.scan}
            self._need_workers({worker.name for worker in workers}, bool(leased))
            return Seen(
                leased,
                {shard for scan, shard in self.messages.waiting(browser) if scan == self.scan},
                sum(worker.threads for worker in workers), intact, browser,
            )  # fmt: skip
        except RedisAway as error:
            log.warning("%s", error)
            return None

    def _need_workers(self, heard: Set[str], at_work: bool) -> None:
        """Say that nobody works. Raises UsageError where for a whole lease there was none but workers that refuse."""
        refused = self.fleet.state.refused(self.scan)
        if at_work or heard - refused:
            self._idle_since = None
            return
        self.told(len(self._merged()), len(self.writer.job.agencies), "waiting for a worker")
        if not refused:
            return
        self._idle_since = self._idle_since or time.monotonic()
        if time.monotonic() - self._idle_since > self.fleet.state.times.lease:
            raise UsageError(
                f"no worker but such as refuse this scan ({', '.join(sorted(refused))}): their study, [crawl] or "
                "version is another. Give all machines the same, start the workers again, then this command; what was "
                "visited is kept"
            )

    def _store(self) -> None:
        """Store every visit that has come. A file is removed when it is committed; one that is damaged comes again."""
        try:
            names = list(self.fleet.store.names(f"{self.scan}/visits", visit_file.SUFFIX))
            for name in names:
                content = self.fleet.store.get(f"{self.scan}/visits/{name}")
                if content is None:
                    continue
                path = self.writer.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                if not self.writer.merge(path):
                    self._visited_again(visit_file.agency_of(path))
                self.fleet.store.remove(f"{self.scan}/visits/{name}")
        except StoreAway as error:
            log.warning("%s", error)

    def _visited_again(self, agency: str) -> None:
        for shard, agencies in self.feeder.shards.items():
            if agency in agencies:
                with suppress(RedisAway):
                    self.fleet.state.take_back(self.scan, shard, agency)

    def _feed(self, seen: Seen) -> None:
        merged = self._merged()
        for name, attempt in self.feeder.due(seen, merged, time.monotonic()):
            agencies = [a for a in self.writer.missing() if a.id in self.feeder.shards[name]]
            content = shard_file.written(self.writer.shard(agencies))
            self.fleet.store.put(f"{self.scan}/shards/{name}.json", content)
            rest = {agency.id for agency in agencies}
            self.messages.send(
                self.scan, name, attempt, seen.browser and rest <= self.fleet.state.left(self.scan, name)
            )
        left = sum(1 for agencies in self.feeder.shards.values() if not agencies <= merged)
        total = len(self.writer.job.agencies)
        self.fleet.state.tell_progress(
            ScanProgress(
                self.scan, total, len(merged), len(self.feeder.shards), left, self.began, self.began_with, time.time()
            )
        )

    def _merged(self) -> set[str]:
        missing = {agency.id for agency in self.writer.missing()}
        return {agency.id for agency in self.writer.job.agencies} - missing

    def end(self) -> None:
        """Tell every worker to stop, unless another command feeds them; where the scan is complete, forget it."""
        if not self._holds:
            return
        with suppress(RedisAway):
            self.fleet.state.set_current(STOPPED)
            self.fleet.state.leave_crawl()
            if not self.writer.missing():
                self.fleet.state.forget(self.scan)
        if not self.writer.missing():
            with suppress(StoreAway):
                self.fleet.store.remove(self.scan)


def lead(job: Job, told: Told) -> CrawlSummary:
    """Crawl the agencies of a job on the machines of the fleet, and return the result, as spiders.crawl does.

    A scan that was stopped goes on. KeyboardInterrupt stops it everywhere. Raises UsageError where another crawl runs,
    no fleet is configured or Redis does not answer.
    """
    fleet = connected(job.config)
    with ExitStack() as stack:
        stack.enter_context(sole_crawl(job.config.paths.results))
        writer = stack.enter_context(ScanWriter(job, told))
        coordinator = Coordinator(writer, fleet, fleet.messages(), _name(writer), _feeder(writer), told)
        stack.callback(coordinator.end)
        coordinator.run()
    with closing(open_results(job.config.paths.results)) as db:
        found = summary(db, writer.scan.id) | {"resumed": writer.scan.resumed}
        return CrawlSummary.of(found, tuple(not_seen(db, writer.scan.id)))


def refuse_beside(config: Config) -> None:
    """Raise UsageError while machines of the fleet crawl: no site may be asked from two places at once.

    Where Redis does not answer, or its library is not here, nobody can say; their children stop with their leases.
    """
    try:
        held = connected(config).state.leased()
    except (UsageError, RedisAway):
        return
    if held:
        (scan, _), left = next(iter(held)), max(held.values())
        raise UsageError(
            f"machines of the fleet still crawl {scan}: `prober fleet status` shows them. Go on with `prober crawl "
            f"--fleet`, or stop the workers and wait {left:.0f} s"
        )


def _feeder(writer: ScanWriter) -> Feeder:
    job = writer.job
    shards = packed(
        [[agency.id for agency in members] for members in politeness_groups(job.agencies)], job.config.fleet.groups
    )
    return Feeder(
        {shard.name: frozenset(shard.agencies) for shard in shards}, job.config.fleet.lease,
        resumed=writer.scan.resumed,
    )  # fmt: skip


def _name(writer: ScanWriter) -> str:
    """Return a name of the scan that every run of it finds again, and no scan of another results.db has."""
    job = writer.job
    settings = [str(job.config.paths.results.absolute()), job.config.fleet.groups, job.scan_settings()]
    told = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return f"scan-{writer.scan.id:05d}-{told[:8]}"
