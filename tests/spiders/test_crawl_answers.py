"""Sites whose servers answer as no server should, or ask for a cookie first: one crawl over all, read after it."""

import asyncio
import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from prober.domain.finding import Failure
from tests.spiders.web import Answer, Bench, Fault, Site, Web, agency, entry, page, plain_site

ROBOTS = codecs.BOM_UTF8 + b"USER-AGENT: *\rDISALLOW: /hoi-dap\r"
PAGE = b"Content-Length: 24\r\n\r\n<html><p>Trang</p></html>"
# What /hoi-dap answers, which the menu names; why its page could not be read (None: as a browser would read it).
ODD = {
    "status-0": (b"HTTP/1.1 0 x\r\nContent-Length: 0\r\n\r\n", Failure.HTTP_5XX),
    "status-99": (b"HTTP/1.1 99 x\r\nContent-Length: 0\r\n\r\n", Failure.HTTP_5XX),
    "status-600": (b"HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n", Failure.HTTP_5XX),
    "switch": (b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n", Failure.REFUSED),
    "unchanged": (b"HTTP/1.1 304 x\r\n\r\n", Failure.REFUSED),
    "interim": (b"HTTP/1.1 103 x\r\n\r\n" * 9000, Failure.BUDGET),
    "long-line": (b"HTTP/1.1 200 x\r\nA: " + b"a" * 1_000_000 + b"\r\n\r\n", Failure.BUDGET),
    "nul": (b"HTTP/1.1 200 x\r\nA: \0\r\nContent-\0Type: text/html\r\n" + PAGE, None),
    "nul-in-location": (b"HTTP/1.1 302 x\r\nLocation: /lien-\0he\r\nContent-Length: 0\r\n\r\n", None),
    "no-name": (b"HTTP/1.1 200 x\r\n: a\r\n=?\r\n" + PAGE, None),
    "body-of-204": (b"HTTP/1.1 204 x\r\n" + PAGE, Failure.UNREADABLE),
}  # fmt: skip
SHELL = (
    "<html><body><div id='root'></div><script src='/a.js'></script><script src='http://khong-co.vo.gov.test/b.js'></script>"
    "</body></html>"
)
SCRIPT = (
    "fetch('/c.json').then(() => fetch('/gone')).then(() => { document.getElementById('root').innerHTML ="
    "'<h1>Liên hệ</h1><img src=/d.png><p>Thư điện tử: vanphong@vo.gov.test</p>' + '<p>Tin tức</p>'.repeat(99) })"
)


async def _says(sent: bytes, writer: asyncio.StreamWriter, target: str) -> bool:
    writer.write(sent)
    await writer.drain()
    return False


async def _asks_for_a_cookie(web: Web, host: str, writer: asyncio.StreamWriter, target: str) -> bool:
    """As some protections do: the page is for those who bring back what they were given."""
    seen = next(seen for seen in reversed(web.log) if seen.host == host)
    if "khoa=1" not in seen.cookie:
        head = f"HTTP/1.1 302 x\r\nSet-Cookie: khoa=1; Path=/\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        return not await _says(head.encode(), writer, target)
    content = plain_site().get(target, Answer("<title>404</title>", 404))
    assert isinstance(content, Answer) and isinstance(content.body, str)
    body = content.body.encode()
    head = f"HTTP/1.1 {content.status} x\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    return not await _says(head.encode() + body, writer, target)


@dataclass
class Read:
    web: Web
    bench: Bench

    def failure(self, name: str, path: str) -> str | None:
        rows = self.bench.rows(
            "SELECT failure FROM page WHERE url = ?", f"http://{name.replace('-', '')}.gov.test{path}"
        )
        return rows[0][0] or None


def _sites(web: Web) -> dict[str, Site]:
    odd: dict[str, Site] = {
        name: plain_site() | {"/hoi-dap": partial(_says, sent)} for name, (sent, _) in ODD.items()
    }  # fmt: skip
    always = Answer("", 302, {"Set-Cookie": "a=b", "Location": "/"})
    shell: Site = {
        "/": page("Trang chủ", menu=entry("/lien-he", "Liên hệ")), "/lien-he": Answer(SHELL), "/a.js": Answer(SCRIPT),
        "/c.json": Answer("{}"), "/d.png": Answer(b"\x89PNG"),
    }  # fmt: skip
    return odd | {
        "cookie": {"*": partial(_asks_for_a_cookie, web, "cookie.gov.test")},
        "circle": {"/": always},
        "bom": plain_site() | {"/robots.txt": Answer(ROBOTS)},
        "reset": plain_site() | {"/hoi-dap": Fault("reset")},
        "vo": shell,
    }


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    web = Web()
    sites = _sites(web)
    web.sites |= {f"{name.replace('-', '')}.gov.test": site for name, site in sites.items()}
    bench = Bench.at(tmp_path_factory.mktemp("answers"), web, browser="auto", delay=0.02)
    bench.run(*map(agency, sites), agency("nowhere"))
    yield Read(web, bench)
    web.close()


@pytest.mark.parametrize("name", ODD)
def test_an_answer_that_no_server_should_give_fails_by_its_own_class(read: Read, name: str) -> None:
    assert read.failure(name, "/hoi-dap") == ODD[name][1]
    assert read.bench.rows("SELECT outcome FROM visit WHERE agency = ?", f"2019-{name}") != [("unreachable",)]
    if ODD[name][1]:
        assert read.bench.verdicts(name)["qa"] == "not_seen"


def test_nothing_of_it_is_a_failure_of_the_prober(read: Read) -> None:
    assert not read.bench.rows("SELECT agency FROM visit WHERE failure = 'internal'")


def test_a_site_that_asks_for_a_cookie_is_read(read: Read) -> None:
    assert read.bench.verdicts("cookie")["qa"] == "found"
    cookies = [seen.cookie for seen in read.web.log if seen.host == "cookie.gov.test"]
    assert cookies[0] == "" and set(cookies[1:]) == {"khoa=1"}


def test_one_that_is_never_content_is_not_asked_for_ever(read: Read) -> None:
    assert read.bench.rows("SELECT outcome FROM visit WHERE agency = '2019-circle'") == [("unreachable",)]
    assert len(read.web.targets("circle.gov.test")) < 40


def test_a_robots_txt_with_a_byte_order_mark_is_obeyed(read: Read) -> None:
    assert "/hoi-dap" not in read.web.targets("bom.gov.test")
    assert read.failure("bom", "/hoi-dap") == "robots"


def test_requests_are_those_that_the_servers_saw(read: Read) -> None:
    """Without tunnels (CONNECT), and hosts that the proxy found no server for."""
    counted, saw = dict(read.bench.rows("SELECT agency, requests FROM visit")), {}
    for name in (*ODD, "cookie", "circle", "bom", "reset", "vo"):
        host = f"{name.replace('-', '')}.gov.test"
        saw[f"2019-{name}"] = sum(seen.host == host and seen.method == "GET" for seen in read.web.log)
    assert counted == saw | {"2019-nowhere": 0}


@pytest.mark.needs("chromium")
def test_scripts_and_pictures_are_among_them(read: Read) -> None:
    targets = read.web.targets("vo.gov.test")
    assert {"/a.js", "/c.json", "/gone", "/d.png"} <= set(targets)
