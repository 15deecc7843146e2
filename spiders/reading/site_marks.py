"""Read from a page what tells a site from a notice, a wall, a default page or a listing of files. Pure.

What counts is what is there (language, form, links), and not what a sentence says: sentences have no end.
"""

import hashlib
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from prober.detectors.body import Body
from prober.detectors.doubts import DoubtWords
from prober.detectors.page_state.obstacles import has_empty_menu, loading_blocks, thin
from prober.detectors.questions.qa_section import SectionWords
from prober.domain.elements import Link
from prober.domain.hostnames import host_of
from prober.domain.page import Page, css_path
from prober.text.vietnamese import accented, fold, line_cache
from prober.text.words import Words
from spiders.reading.page_reading import LINE, SiteMarks
from spiders.reading.unfilled import folds_nothing, waits_for_script
from spiders.reading.unlinked import lacks_menu

LISTED = 0.8  # share of a page's own links that have no text but their address: a listing of files
_WHOLE = 2  # fewest blanks in what a department is called, which is no other word
_CUT = ("..>", "…", "...")  # how servers end a file name that is too long for the column


def site_marks(page: Page, body: Body, home: bool = False) -> SiteMarks:
    """Return the marks of one page of the public body `body`; `home`: it is the home page of its site."""
    passwords = tuple(map(css_path, page.tree.css("input[type=password i]")))
    empty, trouble = _telling(page)
    waits = tuple(block.text for block in loading_blocks(page)) if page.rendered else ()  # what never came
    return SiteMarks(
        hashlib.sha256(without_numbers(f"{page.title}\n{page.text}")).hexdigest(),
        _speaks(page, body),
        len({link.href for link in page.links if link.href[:1] == "#" and len(link.href) > 2}),
        _is_listing(page),
        bool(passwords) and thin(page),
        passwords,
        not page.text and page.tree.css_first("img") is not None,
        empty,
        trouble + waits,
        home and (bool(trouble) or waits_for_script(page)),
        home and page.rendered and (folds_nothing(page) or lacks_menu(page) or _waits_for_menu(page)),
    )


def _waits_for_menu(page: Page) -> bool:
    """Return True for a page with a menu that says that it is loading, or an empty one below a head that leads nowhere.

    Beside a head that leads on, an empty one may be for small screens.
    """
    if any(block.place == "menu" for block in loading_blocks(page)):
        return True
    here = page.url.partition("#")[0]
    ways = (link for link in page.links if link.place == "header" and not link.dead and host_of(link.url) == page.host)
    head = {url for link in ways if urlsplit(url := link.url.partition("#")[0]).path.strip("/") and url != here}
    return not head and has_empty_menu(page)


class MarkWords:
    """Tell what folded lines say, by the words of some languages: `words.made(LineWords)`.

    The lines of a site's frame are on each of its pages.
    """

    def __init__(self, words: Words) -> None:
        self._empty, self._trouble = words.table(SectionWords).empty, words.table(DoubtWords).trouble
        self.told = line_cache(self._told)

    def _told(self, line: str) -> tuple[bool, bool]:
        """Return whether a line says that there is nothing yet, and that something failed."""
        return self._empty.search(line) is not None, self._trouble.search(line) is not None


def _telling(page: Page) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines that say that there is nothing yet, and those that say that something failed."""
    told = list(map(page.words.made(MarkWords).told, page.folded_lines))
    if not any(map(any, told)):  # most pages
        return (), ()
    lines = list(zip(page.blocks, told, strict=True))
    empty = tuple(block.text[:LINE] for block, (says, _) in lines if says)
    return empty, tuple(block.text[:LINE] for block, (_, says) in lines if says)


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
    links, below, others = page.links, 0, 0
    for link in links:
        if _leads_below(link, page.host):
            below += 1
            others += not _named_by_address(link)
            if others > (1 - LISTED) * len(links):  # soon, on most pages
                return False
    return below > 0 and others <= (1 - LISTED) * below + 1e-9


def _leads_below(link: Link, host: str) -> bool:
    """Return True if a link leads to a page of this host that is not the folder above."""
    href = link.href
    if link.dead or href[:1] == "?" or href[:2] == ".." or not href.strip("/"):
        return False
    return host_of(link.url) == host


def _named_by_address(link: Link) -> bool:
    """Return True if the text of a link is the last part of its address, as servers write it in listings."""
    text = link.text.strip().rstrip("/")
    if text not in link.href and "%" not in link.href and not text.endswith(_CUT):  # true for most, and faster
        return False
    name = unquote(urlsplit(link.href).path).rstrip("/").rpartition("/")[2]
    stem = next((text.removesuffix(end) for end in _CUT if text.endswith(end)), None)
    return bool(name) and (text == name or (bool(stem) and name.startswith(stem or "")))
