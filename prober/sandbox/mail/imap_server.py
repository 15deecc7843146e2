"""Serve the product's mailbox, with its two folders, over IMAP."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.internet.tcp import Connection
from twisted.mail import imap4
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from prober.sandbox.mail.imap_message import ServedMessage
from prober.sandbox.mail.imap_search import SearchedMessage, matching
from prober.sandbox.mail.mail_system import MailSystem
from prober.sandbox.mail.mailstore import FOLDERS, Mail, Mailstore
from prober.sandbox.simulated_clock import parse_moment

FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")


class Keeper(Protocol):
    """Who stores what a client appends."""

    def now(self) -> datetime: ...

    def append(self, mail: Mail, flags: Sequence[str]) -> int:
        """Store a message and return its UID."""


@implementer(imap4.IMailbox, imap4.ISearchableMailbox)
class Folder:
    """One folder, shared by every connection that has selected it. Sequence number n is `uids[n - 1]`."""

    def __init__(self, name: str, store: Mailstore, mail_system: Keeper) -> None:
        self.name = name
        self._store = store
        self._mail_system = mail_system
        self._uids = store.uids(name)
        self._flags = store.all_flags(name)
        self._days = store.days(name)
        self._listeners: list[Any] = []

    def arrived(self, uid: int) -> None:
        """Add a mail that was committed under `uid`, and notify every connection, idling or not."""
        self._uids.append(uid)
        self._flags[uid] = ()
        self._days[uid] = parse_moment(self._store.message(self.name, uid)["received_at"]).date()
        for listener in list(self._listeners):
            listener.newMessages(len(self._uids), None)

    # IMailboxInfo
    def getFlags(self) -> list[str]:
        return list(FLAGS)

    def getHierarchicalDelimiter(self) -> str:
        return "/"

    # IMailbox
    def getUIDValidity(self) -> int:
        return int(self._store.meta("uidvalidity") or 1)

    def getUIDNext(self) -> int:
        return self._store.uid_next(self.name)

    def getUID(self, message: int) -> int:
        return self._uids[message - 1]

    def getMessageCount(self) -> int:
        return len(self._uids)

    def getRecentCount(self) -> int:
        return 0

    def getUnseenCount(self) -> int:
        return sum("\\Seen" not in flags for flags in self._flags.values())

    def isWriteable(self) -> bool:
        return True

    def destroy(self) -> None:
        raise imap4.MailboxException("folders of this mailbox cannot be deleted")

    def requestStatus(self, names: Iterable[str]) -> dict[str, Any]:
        return imap4.statusRequestHelper(self, names)

    def addListener(self, listener: Any) -> None:
        self._listeners.append(listener)

    def removeListener(self, listener: Any) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def addMessage(self, message: Any, flags: Iterable[str] = (), date: Any = None) -> Deferred[int]:
        """Store a message (APPEND), committed before the tagged OK; INTERNALDATE is `date`, else the simulated time."""
        try:
            at = parsedate_to_datetime(_native(date)) if date else self._mail_system.now()
            uid = self._mail_system.append(Mail(at, "", "", self.name, message.read()), tuple(flags))
        except Exception:
            return fail()
        self._flags[uid] = tuple(flags)
        return succeed(uid)

    def expunge(self) -> list[int]:
        gone = [uid for uid in self._uids if "\\Deleted" in self._flags[uid]]
        with self._store.transaction():
            self._store.expunge(self.name, gone)
        numbers = []
        for uid in gone:  # each number counts after those before it are gone (RFC 3501, 7.4.1)
            numbers.append(self._uids.index(uid) + 1)
            self._uids.remove(uid)
            del self._flags[uid]
        return numbers

    def fetch(self, messages: Any, uid: bool) -> Iterator[tuple[int, ServedMessage]]:
        for number in self._numbers(messages, uid):
            key = self._uids[number - 1]
            row = self._store.message(self.name, key)
            yield number, ServedMessage(key, self._flags[key], row["received_at"], row["raw"])

    def store(self, messages: Any, flags: Iterable[str], mode: int, uid: bool) -> dict[int, tuple[str, ...]]:
        changed = {}
        with self._store.transaction():
            for number in self._numbers(messages, uid):
                key = self._uids[number - 1]
                old, given = set(self._flags[key]), set(flags)
                new = old | given if mode > 0 else old - given if mode < 0 else given
                self._store.set_flags(self.name, key, new)
                self._flags[key] = changed[number] = tuple(sorted(new))
        return changed

    # ISearchableMailbox
    def search(self, query: list[Any], uid: bool) -> list[int]:
        """Return the sequence numbers of matching messages, also for UID SEARCH (Twisted turns them into UIDs)."""
        if not self._uids:
            return []
        candidates = (self._candidate(number, key) for number, key in enumerate(self._uids, 1))
        return matching(query, candidates, last_number=len(self._uids), last_uid=self._uids[-1])

    def _candidate(self, number: int, key: int) -> SearchedMessage:
        def load() -> bytes:
            raw: bytes = self._store.message(self.name, key)["raw"]
            return raw

        return SearchedMessage(number, key, self._flags[key], self._days[key], load)

    def _numbers(self, messages: Any, uid: bool) -> list[int]:
        """Return the existing sequence numbers of a message set (RFC 3501: missing ones are no error)."""
        keys = self._uids if uid else range(1, len(self._uids) + 1)
        if not keys:
            return []
        messages.last = keys[-1]
        return [number for number, key in enumerate(keys, 1) if key in messages]


@implementer(imap4.IAccount)
class SandboxAccount:
    """The one account of the server."""

    def __init__(self, folders: dict[str, Folder]) -> None:
        self._folders = folders

    def listMailboxes(self, ref: str, wildcard: str) -> list[tuple[str, Folder]]:
        pattern = imap4.wildcardToRegexp(wildcard, "/")
        return [(name, folder) for name, folder in self._folders.items() if pattern.match(name)]

    def select(self, name: str, rw: bool = True) -> Folder | None:
        return self._folders.get("INBOX" if name.upper() == "INBOX" else name)

    def isSubscribed(self, name: str) -> bool:
        return name in self._folders

    def subscribe(self, name: str) -> bool:
        return name in self._folders

    def unsubscribe(self, name: str) -> bool:
        return name in self._folders

    def addMailbox(self, name: str, mbox: object = None) -> bool:
        raise imap4.MailboxException("this mailbox has the folders it has")

    def create(self, pathspec: str) -> bool:
        raise imap4.MailboxException("this mailbox has the folders it has")

    def delete(self, name: str) -> bool:
        raise imap4.MailboxException("this mailbox has the folders it has")

    def rename(self, oldname: str, newname: str) -> bool:
        raise imap4.MailboxException("this mailbox has the folders it has")


class ImapSession(imap4.IMAP4Server):
    """One IMAP connection."""

    def __init__(self, account: SandboxAccount, user: str, password: str) -> None:
        super().__init__()
        self._account = account
        self._expected = (user.encode(), password.encode())

    def connectionMade(self) -> None:
        assert isinstance(self.transport, Connection)
        self.transport.setTcpNoDelay(True)  # else every small answer waits 40 ms for the client's acknowledgement
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.mbox:  # Twisted keeps the listener, and the folder would go on writing to it
            self.mbox.removeListener(self)
        super().connectionLost(reason)

    def authenticateLogin(self, user: bytes, passwd: bytes) -> tuple[Any, SandboxAccount, Any]:
        if (user, passwd) != self._expected:
            raise UnauthorizedLogin()
        return imap4.IAccount, self._account, lambda: None

    def spew_body(self, part: Any, id: int, msg: ServedMessage, _w: Any = None, _f: Any = None) -> Any:
        """Send the requested piece of a message: Twisted names the piece but sends the whole (RFC 3501, 6.4.5)."""
        if part.partialBegin is None or not part.empty or part.part or _w is None:
            return super().spew_body(part, id, msg, _w, _f)
        begin = part.partialBegin
        piece = msg.open().read()[begin : begin + part.partialLength]
        _w(b"BODY[]<%d> {%d}\r\n" % (begin, len(piece)) + piece)
        return None

    def do_APPEND(self, tag: bytes, mailbox: bytes, flags: Any, date: Any, message: Any) -> None:
        """Accept an APPEND without a flag list, which RFC 3501 allows and Twisted does not."""
        super().do_APPEND(tag, mailbox, flags or (), date, message)

    auth_APPEND = select_APPEND = (  # type: ignore[assignment]
        do_APPEND,
        imap4.IMAP4Server.arg_astring,
        imap4.IMAP4Server.opt_plist,
        imap4.IMAP4Server.opt_datetime,
        imap4.IMAP4Server.arg_literal,
    )


class ImapFactory(ServerFactory):
    """Makes a connection to the mailbox in `store` for a client that knows `user` and `password`.

    `mail_system` reports arriving mail to it.
    """

    def __init__(self, store: Mailstore, mail_system: MailSystem, user: str, password: str) -> None:
        self._folders = {name: Folder(name, store, mail_system) for name in FOLDERS}
        self._login = (user, password)
        mail_system.subscribe(lambda folder, uid: self._folders[folder].arrived(uid))

    def buildProtocol(self, addr: object) -> ImapSession:
        session = ImapSession(SandboxAccount(self._folders), *self._login)
        session.factory = self
        return session


def _native(date: Any) -> str:
    return date.decode("ascii") if isinstance(date, bytes) else str(date)
