"""Store the visits of one scan: evidence first, then results.db. One writer, one transaction for each visit.

What a crawl takes from results.db before it begins is read here too (`background`, `standalone`).
"""

import logging
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from sqlite3 import OperationalError
from time import monotonic
from types import TracebackType

from prober import __version__
from prober.config.load import load
from prober.domain.agency import Agency
from prober.domain.visit import EvidenceRecord, Exchange, VisitResult, unseen
from prober.errors import UsageError, place
from prober.locks import held
from prober.sandbox import client
from prober.store import Database, evidence, open_results
from prober.store.results.registry import look_for, others, related_domains, stored, sync
from prober.store.results.scans import (
    addresses_to_check,
    finish_scan,
    finished_agencies,
    interrupt_scan,
    known_evidence,
    rendered_before,
    save_visit,
    start_or_resume_scan,
)
from prober.studies.folder import named
from spiders import visit_file
from spiders.job import Background, Job, Shard
from spiders.visit_file import DamagedVisit, PageProof

log = logging.getLogger(__name__)

CACHE_KB = 512  # memory for results.db: a visit is written and not read again


def sole_crawl(results: Path) -> AbstractContextManager[None]:
    """Keep other crawls from writing the database `results` meanwhile. Raises UsageError if one does."""
    refusal = UsageError(f"another crawl is writing {results}; wait for it, or stop it first")
    return held(f"{results.absolute()}.crawl.lock", refusal)


def background(db: Database, agencies: Collection[Agency]) -> Background:
    """Return what results.db knows of `agencies`; of these themselves it believes what it is given."""
    ids = {agency.id for agency in agencies}
    return Background(
        tuple(chain(agencies, others(db, ids))), rendered_before(db), tuple(addresses_to_check(db)), related_domains(db)
    ).of(agencies)


