"""Send shards to workers: one queue of Dramatiq over Redis, with settings under which it loses nothing that matters.

Retries, delays and priorities are not used: a message that is lost, dropped or dead is sent again by the feeder, which
knows what is merged. The settings that differ from Dramatiq's own are explained in docs/fleet.md.
"""

from collections.abc import Callable, Iterator

import dramatiq
from dramatiq import worker as engine
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import ShutdownNotifications
from redis import Redis

from prober.fleet.redis_state import asking

QUEUE = "crawl"
ALWAYS = 1_000_000  # of a million fetches look for messages of workers that died; the default of 1,000 takes hours
RESTART_SECONDS = 1.0  # after a lost connection

Crawl = Callable[[str, str, int], None]


class Messages:
    """The queue of shards. A message is the name of a scan, that of a shard, and the number of the attempt."""

    def __init__(self, client: Redis, namespace: str, lease: float, crawl: Crawl = lambda *_: None) -> None:
        """`crawl` is what a worker does with a message; `lease` is the time after which it counts as dead, seconds."""
        self._client = client
        # The only middleware: no retries, no limit of time (a child has its own), and an actor hears of the end.
        ends = ShutdownNotifications(notify_shutdown=True)
        self.broker = RedisBroker(
            client=client, namespace=namespace, middleware=[ends], maintenance_chance=ALWAYS,
            heartbeat_timeout=int(lease * 1000),
        )  # fmt: skip
        self._actor = dramatiq.actor(actor_name=QUEUE, queue_name=QUEUE, broker=self.broker)(crawl)

    def send(self, scan: str, shard: str, attempt: int) -> None:
        """Raises RedisAway."""
        with asking():
            self._actor.send(scan, shard, attempt)

    def waiting(self) -> Iterator[tuple[str, str]]:
        """Yield (scan, shard) of every message that no worker has acknowledged, those in work too. Raises RedisAway."""
        with asking():
            held = self._client.hvals(f"{self.broker.namespace}:{QUEUE}.msgs")
        for content in held:
            scan, shard, _ = dramatiq.Message.decode(bytes(content)).args  # type: ignore[arg-type]
            yield scan, shard

    def worker(self, threads: int) -> engine.Worker:
        """Return a worker that fetches as many messages as it has threads, and no more: the others are for others."""
        engine.QUEUE_PREFETCH = threads  # read of the environment when the module was loaded
        engine.CONSUMER_RESTART_DELAY_SECS = RESTART_SECONDS
        return engine.Worker(self.broker, queues={QUEUE}, worker_threads=threads)
