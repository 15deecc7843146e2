"""The spider ends a crawl at once when whoever started it says so."""

import time

import pytest

from spiders.crawl import crawl
from spiders.job import Job
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, Answer, Bench, Fault, Web, agency, page


def test_progress_is_told_and_its_exception_stops_the_crawl_at_once(web: Web, bench: Bench) -> None:
    for n in range(3):
        web.sites[f"tinh{n}.gov.test"] = {
            "/": page("Trang chủ"),
            "/robots.txt": Fault("hang") if n else Answer("", 404),
        }

    class Stop(Exception):
        pass

    told: list[tuple[int, int, str]] = []

    def on_progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        stopped.append(time.monotonic())
        raise Stop

    stopped: list[float] = []
    with pytest.raises(Stop):
        sites = tuple(agency(f"tinh{n}") for n in range(3))
        crawl(Job(sites, bench.config, bench.endpoint, NOW, VIETNAMESE), on_progress)
    assert time.monotonic() - stopped[0] < 2
    assert told[0][:2] == (1, 3) and told[0][2].startswith("2019-tinh0 ")
    assert bench.rows("SELECT status FROM scan") == [("running",)]
