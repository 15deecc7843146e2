"""Declare Scrapy's settings. spiders.job overrides those that depend on the run (delay, agent, proxy).

Defaults that prober.toml declares are read from its declaration and not repeated here.
"""

from prober.config.sections import Crawl
from spiders.browser import process_memory

# In lower case, so that Scrapy does not read it as a setting.
defaults = Crawl()

BOT_NAME = "prober"
SPIDER_MODULES = ["spiders.portal"]  # not the package: Scrapy imports every module below a named package

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # True by default: an HTTP server that runs Python
COOKIES_ENABLED = False
LOG_LEVEL = "WARNING"

# One client, spiders.download.http_client, behind one handler; robots.txt, slots and redirects are our own. Scrapy's
# robots middleware has a race, its redirect middleware follows to any host, its retries ignore budgets.
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
    "spiders.middlewares.BackOffMiddleware": 300,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
}
ITEM_PIPELINES = {
    "spiders.visit_file.VisitPipeline": 100,
}
ROBOTSTXT_OBEY = False  # spiders.middlewares.RobotsMiddleware does it, without the race

CONCURRENT_REQUESTS = 0  # no limit here: the number of agencies visited at once is the limit
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # one file after the other
DOWNLOAD_DELAY = defaults.delay
DOWNLOAD_DELAY_JITTER = 0.0  # jitter would make a delay shorter than configured
DOWNLOAD_TIMEOUT = defaults.timeout
DOWNLOAD_MAXSIZE = defaults.max_bytes
DOWNLOAD_VERIFY_CERTIFICATES = True  # for Scrapy's own client, if it were ever used
USER_AGENT = defaults.user_agent

PROBER_WORLD = "sandbox"
PROBER_HOSTS: dict[str, str] = {}
PROBER_PORTS = defaults.ports
PROBER_MAX_CRAWL_DELAY = defaults.max_crawl_delay
PROBER_MAX_RETRY_AFTER = defaults.max_retry_after
PROBER_PROXY = ""
PROBER_CA_FILE = ""
PROBER_TLS_EXCEPTIONS: dict[str, str] = {}
PROBER_BROWSER = defaults.browser
PROBER_BROWSER_PAGES = defaults.browser_pages
PROBER_BROWSER_MEMORY = process_memory.LIMIT
