"""Read a mailbox over IMAP and never change it: folders are examined, bodies are peeked.

Nothing is flagged, moved or deleted, and `\\Seen` means nothing to us: a person who opens the mailbox in a mail
program must not hide a reply from the study.

A server that cannot read one message may hang up on whoever asks for it (Dovecot does: BYE "FETCH failed"), each time;
and a connection may break at any message without its fault. So whatever was asked for when it broke is asked for one by
one, and what breaks it twice more, alone, is asked for no more.
"""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError  # type: ignore[import-untyped]

from mailroom.imap import fetch_responses, folders
from mailroom.imap.accounts import Login
from mailroom.imap.connection import LOST, opened
from mailroom.imap.idle import Idle, news
from prober.config.load import Imap
from prober.errors import FolderRefused
from prober.store.private.messages import Arrival

BATCH = 250  # messages asked for at once, and made durable by one commit
BATCH_BYTES = 20_000_000
BEGINNING = 65_536  # bytes asked for of each message of a batch, which is so no heavier than that
LINE = 500  # UIDs in one command: servers take lines of 8 KB and more
REFUSALS = 100  # of FETCH, one after another: then the server refuses everything, and not some messages
GIVEN_UP = 3  # breaks of the connection: one among others, two alone

_Asked = tuple[object, str, int]  # folder, items, UID


