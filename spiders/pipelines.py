"""Hand finished visits over as files (spiders.visit_file). Whoever writes results.db stores them (scan_writer)."""

import logging
from pathlib import Path

from scrapy.crawler import Crawler

from prober.domain.coverage import unseen
from prober.domain.visit import digest
from prober.errors import place
from spiders import visit_file
from spiders.visit.step import StepResult
from spiders.visit.visit_runner import Visited

log = logging.getLogger(__name__)


class VisitPipeline:
    """Write each visit into a file, then give the spider its path."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "VisitPipeline":
        return cls(crawler)

    async def process_item(self, item: Visited) -> Visited:
        """Hand a visit over. Raises nothing: an error such as a full disk ends the crawl, which can be resumed."""
        spider = self._crawler.spider
        try:
            spider.hand_over(self._written(item))  # type: ignore[union-attr]
        except Exception as error:
            spider.break_off(error)  # type: ignore[union-attr]
        return item

    def _written(self, item: Visited) -> Path:
        """Return the file of a visit. One that no file can hold is written as one on which the prober failed."""
        shard, seen = self._crawler.spider.shard, item.result  # type: ignore[union-attr]
        try:
            return visit_file.write(shard.folder, shard.scan, seen, map(_proof, item.proofs.items()))
        except OSError:
            raise
        except Exception as error:
            log.exception("the visit to %s cannot be written", seen.agency)
            lost = unseen(seen.agency, place(error), seen.started_at, seen.finished_at, shard.job.sought)
            return visit_file.write(shard.folder, shard.scan, lost, ())


def _proof(proving: tuple[str, StepResult]) -> visit_file.Proof:
    url, result = proving
    sha256 = result.sha256 or (digest(result.exchange.body) if result.exchange else "")
    return visit_file.Proof(url, sha256, result.declared or "text/html", result.exchange, result.screenshot)
