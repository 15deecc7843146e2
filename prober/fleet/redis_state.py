"""Keep in Redis what a fleet has to know of itself at a moment; it may be lost at any time, and is written anew.

Which scan is crawled, who works, what each worker does, which agencies of a shard have a file, and on which of them
workers died. It lies beside the leases, in the database after that of the messages: Dramatiq looks through all keys of
its own one for each worker that died.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit, urlunsplit

from redis import Redis
from redis.exceptions import RedisError

from prober.errors import ConfigError, ProberError, UsageError
from prober.fleet.lease import KEPT, Lease, Times, prompt

HEARD = 15  # seconds for which a worker is shown after it was last heard
STOPPED = "stopped"  # in place of the name of a scan


class RedisAway(ProberError, ConnectionError):
    """Redis does not answer at present."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """Report of a worker about itself, sent every few seconds."""

    name: str
    host: str
    threads: int
    since: float  # Unix time, seconds
    browser: bool
    shards: Mapping[str, Mapping[str, float]]  # shard → its agencies that are open, and since when (Unix time)


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far the crawl command is with its scan."""

    scan: str
    total: int
    merged: int
    shards: int
    shards_left: int
    began: float  # of this run, Unix time
    began_with: int  # merged when this run began
    at: float


class RedisState:
    """The keys of one fleet; another fleet on the same Redis has another prefix."""

    def __init__(self, client: Redis, prefix: str, times: Times) -> None:
        self._client, self._prefix, self.times = client, prefix, times

    def _key(self, *parts: str) -> str:
        return ":".join((self._prefix, *parts))

    def lease(self, scan: str, shard: str) -> Lease:
        return Lease(self._client, self._key("lease", scan, shard), self.times)

    def leased(self) -> dict[tuple[str, str], float]:
        """Return (scan, shard) → seconds that its lease still stands, of every shard that is held."""
        with asking():
            keys = list(self._client.scan_iter(match=self._key("lease", "*"), count=1000))
            with self._client.pipeline(transaction=False) as line:
                for key in keys:
                    line.pttl(key)
                left = line.execute()
        names = (tuple(_text(key).split(":")[-2:]) for key in keys)
        return {(scan, shard): ms / 1000 for (scan, shard), ms in zip(names, left, strict=True) if ms > 0}

    def current(self) -> str | None:
        """Return the scan that is crawled, STOPPED, or None where Redis does not know."""
        with asking():
            held = self._client.get(self._key("current"))
        return _text(held) if held else None

    def set_current(self, scan: str) -> None:
        with asking():
            self._client.set(self._key("current"), scan, ex=KEPT)

    def hold_crawl(self, owner: str) -> bool:
        """Return True if no crawl command of another results.db feeds this fleet; to be called again and again."""
        key = self._key("crawl")
        with asking():
            if self._client.set(key, owner, nx=True, px=int(self.times.lease * 1000)):
                return True
            mine = _text(self._client.get(key) or "") == owner
            if mine:
                self._client.pexpire(key, int(self.times.lease * 1000))
            return mine

    def leave_crawl(self) -> None:
        with asking():
            self._client.delete(self._key("crawl"))

    def add_done(self, scan: str, shard: str, agencies: Iterable[str]) -> None:
        """Remember agencies whose file is in the store: the next worker of the shard passes over them."""
        key = self._key("done", scan, shard)
        with asking():
            self._client.sadd(key, *agencies)
            self._client.expire(key, KEPT)

    def take_back(self, scan: str, shard: str, agency: str) -> None:
        """Forget that an agency has a file: it was damaged on its way."""
        with asking():
            self._client.srem(self._key("done", scan, shard), agency)

    def done(self, scan: str, shard: str) -> Set[str]:
        with asking():
            return {_text(agency) for agency in self._client.smembers(self._key("done", scan, shard))}

    def leave(self, scan: str, shard: str, agencies: Iterable[str]) -> None:
        """Leave agencies of a shard to a worker that has a browser."""
        key = self._key("browser", scan, shard)
        with asking():
            self._client.sadd(key, *agencies)
            self._client.expire(key, KEPT)

    def left(self, scan: str, shard: str) -> Set[str]:
        """Return the agencies of a shard that were left to a worker with a browser."""
        with asking():
            return {_text(agency) for agency in self._client.smembers(self._key("browser", scan, shard))}

    def opened(self, scan: str, shard: str, run: str, agency: str) -> None:
        """Remember that a visit has begun in this `run` of a worker, until it ends or nobody died of it."""
        key, beside = self._key("open", scan, shard), self._key("beside", scan, run)
        with asking(), self._client.pipeline() as line:
            line.hset(key, agency, run)
            line.sadd(beside, agency)
            line.expire(key, KEPT)
            line.expire(beside, KEPT)
            line.execute()

    def closed(self, scan: str, shard: str, run: str, agencies: Iterable[str]) -> None:
        names = list(agencies)
        if names:
            with asking(), self._client.pipeline() as line:
                line.hdel(self._key("open", scan, shard), *names)
                line.srem(self._key("beside", scan, run), *names)
                line.execute()

    def deaths(self, scan: str, shard: str, of_child: bool = False) -> dict[str, list[int]]:
        """Return agency → for each death while it was open, how many agencies were: which of them it was is not known.

        What is open is counted by this call, which only the holder of the lease makes: the worker of which a child
        died (`of_child`), with what that child had open; or the next worker, with all that the dead one had open, in
        other shards too.
        """
        left, counted = self._key("open", scan, shard), self._key("deaths", scan, shard)
        with asking():
            found = {_text(agency): _text(run) for agency, run in self._client.hgetall(left).items()}
            known = {_text(name): json.loads(held) for name, held in self._client.hgetall(counted).items()}
            for agency, run in found.items():
                many = len(found) if of_child else int(self._client.scard(self._key("beside", scan, run)))
                known[agency] = [*known.get(agency, []), many]
            if found:
                with self._client.pipeline() as line:
                    line.hset(counted, mapping={name: json.dumps(known[name]) for name in found})
                    line.expire(counted, KEPT)
                    line.delete(left)
                    for agency, run in found.items() if of_child else ():
                        line.srem(self._key("beside", scan, run), agency)
                    line.execute()
        return known

    def tell_worker(self, state: WorkerState) -> None:
        with asking():
            self._client.set(self._key("worker", state.name), json.dumps(asdict(state)), ex=HEARD)

    def forget_worker(self, name: str) -> None:
        with asking():
            self._client.delete(self._key("worker", name))

    def refuse(self, scan: str, worker: str) -> None:
        """Remember that a worker has other settings than the crawl command of a scan."""
        key = self._key("refused", scan)
        with asking():
            self._client.sadd(key, worker)
            self._client.expire(key, KEPT)

    def agree(self, scan: str, worker: str) -> None:
        """Forget that a worker has refused a scan: its settings were mended."""
        with asking():
            self._client.srem(self._key("refused", scan), worker)

    def forget_refusals(self, scan: str) -> None:
        with asking():
            self._client.delete(self._key("refused", scan))

    def refused(self, scan: str) -> Set[str]:
        """Return the workers that have other settings than the crawl command of a scan."""
        with asking():
            return {_text(worker) for worker in self._client.smembers(self._key("refused", scan))}

    def workers(self) -> list[WorkerState]:
        with asking():
            keys = sorted(self._client.scan_iter(match=self._key("worker", "*"), count=1000))
            held = self._client.mget(keys) if keys else []
        return [WorkerState(**json.loads(row)) for row in held if row]

    def a_browser(self) -> bool:
        """Return True if one of the workers has a browser."""
        return any(worker.browser for worker in self.workers())

    def tell_progress(self, progress: ScanProgress) -> None:
        with asking():
            self._client.set(self._key("progress"), json.dumps(asdict(progress)), ex=KEPT)

    def progress(self) -> ScanProgress | None:
        with asking():
            held = self._client.get(self._key("progress"))
        return ScanProgress(**json.loads(held)) if held else None

    def forget(self, scan: str) -> None:
        """Remove all that is known of a scan that is complete."""
        self.forget_refusals(scan)
        with asking():
            # Not the leases: their holders let go of them.
            for kind in ("generation", "done", "open", "beside", "deaths", "browser"):
                for key in self._client.scan_iter(match=self._key(kind, scan, "*"), count=1000):
                    self._client.delete(key)


