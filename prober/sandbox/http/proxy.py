"""Serve the world's 126 sites through an HTTP proxy, which opens no connection because the sites run inside it.

A failure before a site is reached is reported as a forward proxy reports it (RFC 9209, Proxy-Status). A later failure
happens for real: the connection is reset, hangs, or carries nonsense.
"""

import asyncio
import gzip
import hashlib
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from prober.sandbox.http import http_streams
from prober.sandbox.http.access_log import AccessLog
from prober.sandbox.http.certificates import Certificates
from prober.sandbox.http.site_messages import Fault, Request, Response, Web
from prober.sandbox.simulated_clock import header_date

# Status and RFC 9209 error type of the failures that a forward proxy can meet before it reaches a site.
_GATEWAY = {
    Fault.DNS: (502, "dns_error"),
    Fault.REFUSED: (502, "connection_refused"),
    Fault.TIMEOUT: (504, "connection_timeout"),
}
_CONNECT_TIMEOUT = 1.0  # seconds until the proxy gives up on a host that does not answer SYN
_DRIP_CHUNK = 2048
_COMPRESSED = ("text/", "application/javascript", "application/json", "application/xml", "application/rss")
# A line with neither colon nor name is no header (RFC 9112, section 5). The bad length stops lenient readers too.
_MALFORMED = b"HTTP/1.1 200 OK\r\nContent-Length: khong-ro\r\nServer Apache \x00\r\n=?:\r\n\r\n<html>"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, with its host and its time of arrival (monotonic seconds)."""

    head: http_streams.Head
    scheme: str
    host: str
    target: str
    arrived: float


class Proxy:
    """A proxy for absolute-form requests and CONNECT. `now` returns the simulated time.

    With `validators` every page has an ETag, and a request that names it is answered with 304 (RFC 9110, 13).
    """

    def __init__(
        self, web: Web, certificates: Certificates, log: AccessLog, now: Callable[[], datetime],
        validators: bool = False,
    ) -> None:  # fmt: skip
        self._validators = validators
        self._web = web
        self._certificates = certificates
        self._log = log
        self._now = now

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client connection, until either side ends it."""
        try:
            await self._conversation(reader, writer)
        except http_streams.BadRequest as error:
            writer.write(_simple(400, f"{error}\n"))
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the client left, or the TLS handshake failed: nothing to do
        finally:
            writer.close()

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await http_streams.read_head(reader):
            arrived = time.monotonic()
            if head.method == "CONNECT":
                await self._tunnel(reader, writer, head, arrived)
                return
            url = urlsplit(head.target)
            if url.scheme != "http" or not url.hostname:
                raise http_streams.BadRequest("this is a proxy: absolute http:// addresses and CONNECT only")
            target = (url.path or "/") + (f"?{url.query}" if "?" in head.target else "")
            asked = _Asked(head, "http", url.hostname.lower(), target, arrived)
            if not await self._answer(reader, writer, asked, reachable=url.port in (None, 80)):
                return

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: http_streams.Head, arrived: float
    ) -> None:
        """Serve CONNECT: end TLS here, with the certificate of the site, then answer requests as over http."""
        host, _, port = head.target.lower().rpartition(":")
        kind = self._web.certificate(host) if port == "443" else Fault.REFUSED
        if isinstance(kind, Fault) and kind in _GATEWAY:
            if kind is Fault.TIMEOUT:
                await asyncio.sleep(_CONNECT_TIMEOUT)
            status, error = _GATEWAY[kind]
            self._note(_Asked(head, "https", host, "", arrived), status, 0, purpose="tunnel")
            writer.write(_gateway(status, error, keep=False))
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        if isinstance(kind, Fault):
            await reader.read(1)  # read the client's hello first, as a site that drops it would
            _reset(writer)
            return
        await writer.start_tls(self._certificates.context(kind, host))
        while inner := await http_streams.read_head(reader):
            asked = _Asked(inner, "https", host, inner.target, time.monotonic())
            if not await self._answer(reader, writer, asked):
                return

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: _Asked, reachable: bool = True
    ) -> bool:
        """Answer one request; return True if the connection may carry another."""
        body = await http_streams.read_body(reader, asked.head)
        request = Request(
            asked.head.method, asked.scheme, asked.host, asked.target, asked.head.headers, self._now(), body
        )
        answer = self._certificates.published(request) if reachable else Fault.REFUSED
        answer = answer or self._web.respond(request)
        if isinstance(answer, Fault):
            return await self._fail(reader, writer, asked, answer)
        if answer.delay and await _left(reader, answer.delay):
            self._note(asked, answer.status, None)
            return False
        return await self._send(writer, asked, answer)

    async def _send(self, writer: asyncio.StreamWriter, asked: _Asked, answer: Response) -> bool:
        answer = _validated(answer, asked.head.headers) if self._validators else answer
        headers, body = _encoded(answer, asked.head.headers)
        keep = asked.head.keeps_alive
        names = {name.lower() for name, _ in headers}
        extra = [("Date", header_date(self._now()))] if "date" not in names else []
        if "content-length" not in names and answer.status != 304:
            extra.append(("Content-Length", str(len(body))))
        extra.append(("Connection", "keep-alive" if keep else "close"))
        shown = b"" if asked.head.method == "HEAD" or answer.status in (204, 304) else body
        self._note(asked, answer.status, len(shown))
        writer.write(http_streams.head_bytes(answer.status, [*headers, *extra]))
        if answer.drip:
            await _drip(writer, shown, answer.drip)
        else:
            writer.write(shown)
        await writer.drain()
        return keep

    async def _fail(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: _Asked, fault: Fault
    ) -> bool:
        """Carry out a fault. Only a failure that the proxy itself reports leaves the connection usable."""
        if fault is Fault.TIMEOUT:
            self._note(asked, 0, None)
            await _left(reader, None)
        elif fault is Fault.RESET:
            self._note(asked, 0, None)
            _reset(writer)
        elif fault is Fault.MALFORMED:
            self._note(asked, 200, len(_MALFORMED))
            writer.write(_MALFORMED)
            await writer.drain()
        else:
            status, error = _GATEWAY[fault]
            self._note(asked, status, 0)
            writer.write(_gateway(status, error, keep=asked.head.keeps_alive))
            await writer.drain()
            return asked.head.keeps_alive
        return False

    def _note(self, asked: _Asked, status: int, size: int | None, purpose: str = "") -> None:
        """Write one line of the access log; `size` is None where no byte will be sent."""
        row: dict[str, Any] = {
            "arrived": asked.arrived, "answered": None if size is None else time.monotonic(), "scheme": asked.scheme,
            "host": asked.host, "method": asked.head.method, "target": asked.target, "status": status,
            "user_agent": asked.head.headers.get("user-agent", ""), "bytes": size or 0,
            "purpose": purpose or ("robots" if asked.target.split("?")[0] == "/robots.txt" else "page"),
        }  # fmt: skip
        self._log.write(row)


