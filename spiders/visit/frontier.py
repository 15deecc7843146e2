"""Choose the page to open next: best first, each address once, avoiding crawler traps. Pure.

Links are scored by what they promise (prober.detectors.link_promises). Those that promise something still missing are
opened first, near ones before deep ones, and a branch of the site where something was found gets a higher score.
"""

from collections import Counter

from spiders.visit.step import WORTH, Step
from spiders.visit.urls import idle_parameters, is_page, page_key, shape, without

LIKELY = 0.7  # a link that promises this much is opened even where many of its shape promise less
NAMED_LIMIT = 24  # the same of those that the frame of the site names for what is looked for
SHAPE_LIMIT = 8  # most pages of one path shape, such as /news/N/N-w.html: more are a calendar or an archive


class Frontier:
    """The steps still to be taken on one site. No page enters twice, even under different addresses."""

    def __init__(self) -> None:
        self._waiting: list[Step] = []
        self._seen: set[str] = set()
        self._gone: set[str] = set()  # addresses without a page
        self._shapes: Counter[tuple[str, int]] = Counter()  # of sure candidates, of others, and of what is none
        self._learned: Counter[tuple[str, str]] = Counter()
        self._idle: frozenset[str] = frozenset()  # parameters that change nothing on this site

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, step: Step) -> bool:
        """Add `step`; return False if its page is known or it looks like one more page of a trap."""
        known_as = self._key(step.url)
        respelled = step.url not in self._gone and _respelled(step.url) in self._gone
        if (known_as in self._seen and not respelled) or not (step.place or is_page(step.url)):
            return False
        promised = max(step.promises.values(), default=0.0)
        pattern = (shape(step.url), sum(promised >= least for least in (WORTH, LIKELY)))
        limit = NAMED_LIMIT if step.named else SHAPE_LIMIT
        if self._shapes[pattern] >= limit and not step.place:
            return False
        self._seen.add(known_as)
        self._shapes[pattern] += 1
        self._waiting.append(step)
        return True

    def knows(self, url: str) -> bool:
        """Return True if the page at `url` was entered or reached."""
        return self._key(url) in self._seen

    def mark(self, url: str) -> bool:
        """Mark `url` as reached, for example by a redirect; return False if it was reached before."""
        known_as = self._key(url)
        known = known_as in self._seen
        self._seen.add(known_as)
        return not known

    def gone(self, url: str) -> None:
        """Learn that no page is at `url`. Some servers have it with, or without, the last slash."""
        self._gone.add(url)

    def learn_same(self, url: str, other: str) -> list[Step]:
        """Learn that `url` shows the page at `other`; return the waiting steps that thereby lead to known pages."""
        idle = idle_parameters(url, other) - self._idle
        if not idle:
            return []
        self._idle |= idle
        self._seen |= {self._key(url), self._key(other)}
        known: list[Step] = []
        waiting: list[Step] = []
        for step in self._waiting:
            plain = self._key(step.url)
            views = _begins(step) and without(step.url, idle) != step.url
            (known if views and plain in self._seen else waiting).append(step)
            self._seen.add(plain)
        self._waiting = waiting
        return known

    def _key(self, url: str) -> str:
        return page_key(without(url, self._idle))

    def again(self, step: Step) -> None:
        """Add a step although its address is known: to be rendered, or tried once more."""
        self._waiting.append(step)

    def take(self, url: str) -> Step | None:
        """Remove and return the step that waits for the page at `url`; None if none does."""
        known_as = self._key(url)
        step = next((step for step in self._waiting if self._key(step.url) == known_as), None)
        if step is not None:
            self._waiting.remove(step)
        return step

    def learn(self, kind: str, url: str) -> None:
        """Learn that `url` had something of `kind`: addresses under the same first path segment score higher."""
        self._learned[kind, _branch(url)] += 1

    def promises(self, wanted: frozenset[str], threshold: float) -> bool:
        """Return True if a waiting step promises one of `wanted` by at least `threshold`."""
        return any(_promised(step, wanted) >= threshold for step in self._waiting)

    def pop(self, wanted: frozenset[str], least: float = 0.0, place: str = "") -> Step | None:
        """Remove and return the best step, of equal ones the first; None if no step is left.

        A page is begun only if it promises one of `wanted` by at least `least`, and is of `place` if one is given. What
        was begun is brought to its end.
        """
        chosen = [step for step in self._waiting if _is_due(step, wanted, least) and (not place or step.place == place)]
        if not chosen:
            return None
        best = max(chosen, key=lambda step: self._priority(step, wanted))
        self._waiting.remove(best)
        return best

    def _priority(self, step: Step, wanted: frozenset[str]) -> float:
        branch = _branch(step.url)
        promises = [
            value + 0.1 * min(self._learned[kind, branch], 2) for kind, value in step.promises.items() if kind in wanted
        ]
        if not promises:
            return -1.0 - step.depth
        promises.sort(reverse=True)
        # A second promise adds a little; each step away from the home page subtracts a little.
        return (
            promises[0]
            + 0.15 * sum(promises[1:])
            - 0.05 * step.depth
            - 0.4 * step.guess
            - 0.5 * (step.attempt - 1)
            + step.render
        )


def _respelled(url: str) -> str:
    """Return an address with its last slash, if it has none, or without it."""
    return url[:-1] if url.endswith("/") else f"{url}/"


def _promised(step: Step, wanted: frozenset[str]) -> float:
    """Return the most that a step promises of `wanted`."""
    return max((value for kind, value in step.promises.items() if kind in wanted), default=0.0)


def _is_due(step: Step, wanted: frozenset[str], least: float) -> bool:
    promised = _promised(step, wanted)
    return promised >= least or (promised > 0 and not _begins(step))


def _begins(step: Step) -> bool:
    """Return True for a step that was not taken yet in any form."""
    return step.attempt == 1 and not step.render and not step.chain


def _branch(url: str) -> str:
    host, _, rest = url.partition("://")[2].partition("/")
    return f"{host}/{rest.partition('?')[0].partition('/')[0]}"
