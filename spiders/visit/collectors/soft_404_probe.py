"""Learn, when needed, what a site answers at an address that does not exist: a soft 404, or a refusal. Pure."""

import hashlib
from dataclasses import replace
from enum import Enum, auto
from urllib.parse import urljoin, urlsplit

from prober.domain.finding import Failure
from prober.domain.reason import Reason
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, VisitState
from spiders.visit.collectors.rendering import RenderPolicy
from spiders.visit.link_candidates import SITEMAP, SLUGS, everything
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.urls import SUFFIX

FOUND_BY = "probe"
GUESSED = frozenset({SLUGS, SITEMAP})  # places requested although nothing on the site links there
_UNTOLD = Reason("not_told_apart")
_REFUSED = Reason("refuses_the_unknown", status=403)
_OPEN = frozenset({Failure.ROBOTS, Failure.TIMEOUT, Failure.REFUSED, Failure.DNS, Failure.TLS, Failure.INTERNAL})


class _Stage(Enum):
    """How far it is known whether a site refuses every unknown address."""

    UNASKED = auto()
    MADE_UP = auto()  # the made-up address is asked for, before the guesses
    KNOWN = auto()  # a known page is asked for, before the guesses
    GUESSING = auto()  # both answered as they should: other guesses follow
    KNOWN_AGAIN = auto()
    MADE_UP_AGAIN = auto()
    LOST = auto()  # refusals decide nothing here


