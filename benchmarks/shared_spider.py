"""Crawl the home page of each host and the first pages it links to, as one would write it without this project.

`python -m benchmarks.shared_spider FILE` reads {"starts", "delay", "redis"} as JSON from standard input. It takes its
hosts from `starts`, or where `redis` is an address, from the queue of scrapy-redis, with whatever other process takes
from it. Each page is one line of FILE, host, address and hash. The proxy comes from the environment. Nothing of the
project is imported: scrapy-redis is installed in an environment of its own.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor

LINKS = 5  # of a home page
AT_ONCE = 32  # hosts for a worker: as many as two shards of ours
POLITE = {
    "ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": AT_ONCE, "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY_JITTER": 0, "DOWNLOAD_TIMEOUT": 4, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "WARNING",
    "USER_AGENT": "plain (+https://prober.test/)", "COOKIES_ENABLED": False,
}  # fmt: skip
# As the documentation of scrapy-redis has it for a crawl that is stopped and goes on.
SHARED = {
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler", "SCHEDULER_PERSIST": True,
    "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
}  # fmt: skip


class Pages(Spider):
    name = "pages"

    def __init__(self, out: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.out = out

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        self.keep(response)
        host = urlsplit(response.url).netloc
        links = (link.url for link in LinkExtractor(allow_domains=[host]).extract_links(response))
        for url in [url for url in links if url != response.url][:LINKS]:
            yield Request(url, self.keep)

    def keep(self, response: Response) -> None:
        told = [urlsplit(response.url).netloc, response.url, hashlib.sha256(response.body).hexdigest()]
        os.write(self.out, json.dumps(told).encode() + b"\n")


def main(path: str) -> None:
    given = json.load(sys.stdin)
    kind: type[Spider] = Pages
    settings = {**POLITE, "DOWNLOAD_DELAY": given["delay"]}
    if given["redis"]:
        from scrapy_redis.spiders import RedisMixin

        class Shared(RedisMixin, Pages):  # type: ignore[misc]
            @classmethod
            def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> "Shared":
                spider: Shared = super().from_crawler(crawler, *args, **kwargs)
                spider.setup_redis(crawler)
                return spider

        kind, settings = Shared, {**settings, **SHARED, "REDIS_URL": given["redis"]}
    process = AsyncCrawlerProcess(settings)
    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    process.crawl(kind, out=out, start_urls=given["starts"])
    process.start()


if __name__ == "__main__":
    main(sys.argv[1])
