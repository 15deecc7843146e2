"""No way in: whatever a site links to, redirects to, frames, lists or asks for by script, nothing private answers."""

import asyncio
import json
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from socket import gaierror

import pytest
from PIL import Image

from prober.detectors.body import Body
from prober.domain.agency import Agency
from prober.domain.finding import Failure
from prober.domain.hostnames import host_of, scope
from prober.domain.world import World
from spiders.download.address_guard import Reach, all_public, is_public, may_be_fetched, public_addresses
from spiders.download.fetch_result import FetchFailed
from spiders.download.http_client import HttpClient
from spiders.visit.step import StepResult as Heard
from spiders.visit.step import VisitStep
from spiders.visit.walk import SiteWalk
from tests.hostile import SCAFFOLD, VALUES
from tests.languages import VIETNAMESE
from tests.pobi import HANOI
from tests.spiders.reading.reading_here import with_reading
from tests.spiders.web import Answer, Bench, Web, agency, entry, page, plain_site

# Every way of writing this machine that a resolver or a browser understands.
LOOPBACK = (
    "127.0.0.1", "127.1", "127.255.255.254", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "0.0.0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.",
    "127。0。0。1", "①②⑦.0.0.1",
)  # fmt: skip
PRIVATE = (
    "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[fc00::1]", "[fe80::1]", "[64:ff9b::a00:1]",
    "[2002:a00:1::]", "[::ffff:10.0.0.1]",
)  # fmt: skip
NAMES = ("printer.local", "db.internal", "x.localhost", "intranet", "camau.gov.vn.local.")
HOSTILE = (*LOOPBACK, *PRIVATE, *NAMES)


@pytest.mark.parametrize("host", HOSTILE)
def test_an_address_is_refused_by_its_looks(host: str) -> None:
    for url in (f"http://{host}/", f"https://{host}:8080/x", f"http://camau.gov.vn@{host}/"):
        assert not may_be_fetched(url, False) and not may_be_fetched(url, True)


@pytest.mark.parametrize("host", [host.strip("[]") for host in (*LOOPBACK, *PRIVATE)])
def test_an_address_is_refused_where_it_is_resolved(host: str) -> None:
    """The second wall, which knows nothing of the first: what the resolver of this machine makes of the name."""
    with pytest.raises((FetchFailed, gaierror)) as caught:
        asyncio.run(public_addresses(host, 80))
    if isinstance(caught.value, FetchFailed):
        assert caught.value.failure is Failure.DNS and "not a public address" in caught.value.detail
    else:
        assert host.endswith(".")  # not a number to this resolver, and no name that exists


