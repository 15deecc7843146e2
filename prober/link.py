"""A link of a page as a value, and how the address that it leads to is read from what is written."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

_ORIGIN = re.compile(r"https?://[^/?#]+")
_TARGET = re.compile(
    r"""(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|open\(|href\s*=)\s*['"]([^'"]+)['"]"""
)
_DEAD = frozenset(("", "#", "#!", "javascript:;", "javascript:void(0)", "javascript:void(0);", "javascript:"))
_KEPT_SITES = 100  # that are visited at the same time
_KEPT = 256  # links of a site that are kept: those of its first page, hence its menus


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page. `url` is absolute; `text` is its visible text, or the title or image text where it has none.

    A script target ("location.href = …") counts as the link's address. `url` of a dead link ("#") is the page itself.
    """

    url: str
    text: str
    place: str  # menu, footer, header, aside, frame, refresh, select or main
    href: str  # as written
    dead: bool = field(init=False, compare=False)  # a click leads nowhere: "#", an empty address, an empty script

    def __post_init__(self) -> None:
        object.__setattr__(self, "dead", leads_nowhere(self.href))


class Linked:
    """Makes the links of a page with the base address `base`.

    Menu and footer of a site are the same on all its pages, so each of their links is made once: an address that is
    written from its slash or its scheme depends on the page's origin at most.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        origin = _ORIGIN.match(base)
        self._known = _known_links(origin[0] if origin else base)

    def __call__(self, href: str, text: str, place: str, onclick: str = "") -> Link:
        """The link with these `href` and `text`, which may have blanks around and in them."""
        written = (href, text, place, onclick)
        link = self._known.get(written) or self._known.get((*written, self._base))
        if link is None:
            clean = " ".join(text.split())
            link = self._made(href.strip(), text if text == clean else clean, place, onclick, written)
        return link

    def _made(self, href: str, text: str, place: str, onclick: str, written: tuple[str, ...]) -> Link:
        target = script_target(href, onclick) or href
        link = Link(absolute(self._base, target), text, place, target)
        if len(self._known) < _KEPT:
            rooted = href[:1] == "/" or (href.startswith(("http://", "https://")) and "/" in href[8:])
            self._known[written if rooted else (*written, self._base)] = link
        return link


_sites: dict[str, dict[tuple[str, ...], Link]] = {}  # in the order of use


def _known_links(origin: str) -> dict[tuple[str, ...], Link]:
    known = _sites[origin] = _sites.pop(origin, {})
    if len(_sites) > _KEPT_SITES:
        del _sites[next(iter(_sites))]
    return known


def forget(url: str) -> None:
    """Drop what is kept of the site of `url`: nobody is going to read another page of it."""
    origin = _ORIGIN.match(url)
    _sites.pop(origin[0] if origin else url, None)


def leads_nowhere(href: str) -> bool:
    """Whether an address as written is that of a dead link."""
    return href.replace(" ", "").lower() in _DEAD


def script_target(href: str, onclick: str) -> str:
    """The address in `javascript:` or in an onclick handler, "" if the link has a plain one or none can be read."""
    if not leads_nowhere(href) and not href[:11].lower().startswith("javascript:"):
        return ""
    found = _TARGET.search(href) or _TARGET.search(onclick)
    return found[1] if found else ""


def absolute(base: str, href: str) -> str:
    """`href` seen from `base`. Most links of a page need no more than its origin before them."""
    if "/." not in href and "\n" not in href:
        if href.startswith(("http://", "https://")) and "/" in href[8:]:
            return href
        if href.startswith("/") and not href.startswith("//"):
            origin = _ORIGIN.match(base)
            if origin:
                return f"{origin[0]}{href}"
    try:
        return urljoin(base, href)
    except ValueError:  # malformed IPv6 literal and the like: kept as written, nobody will fetch it
        return href
