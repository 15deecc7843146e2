"""The library of the databases, loaded without what it would load besides.

sqlite_utils imports pandas and numpy wherever they are installed, for types that we do not store: up to a second of
processor time and 50 MB for every command and every crawl.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """While it lasts, modules of these names count as not installed; those that are loaded already stay."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is how the import system says so
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


with _without("pandas", "numpy"):
    from sqlite_utils import Database

__all__ = ["Database"]
