"""What should be looked at before a wave leaves, and what was not."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailroom.smtp import probe
from prober.agency import Agency
from prober.campaign.plan import waiting_ends
from prober.campaign.protocol import Protocol
from prober.campaign.wave import Planned
from prober.config import Sender, Smtp
from prober.correspondence import Step
from prober.store import Database, hearing
from prober.workdays import Calendar, hanoi_date

FREE_HOSTS = ("gmail.com", "yahoo.com", "yahoo.com.vn", "hotmail.com", "outlook.com", "gmail.test", "yahoo.test")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `result` is ok, warn (a person should know), fail (nothing should leave), or skipped."""

    check: str
    result: str
    detail: str


def checks(
    protocol: Protocol,
    planned: Sequence[Planned],
    without: Sequence[Agency],
    *,
    private: Database,
    results: Database,
    smtp: Smtp,
    password: str,
    sender: Sender,
    calendar: Calendar,
    live: bool,
) -> list[Check]:
    """Every check, in the order in which a person should read them; what is not checked is listed too."""
    requests = [item for item in planned if item.letter.step is Step.REQUEST]
    return [
        *_recipients(requests, without, private, results),
        *_calendar(protocol, requests, calendar),
        *_servers(smtp, password, sender),
        Check("own mailbox", "skipped", "not read here: `prober doctor` logs in to it"),
        Check("MX of recipients", "skipped", "not looked up" if live else "names of the embedded world have no MX"),
        Check("SPF, DKIM, DMARC", "skipped", "not looked up: whether the sender's domain is aligned is not known here"),
    ]


def _recipients(
    requests: Sequence[Planned], without: Sequence[Agency], private: Database, results: Database
) -> Iterator[Check]:
    yield Check("reviewed addresses", "ok", f"{len(requests)} recipients, each accepted by a person, none twice")
    if without:
        yield Check("agencies left out", "warn", ", ".join(agency.slug for agency in without))
    free = [item.letter.rcpt for item in requests if item.letter.rcpt.rpartition("@")[2].casefold() in FREE_HOSTS]
    if free:
        yield Check("free mail hosts", "warn", f"not under the agency's own domain: {', '.join(free)}")
    objected = hearing.objections(private)
    refused = [item.agency.slug for item in requests if item.agency.id in objected]
    if refused:
        yield Check("objections", "fail", f"asked for no further letters in an earlier campaign: {', '.join(refused)}")
    yield _on_their_pages(requests, results)


def _on_their_pages(requests: Sequence[Planned], results: Database) -> Check:
    """Is each address still where the crawl saw it? A registry row may be older than the page."""
    seen: dict[str, set[str]] = {}
    for agency, address in results.execute(
        "SELECT agency, value FROM latest_observation WHERE kind = 'email' AND state = 'present'"
    ).fetchall():
        seen.setdefault(agency, set()).add(address.casefold())
    looked_at = [item for item in requests if item.agency.id in seen]
    if not looked_at:
        return Check("addresses on their pages", "skipped", "no site of a recipient has been crawled")
    gone = [i.agency.slug for i in looked_at if i.letter.rcpt.casefold() not in seen[i.agency.id]]
    detail = f"{len(looked_at) - len(gone)} of {len(looked_at)} seen by the last crawl"
    if gone:
        return Check("addresses on their pages", "warn", f"{detail}; not seen: {', '.join(gone)}")
    return Check("addresses on their pages", "ok", detail)


def _calendar(protocol: Protocol, requests: Sequence[Planned], calendar: Calendar) -> Iterator[Check]:
    moments = [item.not_before for item in requests if item.not_before]
    first, last = min(moments), max(moments)
    end = waiting_ends(protocol, last, calendar)
    yield Check("days", "ok", f"requests from {first:%d %b %Y} to {last:%d %b %Y}, waiting until {end:%d %b %Y}")
    for question in calendar.questions_between(hanoi_date(first), hanoi_date(end)):
        yield Check("calendar", "warn", question.note)


def _servers(smtp: Smtp, password: str, sender: Sender) -> Iterator[Check]:
    where = f"{smtp.host}:{smtp.port}"
    wrong = asyncio.run(probe(smtp, password, sender.address.rpartition("@")[2]))
    yield Check("mail server", "fail" if wrong else "ok", f"{where}: {wrong or 'answers, TLS and login as configured'}")
