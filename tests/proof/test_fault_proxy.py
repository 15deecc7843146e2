"""The mailbox through a line that cuts, delays, splits and garbles: same mailbox in, same table hash out.

A proxy stands between `mailroom` and the embedded world's IMAP server and does one kind of damage to the first
connections; the last try, or the next pass, has a line without faults.
"""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from mailroom.intake import fetch_new
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ConfigError, ServerUnreachable
from prober.sandbox import client as world
from prober.store import open_private, open_results
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.system.test_steps import table_hash

_open = build_opener(ProxyHandler({})).open
Damage = Callable[[int, bytes], tuple[bytes, bool]]  # (bytes before, chunk) → (what passes, whether to cut)


class Line(threading.Thread):
    """A TCP proxy; `damage(connection number)` says what happens to what the server says, or None for nothing."""

    def __init__(self, port: int, damage: Callable[[int], Damage | None], pieces: int = 65536) -> None:
        super().__init__(daemon=True)
        self._server, self._damage, self._pieces = port, damage, pieces
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.bytes = 0
        self.said: list[bytes] = []
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._server))
            self._sockets += [client, server]
            damage = self._damage(self.connections)
            for source, target, harm in ((client, server, None), (server, client, damage or _none)):
                thread = threading.Thread(target=self._pump, args=(source, target, harm), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pump(self, source: socket.socket, target: socket.socket, harm: Damage | None) -> None:
        before = 0
        with suppress(OSError):
            while chunk := source.recv(self._pieces):
                cut = False
                if harm is None:
                    self.said.append(chunk)
                else:
                    size = len(chunk)
                    chunk, cut = harm(before, chunk)
                    before += size
                    self.bytes = max(self.bytes, before)
                target.sendall(chunk)
                if cut:
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in (self, *self._threads):
            thread.join(20)
        for end in self._sockets:
            end.close()


def _none(before: int, chunk: bytes) -> tuple[bytes, bool]:
    return chunk, False


def cut_at(place: int) -> Damage:
    def harm(before: int, chunk: bytes) -> tuple[bytes, bool]:
        return (chunk[: place - before], True) if before <= place < before + len(chunk) else (chunk, False)

    return harm


def late(seconds: float) -> Damage:
    def harm(before: int, chunk: bytes) -> tuple[bytes, bool]:
        time.sleep(seconds)
        return chunk, False

    return harm


def garble_at(place: int) -> Damage:
    """The rest of the protocol's line at `place` becomes noise, of the same length.

    The letters themselves are left alone: noise in them is a letter like any other to whoever reads it, and only TLS,
    which every real server is required to have, can tell.
    """

    def harm(before: int, chunk: bytes) -> tuple[bytes, bool]:
        if not before <= place < before + len(chunk):
            return chunk, False
        at = place - before
        if not chunk[chunk.rfind(b"\r\n", 0, at) + 2 : at].startswith(b"* "):
            return chunk, False
        end = chunk.find(b"\r\n", at)
        end = len(chunk) if end < 0 else end
        return chunk[:at] + b"\xff" * (end - at) + chunk[end:], False

    return harm


LETTERS = 12


def mail(n: int) -> bytes:
    head = f"From: a{n}@b.test\r\nTo: khao-sat@prober.test\r\nSubject: thư {n}\r\nMessage-ID: <{n}@b.test>\r\n\r\n"
    return (head + f"Kính gửi, đây là thư số {n}.\r\n" * (n + 1)).encode()


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[world.Endpoint]:
    with world.running(tmp_path_factory.mktemp("world"), seed=2019, small=True) as endpoint:
        for n in range(LETTERS):
            url = f"{endpoint.control}/deliver?at={quote('2020-04-13T07:45:00+07:00')}"
            folder = "&folder=Junk" if n % 5 == 4 else ""
            with _open(Request(url + folder, data=mail(n), method="POST"), timeout=20) as answer:
                assert answer.status == 200
        yield endpoint


class Taken:
    """One mailbox taken in over one line. `passes` until one ended well."""

    def __init__(self, folder: Path, endpoint: world.Endpoint, line: Line) -> None:
        line.start()
        folder.mkdir()
        config = Imap(host="127.0.0.1", port=line.port, user=endpoint.imap_user, tls="none")
        private, results = open_private(folder / "private.db"), open_results(folder / "results.db")
        self.passes = 0
        try:
            for self.passes in range(1, 4):
                with suppress(ServerUnreachable, ConfigError):  # a garbled login looks like a refused one
                    if not read_mailbox(
                        private, results, config, endpoint.imap_password, SystemClock(HANOI), POBI
                    ).failures:
                        break
            read_mailbox(private, results, config, endpoint.imap_password, SystemClock(HANOI), POBI)
        finally:
            private.close()
            results.close()
            line.close()
        self.connections, self.bytes, self.said, self.hash = line.connections, line.bytes, line.said, table_hash(folder)


def faults(size: int, cuts: int, garbles: int) -> Iterator[tuple[str, Callable[[int], Damage | None], int]]:
    """(name, what happens on which connection, bytes passed at once)."""
    draw = random.Random(143)
    yield "every answer in pieces of one byte", lambda number: None, 1
    yield "every answer 5 ms late", lambda number: late(0.005), 65536
    for place in sorted(draw.sample(range(size), cuts)):
        yield f"cut at byte {place}, twice", lambda number, at=place: cut_at(at) if number <= 2 else None, 65536
    for place in sorted(draw.sample(range(size), garbles)):
        yield f"noise from byte {place}", lambda number, at=place: garble_at(at) if number == 1 else None, 65536


def through(tmp_path: Path, endpoint: world.Endpoint, cuts: int, garbles: int) -> list[tuple[object, ...]]:
    clean = Taken(tmp_path / "clean", endpoint, Line(endpoint.imap_port, lambda number: None))
    assert clean.connections == 2  # a pass, and the one that finds nothing new
    rows: list[tuple[object, ...]] = [("no fault", 2, 1, clean.hash[:16])]
    for number, (name, damage, pieces) in enumerate(faults(clean.bytes, cuts, garbles)):
        taken = Taken(tmp_path / str(number), endpoint, Line(endpoint.imap_port, damage, pieces))
        rows.append((name, taken.connections, taken.passes, taken.hash[:16]))
        said = b" ".join(taken.said).upper()
        assert not any(word in said for word in (b" SELECT ", b" STORE ", b" EXPUNGE", b" MOVE ", b" COPY "))
        assert taken.hash == clean.hash, name
    return rows


HEAD = ("fault", "connections", "passes", "hash of the tables")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr("mailroom.imap.connection.SECONDS", 2.0)


@pytest.mark.proof
def test_two_hundred_faults(tmp_path: Path, mailbox: world.Endpoint, show: Any) -> None:
    show("the mailbox over a bad line", HEAD, through(tmp_path, mailbox, cuts=150, garbles=50))


def test_some_faults(tmp_path: Path, mailbox: world.Endpoint) -> None:
    assert len(through(tmp_path, mailbox, cuts=12, garbles=0)) == 15
