"""Run visits to agencies: many at the same time, each with one request after the other."""

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic
from types import MappingProxyType
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.referer import StrictOriginWhenCrossOriginPolicy

from prober.config.load import Crawl
from prober.detectors.body import Body
from prober.documents.readers import text_of
from prober.domain.agency import Agency
from prober.domain.finding import Failure, State
from prober.domain.hostnames import GroupIndex, group, groups, host_of, scope
from prober.domain.indicator import INDICATORS, Indicator
from prober.domain.reason import TEXT, Reason
from prober.domain.visit import Exchange, NotModified, VisitResult, floors, shortfall, unseen
from prober.errors import place
from prober.text.words import Vocabulary
from spiders.after_visit.links_from_replies import of_agency
from spiders.download.fetch_result import (
    META,
    TRANSIENT,
    FetchFailed,
    FetchResult,
    HttpResponse,
    RenderTask,
    Session,
    fetch_of,
)
from spiders.download.http_client import SAFE
from spiders.download.kept_responses import KeptResponses
from spiders.job import Background
from spiders.reading.reading_processes import PROCESSES, ReaderFault, ReadingProcesses, UnreadablePage
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.steps.contact_documents import is_document, media_type
from spiders.visit.steps.sitemaps import read_sitemap
from spiders.visit.walk import SiteWalk, page_source

log = logging.getLogger(__name__)

PAGES_OF_READING = 4  # the pages of one visit may take as much processor time as so many that take all they may
TURNS = PROCESSES + 1  # pages in memory to be read; one more than are read at the same time
NOT_MODIFIED = 304
# After so many visits the garbage collector looks everywhere. A visit leaves cycles of some 100 kB, and by itself
# (spiders.crawl_process) the collector would find them after thousands.
VISITS_LEFT = 50

Download = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visited:
    """A finished visit, and the results that prove its findings, by address."""

    result: VisitResult
    proofs: dict[str, StepResult]

    def __repr__(self) -> str:  # Scrapy writes items into its log
        return f"<Visited {self.result.agency}: {self.result.outcome}, {len(self.result.pages)} pages>"


