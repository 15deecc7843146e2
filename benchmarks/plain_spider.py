"""Crawl with Scrapy's plain CrawlSpider, for comparison: breadth first, robots.txt obeyed.

A program: reads {"starts": {url: pages}, "agent"} as JSON from standard input, where `pages` is how many pages of that
site it may fetch, and prints {"pages": n}. It stores nothing and looks for nothing: title and address only. The proxy
comes from the environment.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class PlainSpider(CrawlSpider):
    name = "plain"
    rules = (Rule(LinkExtractor(), callback="parse_page", follow=True, process_request="within_budget"),)

    def __init__(self, starts: dict[str, int], **rest: Any) -> None:
        super().__init__(**rest)
        self.start_urls = list(starts)
        self.budget = {urlsplit(url).netloc: pages for url, pages in starts.items()}
        self.allowed_domains = list(self.budget)
        self.asked = {urlsplit(url).netloc: {url} for url in starts}
        self.pages = 0

    def within_budget(self, request: Request, response: Response) -> Request | None:
        """Drop requests beyond the number of pages of their site; without it the run would not end."""
        host = urlsplit(request.url).netloc
        asked = self.asked.get(host)
        if asked is None or (request.url not in asked and len(asked) >= self.budget[host]):
            return None
        asked.add(request.url)
        return request

    def parse_start_url(self, response: Response, **kwargs: Any) -> Iterator[dict[str, str | None]]:
        return self.parse_page(response)

    def parse_page(self, response: Response) -> Iterator[dict[str, str | None]]:
        self.pages += 1
        yield {"url": response.url, "title": response.css("title::text").get()}


def main() -> None:
    given = json.load(sys.stdin)
    settings = {
        "ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 100, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_TIMEOUT": 6, "RETRY_TIMES": 1, "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False,
        "DEPTH_PRIORITY": 1, "SCHEDULER_DISK_QUEUE": "scrapy.squeues.PickleFifoDiskQueue",
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue", "LOG_LEVEL": "ERROR", "USER_AGENT": given["agent"],
        "COOKIES_ENABLED": False, "REFERER_ENABLED": False,
    }  # fmt: skip
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(PlainSpider)
    process.crawl(crawler, starts=given["starts"])
    process.start()
    print(json.dumps({"pages": crawler.spider.pages}))  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
