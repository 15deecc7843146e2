"""Find every address on a page, with its place and the way it is written; `address_classes` classifies them."""

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
from prober.detectors.email.deobfuscation import (
    AddressReader,
    SpokenWords,
    cloudflare,
    escaped,
    plain,
    rotated,
    visible,
)
from prober.detectors.email.mail_domains import unfinished
from prober.detectors.link_promises import promises
from prober.domain.elements import lies_in, opened_by_readers
from prober.domain.indicator import Kind
from prober.domain.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key


@dataclass(frozen=True, slots=True, eq=False)
class ContactWords:
    """Hold the words of contact pages and cards, from the packs."""

    TABLE: ClassVar = "address_finder"
    contact_title: re.Pattern[str]
    card: re.Pattern[str]
    email_label_only: re.Pattern[str]
    revealed: re.Pattern[str]  # says that an address is shown to who does something first
    label_hints: tuple[str, ...]  # without one of these a line is no label of an address


def _marks(page: Page) -> ContactWords:
    return page.words.table(ContactWords)


def _reader(page: Page) -> AddressReader:
    return page.words.made(AddressReader)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Hold one address on a page; `address` is "" for one that is there but cannot be read."""

    address: str
    trick: str  # plain, spoken, cloudflare, script, image, comment, meta, …
    place: str  # as of Block, or "hidden"
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
_SPOKEN_SIGN = linear(r"[\W_]{0,3}(?:@|at\b|a\b)")  # an "@" behind a local part: "[at]", "(a)", " a còng"
_BESIDE = 3  # elements around an icon that leads to a mailbox, before one of which stands whose it is
LONGEST_LINE = 500  # characters of a line that are kept with each of its addresses

# Tricks whose result no reader of the page sees.
UNSEEN = frozenset(("comment", "meta", "hidden element", "form field"))
_PROTECTED = linear(r"\[email(?:\s|&#160;)protected\]")  # Cloudflare's text in place of an address
_DATA_PAIRS = (
    ("data-user", "data-domain"), ("data-name", "data-domain"), ("data-u", "data-d"), ("data-local", "data-domain"),
    ("data-user", "data-host"), ("data-account", "data-domain"), ("data-before", "data-after"),
)  # fmt: skip
_DATA_ENDINGS = ("data-tld", "data-ext", "data-suffix")  # the end of the domain, if a pair holds only its beginning
# Attributes that are shown as a tooltip.
_TOOLTIPS = ("title", "aria-label", "data-original-title", "data-tooltip", "data-bs-title")
_CSS_CONTENT = linear(r"content\s*:\s*[\"']([^\"'{}@]*@[^\"'{}]*)[\"']")
_FIELD_NAMES = ("label", "legend", "th", "button")  # what they name is entered
_BARE_ENDS = ("br", "i", "hr", "wbr", "input", "select", "textarea", "button", "script", "style")
_BARE_TAGS = ("br", "b", "strong", "em", "u", "font", "span", "p", "div", "wbr")  # empty, they show nothing
_ICON = (
    'img, i[class*="fa-at"], span[class*="fa-at"], i[class*="bi-at"]'  # icons of "@", and what may be a picture of it
)
_BEFORE_SIGN = linear(r"(?<![\w.+-])[\w.+-]++\s*$")
_AFTER_SIGN = linear(r"^\s*[\w-]+(?:\.[\w-]+)+")
_CUT = linear(r"[\w.+-]@$|[\w.+-]@[\w-]+(?:\.[\w-]+)*\.$|^@\w")
_WRITES = linear(r"document\.write|innerHTML|mailto|\.html\(|\.text\(|textContent|\.append\(")  # into the page
# The pattern begins with a plain word and is case-sensitive: otherwise it takes a millisecond per page.
_DATA = linear(rf"data-(?:cfemail|email|mail|enc-email|{'|'.join(user[5:] for user, _ in _DATA_PAIRS)})=")
_TIPPED = ",".join(f'[{name}*="@"]' for name in _TOOLTIPS)
_TIPPING = frozenset(("a", "i", "span"))  # the elements whose tooltip may be an address


@lru_cache(maxsize=1)  # several detectors ask for the addresses of the same page
def sightings(page: Page) -> list[Sighting]:
    """Return all addresses of a page in document order, visible text first; an address may come several times."""
    ways = (_in_text, _in_attributes, _in_scripts, _unseen)
    seen = (sighting for way in ways for sighting in islice(way(page), MOST))
    found = [sighting for sighting in seen if not unfinished(sighting.address, page.words)]
    told = {sighting.index for sighting in found if sighting.address} - {-1}
    return [sighting for sighting in found if sighting.address or sighting.index not in told]


@lru_cache(maxsize=1)  # asked for by several detectors
def contact_page(page: Page) -> bool:
    """Return True if the page's title, headings or address name it a contact page or a directory."""
    own = (block for block in page.headings if block.place in ("main", "header"))
    heads = [page.title, *(block.text for block in own)]
    if any(_marks(page).contact_title.search(fold(head)) for head in heads[:8] if len(head) < 100):
        return True
    return promises(page).path_of(Kind.EMAIL, page.url) >= 0.9


