"""The world's SMTP server: ESMTP on loopback. A 250 after DATA means that the letter is on disk."""

import re
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.protocol import ServerFactory
from twisted.internet.tcp import Connection
from twisted.mail.smtp import ESMTP, IMessage, SMTPServerError
from twisted.python import log
from zope.interface import implementer  # type: ignore[import-untyped]

from prober.sandbox.mail.mail_system import PostOffice, Refused

SIZE_LIMIT = 25 * 1024 * 1024
_HOST = b"mail.prober.test"
_SIZE = re.compile(rb"\bSIZE=(\d+)", re.IGNORECASE)


class Session(ESMTP):
    """One SMTP connection. Twisted makes a message of its own for each recipient; here one letter serves them all."""

    noisy = False

    def __init__(self, office: PostOffice) -> None:
        super().__init__()
        self.host = _HOST
        self._office = office
        self._letter = _Letter(office, "")

    def connectionMade(self) -> None:
        assert isinstance(self.transport, Connection)
        self.transport.setTcpNoDelay(True)
        super().connectionMade()

    def extensions(self) -> dict[bytes, list[bytes] | None]:
        return {
            b"SIZE": [str(SIZE_LIMIT).encode()],
            b"8BITMIME": None,
            b"PIPELINING": None,
            b"DSN": None,
            b"ENHANCEDSTATUSCODES": None,
        }

    def do_MAIL(self, rest: bytes) -> None:
        declared = _SIZE.search(rest)
        if declared and int(declared[1]) > SIZE_LIMIT:
            self.sendCode(552, b"5.3.4 Message size exceeds fixed limit")
        else:
            super().do_MAIL(rest)

    def receivedHeader(self, helo: object, origin: object, recipients: object) -> bytes:
        return b""  # offices get the letter as it was sent; the own copy is traced by the post office

    def validateFrom(self, helo: object, origin: Any) -> Any:
        self._letter = _Letter(self._office, _text(origin))
        return origin

    def validateTo(self, user: Any) -> Callable[[], Any]:
        rcpt = _text(user.dest)
        try:
            self._office.admit(rcpt)
        except Refused as refused:
            raise SMTPServerError(refused.code, refused.text) from refused
        return self._letter.share(rcpt)

    def _messageHandled(self, results: Any) -> None:
        """Twisted would answer 550, "never", when the letter could not be stored. It is 451, "not now"."""
        if all(stored for stored, _ in results):
            self.sendCode(250, b"2.0.0 Ok: queued")
        else:
            log.err(next(failure for stored, failure in results if not stored))
            self.sendCode(451, b"4.3.0 Error: queue file write error")


class _Letter:
    """The letter of one MAIL transaction, shared by its recipients."""

    def __init__(self, office: PostOffice, mail_from: str) -> None:
        self._office = office
        self._mail_from = mail_from
        self._rcpts: list[str] = []
        self._lines: list[bytes] = []
        self._size = 0

    def share(self, rcpt: str) -> Callable[[], Any]:
        self._rcpts.append(rcpt)
        first = len(self._rcpts) == 1
        return lambda: _Collector(self) if first else _Sharer()

    def add(self, line: bytes) -> None:
        self._size += len(line) + 2
        if self._size > SIZE_LIMIT:
            raise SMTPServerError(552, "5.3.4 Message size exceeds fixed limit")
        self._lines.append(line)

    def finish(self) -> None:
        self._office.accept(self._mail_from, self._rcpts, b"".join(line + b"\r\n" for line in self._lines))


@implementer(IMessage)
class _Collector:
    """The message of the first recipient: collects the lines and hands the letter over for all."""

    def __init__(self, letter: _Letter) -> None:
        self._letter = letter

    def lineReceived(self, line: bytes) -> None:
        self._letter.add(line)

    def eomReceived(self) -> Deferred[None]:
        try:
            self._letter.finish()
        except Exception:
            return fail()
        return succeed(None)

    def connectionLost(self) -> None:
        """The client left inside DATA: nothing was promised, nothing is kept."""


@implementer(IMessage)
class _Sharer:
    """The message of every further recipient: the first one does the work."""

    def lineReceived(self, line: bytes) -> None: ...

    def eomReceived(self) -> Deferred[None]:
        return succeed(None)

    def connectionLost(self) -> None: ...


class SmtpFactory(ServerFactory):
    def __init__(self, office: PostOffice) -> None:
        self._office = office

    def buildProtocol(self, addr: object) -> Session:
        session = Session(self._office)
        session.factory = self
        return session


def _text(address: Any) -> str:
    return bytes(address).decode("utf-8", "replace")
