"""Read what a page names without a link, so that only a script or a form can open it. Pure.

Nothing is clicked and no form is sent. Where a page names a section in words that no link of it has, and a reader
could open it, the section was not seen.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import parse_qsl

from selectolax.lexbor import LexborNode

from prober.detectors.doubts import opens_menu
from prober.detectors.link_promises import LinkPromises, urlsplit_path
from prober.detectors.web_form import in_chat, in_frame
from prober.domain.elements import Link, absolute, read_link
from prober.domain.hostnames import host_of
from prober.domain.link_names import LONGEST_LABEL
from prober.domain.page import Page, heads_links
from prober.text.patterns import linear
from prober.text.vietnamese import key
from spiders.reading.page_reading import LinkReading
from spiders.visit.urls import is_page

_CLICKED = (
    'button, input[type="button" i], input[type="submit" i], input[type="image" i], [role="link"], [role="button"], '
    '[role="menuitem"], [role="tab"], [onclick], a[href="#"], select'
)
_ASKED = 'textarea, input:not([type="hidden" i]):not([type="submit" i]):not([type="button" i]):not([type="image" i])'
_MOST = 100  # elements with promising words that are looked at, of one page and of one list
_PAGE = 5  # links in a form that is the whole page, as those of ASP.NET are
_CELLS = frozenset(("td", "th", "p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "label", "legend", "summary"))
_OPENS = ("data-toggle", "data-bs-toggle", "data-target", "data-bs-target")
_WORDS = linear(r"[\w &-]{3,60}")
_ESCAPED = linear(r"\\u([0-9a-fA-F]{4})")
_NEAR = 150  # characters between a name in a script and its address
_BETWEEN = linear(r"""[|;,<>"'\n]+""")  # words and addresses in a parameter
_VARIABLES = linear(r"\w{1,40}=")  # of a player
_PLAYED = linear(r"\.(?:swf|class|jar|xap|xml|dcr|jnlp|m3u|asx|was?|wma|midi?|ogg|webm)$", re.IGNORECASE)
# A link that a script writes: its address, and its words.
_WRITTEN = linear(
    r"""<a\b[^<>]{0,300}?\bhref=\\?["']?([^"'\\\s<>]{1,300})[^<>]{0,300}>([^<>]{1,100})<""", re.IGNORECASE
)
_QUOTED = linear(r"""(["'])([^"'\n]{1,200})\1""")
_BEGINS = ("/", "http://", "https://")  # of an address in a script
_BESIDE = 2  # strings of a script between an address and its words, such as the name of a value
_ENTRIES = 3  # of a menu
_ADDRESS = linear(r"""["'(|,;=](?:\\?/[\w-]|https?:)""")


def unlinked(page: Page, home: bool) -> tuple[LinkReading, ...]:
    """Return what `page` names without a link; `home`: it is the home page, whose lines do so too."""
    promised, scripts = page.words.made(LinkPromises), page.tree.css_first("script") is not None
    lines = _lines(page, promised) if home and scripts else ()
    return tuple(_named(page, promised, (*_clicked(page, promised, scripts), *lines)))


def named_in_scripts(page: Page) -> tuple[LinkReading, ...]:
    """Return what scripts of `page` name beside an address: entries of a menu that was not made, or not yet."""
    promised = page.words.made(LinkPromises)
    return tuple(_named(page, promised, (said for said in _in_scripts(page) if promised.names_section(said[0]))))


def pictured(page: Page) -> Iterator[LinkReading]:
    """Yield the links of pictures without a word whose files are named for something: `banner-hoi-dap.jpg`."""
    promised = page.words.made(LinkPromises)
    wordless = {link.url: link.place for link in page.links if not link.text and not link.dead}
    for node in page.tree.css("a[href] img[src]")[:_MOST] if wordless else ():
        said = promised.path(urlsplit_path(node.attributes["src"] or "").rpartition("/")[2])
        url = absolute(page.base, _link_above(node)) if said else ""
        if url in wordless:
            yield LinkReading(url, "", wordless[url], promises=said)


def _link_above(node: LexborNode) -> str:
    above = node.parent
    while above is not None and above.tag != "a":
        above = above.parent
    return (above.attributes.get("href") or "").strip() if above is not None else ""


def in_parameters(page: Page) -> Iterator[Link]:
    """Yield addresses of this site in the parameters of applets and players, named by the words before them."""
    words = ""
    for node in islice(page.tree.css("param[value], embed[flashvars]"), _MOST):
        value = node.attributes.get("value") or node.attributes.get("flashvars") or ""
        pairs = parse_qsl(value) if _VARIABLES.match(value) else [("", value)]
        for part in (part.strip() for _, said in pairs for part in _BETWEEN.split(said)):
            if not part.startswith(("/", "http://", "https://")):
                words = part if any(map(str.isalpha, part)) and part[:1] != "_" else words
                continue
            link, words = read_link(page.url, part, words, "menu"), ""
            if host_of(link.url) == page.host and is_page(link.url) and not _PLAYED.search(link.url):
                yield link


