"""Run visits as a Scrapy spider, the only one of this project.

A portal is a row of the registry; spiders.platforms recognises its technology, spiders.visit decides what to open.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import chain
from time import monotonic
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from prober import __version__
from prober.domain.visit import VisitResult
from prober.store import open_results
from prober.store.page_cache import PageCache
from prober.store.results.proposals import portals_in_need
from prober.store.results.registry import others, related_domains
from prober.store.results.scans import (
    addresses_to_check,
    finish_scan,
    finished_agencies,
    interrupt_scan,
    look_for,
    rendered_before,
    start_or_resume_scan,
)
from spiders.download.host_groups import GroupIndex
from spiders.download.kept_responses import KeptResponses
from spiders.job import Job, standalone
from spiders.reading.reading_processes import ReadingProcesses
from spiders.visit.visit_runner import Visited, VisitRunner

CACHE_KB = 512  # memory for results.db: a visit is written and not read again


class PortalSpider(Spider):
    """Visit agencies and yield the result of each visit.

    `scrapy crawl portal -a agency=ca-mau,dong-thap -a frame=2019 -a kind=portal`; each argument may be left out.
    `prober crawl` passes a prepared `job`, and `told`, which is called with (done, total, what) after each visit.
    """

    name = "portal"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "PortalSpider":
        spider = super().from_crawler(crawler, *args, **kwargs)
        # Before the engine is built, because its parts read these settings.
        crawler.settings.setdict(spider.job.scrapy_settings(), priority="spider")
        crawler.signals.connect(spider.ended, signals.spider_closed)
        return spider

    def __init__(
        self, agency: str = "", frame: str = "", kind: str | None = None, job: Job | None = None,
        told: Callable[[int, int, str], None] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self._stack = ExitStack()
        slugs = [slug for slug in agency.split(",") if slug]
        self.job = job or standalone(slugs, frame, kind, self._stack)
        self._told = told or (lambda done, total, what: None)
        self.db = open_results(self.job.config.paths.results)
        self._stack.callback(self.db.close)
        self.db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        look_for(self.db, self.job.sought)
        self.scan = start_or_resume_scan(
            self.db, world=self.job.config.world, frame=self.job.frame, kinds=self.job.kinds,
            agencies=len(self.job.agencies), version=__version__, user_agent=self.job.config.crawl.user_agent,
            settings=self.job.scan_settings(), now=self.job.now,
        )  # fmt: skip
        self._done = finished_agencies(self.db, self.scan.id)
        self._began = monotonic()
        self._cache = PageCache(self.job.config.paths.page_cache, int(self.job.now.timestamp()))
        self._readers = ReadingProcesses(self.job.config.crawl.seconds_per_page, cache=self._cache)
        self._stack.callback(self._readers.stop)
        self.broken: Exception | None = None

    async def start(self) -> AsyncIterator[Visited]:
        engine = self.crawler.engine
        assert engine is not None
        runner = VisitRunner(
            self.job.config.crawl, self._by_group(), engine.download_async, self.now,
            portals_in_need(self.db), rendered_before(self.db), addresses_to_check(self.db), related_domains(self.db),
            KeptResponses(self._cache), self.job.sought, self._readers, vocabulary=self.job.vocabulary,
        )  # fmt: skip
        async for visited in runner.all([a for a in self.job.agencies if a.id not in self._done]):
            if self.broken is not None:
                return
            yield visited
            await asyncio.sleep(0)

    def now(self) -> datetime:
        """Return the present time. In the embedded world it does not advance during a crawl."""
        begun = self.job.now
        return begun if self.job.config.simulated else begun + timedelta(seconds=int(monotonic() - self._began))

    def _by_group(self) -> GroupIndex:
        """Return the agencies of the job and the others of the registry, by host group."""
        return GroupIndex(chain(self.job.agencies, others(self.db, {agency.id for agency in self.job.agencies})))

    def stored(self, result: VisitResult) -> None:
        """Count a visit that was stored, and report progress."""
        self._done.add(result.agency)
        self._told(len(self._done), len(self.job.agencies), f"{result.agency} {len(result.pages)}")

    def break_off(self, error: Exception) -> None:
        """End the crawl because a visit cannot be stored: further visits would be lost too."""
        engine = self.crawler.engine
        if self.broken is None and engine is not None:
            self.logger.error("the crawl is broken off", exc_info=error)
            self.broken = error
            self._ending = asyncio.ensure_future(self._end_early())

    async def _end_early(self) -> None:
        """Close the spider once no visit is being stored: Scrapy 2.19 waits for ever for one that came from `start`."""
        engine = self.crawler.engine
        assert engine is not None and engine.scraper.slot is not None
        while not engine.scraper.slot.is_idle():
            await asyncio.sleep(0.05)
        await engine.close_spider_async(reason="broken off")

    def ended(self, reason: str) -> None:
        """Close the scan if every agency is stored; else it stays to be resumed."""
        if {agency.id for agency in self.job.agencies} <= self._done:
            finish_scan(self.db, self.scan.id, self.now())
        else:
            interrupt_scan(self.db, self.scan.id)
        self._stack.close()
