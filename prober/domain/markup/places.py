"""Tell an element's place on a page, such as its footer or its menu, by what the element is called."""

import re
from functools import lru_cache

from prober.text.patterns import linear

# Words in an element's tag, id, class or role that tell its place on the page. First match wins.
_PLACES = (
    ("footer", linear(r"\b(?:footer|foot|chan ?trang|contentinfo|bottom (?:info|bar|page|content))\b")),
    ("menu", linear(r"\b(?:nav|navbar|navigation|topbar|breadcrumbs?|topnav)\b|menu[a-z]*\b")),
    ("aside", linear(r"\b(?:sidebar|aside|banners?|lien ket|lienket|widget|weblinks?|complementary|quang cao)\b")),
    ("header", linear(r"\b(?:header|dau trang|dautrang|masthead|top head)\b")),
    ("main", linear(r"\b(?:main content|maincontent|article|entry content|noi dung)\b")),
)  # fmt: skip
# Panels, cards and articles have headers and footers of their own: Bootstrap, WordPress, Liferay. Its articles stand
# anywhere on a page, in the banner too.
_PART = linear(
    r"\b(?:(?:panel|card|modal|entry|post|article|accordion|comment|portlet)[-_]?(?:footer|header)"
    r"|journal-content-article)\b",
    re.IGNORECASE,
)
_CAMEL = linear(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
# Elements whose tag alone tells the place, whatever share of the page they hold.
PLACES_BY_TAG = frozenset(("footer", "nav", "aside", "header"))


@lru_cache(maxsize=8192)
def place_named(words: str) -> str:
    """Return the place of an element with this tag, id, class and role; "" where they do not tell."""
    if _PART.search(words):
        words = _PART.sub("", words.partition(" ")[2])  # its tag does not count either: <footer class="entry-footer">
    plain = _CAMEL.sub(" ", words).lower()
    found = next((name for name, mark in _PLACES if mark.search(plain)), "")
    return "header" if found == "aside" and plain.startswith("header") else found  # role="banner"
