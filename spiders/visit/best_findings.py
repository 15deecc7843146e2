"""The findings and questions of a visit, each with the page that proves it best. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from heapq import nlargest
from typing import Any

from prober.domain.finding import Finding, State
from prober.domain.indicator import INDICATORS, Indicator, names
from prober.domain.verdicts import Walk, settled, verdicts
from spiders.visit.urls import canonical

MOST_FINDINGS = 500  # of one kind that a visit keeps; a list of all offices of a province has fewer addresses
_STATES = {State.FOUND: 2, State.NOT_SEEN: 1, State.NOT_FOUND: 0}
# If two pages show the same thing equally well, the page about it is the better evidence.
_CONFIDENCE_STEP = 0.05


class BestFindings:
    """The findings and Q&A threads of a visit, each with the page that proves it best."""

    def __init__(self, sought: Sequence[Indicator] = INDICATORS) -> None:
        self._sought = sought
        self._best: dict[tuple[str, str, str], Finding] = {}
        self._gone: set[str] = set()  # addresses without a page
        self._unread: frozenset[str] = frozenset()  # addresses whose page could not be read
        self._threads: dict[str, Mapping[str, Any]] = {}
        self._wanted: frozenset[str] | None = None  # None: to be worked out anew

    def add(self, findings: Iterable[Finding]) -> list[Finding]:
        """Add the findings of one page; return those that are new or better than the known ones."""
        gained = []
        for finding in findings:
            identity = (finding.kind, finding.category, finding.value)
            known = self._best.get(identity)
            if finding.value in self._gone and by_name(finding):
                continue
            if known is None or _worth(finding) > _worth(known, _CONFIDENCE_STEP):
                self._best[identity] = finding
                gained.append(finding)
        if gained:
            self._wanted = None
        if len(self._best) > MOST_FINDINGS:
            self._best = _best_of_each(self._best)
        return gained

    def drop(self, url: str) -> None:
        """Forget what rests on the name of `url` alone: there is no page, or it says that it is empty."""
        self._gone.add(url)
        self._wanted = None
        self._best = {key: found for key, found in self._best.items() if found.value != url or not by_name(found)}

    def hold_open(self, unread: Iterable[str]) -> None:
        """Hold open what rests on the name of one of `unread` alone: what its page shows is not known."""
        if (now := frozenset(unread)) != self._unread:
            self._unread, self._wanted = now, None

    def add_threads(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows of qa_thread; of a thread seen again the row with more data (an answer, a date) is kept."""
        for row in rows:
            known = self._threads.get(row["key"])
            if known is None or _known(row) > _known(known):
                self._threads[row["key"]] = row

    @property
    def findings(self) -> tuple[Finding, ...]:
        if not self._unread:
            return tuple(self._best.values())
        return tuple(
            replace(found, state=State.NOT_SEEN)
            if by_name(found) and not self._unread.isdisjoint((found.value, canonical(found.value)))
            else found
            for found in self._best.values()
        )

    @property
    def threads(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._threads.values())

    def wanted(self) -> frozenset[str]:
        """Return the kinds whose verdict more pages could still change."""
        if self._wanted is None:
            self._wanted = frozenset(
                one.kind for one in self._sought if not one.measured and not settled(self.findings, one)
            )
        return self._wanted

    def missing(self) -> frozenset[str]:
        """Return the kinds of which there is no proof yet."""
        told = verdicts(self.findings, Walk(), date.max, [one for one in self._sought if not one.measured])
        return frozenset(verdict.kind for verdict in told if verdict.state != State.FOUND)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what the study looks for."""
        return names(self._sought)

    def proving_pages(self) -> set[str]:
        """Return the addresses of pages that prove the findings: only these are kept as evidence."""
        return {finding.page_url for finding in self._best.values()}


def by_name(finding: Finding) -> bool:
    """Return True for what a link, or the name of a page, says alone."""
    return bool(finding.detail.get("candidate") or finding.detail.get("named"))


def _worth(finding: Finding, more: float = 0.0) -> tuple[int, int, float]:
    return (_STATES[finding.state], finding.level, finding.confidence + more)


def _best_of_each(found: Mapping[tuple[str, str, str], Finding]) -> dict[tuple[str, str, str], Finding]:
    """Return the MOST_FINDINGS best findings of each kind, in the order in which they were found."""
    kept: set[tuple[str, str, str]] = set()
    for kind in {kind for kind, _, _ in found}:
        of_kind = (identity for identity in found if identity[0] == kind)
        kept.update(nlargest(MOST_FINDINGS, of_kind, key=lambda identity: _worth(found[identity])))
    return {identity: finding for identity, finding in found.items() if identity in kept}


def _known(row: Mapping[str, Any]) -> int:
    return sum(bool(row.get(name)) for name in ("answered", "asked_on", "answered_on", "unit"))
