"""Choose documents of contact pages that may list addresses, and report those that could not be read. Pure."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from prober.documents.media_types import DOCX, PDF, XLSX, sniff
from prober.documents.notes import MARK
from prober.documents.pdf import says_little
from prober.documents.readers import CUT
from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import Kind
from spiders.reading.page_reading import Offer
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import WORTH, StepResult, VisitStep
from spiders.visit.urls import page_key
from spiders.visit.visit_log import VisitLog

LIMIT = 2  # most documents opened in one visit
SURE = 0.8  # pages that promise an address at least this surely are read before documents
FOUND_BY = "document"
READABLE = frozenset({PDF, DOCX, XLSX})
VERSION = "1"

_TOLD = 5  # most documents that a finding names
_OPENED = frozenset({"pdf", "docx", "xlsx"})


class ContactDocuments(Collector):
    """Collect the documents of the contact pages of one visit, each once, and open the best."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._offers: dict[str, Offer] = {}
        self._tried: set[str] = set()

    def note(self, seen: SeenPage) -> None:
        """Remember the page's documents that are on the agency's domain."""
        for offer in seen.page.offers:
            if self._state.scope.near(offer.url):
                self._offers.setdefault(page_key(offer.url), offer)

    def next_step(self) -> VisitStep | None:
        """Return the best document not tried yet, unless a page waits that surely has an address.

        None if LIMIT were tried, or no readable one is left.
        """
        if not self._wanted() or self._state.frontier.promises(frozenset({Kind.EMAIL}), SURE):
            return None
        waiting = [o for o in self._offers.values() if o.suffix in _OPENED and o.url not in self._tried]
        if len(self._tried) >= LIMIT or not waiting:
            return None
        best = max(waiting, key=lambda offer: offer.worth)
        self._tried.add(best.url)
        return VisitStep(best.url, FOUND_BY, {Kind.EMAIL: best.worth}, depth=2)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Find the addresses in a document; log its name, or why it could not be read."""
        if result.text is None:
            return False
        log = self._state.log
        name = self.name(step)
        failed = unreadable(result)
        title = f"{name} ({failed[1]})" if failed else name
        log.record(step, result, failed and failed[0], title)
        if failed:
            log.fail(step, *failed)
        else:
            log.done(step)
        self._state.best.add(result.found)
        self._state.hold(step, result)
        return True

    def name(self, step: VisitStep) -> str:
        """Return what a contact page calls the document of `step`, or the name of the file."""
        offer = self._offers.get(page_key(step.origin))
        return offer.name if offer else PurePosixPath(urlsplit(step.url).path).stem

    def kept(self) -> set[str]:
        """Return the addresses of unread documents and their pages, with which a person can check them."""
        return {url for offer in self._unread() for url in (offer.url, offer.page_url)}

    def report(self) -> dict[str, object]:
        """Return the findings of the visit, with one for lists of addresses that could not be read."""
        return {"findings": (*self._state.best.findings, *self._missed())}

    def _wanted(self) -> bool:
        return Kind.EMAIL in self._state.best.wanted()

    def _unread(self) -> list[Offer]:
        """Return documents that exist and were not read, best first; none if addresses were found elsewhere."""
        if not self._wanted():
            return []
        left = (offer for offer in self._offers.values() if offer.url not in self._state.log.opened)
        return sorted(left, key=lambda offer: -offer.worth)

    def _missed(self) -> list[Finding]:
        """Return at most one finding, of state `unknown`."""
        unread = self._unread()
        if not unread:
            return []
        first, log = unread[0], self._state.log
        told = [{"url": offer.url, "why": _why(offer, log)} for offer in unread[:_TOLD]]
        return [
            Finding(
                Kind.EMAIL, "document", "", State.NOT_SEEN, 0, 0.2, first.name[:300], first.selector, first.page_url,
                "documents", VERSION, {"documents": told, "count": len(unread)},
            )
        ]  # fmt: skip


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


def _why(offer: Offer, log: VisitLog) -> str:
    if offer.url in log.failed:
        failure, detail = log.failed[offer.url]
        met = detail if isinstance(detail, str) else detail.code.replace("_", " ")
        return f"{failure}: {met}"[:200]
    return "not opened" if offer.suffix in _OPENED else f"a .{offer.suffix} file is not read"
