"""Read the list of agencies of a study, and which of them took over from which."""

import csv
import io
from collections import Counter
from collections.abc import Container, Mapping, Set

from prober.domain.agency import Agency, Succession
from prober.domain.registry import import_file
from prober.errors import RegistryError
from prober.studies.folder_files import FolderFiles

MOST_BYTES = 5_000_000  # of one list
MOST_LINES = 10_000


def agencies(files: FolderFiles, frames: Set[str] | None, kinds: Set[str] | None) -> tuple[Agency, ...]:
    """Return the agencies of every agencies/*.csv; a list without the column `frame` is that of the file's name.

    Faults are kept in `files`: those of every row, a frame or kind that is not among those declared (None: not known),
    and an agency that is there twice.
    """
    found: list[Agency] = []
    for name in files.names("agencies", ".csv"):
        raw = files.bytes(name, MOST_BYTES)
        if raw is None:
            continue
        if raw.count(b"\n") > MOST_LINES:
            files.fault(name, f"has more than {MOST_LINES} lines")
            continue
        header = raw.partition(b"\n")[0].decode("utf-8-sig", "replace").lower()
        frame = "" if "frame" in header.replace(";", ",").replace("\t", ",").strip().split(",") else _stem(name)
        try:
            good, bad = import_file.read(raw, frame)
        except RegistryError as error:
            files.fault(name, str(error))
            continue
        files.take(name, (f"line {row.line}: {row.reason}" for row in bad))
        _declared(files, name, "frame", {agency.frame for agency in good}, frames)
        _declared(files, name, "kind", {agency.kind for agency in good}, kinds)
        found += good
    for agency, times in Counter(agency.id for agency in found).items():
        if times > 1:
            files.fault("agencies", f"{agency} is in several files")
    return tuple(found)


def _declared(files: FolderFiles, name: str, what: str, used: Set[str], declared: Set[str] | None) -> None:
    for value in sorted(used - declared) if declared is not None else ():
        known = ", ".join(sorted(declared or ()))
        files.fault(name, f"{what} {value!r} is not declared in study.toml; it declares {known}")


def successions(files: FolderFiles, known: Container[str]) -> tuple[Succession, ...]:
    """Return the rows of successions.csv; none where there is no such file. `known` are the ids of all agencies."""
    name = "successions.csv"
    raw = files.bytes(name, MOST_BYTES) if files.exists(name) else None
    if raw is None:
        return ()
    try:
        good, bad = import_file.read_successions(raw, known)
    except RegistryError as error:
        files.fault(name, str(error))
        return ()
    files.take(name, (f"line {row.line}: {row.reason}" for row in bad))
    return tuple(good)


def sources(files: FolderFiles) -> tuple[Mapping[str, str], ...]:
    """Return the rows of fields.csv, which tell where the fields of the list come from; none without that file."""
    name, columns = "fields.csv", ("field", "frame", "source", "confidence")
    text = files.text(name) if files.exists(name) else None
    if text is None:
        return ()
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if set(reader.fieldnames or ()) != set(columns):
            files.fault(name, f"line 1: the columns are {', '.join(columns)}")
            return ()
        return tuple({column: row[column] or "" for column in columns} for row in reader)
    except csv.Error as error:
        files.fault(name, f"line {reader.line_num}: not valid CSV: {error}")
        return ()


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".csv")
