"""Write what a worker needs to crawl a shard, as JSON: agencies, and what results.db knows of them; no program text.

Settings do not travel: a worker has the prober.toml and the study of its own machine. A digest of all that decides what
a visit sees tells whether they are the same, so that no scan is made of two halves.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import msgspec

from prober import __version__
from prober.config.load import Config
from prober.domain.agency import Agency
from prober.sandbox.client import Endpoint
from prober.studies.study import Study
from spiders.job import Background, Job, Shard

OPEN = 16  # sites that one child visits at once: so many are begun anew where it is killed


@dataclass(frozen=True, slots=True)
class ShardFile:
    """Content of a shard's file. `now` is the time of the crawl command, which only the embedded world takes over."""

    settings: str
    scan: int
    now: datetime
    agencies: tuple[Agency, ...]
    background: Background
    endpoint: Endpoint | None  # of the embedded world, which all workers of one machine share
    run: int | None = None  # of the crawl command
    bound: dict[str, int | str] = field(default_factory=dict)  # what every line of the log names

    def job(self, config: Config, study: Study, now: datetime) -> Job:
        """Return the job of this shard with the settings of this machine."""
        return Job(self.agencies, config, self.endpoint, now, study.vocabulary, study.sought, self.run)

    def shard(self, job: Job, folder: Path, left: tuple[Agency, ...], beside: int) -> Shard:
        """Return the part of it that is left to be crawled by one of `beside` children on this machine."""
        crawl = job.config.crawl
        at_once = min(OPEN, max(1, crawl.concurrency // beside))
        browser = job.config.fleet.browser or crawl.browser
        config = replace(job.config, crawl=replace(crawl, concurrency=at_once * beside, browser=browser))
        return Shard(replace(job, agencies=left, config=config), self.scan, self.background.of(left), folder, beside)


def mark(job: Job) -> str:
    """Return a digest of all that decides what a visit sees, the chosen agencies aside."""
    settings = {name: value for name, value in job.scan_settings().items() if name != "agencies"}
    text = json.dumps([__version__, job.config.world, settings], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written(shard: Shard) -> bytes:
    """Return the file of a shard, as the crawl command makes it."""
    job = shard.job
    content = ShardFile(
        mark(job), shard.scan, job.now, job.agencies, shard.background, job.endpoint, job.run, dict(job.bound)
    )
    return msgspec.json.encode(content)


def read(content: bytes) -> ShardFile | None:
    """Return the shard in a file; None for one that is cut, or of a version with other fields."""
    try:
        return msgspec.json.decode(content, type=ShardFile)
    except msgspec.DecodeError:
        return None
