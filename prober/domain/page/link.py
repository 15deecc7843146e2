"""Represent a link of a page, and resolve its address from the written one."""

import re
from typing import NamedTuple
from urllib.parse import urljoin

_ORIGIN = re.compile(r"https?://[^/?#]+")
_TARGET = re.compile(
    r"""(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|open\(|href\s*=)\s*['"]([^'"]+)['"]"""
)
_DEAD = frozenset(("", "#", "#!", "javascript:;", "javascript:void(0)", "javascript:void(0);", "javascript:"))


class Link(NamedTuple):
    """One link of a page. A script target ("location.href = …") counts as the link's address."""

    url: str  # absolute; for a dead link ("#") the page itself
    text: str  # the visible text, else the title or image text
    place: str  # menu, footer, header, aside, frame, refresh, select or main
    href: str  # as written

    @property
    def dead(self) -> bool:
        """Return True if a click leads nowhere: "#", an empty address, an empty script."""
        return leads_nowhere(self.href)


def read_link(base: str, href: str, text: str, place: str, onclick: str = "") -> Link:
    """Return the link with these attributes on a page with the base address `base`, without the blanks around them."""
    href = href.strip()
    target = script_target(href, onclick) or href
    return Link(absolute(base, target), " ".join(text.split()), place, target)


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
