"""Which page to open next: best first, each address once, no trap entered. Pure.

A person with ten minutes does not read a portal from left to right. Links are scored by what they promise
(prober.detectors.link_promises); those that promise something still looked for are opened first, the near before the
deep, and what led to a find on this host makes its like more likely.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from prober.domain.finding import Kind

SHAPE_LIMIT = 8  # pages of one path shape, /news/N/N-w.html: a calendar or an archive beyond that is a trap
PATH_LIMIT = 300

_SESSION_PARAMETER = re.compile(
    r"^(jsessionid|phpsessid|aspsessionid\w*|oscsid|sessionid|session_id|sid|cfid|cftoken|nv_?sid"
    r"|utm_\w+|fbclid|gclid|msclkid|zarsrc|_ga|_gl|mc_[ce]id|ref_src|igshid|yclid"
    r"|p_auth|p_p_state(_rcv)?|p_p_mode|p_p_lifecycle|p_p_col_(id|pos|count)|p_p_cacheability|p_l_back_url"
    r"|initialtabid|visibilitycontext|_t|_dc|timestamp|rnd|nocache)$",
    re.IGNORECASE,
)
_SESSION_PATH = re.compile(r"(;(jsessionid|phpsessid|sid)=[^/?#;]*)|(/\((?:[SAF]\([\w-]+\))+\))", re.IGNORECASE)
_PORTLET_STATE = re.compile(r"^(/wps/(?:my)?portal/.+?)/!ut/.*$", re.IGNORECASE)
_CALENDAR = re.compile(
    r"(?:^|[/&?])(?:calendar|lich|lich-cong-tac|lichcongtac)(?:[/?&=]|$)|[?&](?:month|thang|week|tuan)=\d",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|zip|rar|7z|gz|jpe?g|png|gif|bmp|svg|webp|ico|mp[34]|avi|wmv|flv|mov|css|js|json|rss|exe|apk)(?:/|$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def cleaned(url: str) -> str:
    """A URL without what only this visit put into it: session, tracking, portlet state, fragment. Idempotent.

    >>> cleaned("HTTP://CaMau.gov.vn:80/a/../hoi-dap;jsessionid=1F?b=2&utm_source=x&a=1#top")
    'http://camau.gov.vn/hoi-dap?b=2&a=1'
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    netloc = host if port in (None, 80 if parts.scheme.lower() == "http" else 443) else f"{host}:{port}"
    path = _cleaned_path(parts.path)
    while (shorter := _cleaned_path(path)) != path:  # what was taken out may have stood between two halves of the same
        path = shorter
    kept = [part for part in parts.query.split("&") if part and not _SESSION_PARAMETER.match(part.partition("=")[0])]
    return urlunsplit((parts.scheme.lower(), netloc, path or "/", "&".join(kept), ""))


def _cleaned_path(path: str) -> str:
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
def key(url: str) -> str:
    """What makes two addresses one page: cleaned, without scheme and www., parameters in order, default page dropped.

    >>> key("https://www.camau.gov.vn/index.html?b=2&a=1") == key("http://camau.gov.vn/?a=1&b=2")
    True
    """
    parts = urlsplit(cleaned(url))
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    path = re.sub(r"/(?:index\.(?:html?|php|aspx|jsp)|default\.aspx|home\.aspx)$", "/", unquote(parts.path), flags=re.I)
    return f"{parts.netloc.removeprefix('www.')}{path.rstrip('/')}?{query}"


def shape(url: str) -> str:
    """The pattern of an address: numbers and long words replaced, so that the pages of one generator look alike.

    >>> shape("https://x.gov.vn/lich/2019/05?ngay=3")
    'x.gov.vn/lich/N/N?ngay'
    """
    parts = urlsplit(url)
    path = re.sub(r"[^/]{25,}", "W", re.sub(r"\d+", "N", unquote(parts.path)))
    return f"{parts.netloc}{path}?{'&'.join(sorted({part.partition('=')[0] for part in parts.query.split('&')}))}"


