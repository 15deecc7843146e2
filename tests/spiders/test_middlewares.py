"""Slots that a long crawl has left behind, encodings of robots.txt, how long a server that refuses is left alone."""

import codecs
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from protego import Protego
from scrapy import Request
from scrapy.core.downloader import Slot

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed
from spiders.middlewares import PATIENCE, SHORTEST, HostPace, Rules, left_behind, retry_after, robots_text


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


NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "3600"}, 120.0),
        ({"retry-after": "9" * 400}, 120.0),
        ({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 27 Nov 2026 11:00:30 GMT"}, 0.0),
        ({"retry-after": "Fri, 27 Nov 2026 13:00:20 GMT", "date": "Fri, 27 Nov 2026 13:00:00 GMT"}, 20.0),
        ({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT", "date": "gestern"}, 30.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "1.5"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW, 120.0) == seconds


@given(st.text(), st.text())
def test_any_header_asks_for_no_more_than_is_granted(value: str, date: str) -> None:
    assert 0.0 <= retry_after({"retry-after": value, "date": date}, NOW, 60.0) <= 60.0


def test_a_refusal_doubles_the_delay_and_answers_halve_it_slowly() -> None:
    pace = HostPace(2.0)
    for expected in (4.0, 8.0, 10.0, 10.0):
        pace.refused(longest=10.0)
        assert pace.delay == expected
    pace = HostPace(2.0)
    pace.refused(30.0)
    delays = []
    for _ in range(PATIENCE):
        pace.answered(2.0)
        delays.append(pace.delay)
    assert delays == [4.0] * (PATIENCE - 1) + [2.0]
    pace.refused(30.0)  # it was too fast again: patience lasts twice as long
    for _ in range(2 * PATIENCE - 1):
        pace.answered(2.0)
    assert pace.delay == 4.0
    pace.answered(2.0)
    assert pace.delay == 2.0


def test_no_delay_at_all_is_doubled_too_and_a_long_crawl_delay_is_not_shortened() -> None:
    pace = HostPace(0.0)
    pace.refused(30.0)
    assert pace.delay == 2 * SHORTEST
    pace = HostPace(40.0)
    pace.refused(30.0)
    assert pace.delay == 40.0
