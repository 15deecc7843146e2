"""Keep pages once they are drawn, as long as the database is the same, and let browsers and proxies keep them too.

A page is a function of the database, its address and the reader's language, so it is drawn once for all readers of the
same, also where many ask at the same moment. The name by which a reader calls this server is written into the answer,
and is no part of what is drawn. What is kept is bounded in bytes; what was not asked for longest goes first. Every kept
page has an ETag, a hash of its bytes. A published snapshot never changes, so a page of it may be kept by anybody for an
hour; a page of a database that is written must be asked for again, and 304 answers that.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from prober.reporting.html import page_frame
from prober.text.patterns import linear

App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
Key = tuple[object, ...]

MOST_BYTES = 64_000_000
LONGEST_PAGE = 2_000_000  # bytes; anything longer is drawn for each reader
HOST = b"origin.prober.invalid"  # in whose name pages are drawn
ORIGIN = b"http://" + HOST  # each reader is shown the one asked for
# Addresses that differ without end, or that are asked for once.
_NEVER = (
    "/search", "/-/", "/survey/picture/", "/survey/everything", "/prober/",
    "/survey/evidence/", "/survey/searched/", "/survey/archived/",  # where a takedown counts at once
)  # fmt: skip
_OWN = (b"cache-control", b"etag", b"content-length", b"vary")
_PLAIN = linear(rb"[A-Za-z0-9._:\[\]-]{1,255}")  # needs no escape where it is written
_ALONE = linear(rb"sql=|_stream=")
SETTLED = 1.0  # seconds without a change of a file, whose time of change is not exact


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A whole response with status 200, drawn in the name of HOST."""

    headers: Headers
    body: bytes
    etag: str

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Self:
        """Return a response of these bytes, whose ETag is a hash of them."""
        return cls(tuple(headers), body, hashlib.sha256(body).hexdigest()[:32])

    @property
    def size(self) -> int:
        """Return the bytes that it takes."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


@dataclass(slots=True)
class DrawnPages:
    """The pages that are kept, at most `most` bytes of them."""

    most: int = MOST_BYTES
    bytes: int = 0
    pages: OrderedDict[Key, DrawnPage] = field(default_factory=OrderedDict)

    def get(self, key: Key) -> DrawnPage | None:
        """Return a page, which is then the last to go."""
        if key in self.pages:
            self.pages.move_to_end(key)
        return self.pages.get(key)

    def put(self, key: Key, drawn: DrawnPage) -> None:
        """Keep a page, if it is not kept already; what was not asked for longest goes."""
        if key in self.pages or drawn.size > self.most:
            return
        self.pages[key] = drawn
        self.bytes += drawn.size
        while self.bytes > self.most:
            self.bytes -= self.pages.popitem(last=False)[1].size

    def take(self) -> list[tuple[Key, DrawnPage]]:
        """Return all pages with their keys, and keep none of them."""
        taken = list(self.pages.items())
        self.pages.clear()
        self.bytes = 0
        return taken


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The request of one reader: the key of the page, the request that draws it, and what only this answer has."""

    key: Key
    scope: Mapping[str, Any]
    origin: bytes  # scheme and host
    known: bytes  # the ETags that the reader has
    remembered: Headers


