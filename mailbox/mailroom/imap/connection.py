"""Connect to a mailbox by TLS, log in with a password or an OAuth2 access token (XOAUTH2), wait, and parse answers.

Notices during IDLE (RFC 2177) are read directly from the socket. The answers to LIST, UID SEARCH and UID FETCH become
values; of the folders listed, junk and all mail are read too, where answers may be put by filters and people.
"""

import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar
from unicodedata import normalize

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import (  # type: ignore[import-untyped]
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)
from imapclient.imap_utf7 import decode, encode  # type: ignore[import-untyped]
from imapclient.response_parser import parse_fetch_response, parse_response  # type: ignore[import-untyped]

from mailroom.imap.accounts import Login, Tokens
from mailroom.imap.answer_limits import LimitedClient
from mailroom.mime.arrival_time import EARLIEST, arrived
from prober.config.load import Imap
from prober.errors import ConfigError, ServerMisbehaves, ServerUnreachable, TokenRefused
from prober.store.private.messages import Arrival
from prober.studies.packs import languages, words
from prober.text.patterns import linear
from prober.text.words import Vocabulary

Part = bytes | tuple[bytes, bytes] | None  # a line, or the piece of a line before a literal and the literal
Answers = dict[int, dict[bytes, Any]]  # UID → name of an item, as imapclient names it → its value
# The year of a date that was never set, as some servers write it (0001); imapclient would read 2001.
_NO_YEAR = linear(rb'(INTERNALDATE "[^"]{0,12}-)0(?=\d{3} )', re.IGNORECASE)
_DATED = linear(
    rb'([1-9]\d{0,9}) \(UID ([1-9]\d{0,9}) INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-([1-9]\d{3}) (\d\d):(\d\d):(\d\d) '
    rb'([+-])([01]\d)([0-5]\d)"\)'
)
_MONTHS = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_BYTES = linear(r"^b(['\"])(.*)\1$")  # the answer of a server as Python shows it
_CHANGED = linear(rb"\* (?:\d+ EXPUNGE|(\d+) EXISTS)\b", re.IGNORECASE)
HIGHEST = 2**63 - 1  # of any UID or UIDVALIDITY; RFC 9051 says 2**32, and some servers take more
MOST_MESSAGES = 20_000_000  # of one folder
LONGEST_NAME = 300  # characters that are shown of a folder's line
LISTED = 50_000  # UIDs in one line; Python's library takes lines of 1,000,000 bytes


def uids(answer: Sequence[Part]) -> list[int]:
    """Return the UIDs in an answer to UID SEARCH of one or several lines, without the number in brackets (MODSEQ).

    Raises ValueError on a damaged answer.
    """
    found: list[int] = []
    for line in answer:
        if isinstance(line, tuple):
            raise ValueError(f"a literal among the numbers of a search: {line[0]!r}")
        found += map(int, (line or b"").partition(b"(")[0].split())
    if any(not 0 < uid <= HIGHEST for uid in found):
        raise ValueError("a number that no message can have")
    return found


def ranges(number: int) -> list[str]:
    """Return search keys that cover `number` messages, each with at most LISTED UIDs in its answer.

    >>> ranges(3), ranges(2 * LISTED + 1)
    (['ALL'], ['1:50000', '50001:100000', '100001:*'])
    """
    starts = range(1, number + 1, LISTED)
    return [f"{at}:{at + LISTED - 1}" for at in starts[:-1]] + [f"{starts[-1]}:*"] if len(starts) > 1 else ["ALL"]


def parsed(answer: Sequence[Part]) -> Answers:
    """Parse an answer to FETCH that imaplib collected. Dates are aware, in the server's zone; NIL becomes None.

    The beginning of a message ("BODY[]<0>") is returned as b"BODY[]", like a whole one. "~" belongs before data that
    may hold NUL bytes (RFC 3516); some servers write it before a body too, and imapclient does not know it.

    Raises the errors of imapclient for a damaged answer.
    """
    if dates := _only_dates(answer):
        return dates
    try:
        read = parse_fetch_response([_mended(part) for part in answer], False, True)
    except (AttributeError, TypeError, IndexError, RecursionError) as error:
        raise ProtocolError(f"an answer to FETCH that cannot be read: {type(error).__name__}") from error
    return {
        uid: {b"BODY[]" if name.startswith(b"BODY[]<") else name: value for name, value in items.items()}
        for uid, items in read.items()
    }


def _only_dates(answer: Sequence[Part]) -> Answers:
    """Return the answer to a question for INTERNALDATE; {} where anything in it looks otherwise than is usual.

    A full comparison asks for the date of every message held: this takes a tenth of the time that imapclient takes.
    """
    found: Answers = {}
    for line in answer:
        read = _DATED.fullmatch(line) if isinstance(line, bytes) else None
        month = read and _MONTHS.get(read[4].lower())
        if not (read and month):
            return {}
        number, uid, day, _, year, hour, minute, second, sign, hours, minutes = read.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == b"-" else offset)
        try:
            moment = datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=zone)
        except ValueError:
            return {}
        found[int(uid)] = {b"SEQ": int(number), b"INTERNALDATE": moment}
    return found


def _mended(part: Part) -> Part:
    """Return a part changed so that imapclient reads it correctly."""
    if isinstance(part, tuple):
        return _NO_YEAR.sub(rb"\g<1>1", part[0]).replace(b" ~{", b" {"), part[1]
    return _NO_YEAR.sub(rb"\g<1>1", part) if part else part


