"""Scrapy's settings and the configuration say the same."""

from prober.config.sections import Crawl
from spiders import settings


def test_the_defaults_of_scrapy_are_those_of_the_configuration() -> None:
    crawl = Crawl()
    assert (crawl.delay, crawl.timeout) == (settings.DOWNLOAD_DELAY, settings.DOWNLOAD_TIMEOUT)
    assert (crawl.max_bytes, crawl.browser) == (settings.DOWNLOAD_MAXSIZE, settings.PROBER_BROWSER)
