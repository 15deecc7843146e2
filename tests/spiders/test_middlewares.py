"""Slots of host groups that a long crawl has left behind."""

from hypothesis import example, given
from hypothesis import strategies as st
from protego import Protego
from scrapy import Request
from scrapy.core.downloader import Slot

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed
from spiders.middlewares import Rules, left_behind


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
