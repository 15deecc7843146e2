"""Processor time a page: our whole crawl against a CrawlSpider that fetches as many pages of the same sites."""

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks import process
from benchmarks.places import SEED, AccessLog, agencies, job
from benchmarks.record import Result, Row, Tell
from prober.sandbox import client
from prober.store import open_results

ROUNDS = 2
QUICK = {"delay": 0.0, "browser": "none", "pages_per_agency": 40, "timeout": 6.0}


def run(folder: Path, tell: Tell) -> Result:
    ratios, ours_ms, theirs_ms, gross, pages = [], [], [], [], 0
    with client.running(folder / "world", SEED) as endpoint:
        chosen = agencies(endpoint)
        hidden = _unreachable(folder / "world" / "truth.json")
        chosen = tuple(agency for agency in chosen if agency.slug not in hidden)
        log = AccessLog(folder / "world" / "access.jsonl")
        for number in range(ROUNDS):
            own = folder / f"crawl-{number}"
            work = job(own, chosen, endpoint, **QUICK)
            ours = process.worker(work, own / "log", tell)
            seen = _html(log.new())
            given = {
                "starts": _sites(own / "results.db"),
                "agent": work.config.crawl.user_agent,
                "breadth": False,
            }
            env = {"http_proxy": endpoint.proxy, "https_proxy": endpoint.proxy}
            theirs = process.python("benchmarks.plain_spider", [], given, own / "log", env)
            met = _html(log.new())
            ours_ms.append(ours.cpu / seen * 1000)
            theirs_ms.append(theirs.cpu / met * 1000)
            ratios.append(ours_ms[-1] / theirs_ms[-1])
            gross.append((seen, met))
            pages = ours.said["summary"]["pages"]
            tell(
                f"round {number + 1}: ours {ours_ms[-1]:.2f} ms, CrawlSpider {theirs_ms[-1]:.2f} ms of processor a page"
            )
    ratio = statistics.median(ratios)
    return Result(
        (
            Row("ours: all detectors, evidence, results.db", f"{statistics.median(ours_ms):.2f} ms CPU a page"),
            Row("CrawlSpider with LinkExtractor, nothing stored", f"{statistics.median(theirs_ms):.2f} ms CPU a page"),
            Row("ratio", f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})", "≤ 1.0", ratio <= 1.0),
        ),
        f"""
The {len(chosen)} reachable sites of the embedded world through its proxy, delay 0, robots.txt obeyed, at most one
request at a time to a host, no browser in either. Ours goes first and finds {pages} pages worth opening; the
CrawlSpider then gets for every site that answered the address at which it answered and the same number of pages, of
its own choice. Pages are HTML answers with status 200 in the world's log
({", ".join(f"{a} and {b}" for a, b in gross)}). Processor time is user and system time of the whole process from
the kernel, start-up included. The CrawlSpider keeps the title and nothing else; ours runs every detector, writes
WARC records with fsync and one transaction a site.""",
    )


def _unreachable(truth: Path) -> set[str]:
    """Sites that no crawler can see; they would only add waiting."""
    known = json.loads(truth.read_text(encoding="utf-8"))
    return {slug for kind in ("portals", "finance") for slug, facts in known[kind].items() if facts["hidden"]}


def _html(rows: list[dict[str, Any]]) -> int:
    return sum(row["status"] == 200 and row["purpose"] == "page" and row["bytes"] > 1000 for row in rows)


def _sites(path: Path) -> dict[str, int]:
    """Address at which a site answered → pages that our crawl opened there."""
    db = open_results(path)
    try:
        rows = db.execute("SELECT final_url, pages FROM visit WHERE final_url != '' AND pages > 0").fetchall()
    finally:
        db.close()
    return dict(rows)
