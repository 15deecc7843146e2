"""Say what a crawl may connect to: public addresses (against SSRF), the embedded world, or the hosts of a rehearsal.

The checked address is the one that is connected to.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from socket import AF_INET, SOCK_STREAM
from urllib.parse import urlsplit

from prober.config.rehearsal import places
from prober.domain.finding import Failure
from prober.domain.world import World
from prober.text.patterns import linear
from spiders.download.fetch_result import FetchFailed

Resolve = Callable[[str, int], Awaitable[list[str]]]
Place = tuple[str, int]  # host or address, and port
WEB_PORTS = (80, 443)  # the ports of http and https; [crawl] ports may name others

# IANA's registries of special-purpose addresses (RFC 6890, as of 2025), written down because Python's own list differs
# from version to version. Blocks that are special and yet served on the public web (AS112, AMT) are left out.
_SPECIAL_IPV4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
# Only this block is given out for hosts on the Internet (RFC 4291, section 2.4): fec0::/10, ::127.0.0.1,
# ::ffff:0:127.0.0.1, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7, fe80::/10 and ff00::/8 are all outside.
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
# Within it: protocols and Teredo, documentation (two blocks), 6to4. No web server has such an address of its own.
_SPECIAL_IPV6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# An IPv4 address in the last 32 bits, to which a connection leads: mapped (RFC 4291), NAT64 (RFC 6052).
_EMBEDDING = tuple(map(ipaddress.IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96")))

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


def is_public(address: str) -> bool:
    """Return True for a public unicast IP address; IPv4 addresses embedded in IPv6 are checked as IPv4.

    >>> [is_public(a) for a in ("93.184.216.34", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if not any(ip in block for block in _EMBEDDING):
            return ip in _GLOBAL_IPV6 and not any(ip in block for block in _SPECIAL_IPV6)
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return not any(ip in block for block in _SPECIAL_IPV4)


async def public_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of `host`, IPv4 first.

    The caller connects to an address of this list, so that a second look-up cannot give another answer (DNS rebinding).
    Raises FetchFailed if one of them is not public, gaierror if there is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    found.sort(key=lambda entry: entry[0] != AF_INET)
    return all_public(host, list(dict.fromkeys(str(entry[4][0]) for entry in found)))


def all_public(host: str, addresses: list[str]) -> list[str]:
    """Return `addresses`, the name server's answer for `host`. Raises FetchFailed if one of them is not public.

    One private address among public ones is enough to refuse: the name server could choose which one is used.
    """
    private = [address for address in addresses if not is_public(address)]
    if private:
        raise FetchFailed(Failure.DNS, f"{host} resolves to {private[0]}, which is not a public address")
    return addresses


@dataclass(frozen=True, slots=True)
class Reach:
    """Servers that `world` lets a crawl reach. `listed` are the hosts of a rehearsal, `resolve` looks up live names."""

    world: World
    listed: Mapping[Place, Place] = field(default_factory=dict)
    resolve: Resolve = public_addresses
    ports: Collection[int] = WEB_PORTS  # of a live crawl, and of the embedded world

    @classmethod
    def of(cls, world: str, hosts: Mapping[str, str], ports: Iterable[str | int] = WEB_PORTS) -> "Reach":
        """Return the reach of a crawl from its settings; `hosts` as in `[rehearsal.hosts]`, `ports` as in [crawl]."""
        return cls(World(world), places(hosts) if world == World.REHEARSAL else {}, ports=frozenset(map(int, ports)))

    def check(self, url: str) -> None:
        """Raise FetchFailed if `url` may not be fetched."""
        if self.world is not World.REHEARSAL:
            if not may_be_fetched(url, self.world is World.SANDBOX, self.ports):
                raise FetchFailed(Failure.BLOCKED, "not an address on the public web, or not a port of it")
        elif _host_and_port(url) not in self.listed:
            raise FetchFailed(Failure.UNLISTED, f"[rehearsal.hosts] does not list the host and port of {url[:200]}")

    async def places(self, host: str, port: int) -> list[Place]:
        """Return the addresses and ports that answer for `host` and `port`. Raises FetchFailed, gaierror.

        In a rehearsal they are those of its table: no name server is asked.
        """
        if self.world is not World.REHEARSAL:
            return [(address, port) for address in await self.resolve(host, port)]
        if (host, port) not in self.listed:
            raise FetchFailed(Failure.UNLISTED, f"[rehearsal.hosts] does not list {host}:{port}")
        return [self.listed[host, port]]


def _host_and_port(url: str) -> Place | None:
    """Return host and port of an http or https address; None for any other, and for one with a password."""
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return None
    web = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return (parts.hostname or "", port) if web else None
