"""Read pages in child processes with limits, so that no page can stop the crawl, slow other sites or fill the memory.

The crawling process itself parses no page. A page that takes too long costs itself and nothing else. What was read of
a page is kept: while its bytes and the code that reads them stay the same, no later crawl reads it again.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import msgspec

from prober.detectors.body import Body
from prober.documents.child_process import ChildProcess
from prober.domain.finding import Finding
from prober.domain.hostnames import host_of
from prober.domain.indicator import rules_mark
from prober.errors import place
from prober.studies.packs import words_mark
from spiders.reading.page_reading import PageReading, PageSource, decoded, encoded, reader_version, reading_key

if TYPE_CHECKING:  # the children, which load this module, need no database
    from spiders.download.page_cache import PageCache

PROCESSES = 2
MEMORY = 800 << 20  # bytes for one page; five million bytes of links take about half of it
SECONDS = 60.0  # for one page, by the clock, as other programs may use the processor
PROCESSOR_SECONDS = 10.0  # for one page, if not configured; an ordinary one takes a hundredth of a second

_P = ParamSpec("_P")
_T = TypeVar("_T")
_S = TypeVar("_S")
_findings = msgspec.json.Decoder(tuple[Finding, ...])


class UnreadablePage(Exception):
    """A page could not be read within the limits. The message says which limit."""


class ReaderFault(Exception):
    """A mistake of the prober in reading a page. The message is its place in the code (`prober.errors.place`)."""


class ReadingProcesses:
    """A few processes that read pages: each started when it is first needed, and again after it was killed."""

    def __init__(
        self, processor_seconds: float = PROCESSOR_SECONDS, memory: int = MEMORY, cache: "PageCache | None" = None,
        processes: int = PROCESSES,
    ) -> None:  # fmt: skip
        self.processor_seconds = processor_seconds
        self._cache = cache
        self._children = [ChildProcess(memory, "spiders.reading.page_reader") for _ in range(processes)]
        self._free = asyncio.Semaphore(processes)
        self._idle = self._children[::-1]  # what was used last comes last, and is taken first
        self._first: dict[str, ChildProcess] = {}  # host → the process that read its first page

    async def page(self, source: PageSource, body: Body, seconds: float) -> tuple[PageReading, float]:
        """Return what is read of a page, and the processor seconds that it took.

        `seconds` is what it may take of the processor, if that is less than the limit. Raises Unreadable for a page
        that takes more time or memory, ReaderFault for a mistake of ours.
        """
        study = f"{words_mark(body.vocabulary)} {rules_mark(body.sought)} {body.vocabulary.departments}"
        key = reading_key(source, body, reader_version(), study) if self._cache else b""
        known = self._known(key, source.fetched_at.date())
        if known is not None:
            return known, 0.0
        data, used = await self._call(host_of(source.url), seconds, _guarded, _read_page, source, body)
        reading = decoded(data)
        if self._cache and reading.obstacle is None:  # what is said of an obstacle depends on more headers
            self._cache.put(key, data)
        return reading, used

    def _known(self, key: bytes, today: date) -> PageReading | None:
        """Return the reading that an earlier crawl kept, if it is the same today."""
        data = self._cache.get(key) if self._cache else None
        try:
            reading = decoded(data) if data is not None else None
        except ValueError:  # not written by this program
            return None
        return reading if reading and reading.read_on <= today <= reading.same_until else None

    async def document(self, text: str, name: str, url: str, at: datetime, body: Body) -> tuple[Finding, ...]:
        """Return the addresses in the text of a document (`document_emails`). Raises as `page` does."""
        limit = self.processor_seconds
        data, _ = await self._call(host_of(url), limit, _guarded, _read_document, text, name, url, at, body)
        return _findings.decode(data)

    async def text(self, content: bytes, declared: str) -> str:
        """Return the text of a page that was received with this content type. Raises as `page` does."""
        return (await self._call("", self.processor_seconds, _decode, content, declared))[0]

    async def made(self, function: Callable[[_S], _T], source: _S, url: str, seconds: float) -> tuple[_T, float]:
        """Return what `function` makes of `source`, which came from `url`, and the processor seconds. Raises as `page`.

        Nothing of it is kept.
        """
        return await self._call(host_of(url), seconds, _guarded, function, source)

    async def _call(
        self, host: str, seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> tuple[_T, float]:
        """Call `function` in an idle process, that of the first page of `host` if it is idle: it knows the menus."""
        limit = min(seconds, self.processor_seconds)
        await self._free.acquire()
        child = self._first.setdefault(host, self._idle[-1])
        child = child if child in self._idle else self._idle[-1]
        self._idle.remove(child)
        try:
            return await child.call(SECONDS, limit, function, *args, **kwargs)
        except TimeoutError as error:
            raise UnreadablePage(f"reading it took more than {limit:g} s") from error
        except MemoryError as error:
            raise UnreadablePage("reading it took too much memory") from error
        except ChildProcessError as error:
            raise UnreadablePage("it broke its reader") from error
        finally:
            self._idle.append(child)
            self._free.release()

    def stop(self) -> None:
        """End the processes, and write what is left for the cache."""
        for child in self._children:
            child.stop()
        if self._cache:
            self._cache.close()


def _guarded(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function in the child. Raises ReaderFault, with its place, for any mistake of ours."""
    try:
        return function(*args, **kwargs)
    except MemoryError:
        raise
    except Exception as error:
        raise ReaderFault(place(error)) from None


# What a child loads: the crawling process itself parses nothing.


def _read_page(source: PageSource, body: Body) -> bytes:
    from spiders.reading.page_reader import read_page

    return encoded(read_page(source, body))


def _decode(content: bytes, declared: str) -> str:
    from prober.text.vietnamese import decode

    return decode(content, declared)


def _read_document(text: str, name: str, url: str, at: datetime, body: Body) -> bytes:
    from prober.detectors.email.email_detector import document_emails

    return msgspec.json.encode(document_emails(text, name, url, at, body))
