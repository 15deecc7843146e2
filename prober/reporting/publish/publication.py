"""Publish a snapshot: one immutable folder with results.db, CSV, Parquet, descriptions and checksums, or nothing.

If a gate fails, the last good snapshot stays where it is. The folder is named by date and content, so that publishing
the same data twice changes nothing.
"""

import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prober import __version__
from prober.domain.world import World
from prober.errors import ProberError
from prober.reporting.archive import web_archive
from prober.reporting.archive.archived_page import Archive
from prober.reporting.publish import codebook, croissant, datapackage, manifest, table_files
from prober.reporting.publish.gates import Written, check, failed, forget_persons, measures, unread, written_texts
from prober.reporting.publish.manifest import Gate
from prober.reporting.publish.sheets import Sheet, profile, rows, sheets
from prober.reporting.words import labels
from prober.store import Database, atomic_write
from prober.store.results.scans import forget_titles
from prober.store.schema import full_text, present_rows

EVERYTHING = "everything.zip"  # in every snapshot: database, CSV and descriptions as one file


class GateFailed(ProberError):
    """The data did not pass a gate: nothing was published, and the last good snapshot is still the newest."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One published snapshot. `fresh` is False where the same data had been published before."""

    folder: Path
    manifest: dict[str, Any]
    fresh: bool