def _in_text(page: Page) -> Iterator[Sighting]:
    blocks, reader, spoken = page.blocks, _reader(page), page.words.table(SpokenWords).sign
    for index, text in _split_lines(page):
        for address, trick in reader.addresses(text):
            before = _before(visible(text), address, "", spoken)
            yield Sighting(address, trick, blocks[index].place, before, text[:LONGEST_LINE], index)
    for index, block in enumerate(blocks):
        if not reader.suspicious(block.text):
            continue
        if not (found := reader.addresses(block.text)):
            continue
        above, shown, line = blocks[index - 1].text if index else "", visible(block.text), block.text[:LONGEST_LINE]
        for address, trick in found:
            trick = _as_shown(page, block, trick)
            before = _before(shown, address, above, spoken)
            yield Sighting(address, trick, block.place, before, line, index, card=_on_card(page, index))
    if "protected]" in page.html:
        yield from _without_data(page)


def _as_shown(page: Page, block: Block, trick: str) -> str:
    """Return how an address in a line is written, or that no reader sees it: who opens a tab sees its panel."""
    return "hidden element" if block.hidden and not lies_in(block.node, _opened(page)) else trick


@lru_cache(maxsize=1)  # asked for each covered line
def _opened(page: Page) -> frozenset[str]:
    return opened_by_readers(page.tree)


def _without_data(page: Page) -> Iterator[Sighting]:
    """Yield unreadable addresses: Cloudflare's text without the data that hold the address."""
    for index, block in enumerate(page.blocks):
        if not block.hidden and _PROTECTED.search(block.text) and not any(_coded(block.node)):
            yield Sighting("", "cloudflare", block.place, "", block.text[:LONGEST_LINE], index)


def _coded(within: LexborHTMLParser | LexborNode) -> Iterator[tuple[LexborNode, str]]:
    """Yield (element, address) for the addresses in Cloudflare's data."""
    for node in within.css("[data-cfemail]"):
        for address in cloudflare(node.attributes.get("data-cfemail") or ""):
            yield node, address
    for node in within.css('a[href*="email-protection#"]'):
        for address in cloudflare((node.attributes.get("href") or "").rpartition("#")[2]):
            yield node, address


def _on_card(page: Page, index: int) -> bool:
    return any(_marks(page).card.search(words) for words in page.folded_lines[max(0, index - 3) : index + 2])


def _before(text: str, address: str, above: str, spoken: Iterable[str]) -> str:
    """Return the visible text before the address, which may be its label; with the line above if it is short.

    `spoken` are the words for its sign.
    """
    head = text.lower()
    at = head.find(address)
    if at < 0:
        at = _spoken_at(head, address.partition("@")[0])
    if at < 0:
        signs = ("@", "(a", "[a", *(f" {word}" for word in spoken), " at ")
        at = next((head.find(sign) for sign in signs if sign in head), 0)
        at = max(0, at - len(address.split("@")[0]) - 2)
    own = text[max(0, at - 200) : at]
    return f"{above[-120:]}\n{own}" if len(own) < 40 else own


