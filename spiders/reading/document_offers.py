"""Find the documents of contact pages that may list addresses. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from prober.detectors.email.address_finder import contact_page
from prober.domain.pages.elements import LONGEST_URL
from prober.domain.pages.page import Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold, line
from spiders.reading.page_reading import Offer
from spiders.visit.urls import canonical

# Old formats and archives are candidates too: a person would open them, so they must be reported as unread.
_SUFFIX = linear(r"\.(pdf|docx?|xlsx?|rtf|od[ts]|zip|rar|7z)(?=[/&#?]|$)", re.IGNORECASE)
_MOST = 50  # most documents of one page that are considered
_BETWEEN_WORDS = linear(r"(?<=[a-z])(?=[A-Z])|[^\w]|_")  # in the name of a file
# A link with no more text than "download" gets its name from the line around it; formats, units and signs are no name.
_NO_NAME = linear(r"\b(?:pdf|docx?|xlsx?|kb|mb)\b|[\W\d_]")
_LINES = frozenset({"li", "p", "tr", "dd", "div"})
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True, eq=False)
class ContactDocumentWords:
    """Hold the names of documents on contact pages, from the packs: patterns for text without accents."""

    TABLE: ClassVar = "contact_documents"
    mailboxes: re.Pattern[str]  # lists of mailboxes
    contact: re.Pattern[str]  # contacts of any kind
    # Regulations and forms name mailboxes without listing any; a directory of companies lists theirs.
    other: re.Pattern[str]
    lists: re.Pattern[str]  # which list them all the same
    companies: re.Pattern[str]
    one_word: re.Pattern[str]  # names of files in one word
    bare: re.Pattern[str]  # what a link says that names no document


def offers(page: Page) -> Iterator[Offer]:
    """Yield the documents of a contact page that are named as a list of addresses, or shown in a frame."""
    if page.status >= 400 or not contact_page(page):
        return
    known = page.words.table(ContactDocumentWords)
    nodes = {(node.attributes["href"] or "").strip(): node for node in page.tree.css("a[href]")}
    files = ((link, *_file(link.url)) for link in page.links if not link.dead)
    for link, stem, suffix in islice(((link, stem, suffix) for link, stem, suffix in files if suffix), _MOST):
        node, name = nodes.get(link.href), line(link.text)
        if node is not None and _bare(name, known):
            name = _line_around(node, known) or name
        value = 0.7 if link.place == "frame" else worth(name, stem, known)
        if value:
            selector = css_path(node) if node is not None else ""
            yield Offer(canonical(link.url), name or stem, value, suffix, page.url, selector)


def worth(name: str, stem: str, known: ContactDocumentWords) -> float:
    """Return how surely (0 to 1) a document lists addresses, by its name on the page and its file name."""
    told, filed = fold(name), fold(_BETWEEN_WORDS.sub(" ", stem)).strip()
    both = f"{told} {filed}"
    if known.companies.search(both) or (known.other.search(both) and not known.lists.search(both)):
        return 0.0
    one_word = 1.0 if " " not in filed and known.one_word.match(filed) else 0.0
    return max(_strength(told, known), 0.9 * max(_strength(filed, known), one_word))


def _strength(words: str, known: ContactDocumentWords) -> float:
    return 1.0 if known.mailboxes.search(words) else 0.8 if known.contact.search(words) else 0.0


def _file(url: str) -> tuple[str, str]:
    """Return name and suffix of the document in the path or query of an address; ("", "") if it names none."""
    if len(url) > LONGEST_URL or not _SUFFIX.search(url):  # true for most, and faster than parsing them
        return "", ""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises as well
    except ValueError:
        return "", ""
    texts = (unquote(text) for text in (parts.path, *(value for _, value in parse_qsl(parts.query))))
    found = next(filter(None, map(_SUFFIX.search, texts)), None)
    return (found.string[: found.start()].rpartition("/")[2], found[1].lower()) if found else ("", "")


def _bare(text: str, known: ContactDocumentWords) -> bool:
    return not _NO_NAME.sub("", known.bare.sub("", fold(text)))


def _line_around(node: LexborNode, known: ContactDocumentWords) -> str:
    """Return the text of the list entry, paragraph or row that contains a link, or ""."""
    above, text = node.parent, ""
    while above is not None and above.tag != "body" and _bare(text, known):
        text = line(above.text(separator=" ")) if above.tag in _LINES else text
        above = above.parent
    return "" if _bare(text, known) or len(text) > _LONGEST_LINE else text