@dataclass(frozen=True, slots=True)
class VisitRunner:
    """Visit sites. `download` sends one request, `now` returns the time, `by_group` is the registry."""

    config: Crawl
    by_group: GroupIndex
    download: Download
    now: Callable[[], datetime]
    known: Background = field(default_factory=Background)  # of the agencies before the crawl
    kept: KeptResponses | None = None  # of earlier crawls; None: pages are always sent whole
    sought: tuple[Indicator, ...] = INDICATORS  # what the study looks for
    vocabulary: Vocabulary = field(kw_only=True)  # by which it reads pages
    readers: ReadingProcesses = field(default_factory=ReadingProcesses)
    # Told of an agency that its visit has begun (True), or waits for the end of the crawl (False).
    at_work: Callable[[str, bool], None] = lambda agency, begun: None
    # Until its turn a page stays compressed: with a hundred sites that answer together, their pages fill the memory.
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TURNS))

    async def all(self, agencies: Sequence[Agency]) -> AsyncIterator[Visited]:
        """Visit every agency once, and those not reached for a temporary reason once more at the end.

        So are those that limited the number of requests; of their two visits the one that saw more counts.
        """
        again: list[tuple[Agency, Visited]] = []
        async for agency, visited in self._pass(agencies, last=False):
            if _may_pass(visited.result):
                again.append((agency, visited))
                self.at_work(agency.id, False)
            else:
                yield visited
        before = {agency.id: visited for agency, visited in again}
        async for agency, visited in self._pass([agency for agency, _ in again], last=True):
            yield better(before.pop(agency.id), visited)

    async def _pass(self, agencies: Sequence[Agency], last: bool) -> AsyncIterator[tuple[Agency, Visited]]:
        waiting = list(reversed(agencies))
        # A finished visit waits until the one before it is stored: otherwise visits would be made faster than they are
        # stored, and with thousands of sites their pages would fill the memory.
        results: asyncio.Queue[tuple[Agency, Visited]] = asyncio.Queue(maxsize=1)

        async def work() -> None:
            while waiting:
                agency = waiting.pop()
                began = self.now()
                self.at_work(agency.id, True)
                try:
                    visited = await self.visit(agency, ask_again=last)
                except Exception as error:  # must not end the other visits, and this agency needs a result too
                    log.exception("the visit to %s broke off", agency.id)
                    now = self.now()
                    visited = Visited(unseen(agency.id, place(error), began, now, self.sought), {})
                await results.put((agency, visited))

        tasks = [asyncio.create_task(work()) for _ in range(min(self.config.concurrency, len(agencies)))]
        try:
            for done in range(1, len(agencies) + 1):
                yield await results.get()
                if done % VISITS_LEFT == 0:
                    gc.collect()
        finally:
            for task in tasks:
                task.cancel()

    async def visit(self, agency: Agency, ask_again: bool = False) -> Visited:
        """Visit one agency and return the result with verdicts. `ask_again`: request a failed robots.txt again."""
        its = scope(agency, self.by_group.of(agency))
        visit = SiteWalk(
            agency, its, self._body(agency), self.config.pages_per_agency,
            self.config.seconds_per_agency,
            self.known.rendered.get(agency.id),
            of_agency(agency.id, self.known.named, its),
        )  # fmt: skip
        session = Session()
        begin = monotonic()
        started_at = self.now()
        our_failure = ""  # the first failure of our own; the results of other pages are still kept
        try:
            while step := visit.next_step(monotonic() - begin - session.waited):
                failed = await self._step(step, visit, session, ask_again)
                our_failure = our_failure or failed
            await self._take_pictures(visit, session)
            await self._audit(visit, session)
        except Exception as error:  # the visit itself failed: its results so far are kept
            log.exception("the visit to %s broke off", agency.id)
            our_failure = our_failure or f"the prober failed on {agency.id}: {place(error)}"
        visit.state.record.requests = session.requests
        return self._visited(visit, started_at, monotonic() - begin, our_failure, session.without_browser)

    def _body(self, agency: Agency) -> Body:
        return body(agency, self.known.domains.get(agency.id, ()), self.sought, vocabulary=self.vocabulary)

    async def _step(self, step: VisitStep, visit: SiteWalk, session: Session, ask_again: bool) -> str:
        """Take one step; return the prober's own failure during it, or ""."""
        result = StepResult(step.url, self.now())
        try:
            arrived = await self._ask(step, visit, session, ask_again)
            with session.waiting():
                async with self.turns:
                    result = arrived()
                    document = is_document(step, result)
                    if not document:
                        result = await self._read_page(step, result, visit)
                if document:
                    result = await self._read_document(step, result, visit)
            visit.take(step, result)
        except Exception as error:
            log.exception("the prober failed on %s", step.url)
            where = str(error) if isinstance(error, ReaderFault) else place(error)
            visit.take(step, lost(result, where))
            return f"the prober failed on {step.url}: {where}"
        return ""

    async def _read_page(self, step: VisitStep, result: StepResult, visit: SiteWalk) -> StepResult:
        """Return the result of a step with what is read of its sitemap or page; as a failure if it is unreadable."""
        sitemap, page = visit.sitemap_source(step, result), page_source(step, result)
        seen, most = visit.state.record, PAGES_OF_READING * self.readers.processor_seconds
        try:
            if (sitemap or page) and seen.reading >= most:
                raise UnreadablePage(f"reading the pages of this site took more than {most:g} s")
            if sitemap:
                listed, used = await self.readers.made(read_sitemap, sitemap, step.url, most - seen.reading)
                seen.reading += used
                if listed:
                    return replace(result, sitemap=listed)
            if page:
                reading, used = await self.readers.page(page, visit.state.body, most - seen.reading)
                seen.reading += used
                return replace(result, reading=reading)
        except UnreadablePage as error:
            seen.reading += self.readers.processor_seconds
            return replace(result, failure=Failure.UNREADABLE, detail=str(error))
        return result

    async def _read_document(self, step: VisitStep, result: StepResult, visit: SiteWalk) -> StepResult:
        """Return the result of a step with the text of its document and the addresses in it; as `_read_page` does."""
        text = await asyncio.to_thread(text_of, result.body, media_type(result))
        name = visit.document_name(step)
        try:
            found = await self.readers.document(text, name, step.url, result.fetched_at, visit.state.body)
        except UnreadablePage as error:
            return replace(result, failure=Failure.UNREADABLE, detail=str(error))
        return result.with_text(text, found)

    async def _ask(
        self, step: VisitStep, visit: SiteWalk, session: Session, ask_again: bool
    ) -> Callable[[], StepResult]:
        """Send the request of a step; return a function that reads the response, to be called later."""
        with session.waiting():
            task = await self._render_task(visit.source(step), step) if step.render else None
        kept = self.kept.of(step.url) if self.kept and task is None else None
        headers = _referer(visit.linked_from(step), step.url) | (kept.conditions if kept else {})
        request = _request(step.url, FetchResult(task, ask_again or step.attempt > 1, session=session), headers)
        failure: FetchFailed | None = None
        response: Response | None = None
        try:
            response = await self.download(request)
        except FetchFailed as error:
            failure = error
        now = self.now()
        fetched = fetch_of(request.meta)
        if response is None:
            assert failure is not None
            return partial(StepResult, step.url, now, failure.status, failure=failure.failure, detail=failure.detail)
        if step.render:
            return partial(StepResult, step.url, now, 200, html=response.body.decode())
        assert fetched.response is not None
        visit.state.record.trusted(host_of(step.url), fetched.tls_note)
        received = fetched.response
        if kept and received.status == NOT_MODIFIED:
            confirmed = NotModified(now, received.request, received.head)
            first = kept.response
            exchange = Exchange(step.url, kept.at, first.request, first.head, first.raw, confirmed=confirmed)
            return partial(_read, first, step.url, now, fetched.sitemaps, exchange)
        if self.kept:
            self.kept.keep(step.url, now, received)
        return partial(_read, received, step.url, now, fetched.sitemaps)

    async def _render_task(self, source: StepResult, step: VisitStep) -> RenderTask:
        """Return the task to render the page that `source` has as received."""
        html = await self.readers.text(source.body, source.headers.get("content-type", ""))
        policy = source.headers.get("content-security-policy", "")
        return RenderTask(html, group(host_of(step.url)), policy=policy)

    async def _take_pictures(self, visit: SiteWalk, session: Session) -> None:
        """Take a screenshot of each rendered page that proves a finding; findings are valid without one too."""
        for url, result in visit.state.held.items():
            if result.html:
                task = RenderTask(result.html, group(host_of(url)), picture=True)
                try:
                    response = await self.download(_request(url, FetchResult(task, session=session)))
                except FetchFailed as error:
                    log.warning("no picture of %s: %s", url, error)
                else:
                    visit.state.held[url] = result.with_screenshot(response.body)

    async def _audit(self, visit: SiteWalk, session: Session) -> None:
        """Have the browser judge the stored home page, where the study asks for it; without an answer it stays open."""
        home = visit.to_audit
        if home is None:
            return
        try:
            html = home.html or await self.readers.text(home.body, home.headers.get("content-type", ""))
            task = RenderTask(html, group(host_of(home.url)), audit=True)
            response = await self.download(_request(home.url, FetchResult(task, session=session)))
        except (FetchFailed, UnreadablePage) as error:
            log.info("no audit of %s: %s", home.url, error)
        else:
            visit.audited(json.loads(response.body))

    def _visited(
        self, visit: SiteWalk, started_at: datetime, seconds: float, our_failure: str, without_browser: bool
    ) -> Visited:  # fmt: skip
        met = (Reason(TEXT, text=our_failure),)
        failed = Reason(Failure.INTERNAL.value, detail=met) if our_failure else None
        seen = visit.report()
        result = VisitResult(
            **visit.concluded(started_at.date(), failed),
            **seen,
            seconds=seconds,
            started_at=started_at,
            finished_at=self.now(),
            without_browser=without_browser,
        )
        if expects := visit.agency.expects:
            result = replace(result, suspect=shortfall(floors(expects), result))
        return Visited(result, dict(visit.state.held))


