"""CSV that a spreadsheet opens without running anything in it."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

# A cell that starts with one of these is a formula to a spreadsheet (OWASP: CSV injection); full-width forms included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def guarded(value: object) -> object:
    """A cell that no spreadsheet takes for a formula. Numbers stay numbers.

    >>> guarded("=1+1"), guarded("-5"), guarded(-5), guarded("Cà Mau")
    ("'=1+1", "'-5", -5, 'Cà Mau')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """RFC 4180 with a head line. Open `file` with newline=""; None becomes an empty cell."""
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)


def write_maps(file: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of names and values: every name of any row is a column, lists and maps in a cell are JSON text."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if columns:
        write(file, columns, ([_cell(row.get(name)) for name in columns] for row in rows))


def _cell(value: object) -> object:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return int(value) if isinstance(value, bool) else value
