"""Make files and folders that only their owner can read: they hold what citizens and offices wrote."""

import os
from pathlib import Path


def folder(path: Path) -> Path:
    """Make `path` and what is missing above it, each for its owner only; a folder that is there stays as it is."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def opener(path: str, flags: int) -> int:
    """Open a file for `open(…, opener=opener)`: a new one is its owner's only; one that is there keeps its mode."""
    return os.open(path, flags, 0o600)


def write(path: Path, content: bytes) -> None:
    """Write a file for its owner only, in a folder that is there."""
    with open(path, "wb", opener=opener) as file:
        file.write(content)
