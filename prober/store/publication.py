"""A published snapshot: one immutable folder of results.db, CSV files, checksums and a manifest, or nothing at all.

A failed gate leaves the last good snapshot where it is. The folder is named by date and content, so that publishing the
same data twice changes nothing.
"""

import csv
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from prober import __version__
from prober.errors import ProberError
from prober.store.gates import Gate, check
from prober.store.schema import RESULTS_TABLES
from prober.store.views import VIEWS

# A cell that starts with one of these is a formula to a spreadsheet (OWASP: CSV injection); full-width forms included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
LATEST = "latest.json"


class GateFailed(ProberError):
    """The data did not pass a gate: nothing was published, and the last good snapshot still stands."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One snapshot. `fresh` is False where the same data had been published before."""

    folder: Path
    manifest: dict[str, Any]
    fresh: bool


def publish(db: Database, out: Path, private: Database | None = None) -> Publication:
    """Write a checked snapshot of `db` under `out`. `private` is what must not be in it.

    Raises GateFailed with every gate that failed, ProberError where the disk does not take it.
    """
    partial = out / f".partial-{os.getpid()}"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        snapshot = _snapshot(db, partial / "results.db")
        try:
            gates = check(snapshot, _previous(out), private)
            failed = [gate for gate in gates if not gate.passed]
            if failed:
                raise GateFailed(
                    "not published; the last good snapshot still stands: "
                    + "; ".join(f"{gate.name}: {gate.detail}" for gate in failed)
                )
            _write_tables(snapshot, partial)
            facts = _facts(snapshot)
        finally:
            snapshot.close()
        return _settle(partial, out, facts, gates)
    except (OSError, sqlite3.OperationalError) as error:
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise  # our own SQL is wrong, and no disk is to blame
        raise ProberError(f"{out}: cannot publish: {error}. Check the disk space and the permissions.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def latest(out: Path) -> Publication:
    """The newest snapshot under `out`. Raises ProberError if nothing was published there."""
    manifest = _previous(out)
    if not manifest:
        raise ProberError(f"{out}: nothing published yet; run `prober publish`")
    return Publication(out / str(manifest["name"]), manifest, fresh=False)


def guarded(value: object) -> object:
    """A cell that no spreadsheet takes for a formula. Numbers stay numbers.

    >>> guarded("=1+1"), guarded("-5"), guarded(-5), guarded("Cà Mau")
    ("'=1+1", "'-5", -5, 'Cà Mau')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _snapshot(db: Database, path: Path) -> Database:
    """A copy of `db` as one file without a write-ahead log, which is what immutable readers need."""
    db.execute("VACUUM INTO ?", [str(path)])
    snapshot = Database(sqlite3.connect(path))
    snapshot.execute("PRAGMA journal_mode=DELETE")
    snapshot.execute("ANALYZE")
    snapshot.conn.commit()
    return snapshot


def _write_tables(snapshot: Database, folder: Path) -> None:
    (folder / "csv").mkdir()
    for name in [*(view.name for view in VIEWS), *(table.name for table in RESULTS_TABLES)]:
        cursor = snapshot.execute(f"SELECT * FROM [{name}]")
        columns = [description[0] for description in cursor.description]
        write_csv(folder / "csv" / f"{name}.csv", columns, cursor)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """RFC 4180, UTF-8 with a byte order mark: without it, Excel shows Vietnamese as garbage."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([guarded(cell) for cell in row] for row in rows)


def _facts(snapshot: Database) -> dict[str, Any]:
    """What the manifest says of the data itself: nothing in it depends on when or where it was published."""
    runs = list(snapshot.query("SELECT * FROM run ORDER BY id DESC LIMIT 1"))
    return {
        "prober": __version__,
        "schema": snapshot.execute("PRAGMA user_version").fetchone()[0],
        "world": runs[0]["world"] if runs else None,
        "as_of": snapshot.execute("SELECT at FROM as_of").fetchone()[0],
        "run": runs[0]["id"] if runs else None,
        "encoding": "utf-8-sig",
        "rows": {table.name: snapshot.table(table.name).count for table in RESULTS_TABLES},
        "headline": list(snapshot.query("SELECT frame, indicator, k, n, share, low, high, unknown FROM headline")),
    }


def _settle(partial: Path, out: Path, facts: dict[str, Any], gates: Sequence[Gate]) -> Publication:
    """Name the folder by its content and put it in place; then, and only then, point `latest.json` to it."""
    files = {str(path.relative_to(partial)): _entry(path) for path in sorted(partial.rglob("*")) if path.is_file()}
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    name = f"{str(facts['as_of'] or 'undated')[:10]}-{digest[:12]}"
    manifest = {"name": name, **facts, "gates": [asdict(gate) for gate in gates], "files": files}
    folder = out / name
    fresh = not folder.exists()
    if fresh:
        (partial / "manifest.json").write_text(_dump(manifest), encoding="utf-8")
        (partial / "SHA256SUMS").write_text("".join(_sums(partial)), encoding="utf-8")
        for path in partial.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        partial.replace(folder)
    _replace(out / LATEST, _dump(manifest))
    _replace(out / "history.json", _dump(_history(out, manifest)))
    return Publication(folder, manifest, fresh)


def _entry(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": _sha256(path)}


def _sums(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "SHA256SUMS":
            yield f"{_sha256(path)}  {path.relative_to(folder)}\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _history(out: Path, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    entry = {key: manifest[key] for key in ("name", "as_of", "world", "run", "rows")}
    earlier = _read(out / "history.json") or []
    return [*(old for old in earlier if old["name"] != entry["name"]), entry]


def _previous(out: Path) -> dict[str, Any] | None:
    manifest = _read(out / LATEST)
    return manifest if isinstance(manifest, dict) else None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ProberError(f"{path}: not readable as JSON ({error}); move it away and publish again") from error


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
