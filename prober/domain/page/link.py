"""Represent a link of a page, and resolve its address from the written one."""

import re
from typing import NamedTuple
from urllib.parse import urljoin

_ORIGIN = re.compile(r"https?://[^/?#]+")
_TARGET = re.compile(
    r"""(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|open\(|href\s*=)\s*['"]([^'"]+)['"]"""
)
_DEAD = frozenset(("", "#", "#!", "javascript:;", "javascript:void(0)", "javascript:void(0);", "javascript:"))
_KEPT_SITES = 100  # sites visited at the same time
_KEPT = 256  # cached links of a site: those of its first page, hence its menus


class _Fields(NamedTuple):
    url: str
    text: str
    place: str  # menu, footer, header, aside, frame, refresh, select or main
    href: str  # as written
    dead: bool  # a click leads nowhere: "#", an empty address, an empty script


class Link(_Fields):
    """One link of a page. `url` is absolute; `text` is its visible text, else its title or image text.

    A script target ("location.href = …") counts as the link's address. `url` of a dead link ("#") is the page itself.
    """

    __slots__ = ()

    def __new__(cls, url: str, text: str, place: str, href: str) -> "Link":
        return tuple.__new__(cls, (url, text, place, href, leads_nowhere(href)))


class Linked:
    """A factory of the links of a page with the base address `base`.

    Menu and footer of a site are the same on all its pages, so each of their links is made once: an address that is
    written from its slash or its scheme depends on the page's origin at most.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        origin = _ORIGIN.match(base)
        self._origin = origin[0] if origin else ""
        self._known = _known_links(self._origin or base)

    def __call__(self, href: str, text: str, place: str, onclick: str = "") -> Link:
        """Return the link with these `href` and `text`, which may have blanks around and in them."""
        written = (href, text, place, onclick)
        link = self._known.get(written)
        return self._made(written) if link is None else link

    def _made(self, written: tuple[str, str, str, str]) -> Link:
        href, text, place, onclick = written
        href, clean = href.strip(), " ".join(text.split())
        text = text if text == clean else clean  # one string for both, where they are the same
        if href[:1] == "/" or (href[:4] == "http" and href.startswith(("http://", "https://")) and "/" in href[8:]):
            # The same value as Link(), at half the time: such an address is neither dead nor a script.
            link: Link = tuple.__new__(Link, (self._absolute(href), text, place, href, False))
            return self._kept(written, link)
        key = (*written, self._base)
        known = self._known.get(key)
        if known is not None:
            return known
        target = script_target(href, onclick) or href
        return self._kept(key, Link(absolute(self._base, target), text, place, target))

    def _kept(self, key: tuple[str, ...], link: Link) -> Link:
        if len(self._known) < _KEPT:
            self._known[key] = link
        return link

    def _absolute(self, href: str) -> str:
        """Return `absolute(base, href)` without finding the origin again: most links begin with a slash."""
        if self._origin and href[:1] == "/" and href[1:2] != "/" and "/." not in href and "\n" not in href:
            return self._origin + href
        return absolute(self._base, href)


_sites: dict[str, dict[tuple[str, ...], Link]] = {}  # least recently used first


def _known_links(origin: str) -> dict[tuple[str, ...], Link]:
    known = _sites[origin] = _sites.pop(origin, {})
    if len(_sites) > _KEPT_SITES:
        del _sites[next(iter(_sites))]
    return known


def forget(url: str) -> None:
    """Drop the cached links of the site of `url`, once its visit is over."""
    origin = _ORIGIN.match(url)
    _sites.pop(origin[0] if origin else url, None)


def leads_nowhere(href: str) -> bool:
    """Return True if an address as written is that of a dead link."""
    return href[:1] != "/" and href[:4] != "http" and href.replace(" ", "").lower() in _DEAD


def script_target(href: str, onclick: str) -> str:
    """Return the address in `javascript:` or an onclick handler; "" if the link has a plain one or none can be read."""
    if not leads_nowhere(href) and not href[:11].lower().startswith("javascript:"):
        return ""
    found = _TARGET.search(href) or _TARGET.search(onclick)
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
