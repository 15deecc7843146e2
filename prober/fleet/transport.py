"""Carry files between machines: a folder that all mount, or an S3-compatible store, by one interface (fsspec).

What lies in the store, all of one scan below its name:

    SCAN/shards/NAME.json       what a worker needs to crawl a shard, written by the crawl command
    SCAN/visits/AGENCY.visit    a finished visit, written by a worker, and removed once it is stored in results.db

A file that is cut on its way is found by the digest at its end and counts as not there.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import fsspec  # type: ignore[import-untyped]

from prober.errors import ConfigError, ProberError


class StoreAway(ProberError, ConnectionError):
    """The shared folder or bucket cannot be used at present."""


class SharedStore:
    """The shared place of `[fleet] store`. Every method raises StoreAway where it cannot be reached."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        """Raises ConfigError for an address of which no such store can be made."""
        options = {"endpoint_url": endpoint} if endpoint else {}
        try:
            # No cache of listings: another machine's files must be seen at once.
            self._files, self._root = fsspec.url_to_fs(url, use_listings_cache=False, **options)
        except (ImportError, ValueError, TypeError) as error:
            raise ConfigError(f"[fleet] store {url!r} cannot be used: {error}") from error
        self._local = "file" in self._files.protocol

    def put(self, name: str, content: bytes) -> None:
        """Write a whole file, in place of an older one; a reader sees the one or the other."""
        path = f"{self._root}/{name}"
        with _told(name):
            if not self._local:  # an object appears when it is complete
                self._files.pipe_file(path, content)
                return
            part = f"{path}.{os.getpid()}.tmp"
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            with self._files.open(part, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)

    def get(self, name: str) -> bytes | None:
        """Return a file; None where there is none."""
        with _told(name):
            try:
                return bytes(self._files.cat_file(f"{self._root}/{name}"))
            except FileNotFoundError:
                return None

    def names(self, folder: str, suffix: str) -> Iterator[str]:
        """Yield the names of the files of a folder that end so, without the folder."""
        with _told(folder):
            try:
                found = self._files.ls(f"{self._root}/{folder}", detail=False)
            except FileNotFoundError:
                return
        for path in sorted(found):
            name = path.rpartition("/")[2]
            if name.endswith(suffix):
                yield name

    def remove(self, name: str) -> None:
        """Remove a file or a folder with all in it; it may be gone already."""
        with _told(name):
            try:
                self._files.rm(f"{self._root}/{name}", recursive=True)
            except FileNotFoundError:
                return


class _told:
    """Raise StoreAway in place of whatever a store raises: each kind of store has errors of its own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, ProberError):
            raise StoreAway(f"the store of the fleet cannot be used for {self._name}: {error}") from error
