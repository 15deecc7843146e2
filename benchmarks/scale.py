"""Measure what a host costs as a country grows: processor, memory, and bytes of results.db.

`python -m benchmarks.scale HOSTS…` measures other sizes than those of `make bench`, and prints JSON.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks import process
from benchmarks.country import registry
from benchmarks.places import job, loopback
from benchmarks.record import Result, Row, Tell
from prober.store import open_results

SIZES = (500, 1_000)
CRAWL = {"delay": 0.0, "browser": "none", "pages_per_agency": 15, "timeout": 5.0, "page_cache_mb": 7_000}
GROWTH = 1.10  # most that a host may cost more than at the smallest size
FIRST_KB, AGAIN_KB = 80, 6  # of results.db for a host: after the first night, and for an unchanged visit


@dataclass(frozen=True, slots=True)
class Night:
    """One crawl. `bytes` is the growth of results.db, `together` the requests to a host that was answering another."""

    hosts: int
    pages: int
    wall: float
    cpu: float
    peak: float
    bytes: int
    together: int

    @property
    def host_ms(self) -> float:
        return self.cpu / self.hosts * 1000

    @property
    def host_kb(self) -> float:
        return self.bytes / self.hosts / 1000


def run(folder: Path, tell: Tell) -> Result:
    found = nights(folder, SIZES, tell)
    first = [pair[0] for pair in found]
    rows = [
        Row(
            f"{night.hosts:,} hosts, {night.pages:,} pages, {night.wall:.0f} s",
            f"{night.host_ms:.0f} ms CPU, {night.peak:.0f} MB",
        )
        for night in first
    ]
    for small, large in pairwise(first):
        ratio = large.host_ms / small.host_ms
        what = f"processor time of a host at {large.hosts:,} against {small.hosts:,}"
        rows.append(Row(what, f"{ratio:.2f}×", f"≤ {GROWTH}×", ratio <= GROWTH))
    together = sum(night.together for pair in found for night in pair)
    last, again = found[-1]
    kept = f"results.db a host, of {last.hosts:,}: "
    rows += [
        Row(f"{kept}after the first night", f"{last.host_kb:.1f} kB", f"≤ {FIRST_KB} kB", last.host_kb <= FIRST_KB),
        Row(f"{kept}an unchanged visit", f"{again.host_kb:.1f} kB", f"≤ {AGAIN_KB} kB", again.host_kb <= AGAIN_KB),
        Row("requests to a host that was answering another", str(together), "0", not together),
    ]
    return Result(
        rows,
        f"""
Provinces, departments and communes on virtual hosts of one server, each the whole site of a portal of the embedded
world, at most {CRAWL["pages_per_agency"]} pages each; about one host in eight is slow, dead, closed to crawlers or
huge. Delay 0, no browser. Processor time is that of the crawling process and of the children that it waited for. The
second night is the same crawl with the caches of the first.""",
    )


def nights(folder: Path, sizes: Sequence[int], tell: Tell) -> list[tuple[Night, Night]]:
    """Crawl each size twice."""
    found = []
    with process.server("benchmarks.country", str(folder), str(max(sizes)), log=folder / "log") as server:
        for hosts in sizes:
            place = folder / f"crawl-{hosts}"
            pair = (
                _night(place, hosts, server["proxy"], folder, tell),
                _night(place, hosts, server["proxy"], folder, tell),
            )
            found.append(pair)
            tell(f"{hosts} hosts: {pair[0].host_ms:.0f} ms and {pair[1].host_ms:.0f} ms CPU a host")
    return found


def _night(place: Path, hosts: int, address: str, folder: Path, tell: Tell) -> Night:
    log = folder / "access.jsonl"
    begin = log.stat().st_size if log.exists() else 0
    work = job(place, registry(hosts), loopback(address), **CRAWL)
    before = _bytes(work.config.paths.results)
    done = process.worker(work, folder / "log", tell)
    return Night(
        hosts, done.said["summary"]["pages"], done.wall, done.cpu, done.peak,
        _bytes(work.config.paths.results) - before, _together(log, begin),
    )  # fmt: skip


def _bytes(path: Path) -> int:
    """Return the bytes of the database's pages in use; 0 if there is none."""
    if not path.exists():
        return 0
    db = open_results(path)
    try:
        pages, free, size = (
            int(db.execute(f"PRAGMA {of}").fetchone()[0]) for of in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size
    finally:
        db.close()


def _together(log: Path, begin: int) -> int:
    """Return how many requests came to a host while another to it was being answered."""
    busy: dict[str, float] = {}
    found = 0
    with log.open("rb") as lines:
        lines.seek(begin)
        for line in lines:
            row = json.loads(line)
            found += row["arrived"] < busy.get(row["host"], 0.0)
            busy[row["host"]] = max(busy.get(row["host"], 0.0), row["answered"] or row["arrived"])
    return found


def main(sizes: Sequence[int]) -> None:
    """Measure these sizes and print what was found."""
    with tempfile.TemporaryDirectory() as name:
        for pair in nights(Path(name), sizes, lambda what: print(what, file=sys.stderr, flush=True)):
            print(json.dumps([asdict(night) | {"host_ms": night.host_ms, "host_kb": night.host_kb} for night in pair]))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or SIZES)
