"""Show a reply beside its letter on a terminal, read single keys, and remove control characters from mail texts."""

import os
import re
import sys
import termios
import tty
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from prober.cli.output import emit
from prober.reporting.words import reasons
from prober.text.patterns import linear
from prober.text.vietnamese import fold

ENTER = "\r"
ESCAPE = "\x1b"
UNDO = "<"  # takes the last decision back; no letter, because letters begin classes
CANCELLED = "the reminder that this message had cancelled stays cancelled"
WIDE = 100  # columns from which two texts are shown side by side
LINES = 40  # of each text if the terminal's height is unknown; a key shows the rest
TEXT_OF_FILE = 3000  # characters of an attachment's text that are shown
LEAST = 9  # lines of text even on a low terminal, so that the coder can read the reply
GAP = 2  # spaces between columns of keys
CONVERTED = 1.0  # confidence of text that is no guess
HIDDEN = "▇▇▇"
_KEY = linear(r"\x1b[\[O][\x30-\x3f]*[\x40-\x7e]|[\s\S]")
_WORD = linear(r"\w+")
_ADDRESS = linear(r"[^\s@<>()\[\]]{1,64}@[\w.-]+|https?://\S+", re.IGNORECASE)
# Characters that reorder or hide text, besides the control characters: a mail must not change what a coder sees.
_FORMAT = frozenset("\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Keys(AbstractContextManager["Keys"]):
    """Read single keys from a terminal without Enter; from a pipe, characters, ignoring line breaks.

    The terminal stays in this mode from entering to leaving: switching for every key would lose keys typed ahead.
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
        """Return one key. Enter is "\r"; a key that sends a sequence (an arrow) is the whole sequence."""
        if self._before is None:
            while (char := sys.stdin.read(1)) == "\n":
                pass
            if not char:
                raise EOFError
            return char
        if not self._waiting:
            typed = os.read(sys.stdin.fileno(), 1024).decode("utf-8", "replace")
            self._waiting = _KEY.findall(typed) or ["\x04"]
        char = self._waiting.pop(0)
        if char == "\x04":
            raise EOFError
        return ENTER if char == "\n" else char

    def line(self, question: str) -> str:
        """Ask for a line of text with the terminal's line editing; in a pipe return the rest of the line."""
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
    """Return `text` without control and direction characters, lines kept: a mail's escape sequences have no effect.

    >>> plain("a\\x1b[2Jb\\r\\n\\u202ec")
    'a[2Jb\\nc'
    """
    return "".join(
        char
        for char in text.replace("\r\n", "\n").replace("\t", "    ")
        if char == "\n" or (char not in _FORMAT and not unicodedata.category(char).startswith("C"))
    )


def concealed(text: str, names: Iterable[str]) -> str:
    """Return `text` with all `names` (province, agency, slug), with or without accents, and mail addresses blacked out.

    Names of three words and more are recognised by their initials too: TP.HCM. In a file name anything but letters may
    join the words.

    >>> concealed("UBND tỉnh Cà Mau (CA MAU), stc@camau.gov.test, bao_cao_CaMau_2020.pdf", ["Cà Mau"])
    'UBND tỉnh ▇▇▇ (▇▇▇), ▇▇▇, bao_cao_▇▇▇_2020.pdf'
    >>> concealed("TP.HCM", ["Hồ Chí Minh"])
    '▇▇▇'
    """
    text = unicodedata.normalize("NFC", _ADDRESS.sub(HIDDEN, text))
    folded = "".join(flat if len(flat := fold(char)) == 1 else char.lower() for char in text)
    if not (named := _named(tuple(names))):
        return text
    parts, end = [], 0
    for found in named.finditer(folded):
        parts += [text[end : found.start()], HIDDEN]
        end = found.end()
    return "".join([*parts, text[end:]])


@cache
def _named(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return the pattern of all names in folded text, or None where there is nothing to find."""
    patterns = sorted({pattern for name in names for pattern in _patterns(fold(name))}, key=len, reverse=True)
    return linear(rf"(?<![^\W\d_])(?:{'|'.join(patterns)})(?![^\W\d_])") if patterns else None


def _patterns(name: str) -> Iterator[str]:
    """Yield patterns of a name in folded text: its words joined by anything, and the initials of a long name."""
    words = _WORD.findall(name)
    if words:
        yield r"[\s_.\-‐-―]*".join(map(re.escape, words))
    if len(words) > 2 and " " in name and all(map(str.isalpha, words)):
        yield r"(?:tp[\s_.\-]*)?" + r"[\s_.\-‐-―]*".join(word[0] for word in words)


_HARMLESS = linear(r"charset|^no Date$")


def flagged(defects: Iterable[str]) -> list[str]:
    """Return a line on the defects of a message; none for a repaired charset or boundary, or a missing Date.

    >>> flagged(["encrypted", "no charset declared", "CloseBoundaryNotFoundDefect"]), flagged(["no Date"])
    (['→ flagged: encrypted'], [])
    """
    wrong = [words for words in defects if not words.endswith("Defect") and not _HARMLESS.search(words)]
    return [f"→ flagged: {', '.join(wrong)}"] if wrong else []


def signature(result: str, domains: Iterable[str]) -> str:
    """Return a line on who signed a message.

    >>> signature("none", ()), signature("pass", ["camau.gov.test"])
    ('→ not signed', '→ signed by camau.gov.test')
    """
    other = {"none": "not signed", "fail": "no signature holds", "temperror": "signature not verified: no key yet"}
    who = f"signed by {', '.join(domains)}" if result == "pass" else other.get(result, "signature not verified")
    return f"→ {who}"


def files(attached: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return lines on the rows of `message_record.attached`, with the text of each file that could be read."""
    return [
        line
        for number, file in enumerate(attached, 1)
        for line in (
            "",
            f"— {number}. {file['name']} ({file['media_type']}, {file['bytes']} bytes{recognised(file['confidence'])})",
            reasons.noted(file["text"][:TEXT_OF_FILE]).en,
        )
    ]


def recognised(confidence: float | None) -> str:
    """Return how text was recognised in a scan or converted, in words; "" for other text."""
    if confidence == CONVERTED:
        return "; converted by LibreOffice"
    return f"; recognised in a scan, {confidence:.0%} sure" if confidence else ""


def room(console: Console, taken: int) -> int:
    """Return how many lines a text may have if `taken` lines of the screen are needed for the rest."""
    return max(LEAST, console.height - taken) if console.is_terminal else LINES


def beside(console: Console, texts: Sequence[tuple[str, str]], lines: int | None) -> None:
    """Print texts with headings, side by side if there is room, else one below the other, in at most `lines` lines.

    None prints all of them. One below the other, the last gets most of the lines: it is the one to be decided on.
    """
    if console.width < WIDE:
        less = lines // 4 if lines is not None else None
        most = lines - (len(texts) - 1) * (lines // 4) if lines is not None else None
        for number, (heading, text) in enumerate(texts, 1):
            console.print(Text(heading, style="bold"))
            shown = first_lines(console, text, most if number == len(texts) else less, console.width - 2)
            console.print(Padding(Text(shown), (0, 0, 1, 2)))
        return
    table = Table(box=None, expand=True, padding=(0, 2, 0, 0), header_style="bold")
    for heading, _ in texts:
        table.add_column(Text(heading), ratio=1, overflow="fold")
    width = console.width // len(texts) - 2
    table.add_row(*(Text(first_lines(console, text, lines, width)) for _, text in texts))
    console.print(table)


def cut(line: str, width: int | None) -> str:
    """Return a line that fits into `width` columns; None for any width.

    >>> cut("a long line", 7), cut("short", 7), cut("a long line", None)
    ('a long…', 'short', 'a long line')
    """
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def wrapped(console: Console, text: str, width: int) -> list[str]:
    """Return the lines of a text in a column of `width`."""
    return [str(line).rstrip() for line in Text(text.strip()).wrap(console, width, overflow="fold")]


def first_lines(console: Console, text: str, lines: int | None, width: int) -> str:
    """Return the part of a text that fits into `lines` lines, or all of it; the last line says how many are left."""
    broken = wrapped(console, text, width)
    if lines is None or len(broken) <= lines:
        return "\n".join(broken)
    return "\n".join([*broken[: lines - 1], f"… {len(broken) - lines + 1} more lines: key v"])


def choices(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Return lines of "key meaning", in as many columns as fit, two at least; meanings that are too long are cut.

    >>> choices([("f", "all of it"), ("p", "a part"), ("q", "asks for something"), ("!", "stop")], 30)
    ['f  all of it    p  a part', 'q  asks for s…  !  stop']
    """
    cells = [f"{key}  {meaning}" for key, meaning in rows]
    for columns in (4, 3, 2):
        widths = [max(map(len, cells[place::columns]), default=0) for place in range(columns)]
        if sum(widths) + GAP * (columns - 1) <= width:
            break
    widths = [min(wide, (width - GAP) // 2) for wide in widths] if columns == 2 else widths
    shown = [
        cell if len(cell) <= (wide := widths[place % columns]) else f"{cell[: wide - 1]}…"
        for place, cell in enumerate(cells)
    ]
    return [
        (" " * GAP).join(cell.ljust(wide) for cell, wide in zip(shown[start:], widths, strict=False)).rstrip()
        for start in range(0, len(shown), columns)
    ]


def print_agreement(rows: list[dict[str, Any]], as_json: bool, none: str) -> None:
    """Print every measure for every pair of coders, and below them where they differ; `none` if nobody read twice."""
    if as_json:
        emit(rows, True)
        return
    columns = ("measure", "coders", "n", "raw", "kappa", "ac1", "alpha")
    if not rows:
        click.echo(none)
        return
    emit([{k: f"{v:.3f}" if isinstance(v, float) else v for k, v in row.items()} for row in rows], False, columns)
    for row in rows:
        for difference in row["differences"]:
            click.echo(f"{row['measure']} differs: {difference}")
