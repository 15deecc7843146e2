"""Tell what the elements of a page say besides their text: where they lead, where they stand, whether they are shown.

They lead to plain addresses, and to those that a script was given. Parts that are hidden may be opened by controls of
the page: these are named for the code that reads pages and for the script that opens them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from prober.text.patterns import linear

if TYPE_CHECKING:  # as in prober.domain.pages.page
    from selectolax.lexbor import LexborHTMLParser, LexborNode

Attributes = dict[str, str | None]
LONGEST_URL = 2_000  # characters; a longer address leads to no page that is opened
_OPENS_NOTHING = "javascript:"
_ORIGIN = linear(r"https?://[^/?#]+")
# What a script says before the address that it goes to.
_GOES = linear(r"(?:location(?:\.href)?\s*=(?!=)|location\.(?:assign|replace)\(|open\(|href\s*=(?!=))")
# One operand of that address, a text or a name, and whether another one is joined to it.
_OPERAND = linear(r"""\s*(?:(['"`])([^'"`\n]{0,500})\1|([\w$.]{1,80}(?:\(\))?))\s*(\+?)""")
_FILLED = linear(r"\$\{[^{}]{0,100}\}")  # a place for a value in a text
_MOST_OPERANDS = 12
_ORIGINS = frozenset(("", "//", "://", ":", "http://", "https://"))  # texts between the parts of an origin
# The same of a function of the page's own: `openPage('/hoi-dap')`.
_ARGUMENT = linear(r"""[(,]\s*['"`]((?:/(?!/)|https?://)[^'"`\s]+)['"`](?!\s*\+)""")
_HOLDS = linear(r"""\b(?:var|let|const)\s+([A-Za-z_$][\w$]{0,40})\s*=\s*(['"`])([^'"`\n]{0,300})\2""")
_NAME = linear(r"\$\{\s*([A-Za-z_$][\w$]{0,40})\s*\}|(?<![\w$.'\"`])([A-Za-z_$][\w$]{0,40})(?=\s*\+)")
_DEAD = frozenset(("", "#", "#!", "javascript:;", "javascript:void(0)", "javascript:void(0);", _OPENS_NOTHING))
# Attributes in which themes keep the address of a link that a script opens.
_ADDRESS_ATTRIBUTES = (
    "data-href", "data-url", "data-link", "data-path", "data-to", "data-target-url", "data-route", "to", "routerlink",
    "ng-href", ":href", "v-bind:href",
)  # fmt: skip
KEEPING = frozenset(_ADDRESS_ATTRIBUTES)
_ROUTE = ("#/", "#!/")  # a view of an application with addresses behind the number sign


class Link(NamedTuple):
    """One link of a page. A script target ("location.href = …") counts as the link's address."""

    url: str  # absolute; for a dead link ("#") the page itself
    text: str  # the visible text, else the title or image text
    place: str  # menu, footer, header, aside, frame, refresh, select, sitemap or main
    href: str  # as written
    rel: str = ""  # nofollow, external …
    heading: str = ""  # of a tile that holds a heading and a description; "" for other links

    @property
    def dead(self) -> bool:
        """Return True if a click leads nowhere: "#", an empty address, an empty script."""
        return leads_nowhere(self.href)

    @property
    def scripted(self) -> bool:
        """Return True if only a script knows where a click leads: a view of an application, or a script of the page."""
        href = self.href
        return href.startswith(_ROUTE) or href[:11].lower() == "javascript:" or ("#" in href and view(href) != "")


def read_link(base: str, href: str, text: str, place: str, onclick: str = "", rel: str = "") -> Link:
    """Return the link with these attributes on a page with the base address `base`, without the blanks around them."""
    # No more of the base counts than its origin, and the menus of a site are on each of its pages.
    if href[:1] == "/" or href.startswith(("http://", "https://")):
        base = _origin(base)
    return _link(base, href, text, place, onclick, rel)


@lru_cache(maxsize=1024)
def _origin(base: str) -> str:
    origin = _ORIGIN.match(base)
    return origin[0] if origin else base


@lru_cache(maxsize=32768)
def _link(base: str, href: str, text: str, place: str, onclick: str, rel: str) -> Link:
    href = href.strip()
    target = script_target(href, onclick) or href
    url = absolute(base, target)
    if len(url) > LONGEST_URL and url.startswith("http"):
        url = target = _OPENS_NOTHING
    return Link(url, " ".join(text.split()), place, target, rel)


@lru_cache(maxsize=32768)  # several detectors ask it of each link
def leads_nowhere(href: str) -> bool:
    """Return True if an address as written is that of a dead link."""
    return href[:1] != "/" and href[:4] != "http" and href.replace(" ", "").lower() in _DEAD


def view(url: str) -> str:
    """Return what names a view of an application behind the number sign of an address; "" for any other address.

    >>> view("http://x.gov.vn/#/hoi-dap"), view("http://x.gov.vn/#!hoi-dap"), view("http://x.gov.vn/#tin")
    ('/hoi-dap', '!hoi-dap', '')
    """
    name = url.partition("#")[2]
    return name if name[:1] in ("/", "!") and name.strip("/!") else ""


def address(url: str) -> str:
    """Return the address of a page without a place on it; a view of an application has one of its own.

    >>> address("http://x.gov.vn/a#tin"), address("http://x.gov.vn/a#/tin")
    ('http://x.gov.vn/a', 'http://x.gov.vn/a#/tin')
    """
    return url if "#" not in url or view(url) else url.partition("#")[0]


def script_target(href: str, onclick: str) -> str:
    """Return the address in `javascript:` or an onclick handler; "" if the link has a plain one or none can be read."""
    if not leads_nowhere(href) and not href[:11].lower().startswith("javascript:"):
        return ""
    spelled = (_spelled(script, goes.end()) for script in (href, onclick) for goes in _GOES.finditer(script))
    if address := next(filter(None, spelled), ""):
        return address
    found = _ARGUMENT.search(href) or _ARGUMENT.search(onclick)
    return found[1] if found and "${" not in found[1] else ""


def _spelled(script: str, start: int) -> str:
    """Return the address that an expression spells from `start` on, or "" if a part of its path is not known.

    Not known may be its origin: `base + '/hoi-dap'`, `${location.origin}/hoi-dap`.
    """
    pieces: list[str | None] = []
    for _ in range(_MOST_OPERANDS):
        if not (operand := _OPERAND.match(script, start)):
            break
        for number, text in enumerate(_FILLED.split(operand[2]) if operand[1] else ()):
            pieces += [None, text] if number else [text]
        if not operand[1]:
            pieces.append(None)
        start = operand.end()
        if not operand[4]:
            break
    known = max((number + 1 for number, piece in enumerate(pieces) if piece is None), default=0)
    path = "".join(piece or "" for piece in pieces[known:]).replace("\\/", "/")
    rooted = path[:1] == "/" and path[:2] != "//" and all((piece or "") in _ORIGINS for piece in pieces[:known])
    return path if rooted or not known else ""


def with_values(script: str, html: str) -> str:
    """Return a handler with the texts that scripts of the page give to the names which it joins to an address."""
    if "+" not in script and "${" not in script:
        return script
    values = _values(html)

    def put(name: re.Match[str]) -> str:
        value = values.get(name[1] or name[2])
        return name[0] if value is None else value if name[1] else f"'{value}'"

    return _NAME.sub(put, script) if values else script


@lru_cache(maxsize=1)  # for each handler of the same page
def _values(html: str) -> dict[str, str]:
    return {held[1]: held[3] for held in _HOLDS.finditer(html)}


def absolute(base: str, href: str) -> str:
    """Return `href` resolved against `base`. Most links of a page need no more than its origin before them."""
    if "/." not in href and "\n" not in href:
        if href.startswith(("http://", "https://")) and "/" in href[8:]:
            return href
        if href.startswith("/") and not href.startswith("//"):
            origin = _ORIGIN.match(base)
            if origin:
                return f"{origin[0]}{href}"
    try:
        return urljoin(base, href)
    except ValueError:  # malformed IPv6 literal and the like: kept as written, never fetched
        return href


def kept_address(attributes: Attributes, tag: str) -> str:
    """Return the address that an element keeps for a script, or "". Plugins of a platform keep the platform's."""
    begins = ("/", "http://", "https://") if tag in ("a", "button") else ("/",)
    kept = ((attributes.get(name) or "").strip() for name in _ADDRESS_ATTRIBUTES if name in attributes)
    return next((address for address in kept if address.startswith(begins)), "")


# Words in an element's tag, id, class or role that tell its place on the page. First match wins.
_PLACES = (
    ("footer", linear(r"\b(?:footer|foot|chan ?trang|contentinfo|bottom (?:info|bar|page|content))\b")),
    ("menu", linear(r"\b(?:nav|navbar|navigation|topbar|breadcrumbs?|topnav)\b|menu[a-z]*\b")),
    ("aside", linear(r"\b(?:sidebar|aside|banners?|lien ket|lienket|widget|weblinks?|complementary|quang cao)\b")),
    ("header", linear(r"\b(?:header|dau trang|dautrang|masthead|top head)\b")),
    ("main", linear(r"\b(?:main content|maincontent|article|entry content|noi dung)\b")),
)  # fmt: skip
# Panels, cards and articles have headers and footers of their own: Bootstrap, WordPress, Liferay. Its articles stand
# anywhere on a page, in the banner too. Elementor calls every piece of a page a widget.
_PART = linear(
    r"\b(?:(?:panel|card|modal|entry|post|article|accordion|comment|portlet)[-_]?(?:footer|header)"
    r"|journal-content-article|elementor-widget(?!-wp))\b",
    re.IGNORECASE,
)
_CAMEL = linear(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
# Elements whose tag alone tells the place, whatever share of the page they hold.
PLACES_BY_TAG = frozenset(("footer", "nav", "aside", "header"))


@lru_cache(maxsize=8192)
def place_named(words: str) -> str:
    """Return the place of an element with this tag, id, class and role; "" where they do not tell."""
    if _PART.search(words):
        words = _PART.sub("", words.partition(" ")[2])  # its tag does not count either: <footer class="entry-footer">
    plain = _CAMEL.sub(" ", words).lower()
    found = next((name for name, mark in _PLACES if mark.search(plain)), "")
    return "header" if found == "aside" and plain.startswith("header") else found  # role="banner"


# The controls of a page that open a part of it.
OPENERS = (
    'button:not([type="submit" i]), summary, [aria-expanded="false"], [aria-haspopup], [role="button"], [role="tab"], '
    'div[class*="menu" i]:not(:has(*)), div[id*="menu" i]:not(:has(*))'
)
TARGETS = ("aria-controls", "data-target", "data-bs-target")  # where a control names what it opens
TARGET = r"[#.]?[\w-]+"  # the forms of such a name that are followed: an id, or a class
SAID = ("id", "class", "aria-label", "title", "type")
# What is said of controls, and of the places beside them, that belong to something else than sections.
TOOLS = (
    r"search|close|log-?in|lang|share|print|prev|next|slick|swiper|carousel|slide|play|zoom|top\b|cookie|chat|captcha"
    r"|modal|popup|overlay|toast|clear|load|translate|google|fb-root|font|contrast"
)
CONTENT = "a[href], img, input, iframe, canvas, svg"  # a part with one of these, or with text, is not empty

_HIDDEN_STYLE = linear(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])")
_MAY_HIDE = "[hidden], [style]"
_CONTROLS = ", ".join(('a[href^="#"]', *(f"[{name}]" for name in TARGETS)))


def hides(attributes: Attributes) -> bool:
    """Return True if an element with these attributes is not shown: display:none and the like."""
    if "hidden" in attributes:
        return True
    return "style" in attributes and _HIDDEN_STYLE.search(attributes["style"] or "") is not None


def opened_by_readers(tree: "LexborHTMLParser") -> frozenset[str]:
    """Return the ids of the parts of a page that a control which is shown names, as that of a tab names its panel."""
    return frozenset(
        name.removeprefix("#")
        for control in tree.css(_CONTROLS)
        for name in (*map(control.attributes.get, TARGETS), _anchor(control))
        if name and not any(hides(node.attributes) for node in _upwards(control))
    )


def lies_in(node: "LexborNode", parts: frozenset[str]) -> bool:
    """Return True if all that hides an element are `parts` with these ids, and nothing in it is hidden."""
    hiding = [above.attributes.get("id") for above in _upwards(node) if hides(above.attributes)]
    if not hiding or not parts.issuperset(name or "" for name in hiding):
        return False
    return not any(hides(inner.attributes) for inner in node.css(_MAY_HIDE) if inner.mem_id != node.mem_id)


def _anchor(control: "LexborNode") -> str:
    href = control.attributes.get("href") or ""
    return href if href[:1] == "#" else ""


def _upwards(node: "LexborNode") -> Iterator["LexborNode"]:
    above: LexborNode | None = node
    while above is not None:
        yield above
        above = above.parent
