"""One step of a visit, and what came of it, as values: all that a site visit learns of the network. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from prober.domain.evidence import Exchange
from prober.domain.finding import Failure, Kind
from prober.domain.page import Page
from prober.text.vietnamese import decode


@dataclass(frozen=True, slots=True)
class Step:
    """One page to open. `promises` says what it may lead to, and how surely (0 to 1)."""

    url: str
    found_by: str  # home, menu, footer, link, sitemap, slug, search
    promises: Mapping[Kind, float] = field(default_factory=dict)
    depth: int = 0
    render: bool = False
    attempt: int = 1
    guess: bool = False  # nobody links to it: that it does not exist means nothing
    chain: tuple[str, ...] = ()  # addresses that redirected here

    @property
    def origin(self) -> str:
        """The address under which the step was planned: redirects keep it the same candidate."""
        return self.chain[0] if self.chain else self.url

    def moved(self, target: str) -> "Step":
        """The same step at the address that it was redirected to."""
        return replace(self, url=target, chain=(*self.chain, self.url))

    def once_more(self) -> "Step":
        return replace(self, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class StepResult:
    """A response, or why there is none (`failure`, status 0).

    `html` is set where a browser rendered the page; else `body` holds the bytes, content encoding undone. `text` is
    that of a document (PDF, DOCX, XLSX), None for anything else. `cut` says why only the beginning of the body is here,
    None where all of it is. `sitemaps` are those that robots.txt names, `requests` counts everything that was sent for
    this step.
    """

    url: str
    fetched_at: datetime
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    html: str = ""
    text: str | None = None
    screenshot: bytes = b""
    failure: Failure | None = None
    detail: str = ""
    cut: Failure | None = None
    exchange: Exchange | None = None
    sitemaps: tuple[str, ...] = ()
    requests: int = 1
    sha256: str = ""  # of the body that a proof was left without

    @property
    def location(self) -> str:
        """Target of a redirect, or ""."""
        return self.headers.get("location", "") if 300 <= self.status < 400 and self.status != 304 else ""

    @property
    def declared(self) -> str:
        """The media type that the server names, or ""."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether the body is a page: said so, or looks so where nothing or something wrong is said."""
        if self.declared in ("text/html", "application/xhtml+xml"):
            return True
        start = self.body[:1024].lstrip().lower()
        return self.declared in ("", "text/plain", "application/octet-stream") and (
            start.startswith((b"<!doctype html", b"<html")) or b"<html" in start
        )

    def page(self, url: str) -> Page:
        """The page at `url`: as a browser shows it, or as received."""
        html = self.html or decode(self.body, self.headers.get("content-type", ""))
        return Page(url, self.status, html, self.fetched_at, rendered=bool(self.html))

    def with_text(self, text: str) -> "StepResult":
        """The same answer as a document whose text is known: "" for none, a note in brackets for one that is closed."""
        return replace(self, text=text)

    def with_screenshot(self, screenshot: bytes) -> "StepResult":
        return replace(self, screenshot=screenshot)

    def proof(self, sha256: str) -> "StepResult":
        """What proves a finding: without the body (its hash is `sha256`), which the exchange holds as it was sent."""
        return replace(self, body=b"", sha256=self.sha256 or sha256)

    def proved_by(self, received: "StepResult") -> "StepResult":
        """The same answer, proved by what was received for the page that the browser was given."""
        return replace(self, exchange=received.exchange, sha256=received.sha256)