@pytest.mark.parametrize(
    "answer",
    [
        ["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "::1"], ["8.8.8.8", "8.8.4.4", "169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"], ["8.8.8.8", "::ffff:192.168.0.1"],
    ],
)  # fmt: skip
def test_one_private_address_in_an_answer_is_enough(answer: list[str]) -> None:
    for order in (answer, answer[::-1]):
        with pytest.raises(FetchFailed, match="not a public address"):
            all_public("camau.gov.vn", order)


def test_public_answers_are_used_as_they_came() -> None:
    answer = ["8.8.8.8", "2606:4700::1111"]
    assert all_public("camau.gov.vn", answer) == answer and all(map(is_public, answer))


class Trap:
    """A server on this machine, behind both families where there are two. Counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = self._bound()
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def _bound() -> socket.socket:
        if socket.has_dualstack_ipv6():
            return socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        return socket.create_server(("127.0.0.1", 0))

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            peer.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


def test_nothing_connects_to_this_machine(trap: Trap) -> None:
    async def knock() -> None:
        http = HttpClient("prober/0.1", 2.0, 1000, Reach(World.LIVE))
        for host in LOOPBACK:
            with pytest.raises(FetchFailed):
                await http.fetch(f"http://{host}:{trap.port}/")
        await http.close()

    asyncio.run(knock())
    assert trap.connections == 0
    socket.create_connection(("127.0.0.1", trap.port)).close()  # it would have been counted


# The walk itself, in live mode and without a network: which addresses it wants after a site named hostile ones.

CA_MAU = Agency("ca-mau", "2019", "portal", "Tỉnh Cà Mau", "", "ca-mau", "Cà Mau", "Ca Mau", "http://www.camau.gov.vn/")
MALFORMED = (
    "http://[::1/hoi-dap",
    "http://camau.gov.vn:99999/hoi-dap",
    "http://camau.gov.vn:x/hoi-dap",
    "http://\uff05/",
)
TARGETS = (*(f"http://{host}/hoi-dap" for host in HOSTILE), *MALFORMED)


def wanted(site: Mapping[str, Heard], sitemaps: tuple[str, ...] = ()) -> list[str]:
    """Every address that a visit of `site` asks for, in order. `sitemaps` are those that its robots.txt names."""
    visit = SiteWalk(
        CA_MAU,
        scope(CA_MAU, ()),
        Body("Tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.vn",), vocabulary=VIETNAMESE),
        60,
        60,
    )
    asked = []
    while step := visit.next_step(0.0):
        asked.append(step.url)
        visit.take(step, with_reading(step, replace(_heard(step, site), sitemaps=sitemaps), visit))
        assert len(asked) < 100
    return asked


def _heard(step: VisitStep, site: Mapping[str, Heard]) -> Heard:
    if step.render:  # there is no browser here
        return replace(heard(""), url=step.url, status=0, failure=Failure.EMPTY_AFTER_RENDER)
    gone = heard("<title>404</title>Không tìm thấy trang", 404)
    found = site.get(step.url.replace("www.", "").removeprefix("http://camau.gov.vn"), gone)
    return Heard(step.url, found.fetched_at, found.status, found.headers, found.body)


def heard(body: str | Answer, status: int = 200, location: str = "", media_type: str = "text/html") -> Heard:
    text = str(body.body) if isinstance(body, Answer) else body
    headers = {"content-type": media_type} | ({"location": location} if location else {})
    return Heard("", datetime(2020, 4, 13, tzinfo=HANOI), status, headers, text.encode())


def _ours(asked: list[str]) -> bool:
    return bool(asked) and {host_of(url) for url in asked} <= {"camau.gov.vn", "www.camau.gov.vn"}


def test_links_frames_and_refreshes_lead_to_nothing_private() -> None:
    frames = "".join(f"<iframe src='{url}'></iframe><frame src='{url}'>" for url in TARGETS)
    refreshes = "".join(f"<meta http-equiv=refresh content='0;url={url}'>" for url in TARGETS)
    scripts = "".join(f"<a href=# onclick=\"location.href='{url}'\">Hỏi đáp</a>" for url in TARGETS)
    menu = "".join(entry(url, "Hỏi đáp") for url in TARGETS)
    for content in (frames, refreshes, scripts, f"<base href='{TARGETS[0]}'><a href='hoi-dap'>Hỏi đáp</a>"):
        assert _ours(wanted({"/": heard(page("Trang chủ", content, menu))}))
    for url in TARGETS:  # alone on its page, a refresh is followed where it may be
        assert _ours(wanted({"/": heard(f"<meta http-equiv=refresh content='0;url={url}'>")}))


@pytest.mark.parametrize("value", (*VALUES, *TARGETS, "http://camau.gov.vn.evil.example/hoi-dap"))
def test_no_address_ends_a_visit_or_leads_it_away(value: str) -> None:
    whole = heard(SCAFFOLD.format(value))
    for home in (page("Trang chủ", menu=entry("/hoi-dap", "Hỏi đáp")), SCAFFOLD.format(value).replace("<base", "<bas")):
        assert _ours(wanted({"/": heard(home), "/hoi-dap": whole, "/lien-he": whole}, (value,)))


def test_sitemaps_lead_to_nothing_private() -> None:
    lines = "".join(f"<url><loc>{url}</loc></url>" for url in TARGETS)
    nested = "".join(f"<sitemap><loc>{url}.xml</loc></sitemap>" for url in TARGETS)
    for body in (f"<urlset>{lines}</urlset>", f"<sitemapindex>{nested}</sitemapindex>"):
        asked = wanted({"/": heard(page("Trang chủ")), "/sitemap.xml": heard(body, media_type="text/xml")}, TARGETS)
        assert _ours(asked) and any(url.endswith("/sitemap.xml") for url in asked)


@pytest.mark.parametrize("target", TARGETS)
def test_redirects_lead_to_nothing_private(target: str) -> None:
    assert _ours(wanted({"/": heard("", 302, target)}))
    section = {"/": heard(page("Trang chủ", menu=entry("/hoi-dap", "Hỏi đáp"))), "/hoi-dap": heard("", 302, target)}
    asked = wanted(section)
    assert _ours(asked) and any(url.endswith("/hoi-dap") for url in asked)


def test_redirects_and_refreshes_without_end_end() -> None:
    ways = [heard("", 302, f"/{n + 1}") for n in range(200)]
    assert len(wanted({"/": ways[0], **{f"/{n}": way for n, way in enumerate(ways)}})) < 60
    turns = [heard(f"<meta http-equiv=refresh content='0;url=/{n + 1}'>") for n in range(200)]
    assert len(wanted({"/": turns[0], **{f"/{n}": turn for n, turn in enumerate(turns)}})) < 60
    there, back = (heard(f"<meta http-equiv=refresh content='0;url={url}'>") for url in ("/b", "/"))
    assert len(wanted({"/": there, "/b": back})) < 60
    start = heard(page("Trang chủ", menu=entry("/muc/17", "Hỏi đáp")))
    assert _leads_to("/muc/17", wanted({"/": there, "/b": start}))


def test_a_counter_of_clicks_leads_to_the_section() -> None:
    """A menu that counts clicks: each entry leads to the counter, which sends on."""
    home = page("Trang chủ", menu=entry("/dem?b=17", "Hỏi đáp"))
    section = page("Mục 17", "<h1>Hỏi đáp</h1>" + entry("/muc/17/cau-hoi", "Danh sách câu hỏi"))
    asked = wanted({"/": heard(home), "/dem?b=17": heard("", 302, "/muc/17"), "/muc/17": heard(section)})
    assert _leads_to("/dem?b=17", asked) and _leads_to("/muc/17", asked) and _leads_to("/muc/17/cau-hoi", asked)


def test_a_sitemap_is_read_under_whatever_name_robots_txt_gives_it() -> None:
    lines = "<urlset><url><loc>http://camau.gov.vn/muc/hoi-dap-17</loc></url></urlset>"
    site = {"/": heard(page("Trang chủ")), "/ban-do.xml": heard(lines, media_type="text/xml")}
    asked = wanted(site, ("http://camau.gov.vn/ban-do.xml",))
    assert _leads_to("/ban-do.xml", asked) and _leads_to("/muc/hoi-dap-17", asked)
    assert not _leads_to("/muc/hoi-dap-17", wanted(site))


def _leads_to(path: str, asked: list[str]) -> bool:
    return any(url.endswith(f"camau.gov.vn{path}") for url in asked)


# And as a whole, with a browser: a page that does all it can.

SCRIPT = """
for (const url of TARGETS) {
  fetch(url).catch(() => 0); navigator.sendBeacon(url, 'x'); new Image().src = url;
  try { new WebSocket(url.replace('http', 'ws')); } catch (e) {}
  const link = document.createElement('link'); link.rel = 'stylesheet'; link.href = url; document.head.append(link);
  const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame);
}
fetch('/chuyen').catch(() => 0);
new Image().src = '/anh.png'; new Audio('/loi.mp3').load();
new FontFace('Chu', 'url(/chu.woff2)').load().catch(() => 0);
fetch('/gui', {method: 'POST', body: new FormData()}).catch(() => 0);
fetch('/xoa', {method: 'DELETE'}).catch(() => 0);
fetch('http://doithu.test/x').catch(() => 0); fetch('/api/cam').catch(() => 0);
navigator.sendBeacon('/gui', 'x');
fetch('/api/trang').then(r => r.json()).then(d => {
  document.getElementById('root').innerHTML = d.html;
  document.forms[0].submit();
  setTimeout(() => { location.href = TARGETS[0]; }, 200);
});
"""
EMBLEM = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60'><rect width='90' height='60' fill='#da251d'/></svg>"
)
IMAGES = "<img src='/hinh/quoc-huy.svg'><img src='http://doithu.test/dem.gif'><video src='/phim.mp4' autoplay></video>"
FORM = "<form method='post' action='/gui'><input name='ten' value='x'></form>"


@pytest.mark.needs("chromium")
def test_a_rendered_page_reaches_nothing_but_its_site_and_sends_nothing(web: Web, bench: Bench, trap: Trap) -> None:
    # An address that no other page has: the picture is that of the page that proves it.
    shown = page("Trang chủ", FORM + IMAGES, entry("/hoi-dap", "Hỏi đáp"), email="tiepcongdan@camau.gov.test")
    targets = json.dumps([f"http://{host}:{trap.port}/" for host in ("127.0.0.1", "[::1]", "2130706433", "localhost")])
    script = Answer(f"const TARGETS = {targets};{SCRIPT}", headers={"Content-Type": "application/javascript"})
    shell = (
        "<html><head><title>Cổng</title></head><body><div id='root'></div><script src='/app.js'></script></body></html>"
    )
    web.sites["camau.gov.test"] = plain_site() | {
        "/": Answer(shell), "/app.js": script, "/robots.txt": Answer("User-agent: *\nDisallow: /api/cam\n"),
        "/api/trang": Answer(json.dumps({"html": shown.body}), headers={"Content-Type": "application/json"}),
        "/hinh/quoc-huy.svg": Answer(EMBLEM, headers={"Content-Type": "image/svg+xml"}),
        "/chuyen": Answer("", 302, {"Location": f"http://127.0.0.1:{trap.port}/"}),
    }  # fmt: skip
    found = bench.run(agency("ca-mau"), browser="auto", delay=0.02)
    assert found.rendered == 1 and found.seen == 1
    assert bench.verdicts("ca-mau")["email"] == "found"
    assert trap.connections == 0
    assert {seen.method for seen in web.log} == {"GET"}
    assert {seen.host for seen in web.log} == {"camau.gov.test"}
    targets_asked = set(web.targets("camau.gov.test"))
    assert {"/chuyen", "/api/trang"} <= targets_asked and not {"/api/cam", "/gui", "/xoa"} & targets_asked
    assert not {"/anh.png", "/loi.mp3", "/chu.woff2", "/phim.mp4"} & targets_asked
    assert web.targets("camau.gov.test").count("/hinh/quoc-huy.svg") == 1  # for the picture, not for the page
    path = bench.rows("SELECT path FROM evidence WHERE kind = 'screenshot'")[0][0]
    with Image.open(bench.config.paths.evidence / path) as picture:
        assert picture.format == "PNG"
        colours = picture.convert("RGB").getcolors(picture.width * picture.height)
    assert (218, 37, 29) in {colour for _, colour in colours or ()}
    assert not _left_behind(str(bench.config.root))


def _left_behind(folder: str) -> list[str]:
    """Processes that name the folder of this test on their command line."""
    listed = subprocess.check_output(["ps", "-eo", "args"], text=True)
    return [line for line in listed.splitlines() if folder in line]


@pytest.mark.parametrize(
    ("url", "live", "simulated"),
    [
        ("https://www.camau.gov.vn/", True, False),
        ("https://www.camau.gov.test/", False, True),
        ("http://127.0.0.1/", False, False),
        ("http://[::1]/", False, False),
        ("http://169.254.169.254/latest", False, False),
        ("http://2130706433/", False, False),
        ("http://localhost/", False, False),
        ("http://printer.local/", False, False),
        ("http://user:pass@camau.gov.vn/", False, False),
        ("ftp://camau.gov.vn/", False, False),
        ("file:///etc/passwd", False, False),
        ("javascript:alert(1)", False, False),
        ("http://camau.gov.vn:99999/", False, False),
        ("http://camau.gov.vn:80/", True, False),
        ("https://camau.gov.vn:443/", True, False),
        ("http://camau.gov.vn:443/", True, False),
        ("http://camau.gov.vn:22/", False, False),
        ("http://camau.gov.vn:8080/", False, False),
        ("http://camau.gov.test:25/", False, False),
        ("http://camau.gov.vn:0/", False, False),
    ],
)
def test_what_may_be_fetched(url: str, live: bool, simulated: bool) -> None:
    assert (may_be_fetched(url, False), may_be_fetched(url, True)) == (live, simulated)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("::8.8.8.8", False),
        ("::ffff:0:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b:1::808:808", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("2001:db8::1", False),
        ("2001::1", False),
        ("2001:20::1", False),
        ("2001:200::1", True),
        ("2002:808:808::1", False),
        ("100::1", False),
        ("ff02::1", False),
        ("192.88.99.1", False),
        ("192.0.0.8", False),
        ("192.0.0.9", False),
        ("198.19.255.255", False),
        ("203.0.113.9", False),
        ("240.0.0.1", False),
        ("14.225.0.1", True),
        ("2405:4800::1", True),
    ],
)
def test_public_addresses_only(address: str, expected: bool) -> None:
    assert is_public(address) is expected


def test_other_ports_only_where_configured() -> None:
    assert may_be_fetched("http://camau.gov.vn:8080/", False, (80, 8080))
    assert not may_be_fetched("https://camau.gov.vn:443/", False, (80, 8080))


def test_a_name_that_resolves_to_this_machine_is_refused() -> None:
    with pytest.raises(FetchFailed, match="not a public address") as caught:
        asyncio.run(public_addresses("localhost", 80))
    assert caught.value.failure is Failure.DNS
