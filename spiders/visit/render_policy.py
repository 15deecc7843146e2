"""Decide which pages of a site to render, learning during the visit and from earlier scans. Pure.

Two pages are of one kind if they have the same scripts and look unfinished for the same reason in the same place. What
a browser added to one page predicts what it adds to others of its kind.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from prober.detectors import detect
from prober.detectors.body import Body
from prober.detectors.page_state.obstacles import loading_blocks, needs_browser
from prober.domain.hostnames import host_of
from prober.domain.page import Page, css_path
from prober.text.patterns import linear
from spiders.visit.urls import page_key

IN_VAIN = 2  # renders of one kind without gain, after which pages of the kind are read as received
FAILURES = 2  # pages that the browser could not show, after which no page of this site is rendered
MORE_LINKS = 3
MORE_TEXT = 200  # least gain in characters; it must also be a fifth of the text before
# Scripts that request data and use the answer, on a page that looks complete; a visitor counter does not match.
_ASKS = linear(r"\bfetch\(|\bXMLHttpRequest\b|\$\.(?:ajax|get|getJSON|post)\(|\baxios\b|\)\.load\(['\"]")
_READS = linear(
    r"\bresponse(?:Text|XML)?\b|\.json\(|\.then\(|\bawait\b|\.done\(|\bsuccess\b|\)\.load\(['\"]|"
    r"\$\.(?:get|getJSON|post)\([^;]*?(?:\bfunction\b|=>)"
)


class RenderPolicy:
    """Decide on rendering. `before` is kind of page → True if the browser showed more in earlier scans."""

    def __init__(self, before: Mapping[str, bool]) -> None:
        self._before = before
        self._gains: Counter[str] = Counter()
        self._in_vain: Counter[str] = Counter()
        self.failed = 0

    def wants(self, page: Page) -> bool:
        """Return True if `page`, as received, is to be rendered.

        A kind that gained nothing in earlier scans is sampled once more in each visit. One that gained is rendered
        even if the source looks complete.
        """
        if not needs_browser(page):
            return bool(self._gains or self._before) and loads_data(page) and self._gained(mark(page))
        kind = mark(page)
        return bool(self._gains[kind]) or self._in_vain[kind] < (1 if self._before.get(kind) is False else IN_VAIN)

    @property
    def hopeless(self) -> bool:
        """True if the browser has failed on this site too often to be tried again."""
        return self.failed >= FAILURES

    def learn(self, source: Page, shown: Page, body: Body) -> tuple[str, bool]:
        """Learn from the rendering of `source`; return its mark, and True if the browser showed more."""
        kind, more = mark(source), gained(source, shown, body)
        (self._gains if more else self._in_vain)[kind] += 1
        self.failed = 0
        return kind, more

    def _gained(self, kind: str) -> bool:
        return bool(self._gains[kind]) or self._before.get(kind, False)


def mark(page: Page) -> str:
    """Return the mark of a page's kind: the reason to render it, and a hash of its scripts and loading blocks."""
    why = needs_browser(page)
    scripts = {_path(src) for node in page.tree.css("script[src]") if (src := node.attributes["src"])}
    where = [css_path(block.node) for block in loading_blocks(page)]
    told = "\n".join((*sorted(scripts), *where))
    return f"{why or 'scripts that load data'}, {hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _path(src: str) -> str:
    try:
        return urlsplit(src.strip()).path
    except ValueError:
        return ""


def loads_data(page: Page) -> bool:
    """Return True if inline scripts of the page request data from the server and use the answer."""
    scripts = (node.text() for node in page.tree.css("script:not([src])"))
    return any(_ASKS.search(script) and _READS.search(script) for script in scripts)


def gained(source: Page, shown: Page, body: Body) -> bool:
    """Return True if the browser shows more than the source: links, text, or findings."""
    links = _targets(shown) - _targets(source)
    text = len(shown.text) - len(source.text)
    if len(links) >= MORE_LINKS or text >= max(MORE_TEXT, len(source.text) / 5):
        return True
    return bool(_found(shown, body) - _found(source, body))


def _targets(page: Page) -> set[str]:
    return {
        page_key(link.url) for link in page.links if not link.dead and link.url.startswith("http") and host_of(link.url)
    }


def _found(page: Page, body: Body) -> set[tuple[str, str, str]]:
    return {(finding.kind, finding.category, finding.value) for finding in detect(page, body)}
