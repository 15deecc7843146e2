"""Find the documents of contact pages that may list addresses. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from prober.detectors.email.address_finder import contact_page
from prober.domain.page import Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold, line
from spiders.reading.page_reading import Offer
from spiders.visit.urls import canonical

# Old formats and archives are candidates too: a person would open them, so they must be reported as unread.
_SUFFIX = linear(r"\.(pdf|docx?|xlsx?|rtf|od[ts]|zip|rar|7z)(?=[/&#?]|$)", re.IGNORECASE)
_LONGEST_URL = 2000
_MOST = 50  # most documents of one page that are considered
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
_BETWEEN_WORDS = linear(r"(?<=[a-z])(?=[A-Z])|[^\w]|_")  # in the name of a file
_ONE_WORD = linear(r"^(?:(?:danhba(?!o)|hopthu(?!c)|thudientu|e?mail)|(?:thongtin)?(?:lienhe|contact))")
# A link with no more text than "download" gets its name from the line around it.
_BARE = linear(
    r"\b(?:tai|ve|xuong|xem|chi tiet|day|o|file|tep|tap|tin|dinh kem|noi dung|toan van|van ban|"
    r"download|here|click|pdf|docx?|xlsx?|kb|mb)\b|[\W\d_]"
)
_LINES = frozenset({"li", "p", "tr", "dd", "div"})
_LONGEST_LINE = 200


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
    told, filed = fold(name), fold(_BETWEEN_WORDS.sub(" ", stem)).strip()
    both = f"{told} {filed}"
    if _COMPANIES.search(both) or (_OTHER.search(both) and not _LISTS.search(both)):
        return 0.0
    one_word = 1.0 if " " not in filed and _ONE_WORD.match(filed) else 0.0
    return max(_strength(told), 0.9 * max(_strength(filed), one_word))


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
