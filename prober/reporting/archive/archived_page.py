"""Show the archived page behind an observation, or say why it is not shown.

Bytes of a stranger's page are taken apart in a child process with limits of time and memory (safe_copy); documents are
read where prober.documents reads them.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from prober.detectors.body import Body
from prober.documents import readers
from prober.documents.child_process import ChildProcess
from prober.documents.media_types import sniff
from prober.documents.notes import MARK
from prober.domain.archive import Restriction, Shown, Takedown, Takedowns
from prober.domain.pages.page import Page
from prober.reporting.archive.proving_words import Sought
from prober.reporting.archive.restrictions import restrictions
from prober.reporting.archive.safe_copy import SafeCopy, copy_of_text, safe_copy
from prober.store import evidence
from prober.store.reading.queries import Row
from prober.text.vietnamese import decode
from prober.text.words import Vocabulary

MOST_BYTES = 5_000_000  # of a page that is taken apart; the crawler reads no more by default
SECONDS = 10.0  # for one page, by the clock
PROCESSOR_SECONDS = 4.0
MEMORY = 600 << 20
COPIES = 64  # that are kept: the pages that readers come back to
_PAGES = frozenset(("text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"))

_child = ChildProcess(MEMORY, "prober.reporting.archive.archived_page", sealed=True)


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A page as judged by the child process; `restrictions` are those that today's detectors see."""

    copy: SafeCopy
    restrictions: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True)
class Archived:
    """An archived page for its reader. `copy` is there where it is shown; `restrictions` may be there then too."""

    shown: Shown
    record: evidence.Record | None = None  # without its body
    copy: SafeCopy | None = None
    restrictions: tuple[Restriction, ...] = ()
    takedown: Takedown | None = None
    is_document: bool = False


@dataclass(frozen=True)
class Archive:
    """The archived pages of a study, and who may see them.

    `root` is the folder of evidence, None where there is none; `shows_all` is `[publish] archives`; `listed` gives the
    takedown list as it is now; `vocabulary` has the words by which the study reads pages.
    """

    vocabulary: Vocabulary
    root: Path | None = None
    shows_all: bool = False
    listed: Callable[[], Takedowns] = Takedowns
    _kept: "OrderedDict[tuple[object, ...], JudgedPage]" = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def takedown(self, row: Row) -> Takedown | None:
        """Return why the page of a row of `observed` or `archived` is taken down, None where it is not."""
        hashes = (str(row[name]) for name in ("warc", "page_sha256", "screenshot") if row.get(name))
        return self.listed().of(str(row["page_url"]), *hashes)

    def page(self, row: Row, sought: Sought) -> Archived:
        """Return the archived page of a row of `observed` or `archived`, with what is sought marked."""
        if takedown := self.takedown(row):
            return Archived(Shown.TAKEN_DOWN, takedown=takedown)
        if row["warc_path"] is None or row["warc_offset"] is None:
            return Archived(Shown.NO_RECORD)
        if self.root is None:
            return Archived(Shown.NOT_HERE)
        try:
            record = evidence.read(self.root, row["warc_path"], row["warc_offset"], readers.MAX_BYTES)
        except OSError:
            return Archived(Shown.NOT_HERE)
        except ValueError:
            return Archived(Shown.BROKEN)
        return self._judged(row, record, sought)

    def make_ready(self) -> None:
        """Start the process that reads pages, where any are shown: the first reader would wait 0.4 s for it."""
        if self.root is not None:
            with suppress(OSError, MemoryError):
                _child.run(SECONDS, PROCESSOR_SECONDS, judged_copy, b"", "text/html", "", Sought(), self.vocabulary)

    def judged(self, row: Row) -> Archived:
        """Return what may be published of a page; its copy is made only where that decides."""
        if self.shows_all and not self.takedown(row):
            is_here = self.root is not None and (self.root / row["warc_path"]).is_file()
            return Archived(Shown.PAGE if is_here else Shown.NOT_HERE)
        return self.page(row, Sought())

    def _judged(self, row: Row, record: evidence.Record, sought: Sought) -> Archived:
        media_type = sniff(record.body, record.content_type.partition(";")[0].strip().lower())
        document = media_type if media_type in readers.READABLE and media_type not in _PAGES else ""
        told = Archived(Shown.NO_TEXT, replace(record, body=b""), is_document=bool(document))
        if not document and media_type not in _PAGES and not media_type.startswith("text/"):
            return told
        try:
            judged = self._copy((row["warc"], sought), record, document, sought)
        except (TimeoutError, MemoryError, ChildProcessError):
            return replace(told, shown=Shown.TOO_LARGE)
        except OSError:  # no child process can be started
            return replace(told, shown=Shown.BROKEN)
        if judged is None:
            return told
        known = (Restriction.THREADS,) if row["threads"] else ()
        told = replace(told, restrictions=tuple(dict.fromkeys((*known, *judged.restrictions))))
        if told.restrictions and not self.shows_all:
            return replace(told, shown=Shown.RESTRICTED)
        return replace(told, shown=Shown.PAGE, copy=judged.copy)

    def _copy(
        self, key: tuple[object, ...], record: evidence.Record, document: str, sought: Sought
    ) -> JudgedPage | None:
        """Return the copy of a record, kept or new; `document` is its media type where it is no page."""
        with self._lock:
            if kept := self._kept.get(key):
                self._kept.move_to_end(key)
                return kept
        text = readers.text_of(record.body, document) if document else ""
        if document and (not text or text.startswith(MARK)):
            return None
        content = text if document else record.body[:MOST_BYTES]
        judged, _ = _child.run(
            SECONDS, PROCESSOR_SECONDS, judged_copy, content, record.content_type, record.url, sought, self.vocabulary
        )
        with self._lock:
            self._kept[key] = judged
            while len(self._kept) > COPIES:
                self._kept.popitem(last=False)
        return judged


def judged_copy(content: bytes | str, declared: str, url: str, sought: Sought, vocabulary: Vocabulary) -> JudgedPage:
    """Return the copy of a page (bytes, decoded as by the crawler) or of a document's text, and what it holds.

    Runs in the child process. Raises MemoryError where the page has no tree.
    """
    body = Body("", kind="", vocabulary=vocabulary)
    html = _paragraphs(content) if isinstance(content, str) else decode(content, declared)
    copy = copy_of_text(content, sought) if isinstance(content, str) else safe_copy(html, sought)
    page = Page(url, 200, html, datetime.min, words=body.words)
    return JudgedPage(copy, restrictions(page, body))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{line}</p>" for line in text.replace("<", "&lt;").splitlines())


def stop() -> None:
    """End the child process; the next page starts another."""
    _child.stop()
