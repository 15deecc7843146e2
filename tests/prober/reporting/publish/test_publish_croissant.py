"""croissant.json is read by mlcroissant: no error, no warning, and the tables load as the CSV files have them."""

import csv
import json
import logging
from pathlib import Path

import mlcroissant  # type: ignore[import-untyped]
import pytest

from prober.reporting.publish.publication import publish
from prober.store import open_results

# Of rdflib, about how mlcroissant calls it.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def folder(pobi_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("croissant") / "results.db"
    path.write_bytes(pobi_db.read_bytes())
    db = open_results(path)
    try:
        return publish(db, path.parent / "publish", publisher="Nhóm khảo sát").folder
    finally:
        db.close()


@pytest.fixture(scope="module")
def dataset(folder: Path) -> mlcroissant.Dataset:
    return mlcroissant.Dataset(jsonld=folder / "croissant.json")


def test_it_is_valid(dataset: mlcroissant.Dataset) -> None:
    assert (sorted(dataset.metadata.ctx.issues.errors), sorted(dataset.metadata.ctx.issues.warnings)) == ([], [])
    assert dataset.metadata.name.startswith("Simulated data") and dataset.metadata.license


@pytest.mark.parametrize("name", ["headline", "participation", "agency"])
def test_a_table_loads_as_the_csv_file_has_it(folder: Path, dataset: mlcroissant.Dataset, name: str) -> None:
    with (folder / f"csv/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        held = list(csv.DictReader(file))
    loaded = list(dataset.records(name))
    assert len(loaded) == len(held) > 5
    (text,) = {"headline": ["indicator"], "participation": ["province"], "agency": ["id"]}[name]
    assert [row[f"{name}/{text}"].decode() for row in loaded] == [row[text] for row in held]


def test_a_fault_in_it_would_be_found(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    told["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "csv/nowhere.csv"
    (tmp_path / "croissant.json").write_text(json.dumps(told), encoding="utf-8")
    caplog.set_level(logging.CRITICAL)
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
