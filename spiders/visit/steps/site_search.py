"""Step 6: search a site for what is missing, by search addresses that it links itself; no form is submitted. Pure."""

import re
from urllib.parse import parse_qsl, quote_plus, urlsplit, urlunsplit

from prober.domain.search_protocol import ProtocolStep
from prober.text.patterns import linear
from spiders.visit.state import VisitState
from spiders.visit.step import WORTH, SeenPage, VisitStep
from spiders.visit.urls import canonical

FOUND_BY = "search"
_PARAMETER = linear(r"(?:q|s|kw|key-?words?|tu-?khoa|search(?:_?(?:word|text|key|query|phrase))?)", re.IGNORECASE)
_VAGUE_PARAMETER = linear(r"(?:key|text|query|term)", re.IGNORECASE)
_SEARCH_PATH = linear(r"tim-?kiem|search|seek|tra-?cuu", re.IGNORECASE)
_START_PAGE = linear(r"/(?:(?:index|default|home)\.\w{2,5})?", re.IGNORECASE)  # some systems search at their start page
_TOKEN = linear(r"[0-9a-f]{12,}|\S{30,}", re.IGNORECASE)


class SiteSearch:
    """Search for each kind that is missing, once."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._words = {kind: its.search for kind, its in state.body.words.links.items() if its.search}
        self._pattern: tuple[str, str] | None = None  # the parts of the address before and after the word
        self._asked: set[str] = set()

    def next_address(self) -> VisitStep | None:
        if self._pattern is None:
            return None
        for kind in sorted((self._state.best.missing() & self._words.keys()) - self._asked):
            self._asked.add(kind)
            before, after = self._pattern
            url, kinds = f"{before}{quote_plus(self._words[kind])}{after}", frozenset({kind})
            if self._state.frontier.mark(url):
                return VisitStep(url, FOUND_BY, {kind: WORTH}, ProtocolStep.SEARCH, kinds, self._words[kind], depth=1)
        return None

    def learn(self, seen: SeenPage) -> None:
        """Learn the pattern from a link to search results."""
        for link in seen.page.links if self._pattern is None else ():
            if self._pattern is None and "=" in link.url and self._state.scope.own(link.url):
                self._pattern = pattern(link.url)

    def drop(self) -> None:
        """Forget the pattern: its addresses lead to the home page, so the site links no search."""
        self._pattern = None


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
