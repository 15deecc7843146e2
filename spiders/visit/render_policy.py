"""Which pages of one site are worth the browser: learned while it is visited, and from the scans before. Pure.

Pages are alike where the same scripts stand in them and they look unfinished for the same reason in the same place.
What a browser added to one page tells what it will add to its like.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from prober.detectors import detect
from prober.detectors.body import Body
from prober.detectors.page_state.obstacles import loading_blocks, needs_browser
from prober.domain.hostnames import host_of
from prober.domain.page import Page, css_path
from spiders.visit.urls import page_key

IN_VAIN = 2  # renders of one kind that showed no more than the source: its like are read as they are
FAILURES = 2  # pages that the browser could not show at all: it is not asked for more of this site
MORE_LINKS = 3
MORE_TEXT = 200  # characters, and a fifth of what there was
# A page that looks whole, but whose scripts ask for more, and do something with the answer: a counter does not.
_ASKS = re.compile(r"\bfetch\(|\bXMLHttpRequest\b|\$\.(?:ajax|get|getJSON|post)\(|\baxios\b|\)\.load\(['\"]")
_READS = re.compile(
    r"\bresponse(?:Text|XML)?\b|\.json\(|\.then\(|\bawait\b|\.done\(|\bsuccess\b|\)\.load\(['\"]|"
    r"\$\.(?:get|getJSON|post)\([^;]*?(?:\bfunction\b|=>)"
)


class RenderPolicy:
    """`before` tells of each kind of page rendered in earlier scans whether the browser showed more."""

    def __init__(self, before: Mapping[str, bool]) -> None:
        self._before = before
        self._gains: Counter[str] = Counter()
        self._in_vain: Counter[str] = Counter()
        self.failed = 0

    def wants(self, page: Page) -> bool:
        """Whether the browser is to show `page`, which was received just now.

        A kind that gained nothing in earlier scans is sampled once more in each visit. One that gained is rendered
        even where the source looks whole.
        """
        if not needs_browser(page):
            return bool(self._gains or self._before) and loads_data(page) and self._gained(mark(page))
        kind = mark(page)
        return bool(self._gains[kind]) or self._in_vain[kind] < (1 if self._before.get(kind) is False else IN_VAIN)

    @property
    def hopeless(self) -> bool:
        """Whether the browser has failed on this site so often that asking it again only costs time."""
        return self.failed >= FAILURES

    def learn(self, source: Page, shown: Page, body: Body) -> tuple[str, bool]:
        """Take in what the browser made of `source`; its mark, and whether it showed more."""
        kind, more = mark(source), gained(source, shown, body)
        (self._gains if more else self._in_vain)[kind] += 1
        self.failed = 0
        return kind, more

    def _gained(self, kind: str) -> bool:
        return bool(self._gains[kind]) or self._before.get(kind, False)


def mark(page: Page) -> str:
    """What a page has in common with its like: why the browser is wanted, and a hash of its scripts and of where."""
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
    """Whether a page that looks whole has scripts of its own that ask the server for more, and read the result."""
    scripts = (node.text() for node in page.tree.css("script:not([src])"))
    return any(_ASKS.search(script) and _READS.search(script) for script in scripts)


def gained(source: Page, shown: Page, body: Body) -> bool:
    """Whether a browser shows what the source does not: links, text, or anything that a detector finds."""
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
