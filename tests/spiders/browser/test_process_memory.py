"""Pages that take all memory: each is killed within the limit, and the pages beside it are shown."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from spiders.browser import process_memory
from spiders.browser.chromium import find_browser
from spiders.browser.process_memory import family, kill, marked, private_bytes
from spiders.browser.renderer import Browser, Fetch, Subresource
from spiders.download.fetch_result import FetchFailed

pytestmark = pytest.mark.needs("chromium")

GIGABYTES = 5
FILL = "const kept = []; function fill() { const part = new Uint8Array(2 ** 24); part.fill(1); kept.push(part) }"
BOMBS = {
    "typed arrays": f"{FILL} setInterval(() => kept.length < {64 * GIGABYTES} && fill(), 1)",
    "typed arrays in workers": f"const code = new Blob([`{FILL} while (kept.length < {16 * GIGABYTES}) fill()`]);"
    "for (let n = 0; n < 4; n++) new Worker(URL.createObjectURL(code))",
    "pictures": "const all = [], draw = () => { const c = document.createElement('canvas'); c.width = c.height = 4096;"
    "const d = c.getContext('2d'); d.fillRect(0, 0, 4096, 4096); all.push(c, d.getImageData(0, 0, 4096, 4096)) };"
    "setInterval(draw, 5)",
}  # fmt: skip
SLOW = (
    "<html><body><p id=here></p><script>setInterval(() => document.body.append(' từ'), 50);"
    "setTimeout(() => document.getElementById('here').textContent = 'Xin chào', 1000)</script></body></html>"
)


def page(code: str) -> str:
    return f"<html><body><p>Trang</p><script>{code}</script></body></html>"


async def nothing(url: str, referer: str) -> Subresource:
    return Subresource(404, "text/html", "", b"")


class Peak(threading.Thread):
    """The most memory that all processes of the browser had together, looked at often."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self.over = False
        self._mark = mark

    def run(self) -> None:
        while not self.over:
            processes = family(marked(self._mark))
            for _ in range(5):
                self.bytes = max(self.bytes, sum(map(private_bytes, processes)))
                time.sleep(0.02)


@contextmanager
def watched(browser: Browser) -> Iterator[Peak]:
    peak = Peak(browser._memory.mark)
    peak.start()
    try:
        yield peak
    finally:
        peak.over = True
        peak.join()


async def shown(browser: Browser, host: str, html: str, fetch: Fetch = nothing) -> str:
    try:
        return await browser.show(f"https://{host}/", html, host, fetch)
    except FetchFailed as failed:
        return f"failed: {failed.detail}"


@pytest.fixture(scope="module")
def night() -> Iterator[tuple[asyncio.Runner, Browser]]:
    with asyncio.Runner() as runner:
        browser = Browser(find_browser("auto") or "", 2, "prober/test", 15.0, 0.0)
        yield runner, browser
        runner.run(browser.close())


@pytest.mark.parametrize("code", BOMBS.values(), ids=BOMBS.keys())
def test_a_page_that_takes_all_memory_is_killed_and_those_beside_it_are_shown(
    night: tuple[asyncio.Runner, Browser], code: str
) -> None:
    runner, browser = night

    async def together() -> list[str]:
        return await asyncio.gather(
            shown(browser, "bom.gov.test", page(code)), shown(browser, "hien.gov.test", SLOW)
        )  # fmt: skip

    with watched(browser) as peak:
        bomb, beside = runner.run(together())
    assert "Xin chào" in beside
    assert peak.bytes < 1_500_000_000
    # It is lost, or was shown before it took too much and is killed while it is closed.
    assert bomb.startswith("failed: browser:") or "<p>Trang</p>" in bomb


def test_of_these_pages_one_at_least_was_killed(night: tuple[asyncio.Runner, Browser]) -> None:
    assert night[1]._memory.exceeded > 0


def test_when_the_browser_itself_ends_the_pages_in_it_are_shown_once_more(
    night: tuple[asyncio.Runner, Browser],
) -> None:
    runner, browser = night
    killed: list[str] = []

    async def together() -> list[str]:
        async def ends(url: str, referer: str) -> Subresource:
            if not killed:
                killed.append(url)
                kill(marked(browser._memory.mark))
            return Subresource(200, "text/javascript", "", b"document.body.append('Xin ch\xc3\xa0o')")

        script = "<html><body><script src=/a.js charset=utf-8></script></body></html>"
        both = shown(browser, "x.gov.test", script, ends), shown(browser, "y.gov.test", SLOW)
        return list(await asyncio.gather(*both))

    documents = runner.run(together())
    assert all("Xin chào" in document for document in documents), documents
    assert killed


def test_a_driver_that_keeps_too_much_is_killed_and_the_pages_beside_are_shown(
    night: tuple[asyncio.Runner, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that logs without end makes it so; here any page does, until one driver was killed."""
    runner, browser = night
    monkeypatch.setattr(browser, "_timeout", 3.0)
    assert "Trang" in runner.run(shown(browser, "x.gov.test", page("")))

    async def together() -> list[str]:
        async def fetch(url: str, referer: str) -> Subresource:
            if not browser._memory.drivers:
                monkeypatch.setattr(process_memory, "DRIVER_LIMIT", 1)
                while not browser._memory.drivers:
                    await asyncio.sleep(0.01)
                monkeypatch.undo()
            return await nothing(url, referer)

        floods = "<html><body><p>Trang</p><script src=/a.js></script></body></html>"
        return await asyncio.gather(shown(browser, "x.gov.test", floods, fetch), shown(browser, "y.gov.test", SLOW))

    flooding, beside = runner.run(together())
    assert "Trang" in flooding and "Xin chào" in beside
    assert browser._memory.drivers == 1
