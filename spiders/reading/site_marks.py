"""Read from a page what tells a site from a notice, a login, a default page or a listing of files. Pure.

What counts is what is there (language, form, links), and not what a sentence says: sentences have no end.
"""

import hashlib
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from prober.detectors.body import Body
from prober.detectors.page_state.obstacles import thin
from prober.domain.hostnames import host_of
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Page
from prober.text.vietnamese import accented, fold
from spiders.reading.page_reading import SiteMarks

LISTED = 0.8  # share of a page's own links that have no text but their address: a listing of files
_WHOLE = 2  # fewest blanks in what a department is called, which is no other word
_CUT = ("..>", "…", "...")  # how servers end a file name that is too long for the column


def site_marks(page: Page, body: Body) -> SiteMarks:
    """Return the marks of one page of the public body `body`."""
    return SiteMarks(
        hashlib.sha256(without_numbers(f"{page.title}\n{page.text}")).hexdigest(),
        _speaks(page, body),
        len({link.href for link in page.links if link.href[:1] == "#" and len(link.href) > 2}),
        _is_listing(page),
        thin(page) and page.tree.css_first("input[type=password i]") is not None,
    )


def without_numbers(text: str) -> bytes:
    """Return the bytes of a text without its numbers, which count visitors and days."""
    return text.encode("utf-8", "surrogatepass").translate(None, b"0123456789")


def _speaks(page: Page, body: Body) -> bool:
    """Return True if a page is in the language of the body's name, or names the body, its province, such a department.

    Old sites are written without accents.
    """
    if accented(body.name_vi) and any(accented(block.text) for block in page.blocks if not block.hidden):
        return True
    text = f" {fold(page.title)} {' '.join(page.folded.split())} "
    return any(f" {name} " in text for name in _names(body))


@lru_cache(maxsize=256)
def _names(body: Body) -> tuple[str, ...]:
    called = body.department.called if body.department else ()  # "sở tài chính"
    names = (body.name_vi, body.province_vi, body.province_en, *(name for name in called if name.count(" ") >= _WHOLE))
    return tuple(fold(name) for name in names if name)


def _is_listing(page: Page) -> bool:
    """Return True if nearly all links to the pages below this one are named by the end of their address."""
    below = [link for link in page.links if _leads_below(link, page.host)]
    return bool(below) and sum(map(_named_by_address, below)) >= LISTED * len(below) - 1e-9


def _leads_below(link: Link, host: str) -> bool:
    """Return True if a link leads to a page of this host that is not the folder above."""
    href = link.href
    return not (link.dead or href[:1] == "?" or href[:2] == ".." or not href.strip("/")) and host_of(link.url) == host


def _named_by_address(link: Link) -> bool:
    """Return True if the text of a link is the last part of its address, as servers write it in listings."""
    text = link.text.strip().rstrip("/")
    if text not in link.href and "%" not in link.href and not text.endswith(_CUT):  # true for most, and faster
        return False
    name = unquote(urlsplit(link.href).path).rstrip("/").rpartition("/")[2]
    stem = next((text.removesuffix(end) for end in _CUT if text.endswith(end)), "")
    return bool(name) and (text == name or (bool(stem) and name.startswith(stem)))
