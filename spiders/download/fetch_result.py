"""What one fetch asks for and what comes of it, as values: the response as sent, or the class of the failure.

Handler, middlewares and visits hand one `FetchResult` on, under one key of Scrapy's request. The body that Scrapy's own
response carries is the one that was sent, its content encoding not undone; `HttpResponse.body` undoes it.
"""

import re
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from socket import gaierror
from typing import Any

from prober.domain.finding import Failure

# RFC 9209 error tokens that a forward proxy gives in Proxy-Status (section 2.3).
_PROXY_ERRORS = {
    "dns_error": Failure.DNS,
    "dns_timeout": Failure.DNS,
    "destination_not_found": Failure.DNS,
    "connection_refused": Failure.REFUSED,
    "connection_terminated": Failure.REFUSED,
    "destination_unavailable": Failure.REFUSED,
    "destination_ip_unroutable": Failure.REFUSED,
    "connection_timeout": Failure.TIMEOUT,
    "connection_read_timeout": Failure.TIMEOUT,
    "connection_write_timeout": Failure.TIMEOUT,
    "http_response_timeout": Failure.TIMEOUT,
    "tls_certificate_error": Failure.TLS,
    "tls_protocol_error": Failure.TLS,
    "tls_alert_received": Failure.TLS,
    "destination_ip_prohibited": Failure.BLOCKED,
    "http_request_denied": Failure.BLOCKED,
}
# Worth another try at the end of the run; a bad certificate or a closed door will be no better then.
TRANSIENT = frozenset({Failure.TIMEOUT, Failure.REFUSED, Failure.HTTP_5XX, Failure.DNS})
META = "fetch"  # the one key of ours in Request.meta
LAYERS = 3  # content encodings, one around the other
# gzip or zlib by its header; "deflate" without one too, as some servers send it
_WINDOWS = {"gzip": (47,), "x-gzip": (47,), "deflate": (47, -15)}
UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
PIECE = 65_536
_TAIL = 2_000  # bytes at the end of a page in which its end is looked for: scripts of counters may follow it
_ENDS = re.compile(rb"</html\s*>", re.IGNORECASE)


