"""Store the files that prove findings: content-addressed pictures, and one WARC file per scan."""

import hashlib
import os
import zlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
from warcio.recordloader import ArcWarcRecord  # type: ignore[import-untyped]
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from prober import owner_only
from prober.domain.visit import Exchange, NotModified, digest

_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file: the hash of its content, its path under the evidence folder, its size."""

    sha256: str
    path: str
    bytes: int


def put(root: Path, content: bytes, suffix: str) -> StoredFile:
    """Store `content` under its own hash; the same content twice is one file. The file is whole or not there at all."""
    sha256 = digest(content)
    path = Path(suffix.strip(".")) / sha256[:2] / f"{sha256}{suffix}"
    target = root / path
    if not target.exists():
        owner_only.folder(target.parent)
        part = target.with_suffix(f".{os.getpid()}.part")
        owner_only.write(part, content)
        part.replace(target)
    return StoredFile(sha256, path.as_posix(), len(content))


class WarcFile:
    """The WARC file of one scan: gzip members appended and fsynced before the database refers to them."""

    def __init__(self, root: Path, name: str, software: str, committed: int = 0) -> None:
        """Open `root`/`name`. `committed` is the offset of the last record that the database knows.

        A scan that was killed may have left half a record, or records of a visit that was never stored: whatever
        follows the last committed record is cut off, because a reader would stop at the torn one.
        """
        owner_only.folder((root / name).parent)
        self.path = name
        flags = os.O_RDWR | os.O_CREAT
        self._file: BinaryIO = os.fdopen(owner_only.opener(str(root / name), flags), "r+b")
        self._file.truncate(_member_end(self._file, committed) if committed else 0)
        self._file.seek(0, os.SEEK_END)
        self._writer = WARCWriter(self._file, gzip=True)
        if not committed:
            info = {"software": software, "format": "WARC File Format 1.1", "robots": "classic"}
            self._writer.write_record(self._writer.create_warcinfo_record(name, info))

    def append(self, exchange: Exchange) -> int:
        """Write request and response; return the offset of the response record."""
        date = exchange.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {"WARC-Date": date} | ({"WARC-IP-Address": exchange.ip} if exchange.ip else {})
        response = self._writer.create_warc_record(
            exchange.url, "response", payload=BytesIO(exchange.body), length=len(exchange.body),
            warc_headers_dict=headers, http_headers=_block(exchange.head, protocol_first=True),
        )  # fmt: skip
        request = self._writer.create_warc_record(
            exchange.url, "request", warc_headers_dict={"WARC-Date": date},
            http_headers=_block(exchange.request, protocol_first=False),
        )  # fmt: skip
        request.rec_headers.add_header("WARC-Concurrent-To", response.rec_headers.get_header("WARC-Record-ID"))
        self._writer.write_record(request)
        offset = self._file.tell()
        self._writer.write_record(response)
        return offset

    def append_revisit(self, exchange: Exchange, first: "RecordHead") -> None:
        """Write that tonight's answer was the content that `first`, an earlier record, has (WARC 1.1, section 6.7)."""
        again = exchange.confirmed or NotModified(exchange.fetched_at, exchange.request, exchange.head)
        date = again.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        record = self._writer.create_revisit_record(
            exchange.url, first.digest, first.url, first.date, warc_headers_dict={"WARC-Date": date},
            http_headers=_block(again.head, protocol_first=True),
        )  # fmt: skip
        profile = "server-not-modified" if exchange.confirmed else "identical-payload-digest"
        record.rec_headers.replace_header("WARC-Profile", f"{_PROFILES}{profile}")
        record.rec_headers.add_header("WARC-Refers-To", first.record)
        request = self._writer.create_warc_record(
            exchange.url, "request", warc_headers_dict={"WARC-Date": date},
            http_headers=_block(again.request, protocol_first=False),
        )  # fmt: skip
        request.rec_headers.add_header("WARC-Concurrent-To", record.rec_headers.get_header("WARC-Record-ID"))
        self._writer.write_record(request)
        self._writer.write_record(record)

    def sync(self) -> None:
        """Sync the file: everything appended is on the disk when this returns."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _block(head: bytes, protocol_first: bool) -> StatusAndHeaders:
    first, *lines = head.decode("latin-1").split("\r\n")
    start, _, rest = first.partition(" ")
    pairs = [(name, value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon]
    if protocol_first:
        return StatusAndHeaders(rest, pairs, protocol=start)
    return StatusAndHeaders(first, pairs, is_http_request=True)


def _member_end(file: BinaryIO, offset: int) -> int:
    """Return the offset of the end of the gzip member that begins at `offset`."""
    file.seek(offset)
    inflate = zlib.decompressobj(wbits=31)
    while not inflate.eof:
        chunk = file.read(65536)
        if not chunk:
            return offset  # torn although committed: drop it, else the file would be unreadable
        inflate.decompress(chunk)
    return file.tell() - len(inflate.unused_data)


@dataclass(frozen=True, slots=True)
class RecordHead:
    """The head of a response record, as written there; `digest` is that of the body as sent."""

    record: str
    url: str
    date: str
    digest: str


def kept(root: Path, path: str, offset: int) -> RecordHead:
    """Return what the response record at `offset` says. Raises OSError if the file is gone, and ValueError."""
    with (root / path).open("rb") as file:
        file.seek(offset)
        head = next(iter(ArchiveIterator(file))).rec_headers
    names = ("WARC-Record-ID", "WARC-Target-URI", "WARC-Date", "WARC-Payload-Digest")
    return RecordHead(*(head.get_header(name) or "" for name in names))


def payload_digest(exchange: Exchange) -> str:
    """Return the digest of the body as sent, as a WARC record has it."""
    return f"sha1:{b32encode(hashlib.sha1(exchange.body, usedforsecurity=False).digest()).decode()}"


@dataclass(frozen=True, slots=True)
class Record:
    """A response as archived: its header block, and its body with the content encoding decoded.

    `date` is when it was received. Of a revisit, `head` and `date` are its own, and `body` is that of the record to
    which it refers. `is_cut` says that the body has more bytes than were asked for.
    """

    url: str
    date: str
    head: bytes
    body: bytes
    is_cut: bool = False

    @property
    def content_type(self) -> str:
        """The declared type, with its parameters, as the reader of pages is given it; "" where none is declared."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-type":
                return value.strip()
        return ""


