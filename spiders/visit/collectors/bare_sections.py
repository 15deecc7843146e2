"""Leave a section open whose page shows next to nothing besides what the home page shows too. Pure.

What is left besides the frame is the section's own: a picture alone, a message of the software, or nothing.
"""

from collections.abc import Collection
from dataclasses import replace

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.reason import Reason
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.frame import forms, name
from spiders.visit.urls import page_key

LITTLE = 80  # characters of its own; a section that shows something has more
# What a page of few words may well lack: an office may have a telephone alone.
_IN_FEW_WORDS = frozenset({Kind.EMAIL, Kind.WEB_FORM, Kind.SOCIAL})
_IN_A_FORM = _IN_FEW_WORDS | {Kind.QA}  # what a page may be for that shows a form alone


class BareSections(Collector):
    """Compare each candidate with the home page. One that says that it is empty has shown what it has."""

    def __init__(self, state: VisitState) -> None:
        self._state = state

    def note(self, seen: SeenPage) -> None:
        """Leave open what a candidate was opened for, if it shows nothing of it and leads no further."""
        step, page, log = replace(seen.step, guess=False), seen.page, self._state.log  # also where it is rendered later
        kinds = log.candidates.get(step.origin, frozenset())
        if step.found_by == "home" or not kinds or kinds >= frozenset(log.kinds) or step.origin in log.failed:
            return
        if page.lines and self._is_bare(page, kinds):
            log.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("nothing_of_its_own"))
        elif step.named and self._is_another(page, step.named):  # entries of a list may have the name of their list
            log.fail(step, Failure.CLOSED, Reason("shows_another", title=page.title[:80]))

    def _is_bare(self, page: PageReading, kinds: Collection[str]) -> bool:
        frame = self._state.frame
        if sum(map(len, frame.own(page))) >= LITTLE or page.site.empty or frame.leads_on(page):
            return False
        if _IN_A_FORM.issuperset(kinds) and forms(page) - frame.forms:
            return False
        if not _IN_FEW_WORDS.issuperset(kinds) or page.site.trouble:
            return True
        return not frame.own_words(page)

    def _is_another(self, page: PageReading, kinds: Collection[str]) -> bool:
        """Return True for a page under a name that promises nothing of `kinds`, and that is not the one promised.

        Its name is that by which the home page links another one; or it leads no further, does not say that it is
        empty, and no line of its own is named for it.
        """
        frame, called = self._state.frame, name(page)
        if called == frame.name or self._promises(called, kinds):
            return False
        if called in frame.linked.values() and called != frame.linked.get(page_key(page.url)):
            return True
        if not called or _IN_FEW_WORDS.issuperset(kinds) or page.site.empty or frame.leads_on(page):
            return False
        return not any(self._promises(line, kinds) for line in frame.own(page))

    def _promises(self, words: str, kinds: Collection[str]) -> bool:
        return any(kind in kinds for kind, _ in self._state.links.text(words))
