"""Find every address that a page shows, with its place and the way it is written; `address_classes` classifies them.

What no reader sees (comments, metadata, hidden parts, examples in fields) is left out. An address that an inline script
puts together is read of the script, because a browser costs a site twenty times as much.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import ClassVar
from urllib.parse import parse_qs, unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from prober.detectors.email import script_text
from prober.detectors.email.deobfuscation import AddressReader, SpokenWords, cloudflare, escaped, plain, visible
from prober.detectors.email.mail_domains import unfinished
from prober.detectors.link_promises import promises
from prober.domain.indicator import Kind
from prober.domain.pages.elements import lies_in, opened_by_readers
from prober.domain.pages.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold

_WRITES = linear(r"document\.write|innerHTML|mailto|\.html\(|\.text\(|textContent|\.append\(")  # into the page
_CLICKED = '[onclick*="mailto"], a[href^="javascript:"][href*="@"], a[href^="javascript:"][href*="mailto"]'


@dataclass(frozen=True, slots=True, eq=False)
class ContactWords:
    """Hold the words of contact pages and cards, from the packs."""

    TABLE: ClassVar = "address_finder"
    contact_title: re.Pattern[str]
    card: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Hold one address on a page."""

    address: str
    trick: str  # plain, spoken, cloudflare, image, …
    place: str  # as of Block
    before: str  # up to 200 characters before it on the line, and the line above
    line: str  # the line, up to LONGEST_LINE characters of it
    index: int  # number of the block, -1 where it is not in the text
    selector: str = ""
    card: bool = False  # near lines with a postal address or a telephone, as on a contact card

    @property
    def local(self) -> str:
        return self.address.partition("@")[0]

    @property
    def domain(self) -> str:
        return self.address.partition("@")[2]

    @property
    def framed(self) -> bool:
        """True in the footer or header of the page."""
        return self.place in ("footer", "header")


Found = tuple[LexborNode, str, str]  # an element, an address that it holds, the trick by which it does

MOST = 1000  # addresses of a page that are read of each way of writing: more are no contacts, and each takes time
LONGEST_LINE = 500  # characters of a line that are kept with each of its addresses
_BESIDE = 3  # elements around an icon that leads to a mailbox, in which stands whose it is
_DATA_PAIRS = (
    ("data-user", "data-domain"), ("data-name", "data-domain"), ("data-u", "data-d"), ("data-local", "data-domain"),
    ("data-user", "data-host"), ("data-account", "data-domain"), ("data-before", "data-after"),
)  # fmt: skip
_DATA_ENDINGS = ("data-tld", "data-ext", "data-suffix")  # the end of the domain, if a pair holds only its beginning
# The pattern begins with a plain word and is case-sensitive: otherwise it takes a millisecond per page.
_DATA = linear(rf"data-(?:cfemail|email|mail|enc-email|{'|'.join(user[5:] for user, _ in _DATA_PAIRS)})=")
_TOOLTIPS = ("title", "aria-label", "data-original-title", "data-tooltip", "data-bs-title")  # shown as a tooltip
_TIPPED = ",".join(f'{tag}[{name}*="@"]' for tag in ("a", "i", "span", "img") for name in _TOOLTIPS)
_CSS_CONTENT = linear(r"content\s*:\s*[\"']([^\"'{}@]*@[^\"'{}]*)[\"']")
_BARE_TAGS = ("br", "b", "strong", "em", "u", "font", "span", "p", "div", "wbr")  # empty, they show nothing


@lru_cache(maxsize=1)  # several detectors ask for the addresses of the same page
def sightings(page: Page) -> list[Sighting]:
    """Return all addresses that a page shows, those of its text first; an address may come several times."""
    elements = chain(_links(page), _in_data(page), _in_words(page), _styled(page), _scripted(page))
    seen = (sighting for way in (_in_text(page), _at(page, elements)) for sighting in islice(way, MOST))
    return [sighting for sighting in seen if not unfinished(sighting.address, page.words)]