def is_page(url: str) -> bool:
    """Whether an address may be that of a page: not a file, not absurdly long, not a calendar without end."""
    parts = urlsplit(url)
    if len(parts.path) > PATH_LIMIT or _DOCUMENT.search(parts.path):
        return False
    segments = [segment for segment in parts.path.split("/") if segment]
    repeated = max(Counter(segments).values(), default=0)
    return repeated < 4 and not _CALENDAR.search(f"{parts.path}?{parts.query}")


@dataclass(frozen=True, slots=True)
class Step:
    """One page to open. `promises` says what it may lead to, and how surely (0 to 1)."""

    url: str
    found_by: str  # home, menu, footer, link, sitemap, slug, search
    promises: Mapping[Kind, float] = field(default_factory=dict)
    depth: int = 0
    render: bool = False
    attempt: int = 1
    guess: bool = False  # nobody links to it: that it does not exist means nothing
    chain: tuple[str, ...] = ()  # addresses that redirected here

    def moved(self, target: str) -> "Step":
        """The same step at the address that it was redirected to."""
        return replace(self, url=target, chain=(*self.chain, self.url))

    def once_more(self) -> "Step":
        return replace(self, attempt=self.attempt + 1)


class Frontier:
    """What is still to be opened on one site. Nothing enters twice, whatever it is called."""

    def __init__(self) -> None:
        self._waiting: list[Step] = []
        self._seen: set[str] = set()
        self._shapes: Counter[str] = Counter()
        self._learned: Counter[tuple[Kind, str]] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, step: Step) -> bool:
        """Remember `step`, unless its page is known or it looks like one more page of a trap."""
        identity = key(step.url)
        if identity in self._seen or not is_page(step.url):
            return False
        pattern = shape(step.url)
        if self._shapes[pattern] >= SHAPE_LIMIT and not step.guess:
            return False
        self._seen.add(identity)
        self._shapes[pattern] += 1
        self._waiting.append(step)
        return True

    def mark(self, url: str) -> bool:
        """Note that `url` was reached (by a redirect, say); False if it had been before."""
        identity = key(url)
        known = identity in self._seen
        self._seen.add(identity)
        return not known

    def again(self, step: Step) -> None:
        """Put a step back although its address is known: to be rendered, or tried once more."""
        self._waiting.append(step)

    def learn(self, kind: Kind, url: str) -> None:
        """`url` had something of `kind`: addresses under the same first path segment become likelier."""
        self._learned[kind, _branch(url)] += 1

    def promises(self, wanted: frozenset[Kind], threshold: float) -> bool:
        """Whether a step waits that promises one of `wanted` by at least `threshold`."""
        return any(step.promises.get(kind, 0) >= threshold for step in self._waiting for kind in wanted)

    def pop(self, wanted: frozenset[Kind]) -> Step | None:
        """Take the best step out; ties go to the one that was seen first. None where nothing is left."""
        if not self._waiting:
            return None
        best = max(range(len(self._waiting)), key=lambda i: (self._priority(self._waiting[i], wanted), -i))
        return self._waiting.pop(best)

    def _priority(self, step: Step, wanted: frozenset[Kind]) -> float:
        branch = _branch(step.url)
        promises = [
            value + 0.1 * min(self._learned[kind, branch], 2) for kind, value in step.promises.items() if kind in wanted
        ]
        if not promises:
            return -1.0 - step.depth
        promises.sort(reverse=True)
        # Two promises are a little better than one; each step away from home costs a little.
        return (
            promises[0]
            + 0.15 * sum(promises[1:])
            - 0.05 * step.depth
            - 0.4 * step.guess
            - 0.5 * (step.attempt - 1)
            + step.render
        )


def _branch(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}/{parts.path.strip('/').partition('/')[0]}"
