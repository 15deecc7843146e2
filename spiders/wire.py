"""HTTP/1.1 on the wire, as a patient client speaks it: GET and HEAD only, every size and time bounded.

Why not Scrapy's own client: it refuses a response with one malformed header line, which browsers and curl read, and
such portals exist (reference page on the registry); it hands over headers sorted and renamed, where a WARC must hold
what was received; it drops what a proxy says about a failure; and the address that the guard checked must be the one
that is connected to.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from urllib.parse import quote, urlsplit

from prober.finding import Failure
from spiders.failures import FetchFailed, of_exception, of_proxy_status
from spiders.guard import Resolve
from spiders.response import HEAD_LIMIT, Received, decoded, header_pairs, parse_head, read_body, read_head

IDLE_SECONDS = 20.0
IDLE_KEPT = 200  # connections kept open for a next request: a crawl of thousands of sites must not run out of sockets
METHODS = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: float = 0.0

    def close(self) -> None:
        with suppress(OSError, RuntimeError):
            self.writer.transport.abort()


class Wire:
    """A client with a pool of idle connections. Not tied to Scrapy."""

    def __init__(
        self, user_agent: str, timeout: float, max_bytes: int, resolve: Resolve, proxy: str = "", ca_file: str = ""
    ) -> None:
        self._user_agent = user_agent
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._resolve = resolve
        self._proxy = urlsplit(proxy) if proxy else None
        self._tls = ssl.create_default_context(cafile=ca_file or None)
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}

    async def fetch(self, url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Received:
        """The answer to one request. Raises FetchFailed, with the class of what went wrong, for anything else."""
        if method not in METHODS:
            raise FetchFailed(Failure.BLOCKED, f"{method} is never sent: no form is submitted")
        phase = ["connecting"]
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(url, method, headers or {}, phase)
        except TimeoutError as error:
            raise FetchFailed(Failure.TIMEOUT, f"nothing within {self._timeout:g} s while {phase[0]}") from error
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError, ValueError) as error:
            raise of_exception(error) from error

    async def close(self) -> None:
        for pool in self._idle.values():
            for connection in pool:
                connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # lets the transports report that they are closed

    async def _exchange(self, url: str, method: str, headers: Mapping[str, str], phase: list[str]) -> Received:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        key = (parts.scheme, parts.hostname or "", port)
        request = self._request(parts.scheme, url, method, headers)
        connection = self._pooled(key)
        if connection is not None:
            # The server may have closed an idle connection just now: that says nothing, so ask once more on a new one.
            with suppress(OSError, asyncio.IncompleteReadError):
                return await self._converse(key, connection, request, method, phase)
        connection = await self._connect(*key, phase)
        return await self._converse(key, connection, request, method, phase)

    async def _converse(
        self, key: tuple[str, str, int], connection: _Connection, request: bytes, method: str, phase: list[str]
    ) -> Received:
        kept = False
        try:
            connection.writer.write(request)
            await connection.writer.drain()
            phase[0] = "waiting for the first byte"
            head = await read_head(connection.reader)
            status, headers = parse_head(head)
            phase[0] = "reading the body"
            raw, complete, cut = await read_body(connection.reader, status, headers, method, self._max_bytes)
            body, bomb = decoded(raw, headers.get("content-encoding", ""), self._max_bytes)
            kept = complete and headers.get("connection", "").lower() != "close"
        finally:
            if kept:
                self._keep(key, connection)
            else:
                connection.close()
        failed = of_proxy_status(headers.get("proxy-status", "")) if self._proxy else None
        if failed:
            raise failed
        return Received(status, tuple(header_pairs(head)), request.rstrip(b"\r\n"), head, raw, body, cut or bomb)

    def _keep(self, key: tuple[str, str, int], connection: _Connection) -> None:
        """Pool a connection; the pool that was left alone longest gives one up where there are too many."""
        connection.used = monotonic()
        pool = self._idle.pop(key, [])
        self._idle[key] = [*pool, connection]  # last in the order of use
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
            if fresh and not connection.reader.at_eof() and not connection.writer.is_closing():
                if pool:
                    self._idle[key] = pool
                return connection
            connection.close()
        return None

    async def _connect(self, scheme: str, host: str, port: int, phase: list[str]) -> _Connection:
        if self._proxy is not None:
            assert self._proxy.hostname and self._proxy.port
            connection = _Connection(
                *await asyncio.open_connection(self._proxy.hostname, self._proxy.port, limit=HEAD_LIMIT)
            )
            if scheme == "https":
                try:
                    await self._tunnel(connection, host, port, phase)
                except BaseException:
                    connection.close()
                    raise
            return connection
        phase[0] = "looking up the name"
        addresses = await self._resolve(host, port)
        phase[0] = "connecting"
        tls = self._tls if scheme == "https" else None
        error: OSError = ConnectionError(f"{host} has no address")
        for address in addresses[:2]:
            try:
                streams = await asyncio.open_connection(
                    address, port, ssl=tls, server_hostname=host if tls else None, limit=HEAD_LIMIT
                )
                return _Connection(*streams)
            except ssl.SSLError:
                raise
            except OSError as failed:
                error = failed
        raise error

    async def _tunnel(self, connection: _Connection, host: str, port: int, phase: list[str]) -> None:
        connection.writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        status, headers = parse_head(await read_head(connection.reader))
        if status != 200:
            failed = of_proxy_status(headers.get("proxy-status", ""))
            raise failed or FetchFailed(Failure.REFUSED, f"the proxy answered {status} to CONNECT {host}")
        phase[0] = "agreeing on TLS"
        await connection.writer.start_tls(self._tls, server_hostname=host)

    def _request(self, scheme: str, url: str, method: str, headers: Mapping[str, str]) -> bytes:
        parts = urlsplit(url)
        target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        host = parts.netloc.rpartition("@")[2]
        if self._proxy is not None and scheme == "http":
            target = f"http://{host}{target}"
        fields = {
            "Host": host, "User-Agent": self._user_agent, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "vi,en;q=0.5", "Accept-Encoding": "gzip, deflate", **headers,
        }  # fmt: skip
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace")


# What may stand in a request target unescaped; a percent sign is taken to begin an escape that is already there.
_SAFE = "/:@!$&'()*+,;=-._~%?[]|"
