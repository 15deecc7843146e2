"""Parquet files with typed columns, in which an empty text and a missing one differ.

The one place that needs pyarrow. It is large (170 MB installed), so it is an extra and loaded only when publishing.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from prober.errors import UsageError
from prober.reporting.publish.sheets import UNKNOWN, Sheet, rows
from prober.store import Database

BATCH = 50_000  # rows that are in memory at a time


def need() -> None:
    """Raise UsageError where pyarrow is not installed. Asked before any work is done."""
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet files need pyarrow, which is not installed; "
            "install it with `pip install 'prober[publish]'`. Nothing was published."
        )


def write(path: Path, snapshot: Database, sheet: Sheet) -> None:
    """One sheet as one file. The meaning of the table and of each column stands in the file's own metadata."""
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
