"""Define a portal technology by the marks by which it is recognised; its usual paths are words of a language."""

import re
from dataclasses import dataclass

from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.words import LinkWords, Words

SITEMAP_PATHS = ("/sitemap.xml",)
OTHER_SITEMAPS = ("/sitemap_index.xml",)  # of a site without one there
_BOUNDED = linear(r"\\b([a-z][a-z_=-]*)")
_LOOKED_AT = 250_000  # characters; marks of a system are in the head and the first blocks


@dataclass(frozen=True, slots=True)
class Platform:
    """One technology. Two different `marks` in the source, or one of `sure`, identify it.

    Its paths (`platforms.toml` of a pack) are tried before the usual ones if no link led to a page, `sitemaps` if none
    is at the usual address. Reading a page does not depend on the technology.
    """

    name: str
    sure: tuple[re.Pattern[str], ...]
    marks: tuple[re.Pattern[str], ...] = ()
    sitemaps: tuple[str, ...] = OTHER_SITEMAPS

    def recognises(self, source: str, url: str) -> bool:
        """Return True if the page at `url` has this technology; both in lower case, as `looked_at` returns them."""
        if any(mark.search(source) or mark.search(url) for mark in self.sure):
            return True
        return sum(1 for mark in self.marks if mark.search(source) or mark.search(url)) >= 2

    def guesses(self, kind: str, words: Words) -> tuple[str, ...]:
        """Return paths at which this technology, then any portal, may have `kind`."""
        own = words.platforms.get(self.name, {}).get(kind, ())
        return tuple(dict.fromkeys((*own, *words.links.get(kind, LinkWords()).paths)))


def looked_at(page: Page) -> tuple[str, str]:
    """Return the part of a page's source that has the marks of systems, and its address, both in lower case."""
    return page.html[:_LOOKED_AT].lower(), page.url.lower()


def marks(*patterns: str) -> tuple[re.Pattern[str], ...]:
    r"""Compile marks for source in lower case, whatever their own case.

    A search for \bms- tests each letter of a page twice; one that begins with "ms-" jumps from match to match. So does
    each of two marks, where one pattern of both would not.
    """
    return tuple(linear(_BOUNDED.sub(r"\1(?<=\\b\1)", pattern.lower())) for pattern in patterns)