class ScanWriter:
    """The only writer of a scan, which it begins or resumes. Visits arrive as files (spiders.visit_file), in any order.

    `told` is called with (done, total, what) after each visit. Leaving the context ends the scan: it is complete if
    every agency has its visit, otherwise it stays to be resumed.
    """

    def __init__(self, job: Job, told: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        self.job = job
        self._told = told
        self._began = monotonic()
        self._warc: evidence.WarcFile | None = None
        self._root = job.config.paths.evidence
        self._db = db = open_results(job.config.paths.results)
        db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        look_for(db, job.sought)
        self.scan = start_or_resume_scan(
            db, world=job.config.world, frame=job.frame, kinds=job.kinds, agencies=len(job.agencies),
            version=__version__, user_agent=job.config.crawl.user_agent, settings=job.scan_settings(), now=job.now,
            run=job.run,
        )  # fmt: skip
        self.folder = job.config.paths.visits / f"scan-{self.scan.id:05d}"
        self._done = finished_agencies(db, self.scan.id)
        self._background = background(db, job.agencies)

    def __enter__(self) -> "ScanWriter":
        """Store what a writer that was killed has left, and remove the rest of it."""
        for path in visit_file.whole(self.folder, self.scan.id):
            self.merge(path)
        shutil.rmtree(self.folder, ignore_errors=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self.missing():
                finish_scan(self._db, self.scan.id, self.now())
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                interrupt_scan(self._db, self.scan.id)
        finally:
            if self._warc:
                self._warc.close()
            self._db.close()

    def now(self) -> datetime:
        """Return the present time of the crawl."""
        return self.job.after(monotonic() - self._began)

    def missing(self) -> list[Agency]:
        """Return the agencies of the job that have no visit in this scan yet."""
        return [agency for agency in self.job.agencies if agency.id not in self._done]

    @property
    def not_before(self) -> float:
        """When the first request may be sent: one of a writer that was killed may have left just before (monotonic)."""
        return self._began + self.job.config.crawl.delay if self.scan.resumed else 0.0

    def shard(self, agencies: Iterable[Agency], **more: object) -> Shard:
        """Return the part of the crawl that visits `agencies`; `more` are other fields of it."""
        job = replace(self.job, agencies=tuple(agencies), now=self.now())
        its = self._background.of(job.agencies)
        return Shard(job, self.scan.id, its, self.folder, **{"not_before": self.not_before, **more})  # type: ignore[arg-type]

    def merge(self, path: Path) -> bool:
        """Store the visit in a file, unless one to the same agency is stored, and remove the file.

        Return False if it was damaged: then the agency has to be visited again. A visit that cannot be stored is stored
        as one on which the prober failed; otherwise every crawl would end at it. Raises OSError and OperationalError,
        such as for a full disk.
        """
        try:
            result, proofs = visit_file.read(path, self.scan.id)
        except DamagedVisit:
            log.exception("a visit is not stored")
            path.unlink()
            return False
        try:
            self._store(result, proofs)
        except (OSError, OperationalError):
            raise
        except Exception as error:
            log.exception("the visit to %s cannot be stored", result.agency)
            self.give_up(result.agency, place(error), result.started_at, result.finished_at)
        self._count(result)
        path.unlink()
        return True

    def give_up(self, agency: str, where: str, started_at: datetime, finished_at: datetime) -> None:
        """Store that the prober failed on `agency` at `where`."""
        result = unseen(agency, where, started_at, finished_at, self.job.sought)
        save_visit(self._db, self.scan.id, result, self.job.run)
        self._count(result)

    def _count(self, result: VisitResult) -> None:
        if result.agency not in self._done:
            self._done.add(result.agency)
            log.info("visit stored", extra=_logged(result))
            self._told(len(self._done), len(self.job.agencies), f"{result.agency} {len(result.pages)}")

    def _store(self, result: VisitResult, proofs: Iterable[PageProof]) -> None:
        if result.agency in self._done:
            return
        kept = tuple(self._keep(proofs))
        if self._warc:
            self._warc.sync()
        save_visit(self._db, self.scan.id, replace(result, evidence=kept), self.job.run)

    def _keep(self, proofs: Iterable[PageProof]) -> Iterator[EvidenceRecord]:
        """Write the evidence of the findings to disk and yield its records; content stored already is not repeated."""
        for proof in proofs:
            if proof.exchange:
                offset = self._archived(proof.exchange, known_evidence(self._db, proof.sha256))
                size = len(proof.exchange.body)
                yield EvidenceRecord(
                    proof.sha256, "warc", proof.media_type, size, self.scan.warc_name, offset, proof.url
                )
            if proof.screenshot:
                stored = evidence.put(self._root, proof.screenshot, ".png")
                yield EvidenceRecord(
                    stored.sha256, "screenshot", "image/png", stored.bytes, stored.path, None, proof.url
                )

    def _archived(self, exchange: Exchange, known: tuple[str, int | None] | None) -> int | None:
        """Write an exchange, and return the offset; of content that is `known` only that it was there again: None."""
        offset = None if known else self._archive().append(exchange)
        path, first = known or (self.scan.warc_name, offset)
        if first is None or (path == self.scan.warc_name and not exchange.confirmed):
            return offset
        archive = self._archive()
        archive.sync()
        try:
            earlier = evidence.kept(self._root, path, first)
        except (OSError, ValueError, StopIteration):  # the earlier file was taken away
            return offset
        if exchange.confirmed or earlier.digest == evidence.payload_digest(exchange):
            archive.append_revisit(exchange, earlier)
        return offset

    def _archive(self) -> evidence.WarcFile:
        if self._warc is None:
            software = self.job.config.crawl.user_agent
            self._warc = evidence.WarcFile(self._root, self.scan.warc_name, software, self.scan.warc_end)
        return self._warc


def _logged(result: VisitResult) -> dict[str, object]:
    return {"agency": result.agency, "outcome": str(result.outcome), "pages": len(result.pages)}


def standalone(slugs: Sequence[str], frame: str, kind: str | None, stack: ExitStack) -> Job:
    """Return the job of `scrapy crawl portal`, with the same world, registry and clock as `prober crawl`.

    Without `frame` it is the first one of the study.

    Resources to close at the end are pushed on `stack`. Raises UsageError for an unknown slug.
    """
    config = load()
    study = named(config.study, config.root)
    frame, world = frame or study.frame_names[0], None
    if config.simulated:
        state, sandbox = config.paths.world.absolute(), config.sandbox
        world = stack.enter_context(
            client.running(state, sandbox.seed, sandbox.small, study=client.populated_by(study))
        )
    db = open_results(config.paths.results)
    try:
        sync(db, client.registry_of(world, config.world, study), study.successions, config.world, study.terms)
        chosen = stored(db, frame=frame, kind=kind, slugs=tuple(slugs))
    finally:
        db.close()
    if not chosen:
        raise UsageError(f"no agency of frame {frame} and kind {kind or 'any'} in the registry")
    return Job(tuple(chosen), config, world, client.clock_of(world, study.zone).now(), study.vocabulary, study.sought)
