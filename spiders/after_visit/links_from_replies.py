"""Check web addresses that an agency named in its replies: each once, at the end of the visit. Pure.

No detector reads these pages, and their links are not followed; otherwise agencies that answered would seem to offer
more than others.
"""

from collections.abc import Iterable
from dataclasses import replace

from prober.domain.finding import Failure
from prober.domain.hostnames import Scope, host_of
from prober.domain.visit import LinkCheck
from spiders.after_visit.after import AfterVisit
from spiders.visit.record import VisitRecord
from spiders.visit.state import VisitState
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.steps.contact_documents import media_type
from spiders.visit.steps.home_page import redirected
from spiders.visit.urls import canonical, page_key

FOUND_BY = "reply"
LIMIT = 5  # most addresses requested in one visit


def of_agency(agency: str, waiting: Iterable[tuple[str, str]], scope: Scope) -> list[str]:
    """Return the addresses in `waiting`, pairs of (agency that named it, address), that a visit to `agency` checks.

    These are addresses on its own site, whichever agency named them, and addresses under its domain that it named
    itself: so each address is checked by one visit.
    """
    return [url for named_by, url in waiting if scope.own(url) or (named_by == agency and scope.near(url))]


class LinksFromReplies(AfterVisit):
    """Check the addresses one after another, and collect the results."""

    def __init__(self, state: VisitState, urls: Iterable[str]) -> None:
        self._state = state
        self._waiting = list(dict.fromkeys(urls))
        self._moved: list[VisitStep] = []
        self._named: dict[str, str] = {}  # address requested → as written in the reply
        self.checks: list[LinkCheck] = []
        self._kept: set[str] = set()  # addresses of pages that prove something

    def next_step(self) -> VisitStep | None:
        """Return a step to the next address; pages that the visit has opened already are not requested again."""
        if self._moved:
            return self._moved.pop()
        while self._waiting:
            url = self._waiting.pop(0)
            if known := _opened(url, self._state.record):
                self.checks.append(LinkCheck(url, known))
            elif len(self._named) < LIMIT:
                step = VisitStep(canonical(url), FOUND_BY, step=None)
                self._named[step.url] = url
                return step
        return None

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Record the result at an address, or follow its redirect within the agency's domain.

        If it redirects to a page that the visit has read, that page stays as it was read.
        """
        if step.found_by != FOUND_BY:
            return False
        target, refused = redirected(step, result.location, self._state.scope) if result.location else ("", None)
        if target and not refused:
            known = _opened(target, self._state.record)
            self._state.record.page(step, result, None)
            if known:
                self.checks.append(LinkCheck(self._named[step.origin], known))
            else:
                self._moved.append(step.moved(target))
        else:
            self._judge(step, replace(result, failure=refused.failure, detail=refused.detail) if refused else result)
        self._state.hold(step, result)
        return True

    def kept(self) -> set[str]:
        """Return the addresses at which a page or document was found."""
        return self._kept

    def report(self) -> dict[str, object]:
        """Return the result of the check of each address."""
        return {"checks": tuple(self.checks)}

    def _judge(self, step: VisitStep, result: StepResult) -> None:
        failure, title = _judged(result)
        self._state.record.page(step, result, failure, title)
        kind = media_type(result) if result.body else ""
        self.checks.append(LinkCheck(self._named[step.origin], step.url, kind))
        if result.body:
            self._kept.add(step.url)


def _opened(url: str, record: VisitRecord) -> str:
    """Return the address of the page that the visit read for `url`, after redirects; "" if it was not requested."""
    pages = {page_key(page.url): page for page in record.pages.values()}
    seen = pages.get(page_key(url))
    for _ in pages:  # a limit, because redirects may go in a circle
        if seen is None or not host_of(seen.location):
            break
        seen = pages.get(page_key(seen.location), seen)
    return seen.url if seen else ""


def _judged(result: StepResult) -> tuple[Failure | None, str]:
    """Return why there is nothing at the address, or None, and the title of the page there."""
    if result.failure:
        return result.failure, ""
    page = result.reading if result.is_html else None
    if page is None:
        return Failure.HTTP_4XX if result.status >= 400 else result.cut, ""
    return Failure.HTTP_4XX if page.soft_404 else page.obstacle or result.cut, page.title
