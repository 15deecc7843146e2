"""Pack the agencies of a scan into shards of whole politeness groups, in an order that every run repeats.

A host group is in one shard only, so that two workers can never ask the same server. Agencies that share a group, a
portal and its departments or two sites of one agency, are packed together.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

FEWEST_SHARDS = 8  # of a scan that has as many politeness groups: else a small scan would keep one worker busy


@dataclass(frozen=True, slots=True)
class Shard:
    """Agencies that one worker crawls in one process. The name says where it stands in the order."""

    name: str
    agencies: tuple[str, ...]  # Agency.id


def packed(groups: Mapping[str, Set[str]], most: int) -> list[Shard]:
    """Return the shards of agencies, given the host groups of each, with at most `most` politeness groups a shard.

    The order of agencies is that of importance: the first shard holds the first ones. Agencies whose groups overlap
    are one politeness group, however long the chain. The same agencies give the same shards with the same names.

    >>> packed({"a": {"x.vn"}, "b": {"y.vn"}, "c": {"x.vn", "z.vn"}}, most=1)
    [Shard(name='00001', agencies=('a', 'c')), Shard(name='00002', agencies=('b',))]
    """
    together = _politeness_groups(groups)
    size = max(1, min(most, len(together) // FEWEST_SHARDS))
    return [
        Shard(f"{number:05d}", tuple(agency for one in together[start : start + size] for agency in one))
        for number, start in enumerate(range(0, len(together), size), 1)
    ]


def _politeness_groups(groups: Mapping[str, Set[str]]) -> Sequence[list[str]]:
    """Return lists of agencies that share host groups, each list at the place of its first agency."""
    of_host: dict[str, list[str]] = {}
    found: dict[int, list[str]] = {}
    for agency, names in groups.items():
        joined = {id(of_host[name]): of_host[name] for name in names if name in of_host}
        first, *others = (one for one in found.values() if id(one) in joined) if joined else ([],)
        first.append(agency)
        for other in others:
            first.extend(other)
            del found[id(other)]
        found[id(first)] = first
        every = {name for one in (agency, *first) for name in groups[one]} if others else names
        of_host |= dict.fromkeys(every, first)
    order = {agency: place for place, agency in enumerate(groups)}
    return [sorted(one, key=order.__getitem__) for one in found.values()]
