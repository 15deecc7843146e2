"""Write the archived pages that may be published as one WACZ file, which web archive viewers replay.

The records are copied as they are, byte for byte, with their requests and with the later nights that saw the same
(revisits); a page that may not be published is left out with all of them. `wacz` makes index, page list and checksums
in a process of its own: https://specs.webrecorder.net/wacz/1.1.1/.
"""

import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.recordloader import ArcWarcRecord  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from prober.domain.archive import Shown
from prober.errors import ProberError
from prober.reporting.archive.archived_page import Archive
from prober.store import Database
from prober.store.reading import evidence_record
from prober.store.reading.queries import Row

COLUMNS = ("address", "received_at", "sha256", "shown", "taken_down_on", "reason", "warc_file", "warc_offset", "bytes")


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One archived page and whether it may be published; `reason` says why not."""

    row: Row
    shown: Shown
    reason: str = ""
    taken_down_on: str = ""

    @property
    def cells(self) -> tuple[object, ...]:
        """The row of the list, in the order of COLUMNS. A page that was taken down is named by its hash alone."""
        row = self.row
        address = "" if self.shown == Shown.TAKEN_DOWN else row["page_url"]
        return (address, row["fetched_at"], row["warc"], self.shown.value, self.taken_down_on, self.reason,
                row["warc_path"], row["warc_offset"], row["bytes"])  # fmt: skip


def listed(db: Database, archive: Archive) -> list[ListedPage]:
    """Return every archived page behind what is seen now, and whether it may be published."""
    return [_judged(archive, row) for row in evidence_record.all_archived(db)]


def _judged(archive: Archive, row: Row) -> ListedPage:
    found = archive.judged(row)
    if found.takedown:
        return ListedPage(row, found.shown, found.takedown.reason, found.takedown.on.isoformat())
    return ListedPage(row, found.shown, " ".join(found.restrictions) if found.shown == Shown.RESTRICTED else "")


_SEEN_ON = """
SELECT p.id, p.url, p.sha256, o.id AS observation, o.warc, o.screenshot
FROM page p LEFT JOIN observation o ON o.page = p.id
"""


def forget(snapshot: Database, archive: Archive) -> int:
    """Drop from a snapshot the titles and quoted words of pages that were taken down; return how many pages that were.

    Addresses and hashes stay, so that what was taken down can be named.
    """
    listed = archive.listed()
    pages: set[int] = set()
    observations: list[int] = []
    for row in snapshot.query(_SEEN_ON):
        hashes = (str(row[name]) for name in ("sha256", "warc", "screenshot") if row[name])
        if listed.of(row["url"], *hashes):
            pages.add(row["id"])
            observations += [row["observation"]] if row["observation"] else []
    for number in pages:
        snapshot.execute("UPDATE page SET title = '' WHERE id = ?", [number])
    for number in observations:
        snapshot.execute("UPDATE observation SET snippet = '', detail = '{}' WHERE id = ?", [number])
    return len(pages)


def write(pages: Collection[ListedPage], archive: Archive, out: Path, title: str) -> bool:
    """Write the pages that may be published to `out`; return False where there are none, or `wacz` is not installed.

    Raises ProberError where the file cannot be made.
    """
    wanted: dict[str, set[int]] = {}
    for page in pages:
        if page.shown == Shown.PAGE:
            wanted.setdefault(page.row["warc_path"], set()).add(page.row["warc_offset"])
    if not wanted or archive.root is None or find_spec("wacz") is None:
        return False
    with TemporaryDirectory(dir=out.parent, prefix=".wacz-") as folder:
        files, kept = [], set[str]()
        names = sorted(file.relative_to(archive.root).as_posix() for file in archive.root.glob("warc/*.warc.gz"))
        for name in dict.fromkeys([*names, *wanted]):
            file = Path(folder) / Path(name).name
            if _copy(archive, name, wanted.get(name, set()), kept, file):
                files.append(file)
        _pack(files, out, title)
    return True


def _copy(archive: Archive, name: str, wanted: Collection[int], kept: set[str], target: Path) -> bool:
    """Copy the wanted responses of one WARC file, and revisits of those `kept`; return False where there are none."""
    assert archive.root is not None
    source = archive.root / name
    found = False
    with source.open("rb") as file, source.open("rb") as raw, target.open("wb") as copy:
        WARCWriter(copy, gzip=True).write_record(_info(target.name))
        for first, last in _members(ArchiveIterator(file), archive, wanted, kept):
            raw.seek(first)
            copy.write(raw.read(last - first))
            found = True
    return found


def _info(name: str) -> ArcWarcRecord:
    return WARCWriter(BytesIO(), gzip=True).create_warcinfo_record(name, {"format": "WARC File Format 1.1"})


def _members(
    records: ArchiveIterator, archive: Archive, wanted: Collection[int], kept: set[str]
) -> Iterator[tuple[int, int]]:
    """Yield begin and end of what is copied: each request stands before its response."""
    taken = archive.listed()
    before: int | None = None  # where the request begins, which belongs to the next record
    for record in records:
        head = record.rec_headers
        offset, length = records.get_record_offset(), records.get_record_length()
        if record.rec_type == "request":
            before = offset
            continue
        is_wanted = record.rec_type == "response" and offset in wanted
        is_again = record.rec_type == "revisit" and head.get_header("WARC-Refers-To") in kept
        if is_wanted or (is_again and not taken.of(head.get_header("WARC-Target-URI") or "")):
            kept.add(head.get_header("WARC-Record-ID"))
            yield offset if before is None else before, offset + length
        before = None


def _pack(files: Collection[Path], out: Path, title: str) -> None:
    """Have `wacz` pack WARC files, with an index and a list of the pages in them."""
    words = ["create", "--output", str(out), "--detect-pages", "--hash-type", "sha256", "--title", title]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "wacz", *words, *map(str, files)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode or not out.is_file():
        raise ProberError(f"{out}: wacz cannot pack the archived pages: {(done.stderr or done.stdout).strip()[-300:]}")
