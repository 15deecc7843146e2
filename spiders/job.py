"""Define the job of one crawl and its shards, values passed to processes.

A shard has what results.db knows that decides how its sites are visited (`Background`): a visit needs no database.
Crawling processes load this module, so it loads none either.
"""

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from prober import logs
from prober.config.load import Config
from prober.domain.agency import Agency
from prober.domain.hostnames import group, groups, host_of
from prober.domain.indicator import INDICATORS, Indicator, rules_mark
from prober.domain.world import World
from prober.sandbox import client
from prober.text.words import Vocabulary
from spiders.browser.process_memory import LIMIT, SHARED_LIMIT

NOT_STORED = "a visit could not be stored: {}. Check the disk space; the same command goes on from here."
SUSPECTS_AT_ONCE = 8  # visits at once to sites of which one may have ended a process


@dataclass(frozen=True, slots=True)
class Background:
    """Facts known before a crawl about the agencies that it visits. Plain values: it may travel as JSON (msgspec)."""

    # Every agency of the registry with an address in a host group of one that is visited, itself included.
    neighbours: tuple[Agency, ...] = ()
    # Results of rendering in earlier scans: agency → mark of a page → True if the browser showed more.
    rendered: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    named: tuple[tuple[str, str], ...] = ()  # (agency that named it in a reply, address), to be checked
    # Agency → domains of its predecessors and of its portal, whose addresses are its own too.
    domains: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, agencies: Collection[Agency]) -> "Background":
        """Return the part that is of use for visits to `agencies`."""
        ids = {agency.id for agency in agencies}
        shared = set().union(*map(groups, agencies))
        return Background(
            tuple(agency for agency in self.neighbours if not shared.isdisjoint(groups(agency))),
            {agency: marks for agency, marks in self.rendered.items() if agency in ids},
            tuple(row for row in self.named if group(host_of(row[1])) in shared),
            {agency: domains for agency, domains in self.domains.items() if agency in ids},
        )


@dataclass(frozen=True, slots=True)
class Job:
    """The agencies to visit, rows of the registry in results.db, with the start time and the world."""

    agencies: tuple[Agency, ...]
    config: Config
    endpoint: client.Endpoint | None
    now: datetime
    vocabulary: Vocabulary  # by which it reads pages
    sought: tuple[Indicator, ...] = INDICATORS  # what the study looks for
    run: int | None = None  # the row of `run` that it is part of
    bound: Mapping[str, Any] = field(default_factory=logs.carried)  # what every line of its log names

    @property
    def frame(self) -> str:
        return ",".join(sorted({agency.frame for agency in self.agencies}))

    @property
    def kinds(self) -> list[str]:
        return sorted({agency.kind for agency in self.agencies})

    def after(self, seconds: float) -> datetime:
        """Return the time so long after the start. In the embedded world it does not advance during a crawl."""
        return self.now if self.config.simulated else self.now + timedelta(seconds=int(seconds))

    @property
    def _ca_file(self) -> str:
        """The file with certificates of an authority that is trusted besides the system's; "" in a live crawl."""
        if self.endpoint:
            return self.endpoint.ca_file
        return self.config.rehearsal.ca_file if self.config.world is World.REHEARSAL else ""

    def scan_settings(self) -> dict[str, Any]:
        """Return all settings that influence the results of a scan: only a scan with equal ones is resumed."""
        crawl = self.config.crawl
        chosen = hashlib.sha256("\n".join(sorted(agency.id for agency in self.agencies)).encode()).hexdigest()
        return {
            "delay": crawl.delay, "pages_per_agency": crawl.pages_per_agency, "max_bytes": crawl.max_bytes,
            "seconds_per_agency": crawl.seconds_per_agency, "seconds_per_page": crawl.seconds_per_page,
            "timeout": crawl.timeout, "browser": crawl.browser,
            "ports": list(crawl.ports), "agencies": chosen[:16], "tls_exceptions": dict(self.config.tls_exceptions),
            **({"indicators": rules_mark(self.sought)} if self.sought != INDICATORS else {}),
            "languages": list(self.vocabulary.languages),
            **({"words": self.vocabulary.own.mark} if self.vocabulary.own.mark else {}),
            **({"departments": repr(self.vocabulary.departments)} if self.vocabulary.departments else {}),
            **({"hosts": dict(self.config.rehearsal.hosts)} if self.config.world is World.REHEARSAL else {}),
        }  # fmt: skip

    def scrapy_settings(self, beside: int) -> Mapping[str, Any]:
        """Return the settings that depend on the run; `beside` is how many processes share this machine's limits."""
        crawl = self.config.crawl
        return {
            "USER_AGENT": crawl.user_agent,
            "DOWNLOAD_DELAY": crawl.delay,
            "DOWNLOAD_TIMEOUT": crawl.timeout,
            "DOWNLOAD_MAXSIZE": crawl.max_bytes,
            "PROBER_WORLD": self.config.world.value,
            "PROBER_HOSTS": dict(self.config.rehearsal.hosts),
            "PROBER_PORTS": crawl.ports,
            "PROBER_MAX_CRAWL_DELAY": crawl.max_crawl_delay,
            "PROBER_MAX_RETRY_AFTER": crawl.max_retry_after,
            "PROBER_PROXY": self.endpoint.proxy if self.endpoint else "",
            "PROBER_CA_FILE": self._ca_file,
            "PROBER_TLS_EXCEPTIONS": dict(self.config.tls_exceptions),
            "PROBER_BROWSER": crawl.browser,
            "PROBER_BROWSER_PAGES": max(1, crawl.browser_pages // beside),
            "PROBER_BROWSER_MEMORY": max(SHARED_LIMIT, LIMIT // beside),
        }


class Permit(Protocol):
    """Rule that decides whether a crawling process may send one more request. It travels to the process by pickle."""

    def may_send(self) -> bool:
        """Return True if a request may be sent now; asked before every one, so it must answer at once."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of a crawl that one process visits; no other process asks a server of the same host groups."""

    job: Job  # with the agencies of this part alone
    scan: int
    background: Background
    folder: Path  # for the files of finished visits (spiders.visit_file)
    beside: int = 1  # processes that share the limits of this machine, itself included
    not_before: float = 0.0  # when the first request may be sent: seconds of the machine's monotonic clock
    # Agency → how many processes ended while they visited it. These are visited last, a few at once or one by one.
    suspects: Mapping[str, int] = field(default_factory=dict)
    permit: Permit | None = None  # without it every request may be sent

    def batches(self) -> Iterator[tuple[tuple[Agency, ...], int]]:
        """Yield the agencies in the order of their visits, with how many are visited at once.

        Sites that needed a browser in earlier scans take longest: begun first, they do not end last.
        """
        shown = {agency for agency, marks in self.background.rendered.items() if any(marks.values())}
        ordered = sorted(self.job.agencies, key=lambda agency: agency.id not in shown)
        most = math.ceil(self.job.config.crawl.concurrency / self.beside)
        for deaths, at_once in ((0, most), (1, min(most, SUSPECTS_AT_ONCE)), (2, 1)):
            chosen = tuple(a for a in ordered if min(self.suspects.get(a.id, 0), 2) == deaths)
            if chosen:
                yield chosen, at_once
