"""Write tables as files: CSV in which a spreadsheet runs no formula, and Parquet with typed columns.

In Parquet an empty text and a missing one differ. Only Parquet needs pyarrow; it is large (170 MB installed), so it is
an extra and loaded only when publishing.
"""

import csv
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from prober import DISTRIBUTION
from prober.errors import UsageError
from prober.reporting.publish.sheets import UNKNOWN, Sheet, rows
from prober.store import Database

# A cell that starts with one of these is a formula in a spreadsheet (OWASP: CSV injection); full-width forms included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def guarded(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula. Numbers stay numbers.

    >>> guarded("=1+1"), guarded("-5"), guarded(-5), guarded("Cà Mau")
    ("'=1+1", "'-5", -5, 'Cà Mau')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write CSV (RFC 4180) with a header line. Open `file` with newline=""; None becomes an empty cell."""
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)


def write_maps(file: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write mappings as CSV: every key of any row is a column, lists and mappings become JSON text."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if columns:
        write_csv(file, columns, ([_cell(row.get(name)) for name in columns] for row in rows))


def _cell(value: object) -> object:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return int(value) if isinstance(value, bool) else value


BATCH = 50_000  # rows that are in memory at a time


def need_pyarrow() -> None:
    """Raise UsageError where pyarrow is not installed. Call it before any work is done."""
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet files need pyarrow, which is not installed; "
            f"install it with `pip install '{DISTRIBUTION}[publish]'`. Nothing was published."
        )


def pack(folder: Path, target: Path) -> None:
    """Write database, CSV and descriptions of `folder` as one zip; the same files give the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as pack:
        for path in sorted((*folder.glob("*.*"), *folder.glob("csv/*.csv"))):
            if path == target or not path.is_file():
                continue
            entry = zipfile.ZipInfo(str(path.relative_to(folder)))  # of 1980, the first day that a zip can hold
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o444 << 16
            with path.open("rb") as source, pack.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(source, packed, 1 << 20)


def write_parquet(path: Path, snapshot: Database, sheet: Sheet) -> None:
    """Write one sheet as one Parquet file, whose metadata hold the meaning of the table and of each column."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    types = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64(), UNKNOWN: pa.null()}
    fields = [pa.field(v.name, types[v.type], metadata={"about": v.about}) for v in sheet.variables]
    schema = pa.schema(fields, metadata={"about": sheet.about})
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in _batches(rows(snapshot, sheet)):
            columns = zip(*batch, strict=True)
            arrays = [
                pa.array(cells, type_, from_pandas=False) for cells, type_ in zip(columns, schema.types, strict=True)
            ]
            file.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(source: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(source, BATCH)):
        yield batch
