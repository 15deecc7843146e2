"""Keep copies of a study, and put one back: databases, the journal of sent letters, evidence, protocols, with hashes.

A backup is a folder named after its moment, below the folder that the user names; it is complete or not there. It is
made while everything else runs. private.db is copied before results.db and before the journal, so that these two know
of every letter that private.db knows of, and perhaps of more: a restored private.db then doubts, and nothing leaves
twice.

A backup is put back over nothing that is there, and verified before anything changes. What left after it was made is
told by the journal of sent letters, which is never replaced, only completed, and by a results.db that is kept or put
aside. Where both are lost the mailbox tells: `campaign send` asks it first. private.db is put in its place last, so
that a restore that was killed leaves a study that says it must be restored.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from prober import __version__, owner_only
from prober.clock import SystemClock
from prober.config.load import Config
from prober.errors import ProberError, UsageError
from prober.locks import held
from prober.services.context import Context
from prober.store import atomic_write, copies, integrity, open_private, read_only, send_journal
from prober.store.copies import Copied
from prober.store.private import outbox
from prober.store.results import mail_projection, runs
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


@dataclass(slots=True)
class Restored:
    """The fate of each file of a backup. `doubtful`: letters that left since, by a results.db that was there."""

    backup: Backup
    put_back: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    put_aside: list[Path] = field(default_factory=list)
    doubtful: int = 0


def restore(context: Context, folder: Path, aside: str = "") -> Restored:
    """Put back what is missing here from the newest backup in `folder`; what is there and sound stays.

    With `aside` the databases that are there, and evidence that differs, get this ending, and all of the backup is put
    back. Raises UsageError, changing nothing, if the backup is damaged or of another world, or if a file is in the way;
    ProberError if a process is at work here. A restore that was killed is completed by running it again.
    """
    found = _chosen(context, folder)
    targets = _targets(context, found)
    done = Restored(found)
    wanted = _wanted(found, targets, aside, done)
    with _alone(context):
        for name in DATABASES:
            if name in wanted and targets[name].is_file():
                copies.close(targets[name])
        doubted = _staged(found, PRIVATE_DB, targets) if PRIVATE_DB in wanted else None
        if doubted:
            done.doubtful = _doubt(doubted, context.config.paths.results)
        if JOURNAL in found.files:
            _complete_journal(targets[JOURNAL], found.folder / JOURNAL, aside, done)
        for name in sorted(wanted, key=lambda name: (name == PRIVATE_DB, name == RESULTS_DB, name)):
            staged = (name == PRIVATE_DB and doubted) or _staged(found, name, targets)
            if moved := copies.put_aside(targets[name], aside or "before-restore"):
                done.put_aside.append(moved)
            staged.replace(targets[name])
            done.put_back.append(name)
        copies.on_the_disk({path.parent for path in targets.values() if path.parent.is_dir()})
    return done


def _chosen(context: Context, folder: Path) -> Backup:
    """Return the newest backup in `folder`, every file of it verified."""
    found = newest(folder)
    if not found:
        raise UsageError(f"{folder}: no backup in it; `prober backup {folder}` makes one")
    world = context.config.world
    if found.world != world:
        raise UsageError(f"{found.folder} is of a {found.world} study, and this one is {world}; nothing was changed")
    need_whole(found)
    return found


def _targets(context: Context, found: Backup) -> dict[str, Path]:
    """Return path in the backup → where it belongs here."""
    held = places(context.config)
    return {name: held[name] if name in held else held[_top(name)] / _rest(name) for name in found.files}


def _top(name: str) -> str:
    return PurePosixPath(name).parts[0]


def _rest(name: str) -> PurePosixPath:
    return PurePosixPath(*PurePosixPath(name).parts[1:])


def _wanted(found: Backup, targets: dict[str, Path], aside: str, done: Restored) -> list[str]:
    """Return what is to be put back, and note in `done` what stays. Raises UsageError for a file that is in the way."""
    wanted, in_the_way = [], []
    for name, target in targets.items():
        if name == JOURNAL:  # completed, whatever is there
            if target.exists() and not aside and not send_journal.is_sound(target):
                in_the_way.append(str(target))
            continue
        if not target.exists():
            wanted.append(name)
        elif _is_same(found.files[name], target) or not (aside and name in DATABASES) and _stays(found, name, target):
            done.kept.append(name)
        elif aside:
            wanted.append(name)
        else:
            in_the_way.append(str(target))
    if in_the_way:
        more = f" and {len(in_the_way) - 3} more" if len(in_the_way) > 3 else ""
        raise UsageError(
            f"{', '.join(in_the_way[:3])}{more}: damaged, or not of the study in {found.folder}. `--aside old` gives "
            "what is there the ending .old and puts the backup in its place. Nothing was changed."
        )
    return wanted


def _is_same(file: Copied, target: Path) -> bool:
    log = target.with_name(f"{target.name}-wal")
    written = log.exists() and log.stat().st_size > 0
    return target.is_file() and not written and copies.measured(target) == file


def _stays(found: Backup, name: str, target: Path) -> bool:
    """Return True where a file that differs from its copy is sound, and newer: it is never replaced by an older one."""
    if name in DATABASES:
        return _descends(found, name, target)
    if _top(name) == "evidence":  # an archive only grows, and all other files are named after their content
        return name.endswith(".warc.gz") and copies.begins_with(target, found.files[name])
    return target.is_file()


def _descends(found: Backup, name: str, target: Path) -> bool:
    """Return True if the database `target` is sound and goes on from where the copy ends."""
    try:
        with read_only(target, DATABASES[name]) as here, read_only(found.folder / name, DATABASES[name]) as copy:
            if not integrity.is_whole(here):
                return False
            if name == PRIVATE_DB:
                return integrity.identity(here) == integrity.identity(copy)
            return runs.goes_on_from(here, copy)
    except (ProberError, sqlite3.Error, UnicodeDecodeError):
        return False


def _staged(found: Backup, name: str, targets: dict[str, Path]) -> Path:
    """Copy a file of the backup beside its place, under another name. Raises ProberError if it is not what it was."""
    target = targets[name]
    staged = target.with_name(f".{target.name}.restoring")
    try:
        if copies.copied(found.folder / name, staged) != found.files[name]:
            raise ProberError(f"{found.folder / name} changed while it was read; run the same command again")
    except OSError as error:
        raise ProberError(f"{staged}: cannot be written: {error}. Run the same command again.") from error
    return staged


def _complete_journal(journal: Path, older: Path, aside: str, done: Restored) -> None:
    """Put the lines of the backup before those that are here; of a damaged journal the lines that are whole."""
    kept = journal
    if not send_journal.is_sound(journal) and (moved := copies.put_aside(journal, aside)):
        done.put_aside.append(moved)
        kept = moved
    send_journal.complete(journal, older, kept)


def _doubt(private: Path, results: Path) -> int:
    """Mark letters of the copy `private` as uncertain that have left by the results.db here; return their number."""
    try:
        with read_only(results, RESULTS) as db:
            left = outbox.published_as_left(db)
    except (
        ProberError,
        sqlite3.Error,
        UnicodeDecodeError,
    ):  # damaged: the journal and the mailbox know too
        return 0
    with closing(open_private(private)) as db:
        found = outbox.doubt_unpublished(db, left)
    copies.close(private)  # one file, whole by itself
    return found


@contextmanager
def _alone(context: Context) -> Iterator[None]:
    """Hold the locks of sending, crawling, nights and public rows. Raises ProberError if a process has one."""
    paths = context.config.paths
    folder = owner_only.folder(paths.private.parent)
    locks = (
        f"{paths.private}.sending.lock", f"{paths.results.absolute()}.crawl.lock", str(folder / "nightly.lock"),
        mail_projection.lock_of(paths.private),
    )  # fmt: skip
    with ExitStack() as stack:
        for lock in locks:
            refusal = ProberError(f"another process holds {lock}; wait for it to end. Nothing was changed.")
            stack.enter_context(held(lock, refusal))
        yield
