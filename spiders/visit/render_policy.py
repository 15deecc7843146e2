"""Decide which pages of a site to render, learning during the visit and from earlier scans. Pure.

Two pages are of one kind if they have the same scripts and look unfinished for the same reason in the same place. What
a browser added to one page predicts what it adds to others of its kind.
"""

from collections import Counter
from collections.abc import Mapping

from prober.detectors.page_state.obstacles import EMPTY
from spiders.reading.page_reading import PageReading
from spiders.visit.urls import page_key

IN_VAIN = 2  # renders of one kind without gain, after which pages of the kind are read as received
FAILURES = 2  # pages that the browser could not show, after which no page of this site is rendered
MORE_LINKS = 3
MORE_TEXT = 200  # least gain in characters; it must also be a fifth of the text before


class RenderPolicy:
    """Decide on rendering. `before` is kind of page → True if the browser showed more in earlier scans."""

    def __init__(self, before: Mapping[str, bool]) -> None:
        self._before = before
        self._gains: Counter[str] = Counter()
        self._in_vain: Counter[str] = Counter()
        self.failed = 0

    def wants(self, page: PageReading) -> bool:
        """Return True if `page`, as received, is to be rendered.

        A kind that gained nothing in earlier scans is sampled once more in each visit. One that gained is rendered
        even if the source looks complete.
        """
        if not page.needs_browser:
            return bool(self._gains or self._before) and page.loads_data and self._gained(page.render_mark)
        kind = page.render_mark
        return bool(self._gains[kind]) or self._in_vain[kind] < (1 if self._before.get(kind) is False else IN_VAIN)

    @property
    def hopeless(self) -> bool:
        """True if the browser has failed on this site too often to be tried again."""
        return self.failed >= FAILURES

    def learn(self, source: PageReading, shown: PageReading) -> tuple[str, bool]:
        """Learn from the rendering of `source`; return its mark, and True if the browser showed more."""
        kind, more = source.render_mark, gained(source, shown)
        (self._gains if more else self._in_vain)[kind] += 1
        self.failed = 0
        return kind, more

    def _gained(self, kind: str) -> bool:
        return bool(self._gains[kind]) or self._before.get(kind, False)


def still_empty(page: PageReading) -> bool:
    """Return True if a page as a browser shows it has neither content nor a link: its scripts never brought any."""
    own = page_key(page.url)
    return page.text_length < EMPTY and not any(page_key(link.url) != own for link in page.links)


def gained(source: PageReading, shown: PageReading) -> bool:
    """Return True if the browser shows more than the source: links, text, or findings."""
    links = _targets(shown) - _targets(source)
    text = shown.text_length - source.text_length
    if len(links) >= MORE_LINKS or text >= max(MORE_TEXT, source.text_length / 5):
        return True
    return bool(_found(shown) - _found(source))


def _targets(page: PageReading) -> set[str]:
    return {page_key(link.url) for link in page.links}


def _found(page: PageReading) -> set[tuple[str, str, str]]:
    return {(finding.kind, finding.category, finding.value) for finding in page.findings}
