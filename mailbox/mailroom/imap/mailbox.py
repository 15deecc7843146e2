"""Read a mailbox over IMAP and never change it: folders are examined, bodies are peeked.

Nothing is flagged, moved or deleted, and `\\Seen` is ignored: a person who opens the mailbox in a mail program must not
hide a reply from the study.

The answers to LIST, UID SEARCH and UID FETCH become values; of the folders listed, junk and all mail are read too,
where answers may be put by filters and people.

IDLE is spoken over `IMAPClient._imap`, imaplib's client below imapclient, because servers send notices before they let
IDLE begin, and in pieces, and a watcher must be woken by another thread meanwhile. The public way was weighed: of
imapclient's `idle`, `idle_check` and `idle_done`, the first raises at a notice before the go-ahead and the second at
half a line, and waits for nothing else; imaplib has an `idle` of its own only from Python 3.14 on.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import TracebackType
from typing import Any, ClassVar
from unicodedata import normalize

from imapclient.exceptions import (  # type: ignore[import-untyped]
    IMAPClientAbortError,
    IMAPClientError,
    ProtocolError,
)
from imapclient.imap_utf7 import decode, encode  # type: ignore[import-untyped]
from imapclient.response_parser import parse_fetch_response, parse_response  # type: ignore[import-untyped]

from mailroom.imap.accounts import Login
from mailroom.imap.connection import LARGEST, LOST, BadMessages, Idle, news, opened
from mailroom.mime.headers import EARLIEST, arrived
from prober.config.load import Imap
from prober.errors import FolderRefused, ServerMisbehaves
from prober.store.private.messages import Arrival
from prober.studies.packs import languages, words
from prober.text.patterns import linear
from prober.text.words import Vocabulary

BATCH = 250  # messages asked for at once, and made durable by one commit
BATCH_BYTES = 20_000_000
BEGINNING = 65_536  # first bytes of a message that are asked for, which bounds the bytes of a batch
LINE = 500  # UIDs in one command: servers take lines of 8 KB and more
REFUSALS = 100  # FETCHs refused one after another: then the server refuses everything, and not some messages

Part = bytes | tuple[bytes, bytes] | None  # a line, or the piece of a line before a literal and the literal
Answers = dict[int, dict[bytes, Any]]  # UID → name of an item, as imapclient names it → its value
# The year of a date that was never set, as some servers write it (0001); imapclient would read 2001.
_NO_YEAR = linear(rb'(INTERNALDATE "[^"]{0,12}-)0(?=\d{3} )', re.IGNORECASE)
# What is usual of one message: its number, and items in any order.
_USUAL = linear(
    rb"([1-9]\d{0,9}) \((?:(?:UID ([1-9]\d{0,9})|RFC822\.SIZE (\d{1,10})|BODY\[\](?:<0>)? \{(\d{1,10})\}|"
    rb'INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-([1-9]\d{3}) (\d\d):(\d\d):(\d\d) ([+-])([01]\d)([0-5]\d)")'
    rb"(?: (?!\))|(?=\))))+\)"
)
_MONTHS = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
HIGHEST = 2**63 - 1  # of any UID or UIDVALIDITY; RFC 9051 says 2**32, and some servers take more
MOST_MESSAGES = 20_000_000  # of one folder
LONGEST_NAME = 300  # characters that are shown of a folder's line
LISTED = 50_000  # UIDs in one line; Python's library takes lines of 1,000,000 bytes


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
        found, self.unreadable = listed(answer)
        names, self.absent = chosen(found, self._config.folders)
        self.watched = names[0] if names else ""
        return names

    def select(self, folder: str) -> int:
        """Examine `folder` and return its UIDVALIDITY. Raises FolderRefused if the server refuses it."""
        try:
            answer = self._client.select_folder(folder, readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise FolderRefused(f"{folder}: {error}") from error
        uidvalidity, exists = int(answer[b"UIDVALIDITY"]), int(answer[b"EXISTS"])
        if not (0 <= uidvalidity <= HIGHEST and 0 <= exists <= MOST_MESSAGES):
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
        uids = sorted({uid for some in ranges(self.exists) for uid in self._uids(some)}) if self.exists else []
        found: dict[int, datetime | None] = dict.fromkeys(uids)
        dated = [uid for uid in uids if asked is None or uid in asked]
        for at in range(0, len(dated), LINE):
            answer = self._fetched(dated[at : at + LINE], "(INTERNALDATE)")
            found |= {uid: received(data) for uid, data in answer.items()}
        return found

    def _uids(self, which: str) -> list[int]:
        status, answer = self._client._imap.uid("SEARCH", which)
        if status != "OK":
            raise IMAPClientError(f"search failed: {answer}")
        return uids(answer)

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

    def _fetched(self, uids: Sequence[int], items: str) -> Answers:
        """Return the server's answer for `uids`; doubtful messages are asked for alone."""
        given: Answers = {}
        for part in self._bad.parts((self.folder, self.uidvalidity), items, uids):
            given |= self._answer(part, items)
        return given

    def _answer(self, uids: Sequence[int], items: str) -> Answers:
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
        answer = parsed(said)
        return {uid: answer[uid] for uid in uids if uid in answer}

    def _halves(self, uids: Sequence[int], items: str, said: Sequence[object]) -> Answers:
        self._refusals += 1
        if self._refusals > REFUSALS:
            raise IMAPClientError(f"fetch failed: {said}")
        half = len(uids) // 2
        given: Answers = {}
        for some in (uids[:half], uids[half:]) if half else ():
            given |= self._answer(some, items)
        return given

    def _arrivals(self, answer: Answers) -> list[Arrival]:
        found, undated = arrivals(answer)
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
    if usual := _usual(answer):
        return usual
    try:
        read = parse_fetch_response([_mended(part) for part in answer], False, True)
    except (AttributeError, TypeError, IndexError, RecursionError) as error:
        raise ProtocolError(f"an answer to FETCH that cannot be read: {type(error).__name__}") from error
    return {
        uid: {b"BODY[]" if name.startswith(b"BODY[]<") else name: value for name, value in items.items()}
        for uid, items in read.items()
    }


