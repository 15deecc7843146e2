"""Step 3: open the links that are named for what is missing, best first, and the first pages of their lists. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from prober.detectors.email.address_classes import department
from prober.detectors.link_promises import FRAME, LinkPromises
from prober.detectors.page_state.obstacles import FEW_LINKS, THIN
from prober.domain.finding import Failure
from prober.domain.hostnames import Scope, host_of
from prober.domain.indicator import Kind
from prober.domain.reason import Reason
from prober.text.patterns import linear
from prober.text.vietnamese import key
from spiders.reading.page_reading import LinkReading, PageReading, names_questions
from spiders.visit.record import Unread
from spiders.visit.state import VisitState
from spiders.visit.step import WORTH, SeenPage, StepResult, VisitStep
from spiders.visit.steps.home_page import everything
from spiders.visit.urls import SUFFIX, canonical, page_key

HINT = 0.25  # a link that promises this much may show the thing
WEAK = 0.05  # a link on the agency's own site that promises less is dropped
ENTRY = 0.3  # promise of an entry or a next page of a list
MOST_WEAK = 4  # most links followed that promise less than WORTH
NEXT_PAGES = 2  # most later pages opened of lists that are named for what is missing
VIEWS = 12  # most views of an application opened
UNFOLLOWED = 0.8  # the share of its promise that a link with rel=nofollow keeps
_WEBMAIL = linear(r"(?:e?mail|webmail|owa|zimbra|mx)\d?\.")


class NamedLinks:
    """Collect the links of every page that promise something, and open the best."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._judged: set[tuple[str, str]] = set()  # links scored already: menus are the same on every page
        self._linked: dict[str, str] = {}  # their addresses → the page on which each was seen first
        self._weak = 0
        self._turned = 0
        self._views: set[str] = set()  # addresses of views
        self.hosts: dict[str, tuple[str, str]] = {}  # sub-domains that pages link to → address, words
        self.scripted: dict[str, VisitStep] = {}  # words → what only a script opens, and no other link
        self.passed_over: list[VisitStep] = []  # addresses like those of files, calendars or endless lists

    def next_address(self) -> VisitStep | None:
        frontier, wanted = self._state.frontier, self._state.best.wanted()
        step = frontier.pop(wanted)
        if step is None and self._weak < MOST_WEAK and (step := frontier.pop(self._state.best.missing(), HINT)):
            self._weak += 1
        return step

    def linked_from(self, url: str) -> str:
        """Return the page on which a link to `url` was seen first; "" where no link led to it."""
        return self._linked.get(url, "")

    def learn(self, seen: SeenPage) -> None:
        """Plan from the links of a page that were not scored before."""
        page, state, depth = seen.page, self._state, seen.step.depth + 1
        inside = page.in_section or names_questions(page)
        paged = page.pagination.page_keys()  # which a later sample of the list reads (spiders.after_visit.qa_archive)
        new = [link for link in page.links if (link.url, link.text) not in self._judged]
        self._judged.update((link.url, link.text) for link in new)
        for link in new:
            self._linked.setdefault(canonical(link.url), page.url)
            if state.scope.near(link.url) and not state.scope.own(link.url):
                self._note_host(link)
            if link.scripted:
                self._by_script(link, seen)
            elif page_key(link.url) not in paged:
                self.plan(from_link(link, page, state.scope, depth, inside, state.kinds, state.links))
        if page.following and self._turned < NEXT_PAGES and seen.step.kinds:
            self._turned += 1
            self.plan(VisitStep(page.following, "link", dict.fromkeys(seen.step.kinds, WORTH), depth=depth))

    def _note_host(self, link: LinkReading) -> None:
        """Remember a sub-domain, unless it is named like a department's: that is another body's site."""
        host = host_of(link.url)
        if not department(host.partition(".")[0], self._state.body.words):
            self.hosts.setdefault(host, (link.url, link.text))

    def plan(self, step: VisitStep | None) -> None:
        """Add a step on the agency's domain to those that wait."""
        state = self._state
        if step is None or not state.scope.near(step.url):
            return
        self.scripted.pop(key(step.words), None)  # another link has the same words
        if not state.frontier.add(step) and step.kinds and step.depth <= 1 and not state.frontier.knows(step.url):
            self.passed_over.append(step)

    def _by_script(self, link: LinkReading, seen: SeenPage) -> None:
        """Plan a view of an application; remember any other section of the frame that only a script opens."""
        state = self._state
        kinds = frozenset(kind for kind, value in link.promises if value >= WORTH and kind in state.kinds)
        if not kinds or not state.scope.near(link.url):
            return
        found_by = link.place if link.place in ("menu", "footer") else "link"
        page, _, name = link.url.partition("#")
        step = VisitStep(canonical(page), found_by, dict(link.promises), kinds=kinds, words=link.text, depth=1)
        if name and page_key(page) != page_key(seen.page.url.partition("#")[0]):
            self._judged.discard((link.url, link.text))  # the page of the application is not known yet
            self.plan(step)
        elif name and seen.source.body and len(self._views) < VIEWS:
            self._to_view(replace(step, url=f"{step.url}#{name}", render=True), seen.source)
        elif link.place in FRAME:
            self.scripted.setdefault(key(link.text), replace(step, url=link.url))

    def _to_view(self, step: VisitStep, source: StepResult) -> None:
        """Plan to show a view: the browser gets the page of its application, as received, at the view's address."""
        state = self._state
        if step.url not in self._views:
            self._views.add(step.url)
            state.unrendered[step.url] = source
            state.held[step.url] = source.proof(state.record.pages[source.url].sha256)
            state.frontier.again(step)

    def only_by_script(self) -> None:
        """Record what only a script opens as unread: the site names it, and nobody saw it."""
        for words, step in self.scripted.items():
            told = Unread(step.url, step.kinds, Failure.EMPTY_AFTER_RENDER, Reason("only_a_script"))
            self._state.record.unread.setdefault(f"{step.url}#{words}", told)


