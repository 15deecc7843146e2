"""Keep pages once they are drawn, as long as the database is the same, and let browsers and proxies keep them too.

A page is a function of the database, its address and the reader's cookies, so it is drawn once for all readers of the
same, also where many ask at the same moment. What is kept is bounded in bytes; what was not asked for longest goes
first. Every kept page has an ETag, the hash of its bytes. A published snapshot never changes, so a page of it may be
kept by anybody for an hour; a page of a database that is written must be asked for again, and 304 answers that.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
Key = tuple[object, ...]

MOST_BYTES = 64_000_000
LONGEST_PAGE = 2_000_000  # bytes; anything longer is passed on as it comes
# Addresses that differ without end, or that are asked for once.
_NEVER = (
    "/search", "/-/", "/survey/picture/", "/survey/everything", "/prober/",
    "/survey/evidence/", "/survey/searched/", "/survey/archived/",  # where a takedown counts at once
)  # fmt: skip
LANGUAGE = b"lang="  # the one cookie that follows from the address, so that a page with it may be kept
_OWN = (b"cache-control", b"etag", b"content-length", b"vary")
SETTLED = 1.0  # seconds without a change of a file, whose time of change is not exact


@dataclass(frozen=True, slots=True)
class Drawn:
    """A whole response with status 200."""

    headers: Headers
    body: bytes
    etag: bytes


class KeptPages:
    """An ASGI application that draws a page by `app` once for each state of the database at `path`."""

    def __init__(self, app: App, path: Path, changes: bool, most: int = MOST_BYTES) -> None:
        self.app, self.path, self.changes, self.most = app, path, changes, most
        self.bytes = 0
        self._kept: OrderedDict[Key, Drawn] = OrderedDict()
        self._drawing: dict[Key, asyncio.Event] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        key = self._key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        if waited := self._drawing.get(key):
            await waited.wait()
        if drawn := self._kept.get(key):
            self._kept.move_to_end(key)
            await _answer(drawn, scope, send)
            return
        done = self._drawing.setdefault(key, asyncio.Event())
        try:
            await self._draw(key, scope, receive, send)
        finally:
            done.set()
            if self._drawing.get(key) is done:
                del self._drawing[key]

    def _key(self, scope: Mapping[str, Any]) -> Key | None:
        """Return what a page depends on; None where it is not kept."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(_NEVER):
            return None
        query = scope["query_string"]
        if b"sql=" in query or b"_stream=" in query:
            return None
        cookies = tuple(value for name, value in scope["headers"] if name == b"cookie")
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")  # stands in JSON and feeds
        return (self._state(), host, scope.get("raw_path") or scope["path"], query, cookies)

    def _state(self) -> tuple[int, ...]:
        """Return what changes with every commit: of the file and of its write-ahead log."""
        if not self.changes:
            return ()
        found: list[int] = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            found += (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return tuple(found)

    async def _draw(self, key: Key, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Pass a response on, whole and with its ETag where it is of the kind that is kept."""
        start: dict[str, Any] = {}
        parts: list[bytes] = []
        passing = False

        async def collect(message: dict[str, Any]) -> None:
            nonlocal start, passing
            if passing:
                await send(message)
            elif message["type"] == "http.response.start":
                start, passing = message, message["status"] != 200
                if passing:
                    await send(message)
            else:
                parts.append(message.get("body", b""))
                if sum(map(len, parts)) > LONGEST_PAGE:
                    passing = True
                    await send(start)
                    await send({**message, "body": b"".join(parts)})
                elif not message.get("more_body"):
                    drawn = self._whole(start["headers"], b"".join(parts))
                    self._keep(key, drawn)
                    await _answer(drawn, scope, send)

        await self.app(scope, receive, collect)

    def _whole(self, headers: list[tuple[bytes, bytes]], body: bytes) -> Drawn:
        etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        own = any(name.lower() == b"set-cookie" for name, _ in headers)
        control = b"no-cache" if self.changes else b"private, max-age=3600" if own else b"public, max-age=3600"
        kept = [pair for pair in headers if pair[0].lower() not in _OWN]
        kept += [(b"cache-control", control), (b"etag", etag), (b"content-length", str(len(body)).encode())]
        return Drawn((*kept, (b"vary", b"Cookie")), body, etag)

    def _keep(self, key: Key, drawn: Drawn) -> None:
        """Keep a page, if the database is the one it was drawn from and its files have settled."""
        cookies = [value for name, value in drawn.headers if name.lower() == b"set-cookie"]
        if not all(value.startswith(LANGUAGE) for value in cookies) or key[0] != self._state():
            return
        if self.changes and time.time_ns() - max(self._state()[2::3], default=0) < SETTLED * 1e9:
            return
        size = len(drawn.body) + sum(len(name) + len(value) for name, value in drawn.headers)
        if key in self._kept or size > self.most:
            return
        self._kept[key] = drawn
        self.bytes += size
        while self.bytes > self.most:
            _, gone = self._kept.popitem(last=False)
            self.bytes -= len(gone.body) + sum(len(name) + len(value) for name, value in gone.headers)


async def _answer(drawn: Drawn, scope: Mapping[str, Any], send: Any) -> None:
    asked = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
    if drawn.etag in (part.strip().removeprefix(b"W/") for part in asked.split(b",")):
        headers = [pair for pair in drawn.headers if pair[0].lower() not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": list(drawn.headers)})
    await send({"type": "http.response.body", "body": drawn.body})