@lru_cache(maxsize=1)  # asked for by several detectors
def contact_page(page: Page) -> bool:
    """Return True if the page's title, headings or address name it a contact page or a directory."""
    named = page.words.table(ContactWords).contact_title
    own = (block.text for block in page.headings if block.place in ("main", "header"))
    if any(named.search(fold(head)) for head in [page.title, *own][:8] if len(head) < 100):
        return True
    return promises(page).path_of(Kind.EMAIL, page.url) >= 0.9


def _in_text(page: Page) -> Iterator[Sighting]:
    reader = page.words.made(AddressReader)
    for index, block in enumerate(page.blocks):
        found = reader.addresses(block.text) if reader.suspicious(block.text) else ()
        if not found or not _is_shown(page, block):
            continue
        above, shown = page.blocks[index - 1].text if index else "", visible(block.text)
        for address, trick in found:
            before, line = _before(shown, address, above), block.text[:LONGEST_LINE]
            yield Sighting(address, trick, block.place, before, line, index, card=_on_card(page, index))


def _is_shown(page: Page, block: Block) -> bool:
    """Return True for a line that a reader sees: who opens a tab sees its panel."""
    return not block.hidden or lies_in(block.node, _opened(page))


@lru_cache(maxsize=1)  # asked for each covered line
def _opened(page: Page) -> frozenset[str]:
    return opened_by_readers(page.tree)


def _on_card(page: Page, index: int) -> bool:
    card = page.words.table(ContactWords).card
    return any(card.search(words) for words in page.folded_lines[max(0, index - 3) : index + 2])


def _before(text: str, address: str, above: str) -> str:
    """Return the visible text before an address, which may be its label; with the line above if it is short."""
    head = text.lower()
    at = head.find(address)
    if at < 0:  # its sign is written in words: its local part is the last of these letters before one
        at = max(head.find(f"{address.partition('@')[0]}{sign}") for sign in ("@", " ", "[", "(", "{", "<", "-"))
    own = text[max(0, at - 200) : max(0, at)]
    return f"{above[-120:]}\n{own}" if len(own) < 40 else own


def _links(page: Page) -> Iterator[Found]:
    for node in page.tree.css('a[href*="mailto:" i], area[href*="mailto:" i], a[href^="%"], a[href*="view=cm"]'):
        for address in () if _empty(node) else _written_to(page, (node.attributes.get("href") or "").strip()):
            yield node, address, "mailto"


def _empty(node: LexborNode) -> bool:
    """Return True for a link that nobody sees: no text, no picture, no icon, only what an editor left behind."""
    shown = {"class", "style", "title", "aria-label", "id", "data-original-title"} & node.attributes.keys()
    if node.tag != "a" or shown or node.text().strip():
        return False
    inner = (part for part in node.css("*") if part.mem_id != node.mem_id)
    return all(part.tag in _BARE_TAGS and not part.attributes.get("class") for part in inner)


def _written_to(page: Page, href: str) -> list[str]:
    """Return the recipients of a `mailto:` link, or of a link that opens a web mail's compose window."""
    if "view=cm" in href:
        return escaped(" ".join(parse_qs(href.partition("?")[2]).get("to", ())))
    if href[:7].lower() != "mailto:" and not (href.startswith("%") and "%40" in href):
        return []
    target = href.partition("?")[0].replace(",", " ").replace(";", " ")
    found = page.words.made(AddressReader).addresses(unquote(target).removeprefix("mailto:"))
    return escaped(target) or [address for address, _ in found]


def coded(within: LexborHTMLParser | LexborNode) -> Iterator[Found]:
    """Yield the addresses in Cloudflare's data."""
    for node in within.css("[data-cfemail]"):
        yield from ((node, address, "cloudflare") for address in cloudflare(node.attributes.get("data-cfemail") or ""))
    for node in within.css('a[href*="email-protection#"]'):
        written = (node.attributes.get("href") or "").rpartition("#")[2]
        yield from ((node, address, "cloudflare") for address in cloudflare(written))


