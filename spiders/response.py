"""Reading one HTTP/1.1 response: tolerant of what browsers tolerate, bounded in every size."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from prober.finding import Failure
from spiders.failures import FetchFailed

HEAD_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Received:
    """A response: header block as received, body still encoded (`raw`) and decoded (`body`), and what was odd.

    `cut` is True where the body was longer than allowed and only its beginning is here.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    request: bytes
    head: bytes
    raw: bytes
    body: bytes
    cut: bool

    def header(self, name: str) -> str:
        """First header of that name (lower case), or ""."""
        return next((value for key, value in self.headers if key.lower() == name), "")


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


def decoded(raw: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """The body with its content encoding undone, at most `limit` bytes, and whether there would have been more.

    A body that does not unpack is returned as far as it did: half a page says more than none.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return raw[:limit], len(raw) > limit
    # gzip or zlib by its header; "deflate" without one too, as some servers send it
    for bits in (47, -15) if encoding == "deflate" else (47,):
        inflate = zlib.decompressobj(bits)
        try:
            body = inflate.decompress(raw, limit + 1)
        except zlib.error:
            continue
        return body[:limit], len(body) > limit
    return raw[:limit], len(raw) > limit


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The header block of the final response, line ends as sent, without the empty line; 1xx are passed over."""
    while True:
        lines: list[bytes] = []
        size = 0
        while (line := await reader.readline()).strip(b"\r\n") or not lines:
            if not line:
                raise asyncio.IncompleteReadError(b"".join(lines), None)
            size += len(line)
            if size > HEAD_LIMIT:
                raise FetchFailed(Failure.BUDGET, f"more than {HEAD_LIMIT} bytes of headers")
            lines.append(line)
        head = b"".join(lines).strip(b"\r\n")
        if not (head.startswith(b"HTTP/") and head[9:10] == b"1"):
            return head


async def read_body(
    reader: asyncio.StreamReader, status: int, headers: Mapping[str, str], method: str, limit: int
) -> tuple[bytes, bool, bool]:
    """Body, whether the connection can be used again, and whether the body was cut at `limit` bytes."""
    if method == "HEAD" or status in (204, 304):
        return b"", True, False
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _read_chunks(reader, limit)
    length = headers.get("content-length", "")
    if length.isdigit():
        size = int(length)
        body = await _read_up_to(reader, min(size, limit))
        return body, len(body) == size, size > limit
    body = await _read_up_to(reader, limit + 1)
    return body[:limit], False, len(body) > limit


async def _read_chunks(reader: asyncio.StreamReader, limit: int) -> tuple[bytes, bool, bool]:
    body = bytearray()
    while True:
        line = await reader.readline()
        try:
            size = int(line.split(b";", 1)[0], 16)
        except ValueError:
            return bytes(body), False, False  # the end, or nonsense: what came so far is what there is
        if size == 0:
            while (await reader.readline()).strip():
                pass
            return bytes(body), True, False
        body += await _read_up_to(reader, min(size, limit - len(body) + 1))
        if len(body) > limit:
            return bytes(body[:limit]), False, True
        await reader.readline()


async def _read_up_to(reader: asyncio.StreamReader, size: int) -> bytes:
    """`size` bytes, or what comes before the other side closes."""
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        return error.partial
