"""Normalise addresses: one spelling for fetching, one key for "the same page"; and recognise pages. Pure.

`canonical` gives the spelling that is requested and stored. `page_key` is coarser: addresses with one key are one page.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Set
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote, unquote_plus, urlencode, urlsplit, urlunsplit

from prober.domain.pages.elements import view
from prober.text.patterns import linear

PATH_LIMIT = 300
SUFFIX = linear(r"\.\w{2,5}$")  # of the last file in a path

_SESSION_PARAMETER = linear(
    r"^(jsessionid|phpsessid|aspsessionid\w*|oscsid|sessionid|session_id|sid|cfid|cftoken|nv_?sid"
    r"|utm_\w+|fbclid|gclid|msclkid|zarsrc|_ga|_gl|mc_[ce]id|ref_src|igshid|yclid"
    r"|p_auth|p_l_back_url|initialtabid|visibilitycontext|_t|_dc|timestamp|rnd|nocache)$",
    re.IGNORECASE,
)
# Parameters that choose how a page is shown (theme, print view, language, state of a portlet), where to return to, or
# prove who asks: the address is requested with them, and is the same page without them.
_VIEW_PARAMETER = linear(
    r"^(nvvithemever|theme|skin|template|tmpl|mobile|viewmode|print|printable|isprint|printmode|pop"
    r"|lang|language|locale|culture|hl|p_p_(state|mode|lifecycle|state_rcv|cacheability|col_(id|pos|count))"
    r"|(nv_?)?redirect(_?(url|to|uri))?|return(_?(url|to)(query)?)?|came_from|back_?url|continue|referr?er"
    r"|_?csrf\w{0,20}|_?token|nonce|checkss)$",
    re.IGNORECASE,
)
_ACTION = linear(r"p_p_lifecycle=[^0]")  # of a portlet, which a crawler does not ask for: it asks for what it shows
_INDEX = linear(r"/(?:index\.(?:html?|php|aspx|jsp)|default\.aspx|home\.aspx)$", re.IGNORECASE)
_NUMBER = linear(r"\d+")
_LONG_WORD = linear(r"[^/]{25,}")
_PRINT_VIEW = linear(r"(?:/|[?&]op=)(?:print|in-bai(?:-viet)?|in-trang|ban-in)(?:/|\.\w{2,5}$|$)", re.IGNORECASE)
_SESSION_PATH = linear(r"(;(jsessionid|phpsessid|sid)=[^/?#;]*)|(/\((?:[SAF]\([\w-]+\))+\))", re.IGNORECASE)
_PORTLET_STATE = linear(r"^(/wps/(?:my)?portal/.+?)/!ut/.*$", re.IGNORECASE)
_CALENDAR = "calendar|lich|lich-cong-tac|lichcongtac"
_CALENDAR_PATH = linear(rf"/(?:{_CALENDAR})(?:/|$)", re.IGNORECASE)
_CALENDAR_QUERY = linear(
    rf"(?:^|[/&?])(?:{_CALENDAR})(?:[/?&=]|$)|(?:^|[&?])(?:month|thang|week|tuan)=\d", re.IGNORECASE
)
_DOCUMENT = linear(
    r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|zip|rar|7z|gz|jpe?g|png|gif|bmp|svg|webp|ico|mp[34]|avi|wmv|flv|mov|css|js|json|rss|exe|apk)(?:/|$)",
    re.IGNORECASE,
)


# Tools of a wiki, on each of its pages: to edit it, its versions, what links to it.
_TOOL = linear(
    r"[?&](?:action=(?:edit|history|info|raw|delete|protect|watch|purge)|oldid=|diff=|veaction="
    r"|do=(?:edit|revisions|diff|backlink|recent|media|login|register|export_\w+))",
    re.IGNORECASE,
)
# Most addresses of a site are canonical as they are written: a plain host and path, without a query.
_PLAIN = linear(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*/(?:[\w~-][\w~.,%-]*/)*(?:[\w~-][\w~.,%-]*)?", re.ASCII)
# The menus of a site are on each of its pages, and several collectors ask of each link: the addresses in the menus of a
# hundred sites that are visited at the same time. With more of them the memory of a crawl would grow.
_KEPT = 4096


@lru_cache(maxsize=_KEPT)
def canonical(url: str) -> str:
    """Return a URL without parts of this visit only: session, tracking, place on the page. Idempotent.

    A view of an application, which stands in the place of the fragment, is part of the address.

    >>> canonical("HTTP://CaMau.gov.vn:80/a/../hoi-dap;jsessionid=1F?b=2&utm_source=x&a=1#top")
    'http://camau.gov.vn/hoi-dap?b=2&a=1'
    """
    if _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    netloc = host if port in (None, 80 if parts.scheme.lower() == "http" else 443) else f"{host}:{port}"
    path = _canonical_path(_escaped(parts.path))
    while (shorter := _canonical_path(path)) != path:  # a removed part may have split another part to be removed
        path = shorter
    kept = [part for part in _escaped(parts.query).split("&") if part and not _says_nothing(part)]
    cleaned = urlunsplit((parts.scheme.lower(), netloc, path or "/", "&".join(kept), _escaped(view(url.strip()))))
    return canonical(cleaned) if cleaned[-1].isspace() else cleaned  # a blank stood before a removed part


def _escaped(text: str) -> str:
    """Return a part of an address with what nobody can see in it escaped, as a browser asks for it."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else quote(each, errors="replace") for each in text)


