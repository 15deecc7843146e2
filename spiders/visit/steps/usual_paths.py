"""Step 5: ask for the usual paths of the technology, after a made-up address has shown what a missing page is like.

Pure. A site may answer every address with its home page, with an error page of status 200, or with a refusal: what it
answers at the made-up address means "no such page", and a usual path that is answered alike is not there.
"""

import hashlib
from urllib.parse import urljoin, urlsplit

from prober.domain.search_protocol import ProtocolStep
from spiders.reading.page_reading import PageReading
from spiders.visit.state import VisitState
from spiders.visit.step import WORTH, SeenPage, StepResult, VisitStep
from spiders.visit.urls import SUFFIX

FOUND_BY = "probe"
PATHS = 3  # most usual paths asked for one kind


class UsualPaths:
    """Ask for the usual paths of what no link was named for."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._probed = False
        self._nowhere: tuple[int, str] | None = None  # status and text mark of the answer at the made-up address
        self._target = ""  # where it led
        self._texts: dict[str, str] = {}  # mark of a usual path's text → its address
        self._waiting: list[VisitStep] | None = None

    def next_address(self) -> VisitStep | None:
        missing = self._state.best.missing()
        if not missing:
            return None
        if not self._probed:
            self._probed = True
            step = VisitStep(made_up(self._state.home), FOUND_BY, step=ProtocolStep.USUAL_PATHS, depth=1, guess=True)
            return step if any(self._paths(kind) for kind in missing) else None
        if self._nowhere is None:
            return None
        if self._waiting is None:
            self._waiting = [step for kind in sorted(missing) for step in self._steps(kind)]
        while self._waiting:
            step = self._waiting.pop(0)
            if step.kinds & missing and self._state.frontier.mark(step.url):
                return step
        return None

    def learn(self, seen: SeenPage) -> None:
        return

    def told(self, result: StepResult, target: str = "") -> None:
        """Learn from the answer at the made-up address; `target` is where it led."""
        page, self._target = result.reading, target
        self._nowhere = (result.status, page.text_mark if page else "")

    def is_nowhere(self, step: VisitStep, page: PageReading) -> bool:
        """Return True if a usual path shows what the made-up address shows, or another usual path."""
        if self._nowhere is None:
            return False
        alike = (page.status, page.text_mark) == self._nowhere
        return alike or (page.status == 200 and self._texts.setdefault(page.text_mark, page.url) != page.url)

    def leads_nowhere(self, target: str) -> bool:
        """Return True if the made-up address led to `target` too."""
        return target == self._target != ""

    def _paths(self, kind: str) -> tuple[str, ...]:
        """Return the usual paths of a kind; none if a link that is named for it was opened."""
        pages = self._state.record.pages
        everything = frozenset(self._state.kinds)  # what a site map promises, and a splash page
        named = any(
            kind in step.kinds < everything and step.step == ProtocolStep.LINKS and not pages[url].failure
            for url, step in self._state.record.steps.items()
        )
        return () if named else self._state.platform.guesses(kind, self._state.body.words)[:PATHS]

    def _steps(self, kind: str) -> list[VisitStep]:
        return [
            VisitStep(
                urljoin(self._state.home, path), "slug", {kind: WORTH}, ProtocolStep.USUAL_PATHS, frozenset({kind}),
                depth=1, guess=True,
            )
            for path in self._paths(kind)
        ]  # fmt: skip


def made_up(url: str) -> str:
    """Return an address in the folder of `url` that surely does not exist, the same one each time.

    >>> made_up("http://x.gov.vn/Pages/HoiDap.aspx")
    'http://x.gov.vn/Pages/khong-co-trang-eeb55368.aspx'
    """
    suffix = SUFFIX.search(urlsplit(url).path)
    name = hashlib.sha256(urlsplit(url).netloc.encode()).hexdigest()[:8]
    return urljoin(url, f"khong-co-trang-{name}{suffix[0] if suffix else ''}")
