"""Documents that a contact page offers: which are worth opening, and which of them could not be read. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from prober.detectors.body import Body
from prober.detectors.email.address_finder import contact_page
from prober.detectors.email.in_documents import document_emails
from prober.documents.media_types import DOCX, PDF, XLSX, sniff
from prober.documents.readers import CUT, FLAGGED, says_little
from prober.domain.finding import Failure, Finding, Kind, State
from prober.domain.page.page import Page, css_path
from prober.text.vietnamese import fold, line
from spiders.download.host_groups import Scope
from spiders.visit.link_candidates import WORTH
from spiders.visit.step import Step, StepResult
from spiders.visit.urls import canonical, page_key
from spiders.visit.visit_log import VisitLog

LIMIT = 2  # documents opened in one visit
FOUND_BY = "document"
READABLE = frozenset({PDF, DOCX, XLSX})
VERSION = "1"

# Old formats and archives are candidates too: a person would open them, so they are not passed over in silence.
_SUFFIX = re.compile(r"\.(pdf|docx?|xlsx?|rtf|od[ts]|zip|rar|7z)(?=[/&#?]|$)", re.IGNORECASE)
_LONGEST_URL = 2000
_MOST = 50  # documents of one page that are looked at, and
_TOLD = 5  # that a finding names
_OPENED = frozenset({"pdf", "docx", "xlsx"})
_MAILBOXES = re.compile(
    r"\b(?:danh ba|hop thu|hom thu|thu dien tu|dia chi thu|e ?mails?|address book|(?:staff|(?:tele)?phone) directory)\b"
)
_CONTACT = re.compile(
    r"\b(?:lien (?:he|lac)|contacts?|dau moi|(?:danh sach|so) (?:dien thoai|can bo)|duong day nong|hotline)\b"
)
# Rules about mail, and forms, name mailboxes without listing any; a directory of companies lists other people's.
_OTHER = re.compile(
    r"\b(?:quy (?:che|dinh|trinh)|huong dan|nghi dinh|thong tu|ke hoach|bao cao|giay moi|phieu|mau (?:so|don|bieu)|"
    r"tuyen dung|su dung|trien khai|manual|guide)\b"
)
_LISTS = re.compile(r"\b(?:danh ba|danh sach|directory|address book)\b")
_COMPANIES = re.compile(r"\b(?:doanh nghiep|hop tac xa|nha thau|companies|businesses)\b")
# File names in one word. "hopthuc" is another word (hợp thức), and so is "danhbao".
_ONE_WORD = re.compile(r"^(?:(?:danhba(?!o)|hopthu(?!c)|thudientu|e?mail)|(?:thongtin)?(?:lienhe|contact))")
# A link that says no more than "download" is named by the line around it.
_BARE = re.compile(
    r"\b(?:tai|ve|xuong|xem|chi tiet|day|o|file|tep|tap|tin|dinh kem|noi dung|toan van|van ban|"
    r"download|here|click|pdf|docx?|xlsx?|kb|mb)\b|[\W\d_]"
)
_LINES = frozenset({"li", "p", "tr", "dd", "div"})
_LONGEST_LINE = 200
_FLAG = FLAGGED.partition("{")[0]


@dataclass(frozen=True, slots=True)
class Offer:
    """One document that a contact page offers as a list of addresses; `worth` in 0..1, `suffix` as in its name."""

    url: str
    name: str
    worth: float
    suffix: str
    page_url: str
    selector: str


class ContactDocuments:
    """What the contact pages of one visit offer, each document once."""

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}
        self._tried: set[str] = set()

    def note(self, page: Page, scope: Scope) -> None:
        """Remember what `page` offers, as far as it lies on the agency's domain."""
        for offer in offers(page):
            if scope.near(offer.url):
                self._offers.setdefault(page_key(offer.url), offer)

    def next(self) -> Step | None:
        """The best document not tried yet; None where LIMIT were tried, or none is left of a kind that can be read."""
        waiting = [o for o in self._offers.values() if o.suffix in _OPENED and o.url not in self._tried]
        if len(self._tried) >= LIMIT or not waiting:
            return None
        best = max(waiting, key=lambda offer: offer.worth)
        self._tried.add(best.url)
        return Step(best.url, FOUND_BY, {Kind.EMAIL: best.worth}, depth=2)

    def read(self, step: Step, answer: StepResult, body: Body, ledger: VisitLog) -> list[Finding]:
        """The addresses in a document. The books get its name, and beside it why it could not be read."""
        offer = self._offers.get(page_key(step.origin))
        name = offer.name if offer else _file(step.url)[0]
        failed = unreadable(answer)
        title = f"{name} ({failed[1]})" if failed else name
        ledger.record(step, answer, failed and failed[0], title)
        if failed:
            ledger.fail(step, *failed)
        else:
            ledger.done(step)
        return document_emails(answer.text or "", name, step.url, answer.fetched_at, body)

    def unread(self, ledger: VisitLog) -> list[Offer]:
        """Offers that were neither read nor gone, best first."""
        return sorted((o for o in self._offers.values() if o.url not in ledger.opened), key=lambda offer: -offer.worth)

    def kept(self, ledger: VisitLog) -> set[str]:
        """Addresses of the unread, and of the pages that offer them: what a person needs in order to look again."""
        return {url for offer in self.unread(ledger) for url in (offer.url, offer.page_url)}

    def missed(self, ledger: VisitLog) -> list[Finding]:
        """At most one finding of state `unknown`: there is a list of addresses, and nobody has read it."""
        unread = self.unread(ledger)
        if not unread:
            return []
        first, told = unread[0], [{"url": offer.url, "why": _why(offer, ledger)} for offer in unread[:_TOLD]]
        detail = {"documents": told, "count": len(unread)}
        return [
            Finding(
                Kind.EMAIL, "document", "", State.UNKNOWN, 0, 0.2, first.name[:300], first.selector, first.page_url,
                "documents", VERSION, detail,
            )
        ]  # fmt: skip


