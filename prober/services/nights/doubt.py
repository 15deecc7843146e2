"""Look again at a scan in doubt: was it our reading? The archived pages are read by the detectors of today."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from prober.detectors.body import Body
from prober.documents.media_types import sniff
from prober.domain.finding import Finding, State
from prober.domain.reason import Reasons
from prober.services.context import Context
from prober.store import evidence
from prober.store.results import registry, suspicion
from prober.store.results.suspicion import Turned
from spiders.reading.page_reading import PageSource
from spiders.reading.reading_processes import ReaderFault, ReadingProcesses, Unreadable
from spiders.visit.collectors.contact_documents import READABLE

PAGES = 3  # archived pages of one site that are read again for what was not there before
MOST = 400  # archived pages that are read again for one scan, each some hundredths of a second


@dataclass(frozen=True, slots=True)
class _Archived:
    """One archived page that is read again: if it now says otherwise than then, what turned is our reading.

    `category` and `value` are of the single finding that was on it, where such are gone.
    """

    turned: Turned
    category: str
    value: str
    url: str
    fetched_at: str
    path: str
    offset: int

    def agrees(self, findings: Iterable[Finding]) -> bool:
        """Return True if the findings of the page as read today say what was said then."""
        there = [f for f in findings if f.kind == self.turned.kind and f.state == State.PRESENT]
        if self.turned.before == suspicion.SHOWN:
            return any((f.category, f.value) == (self.category, self.value) for f in there)
        return bool(there) == (self.turned.before == State.PRESENT)


def look_again(context: Context, frame: str) -> Reasons:
    """Settle the doubt about the newest whole scan of a frame, by its archived pages and by every other look at it.

    Return the doubts that stay; () if no scan is in doubt any more.
    """
    db = context.results
    scan = suspicion.doubted(db, frame=frame)
    if scan is None:
        return ()
    found = [one for one in suspicion.turned(db, scan) if one.kind]
    ours = suspicion.unchanged_pages(db, scan, found)
    ours |= asyncio.run(_read_again(context, list(_archived(context, scan, found))[:MOST]))
    return suspicion.settle_doubt(db, scan, ours)


def _archived(context: Context, scan: int, found: Iterable[Turned]) -> Iterator[_Archived]:
    """Yield the archived pages that decide: where it was, the page that proved it; where it was not, pages of then."""
    queries = {State.PRESENT: _PROOF, suspicion.SHOWN: _LOST}
    for one in found:
        values = {"agency": one.agency, "kind": one.kind, "good": one.good, "scan": scan, "most": PAGES}
        for row in context.results.execute(queries.get(one.before, _PAGES), values).fetchall():
            yield _Archived(one, *row)


async def _read_again(context: Context, pages: Sequence[_Archived]) -> set[tuple[str, str]]:
    """Return agency and kind of what today's detectors read otherwise from the pages of then.

    A page that is not there any more, or that cannot be read, decides nothing.
    """
    from spiders.visit.visit_runner import body  # loads Scrapy, which the help of a command does not need

    bodies: dict[str, Body] = {}
    related = registry.related_domains(context.results)
    for agency in context.agencies():
        bodies[agency.id] = body(
            agency, related.get(agency.id, ()), context.study.sought, vocabulary=context.study.vocabulary
        )
    readers = ReadingProcesses(context.config.crawl.seconds_per_page)
    ours = set()
    try:
        for page in pages:
            try:
                record = evidence.read(context.config.paths.evidence, page.path, page.offset)
                source = _source(page, record.head, record.body)
                if sniff(record.body, source.headers.get("content-type", "")) in READABLE:
                    continue  # a document is no page: what it showed was read of its text
                reading, _ = await readers.page(source, bodies[page.turned.agency], readers.processor_seconds)
            except (OSError, ValueError, StopIteration, KeyError, Unreadable, ReaderFault):
                continue
            if not page.agrees(reading.findings):
                ours.add((page.turned.agency, page.turned.kind))
    finally:
        readers.stop()
    return ours


def _source(page: _Archived, head: bytes, content: bytes) -> PageSource:
    first, *lines = head.decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return PageSource(content, page.url, int(first.split()[1]), headers, datetime.fromisoformat(page.fetched_at))


# A page as a browser showed it cannot be made again from what is archived.
_RECORD = "p.url, p.fetched_at, e.path, e.warc_offset"
_KEPT = "p.rendered = 0 AND e.warc_offset IS NOT NULL"
_PROOF = f"""
SELECT '', '', {_RECORD}
FROM verdict w JOIN observation o ON o.id = w.observation JOIN page p ON p.id = o.page
JOIN evidence e ON e.sha256 = o.warc
WHERE w.agency = :agency AND w.kind = :kind AND w.scan = :good AND {_KEPT}
"""
_LOST = f"""
SELECT l.category, l.value, {_RECORD}
FROM ({suspicion.LOST}) l JOIN page p ON p.id = l.page JOIN evidence e ON e.sha256 = l.warc
WHERE {_KEPT} ORDER BY l.finding LIMIT :most
"""
_PAGES = f"""
SELECT DISTINCT '', '', {_RECORD}
FROM scan_page p JOIN observation o ON o.page = p.id JOIN evidence e ON e.sha256 = o.warc
WHERE p.agency = :agency AND p.scan = :good AND {_KEPT} ORDER BY p.id LIMIT :most
"""
