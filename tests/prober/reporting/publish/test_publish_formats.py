"""CSV, Parquet, data package and codebook say the same as the database, read by rules of their own."""

import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from prober.reporting.publish.publication import publish
from prober.reporting.publish.table_files import guarded
from prober.store import Database, open_results
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS

NAMES = [view.name for view in VIEWS] + [table.name for table in RESULTS_TABLES]
_CAST: dict[str, Callable[[str], object]] = {"integer": int, "number": float, "string": str, "any": str}


@pytest.fixture(scope="module")
def db(pobi_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Database:
    path = tmp_path_factory.mktemp("formats") / "results.db"
    path.write_bytes(pobi_db.read_bytes())
    db = open_results(path)
    db.execute("UPDATE page SET title = '=1+1 | Hỏi đáp' WHERE id = 1")
    db.conn.commit()
    return db


@pytest.fixture(scope="module")
def folder(db: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(db, tmp_path_factory.mktemp("publish")).folder


@pytest.fixture(scope="module")
def resources(folder: Path) -> dict[str, Any]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["title"].startswith("Simulated data") and package["licenses"][0]["name"] == "CC-BY-4.0"
    return {resource["name"]: resource for resource in package["resources"]}


def cells(folder: Path, resource: dict[str, Any]) -> list[dict[str, str]]:
    with (folder / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", NAMES)
def test_the_data_package_describes_its_file(folder: Path, resources: dict[str, Any], name: str) -> None:
    """What a validator of Table Schema checks: names, types, constraints, keys, size and hash."""
    resource = resources[name]
    data = (folder / resource["path"]).read_bytes()
    assert (resource["bytes"], resource["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
    schema, rows = resource["schema"], cells(folder, resource)
    assert list(rows[0] if rows else []) in ([], [field["name"] for field in schema["fields"]])
    for field in schema["fields"]:
        rules = field.get("constraints", {})
        for cell in (row[field["name"]] for row in rows):
            assert cell or not rules.get("required"), field
            assert not cell or _CAST[field["type"]](cell) in rules.get("enum", [_CAST[field["type"]](cell)]), field
        assert len(field["description"]) > 3
    key = schema.get("primaryKey", [])
    assert not key or len({tuple(row[part] for part in key) for row in rows}) == len(rows)
    for reference in schema.get("foreignKeys", []):
        target = resources[reference["reference"]["resource"]]
        held = {row[reference["reference"]["fields"][0]] for row in cells(folder, target)}
        assert {row[reference["fields"][0]] for row in rows} <= held | {""}


@pytest.mark.parametrize("name", NAMES)
def test_parquet_holds_what_the_database_holds(folder: Path, db: Database, name: str) -> None:
    table = pq.read_table(folder / "parquet" / f"{name}.parquet")
    stored = list(db.query(f"SELECT * FROM [{name}]"))
    assert sorted(table.to_pylist(), key=str) == sorted(stored, key=str)
    assert all(field.metadata[b"about"] for field in table.schema) and table.schema.metadata[b"about"]


@pytest.mark.parametrize("name", NAMES)
def test_csv_holds_what_the_database_holds(folder: Path, db: Database, name: str) -> None:
    """Cell by cell, and the row of the codebook says how many there are."""
    with (folder / f"csv/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *read = list(csv.reader(file))
    cursor = db.execute(f"SELECT * FROM [{name}]")
    assert head == [column[0] for column in cursor.description]
    stored = [["" if cell is None else str(guarded(cell)) for cell in row] for row in cursor.fetchall()]
    assert sorted(read) == sorted(stored)
    with (folder / "codebook.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["rows"] for row in csv.DictReader(file) if row["table"] == name} == {str(len(stored))}


def test_parquet_has_text_as_it_was_and_tells_empty_from_missing(folder: Path) -> None:
    assert pq.read_table(folder / "parquet/page.parquet")["title"][0].as_py() == "=1+1 | Hỏi đáp"
    codings = pq.read_table(folder / "parquet/visit.parquet")
    assert set(codings["failure"].to_pylist()) == {None, "challenge", "dns"}
    assert "" in codings["failure_detail"].to_pylist()


def test_the_codebook_has_every_variable_and_what_it_holds(folder: Path, resources: dict[str, Any]) -> None:
    with (folder / "codebook.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {(row["table"], row["variable"]): row for row in csv.DictReader(file)}
    assert list(rows) == [(name, field["name"]) for name, r in resources.items() for field in r["schema"]["fields"]]
    assert rows["request", "replied"] | {"meaning": ""} == {
        "table": "request", "variable": "replied", "type": "INTEGER", "unit": "", "meaning": "", "references": "",
        "values": "", "rows": "63", "filled": "63", "lowest": "0", "highest": "1",
    }  # fmt: skip
    assert rows["visit", "outcome"]["values"] == "seen: 61, partial: 1, unreachable: 1"
    text = (folder / "codebook.md").read_text(encoding="utf-8")
    assert "**Simulated data." in text and "## reply_times (view, 63 rows)" in text
    assert "| `first_human_hours` | real | Hours to the first message written by a person. Unit: hour. |" in text


def test_without_pyarrow_nothing_is_published_and_the_remedy_is_named(tmp_path: Path, pobi_db: Path) -> None:
    (tmp_path / "results.db").write_bytes(pobi_db.read_bytes())
    code = "import sys; sys.modules['pyarrow'] = None; from prober.cli import cli; cli(['publish'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "pip install 'government-responsiveness-prober[publish]'" in done.stderr, (
        done.stderr
    )
    assert not (tmp_path / "publish").exists()


def test_croissant_says_what_the_data_package_says(folder: Path, resources: dict[str, Any]) -> None:
    """Files, hashes, columns and keys; tests/…/test_publish_croissant.py has it read by the format's own library."""
    told = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert (told["name"], told["description"]) == (package["title"], package["description"])
    assert not [word for word in told["keywords"] if "budget" in word]  # what a study asks for is not every study's
    files = {file["contentUrl"]: f"sha256:{file['sha256']}" for file in told["distribution"]}
    assert files == {resource["path"]: resource["hash"] for resource in resources.values()}
    columns = {
        record["name"]: [field["source"]["extract"]["column"] for field in record["field"]]
        for record in told["recordSet"]
    }
    assert columns == {
        name: [field["name"] for field in found["schema"]["fields"]] for name, found in resources.items()
    }
    ids = {field["@id"] for record in told["recordSet"] for field in record["field"]}
    named = [
        field["references"]["field"]["@id"]
        for record in told["recordSet"]
        for field in record["field"]
        if "references" in field
    ]
    named += [key["@id"] for record in told["recordSet"] for key in record.get("key", [])]
    assert len(named) > 40 and set(named) <= ids
