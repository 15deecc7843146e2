"""Check that the recipients can be reached, may be written to, and still show their addresses on their pages."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from mailroom.sending.preflight.dns import Names, Unanswered
from mailroom.sending.preflight.sender_domain import SenderCheck
from prober.campaign.wave import Planned
from prober.domain.agency import Agency
from prober.domain.hostnames import FREE_MAIL, mail_domain
from prober.store import Database
from prober.store.private import campaigns, outbox
from prober.store.reading import address_freshness

AT_ONCE = 8  # simultaneous questions to the resolver


def recipient_checks(
    requests: Sequence[Planned], without: Sequence[Agency], private: Database, results: Database, names: Names
) -> Iterator[SenderCheck]:
    """Yield one check for all that is in order, and one for each recipient that is not."""
    yield SenderCheck("reviewed addresses", "ok", f"{len(requests)} recipients, each accepted by a person, none twice")
    if without:
        yield SenderCheck("agencies left out", "warn", ", ".join(agency.slug for agency in without))
    free = [item.letter.rcpt for item in requests if mail_domain(item.letter.rcpt) in FREE_MAIL]
    if free:
        yield SenderCheck("free mail hosts", "warn", f"not under the agency's own domain: {', '.join(free)}")
    objected = campaigns.objections(private)
    for item in requests:
        if item.agency.id in objected:
            unread = "" if objected[item.agency.id] else ", by a rule's word: read it with `prober review`"
            yield SenderCheck("suppressed", "fail", f"{item.agency.slug} asked for no further letters{unread}")
    asked = outbox.asked_elsewhere(private, requests[0].letter.campaign) if requests else {}
    for item in requests:
        if item.letter.rcpt.casefold() in asked:
            yield SenderCheck(
                "asked already", "warn", f"{item.agency.slug} is in {asked[item.letter.rcpt.casefold()]} too"
            )
    yield from on_their_pages(
        [(i.agency.id, i.letter.rcpt, i.agency.request_email_reviewed_at) for i in requests], results
    )
    yield from routes([item.letter.rcpt for item in requests], names)


def on_their_pages(letters: Iterable[tuple[str, str, str | None]], results: Database) -> Iterator[SenderCheck]:
    """Yield checks on where the crawl last saw each address; one that is gone from its page blocks its letter."""
    found = address_freshness.sightings(results, letters)
    visited = [one for one in found if one.state != "unvisited"]
    if not visited:
        yield SenderCheck("addresses on their pages", "skipped", "no site of a recipient has been crawled")
        return
    numbers = {state: [one for one in found if one.state == state] for state in ("seen", "accepted", "never", "unread")}
    detail = f"{len(numbers['seen'])} of {len(visited)} seen by the newest visit"
    if numbers["accepted"]:
        detail += f", {len(numbers['accepted'])} accepted by a person after it"
    doubtful = [f"{one.address} ({one.agency})" for one in numbers["never"] + numbers["unread"]]
    if doubtful:
        detail += f"; not seen by it, and its page was not read either: {', '.join(doubtful)}"
    yield SenderCheck("addresses on their pages", "warn" if doubtful else "ok", detail)
    for one in found:
        if one.blocks:
            yield SenderCheck("address vanished", "fail", gone(one))


def gone(one: address_freshness.CrawledAddress) -> str:
    """Return why a letter to this address may not be sent, and what to do."""
    instead = f"; the site shows {', '.join(one.shown)}" if one.shown else ""
    return (
        f"{one.agency}: {one.address} is gone from {one.page}{instead}. Look there, and accept an address with "
        "`prober agencies check`"
    )


def routes(addresses: Iterable[str], names: Names) -> Iterator[SenderCheck]:
    """Yield checks that each domain has a mail host (RFC 5321, 5.1) and does not declare a null MX (RFC 7505)."""
    by_domain: dict[str, list[str]] = {}
    for address in addresses:
        by_domain.setdefault(_domain(address), []).append(address)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(by_domain, pool.map(lambda domain: _route(names, domain), by_domain), strict=True))
    good = [how for result, how in found.values() if result == "ok"]
    implicit = sum(how == "address" for how in good)
    note = f", {implicit} of them by their address alone, without MX" if implicit else ""
    yield SenderCheck("mail hosts", "ok" if good else "skipped", f"{len(good)} of {len(found)} domains take mail{note}")
    for domain, (result, how) in found.items():
        if result != "ok":
            yield SenderCheck("mail host", result, f"{', '.join(by_domain[domain])}: {how}")


def _route(names: Names, domain: str) -> tuple[str, str]:
    try:
        hosts = names.mail_hosts(domain)
        if [host for _, host in hosts] == ["."]:
            return "fail", f"{domain} says that it takes no mail (null MX)"
        if hosts and not any(names.addresses(host) for _, host in hosts if host != "."):
            return "fail", f"the mail hosts of {domain} have no address: {', '.join(host for _, host in hosts)}"
        if not hosts and not names.addresses(domain):
            return "fail", f"{domain} has neither a mail host nor an address"
        return "ok", "MX" if hosts else "address"
    except Unanswered as error:
        return "warn", f"not known, the DNS did not answer: {error}"


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()
