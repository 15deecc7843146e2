"""Check what receivers look up about a sender: SPF, the DKIM key, DMARC, and the name of the sending address."""

from collections.abc import Callable
from dataclasses import dataclass

from mailroom.sending.dkim import GOOD_BITS, Signer, fits, published
from mailroom.sending.preflight import spf
from mailroom.sending.preflight.dns import Names, Unanswered
from prober.domain.hostnames import registrable

STRANGER = "192.0.2.1"  # an address of the documentation network (RFC 5737), from which no mail comes
_UNKNOWN = "say [smtp] outgoing_ip, the address from which your server sends on"


@dataclass(frozen=True, slots=True)
class Check:
    """Hold the result of one check: ok, warn (a person should know), fail (nothing should be sent), or skipped."""

    check: str
    result: str
    detail: str


def sender_checks(names: Names, address: str, outgoing_ip: str, signer: Signer | None) -> list[Check]:
    """Return checks of SPF, DKIM, DMARC and PTR for letters from `address`. A DNS that does not answer is a warning."""
    domain = address.rpartition("@")[2].lower()
    parts: dict[str, Callable[[], tuple[str, str]]] = {
        "SPF": lambda: _spf(names, domain, outgoing_ip),
        "DKIM key": lambda: _dkim(names, domain, signer),
        "DMARC": lambda: _dmarc(names, domain, outgoing_ip, signer),
        "PTR": lambda: _ptr(names, outgoing_ip),
    }
    return [Check(name, *_answered(part)) for name, part in parts.items()]


def _answered(part: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    try:
        return part()
    except Unanswered as error:
        return "warn", f"not known, the DNS did not answer: {error}"


def _spf(names: Names, domain: str, outgoing_ip: str) -> tuple[str, str]:
    """Check SPF. The envelope sender of every letter is at the domain of From, so a pass is aligned for DMARC too."""
    verdict = spf.judge(names, outgoing_ip or STRANGER, domain)
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
    by_spf = outgoing_ip and spf.judge(names, outgoing_ip, domain).result == "pass"
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
