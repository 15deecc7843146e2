"""Search a site for what is missing, by search addresses that it links itself; no form is submitted. Pure."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote_plus, urlsplit, urlunsplit

from prober.domain.hostnames import Scope
from prober.text.patterns import linear
from prober.text.words import Words
from spiders.reading.page_reading import LinkReading
from spiders.visit.link_candidates import SEARCH
from spiders.visit.step import WORTH, VisitStep
from spiders.visit.urls import canonical

FOUND_BY = "search"
_PARAMETER = linear(r"(?:q|s|kw|key-?words?|tu-?khoa|search(?:_?(?:word|text|key|query|phrase))?)", re.IGNORECASE)
_VAGUE_PARAMETER = linear(r"(?:key|text|query|term)", re.IGNORECASE)
_SEARCH_PATH = linear(r"tim-?kiem|search|seek|tra-?cuu", re.IGNORECASE)
_START_PAGE = linear(r"/(?:(?:index|default|home)\.\w{2,5})?", re.IGNORECASE)  # some systems search at their start page
_TOKEN = linear(r"[0-9a-f]{12,}|\S{30,}", re.IGNORECASE)


class SiteSearch:
    """The pattern of search addresses of one site, learned from its links, and what became of the searches."""

    def __init__(self, words: Words) -> None:
        self._words = {kind: its.search for kind, its in words.links.items() if its.search}
        self._pattern: tuple[str, str] | None = None  # the parts of the address before and after the word
        self._asked: set[str] = set()
        self._answered: set[str] = set()

    def note(self, link: LinkReading, scope: Scope) -> None:
        """Learn the pattern from a link to search results."""
        if self._pattern is None and "=" in link.url and scope.own(link.url):
            self._pattern = pattern(link.url)

    def steps(self, wanted: frozenset[str]) -> Iterator[VisitStep]:
        """Yield one search for each kind of `wanted` that was not searched for yet."""
        for kind in sorted(wanted & self._words.keys() - self._asked) if self._pattern else ():
            self._asked.add(kind)
            before, after = self._pattern or ("", "")
            url = f"{before}{quote_plus(self._words[kind])}{after}"
            yield VisitStep(url, FOUND_BY, {kind: WORTH}, depth=1, guess=True, place=SEARCH)

    def asked(self, wanted: frozenset[str]) -> bool:
        """Return True if the site was searched for `wanted`, or links no search."""
        return self._pattern is None or wanted & self._words.keys() <= self._asked

    def settle(self, kinds: Iterable[str]) -> None:
        """Record that a page of results answered for `kinds`, or that links to them were opened and need no search."""
        self._answered.update(kinds)

    def drop(self) -> None:
        """Forget the pattern: its addresses lead to no results, so the site links no search."""
        self._pattern = None

    def tried(self, wanted: frozenset[str]) -> bool:
        """Return True if pages of results answered for `wanted`, or the site links no search."""
        return self._pattern is None or wanted & self._words.keys() <= self._answered


def pattern(url: str) -> tuple[str, str] | None:
    """Return the parts before and after the word in a search address; None for any other address.

    The address itself says that it searches, or is that of the site's start page; a counter of clicks or a feed with
    such a parameter is no search. The word is one: a token is not.

    >>> pattern("http://x.gov.vn/tim-kiem?loai=1&q=ng%C3%A2n+s%C3%A1ch#ket-qua")
    ('http://x.gov.vn/tim-kiem?loai=1&q=', '')
    """
    try:
        parts = urlsplit(canonical(url))
    except ValueError:
        return None
    pieces = parts.query.split("&")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    for place, (name, value) in enumerate(pairs):
        others = "&".join(f"{key}={said}" for key, said in pairs if key != name)
        says = _SEARCH_PATH.search(parts.path) or _SEARCH_PATH.search(others)
        named = _PARAMETER.fullmatch(name) and (says or _START_PAGE.fullmatch(parts.path))
        worded = any(letter.isalpha() for letter in value) and not _TOKEN.fullmatch(value)
        if (named or (says and _VAGUE_PARAMETER.fullmatch(name))) and worded and place < len(pieces):
            stem = urlunsplit(parts._replace(query=""))
            before = "&".join([*pieces[:place], f"{pieces[place].partition('=')[0]}="])
            return f"{stem}?{before}", "".join(f"&{piece}" for piece in pieces[place + 1 :])
    return None
