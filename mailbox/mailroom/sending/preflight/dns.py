"""Ask the DNS for texts, mail hosts, addresses and names, as plain values. The only module that does.

"There is no such record" and "no server answered" are kept apart: only the first is a fact about a domain.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename

from prober.errors import ConfigError

RESERVED = (".test", ".example", ".invalid", ".localhost")
SECONDS = 5.0  # for one question, over all servers and repetitions


class Unanswered(Exception):
    """Raised if no server gave an answer: a timeout, a refusal, or a failure on its side."""


class Names:
    """Ask one resolver: the system's, or the one at `server` (host, port). Safe to share between threads.

    Without `asks` no question leaves this machine, and none is answered.
    """

    def __init__(self, server: tuple[str, int] | None = None, seconds: float = SECONDS, *, asks: bool = True) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except (dns.resolver.NoResolverConfiguration, OSError) as error:
            raise ConfigError(f"the system names no DNS resolver (/etc/resolv.conf): {error}") from error
        self._resolver.lifetime = seconds
        self._public, self._asks = server is None, asks
        if server:
            self._resolver.nameservers, self._resolver.port = [server[0]], server[1]

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each with its parts joined (RFC 7208, 3.3)."""
        return self._ask(name, "TXT", lambda record: b"".join(record.strings).decode("utf-8", "replace"))

    def mail_hosts(self, name: str) -> list[tuple[int, str]]:
        """Return the MX records as (preference, host), most preferred first; the host "." is a null MX (RFC 7505)."""
        return sorted(self._ask(name, "MX", lambda record: (record.preference, _plain(record.exchange))))

    def addresses(self, name: str) -> list[str]:
        """Return the IPv4 addresses, then the IPv6 addresses."""
        return [address for kind in ("A", "AAAA") for address in self._ask(name, kind, lambda record: record.address)]

    def names_of(self, address: str) -> list[str]:
        """Return the names in the PTR records of an IP address."""
        return self._ask(str(dns.reversename.from_address(address)), "PTR", lambda record: _plain(record.target))

    def confirmed_name(self, address: str) -> str:
        """Return a name of `address` that resolves back to it, or "". Receivers expect one of a mail server."""
        wanted = ipaddress.ip_address(address)
        for name in self.names_of(address)[:10]:
            if wanted in {ipaddress.ip_address(found) for found in self.addresses(name)}:
                return name
        return ""

    def _ask(self, name: str, kind: str, value: Callable[[Any], Any]) -> list[Any]:
        """Return the values of all records; [] if there is none. Raises Unanswered.

        Names under .test and the like are reserved (RFC 6761, 6): the system's resolver is never asked for one.
        """
        if not self._asks:
            raise Unanswered(f"{name} {kind}: a rehearsal asks no DNS")
        if self._public and name.rstrip(".").lower().endswith(RESERVED):
            raise Unanswered(f"{name} {kind}: simulated, so no real DNS is asked")
        try:
            answer = self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise Unanswered(f"{name} {kind}: {_why(error)}") from error
        except ValueError as error:  # no valid name
            raise Unanswered(f"{name} {kind}: {error}") from error
        return [value(record) for record in answer]


def _plain(name: Any) -> str:
    """Return a name as people write it; "." for the root."""
    return str(name).rstrip(".").lower() or "."


def _why(error: dns.exception.DNSException) -> str:
    return "no answer in time" if isinstance(error, dns.exception.Timeout) else str(error).split("\n")[0]