class FetchFailed(Exception):
    """A request that brought no readable answer. `failure` is its class, the message says what was seen."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail


def of_exception(error: BaseException) -> FetchFailed:
    """The class of an error of sockets or TLS; anything unknown counts as a refused connection.

    >>> of_exception(ConnectionResetError("reset")).failure
    <Failure.REFUSED: 'refused'>
    """
    if isinstance(error, FetchFailed):
        return error
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, TimeoutError):
        return FetchFailed(Failure.TIMEOUT, words)
    if isinstance(error, gaierror):
        return FetchFailed(Failure.DNS, words)
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailed(Failure.TLS, f"certificate not accepted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return FetchFailed(Failure.TLS, words)
    return FetchFailed(Failure.REFUSED, words)


def of_proxy_status(value: str) -> FetchFailed | None:
    """What a proxy says it met (RFC 9209), or None where it reports no error.

    >>> of_proxy_status('world; error=dns_error; details="no such name"').failure
    <Failure.DNS: 'dns'>
    """
    for part in value.split(";"):
        name, _, token = part.strip().partition("=")
        if name == "error":
            return FetchFailed(_PROXY_ERRORS.get(token.strip(), Failure.REFUSED), value.strip())
    return None


@dataclass(frozen=True)
class HttpResponse:
    """A response: header block as received, body as sent (`raw`), and what was odd.

    `codings` are the content encodings to undo, the last one first. The body is unpacked when it is first asked for:
    while a hundred pages wait to be read, they take the room that they took on the wire.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    request: bytes
    head: bytes
    raw: bytes
    codings: tuple[str, ...]
    limit: int  # bytes of the body that are kept
    broken: Failure | None  # why no more of it came

    def header(self, name: str) -> str:
        """Return the first header of this name (in lower case), or ""."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    @property
    def body(self) -> bytes:
        """The body with its content encodings undone, at most `limit` bytes."""
        return self._unpacked[0]

    @property
    def cut(self) -> Failure | None:
        """None where the body is whole; else why only its beginning is here.

        BUDGET where it was longer than allowed, TIMEOUT or REFUSED where it stopped coming. A page that came up to its
        end is whole, whatever the server said of its length.
        """
        body, more = self._unpacked
        if more:
            return Failure.BUDGET
        return None if self.broken is not Failure.BUDGET and _ENDS.search(body[-_TAIL:]) else self.broken

    @cached_property
    def _unpacked(self) -> tuple[bytes, bool]:
        return unpacked(self.raw, self.codings, self.limit)


@dataclass(frozen=True, slots=True)
class RenderTask:
    """A page that the browser is to show as the hosts of `host_group` would have it, or to take a picture of."""

    html: str
    host_group: str
    picture: bool = False


@dataclass(frozen=True, slots=True)
class FetchResult:
    """One fetch: what is asked for, and what has come of it so far.

    It lies under META in the meta of Scrapy's request. Whoever learns something puts a new value there (`add`).
    """

    # asked for
    render: RenderTask | None = None  # None: GET the address
    ask_again: bool = False  # a robots.txt that could not be had is asked for once more
    robots_txt: bool = False  # the file itself, for which no rules hold
    # come of it
    response: HttpResponse | None = None  # None where nothing came, or where the browser was asked
    tls_note: str = ""  # what it took to trust the certificate; "" where nothing
    sitemaps: tuple[str, ...] = ()  # those that robots.txt names
    robots_requests: int = 0  # sent for robots.txt on the way


def fetch_of(meta: Mapping[str, Any]) -> FetchResult:
    """Return the fetch of a request by its meta; a plain one where nobody said more."""
    found: FetchResult = meta.get(META) or FetchResult()
    return found


def add(meta: dict[str, Any], **learned: Any) -> None:
    """Replace the fetch in `meta` by one with the fields `learned`."""
    meta[META] = replace(fetch_of(meta), **learned)


def content_codings(raw: bytes, encoding: str) -> tuple[str, ...]:
    """The names in a Content-Encoding header (`encoding`), the one that was applied last first.

    Raises FetchFailed for encodings that were not asked for and cannot be undone: their bytes are no page.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip())]
    if len(names) > LAYERS:
        raise FetchFailed(Failure.BUDGET, f"packed {len(names)} times over")
    unknown = UNREADABLE.intersection(names)
    if unknown and raw.lstrip()[:1] not in (b"", b"<"):
        raise FetchFailed(Failure.REFUSED, f"packed as {min(unknown)}, which was not asked for")
    return tuple(reversed(names))


def unpacked(raw: bytes, codings: tuple[str, ...], limit: int) -> tuple[bytes, bool]:
    """The body with `codings` undone, at most `limit` bytes, and whether there would have been more.

    A body that does not unpack to its end is returned as far as it did: half a page says more than none. One that
    never was packed is returned as it is, and so is one whose header names no encoding at all ("utf-8").
    """
    body, more = raw, False
    for coding in codings:
        if coding in _WINDOWS:
            body, cut = _inflated(body, _WINDOWS[coding], limit)
            more = more or cut
    return body[:limit], more or len(body) > limit


def _inflated(raw: bytes, windows: tuple[int, ...], limit: int) -> tuple[bytes, bool]:
    for bits in windows:
        inflate, body = zlib.decompressobj(bits), bytearray()
        try:
            for start in range(0, len(raw), PIECE):
                body += inflate.decompress(raw[start : start + PIECE], limit + 1 - len(body))
                if len(body) > limit or inflate.eof:
                    break
        except zlib.error:
            if not body:
                continue
        return bytes(body[:limit]), len(body) > limit
    return raw, False
