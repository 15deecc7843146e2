"""What the crawler knows about a portal technology: how to tell it, and where such portals keep things."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from prober.finding import Kind
from prober.page import Page

# Paths that Vietnamese portals use whatever runs them (reference page on wording, section 0, and on the registry).
USUAL_PATHS: Mapping[Kind, tuple[str, ...]] = {
    Kind.QA: ("/hoi-dap", "/hoidap"),
    Kind.EMAIL: ("/lien-he", "/lienhe"),
    Kind.ACCESS: ("/tiep-can-thong-tin",),
    Kind.BUDGET: ("/cong-khai-ngan-sach",),
}
SITEMAP_PATHS = ("/sitemap.xml",)
_LOOKED_AT = 250_000  # characters; marks of a system stand in the head and the first blocks


@dataclass(frozen=True, slots=True)
class Platform:
    """One technology. `marks` are looked for in the source; two different ones, or one of `sure`, identify it.

    `paths` are tried before the usual ones when no link led anywhere; `rows` selects entries of a list of questions.
    """

    name: str
    sure: re.Pattern[str]
    marks: tuple[re.Pattern[str], ...] = ()
    paths: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    rows: str = ""

    def recognises(self, page: Page) -> bool:
        source = page.html[:_LOOKED_AT]
        if self.sure.search(source) or self.sure.search(page.url):
            return True
        return sum(1 for mark in self.marks if mark.search(source) or mark.search(page.url)) >= 2

    def guesses(self, kind: Kind) -> tuple[str, ...]:
        """Paths at which this technology, then any portal, may keep `kind`."""
        return tuple(dict.fromkeys((*self.paths.get(kind, ()), *USUAL_PATHS.get(kind, ()))))


def marks(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def sure(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
