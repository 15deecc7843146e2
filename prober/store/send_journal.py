"""Keep the send journal: a file next to private.db with a line for each attempt, on disk before the letter can leave.

A backup of private.db that is restored after a wave still says `planned` of letters that have left, and nothing inside
the database can tell. The journal can, because it is not part of the database: it only grows, and is never restored
together with it. It holds times, Message-IDs and no address.
"""

import errno
import os
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zlib import crc32

from prober import owner_only
from prober.errors import SchemaError
from prober.store import Database, file_of, on_disk

SENDING, RETURNED = "sending", "returned"
_TIME = r"\d{4}-\d\d-\d\dT[0-9:.]{5,15}(?:[+-]\d\d:\d\d)?"
_ENTRY = re.compile(rf"{_TIME}\t(?:{SENDING}|{RETURNED})\t\d{{1,9}}\t<[^<>\s]+>")
# What is left of a line that a crash cut short: every field but the last is whole.
_CUT_SHORT = re.compile(
    rf"[0-9T:.+-]{{0,40}}|{_TIME}\t[a-z]{{0,8}}|{_TIME}\t(?:{SENDING}|{RETURNED})\t"
    rf"(?:\d{{0,9}}|\d{{1,9}}\t(?:<[^<>\s]*)?|\d{{1,9}}\t<[^<>\s]+>\t[0-9a-f]{{0,7}})"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The last entry of the journal about one letter. `left`: the server may have it."""

    attempt: int
    at: str
    left: bool


def beside(db: Database) -> Path:
    """Return the path of the journal of this database: private.db.sent.log for private.db."""
    return of(file_of(db))


def of(private: Path) -> Path:
    """Return the path of the journal of the private.db at this path."""
    return Path(f"{private}.sent.log")


class SendJournal:
    """The journal of one database while letters leave; a thread of its own writes it. Use as a context manager."""

    def __init__(self, db: Database) -> None:
        self._path = beside(db)
        self._writer = ThreadPoolExecutor(1, "send-journal")

    def __enter__(self) -> "SendJournal":
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.shutdown()

    def sending(self, message_id: str, attempt: int, at: datetime) -> "Future[None]":
        """Write that attempt number `attempt` is about to be made. It is on the disk once there is a result; the result
        raises OSError if it cannot be.
        """
        return self._writer.submit(_append, self._path, _line(at, SENDING, attempt, message_id), durable=True)

    def returned(self, message_id: str, attempt: int, at: datetime) -> None:
        """Write that the attempt ended, and the server surely did not take the letter. The line may be lost in a power
        cut: then there is a doubt more.
        """
        _append(self._path, _line(at, RETURNED, attempt, message_id), durable=False)


def _line(at: datetime, word: str, attempt: int, message_id: str) -> str:
    entry = f"{at.isoformat()}\t{word}\t{attempt}\t{message_id}"
    return f"{entry}\t{_checksum(entry)}\n"


def _checksum(entry: str) -> str:
    return f"{crc32(entry.encode('utf-8')):08x}"


def entries(path: Path) -> dict[str, Entry]:
    """Return Message-ID → its last entry; {} where nothing was ever sent.

    A line cut short by a crash is passed over: its letter had not left, because sending waits for the whole line.
    Raises SchemaError where a line is neither whole nor cut short: the journal is damaged.
    """
    found: dict[str, Entry] = {}
    for number, line in enumerate(_lines(path), 1):
        match line.split("\t"):
            case [at, word, attempt, message_id, *_] if _is_whole(line):
                found[message_id] = Entry(int(attempt), at, word == SENDING)
            case _ if not _CUT_SHORT.fullmatch(line):
                raise SchemaError(
                    f"{path}: damaged (line {number}). It says which letters have left: restore it from a backup "
                    "(`prober restore --aside old`), or move it away if private.db is no older copy."
                )
    return found


def _lines(path: Path) -> list[str]:
    """Return the lines of the journal. Raises SchemaError for a file that cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", "replace").split("\n") if path.exists() else []
    except OSError as error:
        raise SchemaError(
            f"{path}: cannot be read: {error.strerror}. Move it away, or mend its permissions."
        ) from error


def _is_whole(line: str) -> bool:
    """Return True for a line that is as it was written; the lines of an older prober have no checksum."""
    entry, _, checksum = line.rpartition("\t")
    return bool(_ENTRY.fullmatch(line)) or bool(_ENTRY.fullmatch(entry)) and checksum == _checksum(entry)


def is_sound(path: Path) -> bool:
    """Return False where `entries` would find damage."""
    try:
        entries(path)
    except SchemaError:
        return False
    return True


def complete(path: Path, older: Path, later: Path) -> None:
    """Write to the journal at `path` the whole lines of `older`, a copy of it, and behind them those of `later`.

    The last line about a letter counts, so none may move behind a later one. Raises OSError.
    """
    known, held = (list(filter(_is_whole, _lines(place) if place.is_file() else ())) for place in (older, later))
    if held[: len(known)] != known:
        new = set(held)
        held = [*(line for line in known if line not in new), *held]
    elif path == later:
        return
    if held:
        partial = path.with_name(f".{path.name}.restoring")
        owner_only.folder(path.parent)
        owner_only.write(partial, "".join(f"{line}\n" for line in held).encode("utf-8"))
        _keep(partial)
        partial.replace(path)
        _keep(path.parent)


def _append(path: Path, line: str, durable: bool) -> None:
    new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        end = os.lseek(handle, 0, os.SEEK_END)
        torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        data = (b"\n" if torn else b"") + line.encode("utf-8")
        if os.write(handle, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        if durable:
            on_disk(handle)
    finally:
        os.close(handle)
    if new:
        _keep(path.parent)


def _keep(path: Path) -> None:
    """Sync a file or a folder: a new file is only safe from a power cut when its folder is on the disk too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