def _says_nothing(part: str) -> bool:
    return _ACTION.match(part) is not None or _SESSION_PARAMETER.match(part.partition("=")[0]) is not None


def _without_state(path: str) -> str:
    """Return a path without the state of a portal, which some servers need and which may be another each time."""
    return _PORTLET_STATE.sub(r"\1", path) if "/!" in path else path


def _canonical_path(path: str) -> str:
    if ";" in path or "/(" in path:
        path = _SESSION_PATH.sub("", path)
    path = "/" + path.removeprefix("/")
    if "/." in path or "//" in path:
        slash = path.endswith(("/", "/.", "/.."))
        path = "/" + posixpath.normpath(path).lstrip("/")
        path += "/" if slash and path != "/" else ""
    return path


@lru_cache(maxsize=_KEPT)
def page_key(url: str) -> str:
    """Return a key that all addresses of one page share: no scheme, no www., sorted parameters, no default page.

    Parameters for the view alone are left out.

    >>> page_key("https://www.camau.gov.vn/index.html?b=2&a=1&theme=m") == page_key("http://camau.gov.vn/?a=1&b=2")
    True
    """
    parts = urlsplit(canonical(url))
    query = ""
    if parts.query:
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = urlencode(sorted(pair for pair in pairs if not _VIEW_PARAMETER.match(pair[0])))
    path = _INDEX.sub("/", unquote(_without_state(parts.path)))
    shown = f"#{unquote(parts.fragment)}".rstrip("/") if parts.fragment else ""
    return f"{parts.netloc.removeprefix('www.')}{path.rstrip('/')}?{query}{shown}"


def name_of(url: str) -> str:
    """Return the last part of the path of an address, without the name of a default page.

    >>> name_of("http://x.gov.vn/a/hoi-dap/?b=1"), name_of("http://x.gov.vn/a/index.html")
    ('hoi-dap', 'a')
    """
    return page_key(url).partition("?")[0].rpartition("/")[2]


def idle_parameters(url: str, other: str) -> frozenset[str]:
    """Return the names of the parameters that `url` has and `other` lacks, if the addresses differ in nothing else.

    Where both show one page, these parameters change nothing.

    >>> idle_parameters("http://x.gov.vn/a?id=1&view=m", "http://x.gov.vn/a?id=1")
    frozenset({'view'})
    """
    one, two = urlsplit(url), urlsplit(other)
    more = set(parse_qsl(one.query, keep_blank_values=True))
    fewer = set(parse_qsl(two.query, keep_blank_values=True))
    if page_key(without(url, {name for name, _ in more})) != page_key(without(other, {name for name, _ in fewer})):
        return frozenset()
    names = frozenset(name for name, _ in more - fewer)
    return names if fewer < more and not names & {name for name, _ in fewer} else frozenset()


def without(url: str, names: Set[str]) -> str:
    """Return `url` without the parameters of these names."""
    if not names or "?" not in url:
        return url
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if unquote_plus(part.partition("=")[0]) not in names]
    return urlunsplit(parts._replace(query="&".join(kept)))


def shape(url: str) -> str:
    """Return the pattern of an address: numbers and long words replaced, equal for pages of one generator.

    >>> shape("https://x.gov.vn/lich/2019/05?ngay=3")
    'x.gov.vn/lich/N/N?ngay'
    """
    parts = urlsplit(url)
    path = _LONG_WORD.sub("W", _NUMBER.sub("N", unquote(parts.path)))
    return f"{parts.netloc}{path}?{'&'.join(sorted({part.partition('=')[0] for part in parts.query.split('&')}))}"


@lru_cache(maxsize=_KEPT)
def is_page(url: str) -> bool:
    """Return True if an address may be that of a page: no file or tool, not too long, no endless calendar, no print."""
    parts = urlsplit(url)
    if len(_without_state(parts.path)) > PATH_LIMIT or _DOCUMENT.search(parts.path) or is_print_view(url):
        return False
    segments = [segment for segment in parts.path.split("/") if segment]
    repeated = len(segments) > 3 and max(Counter(segments).values()) > 3
    query = f"{parts.path}?{parts.query}"
    return not repeated and not _is_day(parts) and not _TOOL.search(query)


def _is_day(parts: SplitResult) -> bool:
    """Return True for a day, a week or a month of a calendar, which has no end; the calendar itself is a page."""
    named = _CALENDAR_PATH.search(parts.path)
    if named and (parts.query or any(map(str.isdigit, parts.path[named.end() :]))):
        return True
    return _CALENDAR_QUERY.search(parts.query) is not None


@lru_cache(maxsize=_KEPT)
def is_print_view(url: str) -> bool:
    """Return True for the address of a page as it is to be printed.

    >>> is_print_view("http://x.gov.vn/news/print/tin/bai-1.html"), is_print_view("http://x.gov.vn/in-an")
    (True, False)
    """
    parts = urlsplit(url)
    return _PRINT_VIEW.search(f"{parts.path}?{parts.query}" if parts.query else parts.path) is not None
