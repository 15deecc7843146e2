"""Write datapackage.json, which describes the CSV files for machines (Data Package standard, version 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from prober.reporting.publish.sheets import UNKNOWN, Sheet, Variable
from prober.reporting.words import labels

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENSE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number", UNKNOWN: "any"}


def descriptor(
    sheets: Sequence[Sheet], files: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the description of the CSV files.

    `files` maps each path to its bytes and sha256, `facts` is the content of the manifest.
    """
    keys = {sheet.name: sheet.key[0] for sheet in sheets if sheet.key}
    title, description = told(facts["world"], facts["provisional"])
    return {
        "$schema": PROFILE,
        "name": "prober-results",
        "title": title,
        "description": description,
        "world": facts["world"],
        "version": f"{facts['schema']}+{facts['as_of']}",
        "licenses": [LICENSE],
        "resources": [_resource(sheet, files[f"csv/{sheet.name}.csv"], keys) for sheet in sheets],
    }


def told(world: str | None, provisional: bool) -> tuple[str, str]:
    """Return title and description of the data, with what marks those that are simulated or not final."""
    mark = labels.mark(world)
    return (
        (f"{mark.data.en}: " if mark else "Provisional: " if provisional else "")
        + "Responsiveness of government agencies",
        "What portals of government agencies offer, and how agencies answered a request for information."
        + (f" {mark.data.en}: they say nothing about any real agency." if mark else "")
        + (" Some results rest on replies that no person has read, and so on the rules alone." if provisional else ""),
    )


def _resource(sheet: Sheet, file: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "type": "table",
        "path": f"csv/{sheet.name}.csv",
        "description": sheet.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file["bytes"],
        "hash": f"sha256:{file['sha256']}",
        "schema": _schema(sheet, keys),
    }


def _schema(sheet: Sheet, keys: Mapping[str, str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(variable, sheet.key) for variable in sheet.variables]}
    if sheet.key:
        schema["primaryKey"] = list(sheet.key)
    references = [(v.name, v.references) for v in sheet.variables if v.references]
    if references:
        schema["foreignKeys"] = [
            {"fields": [name], "reference": {"resource": table, "fields": [keys[table]]}} for name, table in references
        ]
    return schema


def _field(variable: Variable, key: Sequence[str]) -> dict[str, Any]:
    field: dict[str, Any] = {"name": variable.name, "type": _TYPES[variable.type], "description": variable.about}
    if variable.unit:
        field["unit"] = variable.unit
    constraints: dict[str, Any] = {}
    # A CSV cannot distinguish an empty text from a missing one: a text that may be empty cannot be called required.
    if variable.name in key or (not variable.optional and (variable.type != "TEXT" or variable.references)):
        constraints["required"] = True
    if variable.values:
        constraints["enum"] = [value for value in variable.values if value]
    if constraints:
        field["constraints"] = constraints
    return field
