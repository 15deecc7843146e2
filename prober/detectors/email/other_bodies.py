"""Tell whose an address is by the words before it: another body's, above, beside or below the page's, or its own.

All of a province share its domain, so the domain does not tell them apart; and a body may have its mailbox at its
ministry's domain, or at one of its own. The nearest name before an address decides. It is another body's where that
names a body, and neither it nor the mailbox has the name of the page's body or of its site; one of the same kind with
another place or level behind it is another's. It is the body's own, whatever its domain, where a line begins with the
body's name, in full or in initials.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile, takewhile
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.body_names import BodyWords, holds_words, initials, name_at, names_of, site_of, spelled_out
from prober.detectors.email.address_finder import Sighting
from prober.detectors.email.deobfuscation import signs
from prober.detectors.email.person_names import office_like
from prober.detectors.email.staff_entries import entry_lines
from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

OWN, ANOTHER = "own", "another"
FRAME = ("footer", "header")
_NUMBERING = " 0123456789.,-–*•)"
_ABOVE = 5  # lines above an address in one element that may name whose it is
_LIST = 20  # lines below the heading of a list of bodies
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONGEST_ROW = 300  # characters of a row of a table that is a list
_BEFORE = 120  # characters before an address that may name whose it is
_END = linear(r"[,;:(|]")
_SEPARATOR = linear(r"[;|]")
_SENTENCE = linear(r"(?<=\w{3})\.\s")  # not behind "TP."
_OWNER = linear(r"^ ?\(([^()@]{3,80})\)")  # behind an address
_PIECES = linear(r"[@._-]")
_NO_LETTER = linear(r"[^a-z0-9]+")
_PROTECTED = "[email"


@dataclass(frozen=True, slots=True, eq=False)
class OtherBodyWords:
    """Hold the names of bodies before addresses, from the packs."""

    TABLE: ClassVar = "other_bodies"
    # With accents: without them a department ("sở") is a number ("số").
    body: re.Pattern[str]  # a body that is no unit of an agency below a province
    lists: re.Pattern[str]  # the heading of a list of bodies below the page's
    apart: re.Pattern[str]  # before a body's name in a mailbox: the Party, the police beside it
    unit: re.Pattern[str]  # a part of any body
    office: re.Pattern[str]  # an office of a body that is called by its kind alone: "văn phòng bộ"
    passing: re.Pattern[str]  # the beginning of a sentence whose names tell where a body is
    below: re.Pattern[str]  # a body below a province that is no unit of its portal
    rank: re.Pattern[str]  # the level of a place, in a name without accents
    province: re.Pattern[str]  # the beginning of a province's name
    end: re.Pattern[str]  # what comes behind a name: "điện thoại", "email"


def names_another(sighting: Sighting, page: Page, body: Body) -> bool:
    """Return True if the line of an address, or the heading of its list, says that it is another body's."""
    if sighting.framed and _provincial(page, body):
        return False  # in the frame of a province's portal stands who runs it
    if _listed(sighting, page) and not in_office(sighting, page.words):
        return True
    local, marks = sighting.local, page.words.table(OtherBodyWords)
    if body.department and local in body.department.marks and body.owns(sighting.domain):
        return False  # called by the department's own mark, at its own domain
    if _main_mailbox(local, page, body) or holds_words(local, names_of(page, body), page.words):
        return False
    for said, beside in _introductions(sighting, page):
        told = whose(said, page, body)
        begun = said.lstrip(_NUMBERING)
        leading = beside or marks.body.match(begun) or marks.office.match(begun)
        if told == ANOTHER and (marks.passing.match(begun) or not leading):
            continue  # a place, in the middle of a line of its card, or behind "Địa chỉ:"
        if told or marks.unit.search(said):
            return told == ANOTHER
    return False


def whose(said: str, page: Page, body: Body) -> str:
    """Return whether words in lower case name the page's body or another one; "" if they name none."""
    marks, heads = page.words.table(OtherBodyWords), _heads(page, body)
    found = list((marks.below if _provincial(page, body) else marks.body).finditer(said))
    told = [fold(_name(said, each, marks)).lstrip(_NUMBERING).rstrip(" .-–") for each in found]
    if not told:
        return ANOTHER if heads and _of_another_kind(said, page, body) else ""
    return OWN if any(_is_its(name, page, body) for name in told) else ANOTHER


