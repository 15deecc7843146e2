"""Connect to a mailbox by TLS, log in with a password or an OAuth2 access token (XOAUTH2), and wait for mail.

What a server may send in one answer has limits: bytes of lines and of literals, depth of lists, and time. imaplib reads
a literal of any length, and lines without end. A server that sends what no server sends is left at once.

A server that cannot read one message may close the connection each time it is asked for (Dovecot: BYE "FETCH failed");
but a connection may also break for another reason. So the messages that were asked for when it broke are asked for one
by one, and one that breaks it twice more, alone, is asked for no more.

Notices during IDLE (RFC 2177) are read directly from the socket.
"""

import imaplib
import re
import select
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import BufferedReader
from typing import Any

from imapclient import IMAPClient, imap4, tls  # type: ignore[import-untyped]
from imapclient.exceptions import (  # type: ignore[import-untyped]
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
)

from mailroom.imap.accounts import Login, Tokens
from prober.config.load import Imap
from prober.errors import ConfigError, ServerMisbehaves, ServerUnreachable, TokenRefused
from prober.text.patterns import linear

_BYTES = linear(r"^b(['\"])(.*)\1$")  # the answer of a server as Python shows it
GIVEN_UP = 3  # breaks of the connection: one among others, two alone
_Asked = tuple[object, str, int]  # folder, items, UID
_CHANGED = linear(rb"\* (?:\d+ EXPUNGE|(\d+) EXISTS)\b", re.IGNORECASE)
LARGEST = 100_000_000  # bytes of one message; servers take far less
_LITERALS = 150_000_000  # bytes of all literals of one answer
_LINES = 16_000_000  # bytes of all lines of one answer, and of one line
_NUMBER = 300_000  # lines of one answer
_DEPTH = 100  # lists in lists; what we ask for has two
_ANSWER_SECONDS = 300.0  # for one answer, and more for long literals:
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
        self._until = time.monotonic() + _ANSWER_SECONDS
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
        self._until = self._until or time.monotonic() + _ANSWER_SECONDS
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


SECONDS = 60.0  # for any answer of the server

# Errors of a lost or confused connection; the remedy for all of them is a new connection and a full comparison.
# imapclient raises ValueError and KeyError on an answer that was cut in half; the last three come from an endless one.
LOST = (
    OSError, EOFError, IMAPClientError, ssl.SSLError, ValueError, KeyError, AssertionError, RecursionError,
    OverflowError, MemoryError,
)  # fmt: skip

_JUST_NOW = linear(
    r"\[(?:UNAVAILABLE|LIMIT|INUSE|SERVERBUG)\b|too many (?:\w+ )?(?:connections|sessions)|number of connections"
    r"|but not connected|temporar",  # Gmail, others, and Outlook after too many logins
    re.IGNORECASE,
)


def opened(config: Imap, login: Login) -> IMAPClient:
    """Return a connection that is logged in.

    Raises ServerUnreachable if the server cannot be reached, ConfigError if it refuses user or password, TokenRefused
    if it refuses an access token and there is no other token, or it refuses the other one too.
    """
    return _by_password(config, login) if isinstance(login, str) else _by_token(config, login)


def _by_password(config: Imap, password: str) -> IMAPClient:
    def log_in(client: IMAPClient) -> None:
        _log_in(client, config.user, password)

    return _authenticated(
        config, log_in, ConfigError, "the login", ". Check [imap] user and the password that it names"
    )


def _by_token(config: Imap, tokens: Tokens) -> IMAPClient:
    """Log in by token. A refused token may just have expired, so a fresh one is tried once, on a new connection."""
    try:
        return _by_one_token(config, tokens)
    except TokenRefused:
        return _by_one_token(config, tokens)


def _by_one_token(config: Imap, tokens: Tokens) -> IMAPClient:
    token = tokens.fresh()
    bearer = _Bearer(config.user, token)

    def log_in(client: IMAPClient) -> None:
        if not client.has_capability("AUTH=XOAUTH2"):
            raise ConfigError(f"{_address(config)} does not offer XOAUTH2; open {config.user} with a password")
        client.sasl_login("XOAUTH2", bearer)

    try:
        return _authenticated(config, log_in, TokenRefused, "the access token")
    except TokenRefused as error:
        tokens.refuse(token, f"{error} {bearer.said}".strip())
        raise


class _Bearer:
    """Answer XOAUTH2 as the client: send the token first, and an empty line after the server's error (`said`)."""

    def __init__(self, user: str, token: str) -> None:
        self._opening = f"user={user}\1auth=Bearer {token}\1\1"
        self.said = ""

    def __call__(self, challenge: bytes) -> str:
        self.said = challenge.decode("utf-8", "replace")
        return "" if challenge else self._opening


def _authenticated(
    config: Imap, log_in: Callable[[IMAPClient], None], refused: type[ConfigError], what: str, remedy: str = ""
) -> IMAPClient:
    """Return a new connection on which `log_in` succeeded. Raises `refused` with `what` and `remedy` in its message."""
    client = _connect(config)
    try:
        client.normalise_times = False  # aware times, in the server's zone
        log_in(client)
        return client
    except BaseException as error:
        with suppress(*LOST):
            client.shutdown()
        if isinstance(error, (ConfigError, ServerMisbehaves)):
            raise
        if isinstance(error, LoginError) and not _passes(error):
            raise refused(f"{_address(config)} refuses {what} of {config.user}: {_said(error)}{remedy}") from error
        if isinstance(error, LOST):
            raise ServerUnreachable(f"{_address(config)}: no login just now: {error}") from error
        raise


