"""A wire with faults: a proxy between client and server that cuts, delays, splits, garbles, and loses answers.

`Faults` count bytes, and so work through TLS; `StepFaults` know the commands of IMAP, and so need a clear line.
"""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

HOST = "127.0.0.1"
HOLD_SECONDS = 20.0  # longest silence on a line; the client gives up before


@dataclass
class Asked:
    """What the client of a connection said last."""

    command: str = ""  # without its tag, in capitals; DONE has none
    over: threading.Event = field(default_factory=threading.Event)  # the client has hung up

    def hear(self, chunk: bytes) -> None:
        for line in chunk.upper().decode("utf-8", "replace").split("\r\n"):
            if line:
                tag, _, command = line.partition(" ")
                self.command = command or tag


class Wire(Protocol):
    """What happens to the bytes from the server to the client of one connection."""

    connections: int

    def carry(self, server: socket.socket, client: socket.socket, asked: Asked) -> None: ...


@dataclass
class Faults:
    """What happens to the bytes from the server to the client. Changed while it runs, it counts from the next chunk."""

    split: int = 0  # bytes in a segment; 0: as they come
    delay: float = 0.0  # seconds before each chunk
    replace: tuple[bytes, bytes] = (b"", b"")  # such as (b"STARTTLS", b"XXXXXXXX")
    cuts: list[int] = field(default_factory=list)  # one per connection: cut after so many bytes
    garbled: list[int] = field(default_factory=list)  # one per connection: flip the byte at this place
    lose: bool = False  # the next chunk never arrives, and the connection is cut
    connections: int = 0
    passed: int = 0  # bytes, over all connections

    def carry(self, server: socket.socket, client: socket.socket, asked: Asked) -> None:
        cut = self.cuts.pop(0) if self.cuts else None
        garbled = self.garbled.pop(0) if self.garbled else None
        done = 0
        while chunk := server.recv(65536):
            if self.lose:
                self.lose = False
                return
            if self.delay:
                time.sleep(self.delay)
            if self.replace[0]:
                chunk = chunk.replace(*self.replace)
            if garbled is not None and done <= garbled < done + len(chunk):
                at = garbled - done
                chunk = chunk[:at] + bytes([chunk[at] ^ 0x55]) + chunk[at + 1 :]
            if cut is not None and done + len(chunk) > cut:
                client.sendall(chunk[: cut - done])
                return
            step = self.split or len(chunk)
            for at in range(0, len(chunk), step):
                client.sendall(chunk[at : at + step])
            done += len(chunk)
            self.passed += len(chunk)


@dataclass
class StepFaults:
    """The answer to the first command that begins as `step` says suffers `harm`, so many `times`."""

    step: str  # a pattern; "$" is the greeting, before any command
    harm: str  # cut, half, silence, late, split, noise, bye
    times: int = 1
    after: int = 0  # answers to it that pass unharmed: the first one to IDLE only says that it begins
    connections: int = 0

    def carry(self, server: socket.socket, client: socket.socket, asked: Asked) -> None:
        passed = 0
        while chunk := server.recv(65536):
            meant = bool(re.match(self.step, asked.command))
            passed += meant
            if self.times and meant and passed > self.after:
                self.times -= 1
                if not self._harmed(chunk, client, asked):
                    return
            else:
                client.sendall(chunk)

    def _harmed(self, chunk: bytes, client: socket.socket, asked: Asked) -> bool:
        """False where the connection ends with it."""
        if self.harm == "late":
            time.sleep(0.2)
        if self.harm == "split":
            for at in range(len(chunk)):
                client.sendall(chunk[at : at + 1])
        elif self.harm == "half":
            client.sendall(chunk[: len(chunk) // 2])
        elif self.harm == "bye":
            client.sendall(b"* BYE going down\r\n")
        elif self.harm == "noise":  # in a line of the protocol: noise in a letter is a letter like any other
            line, end, rest = chunk.partition(b"\r\n")
            client.sendall(b"\xff" * len(line) + end + rest)
        elif self.harm == "silence":
            asked.over.wait(HOLD_SECONDS)
        elif self.harm == "late":
            client.sendall(chunk)
        return self.harm in ("late", "split", "noise")


@contextmanager
def faulty(port: int, faults: Wire) -> Iterator[int]:
    """Listen on a port whose connections lead to `port` through `faults`."""
    listener = socket.create_server((HOST, 0))
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=_connection, args=(client, port, faults))
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _connection(client: socket.socket, port: int, faults: Wire) -> None:
    faults.connections += 1
    asked = Asked()
    with client, socket.create_connection((HOST, port)) as server:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upward = threading.Thread(target=_upward, args=(client, server, asked))
        upward.start()
        with suppress(OSError):
            faults.carry(server, client, asked)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        upward.join()


def _upward(client: socket.socket, server: socket.socket, asked: Asked) -> None:
    with suppress(OSError):
        while chunk := client.recv(65536):
            asked.hear(chunk)
            server.sendall(chunk)
        server.shutdown(socket.SHUT_WR)
    asked.over.set()
