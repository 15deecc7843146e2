"""The only module that opens IMAP. Reads and never changes: folders are examined, bodies are peeked.

Nothing is flagged, moved or deleted, and `\\Seen` means nothing to us: a person who opens the mailbox in a mail
program must not hide a reply from the study.
"""

import select
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Any
from unicodedata import normalize

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError  # type: ignore[import-untyped]

from prober.clock import HANOI
from prober.config import Imap
from prober.errors import ConfigError, ServerUnreachable
from prober.store.messages import Arrival

SECONDS = 60.0  # for any answer of the server
BATCH = 250  # messages asked for at once, and made durable by one commit
BATCH_BYTES = 20_000_000
LINE = 500  # UIDs in one command: servers take lines of 8 KB and more

# What a lost or confused connection raises; the remedy for all of them is a new connection and a full comparison.
# ValueError and KeyError: imapclient on an answer that was cut in half.
LOST = (OSError, EOFError, IMAPClientError, ssl.SSLError, ValueError, KeyError, AssertionError)


class Mailbox:
    """A connection that is logged in. Use as a context manager; `select` a folder before anything else.

    Raises ServerUnreachable if the server cannot be reached, ConfigError if it refuses user or password.
    """

    def __init__(self, config: Imap, password: str) -> None:
        self._config = config
        self.folder, self.uidvalidity = "", 0  # of the selected folder
        self._exists = 0
        self._listed: dict[str, int] = {}
        self.absent: list[str] = []  # configured folders that the server did not list, nor has another junk folder for
        self._client = _connect(config)
        try:
            self._client.normalise_times = False  # aware times, in the server's zone
            _log_in(self._client, config.user, password)
        except LoginError as error:
            self.close()
            if _passes(error):
                raise ServerUnreachable(f"{config.host}:{config.port}: no login just now: {error}") from error
            raise ConfigError(f"{config.host}:{config.port} refuses the login of {config.user}: {error}") from error
        except LOST as error:
            self.close()
            raise ServerUnreachable(f"{config.host}:{config.port}: lost during login: {error}") from error

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with suppress(*LOST):
                self._client.logout()
        self.close()

    def close(self) -> None:
        with suppress(*LOST):
            self._client.shutdown()

    def folders(self) -> list[str]:
        """The configured folders that exist, and any that the server itself marks as junk or as all mail.

        Names are compared in NFC: some mail programs make folders whose Vietnamese letters are in pieces.
        """
        listed = self._client.list_folders()
        every = {str(name): {bytes(flag).lower() for flag in flags} for flags, _, name in listed}
        names = {name: flags for name, flags in every.items() if not flags & {b"\\noselect", b"\\nonexistent"}}
        special = [name for name, flags in names.items() if flags & {b"\\junk", b"\\all"}]
        composed = {normalize("NFC", name): name for name in names}
        wanted = [(name, composed.get(normalize("NFC", name))) for name in self._config.folders if not _is_inbox(name)]
        junk = any(b"\\junk" in flags for flags in names.values())
        self.absent = [name for name, found in wanted if found is None and not (name == "Junk" and junk)]
        inbox = ["INBOX" for name in self._config.folders if _is_inbox(name)]
        return list(dict.fromkeys([*inbox, *(found for _, found in wanted if found), *special]))

    def select(self, folder: str) -> int:
        """Examine `folder`; returns its UIDVALIDITY."""
        answer = self._client.select_folder(folder, readonly=True)
        self.folder, self.uidvalidity = folder, int(answer[b"UIDVALIDITY"])
        self._exists = int(answer[b"EXISTS"])
        return self.uidvalidity

    def changed(self) -> bool:
        """True if the selected folder has another number of messages than when it was listed on this connection."""
        return self._listed.get(self.folder) != self._exists

    def after(self, uid: int) -> list[int]:
        """The UIDs above `uid` in the selected folder."""
        try:
            found = self._client.search(["UID", f"{uid + 1}:*"])
        except IMAPClientAbortError:
            raise
        except IMAPClientError:  # refused: an emptied folder has no last message that "*" could mean
            return []
        return sorted(each for each in found if each > uid)  # "*" may mean a UID below (RFC 9051, 6.4.9)

    def listing(self) -> dict[int, datetime]:
        """UID → INTERNALDATE of every message of the selected folder."""
        self._listed[self.folder] = self._exists
        uids = sorted(self._client.search("ALL")) if self._exists else []
        found: dict[int, datetime] = {}
        for at in range(0, len(uids), LINE):
            answer = self._client.fetch(uids[at : at + LINE], [b"INTERNALDATE"])
            found |= {uid: _hanoi(data[b"INTERNALDATE"]) for uid, data in answer.items() if data.get(b"INTERNALDATE")}
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Arrival]]:
        """Messages in batches. One whose body is NIL, or that vanished, is left out and will be asked for again."""
        for batch in self._batches(uids):
            answer = self._client.fetch(batch, [b"BODY.PEEK[]", b"INTERNALDATE"])
            yield [
                Arrival(uid, _hanoi(data[b"INTERNALDATE"]), bytes(data[b"BODY[]"]))
                for uid, data in sorted(answer.items())
                if data.get(b"BODY[]") is not None and data.get(b"INTERNALDATE")
            ]

    def _batches(self, uids: Sequence[int]) -> Iterator[list[int]]:
        for at in range(0, len(uids), LINE):
            chunk = list(uids[at : at + LINE])
            sizes = self._client.fetch(chunk, [b"RFC822.SIZE"])
            batch: list[int] = []
            weight = 0
            for uid in chunk:
                size = int(sizes.get(uid, {}).get(b"RFC822.SIZE") or 0)
                if batch and (len(batch) >= BATCH or weight + size > BATCH_BYTES):
                    yield batch
                    batch, weight = [], 0
                batch.append(uid)
                weight += size
            if batch:
                yield batch

    @contextmanager
    def idling(self) -> Iterator["Idle"]:
        """IDLE on the selected folder, ended with DONE. After it `heard` says whether there was any hint."""
        self._client.idle()
        idle = Idle(self._client.socket())
        try:
            yield idle
        finally:
            _, late = self._client.idle_done()
            idle.heard = idle.heard or any(response[1:2] == (b"EXISTS",) for response in late)

    def idles(self) -> bool:
        return bool(self._client.has_capability("IDLE"))


