"""Remove control characters: what a terminal or a browser acts on instead of showing it, in a stranger's text."""

from collections.abc import Callable
from typing import Any

from prober.text.patterns import linear

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
