"""Slots of host groups that a long crawl has left behind."""

from scrapy import Request
from scrapy.core.downloader import Slot

from spiders.middlewares import left_behind


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
