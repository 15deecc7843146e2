"""Handle downloads for Scrapy: send a request by our HTTP client, or to the browser, in the slot of its host group."""

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from prober.domain.finding import Failure
from spiders.browser.chromium import NO_BROWSER, find_browser
from spiders.download.address_guard import Reach
from spiders.download.fetch_result import META, FetchFailed, FetchResult, RenderTask, Session, add, fetch_of
from spiders.download.http_client import HttpClient
from spiders.download.tls import Trust

if TYPE_CHECKING:
    from spiders.browser.renderer import Browser, Fetch, Subresource

# Scripts, style sheets and the images and fonts of pictures are the same for all pages of a site: fetched once.
_SHARED = ("text/css", "application/javascript", "text/javascript", "application/x-javascript", "image/", "font/")
SHARED_BYTES = 1_000_000  # a larger one is not cached
SHARED_TOTAL = 32_000_000  # bytes of all that are cached; what came first goes first

_handlers: "WeakKeyDictionary[Crawler, PortalHandler]" = WeakKeyDictionary()


class PortalHandler(BaseDownloadHandler):
    """Fetch by spiders.download.http_client, or render in the browser if the fetch of a request has a RenderTask.

    The delay of a slot counts from the answer, not from the request: however long the network held up the first
    request, the second arrives at least the delay after it.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._subresources: dict[str, Subresource] = {}
        self._shared_bytes = 0
        self._browser: Browser | None = None
        self._client = HttpClient(
            settings["USER_AGENT"], settings.getfloat("DOWNLOAD_TIMEOUT"), settings.getint("DOWNLOAD_MAXSIZE"),
            Reach.of(settings["PROBER_WORLD"], settings.getdict("PROBER_HOSTS"), settings.getlist("PROBER_PORTS")),
            settings["PROBER_PROXY"] or "",
            Trust(settings["PROBER_CA_FILE"] or "", settings.getdict("PROBER_TLS_EXCEPTIONS")),
            self._check_permit,
        )  # fmt: skip

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PortalHandler":
        """Return one handler for all schemes of a crawler; otherwise http and https would each start a browser."""
        if crawler not in _handlers:
            _handlers[crawler] = cls(crawler)
        return _handlers[crawler]

    async def download_request(self, request: Request) -> Response:
        """Fetch or render `request`; return an HTTP response or a rendered document. Raises FetchFailed."""
        task, session = fetch_of(request.meta).render, fetch_of(request.meta).session
        session.waited += max(0.0, monotonic() - fetch_of(request.meta).due)
        try:
            if task is not None:
                content = await self._rendered(request.url, task, session)
                return Response(request.url, 200, Headers(), content)
            received = await self._client.fetch(request.url, _plain(request.headers), session)
        finally:
            self._count_delay_from_now(request)
        add(request.meta, response=received, tls_note=self._client.tls_note(request.url))
        return Response(request.url, received.status, Headers(received.headers), received.raw)

    async def close(self) -> None:
        if self._browser:
            await self._browser.close()
        await self._client.close()

    async def _rendered(self, url: str, task: RenderTask, session: Session) -> bytes:
        """Return the document that the browser makes of a page, its screenshot (PNG), or what axe finds (JSON)."""
        fetch: Fetch = partial(self._subresource, session)
        with session.waiting():
            browser = self._started_browser(session)
        if task.picture:
            return await browser.picture(url, task.html, task.host_group, fetch, session)
        if task.audit:
            return (await browser.audit(url, task.html, task.host_group, fetch, session)).encode()
        return (await browser.show(url, task.html, task.host_group, fetch, task.policy, session)).encode()

    def _started_browser(self, session: Session) -> "Browser":
        if self._browser is None:
            settings = self.crawler.settings
            path = find_browser(settings["PROBER_BROWSER"])
            if path is None:
                session.without_browser = True
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, NO_BROWSER)
            from spiders.browser.renderer import Browser  # takes a second to import, and most crawls need no browser

            self._browser = Browser(
                path, settings.getint("PROBER_BROWSER_PAGES"), settings["USER_AGENT"],
                settings.getfloat("DOWNLOAD_TIMEOUT"), settings.getfloat("DOWNLOAD_DELAY"),
                settings.getint("PROBER_BROWSER_MEMORY"),
            )  # fmt: skip
        return self._browser

    async def _subresource(self, session: Session, url: str, referer: str) -> "Subresource":
        """Fetch what a script of a rendered page requests, with slot, guard and robots.txt as for every request."""
        if url in self._subresources:
            return self._subresources[url]
        engine = self.crawler.engine
        assert engine is not None
        request = Request(
            url, headers={"Referer": referer}, meta={META: FetchResult(session=session)}, callback=NO_CALLBACK
        )
        await engine.download_async(request)
        response = fetch_of(request.meta).response
        assert response is not None
        media_type = response.header("content-type")
        from spiders.browser.renderer import Subresource

        found = Subresource(response.status, media_type, response.header("location"), response.body)
        if response.status == 200 and media_type.startswith(_SHARED) and len(found.body) < SHARED_BYTES:
            self._share(url, found)
        return found

    def _share(self, url: str, found: "Subresource") -> None:
        """Keep the answer for the other pages of the crawl."""
        if url in self._subresources:  # two pages asked at once
            return
        self._subresources[url] = found
        self._shared_bytes += len(found.body)
        while self._shared_bytes > SHARED_TOTAL:
            self._shared_bytes -= len(self._subresources.pop(next(iter(self._subresources))).body)

    def _check_permit(self) -> None:
        self.crawler.spider.check_permit()  # type: ignore[union-attr]

    def _count_delay_from_now(self, request: Request) -> None:
        engine = self.crawler.engine
        slot = engine.downloader.slots.get(request.meta.get("download_slot", "")) if engine else None
        if slot:
            slot.lastseen = monotonic()
            session = fetch_of(request.meta).session
            session.owed = max(session.owed, slot.lastseen + slot.delay)


def _plain(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in headers.items() if values}
