"""Search a site for what is missing, by search addresses that it links itself; no form is submitted. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote_plus, urlsplit, urlunsplit

from prober.detectors.link_labels import SEARCHES
from prober.domain.indicator import Kind
from prober.text.patterns import linear
from spiders.download.host_groups import Scope
from spiders.reading.page_reading import LinkReading
from spiders.visit.link_candidates import WORTH
from spiders.visit.step import Step
from spiders.visit.urls import canonical

FOUND_BY = "search"
_PARAMETER = linear(r"(?:q|s|kw|key-?words?|tu-?khoa|search(?:_?(?:word|text|key|query|phrase))?)", re.IGNORECASE)
_VAGUE_PARAMETER = linear(r"(?:key|text|query|term)", re.IGNORECASE)
_SEARCH_PATH = linear(r"tim-?kiem|search", re.IGNORECASE)


class SiteSearch:
    """The pattern of search addresses of one site, learned from its links."""

    def __init__(self) -> None:
        self._pattern: tuple[str, str] | None = None  # the parts of the address before and after the word
        self._asked: set[Kind] = set()

    def note(self, link: LinkReading, scope: Scope) -> None:
        """Learn the pattern from a link to search results."""
        if self._pattern is None and "=" in link.url and scope.own(link.url):
            self._pattern = pattern(link.url)

    def steps(self, wanted: frozenset[Kind]) -> Iterator[Step]:
        """Yield one search for each kind of `wanted` that was not searched for yet."""
        for kind in sorted(wanted & SEARCHES.keys() - self._asked) if self._pattern else ():
            self._asked.add(kind)
            before, after = self._pattern or ("", "")
            yield Step(f"{before}{quote_plus(SEARCHES[kind])}{after}", FOUND_BY, {kind: WORTH}, depth=1, guess=True)

    def tried(self, wanted: frozenset[Kind]) -> bool:
        """Return True if the site was searched for `wanted`, or links no search."""
        return self._pattern is None or wanted & SEARCHES.keys() <= self._asked


def pattern(url: str) -> tuple[str, str] | None:
    """Return the parts before and after the word in a search address; None for any other address.

    >>> pattern("http://x.gov.vn/tim-kiem?loai=1&q=ng%C3%A2n+s%C3%A1ch#ket-qua")
    ('http://x.gov.vn/tim-kiem?loai=1&q=', '')
    """
    try:
        parts = urlsplit(canonical(url))
    except ValueError:
        return None
    pieces = parts.query.split("&")
    for place, (name, value) in enumerate(parse_qsl(parts.query, keep_blank_values=True)):
        named = _PARAMETER.fullmatch(name) or (_VAGUE_PARAMETER.fullmatch(name) and _SEARCH_PATH.search(parts.path))
        if named and any(letter.isalpha() for letter in value) and place < len(pieces):
            stem = urlunsplit(parts._replace(query=""))
            before = "&".join([*pieces[:place], f"{pieces[place].partition('=')[0]}="])
            return f"{stem}?{before}", "".join(f"&{piece}" for piece in pieces[place + 1 :])
    return None