def from_link(
    link: LinkReading, page: PageReading, scope: Scope, depth: int, inside: bool, kinds: Sequence[str],
    links: LinkPromises,
) -> VisitStep | None:  # fmt: skip
    """Return the step for a link, or None if it promises too little.

    `inside`: the page belongs to a Q&A section of the agency. `kinds` are what the study looks for.
    """
    if link.scripted or not scope.near(link.url):
        return None
    url, own = canonical(link.url), scope.own(link.url)
    if not own and link.place != "frame" and (links.delegated(host_of(url)) or _WEBMAIL.match(host_of(url))):
        return None  # another body's system, or the staff's web mail: may be a finding, but not a page of this site
    promises: Mapping[str, float] = _promises(link, links)
    found_by = link.place if link.place in ("menu", "footer") else "link"
    if link.place == "refresh":
        promises = everything(tuple(kinds))
    elif link.place == "frame":
        # A part of this page, so its text does not matter. Beside a page's own content it is an ornament more often.
        little = page.text_length < THIN and len(page.links) < FEW_LINKS
        promises = everything(tuple(kinds)) if little else dict.fromkeys(kinds, WORTH)
    elif links.is_site_map(link.text, urlsplit(url).path):
        found_by, promises = "sitemap", {kind: max(promises.get(kind, 0.0), WORTH) for kind in kinds}
    elif link.place == "main" and own and is_below(url, page.url) and not link.labelled:
        # One more entry of this list. Its address promises the same as the list's, which was opened already.
        promises = dict.fromkeys(promises, ENTRY) | ({Kind.QA: ENTRY} if inside else {})
    if max(promises.values(), default=0.0) < (WEAK if own else WORTH):
        return None
    named = frozenset(kind for kind, value in promises.items() if value >= WORTH and kind in kinds)
    if Kind.QA in named and Kind.WEB_FORM in kinds:
        named |= {Kind.WEB_FORM}  # a section of questions has the form to ask as well
    return VisitStep(url, found_by, promises, kinds=named, words=link.text, depth=depth)


def _promises(link: LinkReading, links: LinkPromises) -> dict[str, float]:
    """Return what a link promises; with rel=nofollow what its words promise, lowered, or nothing."""
    if "nofollow" not in link.rel.lower().split():
        return dict(link.promises)
    said = {kind for kind, value in links.text(link.text) if value >= WORTH}
    promised = {kind: value * UNFOLLOWED for kind, value in link.promises if kind in said}
    return promised if max(promised.values(), default=0.0) >= WORTH else {}


def is_below(url: str, section: str) -> bool:
    """Return True if an address is below the list at `section`: one of its entries, or its next page."""
    stem = SUFFIX.sub("", urlsplit(section).path.rstrip("/"))
    return len(stem) > 1 and urlsplit(url).path.startswith(stem) and page_key(url) != page_key(section)
