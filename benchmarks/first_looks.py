"""Measure the processor time of the first look at each page of a site, with nothing kept.

`python -m benchmarks.first_looks RESULTS.db [published]` prints milliseconds, status and address, the slowest last.
Each look has a process of its own, which has loaded program and templates and opened its connections, as a server has.
"""

import asyncio
import gc
import json
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from prober.reporting.datasette import serve
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.kept_pages import drawn_ahead
from prober.reporting.datasette.served_site import ServedSite
from prober.reporting.datasette.site_pages import PAGES
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS
from prober.studies.folder import packaged

ROUNDS = 5
Look = tuple[float, int]  # milliseconds, status


def measured(path: Path, published: bool, rounds: int = ROUNDS) -> Iterator[tuple[float, int, str]]:
    """Yield the median of the looks at each address."""
    site = serve.application(path, packaged("pobi-2019"), "sandbox", immutable=published)
    asyncio.run(site.invoke_startup())
    drawn_ahead.compile_templates(site)
    for address in addresses(path):
        looks = [_apart(site, address) for _ in range(rounds)]
        yield statistics.median(ms for ms, _ in looks), looks[0][1], address


def addresses(path: Path) -> Iterator[str]:
    """Yield the start page, the pages of the newest frame, of one place and one proof, and tables, views, questions."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        (frame,) = db.execute("SELECT frame FROM scan ORDER BY id DESC LIMIT 1").fetchone()
        (place,) = db.execute(
            "SELECT province FROM participation WHERE frame = ? LIMIT 1 OFFSET 20", [frame]
        ).fetchone()
        (proof,) = db.execute("SELECT MAX(observation) FROM verdict").fetchone()
    at = f"/survey/{frame}"
    yield from ("/", *(f"{at}/{page.name}" for page in PAGES), f"{at}/place/{place}", f"/survey/evidence/{proof}")
    yield from ("/names", "/downloads", f"/{path.stem}")
    for sheet in (*VIEWS, *RESULTS_TABLES):
        yield from (f"/{path.stem}/{sheet.name}", f"/{path.stem}/{sheet.name}.json", f"/{path.stem}/{sheet.name}.csv")
    yield from (f"/{path.stem}/{query.name}" for query in QUERIES)


def _apart(site: ServedSite, address: str) -> Look:
    """Look at an address in a process of its own."""
    reading, writing = os.pipe()
    if not (process := os.fork()):
        os.write(writing, json.dumps(asyncio.run(_look(site, address))).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        found: Look = tuple(json.load(said))
    os.waitpid(process, 0)
    return found


async def _look(site: ServedSite, address: str) -> Look:
    await site.get_database().open_all()
    await site.client.get("/-/versions.json")  # what Datasette reads of the schema
    gc.collect()
    gc.freeze()
    begin = time.process_time()
    answer = await site.client.get(address)
    return (time.process_time() - begin) * 1000, answer.status_code


if __name__ == "__main__":
    for ms, status, address in sorted(measured(Path(sys.argv[1]), "published" in sys.argv[2:])):
        print(f"{ms:8.0f} {status} {address}")