def _referer(page: str, url: str) -> dict[str, str]:
    """Return the header by which a browser that follows a link of `page` names it: some sites answer nobody else."""
    shown = quote(page.partition("#")[0], safe=SAFE)
    named = StrictOriginWhenCrossOriginPolicy().referrer(shown, url) if shown else None
    return {"Referer": named} if named else {}


def _request(url: str, asked: FetchResult, headers: Mapping[str, str] = MappingProxyType({})) -> Request:
    return Request(url, headers=dict(headers), meta={META: asked}, dont_filter=True)


def _read(
    received: HttpResponse, url: str, at: datetime, sitemaps: tuple[str, ...], exchange: Exchange | None = None
) -> StepResult:
    return StepResult(
        url, at, received.status, {name.lower(): value for name, value in reversed(received.headers)},
        received.body, cut=received.cut, sitemaps=sitemaps,
        exchange=exchange or Exchange(url, at, received.request, received.head, received.raw),
    )  # fmt: skip


def body(
    agency: Agency, related: Iterable[str] = (), sought: tuple[Indicator, ...] = INDICATORS, *, vocabulary: Vocabulary
) -> Body:  # fmt: skip
    """Return the public body of an agency, as detectors need it; `related` are domains of others that are its own too.

    See prober.store.results.registry.related_domains. `sought` is what the study looks for, `vocabulary` its
    words.
    """
    domains = tuple(sorted(groups(agency).union(related)))
    return Body(
        agency.name_vi, agency.province_vi, agency.province_en, agency.kind, domains, sought, vocabulary=vocabulary
    )


def _may_pass(result: VisitResult) -> bool:
    """Return True if a site that was not reached may be reached later in the crawl; not for a name without DNS."""
    away = result.outcome == "unreachable" and result.failure in TRANSIENT - {Failure.DNS}
    return away or result.limited


def better(first: Visited, second: Visited) -> Visited:
    """Return the visit of one night's two that concluded more, of equal ones the second, with the cost of both."""
    known = [sum(verdict.state != State.NOT_SEEN for verdict in visited.result.verdicts) for visited in (first, second)]
    chosen, other = (first, second) if known[0] > known[1] else (second, first)
    cost = replace(
        chosen.result, requests=chosen.result.requests + other.result.requests,
        bytes=chosen.result.bytes + other.result.bytes, seconds=chosen.result.seconds + other.result.seconds,
        started_at=first.result.started_at,
    )  # fmt: skip
    return replace(chosen, result=cost)


def lost(result: StepResult, where: str) -> StepResult:
    """Return `result` as a failure of the prober at `where` in the code: received, but it could not be processed."""
    return StepResult(result.url, result.fetched_at, result.status, failure=Failure.INTERNAL, detail=where)
