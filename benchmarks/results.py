"""Measure the response times of pages at 5,000,000 observations, and the time of a snapshot of them."""

import asyncio
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasette.tracer import capture_traces, trace_child_tasks  # type: ignore[import-untyped]

from benchmarks import nights
from benchmarks.record import Result, Row, Tell
from prober.documents import child_process
from prober.reporting.datasette import serve
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.site_pages import PAGES
from prober.reporting.publish.publication import Publication, publish
from prober.store import open_results
from prober.store.schema.full_text import INDEXES
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS
from prober.studies.folder import packaged

ROUNDS = 5
LIMIT_MS = 100.0
# Values that a reader fills in; every query is also run without them, which means no limit.
ANSWERS = {
    "agency": "2019-ca-mau", "campaign": "wave-03", "frame": "2019", "indicator": "budget", "kind": "portal",
    "month": "2025-01", "province": "ca-mau", "scan": "1000", "since_run": "1900", "words": "hỏi đáp",
}  # fmt: skip
OWN = (*(page.name for page in PAGES), "changes.atom", "place/ca-mau")
WORDS = ("hoi dap", "đáp", "ngan sach", "tinh")
Timed = dict[str, list[float]]  # query or page → milliseconds, one per round


def run(folder: Path, tell: Tell) -> Result:
    demo, path = folder / "demo", folder / "results.db"
    command = child_process.command("prober", "demo", "--dir", str(demo))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    tell("a demo run")
    begin = time.perf_counter()
    number = nights.grow(demo / "results.db", path, nights.OBSERVATIONS, nights.SEED, tell)
    growing = time.perf_counter() - begin
    views = _views(path)
    tell("views of the database that is written")
    begin = time.perf_counter()
    db = open_results(path)
    published = publish(db, folder / "publish")
    rows = {name: db.table(name).count for name in ("observation", "page", "verdict")}
    db.close()
    publishing = time.perf_counter() - begin
    tell("published")
    served = asyncio.run(_served(published.folder / "results.db"))
    return Result(
        [
            *(_row(what, found) for what, found in served.items()),
            _row("views, all rows, in the database that is written", views),
            Row("snapshot: copy, checks, gates, CSV, Parquet, codebook, hashes", f"{publishing:.0f} s"),
            *_sizes(path, published),
        ],
        f"""
The scan of a demo run is followed by {number - 1:,} nights, written in {growing:.0f} s: {rows["observation"]:,}
observations, {rows["page"]:,} pages and {rows["verdict"]:,} verdicts of 126 sites, {nights.CAMPAIGNS} campaigns. Every
table, view and query is asked for over HTTP as Datasette serves the published snapshot, and each SQL statement behind
a page is timed by Datasette's own tracer: rows with their count, labels of foreign keys, facets, searches, queries with
and without their parameters. Our own pages are timed whole. Of {ROUNDS} rounds the median; the target is for the
slowest.""",
    )


def _views(path: Path) -> Timed:
    found: Timed = {}
    db = open_results(path)
    for _ in range(ROUNDS):
        for view in VIEWS:
            begin = time.perf_counter()
            db.execute(f"SELECT * FROM [{view.name}]").fetchall()
            found.setdefault(view.name, []).append((time.perf_counter() - begin) * 1000)
    db.close()
    return found


async def _served(path: Path) -> dict[str, Timed]:
    """Return the milliseconds of every statement, by its purpose; of our own pages, of the whole page."""
    site = serve.application(path, packaged("pobi-2019"), "sandbox", immutable=True)
    found: dict[str, Timed] = {}
    for _ in range(ROUNDS):
        for url in _pages(path.stem):
            traces: list[dict[str, Any]] = []
            with capture_traces(traces), trace_child_tasks():
                answer = await site.client.get(url)
            if answer.status_code != 200:
                raise RuntimeError(f"{url}: {answer.status_code} {answer.text[:200]}")
            for trace in traces:
                if trace["type"] == "sql" and trace.get("database") == path.stem:
                    what = f"{url}: {' '.join(trace['sql'].split())[:80]}"
                    found.setdefault(_kind(url, trace["sql"]), {}).setdefault(what, []).append(trace["duration_ms"])
        for url in ("/", *(f"/survey/2019/{name}" for name in OWN)):
            begin = time.perf_counter()
            answer = await site.client.get(url)
            if answer.status_code != 200:
                raise RuntimeError(f"{url}: {answer.status_code} {answer.text[:200]}")
            found.setdefault("our own pages, read and drawn", {}).setdefault(url, []).append(
                (time.perf_counter() - begin) * 1000
            )
    return found


def _pages(database: str) -> Iterator[str]:
    for sheet in (*VIEWS, *RESULTS_TABLES):
        yield f"/{database}/{sheet.name}.json?_labels=on"
    for index in INDEXES:
        yield from (f"/{database}/{index.table}.json?_search={words}" for words in WORDS)
    for query in QUERIES:
        names = re.findall(r"(?<!:):(\w+)", query.sql)
        yield f"/{database}/{query.name}.json?" + "&".join(f"{name}=" for name in names)
        yield f"/{database}/{query.name}.json?" + "&".join(f"{name}={ANSWERS[name]}" for name in names)


def _kind(url: str, sql: str) -> str:
    if "_search=" in url:
        return "search boxes"
    if "_labels=on" not in url:
        return "named queries"
    if "as value, count(*) as count" in sql:
        return "facets"
    return "labels" if re.search(r" where \[?\w+\]? in \(", sql) else "tables and views: rows and counts"


def _row(what: str, found: Timed) -> Row:
    medians = {name: statistics.median(times) for name, times in found.items()}
    slowest = max(medians, key=lambda name: medians[name])
    figure = f"{statistics.median(medians.values()):.1f} ms, slowest {medians[slowest]:.1f} ms ({_short(slowest)})"
    return Row(f"{what} ({len(medians)})", figure, f"slowest < {LIMIT_MS:.0f} ms", medians[slowest] < LIMIT_MS)


def _short(name: str) -> str:
    return re.sub(r"\.json.*", "", name).rpartition("/")[2] or "start"


def _sizes(path: Path, published: Publication) -> Iterator[Row]:
    held = {
        suffix: sum(f.stat().st_size for f in published.folder.rglob(f"*.{suffix}")) for suffix in ("csv", "parquet")
    }
    snapshot = (published.folder / "results.db").stat().st_size
    yield Row("results.db as written", f"{path.stat().st_size / 1e9:.1f} GB")
    yield Row(
        "its snapshot: SQLite, CSV, Parquet",
        f"{snapshot / 1e9:.1f}, {held['csv'] / 1e9:.1f}, {held['parquet'] / 1e9:.2f} GB",
    )
