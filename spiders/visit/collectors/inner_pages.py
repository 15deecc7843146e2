"""Learn whether there is a site at all, what its sections show, and whose page is its own. Pure.

Pages that the site names are opened, until enough have texts of their own; then the sections of its frame, whatever
they are called. A site may also show one page in the place of several: a notice, a wall, or its home page.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from prober.detectors.link_promises import FRAME
from prober.domain.elements import view
from prober.domain.finding import Failure
from prober.domain.hostnames import host_of
from prober.domain.indicator import Kind
from prober.domain.reason import Reason, Reasons, observed
from prober.domain.visit import PageRecord, SearchPart
from spiders.reading.page_reading import LinkReading, PageReading
from spiders.visit.collectors.bare_sections import LITTLE
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.collectors.site_search import pattern
from spiders.visit.link_candidates import HINT, SITEMAP, is_below, view_address
from spiders.visit.step import VisitStep
from spiders.visit.urls import canonical, is_page, page_key

ENOUGH = 3  # inner pages with texts of their own: a site was seen
SECTIONS = 3  # links to places on the home page itself that make a site of one page
TRIED = 6  # most pages opened for this alone
OPENED = 6  # most sections opened whose names promise nothing that is missing
BELOW = 6  # most sections opened that stand below one which promises what is missing
FEW = 3  # most sections whose names tell nothing, or that are left, all opened for the budget, which has its own name
LISTS = 2  # most lists of news opened for what has its name in the menu, as a rule
ANYTHING = 0.5  # what a page of any name promises
TURNED = 2  # most later pages of lists opened
LISTED = 5  # most links in the text of a page that lists sections; one with more lists news or documents
_LABEL = 6  # words of a link in the text of the home page that may be the name of a section; more are a headline
# What stands in the frame, or under names that a law gives. Anything else may be in a section of any name.
_KNOWN_PLACES = frozenset({Kind.SOCIAL, Kind.BUDGET})
_GONE = frozenset({404, 410})


class InnerPages(Collector):
    """Collect the pages that a site names, and those that were read and have texts of their own.

    A site was seen if three of its inner pages were read, or all that it names where it names fewer. Nothing is called
    absent before (docs/method.md).
    """

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._named: dict[str, tuple[str, str]] = {}  # key of an address → address, place of the link
        self._judged: set[str] = set()  # addresses of links
        self._own: set[str] = set()  # marks of inner pages with texts of their own
        self._home: PageReading | None = None
        self._speaks = False
        self._tried = 0
        self._sections: list[LinkReading] = []  # in the order in which they are opened
        self._wordless: list[LinkReading] = []  # those of them to which no link with a word leads
        self._unnamed: list[LinkReading] = []  # those in the frame whose names tell nothing
        # Those that stand below a section which promises something, and what it promises.
        self._below: list[tuple[LinkReading, frozenset[str]]] = []
        self._deeper = 0
        self._seen: set[str] = set()  # addresses of sections
        self._opened = 0
        self._lists = islice(self._to_lists(), LISTS)
        self._later: list[str] = []  # next pages of lists
        self._turned = 0
        self._views: dict[str, None] = {}  # addresses of an application's views

    def note(self, seen: SeenPage) -> None:
        """Remember what a page names, and whether its text is its own."""
        page = seen.page
        self._speaks = self._speaks or page.site.speaks
        shown = (link.url for link in page.links if link.scripted and view(link.url))
        self._views.update(dict.fromkeys(map(view_address, shown)))
        for link in () if self.enough else page.links:
            if link.url not in self._judged:  # menus are the same on every page
                self._judged.add(link.url)
                self._name(link)
        new = (link for link in page.links if link.url not in self._seen)
        below = self._lists_for(seen)
        lists = seen.step.found_by == "home" or bool(below) or self._is_list(seen)
        named = [link for link in new if _may_be_section(link, lists) and not self._state.links.is_login(link.text)]
        others = {link.url for link in named if self._state.links.is_of_others(link.text)}
        self._state.log.unnamed.update(
            canonical(link.url)
            for link in named
            if link.url not in others and max((value for _, value in link.promises), default=0.0) <= HINT
        )
        if below:
            self._below += [(link, below) for link in named if link.place not in FRAME]
        self._sections += _in_turn(named, others)
        worded = {link.url for link in page.links if any(map(str.isalpha, link.text))} if named else ()
        self._wordless += [link for link in named if link.url not in worded]
        unnamed = (link for link in named if canonical(link.url) in self._state.log.unnamed)
        self._unnamed += [
            link for link in unnamed if link.place in FRAME and not link.departments and self._is_own(link)
        ]
        self._seen.update(link.url for link in named)
        if page.following and seen.step.depth <= 1:
            self._later.append(page.following)
        if seen.step.found_by == "home":
            self._home = page
            self._own.discard(page.site.mark)
        elif self._home is None or page.site.mark != self._home.site.mark:
            self._own.add(page.site.mark)

    def _is_list(self, seen: SeenPage) -> bool:
        """Return True for a page of the frame, or under a name that tells nothing, whose text has few links.

        Those are its sections.
        """
        if seen.step.origin not in self._state.log.unnamed and seen.step.found_by not in FRAME:
            return False
        return sum(link.place == "main" for link in seen.page.links) <= LISTED

    def _lists_for(self, seen: SeenPage) -> frozenset[str]:
        """Return what a page was opened for whose text has few links that the home page has not: its sections."""
        hinted = self._state.log.hints.get(seen.step.origin, frozenset())
        if not hinted or seen.step.found_by == "home":
            return frozenset()
        at_home = {link.url for link in self._home.links} if self._home else set()  # a menu may be a table of the text
        own = sum(link.place == "main" and link.url not in at_home for link in seen.page.links)
        return hinted if own <= LISTED else frozenset()

    def next_step(self) -> VisitStep | None:
        """Return a step to a page that the site names, if something would be called absent.

        It is one of the first until enough were read, and then a section of the home page.
        """
        if not self._state.best.wanted():
            return None
        if self.enough:
            if below := self._section_below():
                return below
            missing = self._state.best.missing()
            if missing - _KNOWN_PLACES:
                return self._section(self._sections) or self._to_news() or self._later_page()
            if Kind.BUDGET not in missing:
                return None
            few = self._unnamed if len(self._unnamed) <= FEW else []
            return (
                self._section(self._wordless)
                or self._section(few)
                or next(self._lists, None)
                or self._section(self._rest())
                or self._later_page()
            )
        for url, place in self._named.values() if self._tried < TRIED else ():
            if step := self._open(url, place):
                self._tried += 1
                return step
        return None

    def waits(self, wanted: frozenset[str]) -> bool:
        """Return True if sections that may show one of `wanted` were not opened, though there was room for them."""
        if not wanted & self._state.best.missing() - _KNOWN_PLACES:
            return False
        read = self._read
        return any(page_key(link.url) not in read for link in self._sections if self._may_open(link))

    def _section(self, sections: list[LinkReading]) -> VisitStep | None:
        """Return a step to one of `sections` that was not opened."""
        while sections:
            link = sections.pop(0)
            if self._may_open(link) and (step := self._open(link.url, link.place)):
                self._opened += 1
                return step
        return None

    def _section_below(self) -> VisitStep | None:
        """Return a step to a section that stands below one opened for what is missing: "Công khai", "Số liệu"."""
        while self._below and self._deeper < BELOW:
            link, kinds = self._below.pop(0)
            if kinds & self._state.best.wanted() and self._is_own(link) and (step := self._open(link.url, link.place)):
                self._deeper += 1
                self._state.log.hint(step.url, kinds)
                return step
        return None

    def _may_open(self, link: LinkReading) -> bool:
        return self._opened < OPENED and self._is_own(link)

    def _is_own(self, link: LinkReading) -> bool:
        """Return True for a link to a page of the site."""
        url = canonical(link.url)
        return self._state.scope.own(url) and is_page(url)

    @property
    def _read(self) -> frozenset[str]:
        """The keys of the pages that were asked for."""
        return frozenset(map(page_key, self._state.log.pages))

    @property
    def _mapped(self) -> bool:
        """True if a list of the addresses of the site was read."""
        return any(part == SearchPart.SITEMAP for part, _ in self._state.log.counts)

    def _to_news(self) -> VisitStep | None:
        """Return a step to a piece of news on the home page, if none was opened and no list of addresses was read.

        Beside it may stand what no other page names.
        """
        links = self._home.links if self._home and not self._mapped else ()
        news = [
            link for link in links if link.place == "main" and link.text.count(" ") >= _LABEL and self._is_own(link)
        ]
        if not self._read.isdisjoint(page_key(link.url) for link in news):
            return None
        return next((step for link in news if (step := self._open(link.url, link.place))), None)

    def _later_page(self) -> VisitStep | None:
        """Return a step to the next page of a short list that the frame or the home page names.

        None if a map of the site was read, be it one for people: that names its sections.
        """
        mapped = any(page.found_by == SITEMAP and not page.failure for page in self._state.log.pages.values())
        while self._later and self._turned < TURNED and not mapped:
            if step := self._open(self._later.pop(0), "link"):
                self._turned += 1
                return step
        return None

    def _rest(self) -> list[LinkReading]:
        """Return the sections of the frame that were not opened, on a site without a list of its addresses, if few."""
        read = self._read
        framed = {page_key(link.url): link for link in self._sections if link.place in FRAME and self._is_own(link)}
        rest = [] if self._mapped else [framed[key] for key in framed if key not in read]
        return [link for link in rest if not link.departments] if len(rest) <= FEW else []

    def _to_lists(self) -> Iterator[VisitStep]:
        """Yield steps to lists of which the home page shows entries, on a site without a list of its addresses."""
        if self._home is None or self._mapped:
            return
        entries = [link.url for link in self._home.links if link.place == "main"]
        for link in self._sections:
            lists = self._is_own(link) and any(is_below(url, link.url) for url in entries)
            if lists and (step := self._open(link.url, link.place)):
                yield step

    def _open(self, address: str, place: str) -> VisitStep | None:
        """Return a step to the page to which a link at `place` leads; None if it was reached before."""
        url = canonical(address)
        step = self._state.frontier.take(url)
        if step is None and self._state.frontier.mark(url):
            step = VisitStep(url, place if place in ("menu", "footer") else "link", depth=1)
        return self._for_anything(step) if step else None

    def _for_anything(self, step: VisitStep) -> VisitStep:
        """Return the step to a page that may show anything that is missing: closed to us, it leaves all that open."""
        missing = self._state.best.missing() - {Kind.SOCIAL}
        self._state.log.sought[step.url] = missing
        return replace(step, promises=dict.fromkeys(missing, ANYTHING) | dict(step.promises))

    @property
    def enough(self) -> bool:
        """True if as many inner pages were read as make a site."""
        return len(self._own) >= ENOUGH

    def missing(self) -> tuple[Failure | None, Reasons]:
        """Return why no site was seen, and what was; (None, ()) if one was."""
        home = self._home
        if home is None:
            return None, ()
        seen = {page_key(url): record for url, record in self._state.log.pages.items()}
        others = [key for key in self._named if key != page_key(home.url)]
        failed = [seen[key] for key in others if key in seen and _is_open(seen[key])]
        all_seen = not failed and all(key in seen for key in others)
        whole = all_seen and (bool(self._own) or home.site.sections >= SECTIONS)
        wall = home.site.listing or (home.site.login and not self.enough)
        unopened = next((url for url in self._views if url not in self._state.log.opened), "")
        if unopened and not self.enough and not wall:
            return Failure.EMPTY_AFTER_RENDER, (observed(Reason("only_a_script"), unopened),)
        if self._speaks and not wall and (self.enough or whole):
            return None, ()
        detail: Reasons = (Reason("few_pages", others=len(others), own=len(self._own), at=home.url),)
        if not self._speaks:
            detail += (Reason("body_unnamed"),)
        if failed and not self.enough and not wall:
            return failed[0].failure, (*detail, Reason("not_read", url=failed[0].url))
        return self._reason(home, bool(others)), detail

    def _reason(self, home: PageReading, names: bool) -> Failure:
        """Return the reason by what is there: a way to elsewhere, words of the body without a site, or neither."""
        hosts = {host_of(link.url): link.place for link in home.links if not self._state.scope.near(link.url)}
        forwards = any(place in ("frame", "refresh") for place in hosts.values())
        if not names and hosts and (forwards or (len(hosts) == 1 and home.site.speaks)):
            return Failure.MOVED
        return Failure.CLOSED if home.site.speaks and not home.site.listing else Failure.NO_SITE

    def _name(self, link: LinkReading) -> None:
        if link.place == "refresh" or view(link.url) or not self._state.scope.near(link.url):
            return
        url = canonical(link.url)
        if is_page(url):
            self._named.setdefault(page_key(url), (url, link.place))


def _may_be_section(link: LinkReading, at_home: bool) -> bool:
    """Return True for a link in the frame, or on the home page with a label as short as the name of a section."""
    if link.scripted or link.place in ("refresh", "frame", "select") or link.text == "1":  # the list itself
        return False
    if link.place not in FRAME and not (at_home and link.text.count(" ") < _LABEL):
        return False
    address = urlsplit(link.url)
    if not address.path.strip("/"):  # of a site that writes the names of its pages there: /?q=lien-he
        return bool(address.query) and (link.place in FRAME or (at_home and not link.text))
    return not pattern(link.url)


def _in_turn(links: Iterable[LinkReading], others: Collection[str]) -> list[LinkReading]:
    """Return links with those first that lead to another part of the site than all before them.

    Sections of `others`, whose names say that they hold something else, come last.
    """
    known: Counter[str] = Counter()
    ranked = []
    for number, link in enumerate(links):
        part = urlsplit(link.url).path.strip("/").partition("/")[0]
        ranked.append((link.url in others, known[part], link.place not in FRAME, number, link))
        known[part] += 1
    return [link for *_, link in sorted(ranked)]


class SharedTexts(Collector):
    """Leave a section open whose page is not its own.

    What a menu or a sitemap promises was not seen where the page shows the same as the home page, the same as a page
    that was promised for something else, nothing at all, or a login. Two addresses of one section may well show one
    page: that is the section.
    """

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._passwords: frozenset[str] = frozenset()  # boxes to log in on the home page, which any page may have
        self._shown: dict[str, list[VisitStep]] = {}  # mark of a text → the home page and the candidates that show it
        self._boxed: dict[tuple[str, ...], Counter[str]] = {}  # boxes → lines of the first other page that has them
        self._asking: list[tuple[VisitStep, tuple[str, ...]]] = []  # candidates left open for their boxes

    def note(self, seen: SeenPage) -> None:
        """Compare a candidate with the pages read before it, and once more where it is rendered later."""
        step, page, log = replace(seen.step, guess=False), seen.page, self._state.log
        kinds = log.candidates.get(step.origin, frozenset())
        if step.found_by == "home":
            self._passwords = frozenset(page.site.passwords)
        elif page.site.passwords:
            self._learn_corner(page)
        if step.found_by != "home" and not kinds:
            if page.site.listing and step.origin in log.hints:
                log.fail(step, Failure.CLOSED, Reason("lists_files"))
            return
        known = self._shown.setdefault(page.text_mark, [])
        if step.origin in log.failed:  # why it was not fully read says more
            pass
        elif kinds and not page.text_length:
            banner = page.site.picture and step.found_by == "link" and kinds >= frozenset(log.kinds)  # in a frame
            if not banner:
                log.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("blank_page"))
        elif kinds and page.site.listing:
            log.fail(step, Failure.CLOSED, Reason("lists_files"))
        elif kinds and self._asks_to_log_in(page):
            self._asking.append((step, page.site.passwords))
            log.fail(step, Failure.CLOSED, Reason("asks_for_login"))
        else:
            others = [other for other in known if not kinds & log.candidates.get(other.origin, frozenset())]
            for alike in (step, *others) if others else ():
                if alike.found_by != "home":
                    other = others[0] if alike is step else step
                    log.fail(alike, Failure.CLOSED, Reason("shows_what_is_at", url=other.url))
        known.append(step)

    def _learn_corner(self, page: PageReading) -> None:
        """Learn that boxes in one place of two pages, each with a text of its own, are a corner of the site."""
        boxes, lines = page.site.passwords, Counter(page.lines)
        first = self._boxed.setdefault(boxes, lines)
        if min(sum(map(len, own)) for own in (first - lines, lines - first)) < LITTLE:
            return
        self._passwords |= frozenset(boxes)
        for step in (step for step, its in self._asking if its == boxes):
            self._state.log.done(step)

    def _asks_to_log_in(self, page: PageReading) -> bool:
        """Return True for a page with a box where the home page has none, or little else if it has one elsewhere."""
        boxes = self._passwords.union(page.site.passwords) - self._passwords
        return bool(boxes) and (page.site.login or not self._passwords)


def _is_open(record: PageRecord) -> bool:
    """Return True if it stays open whether there is a page."""
    return record.failure is not None and record.status not in _GONE
