"""The client against servers that misbehave, each a real socket on loopback."""

import asyncio
import gzip
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from prober.domain.finding import Failure
from prober.domain.world import World
from spiders.download.address_guard import Reach
from spiders.download.fetch_result import (
    MEMBERS,
    FetchFailed,
    HttpResponse,
    Session,
    content_codings,
    of_proxy_status,
    unpacked,
)
from spiders.download.http_client import IDLE_KEPT, HttpClient, parse_head
from spiders.download.tls import Trust

LIMIT = 10_000
NO_LINGER = struct.pack("ii", 1, 0)  # closing resets
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _loopback(host: str, port: int) -> list[str]:
    """In place of the guard, which rightly refuses loopback."""
    return ["127.0.0.1"]


async def _talk(
    script: Script, path: str = "/", tls: ssl.SSLContext | None = None, times: int = 1,
    session: Session | None = None, **keys: Trust
) -> HttpResponse:  # fmt: skip
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    http = HttpClient("prober/0.1", 1.0, LIMIT, Reach(World.LIVE, resolve=_loopback), **keys)
    port = server.sockets[0].getsockname()[1]
    try:
        for _ in range(times):
            received = await http.fetch(f"{'https' if tls else 'http'}://camau.gov.test:{port}{path}", session=session)
        return received
    finally:
        await http.close()
        server.close()
        await server.wait_closed()


def fetch(
    script: Script, path: str = "/", tls: ssl.SSLContext | None = None, times: int = 1,
    session: Session | None = None, **keys: Trust
) -> HttpResponse:  # fmt: skip
    return asyncio.run(_talk(script, path, tls, times, session, **keys))


def says(*parts: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return script


PACKED = gzip.compress(b"trang " * 100)
RAW_DEFLATE = zlib.compress(b"trang " * 100)[2:-4]
BODIES = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntrang", b"trang"),
    "until the end": (b"HTTP/1.0 200 OK\r\n\r\ntrang", b"trang"),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\ntra\r\n2\r\nng\r\n0\r\nA: b\r\n\r\n",
        b"trang",
    ),
    "broken chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntrang\r\nzz\r\n", b"trang"),
    "shorter than said": (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ntrang", b"trang"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\ntrang", b"trang"),
    "a line that is no header": (b"HTTP/1.1 200 OK\r\nServer Apache\r\nContent-Length: 5\r\n\r\ntrang", b"trang"),
    "no number as length": (b"HTTP/1.1 200 OK\r\nContent-Length: khong-ro\r\n\r\ntrang", b"trang"),
    "100 first": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntrang", b"trang"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\ntrang", b"trang"),
    "gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + PACKED, b"trang " * 100),
    "gzip in two members": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + PACKED * 2, b"trang " * 200),
    "gzip with more behind it": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + PACKED + b"\0\0",
        b"trang " * 100,
    ),
    "gzip in countless members": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x") * 300,
        b"x" * MEMBERS,
    ),
    "raw deflate": (b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + RAW_DEFLATE, b"trang " * 100),
    "packed twice": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate, gzip\r\n\r\n" + gzip.compress(RAW_DEFLATE),
        b"trang " * 100,
    ),
    "torn gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + PACKED[:-9], b"trang " * 100),
    "no encoding at all": (b"HTTP/1.1 200 OK\r\nContent-Encoding: utf-8\r\n\r\ntrang", b"trang"),
    "a length beyond numbers": (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\ntrang", b"trang"),
    "a huge chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\ntrang", b"trang"),
    "a negative chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntrang\r\n-5\r\nx", b"trang"),
    "endless trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntrang\r\n0\r\n" + b"A: b\r\n" * 9000,
        b"trang",
    ),
    "said to be gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\ntrang", b"trang"),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "nothing, with something": (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\ntrang", b""),
    "a header without a name": (b"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 5\r\n\r\ntrang", b"trang"),
    "NUL in headers": (b"HTTP/1.1 200 OK\r\nServer: a\0b\r\nContent-\0Length: 5\r\n\r\ntrang", b"trang"),
    "103 first, two spaces": (b"HTTP/1.1  103 x\r\n\r\nHTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\ntrang", b"trang"),
}


