"""Define the values of one fetch: what is requested, in which session, and the response or the class of the failure.

Handler, middlewares and visits pass one `FetchResult` on, under one key of Scrapy's request. The body of Scrapy's own
response is the one that was sent, with its content encoding; `HttpResponse.body` decodes it.
"""

import re
import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from socket import gaierror
from time import monotonic
from typing import Any
from urllib.request import Request

from prober.domain.finding import Failure
from prober.domain.hostnames import group, host_of
from prober.domain.reason import Detail
from prober.text.patterns import linear

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
_UNSENT = frozenset(_PROXY_ERRORS) - {
    "connection_terminated", "connection_read_timeout", "connection_write_timeout", "http_response_timeout",
}  # fmt: skip
# Worth another try at the end of the crawl; a bad certificate or an HTTP 403 will not have changed by then.
TRANSIENT = frozenset({Failure.TIMEOUT, Failure.REFUSED, Failure.HTTP_5XX, Failure.DNS})
META = "fetch"  # our only key in Request.meta
LAYERS = 3  # nested content encodings
# gzip or zlib by its header; "deflate" also without a header, as some servers send it
_WINDOWS = {"gzip": (47,), "x-gzip": (47,), "deflate": (47, -15)}
UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_GZIP = b"\x1f\x8b"
MEMBERS = 100  # most members of one file in gzip that are read
PIECE = 65_536
_TAIL = 2_000  # bytes at the end of a page searched for its closing tag: scripts of counters may follow it
_ENDS = linear(rb"</html\s*>", re.IGNORECASE)
_WHOLE_RANGE = linear(r"bytes\s+0-(\d{1,15})/(\d{1,15})", re.IGNORECASE)
COOKIES = 50  # kept for each host group; browsers keep at least as many (RFC 6265, section 6.1)
COOKIE_BYTES = 4096  # a longer Set-Cookie is ignored
SENT_BYTES = 8192  # most bytes of a Cookie header; servers refuse longer heads


class FetchFailed(Exception):
    """A request without a readable answer. `failure` is its class, the message the observed details.

    `status` is that of the robots.txt that closed the site, 0 without one.
    """

    def __init__(self, failure: Failure, detail: Detail, reached: bool = True, status: int = 0) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail
        self.status = status
        self.reached = reached  # False if a proxy says that it sent the request to no server


def of_exception(error: BaseException) -> FetchFailed:
    """Return FetchFailed for an error of sockets or TLS; an unknown error counts as a refused connection.

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
    """Return the failure that a proxy reports in Proxy-Status (RFC 9209), or None if it reports no error.

    >>> of_proxy_status('world; error=dns_error; details="no such name"').failure
    <Failure.DNS: 'dns'>
    """
    for part in value.split(";"):
        name, _, token = part.strip().partition("=")
        if name == "error":
            failure = _PROXY_ERRORS.get(token.strip(), Failure.REFUSED)
            return FetchFailed(failure, value.strip(), token.strip() not in _UNSENT)
    return None


@dataclass(frozen=True)
class HttpResponse:
    """A response: header block as received, body as sent (`raw`), and any fault.

    `codings` are the content encodings to decode, the last one first. The body is decoded when it is first used: while
    a hundred pages wait to be read, they take only their compressed size in memory.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    request: bytes
    head: bytes
    raw: bytes
    codings: tuple[str, ...]
    limit: int  # most bytes of the body that are kept
    broken: Failure | None  # why the body ended early

    def header(self, name: str) -> str:
        """Return the first header of this name (in lower case), or ""."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    @property
    def body(self) -> bytes:
        """The decoded body, at most `limit` bytes."""
        return self._unpacked[0]

    @property
    def cut(self) -> Failure | None:
        """None if the body is complete, else the reason why only its beginning was received.

        BUDGET if it was longer than allowed, TIMEOUT or REFUSED if it stopped, UNREADABLE if what packs it breaks off,
        or the server says that it is a part (206). A page with its closing tag is complete, whatever length the server
        declared.
        """
        body, ends = self._unpacked
        why = ends if ends is Failure.BUDGET else self.broken or ends or (Failure.UNREADABLE if self._in_part else None)
        return None if why is not Failure.BUDGET and _ENDS.search(body[-_TAIL:]) else why

    @property
    def _in_part(self) -> bool:
        told = _WHOLE_RANGE.fullmatch(self.header("content-range").strip())
        return self.status == 206 and not (told and int(told[1]) + 1 == int(told[2]))

    @cached_property
    def _unpacked(self) -> tuple[bytes, Failure | None]:
        return unpacked(self.raw, self.codings, self.limit)


class Session:
    """The cookies of one visit, one jar for each host group (RFC 6265), and the count of requests sent for it.

    `requests` counts what reached a server: not a name that did not resolve, nor a connection that was refused.
    `waited` are the seconds in which the site kept nobody waiting: its visit waited for other visits to the same
    operator, for a free page of the browser or its start, or for its pages to be read. `owed` is when the delay after
    its last answer is over (time.monotonic).
    `without_browser`: a page was to be rendered, and this machine has no browser.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.waited = 0.0
        self.owed = 0.0
        self.without_browser = False
        self._jars: dict[str, CookieJar] = {}

    def cookies(self, url: str) -> str:
        """Return the value of the Cookie header for a request to `url`, or ""."""
        jar = self._jars.get(group(host_of(url)))
        if jar is None:
            return ""
        request = Request(url)
        jar.add_cookie_header(request)
        value = request.get_header("Cookie", "") or ""
        if len(value) > SENT_BYTES:
            value = value[:SENT_BYTES].rpartition("; ")[0]
        return value if value.isascii() and value.isprintable() else ""

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time as waiting, without the delay that the site is owed anyway, and nothing twice."""
        begin, before = max(monotonic(), self.owed), self.waited
        try:
            yield
        finally:
            self.waited = before + max(0.0, monotonic() - begin)

    def learn(self, url: str, headers: Iterable[tuple[str, str]]) -> None:
        """Keep the cookies that the response from `url` sets, the first COOKIES of its host group."""
        lines = [value for name, value in headers if name.lower() == "set-cookie" and len(value) <= COOKIE_BYTES]
        if not lines:
            return
        policy = DefaultCookiePolicy(rfc2965=False)
        jar = self._jars.setdefault(group(host_of(url)), CookieJar(policy))
        for cookie in jar.make_cookies(_Received(lines[:COOKIES]), Request(url)):  # type: ignore[arg-type]
            if len(jar) < COOKIES or cookie.name in {known.name for known in jar}:
                jar.set_cookie_if_ok(cookie, Request(url))


class _Received:
    """The part of a response, and of its headers, that http.cookiejar reads: the lines as they came.

    email.message.Message would make an object of a line that is no text of any charset, and http.cookiejar breaks.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)

    def info(self) -> "_Received":
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._lines if name == "Set-Cookie" else default


