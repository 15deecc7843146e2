"""Crawl on many machines: run a worker, and say how the fleet stands (docs/fleet.md)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prober.clock import SystemClock
from prober.fleet import required
from prober.services.context import Context


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """How the fleet stands: the scan that is crawled, and one row for each worker and each shard that is held."""

    scan: str  # "" for none
    total: int
    merged: int
    shards: int
    shards_left: int
    rate: float  # visits a minute in this run
    seconds_left: float | None
    at: datetime | None  # when the crawl command was last heard
    oldest: str  # the agency that is open for the longest time
    oldest_seconds: float
    workers: list[dict[str, object]]
    leases: list[dict[str, object]]


def worker(context: Context, name: str, on_ready: Callable[[], None]) -> None:
    """Run one worker until it is asked to end; `on_ready` is called before it waits for shards.

    Raises UsageError where it cannot begin, or has other settings.
    """
    required(context.config.fleet)
    from prober.fleet.worker import Worker

    found = Worker(context.config, context.study, name, SystemClock(context.study.zone).now)
    on_ready()
    found.run()


def status(context: Context) -> FleetStatus:
    """Return how the fleet stands, as Redis knows it. Raises UsageError where it does not answer."""
    required(context.config.fleet)
    from prober.fleet.feeder import forecast
    from prober.fleet.shared_services import connected

    state = connected(context.config).state
    now, progress, workers, leased = time.time(), state.progress(), state.workers(), state.leased()
    opened = [(since, agency) for each in workers for shard in each.shards.values() for agency, since in shard.items()]
    since, oldest = min(opened, default=(now, ""))
    if progress is None:
        run, done, left = 0.0, 0, None
    else:
        run, done = progress.at - progress.began, progress.merged - progress.began_with
        left = forecast(progress.total, progress.merged, progress.began_with, run)
    return FleetStatus(
        scan=progress.scan if progress and state.current() == progress.scan else "",
        total=progress.total if progress else 0,
        merged=progress.merged if progress else 0,
        shards=progress.shards if progress else 0,
        shards_left=progress.shards_left if progress else 0,
        rate=60 * done / run if run else 0.0,
        seconds_left=left,
        at=datetime.fromtimestamp(progress.at, context.study.zone) if progress else None,
        oldest=oldest,
        oldest_seconds=now - since,
        workers=[
            {
                "worker": each.name, "threads": each.threads, "shards": len(each.shards),
                "open": sum(map(len, each.shards.values())), "browser": each.browser,
                "since": datetime.fromtimestamp(each.since, context.study.zone).isoformat(timespec="seconds"),
            }
            for each in workers
        ],
        leases=[
            {"scan": scan, "shard": shard, "seconds_left": left} for (scan, shard), left in sorted(leased.items())
        ],
    )  # fmt: skip
