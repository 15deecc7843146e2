"""Pages are read in child processes: the same values as here, within limits that no page can pass."""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from prober.detectors.body import Body
from prober.detectors.email.email_detector import document_emails
from prober.domain.indicator import INDICATORS, Kind
from prober.text.words import Department
from spiders.download.page_cache import PageCache
from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageReading, PageSource, Purpose
from spiders.reading.reading_processes import ReaderFault, ReadingProcesses, UnreadablePage
from tests.spiders.reading.test_reading import AT, BODY, HOST, SECTION

TEXT = "Văn phòng: vanphong@camau.gov.test"
# Heavy by its size alone, whatever the detectors do with it.
HEAVY = f"<html><title>Cổng</title><body>{'<p>Tin số 1: họp về kế hoạch (12/04/2020)</p>' * 50_000}</body></html>"


def source(html: str | None) -> PageSource:
    return PageSource(html and html.encode(), f"{HOST}/hoi-dap", 200, {}, AT, purpose=Purpose.HOME)  # type: ignore[arg-type]


def run(work: Callable[[ReadingProcesses], Awaitable[None]], seconds: float = 10.0, memory: int = 400 << 20) -> None:
    readers = ReadingProcesses(seconds, memory)
    try:
        asyncio.run(work(readers))  # type: ignore[arg-type]
    finally:
        readers.stop()


def test_a_child_reads_what_is_read_here() -> None:
    async def work(readers: ReadingProcesses) -> None:
        reading, used = await readers.page(source(SECTION), BODY, 10.0)
        assert reading == read_page(source(SECTION), BODY) and 0 < used < 10
        found = await readers.document(TEXT, "Danh bạ", f"{HOST}/1.pdf", AT, BODY)
        assert list(found) == document_emails(TEXT, "Danh bạ", f"{HOST}/1.pdf", AT, BODY) != []
        assert await readers.text("Tiếng Việt".encode("windows-1258", "replace"), "text/html") != ""

    run(work)


def test_a_child_is_told_only_what_it_cannot_know() -> None:
    asked = replace(BODY, sought=pickle.loads(pickle.dumps(INDICATORS)))
    assert asked.marks and asked.words.languages == ("vi",)
    told = pickle.dumps(asked)
    assert len(told) < 500 and pickle.loads(told) == asked
    fewer = replace(BODY, sought=INDICATORS[:1])
    assert pickle.loads(pickle.dumps(fewer)) == fewer


def test_a_page_over_the_limit_of_time_is_unreadable_and_the_next_is_read() -> None:
    async def work(readers: ReadingProcesses) -> None:
        await readers.page(source(SECTION), BODY, 10.0)
        with pytest.raises(UnreadablePage, match=r"more than 0\.5 s"):
            await readers.page(source(HEAVY), BODY, 10.0)
        with pytest.raises(UnreadablePage, match=r"more than 0\.2 s"):
            await readers.page(source(HEAVY), BODY, 0.2)
        reading, _ = await readers.page(source(SECTION), BODY, 10.0)
        assert reading.title == "Hỏi đáp"

    run(work, seconds=0.5)


@pytest.mark.spawned
def test_a_page_over_the_limit_of_memory_is_unreadable_and_the_next_is_read() -> None:
    async def work(readers: ReadingProcesses) -> None:
        with pytest.raises(UnreadablePage):
            await readers.page(source(HEAVY), BODY, 10.0)
        assert (await readers.page(source(SECTION), BODY, 10.0))[0].title == "Hỏi đáp"

    run(work, memory=24 << 20)


def test_other_pages_are_read_beside_one_that_hangs() -> None:
    async def work(readers: ReadingProcesses) -> None:
        heavy = asyncio.create_task(readers.page(source(HEAVY), BODY, 10.0))
        readings = [await readers.page(source(SECTION), BODY, 10.0) for _ in range(3)]
        assert not heavy.done() and len(readings) == 3
        heavy.cancel()  # as at the end of a crawl: the child is killed, and another takes its place
        with pytest.raises(asyncio.CancelledError):
            await heavy
        both = await asyncio.gather(*(readers.page(source(SECTION), BODY, 10.0) for _ in range(2)))
        assert both[0][0] == both[1][0]

    run(work, seconds=60.0)


def test_a_mistake_of_ours_is_named_by_its_place_without_words_of_the_page() -> None:
    async def work(readers: ReadingProcesses) -> None:
        with pytest.raises(ReaderFault, match=r"^\w+ \(prober\.text\.vietnamese, line \d+\)$"):
            await readers.page(source(None), BODY, 10.0)

    run(work)


def test_an_unchanged_page_is_not_read_again(tmp_path: Path) -> None:
    """Equal bytes, body and code give the value that was kept, for as many days as it stays the same."""

    def night(day: int, year: int, page: PageSource, body: Body = BODY) -> tuple[PageReading, bool]:
        cache = PageCache(tmp_path / "pages.db", day)
        readers = ReadingProcesses(cache=cache)
        try:
            reading, used = asyncio.run(
                readers.page(page._replace(fetched_at=AT.replace(day=day, year=year)), body, 10)
            )
        finally:
            readers.stop()
        return reading, used > 0

    form = "<form method='post'>Câu hỏi <textarea name='q'></textarea><button>Gửi câu hỏi</button></form>"
    html = SECTION.replace("<h1>", f"{form}<h1>")
    first, read = night(13, 2020, source(html))
    assert read and first.same_until == date(2021, 3, 7)
    assert night(14, 2020, source(html)) == (first, False)
    assert night(14, 2020, source(html + "<p>Tin</p>"))[1]
    assert night(14, 2020, source(html)._replace(headers={"content-type": "text/html; charset=tcvn3"}))[1]
    assert night(14, 2020, source(html), replace(BODY, own_domains=()))[1]
    other = Department("health", "portal", ("sở y tế",), ("syt",))
    assert night(14, 2020, source(html), replace(BODY, vocabulary=replace(BODY.vocabulary, departments=(other,))))[1]
    later, read = night(14, 2021, source(html))
    assert read and {found.level for found in later.findings if found.kind == Kind.QA} == {4}


def test_the_crawling_process_loads_no_parser_of_pages() -> None:
    code = "import sys, spiders.crawl_process, spiders.visit_file, spiders.handler, spiders.middlewares\n"
    told = "print([name for name in ('selectolax', 'prober.detectors.detection', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
