"""Lead a fleet through a country of hosts: `python -m tests.proof.fleet_lead FOLDER HOSTS PROXY`."""

import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.country import registry
from prober.config.load import load
from prober.sandbox.client import Endpoint
from prober.sandbox.simulated_clock import START
from prober.store import open_results
from prober.store.results.registry import sync
from spiders.crawl import crawl
from spiders.job import Job
from tests.pobi import POBI


def endpoint(proxy: str) -> Endpoint:
    """The world of a country: a proxy and nothing else."""
    return Endpoint(0, proxy, "", "", "", 0, "", 0, "", "", "")


def main(folder: Path, hosts: int, proxy: str, fleet: bool = True) -> None:
    agencies = registry(hosts)
    config = load(folder / "prober.toml")
    db = open_results(config.paths.results)
    sync(db, agencies, (), config.world)
    db.close()
    job = Job(tuple(agencies), config, endpoint(proxy), START, POBI.vocabulary, POBI.sought)
    if fleet:
        from prober.fleet.coordinator import lead

        found = lead(job, lambda done, total, what: print(done, total, what, flush=True))
    else:
        found = crawl(job)
    print(replace(found, not_seen=()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], len(sys.argv) < 5)
