"""Steps 1 and 2: reach the home page of the body, and tell whether a site stands there. Pure."""

from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit, urlunsplit

from prober.domain.agency import Agency
from prober.domain.finding import Failure
from prober.domain.hostnames import Scope, host_of
from prober.domain.pages.elements import LONGEST_URL
from prober.domain.reason import Reason, Reasons
from prober.domain.search_protocol import ProtocolStep
from prober.text.patterns import linear
from spiders.download.fetch_result import FetchFailed
from spiders.reading.page_reading import PageReading
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, VisitStep
from spiders.visit.urls import canonical, is_page, page_key

SPLASH = 2  # most pages to which a home page leads that is a splash page, or a choice of languages
ENOUGH = 3  # inner pages with texts of their own: a site was seen
TRIED = 6  # most pages opened for this alone
SECTIONS = 3  # links to places on the home page itself that make a site of one page
REDIRECTS = 8
REFRESHES = 5  # most pages in a row that only forward their reader
_SURE = 0.9  # what an address promises that surely leads on
_ADDRESS = linear(r"[\d.]+$|[\[:]|localhost$")  # of a machine, without a name that a body could have
_GONE = frozenset({404, 410})


class HomePage:
    """Ask for the addresses of the registry and their variants, until one answers with a page."""

    def __init__(self, state: VisitState, agency: Agency) -> None:
        self._state = state
        kinds = frozenset(state.kinds)
        self._waiting = [VisitStep(url, "home", step=ProtocolStep.HOME, kinds=kinds) for url in variants(agency)]
        self._ahead: list[VisitStep] = []

    def first(self, step: VisitStep) -> None:
        """Take `step` before other addresses: a redirect, a refresh, the page in a browser."""
        self._ahead.append(step)

    def next_address(self) -> VisitStep | None:
        if self._ahead:
            return self._ahead.pop(0)
        if self._state.home or not self._waiting:
            return None
        return self._waiting.pop(0)

    def learn(self, seen: SeenPage) -> None:
        """Open the few pages to which a splash page leads: all that there is lies behind."""
        page, state = seen.page, self._state
        if seen.step.found_by != "home":
            return
        known = {*map(page_key, seen.step.chain), page_key(page.url)}
        own = {page_key(link.url): link for link in page.links if host_of(link.url) == page.host and not link.scripted}
        behind = [link for key, link in own.items() if key not in known]
        for link in behind if len(behind) <= SPLASH else ():
            kinds = frozenset(state.kinds)
            step = VisitStep(
                canonical(link.url), "link", everything(state.kinds), kinds=kinds, words=link.text, depth=1
            )
            state.frontier.add(step)


class IsSite:
    """Tell whether the home page is that of a site of the body: by what there is, and not by what a sentence says."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._own: set[str] = set()  # marks of inner pages with texts of their own
        self._named: dict[str, str] = {}  # key of an address that the site names → address
        self._left: list[str] = []  # those that were not opened for this alone
        self._tried = 0
        self._speaks = False

    def next_address(self) -> VisitStep | None:
        return None

    def learn(self, seen: SeenPage) -> None:
        """Remember what a page names, and whether its text is its own."""
        page, start = seen.page, self._state.start
        self._speaks = self._speaks or page.site.speaks
        for link in page.links if len(self._own) < ENOUGH else ():
            later = link.text.isdecimal()  # a later page of a list
            if not (link.scripted or later) and link.place != "refresh" and self._state.scope.near(link.url):
                if page_key(link.url) not in self._named:
                    self._left.append(link.url)
                self._named.setdefault(page_key(link.url), link.url)
        if seen.step.found_by == "home":
            self._own.discard(page.site.mark)
        elif start is None or page.site.mark != start.site.mark:
            self._own.add(page.site.mark)

    @property
    def enough(self) -> bool:
        """True if as many inner pages with texts of their own were read as make a site."""
        return len(self._own) >= ENOUGH

    def another(self) -> str:
        """Return the address of a page of the site that was not asked for; "" if TRIED were, or none is left."""
        frontier = self._state.frontier
        while self._left and self._tried < TRIED:
            url = canonical(self._left.pop(0))
            if self._state.scope.own(url) and is_page(url) and (frontier.mark(url) or frontier.take(url)):
                self._tried += 1
                return url
        return ""

    @property
    def stop(self) -> bool:
        """True if the home page shows at once that no site stands there: a list of files, or a login."""
        start = self._state.start
        return start is not None and (start.site.listing or (start.site.login and not self._own))

    def failure(self) -> Reason | None:
        """Return why the home page is none of a site of the body; None if it is."""
        start = self._state.start
        if start is None:
            return None
        pages = {page_key(url): page for url, page in self._state.record.pages.items()}
        others = [key for key in self._named if key != page_key(start.url)]
        unread = [pages[key] for key in others if key in pages and _is_open(pages[key].failure, pages[key].status)]
        all_seen = not unread and all(key in pages for key in others)
        whole = all_seen and (bool(self._own) or start.site.sections >= SECTIONS)
        wall = start.site.listing or (start.site.login and len(self._own) < ENOUGH)
        if self._speaks and not wall and (len(self._own) >= ENOUGH or whole):
            return None
        detail: Reasons = (Reason("few_pages", others=len(others), own=len(self._own), at=start.url),)
        if not self._speaks:
            detail += (Reason("body_unnamed"),)
        if start.needs_browser and not self._own:  # its source alone was seen
            return Reason(Failure.EMPTY_AFTER_RENDER.value, detail=detail)
        if unread and len(self._own) < ENOUGH and not wall and unread[0].failure:
            return Reason(unread[0].failure.value, detail=(*detail, Reason("not_read", url=unread[0].url)))
        return Reason(self._why(start, bool(others)).value, detail=detail)

    def _why(self, start: PageReading, names: bool) -> Failure:
        """Return the reason by what is there: a way to elsewhere, words of the body without a site, or neither."""
        hosts = {host_of(link.url): link.place for link in start.links if not self._state.scope.near(link.url)}
        forwards = any(place in ("frame", "refresh") for place in hosts.values())
        if not names and hosts and (forwards or (len(hosts) == 1 and start.site.speaks)):
            return Failure.MOVED
        return Failure.CLOSED if start.site.speaks and not start.site.listing else Failure.NO_SITE


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


def everything(kinds: tuple[str, ...]) -> Mapping[str, float]:
    """Return the promises of an address that surely leads on, to whatever of `kinds` there is."""
    return dict.fromkeys(kinds, _SURE)


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

    Only a redirect to another body's site is a move. A circle, an address that cannot be read, or one of a machine
    without a name, is an error. An answer that sets a cookie may lead to where it came from: with the cookie, the site
    may show its page.
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


def _is_open(failure: Failure | None, status: int) -> bool:
    """Return True if it stays open whether there is a page."""
    return failure is not None and status not in _GONE
