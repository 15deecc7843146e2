"""One reply on a terminal: the letter beside it, keys, and nothing that a mail could do to the terminal."""

import os
import re
import sys
import termios
import tty
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from prober.vietnamese import fold

ENTER = "\r"
ESCAPE = "\x1b"
WIDE = 100  # columns from which two texts stand side by side
LINES = 40  # of each text; the key for all of it shows more
HIDDEN = "▇▇▇"
_ADDRESS = re.compile(r"[^\s@<>()\[\]]+@[\w.-]+|https?://\S+", re.IGNORECASE)
# Characters that reorder or hide text, besides the control characters: a mail must not dress up what a coder reads.
_FORMAT = frozenset("\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Keys(AbstractContextManager["Keys"]):
    """Single keys from a terminal without Enter; from a pipe, characters, where line breaks mean nothing.

    The terminal stays in this mode from entering to leaving: switching for every key would lose what is typed ahead.
    Ctrl-C is KeyboardInterrupt as everywhere; Ctrl-D and the end of a pipe are EOFError.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._before: list[Any] | None = None

    def __enter__(self) -> "Keys":
        if sys.stdin.isatty():
            self._before = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin, termios.TCSANOW)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def next(self) -> str:
        """One key. Enter is "\r"; a key that sends a sequence (an arrow) is the whole sequence."""
        if self._before is None:
            while (char := sys.stdin.read(1)) == "\n":
                pass
            if not char:
                raise EOFError
            return char
        if not self._waiting:
            typed = os.read(sys.stdin.fileno(), 1024).decode("utf-8", "replace")
            self._waiting = re.findall(r"\x1b[\[O][\x30-\x3f]*[\x40-\x7e]|[\s\S]", typed) or ["\x04"]
        char = self._waiting.pop(0)
        if char == "\x04":
            raise EOFError
        return ENTER if char == "\n" else char

    def line(self, question: str) -> str:
        """A line of text, edited as the terminal does it; in a pipe the rest of the line."""
        click.echo(question, nl=False)
        if self._before is None:
            text = sys.stdin.readline()
        else:
            self.__exit__()
            try:
                text = input()
            finally:
                self.__enter__()
        return " ".join(text.split())


def plain(text: str) -> str:
    """Text without control characters and marks of direction, lines kept: escape sequences of a mail stay harmless.

    >>> plain("a\\x1b[2Jb\\r\\n\\u202ec")
    'a[2Jb\\nc'
    """
    return "".join(
        char
        for char in text.replace("\r\n", "\n").replace("\t", "    ")
        if char == "\n" or (char not in _FORMAT and not unicodedata.category(char).startswith("C"))
    )


def concealed(text: str, names: Iterable[str]) -> str:
    """Text in which none of `names` (province, agency, slug) can be read, with or without accents; nor any address.

    >>> concealed("UBND tỉnh Cà Mau (CA MAU), stc@camau.gov.test", ["Cà Mau"])
    'UBND tỉnh ▇▇▇ (▇▇▇), ▇▇▇'
    """
    text = unicodedata.normalize("NFC", _ADDRESS.sub(HIDDEN, text))
    folded = "".join(flat if len(flat := fold(char)) == 1 else char.lower() for char in text)
    patterns = sorted({re.sub(r"[\s-]+", r"[\\s_-]*", re.escape(fold(name)).replace(r"\ ", " ").replace(r"\-", "-"))
                       for name in names if name}, key=len, reverse=True)  # fmt: skip
    if not patterns:
        return text
    parts, end = [], 0
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", folded):
        parts += [text[end : found.start()], HIDDEN]
        end = found.end()
    return "".join([*parts, text[end:]])


def beside(console: Console, left: tuple[str, str], right: tuple[str, str], whole: bool) -> None:
    """Two texts with their headings, side by side where there is room, else one below the other."""
    if console.width < WIDE:
        for heading, text in (left, right):
            console.print(Text(heading, style="bold"))
            console.print(Padding(Text(first_lines(text, whole)), (0, 0, 1, 2)))
        return
    table = Table(box=None, expand=True, padding=(0, 2, 0, 0), header_style="bold")
    for heading, _ in (left, right):
        table.add_column(Text(heading), ratio=1, overflow="fold")
    table.add_row(Text(first_lines(left[1], whole)), Text(first_lines(right[1], whole)))
    console.print(table)


def first_lines(text: str, whole: bool) -> str:
    """As much of a text as a screen holds, or all of it."""
    lines = text.strip().splitlines()
    if whole or len(lines) <= LINES:
        return "\n".join(lines)
    return "\n".join([*lines[:LINES], f"… {len(lines) - LINES} more lines: key v"])


def choices(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines of "key meaning" in columns, for a list of keys."""
    cells = [f"{key}  {meaning}" for key, meaning in rows]
    width = max(map(len, cells), default=0) + 3
    for start in range(0, len(cells), 3):
        yield "".join(cell.ljust(width) for cell in cells[start : start + 3]).rstrip()
