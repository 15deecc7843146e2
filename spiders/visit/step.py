"""Define a step of a visit and its result. Pure values. A result is the only input of a walk from the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from prober.domain.finding import Failure, Finding
from prober.domain.reason import Detail
from prober.domain.search_protocol import ProtocolStep
from prober.domain.visit import Exchange, for_now
from spiders.download.fetch_result import TRANSIENT
from spiders.reading.page_reading import PageReading

WORTH = 0.45  # a link that promises this much is named for the thing
ATTEMPTS = 2  # most requests for one page that fails for a reason that may pass
LIMITED_ATTEMPTS = 3  # the same where the server refuses for the time being (429, 503)
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # gzip, Zstandard


@dataclass(frozen=True, slots=True)
class VisitStep:
    """One address to open. `promises` is kind → how surely (0 to 1) the page leads to it."""

    url: str
    found_by: str  # home, menu, footer, link, sitemap, slug, search
    promises: Mapping[str, float] = field(default_factory=dict)
    step: ProtocolStep | None = ProtocolStep.LINKS  # the step of the protocol that asks for it; None: what comes after
    kinds: frozenset[str] = frozenset()  # what it is named or opened for: unread, it leaves these unseen
    words: str = ""  # by which the site names it
    depth: int = 0  # clicks from the home page
    render: bool = False
    attempt: int = 1
    guess: bool = False  # no link to it exists: if the page is missing, this is no failure
    listing: bool = False  # a sitemap is expected there
    chain: tuple[str, ...] = ()  # addresses that redirected here

    @property
    def origin(self) -> str:
        """The address at which the step was planned, before redirects."""
        return self.chain[0] if self.chain else self.url

    def promised(self, wanted: frozenset[str]) -> float:
        """Return the most that it promises of `wanted`."""
        return max((value for kind, value in self.promises.items() if kind in wanted), default=0.0)

    def moved(self, target: str) -> "VisitStep":
        """Return the step at the address to which it was redirected."""
        return replace(self, url=target, chain=(*self.chain, self.url))

    def once_more(self) -> "VisitStep":
        return replace(self, attempt=self.attempt + 1)

    def may_be_repeated(self, status: int, failure: Failure) -> bool:
        """Return True if the step, which failed so, is to be taken again: a server that refuses for now, twice."""
        if for_now(status, failure):
            return self.attempt < LIMITED_ATTEMPTS
        return self.attempt < ATTEMPTS and failure in TRANSIENT


class SitemapReading(NamedTuple):
    """Content of one sitemap, feed or list of addresses."""

    listed: int  # its addresses, counted
    whole: bool  # it has an end, and no more addresses than are read
    steps: tuple[VisitStep, ...]  # to those worth taking


@dataclass(frozen=True, slots=True)
class StepResult:
    """A response, or the reason why there is none (`failure`, status 0).

    `html` is set if a browser rendered the page; else `body` has the bytes, content encoding decoded. `text` is that of
    a document (PDF, DOCX, XLSX), None for anything else. `cut` is the reason why only the beginning of the body was
    received, None for a complete body. `sitemaps` are those that robots.txt names.
    """

    url: str
    fetched_at: datetime
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    html: str = ""
    text: str | None = None
    found: tuple[Finding, ...] = ()  # addresses in the text of a document
    screenshot: bytes = b""
    failure: Failure | None = None
    detail: Detail = ""
    cut: Failure | None = None
    exchange: Exchange | None = None
    sitemaps: tuple[str, ...] = ()
    sha256: str = ""  # of the body, if that was removed by `proof`
    reading: PageReading | None = None  # None if it is no page, or could not be read
    sitemap: SitemapReading | None = None  # the same of a sitemap

    @property
    def location(self) -> str:
        """The target of a redirect, or "". Letters beyond ASCII are UTF-8 where they can be, as in browsers."""
        target = self.headers.get("location", "") if 300 <= self.status < 400 and self.status != 304 else ""
        try:
            return target.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return target

    @property
    def declared(self) -> str:
        """The media type declared by the server, or ""."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """True if the body is a page: declared so, or by its content if the declaration is missing or wrong."""
        if self.packed:
            return False
        if self.declared in ("text/html", "application/xhtml+xml"):
            return True
        start = self.body[:1024].lstrip().lower()
        return self.declared in ("", "text/plain", "application/octet-stream", "text/xml", "application/xml") and (
            start.startswith((b"<!doctype html", b"<html")) or b"<html" in start
        )

    @property
    def packed(self) -> bool:
        """True if the body is compressed once more than its server says."""
        return self.body.startswith(_PACKED)

    def with_text(self, text: str, found: tuple[Finding, ...]) -> "StepResult":
        """Return the result as a document with its text, "" if it has none, and the addresses found in it.

        A note in brackets is the text of one that was not read.
        """
        return replace(self, text=text, found=found)

    def with_screenshot(self, screenshot: bytes) -> "StepResult":
        return replace(self, screenshot=screenshot)

    def proof(self, sha256: str) -> "StepResult":
        """Return the evidence of a finding: without the body (its hash is `sha256`), which `exchange` has as sent."""
        return replace(self, body=b"", sha256=self.sha256 or sha256, reading=None)

    def proved_by(self, received: "StepResult") -> "StepResult":
        """Return the rendered result with the evidence of `received`, the page that the browser was given."""
        return replace(self, exchange=received.exchange, sha256=received.sha256)


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page that was read, the result that it was read from, and the source as received from which it was rendered."""

    step: VisitStep
    page: PageReading
    result: StepResult
    source: StepResult
