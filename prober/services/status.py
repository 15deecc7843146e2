"""Report the state of crawl, campaigns, mailbox, nightly run and publication, and what to do next."""

from dataclasses import replace
from pathlib import Path

from prober.config.rehearsal import FOLDER
from prober.config.sections import Paths
from prober.domain.world import World
from prober.reporting.publish import manifest
from prober.reporting.words import night_words
from prober.services.context import Context
from prober.store.integrity import Unpaired
from prober.store.reading import nights
from prober.store.reading import status as stored
from prober.store.reading.health import reading
from prober.store.reading.status import StatusRow
from prober.store.schema.migrations import RESULTS

__all__ = ["StatusRow", "metrics", "status"]


def status(context: Context) -> list[StatusRow]:
    """Return one row for each part. Only existing files are read: no server is asked, no embedded world is started."""
    paths = context.config.paths
    if context.config.world is World.REHEARSAL:
        world = [
            StatusRow("world", f"rehearsal: nothing here is about a real agency; all of it is in {FOLDER}", "", "")
        ]
    else:
        world = []
    crawled = stored.of_results(paths.results, context.config.world)
    crawled = [_night(paths.results, row) if row.part == "nightly" else row for row in crawled]
    crawled += _earlier(paths.results)
    return [*world, *crawled, *_correspondence(context), _publication(paths.snapshots), *_files(paths)]


def metrics(context: Context) -> str:
    """Return what a monitoring system watches as OpenMetrics text. Only existing files are read."""
    from prober.store.reading import metrics as counted

    paths = context.config.paths
    return counted.text(paths.results, paths.private, context.config.world, lambda: context.clock.now())


def _night(results: Path, row: StatusRow) -> StatusRow:
    """Return the row of the last night with what it did, changed and could not see."""
    if not results.exists():
        return row
    with reading(results, RESULTS) as db:
        found = nights.newest(db)
    return replace(row, stands=f"{row.stands}; {night_words.line(found).en}") if found else row


def _earlier(results: Path) -> list[StatusRow]:
    """Return the row on sites of which verdicts of an earlier visit are in use; none if all are of the newest."""
    if not results.exists():
        return []
    with reading(results, RESULTS) as db:
        sites, oldest, nights_ago = stored.earlier_verdicts(db)
    return [StatusRow("last good", night_words.earlier(sites, oldest, nights_ago).en, oldest, "")] if sites else []


def _correspondence(context: Context) -> list[StatusRow]:
    """Return the rows about campaigns and mailbox; only what is wrong where private.db is not that of results.db."""
    try:
        context.paired()
    except Unpaired as error:
        return [StatusRow("private.db", str(error), "", "prober restore DIR")]
    return stored.of_private(context.config.paths.private, context.config.world)


def _files(paths: Paths) -> list[StatusRow]:
    """Return how large the files of the study are; a log that is long waits for a process that reads to end."""
    held = [
        (path.name, path.stat().st_size, log.stat().st_size if (log := Path(f"{path}-wal")).exists() else 0)
        for path in (paths.results, paths.private)
        if path.exists()
    ]
    if not held:
        return []
    told = [
        f"{name} {size / 1e6:.1f} MB" + (f" and a log of {log / 1e6:.1f} MB" * bool(log)) for name, size, log in held
    ]
    evidence = sum(path.stat().st_size for path in paths.evidence.rglob("*") if path.is_file())
    return [StatusRow("files", ", ".join([*told, f"evidence {evidence / 1e6:.1f} MB"]), "", "")]


def _publication(out: Path) -> StatusRow:
    latest, failure = manifest.latest(out), manifest.failure(out)
    stands = str(latest["name"]) if latest else "nothing"
    provisional = bool(latest and latest.get("provisional"))
    if latest and provisional:
        stands += f", provisional: no person has read what {sum(latest['unread'].values())} requests rest on"
    since = str(latest["as_of"]) if latest else ""
    if failure:
        wrong = "; ".join(f"{gate['name']}: {gate['detail']}" for gate in failure["gates"])
        return StatusRow(
            "published", f"{stands}; data as of {failure['as_of']} failed: {wrong}", since, "prober publish"
        )
    if provisional:
        return StatusRow("published", stands, since, "prober review --coder INITIALS, then prober publish")
    return StatusRow("published", stands, since, "" if latest else "prober publish")
