"""Check the rows of the registry, and the addresses that a scan proposes for it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prober.domain.agency import Agency
from prober.domain.hostnames import FREE_MAIL, host_of, mail_domain, registrable, site_of

MENTION = 0.6  # a link less sure than this may lead to a page about the agency
STALE_DAYS = 365  # an address unchecked for a year must be checked before a letter goes to it
FROZEN = "it stands only on a site that nobody has written to for two years"
GUESS = "a guess from the usual pattern"
# Failures of a visit that suggest that the address itself is wrong, not only the moment.
LOST = {"dns": "its host name does not exist", "moved": "it leads to another site", "tls": "its certificate fails"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; `level` is error (contradiction; do not send), warning (look at it) or note (known weakness)."""

    level: str
    agency: str  # Agency.id
    reason: str


def own_domains(agencies: Iterable[Agency]) -> dict[tuple[str, str], set[str]]:
    """Return (frame, province) → every domain that one of its agencies is known to use."""
    domains: dict[tuple[str, str], set[str]] = defaultdict(set)
    for agency in agencies:
        for url in (agency.url, *agency.alt_urls):
            domains[agency.frame, agency.province].add(registrable(host_of(url)))
    return dict(domains)


def address_doubts(address: str, own: set[str], shared: Set[str] = frozenset()) -> list[str]:
    """Return why a person should look twice before accepting `address` for an agency whose domains are `own`.

    `shared` are domains in which others give mailboxes to such agencies, as the study says (`mail_domains`).
    """
    domain = mail_domain(address)
    if domain in FREE_MAIL:
        return ["free mailbox: make sure the site announces it as the agency's own"]
    if domain not in own | shared:
        return [f"foreign domain {domain}: the agency uses {', '.join(sorted(own))}"]
    return []


def proposal_doubts(
    rows: Sequence[Mapping[str, Any]],
    agencies: Sequence[Agency],
    frozen: Set[str] = frozenset(),
    shared: Set[str] = frozenset(),
) -> dict[str, list[str]]:
    """Return agency id → doubts about the address proposed for it; empty without doubts or without a proposal.

    `frozen` holds addresses on frozen sites only, in lower case; `shared` is that of `address_doubts`.
    """
    known = {agency.id: agency for agency in agencies}
    domains = own_domains(agencies)
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        for address in filter(None, (row["address"], row["accepted"])):
            users[row["frame"], address.lower()].add(row["agency"])
    doubts = {}
    for row in rows:
        reasons = []
        if row["address"]:
            agency = known[row["agency"]]
            reasons = address_doubts(row["address"], domains[agency.frame, agency.province], shared)
            others = users[row["frame"], row["address"].lower()] - {row["agency"]}
            if others:
                reasons.append(f"the same address is that of {', '.join(sorted(others))}")
            if row["address"].lower() in frozen:
                reasons.append(FROZEN)
        doubts[row["agency"]] = reasons
    return doubts


def trouble(confidence: str, outcome: str | None, failure: str | None) -> str:
    """Return what is wrong with an agency's address, by `confidence` and latest visit; "" where nothing is known.

    A failure of our own says nothing about the address.

    >>> trouble("high", "unreachable", "dns"), trouble("low", "seen", None), trouble("high", "unreachable", "internal")
    ('its host name does not exist', 'a guess from the usual pattern', '')
    """
    if failure == "moved" or (outcome == "unreachable" and failure != "internal"):
        return LOST.get(failure or "", f"not reached: {failure}")
    return GUESS if confidence == "low" else ""


