"""The addresses of one site that wait to be opened: best first, each page once, without the traps of crawlers. Pure."""

from collections import Counter

from spiders.visit.step import WORTH, VisitStep
from spiders.visit.urls import is_page, page_key, shape

SHAPE_LIMIT = 8  # most pages of one path shape, such as /news/N/N-w.html: more are a calendar or an archive
NAMED_LIMIT = 24  # the same of those that the home page names for what is looked for
_SECOND = 0.15  # what a second promise adds to the first
_STEP = 0.05  # what each click from the home page takes away
_NEAR = 0.1  # what a page gains that lies beside one on which the thing was seen


class Frontier:
    """The steps still to be taken on one site. No page enters twice, even under different addresses."""

    def __init__(self) -> None:
        self._waiting: list[VisitStep] = []
        self._seen: set[str] = set()
        self._shapes: Counter[tuple[str, bool]] = Counter()
        self._learned: Counter[tuple[str, str]] = Counter()

    def add(self, step: VisitStep) -> bool:
        """Add `step`; return False if its page is known, no page, or one more of a trap."""
        known_as = page_key(step.url)
        if known_as in self._seen or not (step.listing or is_page(step.url)):
            return False
        named = bool(step.kinds) and step.depth <= 1
        pattern = shape(step.url), named
        if self._shapes[pattern] >= (NAMED_LIMIT if named else SHAPE_LIMIT) and not step.guess:
            return False
        self._seen.add(known_as)
        self._shapes[pattern] += 1
        self._waiting.append(step)
        return True

    def knows(self, url: str) -> bool:
        """Return True if the page at `url` was entered or reached."""
        return page_key(url) in self._seen

    def mark(self, url: str) -> bool:
        """Mark `url` as reached, for example by a redirect; return False if it was reached before."""
        known = self.knows(url)
        self._seen.add(page_key(url))
        return not known

    def again(self, step: VisitStep) -> None:
        """Add a step although its address is known: redirected, or to be rendered."""
        self._waiting.append(step)

    def take(self, url: str) -> VisitStep | None:
        """Remove and return the step that waits for the page at `url`; None if none does."""
        wanted = page_key(url)
        step = next((step for step in self._waiting if page_key(step.url) == wanted), None)
        if step is not None:
            self._waiting.remove(step)
        return step

    def learn(self, kind: str, url: str) -> None:
        """Learn that `url` had something of `kind`: addresses under the same first path segment come earlier."""
        self._learned[kind, _branch(url)] += 1

    def left(self, wanted: frozenset[str]) -> list[VisitStep]:
        """Return the steps that are named for one of `wanted` and were not taken."""
        return [step for step in self._waiting if step.kinds & wanted]

    def pop(self, wanted: frozenset[str], least: float = WORTH) -> VisitStep | None:
        """Remove and return the best step for `wanted`; None if none promises `least`. What was begun is ended first.

        Of equal steps the first one counts.
        """
        due = [step for step in self._waiting if _begun(step) or step.promised(wanted) >= least]
        if not due:
            return None
        best = max(due, key=lambda step: (_begun(step), self._worth(step, wanted)))
        self._waiting.remove(best)
        return best

    def _worth(self, step: VisitStep, wanted: frozenset[str]) -> float:
        branch = _branch(step.url)
        promises = sorted(
            (value + _NEAR * min(self._learned[kind, branch], 2), kind)
            for kind, value in step.promises.items()
            if kind in wanted
        )
        values = [value for value, _ in promises]
        return (values[-1] + _SECOND * sum(values[:-1]) if values else 0.0) - _STEP * step.depth


def _begun(step: VisitStep) -> bool:
    """Return True for a step that was taken before: redirected, or read as received."""
    return bool(step.chain) or step.render


def _branch(url: str) -> str:
    host, _, rest = url.partition("://")[2].partition("/")
    return f"{host}/{rest.partition('?')[0].partition('/')[0]}"
