"""What the crawler knows about a portal technology: how to tell it, and where such portals keep things."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from prober.domain.finding import Kind
from prober.domain.page import Page

# Paths that Vietnamese portals use whatever runs them (docs/reference/registry.md#technologies).
USUAL_PATHS: Mapping[Kind, tuple[str, ...]] = {
    Kind.QA: ("/hoi-dap", "/hoidap"),
    Kind.EMAIL: ("/lien-he", "/lienhe"),
    Kind.ACCESS: ("/tiep-can-thong-tin",),
    Kind.BUDGET: ("/cong-khai-ngan-sach",),
}
SITEMAP_PATHS = ("/sitemap.xml",)
_BOUNDED = re.compile(r"\\b([a-z][a-z_=-]*)")
_LOOKED_AT = 250_000  # characters; marks of a system stand in the head and the first blocks


@dataclass(frozen=True, slots=True)
class Platform:
    """One technology. `marks` are looked for in the source; two different ones, or one of `sure`, identify it.

    `paths` are tried before the usual ones when no link led anywhere. How a page is read does not depend on it.
    """

    name: str
    sure: re.Pattern[str]
    marks: tuple[re.Pattern[str], ...] = ()
    paths: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)

    def recognises(self, source: str, url: str) -> bool:
        """Whether the page at `url` is of this technology; both lower case, as `looked_at` gives them."""
        if self.sure.search(source) or self.sure.search(url):
            return True
        return sum(1 for mark in self.marks if mark.search(source) or mark.search(url)) >= 2

    def guesses(self, kind: Kind) -> tuple[str, ...]:
        """Paths at which this technology, then any portal, may keep `kind`."""
        return tuple(dict.fromkeys((*self.paths.get(kind, ()), *USUAL_PATHS.get(kind, ()))))


def looked_at(page: Page) -> tuple[str, str]:
    """The part of a page's source in which systems leave their marks, and its address."""
    return page.html[:_LOOKED_AT].lower(), page.url.lower()


def marks(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(sure, patterns))


def sure(pattern: str) -> re.Pattern[str]:
    r"""Compile a mark for source in lower case, whatever the mark's own case.

    A search for \bms- looks twice at each letter of a page; one that begins with "ms-" jumps from one to the next.
    """
    return re.compile(_BOUNDED.sub(r"\1(?<=\\b\1)", pattern.lower()))
