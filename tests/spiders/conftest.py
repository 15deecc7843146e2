"""A web and a bench of its own for each test; tests that only look share one crawl (`walked` in test_crawl)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spiders.web import Bench, Web


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture
def bench(web: Web, tmp_path: Path) -> Bench:
    return Bench.at(tmp_path, web)