def _spoken_at(text: str, local: str) -> int:
    """Return where an address begins whose sign is written in words; -1 if its local part stands there in pieces."""
    at = text.find(local)
    while at >= 0 and not (_SPOKEN_SIGN.match(text, at + len(local)) and not text[at - 1 : at].isalnum()):
        at = text.find(local, at + 1)
    return at


def _in_attributes(page: Page) -> Iterator[Sighting]:
    yield from _at(page, chain(_links(page), _in_data(page), _in_words(page), _icon_addresses(page)))
    yield from _pictures(page)
    yield from _revealed(page)


def _links(page: Page) -> Iterator[Found]:
    for node in page.tree.css('a[href*="mailto:" i], area[href*="mailto:" i], a[href^="%"], a[href*="view=cm"]'):
        for address in () if _empty(node) else _written_to(page, (node.attributes.get("href") or "").strip()):
            yield node, address, "mailto"


def _in_words(page: Page) -> Iterator[Found]:
    """Yield the addresses in the words that a browser shows in place of a picture, or beside an element."""
    addresses, signs = _reader(page).addresses, ("@", "[a]", *page.words.table(SpokenWords).pictured)
    for node in page.tree.css("img"):
        shown, tip = node.attributes.get("alt") or "", node.attributes.get("title") or ""
        if "@" in tip or any(sign in shown for sign in signs):
            yield from ((node, address, "image") for address, _ in addresses(shown or tip))
    for node in filter(lambda tipped: tipped.tag in _TIPPING, page.tree.css(_TIPPED)):
        for address, _ in addresses(" ".join(node.attributes.get(name) or "" for name in _TOOLTIPS)):
            yield node, address, "tooltip"


def _empty(node: LexborNode) -> bool:
    """Return True for a link that nobody sees: no text, no picture, no icon, only what an editor left behind."""
    shown = {"class", "style", "title", "aria-label", "id", "data-original-title"} & node.attributes.keys()
    if node.tag != "a" or shown or node.text().strip():
        return False
    return all(
        inner.mem_id == node.mem_id or inner.tag in _BARE_TAGS and not inner.attributes.get("class")
        for inner in node.css("*")
    )


def _written_to(page: Page, href: str) -> list[str]:
    """Return the recipients of a `mailto:` link, or of a link that opens a web mail's compose window."""
    if "view=cm" in href:
        return escaped(" ".join(parse_qs(href.partition("?")[2]).get("to", ())))
    if href[:7].lower() != "mailto:" and not (href.startswith("%") and "%40" in href):
        return []
    target = href.partition("?")[0].replace(",", " ").replace(";", " ")
    found = _reader(page).addresses
    return escaped(target) or [address for address, _ in found(unquote(target).removeprefix("mailto:"))]


def _in_data(page: Page) -> Iterator[Found]:
    if "email-protection" not in page.html and not _DATA.search(page.html):
        return
    for node, address in _coded(page.tree):
        yield node, address, "cloudflare"
    for user, domain in _DATA_PAIRS:
        for node in page.tree.css(f"[{user}][{domain}]"):
            written = f"{node.attributes.get(user) or ''}@{node.attributes.get(domain) or ''}".replace("@@", "@")
            ending = next((node.attributes[name] for name in _DATA_ENDINGS if node.attributes.get(name)), None) or ""
            whole = f"{written}.{ending.lstrip('.')}" if ending else written
            for address in plain(whole) or plain(_turned(node, user, domain)):
                yield node, address, "data attributes"
    for node in page.tree.css("[data-email], [data-mail], [data-enc-email]"):
        written = node.attributes.get("data-email") or node.attributes.get("data-mail") or ""
        turned = codecs.encode(node.attributes.get("data-enc-email") or "", "rot13").replace("[ng]", "[at]")
        for address, _ in (*_reader(page).addresses(written), *_reader(page).addresses(turned)):
            yield node, address, "data attributes"


