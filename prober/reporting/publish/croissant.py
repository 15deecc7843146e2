"""Describe a snapshot for those who look for data: schema.org Dataset, and Croissant for programs that load tables.

Croissant (https://docs.mlcommons.org/croissant/docs/croissant-spec.html, version 1.0) is schema.org in JSON-LD with the
tables and columns besides. Both are made from the data package, so that all three say the same.
"""

import json
from collections.abc import Mapping
from typing import Any

from prober.reporting.publish.datapackage import LICENSE, told

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
KEYWORDS = ("access to information", "open government", "government portals", "citizen participation")  # of every study
_TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "any": "sc:Text"}
_OF_CROISSANT = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{word: f"cr:{word}" for word in _OF_CROISSANT},
}


def dataset(title: str, description: str, as_of: str, publisher: str = "", url: str = "") -> dict[str, Any]:
    """Return the description of the data as a schema.org Dataset; what is "" is left out.

    >>> dataset("Answers", "Who answered.", "2020-05-30T00:00:00")["datePublished"]
    '2020-05-30'
    """
    said = {
        "name": title,
        "description": description,
        "license": LICENSE["path"],
        "url": url,
        "datePublished": as_of[:10],
        "creator": {"@type": "Organization", "name": publisher} if publisher else "",
    }
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        **{name: value for name, value in said.items() if value},
        "keywords": list(KEYWORDS),
        "isAccessibleForFree": True,
    }


def descriptor(package: Mapping[str, Any], facts: Mapping[str, Any], publisher: str = "") -> dict[str, Any]:
    """Return the content of croissant.json: the data package `package` of a snapshot with these facts."""
    as_of = str(facts["as_of"] or "")
    return {
        **dataset(package["title"], package["description"], as_of, publisher, "datapackage.json"),
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "citeAs": f"{publisher or package['name']}: {package['title']}. Data as of {as_of[:10]}. {LICENSE['title']}.",
        "version": f"{facts['schema']}.0.0",
        "distribution": [_file(resource) for resource in package["resources"]],
        "recordSet": [_records(resource) for resource in package["resources"]],
    }


def script(world: str, as_of: str, publisher: str) -> str:
    """Return the description of these data for a `<script type="application/ld+json">`, which no text in it can end.

    A browser runs no such block, so that a policy without scripts lets it stand.
    """
    text = json.dumps(dataset(*told(world, provisional=False), as_of, publisher), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _file(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "contentUrl": resource["path"],
        "encodingFormat": resource["mediatype"],
        "contentSize": f"{resource['bytes']} B",
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def _records(resource: Mapping[str, Any]) -> dict[str, Any]:
    name, schema = resource["name"], resource["schema"]
    to = {
        key["fields"][0]: f"{key['reference']['resource']}/{key['reference']['fields'][0]}"
        for key in schema.get("foreignKeys", [])
    }
    key = [{"@id": f"{name}/{column}"} for column in schema.get("primaryKey", [])]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": resource["description"],
        **({"key": key} if key else {}),
        "field": [_field(resource, field, to.get(field["name"])) for field in schema["fields"]],
    }


def _field(resource: Mapping[str, Any], field: Mapping[str, Any], references: str | None) -> dict[str, Any]:
    name = f"{resource['name']}/{field['name']}"
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "description": field["description"],
        "dataType": _TYPES[field["type"]],
        "source": {"fileObject": {"@id": resource["path"]}, "extract": {"column": field["name"]}},
        **({"references": {"field": {"@id": references}}} if references else {}),
    }
