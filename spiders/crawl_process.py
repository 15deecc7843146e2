"""Run Scrapy in a process of its own: job on standard input, progress on standard output, one JSON object per line.

A reactor can run only once in a process and needs the main thread, so each crawl has its own process. It ends with its
parent, even if that was killed: when standard input ends, this process and its browser end.
"""

import gc
import json
import os
import pickle
import signal
import sys
import threading
from typing import Any

from filelock import FileLock, Timeout
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from prober.errors import ProberError, UsageError
from prober.store import open_results
from prober.store.results.registry import sync
from prober.store.results.scans import not_seen, summary
from spiders.job import Job
from spiders.portal import PortalSpider


def main() -> int:
    job: Job = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    lock = FileLock(f"{job.config.paths.results.absolute()}.crawl.lock")
    try:
        with lock.acquire(timeout=0):
            _crawl(job)
    except Timeout:
        error = UsageError(f"another crawl is writing {job.config.paths.results}; wait for it, or stop it first")
        _tell(error=str(error), exit_code=error.exit_code)
    except ProberError as error:
        _tell(error=str(error), exit_code=error.exit_code)
    return 0


def _crawl(job: Job) -> None:
    db = open_results(job.config.paths.results)
    try:
        sync(db, job.agencies, (), job.config.world)
    finally:
        db.close()
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(PortalSpider)
    process.crawl(crawler, job=job, told=lambda done, total, what: _tell(done=done, total=total, what=what))
    # Objects loaded so far stay, and a page makes thousands of values without cycles, so the garbage collector needs to
    # run less often.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    process.start()
    spider = crawler.spider
    if not isinstance(spider, PortalSpider):
        raise ProberError("the crawl did not start; its log says why")
    if spider.broken:
        raise ProberError(
            f"a visit could not be stored: {spider.broken}. Check the disk space; the same command goes on from here."
        )
    db = open_results(job.config.paths.results)
    try:
        for visit in not_seen(db, spider.scan.id):  # one message each: a scan may have thousands
            _tell(not_seen=visit)
        _tell(summary=summary(db, spider.scan.id) | {"resumed": spider.scan.resumed})
    finally:
        db.close()


def _tell(**message: Any) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _die_with_parent() -> None:
    """Kill this process and everything it started as soon as the other end of standard input is closed."""
    while os.read(0, 4096):  # not sys.stdin: its lock would stay held and block the end of the interpreter
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
