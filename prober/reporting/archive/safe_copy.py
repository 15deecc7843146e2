"""Make a harmless copy of an archived page: its text and its structure, and nothing that a browser acts on.

Three walls stand between a hostile page and its reader:

1. The copy is written anew from the parsed tree, with the tags of KEPT and our own class names only; what a field, a
   picture or a frame held is written as text. nh3 (ammonia) then parses it as browsers do and lets the same list pass.
   This wall is tested alone, in a page where everything is allowed.
2. It is shown in `<iframe sandbox="" srcdoc>`: no script, no form, no window, no plug-in, an origin of its own.
3. Its own policy (`default-src 'none'`) and that of the page around it let nothing be loaded.

Everything here runs in a child process with limits of time and memory: a page of a megabyte can be written so that its
tree has a billion nodes.
"""

from dataclasses import dataclass
from html import escape

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from prober.domain.archive import ArchivedObservation
from prober.reporting.archive.proving_words import UNSEEN, Marks, Sought, marks

# Tags that are written as they are. All others become div or span.
KEPT = frozenset(
    ("article", "aside", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "figcaption",
     "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "li", "main", "nav", "ol", "p", "pre",
     "section", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u",
     "ul")
)  # fmt: skip
_BLOCKS = frozenset(
    ("address", "body", "center", "details", "dir", "fieldset", "form", "frameset", "hgroup", "html", "legend",
     "menu", "optgroup", "search", "summary")
)  # fmt: skip
_ALONE = frozenset(("br", "hr"))
_AS_WRITTEN = {"xmp": "pre", "listing": "pre", "plaintext": "pre", "dir": "ul", "menu": "ul"}
_CLASSES = frozenset(("field", "button", "link", "picture", "frame", "target", "place", "first"))
_ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
_BUTTONS = frozenset(("submit", "button", "reset", "image"))
_TICKED = {"checkbox": "☐", "radio": "○"}
DEEPEST = 200  # elements inside each other; browsers read no more than 512
LONGEST = 600_000  # characters of a copy
LONGEST_SOURCE = 5_000_000  # characters of a page that is taken apart
LONGEST_NAME = 200  # characters of an address or of the words of a field


@dataclass(frozen=True, slots=True)
class SafeCopy:
    """A page for `srcdoc`. `html` is the content of its body, safe in any page; `title` and `source` are plain text."""

    html: str
    title: str
    found: ArchivedObservation
    source: str = ""
    is_cut: bool = False
    is_empty: bool = False  # a page of scripts: a browser would have drawn what it shows


def safe_copy(html: str, sought: Sought) -> SafeCopy:
    """Return the copy of a page with what is sought marked. Raises MemoryError where the page has no tree."""
    try:
        tree = LexborHTMLParser(html[:LONGEST_SOURCE])
    except SelectolaxError as error:  # its only reason
        raise MemoryError("no memory for the tree of a page") from error
    told = marks(tree, html, sought)
    writer = _Writer(told, sought)
    writer.write(tree.root)
    title = tree.css_first("title")
    return SafeCopy(
        cleaned("".join(writer.out)), " ".join(title.text().split()) if title is not None else "", told.found,
        told.source, writer.is_cut or len(html) > LONGEST_SOURCE, writer.is_empty,
    )  # fmt: skip


def copy_of_text(text: str, sought: Sought) -> SafeCopy:
    """Return the copy of a document's text, one paragraph a line, with what is sought marked."""
    lines = "".join(f"<p>{escape(one)}</p>" for one in text.splitlines() if one.strip())
    return safe_copy(f"<body>{lines}", Sought(sought.words))


def cleaned(html: str) -> str:
    """Return markup with nothing but the tags, attributes and classes of a copy, as a browser will read it."""
    return nh3.clean(
        html,
        tags=set(KEPT | {"mark"}),
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        allowed_classes={tag: set(_CLASSES) for tag in KEPT | {"mark"}},
        url_schemes=set(),
        strip_comments=True,
        link_rel=None,
    )


