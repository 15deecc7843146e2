"""Leave a section open whose page shows next to nothing besides what the home page shows too. Pure.

What is left besides the frame is the section's own: a picture alone, a message of the software, or nothing.
"""

from collections.abc import Collection
from dataclasses import replace

from prober.detectors.link_promises import FRAME
from prober.domain.finding import EMPTY, Failure, State
from prober.domain.indicator import Kind
from prober.domain.reason import Reason
from prober.text.vietnamese import key
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState, forms, name
from spiders.visit.collectors.notices import LONGEST
from spiders.visit.step import VisitStep
from spiders.visit.urls import page_key
from spiders.visit.visit_log import by_name

_LIST = 3  # pages to which a list leads
LITTLE = 80  # characters of its own; a section that shows something has more
# What a page of few words may well lack: an office may have a telephone alone.
_IN_FEW_WORDS = frozenset({Kind.EMAIL, Kind.WEB_FORM, Kind.SOCIAL})
_IN_THE_FRAME = frozenset({Kind.EMAIL, Kind.SOCIAL})  # which any page of the site may show
_IN_A_FORM = _IN_FEW_WORDS | {Kind.QA}  # what a page may be for that shows a form alone


class BareSections(Collector):
    """Compare each candidate with the home page. One that says that it is empty has shown what it has."""

    def __init__(self, state: VisitState) -> None:
        self._state = state

    def note(self, seen: SeenPage) -> None:
        """Leave open what a candidate was opened for, if it shows nothing of it and leads no further."""
        step, page, log = replace(seen.step, guess=False), seen.page, self._state.log  # also where it is rendered later
        kinds = log.candidates.get(step.origin, frozenset())
        if step.found_by == "home" or step.origin in log.failed:
            return
        framed = step.found_by in FRAME and (kinds or step.origin in log.unnamed)
        promised = not seen.step.guess and step.origin in log.hints
        if (step.named or framed or promised) and self._fails(page):
            log.fail(step, Failure.CLOSED, Reason("says_trouble", title=page.title[:80]))
        elif kinds and not kinds >= frozenset(log.kinds):
            self._judge(step, page, kinds)

    def _judge(self, step: VisitStep, page: PageReading, kinds: Collection[str]) -> None:
        log = self._state.log
        if page.lines and self._is_bare(page, kinds):
            log.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("nothing_of_its_own"))
        # Entries of a list may have the name of their list.
        elif step.named and (self._is_another(page, step.named) or self._lists_others(page, step.named)):
            log.fail(step, Failure.CLOSED, Reason("shows_another", title=page.title[:80]))
        elif self._holds_nothing(page, kinds):  # its name, and links to it, prove nothing
            for url in {step.origin, page.url}:
                self._state.best.drop(url)

    def _fails(self, page: PageReading) -> bool:
        """Return True for a page with few words of its own that say that something failed, and nothing else."""
        frame = self._state.frame
        own = frame.own(page)
        if not 0 < sum(map(len, own)) <= LONGEST or frame.says_empty(page) or frame.leads_on(page):
            return False
        here = (found for found in page.findings if not (by_name(found) or found.detail.get("href")))
        shown = {found.kind for found in here if found.state == State.FOUND and found.category != EMPTY}
        if page.questions or shown - _IN_THE_FRAME - {Kind.QA} or forms(page) - frame.forms:
            return False
        return any(line in own for line in page.site.trouble)

    def _is_bare(self, page: PageReading, kinds: Collection[str]) -> bool:
        frame = self._state.frame
        if sum(map(len, frame.own(page))) >= LITTLE or frame.says_empty(page) or frame.leads_on(page):
            return False
        if _IN_A_FORM.issuperset(kinds) and forms(page) - frame.forms:
            return False
        if not _IN_FEW_WORDS.issuperset(kinds) or page.site.trouble:
            return True
        return not frame.own_words(page)

    def _lists_others(self, page: PageReading, kinds: Collection[str]) -> bool:
        """Return True for a list in the place of a section of access to information in which nothing is named for it.

        Of the other kinds a detector tells it.
        """
        frame = self._state.frame
        if Kind.ACCESS not in kinds or not frame.leads_on(page, _LIST) or not page.lines:
            return False
        found = any(found.kind == Kind.ACCESS and not by_name(found) for found in page.findings)
        told = (line for line in frame.own(page) if key(line) not in frame.labels)
        return not found and not any(self._promises(line, {Kind.ACCESS}) for line in told)

    def _holds_nothing(self, page: PageReading, kinds: Collection[str]) -> bool:
        """Return True for a page that says that it is empty, and next to nothing else, or shows nothing of `kinds`."""
        if any(found.kind in kinds and found.category == EMPTY for found in page.findings):
            return True
        if not page.site.empty or not page.lines or self._state.frame.leads_on(page):
            return False
        own = self._state.frame.own(page)
        said = [line for line in own if line not in page.site.empty]
        return len(said) < len(own) and sum(map(len, said)) < LITTLE

    def _is_another(self, page: PageReading, kinds: Collection[str]) -> bool:
        """Return True for a page under a name that promises nothing of `kinds`, and that is not the one promised.

        Its name is that by which the home page links another one; or it leads no further, does not say that it is
        empty, and no line of its own is named for it. A page without a title is one of the site where it has its frame.
        """
        frame, called = self._state.frame, name(page)
        if (called and called == frame.name) or self._promises(called, kinds):
            return False
        if called and called in frame.linked.values() and called != frame.linked.get(page_key(page.url)):
            return True
        if (not called and frame.repeated(page)) or frame.says_empty(page) or frame.leads_on(page):
            return False
        if _IN_FEW_WORDS.issuperset(kinds):
            return not called and bool(page.site.trouble)
        return not any(self._promises(line, kinds) for line in frame.own(page))

    def _promises(self, words: str, kinds: Collection[str]) -> bool:
        return any(kind in kinds for kind, _ in self._state.links.text(words))
