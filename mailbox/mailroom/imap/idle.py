"""Wait for a server's notices during IDLE (RFC 2177), read directly from the socket."""

import re
import select
import socket
import ssl
import time
from typing import Any

LONGEST_LINE = 65_536  # bytes; a notice has a few dozen


def keep_alive(line: socket.socket) -> None:
    """Turn on TCP keep-alive, so that a dead connection is noticed after two minutes and not only when IDLE is renewed.

    A router may have forgotten the connection, or the server may have lost power.
    """
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):  # these options exist on Linux
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def news(line: bytes, exists: int) -> bool:
    """Return True if a line says that the folder no longer has `exists` messages, its number when it was selected.

    Some servers repeat the number during every IDLE; comparing the mailbox for that would never end.
    """
    found = re.match(rb"\* (?:\d+ EXPUNGE|(\d+) EXISTS)\b", line, re.IGNORECASE)
    return found is not None and (found[1] is None or int(found[1]) != exists)


class Idle:
    """Read notices during IDLE. They only show that something happened; their content is not used.

    imapclient's own `idle_check` raises on a line that arrives in two segments, so the bytes are read here and dropped:
    the comparison that follows a notice asks for everything anyway.
    """

    def __init__(self, connection: Any, exists: int) -> None:
        self._socket, self._exists = connection, exists
        self._seen = b""  # the beginning of a line that is not complete yet
        self.noticed = False

    def wait(self, seconds: float, wake: socket.socket | None = None) -> bool:
        """Return True as soon as messages came or went; False after `seconds`, or when `wake` has input.

        Raises ConnectionError if the server says BYE, closes the connection or sends an endless line.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
                ready = select.select([self._socket, *([wake] if wake else [])], [], [], left)[0]
                if not ready or wake in ready:
                    return False
            try:
                chunk = self._socket.recv(8192)
            except (ssl.SSLWantReadError, BlockingIOError):
                continue
            if not chunk:
                raise ConnectionError("the server closed the connection")
            whole, newline, self._seen = (self._seen + chunk).rpartition(b"\n")
            if len(self._seen) > LONGEST_LINE:
                raise ConnectionError("the server sends a line without end")
            if b"* BYE" in whole.upper():
                raise ConnectionError("the server said BYE")
            if any(news(line, self._exists) for line in whole.split(b"\n")):
                self.noticed = True
                return True
            # "* OK Still here", or a message was marked as read: keep waiting
        return False
