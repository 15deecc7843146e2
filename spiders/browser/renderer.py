"""Render with a browser the few pages that show nothing without one. Only this module and pdf_printer use Playwright.

The browser has no network (spiders.browser.confinement). It gets the page as received, and whatever the page's scripts
request is fetched by the crawler itself, with the same slot, robots.txt, address guard, proxy, certificates and size
limits as any page. A request that the crawler would not make is refused. So a rendered page can reach neither a private
address nor a foreign host, cannot submit a form, and sends no datagram. Its memory is limited
(spiders.browser.process_memory).
"""

import asyncio
import json
import logging
import re
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from time import monotonic
from typing import Any, TypeVar
from uuid import uuid4

from playwright.async_api import BrowserContext, Playwright, Route, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as BrowserPage
from playwright.async_api import TimeoutError as PlaywrightTimeout

from prober.domain.finding import Failure
from prober.domain.hostnames import group, host_of
from prober.domain.pages.elements import absolute
from prober.text.patterns import linear
from spiders.browser.chromium import REMOTE
from spiders.browser.closed_parts import links_behind
from spiders.browser.confinement import WITHOUT_NETWORK, confined
from spiders.browser.process_memory import LIMIT, MemoryLimit, kill, marked
from spiders.download.fetch_result import FetchFailed, Session

log = logging.getLogger(__name__)

NEEDED = frozenset({"document", "script", "xhr", "fetch", "stylesheet"})  # they determine text and layout
PICTURED = NEEDED | {"image", "font"}  # for screenshots also these
IMAGES = 16  # images loaded for one screenshot, the first of the page
PAGES_PER_BROWSER = 100  # then a new browser is started: browsers keep memory
SUBRESOURCES = 60
MOST_REQUESTS = 1_000  # of one page, answered or not; each takes memory here, and time of all other pages
IN_TURN = 16  # requests of one page for which the timeout allows one delay each
ANSWER_SECONDS = 10.0  # limit for closing a page or opening a context; a browser that takes longer hangs
SETTLE_SECONDS = 3.0  # a time and not "network idle", because chat widgets are never idle
DOCUMENT_LIMIT = 10_000_000  # characters of a rendered document; a longer one is refused
SCREENSHOT_HEIGHT = 6000
WIDTH = 1280
KEPT_CONTEXTS = 2  # of host groups that were visited last


@dataclass(frozen=True, slots=True)
class Subresource:
    """The response to a request of a script on a rendered page."""

    status: int
    media_type: str
    location: str
    body: bytes


_LOADS = linear(r"<script\b[^>]{0,500}\bsrc\b", re.IGNORECASE)
_SCRIPT = linear(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)  # without an end, to that of the page
_META = linear(r"<meta[^>]*+>?", re.IGNORECASE)
_REFRESH = linear(r"http-equiv=[\"']?refresh", re.IGNORECASE)

# Run in every frame before its own scripts: shadow trees that a page keeps closed are open to be read.
_UNCLOSED = """{
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) { return attach.call(this, {...options, mode: 'open'}); };
}"""
# Copies what components keep in shadow trees of their own into the document, where it can be read; each tree once,
# however deep it lies.
_OPENED = """() => {
  const open = (root, place) => root.querySelectorAll('*').forEach(host => {
    if (host.shadowRoot) {
      (place || host).append(...[...host.shadowRoot.childNodes].map(node => node.cloneNode(true)));
      open(host.shadowRoot, place || host);
    }
  });
  open(document, null);
}"""

# Colours are judged where all that gives them is in the document: no style sheet of its own address, no rule that
# imports one, and no script of its own address, which might add one.
_BROKEN = """async (whole) => {
  const imports = sheet => [...sheet.cssRules].some(rule => rule instanceof CSSImportRule);
  const own = whole && !document.querySelector('link[rel~="stylesheet" i], link[as="style" i]')
    && ![...document.styleSheets].some(imports);
  const found = await axe.run(document, {
    runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa']}, resultTypes: ['violations'],
    rules: {'color-contrast': {enabled: own}},
  });
  return found.violations.map(broken => [
    broken.id, broken.impact || '', broken.nodes.length, broken.nodes[0].target.join(' ').slice(0, 200),
    broken.nodes[0].html.slice(0, 200),
  ]);
}"""
T = TypeVar("T")
Fetch = Callable[[str, str], Awaitable[Subresource]]
Work = Callable[[BrowserPage, "_Answers"], Awaitable[T]]  # on an open page


