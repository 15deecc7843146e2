"""Scrapy's download handler: a request goes to the wire, or to the browser, inside the slot of its host group."""

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from prober.domain.finding import Failure
from spiders.browser.chromium import NO_BROWSER, find_browser
from spiders.download.address_guard import public_addresses
from spiders.download.fetch_errors import FetchFailed
from spiders.download.http_client import HttpClient
from spiders.download.tls import Trust

if TYPE_CHECKING:
    from spiders.browser.renderer import Browser, Subresource

# Scripts and style sheets are the same for every page of a site: asked for once.
_SHARED = frozenset({"text/css", "application/javascript", "text/javascript", "application/x-javascript"})
SHARED_KEPT = 64

_handlers: "WeakKeyDictionary[Crawler, PortalHandler]" = WeakKeyDictionary()


class PortalHandler(BaseDownloadHandler):
    """GET by download.http_client; meta["render"] holds a page that a browser is to show, or to take a picture of.

    The delay of a slot counts from the answer, not from the request: whatever the network did to the first one, the
    second can only arrive later than the delay after it.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._subresources: dict[str, Subresource] = {}
        self._browser: Browser | None = None
        self._wire = HttpClient(
            settings["USER_AGENT"], settings.getfloat("DOWNLOAD_TIMEOUT"), settings.getint("DOWNLOAD_MAXSIZE"),
            public_addresses, settings["PROBER_PROXY"] or "",
            Trust(settings["PROBER_CA_FILE"] or "", settings.getdict("PROBER_TLS_EXCEPTIONS")),
        )  # fmt: skip

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PortalHandler":
        """One for all schemes of a crawler, or there would be a browser for http and another one for https."""
        if crawler not in _handlers:
            _handlers[crawler] = cls(crawler)
        return _handlers[crawler]

    async def download_request(self, request: Request) -> Response:
        """Raises spiders.download.fetch_errors.FetchFailed."""
        try:
            if "render" in request.meta:
                return await self._render(request)
            received = await self._wire.fetch(request.url, _plain(request.headers))
        finally:
            request.meta["tls"] = self._wire.tls_note(request.url)
            self._count_delay_from_now(request)
        request.meta["received"] = received
        # A visit reads what was received, when its turn comes.
        body = b"" if "facts" in request.meta else received.body
        return Response(request.url, received.status, Headers(received.headers), body)

    async def close(self) -> None:
        if self._browser:
            await self._browser.close()
        await self._wire.close()

    async def _render(self, request: Request) -> Response:
        wanted: Mapping[str, Any] = request.meta["render"]
        browser = self._started_browser()
        if wanted["picture"]:
            content = await browser.picture(request.url, wanted["html"], wanted["group"])
        else:
            content = (await browser.show(request.url, wanted["html"], wanted["group"])).encode()
        return Response(request.url, 200, Headers(), content)

    def _started_browser(self) -> "Browser":
        if self._browser is None:
            settings = self.crawler.settings
            path = find_browser(settings["PROBER_BROWSER"])
            if path is None:
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, NO_BROWSER)
            from spiders.browser.renderer import Browser  # most crawls need no browser, and its import costs a second

            self._browser = Browser(
                path, settings.getint("PROBER_BROWSER_PAGES"), settings["USER_AGENT"],
                settings.getfloat("DOWNLOAD_TIMEOUT"), settings.getfloat("DOWNLOAD_DELAY"), self._subresource,
            )  # fmt: skip
        return self._browser

    async def _subresource(self, url: str, referer: str) -> "Subresource":
        """What a script of a rendered page asks for: through slot, guard and robots.txt like everything else."""
        if url in self._subresources:
            return self._subresources[url]
        engine = self.crawler.engine
        assert engine is not None
        request = Request(url, headers={"Referer": referer}, callback=NO_CALLBACK)
        response = await engine.download_async(request)
        media_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        location = (response.headers.get("Location") or b"").decode("latin-1")
        from spiders.browser.renderer import Subresource

        found = Subresource(response.status, media_type, location, response.body)
        if (
            response.status == 200
            and media_type.partition(";")[0].strip() in _SHARED
            and len(response.body) < 1_000_000
        ):
            while len(self._subresources) >= SHARED_KEPT:
                del self._subresources[next(iter(self._subresources))]
            self._subresources[url] = found
        return found

    def _count_delay_from_now(self, request: Request) -> None:
        engine = self.crawler.engine
        slot = engine.downloader.slots.get(request.meta.get("download_slot", "")) if engine else None
        if slot:
            slot.lastseen = monotonic()


def _plain(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in headers.items() if values}
