"""Cache results by line of text: most lines of a page are on the previous page of the same site too."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
_LONGEST = 200  # characters; longer lines are running text, which rarely repeats and would fill the memory
_KEPT = 8192  # lines: the menus, side columns and footers of a hundred sites


def line_cache(function: Callable[[str], T]) -> Callable[[str], T]:
    """Cache the results of `function`, which must be pure, for lines of usual length."""
    cached = lru_cache(maxsize=_KEPT)(function)

    @wraps(function)
    def known(line: str) -> T:
        return cached(line) if len(line) <= _LONGEST else function(line)

    return known
