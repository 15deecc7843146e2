"""Write the files that say what was published: latest.json, history.json, and manifest and checksums of each snapshot.

latest.json is replaced last and in one step, so that a reader never sees a snapshot that is not whole. While the newest
data fail the gates, failed.json says so, and why the last good snapshot is older than the data.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prober.domain.world import World
from prober.errors import ProberError
from prober.store import atomic_write

LATEST, HISTORY, FAILED = "latest.json", "history.json", "failed.json"
DATA = "results.db"  # of a snapshot that is whole
WACZ = "evidence.wacz"  # holds when it was packed, so that the same pages give other bytes; evidence.csv lists them


@dataclass(frozen=True, slots=True)
class Gate:
    """One check and its result; `detail` says what was found, and what is wrong where it failed.

    `compares` marks a check against the last snapshot: a person may say that the difference is right. `pending` marks
    what people have still to do: a snapshot without it is provisional, and may be published if it says so.
    """

    name: str
    passed: bool
    detail: str
    compares: bool = False
    pending: bool = False


def latest(out: Path) -> dict[str, Any] | None:
    """Return the manifest of the newest snapshot under `out`; None where nothing was published."""
    manifest = _read(out / LATEST)
    return manifest if isinstance(manifest, dict) else None


def failure(out: Path) -> dict[str, Any] | None:
    """Return why the newest data were not published (`as_of` and the failed gates); None where they were."""
    found = _read(out / FAILED)
    return found if isinstance(found, dict) else None


def note_failure(out: Path, facts: dict[str, Any], wrong: Sequence[Gate]) -> None:
    """Write failed.json, which names the failed gates, next to the last good snapshot."""
    atomic_write.put(
        out / FAILED,
        dump({"as_of": facts["as_of"], "world": facts["world"], "gates": [asdict(gate) for gate in wrong]}).encode(),
    )


def files(folder: Path, pattern: str = "*") -> dict[str, dict[str, Any]]:
    """Return size and hash of every file below `folder` that matches `pattern`, by its path relative to `folder`."""
    return {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }


def settle(
    partial: Path, out: Path, facts: dict[str, Any], gates: Sequence[Gate], accepted: str
) -> tuple[Path, dict[str, Any], bool]:
    """Name the folder by its content, move it to its place, and only then point `latest.json` to it.

    Returns the folder, its manifest, and whether it is new.
    """
    held = files(partial)
    lasting = {name: file for name, file in held.items() if name != WACZ}
    digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    mark = "rehearsal-" if facts["world"] == World.REHEARSAL else ""
    name = f"{mark}{str(facts['as_of'] or 'undated')[:10]}-{digest[:12]}"
    manifest = {"name": name, **facts, "gates": [asdict(gate) for gate in gates], "accepted": accepted, "files": held}
    folder = out / name
    fresh = not (folder / DATA).exists()
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)  # what `thin` has left of the same data
        (partial / "manifest.json").write_text(dump(manifest), encoding="utf-8")
        (partial / "SHA256SUMS").write_text(_sums(held | files(partial, "manifest.json")), encoding="utf-8")
        for path in partial.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        partial.replace(folder)
    else:
        manifest = _read(folder / "manifest.json")  # the first manifest stays, also its reason
        if manifest is None:
            raise ProberError(f"{folder} has lost its manifest.json; move the folder away and publish again")
    atomic_write.put(out / HISTORY, dump(_history(out, manifest)).encode())
    atomic_write.put(out / LATEST, dump(manifest).encode())
    (out / FAILED).unlink(missing_ok=True)
    return folder, manifest, fresh


def superseded(out: Path, newest: int, kept: Collection[str]) -> list[Path]:
    """Return the whole snapshots under `out`, oldest first, but the `newest` ones and those whose name is `kept`."""
    names = [str(entry["name"]) for entry in _read(out / HISTORY) or []]
    return [out / name for name in names[:-newest] if name not in kept and (out / name / DATA).is_file()]


def thin(folder: Path) -> None:
    """Remove all of a snapshot but its manifest, which says what was in it; the data last, to be found again."""
    for path in sorted(folder.rglob("*"), key=lambda path: (path.name == DATA, -len(path.parts))):
        if path.is_dir():
            path.rmdir()
        elif path != folder / "manifest.json":
            path.unlink()


def dump(value: object) -> str:
    """Return indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _sums(held: Mapping[str, Mapping[str, Any]]) -> str:
    return "".join(f"{file['sha256']}  {name}\n" for name, file in sorted(held.items()))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _history(out: Path, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    entry = {key: manifest[key] for key in ("name", "as_of", "world", "run", "rows", "accepted", "provisional")}
    earlier = _read(out / HISTORY) or []
    return [*(old for old in earlier if old["name"] != entry["name"]), entry]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ProberError(f"{path}: not readable as JSON ({error}); move it away and publish again") from error
