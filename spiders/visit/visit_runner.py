"""Visits to agencies, each a walk of one request after the other; many at once, every agency on its own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any

from scrapy import Request
from scrapy.http import Response

from prober.config.load import Crawl
from prober.detectors.body import Body
from prober.documents.reader_process import text_of
from prober.domain.agency import Agency
from prober.domain.coverage import aged, verdicts
from prober.domain.evidence import Exchange
from prober.domain.finding import Failure
from prober.domain.hostnames import host_of
from prober.domain.page.link import forget
from prober.domain.registry.floors import floors, shortfall
from prober.domain.visit import Coverage, VisitResult
from spiders.download.fetch_errors import TRANSIENT, FetchFailed
from spiders.download.host_groups import GroupIndex, group, groups, scope
from spiders.download.http_response import Received
from spiders.visit.collectors.contact_documents import is_document, media_type
from spiders.visit.collectors.links_from_replies import of_agency
from spiders.visit.site_visit import SiteVisit
from spiders.visit.step import Step, StepResult

log = logging.getLogger(__name__)

_OURS = ("prober", "spiders")  # packages whose lines are named where they fail

Download = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visited:
    """A finished visit, and the answers on which its findings rest, by address."""

    result: VisitResult
    proofs: dict[str, StepResult]

    def __repr__(self) -> str:  # Scrapy writes items into its log
        return f"<Visited {self.result.agency}: {self.result.outcome}, {len(self.result.pages)} pages>"


@dataclass(frozen=True, slots=True)
class VisitRunner:
    """Walks through sites. `download` sends one request; `time_after` tells the moment, seconds into the crawl."""

    config: Crawl
    kin: GroupIndex
    download: Download
    time_after: Callable[[float], datetime]
    began: float
    in_need: Set[str] = frozenset()  # portals whose finance department's address is in doubt: ids
    rendered: Mapping[str, Mapping[str, bool]] = field(
        default_factory=dict
    )  # what earlier scans learned of the browser
    named: Sequence[tuple[str, str]] = ()  # (agency that named it in a reply, address), to be looked at
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def all(self, agencies: Sequence[Agency]) -> AsyncIterator[Visited]:
        """Every agency once; those that could not be reached for a reason that may pass, once more at the end."""
        again: list[Agency] = []
        async for agency, visited in self._pass(agencies, last=False):
            if _may_pass(visited.result):
                again.append(agency)
            else:
                yield visited
        async for _, visited in self._pass(again, last=True):
            yield visited

    async def _pass(self, agencies: Sequence[Agency], last: bool) -> AsyncIterator[tuple[Agency, Visited]]:
        waiting = list(reversed(agencies))
        # Whoever finished waits here until the visit before it is stored: else visits are made faster than they are
        # stored, and with thousands of sites their pages would fill the memory.
        results: asyncio.Queue[tuple[Agency, Visited]] = asyncio.Queue(maxsize=1)

        async def work() -> None:
            while waiting:
                agency = waiting.pop()
                began = self.time_after(monotonic() - self.began)
                try:
                    visited = await self.visit(agency, ask_again=last)
                except Exception as error:  # must not end the crawl of all others, nor leave this agency out
                    log.exception("the visit to %s broke off", agency.id)
                    now = self.time_after(monotonic() - self.began)
                    visited = Visited(unseen(agency.id, error, began, now), {})
                await results.put((agency, visited))

        tasks = [asyncio.create_task(work()) for _ in range(min(self.config.concurrency, len(agencies)))]
        try:
            for _ in agencies:
                yield await results.get()
        finally:
            for task in tasks:
                task.cancel()

    async def visit(self, agency: Agency, ask_again: bool = False) -> Visited:
        """One agency from its first address to the verdicts. `ask_again`: a robots.txt that failed is asked anew."""
        its = scope(agency, self.kin.of(agency))
        tour = SiteVisit(
            agency, its, body(agency), self.config.pages_per_agency, self.config.seconds_per_agency,
            agency.id in self.in_need, self.rendered.get(agency.id), of_agency(agency.id, self.named, its),
        )  # fmt: skip
        begin = monotonic()
        started_at = self.time_after(begin - self.began)
        mishap = ""  # the first failure of our own; what other pages show is still worth having
        try:
            while step := tour.next(monotonic() - begin):
                failed = await self._step(step, tour, ask_again)
                mishap = mishap or failed
            await self._take_pictures(tour)
        except Exception as error:  # the walk itself is broken: what it brought until here is kept
            log.exception("the visit to %s broke off", agency.id)
            mishap = mishap or f"the prober failed on {agency.id}: {place(error)}"
        forget(tour.home)
        return self._visited(tour, started_at, monotonic() - begin, mishap)

    async def _step(self, step: Step, tour: SiteVisit, ask_again: bool) -> str:
        """Take one step; what failed of our own while it was taken, or ""."""
        answer = StepResult(step.url, self.time_after(monotonic() - self.began))
        try:
            arrived = await self._ask(step, tour, ask_again)
            # One page a turn of the event loop: else a hundred pages that arrive together keep the browser, whose every
            # word goes through this loop, waiting until it times out. Until its turn a page stays packed.
            async with self.one_at_a_time:
                answer = arrived()
                document = is_document(step, answer)
                if not document:
                    tour.take(step, answer)
            if document:
                # In a process of its own, which is killed when it takes too long; a thread waits for it.
                answer = answer.with_text(await asyncio.to_thread(text_of, answer.body, media_type(answer)))
                async with self.one_at_a_time:
                    tour.take(step, answer)
        except Exception as error:
            log.exception("the prober failed on %s", step.url)
            tour.take(step, lost(answer, error))
            return f"the prober failed on {step.url}: {place(error)}"
        return ""

    async def _ask(self, step: Step, tour: SiteVisit, ask_again: bool) -> Callable[[], StepResult]:
        """Send the request of a step; what came back, to be read when its turn comes."""
        facts: dict[str, Any] = {"requests": 0, "sitemaps": []}
        meta: dict[str, Any] = {"facts": facts, "ask_again": ask_again or step.attempt > 1}
        if step.render:
            meta["render"] = {"html": tour.source(step), "group": group(host_of(step.url)), "picture": False}
        request = Request(step.url, meta=meta, dont_filter=True)
        failure: FetchFailed | None = None
        response: Response | None = None
        try:
            response = await self.download(request)
        except FetchFailed as error:
            failure = error
        now = self.time_after(monotonic() - self.began)
        sent = facts["requests"] + (not step.render)
        if response is None:
            assert failure is not None
            return partial(StepResult, step.url, now, failure=failure.failure, detail=failure.detail, requests=sent)
        if step.render:
            return partial(StepResult, step.url, now, 200, html=response.body.decode(), requests=sent)
        tour.ledger.trusted(host_of(step.url), request.meta["tls"])
        return partial(_read, request.meta["received"], step.url, now, sent, tuple(facts["sitemaps"]))

    async def _take_pictures(self, tour: SiteVisit) -> None:
        """A picture of each rendered page on which a finding rests; the finding stands without one too."""
        for url, answer in tour.held.items():
            if answer.html:
                page = {"html": answer.html, "group": group(host_of(url)), "picture": True}
                try:
                    response = await self.download(Request(url, meta={"render": page}, dont_filter=True))
                except FetchFailed as error:
                    log.warning("no picture of %s: %s", url, error)
                else:
                    tour.held[url] = answer.with_screenshot(response.body)

    def _visited(self, tour: SiteVisit, started_at: datetime, seconds: float, mishap: str) -> Visited:
        coverage = aged(tour.coverage(), tour.freshness.abandoned(started_at.date()))
        if mishap:
            coverage = replace(coverage, failure=Failure.INTERNAL, detail=mishap)
        findings = tour.findings()
        result = VisitResult(
            agency=tour.agency.id, outcome=tour.outcome(coverage), coverage=coverage,
            final_url=tour.home, technology=tour.platform.name if tour.home else "",
            requests=tour.ledger.requests, bytes=tour.ledger.bytes, seconds=seconds, started_at=started_at,
            finished_at=self.time_after(monotonic() - self.began), pages=tuple(tour.ledger.pages.values()),
            findings=findings, verdicts=verdicts(findings, coverage, started_at.date()),
            threads=tour.archive.trusted(tour.gathered.threads),
            archive_pages=tour.archive.pages, archive_total=tour.archive.total,
            sites=tour.departments.sites, checks=tuple(tour.pointed.checks),
            tls="; ".join(tour.ledger.trust.values()), newest_on=tour.freshness.newest,
        )  # fmt: skip
        below = shortfall(floors(tour.agency.expects), result)
        return Visited(replace(result, suspect=below), dict(tour.held))


def _read(received: Received, url: str, at: datetime, requests: int, sitemaps: tuple[str, ...]) -> StepResult:
    return StepResult(
        url, at, received.status, {name.lower(): value for name, value in reversed(received.headers)},
        received.body, cut=received.cut, sitemaps=sitemaps, requests=requests,
        exchange=Exchange(url, at, received.request, received.head, received.raw),
    )  # fmt: skip


def body(agency: Agency) -> Body:
    """Whose pages these are, as detectors want to know it."""
    domains = tuple(sorted(groups(agency)))
    return Body(agency.name_vi, agency.province_vi, agency.province_en, agency.kind, domains)


def _may_pass(result: VisitResult) -> bool:
    """Whether a site that was not reached may be later in the night: a dead name or a closed door will not be."""
    return result.outcome == "unreachable" and result.coverage.failure in TRANSIENT - {Failure.DNS}


def place(error: BaseException) -> str:
    """Which error it was, and where in our code. Its message is left out: it may hold words of the page.

    >>> place(ValueError("an address"))
    'ValueError'
    """
    return f"{type(error).__name__}{_line(error.__traceback__)}"


def _line(frames: TracebackType | None) -> str:
    """The innermost line of our own packages, in brackets; "" where none is concerned."""
    found = ""
    while frames:
        module = str(frames.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS:
            found = f" ({module}, line {frames.tb_lineno})"
        frames = frames.tb_next
    return found


def lost(answer: StepResult, error: Exception) -> StepResult:
    """That `answer` came, and that nothing could be made of it."""
    return StepResult(
        answer.url, answer.fetched_at, answer.status, failure=Failure.INTERNAL, detail=place(error), requests=0
    )


def unseen(agency: str, error: Exception, started_at: datetime, finished_at: datetime) -> VisitResult:
    """The visit to `agency`, an Agency.id, of which nothing can be used because of `error`: all is unknown."""
    coverage = Coverage(failure=Failure.INTERNAL, detail=f"the prober failed: {place(error)}")
    return VisitResult(
        agency=agency, outcome="unreachable", coverage=coverage, final_url="", technology="", requests=0, bytes=0,
        seconds=0.0, started_at=started_at, finished_at=finished_at,
        verdicts=verdicts((), coverage, started_at.date()),
    )  # fmt: skip
