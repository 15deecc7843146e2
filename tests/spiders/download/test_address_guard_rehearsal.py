"""What a crawl may connect to. In a rehearsal: the hosts and ports that are listed, however an address is written."""

import asyncio
import http.server
import threading
from collections.abc import Iterator

import pytest

from prober.domain.finding import Failure
from prober.domain.world import World
from spiders.download.address_guard import Reach
from spiders.download.fetch_result import FetchFailed
from spiders.download.http_client import HttpClient

HOSTS = {
    "camau.gov.test": "127.0.0.1:8081",
    "camau.gov.test:443": "127.0.0.1:8443",
    "angiang.gov.test:8080": "[::1]:80",
}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://camau.gov.test/", ("127.0.0.1", 8081)),
        ("HTTP://CaMau.gov.test:80/hoi-dap?a=1", ("127.0.0.1", 8081)),
        ("https://camau.gov.test/", ("127.0.0.1", 8443)),
        ("http://angiang.gov.test:8080/", ("::1", 80)),
    ],
)
def test_a_listed_host_and_port_is_reached_at_its_address(url: str, place: tuple[str, int]) -> None:
    reach = Reach.of("rehearsal", HOSTS)
    reach.check(url)
    host, _, port = url.lower().partition("://")[2].partition("/")[0].partition(":")
    number = int(port or (443 if url.startswith("https") else 80))
    assert asyncio.run(reach.places(host, number)) == [place]


@pytest.mark.parametrize(
    "url",
    [
        "http://www.camau.gov.test/", "http://camau.gov.test:8081/", "http://camau.gov.test:8443/",
        "https://angiang.gov.test:80/", "http://angiang.gov.test/", "http://127.0.0.1:8081/", "http://127.0.0.1/",
        "http://[::1]:80/", "http://localhost:8081/", "http://169.254.169.254/", "http://camau.gov.vn/",
        "https://example.com/", "http://camau.gov.test.example.com/", "http://u:p@camau.gov.test/",
        "http://camau.gov.test@example.com/", "http://camau.gov.test./", "ftp://camau.gov.test/", "file:///etc/passwd",
        "http://camau.gov.test:99999/", "http://camau.gov.test:x/", "http://[::1/", "http://camau.gov.test:0/", "",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_a_reason_of_its_own(url: str) -> None:
    with pytest.raises(FetchFailed, match="rehearsal.hosts") as caught:
        Reach.of("rehearsal", HOSTS).check(url)
    assert caught.value.failure is Failure.UNLISTED


def test_no_name_is_looked_up() -> None:
    """The second wall: a connection, too, takes its address from the table alone."""

    async def asked(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host}:{port} was looked up")

    reach = Reach(World.REHEARSAL, {("camau.gov.test", 80): ("127.0.0.1", 8081)}, asked)
    assert asyncio.run(reach.places("camau.gov.test", 80)) == [("127.0.0.1", 8081)]
    for host, port in (("camau.gov.test", 81), ("localhost", 80), ("127.0.0.1", 8081), ("example.com", 80)):
        with pytest.raises(FetchFailed) as caught:
            asyncio.run(reach.places(host, port))
        assert caught.value.failure is Failure.UNLISTED


def test_the_other_worlds_do_not_use_the_table() -> None:
    for world, url in (("live", "https://camau.gov.vn/"), ("sandbox", "http://camau.gov.test/")):
        reach = Reach.of(world, HOSTS)
        reach.check(url)
        assert not reach.listed
    with pytest.raises(FetchFailed, match="public web") as caught:
        Reach.of("live", HOSTS).check("http://camau.gov.test/")
    assert caught.value.failure is Failure.BLOCKED


class Named(http.server.BaseHTTPRequestHandler):
    """Answer with the name that was asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Named) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_listed_server_answers_under_its_name(port: int) -> None:
    async def fetched() -> bytes:
        client = HttpClient("prober/0.1", 5.0, 1000, Reach.of("rehearsal", {"camau.gov.test": f"127.0.0.1:{port}"}))
        try:
            with pytest.raises(FetchFailed, match="does not list 127.0.0.1"):
                await client.fetch(f"http://127.0.0.1:{port}/")  # listed under its name alone
            return (await client.fetch("http://camau.gov.test/x")).body
        finally:
            await client.close()

    assert asyncio.run(fetched()) == b"camau.gov.test"
