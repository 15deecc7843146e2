"""Choose documents of contact pages that may list addresses, and report those that could not be read. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from prober.detectors.email.address_finder import contact_page
from prober.detectors.email.email_detector import document_emails
from prober.documents.media_types import DOCX, PDF, XLSX, sniff
from prober.documents.readers import CUT, FLAGGED, says_little
from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import Kind
from prober.domain.page import Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold, line
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.link_candidates import WORTH
from spiders.visit.step import Step, StepResult
from spiders.visit.urls import canonical, page_key
from spiders.visit.visit_log import VisitLog

LIMIT = 2  # most documents opened in one visit
SURE = 0.8  # pages that promise an address at least this surely are read before documents
FOUND_BY = "document"
READABLE = frozenset({PDF, DOCX, XLSX})
VERSION = "1"

# Old formats and archives are candidates too: a person would open them, so they must be reported as unread.
_SUFFIX = linear(r"\.(pdf|docx?|xlsx?|rtf|od[ts]|zip|rar|7z)(?=[/&#?]|$)", re.IGNORECASE)
_LONGEST_URL = 2000
_MOST = 50  # most documents of one page that are considered
_TOLD = 5  # most documents that a finding names
_OPENED = frozenset({"pdf", "docx", "xlsx"})
_MAILBOXES = linear(
    r"\b(?:danh ba|hop thu|hom thu|thu dien tu|dia chi thu|e ?mails?|address book|(?:staff|(?:tele)?phone) directory)\b"
)
_CONTACT = linear(
    r"\b(?:lien (?:he|lac)|contacts?|dau moi|(?:danh sach|so) (?:dien thoai|can bo)|duong day nong|hotline)\b"
)
# Regulations and forms name mailboxes without listing any; a directory of companies lists theirs.
_OTHER = linear(
    r"\b(?:quy (?:che|dinh|trinh)|huong dan|nghi dinh|thong tu|ke hoach|bao cao|giay moi|phieu|mau (?:so|don|bieu)|"
    r"tuyen dung|su dung|trien khai|manual|guide)\b"
)
_LISTS = linear(r"\b(?:danh ba|danh sach|directory|address book)\b")
_COMPANIES = linear(r"\b(?:doanh nghiep|hop tac xa|nha thau|companies|businesses)\b")
# File names in one word. "hopthuc" is another word (hợp thức), and so is "danhbao".
_ONE_WORD = linear(r"^(?:(?:danhba(?!o)|hopthu(?!c)|thudientu|e?mail)|(?:thongtin)?(?:lienhe|contact))")
# A link with no more text than "download" gets its name from the line around it.
_BARE = linear(
    r"\b(?:tai|ve|xuong|xem|chi tiet|day|o|file|tep|tap|tin|dinh kem|noi dung|toan van|van ban|"
    r"download|here|click|pdf|docx?|xlsx?|kb|mb)\b|[\W\d_]"
)
_LINES = frozenset({"li", "p", "tr", "dd", "div"})
_LONGEST_LINE = 200
_FLAG = FLAGGED.partition("{")[0]


@dataclass(frozen=True, slots=True)
class Offer:
    """One document of a contact page that may list addresses; `worth` is 0 to 1, `suffix` that of its name."""

    url: str
    name: str
    worth: float
    suffix: str
    page_url: str
    selector: str


class ContactDocuments(Collector):
    """Collect the documents of the contact pages of one visit, each once, and open the best."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._offers: dict[str, Offer] = {}
        self._tried: set[str] = set()

    def note(self, seen: SeenPage) -> None:
        """Remember the page's documents that are on the agency's domain."""
        for offer in offers(seen.page):
            if self._state.scope.near(offer.url):
                self._offers.setdefault(page_key(offer.url), offer)

    def next_step(self) -> Step | None:
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
        return Step(best.url, FOUND_BY, {Kind.EMAIL: best.worth}, depth=2)

    def take(self, step: Step, result: StepResult) -> bool:
        """Find the addresses in a document; log its name, or why it could not be read."""
        if result.text is None:
            return False
        log = self._state.log
        offer = self._offers.get(page_key(step.origin))
        name = offer.name if offer else _file(step.url)[0]
        failed = unreadable(result)
        title = f"{name} ({failed[1]})" if failed else name
        log.record(step, result, failed and failed[0], title)
        if failed:
            log.fail(step, *failed)
        else:
            log.done(step)
        self._state.best.add(document_emails(result.text, name, step.url, result.fetched_at, self._state.body))
        self._state.hold(step, result)
        return True

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
                Kind.EMAIL, "document", "", State.UNKNOWN, 0, 0.2, first.name[:300], first.selector, first.page_url,
                "documents", VERSION, {"documents": told, "count": len(unread)},
            )
        ]  # fmt: skip


