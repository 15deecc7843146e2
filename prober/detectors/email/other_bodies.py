"""Tell whose an address is by the body's name that stands nearest before it.

All offices of a province share a domain, and a site shows the addresses of those above and beside it. Such an address
is another body's, unless the nearest name is that of the page's own body, in full or in initials, or of an office in
it. It is the body's own, whatever its domain, where a line begins with the body's name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.body_names import BodyWords, calls, holds_words, initials, name_at, names_of, site_of, spelled_out
from prober.detectors.email.address_finder import Sighting
from prober.detectors.email.deobfuscation import signs
from prober.detectors.email.person_names import office_like
from prober.detectors.email.staff_entries import entry_lines
from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

OWN, ANOTHER = "own", "another"
_ABOVE = 5  # lines above an address in one element that may name whose it is
_LONGEST_ROW = 300  # characters of a row of a table that is a list
_BEFORE = 120  # characters before an address that may name whose it is
_END = linear(r"[,;:(|]")
_SEPARATOR = linear(r"[;|]|(?<=\w{3})\.\s")  # not behind "TP."
_PIECES = linear(r"[@._-]")
_NO_LETTER = linear(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, eq=False)
class OtherBodyWords:
    """Hold the names of bodies before addresses, from the packs."""

    TABLE: ClassVar = "other_bodies"
    # With accents: without them a department ("sở") is a number ("số").
    body: re.Pattern[str]  # a body that is no unit of an agency below a province
    below: re.Pattern[str]  # a body below a province that is no unit of its portal
    apart: re.Pattern[str]  # before a body's name in a mailbox: the Party, the police beside it
    unit: re.Pattern[str]  # a part of any body
    passing: re.Pattern[str]  # the beginning of a sentence whose names tell where a body is
    rank: re.Pattern[str]  # the level of a place, in a name without accents
    province: re.Pattern[str]  # the beginning of a province's name
    end: re.Pattern[str]  # what comes behind a name: "điện thoại", "email"


def names_another(sighting: Sighting, page: Page, body: Body) -> bool:
    """Return True if the nearest name before an address is another body's; in a portal's frame stands who runs it."""
    local, marks = sighting.local, page.words.table(OtherBodyWords)
    its = body.department and local in body.department.marks and body.owns(sighting.domain)
    if its or (sighting.framed and _provincial(page, body)) or _main_mailbox(local, page, body):
        return False
    if holds_words(local, names_of(page, body), page.words):
        return False
    for said, beside in _introductions(sighting, page):
        told = whose(said, page, body)
        if told == ANOTHER and (marks.passing.match(said) or not (beside or marks.body.match(said))):
            continue  # where a body is, or a name in the middle of a line of the card
        if told or marks.unit.search(said):
            return told == ANOTHER
    return False


def whose(said: str, page: Page, body: Body) -> str:
    """Return whether words in lower case name the page's body or another one; "" if they name none."""
    marks = page.words.table(OtherBodyWords)
    named = (marks.below if _provincial(page, body) else marks.body).finditer(said)
    told = [marks.end.split(each[0] + _END.split(said[each.end() :], maxsplit=1)[0], maxsplit=1)[0] for each in named]
    if not told:
        return ""
    return OWN if any(_is_its(fold(name).strip(" .-–"), page, body) for name in told) else ANOTHER


def signed(sighting: Sighting, page: Page, body: Body) -> bool:
    """Return True if a line before an address begins with the body's name, and with no other place behind it."""
    called, sign = names_of(page, body), page.words.made(_sign)
    lines = [sighting.before.rpartition("\n")[2].lower().partition(sighting.address)[0]]
    above = page.blocks[sighting.index - 1] if sighting.index > 0 else None
    if above is not None and above.place == sighting.place and in_office(sighting, page.words):
        lines.append(above.text.lower())
    return next((not sign.search(line) for line in lines if name_at(line, called, page.words)), False)


def in_office(sighting: Sighting, words: Words) -> bool:
    """Return True if the words before an address name a part that any body has: its registry, who receives letters."""
    return words.table(OtherBodyWords).unit.search(next(_parts(sighting.before, sighting.address, words))) is not None


def of_site(address: str, page: Page, body: Body) -> bool:
    """Return True if a piece of an address is what the site or its body is called: "vanphong.stc@" on stc.camau.gov.vn.

    So it is on sotaichinh.camau.gov.vn, where the page names Sở Tài chính.
    """
    site = site_of(page)
    short = [site, *map(initials, names_of(page, body))] if site else []
    pieces = [piece for piece in _PIECES.split(address) if len(piece) > 2]
    return any(piece == site or any(name.startswith(piece) for name in short[1:]) for piece in pieces if short)


