"""Run Scrapy in a process of its own for one shard of a crawl: visits leave as files, and are told on standard output.

A reactor can run only once in a process and needs the main thread, so each crawl has its own process. It ends with its
parent, even if that was killed: when standard input ends, this process and its browser end.
"""

import ctypes
import gc
import json
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
from spiders.job import Shard
from spiders.scan_writer import NOT_STORED

_PDEATHSIG = 1  # of prctl(2)


def main() -> int:
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


if __name__ == "__main__":
    sys.exit(main())
