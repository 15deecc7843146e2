"""Put a backup back: verified before anything changes, and over nothing that is there; no letter leaves twice by it.

What left after the backup was made is told by the journal of sent letters, which is never replaced, only completed, and
by a results.db that is kept or put aside. Where both are lost the mailbox tells: `campaign send` asks it first.
private.db is put in its place last, so that a restore that was killed leaves a study that says it must be restored.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from prober import owner_only
from prober.errors import ProberError, UsageError
from prober.locks import held
from prober.services.backup import (
    DATABASES,
    JOURNAL,
    PRIVATE_DB,
    RESULTS_DB,
    Backup,
    need_whole,
    newest,
    places,
)
from prober.services.context import Context
from prober.store import copies, integrity, open_private, read_only, send_journal
from prober.store.copies import Copied
from prober.store.private import outbox
from prober.store.results import mail_projection
from prober.store.schema.migrations import RESULTS


@dataclass(slots=True)
class Restored:
    """What became of each file of a backup. `doubtful`: letters that left since, by a results.db that was there."""

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
            if here.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return False
            if name == PRIVATE_DB:
                return integrity.identity(here) == integrity.identity(copy)
            last = copy.execute("SELECT id, started_at FROM run ORDER BY id DESC LIMIT 1").fetchone()
            return not last or bool(here.execute("SELECT 1 FROM run WHERE id = ? AND started_at = ?", last).fetchone())
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
        db.execute("PRAGMA journal_mode = DELETE")
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
