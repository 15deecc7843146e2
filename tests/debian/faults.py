"""A wire with faults: a proxy between client and server that cuts, delays, splits, garbles, and loses answers."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"


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


@contextmanager
def faulty(port: int, faults: Faults) -> Iterator[int]:
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


def _connection(client: socket.socket, port: int, faults: Faults) -> None:
    faults.connections += 1
    cut = faults.cuts.pop(0) if faults.cuts else None
    garbled = faults.garbled.pop(0) if faults.garbled else None
    with client, socket.create_connection((HOST, port)) as server:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upward = threading.Thread(target=_upward, args=(client, server))
        upward.start()
        with suppress(OSError):
            _downward(server, client, faults, cut, garbled)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        upward.join()


def _upward(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while chunk := client.recv(65536):
            server.sendall(chunk)
        server.shutdown(socket.SHUT_WR)


def _downward(
    server: socket.socket, client: socket.socket, faults: Faults, cut: int | None, garbled: int | None
) -> None:
    done = 0
    while chunk := server.recv(65536):
        if faults.lose:
            faults.lose = False
            return
        if faults.delay:
            time.sleep(faults.delay)
        if faults.replace[0]:
            chunk = chunk.replace(*faults.replace)
        if garbled is not None and done <= garbled < done + len(chunk):
            at = garbled - done
            chunk = chunk[:at] + bytes([chunk[at] ^ 0x55]) + chunk[at + 1 :]
        if cut is not None and done + len(chunk) > cut:
            client.sendall(chunk[: cut - done])
            return
        step = faults.split or len(chunk)
        for at in range(0, len(chunk), step):
            client.sendall(chunk[at : at + step])
        done += len(chunk)
        faults.passed += len(chunk)
