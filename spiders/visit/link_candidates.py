"""Make steps worth taking from addresses of the agency, links, sitemaps and usual paths. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from prober.detectors.body import Body
from prober.detectors.link_promises import FRAME, LinkPromises
from prober.detectors.page_state.obstacles import FEW_LINKS, THIN
from prober.domain.agency import Agency
from prober.domain.elements import LONGEST_URL, Link, absolute
from prober.domain.finding import Failure, State
from prober.domain.hostnames import Scope, host_of
from prober.domain.indicator import Kind, names
from prober.domain.reason import Reason
from prober.text.patterns import linear
from prober.text.vietnamese import key
from prober.text.words import Words
from spiders.download.fetch_result import FetchFailed, unpacked
from spiders.reading.page_reading import LinkReading, PageReading
from spiders.reading.platforms import SITEMAP_PATHS, Platform
from spiders.visit.step import SHAPE_LIMIT, WORTH, SitemapReading, StepResult, VisitStep
from spiders.visit.urls import SUFFIX, canonical, is_page, page_key
from spiders.visit.visit_log import FEED, BestFindings

SURE = 0.9  # a label that promises this much is the name of a section
_OFTEN_ASKED = 0.5  # so does one in a text, of questions that are often asked
HINT = 0.25  # a page promised by more than this may show the thing: unread, it leaves that open
WEAK = 0.05  # a link on the agency's own site that promises less is dropped
ENTRY = 0.3  # promise of an entry or a next page of a list: opened if something is missing
_ADDRESS = linear(r"[\d.]+$|[\[:]|localhost$")  # of a machine, without a name that a body could have
UNFOLLOWED = 0.8  # the share of its promise that a link with rel=nofollow keeps
_NUMBERED = linear(r"\d+|[0-9a-f-]{8,40}")
_WEBMAIL = linear(r"(?:e?mail|webmail|owa|zimbra|mx)\d?\.")
REDIRECTS = 8
REFRESHES = 5  # most pages in a row that only forward their reader
# No two parts of the pattern match the same blanks: otherwise a file of blanks would take endless time.
_LOCATION = linear(rb"<(?:\w{1,20}:)?(?:loc|link)>(?:\s{0,200}<!\[CDATA\[)?([^<\]]{1,3000})", re.IGNORECASE)
_ENTRY = linear(rb"<link\b[^>]{0,300}\shref=[\"']([^\"'<>]{1,3000})")  # of an Atom feed
_WRITTEN = linear(rb"^\s{0,20}(https?://\S{1,3000})", re.MULTILINE)  # in a list of addresses, one a line
_HEADS = (b"<urlset", b"<sitemapindex", b"<rss", b"<feed", b"<rdf:rdf")
_END = linear(rb"</(?:\w{1,20}:)?(?:urlset|sitemapindex|rss|feed|rdf)\s{0,9}>", re.IGNORECASE)
_WEB = ("http://", "https://")
_ORIGIN = linear(r"^https?://[^/?#]*", re.IGNORECASE)
_GZIP, _WIDE = b"\x1f\x8b", (b"\xff\xfe", b"\xfe\xff")  # how a packed file begins, and one in UTF-16
LOCATIONS = 20_000
LINKED = 20_000  # most addresses to which links lead that a sitemap is compared with
KEPT = 500  # most steps of one sitemap: no visit takes as many
ALIKE = 4 * SHAPE_LIMIT  # most of them to pages of one shape: the frontier takes a quarter, some may be known to it
UNPACKED = 5_000_000  # most bytes of a packed sitemap that are read
GUESSES = 3  # most addresses tried for one kind if no link led to it
# The first level lies below what stands before every address of a site: its language, the name that its software gives.
_ROOT = r"https?://[^/?]+/(?:(?:index\.php|web/[^/?]+|[a-z]{2}(?:-[a-z]{2})?)/)*"
_SECTIONS = linear(rf"{_ROOT}[^/?\d]+", re.IGNORECASE)  # a folder of the first level, and not of a day
_FIRST_LEVEL = linear(rf"{_ROOT}[^/?]+/?", re.IGNORECASE)
UNTOLD = 9  # most addresses of a sitemap with words that promise nothing, in folders without links
FROM_SITEMAP = 3  # most addresses of one folder of a sitemap opened for one kind
SITEMAP, SLUGS, SEARCH = "sitemap", "slugs", "search"  # places of the coverage rule (Step.place)


def variants(agency: Agency) -> Iterator[str]:
    """Yield every possible address of the agency's home page: those of the registry, with and without www and TLS.

    Hundreds of sites refuse one of these and answer the other (docs/reference/crawl.md#www-and-https).
    """
    seen = set()
    for url in map(canonical, filter(None, (agency.url, *agency.alt_urls, *_relatives(agency.url)))):
        if url not in seen:
            seen.add(url)
            yield url


def _relatives(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if not parts.hostname:
        return
    host = parts.netloc
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    other = "http" if parts.scheme == "https" else "https"
    for scheme, netloc in ((other, host), (parts.scheme, twin), (other, twin)):
        yield urlunsplit((scheme, netloc, parts.path, parts.query, ""))


def everything(kinds: Iterable[str]) -> Mapping[str, float]:
    """Return the promises of an address that surely leads on, to whatever of `kinds` there is."""
    return dict.fromkeys(kinds, 0.9)


def anything(kinds: Iterable[str]) -> Mapping[str, float]:
    """Return the promises of an address that may hold any of `kinds`: to be opened after all that promises more."""
    return dict.fromkeys(kinds, WORTH)


def from_link(
    link: LinkReading, page: PageReading, scope: Scope, depth: int, inside: bool, kinds: Sequence[str],
    links: LinkPromises,
) -> VisitStep | None:  # fmt: skip
    """Return the step for a link, or None if it promises too little.

    `inside`: the page belongs to a Q&A section of the agency. `kinds` are what the study looks for.
    """
    if link.scripted or not scope.near(link.url):
        return None
    url = canonical(link.url)
    own = scope.own(url)
    if not own and link.place != "frame" and (links.delegated(host_of(url)) or _WEBMAIL.match(host_of(url))):
        return None  # another body's system, or the staff's web mail: may be a finding, but not a page of this site
    promises, site_map = _promises(link, links), links.is_site_map(link.text, urlsplit(url).path)
    found_by = link.place if link.place in ("menu", "footer") else "link"
    if link.place == SITEMAP and own:
        if link.rel.lower() == SITEMAP:
            return VisitStep(url, "sitemap", anything(kinds), depth=1, place=SITEMAP)
        return VisitStep(url, "sitemap", dict.fromkeys(kinds, WEAK), depth=1, place=FEED)
    if link.place == "refresh":
        promises = dict(everything(kinds))
    elif link.place == "frame":
        # A part of this page, so its text does not matter. Beside a page's own content it is an ornament more often.
        little = page.text_length < THIN and len(page.links) < FEW_LINKS
        promises = dict((everything if little else anything)(kinds))
    elif site_map:
        found_by, promises = "sitemap", {kind: max(promises.get(kind, 0.0), WORTH) for kind in kinds}
    elif link.place == "main" and own and is_below(url, page.url) and not link.labelled:
        # One more entry of this list. Its address promises the same as the list's, which was opened already.
        promises = dict.fromkeys(promises, ENTRY) | ({Kind.QA: ENTRY} if inside else {})
    if max(promises.values(), default=0.0) < (WEAK if own else WORTH):
        return None
    named = _named(link, promises, depth, kinds, links)
    if site_map and link.place != "frame" and (link.place in FRAME or depth == 1):
        named = frozenset(kinds)
    return VisitStep(url, found_by, promises, depth, label=key(link.text) if named else "", named=named)


def _named(
    link: LinkReading, promises: Mapping[str, float], depth: int, kinds: Sequence[str], links: LinkPromises
) -> frozenset[str]:
    """Return the kinds of which the words of a link in the frame, or on the home page, name a section.

    A long name in the text of the home page is one where the page showed it among others: its link promises as much.
    """
    if link.place not in FRAME and depth != 1:
        return frozenset()
    sure = link.place in FRAME or max(promises.values(), default=0.0) >= WORTH
    said = links.text(link.text, listed=sure)
    return frozenset(kind for kind, value in said if value >= WORTH and kind in kinds)


def behind_door(step: VisitStep, home: PageReading, kinds: Sequence[str]) -> Iterator[VisitStep]:
    """Yield steps to the few pages to which a home page leads that is a door alone: all that there is lies behind.

    `step` led to it.
    """
    known = {*map(page_key, step.chain), page_key(home.url)}
    for link in home.links:
        if host_of(link.url) == home.host and page_key(link.url) not in known and not link.scripted:
            yield VisitStep(canonical(link.url), "link", everything(kinds), depth=1)


def more_pages(page: PageReading, scope: Scope, kinds: Sequence[str]) -> Iterator[VisitStep]:
    """Yield steps to the other pages of a list of the site's sections, by their numbers."""
    for link in page.links:
        if link.text.isdecimal() and scope.own(link.url) and not link.scripted:
            yield VisitStep(canonical(link.url), "sitemap", anything(kinds), depth=1)


def unseen_view(link: LinkReading, scope: Scope) -> VisitStep | None:
    """Return the step for what only a script opens; None if it promises no section.

    Its address is that of an application's view, or of the page with the words of the link, as browsers find them.
    Only views are opened (spiders.visit.application_views).
    """
    # Beside a form "Gửi góp ý" is its button: in a text only the name of a section says what a script opens.
    least = WORTH if "#" in link.url or link.place in FRAME else SURE
    kinds = {
        kind: value
        for kind, value in link.promises
        if value >= (min(least, _OFTEN_ASKED) if kind == Kind.QA else least)
    }
    if not link.scripted or not kinds or not scope.near(link.url):
        return None
    return VisitStep(view_address(link.url) or f"{link.url}#:~:text={quote(link.text)}", "link", kinds)


def view_address(url: str) -> str:
    """Return the one address of a view of an application, `#hoi-dap` included; "" where there is none.

    >>> view_address("http://x.gov.vn/index.html?utm_source=a#hoi-dap"), view_address("http://x.gov.vn/")
    ('http://x.gov.vn/index.html#hoi-dap', '')
    """
    page, _, name = url.partition("#")
    return f"{canonical(page)}#{name}" if name else ""


def to_view(link: LinkReading, scope: Scope, depth: int, kinds: Sequence[str], links: LinkPromises) -> VisitStep | None:
    """Return the step to a view of an application, which the browser makes; None for any other link."""
    if not link.scripted or "#" not in link.url or not scope.own(link.url):
        return None
    promises = dict.fromkeys(kinds, WEAK) | {kind: value for kind, value in link.promises if kind in kinds}
    named = _named(link, promises, depth, kinds, links)
    found_by = link.place if link.place in ("menu", "footer") else "link"
    url = view_address(link.url)
    return VisitStep(url, found_by, promises, depth, render=True, label=key(link.text) if named else "", named=named)


def _promises(link: LinkReading, links: LinkPromises) -> dict[str, float]:
    """Return what a link promises; with rel=nofollow what its words promise, lowered, or nothing."""
    if "nofollow" not in link.rel.lower().split():
        return dict(link.promises)
    said = {kind for kind, value in links.text(link.text) if value >= WORTH}
    promised = {kind: value * UNFOLLOWED for kind, value in link.promises if kind in said}
    return promised if max(promised.values(), default=0.0) >= WORTH else {}


class SitemapSource(NamedTuple):
    """A sitemap to be read, and the facts of the visit to the body that decide which of its addresses count."""

    content: bytes  # as received
    url: str
    body: Body
    scope: Scope
    missing: tuple[str, ...]  # kinds that are still looked for
    linked: frozenset[str]  # addresses to which links lead


def sitemap_source(
    step: VisitStep, result: StepResult, body: Body, scope: Scope, gathered: BestFindings, linked: frozenset[str]
) -> SitemapSource | None:  # fmt: skip
    """Return what the sitemap in a result is to be read from; None if there is none, as far as its first bytes tell."""
    if result.failure or result.location or result.html or result.status != 200:
        return None
    if not result.body.startswith((_GZIP, *_WIDE)) and not is_sitemap(result.body):
        return None
    return SitemapSource(result.body, step.url, body, scope, _missing(gathered), linked)


def read_sitemap(source: SitemapSource) -> SitemapReading | None:
    """Return what a visit needs to know of a sitemap; None if it is none. Takes seconds for the largest."""
    body = sitemap_body(source.content)
    if not body:
        return None
    links, kinds = source.body.words.made(LinkPromises), names(source.body.sought)
    steps = from_sitemap(body, source.url, source.scope, kinds, source.missing, links, source.linked)
    kept = _kept(steps)
    return SitemapReading(len(locations(body)), is_whole(body) and len(kept) <= KEPT, tuple(kept[:KEPT]))


def _kept(steps: Iterable[VisitStep]) -> list[VisitStep]:
    """Return the steps to pages, without those that the frontier would refuse for the many of their shape."""
    kept, alike = [], Counter[tuple[str, int]]()
    for step in steps:
        if step.place:
            kept.append(step)
        elif is_page(step.url):
            alike[step.pattern] += 1
            kept += [step] if alike[step.pattern] <= ALIKE else []
    return kept


def _missing(gathered: BestFindings) -> tuple[str, ...]:
    seen = {finding.kind for finding in gathered.findings if finding.state == State.FOUND and finding.value}
    return tuple(kind for kind in gathered.kinds if kind not in seen)


def from_sitemap(
    body: bytes, at: str, scope: Scope, kinds: Sequence[str], missing: Sequence[str], links: LinkPromises,
    linked: Collection[str] = (),
) -> list[VisitStep]:  # fmt: skip
    """Return steps to every sitemap of an index, or to the promising addresses of a sitemap.

    `missing` are those of `kinds` that are still looked for, `at` is the address of the sitemap. One that lists no
    page of this body was made at another address of the site: its paths are read as those of this one. It may list
    every question ever asked; to find the section, three addresses of each folder are enough. An address without a word
    may be anything, unless links (`linked`) lead into its folder: these say what is there.
    """
    found = [url for url in (absolute(at, url) for url in locations(body)) if url.lower().startswith(_WEB)]
    near = [url for url in found if scope.near(url)] or [urljoin(at, _ORIGIN.sub("", url) or "/") for url in found]
    near = list(dict.fromkeys(map(canonical, near)))
    unknown = anything(kinds)
    if is_index(body):
        return [VisitStep(url, "sitemap", unknown, depth=1, place=SITEMAP) for url in near]
    own = list(filter(scope.own, near))
    promises = {url: dict(links.link(Link(url, "", "main", url), host_of(at))) for url in own if missing}
    steps: dict[str, VisitStep] = {}
    for kind in missing:
        folders: Counter[str] = Counter()
        for url in sorted(
            (url for url in own if promises[url].get(kind, 0.0) >= WORTH),
            key=lambda url: (-promises[url][kind], url.count("/"), len(url)),
        ):
            folder = url.rstrip("/").rpartition("/")[0]
            folders[folder] += 1
            if folders[folder] <= FROM_SITEMAP:
                steps.setdefault(url, VisitStep(url, "sitemap", promises[url], depth=2))
    for url in _untold(own, linked, links) if missing else ():
        steps.setdefault(url, VisitStep(url, "sitemap", unknown, depth=2))
    return list(steps.values())


def _untold(own: Sequence[str], linked: Collection[str], links: LinkPromises) -> Iterator[str]:
    """Yield addresses of folders into which no link leads: of numbers the first ones, else those of few pages.

    Sections are few; a folder of many pages with words is an archive. Of a folder into which links lead, as every menu
    leads into the first level, those of few pages to which no link leads.
    """
    folders, keys = set(map(folder_of, linked)), set(map(page_key, linked))
    unlinked = [url for url in own if page_key(url) not in keys]
    first = {url for url in unlinked if _is_section(url, links)}
    left = Counter(map(folder_of, unlinked))
    few = {url for url in unlinked if left[folder_of(url)] <= FROM_SITEMAP and not _is_of_others(url, links)}
    few = {url for url in few if not _is_of_others(folder_of(url), links)}
    rest = [url for url in own if url in first or url in few or folder_of(url) not in folders]
    sizes, taken, worded = Counter(map(folder_of, rest)), Counter[str](), 0
    for url in sorted(rest, key=lambda url: sizes[folder_of(url)]):
        folder, wordless = folder_of(url), _is_wordless(url)
        section = (url in first or _SECTIONS.fullmatch(folder)) and sizes[folder] <= FROM_SITEMAP and worded < UNTOLD
        if taken[folder] < FROM_SITEMAP and (wordless or section):
            taken[folder] += 1
            worded += not wordless
            yield url


def _is_section(url: str, links: LinkPromises) -> bool:
    """Return True for an address of the first level with words that are not the name of something else."""
    return bool(_FIRST_LEVEL.fullmatch(url)) and not _is_wordless(url) and not _is_of_others(url, links)


def _is_of_others(url: str, links: LinkPromises) -> bool:
    return links.is_of_others(url.strip("/").rpartition("/")[2].replace("-", " "))


def folder_of(url: str) -> str:
    """Return the address of the folder in which a page lies.

    >>> folder_of("http://x.gov.vn/tin-tuc/7"), folder_of("http://x.gov.vn/index.php?id=7")
    ('http://x.gov.vn/tin-tuc', 'http://x.gov.vn/index.php')
    """
    path, query, _ = url.partition("?")
    return path if query else path.rstrip("/").rpartition("/")[0]


def _is_wordless(url: str) -> bool:
    """Return True if the last part of an address says nothing of its page: a number, or a code."""
    path, _, query = url.partition("?")
    last = (query or path.rstrip("/").rpartition("/")[2].partition(".")[0]).rpartition("=")[2]
    return bool(query or urlsplit(url).path.strip("/")) and _NUMBERED.fullmatch(last) is not None


def named_sitemaps(home: str, named: Iterable[str], kinds: Sequence[str]) -> Iterator[VisitStep]:
    """Yield steps to the sitemaps that robots.txt names; by the standard with their host, on some sites without."""
    for url in filter(host_of, (absolute(home, url) for url in named)):
        yield VisitStep(canonical(url), "sitemap", everything(kinds), depth=1, place=SITEMAP)


def usual_sitemaps(home: str, kinds: Sequence[str], paths: Iterable[str] = SITEMAP_PATHS) -> Iterator[VisitStep]:
    """Yield steps to usual addresses of XML sitemaps."""
    for path in paths:
        yield VisitStep(urljoin(home, path), "sitemap", everything(kinds), depth=1, guess=True, place=SITEMAP)


def guesses(home: str, platform: Platform, kind: str, words: Words) -> Iterator[VisitStep]:
    """Yield steps to the usual addresses of `kind` on portals of this technology, without a link to them."""
    for path in platform.guesses(kind, words)[:GUESSES]:
        yield VisitStep(urljoin(home, path), "slug", {kind: WORTH}, depth=1, guess=True, place=SLUGS)


def refresh_target(page: PageReading, scope: Scope, chain: tuple[str, ...]) -> str:
    """Return the address to which a page without own content forwards, or "". `chain` led to the page.

    If a site forwards too often, or back to an earlier page, the page counts as it is.
    """
    if not page.refresh or not scope.near(page.refresh):
        return ""
    target = canonical(page.refresh.partition("#")[0])
    return "" if target == page.url or target in chain or len(chain) >= REFRESHES else target


def redirected(
    step: VisitStep, location: str, scope: Scope, sets_cookie: bool = False
) -> tuple[str, FetchFailed | None]:
    """Return the target of a redirect of `step`, and why it is not followed; None if it is.

    Only a redirect to another body's site is a move. A circle, or an address that cannot be read, or one of a machine
    without a name, is an error. An
    answer that sets a cookie may lead to where it came from: with the cookie, the site may show its page.
    """
    try:
        raw = urljoin(step.url, location).partition("#")[0]
        target = canonical(raw)
        if len(target) > LONGEST_URL:
            raise ValueError
    except ValueError:
        return "", FetchFailed(Failure.HTTP_4XX, Reason("redirects_malformed", url=location[:120]))
    if target == step.url and raw != target:
        target = raw  # the site requires its session in the address
    chain = (*step.chain, step.url)
    if (target in chain and not sets_cookie) or len(chain) > REDIRECTS:
        return target, FetchFailed(Failure.HTTP_4XX, Reason("redirects_in_circle", urls=" → ".join((*chain, target))))
    if scope.near(target):
        return target, None
    if not target.startswith(("http://", "https://")) or _ADDRESS.match(host_of(target)):
        return target, FetchFailed(Failure.HTTP_4XX, Reason("redirects_to_nobody", url=target[:120]))
    return target, FetchFailed(Failure.MOVED, Reason("leads_elsewhere", url=target))


def is_below(url: str, section: str) -> bool:
    """Return True if an address is below the list at `section`: one of its entries, or its next page."""
    stem = SUFFIX.sub("", urlsplit(section).path.rstrip("/"))
    return len(stem) > 1 and urlsplit(url).path.startswith(stem) and page_key(url) != page_key(section)


def sitemap_body(body: bytes) -> bytes:
    """Return the sitemap or feed in a body, unpacked where it is a file in gzip; b"" if there is none."""
    if body.startswith(_GZIP):
        body, _ = unpacked(body, ("gzip",), UNPACKED)
    if body.startswith(_WIDE):
        body = body.decode("utf-16", "replace").encode()
    return body if is_sitemap(body) else b""


def is_sitemap(body: bytes) -> bool:
    """Return True for a sitemap, a feed, or a list of addresses, one a line."""
    head = body[:2000].lower()
    return any(mark in head for mark in _HEADS) or head.lstrip(b"\xef\xbb\xbf \r\n").startswith(
        (b"http://", b"https://")
    )


def is_whole(body: bytes) -> bool:
    """Return True for a sitemap that has an end, and no more addresses than are read."""
    ends = b"<" not in body[:2000] or _END.search(body[-200:]) is not None
    return ends and len(locations(body)) < LOCATIONS


def is_index(body: bytes) -> bool:
    return b"<sitemapindex" in body[:2000].lower()


def locations(body: bytes) -> list[str]:
    """Return the addresses of a sitemap or sitemap index, in order, at most LOCATIONS; no bytes raise an error.

    A regular expression and no XML parser: such files have broken declarations, and XML entities allow attacks.

    >>> locations(b"<urlset><url><loc> http://x.gov.vn/a?b=1&amp;c=2 </loc></url></urlset>")
    ['http://x.gov.vn/a?b=1&c=2']
    """
    found = []
    head = body[:2000].lower()
    pattern = _ENTRY if b"<feed" in head else _LOCATION if b"<" in head else _WRITTEN
    for match in pattern.finditer(body):
        if address := match[1].strip():
            found.append(address.decode("utf-8", "replace").replace("&amp;", "&"))
        if len(found) >= LOCATIONS:
            break
    return found
