"""Crawl in a process of its own: a whole job, or one shard of it for the process that holds results.db.

The process of a job writes results.db. With one process it runs Scrapy too; with several it starts those of shards,
from which visits leave as files (`crawl_in_shards`). A reactor can run only once in a process and needs the main
thread, so each crawl has its own process.

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
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from sqlite3 import OperationalError
from time import monotonic
from typing import TYPE_CHECKING, Any

from prober import logs
from prober.domain.agency import Agency
from prober.domain.hostnames import split
from prober.errors import ProberError
from spiders import visit_file
from spiders.crawl import Child, Message
from spiders.job import NOT_STORED, Job, Shard

if TYPE_CHECKING:
    from spiders.scan_writer import ScanWriter

log = logging.getLogger(__name__)

ENDED_ALONE = 3  # processes that ended while one site alone was open, after which its visit is given up
ENDED_IDLE = 10  # processes of a shard, one after the other, that ended before any visit: something else is wrong
_PDEATHSIG = 1  # of prctl(2)


def run_job() -> int:
    """Run the job on standard input; return the exit code, 0 also where an error was sent as a message.

    Messages are {"done", "total", "what"} after each visit, {"not_seen": row} for each agency that was not fully seen,
    {"summary": row} at the end, or {"error": text, "exit_code"}.
    """
    from spiders.scan_writer import sole_crawl  # a process that only visits needs no database

    job: Job = pickle.load(sys.stdin.buffer)
    end_with_parent()
    try:
        with logs.written(job.config.logs.format, job.bound), sole_crawl(job.config.paths.results):
            _crawl(job)
    except ProberError as error:
        tell(error=str(error), exit_code=error.exit_code)
    return 0


def _crawl(job: Job) -> None:
    from prober.store import open_results
    from prober.store.results.registry import sync
    from prober.store.results.scans import not_seen, summary
    from spiders.scan_writer import ScanWriter

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


Told = SimpleQueue[tuple["_Visiting", Message | None]]  # a message of a process; None: it has ended


@dataclass(slots=True, eq=False)
class _Visiting:
    """One process of a shard."""

    part: "_Part"
    open: set[str] = field(default_factory=set)  # agencies whose visit has begun and is not finished
    busy: bool = False  # whether any visit has begun
    child: Child = field(init=False)


@dataclass(slots=True)
class _Part:
    """The agencies of one shard, those with a visit included."""

    agencies: Sequence[Agency]
    idle: int = 0  # processes that ended before any visit
    ended: Counter[str] = field(default_factory=Counter)  # agency → processes that ended while it was open
    alone: Counter[str] = field(default_factory=Counter)  # the same, and no other was open


def crawl_in_shards(writer: "ScanWriter", processes: int) -> None:
    """Visit what the scan misses, by at most `processes` processes. Raises ProberError if they cannot do it.

    No two of them ever ask servers of one host group. A process that ends before its time is started again with what is
    missing. The sites that it was visiting are visited last then, and in the end one by one: one at which three
    processes ended, with no other site open, gets a visit on which the prober failed, so that the scan ends.
    """
    told: Told = SimpleQueue()
    parts = [_Part(agencies) for agencies in split(writer.job.agencies, processes) if agencies]
    running = {process for part in parts if (process := _started(writer, part, told, len(parts), writer.not_before))}
    try:
        while running:
            process, message = told.get()
            if message is not None:
                _heard(writer, process, message)
                continue
            running.remove(process)
            over = monotonic() + writer.job.config.crawl.delay  # its last request may have left just now
            _ended(writer, process)
            if another := _started(writer, process.part, told, len(parts), over):
                running.add(another)
    except (OSError, OperationalError) as error:
        raise ProberError(NOT_STORED.format(error)) from error
    finally:
        for process in running:
            process.child.end()


def _started(writer: "ScanWriter", part: _Part, told: Told, beside: int, not_before: float) -> _Visiting | None:
    """Return a process for what a shard misses; None if it misses nothing."""
    ids = {agency.id for agency in writer.missing()}
    missing = [agency for agency in part.agencies if agency.id in ids]
    if not missing:
        return None
    visiting = _Visiting(part)
    shard = writer.shard(missing, beside=beside, not_before=not_before, suspects=dict(part.ended))
    visiting.child = Child(["spiders", "shard"], shard, lambda message: told.put((visiting, message)))
    return visiting


def _heard(writer: "ScanWriter", process: _Visiting, message: Message) -> None:
    """Take one message of a process. Raises ProberError for one that visits cannot be handed over."""
    if "visit" in message:
        path = Path(message["visit"])
        process.open.discard(visit_file.agency_of(path))
        writer.merge(path)
    elif "begun" in message:
        process.busy = True
        process.open.add(message["begun"])
    elif "waits" in message:
        process.open.discard(message["waits"])
    else:
        raise ProberError(message["error"])


def _ended(writer: "ScanWriter", process: _Visiting) -> None:
    """Count the end of a process, and give up a site that ended too many. Raises ProberError where no visit begins."""
    code, part = process.child.end(), process.part
    part.idle = 0 if process.busy else part.idle + 1
    if part.idle >= ENDED_IDLE:
        raise ProberError("the processes of the crawl end before their first visit; crawl.log says why")
    if code:
        said = "a process of the crawl ended with %d, %d visits were open"
        log.warning(said, code, len(process.open), extra={"exit_code": code})
    part.ended.update(process.open)
    if len(process.open) == 1:
        part.alone.update(process.open)
    for agency in [agency for agency in process.open if part.alone[agency] >= ENDED_ALONE]:
        now = writer.now()
        writer.give_up(agency, f"{ENDED_ALONE} processes ended while they visited this site alone", now, now)
