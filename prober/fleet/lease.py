"""Hold a shard for one worker at a time: a lock in Redis with an owner, an end and a generation.

The lock is redis-py's: its token says whose it is, and it ends by itself. The generation counts how often a shard was
claimed. `until` is the end of the lease on this machine's own clock, so no clock of another machine matters; the child
that crawls stops a margin earlier, by its own look at that clock before every request.
"""

import threading
import time
from dataclasses import dataclass, field

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import LockError, RedisError
from redis.lock import Lock
from redis.retry import Retry

from prober.errors import ProberError

SECONDS = 2.0  # for an answer of Redis: a lease must be known to stand or not
KEPT = 7 * 24 * 3600  # seconds for which counts of a scan stay


def prompt(url: str, password: str = "") -> Redis:
    """Return a connection that answers or raises within seconds: redis-py's own waits and tries for half a minute."""
    return Redis.from_url(url, password=password or None, socket_timeout=SECONDS, retry=Retry(NoBackoff(), 1))


class LeaseLost(ProberError):
    """The lease ended and somebody else may hold the shard: nothing more may be sent."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long a lease stands and what follows from it, all in seconds."""

    lease: float
    delay: float  # the longest between two requests to a host group that is obeyed

    @property
    def renewal(self) -> float:
        return self.lease / 6

    @property
    def margin(self) -> float:
        """How long before the end of its lease a child sends its last request."""
        return self.lease / 4

    @property
    def settling(self) -> float:
        """How long a child waits before its first request where another may have crawled the shard just now."""
        return max(self.delay, self.lease / 3)


class Lease:
    """A shard that this worker holds. Made by `claim`."""

    def __init__(self, client: Redis, name: str, times: Times) -> None:
        self._client, self._times = client, times
        # Not of one thread: the one that claims is not always the one that releases.
        self._lock = Lock(client, name, timeout=times.lease, thread_local=False)
        self._until = 0.0
        self.generation = 0

    @property
    def send_until(self) -> float:
        """The moment of this machine's monotonic clock at which the child must have stopped sending."""
        return self._until - self._times.margin

    def claim(self) -> bool:
        """Return True if the shard is ours now; False if another holds it."""
        began = time.monotonic()
        if not self._lock.acquire(blocking=False):
            return False
        self._until = began + self._times.lease
        counter = self._lock.name.replace("lease", "generation", 1)
        with self._client.pipeline() as line:
            line.incr(counter)
            line.expire(counter, KEPT)
            self.generation = int(line.execute()[0])
        return True

    def permit(self, url: str, password: str) -> "LeasePermit":
        """Return what the child asks before every request; `url` names the server and this database."""
        token = bytes(self._lock.local.token or b"")
        return LeasePermit(url, password, str(self._lock.name), token, self._times.margin, self._times.renewal)

    def renew(self) -> None:
        """Let the lease begin anew, where Redis can be reached; else it ends when it would have.

        Raises LeaseLost where it is no longer ours, or is over.
        """
        began = time.monotonic()
        try:
            self._lock.reacquire()
        except LockError as error:
            raise LeaseLost(f"{self._lock.name} is held by another, or Redis has forgotten it") from error
        except RedisError as error:
            if began >= self.send_until:
                raise LeaseLost(f"{self._lock.name} could not be renewed in time: {error}") from error
        else:
            self._until = began + self._times.lease

    def release(self) -> None:
        """Give the shard back; where Redis is away, or it is no longer ours, it ends by itself."""
        try:
            self._lock.release()
        except (LockError, RedisError):
            return


@dataclass(slots=True)
class LeasePermit:
    """The child's own look at the lease: it asks Redis itself, so that a parent that is frozen keeps nothing alive.

    Owner and remaining time are read in one go every `every` seconds. What counts is the time that was left, not that
    the lease was there: a child that only looked whether it stands would send up to the moment at which another begins.
    """

    url: str
    password: str = field(repr=False)
    name: str
    token: bytes
    margin: float  # seconds before the end of the lease
    every: float  # seconds between two looks
    _until: float = 0.0  # of this machine's monotonic clock
    _looking: bool = False

    def may_send(self) -> bool:
        """Return True if the lease stands for longer than the margin, as far as this machine's clock can tell."""
        if not self._looking:
            self._looking = True
            client = prompt(self.url, self.password)
            self.look(client)
            threading.Thread(target=self._keep_looking, args=(client,), daemon=True).start()
        return time.monotonic() < self._until

    def look(self, client: Redis) -> None:
        """Read owner and remaining time; where Redis is away, what was known stays true until its time is over."""
        began = time.monotonic()
        try:
            with client.pipeline() as line:
                line.get(self.name)
                line.pttl(self.name)
                owner, left = line.execute()
        except RedisError:
            return
        self._until = began + left / 1000 - self.margin if owner == self.token else 0.0

    def _keep_looking(self, client: Redis) -> None:
        while True:
            time.sleep(self.every)
            self.look(client)
