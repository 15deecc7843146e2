"""Remembering what was computed of a line of text: most lines of a page stood on the page before."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

LONGEST = 200  # characters; longer lines are running text, which hardly comes twice and would fill the memory
KEPT = 8192  # lines: the menus, side columns and footers of a hundred sites


def of_line(function: Callable[[str], T]) -> Callable[[str], T]:
    """`function`, a pure one, not called again for a line of which the result is still known."""
    known = lru_cache(maxsize=KEPT)(function)

    @wraps(function)
    def remembered(line: str) -> T:
        return known(line) if len(line) <= LONGEST else function(line)

    return remembered
