"""Pack a scan into shards, and decide which are sent to the workers and which again. No Redis here, and no clock.

A politeness group (prober.domain.hostnames) is in one shard, so that two workers never ask the same server.
Twice as many shards are in flight as there are slots, never the whole list: a shard that is sent late is sent with
what is known then, and what a broker loses is little.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

FEWEST_SHARDS = 8  # of a scan that has as many politeness groups: else a small scan would keep one worker busy
IN_FLIGHT = 2  # shards for each slot of a worker: one that is crawled, one that waits


@dataclass(frozen=True, slots=True)
class QueuedShard:
    """Agencies that one worker crawls in one process. The name says where it stands in the order."""

    name: str
    agencies: tuple[str, ...]  # Agency.id


def packed(groups: Sequence[Sequence[str]], most: int) -> list[QueuedShard]:
    """Return the shards of politeness groups, at most `most` of them a shard.

    Their order is that of importance: the first shard holds the first ones. Equal groups give equal shards and names.

    >>> packed([["a", "c"], ["b"]], most=1)
    [QueuedShard(name='00001', agencies=('a', 'c')), QueuedShard(name='00002', agencies=('b',))]
    """
    size = max(1, min(most, len(groups) // FEWEST_SHARDS))
    return [
        QueuedShard(f"{number:05d}", tuple(agency for one in groups[start : start + size] for agency in one))
        for number, start in enumerate(range(0, len(groups), size), 1)
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """State of Redis at one moment; `intact` is False where it has forgotten this scan since the last look."""

    leased: Set[str] = frozenset()
    queued: Set[str] = frozenset()  # a message is with the broker or with a worker that has not acknowledged it
    slots: int = 0
    intact: bool = True
    browser: bool = False  # one of the workers has one


@dataclass(slots=True)
class Feeder:
    """The shards of one scan in order, and how often each was sent. `lease` is in seconds."""

    shards: Mapping[str, Set[str]]  # name → agencies
    lease: float
    sent: dict[str, int] = field(default_factory=dict)
    resumed: bool = False  # a run before this one has sent shards too
    _sent_at: dict[str, float] = field(default_factory=dict)
    _not_before: float = 0.0

    def due(self, seen: Seen, merged: Set[str], now: float) -> list[tuple[str, int]]:
        """Return (shard, attempt) of every shard to send at `now`, in seconds, and count it as sent.

        The first attempt is number 1; a run that goes on with a scan begins with 2, because a worker of the run before
        may have crawled the shard a moment ago. `seen` must be older than `merged`: a shard that nobody holds had
        left all its files by then. After a loss of Redis nothing is sent again for two leases, so that every child
        has seen its lease end, nor by a run that goes on anything at all; and no shard is sent twice within a third of
        one, however fast it comes back.
        """
        if not seen.intact:
            self._not_before = now + 2 * self.lease
        open_shards = [name for name, agencies in self.shards.items() if not agencies <= merged]
        held = seen.leased | seen.queued
        again = [name for name in open_shards if name in self.sent and name not in held]
        rested = [name for name in again if now >= max(self._not_before, self._sent_at[name] + self.lease / 3)]
        room = IN_FLIGHT * max(1, seen.slots) - sum(1 for name in open_shards if name in self.sent)
        unknown = self.resumed and now < self._not_before  # who crawls what the run before has sent
        fresh = [name for name in open_shards if name not in self.sent and name not in held and not unknown]
        chosen = [*rested, *fresh[: max(0, room)]]
        for name in chosen:
            self.sent[name] = self.sent.get(name, 1 if self.resumed else 0) + 1
            self._sent_at[name] = now
        return [(name, self.sent[name]) for name in chosen]


def forecast(total: int, merged: int, began_with: int, seconds: float) -> float | None:
    """Return the seconds until the end of a scan at its rate so far; None before the first visit.

    >>> forecast(total=100, merged=40, began_with=20, seconds=10.0)
    30.0
    """
    done = merged - began_with
    return (total - merged) * seconds / done if done > 0 else None
