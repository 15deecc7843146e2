"""Allow connections to public addresses only (against SSRF); the checked address is the one that is connected to."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from socket import AF_INET, SOCK_STREAM

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed

Resolve = Callable[[str, int], Awaitable[list[str]]]

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
