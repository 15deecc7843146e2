"""Crawl in a process of its own: a whole job, or one shard of it for the process that holds results.db.

The process of a job writes results.db. With one process it runs Scrapy too; with several it starts those of shards
(spiders.shards), from which visits leave as files. A reactor can run only once in a process and needs the main thread,
so each crawl has its own process.

The job or the shard comes on standard input; what there is to tell goes to standard output, one JSON object per line.
Each ends with its parent, even if that was killed: when standard input ends, this process and its browser end.
"""

import ctypes
import gc
import json
import logging
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prober import logs
from prober.errors import ProberError
from prober.store import open_results
from prober.store.results.registry import sync
from prober.store.results.scans import not_seen, summary
from spiders.job import Job, Shard
from spiders.scan_writer import NOT_STORED, ScanWriter, sole_crawl
from spiders.shards import crawl_in_shards

log = logging.getLogger(__name__)

_PDEATHSIG = 1  # of prctl(2)


def run_job() -> int:
    """Run the job on standard input; return the exit code, 0 also where an error is told.

    Messages are {"done", "total", "what"} after each visit, {"not_seen": row} for each agency that was not fully seen,
    {"summary": row} at the end, or {"error": text, "exit_code"}.
    """
    job: Job = pickle.load(sys.stdin.buffer)
    end_with_parent()
    try:
        with logs.written(job.config.logs.format, job.bound), sole_crawl(job.config.paths.results):
            _crawl(job)
    except ProberError as error:
        tell(error=str(error), exit_code=error.exit_code)
    return 0


def _crawl(job: Job) -> None:
    db = open_results(job.config.paths.results)
    try:
        sync(db, job.agencies, (), job.config.world)
    finally:
        db.close()
    with ScanWriter(job, lambda done, total, what: tell(done=done, total=total, what=what)) as writer:
        missing, processes = writer.missing(), job.config.crawl.processes
        scan = {"scan": writer.scan.id, "frame": job.frame, "agencies": len(job.agencies)}
        log.info("scan goes on" if writer.scan.resumed else "scan begins", extra=scan)
        with logs.bound(scan=writer.scan.id):
            if missing and processes > 1:
                crawl_in_shards(writer, processes)
            elif missing:
                scrape(writer.shard(missing), writer.merge)
    db = open_results(job.config.paths.results)
    try:
        for visit in not_seen(db, writer.scan.id):  # one message each: a scan may have thousands
            tell(not_seen=visit)
        found = summary(db, writer.scan.id)
        counts = {name: found[name] for name in ("agencies", "visited", "seen", "unreachable", "pages", "requests")}
        log.info("scan ends", extra={"scan": writer.scan.id, "status": found["status"], **counts})
        tell(summary=found | {"resumed": writer.scan.resumed})
    finally:
        db.close()


def visit_shard() -> int:
    """Visit the shard on standard input, a pickle of this machine; return the exit code.

    Each line of standard output is one JSON object: {"visit": path} for a file that is whole; {"begun": agency} and
    {"waits": agency} (spiders.visit.visit_runner); {"error": text} where visits cannot be handed over.
    """
    with suppress(OSError, AttributeError):  # only Linux has it: a process that is stopped ends with its parent too
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    shard: Shard = pickle.load(sys.stdin.buffer)
    end_with_parent()
    try:
        with logs.written(shard.job.config.logs.format, {**shard.job.bound, "scan": shard.scan}):
            scrape(
                shard,
                lambda path: tell(visit=str(path)),
                lambda agency, begun: tell(**{"begun" if begun else "waits": agency}),
            )
    except ProberError as error:
        tell(error=str(error))
        return error.exit_code
    return 0


def scrape(
    shard: Shard, hand_over: Callable[[Path], object],
    at_work: Callable[[str, bool], None] = lambda agency, begun: None,
) -> None:  # fmt: skip
    """Visit the agencies of a shard by Scrapy, in this process, once. Raises ProberError if that fails."""
    from scrapy.crawler import AsyncCrawlerProcess  # a process that only stores visits needs no Scrapy
    from scrapy.settings import Settings

    from spiders.portal import PortalSpider

    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False)  # Scrapy's lines are written with ours (prober.logs)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(PortalSpider)
    process.crawl(crawler, shard=shard, hand_over=hand_over, at_work=at_work)
    # Objects loaded so far stay, and a page makes thousands of values without cycles, so the garbage collector needs to
    # run less often. The cycles that visits leave are looked for by their number (spiders.visit.visit_runner).
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    process.start()
    spider = crawler.spider
    if not isinstance(spider, PortalSpider):
        raise ProberError("the crawl did not start; its log says why")
    if spider.broken:
        raise ProberError(NOT_STORED.format(spider.broken))


def tell(**message: Any) -> None:
    """Write one message for the parent."""
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def end_with_parent() -> None:
    """Kill this process and everything it started as soon as the other end of standard input is closed."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would stay held and block the end of the interpreter
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)