class _Lost(Exception):
    """A page was closed from outside: the browser ended, or the context, because of another page."""


class Browser:
    """One Chromium, started on first use; it shows a few pages at once, with one context per host group."""

    def __init__(
        self, path: str, pages: int, user_agent: str, timeout: float, delay: float, memory: int = LIMIT
    ) -> None:
        self._path = path
        self._user_agent = user_agent
        # The requests of a page wait in the slot of its host group, with one delay between any two.
        self._timeout = timeout + IN_TURN * delay
        self._settle_seconds = SETTLE_SECONDS + IN_TURN / 2 * delay
        self._pages = max(1, pages)
        self._free = asyncio.Semaphore(self._pages)
        self._alone = asyncio.Lock()
        self._lock = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Any = None
        self._contexts: OrderedDict[str, BrowserContext] = OrderedDict()
        self._busy: Counter[str] = Counter()
        self._limits: set[asyncio.Timeout] = set()  # of the open pages
        self._shown = 0
        self._driver = 0  # how many drivers were killed before the one that is used
        # The mark is no option of Chromium; it identifies its processes.
        self._memory = MemoryLimit(f"--prober-browser={uuid4().hex}", memory)

    async def show(
        self, url: str, html: str, host_group: str, fetch: Fetch, policy: str = "", session: Session | None = None
    ) -> str:
        """Return the document that the browser makes of `html` as the page at `url`; `fetch` serves its scripts.

        What the site's own `policy` forbids does not run, as for its visitors. `session` is told how long the page
        waited for the browser: for a place, for its start, or because another page had ended it.
        Raises FetchFailed(EMPTY_AFTER_RENDER) for every kind of failure.
        """

        async def shown(page: BrowserPage, answers: _Answers) -> str:
            await page.goto(url, wait_until="domcontentloaded")
            await _settle(page, answers, self._settle_seconds)
            await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")  # some parts wait to be seen
            await _settle(page, answers, self._settle_seconds)
            await page.evaluate(_OPENED)
            size = int(await page.evaluate("document.documentElement.outerHTML.length"))
            if size > DOCUMENT_LIMIT:
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, f"browser: the page grew to {size:,} characters")
            document = await page.content()
            links = await links_behind(page, partial(_settle, page, answers, self._settle_seconds))
            if len(links) > DOCUMENT_LIMIT - size:
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, f"browser: the page grew by {len(links):,} characters")
            return document.replace("</body>", f"<nav hidden>{links}</nav></body>") if links else document

        answers = partial(_Answers, url, html, host_group, fetch, policy=policy)
        return await self._opened(shown, host_group, answers, session or Session())

    async def picture(
        self, url: str, document: str, host_group: str, fetch: Fetch, session: Session | None = None
    ) -> bytes:
        """Return a screenshot (PNG) of a rendered document as it was stored: its scripts do not run again."""

        async def pictured(page: BrowserPage, _: _Answers) -> bytes:
            await page.goto(url, wait_until="domcontentloaded")
            with suppress(PlaywrightTimeout):  # the screenshot then shows what was loaded
                await page.wait_for_load_state("load", timeout=self._settle_seconds * 1000)
            height = int(await page.evaluate("document.documentElement.scrollHeight"))
            await page.set_viewport_size({"width": WIDTH, "height": max(300, min(height, SCREENSHOT_HEIGHT))})
            return await page.screenshot(animations="disabled")

        answers = partial(_Answers, url, _still(document), host_group, fetch, PICTURED)
        return await self._opened(pictured, host_group, answers, session or Session())

    async def audit(
        self, url: str, document: str, host_group: str, fetch: Fetch, session: Session | None = None
    ) -> str:
        """Return what axe-core finds on a document as it was stored, as JSON; nothing is loaded for it.

        A list for each rule that is broken: its name, how grave it is, elements, the first one's selector and markup.
        Colours are judged only where no style sheet or script has an address of its own.
        """

        async def audited(page: BrowserPage, _: _Answers) -> str:
            await page.goto(url, wait_until="domcontentloaded")
            await page.evaluate(f"() => {{ {_axe()}\n; return true }}")
            return json.dumps(await page.evaluate(_BROKEN, not _LOADS.search(document)), ensure_ascii=False)

        answers = partial(_Answers, url, _still(document), host_group, fetch, frozenset())
        return await self._opened(audited, host_group, answers, session or Session())

    async def close(self) -> None:
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        if browser:
            await self._ended(browser.close())
        await asyncio.to_thread(self._memory.stop)
        if playwright:
            await self._ended(playwright.stop())

    async def _opened(self, work: Work[T], host_group: str, answers: "Callable[[], _Answers]", session: Session) -> T:
        """Do `work` on a new page. One that was lost through another page is tried once more, with no other open."""
        begin, before = monotonic(), session.waited
        try:
            async with self._places(1, session):
                return await self._worked(work, host_group, answers(), session)
        except _Lost as lost:
            log.info("a page is shown once more: %s", lost)
        in_vain = monotonic() - begin - (session.waited - before)
        async with self._places(self._pages, session, self._alone):
            try:
                found = await self._worked(work, host_group, answers(), session)
            except _Lost as error:
                raise FetchFailed(Failure.EMPTY_AFTER_RENDER, f"browser: {error}") from error
        session.waited += in_vain  # it is shown when alone: another page had ended the browser, or the browser itself
        return found

    @asynccontextmanager
    async def _places(self, number: int, session: Session, alone: asyncio.Lock | None = None) -> AsyncIterator[None]:
        """Hold so many places of the browser, and `alone` before them; the time until they are free is waiting."""
        async with AsyncExitStack() as places:
            with session.waiting():
                if alone:
                    await places.enter_async_context(alone)
                for _ in range(number):
                    await places.enter_async_context(self._free)
            yield

    async def _worked(self, work: Work[T], host_group: str, answers: "_Answers", session: Session) -> T:
        """Do `work` on a new page of the group's context, whose requests `answers` serves."""
        with self._memory.watching():
            async with self._page(host_group, session) as page:
                await page.route("**/*", answers.serve)
                try:
                    async with asyncio.timeout(None) as answers.patience:
                        return await work(page, answers)
                finally:
                    await answers.close()

    @asynccontextmanager
    async def _page(self, host_group: str, session: Session) -> AsyncIterator[BrowserPage]:
        """Open a page in the group's context and close it at the end.

        Raises FetchFailed if the page itself breaks, _Lost if it was closed from outside.
        """
        crashed: list[BrowserPage] = []
        exceeded = self._memory.exceeded
        self._busy[host_group] += 1
        page, limit = None, None
        try:
            # Our own timeout, because some of Playwright's do not fire when a renderer hangs.
            with session.waiting():  # for its start, and for those whose contexts are opened and closed
                context = await self._context(host_group)
            async with asyncio.timeout(self._timeout * 2) as limit:
                self._limits.add(limit)
                page = await context.new_page()
                page.on("crash", lambda broken: crashed.append(broken))
                page.set_default_timeout(self._timeout * 1000)
                try:
                    yield page
                finally:
                    await self._ended(page.close())
        except (PlaywrightError, TimeoutError) as error:
            if not crashed and (_closed(error) or not (self._browser and self._browser.is_connected())):
                raise _Lost(f"the browser ended while it showed the page: {_words(error)}") from error
            await self._drop(host_group)
            much = f"the page took more than {self._memory.limit // 1_000_000:,} MB of memory"
            words = much if crashed and self._memory.exceeded > exceeded else _words(error)
            raise FetchFailed(Failure.EMPTY_AFTER_RENDER, f"browser: {words}") from error
        finally:
            self._busy[host_group] -= 1
            if limit:
                self._limits.discard(limit)

    async def _context(self, host_group: str) -> BrowserContext:
        """Return the context of a host group, and close contexts of other groups that are not in use."""
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
                await context.add_init_script(WITHOUT_NETWORK + ";" + _UNCLOSED)
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
            pass  # closed already
        except TimeoutError:
            self._kill()

    def _kill(self) -> None:
        """Kill the browser and all its processes. Its open pages are lost; the next page gets a new browser."""
        log.warning("the browser does not answer and is killed")
        self._browser = None
        self._contexts.clear()
        kill(marked(self._memory.mark))

    async def _running(self) -> Any:
        """Return the browser; start a new one after PAGES_PER_BROWSER pages, or if it or its driver has died."""
        if self._driver != self._memory.drivers:
            self._driver, self._browser, self._playwright = self._memory.drivers, None, None
            self._contexts.clear()
        self._shown += 1
        worn = self._shown > PAGES_PER_BROWSER and self._busy.total() <= 1
        if self._browser and (worn or not self._browser.is_connected()):
            worn_out, self._browser = self._browser, None
            await self._ended(worn_out.close())
            self._contexts.clear()
        if self._browser is None:
            self._browser, self._shown = await self._launch(), 1
            self._browser.on("disconnected", self._gone)
            self._memory.start()
        return self._browser

    def _gone(self, browser: Any) -> None:
        """End the wait of all open pages: some of Playwright's calls never return once the browser has ended."""
        if browser is self._browser:
            for limit in self._limits:
                with suppress(RuntimeError):  # it is over already
                    limit.reschedule(0)

    async def _launch(self) -> Any:
        try:
            self._playwright = self._playwright or await async_playwright().start()
            if self._path.startswith(REMOTE):  # its memory and its network are limited where it runs
                return await self._playwright.chromium.connect(self._path, timeout=self._timeout * 1000)
            with confined(self._path, self._memory.mark) as options:
                return await self._playwright.chromium.launch(headless=True, **options)
        except (PlaywrightError, OSError) as error:
            detail = f"the browser {self._path} does not start: {_words(error)}"
            raise FetchFailed(Failure.EMPTY_AFTER_RENDER, detail) from error


