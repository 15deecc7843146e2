"""Judge by SPF (RFC 7208) whether an address may send mail for a domain. Records with macros are not judged.

pyspf 2.0.14 is not used: it has had no release since January 2020, asks the DNS by a call that dnspython has
deprecated, and cannot be given another resolver. The tests compare this module with it.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailroom.sending.preflight.dns import Names, Unanswered

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: more is an error, and receivers stop there
MOST_VOID = 2
_QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the `result` and its reason.

    `result` is pass, fail, softfail, neutral, none, temperror or permerror (RFC 7208, 2.6), or macro: not judged.
    """

    result: str
    why: str


class _Broken(Exception):
    """Raised to end an evaluation with the result that it carries."""

    def __init__(self, result: str, why: str) -> None:
        super().__init__(why)
        self.verdict = Verdict(result, why)


def records(names: Names, domain: str) -> list[str]:
    """Return the SPF records of a domain; more than one is an error. Raises Unanswered."""
    return [text for text in names.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def judge(names: Names, address: str, domain: str) -> Verdict:
    """Return whether `address` may send mail from `domain`, with the reason.

    For an address that does not belong to the domain (STRANGER), `pass` means that any address may.
    """
    try:
        return _Evaluation(names, ipaddress.ip_address(address)).of(domain)
    except _Broken as broken:
        return broken.verdict
    except Unanswered as error:
        return Verdict("temperror", str(error))


class _Evaluation:
    """Evaluate the record of a domain for one address, and count the DNS lookups."""

    def __init__(self, names: Names, address: Address) -> None:
        self._names, self._address = names, address
        self._lookups = self._void = 0

    def of(self, domain: str) -> Verdict:
        found = records(self._names, domain)
        if len(found) != 1:
            result = "permerror" if found else "none"
            return Verdict(result, f"{domain} has {len(found) or 'no'} SPF records")
        terms = found[0].split()[1:]
        if any("%" in term for term in terms):
            raise _Broken("macro", f"{domain}: macros are not judged here: {found[0]}")
        for term in terms:
            name, separator, value = term.partition("=")
            if separator and name.isalpha():
                continue  # a modifier
            qualifier, mechanism = (term[0], term[1:]) if term[0] in _QUALIFIERS else ("+", term)
            if self._matches(mechanism, domain):
                return Verdict(_QUALIFIERS[qualifier], f"{term} of {domain}")
        redirect = [term.partition("=")[2] for term in terms if term.lower().startswith("redirect=")]
        if redirect:
            self._count(f"redirect={redirect[0]}")
            verdict = self.of(redirect[0])
            return Verdict("permerror", verdict.why) if verdict.result == "none" else verdict
        return Verdict("neutral", f"nothing in the record of {domain} matches")

    def _matches(self, mechanism: str, domain: str) -> bool:
        name, _, rest = mechanism.partition(":")
        name, slash, prefix = name.partition("/") if not rest else (name, "", "")
        match name.lower():
            case "all":
                return True
            case "ip4" | "ip6":
                return self._in_network(rest, mechanism)
            case "include":
                self._count(mechanism)
                return self._included(rest)
            case "a" | "mx":
                host, lengths = _target(rest or f"{domain}{slash}{prefix}")
                self._count(mechanism)
                return self._within(self._hosts(name.lower(), host), lengths, mechanism)
            case "exists":
                self._count(mechanism)
                return bool(self._known(self._names.addresses(rest)))
            case "ptr":
                self._count(mechanism)
                return False  # RFC 7208, 5.5: should not be used; an address that only "ptr" allows is not allowed
        raise _Broken("permerror", f"{domain}: unknown mechanism {mechanism!r}")

    def _included(self, domain: str) -> bool:
        verdict = self.of(domain)
        if verdict.result in ("none", "permerror", "temperror"):
            raise _Broken(
                "permerror" if verdict.result == "none" else verdict.result, f"include:{domain}: {verdict.why}"
            )
        return verdict.result == "pass"

    def _hosts(self, kind: str, host: str) -> Iterator[str]:
        targets = [host] if kind == "a" else [name for _, name in self._known(self._names.mail_hosts(host))][:10]
        for target in targets:
            yield from self._known(self._names.addresses(target))

    def _within(self, hosts: Iterator[str], lengths: tuple[int, int], mechanism: str) -> bool:
        wanted = lengths[self._address.version == 6]
        return any(self._in_network(f"{host}/{wanted}", mechanism) for host in hosts if _version(host) == self._version)

    def _in_network(self, text: str, mechanism: str) -> bool:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise _Broken("permerror", f"{mechanism}: {error}") from error
        return network.version == self._version and self._address in network

    @property
    def _version(self) -> int:
        return self._address.version

    def _count(self, mechanism: str) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise _Broken("permerror", f"more than {MOST_LOOKUPS} lookups, at {mechanism}")

    def _known(self, found: list[Any]) -> list[Any]:
        self._void += not found
        if self._void > MOST_VOID:
            raise _Broken("permerror", f"more than {MOST_VOID} lookups without an answer")
        return found


def _target(text: str) -> tuple[str, tuple[int, int]]:
    """Return the host and the prefix lengths (IPv4, IPv6) of `host/24//64`.

    >>> _target("mail.prober.test/24//64"), _target("mail.prober.test")
    (('mail.prober.test', (24, 64)), ('mail.prober.test', (32, 128)))
    """
    text, _, six = text.partition("//")
    host, _, four = text.partition("/")
    try:
        return host, (int(four or 32), int(six or 128))
    except ValueError as error:
        raise _Broken("permerror", f"{text}: {error}") from error


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version
