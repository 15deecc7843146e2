"""Scrapy's settings: data only. What a run decides (delay, agent, proxy) is set by spiders.job on top of these.

Defaults that prober.toml declares are read from there: none of them is written twice.
"""

from prober.config.sections import Crawl

# Lower case, so that Scrapy does not take it for a setting.
defaults = Crawl()

BOT_NAME = "prober"
SPIDER_MODULES = ["spiders.portal"]  # not the package: Scrapy imports every module below what is named here

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # True by default: an HTTP server that runs Python
COOKIES_ENABLED = False
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "scrapy.logformatter.LogFormatter"

# One client, spiders.download.http_client, behind one handler; robots.txt, slots and redirects are ours. Scrapy's
# robots middleware has a race, its redirect middleware follows anywhere, its retries know nothing of budgets.
DOWNLOAD_HANDLERS = {
    "http": "spiders.handler.PortalHandler",
    "https": "spiders.handler.PortalHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    "spiders.middlewares.SlotMiddleware": 100,
    "spiders.middlewares.RobotsMiddleware": 200,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
}
ITEM_PIPELINES = {
    "spiders.pipelines.StorePipeline": 100,
}
ROBOTSTXT_OBEY = False  # spiders.middlewares.RobotsMiddleware obeys it, without the race

CONCURRENT_REQUESTS = 0  # no limit here: the number of agencies visited at once is the limit
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # one writer
DOWNLOAD_DELAY = defaults.delay
DOWNLOAD_DELAY_JITTER = 0.0  # a delay is a promise; jitter would break it downwards
DOWNLOAD_TIMEOUT = defaults.timeout
DOWNLOAD_MAXSIZE = defaults.max_bytes
DOWNLOAD_VERIFY_CERTIFICATES = True  # of Scrapy's own client, should anybody ever put it back
USER_AGENT = defaults.user_agent

PROBER_SIMULATED = True
PROBER_MAX_CRAWL_DELAY = defaults.max_crawl_delay
PROBER_PROXY = ""
PROBER_CA_FILE = ""
PROBER_TLS_EXCEPTIONS: dict[str, str] = {}
PROBER_BROWSER = defaults.browser
PROBER_BROWSER_PAGES = defaults.browser_pages
