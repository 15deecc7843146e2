"""What a server says while a client idles (RFC 2177), read from the connection itself."""

import re
import select
import socket
import ssl
import time
from typing import Any

LONGEST_LINE = 65_536  # bytes of a notice, which has a few


def keep_alive(line: socket.socket) -> None:
    """Have the system ask from time to time whether the other end is there: a router that forgot the line, or a server
    that lost its power, is noticed after two minutes and not when IDLE is renewed.
    """
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):  # of Linux
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def news(line: bytes, exists: int) -> bool:
    """True where a line says that there are not `exists` messages, as there were when the folder was selected.

    Some servers repeat with each IDLE, or in it, how many there are; to compare the mailbox for that would have no end.
    """
    found = re.match(rb"\* (?:\d+ EXPUNGE|(\d+) EXISTS)\b", line, re.IGNORECASE)
    return found is not None and (found[1] is None or int(found[1]) != exists)


class Idle:
    """The server's hints while it idles. Only a hint: what they say is never believed, only that something happened.

    imapclient's own `idle_check` raises on a line that arrives in two segments, so bytes are read here and put back
    into no one's buffer: the reconcile that follows a hint asks for everything anyway.
    """

    def __init__(self, connection: Any, exists: int) -> None:
        self._socket, self._exists = connection, exists
        self._seen = b""  # of a line whose end has not come yet
        self.heard = False

    def wait(self, seconds: float, wake: socket.socket | None = None) -> bool:
        """True when the server said that messages came or went; False after `seconds`, or when `wake` has input.

        Raises ConnectionError when the server says BYE or closes.
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
                self.heard = True
                return True
            # "* OK Still here", or somebody marked a message as read: keep waiting
        return False
