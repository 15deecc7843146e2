"""Remove what a terminal or a browser obeys instead of showing: a stranger's text must not act on who reads it."""

from collections.abc import Callable
from typing import Any

from prober.text.patterns import linear

# Marks that turn the direction of what follows. Word processors leave them around addresses.
TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Ranges: controls but tab and line feed, separators of lines, marks of annotations, tags, and halves of characters.
OBEYED = f"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{TURNING}\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
_OBEYED = linear(f"[{OBEYED}]")


def shown(text: str) -> str:
    """Return the part of a text that is only shown.

    >>> shown("Sở\\x1b[2J \\u202aTài chính\\u202c")
    'Sở[2J Tài chính'
    """
    return text if text.isprintable() else _OBEYED.sub("", text)


def in_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return lists and objects of JSON with every text in them changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): in_texts(held, change) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [in_texts(held, change) for held in value]
    return value
