"""Reading one HTTP/1.1 response: tolerant of what browsers tolerate, bounded in every size."""

import asyncio
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from prober.domain.finding import Failure
from spiders.download.fetch_errors import FetchFailed

HEAD_LIMIT = 65_536
CHUNKS = 100_000  # a body of single bytes, each with a length of its own, would keep everybody else waiting
LAYERS = 3
# gzip or zlib by its header; "deflate" without one too, as some servers send it
_WINDOWS = {"gzip": (47,), "x-gzip": (47,), "deflate": (47, -15)}
UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_PIECE = 65_536
_TAIL = 2_000  # bytes at the end of a page in which its end is looked for: scripts of counters may follow it
_ENDS = re.compile(rb"</html\s*>", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;.*)?$")


@dataclass(frozen=True)
class Received:
    """A response: header block as received, body as sent (`raw`), and what was odd.

    `codings` are the content encodings to undo, the last one first. The body is unpacked when it is first asked for:
    while a hundred pages wait to be read, they take the room that they took on the wire.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    request: bytes
    head: bytes
    raw: bytes
    codings: tuple[str, ...]
    limit: int  # bytes of the body that are kept
    broken: Failure | None  # why no more of it came

    @property
    def body(self) -> bytes:
        """The body with its content encodings undone, at most `limit` bytes."""
        return self._unpacked[0]

    @property
    def cut(self) -> Failure | None:
        """None where the body is whole; else why only its beginning is here.

        BUDGET where it was longer than allowed, TIMEOUT or REFUSED where it stopped coming. A page that came up to its
        end is whole, whatever the server said of its length.
        """
        body, more = self._unpacked
        if more:
            return Failure.BUDGET
        return None if self.broken is not Failure.BUDGET and _ENDS.search(body[-_TAIL:]) else self.broken

    @cached_property
    def _unpacked(self) -> tuple[bytes, bool]:
        return unpacked(self.raw, self.codings, self.limit)


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers, names in lower case, the first of each name; lines that are no header are skipped.

    >>> parse_head(b"HTTP/1.1 200 OK\\r\\nServer: x\\r\\nthis line is broken\\r\\nA: b")
    (200, {'server': 'x', 'a': 'b'})
    """
    first = head.split(b"\n", 1)[0].split(None, 2)
    if len(first) < 2 or not first[0].startswith(b"HTTP/") or not first[1].isdigit():
        raise FetchFailed(Failure.REFUSED, f"not an HTTP response: {head[:60]!r}")
    headers: dict[str, str] = {}
    for name, value in header_pairs(head):
        headers.setdefault(name.lower(), value)
    return int(first[1]), headers


def header_pairs(head: bytes) -> list[tuple[str, str]]:
    lines = head.decode("latin-1").split("\n")[1:]
    split = (line.partition(":") for line in lines)
    return [(name.strip(), value.strip()) for name, colon, value in split if colon and name.strip()]


def content_codings(raw: bytes, encoding: str) -> tuple[str, ...]:
    """The names in a Content-Encoding header (`encoding`), the one that was applied last first.

    Raises FetchFailed for encodings that were not asked for and cannot be undone: their bytes are no page.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip())]
    if len(names) > LAYERS:
        raise FetchFailed(Failure.BUDGET, f"packed {len(names)} times over")
    unknown = UNREADABLE.intersection(names)
    if unknown and raw.lstrip()[:1] not in (b"", b"<"):
        raise FetchFailed(Failure.REFUSED, f"packed as {min(unknown)}, which was not asked for")
    return tuple(reversed(names))


def unpacked(raw: bytes, codings: tuple[str, ...], limit: int) -> tuple[bytes, bool]:
    """The body with `codings` undone, at most `limit` bytes, and whether there would have been more.

    A body that does not unpack to its end is returned as far as it did: half a page says more than none. One that
    never was packed is returned as it is, and so is one whose header names no encoding at all ("utf-8").
    """
    body, more = raw, False
    for coding in codings:
        if coding in _WINDOWS:
            body, cut = _inflated(body, _WINDOWS[coding], limit)
            more = more or cut
    return body[:limit], more or len(body) > limit


def _inflated(raw: bytes, windows: tuple[int, ...], limit: int) -> tuple[bytes, bool]:
    for bits in windows:
        inflate, body = zlib.decompressobj(bits), bytearray()
        try:
            for start in range(0, len(raw), _PIECE):
                body += inflate.decompress(raw[start : start + _PIECE], limit + 1 - len(body))
                if len(body) > limit or inflate.eof:
                    break
        except zlib.error:
            if not body:
                continue
        return bytes(body[:limit]), len(body) > limit
    return raw, False


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The header block of the final response, line ends as sent, without the empty line; 1xx are passed over."""
    size = 0
    while True:
        lines: list[bytes] = []
        while (line := await _line(reader)).strip(b"\r\n") or not lines:
            if not line:
                raise asyncio.IncompleteReadError(b"".join(lines), None)
            size += len(line)
            if size > HEAD_LIMIT:
                raise FetchFailed(Failure.BUDGET, f"more than {HEAD_LIMIT} bytes of headers")
            lines.append(line)
        head = b"".join(lines).strip(b"\r\n")
        if not (head.startswith(b"HTTP/") and head[9:10] == b"1"):
            return head


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line; raises FetchFailed where it is longer than a whole head may be."""
    try:
        return await reader.readline()
    except ValueError as error:
        raise FetchFailed(Failure.BUDGET, f"a line of more than {HEAD_LIMIT} bytes") from error


async def read_body(
    reader: asyncio.StreamReader, status: int, headers: Mapping[str, str], limit: int, body: bytearray
) -> tuple[bool, Failure | None]:
    """Fill `body`, of which whatever came stays there if this is cancelled or fails.

    Returns whether the connection can be used again, and why the body is not whole (as in `Received`).
    """
    if status in (204, 304):
        return True, None
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _read_chunks(reader, limit, body)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 20:
        size = int(length)
        await _read_up_to(reader, min(size, limit), body)
        return len(body) == size, Failure.BUDGET if size > limit else None if len(body) == size else Failure.REFUSED
    await _read_up_to(reader, limit + 1, body)
    return False, _longer(body, limit)


async def _read_chunks(reader: asyncio.StreamReader, limit: int, body: bytearray) -> tuple[bool, Failure | None]:
    for _ in range(CHUNKS):
        line = (await _line(reader)).strip()
        if not _CHUNK_SIZE.match(line):
            return False, Failure.REFUSED  # the end before its time, or nonsense
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            return await _trailer_ends(reader), None
        await _read_up_to(reader, min(size, limit - len(body) + 1), body)
        if len(body) > limit:
            return False, _longer(body, limit)
        await _line(reader)
    return False, Failure.BUDGET


def _longer(body: bytearray, limit: int) -> Failure | None:
    """Cut `body` to `limit` bytes."""
    longer = len(body) > limit
    del body[limit:]
    return Failure.BUDGET if longer else None


async def _trailer_ends(reader: asyncio.StreamReader) -> bool:
    """Read past what follows the last chunk; False where it is no short trailer, and the connection spent."""
    for _ in range(100):
        line = await _line(reader)
        if not line.strip():
            return bool(line)
    return False


async def _read_up_to(reader: asyncio.StreamReader, size: int, body: bytearray) -> None:
    """Add `size` bytes to `body`, or what comes before the other side closes."""
    end = len(body) + size
    while len(body) < end and (piece := await reader.read(min(end - len(body), _PIECE))):
        body += piece
