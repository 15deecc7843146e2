"""Read files of a folder that may come from a stranger: regular files inside it, without links, within limits.

Every fault is kept, with the file and what to do, so that a person sees all of them at once.
"""

import hashlib
import os
import stat
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

MOST_TEXT = 256_000  # bytes of a text file
LONGEST_LINE = 8_000  # characters of a line of TOML: a key of many parts takes time with the square of its length
MOST_NAMES = 500  # entries of a folder
MOST_FAULTS = 200  # that are kept, and said; the others are counted
_LONGEST_FAULT = 400  # characters
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe that nobody writes to does not hold us up


class FolderFiles:
    """The files of one folder, and the faults found in them so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._faults: list[str] = []
        self._more = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The hash of everything that was read, in its order."""
        return self._digest.hexdigest()

    @property
    def faults(self) -> list[str]:
        """Every fault as one line; at most MOST_FAULTS of them, and how many more there are."""
        return self._faults + ([f"and {self._more} more faults"] if self._more else [])

    def fault(self, name: str, words: str) -> None:
        """Keep one fault of the file `name`; what a file says in it cannot move the cursor or begin another line."""
        if len(self._faults) >= MOST_FAULTS:
            self._more += 1
            return
        line = f"{self.folder / name}: {words}"
        shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line[: _LONGEST_FAULT + 1])
        self._faults.append(shown if len(shown) <= _LONGEST_FAULT else f"{shown[:_LONGEST_FAULT]}…")

    def take(self, name: str, found: Iterable[str]) -> None:
        """Keep every one of `found` as a fault of the file `name`."""
        for words in found:
            self.fault(name, words)

    def exists(self, name: str) -> bool:
        """Return True if there is anything under this name, a link or a device too."""
        return os.path.lexists(self.folder / name)

    def bytes(self, name: str, most: int) -> bytes | None:
        """Return the content of a file of at most `most` bytes; None, with a fault, if it cannot be had."""
        if not _is_inside(name):
            self.fault(name, "must be a file of this folder, named from the folder on, without ..")
            return None
        try:
            with self._opened(name) as file:
                size = os.fstat(file).st_size
                data = _read(file, most + 1) if size <= most else b""
        except OSError as error:
            self.fault(name, _why(error))
            return None
        if size > most or len(data) > most:
            self.fault(name, f"has more than {most} bytes")
            return None
        self._digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "replace") + data)
        return data

    def text(self, name: str, most: int = MOST_TEXT) -> str | None:
        """Return a text file, NFC, lines ended by line feeds; None, with a fault, if it is none."""
        data = self.bytes(name, most)
        if data is None:
            return None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.fault(name, f"line {line}: not UTF-8; save the file as UTF-8")
            return None
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))

    def table(self, name: str) -> dict[str, Any] | None:
        """Return a TOML file; None, with a fault, if it is none."""
        text = self.text(name)
        if text is None:
            return None
        found, faults = parsed(text)
        self.take(name, faults)
        return found

    def names(self, below: str, suffix: str) -> list[str]:
        """Return the files `below/*suffix`, by name; none where there is no such folder."""
        with suppress(FileNotFoundError):
            try:
                with self._folder(below) as place, os.scandir(place) as entries:
                    found = sorted(entry.name for entry in islice(entries, MOST_NAMES + 1))
            except FileNotFoundError:
                raise
            except OSError as error:
                self.fault(below, _why(error))
                return []
            if len(found) > MOST_NAMES:
                self.fault(below, f"holds more than {MOST_NAMES} files")
                return []
            return [f"{below}/{name}" for name in found if name.endswith(suffix) and not name.startswith(".")]
        return []

    @contextmanager
    def _folder(self, below: str) -> Iterator[int]:
        """Open the folder `below` step by step, so that no step of the way is a link."""
        place = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in filter(None, below.split("/")):
                inner = os.open(part, _DIRECTORY, dir_fd=place)
                os.close(place)
                place = inner
            yield place
        finally:
            os.close(place)

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        below, _, last = name.rpartition("/")
        with self._folder(below) as place:
            # Looked at before it is opened: opening a device may act on it.
            _need_file(os.lstat(last, dir_fd=place).st_mode)
            file = os.open(last, _FILE, dir_fd=place)
        try:
            _need_file(os.fstat(file).st_mode)
            yield file
        finally:
            os.close(file)


def parsed(text: str) -> tuple[dict[str, Any] | None, list[str]]:
    """Return (the table in a TOML text, no faults), or (None, the fault)."""
    if long := [n for n, line in enumerate(text.split("\n"), 1) if len(line) > LONGEST_LINE]:
        return None, [f"line {long[0]} has more than {LONGEST_LINE} characters; break it"]
    try:
        return tomllib.loads(text), []
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return None, [f"not valid TOML: {error}"]


def _is_inside(name: str) -> bool:
    parts = name.split("/")
    return bool(name) and name.isprintable() and "\\" not in name and not {"", ".", ".."} & set(parts)


def _need_file(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError("is no regular file: links, folders, pipes and devices are not read")


def _read(file: int, most: int) -> bytes:
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(file, min(most, 1 << 20))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if error.strerror is None:
        return str(error)
    links = "; links are not followed" if isinstance(error, NotADirectoryError) else ""
    return f"cannot be read: {error.strerror}{links}"
