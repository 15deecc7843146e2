"""Choose documents of contact pages that may list addresses, as the named links that they are. Pure."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from prober.documents.media_types import DOCX, PDF, XLSX, sniff
from prober.documents.notes import MARK
from prober.documents.pdf import says_little
from prober.documents.readers import CUT
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.search_protocol import Outcome
from spiders.reading.page_reading import Offer
from spiders.visit.record import Unread
from spiders.visit.state import VisitState
from spiders.visit.step import WORTH, SeenPage, StepResult, VisitStep
from spiders.visit.urls import page_key

LIMIT = 2  # most documents opened in one visit
FOUND_BY = "document"
READABLE = frozenset({PDF, DOCX, XLSX})
_ADDRESSES = frozenset({Kind.EMAIL})
_OPENED = frozenset({"pdf", "docx", "xlsx"})


class ContactDocuments:
    """Collect the documents of the contact pages of one visit, each once, and open the best."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._offers: dict[str, Offer] = {}
        self._tried: set[str] = set()

    def learn(self, seen: SeenPage) -> None:
        """Remember the page's documents that are on the agency's domain."""
        for offer in seen.page.offers:
            if self._state.scope.near(offer.url):
                self._offers.setdefault(page_key(offer.url), offer)

    def next_address(self) -> VisitStep | None:
        """Return the best document not tried yet; None if LIMIT were tried, or no readable one is left."""
        waiting = [offer for offer in self._offers.values() if offer.url not in self._tried]
        readable = [offer for offer in waiting if offer.suffix in _OPENED]
        if Kind.EMAIL not in self._state.best.missing() or len(self._tried) >= LIMIT or not readable:
            return None
        best = max(readable, key=lambda offer: offer.worth)
        self._tried.add(best.url)
        return VisitStep(best.url, FOUND_BY, {Kind.EMAIL: best.worth}, kinds=_ADDRESSES, words=best.name, depth=2)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Find the addresses in a document, or record why it could not be read; False if the result is none."""
        if result.text is None:
            return False
        record, failed = self._state.record, unreadable(result)
        title = f"{self.name(step)} ({failed[1]})" if failed else self.name(step)
        record.opened(step, result, Outcome.FAILED if failed else Outcome.READ, failed and failed[0], title)
        if failed:
            record.fail(step, *failed)
        self._state.best.add(result.found)
        self._state.hold(step, result)
        return True

    def name(self, step: VisitStep) -> str:
        """Return what a contact page calls the document of `step`, or the name of the file."""
        offer = self._offers.get(page_key(step.origin))
        return offer.name if offer else PurePosixPath(urlsplit(step.url).path).stem

    def kept(self) -> set[str]:
        """Return the addresses of documents that could not be read, with which a person can check them."""
        return {one.url for origin, one in self._state.record.unread.items() if origin in self._tried}

    def unopened(self) -> None:
        """Record the lists of addresses that were never opened as unread, if no address was found elsewhere."""
        for offer in self._offers.values() if Kind.EMAIL in self._state.best.missing() else ():
            if offer.url not in self._tried:
                why = f"a .{offer.suffix} file is not read" if offer.suffix not in _OPENED else "not opened"
                self._state.record.unread[offer.url] = Unread(offer.url, _ADDRESSES, Failure.UNREADABLE, why)


def is_document(step: VisitStep, result: StepResult) -> bool:
    """Return True if a result is to be read as a document: one of a contact page, or one behind a promising link.

    Many systems serve files at addresses without a suffix, and some as text/html: the bytes decide.
    """
    if result.failure or result.status != 200 or step.render or not result.body:
        return False
    if step.found_by == FOUND_BY:
        return media_type(result) in READABLE or not result.is_html
    return step.promises.get(Kind.EMAIL, 0.0) >= WORTH and media_type(result) in READABLE


def media_type(result: StepResult) -> str:
    """Return the media type of a body by its bytes."""
    return sniff(result.body, result.declared)


def unreadable(result: StepResult) -> tuple[Failure, str] | None:
    """Return the reason why a document could not be read, or not to its end; None if it was read."""
    text = result.text or ""
    if result.cut:
        return result.cut, f"only the first {len(result.body)} bytes were received"
    if text.startswith(MARK):
        return Failure.UNREADABLE, text.split("\n", 1)[0][len(MARK) : -1]
    if media_type(result) not in READABLE:
        return Failure.UNREADABLE, f"not read: {media_type(result)}"
    if says_little(text):
        return Failure.UNREADABLE, "no text: a scan, or empty"
    return (Failure.BUDGET, "only its beginning was read") if text.endswith(CUT) else None
