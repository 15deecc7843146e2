"""Write files whole: the old file stays until the new one is complete."""

import os
from pathlib import Path

from prober.errors import ProberError


def put(path: Path, content: bytes) -> Path:
    """Write `content` to `path`, in a folder made where needed. Raises ProberError where the file cannot be written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise ProberError(f"{path}: cannot be written: {error}. Check the disk space and the permissions.") from error
    finally:
        partial.unlink(missing_ok=True)
    return path