UNREAD = {"torn gzip", "gzip in countless members"}
TORN = {"broken chunks", "shorter than said", "a huge chunk", "a negative chunk"}


@pytest.mark.parametrize("case", BODIES)
def test_bodies(case: str) -> None:
    sent, expected = BODIES[case]
    received = fetch(says(sent))
    assert received.body == expected
    assert received.cut is (Failure.UNREADABLE if case in UNREAD else Failure.REFUSED if case in TORN else None)


HALF = b"<html><body>" + b"<p>trang</p>" * 200
# What comes before the server falls silent, or resets the connection; whether the page ends; why it is not whole.
STOPPED = {
    "silence": (HALF, False, Failure.TIMEOUT),
    "reset": (HALF, True, Failure.REFUSED),
    "silence after the end": (HALF + b"</body></html>\n<!-- 12 ms -->", False, None),
    "reset after the end": (HALF + b"</HTML >", True, None),
}


@pytest.mark.parametrize("framing", [b"Content-Length: 9000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n2328\r\n"])
@pytest.mark.parametrize("case", STOPPED)
def test_a_body_that_stops_coming_is_kept_as_far_as_it_came(case: str, framing: bytes) -> None:
    sent, resets, why = STOPPED[case]

    async def stops(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + framing + sent)
        await writer.drain()
        if resets:
            writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            writer.transport.abort()
        else:
            await reader.read()

    received = fetch(stops)
    assert received.body == sent
    assert received.cut is why


@pytest.mark.parametrize(
    ("sent", "failure"),
    [
        (b"", Failure.REFUSED),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Failure.REFUSED),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", Failure.BUDGET),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n", Failure.BUDGET),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, Failure.BUDGET),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n\x0b\x02\x80", Failure.REFUSED),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip\r\n\r\nx", Failure.BUDGET),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"x" * 100_000, Failure.BUDGET),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 1_000_000 + b"\r\n\r\n", Failure.BUDGET),
        (b"HTTP/1.1 000 x\r\nContent-Length: 1\r\n\r\nx", Failure.HTTP_5XX),
        (b"HTTP/1.1 99 x\r\nContent-Length: 1\r\n\r\nx", Failure.HTTP_5XX),
        (b"HTTP/1.1 600 x\r\nContent-Length: 1\r\n\r\nx", Failure.HTTP_5XX),
        (b"HTTP/1.1 2000 x\r\nContent-Length: 1\r\n\r\nx", Failure.HTTP_5XX),
        (b"HTTP/1.1 " + b"9" * 5000 + b" x\r\n\r\n", Failure.HTTP_5XX),
        (b"HTTP/1.1 -1 x\r\n\r\n", Failure.REFUSED),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", Failure.REFUSED),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Failure.REFUSED),
    ],
    ids=[
        "closed", "another protocol", "endless headers", "an endless line", "endless interim answers",
        "an encoding not asked for", "packed too often", "an endless chunk line", "a line of a megabyte", "0", "99",
        "600", "2000", "a status of 5000 digits", "-1", "101", "304 without a condition",
    ],
)  # fmt: skip
def test_answers_that_are_none(sent: bytes, failure: Failure) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(says(sent))
    assert caught.value.failure is failure


def test_silence_is_a_timeout_that_says_where() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(FetchFailed, match="waiting for the first byte") as caught:
        fetch(silent)
    assert caught.value.failure is Failure.TIMEOUT


def test_a_body_of_drips_takes_no_longer_than_one_of_silence() -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(FetchFailed, match="reading the body") as caught:
        fetch(drips)
    assert caught.value.failure is Failure.TIMEOUT
    assert time.monotonic() - began < 5  # the limit is one second


@pytest.mark.parametrize("framing", ["length", "chunks", "one byte a chunk", "end"])
def test_ten_gigabytes_are_read_to_the_limit_and_no_further(framing: str) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        size = 10 * 2**30
        head = {"length": f"Content-Length: {size}\r\n\r\n", "end": "\r\n"}
        writer.write(b"HTTP/1.1 200 OK\r\n")
        writer.write(
            head.get(
                framing, f"Transfer-Encoding: chunked\r\n\r\n{f'{size:x}' if framing == 'chunks' else ''}"
            ).encode()
        )
        block = b"1\r\nx\r\n" * 1000 if framing == "one byte a chunk" else b"\r\n" + b"x" * 65_536
        with suppress(ConnectionError):
            while sent < size:
                writer.write(block)
                sent += len(block)
                await writer.drain()

    received = fetch(flood)
    assert received.cut and len(received.body) == LIMIT
    assert sent < 20_000_000  # what the buffers of two sockets hold


