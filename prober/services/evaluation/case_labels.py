"""Read labels.csv, a person's labels of the cases in a folder, with which `prober eval` compares the detectors."""

import csv
from pathlib import Path

from prober.errors import UsageError

NAME = "labels.csv"


def labels(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the folder's table; `id` names the files of a case. Raises UsageError if there is no row."""
    table = folder / NAME
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{table} cannot be read: {error}; it is a UTF-8 table of cases") from error
    if not rows:
        raise UsageError(f"{table} names no case; add one row for each")
    return rows
