"""Where a link in a reply leads: to one document, to a section of a site, or only to its home page.

Only a link to the document itself is an answer. "See our portal" with the address of the home page tells a citizen
nothing (the coding rule of Spáč, Voda and Zagrapan: a link counts if it leads directly to the data).
"""

import re
from enum import StrEnum
from urllib.parse import unquote, urlsplit


class Target(StrEnum):
    """What a URL points to, judged by its shape alone; nothing is fetched."""

    DOCUMENT = "document"
    SECTION = "section"
    HOME = "home"
    ELSEWHERE = "elsewhere"  # social media, web mail, map: never the document


_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|rar|zip|7z|csv|ods|odt|tiff?|jpe?g|png)$", re.IGNORECASE)
_PAGE = re.compile(r"\.(?:html?|aspx?|php|jsp|jspx|do)$", re.IGNORECASE)
_HOME_SEGMENTS = frozenset(
    [
        "home",
        "index",
        "default",
        "trang-chu",
        "trangchu",
        "main",
        "portal",
        "web",
        "guest",
        "vi",
        "vn",
        "vi-vn",
        "en",
        "sites",
        "pages",
        "home-page",
        "homepage",
        "gioi-thieu",
        "lien-he",
        "sitepages",
        "vpub",
    ]
)
_DRIVES = (
    "drive.google.com",
    "docs.google.com",
    "1drv.ms",
    "onedrive.live.com",
    "dropbox.com",
    "fshare.vn",
    "sharepoint.com",
)
_ELSEWHERE = (
    "facebook.com", "fb.com", "zalo.me", "youtube.com", "tiktok.com", "twitter.com", "maps.google.com",
    "goo.gl", "aka.ms",    "avast.com", "avg.com", "google.com", "microsoft.com", "w3.org",
)  # fmt: skip


def target(url: str) -> Target:
    """
    >>> target("https://stc.ca-mau.gov.test/"), target("https://stc.ca-mau.gov.test/cong-khai-ngan-sach")
    (<Target.HOME: 'home'>, <Target.SECTION: 'section'>)
    >>> target("https://stc.ca-mau.gov.test/cong-khai/quyet-toan-ngan-sach-nam-2018.pdf")
    <Target.DOCUMENT: 'document'>
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return Target.ELSEWHERE
    if _within(host, _DRIVES):
        return Target.DOCUMENT if len(parts.path) > 5 else Target.ELSEWHERE
    if _within(host, _ELSEWHERE) or re.match(r"(?:mail|email|webmail)\.", host):
        return Target.ELSEWHERE
    segments = [unquote(segment).lower() for segment in parts.path.split("/") if segment]
    if segments and _FILE.search(segments[-1]):
        return Target.DOCUMENT
    names = [name for segment in segments if (name := _PAGE.sub("", segment)) not in _HOME_SEGMENTS]
    identified = bool(
        re.search(
            r"(?:id|item|doc|news|articleid|vanban|p)\w*=\w*\d", parts.query + "&" + parts.fragment, re.IGNORECASE
        )
    )
    if not names:
        return Target.DOCUMENT if identified else Target.HOME
    return Target.DOCUMENT if identified or _is_document(names) else Target.SECTION


def _is_document(names: list[str]) -> bool:
    """A number that is no year alone, or a title: many words in the last part of the path."""
    last = names[-1]
    words = [word for word in re.split(r"[-_+ ]+", last) if word]
    if re.search(r"\d{3,}", re.sub(r"(?:19|20)\d\d", "", "/".join(names))):
        return True
    dated = bool(re.search(r"(?:19|20)\d\d", last))
    return len(words) >= 7 or (dated and len(words) >= 4) or (dated and len(names) >= 2 and len(words) >= 3)


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)
