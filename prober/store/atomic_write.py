"""Write files and folders whole: the old one stays until the new one is complete."""

import os
import shutil
from pathlib import Path

from prober.errors import ProberError

_PARTIAL = ".partial-"  # followed by the id of the process


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


def partial_folder(folder: Path) -> Path:
    """Return the path in `folder` at which this process makes a folder before it gets its name; nothing is there.

    What killed processes left in `folder` is removed: each may be as large as a whole one.
    """
    for left in folder.glob(f"{_PARTIAL}*"):
        try:
            os.kill(int(left.name.removeprefix(_PARTIAL)), 0)  # signal 0 only tests whether the process exists
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (ValueError, PermissionError):
            continue  # no folder of ours, or the process of another user
    partial = folder / f"{_PARTIAL}{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    return partial