def offers(page: Page) -> Iterator[Offer]:
    """Yield the documents of a contact page that are named as a list of addresses, or shown in a frame."""
    if page.status >= 400 or not contact_page(page):
        return
    links = [link for link in page.links if not link.dead and _file(link.url)[1]][:_MOST]
    if not links:
        return
    nodes = {(node.attributes["href"] or "").strip(): node for node in page.tree.css("a[href]")}
    for link in links:
        node = nodes.get(link.href)
        stem, suffix = _file(link.url)
        name = line(link.text)
        if node is not None and _bare(name):
            name = _line_around(node) or name
        value = 0.7 if link.place == "frame" else worth(name, stem)
        if value:
            selector = css_path(node) if node is not None else ""
            yield Offer(canonical(link.url), name or stem, value, suffix, page.url, selector)


def worth(name: str, stem: str) -> float:
    """Return how surely (0 to 1) a document lists addresses, by its name on the page and its file name without suffix.

    >>> worth("Danh bạ hộp thư công vụ", "1729"), worth("Tải về", "DanhBa"), worth("Thông tin liên hệ", "a")
    (1.0, 0.9, 0.8)
    >>> worth("Quy chế sử dụng thư điện tử", "email"), worth("Danh bạ doanh nghiệp", "a"), worth("Bản đồ", "ban-do")
    (0.0, 0.0, 0.0)
    """
    told, filed = fold(name), fold(re.sub(r"(?<=[a-z])(?=[A-Z])|[^\w]|_", " ", stem)).strip()
    both = f"{told} {filed}"
    if _COMPANIES.search(both) or (_OTHER.search(both) and not _LISTS.search(both)):
        return 0.0
    one_word = 1.0 if " " not in filed and _ONE_WORD.match(filed) else 0.0
    return max(_strength(told), 0.9 * max(_strength(filed), one_word))


def is_document(step: Step, result: StepResult) -> bool:
    """Return True if a result is to be read as a document: one of a contact page, or one behind a promising link.

    Many systems serve files at addresses without a suffix, and some as text/html: the bytes decide.
    """
    if result.failure or result.status != 200 or step.render or not result.body:
        return False
    if media_type(result) in READABLE:
        return step.found_by == FOUND_BY or step.promises.get(Kind.EMAIL, 0.0) >= WORTH
    return step.found_by == FOUND_BY and not result.is_html


def media_type(result: StepResult) -> str:
    """Return the media type of a body by its bytes."""
    return sniff(result.body, result.declared)


def unreadable(result: StepResult) -> tuple[Failure, str] | None:
    """Return the reason why a document could not be read, or not to its end; None if it was read."""
    text = result.text or ""
    if result.cut:
        return result.cut, f"only the first {len(result.body)} bytes were received"
    if text.startswith(_FLAG):
        return Failure.UNREADABLE, text[len(_FLAG) : -1]
    if media_type(result) not in READABLE:
        return Failure.UNREADABLE, f"not read: {media_type(result)}"
    if says_little(text):
        return Failure.UNREADABLE, "no text: a scan, or empty"
    return (Failure.BUDGET, "only its beginning was read") if text.endswith(CUT) else None


def _strength(words: str) -> float:
    return 1.0 if _MAILBOXES.search(words) else 0.8 if _CONTACT.search(words) else 0.0


def _file(url: str) -> tuple[str, str]:
    """Return name and suffix of the document in the path or query of an address; ("", "") if it names none."""
    if len(url) > _LONGEST_URL or not _SUFFIX.search(url):  # true for most, and faster than parsing them
        return "", ""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises as well
    except ValueError:
        return "", ""
    for text in (parts.path, *(value for _, value in parse_qsl(parts.query))):
        text = unquote(text)
        if found := _SUFFIX.search(text):
            return text[: found.start()].rpartition("/")[2], found[1].lower()
    return "", ""


def _bare(text: str) -> bool:
    return not _BARE.sub("", fold(text))


def _line_around(node: LexborNode) -> str:
    """Return the text of the list entry, paragraph or row that contains a link, or ""."""
    above = node.parent
    while above is not None and above.tag != "body":
        if above.tag in _LINES:
            text = line(above.text(separator=" "))
            if len(text) > _LONGEST_LINE:
                return ""
            if not _bare(text):
                return text
        above = above.parent
    return ""


def _why(offer: Offer, log: VisitLog) -> str:
    if offer.url in log.failed:
        failure, detail = log.failed[offer.url]
        return f"{failure}: {detail}"[:200]
    return "not opened" if offer.suffix in _OPENED else f"a .{offer.suffix} file is not read"
