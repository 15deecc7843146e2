"""Allow connections to public addresses only (against SSRF); the checked address is the one that is connected to."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from socket import AF_INET, SOCK_STREAM

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed

Resolve = Callable[[str, int], Awaitable[list[str]]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return True for a public unicast IP address; IPv4 addresses embedded in IPv6 are checked as IPv4.

    >>> [is_public(a) for a in ("93.184.216.34", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


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
