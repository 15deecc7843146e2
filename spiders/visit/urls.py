"""Normalise addresses: one spelling for fetching, one key for "the same page"; and recognise pages. Pure.

`canonical` gives the spelling that is requested and stored. `page_key` is coarser: addresses with one key are one page.
"""

import posixpath
import re
from collections import Counter
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from prober.text.patterns import linear

PATH_LIMIT = 300

_SESSION_PARAMETER = linear(
    r"^(jsessionid|phpsessid|aspsessionid\w*|oscsid|sessionid|session_id|sid|cfid|cftoken|nv_?sid"
    r"|utm_\w+|fbclid|gclid|msclkid|zarsrc|_ga|_gl|mc_[ce]id|ref_src|igshid|yclid"
    r"|p_auth|p_p_state(_rcv)?|p_p_mode|p_p_lifecycle|p_p_col_(id|pos|count)|p_p_cacheability|p_l_back_url"
    r"|initialtabid|visibilitycontext|_t|_dc|timestamp|rnd|nocache)$",
    re.IGNORECASE,
)
_SESSION_PATH = linear(r"(;(jsessionid|phpsessid|sid)=[^/?#;]*)|(/\((?:[SAF]\([\w-]+\))+\))", re.IGNORECASE)
_PORTLET_STATE = linear(r"^(/wps/(?:my)?portal/.+?)/!ut/.*$", re.IGNORECASE)
_CALENDAR = linear(
    r"(?:^|[/&?])(?:calendar|lich|lich-cong-tac|lichcongtac)(?:[/?&=]|$)|[?&](?:month|thang|week|tuan)=\d",
    re.IGNORECASE,
)
_DOCUMENT = linear(
    r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|zip|rar|7z|gz|jpe?g|png|gif|bmp|svg|webp|ico|mp[34]|avi|wmv|flv|mov|css|js|json|rss|exe|apk)(?:/|$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def canonical(url: str) -> str:
    """Return a URL without parts of this visit only: session, tracking, portlet state, fragment. Idempotent.

    >>> canonical("HTTP://CaMau.gov.vn:80/a/../hoi-dap;jsessionid=1F?b=2&utm_source=x&a=1#top")
    'http://camau.gov.vn/hoi-dap?b=2&a=1'
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    netloc = host if port in (None, 80 if parts.scheme.lower() == "http" else 443) else f"{host}:{port}"
    path = _canonical_path(parts.path)
    while (shorter := _canonical_path(path)) != path:  # a removed part may have split another part to be removed
        path = shorter
    kept = [part for part in parts.query.split("&") if part and not _SESSION_PARAMETER.match(part.partition("=")[0])]
    return urlunsplit((parts.scheme.lower(), netloc, path or "/", "&".join(kept), ""))


def _canonical_path(path: str) -> str:
    if ";" in path or "/(" in path:
        path = _SESSION_PATH.sub("", path)
    if "/!" in path:
        path = _PORTLET_STATE.sub(r"\1", path)
    path = "/" + path.removeprefix("/")
    if "/." in path or "//" in path:
        slash = path.endswith(("/", "/.", "/.."))
        path = "/" + posixpath.normpath(path).lstrip("/")
        path += "/" if slash and path != "/" else ""
    return path


@lru_cache(maxsize=2048)
def page_key(url: str) -> str:
    """Return a key that all addresses of one page share: no scheme, no www., sorted parameters, no default page.

    >>> page_key("https://www.camau.gov.vn/index.html?b=2&a=1") == page_key("http://camau.gov.vn/?a=1&b=2")
    True
    """
    parts = urlsplit(canonical(url))
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    path = re.sub(r"/(?:index\.(?:html?|php|aspx|jsp)|default\.aspx|home\.aspx)$", "/", unquote(parts.path), flags=re.I)
    return f"{parts.netloc.removeprefix('www.')}{path.rstrip('/')}?{query}"


def shape(url: str) -> str:
    """Return the pattern of an address: numbers and long words replaced, equal for pages of one generator.

    >>> shape("https://x.gov.vn/lich/2019/05?ngay=3")
    'x.gov.vn/lich/N/N?ngay'
    """
    parts = urlsplit(url)
    path = re.sub(r"[^/]{25,}", "W", re.sub(r"\d+", "N", unquote(parts.path)))
    return f"{parts.netloc}{path}?{'&'.join(sorted({part.partition('=')[0] for part in parts.query.split('&')}))}"


def is_page(url: str) -> bool:
    """Return True if an address may be that of a page: not a file, not too long, not an endless calendar."""
    parts = urlsplit(url)
    if len(parts.path) > PATH_LIMIT or _DOCUMENT.search(parts.path):
        return False
    segments = [segment for segment in parts.path.split("/") if segment]
    repeated = max(Counter(segments).values(), default=0)
    return repeated < 4 and not _CALENDAR.search(f"{parts.path}?{parts.query}")
