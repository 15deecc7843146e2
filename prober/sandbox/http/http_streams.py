"""Read HTTP/1.1 requests and write response heads on asyncio streams, for the proxy and the control server."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

_HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 32 * 1024 * 1024


class BadRequest(ValueError):
    """The peer sent something that is not HTTP. Answered with 400, then the connection is closed."""


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers. Header names are lower-case; of a repeated header the last value is kept."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def keeps_alive(self) -> bool:
        return "close" not in (self.headers.get("connection") or self.headers.get("proxy-connection") or "").lower()


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Return the next request of a connection; None at its end. Raises BadRequest."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequest("request head too long") from error
    if len(raw) > _HEAD_LIMIT:
        raise BadRequest("request head too long")
    first, *lines = raw.decode("latin-1").split("\r\n")
    try:
        method, target, _version = first.split(" ")
    except ValueError as error:
        raise BadRequest("malformed request line") from error
    headers = {}
    for line in lines:
        if line:
            name, colon, value = line.partition(":")
            if not colon:
                raise BadRequest("malformed header line")
            headers[name.strip().lower()] = value.strip()
    return Head(method, target, headers)


async def read_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    """Return the body of a request, by length or in chunks. Raises BadRequest if it is longer than BODY_LIMIT."""
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        return await _read_chunks(reader)
    try:
        length = int(head.headers.get("content-length", "0"))
    except ValueError as error:
        raise BadRequest("malformed Content-Length") from error
    if not 0 <= length <= BODY_LIMIT:
        raise BadRequest("body too long")
    return await reader.readexactly(length)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int((await reader.readline()).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest("malformed chunk") from error
        if not 0 <= size <= BODY_LIMIT - len(body):
            raise BadRequest("body too long")
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return bytes(body)


def head_bytes(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return status line and headers as bytes. An unknown status gets an empty reason."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
