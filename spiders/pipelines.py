"""Store finished visits: evidence first, then results.db. One writer, one transaction per visit."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from sqlite3 import OperationalError

from scrapy.crawler import Crawler

from prober.domain import evidence
from prober.domain.visit import EvidenceRecord
from prober.store import Database
from prober.store.results.scans import Scan, known_evidence, save_visit
from spiders.visit.visit_runner import Visited, unseen

log = logging.getLogger(__name__)


class StorePipeline:
    """Store each visit, then notify the spider, which reports progress."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._warc: evidence.WarcFile | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StorePipeline":
        return cls(crawler)

    async def process_item(self, item: Visited) -> Visited:
        """Store a visit. Raises nothing: an error such as a full disk ends the crawl, which can be resumed.

        A visit that cannot be stored for another reason is stored as one on which the prober failed; otherwise every
        crawl would end at it.
        """
        spider = self._crawler.spider
        try:
            try:
                self._store(item)
            except (OSError, OperationalError):
                raise
            except Exception as error:
                log.exception("the visit to %s cannot be stored", item.result.agency)
                seen = item.result
                self._store(Visited(unseen(seen.agency, error, seen.started_at, seen.finished_at), {}))
        except Exception as error:
            spider.break_off(error)  # type: ignore[union-attr]
        return item

    def _store(self, item: Visited) -> None:
        spider = self._crawler.spider
        db: Database = spider.db  # type: ignore[union-attr]
        scan: Scan = spider.scan  # type: ignore[union-attr]
        root: Path = spider.job.config.paths.evidence  # type: ignore[union-attr]
        kept = tuple(self._keep(item, db, scan, root))
        if self._warc:
            self._warc.sync()
        save_visit(db, scan.id, replace(item.result, evidence=kept))
        spider.stored(item.result)  # type: ignore[union-attr]

    def close_spider(self) -> None:
        if self._warc:
            self._warc.close()

    def _keep(self, item: Visited, db: Database, scan: Scan, root: Path) -> Iterator[EvidenceRecord]:
        """Write the evidence of the findings to disk and yield its records; content stored already is not repeated."""
        for url, result in item.proofs.items():
            if result.exchange:
                sha256 = result.sha256 or evidence.digest(result.exchange.body)
                offset = self._archived(result.exchange, known_evidence(db, sha256), scan, root)
                yield EvidenceRecord(
                    sha256, "warc", result.declared or "text/html", len(result.exchange.body), scan.warc_name, offset,
                    url,
                )  # fmt: skip
            if result.screenshot:
                stored = evidence.put(root, result.screenshot, ".png")
                yield EvidenceRecord(stored.sha256, "screenshot", "image/png", stored.bytes, stored.path, None, url)

    def _archived(
        self, exchange: evidence.Exchange, known: tuple[str, int | None] | None, scan: Scan, root: Path
    ) -> int | None:
        """Write an exchange, and return the offset; of content that is `known` only that it was there again: None."""
        offset = None if known else self._archive(scan, root).append(exchange)
        path, first = known or (scan.warc_name, offset)
        if first is None or (path == scan.warc_name and not exchange.confirmed):
            return offset
        archive = self._archive(scan, root)
        archive.sync()
        try:
            earlier = evidence.kept(root, path, first)
        except (OSError, ValueError, StopIteration):  # the earlier file was taken away
            return offset
        if exchange.confirmed or earlier.digest == evidence.payload_digest(exchange):
            archive.append_revisit(exchange, earlier)
        return offset

    def _archive(self, scan: Scan, root: Path) -> evidence.WarcFile:
        if self._warc is None:
            software = str(self._crawler.settings["USER_AGENT"])
            self._warc = evidence.WarcFile(root, scan.warc_name, software, scan.warc_end)
        return self._warc