def _in_data(page: Page) -> Iterator[Found]:
    if "email-protection" not in page.html and not _DATA.search(page.html):
        return
    yield from coded(page.tree)
    for user, domain in _DATA_PAIRS:
        for node in page.tree.css(f"[{user}][{domain}]"):
            pair = [node.attributes.get(user) or "", (node.attributes.get(domain) or "").lstrip("@")]
            ending = next((node.attributes[name] for name in _DATA_ENDINGS if node.attributes.get(name)), None) or ""
            written = "@".join(pair) + (f".{ending.lstrip('.')}" if ending else "")
            found = plain(written) or plain("@".join(part[::-1] for part in pair))
            yield from ((node, address, "data attributes") for address in found)
    addresses = page.words.made(AddressReader).addresses
    for node in page.tree.css("[data-email], [data-mail], [data-enc-email]"):
        turned = codecs.encode(node.attributes.get("data-enc-email") or "", "rot13").replace("[ng]", "[at]")
        for written in (node.attributes.get("data-email") or node.attributes.get("data-mail") or "", turned):
            yield from ((node, address, "data attributes") for address, _ in addresses(written))


def _in_words(page: Page) -> Iterator[Found]:
    """Yield the addresses in the words that a browser shows in place of a picture, or beside an element."""
    addresses, signs = page.words.made(AddressReader).addresses, page.words.table(SpokenWords).pictured
    for node in page.tree.css("img[alt]"):
        shown = node.attributes["alt"] or ""
        if any(sign in shown for sign in ("@", "[a]", *signs)):
            yield from ((node, address, "image") for address, _ in addresses(shown))
    for node in page.tree.css(_TIPPED):
        told = " ".join(node.attributes.get(name) or "" for name in _TOOLTIPS)
        yield from ((node, address, "tooltip") for address, _ in addresses(told))


def _scripted(page: Page) -> Iterator[Found]:
    """Yield the addresses that an inline script, or a click, writes; a literal that is not written is data."""
    if not script_text.TRIGGER.search(page.html):
        return
    for node in page.tree.css("script:not([src])"):
        kind, source = (node.attributes.get("type") or "").lower(), node.text()
        if "json" in kind or "template" in kind:
            continue
        for text in script_text.strings(source):
            if text not in source or _WRITES.search(source):
                yield from ((node, address, "script") for address in plain(text))
    for node in page.tree.css(_CLICKED):
        for text in script_text.strings(f"{node.attributes.get('onclick') or ''};{node.attributes.get('href') or ''}"):
            yield from ((node, address, "script") for address in plain(text))


def _styled(page: Page) -> Iterator[Found]:
    """Yield the addresses that a style sheet of the page shows."""
    for node in page.tree.css("style") if "content" in page.html else ():
        for written in _CSS_CONTENT.findall(node.text()):
            yield from ((node, address, "css content") for address in plain(written))


def _at(page: Page, found: Iterable[Found]) -> Iterator[Sighting]:
    """Yield sightings at elements; the line of each is the block that contains it, or stands beside it."""
    positions: dict[int, int] = {}
    for node, address, trick in found:
        if not positions:
            positions.update({block.node.mem_id: index for index, block in reversed(list(enumerate(page.blocks)))})
        index, selector = _block_of(node, positions), css_path(node)
        if index < 0:
            yield Sighting(address, trick, "main", "", "", -1, selector)
        elif _is_shown(page, block := page.blocks[index]):
            above = page.blocks[index - 1].text[-120:] if index else ""
            before, line = f"{above}\n{block.text[:200]}", block.text[:LONGEST_LINE]
            yield Sighting(address, trick, block.place, before, line, index, selector)


def _block_of(node: LexborNode, positions: dict[int, int]) -> int:
    """Return the number of the block that holds an element, else of the last one before it in what is around; -1."""
    above: LexborNode | None = node
    while above is not None and above.tag != "body":
        if above.mem_id in positions:
            return positions[above.mem_id]
        above = above.parent
    above = node
    for _ in range(_BESIDE):
        if above is None or above.tag in ("body", "main"):
            break
        before = above.prev
        while before is not None and before.tag == "-text":
            before = before.prev
        if before is not None and before.tag not in ("body", "main", "header", "nav"):
            held = [positions[each.mem_id] for each in (before, *before.css("*")) if each.mem_id in positions]
            if held:
                return max(held)
        above = above.parent
    return -1
