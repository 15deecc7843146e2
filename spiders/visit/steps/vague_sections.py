"""Steps 7 and 8: open entries of the frame whose names tell nothing, and the Vietnamese pages of a site. Pure."""

from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from prober.detectors.link_promises import FRAME
from prober.domain.indicator import Kind
from prober.domain.search_protocol import ProtocolStep
from prober.text.vietnamese import fold
from spiders.reading.page_reading import LinkReading
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, VisitStep
from spiders.visit.steps.home_page import IsSite
from spiders.visit.steps.named_links import HINT
from spiders.visit.steps.site_search import pattern
from spiders.visit.urls import canonical, is_page

OPENED = 6  # most sections opened whose names tell nothing
BELOW = 6  # most sections opened that stand below those
LISTED = 5  # most links in the text of a page that lists sections; one with more lists news or documents
_LABEL = 6  # words of a link in the text of the home page that may be the name of a section; more are a headline
# What stands in the frame, or under names that a law gives. Anything else may be in a section of any name.
_KNOWN_PLACES = frozenset({Kind.SOCIAL, Kind.BUDGET})
# Names of a language in itself and in English, without accents, beside its code.
_LANGUAGES = {"vi": ("tieng viet", "vietnamese", "viet nam", "vn"), "en": ("english",)}


class VagueSections:
    """Open up to six sections that are named for nothing that is looked for, and what stands one click below."""

    def __init__(self, state: VisitState, site: IsSite) -> None:
        self._state = state
        self._site = site
        self._sections: list[VisitStep] = []
        self._below: list[VisitStep] = []
        self._opened = 0
        self._deeper = 0
        self._known: set[str] = set()

    def next_address(self) -> VisitStep | None:
        missing, frontier = self._state.best.missing(), self._state.frontier
        while missing - _KNOWN_PLACES or (missing and not self._site.enough):
            below = bool(self._below) and self._deeper < BELOW
            if not below and (self._opened >= OPENED or not self._sections):
                break
            step = (self._below if below else self._sections).pop(0)
            if frontier.mark(step.url) or frontier.take(step.url):
                self._deeper += below
                self._opened += not below
                return replace(step, step=ProtocolStep.SECTIONS, kinds=missing)
        if missing and not self._site.enough and (url := self._site.another()):
            return VisitStep(url, "link", step=ProtocolStep.SECTIONS, depth=1)
        return None

    def learn(self, seen: SeenPage) -> None:
        """Remember the vague entries of the frame, of the home page, and of a section that lists few pages."""
        step, page = seen.step, seen.page
        at_home = step.found_by == "home"
        vague = [link for link in page.links if self._is_vague(link, at_home)]
        if step.step == ProtocolStep.SECTIONS and not step.depth > 1:
            own = [link for link in page.links if link.place == "main" and link.url not in self._known]
            if len(own) <= LISTED:
                self._below += [_to(link, 2) for link in own if self._may_be_opened(link)]
        self._known.update(link.url for link in page.links)
        self._sections += [_to(link, 1) for link in _in_turn(vague)]

    def _is_vague(self, link: LinkReading, at_home: bool) -> bool:
        if link.url in self._known or link.place in ("refresh", "frame", "select"):
            return False
        if link.place not in FRAME and not (at_home and link.text.count(" ") < _LABEL):
            return False
        return max((value for _, value in link.promises), default=0.0) <= HINT and self._may_be_opened(link)

    def _may_be_opened(self, link: LinkReading) -> bool:
        links, parts = self._state.links, urlsplit(link.url)
        if link.scripted or not (parts.path.strip("/") or parts.query) or not link.text.strip("0123456789 "):
            return False
        if links.is_login(link.text) or links.is_of_others(link.text) or pattern(link.url):
            return False
        return self._state.scope.own(canonical(link.url)) and is_page(canonical(link.url))


class OtherLanguage:
    """Where the home page is in another language, open the one in the body's own language."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._tried = False

    def next_address(self) -> VisitStep | None:
        state = self._state
        if self._tried or not state.start or state.start.site.speaks or not state.best.missing():
            return None
        self._tried = True
        language = state.body.words.languages[0]
        for link in state.start.links:
            url = canonical(link.url)
            if not link.scripted and state.scope.near(url) and leads_to(language, link) and state.frontier.mark(url):
                kinds = state.best.missing()
                return VisitStep(url, "link", step=ProtocolStep.LANGUAGE, kinds=kinds, words=link.text, depth=0)
        return None

    def learn(self, seen: SeenPage) -> None:
        return


def leads_to(language: str, link: LinkReading) -> bool:
    """Return True for a link to the pages of a site in `language`: by its words, a step of its path or a parameter.

    >>> leads_to("vi", LinkReading("http://x.gov.vn/vi-VN/", "", "header"))
    True
    """
    parts = urlsplit(link.url)
    codes = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    said = fold(link.text).strip()
    return said in (language, *_LANGUAGES.get(language, ())) or any(
        code.lower().replace("_", "-").partition("-")[0] == language and len(code) <= len("vi-VN") for code in codes
    )


def _to(link: LinkReading, depth: int) -> VisitStep:
    found_by = link.place if link.place in ("menu", "footer") else "link"
    return VisitStep(canonical(link.url), found_by, dict(link.promises), words=link.text, depth=depth)


def _in_turn(links: list[LinkReading]) -> list[LinkReading]:
    """Return links of the frame first, and those first that lead to another part of the site than all before them."""
    parts: Counter[str] = Counter()
    ranked = []
    for number, link in enumerate(links):
        part = urlsplit(link.url).path.strip("/").partition("/")[0]
        ranked.append((link.place not in FRAME, parts[part], number, link))
        parts[part] += 1
    return [link for *_, link in sorted(ranked, key=lambda one: one[:3])]
