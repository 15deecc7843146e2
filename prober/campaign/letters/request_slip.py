"""Fill the request slip that a law asks for: forms 01a (a citizen) and 01b (through an organisation).

`fill` turns values into rows; slip_pdf and slip_docx print them. The wording of the slips is in request_slip.toml of
a language pack, with its confidence.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

NONE, CITIZEN, ORGANISATION = "none", "01a", "01b"
FORMS = (NONE, CITIZEN, ORGANISATION)
IDENTITY = "identity"  # the field whose value a person enters when the letter is sent


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of a slip, as text; an empty value becomes a dotted line, to be completed by hand."""

    agency: str
    name: str
    organisation: str
    address: str  # postal
    phone: str
    email: str
    purpose: str
    documents: tuple[str, ...]
    token: str
    identity: bool  # the number of an identity paper will be written on it when the letter is sent


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One line of a slip. `value` None: the label alone; "": a dotted line. `identity`: the place of the number."""

    label: str
    value: str | None = None
    level: int = 0
    identity: bool = False


@dataclass(frozen=True, slots=True)
class FilledSlip:
    """A filled slip, before it is written as PDF or DOCX."""

    name: str
    annex: tuple[str, ...]
    nation: tuple[str, ...]
    title: str
    about: str
    addressee: str
    rows: tuple[SlipRow, ...]
    date_line: str
    signer: tuple[str, ...]
    signed_by: str
    footer: str
    on_pdf: str  # stands in the DOCX for the number of an identity paper


def fill(name: str, filled: Filled) -> FilledSlip:
    """Return form `name` ("01a" or "01b") with the values of `filled`. Raises KeyError for an unknown form."""
    layout, said = _layouts()[name], _wording()
    return FilledSlip(
        name=name,
        annex=tuple(layout["annex"]),
        nation=tuple(said["nation"]),
        title=layout["title"],
        about=layout["about"],
        addressee=said["addressee"].format(agency=filled.agency),
        rows=tuple(row for spec in layout["rows"] for row in _rows(spec, filled)),
        date_line=said["date_line"],
        signer=tuple(layout["signer"]),
        signed_by=filled.name,
        footer=said["footer"].format(token=filled.token),
        on_pdf=said["on_pdf"],
    )


def confidence(name: str) -> str:
    """Return the confidence in the wording of form `name`: H, M or L, explained in request_slip.toml.

    Raises KeyError for an unknown form.
    """
    return str(_layouts()[name]["confidence"])


def named_after() -> str:
    """Return the rule that prescribes the slips."""
    return str(_wording()["decree"])


def file_stem(name: str, token: str) -> str:
    """Return the name of the enclosed files, without an ending.

    >>> file_stem("01a", "abcdefghij")
    'phieu-yeu-cau-01a-abcdefghij'
    """
    return str(_wording()["file"]).format(form=name, token=token)


def _rows(spec: dict[str, Any], filled: Filled) -> Iterator[SlipRow]:
    field, label, level = spec.get("field"), spec["label"], spec.get("level", 0)
    if field is None:
        yield SlipRow(label, None, level)
    elif field == "documents":
        yield from (SlipRow(f"{mark})", name, level) for mark, name in _listed(filled.documents))
    elif field == IDENTITY:
        yield SlipRow(label, "", level, identity=filled.identity)
    else:
        yield SlipRow(label, "" if field == "blank" else getattr(filled, field), level)


def _listed(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(_wording()["items"], names, strict=False)


@cache
def _wording() -> dict[str, Any]:
    text = (resources.files("prober.studies") / "packs/vi/request_slip.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _layouts() -> dict[str, dict[str, Any]]:
    return {layout["name"]: layout for layout in _wording()["form"]}