def offers(page: Page) -> Iterator[Offer]:
    """The documents of a contact page that call themselves a list of addresses, or that it shows in a frame."""
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
    """How surely a document lists addresses, by its name on the page and that of its file (without suffix); 0 to 1.

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


def is_document(step: Step, answer: StepResult) -> bool:
    """Whether the answer to `step` is to be read as a document: one that was offered, or what a promising link gave.

    Many systems serve files at addresses without a suffix, and some as text/html: the bytes decide.
    """
    if answer.failure or answer.status != 200 or step.render or not answer.body:
        return False
    if media_type(answer) in READABLE:
        return step.found_by == FOUND_BY or step.promises.get(Kind.EMAIL, 0.0) >= WORTH
    return step.found_by == FOUND_BY and not answer.is_html


def media_type(answer: StepResult) -> str:
    return sniff(answer.body, answer.declared)


def unreadable(answer: StepResult) -> tuple[Failure, str] | None:
    """Why a document could not be read, or not to its end; None where it was read."""
    text = answer.text or ""
    if answer.cut:
        return answer.cut, f"only the first {len(answer.body)} bytes were received"
    if text.startswith(_FLAG):
        return Failure.UNREADABLE, text[len(_FLAG) : -1]
    if media_type(answer) not in READABLE:
        return Failure.UNREADABLE, f"not read: {media_type(answer)}"
    if says_little(text):
        return Failure.UNREADABLE, "no text: a scan, or empty"
    return (Failure.BUDGET, "only its beginning was read") if text.endswith(CUT) else None


def _strength(words: str) -> float:
    return 1.0 if _MAILBOXES.search(words) else 0.8 if _CONTACT.search(words) else 0.0


def _file(url: str) -> tuple[str, str]:
    """Name and suffix of the document that an address names in its path or in its query; empty where it names none."""
    if len(url) > _LONGEST_URL or not _SUFFIX.search(url):  # as most: cheaper than to take them apart
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
    """The text of the list entry, paragraph or row that holds a link, or ""."""
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


def _why(offer: Offer, ledger: VisitLog) -> str:
    if offer.url in ledger.failed:
        failure, detail = ledger.failed[offer.url]
        return f"{failure}: {detail}"[:200]
    return "not opened" if offer.suffix in _OPENED else f"a .{offer.suffix} file is not read"