class Soft404Probe(Collector):
    """Learn the answer of one site to addresses that do not exist.

    If a guessed address is answered by a page, a made-up address in the same folder is requested before the page
    counts: a site that shows the same there does not have the guessed page.

    If a guessed address is refused (403), the refusal counts as "there is no such page" only if a made-up address is
    refused in the same words before and after the guesses, while a known page is still answered in between. Otherwise
    it may be a ban.
    """

    def __init__(self, state: VisitState, policy: RenderPolicy) -> None:
        self._state = state
        self._policy = policy
        self._mark: str | None = None  # None: not requested yet; "": the site has no soft 404
        self._waiting: list[tuple[VisitStep, StepResult]] = []
        self._texts: dict[str, str] = {}  # mark of a guessed page's text → its address
        self._stage = _Stage.UNASKED
        self._refusal = ""  # mark of the refusal at guessed addresses
        self._made_up = ""
        self._refused: list[tuple[VisitStep, StepResult]] = []

    def holds(self, step: VisitStep, result: StepResult) -> bool:
        """Return True if the result of a guess has to wait for the fingerprint; plan the probe for it."""
        if self._mark is not None or not step.guess or step.place not in GUESSED:
            return False
        self._waiting.append((step, result))
        self._state.log.fail(step, Failure.BUDGET, _UNTOLD)  # until the fingerprint is known
        if len(self._waiting) == 1:
            self._ask(made_up(step.url))
        return True

    def holds_refusal(self, step: VisitStep, page: PageReading, result: StepResult) -> bool:
        """Return True if the refusal of a guess has to wait until it is clear whether the site refuses anything."""
        if result.status != 403 or not step.guess or step.place not in GUESSED or self._stage is _Stage.LOST:
            return False
        mark = page.text_mark
        if self._stage is _Stage.UNASKED:
            self._stage, self._refusal, self._made_up = _Stage.MADE_UP, mark, made_up(step.url)
            self._ask(self._made_up)
            self._state.frontier.again(step.once_more())  # to be asked between the two requests
            self._state.log.fail(step, Failure.BLOCKED, _REFUSED)
        elif mark != self._refusal:
            return False
        else:
            self._refused.append((step, result))
            self._state.log.fail(step, Failure.BLOCKED, _REFUSED)
        return True

    def next_step(self) -> VisitStep | None:
        """Return the request for a known page, once every guess was tried and some were refused."""
        if self._stage is not _Stage.GUESSING or not self._refused or not self._state.best.wanted():
            return None
        self._stage = _Stage.KNOWN_AGAIN
        return VisitStep(self._state.home, FOUND_BY)

    def take(self, step: VisitStep, result: StepResult) -> bool:
        """Learn from the answer at the made-up address, or of the known page; release the results that waited."""
        if step.found_by != FOUND_BY:
            return False
        page = result.reading if result.html or (result.is_html and not result.location) else None
        failure = result.failure or (Failure.BLOCKED if result.status == 429 else Failure.HTTP_5XX)
        if (result.failure or result.status in (429, 503)) and step.may_be_repeated(result.status, failure):
            self._state.frontier.again(step.once_more())
        elif self._stage in (_Stage.KNOWN, _Stage.KNOWN_AGAIN):
            self._known(result)
        else:
            self._nowhere(step, result, page)
        return True

    def _nowhere(self, step: VisitStep, result: StepResult, page: PageReading | None) -> None:
        """Learn from the answer at the made-up address."""
        shown = page if page and (page.rendered or result.status == 200) else None
        if shown and not shown.rendered and self._policy.wants(shown) and not self._policy.hopeless:
            self._state.unrendered[step.url] = result  # the guesses are compared as rendered
            self._state.frontier.again(replace(step, render=True))
            return
        self._state.unrendered.pop(step.url, None)
        open_to_doubt = result.failure in _OPEN or result.status in (429, 503)
        failure = result.failure or (Failure.BLOCKED if result.status in (403, 429) else Failure.HTTP_4XX)
        self._state.log.record(step, result, failure, page.title if page else "")
        if self._stage in (_Stage.MADE_UP, _Stage.MADE_UP_AGAIN):
            self._refuses(result.status == 403 and page is not None and page.text_mark == self._refusal)
        if self._mark is None and open_to_doubt:
            self._doubt(failure)
        elif self._mark is None:
            self._mark = shown.text_mark if shown else ""
            self._state.released += self._waiting
            self._waiting = []

    def _refuses(self, alike: bool) -> None:
        """Learn whether the made-up address is refused like the guesses."""
        if not alike:
            self._lose()
        elif self._stage is _Stage.MADE_UP:
            self._stage = _Stage.KNOWN
            self._state.frontier.again(VisitStep(self._state.home, FOUND_BY, everything(self._state.kinds)))
        else:
            self._stage = _Stage.GUESSING
            for step, result in self._refused:
                self._state.log.record(step, result, Failure.HTTP_4XX)
                self._state.log.alike.add(step.url)
                self._state.log.done(step)
            self._refused = []

    def _known(self, result: StepResult) -> None:
        """Learn whether a known page is still answered."""
        if result.status != 200:
            self._lose()
        elif self._stage is _Stage.KNOWN:
            self._stage = _Stage.GUESSING
        else:
            self._stage = _Stage.MADE_UP_AGAIN
            self._ask(self._made_up)

    def _lose(self) -> None:
        """Give up: what was refused stays undecided."""
        self._stage = _Stage.LOST
        for step, result in self._refused:
            self._state.log.record(step, result, Failure.BLOCKED)
        self._refused = []

    def _doubt(self, failure: Failure) -> None:
        for step, result in self._waiting:
            self._state.log.record(step, result, failure)
            self._state.log.fail(step, failure, _UNTOLD)
        self._waiting = []

    def _ask(self, url: str) -> None:
        self._state.frontier.again(VisitStep(url, FOUND_BY, everything(self._state.kinds), depth=1, guess=True))

    def shown(self, step: VisitStep, page: PageReading) -> bool:
        """Return True if `page`, at a guessed address, shows the same as the made-up address or another guess."""
        mark = page.text_mark
        again = step.place in GUESSED and self._texts.setdefault(mark, page.url) != page.url
        return mark == self._mark or again


def made_up(url: str) -> str:
    """Return an address in the folder of `url` that surely does not exist, the same one each time.

    >>> made_up("http://x.gov.vn/Pages/HoiDap.aspx")
    'http://x.gov.vn/Pages/khong-co-trang-eeb55368.aspx'
    """
    suffix = SUFFIX.search(urlsplit(url).path)
    name = hashlib.sha256(urlsplit(url).netloc.encode()).hexdigest()[:8]
    return urljoin(url, f"khong-co-trang-{name}{suffix[0] if suffix else ''}")