class Idle:
    """The server's hints while it idles. Only a hint: what they say is never believed, only that something happened.

    imapclient's own `idle_check` raises on a line that arrives in two segments, so bytes are read here and put back
    into no one's buffer: the reconcile that follows a hint asks for everything anyway.
    """

    def __init__(self, connection: Any) -> None:
        self._socket = connection
        self._seen = b""  # of a line whose end has not come yet
        self.heard = False

    def wait(self, seconds: float, wake: socket.socket | None = None) -> bool:
        """True when the server said something about messages; False after `seconds`, or when `wake` has input.

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
            upper = whole.upper()
            if b"* BYE" in upper:
                raise ConnectionError("the server said BYE")
            if any(word in upper for word in (b" EXISTS", b" RECENT", b" EXPUNGE", b" FETCH", b" VANISHED")):
                self.heard = True
                return True
            # "* OK Still here": keep waiting
        return False


def _connect(config: Imap) -> IMAPClient:
    context = ssl.create_default_context()
    client = None
    try:
        implicit = config.tls == "implicit"
        client = IMAPClient(
            config.host, config.port, ssl=implicit, ssl_context=context if implicit else None, timeout=SECONDS
        )
        if config.tls == "starttls":
            client.starttls(context)
    except LOST as error:
        if client is not None:
            with suppress(*LOST):
                client.shutdown()
        raise ServerUnreachable(
            f"{config.host}:{config.port}: the mailbox cannot be reached ({error}). "
            "Check [imap] host, port and tls, and the network; nothing was changed."
        ) from error
    return client


def _is_inbox(name: str) -> bool:
    return name.upper() == "INBOX"  # RFC 9051, 5.1: the one name without case, and always there


def _log_in(client: IMAPClient, user: str, password: str) -> None:
    """LOGIN carries ASCII only; a name or password with other letters goes by AUTHENTICATE PLAIN, as UTF-8 (RFC 4616).

    Raises LoginError.
    """
    if (user + password).isascii():
        client.login(user, password)
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user, password)
    else:
        raise LoginError("user or password has letters beyond ASCII, and the server offers no AUTH=PLAIN for them")


def _passes(error: LoginError) -> bool:
    """True where the login was not refused: imapclient says LoginError also of a connection lost on the way, and of
    an authentication service that is down (RFC 5530).
    """
    return isinstance(error.__context__, IMAPClientAbortError) or "[UNAVAILABLE]" in str(error).upper()


def _hanoi(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=HANOI)
    return aware.astimezone(HANOI)