def _named(page: Page, promised: LinkPromises, said: Iterable[tuple[str, str]]) -> Iterator[LinkReading]:
    linked: set[str] | None = None
    for text, place in dict.fromkeys(said):
        short = text.count(" ") < LONGEST_LABEL or promised.may_name_section(text)
        if short and (promises := promised.text(text, listed=True)):
            if linked is None:
                linked = {key(link.text) for link in page.links if not link.dead and not link.scripted}
            if key(text) not in linked:
                yield LinkReading(page.url.partition("#")[0], text, place, promises=tuple(promises), scripted=True)


def _clicked(page: Page, promised: LinkPromises, scripts: bool) -> Iterator[tuple[str, str]]:
    """Yield the words of buttons and choices, and of elements that a script makes buttons, with their places."""
    for node, text in islice(_promising(page, promised, scripts), _MOST):
        if not (_fills(node) or opens_menu(node) or in_chat(page, node)):
            yield text, "select" if node.tag == "option" else "menu" if in_frame(node) else "main"


def _promising(page: Page, promised: LinkPromises, scripts: bool) -> Iterator[tuple[LexborNode, str]]:
    for node in page.tree.css(_CLICKED):
        if node.tag == "a" and "onclick" not in node.attributes and not (scripts and _is_marked(node)):
            continue
        for said in node.css("option")[:_MOST] if node.tag == "select" else (node,):
            if promised.text(text := _said(said)):
                yield said, text


def _said(node: LexborNode) -> str:
    attributes = node.attributes
    said = node.text(separator=" ") or next(
        filter(None, map(attributes.get, ("value", "alt", "title", "aria-label"))), ""
    )
    return " ".join(said.split())


def _is_marked(node: LexborNode) -> bool:
    """Return True for an anchor without an address that is marked for a script: a bare "#" leads nowhere."""
    return any(name.startswith("data-") and name not in _OPENS for name in node.attributes)


def _fills(node: LexborNode) -> bool:
    """Return True for a part of a form in which one fills something in: to write, to search, to log in."""
    form = node.parent
    while form is not None and form.tag != "form":
        form = form.parent
    return form is not None and form.css_first(_ASKED) is not None and len(form.css("a[href]")) < _PAGE


def _lines(page: Page, promised: LinkPromises) -> Iterator[tuple[str, str]]:
    """Yield lines of the menu, and the words of tiles, which are no links: entries that a script opens."""
    short = (block for block in page.blocks if block.text.count(" ") < LONGEST_LABEL)
    for block in islice((block for block in short if promised.text(block.text)), _MOST):
        if block.place == "menu" and not heads_links(block.node):
            yield block.text, "menu"
        elif block.place != "menu" and _is_tile(block.node):
            yield block.text, "main"


def _is_tile(node: LexborNode) -> bool:
    """Return True for an element that holds a label alone, in a row of such elements; no heading, no cell."""
    text = _said(node)
    while node.parent is not None and node.parent.tag not in ("body", "main") and _said(node.parent) == text:
        node = node.parent
    if node.tag in _CELLS or node.css_first("a[href]") is not None:
        return False
    return any(_is_like(node, other) for other in (_beside(node, "prev"), _beside(node, "next")))


def _beside(node: LexborNode, way: str) -> LexborNode | None:
    beside: LexborNode | None = getattr(node, way)
    while beside is not None and (beside.tag or "-")[0] in "-!":
        beside = getattr(beside, way)
    return beside


def _is_like(node: LexborNode, other: LexborNode | None) -> bool:
    if other is None or other.tag != node.tag or other.attributes.get("class") != node.attributes.get("class"):
        return False
    said = _said(other)
    return bool(said) and said.count(" ") < LONGEST_LABEL and other.css_first("a[href]") is None


def _in_scripts(page: Page) -> Iterator[tuple[str, str]]:
    for node in page.tree.css("script:not([src])"):
        script = node.text()
        if script.isascii() and "\\u" not in script:
            continue
        script = _ESCAPED.sub(_letter, script)
        for said in _WORDS.finditer(script):
            near = script[max(0, said.start() - _NEAR) : said.end() + _NEAR]
            if not said[0].isascii() and _ADDRESS.search(near):
                yield said[0].strip(), "main"


def lacks_menu(page: Page) -> bool:
    """Return True if a script of the page names sections of the site, and no link leads to most of their addresses."""
    linked = {link.url for link in page.links if not link.dead}
    for node in page.tree.css("script:not([src]):not([type*=json i])"):
        script = _ESCAPED.sub(_letter, node.text()).replace("\\/", "/")
        said = [match[2] for match in _QUOTED.finditer(script)]
        named = (
            text for n, text in enumerate(said) if any(map(_is_label, said[max(0, n - _BESIDE) : n + _BESIDE + 1]))
        )
        links = (link[1] for link in _WRITTEN.finditer(script) if _is_label(link[2].strip()))
        pages = {absolute(page.base, text) for text in (*named, *links) if text.startswith(_BEGINS)}
        own = {url for url in pages if host_of(url) == page.host and is_page(url)}
        if len(own - linked) >= max(_ENTRIES, len(own) / 2):
            return True
    return False


def _is_label(text: str) -> bool:
    """Return True for words as short as the name of a section: no key of a script, and no headline."""
    return text[:1].isupper() and not (text.isascii() and " " not in text) and text.count(" ") < LONGEST_LABEL


def _letter(code: re.Match[str]) -> str:
    return chr(int(code[1], 16))
