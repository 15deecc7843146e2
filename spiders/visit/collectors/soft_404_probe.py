"""Detect soft 404s: learn, when needed, what a site shows at an address that does not exist. Pure."""

import hashlib
import re
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from prober.domain.finding import Failure
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, VisitState
from spiders.visit.link_candidates import EVERYTHING
from spiders.visit.render_policy import RenderPolicy
from spiders.visit.step import Step, StepResult

FOUND_BY = "probe"
GUESSED = frozenset({"slug", "sitemap"})  # requested although nothing on the site links there


class Soft404Probe(Collector):
    """Learn the fingerprint of one host's soft 404.

    If a guessed address is answered by a page, a made-up address in the same folder is requested before the page
    counts: a site that shows the same there does not have the guessed page.
    """

    def __init__(self, state: VisitState, policy: RenderPolicy) -> None:
        self._state = state
        self._policy = policy
        self._mark: str | None = None  # None: not requested yet; "": the site has no soft 404
        self._waiting: list[tuple[Step, StepResult]] = []
        self._texts: dict[str, str] = {}  # mark of a guessed page's text → its address

    def holds(self, step: Step, result: StepResult) -> bool:
        """Return True if the result of a guess has to wait for the fingerprint; plan the probe for it."""
        if self._mark is not None or not step.guess or step.found_by not in GUESSED:
            return False
        self._waiting.append((step, result))
        if len(self._waiting) == 1:
            self._state.frontier.again(Step(made_up(step.url), FOUND_BY, EVERYTHING, depth=1, guess=True))
        return True

    def take(self, step: Step, result: StepResult) -> bool:
        """Learn the fingerprint from the result at the made-up address; release the results that waited for it."""
        if step.found_by != FOUND_BY:
            return False
        html = result.html or (result.is_html and result.status == 200 and not result.location)
        page = result.reading if html else None
        if page and not page.rendered and self._policy.wants(page) and not self._policy.hopeless:
            self._state.unrendered[step.url] = result  # the guesses are compared as rendered
            self._state.frontier.again(replace(step, render=True))
            return True
        self._state.unrendered.pop(step.url, None)
        self._state.log.record(step, result, result.failure or Failure.HTTP_4XX, page.title if page else "")
        self._mark = page.text_mark if page else ""
        self._state.released += self._waiting
        self._waiting = []
        return True

    def shown(self, page: PageReading) -> bool:
        """Return True if `page`, at a guessed address, shows the same as the made-up address or another guess."""
        return page.text_mark == self._mark or self._texts.setdefault(page.text_mark, page.url) != page.url


def made_up(url: str) -> str:
    """Return an address in the folder of `url` that surely does not exist, the same one each time.

    >>> made_up("http://x.gov.vn/Pages/HoiDap.aspx")
    'http://x.gov.vn/Pages/khong-co-trang-eeb55368.aspx'
    """
    suffix = re.search(r"\.\w{2,5}$", urlsplit(url).path)
    name = hashlib.sha256(urlsplit(url).netloc.encode()).hexdigest()[:8]
    return urljoin(url, f"khong-co-trang-{name}{suffix[0] if suffix else ''}")
