"""Collect what a study measures of the whole site: how its server answers besides its pages. Pure.

Nothing is asked that no indicator of the study needs. What a visit holds anyway is used; what it does not is asked for
by at most four requests (`MOST_REQUESTS`), after everything that verdicts of pages depend on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pkgutil import resolve_name
from typing import Any
from urllib.parse import urljoin, urlsplit

from prober.domain.finding import Failure, Finding, State
from prober.domain.hostnames import host_of
from prober.domain.indicator import Indicator
from prober.domain.pages.elements import absolute
from prober.portal_review.site_seen import Measured, ServerAnswer, SiteSeen, Violation
from spiders.after_visit.after import AfterVisit
from spiders.after_visit.title_searches import TitleSearches
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, StepResult, VisitStep
from spiders.visit.steps.home_page import redirected
from spiders.visit.steps.usual_paths import FOUND_BY as PROBE
from spiders.visit.steps.usual_paths import made_up

FOUND_BY, TITLE = "measure", "title search"
AUDIT = "accessibility"
MOST_REQUESTS = 4  # of a site for measures alone, besides the robots.txt of http
_TEXT = 4_000  # bytes of a file that are read
_PLAIN, _MADE_UP, _SECURITY, _SEARCH = "plain", "made_up", "security_txt", "search"
_CONTROL, _HOME = "control", "home"  # a search for a word that does not exist; the home page once more
# What a measure needs that the visit may not hold, by the name of the indicator.
_NEEDS = {"https_hsts": _PLAIN, "told_404": _MADE_UP, "security_txt": _SECURITY, "search_finds": _SEARCH}


class SiteMeasures(AfterVisit):
    """Collect the answers that measures need, and at the end what they tell."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._measures = tuple(one for one in state.body.sought if one.measured)
        self._needs = [need for one in self._measures if (need := _NEEDS.get(one.kind))]
        self._seen = SiteSeen()
        self._asking: dict[str, str] = {}  # address that is asked → what for
        self._asked = 0
        self._planned: list[VisitStep] = []
        self._titles = TitleSearches(state)
        self.home: StepResult | None = None  # as it was read last, if it is to be audited
        self._judged: dict[tuple[str, str], Finding] = {}  # indicator and address → what a page tells

    def note(self, seen: SeenPage) -> None:
        """Learn the answer of the home page, and the titles and the search that pages link."""
        if not self._measures:
            return
        if seen.step.found_by == "home" and seen.result.headers:
            self._seen = replace(self._seen, home_answer=_answer(seen.step, seen.result))
        if seen.step.found_by == "home" and AUDIT in self.kinds:
            self.home = seen.result
        self._judged.update(
            ((found.kind, seen.page.url), found) for found in seen.page.findings if found.kind in self.kinds
        )
        if _SEARCH in self._needs and seen.step.found_by not in (FOUND_BY, TITLE):
            self._titles.note(seen.page)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Keep an answer that a measure needs; those of its own steps are for nobody else."""
        if not self._measures:
            return False
        if step.found_by in (FOUND_BY, TITLE):
            self._arrived(step, result)
            return True
        if step.found_by == PROBE and _is_made_up(step.origin) and not result.html:
            self._learn(_MADE_UP, step, result)
        if not result.failure and result.location and urlsplit(step.url).scheme == "http" and self._seen.plain is None:
            self._seen = replace(self._seen, plain=_answer(step, result))
        return False

    def next_step(self) -> VisitStep | None:
        """Return the request that a measure still needs; None if none does, or too many were made.

        What follows from an answer is asked when each measure has had its first answer.
        """
        home = self._state.home
        while home and self._needs and self._asked < MOST_REQUESTS:
            need = self._needs.pop(0)
            url = self._address(need, home)
            if url:
                self._plan(need, VisitStep(url, TITLE if need == _SEARCH else FOUND_BY, step=None, depth=1, guess=True))
                break
        if not home or not self._planned or self._asked >= MOST_REQUESTS:
            return None
        self._asked += 1
        return self._planned.pop()

    def _plan(self, need: str, step: VisitStep) -> None:
        self._asking[step.origin] = need
        self._planned.append(step)

    def _address(self, need: str, home: str) -> str:
        """Return the address to ask for; "" if the visit holds the answer, or nothing can be asked."""
        parts = urlsplit(home)
        if need == _PLAIN:
            known = self._seen.plain is not None and host_of(self._seen.plain.url) == host_of(home)
            return "" if parts.scheme != "https" or known else f"http://{parts.hostname}/"
        if need == _MADE_UP:
            return "" if self._seen.made_up else made_up(home)
        if need == _SECURITY:
            return urljoin(home, "/.well-known/security.txt")
        return self._titles.address()

    def _arrived(self, step: VisitStep, result: StepResult) -> None:
        """Record the answer to a step of its own."""
        need = self._asking.get(step.origin, "")
        if need == _HOME:  # the page itself is recorded as it was read first
            self._seen = replace(self._seen, home_again=result.status)
            return
        failure = result.failure or (Failure.HTTP_4XX if result.status >= 400 else None)
        self._state.record.page(step, result, failure, result.reading.title if result.reading else "")
        self._state.hold(step, result)
        if need == _CONTROL:
            self._seen = replace(self._seen, search=self._titles.compared(_answer(step, result), result.reading))
        elif need == _PLAIN and result.failure == Failure.TIMEOUT and step.attempt == 1:
            self._planned.append(step.once_more())  # a second silence decides
        elif need:
            self._learn(need, step, result)

    def _learn(self, need: str, step: VisitStep, result: StepResult) -> None:
        """Keep the answer, and plan what has to be asked before it decides."""
        answer = self._led(need, step, result)
        if need == _SEARCH:
            found = self._titles.read(answer, result.reading)
            self._seen = replace(self._seen, search=found)
            if found and found.listed and (control := self._titles.control()):
                self._plan(_CONTROL, VisitStep(control, TITLE, step=None, depth=1, guess=True))
        else:
            changed: dict[str, Any] = {need: answer}
            self._seen = replace(self._seen, **changed)
        if need == _MADE_UP:
            self._seen = replace(self._seen, made_up_says=bool(result.reading and result.reading.soft_404))
        refused = answer.status == 403 or answer.status >= 500
        if need != _PLAIN and refused and _HOME not in self._asking.values():
            self._plan(_HOME, VisitStep(self._state.home, FOUND_BY, step=None, depth=1, guess=True))

    def _led(self, need: str, step: VisitStep, result: StepResult) -> ServerAnswer:
        """Return the answer; if it leads to another page, that page's, or the step there is planned."""
        answer = _answer(step, result)
        enforced = need == _PLAIN and urlsplit(answer.location).scheme == "https"
        if result.failure or not answer.location or enforced:
            return answer
        target, refused = redirected(step, result.location, self._state.scope)
        if refused:
            return replace(answer, failure=Failure.HTTP_4XX) if refused.failure == Failure.HTTP_4XX else answer
        known = self._state.record.pages.get(target)
        if need != _PLAIN and known and known.status == 200:
            return replace(answer, status=known.status, location="", led_to=target, page=True)
        self._plan(need, step.moved(target))
        return answer

    @property
    def kinds(self) -> frozenset[str]:
        """The names of what is measured; what a page tells of it proves nothing of the site yet."""
        return frozenset(one.kind for one in self._measures)

    def audited(self, broken: Sequence[Sequence[Any]]) -> None:
        """Keep what axe found on the home page."""
        self._seen = replace(self._seen, violations=tuple(Violation(*row) for row in broken))

    def kept(self) -> set[str]:
        """Return the addresses of the pages that prove what is measured."""
        if not self._measures:
            return set()
        return {url for url, step in self._state.record.steps.items() if step.found_by in ("home", FOUND_BY, TITLE)}

    def report(self) -> Mapping[str, Any]:
        """Add what the measures tell to the findings of the visit."""
        home = self._state.home
        seen = replace(
            self._seen, home=home, trust=self._state.record.trust.get(host_of(home), ""),
            searchable=self._titles.searchable, judged=self._by_kind(),
        )  # fmt: skip
        self._state.best.add(
            found for one in self._measures if home and (found := _finding(one, seen, self._state.record.pages, home))
        )
        return {}

    def _by_kind(self) -> Mapping[str, tuple[Finding, ...]]:
        kinds = {kind for kind, _ in self._judged}
        return {kind: tuple(told for (its, _), told in self._judged.items() if its == kind) for kind in kinds}


def _is_made_up(url: str) -> bool:
    return urlsplit(url).path == urlsplit(made_up(url)).path


def _answer(step: VisitStep, result: StepResult) -> ServerAnswer:
    page = result.is_html
    text = "" if page else result.body[:_TEXT].decode("utf-8", "replace")
    return ServerAnswer(
        step.url, result.status, result.headers, absolute(step.url, result.location) if result.location else "",
        result.failure, text, page, result.fetched_at.date(),
    )  # fmt: skip


def _finding(one: Indicator, seen: SiteSeen, pages: Mapping[str, object], home: str) -> Finding | None:
    """Return what a measure tells as a finding of the page that shows it."""
    told: Measured = resolve_name(one.measured)(seen)
    page = told.url if told.url in pages else home
    return Finding(
        one.kind, told.category, told.url or home, told.state, 0, 1.0 if told.state != State.NOT_SEEN else 0.0,
        told.snippet[:300], "", page, one.measured.rpartition(":")[2], one.source, dict(told.detail),
    )  # fmt: skip
