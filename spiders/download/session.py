"""Keep what the requests of one visit share: its cookies, how many were sent, and how long it waited."""

from collections.abc import Iterable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import Request

from prober.domain.hostnames import host_of
from spiders.download.host_groups import group

COOKIES = 50  # kept for each host group; browsers keep at least as many (RFC 6265, section 6.1)
COOKIE_BYTES = 4096  # a longer Set-Cookie is ignored
SENT_BYTES = 8192  # most bytes of a Cookie header; servers refuse longer heads


class Session:
    """The cookies of one visit, one jar for each host group (RFC 6265), and the count of requests sent for it.

    `requests` counts what reached a server: not a name that did not resolve, nor a connection that was refused.
    `waited` are the seconds in which the site kept nobody waiting: its visit waited for other visits to the same
    operator, for a free browser, or for its pages to be read. `owed` is the delay, in seconds, after the last answer.
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
