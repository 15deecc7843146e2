"""Sitemaps in XML: addresses that may lead to something, without opening the thousands that do not. Pure."""

import re

_LOCATION = re.compile(rb"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]+?)\s*(?:\]\]>)?\s*</(?:\w+:)?loc>", re.IGNORECASE)
LOCATIONS = 20_000


def is_sitemap(body: bytes) -> bool:
    head = body[:2000].lower()
    return b"<urlset" in head or b"<sitemapindex" in head


def is_index(body: bytes) -> bool:
    return b"<sitemapindex" in body[:2000].lower()


def locations(body: bytes) -> list[str]:
    """Addresses of a sitemap or a sitemap index, in order, at most LOCATIONS; never raises, whatever the bytes are.

    A regular expression and no XML parser: such files come with broken declarations, and entities are a way to attack.

    >>> locations(b"<urlset><url><loc> http://x.gov.vn/a?b=1&amp;c=2 </loc></url></urlset>")
    ['http://x.gov.vn/a?b=1&c=2']
    """
    found = []
    for match in _LOCATION.finditer(body):
        found.append(match[1].decode("utf-8", "replace").replace("&amp;", "&"))
        if len(found) >= LOCATIONS:
            break
    return found