def _turned(node: LexborNode, user: str, domain: str) -> str:
    return f"{(node.attributes.get(user) or '')[::-1]}@{(node.attributes.get(domain) or '')[::-1]}"


def _at(page: Page, found: Iterable[Found]) -> Iterator[Sighting]:
    """Yield sightings at elements; the line of each is the block that contains it."""
    positions: dict[int, int] = {}
    for node, address, trick in found:
        if not positions:
            positions.update({block.node.mem_id: index for index, block in reversed(list(enumerate(page.blocks)))})
        index, selector = _block_of(node, positions), css_path(node)
        if index < 0:
            yield Sighting(address, trick, "main", "", "", -1, selector)
            continue
        block, above = page.blocks[index], page.blocks[index - 1].text[-120:] if index else ""
        before, line = f"{above}\n{block.text[:200]}", block.text[:LONGEST_LINE]
        yield Sighting(address, _as_shown(page, block, trick), block.place, before, line, index, selector)


def _block_of(node: LexborNode, positions: dict[int, int]) -> int:
    """Return the number of the block that holds an element, or stands right before it as a name before an icon; -1."""
    above: LexborNode | None = node
    while above is not None and above.mem_id not in positions and above.tag != "body":
        above = above.parent
    if above is not None and above.mem_id in positions:
        return positions[above.mem_id]
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


def _in_scripts(page: Page) -> Iterator[Sighting]:
    if script_text.TRIGGER.search(page.html):
        yield from _at(page, chain(_inline(page), _styled(page), _clicked(page)))


def _inline(page: Page) -> Iterator[Found]:
    for node in page.tree.css("script:not([src])"):
        kind, source = (node.attributes.get("type") or "").lower(), node.text()
        if "json" in kind or "template" in kind:
            continue
        for text in script_text.strings(source):
            found = plain(text) or (rotated(text) if "charCodeAt" in source else [])
            # A plain literal that the script does not write into the page is data, no contact.
            if found and not (text in source and not _WRITES.search(source)):
                yield from ((node, address, "script") for address in found)


def _styled(page: Page) -> Iterator[Found]:
    for node in page.tree.css("style") if "style" in page.html and "content" in page.html else ():
        for written in _CSS_CONTENT.findall(node.text()):
            yield from ((node, address, "css content") for address in plain(written))


def _clicked(page: Page) -> Iterator[Found]:
    for node in page.tree.css(
        '[onclick*="mailto"], a[href^="javascript:"][href*="@"], a[href^="javascript:"][href*="mailto"]'
    ):
        for text in script_text.strings(f"{node.attributes.get('onclick') or ''};{node.attributes.get('href') or ''}"):
            yield from ((node, address, "script") for address in plain(text))


def _pictures(page: Page) -> Iterator[Sighting]:
    """Yield unreadable addresses: a label "Email:" followed by a picture without words."""
    marks, linked = _marks(page), {link.text for link in page.links}  # "Thư điện tử công vụ" leads to the web mail
    for index, block, words in _hinted(page):
        if len(words) > 80 or not _is_label(marks, words) or block.text in linked:
            continue
        node = block.node.css_first("img") or _next_picture(block.node) or _wordless_end(block)
        if node is not None and not _reader(page).suspicious(node.attributes.get("alt") or ""):
            yield Sighting("", "image", block.place, block.text, block.text, index, css_path(node))


def _revealed(page: Page) -> Iterator[Sighting]:
    """Yield unreadable addresses: a line that says that one is shown to who enters a code, or clicks, first."""
    revealed = _marks(page).revealed
    for index, block, words in _hinted(page):
        if len(words) < 200 and revealed.search(words):
            yield Sighting("", "after a code", block.place, "", block.text, index)


@lru_cache(maxsize=1)  # asked for twice for the same page
def _hinted(page: Page) -> list[tuple[int, Block, str]]:
    """Return the visible lines with a word that may be in the label of an address: number, line, folded words."""
    hints, lines = _marks(page).label_hints, page.folded_lines
    found = sorted({number for hint in hints for number, words in enumerate(lines) if hint in words})
    return [(number, page.blocks[number], lines[number]) for number in found if not page.blocks[number].hidden]


