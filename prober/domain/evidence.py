"""Store the files that prove findings: content-addressed pictures, and one WARC file per scan."""

import hashlib
import os
import zlib
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from prober import owner_only

_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file: the hash of its content, its path under the evidence folder, its size."""

    sha256: str
    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class NotModified:
    """A later request and its answer, 304: what was received before has not changed. Header blocks as in Exchange."""

    at: datetime
    request: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as transmitted, without transfer encoding.

    `request` and `head` are header blocks without the empty line; `body` keeps its content encoding.
    """

    url: str
    fetched_at: datetime
    request: bytes
    head: bytes
    body: bytes
    ip: str = ""
    confirmed: NotModified | None = None  # set if the server said so tonight, instead of sending it again


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(root: Path, content: bytes, suffix: str) -> Stored:
    """Store `content` under its own hash; the same content twice is one file. The file is whole or not there at all."""
    sha256 = digest(content)
    path = Path(suffix.strip(".")) / sha256[:2] / f"{sha256}{suffix}"
    target = root / path
    if not target.exists():
        owner_only.folder(target.parent)
        part = target.with_suffix(f".{os.getpid()}.part")
        owner_only.write(part, content)
        part.replace(target)
    return Stored(sha256, path.as_posix(), len(content))


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

    def append_revisit(self, exchange: Exchange, first: "Kept") -> None:
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
class Kept:
    """What the head of a response record says, as written there; `digest` is that of the body as sent."""

    record: str
    url: str
    date: str
    digest: str


def kept(root: Path, path: str, offset: int) -> Kept:
    """Return what the response record at `offset` says. Raises OSError if the file is gone, and ValueError."""
    with (root / path).open("rb") as file:
        file.seek(offset)
        head = next(iter(ArchiveIterator(file))).rec_headers
    names = ("WARC-Record-ID", "WARC-Target-URI", "WARC-Date", "WARC-Payload-Digest")
    return Kept(*(head.get_header(name) or "" for name in names))


def payload_digest(exchange: Exchange) -> str:
    """Return the digest of the body as sent, as a WARC record has it."""
    return f"sha1:{b32encode(hashlib.sha1(exchange.body, usedforsecurity=False).digest()).decode()}"


def read(root: Path, path: str, offset: int) -> Sequence[bytes]:
    """Return the response record at `offset`: status line with headers, and decoded body."""
    with (root / path).open("rb") as file:
        file.seek(offset)
        record = next(iter(ArchiveIterator(file)))
        return record.http_headers.to_bytes(), record.content_stream().read()
