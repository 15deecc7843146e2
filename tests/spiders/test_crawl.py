"""The crawl as the rest of the product calls it: real processes, a real proxy on loopback, a real database."""

import asyncio
import gzip
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from prober import evidence
from prober.agency import Agency
from prober.clock import HANOI
from prober.config import Config, Crawl, Paths
from prober.errors import UsageError
from prober.finding import Failure
from prober.store import open_results
from prober.world import Endpoint
from spiders.crawl import CrawlSummary, crawl

NOW = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
DELAY = 0.1


@dataclass
class Answer:
    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    wait: float = 0.0


@dataclass
class Fault:
    kind: str  # a Proxy-Status error, or reset, hang, garbage


@dataclass
class Seen:
    at: float
    method: str
    host: str
    target: str
    agent: str


class Web:
    """A forward proxy that answers for every host of `sites`: host → target → answer. Logs what arrives, and when."""

    def __init__(self) -> None:
        self.sites: dict[str, dict[str, Answer | Fault]] = {}
        self.log: list[Seen] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _run(self, job: Awaitable[asyncio.Server]) -> asyncio.Server:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(10)  # type: ignore[arg-type]

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def targets(self, host: str) -> list[str]:
        return [seen.target for seen in self.log if seen.host == host]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                arrived = time.monotonic()
                method, url, _ = line.decode().split(" ", 2)
                headers = {}
                while field := (await reader.readline()).decode().strip():
                    name, _, value = field.partition(":")
                    headers[name.lower()] = value.strip()
                parts = urlsplit(url if "://" in url else f"//{url}")
                host = parts.hostname or ""
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                self.log.append(Seen(arrived, method, host, target, headers.get("user-agent", "")))
                if not await self._answer(writer, method, host, target):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, method: str, host: str, target: str) -> bool:
        site = self.sites.get(host)
        answer: Answer | Fault = Fault("dns_error")
        if site is not None:
            answer = site.get(target) or site.get("*") or Answer("<html><title>404</title>Không tìm thấy trang", 404)
        if method == "CONNECT" and not isinstance(answer, Fault):
            answer = Fault("connection_refused")  # these sites have no TLS
        if isinstance(answer, Fault):
            return await self._fail(writer, answer)
        await asyncio.sleep(answer.wait)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        lines = [f"HTTP/1.1 {answer.status} x", *(f"{n}: {v}" for n, v in answer.headers.items())]
        writer.write(("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])).encode() + body)
        await writer.drain()
        return True

    async def _fail(self, writer: asyncio.StreamWriter, fault: Fault) -> bool:
        if fault.kind == "hang":
            await asyncio.sleep(60)
        elif fault.kind == "reset":
            writer.transport.abort()
        elif fault.kind == "garbage":
            writer.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
            await writer.drain()
        else:
            writer.write(
                f"HTTP/1.1 502 x\r\nProxy-Status: test; error={fault.kind}\r\nContent-Length: 0\r\n\r\n".encode()
            )
            await writer.drain()
            return True
        return False


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@dataclass
class Bench:
    """A crawl's surroundings: configuration, endpoint, and a reader of what was stored."""

    config: Config
    endpoint: Endpoint

    def run(self, *agencies: Agency, **crawl_keys: object) -> CrawlSummary:
        config = replace(self.config, crawl=replace(self.config.crawl, **crawl_keys))  # type: ignore[arg-type]
        return crawl(agencies, config, self.endpoint, NOW)

    def rows(self, sql: str, *values: object) -> list[tuple]:
        db = open_results(self.config.paths.results)
        try:
            return db.execute(sql, list(values)).fetchall()
        finally:
            db.close()

    def verdicts(self, slug: str) -> dict[str, str]:
        return dict(self.rows("SELECT kind, state FROM latest_verdict WHERE agency = ?", f"2019-{slug}"))


@pytest.fixture
def bench(web: Web, tmp_path: Path) -> Bench:
    paths = Paths(
        results=tmp_path / "results.db", private=tmp_path / "private.db", evidence=tmp_path / "evidence",
        report=tmp_path / "report.html", world=tmp_path / "world",
    )  # fmt: skip
    config = Config(paths=paths, crawl=Crawl(delay=DELAY, timeout=2.0, browser="none"), root=tmp_path)
    endpoint = Endpoint(
        pid=0, proxy=web.url, control="", ca_file="", smtp_host="", smtp_port=0, imap_host="", imap_port=0,
        imap_user="", imap_password="", mail_domain="",
    )  # fmt: skip
    return Bench(config, endpoint)


def agency(slug: str, kind: str = "portal", host: str = "", alt: tuple[str, ...] = ()) -> Agency:
    host = host or f"{slug.replace('-', '')}.gov.test"
    name = "Cà Mau" if slug.endswith("ca-mau") else slug
    return Agency(
        slug, "2019", kind, f"Cổng thông tin điện tử tỉnh {name}", slug, slug.removeprefix("stc-"), name, slug,
        f"http://{host}/", alt,
    )  # fmt: skip


MENU = "<nav class='menu'><a href='/'>Trang chủ</a> <a href='/gioi-thieu'>Giới thiệu</a><ul>{}</ul></nav>"
FILLER = "".join(
    f"<p>Tin số {n}: Ủy ban nhân dân tỉnh họp bàn về kế hoạch đầu tư công, sửa chữa đường giao thông nông thôn.</p>"
    for n in range(12)
)
FOOTER = "<footer>Cơ quan chủ quản: Ủy ban nhân dân tỉnh. Địa chỉ: số 2, đường Hùng Vương. {}</footer>"
QA_PAGE = """<main><h1>Hỏi đáp</h1>{}
<form method="post" action="/hoi-dap/gui"><label>Họ và tên <input name="ten"></label>
<label>Email <input name="email"></label>
<label>Nội dung câu hỏi <textarea name="noidung"></textarea></label><button>Gửi câu hỏi</button></form></main>"""
PAIRS = "".join(
    f"<div class='cau-hoi'><p>Câu hỏi: Thủ tục số {n} thực hiện ở đâu?</p><p>Ngày hỏi: 0{n}/03/2020</p>"
    f"<p>Trả lời: Đề nghị ông liên hệ Văn phòng Ủy ban nhân dân tỉnh.</p><p>Ngày trả lời: 1{n}/03/2020</p></div>"
    for n in range(1, 6)
)


def page(title: str, content: str = "", menu: str = "", email: str = "") -> Answer:
    footer = FOOTER.format(f"Email: {email}" if email else "")
    return Answer(
        f"<!doctype html><html><head><title>{title} - Cổng thông tin điện tử</title></head><body>{MENU.format(menu)}"
        f"<main>{content}{FILLER}</main>{footer}</body></html>"
    )


def plain_site(email: str = "vanphong@camau.gov.test") -> dict[str, Answer | Fault]:
    """A portal with a Q&A section, a contact page and an official address."""
    menu = "<li><a href='/hoi-dap'>Hỏi đáp</a></li><li><a href='/lien-he'>Liên hệ</a></li>"
    return {
        "/": page("Trang chủ", menu=menu, email=email),
        "/gioi-thieu": page("Giới thiệu", menu=menu),
        "/hoi-dap": page("Hỏi đáp", QA_PAGE.format(PAIRS), menu),
        "/lien-he": page("Liên hệ", f"<h1>Liên hệ</h1><p>Thư điện tử: {email}</p>", menu),
    }


def test_requests_to_one_operator_are_spaced_and_obey_robots(web: Web, bench: Bench) -> None:
    robots = Answer("User-agent: *\nDisallow: /cam/\n", wait=0.3)
    forbidden = "<li><a href='/cam/hoi-dap'>Hỏi đáp</a></li><li><a href='/cam/lien-he'>Liên hệ</a></li>"
    for host in ("camau.gov.test", "sotaichinh.camau.gov.test"):
        web.sites[host] = plain_site() | {"/robots.txt": robots, "/": page("Trang chủ", menu=forbidden)}
        del web.sites[host]["/hoi-dap"]
    bench.run(agency("ca-mau"), agency("stc-ca-mau", "finance", "sotaichinh.camau.gov.test"))
    arrivals = sorted(seen.at for seen in web.log)
    assert len(arrivals) > 8
    assert min(b - a for a, b in zip(arrivals, arrivals[1:], strict=False)) >= DELAY
    assert not [seen for seen in web.log if seen.target.startswith("/cam/")]
    assert {seen.method for seen in web.log} == {"GET"}
    assert all(seen.agent.startswith("prober/") and "contact" in seen.agent for seen in web.log)
    assert web.targets("camau.gov.test")[0] == "/robots.txt"
    assert bench.rows("SELECT COUNT(*) FROM page WHERE failure = 'robots'")[0][0] == 4
    assert bench.verdicts("ca-mau")["qa"] == "unknown"


def test_a_crawl_delay_is_obeyed_from_the_first_page_and_a_budget_to_the_last(web: Web, bench: Bench) -> None:
    web.sites["camau.gov.test"] = plain_site() | {"/robots.txt": Answer("User-agent: prober\nCrawl-delay: 0.6\n")}
    bench.run(agency("ca-mau"), pages_per_agency=2)
    arrivals = [seen.at for seen in web.log]
    assert min(b - a for a, b in zip(arrivals, arrivals[1:], strict=False)) >= 0.6
    assert len(arrivals) == 3  # robots.txt and two pages
    assert bench.rows("SELECT failure FROM visit") == [("budget",)]
    assert set(bench.verdicts("ca-mau").values()) == {"present", "unknown"}


CHALLENGE = "<html><body><script>document.cookie='D1N=ab12';window.location.reload();</script></body></html>"
FAILURES: dict[str, tuple[dict[str, Answer | Fault], Failure]] = {
    "dns": ({"*": Fault("dns_error")}, Failure.DNS),
    "refused": ({"*": Fault("connection_refused")}, Failure.REFUSED),
    "reset": ({"*": Fault("reset")}, Failure.REFUSED),
    "hang": ({"/robots.txt": Answer("", 404), "*": Fault("hang")}, Failure.TIMEOUT),
    "garbage": ({"*": Fault("garbage")}, Failure.REFUSED),
    "error": ({"/robots.txt": Answer("", 404), "*": Answer("<h1>Lỗi</h1>", 500)}, Failure.HTTP_5XX),
    "robots-broken": ({"/robots.txt": Answer("", 503), "*": page("Trang chủ")}, Failure.HTTP_5XX),
    "robots-closed": ({"/robots.txt": Answer("User-agent: *\nDisallow: /"), "*": page("x")}, Failure.ROBOTS),
    "blocked": ({"/robots.txt": Answer("", 404), "*": Answer("Access denied", 403)}, Failure.BLOCKED),
    "challenge": ({"/robots.txt": Answer("", 404), "*": Answer(CHALLENGE)}, Failure.CHALLENGE),
    "moved": (
        {"/robots.txt": Answer("", 404), "*": Answer("", 302, {"Location": "http://khac.gov.test/"})}, Failure.MOVED
    ),
    "private": (
        {"/robots.txt": Answer("", 404), "*": Answer("", 302, {"Location": "http://169.254.169.254/x"})}, Failure.MOVED
    ),
    "circle": ({"/robots.txt": Answer("", 404), "*": Answer("", 302, {"Location": "/a"})}, Failure.MOVED),
}  # fmt: skip


def test_every_failure_has_its_class_and_no_verdict(web: Web, bench: Bench) -> None:
    for name, (site, _) in FAILURES.items():
        for host in (f"{name}.gov.test", f"www.{name}.gov.test"):
            web.sites[host] = site
    found = bench.run(*(agency(name, host=f"{name}.gov.test") for name in FAILURES), timeout=0.5)
    expected = {name: failure.value for name, (_, failure) in FAILURES.items()}
    assert {row["slug"]: row["failure"] for row in found.not_seen} == expected
    assert bench.rows("SELECT DISTINCT state FROM verdict") == [("unknown",)]
    assert bench.rows("SELECT DISTINCT outcome FROM visit") == [("unreachable",)]
    assert not {seen.host for seen in web.log} & {"khac.gov.test", "169.254.169.254"}


def test_absent_is_said_only_where_everything_was_looked_at(web: Web, bench: Bench) -> None:
    whole = plain_site()
    del whole["/hoi-dap"]
    whole["/"] = page("Trang chủ", menu="<li><a href='/lien-he'>Liên hệ</a></li>", email="vanphong@camau.gov.test")
    closed = "<li><a href='/hoi-dap-truc-tuyen'>Hỏi đáp trực tuyến</a></li>"
    blocked = whole | {"/": page("Trang chủ", menu=closed), "/hoi-dap-truc-tuyen": Answer("Access denied", 403)}
    script = '<html><body><div id="root"></div><script src="/app.js"></script></body></html>'
    shell = whole | {"/": page("Trang chủ", menu=closed), "/hoi-dap-truc-tuyen": Answer(script)}
    web.sites |= {"whole.gov.test": whole, "blocked.gov.test": blocked, "shell.gov.test": shell}
    found = bench.run(agency("whole"), agency("blocked"), agency("shell"))
    states = {slug: bench.verdicts(slug)["qa"] for slug in ("whole", "blocked", "shell")}
    assert states == {"whole": "absent", "blocked": "unknown", "shell": "unknown"}
    assert {"/hoi-dap", "/sitemap.xml"} <= set(web.targets("whole.gov.test"))
    assert found.without_browser == ("shell",)
    reasons = dict(bench.rows("SELECT agency, reason FROM verdict WHERE kind = 'qa'"))
    assert "blocked" in reasons["2019-blocked"] and "no Chromium" in reasons["2019-shell"]


def test_every_finding_can_be_looked_up_in_the_archive(web: Web, bench: Bench) -> None:
    site = plain_site()
    home = site["/"]
    assert isinstance(home, Answer) and isinstance(home.body, str)
    site["/"] = Answer(gzip.compress(home.body.encode()), headers=home.headers | {"Content-Encoding": "gzip"})
    web.sites["camau.gov.test"] = site
    bench.run(agency("ca-mau"))
    assert bench.verdicts("ca-mau") | {"qa": "present", "email": "present"} == bench.verdicts("ca-mau")
    rows = bench.rows(
        "SELECT o.snippet, p.sha256, p.url, e.path, e.warc_offset FROM observation o JOIN page p ON p.id = o.page "
        "LEFT JOIN evidence e ON e.sha256 = o.warc"
    )
    assert rows and len({url for _, _, url, _, _ in rows}) > 1
    for snippet, sha256, _, path, offset in rows:
        _, body = evidence.read(bench.config.paths.evidence, path, offset)
        assert evidence.digest(body) == sha256
        assert snippet.split()[0] in body.decode()
    stored = bench.rows("SELECT COUNT(*) FROM evidence WHERE kind = 'warc'")[0][0]
    assert stored == len({url for _, _, url, _, _ in rows})


def test_a_second_scan_tells_what_changed_and_why(web: Web, bench: Bench) -> None:
    web.sites["camau.gov.test"] = plain_site()
    bench.run(agency("ca-mau"))
    assert bench.run(agency("ca-mau")).changes == 0
    web.sites["camau.gov.test"] = plain_site(email="ubnd@camau.gov.test")
    bench.run(agency("ca-mau"))
    changed = bench.rows("SELECT what, cause, before, after FROM change WHERE kind = 'email' ORDER BY what")
    assert ("appeared", "site", "", "ubnd@camau.gov.test") in changed
    assert ("vanished", "site", "vanphong@camau.gov.test", "") in changed
    assert bench.rows("SELECT status FROM scan") == [("complete",)] * 3


CALL = """
import json, pickle, sys
from spiders.crawl import CrawlSummary, crawl
agencies, config, endpoint, now = pickle.load(open(sys.argv[1], "rb"))
crawl(agencies, config, endpoint, now, lambda done, total, what: print(done, flush=True))
"""


def test_a_killed_crawl_goes_on_without_fetching_again(web: Web, bench: Bench, tmp_path: Path) -> None:
    slugs = [f"tinh{n}" for n in range(6)]
    for n, slug in enumerate(slugs):
        web.sites[f"{slug}.gov.test"] = {"/": page("Trang chủ", email=f"ubnd@{slug}.gov.test")}
        if n >= 3:
            web.sites[f"{slug}.gov.test"]["/robots.txt"] = Answer("", 404, wait=1.9)
    call = tmp_path / "call.pickle"
    call.write_bytes(pickle.dumps(([agency(slug) for slug in slugs], bench.config, bench.endpoint, NOW)))
    parent = subprocess.Popen([sys.executable, "-c", CALL, str(call)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout and parent.stdout.readline().strip() == "1"
    worker = int(subprocess.check_output(["pgrep", "-P", str(parent.pid)], text=True).split()[0])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    _gone(worker)
    finished = {slug for (slug,) in bench.rows("SELECT a.slug FROM visit v JOIN agency a ON a.id = v.agency")}
    assert 1 <= len(finished) < 6
    web.log.clear()
    found = bench.run(*(agency(slug) for slug in slugs))
    assert found.resumed and found.complete and found.scan == 1 and found.visited == 6
    assert not {seen.host.partition(".")[0] for seen in web.log} & finished
    assert bench.rows("SELECT COUNT(*), COUNT(DISTINCT agency) FROM visit") == [(6, 6)]


def _gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")


def test_a_bomb_and_an_endless_page_are_cut_and_do_no_harm(web: Web, bench: Bench) -> None:
    packed = gzip.compress(b"<p>x" * 10_000_000, compresslevel=9)
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    site = plain_site()
    menu = "<li><a href='/hoi-dap'>Hỏi đáp</a></li>"
    web.sites["camau.gov.test"] = site | {"/": page("x", menu=menu), "/hoi-dap": Answer(packed, headers=headers)}
    bench.run(agency("ca-mau"), max_bytes=200_000)
    assert bench.rows("SELECT failure, bytes FROM page WHERE url LIKE '%hoi-dap'") == [("budget", 200_000)]
    assert bench.verdicts("ca-mau")["qa"] == "unknown"


def test_other_bodies_and_private_addresses_are_never_fetched(web: Web, bench: Bench) -> None:
    hosts = ("dichvucong.gov.test", "sotaichinh.camau.gov.test", "10.0.0.1", "localhost", "camau.gov.test.evil.test")
    links = "".join(f"<li><a href='http://{host}/hoi-dap'>Hỏi đáp</a></li>" for host in hosts)
    frame = "<iframe src='http://hoidap.camau.gov.test/khung'></iframe>"
    web.sites["camau.gov.test"] = plain_site() | {"/": page("Trang chủ", frame, menu=links)}
    web.sites["hoidap.camau.gov.test"] = {"/khung": page("Hỏi đáp", QA_PAGE.format(PAIRS))}
    bench.run(agency("ca-mau"), agency("stc-ca-mau", "finance", "sotaichinh.camau.gov.test"))
    assert not {seen.host for seen in web.log} & {hosts[0], *hosts[2:]}
    assert not [t for t in web.targets("sotaichinh.camau.gov.test") if t == "/hoi-dap"]
    assert bench.verdicts("ca-mau")["qa"] == "present"  # the frame is part of the page


def test_another_address_is_tried_before_an_agency_counts_as_unreachable(web: Web, bench: Bench) -> None:
    web.sites["moi.camau.gov.test"] = {"/": page("Trang chủ", email="vanphong@camau.gov.test")}
    bench.run(agency("ca-mau", alt=("http://moi.camau.gov.test/",)))
    assert bench.rows("SELECT outcome, final_url FROM visit") == [("seen", "http://moi.camau.gov.test/")]


APP = """
fetch('/api/trang').then(r => r.json()).then(d => { document.getElementById('root').innerHTML = d.html; });
fetch('http://doithu.test/x'); fetch('/api/cam'); fetch('http://127.0.0.1:1/');
document.cookie = 'a=b';
var f = new FormData(); fetch('/gui', {method: 'POST', body: f});
"""


@pytest.mark.needs("chromium")
def test_a_page_of_scripts_is_rendered_without_network_of_its_own(web: Web, bench: Bench) -> None:
    shell = (
        "<html><head><title>Cổng</title></head><body><div id='root'></div><script src='/app.js'></script></body></html>"
    )
    shown = page("Trang chủ", menu="<li><a href='/hoi-dap'>Hỏi đáp</a></li>", email="vanphong@camau.gov.test")
    web.sites["camau.gov.test"] = plain_site() | {
        "/": Answer(shell), "/app.js": Answer(APP, headers={"Content-Type": "application/javascript"}),
        "/api/trang": Answer(json.dumps({"html": shown.body}), headers={"Content-Type": "application/json"}),
        "/robots.txt": Answer("User-agent: *\nDisallow: /api/cam\n"),
    }  # fmt: skip
    found = bench.run(agency("ca-mau"), browser="auto")
    assert found.rendered == 1 and found.seen == 1
    assert bench.verdicts("ca-mau")["email"] == "present"
    assert {seen.method for seen in web.log} == {"GET"}
    assert {seen.host for seen in web.log} == {"camau.gov.test"}
    assert "/api/cam" not in web.targets("camau.gov.test")
    path = bench.rows("SELECT path FROM evidence WHERE kind = 'screenshot'")[0][0]
    assert (bench.config.paths.evidence / path).read_bytes().startswith(b"\x89PNG")
    time.sleep(0)
    assert not _browsers(bench.config.root)


def _browsers(root: Path) -> list[str]:
    return [
        line for line in subprocess.check_output(["ps", "-eo", "args"], text=True).splitlines() if str(root) in line
    ]


def test_progress_is_told_and_its_exception_stops_the_crawl_at_once(web: Web, bench: Bench) -> None:
    for n in range(3):
        web.sites[f"tinh{n}.gov.test"] = {"/": page("Trang chủ"), "/robots.txt": Answer("", 404, wait=n)}

    class Stop(Exception):
        pass

    told: list[tuple[int, int, str]] = []

    def on_progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        raise Stop

    agencies = [agency(f"tinh{n}") for n in range(3)]
    before = time.monotonic()
    with pytest.raises(Stop):
        crawl(agencies, bench.config, bench.endpoint, NOW, on_progress)
    assert time.monotonic() - before < 8
    assert told[0][:2] == (1, 3) and told[0][2].startswith("2019-tinh0 ")
    assert bench.rows("SELECT status FROM scan") == [("running",)]


def test_two_crawls_into_one_database_are_refused(web: Web, bench: Bench) -> None:
    from filelock import FileLock

    with FileLock(f"{bench.config.paths.results}.crawl.lock"), pytest.raises(UsageError, match="another crawl"):
        bench.run(agency("ca-mau"))


def test_nothing_to_crawl_is_a_usage_error(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no agency"):
        bench.run()
