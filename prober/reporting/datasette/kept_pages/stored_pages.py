"""Store the drawn pages of a published snapshot in a file beside it, so that a server shows them without drawing any.

They are taken only where snapshot, study and program are those by which they were drawn.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import prober
from prober.errors import ProberError
from prober.reporting.datasette.kept_pages.drawn_pages import DrawnPage, Key
from prober.store import atomic_write

INDEX = "index.json"  # by what they were drawn, and of each page what stands beside its bytes
ENDING = ".pages.zip"  # after the name of the snapshot
_DRAWING = ("babel", "datasette", "jinja2", "markupsafe")  # packages whose other version may draw another page
# What the reading of a file raises in which any byte may be another.
_DAMAGE = (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile, ValueError, LookupError, TypeError)


def file_of(snapshot: Path) -> Path:
    """Return the file of the pages of this snapshot."""
    return snapshot.with_name(f"{snapshot.name}{ENDING}")


def drawn_by(study_version: str, world: str | None, provisional: bool) -> str:
    """Return a hash of all that a page of a snapshot depends on besides its data: study, marks, program."""
    folder = Path(prober.__file__).parent
    known = hashlib.sha256(json.dumps([study_version, world, provisional, *map(version, _DRAWING)]).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            known.update(f"\n{path.relative_to(folder)} {path.stat().st_size}\n".encode())
            known.update(path.read_bytes())
    return known.hexdigest()


def store(snapshot: Path, by: str, pages: Iterable[tuple[Key, DrawnPage]]) -> None:
    """Write the pages of the snapshot, drawn `by` a hash of `drawn_by`; those of other snapshots beside it go.

    Raises ProberError where the disk refuses.
    """
    listed, packed = [], io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        for number, (key, drawn) in enumerate(pages):
            pack.writestr(str(number), drawn.body)
            headers = [[_text(part) for part in pair] for pair in drawn.headers]
            listed.append([[_text(part) for part in key[1:]], headers])
        pack.writestr(INDEX, json.dumps({"drawn_by": by, "pages": listed}))
    try:
        own = atomic_write.put(file_of(snapshot), packed.getvalue())
    except ProberError as error:
        raise ProberError(f"{snapshot} is published and whole; its pages are not drawn ahead: {error}") from error
    for path in snapshot.parent.glob(f"*{ENDING}"):
        if path != own:
            path.unlink(missing_ok=True)


def stored(snapshot: Path, by: str) -> list[tuple[Key, DrawnPage]]:
    """Return the pages of the snapshot that were drawn `by` the same; none where the file is missing or damaged."""
    try:
        with zipfile.ZipFile(file_of(snapshot)) as pack:
            index = json.loads(pack.read(INDEX))
            if index["drawn_by"] != by:
                return []
            return [
                (
                    ((), _bytes(path), _bytes(query), language),
                    DrawnPage.of(((_bytes(name), _bytes(value)) for name, value in headers), pack.read(str(number))),
                )
                for number, ((path, query, language), headers) in enumerate(index["pages"])
            ]
    except _DAMAGE:
        return []


def _text(part: object) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