async def start(proxy: Proxy) -> asyncio.Server:
    """Listen on a free port of 127.0.0.1."""
    return await asyncio.start_server(partial(_accept, proxy), "127.0.0.1", 0, limit=256 * 1024)


async def _accept(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await proxy.serve(reader, writer)


def _validated(answer: Response, asked: Mapping[str, str]) -> Response:
    """Return a page with its ETag, or a 304 without it where the client has it."""
    if answer.status != 200:
        return answer
    tag = ("ETag", f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"')
    if asked.get("if-none-match") == tag[1]:
        return Response(304, (tag,), b"")
    return replace(answer, headers=(*answer.headers, tag))


def _encoded(answer: Response, asked: Mapping[str, str]) -> tuple[Iterable[tuple[str, str]], bytes]:
    """Return headers and body, compressed where the client takes gzip and the site has not encoded the body itself."""
    headers = {name.lower(): value for name, value in answer.headers}
    if (
        "gzip" not in asked.get("accept-encoding", "").lower()
        or "content-encoding" in headers
        or "content-length" in headers
        or len(answer.body) < 1000
        or not headers.get("content-type", "").startswith(_COMPRESSED)
    ):
        return answer.headers, answer.body
    return (*answer.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")), _gzipped(answer.body)


@lru_cache(maxsize=512)
def _gzipped(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1, mtime=0)


async def _drip(writer: asyncio.StreamWriter, body: bytes, pause: float) -> None:
    for start_at in range(0, len(body), _DRIP_CHUNK):
        writer.write(body[start_at : start_at + _DRIP_CHUNK])
        await writer.drain()
        await asyncio.sleep(pause)


async def _left(reader: asyncio.StreamReader, seconds: float | None) -> bool:
    """Wait for `seconds` (None: without limit); return True as soon as the client has left."""
    try:
        async with asyncio.timeout(seconds):
            # A client that waits for an answer sends nothing. If it pipelines, its next request is thrown away and the
            # connection with it, which HTTP allows a server to do.
            while await reader.read(65536):
                pass
            return True
    except TimeoutError:
        return False


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset: linger on, zero seconds."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _gateway(status: int, error: str, keep: bool) -> bytes:
    return _simple(status, f"{error}\n", ("Proxy-Status", f"sandbox; error={error}"), keep=keep)


def _simple(status: int, text: str, *headers: tuple[str, str], keep: bool = False) -> bytes:
    common = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(text.encode()))),
        ("Connection", "keep-alive" if keep else "close"),
    ]
    return http_streams.head_bytes(status, [*headers, *common]) + text.encode()