def beside(url: str) -> str:
    """Return the address of the database after that of `url`. Raises ConfigError if it names none.

    >>> beside("redis://10.0.0.5:6379"), beside("redis://10.0.0.5:6379/4")
    ('redis://10.0.0.5:6379/1', 'redis://10.0.0.5:6379/5')
    """
    parts = urlsplit(url)
    number = parts.path.strip("/") or "0"
    if not number.isdigit():
        raise ConfigError(f"[fleet] redis {url}: the path must be the number of a database, such as /0")
    return urlunsplit(parts._replace(path=f"/{int(number) + 1}"))


def clients(url: str, password: str) -> tuple[Redis, Redis]:
    """Return the connections for messages and for all else: the database of `url`, and the next one.

    Raises ConfigError for an address that is none, UsageError where Redis does not answer or refuses.
    """
    try:
        messages = Redis.from_url(url, password=password or None)
        state = prompt(beside(url), password)
        state.ping()
    except RedisError as error:
        raise UsageError(
            f"[fleet] redis {url} cannot be used: {error}. Start it, or mend the address; nothing was done"
        ) from error
    return messages, state


@contextmanager
def asking() -> Iterator[None]:
    """Raise RedisAway in place of whatever redis-py raises."""
    try:
        yield
    except RedisError as error:
        raise RedisAway(f"Redis does not answer: {error}") from error


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