def below_province(page: Page, body: Body) -> bool:
    """Return True if a page names its body, and that is a department, a commune or another at a province's domain."""
    return bool(site_of(page) and names_of(page, body)) and not _provincial(page, body)


def at_own_domain(page: Page, body: Body) -> bool:
    """Return True if a page names its body, and that is no province and has a domain of its own."""
    return body.department is None and not site_of(page) and not _provincial(page, body)


@lru_cache(maxsize=4)  # for each address of the same page, several times
def _provincial(page: Page, body: Body) -> bool:
    heads = [_core(" ".join(name), page)[0] for name in names_of(page, body)]
    province = page.words.table(OtherBodyWords).province
    return bool(body.departments) or any(map(province.match, heads)) or not (site_of(page) or heads)


def _main_mailbox(local: str, page: Page, body: Body) -> bool:
    """Return True for the mailbox of the page's site or of an office in it: "stc", "vanphong.stc", not "luutru.stc"."""
    apart, pieces = page.words.table(OtherBodyWords).apart, _PIECES.split(local)
    offices = (
        office_like(piece, page.words) and not apart.fullmatch(piece) for piece in pieces if piece != site_of(page)
    )
    return of_site(local, page, body) and all(offices)


def _sign(words: Words) -> re.Pattern[str]:
    """Return the pattern of an address from its sign on."""
    return linear(rf"(?:@|\[email\W{{1,3}}protected\]|[\[({{] ?(?:{signs(words)}) ?[\])}}])[\w.-]*")


def _parts(text: str, address: str, words: Words) -> Iterator[str]:
    """Yield what stands in a line before an address, from the address before it on, from the last separator back."""
    said = words.made(_sign).split(text.rpartition("\n")[2].lower().partition(address)[0])[-1]
    yield from (part[-_BEFORE:].lstrip(" 0123456789.,-–*•)") for part in _SEPARATOR.split(said)[::-1])


def _introductions(sighting: Sighting, page: Page) -> Iterator[tuple[str, bool]]:
    """Yield the words that may say whose an address is, nearest first, and whether they stand right before it.

    These are its line, its row of a table, the lines above it in its element and its card.
    """
    yield from ((said, True) for said in _parts(sighting.before, sighting.address, page.words))
    if sighting.index < 0:
        return
    block, sign = page.blocks[sighting.index], page.words.made(_sign)
    row = block.node
    while row.parent is not None and row.tag not in ("tr", "table", "body"):
        row = row.parent
    if row.tag == "tr" and len(text := row.text(separator=", ")) <= _LONGEST_ROW:
        yield from ((said, True) for said in _parts(text.replace("\n", " "), sighting.address, page.words))
    above = page.blocks[max(0, sighting.index - _ABOVE) : sighting.index][::-1]
    explained = above[:1] if above and (above[0].tag, block.tag) == ("dt", "dd") else []
    same = takewhile(lambda line: line.node.mem_id == block.node.mem_id and "@" not in line.text, above)
    yield from ((line.text.lower()[-_BEFORE:], True) for line in (*explained, *same))
    card = [line.lower() for line in entry_lines(block.node, page.words)]
    at = next((number for number, line in enumerate(card) if sign.search(line)), 0)
    yield from ((line, False) for line in card[:at][::-1])


def _core(name: str, page: Page) -> tuple[str, tuple[str, ...]]:
    """Return what tells a body from others, and the words of the place or level behind it.

    Of "tòa án nhân dân tối cao" these are ("toa an nhan dan", ("toi", "cao")).
    """
    marks = page.words.table(BodyWords)
    core = marks.general.sub("", " ".join(name.split()), count=1)
    for found in page.words.table(OtherBodyWords).rank.finditer(core):
        if core[: found.start()].count(" ") > 1:
            behind = _NO_LETTER.split(core[found.start() :])
            return core[: found.start()].strip(), tuple(word for word in behind if word and word not in marks.ranks)
    return core, ()


def _is_its(name: str, page: Page, body: Body) -> bool:
    """Return True if a name is that of the site or of the body, in full or in short, with no other place behind."""
    words, ranks = tuple(filter(None, _NO_LETTER.split(name.replace("&", " va ")))), page.words.table(BodyWords).ranks
    same = True
    for called in names_of(page, body):
        written = " ".join(spelled_out(words, called, ranks))
        (core, where), (head, place) = _core(written, page), _core(" ".join(called), page)
        placed = not where or not place or where[0] == place[0]
        if placed and (core.startswith(head) or head.startswith(core)):
            return True
        same = same and placed
    site = site_of(page)
    return bool(site) and same and calls(site, tuple(_core(name, page)[0].split()), page.words)
