"""Meet text of strangers unharmed: by patterns that no text slows down, and without characters that act on a screen.

Each pattern takes time in proportion to the text, whatever the text is. One that takes the square of it lets one page
of 48 kB stop a whole crawl: the test of this module pumps long strings against every pattern made here. Control
characters are what a terminal or a browser acts on instead of showing it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, AnyStr, Generic

made: "list[re.Pattern[str] | re.Pattern[bytes] | ShortPattern[str] | ShortPattern[bytes]]" = []  # for the test


def linear(source: AnyStr, flags: int | re.RegexFlag = 0) -> re.Pattern[AnyStr]:
    """Return a compiled pattern that must be linear by its own form: no two of its parts may share a run of text."""
    compiled = re.compile(source, flags)
    made.append(compiled)
    return compiled


def short_pattern(source: AnyStr, longest: int, flags: int | re.RegexFlag = 0) -> "ShortPattern[AnyStr]":
    """Return a pattern that sees at most the first `longest` characters of a text, because its form is not linear."""
    compiled = ShortPattern(re.compile(source, flags), longest)
    made.append(compiled)
    return compiled


@dataclass(frozen=True, slots=True)
class ShortPattern(Generic[AnyStr]):
    """A compiled pattern for the beginning of a text, with the methods of re.Pattern that are in use."""

    compiled: re.Pattern[AnyStr]
    longest: int

    def search(self, text: AnyStr) -> re.Match[AnyStr] | None:
        return self.compiled.search(text, 0, self.longest)

    def match(self, text: AnyStr) -> re.Match[AnyStr] | None:
        return self.compiled.match(text, 0, self.longest)

    def finditer(self, text: AnyStr) -> Iterator[re.Match[AnyStr]]:
        return self.compiled.finditer(text, 0, self.longest)


# Marks that turn the direction of what follows (Unicode Annex 9). Word processors leave them around addresses.
_DIRECTION_MARKS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Ranges: controls but tab and line feed, separators of lines, marks of annotations, tags, and halves of characters.
CONTROL_CHARACTERS = (
    f"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_DIRECTION_MARKS}\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_CONTROL = linear(f"[{CONTROL_CHARACTERS}]")


def without_controls(text: str) -> str:
    """Return a text without its control characters; tabs and line feeds stay.

    >>> without_controls("Sở\\x1b[2J \\u202aTài chính\\u202c")
    'Sở[2J Tài chính'
    """
    return text if text.isprintable() else _CONTROL.sub("", text)


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return lists and objects of JSON with every text in them changed.

    >>> map_texts({"a": ["b", 1]}, str.upper)
    {'A': ['B', 1]}
    """
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): map_texts(held, change) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [map_texts(held, change) for held in value]
    return value
