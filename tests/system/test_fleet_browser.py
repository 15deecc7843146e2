"""A worker that uses a browser elsewhere, a Playwright server, and one that has none beside one that has."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pytest

from prober.config.load import load
from prober.domain.hostnames import host_of
from prober.fleet.coordinator import lead
from prober.fleet.shared_services import connected
from prober.store import open_results
from prober.store.results.registry import sync
from spiders.browser.chromium import find_browser
from spiders.browser.renderer import Browser, Subresource
from spiders.job import Job
from tests.natural_keys import differences
from tests.spiders.conftest import web as web
from tests.spiders.web import DELAY, NOW, Answer, Bench, Site, Web, agency, plain_site
from tests.system.daemon import free_ports
from tests.system.fleet_machines import until
from tests.system.redis_server import RedisServer, redis_server

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
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        assert server.stdout
        try:
            address = server.stdout.readline().strip()
            assert address == f"ws://127.0.0.1:{port}/b" and find_browser(address) == address
            assert "written by its script" in asyncio.run(shown(address))
        finally:
            os.killpg(server.pid, signal.SIGTERM)  # the server is a program of its own, which ends its browser
            server.stdout.read()  # to its end: then nobody is left who holds it


async def shown(address: str) -> str:
    async def fetch(url: str, referer: str) -> Subresource:
        return Subresource(200, "text/javascript", "", b"document.body.innerHTML = 'written by its script'")

    browser = Browser(address, 1, "prober/test", 30.0, 0.0)
    try:
        return await browser.show("http://camau.gov.test/", PAGE, "camau.gov.test", fetch)
    finally:
        await browser.close()


SHELL = Answer("<html><head><title>Cổng</title></head><body><div id='app'></div><script src='/app.js'></script></body>")
CONFIG = """
world = "sandbox"
[crawl]
delay = {delay}
timeout = 20.0
browser = "auto"
[fleet]
redis = "{redis}"
store = "store"
lease = 20
"""


def by_script(site: Site) -> Site:
    """The same site, whose home page is written by a script."""
    home = site["/"]
    assert isinstance(home, Answer)
    script = f"document.documentElement.innerHTML = {json.dumps(home.body)}"
    return {**site, "/": SHELL, "/app.js": Answer(script, headers={"Content-Type": "text/javascript"})}


def let_go(server: RedisServer, frozen: int) -> None:
    """Let the worker with a browser go on once the other has left a site to it."""
    with closing(server.client()) as client:
        until(lambda: list(client.scan_iter("*:browser:*")))
    os.kill(frozen, signal.SIGCONT)


@pytest.mark.needs("redis-server")
def test_a_worker_without_a_browser_leaves_what_needs_one_to_a_worker_that_has_one(web: Web, tmp_path: Path) -> None:
    """The one with a browser is frozen until the other has left the site: else it might be the faster one."""
    sites = [agency("ca-mau"), agency("ha-giang")]
    for one in sites:
        web.sites[host_of(one.url)] = plain_site(f"vanphong@{host_of(one.url)}")
    web.sites["camau.gov.test"] = by_script(web.sites["camau.gov.test"])
    alone = Bench.at(tmp_path / "alone", web, browser="auto", timeout=20.0)
    assert alone.run(*sites).rendered
    with redis_server(tmp_path / "redis") as server, ExitStack() as stack:
        folder = tmp_path / "fleet"
        folder.mkdir()
        text = CONFIG.format(redis=server.url, delay=DELAY)
        (folder / "prober.toml").write_text(text)
        (folder / "without.toml").write_text(f'{text}browser = "none"\n')
        state = connected(load(folder / "prober.toml")).state
        workers = []
        for name, file in (("1", "without.toml"), ("2", "prober.toml")):
            command = [sys.executable, "-P", "-m", "prober", "--config", str(folder / file), "fleet", "worker"]
            workers.append(subprocess.Popen([*command, "--name", name], start_new_session=True))
            stack.callback(workers[-1].wait)
            stack.callback(workers[-1].kill)
        until(lambda: [worker.browser for worker in state.workers()] == [False, True])
        config, since = load(folder / "prober.toml"), len(web.log)
        with closing(open_results(config.paths.results)) as db:
            sync(db, sites, (), config.world)
        os.kill(workers[1].pid, signal.SIGSTOP)
        letting_go = threading.Thread(target=let_go, args=(server, workers[1].pid))
        letting_go.start()
        stack.callback(letting_go.join)
        job = Job(tuple(sites), config, alone.endpoint, NOW, alone.vocabulary, alone.sought)
        found = lead(job, lambda done, total, what: None)
    assert found.complete and found.rendered and found.without_browser == ()
    assert differences(alone.config.paths.results, folder / "results.db") == {}
    asked = [seen for seen in web.log[since:] if seen.host == "camau.gov.test"]
    assert [seen.target for seen in asked].count("/") == 2 and "/app.js" in {seen.target for seen in asked}
    assert min(b.at - a.at for a, b in pairwise(asked)) >= DELAY - 0.01
