"""Read the names of links: their visible words, else what their attributes, their picture or their tile say.

A name may be split over elements, be read aloud only (`aria-label`), or stand below the picture that is the link.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from prober.text.patterns import linear
from prober.text.vietnamese import key

if TYPE_CHECKING:  # as in prober.domain.pages.page
    from selectolax.lexbor import LexborNode

    from prober.domain.pages.elements import Attributes

LONGEST_LABEL = 9  # words of a label; a longer text is a headline, or a heading with a description
_LEVELS = 3  # of elements around a picture, in one of which its name stands
_NODES = 40  # most nodes of a tile
_LONGEST_NAME = 120  # characters of a name below a picture
_LISTS = frozenset(("body", "main", "nav", "ul", "ol", "table", "tbody", "tr", "dl", "html"))
_CONSONANTS = "bcdđghklmnpqrstvx"
_LONE = linear(rf"(?:^| )[{_CONSONANTS}](?: |$)")  # in lower case: part of a word that elements divide
_SPOKEN = ("title", "aria-label")
_ID = linear(r"[\w-]{1,60}")


def link_text(node: LexborNode, attributes: Attributes) -> str:
    """Return the visible text of a link; its title, aria-label, image text or the element that names it if there is
    none."""
    text = _joined(node)
    if text:
        return _spelled(node) if _LONE.search(text.lower()) else text
    for name in _SPOKEN:
        if attributes.get(name):
            return " ".join((attributes[name] or "").split())
    for inner in node.css("img[alt], [title], [aria-label]"):
        its = inner.attributes
        if said := " ".join((its.get("alt") or its.get("title") or its.get("aria-label") or "").split()):
            return said
    return _labelled(node, attributes)


def _labelled(node: LexborNode, attributes: Attributes) -> str:
    """Return the text of the element that `aria-labelledby` names."""
    named = (attributes.get("aria-labelledby") or "").strip()
    if not _ID.fullmatch(named):
        return ""
    root = node
    while root.parent is not None:
        root = root.parent
    label = root.css_first(f'[id="{named}"]')
    said = _joined(label) if label is not None else ""
    return said if len(said) <= _LONGEST_NAME else ""


def _spelled(node: LexborNode) -> str:
    """Return the text of a link whose words are divided by elements: "<b>H</b>ỏi đáp".

    A consonant is no word. It belongs to the letters beside it, if no blank is between.
    """
    said = ""
    for piece in _pieces(node):
        apart = not said or said[-1:].isspace() or piece[:1].isspace()
        ends = (said.split() or [""])[-1].lower(), (piece.split() or [""])[0].lower()
        within = piece[:1].islower() and any(len(end) == 1 and end in _CONSONANTS for end in ends)
        said += piece if apart or within else f" {piece}"
    return " ".join(said.split())


def _pieces(node: LexborNode) -> Iterator[str]:
    return (part.text_content or "" for part in node.traverse(include_text=True) if part.tag == "-text")


def spoken_name(attributes: Attributes, text: str, more: Collection[str]) -> str:
    """Return the title or aria-label of a link whose words say nothing of where it leads: "Xem" for the eye alone."""
    said = next((" ".join(said.split()) for name in _SPOKEN if (said := attributes.get(name))), "")
    return said if text and said.count(" ") < LONGEST_LABEL and said != text and key(said) not in more else ""


def name_beside(node: LexborNode, text: str) -> str:
    """Return the words that stand alone with a wordless link in one element: the name below a picture."""
    above = node.parent if not text else None
    for _ in range(_LEVELS):
        if above is None or above.tag in _LISTS:
            break
        said = _name_in(above)
        if said is None:
            break
        if said:
            return said
        above = above.parent
    return ""


def _name_in(tile: LexborNode) -> str | None:
    """Return the text of a tile; None if it is a larger part of the page, or has a second link."""
    said, links = "", 0
    for number, part in enumerate(tile.traverse(include_text=True)):
        links += part.tag == "a"
        said += f" {part.text_content or ''}" if part.tag == "-text" else ""
        if number > _NODES or links > 1 or len(said) > _LONGEST_NAME:
            return None
    name = " ".join(said.split())
    return name if name.count(" ") < LONGEST_LABEL else None


def tile_heading(node: LexborNode, attributes: Attributes) -> str:
    """Return the heading of a tile, a link that holds a heading and a description; "" for a link of running text.

    It is the heading element, else the first of several pieces of text, else the link's title or the words of its
    image. A piece of more than LONGEST_LABEL words is no heading.
    """
    head = node.css_first("h1, h2, h3, h4, h5, h6")
    named = _joined(head) if head is not None else _first_piece(node)
    if not named:
        image = node.css_first("img[alt]")
        named = " ".join((attributes.get("title") or (image and image.attributes.get("alt")) or "").split())
    return named if named.count(" ") < LONGEST_LABEL else ""


def _first_piece(node: LexborNode) -> str:
    """Return the text of the first part of an element whose text stands in several parts; "" if it has one part."""
    inside: LexborNode = node
    for _ in range(8):
        pieces = [child for child in inside.iter(include_text=True) if (child.text() or "").strip()]
        if len(pieces) > 1:
            return _joined(pieces[0])
        if not pieces or pieces[0].tag == "-text":
            return ""
        inside = pieces[0]
    return ""


def _joined(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())
