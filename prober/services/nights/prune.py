"""Remove evidence that nothing rests on and snapshots that are superseded, by `[retention]`; first say which."""

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from prober.errors import ProberError, UsageError
from prober.reporting.publish import manifest
from prober.services.context import Context
from prober.store import read_only, transaction
from prober.store.reading import unneeded_evidence
from prober.store.schema.migrations import RESULTS
from spiders.scan_writer import sole_crawl

_WARC = re.compile(r"scan-([0-9]+)\.warc\.gz")


@dataclass(frozen=True, slots=True)
class Pruned:
    """A prune, done or planned: files below the folder of evidence and their bytes, and what stays; snapshots."""

    days: int
    files: tuple[str, ...]
    bytes: int
    kept_files: int
    kept_bytes: int
    snapshots: tuple[str, ...]
    snapshot_bytes: int


def prune(context: Context, remove: bool) -> Pruned:
    """Return the evidence that nothing rests on and no visit has seen for the days of the rule, and old snapshots.

    With `remove` they are removed. What results.db says of them is changed first, so a command that is killed leaves
    files that nobody names, which the next one removes. Raises UsageError where the rule keeps everything or a crawl
    runs, which may refer to any file; ProberError where a snapshot cannot be read or the disk refuses.
    """
    rule = context.config.retention
    if not rule.evidence_days and not rule.snapshots:
        raise UsageError("[retention] evidence_days and snapshots are 0: everything is kept; nothing was changed")
    context.needs_results()
    if not remove:
        return _unneeded(context)[0]
    with sole_crawl(context.config.paths.results):
        done, hashes = _unneeded(context)
        if done.files or done.snapshots:
            with context.run("prune", mail=False) as summary:
                _thin(context.config.paths.snapshots, done.snapshots)
                with transaction(context.results):
                    unneeded_evidence.forget(context.results, hashes)
                _unlink(context.config.paths.evidence, done.files)
                summary |= {"files": len(done.files), "bytes": done.bytes, "snapshots": len(done.snapshots)}
    return done


def _unneeded(context: Context) -> tuple[Pruned, tuple[str, ...]]:
    """Return what may go, and the hashes of the contents in it."""
    rule, root, published = context.config.retention, context.config.paths.evidence, context.config.paths.snapshots
    old = manifest.superseded(published, rule.snapshots, rule.kept_snapshots) if rule.snapshots else []
    names, size = tuple(path.name for path in old), sum(map(_size, old))
    if not rule.evidence_days:
        return Pruned(0, (), 0, 0, 0, names, size), ()
    since = context.clock.now() - timedelta(days=rule.evidence_days)
    files = {path.relative_to(root).as_posix(): path.stat().st_size for path in _files(root)}
    warc_of = {int(found[1]): name for name in files if (found := _WARC.search(name))}
    db = context.results
    gone = unneeded_evidence.unneeded(db, since, _shown(published, names), warc_of)
    named = unneeded_evidence.named(db) | set(warc_of.values())
    loose = {name for name in files if name not in named and _age(root / name) < since.timestamp()}
    # The newest first: a revisit record refers to an older file, and goes before it.
    going = tuple(sorted((name for name in files if name in gone.paths or name in loose), reverse=True))
    total = sum(files[name] for name in going)
    stays = len(files) - len(going), sum(files.values()) - total
    return Pruned(rule.evidence_days, going, total, *stays, names, size), gone.hashes


def _thin(published: Path, names: tuple[str, ...]) -> None:
    try:
        for name in names:
            manifest.thin(published / name)
    except OSError as error:
        raise ProberError(f"{published}: cannot be pruned: {error}. Mend the permissions and run it again.") from error


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")


def _unlink(root: Path, names: tuple[str, ...]) -> None:
    try:
        for name in names:
            with suppress(FileNotFoundError):
                (root / name).unlink()
    except OSError as error:
        raise ProberError(f"{root}: cannot be pruned: {error}. Mend the permissions and run it again.") from error


def _files(root: Path) -> list[Path]:
    """Return the archived responses and pictures below the folder of evidence; logs and other files are no evidence."""
    return sorted(path for kind in ("warc/*.warc.gz", "png/*/*.png") for path in root.glob(kind))


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _shown(published: Path, going: Collection[str]) -> set[str]:
    """Return the files that snapshots rest on, but for those that go: they never change, so neither may these."""
    found: set[str] = set()
    for path in sorted(published.glob(f"*/{manifest.DATA}")):
        if path.parent.name in going:
            continue
        with read_only(path, RESULTS) as snapshot:
            found.update(unneeded_evidence.in_snapshot(snapshot))
    return found
