"""Read a mailbox over IMAP and never change it: folders are examined, bodies are peeked.

Nothing is flagged, moved or deleted, and `\\Seen` is ignored: a person who opens the mailbox in a mail program must not
hide a reply from the study.

A server that cannot read one message may close the connection each time it is asked for (Dovecot: BYE "FETCH failed");
but a connection may also break for another reason. So the messages that were asked for when it broke are asked for one
by one, and one that breaks it twice more, alone, is asked for no more.
"""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError  # type: ignore[import-untyped]

from mailroom.imap import connection
from mailroom.imap.accounts import Login
from mailroom.imap.answer_limits import LARGEST
from mailroom.imap.connection import LOST, Idle, news, opened
from prober.config.load import Imap
from prober.errors import FolderRefused, ServerMisbehaves
from prober.store.private.messages import Arrival

BATCH = 250  # messages asked for at once, and made durable by one commit
BATCH_BYTES = 20_000_000
BEGINNING = 65_536  # first bytes of a message that are asked for, which bounds the bytes of a batch
LINE = 500  # UIDs in one command: servers take lines of 8 KB and more
REFUSALS = 100  # FETCHs refused one after another: then the server refuses everything, and not some messages
GIVEN_UP = 3  # breaks of the connection: one among others, two alone

_Asked = tuple[object, str, int]  # folder, items, UID


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
        """Forget which messages were asked for, without counting: it was we who closed the connection."""
        self._waiting = []


