"""Crawl in a process of its own: job on standard input, progress on standard output, one JSON object per line.

This process writes results.db. With one process it runs Scrapy too; with several it starts them (spiders.shards). It
ends with its parent, even if that was killed.
"""

import logging
import pickle
import sys

from prober import logs
from prober.errors import ProberError
from prober.store import open_results
from prober.store.results.registry import sync
from prober.store.results.scans import not_seen, summary
from spiders.job import Job
from spiders.scan_writer import ScanWriter, sole_crawl
from spiders.shard_process import end_with_parent, scrape, tell
from spiders.shards import crawl_in_shards

log = logging.getLogger(__name__)


def main() -> int:
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


if __name__ == "__main__":
    sys.exit(main())