def _usual(answer: Sequence[Part]) -> Answers:
    """Return the answer to a question for dates, sizes or messages; {} where anything in it looks otherwise than usual.

    Every message comes in such an answer: this takes a tenth of the time that imapclient takes.
    """
    found: Answers = {}
    parts = iter(answer)
    for part in parts:
        line, literal = part if isinstance(part, tuple) else (part, None)
        rest = next(parts, None) if isinstance(part, tuple) else b""
        read = _USUAL.fullmatch(line + rest) if isinstance(line, bytes) and isinstance(rest, bytes) else None
        if not read or not read[2] or read[4] != (None if literal is None else b"%d" % len(literal)):
            return {}
        items = found.setdefault(int(read[2]), {})
        items[b"SEQ"] = int(read[1])
        if read[3]:
            items[b"RFC822.SIZE"] = int(read[3])
        if literal is not None:
            items[b"BODY[]"] = literal
        if read[5]:
            if not (moment := _moment(*read.groups()[4:])):
                return {}
            items[b"INTERNALDATE"] = moment
    return found


def _moment(
    day: bytes, month: bytes, year: bytes, hour: bytes, minute: bytes, second: bytes, sign: bytes, hours: bytes,
    minutes: bytes,
) -> datetime | None:  # fmt: skip
    """Return an INTERNALDATE in the server's zone; None for one that no calendar has."""
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    zone = timezone(-offset if sign == b"-" else offset)
    try:
        return datetime(
            int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second), tzinfo=zone
        )  # fmt: skip
    except (KeyError, ValueError):
        return None


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
class ListedFolder:
    """Describe a folder as LIST gives it; `flags` in lower case."""

    name: str
    delimiter: str
    flags: frozenset[bytes]


def listed(answer: Sequence[Part]) -> tuple[list[ListedFolder], list[str]]:
    """Return the folders in an answer to LIST, and its unreadable lines, such as names that are no modified UTF-7."""
    found, unreadable = [], []
    for part in answer:
        try:
            if part:  # the part after a name that was sent as a literal is empty
                flags, delimiter, name = parse_response([part])
                marks = frozenset(bytes(flag).lower() for flag in flags)
                found.append(ListedFolder(_name(name), (delimiter or b"").decode(), marks))
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


def chosen(listed: Sequence[ListedFolder], configured: Sequence[str]) -> tuple[list[str], list[str]]:
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


def is_junk(folder: ListedFolder) -> bool:
    """Return True for a folder that the server marks as junk, or with a name that common servers give to theirs.

    >>> is_junk(ListedFolder("INBOX.Spam", ".", frozenset()))
    True
    >>> is_junk(ListedFolder("Shared/anna/Spam", "/", frozenset()))
    False
    """
    above, last = _place(folder)
    return b"\\junk" in folder.flags or (above in OURS | GMAIL and last in _named().junk)


def is_all_mail(folder: ListedFolder) -> bool:
    """Return True for a folder that the server marks as all mail, or that is Gmail's."""
    above, last = _place(folder)
    return b"\\all" in folder.flags or (above in GMAIL and last in _named().all_mail)


def _named() -> FolderNames:
    """Return the names in all languages that have a pack: a server has its own, whatever that of the study."""
    return words(Vocabulary(languages())).table(FolderNames)


def _place(folder: ListedFolder) -> tuple[str, str]:
    """Return the folder's parent and its own name, in NFC and without case, for comparing."""
    name = normalize("NFC", folder.name).casefold()
    above, _, last = name.rpartition(folder.delimiter) if folder.delimiter else ("", "", name)
    return above, last


def _found(name: str, names: dict[str, str]) -> str | None:
    if name.upper() == "INBOX":  # RFC 9051, 5.1: the one name without case, and always there
        return "INBOX"
    return names.get(normalize("NFC", name))
