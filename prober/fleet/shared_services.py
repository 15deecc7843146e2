"""Make what a fleet shares out of [fleet] in prober.toml: Redis, the store, and how long a lease stands."""

import hashlib
from dataclasses import dataclass

from redis import Redis

from prober import fleet
from prober.config.load import Config, secret_named
from prober.fleet.broker import Crawl, Messages
from prober.fleet.lease import Times
from prober.fleet.redis_state import RedisState, beside, clients
from prober.fleet.transport import SharedStore


@dataclass(frozen=True, slots=True)
class FleetConnection:
    """Services that workers and the crawl command share."""

    state: RedisState
    store: SharedStore
    leases: str  # address of the database with the leases
    password: str
    _client: Redis
    _namespace: str

    def messages(self, crawl: Crawl = lambda *_: None) -> Messages:
        """Return the queue; `crawl` is what a worker does with a message."""
        return Messages(self._client, self._namespace, self.state.times.lease, crawl)


def connected(config: Config) -> FleetConnection:
    """Return the connection of the fleet of a configuration.

    Two studies may use one Redis: their stores differ, and all names begin with a digest of its address, which must be
    the same on every machine. Raises ConfigError for
    a section that is missing or faulty, UsageError where a library is missing or Redis does not answer.
    """
    its = config.fleet
    fleet.required(its)
    password = secret_named(its.password_env) if its.password_env else ""
    times = Times(its.lease, max(config.crawl.delay, config.crawl.max_crawl_delay))
    messages, state = clients(its.redis, password)
    url = its.store if "://" in its.store else str(config.root / its.store)
    prefix = f"prober:{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return FleetConnection(
        RedisState(state, prefix, times),
        SharedStore(url, its.store_endpoint),
        beside(its.redis),
        password,
        messages,
        prefix,
    )