@dataclass(frozen=True, slots=True)
class RenderTask:
    """A page for the browser to render in the context of `host_group`, to take a screenshot of, or to audit."""

    html: str
    host_group: str
    picture: bool = False
    audit: bool = False
    policy: str = ""  # the site's own for its scripts (Content-Security-Policy), as its server sent it


@dataclass(frozen=True, slots=True)
class FetchResult:
    """One fetch: what is requested, and its results so far.

    It is stored under META in the meta of Scrapy's request. Later results are added by `add`, which stores a new value.
    """

    # the request
    render: RenderTask | None = None  # None: GET the address
    ask_again: bool = False  # request a robots.txt again that could not be fetched before
    robots_txt: bool = False  # this is the request for robots.txt, which no rules restrict
    session: Session = field(default_factory=Session)  # of the visit that it is made for
    due: float = 0.0  # when its slot might send it, if no other request waited there (time.monotonic)
    # the results
    response: HttpResponse | None = None  # None without a response, or for a RenderTask
    tls_note: str = ""  # how the certificate was trusted; "" for normal verification
    sitemaps: tuple[str, ...] = ()  # those that robots.txt names


def fetch_of(meta: Mapping[str, Any]) -> FetchResult:
    """Return the fetch in the meta of a request; a plain one if there is none."""
    found: FetchResult = meta.get(META) or FetchResult()
    return found


def add(meta: dict[str, Any], **learned: Any) -> None:
    """Replace the fetch in `meta` by one with the fields `learned`."""
    meta[META] = replace(fetch_of(meta), **learned)


def content_codings(raw: bytes, encoding: str) -> tuple[str, ...]:
    """Return the names in a Content-Encoding header (`encoding`), the one that was applied last first.

    Raises FetchFailed for encodings that were not requested and cannot be decoded.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip())]
    if len(names) > LAYERS:
        raise FetchFailed(Failure.BUDGET, f"packed {len(names)} times over")
    unknown = UNREADABLE.intersection(names)
    if unknown and raw.lstrip()[:1] not in (b"", b"<"):
        raise FetchFailed(Failure.REFUSED, f"packed as {min(unknown)}, which was not asked for")
    return tuple(reversed(names))


def unpacked(raw: bytes, codings: tuple[str, ...], limit: int) -> tuple[bytes, Failure | None]:
    """Return the body with `codings` decoded, at most `limit` bytes, and why it ends early.

    BUDGET if there would have been more, UNREADABLE if it breaks off, None for a whole one. A body that cannot be
    decoded to its end is returned as far as it could: half a page is better than none. A body that is not compressed at
    all is returned unchanged, and so is one whose header names no encoding ("utf-8").
    """
    body, ends = raw, None
    for coding in codings:
        if coding in _WINDOWS:
            body, broken = _inflated(body, _WINDOWS[coding], limit)
            ends = ends or broken
    return body[:limit], Failure.BUDGET if len(body) > limit else ends


def _inflated(raw: bytes, windows: tuple[int, ...], limit: int) -> tuple[bytes, Failure | None]:
    for bits in windows:
        inflate, body, start, members = zlib.decompressobj(bits), bytearray(), 0, 1
        try:
            while start < len(raw) and len(body) <= limit:
                piece = raw[start : start + PIECE]
                body += inflate.decompress(piece, limit + 1 - len(body))
                start += len(piece) - len(inflate.unused_data)
                if inflate.eof:
                    if not raw.startswith(_GZIP, start):
                        break
                    inflate, members = zlib.decompressobj(bits), members + 1
                    if members > MEMBERS:
                        break
        except zlib.error:
            if not body:
                continue
        whole = None if inflate.eof or not raw else Failure.UNREADABLE
        return bytes(body[:limit]), Failure.BUDGET if len(body) > limit else whole
    return raw, None