class _Writer:
    """Write a tree anew, without recursion: some pages nest deeper than Python's stack."""

    def __init__(self, told: Marks, sought: Sought) -> None:
        self.out: list[str] = []
        self.is_cut = False
        self.is_empty = True
        self._told, self._sought = told, sought
        self._length = 0
        self._is_first = True

    def write(self, root: LexborNode | None) -> None:
        stack: list[tuple[LexborNode | None, str]] = [(root, "")]
        while stack:
            node, closing = stack.pop()
            while node is not None and not self.is_cut:
                tag = node.tag or "-undef"
                inside = None
                if tag == "-text":
                    self._text(node)
                elif tag not in UNSEEN or tag in ("-document", "iframe", "frame"):
                    closing_of, inside = self._begin(node, tag, len(stack))
                    if inside is None:
                        self._put(closing_of)
                    else:
                        stack += [(node.next, closing), (inside, closing_of)]
                        break
                node = node.next
            else:
                self._length += len(closing)
                self.out.append(closing)

    def _begin(self, node: LexborNode, tag: str, depth: int) -> tuple[str, LexborNode | None]:
        """Write the beginning of an element; return its end, and its first child, None where it has none."""
        attributes = node.attributes
        classes = [self._class_of(tag, attributes)]
        if node.mem_id == self._told.place or self._is_named(tag, attributes):
            classes += ["place", *self._first()]
        written = self._content(tag, attributes)
        if depth > DEEPEST or tag in ("-document", "html", "head"):
            return "", node.first_child
        name = _AS_WRITTEN.get(tag, tag if tag in KEPT else "div" if tag in _BLOCKS else "span")
        said = " ".join(filter(None, classes))
        self._put(f"<{name}{_spans(attributes, name)}" + (f' class="{said}">' if said else ">") + escape(written))
        if name in _ALONE:
            return "", None
        after = self._target(tag, attributes) if "place" in classes else ""
        apart = " · " if tag == "option" else " " if classes[0] in ("field", "button") else ""
        return f"</{name}>{after}{apart}", node.first_child

    def _class_of(self, tag: str, attributes: dict[str, str | None]) -> str:
        if tag in ("input", "select", "textarea"):
            return "button" if (attributes.get("type") or "").lower() in _BUTTONS else "field"
        return {"a": "link", "button": "button", "img": "picture", "iframe": "frame", "frame": "frame"}.get(tag, "")

    def _is_named(self, tag: str, attributes: dict[str, str | None]) -> bool:
        """Return True for the link whose address is the value of the observation, where no words were found."""
        return (
            tag == "a" and self._told.found != ArchivedObservation.WORDS and len(self._sought.value) > 1
            and (attributes.get("href") or "").strip() == self._sought.value
        )  # fmt: skip

    def _content(self, tag: str, attributes: dict[str, str | None]) -> str:
        """Return as text what an element shows that has no content: of a field, a picture, a frame."""
        said = ""
        if tag == "input":
            kind = (attributes.get("type") or "").lower()
            if kind == "hidden":
                return ""
            said = _TICKED.get(kind) or attributes.get("value") or attributes.get("placeholder") or "\u2003"
        elif tag == "textarea":
            said = attributes.get("placeholder") or "\u2003"
        elif tag == "img":
            said = attributes.get("alt") or ""
        elif tag in ("iframe", "frame"):
            said = attributes.get("src") or ""
        return said[:LONGEST_NAME]

    def _target(self, tag: str, attributes: dict[str, str | None]) -> str:
        """Return the address of a marked link as text, since the copy has no links."""
        href = (attributes.get("href") or "")[:LONGEST_NAME] if tag == "a" else ""
        return f'<span class="target">{escape(href)}</span>' if href else ""

    def _text(self, node: LexborNode) -> None:
        text, room, at = node.text_content or "", LONGEST - self._length, 0
        self.is_empty = self.is_empty and not text.strip()
        self.is_cut = len(text) > room
        text = text[:room]
        for begin, end in self._told.spans.get(node.mem_id, ()):
            first = ' class="first"' if self._first() else ""
            self._put(escape(text[at:begin]) + f"<mark{first}>{escape(text[begin:end])}</mark>")
            at = end
        self.out.append(escape(text[at:]))
        self._length += len(text) - at

    def _first(self) -> list[str]:
        was, self._is_first = self._is_first, False
        return ["first"] if was else []

    def _put(self, markup: str) -> None:
        self._length += len(markup)
        if self._length > LONGEST:
            self.is_cut = True
        else:
            self.out.append(markup)


def _spans(attributes: dict[str, str | None], name: str) -> str:
    """Return the few attributes that a table or a list needs, numbers all of them."""
    kept = ((key, attributes.get(key) or "") for key in sorted(_ATTRIBUTES.get(name, ())))
    return "".join(f' {key}="{value}"' for key, value in kept if value.isdecimal() and len(value) < 4)