@lru_cache(maxsize=8192)
def _is_label(marks: ContactWords, words: str) -> bool:
    """Return True if a folded line is the label of an address, without one."""
    return marks.email_label_only.match(key(words)) is not None


def _wordless_end(block: Block) -> LexborNode | None:
    """Return what stands after the words of a line and has none: a drawing, an element that a style or script fills."""
    last = None if block.tag in _FIELD_NAMES else block.node.last_child
    while last is not None and (last.tag or "-")[0] in "-!" and not (last.text() or "").strip():
        last = last.prev
    if last is None or (last.tag or "-")[0] in "-!" or last.tag in _BARE_ENDS or not last.attributes:
        return None
    return None if last.text().strip() else last


def _next_picture(node: LexborNode) -> LexborNode | None:
    following = node.next
    for _ in range(3):
        if following is None:
            return None
        if following.tag == "img":
            return following
        if (following.tag or "-")[0] not in "-!":
            return following.css_first("img, svg, canvas, object") if not following.text().strip() else None
        following = following.next
    return None


def _unseen(page: Page) -> Iterator[Sighting]:
    if "@" not in page.html:
        return
    for comment in _comments(page.html):
        for address in plain(comment) if "@" in comment else ():
            yield Sighting(address, "comment", "hidden", "", " ".join(comment.split())[:300], -1)
    for node in page.tree.css('meta[content*="@"], [placeholder*="@"], input[value*="@"]'):
        trick = "meta" if node.tag == "meta" else "form field"
        named, *written = (node.attributes.get(name) or "" for name in ("name", "content", "placeholder", "value"))
        words = " ".join(written).strip()
        for address in plain(words):
            before = named if trick == "meta" else ""
            yield Sighting(address, trick, "hidden", before, words[:300], -1, css_path(node))


def _comments(html: str) -> Iterator[str]:
    """Yield the text of each comment; one that is not closed goes on to the end."""
    start = html.find("<!--")
    while start >= 0:
        end = html.find("-->", start + 4)
        end = end if end >= 0 else len(html)
        yield html[start + 4 : end]
        start = html.find("<!--", end)


def _icon_addresses(page: Page) -> Iterator[Found]:
    """Yield the addresses in which a picture or an icon replaces the "@" between two pieces of text."""
    files = tuple(f"/{name}." for name in ("at", *page.words.table(SpokenWords).icon))
    for icon in page.tree.css(_ICON):
        if icon.tag == "img" and icon.attributes.get("alt") != "@" and not _named(icon, files):
            continue
        before, after = icon.prev, icon.next
        head = _BEFORE_SIGN.search(before.text()) if before is not None else None
        tail = _AFTER_SIGN.search(after.text()) if after is not None else None
        if head and tail:
            yield from ((icon, address, "image") for address in plain(f"{head[0].strip()}@{tail[0].strip()}"))


def _named(picture: LexborNode, files: Iterable[str]) -> bool:
    """Return True if the address of a picture names one of these files."""
    source = picture.attributes.get("src") or ""
    return any(file in source for file in files)


def _split_lines(page: Page) -> Iterator[tuple[int, str]]:
    """Yield (number of the first block, text) where a line ends within an address and the same element continues it.

    Between the two pieces there are only a line break or hidden decoys ("stc", hidden "no-spam", "@camau.gov.vn").
    """
    blocks = page.blocks
    for index, block in enumerate(blocks):
        if "@" not in block.text or block.hidden or not (cut := _CUT.search(block.text)):
            continue
        step = -1 if cut[0].startswith("@") else 1
        other = index + step
        while 0 <= other < len(blocks) and blocks[other].hidden:
            other += step
        if 0 <= other < len(blocks) and blocks[other].node.mem_id == block.node.mem_id:
            first, second = sorted((index, other))
            yield first, blocks[first].text + blocks[second].text
