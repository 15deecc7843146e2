"""Read where the elements of a page lead: plain addresses, and those that a script was given."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin

from prober.text.patterns import linear

Attributes = dict[str, str | None]
LONGEST_URL = 2_000  # characters; a longer address leads to no page that is opened
_OPENS_NOTHING = "javascript:"
_ORIGIN = linear(r"https?://[^/?#]+")
_TARGET = linear(r"""(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|open\(|href\s*=)\s*['"]([^'"]+)['"]""")
# The same of a function of the page's own: `openPage('/hoi-dap')`.
_ARGUMENT = linear(r"""[(,]\s*['"]((?:/(?!/)|https?://)[^'"\s]+)['"]""")
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
        return self.href.startswith(_ROUTE) or self.href[:11].lower() == "javascript:"


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


def script_target(href: str, onclick: str) -> str:
    """Return the address in `javascript:` or an onclick handler; "" if the link has a plain one or none can be read."""
    if not leads_nowhere(href) and not href[:11].lower().startswith("javascript:"):
        return ""
    found = _TARGET.search(href) or _TARGET.search(onclick) or _ARGUMENT.search(href) or _ARGUMENT.search(onclick)
    return found[1] if found else ""


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
