"""Run visits as a Scrapy spider, the only one of this project.

A portal is a row of the registry; spiders.visit decides what to open. The spider needs no database: what earlier scans
tell comes with its shard, and its visits leave as files.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from prober.domain.hostnames import GroupIndex
from spiders.download.kept_responses import KeptResponses
from spiders.download.page_cache import PageCache
from spiders.job import Shard
from spiders.reading.reading_processes import PROCESSES, ReadingProcesses
from spiders.visit.visit_runner import Visited, VisitRunner

NOT_PERMITTED = 75  # exit code of a process that may send nothing more (EX_TEMPFAIL of sysexits.h)


class PortalSpider(Spider):
    """Visit the agencies of a shard and yield the result of each visit.

    `scrapy crawl portal -a agency=ca-mau,dong-thap -a frame=2019 -a kind=portal`; each argument may be left out.
    `prober crawl` passes a prepared `shard`, and `hand_over`, which is called with the file of each finished visit.
    `at_work` is called with an agency when its visit has begun (True), or waits for the end of the crawl (False).
    """

    name = "portal"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "PortalSpider":
        spider = super().from_crawler(crawler, *args, **kwargs)
        # Before the engine is built, because its parts read these settings.
        crawler.settings.setdict(spider.shard.job.scrapy_settings(spider.shard.beside), priority="spider")
        crawler.signals.connect(spider.ended, signals.spider_closed)
        return spider

    def __init__(
        self, agency: str = "", frame: str = "", kind: str | None = None, shard: Shard | None = None,
        hand_over: Callable[[Path], object] | None = None,
        at_work: Callable[[str, bool], None] = lambda agency, begun: None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self._stack = ExitStack()
        if shard is None or hand_over is None:
            # A process with a shard needs no database.
            from spiders.scan_writer import ScanWriter, sole_crawl, standalone

            job = standalone([slug for slug in agency.split(",") if slug], frame, kind, self._stack)
            self._stack.enter_context(sole_crawl(job.config.paths.results))
            writer = self._stack.enter_context(ScanWriter(job))
            shard, hand_over = writer.shard(writer.missing()), writer.merge
        self.shard = shard
        self.hand_over = hand_over
        self._at_work = at_work
        self._began = monotonic()
        job = shard.job
        self._cache = PageCache(
            job.config.paths.page_cache, int(job.now.timestamp()), job.config.crawl.page_cache_mb * 1_000_000
        )
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        readers = min(PROCESSES, max(1, cores // shard.beside))
        self._readers = ReadingProcesses(job.config.crawl.seconds_per_page, cache=self._cache, processes=readers)
        self._stack.callback(self._readers.stop)
        self.broken: Exception | None = None

    async def start(self) -> AsyncIterator[Visited]:
        engine = self.crawler.engine
        assert engine is not None
        job, known = self.shard.job, self.shard.background
        runner = VisitRunner(
            job.config.crawl, GroupIndex(known.neighbours), engine.download_async, self.now, known,
            KeptResponses(self._cache), job.sought, self._readers, vocabulary=job.vocabulary, at_work=self._at_work,
        )  # fmt: skip
        await asyncio.sleep(self.shard.not_before - monotonic())
        for agencies, at_once in self.shard.batches():
            batch = replace(runner, config=replace(job.config.crawl, concurrency=at_once))
            async for visited in batch.all(agencies):
                if self.broken is not None:
                    return
                yield visited
                await asyncio.sleep(0)

    def now(self) -> datetime:
        """Return the present time of the crawl."""
        return self.shard.job.after(monotonic() - self._began)

    def check_permit(self) -> None:
        """Return if a request may be sent; otherwise end the process, with what it has started, before the request.

        Only whole files of visits count, so nothing is lost that another process would not do anyway.
        """
        if self.shard.permit is not None and not self.shard.permit.may_send():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.killpg(os.getpgrp(), signal.SIGTERM)
            os._exit(NOT_PERMITTED)

    def break_off(self, error: Exception) -> None:
        """End the crawl because a visit cannot be handed over: further visits would be lost too."""
        engine = self.crawler.engine
        if self.broken is None and engine is not None:
            self.logger.error("the crawl is broken off", exc_info=error)
            self.broken = error
            self._ending = asyncio.ensure_future(self._end_early())

    async def _end_early(self) -> None:
        """Close the spider once no visit is on its way: Scrapy 2.19 waits for ever for one that came from `start`."""
        engine = self.crawler.engine
        assert engine is not None and engine.scraper.slot is not None
        while not engine.scraper.slot.is_idle():
            await asyncio.sleep(0.05)
        await engine.close_spider_async(reason="broken off")

    def ended(self, reason: str) -> None:
        self._stack.close()
