"""Note the places of a page at which a person would stop: the look list. It makes nothing found, and nothing not found.

`MARKS` has one line for each mark. What only a walk of the whole site knows, the walk adds (spiders.visit).
An address that is not the body's for sure may be a person's: of such a one only the domain is noted.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.body import Body
from prober.detectors.email.address_classes import announced, labelled
from prober.detectors.email.address_finder import coded, contact_page
from prober.detectors.email.deobfuscation import AddressReader
from prober.detectors.email.email_detector import read_addresses
from prober.detectors.email.mail_domains import relation
from prober.detectors.link_promises import FRAME, is_file, promises
from prober.detectors.questions.qa_section import SectionWords
from prober.detectors.social import is_platform, open_channels
from prober.domain.finding import EMPTY, Finding
from prober.domain.hostnames import host_of, registrable
from prober.domain.indicator import OFFICIAL, OWN_QA, Kind, names
from prober.domain.pages.page import Block, Page
from prober.domain.search_protocol import LookEntry, LookMark, shortlist
from prober.text.patterns import linear

_SECTION = 2  # level of a Q&A section that shows questions, or has a form
_NAMED = 0.45  # promise of a label that names the thing
_LONGEST_LINE, _LONGEST = 200, 200  # characters of a line with a label, and of the words of an entry
_PROTECTED = linear(r"\[email(?:\s|&#160;)protected\]")  # Cloudflare's text in place of an address
_FORM = frozenset(("form", "label"))
Place = tuple[str, str, str]  # kind, address, words


@dataclass(frozen=True, slots=True, eq=False)
class LookWords:
    """Hold the words of lines in which an address belongs, from the packs."""

    TABLE: ClassVar = "look_list"
    label: re.Pattern[str]  # the label of an address at the end of a line
    nearly: re.Pattern[str]  # a label, and behind it what an address may be written with
    revealed: re.Pattern[str]  # says that an address is shown to who does something first


def looks(page: Page, body: Body, found: Sequence[Finding]) -> tuple[LookEntry, ...]:
    """Return where a person would stop on a page of which `found` are the findings."""
    sought = set(names(body.sought))
    if any(one.kind == Kind.EMAIL and one.category in OFFICIAL for one in found):
        sought.discard(Kind.EMAIL)
    return shortlist(
        LookEntry(mark, url, words[:_LONGEST], (kind,))
        for mark, places in MARKS.items()
        for kind, url, words in places(page, body, found)
        if kind in sought
    )


def _questions_named(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    own = [one for one in found if one.kind == Kind.QA and one.category in OWN_QA and one.value == page.url]
    if own and all(one.level < _SECTION for one in own):
        yield Kind.QA, page.url, own[0].snippet or page.title


def _contact_named(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    if contact_page(page):
        yield Kind.EMAIL, page.url, page.title


def _free_mail(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    """Yield free mailboxes under the body's own label, in the frame or on a contact page, which may be a person's."""
    yield from _not_counted(page, body, "free")


def _not_counted(page: Page, body: Body, of: str) -> Iterator[Place]:
    setting, classed = read_addresses(page, body)
    for category, sighting in classed.values():
        shown = (setting.contact or announced(sighting, setting)) and labelled(sighting, setting)
        if category in ("person", "citizen") and shown and relation(sighting.domain, setting) == of:
            yield Kind.EMAIL, page.url, f"…@{sighting.domain}"


def _pictured_address(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    for block, _, after in _labels(page):
        if _picture(block.node) and not page.words.made(AddressReader).addresses(after):
            yield Kind.EMAIL, page.url, block.text


def _hidden_address(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    """Yield what stands for an address that cannot be read, in the frame or on a contact page."""
    yield from _not_counted(page, body, "own")
    marks, addresses = page.words.table(LookWords), page.words.made(AddressReader).addresses
    for block, words in _shown(page):
        bare = _PROTECTED.search(block.text) and not any(coded(block.node))
        nearly = (marks.nearly.search(words) or "@" in words) and not addresses(block.text)
        if bare or nearly or marks.revealed.search(words):
            yield Kind.EMAIL, page.url, block.text.partition(":")[0].partition("@")[0]
    empty = page.words.table(SectionWords).empty
    for block, next_words, after in _labels(page):
        if not (addresses(after) or empty.search(next_words) or _picture(block.node)):
            yield Kind.EMAIL, page.url, block.text


def _named_unread(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    """Yield sections that are named and empty, and entries of the frame that lead to a file, or to nobody's host."""
    yield from ((one.kind, page.url, one.snippet) for one in found if one.category == EMPTY)
    for link in page.links:
        if link.place in FRAME and not link.dead and (is_file(link.url) or is_nobodys(page, body, link.url)):
            yield from ((kind, link.url, link.text) for kind, said in promises(page).text(link.text) if said >= _NAMED)


def _account(page: Page, body: Body, found: Sequence[Finding]) -> Iterator[Place]:
    yield from ((Kind.SOCIAL, link.url, link.text) for link in open_channels(page, body, contact_page(page)))


def is_nobodys(page: Page, body: Body, url: str) -> bool:
    """Return True for an address on a host that is not known to be the body's, another public body's or a platform's.

    Such is an address without a name, a builder of sites, a form service.
    """
    host = host_of(url)
    if not url.startswith("http") or not host or registrable(host) == registrable(page.host):
        return False
    return not (promises(page).is_public(host, body) or is_platform(url))


def _shown(page: Page) -> Iterator[tuple[Block, str]]:
    """Yield the lines, as they are and folded, in which an address of the body belongs."""
    contact = contact_page(page)
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        if (contact or block.place in ("footer", "header")) and not block.hidden and len(words) <= _LONGEST_LINE:
            yield block, words


def _labels(page: Page) -> Iterator[tuple[Block, str, str]]:
    """Yield the labels of addresses there, outside forms; with the line behind each, folded and as it is."""
    label, lines = page.words.table(LookWords).label, [*_shown(page)]
    for at, (block, words) in enumerate(lines):
        above: LexborNode | None = block.node if label.search(words) else None
        if above is None:
            continue
        while above.parent is not None and above.tag not in _FORM:
            above = above.parent
        if above.tag not in _FORM:
            after, folded = lines[at + 1] if at + 1 < len(lines) else (None, "")
            yield block, folded, after.text if after is not None else ""


def _picture(node: LexborNode) -> bool:
    """Return True for an element that holds a picture, or has one beside it."""
    beside = node.next
    while beside is not None and (beside.tag or "-")[0] in "-!":
        beside = beside.next
    held = [node.css_first("img, svg, canvas"), beside.css_first("img, svg, canvas") if beside is not None else None]
    return any(one is not None for one in held)


MARKS: Mapping[LookMark, Callable[[Page, Body, Sequence[Finding]], Iterator[Place]]] = MappingProxyType(
    {
        LookMark.QUESTIONS_NAMED: _questions_named, LookMark.CONTACT_NAMED: _contact_named,
        LookMark.FREE_MAIL: _free_mail, LookMark.PICTURED_ADDRESS: _pictured_address,
        LookMark.HIDDEN_ADDRESS: _hidden_address, LookMark.NAMED_UNREAD: _named_unread, LookMark.ACCOUNT: _account,
    }
)  # fmt: skip