def site_proposals(links: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the sites that portals name for each agency (`store.results.registry.site_links`): one row for each site.

    `status` is confirmed where the registry has that address, proposed where the registry's is in `trouble`, else
    differs. Left out are addresses that a person rejected, whichever scheme they are linked with, links less sure than
    one that confirms the registry, and mere mentions where nothing is wrong with the registry's address.
    """
    sites: dict[tuple[str, str], Mapping[str, Any]] = {}
    rejected = set()
    for link in links:
        key = (link["agency"], site_of(link["address"]))
        sites.setdefault(key, link)
        if link["decision"] == "rejected":
            rejected.add(key)
    rows = [_site_row(link) for key, link in sites.items() if key not in rejected]
    sure = {row["agency"]: row["confidence"] for row in rows if row["status"] == "confirmed"}
    least = {"confirmed": 0.0, "proposed": 0.0, "differs": MENTION}
    return [row for row in rows if row["confidence"] >= max(least[row["status"]], sure.get(row["agency"], 0.0))]


def _site_row(link: Mapping[str, Any]) -> dict[str, Any]:
    known = {site_of(url) for url in (link["url"], *link["alt_urls"], link["final_url"] or "") if url}
    wrong = trouble(link["url_confidence"], link["outcome"], link["failure"])
    status = "confirmed" if site_of(link["address"]) in known else "proposed" if wrong else "differs"
    shown = ("id", "agency", "slug", "frame", "name_vi", "url", "address", "page_url", "snippet", "confidence", "scan")
    return {**{name: link[name] for name in shown}, "status": status, "trouble": wrong}


def problems(
    agencies: Sequence[Agency],
    failures: Mapping[str, str],
    now: datetime,
    frozen: Set[str] = frozenset(),
    shared: Set[str] = frozenset(),
) -> list[Problem]:
    """Return everything that is wrong or weak in a registry, worst first.

    `failures` maps an agency's id to the failure of its latest visit; `now` is aware; `frozen` holds
    addresses on frozen sites only, in lower case; `shared` is that of `address_doubts`.
    """
    domains = own_domains(agencies)
    found = [problem for check in _CHECKS for problem in check(agencies)]
    for agency in agencies:
        found += _of_address(agency, domains[agency.frame, agency.province], shared, now)
        if failures.get(agency.id) in LOST:
            found.append(Problem("warning", agency.id, f"{agency.url}: {LOST[failures[agency.id]]} (latest scan)"))
        if agency.url_confidence == "low":
            found.append(Problem("note", agency.id, f"{agency.url} is {GUESS}"))
        if agency.request_email.lower() in frozen:
            found.append(Problem("warning", agency.id, f"{agency.request_email}: {FROZEN}"))
    order = ("error", "warning", "note")
    return sorted(found, key=lambda problem: (order.index(problem.level), problem.agency))


def _of_address(agency: Agency, own: set[str], shared: Set[str], now: datetime) -> Iterator[Problem]:
    if not agency.request_email:
        return
    if not agency.request_email_reviewed_by:
        yield Problem("error", agency.id, f"{agency.request_email} was never accepted by a person")
    for doubt in address_doubts(agency.request_email, own, shared):
        yield Problem("warning", agency.id, f"{agency.request_email}: {doubt}")
    if agency.request_email_reviewed_at:
        reviewed = datetime.fromisoformat(agency.request_email_reviewed_at)
        days = (now - (reviewed if reviewed.tzinfo else reviewed.replace(tzinfo=now.tzinfo))).days
        if days > STALE_DAYS:
            yield Problem("warning", agency.id, f"{agency.request_email} was accepted {days} days ago; look again")


def _duplicates(agencies: Sequence[Agency], key: Callable[[Agency], str]) -> Iterator[tuple[Agency, list[str]]]:
    groups: dict[tuple[str, str], list[Agency]] = defaultdict(list)
    for agency in agencies:
        if key(agency):
            groups[agency.frame, key(agency)].append(agency)
    for group in groups.values():
        for agency in group:
            others = [other.id for other in group if other is not agency]
            if others:
                yield agency, others


def _same_address(agencies: Sequence[Agency]) -> Iterator[Problem]:
    for agency, others in _duplicates(agencies, lambda agency: agency.request_email.lower()):
        reason = f"{agency.request_email} is also the address of {', '.join(others)}"
        yield Problem("error", agency.id, reason)


def _same_site(agencies: Sequence[Agency]) -> Iterator[Problem]:
    for agency, others in _duplicates(agencies, lambda agency: site_of(agency.url)):
        yield Problem("warning", agency.id, f"{agency.url} is also the site of {', '.join(others)}")


def _provinces(agencies: Sequence[Agency]) -> Iterator[Problem]:
    """Yield a problem where agencies of one province disagree on its name or place."""
    first: dict[tuple[str, str], Agency] = {}
    for agency in agencies:
        one = first.setdefault((agency.frame, agency.province), agency)
        for name in ("province_vi", "province_en", "code", "region", "region_en", "pobi_region"):
            if getattr(agency, name) != getattr(one, name):
                reason = f"{name} is {getattr(agency, name)!r} here and {getattr(one, name)!r} in {one.id}"
                yield Problem("error", agency.id, reason)


_CHECKS = (_same_address, _same_site, _provinces)