def _still(document: str) -> str:
    """Return a stored document without its scripts, which have run, and without a refresh that would leave it."""
    return _META.sub(lambda tag: "" if _REFRESH.search(tag[0]) else tag[0], _SCRIPT.sub("", document))


@cache
def _axe() -> str:
    """Return the script of axe-core, which the package axe-playwright-python brings."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def _words(error: BaseException) -> str:
    return str(error).partition("\n")[0] or "the page did not come to rest"


def _closed(error: BaseException) -> bool:
    """Return True for the error of a page, context or browser that was closed while something waited for it."""
    return "has been closed" in str(error) or "Target closed" in str(error)


class _Answers:
    """Answer every request of one page: for the page itself from memory, for its scripts through the crawler."""

    def __init__(
        self, url: str, html: str, host_group: str, fetch: Fetch, wanted: frozenset[str] = NEEDED, policy: str = ""
    ) -> None:
        self._kinds = wanted
        self._headers = {"content-type": "text/html; charset=utf-8"}
        if policy:
            self._headers["content-security-policy"] = policy
        self._images = 0
        self._url = url
        self._html = html
        self._group = host_group
        self._fetch = fetch
        self._given = False
        self._asked = 0
        self._turn = asyncio.Lock()
        self._over = False
        self._met = 0
        self.pending = 0
        self.patience = asyncio.timeout(None)  # with the page that asks

    async def close(self) -> None:
        """Fetch nothing more: a page that is closed must not keep its site waiting for what it had still wanted."""
        self._over = True
        async with self._turn:
            pass  # what was asked for arrives in the time of the visit that it belongs to

    async def serve(self, route: Route) -> None:
        self._met += 1
        if self._met > MOST_REQUESTS:  # no answer: each would make room for another request
            with suppress(RuntimeError):  # it is over already
                self.patience.reschedule(0)
            return
        request = route.request
        self.pending += 1
        try:
            if request.resource_type == "document" and not self._given:
                self._given = True
                await route.fulfill(status=200, headers=self._headers, body=self._html)
            elif self._wanted(request.method, request.url, request.resource_type):
                await self._answer(route)
            else:
                # With "aborted" a page that tries to navigate stays as it is; any other error would replace it.
                await route.abort("aborted")
        except PlaywrightError:
            pass  # the page was closed in the meantime
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
        try:
            async with self._turn:  # as in the slot of the site, where each waits for the one before
                found = await self._found(route.request.url)
        except FetchFailed as error:
            log.debug("%s not given to the browser: %s", route.request.url, error)
            found = None
        if found is None:
            await route.abort()
            return
        await route.fulfill(status=found.status, content_type=found.media_type or None, body=found.body)

    async def _found(self, url: str) -> Subresource | None:
        """Return what is at `url` after redirects; None if they lead to another operator, or the page is closed."""
        for _ in range(3):
            if self._over or group(host_of(url)) != self._group:
                return None
            found = await self._fetch(url, self._url)
            if not (300 <= found.status < 400 and found.location):
                break
            url = absolute(url, found.location)
        return found


async def _settle(page: BrowserPage, answers: _Answers, seconds: float) -> None:
    """Wait until no request is open and the text has stopped growing, at most `seconds`."""
    size, calm = -1, 0
    deadline = asyncio.get_running_loop().time() + seconds
    while calm < 2 and asyncio.get_running_loop().time() < deadline:
        await page.wait_for_timeout(60)
        now = await page.evaluate("document.body ? document.body.innerText.length : 0")
        calm = calm + 1 if now == size and not answers.pending else 0
        size = now