def signed(sighting: Sighting, page: Page, body: Body) -> bool:
    """Return True if the nearest name before an address begins its line, and is the body's.

    The name stands there as on the page: one with a place behind it is that of a body of the same kind.
    """
    said, called = _said(sighting, page.words), names_of(page, body)
    own, marks = _before_it(sighting.before.rpartition("\n")[2], sighting), page.words.table(OtherBodyWords)
    above = page.blocks[sighting.index - 1] if sighting.index > 0 else None
    inside = above is not None and above.place == sighting.place and in_office(sighting, page.words)
    lines = [own, above.text.lower() if above is not None and inside else ""]
    if inside or not said.strip() or marks.end.match(said.strip()):  # no name stands before it
        lines += [line for line, _ in _introductions(sighting, page)]
    return next((not page.words.made(_sign).search(line) for line in lines if name_at(line, called, page.words)), False)


def in_office(sighting: Sighting, words: Words) -> bool:
    """Return True if the words before an address name a part that any body has: its registry, who receives letters."""
    return words.table(OtherBodyWords).unit.search(_said(sighting, words)) is not None


def _listed(sighting: Sighting, page: Page) -> bool:
    """Return True if an address stands below a heading "Đơn vị trực thuộc" or another one for a list of bodies."""
    for block in reversed(page.blocks[max(0, sighting.index - _LIST) : max(0, sighting.index)]):
        if block.place != sighting.place:
            return False
        if block.tag in _HEADINGS:
            return page.words.table(OtherBodyWords).lists.match(block.text.lower()) is not None
    return False


def _of_another_kind(said: str, page: Page, body: Body) -> bool:
    """Return True for "Văn phòng Bộ", or "của tỉnh", on the page of an agency that is no ministry and no province."""
    offices = page.words.table(OtherBodyWords).office.finditer(said)
    kinds = {fold(office[0].rpartition(" ")[2]) for office in offices}
    return (
        bool(kinds)
        and not _provincial(page, body)
        and not any(kind in head.split() for kind in kinds for head in _heads(page, body))
    )


def _main_mailbox(local: str, page: Page, body: Body) -> bool:
    """Return True for the mailbox of the page's site or of an office in it: "stc", "vanphong.stc", not "luutru.stc"."""
    others = (piece for piece in _PIECES.split(local) if piece != site_of(page))
    apart = page.words.table(OtherBodyWords).apart
    return of_site(local, page, body) and all(
        office_like(piece, page.words) and not apart.fullmatch(piece) for piece in others
    )


def of_site(address: str, page: Page, body: Body) -> bool:
    """Return True if a piece of an address is what the site or its body is called: "vanphong.stc@" on stc.camau.gov.vn.

    So it is on sotaichinh.camau.gov.vn, where the page names Sở Tài chính.
    """
    pieces, site = _PIECES.split(address), site_of(page)
    names = names_of(page, body) if site else ()
    return any(
        len(piece) > 2 and (piece == site or any(initials(name).startswith(piece) for name in names))
        for piece in pieces
    )


def below_province(page: Page, body: Body) -> bool:
    """Return True if a page names its body, and that is a department, a commune or another at a province's domain."""
    return bool(site_of(page) and _heads(page, body)) and not _provincial(page, body)


def at_own_domain(page: Page, body: Body) -> bool:
    """Return True if a page names its body, and that is no province and has a domain of its own."""
    return body.department is None and not site_of(page) and not _provincial(page, body)


@lru_cache(maxsize=4)  # for each address and channel of the same page
def _heads(page: Page, body: Body) -> tuple[str, ...]:
    """Return what tells the body from others in its names."""
    return tuple(_core(" ".join(name), page) for name in names_of(page, body))


@lru_cache(maxsize=4)  # for each address of the same page, several times
def _provincial(page: Page, body: Body) -> bool:
    province, heads = page.words.table(OtherBodyWords).province, _heads(page, body)
    return bool(body.departments) or any(map(province.match, heads)) or not (site_of(page) or heads)


def _sign(words: Words) -> re.Pattern[str]:
    """Return the pattern of what every line with an address has."""
    return linear(rf"@|\[email\b|[\[({{] ?(?:{signs(words)}) ?[\])}}]")


def _other_address(words: Words) -> re.Pattern[str]:
    """Return the pattern of an address from its sign on, with whose it is in brackets behind it."""
    sign = rf"@|\[email\W{{1,3}}protected\]|[\[({{] ?(?:{signs(words)}) ?[\])}}]"
    return linear(rf"(?:{sign})[\w.-]*(?: ?\([^()@]{{3,80}}\))?")


def _said(sighting: Sighting, words: Words) -> str:
    """Return the words before an address on its own line, in lower case, from the address before it on."""
    return next(_told(sighting.before.rpartition("\n")[2], sighting, words))


def _told(line: str, sighting: Sighting, words: Words) -> Iterator[str]:
    """Yield what stands before an address in a line, from the address before it on, from the last separator back."""
    said = words.made(_other_address).split(_before_it(line, sighting))[-1]
    yield from (part[-_BEFORE:] for part in _SEPARATOR.split(said)[::-1])


