"""Find in an archived page the words of an observation, and the place from which its detector read them.

Words are compared without blanks, with one kind of hyphen and without zero-width characters: a snippet joins the lines
of several elements, and a page breaks them differently.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from prober.domain.archive import ArchivedObservation
from prober.text.vietnamese import line

# Elements whose text nobody sees. The title is shown above the page.
UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "svg", "math", "object", "embed", "applet", "audio", "video", "canvas",
     "iframe", "frame", "noframes", "head", "title", "-comment", "-undef", "!doctype", "-document")
)  # fmt: skip
OMITTED = "…"  # where a snippet leaves out a person's name
SOURCE_AROUND = 160  # characters of the source on either side of words that stand in it alone
SHORTEST = 4  # characters of a piece of a snippet that are looked for


@dataclass(frozen=True, slots=True)
class Sought:
    """The words to be marked: the snippet, the CSS path and the value of an observation; all "" for nothing."""

    words: str = ""
    selector: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where it stands. `spans` has the marked parts of each text node by its `mem_id`, `place` an element's."""

    found: ArchivedObservation
    spans: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    place: int = 0
    source: str = ""  # of the place, or around the words where only the source has them


def marks(tree: LexborHTMLParser, html: str, sought: Sought) -> Marks:
    """Return where the words of an observation stand in a page; the element of its selector goes before the rest."""
    place = _place(tree, sought.selector)
    root = tree.root
    for around in (place, root):
        if around is not None and (spans := _spans(around, sought.words)):
            told = _source(place) if place is not None and not _shows(sought) else ""
            return Marks(ArchivedObservation.WORDS, spans, source=told)
    if place is not None:
        return Marks(ArchivedObservation.PLACE, place=place.mem_id, source=_source(place))
    title = tree.css_first("title")
    if title is not None and _letters(sought.words) in _letters(title.text()) and sought.words:
        return Marks(ArchivedObservation.TITLE)
    around_words = _in_source(html, (sought.words, sought.value))
    return (
        Marks(ArchivedObservation.SOURCE, source=around_words) if around_words else Marks(ArchivedObservation.NOWHERE)
    )


def _shows(sought: Sought) -> bool:
    """Return True if the words show the value, or have none to show: an address behind a protection is not in them."""
    return "@" not in sought.value or sought.value in sought.words


def _place(tree: LexborHTMLParser, selector: str) -> LexborNode | None:
    """Return the one element of a CSS path of ours, None where the page has none or several."""
    if not selector:
        return None
    try:
        found = tree.css(selector)
    except (SelectolaxError, ValueError):
        return None
    return found[0] if len(found) == 1 else None


def _letters(text: str) -> str:
    return "".join(line(text).split())


def _spans(around: LexborNode, words: str) -> dict[int, list[tuple[int, int]]]:
    """Return the parts of text nodes below an element that make up the words; {} where they do not stand there."""
    pieces = [piece for part in words.split(OMITTED) if len(piece := _letters(part)) >= SHORTEST]
    if not pieces:
        return {}
    letters: list[str] = []
    places: list[tuple[int, int]] = []  # of each letter: its text node, its position in that
    for node in texts(around):
        for at, letter in enumerate(node.text_content or ""):
            if plain := _letters(letter):
                letters.append(plain)
                places += [(node.mem_id, at)] * len(plain)
    whole = "".join(letters)
    found: dict[int, list[tuple[int, int]]] = {}
    start = 0
    for piece in pieces:
        begin = whole.find(piece, start)
        if begin < 0:
            return {}
        start = begin + len(piece)
        for node_id, at in places[begin:start]:
            spans = found.setdefault(node_id, [])
            if spans and at <= spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], at + 1)
            else:
                spans.append((at, at + 1))
    return found


def texts(root: LexborNode) -> Iterator[LexborNode]:
    """Yield the text nodes below an element in the order of the document, without those that nobody sees."""
    stack = [root.first_child]
    while stack:
        node = stack.pop()
        while node is not None:
            tag = node.tag or "-undef"
            if tag == "-text":
                yield node
            elif (tag not in UNSEEN or tag in ("head", "-document")) and node.first_child is not None:
                stack.append(node.next)
                node = node.first_child
                continue
            node = node.next


def _source(node: LexborNode) -> str:
    return (node.html or "")[: 2 * SOURCE_AROUND]


def _in_source(html: str, wanted: tuple[str, ...]) -> str:
    """Return what stands around the first of some words in the source, "" where none of them stands there."""
    for words in wanted:
        at = html.find(words) if len(words) >= SHORTEST else -1
        if at >= 0:
            return html[max(0, at - SOURCE_AROUND) : at + len(words) + SOURCE_AROUND]
    return ""
