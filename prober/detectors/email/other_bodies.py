"""Tell whether the words before an address name another body than the page's: one above it, a neighbour, a department.

All of a province share its domain, so the domain does not tell them apart. An address is another body's where its own
line names a body, and neither that name nor the mailbox has the name of the page's body or of its site.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.body_names import BodyWords, calls, holds_words, names_of, site_of
from prober.detectors.email.address_finder import Sighting
from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold

_BEHIND = 60  # characters between a body's name and the address that is its own
_LABEL = 12  # characters before an address that only call it one
_LONGEST_ROW = 300  # characters of a row of a table that is a list
_BEFORE = 160  # characters before an address that may name whose it is
_END = linear(r"[,;:(|]")
_OTHER_ADDRESS = linear(r"[@;|]|[\[({] ?(?:at|a|a còng) ?[\])}]")
_PIECES = linear(r"[@._-]")
_PROTECTED = "[email"


@dataclass(frozen=True, slots=True, eq=False)
class OtherBodyWords:
    """Hold the names of bodies before addresses, from the packs."""

    TABLE: ClassVar = "other_bodies"
    # With accents: without them a department ("sở") is a number ("số").
    body: re.Pattern[str]  # a body that is no unit of an agency below a province
    below: re.Pattern[str]  # a body below a province that is no unit of its portal
    rank: re.Pattern[str]  # the level of a place, in a name without accents
    province: re.Pattern[str]  # the beginning of a province's name
    end: re.Pattern[str]  # what comes behind a name: "điện thoại", "email"


def names_another(sighting: Sighting, page: Page, body: Body) -> bool:
    """Return True if the line of an address says that it is another body's."""
    marks, called = page.words.table(OtherBodyWords), names_of(page, body)
    heads = tuple(_core(" ".join(name), page) for name in called)
    provincial = _provincial(page, body, heads)
    if provincial and (sighting.place not in ("main", "aside")):
        return False  # in the frame of a province's portal stands who runs it
    said, local = _said(sighting) or _line_above(sighting, page), sighting.address.partition("@")[0]
    row = _row_before(sighting, page) if len(said) < _LABEL else ""
    found = list((marks.below if provincial else marks.body).finditer(row or said))
    if not found or (not row and len(said) - found[-1].end() - len(_rest(said, found[-1], marks)) > _BEHIND):
        return False
    said = row or said
    told = [fold(each[0] + _rest(said, each, marks)) for each in found]
    if any(_is(name, head, page) for name in told for head in heads):
        return False
    if of_site(sighting.address, page) or any(_names_site(name, page) for name in told):
        return False
    return not holds_words(local, called, page.words)


def of_site(address: str, page: Page) -> bool:
    """Return True if a piece of an address is what its page's site is called: "vanphong.stc@" on stc.camau.gov.vn."""
    site = site_of(page)
    return len(site) > 2 and site in _PIECES.split(address)


def below_province(page: Page, body: Body) -> bool:
    """Return True if a page names its body, and that is a department, a commune or another one below a province."""
    heads = tuple(_core(" ".join(name), page) for name in names_of(page, body))
    return bool(heads) and not _provincial(page, body, heads)


def _provincial(page: Page, body: Body, heads: tuple[str, ...]) -> bool:
    if body.department is not None:
        return False
    marks = page.words.table(OtherBodyWords)
    return bool(body.departments) or not site_of(page) or any(marks.province.match(head) for head in heads)


def _said(sighting: Sighting) -> str:
    """Return the words before an address on its own line, in lower case, from the address before it on."""
    own = sighting.before.rpartition("\n")[2].lower()
    for mark in (sighting.address, _PROTECTED):
        own = own.partition(mark)[0]
    return _OTHER_ADDRESS.split(own)[-1][-_BEFORE:]


def _line_above(sighting: Sighting, page: Page) -> str:
    """Return the line above an address that has a line of its own in the same element; "" where it has none."""
    if sighting.index < 1 or "@" in (above := page.blocks[sighting.index - 1]).text:
        return ""
    return above.text.lower()[-_BEFORE:] if above.node.mem_id == page.blocks[sighting.index].node.mem_id else ""


def _row_before(sighting: Sighting, page: Page) -> str:
    """Return the words before an address in its row of a table; "" where a table is the frame of a page."""
    node = page.blocks[sighting.index].node if sighting.index >= 0 else None
    while node is not None and node.tag not in ("tr", "table", "body"):
        node = node.parent
    if node is None or node.tag != "tr" or len(row := node.text(separator=", ").lower()) > _LONGEST_ROW:
        return ""
    before = row.partition(sighting.address)[0].partition(_PROTECTED)[0]
    return _OTHER_ADDRESS.split(before)[-1]


def _rest(said: str, named: re.Match[str], marks: OtherBodyWords) -> str:
    """Return what of a name stands behind its first words."""
    return marks.end.split(_END.split(said[named.end() :], maxsplit=1)[0], maxsplit=1)[0]


def _core(name: str, page: Page) -> str:
    """Return what tells a body from others: without "ubnd" before it and the province behind it."""
    core = page.words.table(BodyWords).general.sub("", " ".join(name.split()), count=1)
    for found in page.words.table(OtherBodyWords).rank.finditer(core):
        if core[: found.start()].count(" ") > 1:
            return core[: found.start()].strip()
    return core


def _is(name: str, head: str, page: Page) -> bool:
    """Return True if a name is that of the body, or of a unit that has the body's name in its own.

    "Công an xã" has the name of a place in its own, and is no unit of that place's committee.
    """
    core = _core(name, page)
    placed = page.words.table(OtherBodyWords).rank.match(head)
    return core.startswith(head) or head.startswith(core) or (not placed and head in name)


def _names_site(name: str, page: Page) -> bool:
    """Return True if a name is that of the site: "stc" is Sở Tài chính."""
    site, words = site_of(page), tuple(_core(name, page).split())
    return bool(site) and calls(site, words, page.words)
