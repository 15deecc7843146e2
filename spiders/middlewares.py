"""Keep the crawl polite by downloader middlewares: one slot per host group, robots.txt without a race, back-off.

An unreadable robots.txt is treated as in RFC 9309, section 2.3.1, and docs/conduct.md: a 4xx answer means that there
are no rules, but 429 that they cannot be read now; a 5xx answer, or none at all, means that nothing may be fetched.
"""

import asyncio
import logging
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from time import monotonic
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from prober.domain.finding import Failure
from prober.domain.hostnames import group, host_of
from prober.domain.pages.elements import absolute
from prober.domain.reason import Reason
from spiders.download.address_guard import Reach
from spiders.download.fetch_result import META, FetchFailed, FetchResult, HttpResponse, add, fetch_of

log = logging.getLogger(__name__)

ROBOTS_BYTES = 512_000  # RFC 9309, section 2.5: parse at least 500 KiB
ORIGINS_KEPT = 300  # origins with rules in memory: several for each site that is being visited
SLOTS_KEPT = 200  # Scrapy removes idle slots once a minute, in which a crawl may visit thousands of sites
ROBOTS_REDIRECTS = 5  # section 2.3.1.2: follow at least five
# Rendering itself sends no request. It must not use the slot of the host group, in which the requests of the page's
# scripts wait like any other: the page would wait for itself.
RENDER_SLOT = " (render)"

LIMITED = frozenset({429, 503})  # Too Many Requests (RFC 6585), Service Unavailable (RFC 9110)
SHORTEST = 0.25  # seconds: a shorter delay is doubled as if it were this long
PATIENCE = 5  # answers in a row, after the first refusal, before the delay is halved; twice as many after each more
MOST_PATIENCE = 80

_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))


class SlotMiddleware:
    """Refuse addresses that may not be fetched at all, and put every request into the slot of its host group.

    A province and its departments are one operator: their hosts share one slot, so that together they get one request
    at a time, with at least the delay between two.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        settings = crawler.settings
        self._reach = Reach.of(
            settings["PROBER_WORLD"], settings.getdict("PROBER_HOSTS"), settings.getlist("PROBER_PORTS")
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SlotMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.method != "GET":
            raise FetchFailed(Failure.BLOCKED, f"{request.method} is never sent: no form is submitted")
        self._reach.check(request.url)
        name = group(host_of(request.url))
        if fetch_of(request.meta).render:
            name += RENDER_SLOT
            delays = _downloader(self._crawler).per_slot_settings
            delays.setdefault(name, {"delay": 0.0, "concurrency": 4, "jitter": 0.0})
        request.meta["download_slot"] = name
        slots = _downloader(self._crawler).slots
        for idle in left_behind(slots, monotonic()):
            slots.pop(idle).close()


def due(slot: Slot | None, now: float) -> float:
    """Return when a request of a host group is due by delay and back-off alone: it waits longer for other visits."""
    return max(now, slot.lastseen + slot.delay) if slot else now


def left_behind(slots: Mapping[str, Slot], now: float, kept: int = SLOTS_KEPT) -> list[str]:
    """Return the names of the oldest slots beyond the `kept` newest that have no request and whose delay is over.

    `now` is in seconds. A new slot sends at once, so one whose delay is not over must stay.
    """
    oldest = islice(slots.items(), max(0, len(slots) - kept))
    return [name for name, slot in oldest if not slot.active and now - slot.lastseen > slot.delay]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one origin's robots.txt: parsed, or the reason why nothing may be fetched."""

    parser: Protego | None = None
    closed: FetchFailed | None = None

    def check(self, url: str, agent: str) -> None:
        """Raise FetchFailed if `url` may not be fetched."""
        if self.closed:
            raise self.closed
        if self.parser and not self.parser.can_fetch(url, agent):
            raise FetchFailed(Failure.ROBOTS, Reason("closed_by_robots"))

    def delay(self, agent: str) -> float:
        return float(self.parser.crawl_delay(agent) or 0) if self.parser else 0.0

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return tuple(self.parser.sitemaps) if self.parser else ()


