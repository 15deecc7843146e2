"""What axe finds on pages labelled from facts: the scores are those of docs/indicators.md. 20 s of a processor."""

import asyncio
import json
import re
from collections import Counter

import pytest

from prober.domain.finding import State
from prober.portal_review.server_answers import accessibility
from prober.portal_review.site_seen import SiteSeen, Violation
from spiders.browser.chromium import find_browser
from spiders.browser.renderer import Browser, Subresource
from tests.spiders.visit.labelled_sites import FIXTURES, HALVES, STATES, documented

PAGE = re.compile(r"^=== (\w+) (yes|no) (?:\S+): (?:[^\n]*)\n(.*?)(?=^=== |\Z)", re.M | re.S)
URL, GROUP = "https://www.sondong.gov.test/", "sondong.gov.test"


async def nothing(url: str, referer: str) -> Subresource:
    return Subresource(404, "text/html", "", b"")


async def told(pages: list[tuple[str, str, str]]) -> list[State]:
    """What is told of each page, from the browser's audit of it."""
    path = find_browser("auto")
    assert path
    browser = Browser(path, 2, "prober/0.1", 60.0, 0.01)
    audits = [json.loads(await browser.audit(URL, html, GROUP, nothing)) for _, _, html in pages]
    await browser.close()
    broken = [tuple(Violation(*row) for row in found) for found in audits]
    return [accessibility(SiteSeen(URL, violations=found)).state for found in broken]


@pytest.mark.proof
@pytest.mark.needs("chromium")
def test_its_scores_are_those_of_the_documentation() -> None:
    pages = PAGE.findall((FIXTURES / "accessibility.txt").read_text(encoding="utf-8"))
    assert Counter((half, answer) for half, answer, _ in pages) == dict.fromkeys(HALVES, 10)
    right = Counter[tuple[str, str]]()
    for (half, answer, _), state in zip(pages, asyncio.run(told(pages)), strict=True):
        right[half, answer] += state == STATES[answer]
    assert [right[half] for half in HALVES] == documented("accessibility")
