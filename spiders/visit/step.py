"""Define a step of a visit, its result, and the frontier: the steps still to be taken. Pure.

A result is the only input of a site visit from the network. The frontier chooses the page to open next: best first,
each address once, avoiding crawler traps. Links are scored by what they promise (prober.detectors.link_promises). Those
that promise something still missing are opened first, near ones before deep ones, and a branch of the site where
something was found gets a higher score.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from prober.domain.finding import Failure, Finding
from prober.domain.reason import Detail
from prober.domain.visit import Exchange, for_now
from spiders.download.fetch_result import TRANSIENT
from spiders.reading.page_reading import PageReading
from spiders.visit.urls import idle_parameters, is_page, page_key, shape, without

WORTH = 0.45  # a link that promises this much is a candidate: nothing counts as absent before it was opened
ATTEMPTS = 2  # most requests for one page that fails for a reason that may pass
LIMITED_ATTEMPTS = 3  # the same where the server refuses for the time being (429, 503)
LIKELY = 0.7  # a link that promises this much is opened even where many of its shape promise less
NAMED_LIMIT = 24  # the same of those that the frame of the site names for what is looked for
SHAPE_LIMIT = 8  # most pages of one path shape, such as /news/N/N-w.html: more are a calendar or an archive
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # gzip, Zstandard


@dataclass(frozen=True, slots=True)
class VisitStep:
    """One page to open. `promises` is kind → how surely (0 to 1) the page leads to it."""

    url: str
    found_by: str  # home, menu, footer, link, sitemap, slug, search
    promises: Mapping[str, float] = field(default_factory=dict)
    depth: int = 0
    render: bool = False
    attempt: int = 1
    guess: bool = False  # no link to it exists: if the page is missing, this is no failure
    place: str = ""  # the place of the coverage rule that its answer decides: sitemap, slugs or search
    chain: tuple[str, ...] = ()  # addresses that redirected here
    label: str = ""  # the words by which the frame of the site, or its home page, names a section there
    named: frozenset[str] = frozenset()  # the kinds that these words name

    @property
    def origin(self) -> str:
        """The address at which the step was planned, before redirects; it identifies the candidate."""
        return self.chain[0] if self.chain else self.url

    @property
    def pattern(self) -> tuple[str, int]:
        """The shape of the address, and whether it is a sure candidate, another, or none."""
        promised = max(self.promises.values(), default=0.0)
        return shape(self.url), sum(promised >= least for least in (WORTH, LIKELY))

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


class Frontier:
    """The steps still to be taken on one site. No page enters twice, even under different addresses."""

    def __init__(self) -> None:
        self._waiting: list[VisitStep] = []
        self._seen: set[str] = set()
        self._gone: set[str] = set()  # addresses without a page
        self._shapes: Counter[tuple[str, int]] = Counter()  # of sure candidates, of others, and of what is none
        self._learned: Counter[tuple[str, str]] = Counter()
        self._idle: frozenset[str] = frozenset()  # parameters that change nothing on this site

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, step: VisitStep) -> bool:
        """Add `step`; return False if its page is known or it looks like one more page of a trap."""
        known_as = self._key(step.url)
        respelled = step.url not in self._gone and _respelled(step.url) in self._gone
        if (known_as in self._seen and not respelled) or not (step.place or is_page(step.url)):
            return False
        pattern = step.pattern
        limit = NAMED_LIMIT if step.named else SHAPE_LIMIT
        if self._shapes[pattern] >= limit and not step.place:
            return False
        self._seen.add(known_as)
        self._shapes[pattern] += 1
        self._waiting.append(step)
        return True

    def knows(self, url: str) -> bool:
        """Return True if the page at `url` was entered or reached."""
        return self._key(url) in self._seen

    def mark(self, url: str) -> bool:
        """Mark `url` as reached, for example by a redirect; return False if it was reached before."""
        known_as = self._key(url)
        known = known_as in self._seen
        self._seen.add(known_as)
        return not known

    def gone(self, url: str) -> None:
        """Learn that no page is at `url`. Some servers have it with, or without, the last slash."""
        self._gone.add(url)

    def learn_same(self, url: str, other: str) -> list[VisitStep]:
        """Learn that `url` shows the page at `other`; return the waiting steps that thereby lead to known pages."""
        idle = idle_parameters(url, other) - self._idle
        if not idle:
            return []
        self._idle |= idle
        self._seen |= {self._key(url), self._key(other)}
        known: list[VisitStep] = []
        waiting: list[VisitStep] = []
        for step in self._waiting:
            plain = self._key(step.url)
            views = _begins(step) and without(step.url, idle) != step.url
            (known if views and plain in self._seen else waiting).append(step)
            self._seen.add(plain)
        self._waiting = waiting
        return known

    def _key(self, url: str) -> str:
        return page_key(without(url, self._idle))

    def again(self, step: VisitStep) -> None:
        """Add a step although its address is known: to be rendered, or tried once more."""
        self._waiting.append(step)

    def take(self, url: str) -> VisitStep | None:
        """Remove and return the step that waits for the page at `url`; None if none does."""
        known_as = self._key(url)
        step = next((step for step in self._waiting if self._key(step.url) == known_as), None)
        if step is not None:
            self._waiting.remove(step)
        return step

    def learn(self, kind: str, url: str) -> None:
        """Learn that `url` had something of `kind`: addresses under the same first path segment score higher."""
        self._learned[kind, _branch(url)] += 1

    def promises(self, wanted: frozenset[str], threshold: float) -> bool:
        """Return True if a waiting step promises one of `wanted` by at least `threshold`."""
        return any(_promised(step, wanted) >= threshold for step in self._waiting)

    def pop(self, wanted: frozenset[str], least: float = 0.0, place: str = "") -> VisitStep | None:
        """Remove and return the best step, of equal ones the first; None if no step is left.

        A page is begun only if it promises one of `wanted` by at least `least`, and is of `place` if one is given. What
        was begun is brought to its end.
        """
        chosen = [step for step in self._waiting if _is_due(step, wanted, least) and (not place or step.place == place)]
        if not chosen:
            return None
        best = max(chosen, key=lambda step: self._priority(step, wanted))
        self._waiting.remove(best)
        return best

    def _priority(self, step: VisitStep, wanted: frozenset[str]) -> float:
        branch = _branch(step.url)
        promises = [
            value + 0.1 * min(self._learned[kind, branch], 2) for kind, value in step.promises.items() if kind in wanted
        ]
        if not promises:
            return -1.0 - step.depth
        promises.sort(reverse=True)
        # A second promise adds a little; each step away from the home page subtracts a little.
        return (
            promises[0]
            + 0.15 * sum(promises[1:])
            - 0.05 * step.depth
            - 0.4 * step.guess
            - 0.5 * (step.attempt - 1)
            + step.render
        )


def _respelled(url: str) -> str:
    """Return an address with its last slash, if it has none, or without it."""
    return url[:-1] if url.endswith("/") else f"{url}/"


def _promised(step: VisitStep, wanted: frozenset[str]) -> float:
    """Return the most that a step promises of `wanted`."""
    return max((value for kind, value in step.promises.items() if kind in wanted), default=0.0)


def _is_due(step: VisitStep, wanted: frozenset[str], least: float) -> bool:
    promised = _promised(step, wanted)
    return promised >= least or (promised > 0 and not _begins(step))


def _begins(step: VisitStep) -> bool:
    """Return True for a step that was not taken yet in any form."""
    return step.attempt == 1 and not step.render and not step.chain


def _branch(url: str) -> str:
    host, _, rest = url.partition("://")[2].partition("/")
    return f"{host}/{rest.partition('?')[0].partition('/')[0]}"