def received(items: Mapping[bytes, Any]) -> datetime | None:
    """Return the INTERNALDATE, which has an offset; None if the server gives none, or one before EARLIEST."""
    here = _internal_date(items)
    return here if here and here >= EARLIEST else None


def _internal_date(items: Mapping[bytes, Any]) -> datetime | None:
    moment = items.get(b"INTERNALDATE")
    try:
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):  # beyond the years that datetime knows
        return None


def arrivals(answer: Answers) -> tuple[list[Arrival], int]:
    """Return the messages of an answer, and how many of them have no usable INTERNALDATE.

    Those get the time in their topmost Received header, so that no message is lost over an odd time. One that has no
    time at all is left out.
    """
    found, undated = [], 0
    for uid, items in sorted(answer.items()):
        if isinstance(raw := items.get(b"BODY[]"), bytes):
            at = received(items)
            undated += at is None
            if at := at or arrived(raw) or _internal_date(items):
                found.append(Arrival(uid, at.astimezone(UTC), raw))
    return found, undated


# Gmail's folder "all mail" has one of these parents; under another parent the name may be a private archive.
GMAIL = frozenset(("[gmail]", "[google mail]"))
OURS = frozenset(("", "inbox"))  # parents of our own junk folder; under another one it is another person's
CLOSED = frozenset((b"\\noselect", b"\\nonexistent"))


@dataclass(frozen=True, slots=True, eq=False)
class FolderNames:
    """Hold the last parts of folders' names, in lower case, on servers that mark none (RFC 6154) or another folder."""

    TABLE: ClassVar = "mail_folders"
    junk: frozenset[str]
    all_mail: frozenset[str]  # Gmail's


@dataclass(frozen=True, slots=True)
class Listed:
    """Describe a folder as LIST gives it; `flags` in lower case."""

    name: str
    delimiter: str
    flags: frozenset[bytes]


def listed(answer: Sequence[Part]) -> tuple[list[Listed], list[str]]:
    """Return the folders in an answer to LIST, and its unreadable lines, such as names that are no modified UTF-7."""
    found, unreadable = [], []
    for part in answer:
        try:
            if part:  # the part after a name that was sent as a literal is empty
                flags, delimiter, name = parse_response([part])
                marks = frozenset(bytes(flag).lower() for flag in flags)
                found.append(Listed(_name(name), (delimiter or b"").decode(), marks))
        except (ProtocolError, ValueError, TypeError, AttributeError, RecursionError):
            unreadable.append(repr(part)[:LONGEST_NAME])
    return found, unreadable


def _name(given: bytes | int) -> str:
    """Return a folder's name. Raises ValueError for one that cannot be sent back to the server unchanged."""
    raw = b"%d" % given if isinstance(given, int) else given
    name = str(decode(raw))
    if encode(name) != raw:
        raise ValueError(f"not modified UTF-7: {raw!r}")
    return name


def chosen(listed: Sequence[Listed], configured: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the folders to read, and the configured names that do not exist.

    The configured folders come first, in their order; then junk and all mail, by the server's mark or by name. Names
    are compared in NFC, because some mail programs create folders with decomposed Vietnamese letters. "Junk", which is
    in the default configuration, does not count as missing if the server has a junk folder of another name.
    """
    there = [folder for folder in listed if not folder.flags & CLOSED]
    names = {normalize("NFC", folder.name): folder.name for folder in there}
    wanted = [(name, _found(name, names)) for name in configured]
    special = [folder.name for folder in there if is_junk(folder) or is_all_mail(folder)]
    junk = any(is_junk(folder) for folder in there)
    absent = [name for name, found in wanted if found is None and not (name == "Junk" and junk)]
    inbox = ["INBOX" for name, found in wanted if found == "INBOX"]
    return list(dict.fromkeys([*inbox, *(found for _, found in wanted if found), *special])), absent


def is_junk(folder: Listed) -> bool:
    """Return True for a folder that the server marks as junk, or with a name that common servers give to theirs.

    >>> is_junk(Listed("INBOX.Spam", ".", frozenset())), is_junk(Listed("Shared/anna/Spam", "/", frozenset()))
    (True, False)
    """
    above, last = _place(folder)
    return b"\\junk" in folder.flags or (above in OURS | GMAIL and last in _named().junk)


def is_all_mail(folder: Listed) -> bool:
    """Return True for a folder that the server marks as all mail, or that is Gmail's."""
    above, last = _place(folder)
    return b"\\all" in folder.flags or (above in GMAIL and last in _named().all_mail)


def _named() -> FolderNames:
    """Return the names in all languages that have a pack: a server has its own, whatever that of the study."""
    return words(Vocabulary(languages())).table(FolderNames)


def _place(folder: Listed) -> tuple[str, str]:
    """Return the folder's parent and its own name, in NFC and without case, for comparing."""
    name = normalize("NFC", folder.name).casefold()
    above, _, last = name.rpartition(folder.delimiter) if folder.delimiter else ("", "", name)
    return above, last


def _found(name: str, names: dict[str, str]) -> str | None:
    if name.upper() == "INBOX":  # RFC 9051, 5.1: the one name without case, and always there
        return "INBOX"
    return names.get(normalize("NFC", name))


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
