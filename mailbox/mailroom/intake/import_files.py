"""Read mail from files: an .eml file, an mbox, a Maildir, or a folder that contains these.

The bytes are those of the file with CRLF line ends, as mail is transferred, so that the same letter read over IMAP
gives the same bytes.
"""

import hashlib
import mailbox
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path

from mailroom.mime.headers import arrived
from prober.errors import UsageError
from prober.store.private.messages import Arrival
from prober.text.patterns import linear

LARGEST = 100_000_000  # bytes of one letter; servers take far less
PART = 20_000_000  # bytes of letters after which those read so far are yielded
SUFFIXES = (".eml", ".mbox")  # in a folder, in any case: Windows writes .EML
_INNER = ("cur", "new", "tmp")  # folders with a Maildir's letters; others in it are subfolders and the server's own
_MBOX_TIME = linear(r"\w{3} (\w{3}) {1,9}(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})")
_MAILDIR_TIME = linear(r"^(\d{9,10})\.")


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """Hold one letter of a file: `place` says where it was found, `stamped` when it arrived by the file itself.

    `fault` is why it could not be read, or "".
    """

    place: str
    raw: bytes
    stamped: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold letters to import, failures with their reasons, and the number of files that are no mail by their names."""

    arrivals: tuple[Arrival, ...]
    failures: tuple[str, ...]
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class _Sources:
    """List the files and Maildirs with letters. `faults` are folders that could not be read."""

    paths: tuple[Path, ...]
    faults: tuple[FoundLetter, ...] = ()
    passed_over: int = 0


def read(path: Path, now: datetime, received_at: datetime | None = None) -> Iterator[Reading]:
    """Yield the letters of `path`; `received_at`, if given, replaces the times in the files.

    They come in parts, because a mailbox may be larger than memory; the failures come with the last part. Raises
    UsageError if nothing there is mail.
    """
    arrivals, failures = [], []
    weight, found = 0, False
    sources = _sources(path)
    for letter in map(_as_sent, letters(sources)):
        found = True
        moment = received_at or arrived(letter.raw, letter.stamped)
        if fault := _fault(letter, moment, now):
            failures.append(f"{letter.place}: {fault}")
        elif moment:
            arrivals.append(Arrival(_number(letter.raw), moment.astimezone(now.tzinfo), letter.raw))
            weight += len(letter.raw)
        if weight >= PART:
            yield Reading(tuple(arrivals), ())
            arrivals, weight = [], 0
    if not found:
        raise UsageError(f"{path}: no .eml file, mbox or Maildir with letters in it")
    yield Reading(tuple(arrivals), tuple(failures), sources.passed_over)


def _fault(letter: FoundLetter, moment: datetime | None, now: datetime) -> str:
    """Return why a letter that arrived at `moment` cannot be imported, or ""."""
    if letter.fault:
        return letter.fault
    if not letter.raw:
        return "empty"
    if not _is_mail(letter.raw):
        return "no header line, this is no mail"
    if len(letter.raw) > LARGEST:
        return f"{len(letter.raw)} bytes, more than a mail can have"
    if moment is None:
        return "nothing in it says when it came; give --received-at"
    return f"came at {moment.isoformat()}, which lies in the future" if moment > now else ""


def _as_sent(letter: FoundLetter) -> FoundLetter:
    """Return the letter with CRLF line ends if it has none; a mixture was written by the sender and stays."""
    return letter if b"\r\n" in letter.raw else replace(letter, raw=letter.raw.replace(b"\n", b"\r\n"))


def _sources(path: Path) -> _Sources:
    """Find the mail files and Maildirs of `path`: the file itself, or by their names all those below a folder.

    Links to folders are not followed, because they may lead in a circle.
    """
    if not path.is_dir():
        return _Sources((path,))
    paths: list[Path] = []
    faults: list[OSError] = []
    passed_over = 0
    for folder, folders, names in os.walk(path, onerror=faults.append):
        here = Path(folder)
        if {"cur", "new"} <= set(folders):
            paths.append(here)
            folders[:] = [name for name in folders if name not in _INNER]
        else:
            mail = [here / name for name in names if name.lower().endswith(SUFFIXES)]
            paths += mail
            passed_over += len(names) - len(mail)
    return _Sources(tuple(sorted(paths)), tuple(_unread(str(fault.filename), fault) for fault in faults), passed_over)


def letters(sources: _Sources) -> Iterator[FoundLetter]:
    """Yield every letter of `sources`, and one with a `fault` for each place that cannot be read."""
    yield from sources.faults
    for path in sources.paths:
        try:
            yield from _maildir(path) if path.is_dir() else _file(path)
        except OSError as error:
            yield _unread(str(path), error)


def _unread(place: str, error: OSError) -> FoundLetter:
    return FoundLetter(place, b"", fault=f"cannot be read: {error.strerror or error}")


def _file(path: Path) -> Iterator[FoundLetter]:
    if path.is_fifo():  # reading would wait for a writer, perhaps without end
        yield FoundLetter(str(path), b"", fault="cannot be read: a pipe and no file")
        return
    with path.open("rb") as file:
        head = file.read(5)
        if head != b"From ":
            yield FoundLetter(str(path), head + file.read())
            return
    yield from _mbox(path)


def _maildir(path: Path) -> Iterator[FoundLetter]:
    box = mailbox.Maildir(path, create=False)
    for key in sorted(box.keys()):
        place = f"{path}/{key}"
        stamp = _MAILDIR_TIME.match(key)
        moment = datetime.fromtimestamp(int(stamp[1]), UTC) if stamp else None
        try:
            yield FoundLetter(place, box.get_bytes(key), moment)
        except OSError as error:
            yield _unread(place, error)


def _mbox(path: Path) -> Iterator[FoundLetter]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            line = box.get_bytes(key, from_=True).partition(b"\n")[0].decode("ascii", "replace")
            yield FoundLetter(f"{path} letter {number}", box.get_bytes(key), _mbox_time(line))
    finally:
        box.close()


def _mbox_time(line: str) -> datetime | None:
    """Return the time in the separator line of an mbox, which is written in UTC (RFC 4155).

    >>> _mbox_time("From stc@camau.gov.test Wed Apr 15 08:30:00 2020").isoformat()
    '2020-04-15T08:30:00+00:00'
    """
    found = _MBOX_TIME.search(line)
    try:
        return datetime.strptime(" ".join(found.groups()), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _is_mail(raw: bytes) -> bool:
    head: Message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    return any(head.get(name) for name in ("From", "To", "Subject", "Message-ID", "Date", "Received"))


def _number(raw: bytes) -> int:
    """Return the UID of an imported letter, made from its hash, so that importing it again changes nothing."""
    return int.from_bytes(hashlib.sha256(raw).digest()[:7], "big") >> 4
