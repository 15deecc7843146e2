"""Define the job of one crawl, a value passed to the process that runs Scrapy, and make one for `scrapy crawl`."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prober.config.load import Config, load
from prober.domain.agency import Agency
from prober.domain.indicator import INDICATORS, Indicator, rules_mark
from prober.domain.world import World
from prober.errors import UsageError
from prober.sandbox import client
from prober.store import open_results
from prober.store.results.registry import stored, sync
from prober.studies.folder import named
from prober.text.words import Vocabulary


@dataclass(frozen=True, slots=True)
class Job:
    """The agencies to visit, rows of the registry in results.db, with the start time and the world."""

    agencies: tuple[Agency, ...]
    config: Config
    endpoint: client.Endpoint | None
    now: datetime
    vocabulary: Vocabulary  # by which it reads pages
    sought: tuple[Indicator, ...] = INDICATORS  # what the study looks for

    @property
    def frame(self) -> str:
        return ",".join(sorted({agency.frame for agency in self.agencies}))

    @property
    def kinds(self) -> list[str]:
        return sorted({agency.kind for agency in self.agencies})

    @property
    def _ca_file(self) -> str:
        """The file with certificates of an authority that is trusted besides the system's; "" in a live crawl."""
        if self.endpoint:
            return self.endpoint.ca_file
        return self.config.rehearsal.ca_file if self.config.world is World.REHEARSAL else ""

    def scan_settings(self) -> dict[str, Any]:
        """Return all settings that influence the results of a scan: only a scan with equal ones is resumed."""
        crawl = self.config.crawl
        chosen = hashlib.sha256("\n".join(sorted(agency.id for agency in self.agencies)).encode()).hexdigest()
        return {
            "delay": crawl.delay, "pages_per_agency": crawl.pages_per_agency, "max_bytes": crawl.max_bytes,
            "seconds_per_agency": crawl.seconds_per_agency, "seconds_per_page": crawl.seconds_per_page,
            "timeout": crawl.timeout, "browser": crawl.browser,
            "ports": list(crawl.ports), "agencies": chosen[:16], "tls_exceptions": dict(self.config.tls_exceptions),
            **({"indicators": rules_mark(self.sought)} if self.sought != INDICATORS else {}),
            "languages": list(self.vocabulary.languages),
            **({"words": self.vocabulary.own.mark} if self.vocabulary.own.mark else {}),
            **({"hosts": dict(self.config.rehearsal.hosts)} if self.config.world is World.REHEARSAL else {}),
        }  # fmt: skip

    def scrapy_settings(self) -> Mapping[str, Any]:
        crawl = self.config.crawl
        return {
            "USER_AGENT": crawl.user_agent,
            "DOWNLOAD_DELAY": crawl.delay,
            "DOWNLOAD_TIMEOUT": crawl.timeout,
            "DOWNLOAD_MAXSIZE": crawl.max_bytes,
            "PROBER_WORLD": self.config.world.value,
            "PROBER_HOSTS": dict(self.config.rehearsal.hosts),
            "PROBER_PORTS": crawl.ports,
            "PROBER_MAX_CRAWL_DELAY": crawl.max_crawl_delay,
            "PROBER_MAX_RETRY_AFTER": crawl.max_retry_after,
            "PROBER_PROXY": self.endpoint.proxy if self.endpoint else "",
            "PROBER_CA_FILE": self._ca_file,
            "PROBER_TLS_EXCEPTIONS": dict(self.config.tls_exceptions),
            "PROBER_BROWSER": crawl.browser,
            "PROBER_BROWSER_PAGES": crawl.browser_pages,
        }


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
