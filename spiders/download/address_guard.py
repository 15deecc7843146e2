"""Where the crawler may connect to: public addresses only, checked on the address that is then connected to."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from socket import AF_INET, SOCK_STREAM

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed

Resolve = Callable[[str, int], Awaitable[list[str]]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is a public unicast one, looked at through every way of wrapping IPv4 in IPv6.

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
    """The addresses of `host`, IPv4 first. Raises FetchFailed if one of them is not public, gaierror if there is none.

    The caller connects to an address of this list, so that a second look-up cannot answer otherwise.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    found.sort(key=lambda entry: entry[0] != AF_INET)
    return all_public(host, list(dict.fromkeys(str(entry[4][0]) for entry in found)))


def all_public(host: str, addresses: list[str]) -> list[str]:
    """`addresses`, what a name server answered for `host`. Raises FetchFailed if one of them is not public.

    One private address among public ones is enough to refuse: which one is used would be the name server's choice.
    """
    private = [address for address in addresses if not is_public(address)]
    if private:
        raise FetchFailed(Failure.DNS, f"{host} resolves to {private[0]}, which is not a public address")
    return addresses
