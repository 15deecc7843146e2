"""Look again at a scan in doubt: was it our reading? The archived pages are read by the detectors of today."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from prober.detectors.body import Body
from prober.documents.media_types import sniff
from prober.domain.finding import Finding, State
from prober.domain.reason import Reasons
from prober.services.context import Context
from prober.store import evidence
from prober.store.results import registry, suspicion
from prober.store.results.suspicion import ArchivedPage
from spiders.reading.page_reading import PageSource
from spiders.reading.reading_processes import ReaderFault, ReadingProcesses, UnreadablePage
from spiders.visit.steps.contact_documents import READABLE

PAGES = 3  # archived pages of one site that are read again for what was not there before
MOST = 400  # archived pages that are read again for one scan, each some hundredths of a second


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
    pages = [page for one in found for page in suspicion.archived_pages(db, scan, one, PAGES)]
    ours |= asyncio.run(_read_again(context, pages[:MOST]))
    return suspicion.settle_doubt(db, scan, ours)


async def _read_again(context: Context, pages: Sequence[ArchivedPage]) -> set[tuple[str, str]]:
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
            except (OSError, ValueError, StopIteration, KeyError, UnreadablePage, ReaderFault):
                continue
            if not _agrees(page, reading.findings):
                ours.add((page.turned.agency, page.turned.kind))
    finally:
        readers.stop()
    return ours


def _agrees(page: ArchivedPage, findings: Iterable[Finding]) -> bool:
    """Return True if the findings of the page as read today say what was said then; else our reading turned."""
    there = [f for f in findings if f.kind == page.turned.kind and f.state == State.FOUND]
    if page.turned.before == suspicion.SHOWN:
        return any((f.category, f.value) == (page.category, page.value) for f in there)
    return bool(there) == (page.turned.before == State.FOUND)


def _source(page: ArchivedPage, head: bytes, content: bytes) -> PageSource:
    first, *lines = head.decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return PageSource(content, page.url, int(first.split()[1]), headers, datetime.fromisoformat(page.fetched_at))
