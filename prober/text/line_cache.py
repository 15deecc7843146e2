"""Remembering what was computed: of a line of text, since most lines of a page stood on the page before; of a page."""

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Generic, TypeVar

T = TypeVar("T")
Page = TypeVar("Page")
LONGEST = 200  # characters; longer lines are running text, which hardly comes twice and would fill the memory
KEPT = 8192  # lines: the menus, side columns and footers of a hundred sites


class _Known(dict[str, T], Generic[T]):
    """A function of one line, as the table of its results: looking one up costs a third of what lru_cache costs."""

    def __init__(self, function: Callable[[str], T]) -> None:
        super().__init__()
        self._function = function
        update_wrapper(self, function)

    def __missing__(self, line: str) -> T:
        result = self._function(line)
        if len(line) <= LONGEST:
            if len(self) >= KEPT:
                self.clear()
            self[line] = result
        return result

    __call__ = dict.__getitem__


def of_line(function: Callable[[str], T]) -> Callable[[str], T]:
    """`function`, a pure one, not called again for a line of which the result is still known."""
    return _Known(function)


def of_page(function: Callable[[Page], T]) -> Callable[[Page], T]:
    """`function`, called once for each page; its result is kept with the page, as Page keeps what it derives itself."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def known(page: Page) -> T:
        held: dict[str, T] = page.__dict__
        if name not in held:
            held[name] = function(page)
        return held[name]

    return known
