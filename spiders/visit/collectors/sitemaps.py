"""Sitemaps in XML: addresses that may lead to something, without opening the thousands that do not. Pure."""

import re

# No two parts of it can match the same blanks: a file of nothing but blanks must not keep us for ever.
_LOCATION = re.compile(rb"<(?:\w{1,20}:)?loc>(?:\s{0,200}<!\[CDATA\[)?([^<\]]{1,3000})", re.IGNORECASE)
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
        if address := match[1].strip():
            found.append(address.decode("utf-8", "replace").replace("&amp;", "&"))
        if len(found) >= LOCATIONS:
            break
    return found