class RobotsMiddleware:
    """Obey robots.txt. Scrapy's own middleware lets requests pass while robots.txt is still being fetched.

    There is one lock per origin: the first request fetches the file, the others wait for its rules.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent = crawler.settings["USER_AGENT"].partition("/")[0].strip() or "*"
        self._longest = crawler.settings.getfloat("PROBER_MAX_CRAWL_DELAY")
        self._rules: dict[str, Rules] = {}  # in the order of use
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if fetch_of(request.meta).robots_txt:
            return
        rules = await self.rules(request)
        add(request.meta, sitemaps=rules.sitemaps)
        rules.check(request.url, self._agent)

    async def rules(self, request: Request) -> Rules:
        """Return the rules of the request's origin, fetched once."""
        origin = _origin(request.url)
        async with self._locks[origin]:
            known = self._rules.get(origin)
            if known is None or (known.closed and fetch_of(request.meta).ask_again):
                self._rules[origin] = await self._fetch(origin, request)
                self._set_delay(group(host_of(origin)), self._rules[origin].delay(self._agent))
            rules = self._rules[origin] = self._rules.pop(origin)
        self._forget()
        return rules

    def _forget(self) -> None:
        """Drop the least recently used rules: a crawl of thousands of sites no longer needs most of them."""
        for origin in list(islice(self._rules, max(0, len(self._rules) - ORIGINS_KEPT))):
            if not self._locks[origin].locked():
                del self._rules[origin], self._locks[origin]

    async def _fetch(self, origin: str, request: Request) -> Rules:
        url = f"{origin}/robots.txt"
        for _ in range(ROBOTS_REDIRECTS + 1):
            try:
                response = await self._download(url, request)
            except FetchFailed as error:
                return Rules(closed=FetchFailed(error.failure, f"robots.txt: {error.detail}"))
            location = response.header("location")
            if not (300 <= response.status < 400 and location):
                rules = self._read(response)
                if urlsplit(url).path == "/robots.txt":  # the host to which the pages redirect too, most often
                    self._rules[_origin(url)] = rules
                return rules
            url = absolute(url, location)
            if group(host_of(url)) != group(host_of(origin)):
                return Rules()  # the file of another operator has no rules for this one
        return Rules()

    async def _download(self, url: str, request: Request) -> HttpResponse:
        """Return the response at `url`, fetched for `request`."""
        engine = self._crawler.engine
        assert engine is not None
        its = FetchResult(robots_txt=True, session=fetch_of(request.meta).session)
        robots = Request(url, meta={META: its}, callback=NO_CALLBACK)
        await engine.download_async(robots)
        response = fetch_of(robots.meta).response
        assert response is not None
        return response

    def _read(self, response: HttpResponse) -> Rules:
        if response.status >= 500 or response.status in LIMITED:
            failure = Failure.HTTP_5XX if response.status >= 500 else Failure.BLOCKED
            detail = Reason("robots_answers", status=response.status)
            return Rules(closed=FetchFailed(failure, detail, status=response.status))
        if response.status >= 300:
            return Rules()
        return Rules(Protego.parse(robots_text(response.body[:ROBOTS_BYTES])))

    def _set_delay(self, name: str, delay: float) -> None:
        """Set the slot's least delay to the longer of its own and the Crawl-delay, up to the configured maximum."""
        if delay > self._longest:
            log.warning("%s asks for a Crawl-delay of %g s; cut to %g s and fewer pages", name, delay, self._longest)
            delay = self._longest
        least = least_delay(self._crawler, name)
        if delay > least:
            current = _downloader(self._crawler).per_slot_settings.get(name, {}).get("delay", least)
            slow_down(self._crawler, name, max(delay, current), delay)


