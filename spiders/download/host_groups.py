"""Define host groups, which share one delay, and the scope of an agency: the hosts that belong to it."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from prober.domain.agency import Agency
from prober.domain.hostnames import bare, host_of, registrable
from prober.text.patterns import linear

WEB_PORTS = (80, 443)  # the ports of http and https; [crawl] ports may name others


def group(host: str) -> str:
    """Return the host group of `host`, its registrable domain: hosts under it have one operator and share one delay.

    >>> group("sotaichinh.camau.gov.vn"), group("www.camau.gov.test"), group("127.0.0.1")
    ('camau.gov.vn', 'camau.gov.test', '127.0.0.1')
    """
    return registrable(host)


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the web that is one agency's site.

    `hosts` are its own (without www.), `group` its registrable domain, `others` the hosts of other agencies under the
    same domain: a province and its departments share a domain, and content on a department's host is not the
    province's. `prefix` is the path of an agency whose site is on another agency's host.
    """

    hosts: frozenset[str]
    group: str
    others: frozenset[str] = field(default=frozenset())
    prefix: str = ""

    def own(self, url: str) -> bool:
        """Return True for an address on a host of the agency itself, below its `prefix`."""
        return bare(host_of(url)) in self.hosts and (not self.prefix or urlsplit(url).path.startswith(self.prefix))

    def with_host(self, host: str) -> "Scope":
        """Return the scope with one more host of the agency: the one that its address redirects to."""
        return replace(self, hosts=self.hosts | {bare(host)})

    def near(self, url: str) -> bool:
        """Return True for an address on the agency's domain, not on another agency's host: it may be fetched."""
        if self.own(url):
            return True
        host = host_of(url)
        return bool(host) and not self.prefix and group(host) == self.group and bare(host) not in self.others


def scope(agency: Agency, others: Iterable[Agency]) -> Scope:
    """Return the scope of `agency` in a registry with `others` (which may contain it, and other frames)."""
    hosts = frozenset(bare(host_of(url)) for url in (agency.url, *agency.alt_urls)) - {""}
    neighbours = frozenset(
        bare(host_of(url))
        for other in others
        if other.frame == agency.frame and other.id != agency.id
        for url in (other.url, *other.alt_urls)
    )
    shared = hosts & neighbours
    path = urlsplit(agency.url).path.rstrip("/")
    prefix = path if shared and path and path.count("/") <= 3 and "." not in path.rpartition("/")[2] else ""
    return Scope(hosts, group(host_of(agency.url)), neighbours - hosts, prefix)


class GroupIndex:
    """A registry indexed by host group: `scope` needs only agencies that share a domain, and registries may be long."""

    def __init__(self, registry: Iterable[Agency]) -> None:
        self._by_group: dict[str, tuple[Agency, ...]] = {}
        for agency in registry:
            for name in groups(agency):
                self._by_group[name] = (*self._by_group.get(name, ()), agency)

    def of(self, agency: Agency) -> list[Agency]:
        """Return every agency with an address in one of the host groups of `agency`, itself included."""
        found = {other.id: other for name in groups(agency) for other in self._by_group.get(name, ())}
        return list(found.values())


def groups(agency: Agency) -> set[str]:
    """Return the host groups of an agency's addresses."""
    return {group(host_of(url)) for url in (agency.url, *agency.alt_urls)}


def politeness_groups(agencies: Iterable[Agency]) -> list[tuple[Agency, ...]]:
    """Return the agencies in groups that one process must visit: two with a common host group are in one.

    They are in the order of their first agencies. An agency with addresses in two host groups joins these.
    """
    found: dict[str, list[Agency]] = {}  # host group → the politeness group that it is part of
    for agency in agencies:
        names = groups(agency)
        joined = {id(held): held for name in sorted(names) if (held := found.get(name))}
        first, *others = joined.values() or ([],)
        for other in others:
            first += other
            names |= set().union(*map(groups, other))
        first.append(agency)
        found |= dict.fromkeys(names, first)
    different = {id(members): members for members in found.values()}
    return [tuple(members) for members in different.values()]


def shard_of(members: Iterable[Agency], shards: int) -> int:
    """Return the shard, 0 to `shards` - 1, of a politeness group: by a hash that is the same in every process."""
    name = min(name for agency in members for name in groups(agency))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % shards


def split(agencies: Iterable[Agency], shards: int) -> list[tuple[Agency, ...]]:
    """Return the agencies of each shard, by politeness groups; a shard may have none."""
    parts: list[list[Agency]] = [[] for _ in range(shards)]
    for members in politeness_groups(agencies):
        parts[shard_of(members, shards)] += members
    return [tuple(part) for part in parts]


# A host that ends in a number is an IPv4 address in one of its spellings: 127.1, 0x7f.0.0.1 (WHATWG URL, section 3.5).
_NUMBER = linear(r"\d+|0x[0-9a-f]*")


def may_be_fetched(url: str, simulated: bool, ports: Collection[int] = WEB_PORTS) -> bool:
    """Return True if a URL may be fetched at all: http or https, a host name and no IP address, no password, `ports`.

    >>> may_be_fetched("http://169.254.169.254/", False), may_be_fetched("https://www.camau.gov.vn/", False)
    (False, True)
    >>> may_be_fetched("https://www.camau.gov.vn/", True)
    False
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return False
    if port is not None and port not in ports:
        return False
    if simulated:
        return host.endswith(".gov.test")
    if "." not in host or ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return False
    return not host.endswith((".local", ".internal", ".localhost", ".test", ".onion"))
