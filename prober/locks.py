"""Hold a file's lock for as long as something is done that only one process may do at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from prober.errors import ProberError


@contextmanager
def held(path: Path | str, refusal: ProberError) -> Iterator[None]:
    """Hold the lock at `path`. Raises `refusal` at once if another process holds it; it ends with this process."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise refusal from error
    try:
        yield
    finally:
        lock.release()