@pytest.mark.parametrize("body", [b"x" * 3 * LIMIT, gzip.compress(b"x" * 50 * LIMIT)], ids=["long", "bomb"])
@pytest.mark.parametrize("framing", ["length", "chunked", "end"])
def test_too_much_is_cut(body: bytes, framing: str) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + (b"Content-Encoding: gzip\r\n" if body[:2] == b"\x1f\x8b" else b"")
    if framing == "length":
        head += b"Content-Length: %d\r\n\r\n" % len(body)
    elif framing == "chunked":
        head += b"Transfer-Encoding: chunked\r\n\r\n"
        body = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    else:
        head += b"\r\n"
    received = fetch(says(head, body))
    assert received.cut and received.body == b"x" * LIMIT


def test_a_packed_body_that_breaks_off_is_cut() -> None:
    """The connection ended as it should; what the page says does not."""
    packed = gzip.compress(b"<html><p>" + bytes(range(256)) * 20 + b"</html>")
    for body, cut in ((packed, None), (packed[:-90], Failure.UNREADABLE)):
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
        assert fetch(says(head, body)).cut is cut


@pytest.mark.parametrize(
    ("told", "end", "cut"),
    [
        (b"bytes 0-16/90000", b"", Failure.UNREADABLE),
        (b"bytes 17-33/34", b"", Failure.UNREADABLE),
        (b"", b"", Failure.UNREADABLE),
        (b"bytes 0-16/17", b"", None),
        (b"bytes 0-16/90000", b"</html>", None),
    ],
)
def test_a_part_that_was_not_asked_for_is_no_whole_page(told: bytes, end: bytes, cut: Failure | None) -> None:
    body = b"<html><p>trang mo" + end
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: %b\r\nContent-Length: %d\r\n\r\n" % (told, len(body))
    assert fetch(says(head, body)).cut is cut


def test_the_body_of_an_answer_without_one_is_not_read_as_the_next_answer() -> None:
    connections = 0

    async def bodies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                hidden = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse"
                writer.write(b"HTTP/1.1 204 x\r\nContent-Length: %d\r\n\r\n%b" % (len(hidden), hidden))
                await writer.drain()

    received = fetch(bodies, times=2)
    assert (received.status, received.body, connections) == (204, b"", 2)


def test_what_follows_an_answer_is_not_read_as_the_next_answer() -> None:
    async def longer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more")
        await writer.drain()
        await reader.read(1)  # as long as the connection is kept

    session = Session()
    assert fetch(longer, times=2, session=session).body == b"ok"
    assert session.requests == 2


def test_a_connection_is_used_again_and_its_sudden_end_is_forgiven() -> None:
    connections = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    assert fetch(twice, times=4).body == b"ok"
    assert connections == 2


def test_an_answer_that_breaks_off_is_not_asked_for_again() -> None:
    asked = 0

    async def torn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        for body in (b"ok", b""):
            await reader.readuntil(b"\r\n\r\n")
            asked += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)
            await writer.drain()
        await asyncio.sleep(0.1)  # the head is to arrive before the reset that the next lines make of the end
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    with pytest.raises(FetchFailed, match="reset"):
        fetch(torn, times=2)
    assert asked == 2


def test_a_crawl_of_many_hosts_keeps_few_connections_open() -> None:
    open_now: set[asyncio.StreamWriter] = set()
    most, asked = 0, IDLE_KEPT + 50

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most
        open_now.add(writer)
        most = max(most, len(open_now))
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            open_now.discard(writer)
            writer.close()

    async def crawl() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        http = HttpClient("prober/0.1", 5.0, LIMIT, Reach(World.LIVE, resolve=_loopback))
        port = server.sockets[0].getsockname()[1]
        for number in range(asked):
            assert (await http.fetch(f"http://h{number}.gov.test:{port}/")).body == b"ok"
        await http.close()
        server.close()

    asyncio.run(crawl())
    assert IDLE_KEPT <= most <= IDLE_KEPT + 5


