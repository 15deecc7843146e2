"""Keep copies of a study: both databases, the journal of sent letters, evidence, protocols, with their hashes.

A backup is a folder named after its moment, below the folder that the user names; it is complete or not there. It is
made while everything else runs. private.db is copied before results.db and before the journal, so that these two know
of every letter that private.db knows of, and perhaps of more: a restored private.db then doubts, and nothing leaves
twice.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from prober import __version__, owner_only
from prober.clock import SystemClock
from prober.config.load import Config
from prober.errors import ProberError, UsageError
from prober.services.context import Context
from prober.store import atomic_write, copies, integrity, send_journal
from prober.store.copies import Copied
from prober.store.schema.migrations import PRIVATE, RESULTS

MANIFEST = "manifest.json"
RESULTS_DB, PRIVATE_DB, JOURNAL = "results.db", "private.db", "private.db.sent.log"
FOLDERS = ("evidence", "campaigns")
DATABASES = {PRIVATE_DB: PRIVATE, RESULTS_DB: RESULTS}  # in the order in which they are copied
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """A complete backup: its folder, its moment, its world, and each file by its path in the folder."""

    folder: Path
    made_at: str
    world: str
    files: Mapping[str, Copied]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files.values())


def places(config: Config) -> dict[str, Path]:
    """Return where in a study each file or folder of a backup belongs."""
    paths = config.paths
    return {
        PRIVATE_DB: paths.private, RESULTS_DB: paths.results, JOURNAL: send_journal.of(paths.private),
        "evidence": paths.evidence, "campaigns": config.protocols,
    }  # fmt: skip


def backup(context: Context, into: Path) -> Backup:
    """Copy the study into a new folder below `into`, with what has not changed since the last one linked to it.

    Raises Unpaired or SchemaError where the databases are not whole, UsageError where there is no study, ProberError
    where the disk refuses. Nothing is left then.
    """
    config = context.config
    into = context.target(into)
    if not config.paths.results.exists() and not config.paths.private.exists():
        raise UsageError(f"neither {config.paths.results} nor {config.paths.private} exists: there is nothing to keep")
    context.paired()
    now = SystemClock(context.study.zone).now()
    partial = atomic_write.partial_folder(into)
    try:
        owner_only.folder(into)
        earlier = newest(into)
        owner_only.folder(partial)
        with context.observer.task("backup") as show:
            files = _copies(places(config), partial, earlier, show)
        made = {"format": _FORMAT, "made_at": now.isoformat(), "version": __version__, "world": config.world}
        made["files"] = {name: asdict(file) for name, file in sorted(files.items())}
        owner_only.write(partial / MANIFEST, json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8"))
        copies.on_the_disk([partial])
        folder = _free(into, f"{now:%Y%m%d-%H%M%S}")
        partial.rename(folder)
        copies.on_the_disk([into])
    except OSError as error:
        raise ProberError(f"{into}: cannot be written: {error}. Check the disk space and the permissions.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Backup(folder, now.isoformat(), config.world, files)


def _copies(
    held: Mapping[str, Path], target: Path, earlier: Backup | None, show: Callable[[str, int, int | None], None]
) -> dict[str, Copied]:
    """Copy every file into `target`; return path in the backup → what was copied."""
    files = {
        name: copies.copied_database(held[name], target / name, store)
        for name, store in DATABASES.items()
        if held[name].exists()
    }
    _need_pair(target, files)
    if held[JOURNAL].exists():
        files[JOURNAL] = copies.copied(held[JOURNAL], target / JOURNAL)
    others = [found for name in FOLDERS for found in _below(name, held[name])]
    for number, (name, path) in enumerate(others, 1):
        with suppress(FileNotFoundError):  # gone since it was listed
            files[name] = _linked(earlier, name, path, target / name) or copies.copied(path, target / name)
        show(name, number, len(others))
    return files


def _need_pair(folder: Path, files: Mapping[str, Copied]) -> None:
    """Raise Unpaired if the copies do not belong together: one was replaced meanwhile."""
    if RESULTS_DB in files:
        integrity.need_paired(folder / RESULTS_DB, folder / PRIVATE_DB)


def _below(name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield path in the backup and file for everything below `folder`, without files that are still being made."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink() and path.suffix != ".part":
            yield (PurePosixPath(name) / path.relative_to(folder).as_posix()).as_posix(), path


def _linked(earlier: Backup | None, name: str, path: Path, target: Path) -> Copied | None:
    """Link `target` to the same file of the backup before, where it has not changed since; None where it has."""
    known = earlier.files.get(name) if earlier else None
    if not (earlier and known) or path.stat().st_size != known.bytes or copies.measured(path) != known:
        return None
    owner_only.folder(target.parent)
    try:
        os.link(earlier.folder / name, target)
    except OSError:  # not there any more, or a disk without links
        return None
    return known


def _free(into: Path, name: str) -> Path:
    """Return a folder that does not exist yet: two backups may be made in one second."""
    names = (name, *(f"{name}-{number:02}" for number in range(1, 100)))
    return next(into / name for name in names if not (into / name).exists())


def newest(folder: Path) -> Backup | None:
    """Return the backup in `folder`, or the newest one below it; None where there is none."""
    if (folder / MANIFEST).is_file():
        return _read(folder)
    below = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    return _read(below[-1]) if below else None


def _read(folder: Path) -> Backup:
    """Return the backup of this folder. Raises UsageError for a manifest that is damaged, or of another program."""
    try:
        held: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {_inside(name): Copied(str(file["sha256"]), int(file["bytes"])) for name, file in held["files"].items()}
        datetime.fromisoformat(held["made_at"])
        if held["format"] != _FORMAT:
            raise ValueError(f"format {held['format']}")
        return Backup(folder, held["made_at"], held["world"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{folder / MANIFEST}: damaged, or not of this prober ({error}). Name another backup. Nothing was changed."
        ) from error


def _inside(name: str) -> str:
    """Return a path in the backup. Raises ValueError for one that leads out of it, or that no backup has."""
    parts = PurePosixPath(name).parts
    if name not in (PRIVATE_DB, RESULTS_DB, JOURNAL) and (
        len(parts) < 2 or parts[0] not in FOLDERS or any(part in ("..", ".", "/") for part in parts)
    ):
        raise ValueError(f"{name!r} is no file of a backup")
    return name


def need_whole(found: Backup) -> None:
    """Raise UsageError that names every file of a backup that is missing or has changed, SchemaError for a database."""
    faults = []
    for name, file in found.files.items():
        try:
            if copies.measured(found.folder / name) != file:
                faults.append(f"{name} is not what was copied")
        except OSError as error:
            faults.append(f"{name}: {error.strerror}")
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise UsageError(
            f"{found.folder}: damaged: {'; '.join(faults[:5])}{more}. Name another backup. Nothing was changed."
        )
    for name, store in DATABASES.items():
        if name in found.files:
            copies.need_sound(found.folder / name, store)
