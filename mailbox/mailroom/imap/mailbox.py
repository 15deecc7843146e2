"""What is read over IMAP. Reads and never changes: folders are examined, bodies are peeked.

Nothing is flagged, moved or deleted, and `\\Seen` means nothing to us: a person who opens the mailbox in a mail
program must not hide a reply from the study.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError  # type: ignore[import-untyped]

from mailroom.imap import fetch_responses, folders
from mailroom.imap.accounts import Login
from mailroom.imap.bad_messages import Suspects
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


@dataclass(frozen=True, slots=True)
class _Question:
    uids: tuple[int, ...]
    items: str


class Mailbox:
    """A connection that is logged in. Use as a context manager; `select` a folder before anything else.

    Raises what connecting.opened raises.
    """

    def __init__(self, config: Imap, login: Login, suspects: Suspects | None = None) -> None:
        self._config, self._suspects = config, suspects or Suspects()
        self.folder, self.uidvalidity, self.exists = "", 0, 0  # of the selected folder, when it was selected
        self._listed: dict[str, int] = {}
        self._asked: dict[str, _Question] = {}  # tag of a UID FETCH without an answer yet → what was asked
        self._early: fetch_responses.Answers = {}  # what was said of them under another tag
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
        for tag in self._questions(dated, LINE, "(INTERNALDATE)"):
            found |= {uid: fetch_responses.received(data) for uid, data in self._answer(tag).items()}
        return found

    def _uids(self, which: str) -> list[int]:
        status, answer = self._client._imap.uid("SEARCH", which)
        if status != "OK":
            raise IMAPClientError(f"search failed: {answer}")
        return fetch_responses.uids(answer)

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Arrival]]:
        """Messages in batches. One whose body is NIL, or that vanished, is left out and will be asked for again.

        The beginnings of many come in one answer with their sizes, and most messages are no longer than that; of the
        others all is asked for, as many at once as may be held. Sizes alone are not believed: some servers guess them.
        The next question is asked before a batch is given away, so that the server answers it while that is stored.
        Whoever breaks off leaves an answer on the wire: nothing but closing the connection may follow.
        """
        beginnings = self._questions(uids, BATCH, f"(BODY.PEEK[]<0.{BEGINNING}> RFC822.SIZE INTERNALDATE)")
        tag = next(beginnings, None)
        while tag is not None:
            begun = self._answer(tag)
            whole = {uid: data for uid, data in begun.items() if _is_whole(data)}
            longer = {uid: _weight(begun[uid]) for uid in sorted(begun.keys() - whole)}
            rest = [
                tag for some in _batches(longer) for tag in self._questions(some, BATCH, "(BODY.PEEK[] INTERNALDATE)")
            ]
            tag = next(beginnings, None)
            if whole:
                yield self._arrivals(whole)
            for each in rest:
                yield self._arrivals(self._answer(each))

    def _questions(self, uids: Sequence[int], number: int, items: str) -> Iterator[str]:
        """Ask for `items` of `uids`, `number` at once; the tag of each question, which is on its way then."""
        for at in range(0, len(uids), number):
            for part in self._suspects.parts(self._place, items, uids[at : at + number]):
                yield self._ask(part, items)

    def _ask(self, uids: Sequence[int], items: str) -> str:
        """Send UID FETCH; returns its tag. imapclient has no other way to an answer that it has not read itself."""
        tag: str = self._client._imap._command("UID", "FETCH", ",".join(map(str, uids)), items)
        self._asked[tag] = _Question(tuple(uids), items)
        self._suspects.asked(tag, self._place, items, uids)
        return tag

    @property
    def _place(self) -> tuple[str, int]:
        return self.folder, self.uidvalidity

    def _answer(self, tag: str) -> fetch_responses.Answers:
        """What the server says of the messages asked for under `tag`.

        It may answer the next question in between (RFC 3501, 5.5): what it says of messages asked for there is kept.
        Where it says no, each half is asked for alone: one message that it cannot give keeps back no other.
        """
        imap = self._client._imap
        try:
            status, said = imap._command_complete("UID", tag)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:  # BAD
            status, said = "BAD", [error]
        for uid, data in fetch_responses.parsed(imap._untagged_response("OK", said, "FETCH")[1]).items():
            self._early.setdefault(uid, {}).update(data)
        self._suspects.answered(tag)
        question = self._asked.pop(tag)
        given = {uid: self._early.pop(uid) for uid in question.uids if uid in self._early}
        later = {uid for waiting in self._asked.values() for uid in waiting.uids}
        self._early = {uid: data for uid, data in self._early.items() if uid in later}
        if status != "OK":
            return self._halves(question, said)
        self._refusals = 0
        return given

    def _halves(self, question: "_Question", said: Sequence[object]) -> fetch_responses.Answers:
        self._refusals += 1
        if self._refusals > REFUSALS:
            raise IMAPClientError(f"fetch failed: {said}")
        half = len(question.uids) // 2
        given: fetch_responses.Answers = {}
        for uids in (question.uids[:half], question.uids[half:]) if half else ():
            given |= self._answer(self._ask(uids, question.items))
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
