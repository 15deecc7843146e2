"""Review findings of the crawl: a person accepts each, or disputes it with a reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from prober.services.context import Context
from prober.store.reading import review_queue
from prober.store.reading.queries import need_indicator
from prober.store.reading.review_queue import KeptReview
from prober.store.results import mail_projection

Row = dict[str, Any]


class FindingSitting:
    """One person at work on a queue of findings. Every decision is stored at once."""

    def __init__(self, context: Context, coder: str, queue: list[Row]) -> None:
        self._context, self.coder, self.queue = context, coder, queue
        self._undo: list[tuple[int, KeptReview | None]] = []  # place in the queue, and what stood before

    @property
    def decided(self) -> int:
        """The number of findings with a decision of this sitting."""
        return len({place for place, _ in self._undo})

    def said(self, place: int) -> Mapping[str, Any] | None:
        """Return the review of the finding at `place` of the queue: decision, reason, by; None if there is none."""
        return review_queue.finding_said(self._context.private, self.queue[place])

    def decide(self, place: int, decision: str, reason: str) -> None:
        """Store the decision on the finding at `place`: "accepted" or "disputed"."""
        now = self._context.clock.now()
        before = review_queue.save_finding(self._context.private, self.queue[place], decision, reason, self.coder, now)
        self._undo.append((place, before))

    def undo(self) -> int | None:
        """Take the last decision of this sitting back and return the place of its finding; None if there is none."""
        if not self._undo:
            return None
        place, before = self._undo.pop()
        review_queue.take_finding_back(self._context.private, self.queue[place], before)
        return place


@contextmanager
def sitting(
    context: Context, coder: str, kind: str = "", again: bool = False, everything: bool = False
) -> Iterator[FindingSitting]:
    """Open a sitting of `coder` on findings of `kind`, or of all, the least certain first.

    With `again` on those that were reviewed already, with `everything` also on those that support no verdict. The
    public table of reviews is updated at the end.
    """
    context.paired()
    context.sync_registry()
    if kind:
        need_indicator(context.results, kind)
    work = FindingSitting(
        context, coder, review_queue.findings(context.results, context.private, kind, again, everything)
    )
    with context.run("review findings") as row:
        try:
            yield work
        finally:
            mail_projection.publish_findings(context.private, context.results)
            row |= {"coder": coder, "decided": work.decided}
