"""Step 4: read the sitemaps, and open the promising addresses in them. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

from prober.detectors.body import Body
from prober.detectors.link_promises import LinkPromises
from prober.domain.finding import Failure
from prober.domain.hostnames import Scope, host_of
from prober.domain.indicator import names
from prober.domain.pages.elements import Link, absolute
from prober.domain.reason import Reason
from prober.domain.search_protocol import Outcome, ProtocolStep
from prober.text.patterns import linear
from spiders.download.fetch_result import unpacked
from spiders.reading.platforms import OTHER_SITEMAPS, SITEMAP_PATHS
from spiders.visit.state import VisitState
from spiders.visit.step import WORTH, SeenPage, SitemapReading, StepResult, VisitStep
from spiders.visit.urls import canonical, is_page

_WEB = ("http://", "https://")
# No two parts of the pattern match the same blanks: otherwise a file of blanks would take endless time.
_LOCATION = linear(rb"<(?:\w{1,20}:)?(?:loc|link)>(?:\s{0,200}<!\[CDATA\[)?([^<\]]{1,3000})", re.IGNORECASE)
_ENTRY = linear(rb"<link\b[^>]{0,300}\shref=[\"']([^\"'<>]{1,3000})")  # of an Atom feed
_WRITTEN = linear(rb"^\s{0,20}(https?://\S{1,3000})", re.MULTILINE)  # in a list of addresses, one a line
_HEADS = (b"<urlset", b"<sitemapindex", b"<rss", b"<feed", b"<rdf:rdf")
_END = linear(rb"</(?:\w{1,20}:)?(?:urlset|sitemapindex|rss|feed|rdf)\s{0,9}>", re.IGNORECASE)
_ORIGIN = linear(r"^https?://[^/?#]*", re.IGNORECASE)
_GZIP, _WIDE = b"\x1f\x8b", (b"\xff\xfe", b"\xfe\xff")  # how a packed file begins, and one in UTF-16
LOCATIONS = 20_000
KEPT = 100  # most addresses of one sitemap that are kept
UNPACKED = 5_000_000  # most bytes of a packed sitemap that are read
FROM_SITEMAP = 3  # most addresses of one folder of a sitemap opened for one kind
MOST_SITEMAPS = 10  # most sitemaps read in one visit


class Sitemaps:
    """Ask for the sitemaps that robots.txt or a page names, else for the usual one, and plan what they list."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._waiting: list[VisitStep] = []
        self._begun = False
        self._read = 0

    def next_address(self) -> VisitStep | None:
        state = self._state
        if not state.best.missing():
            return None
        if not self._begun:
            self._begun = True
            for url in filter(host_of, (absolute(state.home, url) for url in state.sitemaps)):
                self._plan(url)
            if not self._waiting:
                for path in dict.fromkeys((*SITEMAP_PATHS, *state.platform.sitemaps)):
                    if path not in OTHER_SITEMAPS:
                        self._plan(urljoin(state.home, path), guess=True)
        while self._waiting and self._read < MOST_SITEMAPS:
            self._read += 1
            return self._waiting.pop(0)
        return None

    def learn(self, seen: SeenPage) -> None:
        """Remember a sitemap that a page names."""
        for link in seen.page.links:
            if link.place == "sitemap" and link.rel.lower() == "sitemap" and self._state.scope.own(link.url):
                self._plan(link.url)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Plan from a sitemap that was read; return False if the result is none."""
        read, state = result.sitemap, self._state
        if read is None:
            return False
        state.record.opened(step, result, Outcome.READ, result.cut, "sitemap", read.listed)
        if result.cut or not read.whole:
            state.record.fail(step, result.cut or Failure.UNREADABLE, Reason("first_bytes", bytes=len(result.body)))
        for found in read.steps:
            if found.listing:
                self._plan(found.url)
            else:
                state.frontier.add(found)
        return True

    def _plan(self, url: str, guess: bool = False) -> None:
        state = self._state
        url = canonical(url)
        if state.scope.near(url) and state.frontier.mark(url):
            step = VisitStep(
                url, "sitemap", step=ProtocolStep.SITEMAPS, kinds=state.best.missing(), depth=1, guess=guess,
                listing=True,
            )  # fmt: skip
            self._waiting.append(step)


class SitemapSource(NamedTuple):
    """A sitemap to be read, and the facts of the visit to the body that decide which of its addresses count."""

    content: bytes  # as received
    url: str
    body: Body
    scope: Scope
    missing: tuple[str, ...]  # kinds that are still looked for


def sitemap_source(step: VisitStep, result: StepResult, state: VisitState) -> SitemapSource | None:
    """Return what the sitemap in a result is to be read from; None if there is none, as far as its first bytes tell."""
    if result.failure or result.location or result.html or result.status != 200:
        return None
    if not result.body.startswith((_GZIP, *_WIDE)) and not is_sitemap(result.body):
        return None
    return SitemapSource(result.body, step.url, state.body, state.scope, tuple(sorted(state.best.missing())))


def read_sitemap(source: SitemapSource) -> SitemapReading | None:
    """Return what a visit needs to know of a sitemap; None if it is none. Takes seconds for the largest."""
    body = sitemap_body(source.content)
    if not body:
        return None
    links, kinds = source.body.words.made(LinkPromises), names(source.body.sought)
    steps = from_sitemap(body, source.url, source.scope, kinds, source.missing, links)
    return SitemapReading(len(locations(body)), is_whole(body), tuple(steps[:KEPT]))


def from_sitemap(
    body: bytes, at: str, scope: Scope, kinds: Sequence[str], missing: Iterable[str], links: LinkPromises
) -> list[VisitStep]:
    """Return steps to every sitemap of an index, or to the promising addresses of a sitemap.

    `missing` are those of `kinds` that are still looked for, `at` is the address of the sitemap. One that lists no
    page of this body was made at another address of the site: its paths are read as those of this one. It may list
    every question ever asked; to find the section, three addresses of each folder are enough.
    """
    found = [url for url in (absolute(at, url) for url in locations(body)) if url.lower().startswith(_WEB)]
    near = [url for url in found if scope.near(url)] or [urljoin(at, _ORIGIN.sub("", url) or "/") for url in found]
    near = list(dict.fromkeys(map(canonical, near)))
    if is_index(body):
        return [VisitStep(url, "sitemap", step=ProtocolStep.SITEMAPS, depth=1, listing=True) for url in near]
    own = [url for url in near if scope.own(url) and is_page(url)]
    promises = {url: dict(links.link(Link(url, "", "main", url), host_of(at))) for url in own}
    steps: dict[str, VisitStep] = {}
    for kind in missing:
        steps |= {url: _step(url, promises[url], kinds) for url in _best(own, promises, kind)} | steps
    return list(steps.values())


def _step(url: str, promises: dict[str, float], kinds: Sequence[str]) -> VisitStep:
    named = frozenset(kind for kind, value in promises.items() if value >= WORTH and kind in kinds)
    return VisitStep(url, "sitemap", promises, ProtocolStep.SITEMAPS, named, depth=2)


def _best(own: Sequence[str], promises: dict[str, dict[str, float]], kind: str) -> Iterator[str]:
    """Yield the addresses that promise `kind`, best and shortest first, three of each folder."""
    folders: Counter[str] = Counter()
    for url in sorted(
        (url for url in own if promises[url].get(kind, 0.0) >= WORTH),
        key=lambda url: (-promises[url][kind], url.count("/"), len(url)),
    ):
        folder = url.rstrip("/").rpartition("/")[0]
        folders[folder] += 1
        if folders[folder] <= FROM_SITEMAP:
            yield url


def sitemap_body(body: bytes) -> bytes:
    """Return the sitemap or feed in a body, unpacked where it is a file in gzip; b"" if there is none."""
    if body.startswith(_GZIP):
        body, _ = unpacked(body, ("gzip",), UNPACKED)
    if body.startswith(_WIDE):
        body = body.decode("utf-16", "replace").encode()
    return body if is_sitemap(body) else b""


def is_sitemap(body: bytes) -> bool:
    """Return True for a sitemap, a feed, or a list of addresses, one a line."""
    head = body[:2000].lower()
    return any(mark in head for mark in _HEADS) or head.lstrip(b"\xef\xbb\xbf \r\n").startswith(
        (b"http://", b"https://")
    )


def is_whole(body: bytes) -> bool:
    """Return True for a sitemap that has an end, and no more addresses than are read."""
    ends = b"<" not in body[:2000] or _END.search(body[-200:]) is not None
    return ends and len(locations(body)) < LOCATIONS


def is_index(body: bytes) -> bool:
    return b"<sitemapindex" in body[:2000].lower()


def locations(body: bytes) -> list[str]:
    """Return the addresses of a sitemap or sitemap index, in order, at most LOCATIONS; no bytes raise an error.

    A regular expression and no XML parser: such files have broken declarations, and XML entities allow attacks.

    >>> locations(b"<urlset><url><loc> http://x.gov.vn/a?b=1&amp;c=2 </loc></url></urlset>")
    ['http://x.gov.vn/a?b=1&c=2']
    """
    found = []
    head = body[:2000].lower()
    pattern = _ENTRY if b"<feed" in head else _LOCATION if b"<" in head else _WRITTEN
    for match in pattern.finditer(body):
        if address := match[1].strip():
            found.append(address.decode("utf-8", "replace").replace("&amp;", "&"))
        if len(found) >= LOCATIONS:
            break
    return found
