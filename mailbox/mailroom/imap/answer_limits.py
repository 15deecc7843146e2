"""Limit what an IMAP server may send in one answer: bytes of lines and of literals, depth of lists, and time.

imaplib reads a literal of any length, and lines without end. A server that sends what no server sends is left at once.
"""

import imaplib
import time
from io import BufferedReader
from typing import Any

from imapclient import IMAPClient, imap4, tls  # type: ignore[import-untyped]

from prober.errors import ServerMisbehaves

LARGEST = 100_000_000  # bytes of one message; servers take far less
_LITERALS = 150_000_000  # bytes of all literals of one answer
_LINES = 16_000_000  # bytes of all lines of one answer, and of one line
_NUMBER = 300_000  # lines of one answer
_DEPTH = 100  # lists in lists; what we ask for has two
_SECONDS = 300.0  # for one answer, and more for long literals:
_SLOWEST = 4_000.0  # bytes a second
_PIECE = 65_536
_KEPT = 1_000_000  # bytes of unasked answers that imaplib may keep


class LimitedClient(IMAPClient):
    """An IMAP client whose server is held to the limits. Every reading raises ServerMisbehaves beyond them."""

    def _create_IMAP4(self) -> imaplib.IMAP4:
        timeout = getattr(self._timeout, "connect", None)
        if self.ssl:
            return _LimitedTLS(self.host, self.port, self.ssl_context, timeout)  # type: ignore[call-arg]
        return _Limited(self.host, self.port, timeout)


class _Limits(imaplib.IMAP4):
    """Read lines and literals in pieces, and count them from one command to the next."""

    _stream: BufferedReader | None = None
    _read_from: object = None  # the socket of `_stream`; STARTTLS puts another in its place
    _lines = _line_bytes = _literal_bytes = _kept = 0
    _until = 0.0

    def send(self, data: Any) -> None:
        """Send a command. What came before that nobody has asked for is forgotten once it is much."""
        self._kept += self._line_bytes + self._literal_bytes
        if self._kept > _KEPT:
            self.untagged_responses.clear()
            self._kept = 0
        self._lines = self._line_bytes = self._literal_bytes = 0
        self._until = time.monotonic() + _SECONDS
        super().send(data)

    def read(self, size: int) -> bytes:
        """Return a literal of `size` bytes; less if the connection ends."""
        self._literal_bytes += size
        if size > LARGEST or self._literal_bytes > _LITERALS:
            raise self._misbehaves(f"announces {size} bytes at once")
        self._until = self._deadline() + size / _SLOWEST
        pieces = []
        while size > 0 and (piece := self._reading().read1(min(size, _PIECE))):
            self._check_time()
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def readline(self) -> bytes:
        """Return a line, with its end; less if the connection ends."""
        stream, pieces, ended = self._reading(), [], False
        while not ended and (seen := stream.peek(1)):
            self._check_time()
            end = seen.find(b"\n") + 1
            piece = stream.read(end or len(seen))
            pieces.append(piece)
            ended = end > 0
            self._line_bytes += len(piece)
            if self._line_bytes > _LINES:
                raise self._misbehaves("does not stop sending lines")
        self._lines += 1
        if self._lines > _NUMBER:
            raise self._misbehaves("does not stop sending lines")
        line = b"".join(pieces)
        if line.count(b"(") > _DEPTH and _depth(line) > _DEPTH:
            raise self._misbehaves("sends lists that are nested without end")
        return line

    def shutdown(self) -> None:
        if self._stream is not None:
            self._stream.close()
        super().shutdown()

    def _reading(self) -> BufferedReader:
        if self._stream is None or self._read_from is not self.sock:
            self._stream, self._read_from = self.sock.makefile("rb"), self.sock
        return self._stream

    def _deadline(self) -> float:
        """Return the time at which the answer must have ended; the greeting answers no command."""
        self._until = self._until or time.monotonic() + _SECONDS
        return self._until

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline():
            raise self._misbehaves("does not end its answer")

    def _misbehaves(self, what: str) -> ServerMisbehaves:
        return ServerMisbehaves(
            f"{self.host}:{self.port}: the server {what}, which no mail server does; the connection was closed, and "
            "what was fetched before is stored."
        )


class _Limited(_Limits, imap4.IMAP4WithTimeout):
    """A connection without TLS, or with STARTTLS."""


class _LimitedTLS(_Limits, tls.IMAP4_TLS):
    """A connection in TLS from its beginning."""


def _depth(line: bytes) -> int:
    """Return how deep the lists of a line are nested, those in quoted words included.

    >>> _depth(b"((a) (b)")
    2
    """
    depth = deepest = 0
    for sign in line:
        if sign == 40:
            depth += 1
            deepest = max(deepest, depth)
        elif sign == 41:
            depth = max(0, depth - 1)
    return deepest
