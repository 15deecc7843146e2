"""Count the pages fetched until the Q&A section of a portal is reached: our order against breadth first."""

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import process
from benchmarks.places import SEED, AccessLog, agencies, job, known_truth
from benchmarks.record import Result, Row, Tell
from prober.domain.hostnames import group
from prober.sandbox import client
from prober.store import open_results
from spiders.visit.urls import page_key

PATIENCE = 60  # pages after which the breadth-first crawl stops
_NO_PAGE = re.compile(r"\.(?:css|js|png|jpe?g|gif|ico|svg|woff2?|pdf|docx?|xlsx?)$")


def run(folder: Path, tell: Tell) -> Result:
    with client.running(folder / "world", SEED) as endpoint:
        portals = known_truth(folder / "world")["portals"]
        goals = {
            group(urlsplit(p["url"]).hostname or ""): _goals(p) for p in portals.values() if p["has_qa"] == "found"
        }
        log = AccessLog(folder / "world" / "access.jsonl")
        work = job(folder / "ours", agencies(endpoint, "portal"), endpoint, delay=0.0)
        process.worker(work, folder / "log", tell)
        steps = {"ours": _steps(log.new(), goals)}
        starts = _addresses(folder / "ours" / "results.db")
        agent = work.config.crawl.user_agent
        given = {"starts": dict.fromkeys(starts, PATIENCE), "agent": agent}
        env = {"http_proxy": endpoint.proxy, "https_proxy": endpoint.proxy}
        process.python("benchmarks.plain_spider", [], given, folder / "log", env)
        steps["breadth"] = _steps(log.new(), goals)
        tell("breadth first done")
    return Result(_rows(steps, len(goals)), _meaning(len(goals)))


def _rows(steps: Mapping[str, Mapping[str, float]], goals: int) -> list[Row]:
    titles = {"ours": "ours, best first", "breadth": "CrawlSpider, breadth first"}
    rows = []
    for how, found in steps.items():
        counts = sorted([*found.values(), *[math.inf] * (goals - len(found))])
        middle, high = statistics.median(counts), counts[math.ceil(0.95 * goals) - 1]
        for name, value, most in (("median", middle, 4), ("95th percentile", high, 12)):
            ours = how == "ours"
            shown = f"{value:g} pages" if value <= PATIENCE * 2 else f"not within {PATIENCE}"
            target = f"≤ {most}" if ours else ""
            rows.append(Row(f"{titles[how]}: {name}", shown, target, value <= most if ours else None))
        rows.append(Row(f"{titles[how]}: reached", f"{len(found)} of {goals}"))
    return rows


def _meaning(goals: int) -> str:
    return f"""
The {goals} portals of the embedded world that have a Q&A section, JavaScript-only ones included. The world's log is
the referee for both: how many pages of a portal were asked for, the home page and addresses that do not exist
included, robots.txt, redirects, style sheets and pictures not, up to the first at which the truth file says the
section can be judged. A portal where that page was never asked for counts as infinitely many. Ours starts from the
address in the registry; the other is given the address at which our crawl was answered in the end, and stops after
{PATIENCE} pages."""


def _goals(portal: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(page_key(url) for url in portal["qa_urls"])


def _steps(rows: Sequence[Mapping[str, Any]], goals: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Return host group → number of pages requested up to the first goal of that group."""
    asked: dict[str, int] = defaultdict(int)
    reached: dict[str, float] = {}
    for row in sorted(rows, key=lambda row: row["arrived"]):
        redirect = 300 <= row["status"] < 400
        if row["purpose"] != "page" or redirect or _NO_PAGE.search(row["target"].partition("?")[0]):
            continue
        url = f"{row['scheme']}://{row['host']}{row['target']}"
        where = next((name for name, urls in goals.items() if page_key(url) in urls), group(row["host"]))
        asked[where] += 1
        if where in goals and where not in reached and page_key(url) in goals[where]:
            reached[where] = asked[where]
    return reached


def _addresses(path: Path) -> list[str]:
    db = open_results(path)
    try:
        return [url for (url,) in db.execute("SELECT final_url FROM visit WHERE final_url != ''").fetchall()]
    finally:
        db.close()