MOST_BYTES = 30_000_000  # of a body, decoded: a few kilobytes may hold gigabytes


def read(root: Path, path: str, offset: int, most: int = MOST_BYTES) -> Record:
    """Return the response at `offset` of a WARC file; a revisit with the body of the record to which it refers.

    Raises OSError where a file is gone, and ValueError where there is no such record or the path leaves the folder.
    """
    found = _record(root, path, offset, most)
    if found.rec_type != "revisit":
        return _as_read(found, most)
    first = _referred(root, path, found.rec_headers.get_header("WARC-Refers-To") or "")
    again = _as_read(found, most)
    earlier = read(root, *first, most)
    return Record(again.url, again.date, again.head if b" 304 " not in again.head[:20] else earlier.head, earlier.body)


def _record(root: Path, path: str, offset: int, most: int) -> ArcWarcRecord:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{path} is not below the folder of evidence")
    with (root / path).open("rb") as file:
        file.seek(offset)
        try:
            record = next(iter(ArchiveIterator(file)))
        except (StopIteration, ArchiveLoadFailed) as error:
            raise ValueError(f"{path} has no record at {offset}") from error
        if record.http_headers is None:
            raise ValueError(f"{path} has no response at {offset}")
        record.body = _bounded(record.content_stream(), most + 1)
        return record


def _as_read(record: ArcWarcRecord, most: int) -> Record:
    names = ("WARC-Target-URI", "WARC-Date")
    url, date = (record.rec_headers.get_header(name) or "" for name in names)
    return Record(url, date, record.http_headers.to_bytes(), record.body[:most], len(record.body) > most)


def _bounded(stream: Any, most: int) -> bytes:
    """Return at most `most` bytes; a body that cannot be decoded to its end, as far as it can be."""
    pieces: list[bytes] = []
    while most > 0 and (piece := stream.read(min(most, 65536))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _referred(root: Path, path: str, record_id: str) -> tuple[str, int]:
    """Return file and offset of a response by its id, the newest file first. Raises ValueError where it is gone."""
    for file in sorted((root / path).parent.glob("*.warc.gz"), reverse=True):
        with file.open("rb") as stream:
            records = ArchiveIterator(stream)
            for record in records:
                if record_id and record.rec_headers.get_header("WARC-Record-ID") == record_id:
                    return file.relative_to(root).as_posix(), int(records.get_record_offset())
    raise ValueError(f"{path}: the record {record_id or 'without an id'} to which a revisit refers is gone")