def publish(
    db: Database,
    out: Path,
    private: Database | None = None,
    accept: str = "",
    provisional: bool = False,
    publisher: str = "",
    archive: Archive | None = None,
    confirm: str = "none",
) -> Publication:
    """Write a checked snapshot of `db` under `out`. `private` holds the texts that must not be in it.

    `archive` has the archived pages: a list of them, and those that may be published as one WACZ file, where `wacz` is
    installed. What was taken down is in neither, nor are its words in the data.

    `accept` says why data that differ much from the last snapshot are right all the same; it is kept in the manifest
    and opens no gate but those that compare. `provisional` publishes live data of which people have not read all that
    counts; manifest, codebook, data package and pages then say so. `publisher` is who answers for the data,
    `confirm` what the study wants people to have confirmed before.

    Raises GateFailed with every gate that failed, ProberError where the disk refuses, UsageError where pyarrow is
    missing.
    """
    table_files.need_pyarrow()
    partial = atomic_write.partial_folder(out)
    try:
        partial.mkdir(parents=True)
        written = written_texts(private) if private else None
        snapshot = _snapshot(db, partial / "results.db", archive, written)
        try:
            facts = _facts(snapshot)
            gates = check(snapshot, facts, manifest.latest(out), written, confirm)
            _refuse(out, facts, failed(gates, accept, provisional))
            _write(snapshot, partial, facts, publisher)
            pages = _list_archive(snapshot, partial, archive) if archive else ()
        finally:
            snapshot.close()
        table_files.pack(partial, partial / EVERYTHING)
        if archive:
            web_archive.write(pages, archive, partial / manifest.WACZ, _archive_title(facts))
        return Publication(*manifest.settle(partial, out, facts, gates, accept))
    except (OSError, sqlite3.OperationalError) as error:
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise  # a fault in our SQL, not of the disk
        raise ProberError(f"{out}: cannot publish: {error}. Check the disk space and the permissions.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def latest(out: Path) -> Publication:
    """Return the newest snapshot under `out`. Raises ProberError if nothing was published there."""
    found = manifest.latest(out)
    if not found:
        raise ProberError(f"{out}: nothing published yet; run `prober publish`")
    return Publication(out / str(found["name"]), found, fresh=False)


def _refuse(out: Path, facts: dict[str, Any], wrong: Sequence[Gate]) -> None:
    if wrong:
        manifest.note_failure(out, facts, wrong)
        said = "; ".join(f"{gate.name}: {gate.detail}" for gate in wrong)
        remedy = ""
        if all(gate.compares or gate.pending for gate in wrong):
            compares, pending = any(gate.compares for gate in wrong), any(gate.pending for gate in wrong)
            remedy += ". If this is how it should be, say why with --accept" if compares else ""
            remedy += ". What is not read yet is published as such with --provisional" if pending else ""
        raise GateFailed(f"not published; the last good snapshot still stands: {said}{remedy}")


def _snapshot(db: Database, path: Path, archive: Archive | None, written: Written | None) -> Database:
    """Return a copy of `db` as one file without a write-ahead log, which immutable readers need.

    Slow views are tables in it.
    """
    db.execute("VACUUM INTO ?", [str(path)])
    snapshot = Database(sqlite3.connect(path))
    snapshot.execute("PRAGMA journal_mode=DELETE")
    snapshot.execute("PRAGMA secure_delete=ON")  # nothing of what is dropped here stays in the file
    snapshot.execute("BEGIN")  # else each of some two hundred statements waits for the disk
    forget_titles(snapshot)
    forget_persons(snapshot, written)
    if archive and archive.listed():
        web_archive.forget(snapshot, archive)
    present_rows.store(snapshot)
    present_rows.drop(snapshot)
    full_text.rebuild(snapshot)
    snapshot.execute("ANALYZE")
    snapshot.conn.commit()
    return snapshot


def _write(snapshot: Database, folder: Path, facts: dict[str, Any], publisher: str) -> None:
    """Write every file but the database itself, which is there already."""
    described = sheets(snapshot, World.REHEARSAL if facts["world"] == World.REHEARSAL else "")
    for name in ("csv", "parquet"):
        (folder / name).mkdir()
    for sheet in described:
        _write_csv(folder / "csv" / f"{sheet.name}.csv", snapshot, sheet)
        table_files.write_parquet(folder / "parquet" / f"{sheet.name}.parquet", snapshot, sheet)
    profiles = {sheet.name: profile(snapshot, sheet) for sheet in described}
    (folder / "codebook.md").write_text(codebook.markdown(described, profiles, facts), encoding="utf-8")
    with (folder / "codebook.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table_files.write_csv(file, codebook.COLUMNS, codebook.table(described, profiles))
    package = datapackage.descriptor(described, manifest.files(folder, "csv/*.csv"), facts)
    (folder / "datapackage.json").write_text(manifest.dump(package), encoding="utf-8")
    described_too = croissant.descriptor(package, facts, publisher)
    (folder / "croissant.json").write_text(manifest.dump(described_too), encoding="utf-8")


def _list_archive(snapshot: Database, folder: Path, archive: Archive) -> list[web_archive.ListedPage]:
    """Write the list of archived pages, and return it."""
    pages = web_archive.listed(snapshot, archive)
    with (folder / "evidence.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table_files.write_csv(file, web_archive.COLUMNS, (page.cells for page in pages))
    return pages


def _archive_title(facts: dict[str, Any]) -> str:
    mark = labels.mark(facts["world"])
    return f"prober, {str(facts['as_of'] or '')[:10]}{f' ({mark.data.en})' if mark else ''}"


def _write_csv(path: Path, snapshot: Database, sheet: Sheet) -> None:
    """Write a sheet as UTF-8 with a byte order mark: without it, Excel shows Vietnamese as garbage."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table_files.write_csv(file, [variable.name for variable in sheet.variables], rows(snapshot, sheet))


def _facts(snapshot: Database) -> dict[str, Any]:
    """Return the facts of the manifest about the data; they do not depend on time or place of the publication."""
    runs = list(snapshot.query("SELECT * FROM run ORDER BY id DESC LIMIT 1"))
    world, waiting = runs[0]["world"] if runs else None, unread(snapshot)
    return {
        "prober": __version__,
        "schema": snapshot.execute("PRAGMA user_version").fetchone()[0],
        "world": world,
        "as_of": snapshot.execute("SELECT at FROM as_of").fetchone()[0],
        "run": runs[0]["id"] if runs else None,
        "unread": waiting,
        "provisional": bool(waiting) and world != World.SANDBOX,
        **measures(snapshot),
        "headline": list(
            snapshot.query(
                "SELECT frame, indicator, k, n, share, low, high, not_found, confirmed, not_seen, corrected, "
                "corrected_low, corrected_high, second_look, k_second_look, unread, k_unread FROM headline"
            )
        ),
    }
