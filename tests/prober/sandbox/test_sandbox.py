"""The world's process and its web: one folder one world, time, faults as a real client sees them, the access log."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from prober.errors import ServerUnreachable
from prober.sandbox import client
from prober.sandbox.client import Endpoint
from prober.sandbox.http.certificates import ISSUER_HOST, ISSUER_PATH
from tests import forked

TINY = "tests.prober.sandbox.tiny_world"


@contextmanager
def process(state: Path, *arguments: str) -> Iterator[forked.Command]:
    """A tiny world on `state`, up and announced; stopped by the end of its standard input."""
    started = forked.command(TINY, "--state", str(state), *arguments)
    with started.stdout:
        try:
            assert started.stdout.readline().startswith(b"the embedded world is up")
            yield started
        finally:
            started.stdin.close()
            started.wait(timeout=10)


def endpoint(state: Path) -> Endpoint:
    found = client.find(state)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    state = tmp_path_factory.mktemp("world")
    with process(state):
        yield endpoint(state)


def get(url: str) -> Any:
    with build_opener(ProxyHandler({})).open(url, timeout=10) as response:
        return json.loads(response.read())


def through(tiny: Endpoint) -> http.client.HTTPConnection:
    proxy = urlsplit(tiny.proxy)
    return http.client.HTTPConnection(proxy.hostname or "", proxy.port, timeout=10)


def through_tls(tiny: Endpoint, host: str, timeout: float = 10) -> http.client.HTTPSConnection:
    proxy = urlsplit(tiny.proxy)
    context = ssl.create_default_context(cafile=tiny.ca_file)
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, timeout=timeout, context=context)
    connection.set_tunnel(host, 443)
    return connection


def fetch(at: Endpoint, url: str) -> None:
    connection = through(at)
    connection.request("GET", url)
    connection.getresponse().read()
    connection.close()


def log_of(tiny: Endpoint, host: str) -> list[dict[str, Any]]:
    return [row for row in get(f"{tiny.control}/access?since=0") if row["host"] == host]


# One folder, one world


def test_a_world_announces_every_address_and_keeps_them_to_its_owner(tmp_path: Path) -> None:
    with process(tmp_path):
        found = endpoint(tmp_path)
        assert (tmp_path / "endpoint.json").stat().st_mode & 0o077 == 0
        for address in (found.proxy, found.control, f"//{found.smtp_host}:{found.smtp_port}"):
            assert urlsplit(address).hostname == "127.0.0.1"
        assert {row["kind"] for row in client.agencies(found)} == {"portal", "finance"}
        assert get(f"{found.control}/truth") == json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert not (tmp_path / "endpoint.json").exists()


def test_it_ends_with_the_process_that_started_it_and_on_sigterm(tmp_path: Path) -> None:
    with process(tmp_path) as started:
        pass
    assert started.poll() == 0
    with process(tmp_path, "--stay") as started:
        started.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(timeout=0.5)
        os.kill(started.pid, signal.SIGTERM)
    assert started.poll() == 0
    assert not (tmp_path / "endpoint.json").exists()


def test_two_processes_on_one_folder_are_refused(tmp_path: Path) -> None:
    with process(tmp_path):
        second = forked.run(TINY, "--state", str(tmp_path), folder=Path.cwd(), seconds=30)
        assert second.returncode == 2
        assert "a world is running on" in second.stderr
        assert second.stdout == ""
        assert endpoint(tmp_path)  # the first one is not disturbed


def test_another_seed_on_a_folder_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with process(tmp_path):
        pass
    before = (tmp_path / "truth.json").read_bytes()
    other = forked.run(TINY, "--state", str(tmp_path), "--seed", "7", folder=Path.cwd(), seconds=30)
    assert other.returncode == 2
    assert "seed 2019" in other.stderr
    assert (tmp_path / "truth.json").read_bytes() == before
    with (
        pytest.raises(ServerUnreachable, match=r"holds the world of pobi-2019, seed 2019.*Nothing was changed"),
        client.running(tmp_path, seed=7, small=True),  # the door passes the world's own words on
    ):
        pass


# Time


def test_time_moves_only_forward_and_clock_and_log_survive_kill_9(tmp_path: Path) -> None:
    with process(tmp_path) as started:
        found = endpoint(tmp_path)
        clock = client.WorldClock(found)
        start = clock.now()
        assert start.isoformat() == "2020-04-13T08:00:00+07:00"
        clock.advance(start.replace(hour=11))
        clock.advance(start.replace(hour=9))
        assert clock.now() == start.replace(hour=11)
        fetch(found, "http://any.gov.test/0")
        started.kill()
        started.wait(timeout=10)
        assert (tmp_path / "endpoint.json").exists()
        assert client.find(tmp_path) is None  # nobody answers there
    with process(tmp_path):
        found = endpoint(tmp_path)
        assert client.WorldClock(found).now() == start.replace(hour=11)
        fetch(found, "http://any.gov.test/1")
        assert [row["target"] for row in get(f"{found.control}/access")] == ["/0", "/1"]
        assert [row["target"] for row in get(f"{found.control}/access?since=1")] == ["/1"]


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("/advance", {}, 400),
        ("/advance?to=2020-05-01", {}, 400),  # no offset: whose midnight?
        ("/advance?to=yesterday", {}, 400),
        ("/nowhere", {}, 404),
        ("/advance?to=2020-05-01T00:00:00%2B07:00", {"Origin": "http://ca-mau.gov.test"}, 403),
        ("/advance?to=2020-05-01T00:00:00%2B07:00", {"Host": "rebound.gov.test"}, 403),
    ],
)
def test_bad_orders_to_the_clock_are_refused(tiny: Endpoint, query: str, headers: dict[str, str], status: int) -> None:
    address = urlsplit(tiny.control)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    before = client.WorldClock(tiny).now()
    connection.request("GET", query, headers=headers)
    response = connection.getresponse()
    assert (response.status, "error" in json.loads(response.read())) == (status, True)
    connection.close()
    assert client.WorldClock(tiny).now() == before


# Web


def test_plain_requests_on_one_kept_connection(tiny: Endpoint) -> None:
    connection = through(tiny)
    for method in ("GET", "POST"):
        connection.request(method, "http://any.gov.test/echo", body=b"a=1" if method == "POST" else None)
        assert connection.getresponse().read().decode() == f"{method} http {client.WorldClock(tiny).now().isoformat()}"
    local = connection.sock.getsockname()
    connection.request("HEAD", "http://any.gov.test/")
    response = connection.getresponse()
    assert (response.read(), int(response.headers["Content-Length"]) > 5000) == (b"", True)
    assert connection.sock.getsockname() == local
    connection.close()


def test_text_is_compressed_for_those_who_ask(tiny: Endpoint) -> None:
    connection = through(tiny)
    connection.request("GET", "http://any.gov.test/", headers={"Accept-Encoding": "gzip, br"})
    response = connection.getresponse()
    packed = response.read()
    assert response.headers["Content-Encoding"] == "gzip"
    connection.request("GET", "http://any.gov.test/")
    assert len(packed) < len(connection.getresponse().read()) / 5
    connection.close()


def test_a_world_with_validators_sends_no_page_twice_to_who_has_it(tmp_path: Path) -> None:
    with process(tmp_path, "--validators"):
        connection = through(endpoint(tmp_path))
        connection.request("GET", "http://any.gov.test/")
        first = connection.getresponse()
        body, tag = first.read(), first.headers["ETag"]
        for known, status in ((tag, 304), ('"other"', 200)):
            connection.request("GET", "http://any.gov.test/", headers={"If-None-Match": known})
            again = connection.getresponse()
            assert (again.status, again.headers["ETag"], again.read()) == (status, tag, body * (status == 200))
        connection.close()


def test_https_with_a_good_certificate(tiny: Endpoint) -> None:
    connection = through_tls(tiny, "good.gov.test")
    for _ in range(2):
        connection.request("GET", "/echo")
        assert connection.getresponse().read().startswith(b"GET https ")
    connection.close()


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("expired.gov.test", "certificate has expired"),
        ("self-signed.gov.test", "self-signed certificate"),
        ("wrong-host.gov.test", "Hostname mismatch"),
        ("incomplete.gov.test", "unable to get local issuer certificate"),
    ],
)
def test_bad_certificates_fail_for_the_reason_they_are_bad_for(tiny: Endpoint, host: str, reason: str) -> None:
    connection = through_tls(tiny, host)
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        connection.connect()
    connection.close()


def test_the_certificate_that_an_incomplete_site_leaves_out_is_published(tiny: Endpoint) -> None:
    connection = through(tiny)
    connection.request("GET", f"http://{ISSUER_HOST}{ISSUER_PATH}")
    issuer = connection.getresponse().read()
    connection.request("GET", f"http://{ISSUER_HOST}/robots.txt")
    assert connection.getresponse().status == 404
    connection.close()
    proxy = urlsplit(tiny.proxy)
    context = ssl.create_default_context(cafile=tiny.ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=issuer)
    patient = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, timeout=10, context=context)
    patient.set_tunnel("incomplete.gov.test", 443)
    patient.request("GET", "/echo")
    assert patient.getresponse().read().startswith(b"GET https ")
    patient.close()


@pytest.mark.parametrize(
    ("host", "status", "error"),
    [
        ("dead.gov.test", 502, "dns_error"),
        ("unknown.example", 502, "dns_error"),
        ("closed.gov.test", 502, "connection_refused"),
        ("any.gov.test:8080", 502, "connection_refused"),
    ],
)
def test_what_a_proxy_meets_is_told_as_proxy_status(tiny: Endpoint, host: str, status: int, error: str) -> None:
    connection = through(tiny)
    connection.request("GET", f"http://{host}/")
    response = connection.getresponse()
    response.read()
    assert (response.status, response.headers["Proxy-Status"]) == (status, f"sandbox; error={error}")
    connection.close()


@pytest.mark.parametrize(
    ("host", "words"),
    [("dead.gov.test", "502"), ("any.gov.test", "502"), ("silent.gov.test", "504")],  # `any` has nothing on 443
)
def test_a_tunnel_that_cannot_be_dug(tiny: Endpoint, host: str, words: str) -> None:
    connection = through_tls(tiny, host)
    with pytest.raises(OSError, match=words):
        connection.connect()
    connection.close()


def test_a_reset_is_a_reset(tiny: Endpoint) -> None:
    connection = through(tiny)
    with pytest.raises(ConnectionResetError):
        connection.request("GET", "http://reset.gov.test/")
        connection.getresponse()
    connection.close()
    encrypted = through_tls(tiny, "reset.gov.test")
    with pytest.raises(ConnectionResetError):
        encrypted.connect()
    encrypted.close()


def test_a_broken_head_is_broken_for_http_client(tiny: Endpoint) -> None:
    address = urlsplit(tiny.proxy)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as raw:
        raw.sendall(b"GET http://broken.gov.test/ HTTP/1.1\r\nHost: broken.gov.test\r\n\r\n")
        head = b"".join(iter(lambda: raw.recv(4096), b"")).partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")[1:]
    assert any(b":" not in line for line in lines)
    assert any(line.startswith(b"Content-Length:") and not line.split()[1].isdigit() for line in lines)


def test_a_silent_site_is_silent_until_the_client_leaves(tiny: Endpoint) -> None:
    connection = through(tiny)
    connection.timeout = 0.4
    with pytest.raises(TimeoutError):
        connection.request("GET", "http://silent.gov.test/")
        connection.getresponse()
    connection.close()
    row = log_of(tiny, "silent.gov.test")[-1]
    assert (row["status"], row["answered"]) == (0, None)


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET / HTTP/1.1\r\nHost: any.gov.test\r\n\r\n",  # origin form: this is a proxy
        b"GET ftp://any.gov.test/ HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET http://any.gov.test/ HTTP/1.1\r\nno colon here\r\n\r\n",
        b"GET http://any.gov.test/ HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"POST http://any.gov.test/ HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ],
    ids=["origin form", "ftp", "no request line", "no colon", "endless header", "negative length"],
)
def test_what_is_no_proxy_request_gets_400(tiny: Endpoint, request_head: bytes) -> None:
    address = urlsplit(tiny.proxy)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as raw:
        raw.sendall(request_head)
        assert raw.recv(4096).startswith(b"HTTP/1.1 400 ")


# The access log


def test_the_log_tells_arrival_and_answer_of_every_request(tiny: Endpoint) -> None:
    connection = through(tiny)
    before = time.monotonic()
    for path in ("/robots.txt", "/", "/trang?so=1"):
        connection.request(
            "GET", f"http://slow.gov.test{path}", headers={"User-Agent": "thử/1.0".encode().decode("latin-1")}
        )
        connection.getresponse().read()
    after = time.monotonic()
    connection.close()
    rows = log_of(tiny, "slow.gov.test")
    assert [(row["target"], row["purpose"]) for row in rows] == [
        ("/robots.txt", "robots"), ("/", "page"), ("/trang?so=1", "page"),
    ]  # fmt: skip
    moments = [moment for row in rows for moment in (row["arrived"], row["answered"])]
    assert [before, *moments, after] == sorted([before, *moments, after])
    assert all(row["answered"] - row["arrived"] >= 0.3 for row in rows)
    assert all(row["status"] == 200 and row["bytes"] > 5000 for row in rows)


def test_a_dripping_body_takes_its_time_and_is_whole(tiny: Endpoint) -> None:
    connection = through(tiny)
    connection.request("GET", "http://drip.gov.test/")
    response = connection.getresponse()
    started = time.monotonic()
    body = response.read()
    assert len(body) == int(response.headers["Content-Length"])
    assert time.monotonic() - started >= 0.02 * (len(body) // 2048 - 1)
    connection.close()


def test_the_proxy_costs_little(tiny: Endpoint) -> None:
    """Under 1 ms of processor time a request, by the process's own account, not by the clock on the wall."""

    def used() -> float:
        fields = Path(f"/proc/{tiny.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    connection = through(tiny)
    before, rounds = used(), 400
    for _ in range(rounds):
        connection.request("GET", "http://any.gov.test/", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
    connection.close()
    assert (used() - before) / rounds < 0.001


def test_delivered_by_hand(tiny: Endpoint) -> None:
    request = Request(f"{tiny.control}/deliver?folder=Trash", data=b"Subject: x\r\n\r\n", method="POST")
    with pytest.raises(OSError, match="400"):
        build_opener(ProxyHandler({})).open(request, timeout=10)
