"""Tell at which place of a page (menu, footer, …) an element is, and make a CSS path to it."""

import re
from functools import lru_cache

from selectolax.lexbor import LexborNode

# Words in an element's tag, id, class or role that tell its place on the page. First match wins.
_PLACES = (
    ("footer", re.compile(r"\b(?:footer|foot|chan ?trang|contentinfo|bottom (?:info|bar|page|content))\b")),
    ("menu", re.compile(r"\b(?:nav|menu|navbar|navigation|topbar|breadcrumbs?|megamenu|submenu|topnav|menubar)\b")),
    ("aside", re.compile(r"\b(?:sidebar|aside|banners?|lien ket|lienket|widget|weblinks?|complementary|quang cao)\b")),
    ("header", re.compile(r"\b(?:header|dau trang|dautrang|masthead|top head)\b")),
    ("main", re.compile(r"\b(?:main content|maincontent|article|entry content|noi dung)\b")),
)  # fmt: skip
# Panels, cards and articles have headers and footers of their own: Bootstrap, WordPress, Liferay.
_PART = re.compile(
    r"\b(?:panel|card|modal|entry|post|article|accordion|comment|portlet)[-_]?(?:footer|header)\b", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
_PLAIN_ID = re.compile(r"[A-Za-z][\w-]*")
# Elements whose tag alone tells the place, whatever share of the page they hold.
PLACES_BY_TAG = frozenset(("footer", "nav", "aside", "header"))


@lru_cache(maxsize=8192)
def place(words: str) -> str:
    """Return the place of an element with this tag, id, class and role; "" where they do not tell."""
    if _PART.search(words):
        words = _PART.sub("", words.partition(" ")[2])  # its tag does not count either: <footer class="entry-footer">
    plain = _CAMEL.sub(" ", words).lower()
    return next((name for name, mark in _PLACES if mark.search(plain)), "")


def css_path(node: LexborNode) -> str:
    """Return a CSS selector that leads to `node`: positions from the nearest ancestor with an id.

    Ids that are not plain identifiers (they need escapes) are passed over.
    """
    steps: list[str] = []
    current: LexborNode | None = node
    while current is not None and (current.tag or "-")[0] not in "-!" and current.tag != "html" and len(steps) < 12:
        name = current.attributes.get("id") or ""
        if _PLAIN_ID.fullmatch(name):
            steps.append(f"#{name}")
            break
        position, before = 1, current.prev
        while before is not None:
            position += before.tag == current.tag
            before = before.prev
        steps.append(current.tag if current.tag == "body" else f"{current.tag}:nth-of-type({position})")
        current = current.parent
    return " > ".join(reversed(steps))
