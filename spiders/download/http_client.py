"""Send GET requests over HTTP/1.1 and read responses tolerantly; every size and time is limited.

Alternatives were h11 0.16 and Scrapy's own client: both refuse a response with one malformed header line, which
browsers and curl accept, and such portals exist (docs/reference/registry.md#malformed-heads). Scrapy's client also
sorts and renames headers, but a WARC must contain what was received; it drops a proxy's report of a failure; and it
looks names up itself, but the address that is connected to must be the one that the guard checked.
"""

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from urllib.parse import quote, urlsplit

from prober.domain.finding import Failure
from prober.domain.hostnames import host_of
from prober.text.patterns import linear
from spiders.download.address_guard import Reach
from spiders.download.fetch_result import (
    PIECE,
    FetchFailed,
    HttpResponse,
    Session,
    content_codings,
    of_exception,
    of_proxy_status,
)
from spiders.download.tls import DOCUMENT_BYTES, Trust, issuer_missing

HEAD_LIMIT = 65_536
CHUNKS = 100_000  # most chunks of a body: one with a chunk for each byte would delay all other requests
_CHUNK_SIZE = linear(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;.*)?$")
_INTERIM = linear(rb"HTTP/\S+[ \t]+1(?!01)\d\d(?!\d)")  # after 101 no other response follows
IDLE_SECONDS = 20.0
IDLE_KEPT = 120  # most idle connections kept open: a crawl of thousands of sites must not run out of sockets
# Characters allowed unescaped in a request target; a percent sign is taken as the start of an existing escape.
SAFE = "/:@!$&'()*+,;=-._~%?[]|"  # of an address, sent as they are written
_BYTES_ACKED = 120  # offset of tcpi_bytes_acked in struct tcp_info (linux/tcp.h)
BEGINNING = 1_000  # bytes of a body, as sent, from which an incomplete one is kept


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request as sent. `limit` is the most bytes of the body that are read."""

    scheme: str
    host: str
    port: int
    head: bytes
    limit: int

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


@dataclass(slots=True)
class _Progress:
    """The progress of one request, for the report of a failure."""

    phase: str = "connecting"
    sent: int = 0  # requests that reached a server
    received: bool = True  # whether the server's system acknowledged the last one
    head: bytes = b""
    raw: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: float = 0.0

    @property
    def idle(self) -> bool:
        """False if the server has ended the connection, or has sent more than its answer: that is no next answer."""
        unread = bool(getattr(self.reader, "_buffer", b""))
        return not unread and not self.reader.at_eof() and not self.writer.is_closing()

    @property
    def acknowledged(self) -> int:
        """The bytes that the other side has acknowledged; 0 where the system does not tell (only Linux does)."""
        try:
            told = self.writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
            return int.from_bytes(told[_BYTES_ACKED : _BYTES_ACKED + 8], sys.byteorder)
        except (OSError, AttributeError):
            return 0

    def close(self) -> None:
        with suppress(OSError, RuntimeError):
            self.writer.transport.abort()


class HttpClient:
    """A client with a pool of idle connections. Not tied to Scrapy."""

    def __init__(
        self, user_agent: str, timeout: float, max_bytes: int, reach: Reach, proxy: str = "",
        trust: Trust | None = None, check_permit: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`check_permit` is called before each connection and each request, and does not return if none may be sent."""
        self._user_agent = user_agent
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._reach = reach
        self._proxy = urlsplit(proxy) if proxy else None
        self._trust = trust or Trust()
        self._check_permit = check_permit
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}

    async def fetch(
        self, url: str, headers: Mapping[str, str] | None = None, session: Session | None = None
    ) -> HttpResponse:
        """Return the response to one request. Raises FetchFailed with the class of the failure.

        The request carries the cookies of `session`, which learns those of the response and counts what was sent. If a
        server does not send the certificates of its issuers, they are fetched from their authority, and the request is
        repeated when the chain is complete.
        """
        session = session or Session()
        while True:
            cookies = session.cookies(url)
            asked = {**(headers or {}), **({"Cookie": cookies} if cookies else {})}
            try:
                received = await self._answer(url, asked, self._max_bytes, session)
                session.learn(url, received.headers)
                return received
            except FetchFailed as failed:
                if not issuer_missing(failed.__cause__):
                    raise
                await self._complete_chain(url, failed)  # raises if no further issuer is found

    def tls_note(self, url: str) -> str:
        """Return how the certificate of the host of `url` was trusted; "" for normal verification."""
        return self._trust.note(host_of(url)) if url.startswith("https:") else ""

    async def close(self) -> None:
        for pool in self._idle.values():
            for connection in pool:
                connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # so that the transports report that they are closed

    async def _answer(self, url: str, headers: Mapping[str, str], limit: int, session: Session) -> HttpResponse:
        """Send one request within the timeout and return the response; a body received before an error is kept.

        Raises FetchFailed with the class of the failure.
        """
        progress = _Progress()
        try:
            asked = self._asked(url, headers, limit)
            async with asyncio.timeout(self._timeout):
                return await self._exchange(asked, progress)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:  # including TimeoutError and ssl.SSLError
            failed = of_exception(error)
            if isinstance(error, TimeoutError):
                failed = FetchFailed(Failure.TIMEOUT, f"nothing within {self._timeout:g} s while {progress.phase}")
            if len(progress.raw) < BEGINNING:
                raise failed from error
        finally:
            session.requests += progress.sent
        return _received(asked, progress, failed.failure)

    async def _complete_chain(self, url: str, failed: FetchFailed) -> None:
        """Fetch one issuer that the server of `url` did not send. Raises FetchFailed: `failed`, with the reason."""
        asked = self._asked(url, {}, 0)
        try:
            await self._trust.complete(asked.host, partial(self._shown_certificate, asked), self._issuer_document)
        except FetchFailed as error:
            raise FetchFailed(failed.failure, f"{failed.detail}; {error.detail}") from error

    async def _shown_certificate(self, asked: _Asked) -> bytes:
        """Return the server's own certificate (DER) from a handshake without a request after it."""
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self._connect(asked, self._trust.unverified, _Progress())
        except (OSError, asyncio.IncompleteReadError) as error:  # including TimeoutError and ssl.SSLError
            raise FetchFailed(Failure.TLS, f"a second handshake failed: {error!r}") from error
        try:
            shown: bytes = connection.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            connection.close()
        return shown

    async def _issuer_document(self, address: str) -> bytes:
        """Return the document of an authority at `address`, fetched with the same guard as pages and a small limit."""
        self._reach.check(address)
        received = await self._answer(address, {}, DOCUMENT_BYTES, Session())  # of another operator
        if received.status != 200 or received.cut:
            raise FetchFailed(
                Failure.TLS, f"more than {DOCUMENT_BYTES} bytes" if received.cut else f"{received.status}"
            )
        return received.body

    async def _exchange(self, asked: _Asked, progress: _Progress) -> HttpResponse:
        connection = self._pooled(asked.origin)
        if connection is not None:
            # The server may just have closed an idle connection, which is no failure: repeat on a new connection.
            try:
                return await self._converse(connection, asked, progress)
            except (OSError, asyncio.IncompleteReadError):
                if progress.head:  # the answer had begun: do not repeat the request
                    raise
                progress.sent -= not progress.received
        tls = self._trust.context(asked.host) if asked.scheme == "https" else None
        connection = await self._connect(asked, tls, progress)
        return await self._converse(connection, asked, progress)

    async def _converse(self, connection: _Connection, asked: _Asked, progress: _Progress) -> HttpResponse:
        progress.raw.clear()  # after a first try on a closed connection
        kept, before = False, connection.acknowledged
        try:
            self._check_permit()
            connection.writer.write(asked.head)
            progress.sent += 1
            await connection.writer.drain()
            progress.phase = "waiting for the first byte"
            progress.head = await read_head(connection.reader)
            status, headers = parse_head(progress.head)
            _expected(status, asked)
            progress.phase = "reading the body"
            whole, cut = await read_body(connection.reader, status, headers, asked.limit, progress.raw)
            kept = whole and headers.get("connection", "").lower() != "close"
        finally:
            progress.received = connection.acknowledged > before
            if kept:
                self._keep(asked.origin, connection)
            else:
                connection.close()
        failed = of_proxy_status(headers.get("proxy-status", "")) if self._proxy else None
        if failed:
            progress.sent -= not failed.reached
            raise failed
        return _received(asked, progress, cut)

    def _keep(self, key: tuple[str, str, int], connection: _Connection) -> None:
        """Pool a connection; if there are too many, close one of the least recently used host."""
        connection.used = monotonic()
        pool = self._idle.pop(key, [])
        self._idle[key] = [*pool, connection]  # moves the host to the end of the order of use
        if sum(map(len, self._idle.values())) > IDLE_KEPT:
            oldest = next(iter(self._idle))
            self._idle[oldest].pop(0).close()
            if not self._idle[oldest]:
                del self._idle[oldest]

    def _pooled(self, key: tuple[str, str, int]) -> _Connection | None:
        pool = self._idle.pop(key, [])
        while pool:
            connection = pool.pop()
            fresh = monotonic() - connection.used < IDLE_SECONDS
            if fresh and connection.idle:
                if pool:
                    self._idle[key] = pool
                return connection
            connection.close()
        return None

    async def _connect(self, asked: _Asked, tls: ssl.SSLContext | None, progress: _Progress) -> _Connection:
        """Open a new connection, with TLS if `tls` is given."""
        self._check_permit()
        if self._proxy is not None:
            assert self._proxy.hostname and self._proxy.port
            connection = _Connection(
                *await asyncio.open_connection(self._proxy.hostname, self._proxy.port, limit=HEAD_LIMIT)
            )
            if tls:
                try:
                    await self._tunnel(connection, asked, tls, progress)
                except BaseException:
                    connection.close()
                    raise
            return connection
        progress.phase = "looking up the name"
        places = await self._reach.places(asked.host, asked.port)
        progress.phase = "connecting"
        error: OSError = ConnectionError(f"{asked.host} has no address")
        for address, port in places[:2]:
            try:
                streams = await asyncio.open_connection(
                    address, port, ssl=tls, server_hostname=asked.host if tls else None, limit=HEAD_LIMIT
                )
                return _Connection(*streams)
            except ssl.SSLError:
                raise
            except OSError as failed:
                error = failed
        raise error

    async def _tunnel(self, connection: _Connection, asked: _Asked, tls: ssl.SSLContext, progress: _Progress) -> None:
        place = f"{asked.host}:{asked.port}"
        connection.writer.write(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        status, headers = parse_head(await read_head(connection.reader))
        if status != 200:
            failed = of_proxy_status(headers.get("proxy-status", ""))
            raise failed or FetchFailed(Failure.REFUSED, f"the proxy answered {status} to CONNECT {asked.host}")
        progress.phase = "agreeing on TLS"
        await connection.writer.start_tls(tls, server_hostname=asked.host)

    def _asked(self, url: str, headers: Mapping[str, str], limit: int) -> _Asked:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        target = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
        host = parts.netloc.rpartition("@")[2]
        if self._proxy is not None and parts.scheme == "http":
            target = f"http://{host}{target}"
        fields = {
            "Host": host, "User-Agent": self._user_agent, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "vi,en;q=0.5", "Accept-Encoding": "gzip, deflate", **headers,
        }  # fmt: skip
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace")
        return _Asked(parts.scheme, parts.hostname or "", port, head, limit)


def _received(asked: _Asked, progress: _Progress, broken: Failure | None) -> HttpResponse:
    status, headers = parse_head(progress.head)
    raw = bytes(progress.raw)
    return HttpResponse(
        status, tuple(header_pairs(progress.head)), asked.head.rstrip(b"\r\n"), progress.head, raw,
        content_codings(raw, headers.get("content-encoding", "")), asked.limit, broken,
    )  # fmt: skip


def _expected(status: int, asked: _Asked) -> None:
    """Raise FetchFailed for a status that no server may send in answer to `asked`.

    One outside 100 to 599 counts as an error of the server (RFC 9110, section 15). Such an answer is no evidence of
    what a page holds, nor that there is none.
    """
    if not 100 <= status <= 599:
        raise FetchFailed(Failure.HTTP_5XX, f"answers with status {status}, which does not exist")
    if status < 200 or (status == 304 and b"\r\nif-" not in asked.head.lower()):
        raise FetchFailed(Failure.REFUSED, f"answers with status {status}, which was not asked for")


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Return status and headers, names in lower case, the first of each name; malformed lines are skipped.

    >>> parse_head(b"HTTP/1.1 200 OK\\r\\nServer: x\\r\\nthis line is broken\\r\\nA: b")
    (200, {'server': 'x', 'a': 'b'})
    """
    first = head.split(b"\n", 1)[0].split(None, 2)
    if len(first) < 2 or not first[0].startswith(b"HTTP/") or not first[1].isdigit():
        raise FetchFailed(Failure.REFUSED, f"not an HTTP response: {head[:60]!r}")
    if len(first[1]) > 3:
        raise FetchFailed(Failure.HTTP_5XX, f"answers with status {first[1][:20].decode()}, which does not exist")
    headers: dict[str, str] = {}
    for name, value in header_pairs(head):
        headers.setdefault(name.lower(), value)
    return int(first[1]), headers


def header_pairs(head: bytes) -> list[tuple[str, str]]:
    lines = head.replace(b"\0", b"").decode("latin-1").split("\n")[1:]  # a browser drops NUL too
    split = (line.partition(":") for line in lines)
    return [(name.strip(), value.strip()) for name, colon, value in split if colon and name.strip()]


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """Return the header block of the final response, line ends as sent, without the empty line; skip 1xx responses."""
    size = 0
    while True:
        lines: list[bytes] = []
        while (line := await _line(reader)).strip(b"\r\n") or not lines:
            if not line:
                raise asyncio.IncompleteReadError(b"".join(lines), None)
            size += len(line)
            if size > HEAD_LIMIT:
                raise FetchFailed(Failure.BUDGET, f"more than {HEAD_LIMIT} bytes of headers")
            lines.append(line)
        head = b"".join(lines).strip(b"\r\n")
        if not _INTERIM.match(head):
            return head


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the next line. Raises FetchFailed if it is longer than a whole head may be."""
    try:
        return await reader.readline()
    except ValueError as error:
        raise FetchFailed(Failure.BUDGET, f"a line of more than {HEAD_LIMIT} bytes") from error


async def read_body(
    reader: asyncio.StreamReader, status: int, headers: Mapping[str, str], limit: int, body: bytearray
) -> tuple[bool, Failure | None]:
    """Read the body into `body`, where the bytes received stay after a cancellation or failure.

    Return True if the connection can be used again, and why the body is incomplete (as in `HttpResponse`).
    """
    if status < 200 or status in (204, 304):
        # It has no body (RFC 9110, section 6.4.1). What a server sends all the same must not be read as the next one.
        bare = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        return bare and status >= 200, None
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _read_chunks(reader, limit, body)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 20:
        size = int(length)
        await _read_up_to(reader, min(size, limit), body)
        return len(body) == size, Failure.BUDGET if size > limit else None if len(body) == size else Failure.REFUSED
    await _read_up_to(reader, limit + 1, body)
    return False, _longer(body, limit)


async def _read_chunks(reader: asyncio.StreamReader, limit: int, body: bytearray) -> tuple[bool, Failure | None]:
    for _ in range(CHUNKS):
        line = (await _line(reader)).strip()
        if not _CHUNK_SIZE.match(line):
            return False, Failure.REFUSED  # ended early, or not a chunk size
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            return await _trailer_ends(reader), None
        await _read_up_to(reader, min(size, limit - len(body) + 1), body)
        if len(body) > limit:
            return False, _longer(body, limit)
        await _line(reader)
    return False, Failure.BUDGET


def _longer(body: bytearray, limit: int) -> Failure | None:
    """Cut `body` to `limit` bytes; return BUDGET if it was longer."""
    longer = len(body) > limit
    del body[limit:]
    return Failure.BUDGET if longer else None


async def _trailer_ends(reader: asyncio.StreamReader) -> bool:
    """Read the trailer after the last chunk; return False if it is too long, so that the connection is unusable."""
    for _ in range(100):
        line = await _line(reader)
        if not line.strip():
            return bool(line)
    return False


async def _read_up_to(reader: asyncio.StreamReader, size: int, body: bytearray) -> None:
    """Read `size` bytes into `body`, or fewer if the other side closes."""
    end = len(body) + size
    while len(body) < end and (piece := await reader.read(min(end - len(body), PIECE))):
        body += piece
