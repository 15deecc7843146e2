"""Slots of host groups that a long crawl has left behind, and the encodings of robots.txt."""

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from protego import Protego
from scrapy import Request
from scrapy.core.downloader import Slot

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed
from spiders.middlewares import Rules, left_behind, robots_text


def slot(lastseen: float, delay: float = 2.0, active: bool = False) -> Slot:
    made = Slot(concurrency=1, delay=delay, jitter=0.0)
    made.lastseen = lastseen
    if active:
        made.active.add(Request("http://camau.gov.test/"))
    return made


def test_a_slot_is_dropped_once_it_is_old_and_empty_and_its_delay_is_over() -> None:
    slots = {
        "old": slot(90.0),
        "waiting": slot(90.0, active=True),
        "slow": slot(90.0, delay=30.0),
        "just asked": slot(99.0),
        "new": slot(90.0),
    }
    assert left_behind(slots, 100.0, kept=1) == ["old"]
    assert left_behind(slots, 100.0, kept=5) == []
    assert left_behind(slots, 130.0, kept=0) == ["old", "slow", "just asked", "new"]


ROBOTS_LINES = (
    "User-agent: *", "User-agent: prober", "Disallow: /", "Disallow:", "Allow: /a*b$", "Disallow: /%zz*" * 50, "\x00",
    "Crawl-delay: 1e999", "Crawl-delay: x", "Crawl-delay: -5", "Crawl-delay: nan", "Crawl-delay: 2", "Crawl-delay: ٣",
    "Sitemap: http://[::1", "Sitemap: " + "a" * 5000,
)  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(ROBOTS_LINES)), max_size=30))
@example(["User-agent: *", "Crawl-delay: nan"])
@example(["User-agent: *", "Crawl-delay: -5"])
@example(["User-agent: *", "Crawl-delay: 1e999"])
def test_any_robots_txt_has_rules_and_a_finite_delay(lines: list[str]) -> None:
    rules = Rules(Protego.parse("\n".join(lines)))
    delay = rules.delay("prober")
    assert delay >= 0 and isinstance(rules.sitemaps, tuple)
    for url in ("http://x.gov.vn/", "http://x.gov.vn/a%zz?b"):
        try:
            rules.check(url, "prober")
        except FetchFailed as error:
            assert error.failure is Failure.ROBOTS


CLOSED = "USER-AGENT: *\r\nDISALLOW: /hoi-dap\r\n# Hỏi đáp\r\nSitemap: http://x.gov.vn/so-do.xml\r\n"
ENCODED = {
    "UTF-8": CLOSED.encode(),
    "UTF-8 with a mark": codecs.BOM_UTF8 + CLOSED.encode(),
    "UTF-16 with a mark": CLOSED.encode("utf-16"),
    "UTF-16, big end first, with a mark": codecs.BOM_UTF16_BE + CLOSED.encode("utf-16-be"),
    "UTF-16 without a mark": CLOSED.encode("utf-16-le"),
    "UTF-16, big end first, without a mark": CLOSED.encode("utf-16-be"),
    "UTF-16, cut in a letter": CLOSED.encode("utf-16") + b"x",
    "CR alone": CLOSED.replace("\r\n", "\r").encode(),
    "LF alone": CLOSED.replace("\r\n", "\n").encode(),
    "CR alone behind a mark": codecs.BOM_UTF8 + CLOSED.replace("\r\n", "\r").encode(),
    "Windows-1258": CLOSED.replace("ỏ", "o").encode("cp1258", "replace"),
    "a zero here and there": CLOSED.replace(" ", " \0").encode(),
}


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED.keys())
def test_robots_txt_is_obeyed_however_it_is_written(content: bytes) -> None:
    rules = Rules(Protego.parse(robots_text(content)))
    with pytest.raises(FetchFailed):
        rules.check("http://x.gov.vn/hoi-dap/1", "prober")
    rules.check("http://x.gov.vn/", "prober")
    assert rules.sitemaps == ("http://x.gov.vn/so-do.xml",)