class Mailbox:
    """Read one mailbox over a connection that is logged in. Use as a context manager; `select` a folder first.

    Raises the errors of `connection.opened`.
    """

    def __init__(self, config: Imap, login: Login, bad: BadMessages | None = None) -> None:
        self._config, self._bad = config, bad or BadMessages()
        self.folder, self.uidvalidity, self.exists = "", 0, 0  # the selected folder, as it was when selected
        self._listed: dict[str, int] = {}  # folder → its number of messages when it was listed, and of those after
        self.absent: list[str] = []  # configured folders that the server does not have
        self.unreadable: list[str] = []  # lines of the server's list whose folder name cannot be read
        self.too_large = 0  # messages that are not asked for, because no server takes so large ones
        self.undated, self._refusals = 0, 0  # messages without a usable INTERNALDATE; FETCHs refused in a row
        self.watched = ""  # the folder on which IDLE waits: the first of those that are read
        self._client = opened(config, login)

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
        """Return the existing folders to read: those configured, junk, and all mail. Set `absent` and `watched`."""
        status, answer = self._client._imap.list()
        if status != "OK":  # otherwise all folders would seem to be gone
            raise IMAPClientError(f"list failed: {answer}")
        found, self.unreadable = connection.listed(answer)
        chosen, self.absent = connection.chosen(found, self._config.folders)
        self.watched = chosen[0] if chosen else ""
        return chosen

    def select(self, folder: str) -> int:
        """Examine `folder` and return its UIDVALIDITY. Raises FolderRefused if the server refuses it."""
        try:
            answer = self._client.select_folder(folder, readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise FolderRefused(f"{folder}: {error}") from error
        uidvalidity, exists = int(answer[b"UIDVALIDITY"]), int(answer[b"EXISTS"])
        if not (0 <= uidvalidity <= connection.HIGHEST and 0 <= exists <= connection.MOST_MESSAGES):
            raise ServerMisbehaves(
                f"{self._config.host}:{self._config.port}: the server says of {folder} that it has {exists} messages "
                f"and the UIDVALIDITY {uidvalidity}, which cannot be; the folder was not read."
            )
        self.folder, self.uidvalidity, self.exists = folder, uidvalidity, exists
        return self.uidvalidity

    def changed(self) -> bool:
        """Return True if the selected folder's number of messages is not that of `listing` and `after` so far."""
        return self._listed.get(self.folder) != self.exists

    def after(self, uid: int) -> list[int]:
        """Return the UIDs above `uid` in the selected folder, in order; they count as known (`changed`)."""
        try:
            found = self._uids(f"UID {uid + 1}:*")
        except IMAPClientAbortError:
            raise
        except IMAPClientError:  # refused: an emptied folder has no last message that "*" could mean
            return []
        above = sorted(each for each in found if each > uid)  # "*" may mean a UID below (RFC 9051, 6.4.9)
        self._listed[self.folder] = self._listed.get(self.folder, 0) + len(above)
        return above

    def listing(self, asked: Container[int] | None = None) -> dict[int, datetime | None]:
        """Return the INTERNALDATE of every message of the selected folder by its UID.

        If `asked` is given, only the dates of these UIDs are asked for; the others get None, as does a message without
        a usable date.
        """
        self._listed[self.folder] = self.exists
        uids = (
            sorted({uid for some in connection.ranges(self.exists) for uid in self._uids(some)}) if self.exists else []
        )
        found: dict[int, datetime | None] = dict.fromkeys(uids)
        dated = [uid for uid in uids if asked is None or uid in asked]
        for at in range(0, len(dated), LINE):
            answer = self._fetched(dated[at : at + LINE], "(INTERNALDATE)")
            found |= {uid: connection.received(data) for uid, data in answer.items()}
        return found

    def _uids(self, which: str) -> list[int]:
        status, answer = self._client._imap.uid("SEARCH", which)
        if status != "OK":
            raise IMAPClientError(f"search failed: {answer}")
        return connection.uids(answer)

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Arrival]]:
        """Yield messages in batches, without those whose body is NIL or that vanished: the next pass asks again.

        First the beginnings of many messages are fetched with their sizes, and most messages are no longer. The others
        are then fetched whole, in batches of bounded size. A size alone is not trusted: some servers guess it.
        """
        for at in range(0, len(uids), BATCH):
            items = f"(BODY.PEEK[]<0.{BEGINNING}> RFC822.SIZE INTERNALDATE)"
            begun = self._fetched(uids[at : at + BATCH], items)
            whole = {uid: data for uid, data in begun.items() if _is_whole(data)}
            if whole:
                yield self._arrivals(whole)
            sizes = {uid: _weight(begun[uid]) for uid in sorted(begun.keys() - whole)}
            asked = {uid: size for uid, size in sizes.items() if size <= LARGEST}
            self.too_large += len(sizes) - len(asked)
            for some in _batches(asked):
                yield self._arrivals(self._fetched(some, "(BODY.PEEK[] INTERNALDATE)"))

    def _fetched(self, uids: Sequence[int], items: str) -> connection.Answers:
        """Return the server's answer for `uids`; doubtful messages are asked for alone."""
        given: connection.Answers = {}
        for part in self._bad.parts((self.folder, self.uidvalidity), items, uids):
            given |= self._answer(part, items)
        return given

    def _answer(self, uids: Sequence[int], items: str) -> connection.Answers:
        """Return the server's answer for `uids`, asked for at once, without what it says of other messages.

        If it refuses, each half is asked for alone: one message that it cannot give must not keep back the others.
        """
        self._bad.asked((self.folder, self.uidvalidity), items, uids)
        try:
            # The client's own `fetch` would raise on the malformed answers that `parsed` repairs.
            status, said = self._client._imap.uid("FETCH", ",".join(map(str, uids)), items)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:  # BAD
            status, said = "BAD", [error]
        self._bad.answered()
        if status != "OK":
            return self._halves(uids, items, said)
        self._refusals = 0
        answer = connection.parsed(said)
        return {uid: answer[uid] for uid in uids if uid in answer}

    def _halves(self, uids: Sequence[int], items: str, said: Sequence[object]) -> connection.Answers:
        self._refusals += 1
        if self._refusals > REFUSALS:
            raise IMAPClientError(f"fetch failed: {said}")
        half = len(uids) // 2
        given: connection.Answers = {}
        for some in (uids[:half], uids[half:]) if half else ():
            given |= self._answer(some, items)
        return given

    def _arrivals(self, answer: connection.Answers) -> list[Arrival]:
        found, undated = connection.arrivals(answer)
        self.undated += undated
        return found

    @contextmanager
    def idling(self) -> Iterator["Idle"]:
        """Run IDLE on the selected folder and end it with DONE. Afterwards `noticed` is True if a notice came.

        Raises IMAPClientError if the server offers IDLE and refuses it.
        """
        tag = self._client._imap._command("IDLE")
        idle = Idle(self._client.socket(), self.exists)
        if not self._goes_ahead(tag, idle):
            raise IMAPClientError("the server offers IDLE and refuses it")
        yield idle  # after an error inside, the connection is closed, and there is nothing to end
        self._client._imap.send(b"DONE\r\n")
        while self._goes_ahead(tag, idle):
            pass

    def _goes_ahead(self, tag: bytes, idle: Idle) -> bool:
        """Read lines up to the server's go-ahead for `tag` (return True) or its completion (return False)."""
        while (line := self._client._imap._get_response()) is not None:
            if self._client._imap.tagged_commands[tag]:
                return False
            idle.noticed = idle.noticed or news(line, self.exists)
        return True

    def idles(self) -> bool:
        return bool(self._client.has_capability("IDLE"))


def _is_whole(data: Mapping[bytes, object]) -> bool:
    """Return True if a beginning is the whole message. One of exactly the length that was asked for may be cut."""
    body, size = data.get(b"BODY[]"), data.get(b"RFC822.SIZE")
    return isinstance(body, bytes) and isinstance(size, int) and len(body) >= size and len(body) != BEGINNING


def _weight(data: Mapping[bytes, object]) -> int:
    """Return the bytes of a message; BATCH_BYTES if the size is unknown, or less than what already came."""
    body, size = data.get(b"BODY[]"), data.get(b"RFC822.SIZE")
    came = len(body) if isinstance(body, bytes) else 1
    return size if isinstance(size, int) and size >= came else BATCH_BYTES


def _batches(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Yield the UIDs in lists of at most BATCH messages and BATCH_BYTES; a single message may be larger.

    `sizes` maps a UID to bytes.
    """
    batch: list[int] = []
    weight = 0
    for uid, size in sizes.items():
        if batch and (len(batch) >= BATCH or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += size
    if batch:
        yield batch
