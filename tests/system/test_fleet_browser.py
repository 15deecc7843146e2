"""A worker that uses a browser elsewhere: a Playwright server, as another machine would run it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from spiders.browser.chromium import find_browser
from spiders.browser.renderer import Browser, Subresource
from tests.system.daemon import free_ports

pytestmark = pytest.mark.needs("chromium")
PAGE = "<body><script src='/a.js'></script></body>"


def test_a_page_is_shown_by_a_playwright_server(tmp_path: Path) -> None:
    port = free_ports("127.0.0.1", "browser")["browser"]
    options = {
        "executablePath": find_browser("auto"), "headless": True, "host": "127.0.0.1", "port": port, "wsPath": "/b",
        "args": ["--no-sandbox"],
    }  # fmt: skip
    (tmp_path / "options.json").write_text(json.dumps(options))
    command = ["-m", "playwright", "launch-server", "--browser", "chromium", "--config", str(tmp_path / "options.json")]
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            assert address == f"ws://127.0.0.1:{port}/b" and find_browser(address) == address
            assert "written by its script" in asyncio.run(shown(address))
        finally:
            server.terminate()


async def shown(address: str) -> str:
    async def fetch(url: str, referer: str) -> Subresource:
        return Subresource(200, "text/javascript", "", b"document.body.innerHTML = 'written by its script'")

    browser = Browser(address, 1, "prober/test", 30.0, 0.0)
    try:
        return await browser.show("http://camau.gov.test/", PAGE, "camau.gov.test", fetch)
    finally:
        await browser.close()
