"""Connect to a mailbox by TLS, log in with a password or an OAuth2 access token (XOAUTH2), and wait for notices.

Notices during IDLE (RFC 2177) are read directly from the socket.
"""

import re
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError  # type: ignore[import-untyped]

from mailroom.imap.accounts import Login, Tokens
from prober.config.load import Imap
from prober.errors import ConfigError, ServerUnreachable, TokenRefused
from prober.text.patterns import linear

SECONDS = 60.0  # for any answer of the server

# Errors of a lost or confused connection; the remedy for all of them is a new connection and a full comparison.
# imapclient raises ValueError and KeyError on an answer that was cut in half.
LOST = (OSError, EOFError, IMAPClientError, ssl.SSLError, ValueError, KeyError, AssertionError)

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
            raise ConfigError(f"{_place(config)} does not offer XOAUTH2; open {config.user} with a password")
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
        if isinstance(error, ConfigError):
            raise
        if isinstance(error, LoginError) and not _passes(error):
            raise refused(f"{_place(config)} refuses {what} of {config.user}: {_said(error)}{remedy}") from error
        if isinstance(error, LOST):
            raise ServerUnreachable(f"{_place(config)}: no login just now: {error}") from error
        raise


def _said(error: LoginError) -> str:
    """Return the server's words. imaplib keeps them as bytes, and imapclient the repr of these.

    >>> _said(LoginError("b'[AUTHENTICATIONFAILED] No.'"))
    '[AUTHENTICATIONFAILED] No'
    """
    return re.sub(r"^b(['\"])(.*)\1$", r"\2", str(error)).rstrip(".")


def _place(config: Imap) -> str:
    return f"{config.host}:{config.port}"


def _connect(config: Imap) -> IMAPClient:
    context = ssl.create_default_context()
    client = None
    try:
        implicit = config.tls == "implicit"
        client = IMAPClient(
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
        raise ServerUnreachable(
            f"{_place(config)}: the mailbox cannot be reached ({error}). "
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
