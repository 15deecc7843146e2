"""The client's own reading of responses, held against h11 on well-formed ones; on malformed heads they must differ."""

import asyncio

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.download.http_client import header_pairs, parse_head, read_body, read_head

LIMIT = 100_000
Response = tuple[int, list[tuple[str, str]], bytes]

NAMES = st.sampled_from(["Server", "content-type", "X-Powered-By", "Set-Cookie", "ETag", "location", "Last-Modified"])
VALUES = st.text("abcXYZ019 ;=/:,.-\"'()%", max_size=40).map(str.strip)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
INTERIM = st.sampled_from(
    [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"]
)
REASONS = st.sampled_from([" OK", " Not Found", " "])


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Return a response as a correct server sends it: by length, in chunks, until the end, or without a body."""
    status = draw(st.sampled_from([200, 204, 301, 304, 404, 500, 503]))
    headers, body = draw(HEADERS), draw(st.binary(max_size=400))
    framing = draw(st.sampled_from(["length", "chunks", "end"]))
    if status in (204, 304):
        body = b""
    elif framing == "length":
        headers = [*headers, ("Content-Length", str(len(body)))]
    elif framing == "chunks":
        headers = [*headers, ("Transfer-Encoding", "chunked")]
        body = _chunked(body, draw(st.integers(1, 120)), draw(st.sampled_from(["", ";a=b"])))
    lines = [f"HTTP/1.1 {status}{draw(REASONS)}", *(f"{name}: {value}" for name, value in headers)]
    return draw(INTERIM) + ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _chunked(body: bytes, size: int, extension: str) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    sent = [f"{len(piece):x}{extension}\r\n".encode() + piece + b"\r\n" for piece in pieces]
    return b"".join(sent) + b"0\r\nX-Trailer: a\r\n\r\n"


def read_by_us(raw: bytes) -> Response:
    async def read() -> Response:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        head = await read_head(reader)
        status, headers = parse_head(head)
        body = bytearray()
        await read_body(reader, status, headers, LIMIT, body)
        return status, [(name.lower(), value) for name, value in header_pairs(head)], bytes(body)

    return asyncio.run(read())


def read_by_h11(raw: bytes) -> Response:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "camau.gov.test")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(raw)
    connection.receive_data(b"")
    status, headers, body = 0, [], b""
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            status = event.status_code
            headers = [(name.decode(), value.decode()) for name, value in event.headers]
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
    return status, headers, body


@given(responses())
def test_a_well_formed_response_is_read_as_h11_reads_it(raw: bytes) -> None:
    assert read_by_us(raw) == read_by_h11(raw)


MALFORMED = [
    b"HTTP/1.1 200 OK\r\nServer: x\r\nthis line has no colon\r\nContent-Length: 5\r\n\r\ntrang",
    b"HTTP/1.1 200 OK\r\nX Powered By: a name with blanks\r\nContent-Length: 5\r\n\r\ntrang",
    b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\ntrang",
]


@pytest.mark.parametrize("raw", MALFORMED)
def test_what_browsers_accept_and_h11_refuses_is_read(raw: bytes) -> None:
    assert read_by_us(raw)[2] == b"trang"
    with pytest.raises(h11.RemoteProtocolError):
        read_by_h11(raw)