def _sentences(line: str, sighting: Sighting, words: Words) -> Iterator[str]:
    """Yield the same, before each part its last sentence."""
    for part in _told(line, sighting, words):
        if (last := _SENTENCE.split(part)[-1]) != part:
            yield last
        yield part


def _before_it(line: str, sighting: Sighting) -> str:
    sign = _PROTECTED if sighting.trick == "cloudflare" else sighting.address
    return line.lower().partition(sign)[0]


def _introductions(sighting: Sighting, page: Page) -> Iterator[tuple[str, bool]]:
    """Yield the words that may say whose an address is, nearest first, and whether they stand right before it.

    These are its line, what stands behind it in brackets, its row of a table, the term that it explains, the lines
    above it in its element and its card.
    """
    yield from ((said, True) for said in _sentences(sighting.before.rpartition("\n")[2], sighting, page.words))
    if behind := _OWNER.match(sighting.line.lower().partition(sighting.address)[2]):
        yield behind[1], True
    yield from ((said, True) for said in _sentences(_row(sighting, page), sighting, page.words))
    if sighting.index < 1:
        return
    block, above = page.blocks[sighting.index], page.blocks[max(0, sighting.index - _ABOVE) : sighting.index]
    if (above[-1].tag, block.tag) == ("dt", "dd"):
        yield above[-1].text.lower(), True
    for line in takewhile(lambda line: line.node.mem_id == block.node.mem_id and "@" not in line.text, above[::-1]):
        yield line.text.lower()[-_BEFORE:], True
    sign = page.words.made(_sign)
    if sign.search(block.text.lower()):
        lines = [line.lower() for line in entry_lines(block.node, page.words)]
        at = next((number for number, line in enumerate(lines) if sign.search(line)), 0)
        below = () if sighting.framed else lines[at + 1 :]  # there stand other things as well
        yield from ((line, False) for line in (*lines[:at][::-1], *below) if not sign.search(line))


def _row(sighting: Sighting, page: Page) -> str:
    """Return the row of a table that an address stands in; "" where a table is the frame of a page."""
    node = page.blocks[sighting.index].node if sighting.index >= 0 else None
    while node is not None and node.tag not in ("tr", "table", "body"):
        node = node.parent
    if node is None or node.tag != "tr" or len(row := node.text(separator=", ").lower()) > _LONGEST_ROW:
        return ""
    return row


def _name(said: str, named: re.Match[str], marks: OtherBodyWords) -> str:
    """Return a name from its first words on."""
    return marks.end.split(named[0] + _END.split(said[named.end() :], maxsplit=1)[0], maxsplit=1)[0]


def _core(name: str, page: Page) -> str:
    """Return what tells a body from others: without "ubnd" before it and the province behind it."""
    return _parts(name, page)[0]


def _parts(name: str, page: Page) -> tuple[str, tuple[str, ...]]:
    """Return the core of a name, and the words of the place or level behind it: ("toa an nhan dan", ("toi", "cao"))."""
    core = page.words.table(BodyWords).general.sub("", " ".join(name.split()), count=1)
    ranks = page.words.table(BodyWords).ranks
    for found in page.words.table(OtherBodyWords).rank.finditer(core):
        if core[: found.start()].count(" ") > 1:
            behind = _NO_LETTER.split(core[found.start() :])
            return core[: found.start()].strip(), tuple(word for word in behind if word and word not in ranks)
    return core, ()


def _is_its(name: str, page: Page, body: Body) -> bool:
    """Return True if a name is that of the site, or of the body, in full or in short.

    With another place or level behind it than the body's it is that of a body of the same kind.
    """
    compared = [_compared(name, each, page) for each in names_of(page, body)]
    site = _names_site(name, page) and all(same_place for _, same_place in compared)
    return site or any(alike and same_place for alike, same_place in compared)


def _compared(name: str, called: tuple[str, ...], page: Page) -> tuple[bool, bool]:
    """Return whether a name is one of the body's, in full or in short, and whether both have the same place."""
    words = tuple(filter(None, _NO_LETTER.split(name.replace("&", " va "))))
    written = " ".join(spelled_out(words, called, page.words.table(BodyWords).ranks))
    (core, where), (head, place) = _parts(written, page), _parts(" ".join(called), page)
    return core.startswith(head) or head.startswith(core), not where or not place or where[0] == place[0]


def _names_site(name: str, page: Page) -> bool:
    """Return True if a name is that of the site: "stc" is Sở Tài chính."""
    site, ranks = site_of(page), page.words.table(BodyWords).ranks
    words = tuple(_core(name, page).split())
    placed = tuple(dropwhile(ranks.__contains__, words))
    initials = "".join(word[0] for word in words)
    return bool(site) and any(form.startswith(site) for form in ("".join(words), "".join(placed), initials))
