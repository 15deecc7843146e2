"""The browser, for the few pages that show nothing without one. Only it and pdf_printer know Playwright.

The browser has no network. The page is given to it as it was received, and whatever its scripts ask for is fetched by
the crawler itself, through the same slot, robots.txt, guard, proxy, certificates and size limits as any page; what the
crawler would not fetch, the page does not get. So a rendered page can neither reach a private address nor a foreign
host, nor submit a form.
"""

import asyncio
import logging
import os
import re
import signal
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.async_api import BrowserContext, Playwright, Route, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as BrowserPage
from playwright.async_api import TimeoutError as PlaywrightTimeout

from prober.domain.finding import Failure
from prober.domain.hostnames import host_of
from prober.domain.page import absolute
from spiders.download.fetch_result import FetchFailed
from spiders.download.host_groups import group

log = logging.getLogger(__name__)

NEEDED = frozenset({"document", "script", "xhr", "fetch", "stylesheet"})  # what decides text and layout
PICTURED = NEEDED | {"image", "font"}  # what a picture shows besides; no page is rendered for the sake of it
IMAGES = 16  # of one picture, those that stand first
PAGES_PER_BROWSER = 100  # then a new one: browsers keep memory
SUBRESOURCES = 60
IN_TURN = 16  # requests of one page for which a delay each is waited
ANSWER_SECONDS = 10.0  # in which a browser closes a page, or opens a context; else it hangs
SETTLE_SECONDS = 3.0  # never "network idle": chat widgets are never idle
DOCUMENT_LIMIT = 10_000_000  # characters of a rendered document; what grows beyond is no page
SCREENSHOT_HEIGHT = 6000
WIDTH = 1280
KEPT_CONTEXTS = 2  # of host groups visited a moment ago
ARGUMENTS = (
    "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run", "--disable-sync", "--mute-audio", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subresource:
    """What the crawler fetched for a script of a rendered page."""

    status: int
    media_type: str
    location: str
    body: bytes


_SCRIPT = re.compile(r"<script\b.*?</script\s*>|<meta[^>]+http-equiv=[\"']?refresh[^>]*>", re.IGNORECASE | re.DOTALL)

Fetch = Callable[[str, str], Awaitable[Subresource]]


class Browser:
    """One Chromium, started when first needed; a few pages at once, one context per host group while it is visited."""

    def __init__(self, path: str, pages: int, user_agent: str, timeout: float, delay: float, fetch: Fetch) -> None:
        self._path = path
        self._user_agent = user_agent
        # What a page asks for waits its turn in the slot of its host group, one delay after another.
        self._timeout = timeout + IN_TURN * delay
        self._settle_seconds = SETTLE_SECONDS + IN_TURN / 2 * delay
        self._fetch = fetch
        self._free = asyncio.Semaphore(max(1, pages))
        self._lock = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Any = None
        self._contexts: OrderedDict[str, BrowserContext] = OrderedDict()
        self._busy: Counter[str] = Counter()
        self._shown = 0
        self._mark = f"--prober-browser={uuid4().hex}"  # an argument that means nothing to it, and names its processes

    async def show(self, url: str, html: str, host_group: str) -> str:
        """The document that a browser makes of `html` as the page at `url`.

        Raises FetchFailed(EMPTY_AFTER_RENDER), whatever went wrong.
        """
        async with self._page(host_group) as page:
            answers = _Answers(url, html, host_group, self._fetch)
            await page.route("**/*", answers.serve)
            await page.goto(url, wait_until="domcontentloaded")
            await _settle(page, answers, self._settle_seconds)
            size = int(await page.evaluate("document.documentElement.outerHTML.length"))
            if size > DOCUMENT_LIMIT:
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, f"browser: the page grew to {size:,} characters")
            return await page.content()

    async def picture(self, url: str, document: str, host_group: str) -> bytes:
        """A picture (PNG) of a rendered document, exactly as it was kept: its scripts do not run again."""
        async with self._page(host_group) as page:
            answers = _Answers(url, _SCRIPT.sub("", document), host_group, self._fetch, PICTURED)
            await page.route("**/*", answers.serve)
            await page.goto(url, wait_until="domcontentloaded")
            with suppress(PlaywrightTimeout):  # then it shows what has come
                await page.wait_for_load_state("load", timeout=self._settle_seconds * 1000)
            height = int(await page.evaluate("document.documentElement.scrollHeight"))
            await page.set_viewport_size({"width": WIDTH, "height": max(300, min(height, SCREENSHOT_HEIGHT))})
            return await page.screenshot(animations="disabled")

    async def close(self) -> None:
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        if browser:
            await self._ended(browser.close())
        if playwright:
            await self._ended(playwright.stop())

    @asynccontextmanager
    async def _page(self, host_group: str) -> AsyncIterator[BrowserPage]:
        """A page of the group's context, closed at the end; every error of the browser becomes a FetchFailed."""
        async with self._free:
            self._busy[host_group] += 1
            try:
                # Outside Playwright's own timeouts, some of which do not fire when a renderer hangs.
                context = await self._context(host_group)
                async with asyncio.timeout(self._timeout * 2):
                    page = await context.new_page()
                    page.set_default_timeout(self._timeout * 1000)
                    try:
                        yield page
                    finally:
                        await self._ended(page.close())
            except (PlaywrightError, TimeoutError) as error:
                await self._drop(host_group)
                words = str(error).partition("\n")[0] or "the page did not come to rest"
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, f"browser: {words}") from error
            finally:
                self._busy[host_group] -= 1

    async def _context(self, host_group: str) -> BrowserContext:
        """The context of a host group. Those of other groups that nobody uses any more are closed."""
        async with self._lock:
            browser = await self._running()
            if host_group not in self._contexts:
                for idle in [name for name in self._contexts if not self._busy[name]][: -KEPT_CONTEXTS or None]:
                    await self._drop(idle)
                self._contexts[host_group] = await self._new_context(browser)
            self._contexts.move_to_end(host_group)
            return self._contexts[host_group]

    async def _new_context(self, browser: Any) -> BrowserContext:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                context: BrowserContext = await browser.new_context(
                    user_agent=self._user_agent, locale="vi-VN", viewport={"width": WIDTH, "height": 900},
                    service_workers="block", accept_downloads=False,
                )  # fmt: skip
        except TimeoutError:
            self._kill()
            raise
        return context

    async def _drop(self, host_group: str) -> None:
        context = self._contexts.pop(host_group, None)
        if context:
            await self._ended(context.close())

    async def _ended(self, ending: Awaitable[None]) -> None:
        """Wait for the end of a page, a context or the browser; a browser that does not answer is killed."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await ending
        except PlaywrightError:
            pass  # it is gone already
        except TimeoutError:
            self._kill()

    def _kill(self) -> None:
        """End the browser and all its processes at once. Pages that it was showing fail, the next gets a new one."""
        log.warning("the browser does not answer and is killed")
        self._browser = None
        self._contexts.clear()
        for process in _marked(self._mark):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)

    async def _running(self) -> Any:
        """The browser, started anew after PAGES_PER_BROWSER pages or where it has died."""
        self._shown += 1
        worn = self._shown > PAGES_PER_BROWSER and self._busy.total() <= 1
        if self._browser and (worn or not self._browser.is_connected()):
            worn_out, self._browser = self._browser, None
            await self._ended(worn_out.close())
            self._contexts.clear()
        if self._browser is None:
            self._browser, self._shown = await self._launch(), 1
        return self._browser

    async def _launch(self) -> Any:
        try:
            self._playwright = self._playwright or await async_playwright().start()
            return await self._playwright.chromium.launch(
                executable_path=self._path, headless=True, chromium_sandbox=False, timeout=30_000,
                args=[*ARGUMENTS, self._mark],
                proxy={"server": "http://127.0.0.1:9", "bypass": "<-loopback>"},
            )  # fmt: skip
        except (PlaywrightError, OSError) as error:
            words = str(error).partition("\n")[0]
            detail = f"the browser {self._path} does not start: {words}"
            raise FetchFailed(Failure.EMPTY_AFTER_RENDER, detail) from error


def _marked(mark: str) -> list[int]:
    """Processes whose command line has `mark`; none where the system has no /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