def _said(error: LoginError) -> str:
    """Return the server's words. imaplib keeps them as bytes, and imapclient the repr of these.

    >>> _said(LoginError("b'[AUTHENTICATIONFAILED] No.'"))
    '[AUTHENTICATIONFAILED] No'
    """
    return _BYTES.sub(r"\2", str(error)).rstrip(".")


def _address(config: Imap) -> str:
    return f"{config.host}:{config.port}"


def _connect(config: Imap) -> IMAPClient:
    context = ssl.create_default_context()
    client = None
    try:
        implicit = config.tls == "implicit"
        client = LimitedClient(
            config.host, config.port, ssl=implicit, ssl_context=context if implicit else None, timeout=SECONDS
        )
        keep_alive(client.socket())
        client._imap.debug = 0  # no log of every received byte
        if config.tls == "starttls":
            client.starttls(context)
    except LOST as error:
        if client is not None:
            with suppress(*LOST):
                client.shutdown()
        if isinstance(error, ServerMisbehaves):
            raise
        raise ServerUnreachable(
            f"{_address(config)}: the mailbox cannot be reached ({error}). "
            "Check [imap] host, port and tls, and the network; nothing was changed."
        ) from error
    return client


def _log_in(client: IMAPClient, user: str, password: str) -> None:
    """Log in by LOGIN, or, for a name or password beyond ASCII, by AUTHENTICATE PLAIN in UTF-8 (RFC 4616).

    Raises LoginError.
    """
    if (user + password).isascii():
        client.login(user, password)
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user, password)
    else:
        raise LoginError("user or password has letters beyond ASCII, and the server offers no AUTH=PLAIN for them")


def _passes(error: LoginError) -> bool:
    """Return True if user and password were not judged: imapclient raises LoginError also for a lost connection.

    A server may also refuse every login for a while: it gives a code of RFC 5530 or words to that effect.
    """
    return isinstance(error.__context__, IMAPClientAbortError) or bool(_JUST_NOW.search(str(error)))


class BadMessages:
    """Count the breaks of the connection at each message of one mailbox, over all connections to it."""

    def __init__(self) -> None:
        self._breaks: Counter[_Asked] = Counter()
        self._waiting: list[_Asked] = []  # messages that were asked for and not answered yet

    def parts(self, folder: object, items: str, uids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield `uids` in parts to ask for: all good ones at once, doubtful ones alone, hopeless ones not at all."""
        doubted = {uid: self._breaks[folder, items, uid] for uid in uids} if self._breaks else {}
        alone = [[uid] for uid, breaks in doubted.items() if 0 < breaks < GIVEN_UP]
        yield from filter(None, ([uid for uid in uids if not doubted.get(uid)], *alone))

    def asked(self, folder: object, items: str, uids: Sequence[int]) -> None:
        """Record which messages are asked for now."""
        self._waiting = [(folder, items, uid) for uid in uids]

    def answered(self) -> None:
        """Reset the count of the messages that were asked for last: an answer came."""
        for one in self._waiting:
            del self._breaks[one]  # no error for a missing key: it is a Counter
        self.spare()

    def broke(self) -> bool:
        """Count a lost connection; return True if messages were asked for, which are then asked for one by one."""
        at_messages = bool(self._waiting)
        self._breaks.update(self._waiting)
        self.spare()
        return at_messages

    def spare(self) -> None:
        """Forget which messages were asked for, without counting: it was we who closed the"""
        self._waiting = []


LONGEST_LINE = 65_536  # bytes; a notice has a few dozen
MOST_SAID = 10_000_000  # bytes of notices during one wait, which lasts 20 s at most


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
    found = _CHANGED.match(line)
    return found is not None and (found[1] is None or int(found[1]) != exists)


class Idle:
    """Read notices during IDLE. They only show that something happened; their content is not used.

    imapclient's own `idle_check` raises on a line that arrives in two segments, so the bytes are read here and dropped:
    the comparison that follows a notice asks for everything anyway.
    """

    def __init__(self, connection: Any, exists: int) -> None:
        self._socket, self._exists = connection, exists
        self._seen = b""  # the beginning of a line that is not complete yet
        self._said = 0  # bytes during one wait
        self.noticed = False

    def wait(self, seconds: float, wake: socket.socket | None = None) -> bool:
        """Return True as soon as messages came or went; False after `seconds`, or when `wake` has input.

        Raises ConnectionError if the server says BYE, closes the connection or sends an endless line.
        """
        deadline = time.monotonic() + seconds
        self._said = 0
        while (left := deadline - time.monotonic()) > 0:
            if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                if wake and select.select([wake], [], [], 0)[0]:
                    return False
            else:
                ready = select.select([self._socket, *([wake] if wake else [])], [], [], left)[0]
                if not ready or wake in ready:
                    return False
            try:
                chunk = self._socket.recv(8192)
            except (ssl.SSLWantReadError, BlockingIOError):
                continue
            if not chunk:
                raise ConnectionError("the server closed the connection")
            self._said += len(chunk)
            if self._said > MOST_SAID:
                raise ConnectionError("the server does not stop talking")
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
