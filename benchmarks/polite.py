"""Measure how close a crawl comes to the least wall time of politeness: 63 hosts, 30 pages, one second apart."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks import process
from benchmarks.many_hosts import registry
from benchmarks.places import AccessLog, job, loopback
from benchmarks.record import Result, Row, Tell

HOSTS, PAGES, DELAY = 63, 30, 1.0
FLOOR = 31.0  # robots.txt and 30 pages, a second each


def run(folder: Path, tell: Tell) -> Result:
    with process.server("benchmarks.many_hosts", str(folder), str(HOSTS), log=folder / "log") as found:
        log = AccessLog(folder / "access.jsonl")
        crawl = {"delay": DELAY, "pages_per_agency": PAGES, "browser": "none"}
        work = job(folder / "crawl", registry(HOSTS), loopback(found["proxy"]), **crawl)
        done = process.worker(work, folder / "log", tell)
        rows = log.new()
    hosts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["arrived"]):
        hosts[row["host"]].append(row)
    latency = max(sum(row["answered"] - row["arrived"] for row in asked) for asked in hosts.values())
    gaps = [b["arrived"] - a["arrived"] for asked in hosts.values() for a, b in zip(asked, asked[1:], strict=False)]
    limit = 1.05 * (FLOOR + latency)
    server_side = max(row["answered"] for row in rows) - min(row["arrived"] for row in rows)
    fewest = min(len(asked) for asked in hosts.values())
    return Result(
        (
            Row("requests to each host, robots.txt included", f"{fewest}", f"{PAGES + 1}", fewest == PAGES + 1),
            Row(
                "wall time of the crawling process, start to end",
                f"{done.wall:.1f} s",
                f"≤ {limit:.1f} s",
                done.wall <= limit,
            ),
            Row("first request to last answer in the server's log", f"{server_side:.1f} s"),
            Row(
                "smallest gap between two requests to one host",
                f"{min(gaps):.3f} s",
                f"≥ {DELAY:g} s",
                min(gaps) >= DELAY,
            ),
            Row("processor time of the crawling process", f"{done.cpu:.1f} s"),
        ),
        f"""
{HOSTS} hosts on loopback, {PAGES} pages and robots.txt from each, {DELAY:g} s delay; pages of the embedded world of
about 50 KB. The target is 1.05 × ({FLOOR:g} s + {latency:.2f} s, the time that the slowest host took for its own
answers). Start-up of Python and the writing of 63 visits are inside the wall time. The delay counts from one answer
to the next request, so gaps are never shorter.""",
    )