class _Answers:
    """Answers every request of one page: the page itself from memory, what its scripts need from the crawler."""

    def __init__(self, url: str, html: str, host_group: str, fetch: Fetch, wanted: frozenset[str] = NEEDED) -> None:
        self._kinds = wanted
        self._images = 0
        self._url = url
        self._html = html
        self._group = host_group
        self._fetch = fetch
        self._given = False
        self._asked = 0
        self.pending = 0

    async def serve(self, route: Route) -> None:
        request = route.request
        self.pending += 1
        try:
            if request.resource_type == "document" and not self._given:
                self._given = True
                await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=self._html)
            elif self._wanted(request.method, request.url, request.resource_type):
                await self._answer(route)
            else:
                # "aborted" leaves the page as it is where it wanted to go elsewhere; any other error would replace it.
                await route.abort("aborted")
        except PlaywrightError:
            pass  # the page was closed meanwhile
        finally:
            self.pending -= 1

    def _wanted(self, method: str, url: str, resource: str) -> bool:
        if (
            method != "GET"
            or resource not in self._kinds
            or resource == "document"
            or group(host_of(url)) != self._group
        ):
            return False
        self._asked += 1
        self._images += resource == "image"
        return self._asked <= SUBRESOURCES and (resource != "image" or self._images <= IMAGES)

    async def _answer(self, route: Route) -> None:
        url = route.request.url
        try:
            for _ in range(3):
                found = await self._fetch(url, self._url)
                if not (300 <= found.status < 400 and found.location):
                    break
                url = absolute(url, found.location)
                if group(host_of(url)) != self._group:
                    await route.abort()
                    return
        except FetchFailed as error:
            log.debug("%s not given to the browser: %s", url, error)
            await route.abort()
            return
        await route.fulfill(status=found.status, content_type=found.media_type or None, body=found.body)


async def _settle(page: BrowserPage, answers: _Answers, seconds: float) -> None:
    """Wait until nothing is asked for and the text has stopped growing, at most `seconds`."""
    size, calm = -1, 0
    deadline = asyncio.get_running_loop().time() + seconds
    while calm < 2 and asyncio.get_running_loop().time() < deadline:
        await page.wait_for_timeout(60)
        now = await page.evaluate("document.body ? document.body.innerText.length : 0")
        calm = calm + 1 if now == size and not answers.pending else 0
        size = now
