"""Send shards to workers: two queues of Dramatiq over Redis, with settings under which it loses nothing that matters.

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

QUEUE, WITH_BROWSER = "crawl", "crawl-browser"  # of what is left to be crawled by workers that have a browser
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
        self._actors = {
            name: dramatiq.actor(actor_name=name, queue_name=name, broker=self.broker)(crawl)
            for name in (QUEUE, WITH_BROWSER)
        }

    def send(self, scan: str, shard: str, attempt: int, browser: bool = False) -> None:
        """Send a shard to the workers, or to those with a `browser` alone. Raises RedisAway."""
        with asking():
            self._actors[WITH_BROWSER if browser else QUEUE].send(scan, shard, attempt)

    def waiting(self, browser: bool = False) -> Iterator[tuple[str, str]]:
        """Yield (scan, shard) of every message that no worker has acknowledged, those in work too. Raises RedisAway.

        Without a worker with a `browser` nobody takes what waits for one.
        """
        for name in (QUEUE, WITH_BROWSER) if browser else (QUEUE,):
            with asking():
                held = self._client.hvals(f"{self.broker.namespace}:{name}.msgs")
            for content in held:
                scan, shard, _ = dramatiq.Message.decode(bytes(content)).args  # type: ignore[arg-type]
                yield scan, shard

    def worker(self, threads: int, browser: bool = False) -> engine.Worker:
        """Return a worker that fetches as many messages of a queue as it has threads: the others are for others."""
        engine.QUEUE_PREFETCH = threads  # read of the environment when the module was loaded
        engine.CONSUMER_RESTART_DELAY_SECS = RESTART_SECONDS
        return engine.Worker(self.broker, queues={QUEUE, WITH_BROWSER} if browser else {QUEUE}, worker_threads=threads)