def test_what_is_sent() -> None:
    heads: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    fetch(note, "/Trang chủ/hỏi-đáp?q=một%20hai#x")
    first, *rest = heads[0].decode().split("\r\n")
    assert first == "GET /Trang%20ch%E1%BB%A7/h%E1%BB%8Fi-%C4%91%C3%A1p?q=m%E1%BB%99t%20hai HTTP/1.1"
    assert "User-Agent: prober/0.1" in rest and not any("Cookie" in line for line in rest)


COUNTED = {
    "an answer": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 2),
    "an error": (says(b"HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\nok"), 2),
    "no answer": (says(b""), 1),
    "no HTTP": (says(b"SSH-2.0-OpenSSH\r\n\r\n"), 1),
}


@pytest.mark.parametrize("case", COUNTED)
def test_requests_are_counted_as_the_server_counts_them(case: str) -> None:
    script, expected = COUNTED[case]
    session, arrived = Session(), 0

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        await script(reader, writer)  # then the connection ends: the second request finds it closed

    with suppress(FetchFailed):
        fetch(counting, times=2, session=session)
    assert session.requests == arrived == expected


@pytest.mark.parametrize("error", ["gaierror", "refused", "a refused hello"])
def test_a_request_that_was_never_sent_does_not_count(error: str) -> None:
    session = Session()
    scheme = "https" if error == "a refused hello" else "http"

    async def resolve(host: str, port: int) -> list[str]:
        if error == "gaierror":
            raise socket.gaierror(-2, "no such name")
        return ["127.0.0.1"]

    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        if error == "refused":
            server.close()
            await server.wait_closed()
        http = HttpClient("prober/0.1", 1.0, LIMIT, Reach(World.LIVE, resolve=resolve))
        with pytest.raises(FetchFailed):
            await http.fetch(f"{scheme}://x.gov.test:{port}/", session=session)
        await http.close()
        server.close()

    asyncio.run(ask())
    assert session.requests == 0


def test_a_proxy_says_what_it_did_not_send() -> None:
    unsent, sent = of_proxy_status("p; error=dns_error"), of_proxy_status("p; error=connection_read_timeout")
    assert unsent and not unsent.reached and sent and sent.reached


def test_certificates_are_verified(tmp_path: object) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("camau.gov.test").configure_cert(context)
    wrong = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("khac.gov.test").configure_cert(wrong)
    answer = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    with authority.cert_pem.tempfile() as known:
        assert fetch(answer, tls=context, trust=Trust(known)).body == b"ok"
        for server, keys in ((wrong, {"trust": Trust(known)}), (context, {})):
            with pytest.raises(FetchFailed, match="certificate not accepted") as caught:
                fetch(answer, tls=server, **keys)
            assert caught.value.failure is Failure.TLS


@pytest.mark.parametrize(
    ("value", "failure"),
    [
        ("world; error=dns_error", Failure.DNS),
        ("a; error=connection_timeout; details=x", Failure.TIMEOUT),
        ("a; error=tls_certificate_error", Failure.TLS),
        ("a; error=something_new", Failure.REFUSED),
        ("a; hit", None),
        ("", None),
    ],
)
def test_proxy_status(value: str, failure: Failure | None) -> None:
    found = of_proxy_status(value)
    assert (found.failure if found else None) is failure


@given(
    st.binary(max_size=400),
    st.sampled_from(["gzip", "deflate", "br", "", "x", "gzip, deflate", "gzip,gzip", "a,b,c,d"]),
)
def test_unpacking_is_refused_or_within_its_limit(raw: bytes, encoding: str) -> None:
    for packed in (raw, gzip.compress(raw), gzip.compress(gzip.compress(bytes(len(raw) * 1000)))):
        try:
            body, _ = unpacked(packed, content_codings(packed, encoding), 100)
        except FetchFailed as error:
            assert error.failure in (Failure.REFUSED, Failure.BUDGET)
        else:
            assert len(body) <= 100


@given(st.binary(max_size=200))
def test_a_head_is_read_or_refused(head: bytes) -> None:
    try:
        status, _ = parse_head(b"HTTP/1.1 " + head)
    except FetchFailed as error:
        assert error.failure in (Failure.REFUSED, Failure.HTTP_5XX)  # the latter: a status that does not exist
    else:
        assert status >= 0
