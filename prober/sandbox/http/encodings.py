"""Encode pages as sites do, rightly and wrongly, and make the responses that carry them."""

import gzip
import unicodedata
from functools import cache
from re import compile as pattern

from prober.sandbox.http.site_messages import Response

_HREF = pattern(r'href="([^"]+)"')
_ROOTED = pattern(r'(href|src|action)="/(?!/)')
BOMB_BYTES = 64 * 1024 * 1024


def encoded(page: str, quirks: frozenset[str]) -> bytes:
    """Return the page in the site's encoding, with its links in the site's own form."""
    if "entity-links" in quirks:
        page = _HREF.sub(lambda found: f'href="{_entities(found[1])}"', page)
    if "base-href" in quirks:
        page = _ROOTED.sub(lambda found: f'{found[1]}="', page)
    if "nfd" in quirks:
        page = unicodedata.normalize("NFD", page)
    if "windows-1258" in quirks:
        return windows_1258(page)
    return page.encode()


def windows_1258(page: str) -> bytes:
    """Return Vietnamese text in cp1258: a vowel with its own sign is one byte, its combining tone mark a second.

    A character that the code page lacks becomes a character reference, as editors of the time wrote it.
    """
    return "".join(_toned(letter) for letter in page).encode("cp1258", "xmlcharrefreplace")


@cache
def _toned(letter: str) -> str:
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        tones = "\u0300\u0301\u0303\u0309\u0323"
        marks = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in marks if mark in tones)
        return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones)) + tone
    return letter


def _entities(href: str) -> str:
    """Return the address with every other character as a number; existing references stay."""
    if "&" in href:
        return href
    return "".join(f"&#{ord(letter)};" if position % 2 else letter for position, letter in enumerate(href))


def html(body: bytes, quirks: frozenset[str], status: int = 200) -> Response:
    """Return a page with the Content-Type that the site sends."""
    charset = (
        "" if "no-charset" in quirks else "; charset=windows-1258" if "windows-1258" in quirks else "; charset=utf-8"
    )
    return Response(status, (("Content-Type", f"text/html{charset}"), ("Cache-Control", "private, max-age=0")), body)


def text(body: str, kind: str, status: int = 200) -> Response:
    return Response(status, (("Content-Type", f"{kind}; charset=utf-8"),), body.encode())


def data(body: bytes, kind: str) -> Response:
    return Response(200, (("Content-Type", kind),), body)


def redirect(target: str, status: int = 301) -> Response:
    body = f'<html><head><title>Moved</title></head><body><a href="{target}">Moved</a></body></html>'
    return Response(status, (("Location", target), ("Content-Type", "text/html")), body.encode())


@cache
def bomb() -> Response:
    """Return a gzip body of some 64 KB that inflates to 64 MB."""
    body = gzip.compress(b"<p>" + b" " * BOMB_BYTES + b"</p>", 9, mtime=0)
    return Response(200, (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")), body)
