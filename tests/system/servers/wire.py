"""One small HTTP server for many hosts: what a host answers is a function of the request and of those before it.

It writes what it is given, also where no client should be sent that: whatever is wrong on the wire is in the table.
A request may name its host in `Host` or, as to a proxy, in the request line.
"""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

HTML = "text/html; charset=utf-8"
FORBIDDEN_HEAD = 1_000_000  # bytes of a head after which a client is no browser


@dataclass(frozen=True)
class Request:
    host: str
    target: str  # path and query
    headers: Mapping[str, str]  # names in small letters
    at: float
    count: int  # requests of this host so far, this one included
    peers: int  # requests for this very target so far, this one included

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """An answer that a sound server would send; the length is added."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = HTML
    wait: float = 0.0  # seconds before it

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass(frozen=True)
class Raw:
    """Bytes as they go over the wire, piece by piece, and how the connection ends: close, reset, hold or keep."""

    pieces: tuple[bytes, ...] = ()
    pause: float = 0.0  # seconds between two pieces
    end: str = "close"


Answer = Reply | Raw
Site = Callable[[Request], Answer]


class Servers:
    """`with Servers(sites) as servers:` host → site on one port; `servers.log` has every request, host by host."""

    def __init__(self, sites: Mapping[str, Site]) -> None:
        self.sites = sites
        self.log: dict[str, list[Request]] = defaultdict(list)
        self.failures: list[str] = []  # of this server: a site that raised
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, limit=FORBIDDEN_HEAD, backlog=1000)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def targets(self, host: str) -> list[str]:
        return [request.target for request in self.log[host]]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await self._request(reader):
                if not await self._answer(request, writer):
                    return
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError, ValueError):
            pass  # the client went away, or this server ends
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> Request | None:
        words = (await reader.readline()).decode("latin-1").split(" ", 2)
        if len(words) != 3 or words[0] != "GET":  # TLS, a tunnel, or the end
            return None
        headers = {}
        while line := (await reader.readline()).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        parts = urlsplit(words[1])
        host = (parts.netloc or headers.get("host", "")).partition(":")[0].lower()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        before = self.log[host]
        peers = sum(request.target == target for request in before) + 1
        before.append(Request(host, target, headers, time.monotonic(), len(before) + 1, peers))
        return before[-1]

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Send the answer; return whether the connection stays open."""
        site = self.sites.get(request.host)
        try:
            answer = site(request) if site else Raw(end="reset")
        except Exception as error:
            self.failures.append(f"{request.host}{request.target}: {error!r}")
            return False
        if isinstance(answer, Reply):
            await asyncio.sleep(answer.wait)
            writer.write(framed(answer))
            await writer.drain()
            return True
        for number, piece in enumerate(answer.pieces):
            await asyncio.sleep(answer.pause if number else 0)
            writer.write(piece)
            await writer.drain()
        if answer.end == "hold":
            await asyncio.sleep(3600)
        if answer.end == "reset":
            writer.transport.abort()
        return answer.end == "keep"


def head(status: int | str, headers: Mapping[str, str], reason: str = "OK") -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def framed(reply: Reply) -> bytes:
    """The bytes of a sound answer."""
    typed = {"Content-Type": reply.type} if reply.type else {}
    bare = reply.status in (204, 304)
    length = {} if bare else {"Content-Length": str(len(reply.content))}
    return head(reply.status, {**typed, **length, **reply.headers}) + (b"" if bare else reply.content)
