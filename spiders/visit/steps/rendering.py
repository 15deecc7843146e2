"""Step 9, and which pages are shown in the browser as soon as they are opened. Pure.

A page whose source is a shell, or shows an empty list or menu, is shown at once; the home page and a section that show
something are shown at the end, if something is missing then.

Two pages are of one kind if they have the same scripts and look unfinished for the same reason in the same place. What
a browser added to one page predicts what it adds to others of its kind.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from prober.detectors.page_state.obstacles import EMPTY
from prober.domain.indicator import Kind
from prober.domain.search_protocol import LookMark, ProtocolStep
from spiders.reading.page_reading import PageReading
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, StepResult, VisitStep
from spiders.visit.urls import page_key

IN_VAIN = 2  # renders of one kind without gain, after which pages of the kind are read as received
RENDERS = 20  # most pages shown in one visit
FAILURES = 2  # pages that the browser could not show, after which no page of this site is rendered
MORE_LINKS = 3
_NO_ADDRESS = (LookMark.CONTACT_NAMED, LookMark.HIDDEN_ADDRESS)
MORE_TEXT = 200  # least gain in characters; it must also be a fifth of the text before


class RenderPolicy:
    """Decide on rendering. `before` is kind of page → True if the browser showed more in earlier scans."""

    def __init__(self, before: Mapping[str, bool]) -> None:
        self._before = before
        self._gains: Counter[str] = Counter()
        self._in_vain: Counter[str] = Counter()
        self.failed = 0
        self._shown = 0

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
        """True if the browser has failed on this site too often to be tried again, or has shown enough pages of it."""
        return self.failed >= FAILURES or self._shown >= RENDERS

    def learn(self, source: PageReading, shown: PageReading) -> tuple[str, bool]:
        """Learn from the rendering of `source`; return its mark, and True if the browser showed more."""
        kind, more = source.render_mark, gained(source, shown)
        (self._gains if more else self._in_vain)[kind] += 1
        self.failed = 0
        self._shown += 1
        return kind, more

    def _gained(self, kind: str) -> bool:
        return bool(self._gains[kind]) or self._before.get(kind, False)


class Deferred:
    """Step 9: show three pages whose words a script brings, if something is missing at the end.

    They are the home page, the first section of questions that shows only its name, and the first page at which a
    person would look for an address that its source does not show.
    """

    def __init__(self, state: VisitState, policy: RenderPolicy) -> None:
        self._state = state
        self._policy = policy
        self._waiting: list[tuple[VisitStep, StepResult]] = []
        self._noted: set[str] = set()

    def learn(self, seen: SeenPage) -> None:
        """Remember the first page of each of the three."""
        step, page = seen.step, seen.page
        if step.render or not (page.needs_browser or page.loads_data or page.writes_words):
            return
        kind = "home" if step.found_by == "home" else _waits_for(page)
        if kind and kind not in self._noted:
            self._noted.add(kind)
            self._waiting.append((step, seen.result))

    def next_address(self) -> VisitStep | None:
        if not self._state.best.missing() or self._policy.hopeless or not self._waiting:
            return None
        step, received = self._waiting.pop(0)
        self._state.unrendered[step.url] = received
        self._state.hold(step, received)
        return replace(step, step=ProtocolStep.BROWSER, render=True, attempt=1, guess=True)


def _waits_for(page: PageReading) -> str:
    """Return which indicator a page is named for and shows nothing of: questions or an address; "" for any other."""
    if any(f.kind == Kind.QA and f.page_url == f.value == page.url and f.level < 2 for f in page.findings):
        return Kind.QA
    return Kind.EMAIL if any(look.mark in _NO_ADDRESS for look in page.looks) else ""


def still_empty(page: PageReading) -> bool:
    """Return True if a page as a browser shows it has no content, finding or link: its scripts never brought any."""
    own = page_key(page.url)
    leads = any(page_key(link.url) != own for link in page.links)
    return page.text_length < EMPTY and not page.findings and not leads


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
