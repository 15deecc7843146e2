"""What the crawling process loads before its first request: each nightly crawl pays for it, in time and in memory."""

import subprocess
import sys

import pytest

NOT_NEEDED = (
    "sqlite_utils", "numpy", "pandas", "scipy", "playwright", "reportlab", "pypdf", "docx", "jinja2", "datasette",
)  # fmt: skip
LOADED = (
    "import sys, spiders.crawl_process, spiders.handler, spiders.middlewares, spiders.visit_file, spiders.portal; "
    "print(*sys.modules)"
)


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True, text=True)
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("name", NOT_NEEDED)
def test_a_crawl_does_not_load_what_it_does_not_need(loaded: frozenset[str], name: str) -> None:
    assert name not in loaded