class BadMessages:
    """Count the breaks of the connection at each message of one mailbox, over all connections to it."""

    def __init__(self) -> None:
        self._breaks: Counter[_Asked] = Counter()
        self._waiting: list[_Asked] = []  # messages that were asked for and not answered yet

    def parts(self, folder: object, items: str, uids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield `uids` in the parts in which they are to be asked for."""
        doubted = {uid: self._breaks[folder, items, uid] for uid in uids} if self._breaks else {}
        alone = [[uid] for uid, breaks in doubted.items() if 0 < breaks < GIVEN_UP]
        yield from filter(None, ([uid for uid in uids if not doubted.get(uid)], *alone))

    def asked(self, folder: object, items: str, uids: Sequence[int]) -> None:
        """Note what is asked for now."""
        self._waiting = [(folder, items, uid) for uid in uids]

    def answered(self) -> None:
        """Acquit what was asked for last: an answer came."""
        for one in self._waiting:
            del self._breaks[one]  # a Counter does not mind one that is not there
        self.spare()

    def broke(self) -> bool:
        """Count a lost connection; return whether messages were asked for, which are asked for otherwise from now."""
        at_messages = bool(self._waiting)
        self._breaks.update(self._waiting)
        self.spare()
        return at_messages

    def spare(self) -> None:
        """Forget what was asked for: the connection was given up, and not by the server."""
        self._waiting = []


class Mailbox:
    """A connection that is logged in. Use as a context manager; `select` a folder before anything else.

    Raises what `connection.opened` raises.
    """

    def __init__(self, config: Imap, login: Login, bad: BadMessages | None = None) -> None:
        self._config, self._bad = config, bad or BadMessages()
        self.folder, self.uidvalidity, self.exists = "", 0, 0  # of the selected folder, when it was selected
        self._listed: dict[str, int] = {}
        self.absent: list[str] = []  # configured folders that the server did not list, nor has another junk folder for
        self.unreadable: list[str] = []  # what the server listed that is no folder's name
        self.undated, self._refusals = 0, 0  # messages given without a time that mail can have; refused in a row
        self.watched = ""  # the first of the folders that are read: its news are waited for
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
        """The folders to read that exist: those configured, junk, and all mail. Afterwards much about them is known."""
        status, answer = self._client._imap.list()
        if status != "OK":  # else all folders would seem to be gone
            raise IMAPClientError(f"list failed: {answer}")
        found, self.unreadable = folders.listed(answer)
        chosen, self.absent = folders.chosen(found, self._config.folders)
        self.watched = chosen[0] if chosen else ""
        return chosen

    def select(self, folder: str) -> int:
        """Examine `folder`; returns its UIDVALIDITY. Raises FolderRefused if the server will not."""
        try:
            answer = self._client.select_folder(folder, readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise FolderRefused(f"{folder}: {error}") from error
        self.folder, self.uidvalidity = folder, int(answer[b"UIDVALIDITY"])
        self.exists = int(answer[b"EXISTS"])
        return self.uidvalidity

    def changed(self) -> bool:
        """True if the selected folder has another number of messages than when it was listed on this connection."""
        return self._listed.get(self.folder) != self.exists

    def after(self, uid: int) -> list[int]:
        """The UIDs above `uid` in the selected folder."""
        try:
            found = self._uids(f"UID {uid + 1}:*")
        except IMAPClientAbortError:
            raise
        except IMAPClientError:  # refused: an emptied folder has no last message that "*" could mean
            return []
        return sorted(each for each in found if each > uid)  # "*" may mean a UID below (RFC 9051, 6.4.9)

    def listing(self, asked: Container[int] | None = None) -> dict[int, datetime | None]:
        """UID → INTERNALDATE of every message of the selected folder; of those alone that are `asked`, if it is given.

        The others are there with None, and so is one whose date is not told, or is none that a mail can have.
        """
        self._listed[self.folder] = self.exists
        uids = (
            sorted({uid for some in fetch_responses.ranges(self.exists) for uid in self._uids(some)})
            if self.exists
            else []
        )
        found: dict[int, datetime | None] = dict.fromkeys(uids)
        dated = [uid for uid in uids if asked is None or uid in asked]
        for at in range(0, len(dated), LINE):
            answer = self._fetched(dated[at : at + LINE], "(INTERNALDATE)")
            found |= {uid: fetch_responses.received(data) for uid, data in answer.items()}
        return found

    def _uids(self, which: str) -> list[int]:
        status, answer = self._client._imap.uid("SEARCH", which)
        if status != "OK":
            raise IMAPClientError(f"search failed: {answer}")
        return fetch_responses.uids(answer)

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Arrival]]:
        """Yield messages in batches. One whose body is NIL, or that vanished, is left out: it will be asked for again.

        The beginnings of many come in one answer with their sizes, and most messages are no longer than that; of the
        others all is asked for, as many at once as may be held. Sizes alone are not believed: some servers guess them.
        """
        for at in range(0, len(uids), BATCH):
            items = f"(BODY.PEEK[]<0.{BEGINNING}> RFC822.SIZE INTERNALDATE)"
            begun = self._fetched(uids[at : at + BATCH], items)
            whole = {uid: data for uid, data in begun.items() if _is_whole(data)}
            if whole:
                yield self._arrivals(whole)
            for some in _batches({uid: _weight(begun[uid]) for uid in sorted(begun.keys() - whole)}):
                yield self._arrivals(self._fetched(some, "(BODY.PEEK[] INTERNALDATE)"))

    def _fetched(self, uids: Sequence[int], items: str) -> fetch_responses.Answers:
        """Return what the server says of `uids`, in as many questions as their past asks for."""
        given: fetch_responses.Answers = {}
        for part in self._bad.parts((self.folder, self.uidvalidity), items, uids):
            given |= self._answer(part, items)
        return given

    def _answer(self, uids: Sequence[int], items: str) -> fetch_responses.Answers:
        """Return what the server says of `uids`, asked for at once, and nothing that it says of others.

        Where it says no, each half is asked for alone: one message that it cannot give keeps back no other.
        """
        self._bad.asked((self.folder, self.uidvalidity), items, uids)
        try:
            # The client's own `fetch` would raise on the form of an answer that `parsed` mends.
            status, said = self._client._imap.uid("FETCH", ",".join(map(str, uids)), items)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:  # BAD
            status, said = "BAD", [error]
        self._bad.answered()
        if status != "OK":
            return self._halves(uids, items, said)
        self._refusals = 0
        answer = fetch_responses.parsed(said)
        return {uid: answer[uid] for uid in uids if uid in answer}

    def _halves(self, uids: Sequence[int], items: str, said: Sequence[object]) -> fetch_responses.Answers:
        self._refusals += 1
        if self._refusals > REFUSALS:
            raise IMAPClientError(f"fetch failed: {said}")
        half = len(uids) // 2
        given: fetch_responses.Answers = {}
        for some in (uids[:half], uids[half:]) if half else ():
            given |= self._answer(some, items)
        return given

    def _arrivals(self, answer: fetch_responses.Answers) -> list[Arrival]:
        found, undated = fetch_responses.arrivals(answer)
        self.undated += undated
        return found

    @contextmanager
    def idling(self) -> Iterator["Idle"]:
        """IDLE on the selected folder, ended with DONE. After it `heard` says whether there was any hint.

        Raises IMAPClientError if the server does not idle, whatever it offers.
        """
        tag = self._client._imap._command("IDLE")
        idle = Idle(self._client.socket(), self.exists)
        if not self._told(tag, idle):
            raise IMAPClientError("the server offers IDLE and refuses it")
        try:
            yield idle
        finally:
            self._client._imap.send(b"DONE\r\n")
            while self._told(tag, idle):
                pass

    def _told(self, tag: bytes, idle: Idle) -> bool:
        """Hear what comes with the server's go-ahead for `tag`, or with its end; True if it was the go-ahead."""
        while (line := self._client._imap._get_response()) is not None:
            if self._client._imap.tagged_commands[tag]:
                return False
            idle.heard = idle.heard or news(line, self.exists)
        return True

    def idles(self) -> bool:
        return bool(self._client.has_capability("IDLE"))


def _is_whole(data: Mapping[bytes, object]) -> bool:
    """Whether a beginning is all there is. As long as was asked for, it may be cut; longer, nothing was cut."""
    body, size = data.get(b"BODY[]"), data.get(b"RFC822.SIZE")
    return isinstance(body, bytes) and isinstance(size, int) and len(body) >= size and len(body) != BEGINNING


def _weight(data: Mapping[bytes, object]) -> int:
    """Bytes of a message; as many as may be held where they are not told, or are fewer than came already."""
    body, size = data.get(b"BODY[]"), data.get(b"RFC822.SIZE")
    came = len(body) if isinstance(body, bytes) else 1
    return size if isinstance(size, int) and size >= came else BATCH_BYTES


def _batches(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """UID → bytes, as lists that are no heavier than may be held at once; a single message may be."""
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
