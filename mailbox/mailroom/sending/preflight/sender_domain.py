"""Check what receivers look up about a sender: SPF, the DKIM key, DMARC, and the name of the sending address.

SPF (RFC 7208) says whether an address may send mail for a domain; records with macros are not judged. pyspf 2.0.14 is
not used: it has had no release since January 2020, asks the DNS by a call that dnspython has deprecated, and cannot be
given another resolver. The tests compare this module with it.
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mailroom.sending.dkim import GOOD_BITS, Signer, fits, published
from mailroom.sending.preflight.dns import Names, Unanswered
from prober.domain.hostnames import registrable

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: more is an error, and receivers stop there
MOST_VOID = 2
_QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class SpfResult:
    """Hold the `result` and its reason.

    `result` is pass, fail, softfail, neutral, none, temperror or permerror (RFC 7208, 2.6), or macro: not judged.
    """

    result: str
    why: str


class _Broken(Exception):
    """Raised to end an evaluation with the result that it carries."""

    def __init__(self, result: str, why: str) -> None:
        super().__init__(why)
        self.verdict = SpfResult(result, why)


def spf_records(names: Names, domain: str) -> list[str]:
    """Return the SPF records of a domain; more than one is an error. Raises Unanswered."""
    return [text for text in names.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def judge_spf(names: Names, address: str, domain: str) -> SpfResult:
    """Return whether `address` may send mail from `domain`, with the reason.

    For an address that does not belong to the domain (STRANGER), `pass` means that any address may.
    """
    try:
        return _Evaluation(names, ipaddress.ip_address(address)).of(domain)
    except _Broken as broken:
        return broken.verdict
    except Unanswered as error:
        return SpfResult("temperror", str(error))


class _Evaluation:
    """Evaluate the record of a domain for one address, and count the DNS lookups."""

    def __init__(self, names: Names, address: Address) -> None:
        self._names, self._address = names, address
        self._lookups = self._void = 0

    def of(self, domain: str) -> SpfResult:
        found = spf_records(self._names, domain)
        if len(found) != 1:
            result = "permerror" if found else "none"
            return SpfResult(result, f"{domain} has {len(found) or 'no'} SPF records")
        terms = found[0].split()[1:]
        if any("%" in term for term in terms):
            raise _Broken("macro", f"{domain}: macros are not judged here: {found[0]}")
        for term in terms:
            name, separator, value = term.partition("=")
            if separator and name.isalpha():
                continue  # a modifier
            qualifier, mechanism = (term[0], term[1:]) if term[0] in _QUALIFIERS else ("+", term)
            if self._matches(mechanism, domain):
                return SpfResult(_QUALIFIERS[qualifier], f"{term} of {domain}")
        redirect = [term.partition("=")[2] for term in terms if term.lower().startswith("redirect=")]
        if redirect:
            self._count(f"redirect={redirect[0]}")
            verdict = self.of(redirect[0])
            return SpfResult("permerror", verdict.why) if verdict.result == "none" else verdict
        return SpfResult("neutral", f"nothing in the record of {domain} matches")

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


STRANGER = "192.0.2.1"  # an address of the documentation network (RFC 5737), from which no mail comes
_UNKNOWN = "say [smtp] outgoing_ip, the address from which your server sends on"


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """Hold the result of one check: ok, warn (a person should know), fail (nothing should be sent), or skipped."""

    check: str
    result: str
    detail: str


def sender_checks(names: Names, address: str, outgoing_ip: str, signer: Signer | None) -> list[SenderCheck]:
    """Return checks of SPF, DKIM, DMARC and PTR for letters from `address`. A DNS that does not answer is a warning."""
    domain = address.rpartition("@")[2].lower()
    parts: dict[str, Callable[[], tuple[str, str]]] = {
        "SPF": lambda: _spf(names, domain, outgoing_ip),
        "DKIM key": lambda: _dkim(names, domain, signer),
        "DMARC": lambda: _dmarc(names, domain, outgoing_ip, signer),
        "PTR": lambda: _ptr(names, outgoing_ip),
    }
    return [SenderCheck(name, *_answered(part)) for name, part in parts.items()]


def _answered(part: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    try:
        return part()
    except Unanswered as error:
        return "warn", f"not known, the DNS did not answer: {error}"


def _spf(names: Names, domain: str, outgoing_ip: str) -> tuple[str, str]:
    """Check SPF. The envelope sender of every letter is at the domain of From, so a pass is aligned for DMARC too."""
    verdict = judge_spf(names, outgoing_ip or STRANGER, domain)
    found = f"{verdict.result}: {verdict.why}"
    if verdict.result == "permerror":
        return "fail", f"{found}; receivers treat the record as broken"
    if verdict.result in ("none", "temperror", "macro"):
        return "warn", found
    if outgoing_ip:
        result = {"pass": "ok", "neutral": "warn"}.get(verdict.result, "fail")
        return result, f"{outgoing_ip} {found}"
    if verdict.result == "pass":
        return "warn", f"the record of {domain} lets anybody send: {verdict.why}"
    return "ok", f"{domain} has a record; whether it names your mail server was not judged: {_UNKNOWN}"


def _dkim(names: Names, domain: str, signer: Signer | None) -> tuple[str, str]:
    if signer is None:
        return "skipped", "no [dkim]: the mail server may sign; the letter to oneself shows it"
    where = f"{signer.selector}._domainkey.{signer.domain}"
    public = published(names, signer.selector, signer.domain)
    if not public:
        return "fail", f"no key at {where}: every letter would carry a signature that does not hold"
    if not fits(signer, public):
        return "fail", f"the key at {where} is not the one of [dkim] key_file"
    if registrable(signer.domain) != registrable(domain):
        return "fail", f"{signer.domain} signs, and {domain} writes: no receiver connects the two"
    weak = signer.bits < GOOD_BITS
    return "warn" if weak else "ok", f"{where} has our key, {signer.bits} bits{': make one of 2048' if weak else ''}"


def _dmarc(names: Names, domain: str, outgoing_ip: str, signer: Signer | None) -> tuple[str, str]:
    """Check DMARC (RFC 7489): the policy of the From domain or the one above it; aligned if SPF or DKIM is."""
    where = domain
    tags = _tags(names, domain)
    if not tags and registrable(domain) != domain:
        where = registrable(domain)
        tags = _tags(names, where)
        tags["p"] = tags.get("sp", tags.get("p", ""))
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return "warn", f"_dmarc.{domain} has no policy; large receivers want one, p=none at least"
    strict = tags.get("adkim", "r").lower() == "s"
    by_dkim = signer and (signer.domain == domain if strict else registrable(signer.domain) == registrable(domain))
    by_spf = outgoing_ip and judge_spf(names, outgoing_ip, domain).result == "pass"
    aligned = [name for name, holds in (("DKIM", by_dkim), ("SPF", by_spf)) if holds]
    found = f"p={policy} of {where}"
    if aligned:
        return "ok", f"{found}; aligned by {' and '.join(aligned)}"
    if signer and strict and policy != "none":
        return "fail", f"{found} with adkim=s, and {signer.domain} signs instead of {domain}"
    return "warn", f"{found}; whether letters are aligned depends on the mail server's signature: {_UNKNOWN}"


def _tags(names: Names, domain: str) -> dict[str, str]:
    records = [text for text in names.texts(f"_dmarc.{domain}") if text.replace(" ", "").startswith("v=DMARC1")]
    if len(records) != 1:  # several count as none: RFC 7489, 6.6.3
        return {}
    pairs = (part.partition("=") for part in records[0].split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _ptr(names: Names, outgoing_ip: str) -> tuple[str, str]:
    if not outgoing_ip:
        return "skipped", f"not looked up: {_UNKNOWN}"
    name = names.confirmed_name(outgoing_ip)
    if name:
        return "ok", f"{outgoing_ip} is {name}, and {name} is {outgoing_ip}"
    return "warn", f"{outgoing_ip} has no name that leads back to it; many receivers refuse mail from such machines"
