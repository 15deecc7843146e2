"""A web of a few sites on loopback, each with one habit, and a bench on which a crawl of it is run and read."""

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from prober.config.load import Config, Crawl, Paths
from prober.domain.agency import Agency
from prober.domain.indicator import INDICATORS, Indicator
from prober.sandbox.client import Endpoint
from prober.store import open_results
from prober.text.words import Vocabulary
from spiders.crawl import CrawlSummary, crawl
from spiders.job import Job
from tests.pobi import HANOI, POBI

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
    cookie: str
    until: float = 0.0  # when the answer had been sent; 0 where none was
    condition: str = ""  # the validator in If-None-Match
    referer: str = ""


# What else a site may do with the connection: it gets the writer and the path, and returns whether to go on.
Habit = Callable[[asyncio.StreamWriter, str], Awaitable[bool]]
Site = dict[str, Answer | Fault | Habit]


class Web:
    """A forward proxy that answers for every host of `sites`: host → target → answer. Logs what arrives, and when.

    `certificates` names the hosts that speak TLS; the others refuse CONNECT.
    """

    def __init__(self) -> None:
        self.sites: dict[str, Site] = {}
        self.certificates: dict[str, ssl.SSLContext] = {}
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

    def spacing(self, *hosts: str) -> float:
        """The shortest time between two arrivals at these hosts; negative where two requests were there at once."""
        seen = sorted((seen for seen in self.log if seen.host in hosts), key=lambda seen: seen.at)
        pairs = list(zip(seen, seen[1:], strict=False))
        assert pairs
        return min(b.at - a.at if b.at >= a.until else b.at - a.until for a, b in pairs)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._conversation(reader, writer)
        except (ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
            seen = Seen(arrived, method, host, target, headers.get("user-agent", ""), headers.get("cookie", ""))
            seen.condition, seen.referer = headers.get("if-none-match", ""), headers.get("referer", "")
            self.log.append(seen)
            if method == "CONNECT" and host in self.certificates:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.start_tls(self.certificates[host])
            elif not await self._answer(writer, method, host, target, seen.condition):
                return
            seen.until = time.monotonic()

    async def _answer(self, writer: asyncio.StreamWriter, method: str, host: str, target: str, condition: str) -> bool:
        site = self.sites.get(host)
        answer: Answer | Fault | Habit = Fault("dns_error")
        if site is not None:
            answer = site.get(target) or site.get("*") or Answer("<html><title>404</title>Không tìm thấy trang", 404)
        if method == "CONNECT" and not isinstance(answer, Fault):
            answer = Fault("connection_refused")
        if isinstance(answer, Fault):
            return await self._fail(writer, answer)
        if not isinstance(answer, Answer):
            return await answer(writer, target)
        await asyncio.sleep(answer.wait)
        if condition and condition == answer.headers.get("ETag"):
            answer = Answer("", 304, {"ETag": condition})
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


@dataclass
class Bench:
    """A crawl's surroundings: configuration, endpoint, and a reader of what was stored."""

    config: Config
    endpoint: Endpoint
    sought: tuple[Indicator, ...] = INDICATORS
    vocabulary: Vocabulary = POBI.vocabulary

    @classmethod
    def at(cls, folder: Path, web: Web, **crawl_keys: object) -> "Bench":
        """A bench whose databases lie in `folder`; `crawl_keys` as in the section [crawl]."""
        paths = Paths(
            results=folder / "results.db", private=folder / "private.db", evidence=folder / "evidence",
            report=folder / "report.html", world=folder / "world",
        )  # fmt: skip
        keys = {"delay": DELAY, "timeout": 2.0, "browser": "none", **crawl_keys}
        config = Config(paths=paths, crawl=Crawl(**keys), root=folder)  # type: ignore[arg-type]
        endpoint = Endpoint(
            pid=0, proxy=web.url, control="", ca_file="", smtp_host="", smtp_port=0, imap_host="", imap_port=0,
            imap_user="", imap_password="", mail_domain="",
        )  # fmt: skip
        return cls(config, endpoint)

    def run(self, *agencies: Agency, at: datetime = NOW, **crawl_keys: object) -> CrawlSummary:
        config = replace(self.config, crawl=replace(self.config.crawl, **crawl_keys))  # type: ignore[arg-type]
        return crawl(Job(agencies, config, self.endpoint, at, self.vocabulary, tuple(self.sought)))

    def rows(self, sql: str, *values: object) -> list[tuple]:
        db = open_results(self.config.paths.results)
        try:
            return db.execute(sql, list(values)).fetchall()
        finally:
            db.close()

    def verdicts(self, slug: str) -> dict[str, str]:
        return dict(self.rows("SELECT kind, state FROM latest_verdict WHERE agency = ?", f"2019-{slug}"))


def agency(slug: str, kind: str = "portal", host: str = "", alt: tuple[str, ...] = ()) -> Agency:
    host = host or f"{slug.replace('-', '')}.gov.test"
    name = "Cà Mau" if slug.endswith("ca-mau") else slug
    return Agency(
        slug, "2019", kind, f"Cổng thông tin điện tử tỉnh {name}", slug, slug.removeprefix("stc-"), name, slug,
        f"http://{host}/", alt,
    )  # fmt: skip


_MENU = "<nav class='menu'><a href='/'>Trang chủ</a> <a href='/gioi-thieu'>Giới thiệu</a><ul>{}</ul></nav>"
_FILLER = "".join(
    f"<p>Tin số {n}: Ủy ban nhân dân tỉnh họp bàn về kế hoạch đầu tư công, sửa chữa đường giao thông nông thôn.</p>"
    for n in range(12)
)
_FOOTER = "<footer>Cơ quan chủ quản: Ủy ban nhân dân tỉnh. Địa chỉ: số 2, đường Hùng Vương. {}</footer>"
_QA = """<main><h1>Hỏi đáp</h1>{}
<form method="post" action="/hoi-dap/gui"><label>Họ và tên <input name="ten"></label>
<label>Email <input name="email"></label>
<label>Nội dung câu hỏi <textarea name="noidung"></textarea></label><button>Gửi câu hỏi</button></form></main>"""
_PAIRS = "".join(
    f"<div class='cau-hoi'><p>Câu hỏi: Thủ tục số {n} thực hiện ở đâu?</p><p>Ngày hỏi: 0{n}/03/2020</p>"
    f"<p>Trả lời: Đề nghị ông liên hệ Văn phòng Ủy ban nhân dân tỉnh.</p><p>Ngày trả lời: 1{n}/03/2020</p></div>"
    for n in range(1, 6)
)


def page(title: str, content: str = "", menu: str = "", email: str = "") -> Answer:
    footer = _FOOTER.format(f"Email: {email}" if email else "")
    return Answer(
        f"<!doctype html><html><head><title>{title} - Cổng thông tin điện tử</title></head><body>{_MENU.format(menu)}"
        f"<main>{content}{_FILLER}</main>{footer}</body></html>"
    )


def entry(path: str, label: str) -> str:
    """One entry of a menu."""
    return f"<li><a href='{path}'>{label}</a></li>"


def qa_page(menu: str = "") -> Answer:
    """A Q&A section with a form and five published answers."""
    return page("Hỏi đáp", _QA.format(_PAIRS), menu)


def plain_site(email: str = "vanphong@camau.gov.test") -> Site:
    """A portal with a Q&A section, a contact page and an official address."""
    menu = entry("/hoi-dap", "Hỏi đáp") + entry("/lien-he", "Liên hệ")
    return {
        "/": page("Trang chủ", menu=menu, email=email),
        "/gioi-thieu": page("Giới thiệu", menu=menu),
        "/hoi-dap": qa_page(menu),
        "/lien-he": page("Liên hệ", f"<h1>Liên hệ</h1><p>Thư điện tử: {email}</p>", menu),
    }


@contextmanager
def visited(
    sites: Mapping[str, Callable[[], Site]],
    folder: Path,
    sought: tuple[Indicator, ...] = INDICATORS,
    vocabulary: Vocabulary = POBI.vocabulary,
) -> Iterator[tuple[Web, Bench]]:
    """One crawl of `sites`, each at the host of its name, for many tests; the web stays up while they run."""
    web = Web()
    web.sites |= {f"{name}.gov.test": site() for name, site in sites.items()}
    bench = Bench.at(folder, web)
    bench.sought, bench.vocabulary = sought, vocabulary
    bench.run(*map(agency, sites))
    try:
        yield web, bench
    finally:
        web.close()