def retry_after(headers: Mapping[str, str], now: datetime, most: float) -> float:
    """Return the seconds that a server asks to wait, at most `most`; 0 if it asks for nothing that can be read.

    Retry-After holds seconds or a date (RFC 9110, section 10.2.3). A date is compared with the server's own clock, if
    it tells the time. `headers` have names in lower case.

    >>> retry_after({"retry-after": "5"}, datetime.now(UTC), 120.0)
    5.0
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), most)
    until = _date(value)
    if until is None:
        return 0.0
    seconds = (until - (_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), most)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(slots=True)
class HostPace:
    """The delay between two requests to one host group, seconds: doubled by a refusal, halved slowly by answers.

    Where the pace was refused again after it was halved, it is kept for twice as many answers the next time.
    """

    delay: float
    answers: int = 0
    patience: int = 0

    def refused(self, longest: float) -> None:
        """Double the delay, up to `longest` seconds."""
        self.delay = max(self.delay, min(2 * max(self.delay, SHORTEST), longest))
        self.patience = min(2 * self.patience or PATIENCE, MOST_PATIENCE)
        self.answers = 0

    def answered(self, least: float) -> None:
        """Count one answer; halve the delay after `patience` of them, down to `least` seconds."""
        self.answers += 1
        if self.answers >= self.patience:
            self.delay, self.answers = max(self.delay / 2, least), 0


class BackOffMiddleware:
    """Back off where a server refuses for the time being: hold the slot as long as it asks, and double its delay.

    Only the slot of its host group waits; every other site is crawled at its own pace.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._longest = crawler.settings.getfloat("PROBER_MAX_CRAWL_DELAY")
        self._most = crawler.settings.getfloat("PROBER_MAX_RETRY_AFTER")
        self._paces: dict[str, HostPace] = {}  # of the host groups that refused

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BackOffMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        slot = _downloader(self._crawler).slots.get(request.meta["download_slot"])
        add(request.meta, due=due(slot, monotonic()))

    async def process_response(self, request: Request, response: Response) -> Response:
        name, fetched = request.meta["download_slot"], fetch_of(request.meta)
        if fetched.render or fetched.response is None:
            return response
        least = least_delay(self._crawler, name)
        if response.status in LIMITED:
            pace = self._paces.setdefault(name, HostPace(least))
            pace.refused(self._longest)
            headers = {header.lower(): value for header, value in reversed(fetched.response.headers)}
            hold = retry_after(headers, datetime.now(UTC), self._most)
            slow_down(self._crawler, name, pace.delay, least, hold)
        elif name in self._paces:
            self._paces[name].answered(least)
            slow_down(self._crawler, name, self._paces[name].delay, least)
        return response


def least_delay(crawler: Crawler, name: str) -> float:
    """Return the delay of a host group without back-off, seconds."""
    delay: float = _downloader(crawler).per_slot_settings.get(name, {}).get("least", crawler.settings["DOWNLOAD_DELAY"])
    return delay


def slow_down(crawler: Crawler, name: str, delay: float, least: float, hold: float = 0.0) -> None:
    """Set the delay of a slot, `least` without back-off, and let it send nothing for `hold` seconds; all in seconds."""
    downloader = _downloader(crawler)
    downloader.per_slot_settings[name] = {"delay": delay, "concurrency": 1, "jitter": 0.0, "least": least}
    slot = downloader.slots.get(name)
    if slot is None:
        return
    slot.delay = delay
    slot.lastseen = max(slot.lastseen, monotonic() + hold - delay)  # Scrapy waits until the delay after it is over
    if slot.latercall:  # a request is scheduled with the old delay
        slot.latercall.cancel()
        slot.latercall = None
        downloader._process_queue(slot)


def robots_text(content: bytes) -> str:
    r"""Return the lines of a robots.txt, which is UTF-8 (RFC 9309, section 2.3) unless it says or shows otherwise.

    A byte order mark decides, as in a browser; without one, UTF-16 shows by a zero in one half of its first letters. A
    line may end with CR, LF or both (section 2.2).

    >>> robots_text(b"\xef\xbb\xbfUser-agent: *\rDisallow: /")
    'User-agent: *\nDisallow: /'
    """
    mark, encoding = next((pair for pair in _MARKS if content.startswith(pair[0])), (b"", ""))
    if not mark:
        even, odd = content[:64:2].count(0), content[1:64:2].count(0)
        encoding = "utf-8" if max(even, odd) < 8 else "utf-16-be" if even > odd else "utf-16-le"
    text = content[len(mark) :].decode(encoding, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _downloader(crawler: Crawler) -> Downloader:
    assert crawler.engine is not None
    return crawler.engine.downloader
