"""What a visit has found so far: each thing once, on the page that shows it best. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from prober.domain.coverage import OWN_QA, settled
from prober.domain.finding import Finding, Kind, State
from prober.domain.page.page import Page

_STATES = {State.PRESENT: 2, State.UNKNOWN: 1, State.ABSENT: 0}
# Where two pages show the same thing equally well, the one that is about it is the better proof.
_CONFIDENCE_STEP = 0.05


class Gathering:
    """Findings, threads, and the pages that prove them."""

    def __init__(self) -> None:
        self._best: dict[tuple[str, str, str], Finding] = {}
        self._threads: dict[str, Mapping[str, Any]] = {}

    def add(self, findings: Iterable[Finding]) -> list[Finding]:
        """Take in what one page shows; those of `findings` that are new or better than what was known."""
        gained = []
        for finding in findings:
            identity = (finding.kind, finding.category, finding.value)
            known = self._best.get(identity)
            if known is None or _worth(finding) > _worth(known, _CONFIDENCE_STEP):
                self._best[identity] = finding
                gained.append(finding)
        return gained

    def add_threads(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of qa_thread; a thread seen again keeps the row that knows more (an answer, a date)."""
        for row in rows:
            known = self._threads.get(row["key"])
            if known is None or _known(row) > _known(known):
                self._threads[row["key"]] = row

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._best.values())

    @property
    def threads(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._threads.values())

    def wanted(self) -> frozenset[Kind]:
        """Kinds whose verdict more pages could still change."""
        return frozenset(kind for kind in Kind if not settled(self._best.values(), kind))

    def proving_pages(self) -> set[str]:
        """Addresses of the pages that findings now rest on: only these are kept as evidence."""
        return {finding.page_url for finding in self._best.values()}


def section_here(page: Page, findings: Iterable[Finding]) -> bool:
    """Whether `page` itself belongs to a Q&A section of the agency, so that links on it lead on into the section."""
    return any(f.kind == Kind.QA and f.category in OWN_QA and f.level >= 2 and f.page_url == page.url for f in findings)


def _worth(finding: Finding, more: float = 0.0) -> tuple[int, int, float]:
    return (_STATES[finding.state], finding.level, finding.confidence + more)


def _known(row: Mapping[str, Any]) -> int:
    return sum(bool(row.get(name)) for name in ("answered", "asked_on", "answered_on", "unit"))