class KeptPages:
    """An ASGI application that draws a page by `app` once for each state of the database at `path`.

    `languages` are those of the study, whose first is that of a reader who has chosen none.
    """

    def __init__(self, app: App, path: Path, changes: bool, languages: Sequence[str], kept: DrawnPages) -> None:
        self.app, self.path, self.changes, self.languages, self.kept = app, path, changes, languages, kept
        self._drawing: dict[Key, asyncio.Future[DrawnPage | None]] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        asked = self.asked(scope)
        if asked is None:
            await self.app(scope, receive, send)
            return
        drawn = self.kept.get(asked.key)
        if drawn is None and (waited := self._drawing.get(asked.key)):
            drawn = await asyncio.shield(waited)  # one who leaves does not take it from the others
        if drawn is None:
            drawn = await self._draw_first(asked, scope, receive, send)
        if drawn:
            await self._answer(drawn, asked, send)

    def asked(self, scope: Mapping[str, Any]) -> PageRequest | None:
        """Return what a page depends on; None where it is not kept."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(_NEVER):
            return None
        headers, query = dict(scope["headers"]), bytes(scope["query_string"])
        host, cookies = headers.get(b"host", b""), _cookies(headers.get(b"cookie", b""))
        if _ALONE.search(query) or not _PLAIN.fullmatch(host) or any(name.startswith("ds_") for name in cookies):
            return None
        named = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
        query = b"&".join(part for part in query.split(b"&") if not part.startswith(b"lang="))
        language = page_frame.chosen(named, cookies, self.languages)
        drawing = {
            **scope,
            "scheme": "http",
            "query_string": query,
            "headers": [
                *(pair for pair in scope["headers"] if pair[0] not in (b"host", b"cookie", b"if-none-match")),
                (b"host", HOST),
                (b"cookie", f"{page_frame.COOKIE}={language}".encode()),
            ],
        }
        return PageRequest(
            (self._state(), scope.get("raw_path") or scope["path"].encode(), query, language),
            drawing,
            str(scope.get("scheme", "http")).encode() + b"://" + host,
            headers.get(b"if-none-match", b""),
            tuple((k.lower().encode(), v.encode()) for k, v in page_frame.remembered(named).items()),
        )

    def _state(self) -> tuple[int, ...]:
        return state_of(self.path) if self.changes else ()

    async def _draw_first(
        self, asked: PageRequest, scope: Mapping[str, Any], receive: Any, send: Any
    ) -> DrawnPage | None:
        """Draw a page while all others who ask for it wait; None where it is of no kind that is shared."""
        done = self._drawing.setdefault(asked.key, asyncio.get_running_loop().create_future())
        drawn = None
        try:
            drawn = await self._draw(asked, scope, receive, send)
        finally:
            if not done.done():
                done.set_result(drawn)
            if self._drawing.get(asked.key) is done:
                del self._drawing[asked.key]
        return drawn

    async def _draw(self, asked: PageRequest, scope: Mapping[str, Any], receive: Any, send: Any) -> DrawnPage | None:
        """Return the page and keep it. What is not kept is sent at once: an error, what is too long, with a cookie."""
        start: dict[str, Any] = {}
        body = bytearray()
        whole = True

        async def collect(message: dict[str, Any]) -> None:
            nonlocal start, whole
            if message["type"] == "http.response.start":
                start = message
            elif whole:
                body.extend(message.get("body", b""))
                whole = len(body) <= LONGEST_PAGE

        await self.app(asked.scope, receive, collect)
        if not whole or start["status"] == 301:  # an address that moved leads on with the language that was asked for
            await self.app(scope, receive, send)
            return None
        headers = tuple((name.lower(), value) for name, value in start["headers"])
        drawn = DrawnPage.of(headers, bytes(body))
        if start["status"] != 200 or any(name == b"set-cookie" for name, _ in headers):
            headers, shown = _in_the_name_of(asked.origin, headers, drawn.body)
            for message in _messages(start["status"], (headers + asked.remembered, shown)):
                await send(message)
            return None
        self._keep(asked.key, drawn)
        return drawn

    def _keep(self, key: Key, drawn: DrawnPage) -> None:
        """Keep a page, if the database is the one it was drawn from and its files have settled."""
        if key[0] != self._state():
            return
        if self.changes and time.time_ns() - max(self._state()[2::3], default=0) < SETTLED * 1e9:
            return
        self.kept.put(key, drawn)

    async def _answer(self, drawn: DrawnPage, asked: PageRequest, send: Any) -> None:
        headers, body = _in_the_name_of(asked.origin, drawn.headers, drawn.body)
        named = f"{drawn.etag} {asked.origin.decode()}" if body != drawn.body else drawn.etag
        etag = b'"' + hashlib.sha256(named.encode()).hexdigest()[:32].encode() + b'"'
        who = b"private" if asked.remembered else b"public"
        control = b"no-cache" if self.changes else who + b", max-age=3600"
        headers = tuple(pair for pair in headers if pair[0] not in _OWN)
        headers += ((b"cache-control", control), (b"etag", etag), (b"vary", b"Cookie"), *asked.remembered)
        if etag in (part.strip().removeprefix(b"W/") for part in asked.known.split(b",")):
            await send({"type": "http.response.start", "status": 304,
                        "headers": [pair for pair in headers if pair[0] != b"content-type"]})  # fmt: skip
            await send({"type": "http.response.body", "body": b""})
            return
        for message in _messages(200, (headers, body)):
            await send(message)


def state_of(path: Path) -> tuple[int, ...]:
    """Return what changes with every commit: of a database and of its write-ahead log."""
    found: list[int] = []
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            stat = file.stat()
        except FileNotFoundError:
            continue
        found += (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return tuple(found)


def _cookies(header: bytes) -> dict[str, str]:
    """Return name → value. What is no cookie counts as one of Datasette's, with which nothing is shared."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header.decode("latin-1")).items()}
    except CookieError:
        return {"ds_": ""}


def _in_the_name_of(origin: bytes, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Return a response in which every address of this server begins with `origin`; the same body where none is."""
    return tuple((name, value.replace(ORIGIN, origin)) for name, value in headers), body.replace(ORIGIN, origin)


def _messages(status: int, response: tuple[Headers, bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    headers, body = response
    own = [pair for pair in headers if pair[0] != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    return (
        {"type": "http.response.start", "status": status, "headers": [*own, length]},
        {"type": "http.response.body", "body": body},
    )
