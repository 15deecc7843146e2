"""Keep the send journal: a file next to private.db with a line for each attempt, on disk before the letter can leave.

A backup of private.db that is restored after a wave still says `planned` of letters that have left, and nothing inside
the database can tell. The journal can, because it is not part of the database: it only grows, and is never restored
together with it. It holds times, Message-IDs and no address.
"""

import errno
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prober import owner_only
from prober.store import Database, file_of, on_disk

SENDING, RETURNED = "sending", "returned"


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
        line = f"{at.isoformat()}\t{SENDING}\t{attempt}\t{message_id}\n"
        return self._writer.submit(_append, self._path, line, durable=True)

    def returned(self, message_id: str, attempt: int, at: datetime) -> None:
        """Write that the attempt ended, and the server surely did not take the letter. The line may be lost in a power
        cut: then there is a doubt more.
        """
        _append(self._path, f"{at.isoformat()}\t{RETURNED}\t{attempt}\t{message_id}\n", durable=False)


def entries(path: Path) -> dict[str, Entry]:
    """Return Message-ID → its last entry; {} where nothing was ever sent.

    A line cut short by a crash is passed over: its letter had not left, because sending waits for the whole line.
    """
    found: dict[str, Entry] = {}
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        match line.split("\t"):
            case [at, word, attempt, message_id] if attempt.isdigit() and message_id.endswith(">"):
                found[message_id] = Entry(int(attempt), at, word == SENDING)
    return found


def complete(path: Path, older: Path) -> None:
    """Put the lines of `older`, a copy of this journal, before those of the journal at `path` that came later.

    The last line about a letter counts, so none may move behind a later one. Raises OSError.
    """
    known = older.read_bytes().splitlines(keepends=True)
    held = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    if held[: len(known)] != known:
        new = set(held)
        whole = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in known if line not in new)
        partial = path.with_name(f".{path.name}.restoring")
        owner_only.folder(path.parent)
        owner_only.write(partial, whole + b"".join(held))
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
