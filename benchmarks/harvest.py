"""Links of a page: ours against Scrapy's LinkExtractor, on pages of the embedded world."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from scrapy import Request
from scrapy.http import HtmlResponse
from scrapy.linkextractors import LinkExtractor

from benchmarks.places import plain_portals, walk
from benchmarks.record import Result, Row, Tell
from prober.domain.page.page import Page
from prober.sandbox.simulated_clock import START

BYTES, LINKS = 56_000, 120
SITES, PAGES, ROUNDS = 6, 12, 15

Harvest = Callable[[str, bytes], int]


def run(folder: Path, tell: Tell) -> Result:
    pages = [page for slug in plain_portals()[:SITES] for page in walk(slug, PAGES)]
    page = min(pages, key=lambda p: abs(len(p.html.encode()) / BYTES - 1) + abs(len(p.links) / LINKS - 1))
    one = _medians([page], _ways(), ROUNDS * 4)
    many = _medians(pages, _ways(), ROUNDS)
    tell(f"{len(pages)} pages, {ROUNDS} rounds")
    ours, theirs, only = one["ours"], one["LinkExtractor"], one["walk"]
    size = f"{len(page.html.encode()) / 1000:.0f} KB, {len(page.links)} links"
    return Result(
        (
            Row(f"LinkExtractor, then a Request each, one page ({size})", f"{theirs * 1e3:.2f} ms"),
            Row("ours: tree, Page.links, seen-set, then a Request for new ones", f"{ours * 1e3:.2f} ms"),
            Row("ratio, one page seen for the first time", f"{theirs / only:.1f}×", "≥ 3×", theirs / only >= 3),
            Row("ratio, that page within a crawl of its site", f"{theirs / ours:.1f}×", "≥ 3×", theirs / ours >= 3),
            Row(
                f"ratio over {len(pages)} pages of {SITES} portals, in the order of a crawl",
                f"{many['LinkExtractor'] / many['ours']:.1f}×",
                "≥ 3×",
                many["LinkExtractor"] / many["ours"] >= 3,
            ),
        ),
        f"""
Both start from the bytes of a page and end with Request objects. LinkExtractor with its defaults is what a
CrawlSpider uses; its Requests are made for every link, and only then does the scheduler find out which it knows.
Ours makes one walk over the tree (which also gives the text with its places, so the detectors pay nothing for it
again) and drops what is known before a Request exists. Median of {ROUNDS} rounds, the two in turn.""",
    )


def _ways() -> dict[str, Callable[[], Harvest]]:
    return {"LinkExtractor": _extractor, "ours": _ours, "walk": _first_sight}


def _medians(pages: list[Page], ways: dict[str, Callable[[], Harvest]], rounds: int) -> dict[str, float]:
    """Seconds of processor time a pass over `pages`. Of one page all is known after the first, as in a site."""
    content = [(page.url, page.html.encode()) for page in pages]
    taken: dict[str, list[float]] = {name: [] for name in ways}
    kept = {name: way() for name, way in ways.items()}
    for _ in range(rounds):
        for name, way in ways.items():
            harvest = kept[name] if len(pages) == 1 else way()
            begin = time.process_time()
            for url, body in content:
                harvest(url, body)
            taken[name].append(time.process_time() - begin)
    return {name: statistics.median(times) for name, times in taken.items()}


def _extractor() -> Harvest:
    extractor = LinkExtractor()

    def harvest(url: str, body: bytes) -> int:
        response = HtmlResponse(url, body=body, encoding="utf-8")
        return len([Request(link.url) for link in extractor.extract_links(response)])

    return harvest


def _ours() -> Harvest:
    seen: set[str] = set()

    def harvest(url: str, body: bytes) -> int:
        page = Page(url, 200, body.decode(), START)
        new = {link.url for link in page.links if link.url not in seen and link.url.startswith("http")}
        seen.update(new)
        return len([Request(target) for target in new])

    return harvest


def _first_sight() -> Harvest:
    return lambda url, body: _ours()(url, body)
