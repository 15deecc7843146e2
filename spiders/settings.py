"""Scrapy's settings: data only. What a run decides (delay, agent, proxy) is set by spiders.job on top of these."""

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
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0.0  # a delay is a promise; jitter would break it downwards
DOWNLOAD_TIMEOUT = 20.0
DOWNLOAD_MAXSIZE = 5_000_000
DOWNLOAD_VERIFY_CERTIFICATES = True  # of Scrapy's own client, should anybody ever put it back
USER_AGENT = "prober/0.1"

PROBER_SIMULATED = True
PROBER_MAX_CRAWL_DELAY = 30.0
PROBER_PROXY = ""
PROBER_CA_FILE = ""
PROBER_TLS_EXCEPTIONS: dict[str, str] = {}
PROBER_BROWSER = "auto"
PROBER_BROWSER_PAGES = 2
