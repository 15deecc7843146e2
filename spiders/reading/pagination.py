"""Read the pagination of a list: the addresses of its other pages, in any system. Pure.

Page numbers, links to the next and the last page, rel=next; in the query, the path or an offset. Pagination by scripts
(`__doPostBack`) has no addresses and is not followed: that would submit a form.
"""

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from prober.domain.hostnames import host_of
from prober.domain.pages.elements import Link, absolute
from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import caught
from spiders.reading.page_reading import Pagination
from spiders.visit.urls import SUFFIX, canonical, is_page, page_key

LONGEST = 2_000  # characters of an address
MOST_PAGES = 2_000  # a larger number near a list is a year or a count
FEW = 3  # pages of a list that is read to its end
_ARROWS = {"›": "next", ">": "next", "»": "next", "→": "next", ">>": "last", "»»": "last", ">|": "last", "»|": "last"}
_INTEGER = linear(r"\d+")


@dataclass(frozen=True, slots=True, eq=False)
class PaginationWords:
    """Hold the words of pagers, from the packs: patterns for text without accents, the first four for a whole label."""

    TABLE: ClassVar = "pagination"
    number: re.Pattern[str]  # catches the number of a page
    next: re.Pattern[str]
    last: re.Pattern[str]
    pages: re.Pattern[str]  # catches how many pages there are
    total: re.Pattern[str]  # catches how many entries there are


def read_pagination(page: Page) -> Pagination:
    """Return the pagination of a list; an empty one if the page has none."""
    numbered, following, last = _linked(page)
    pages = _last_page(page, numbered, last) if numbered or following else 0
    return Pagination(numbered, next(iter(following), ""), pages, _total(page))


def next_of_few(page: Page) -> str:
    """Return the address of the next page of a list of at most FEW pages, as far as it shows them; else "".

    Where the words for it ("Xem thêm") lead to several addresses, or to one without a number, they are no pager's.
    """
    numbered, following, last = _linked(page)
    one = len(set(following)) == 1 and _INTEGER.findall(following[0]) != _INTEGER.findall(page.url)
    later = following if one else [url for number, url in sorted(numbered.items()) if number > 1]
    return later[0] if later and _last_page(page, numbered, last) <= FEW else ""


def _linked(page: Page) -> tuple[dict[int, str], list[str], str]:
    """Return what a pager leads to: page number → address, addresses of the next page, address of the last."""
    numbered: dict[int, str] = {}
    leads: dict[str, list[str]] = {"next": [], "last": []}
    said = page.words.table(PaginationWords)
    for link in page.links:
        words = "" if link.dead or len(link.text) > 24 else fold(link.text).strip(" .[]()")
        number = said.number.fullmatch(words) if words else None
        way = "next" if said.next.fullmatch(words) else "last" if said.last.fullmatch(words) else _ARROWS.get(words, "")
        if not words or not (number or way) or not _beside(link, page):
            continue
        place = int(caught(number)) if number else 0
        if 1 <= place <= MOST_PAGES and _numbers(link.url, place):
            numbered.setdefault(place, canonical(link.url))
        elif way:
            leads[way].append(canonical(link.url))
    declared = _declared(page)
    return numbered, [declared] if declared else leads["next"], next(iter(leads["last"][::-1]), "")


def _beside(link: Link, page: Page) -> bool:
    """Return True if a link may lead to another page of the same list: its path is the list's, or continues it."""
    if not link.href or link.scripted or len(link.url) > LONGEST or link.url.startswith("javascript:"):
        return False
    if not page.host or host_of(link.url) != page.host:
        return False
    here, there = urlsplit(page.url), urlsplit(link.url)
    stem = _skeleton(SUFFIX.sub("", here.path.rstrip("/")))
    near = _skeleton(there.path).startswith(stem.rstrip("#/-"))
    return near and is_page(link.url) and page_key(link.url) != page_key(page.url)


def _skeleton(path: str) -> str:
    return _INTEGER.sub("#", path)


def _numbers(url: str, number: int) -> bool:
    """Return True if an address contains its page's number, the number before, or an offset; page 1 needs none."""
    parts = urlsplit(url)
    values = [int(value) for value in _INTEGER.findall(f"{parts.path}?{parts.query}")]
    if number == 1:
        return True
    return any(value in (number, number - 1) or (value and value % (number - 1) == 0) for value in values)


def _declared(page: Page) -> str:
    node = page.tree.css_first("link[rel~='next'][href], a[rel~='next'][href]")
    if node is None:
        return ""
    url = absolute(page.base, (node.attributes["href"] or "").strip())
    own = host_of(url) == page.host != "" and is_page(url) and page_key(url) != page_key(page.url)
    return canonical(url) if own else ""


def _last_page(page: Page, numbered: dict[int, str], last: str) -> int:
    said = [int(caught(match)) for match in page.words.table(PaginationWords).pages.finditer(page.folded)]
    if said and said[-1] <= MOST_PAGES:
        return said[-1]
    highest = max(numbered, default=0)
    if not last:
        return highest
    linked = Pagination(numbered)
    for value in sorted({int(value) for value in _INTEGER.findall(last)}):
        for number in (value, value + 1):  # some count from 0
            if highest <= number <= MOST_PAGES and page_key(linked.address(number) or "http://-/") == page_key(last):
                return number
    return highest


def _total(page: Page) -> int:
    match = page.words.table(PaginationWords).total.search(page.folded)
    return int(caught(match).replace(".", "").replace(",", "")) if match else 0
